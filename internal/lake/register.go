package lake

import (
	"strconv"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// Registered (参保登记行) is a row of an enrolment register as its file has it: so many persons of one age, or of one age group, in
// a pooling area or county.
type Registered struct {
	pool.Key
	Place     fault.Place
	Age       int    // when Group is empty
	Group     string // as the file names it
	Sex       string // as gend; empty when the register does not tell
	Headcount int64
	Synthetic bool
}

// Register (参保登记数) puts the counties of a register under their pooling areas and its ages into AgeGroups. It tells whether any of
// it is labelled as made up. Errors: a fault.Refusal with every division that there is not.
//
// 依据: YN-2.5
func Register(rows []Registered, tree *region.Tree) (out []EnrolledBySex, made bool, err error) {
	var problems fault.List
	for _, row := range rows {
		area, ok := tree.PoolingArea(row.Division)
		if !ok {
			problems.Add(fault.Problem{File: row.Place.File, Row: row.Place.Row, Value: string(row.Division),
				Message: fault.Msg("pool.unknown_division", "value", string(row.Division))})
		}
		row.Division = area
		if row.Group == "" {
			row.Group = ageGroup(row.Age)
		}
		out = append(out, EnrolledBySex{Enrolled{Key: row.Key, Place: row.Place, Group: row.Group, Headcount: row.Headcount}, Sex(row.Sex)})
		made = made || row.Synthetic
	}
	return out, made, problems.Err()
}

// ageGroup is the last of the age groups that begins at an age or before it.
func ageGroup(age int) string {
	var found string
	for _, name := range AgeGroups() {
		digits, _, _ := strings.Cut(strings.TrimSuffix(name, "+"), "-")
		if from, err := strconv.Atoi(digits); err == nil && from <= age {
			found = name
		}
	}
	return found
}
