// Package benefit (待遇保障) settles what the funds pay of one visit: the basic insurance, catastrophic insurance or the large-amount
// subsidy, medical aid and whatever else is attached, in one bill (一单制).
//
// Schedules are a policy's dated parameters compiled; Schedule.Settle is the function, pure and without allocation; Schedule.Explain gives
// the reasons of a settlement afterwards; Books keep settlements by person, year and insurance, with repetition, reversal and cascade.
// The counter, the batch and the simulation all call that one function. It does no I/O.
package benefit
