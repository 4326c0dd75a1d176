// Package budget is the fund budget (基金预算) of a year: lines computed from the drivers kept with them, city drafts checked
// against the rules and compiled into one budget of the province, execution by month, adjustment schemes, the use of
// cumulative surplus, and performance.
//
// A budget holds no transfers of the adjustment fund, like the statements of package pool: those are what pooling
// computes from it. It is pure; amounts are fen and every amount that is computed carries its step.
//
// 依据: SC38-3.1, SC38-3.2, SC38-3.3, SC38-3.4, SC38-3.5, SC38-3.6, YN-2.4, YN-3.1, YN-3.2
package budget
