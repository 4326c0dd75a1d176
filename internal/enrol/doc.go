// Package enrol keeps one file for each person (一人一档): who he is, where he is registered and lives, what he belongs to, where
// he was insured, who paid what, what was paid for him, and what follows from it. A file is a list of facts, each dated and with
// the source it came from; nothing in it is ever changed, a wrong fact is voided by a later one. What holds on a day is read
// off the facts.
//
// Amounts are fen. Days are calendar days; a spell includes its first and its last day, and an empty last day means that it goes on.
//
// 依据: SCE-4.1
package enrol
