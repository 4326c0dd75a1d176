package web

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/lake"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// register is the enrolment register as the claims store reads it. Version changes with the file; one without rows stands for a
// file that is not there.
type register struct {
	file, version string
	rows          []lake.EnrolledBySex
	synthetic     bool
}

// register reads the enrolment register, unless it was read already.
func (c *claimsDesk) register() (*register, error) {
	path := c.Claims.Enrolled
	info, err := os.Stat(path)
	if path == "" || errors.Is(err, fs.ErrNotExist) {
		return &register{}, nil
	}
	if err != nil {
		return nil, fault.Wrap(err, "web.claims.register.unreadable", "file", filepath.Base(path))
	}
	version := strconv.FormatInt(info.Size(), 36) + "." + strconv.FormatInt(info.ModTime().UnixNano(), 36)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.enrolled != nil && c.enrolled.version == version {
		return c.enrolled, nil
	}
	in, err := exchange.ReadInput(path)
	if err != nil {
		return nil, err
	}
	in.Name = filepath.Base(path)
	rows, err := exchange.ReadEnrolled(in)
	if err != nil {
		return nil, err
	}
	read, err := registerOf(rows, c.Engine.Tree)
	if err != nil {
		return nil, err
	}
	read.file, read.version = in.Name, version
	c.enrolled = read
	return read, nil
}

// registerOf puts counties under their pooling areas and ages into the groups of the claims store.
func registerOf(rows []exchange.Enrolled, tree *region.Tree) (*register, error) {
	var problems fault.List
	out := &register{}
	for _, row := range rows {
		area, ok := tree.PoolingArea(row.Division)
		if !ok {
			problems.Add(fault.Problem{File: row.Place.File, Row: row.Place.Row, Value: string(row.Division),
				Message: fault.Msg("pool.unknown_division", "value", string(row.Division))})
		}
		row.Division = area
		if row.Group == "" {
			row.Group = ageGroupOf(row.Age)
		}
		out.rows = append(out.rows, lake.EnrolledBySex{Sex: lake.Sex(row.Sex),
			Enrolled: lake.Enrolled{Key: row.Key, Place: row.Place, Group: row.Group, Headcount: row.Headcount}})
		out.synthetic = out.synthetic || row.Synthetic
	}
	return out, problems.Err()
}

// ageGroupOf is the last of the claims store's age groups that begins at an age or before it.
func ageGroupOf(age int) string {
	var found string
	for _, name := range lake.AgeGroups() {
		digits, _, _ := strings.Cut(strings.TrimSuffix(name, "+"), "-")
		if from, err := strconv.Atoi(digits); err == nil && from <= age {
			found = name
		}
	}
	return found
}

// bySex gives the rows of a year, none when the register has none: figures then fall back on the persons seen, and say so.
func (r *register) bySex(year policy.Year) []lake.EnrolledBySex {
	var out []lake.EnrolledBySex
	for _, row := range r.rows {
		if row.Year == year {
			out = append(out, row)
		}
	}
	return out
}

// heads gives the rows of a year without the sexes.
func (r *register) heads(year policy.Year) []lake.Enrolled {
	var out []lake.Enrolled
	for _, row := range r.bySex(year) {
		out = append(out, row.Enrolled)
	}
	return out
}
