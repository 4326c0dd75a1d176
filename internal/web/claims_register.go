package web

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/lake"
	"tongchou/internal/policy"
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
	registered := make([]lake.Registered, len(rows))
	for i, row := range rows {
		registered[i] = lake.Registered(row)
	}
	read := &register{file: in.Name, version: version}
	if read.rows, read.synthetic, err = lake.Register(registered, c.Engine.Tree); err != nil {
		return nil, err
	}
	c.enrolled = read
	return read, nil
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
