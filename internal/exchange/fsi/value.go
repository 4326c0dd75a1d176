package fsi

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// path names a field as refusals do: data.psn_no, feedetail[2].cnt.
func (n *Node) path(field string, row int) string {
	path := n.Name
	if n.Many {
		path += "[" + strconv.Itoa(row+1) + "]"
	}
	if field != "" {
		path += "." + field
	}
	return path
}

// row reads an object by the list.
func (n *Node) row(object map[string]any, at int) (Row, error) {
	row := Row{}
	for i := range n.Fields {
		f := &n.Fields[i]
		if f.Kind == Extended {
			continue
		}
		named := *f
		named.Name = n.path(f.Name, at)
		value, ok := f.read(object[f.Name])
		if err := named.check(value, ok); err != nil {
			return nil, err
		}
		row[f.Name] = strings.TrimSpace(value)
	}
	return row, nil
}

// read is a value as a text.
func (f *Field) read(value any) (string, bool) {
	if f.Kind == Binary {
		return bytesOf(value)
	}
	return plain(value)
}

// plain is a value as a text: a text or a number; nothing for null.
func plain(value any) (string, bool) {
	switch v := value.(type) {
	case nil:
		return "", true
	case string:
		return strings.TrimSpace(v), true
	case json.Number:
		return v.String(), true
	}
	return "", false
}

// check refuses a value that the field does not allow.
func (f *Field) check(value string, ok bool) error {
	if f.Kind == Binary {
		return f.checkBytes(value, ok)
	}
	if err := checkText(*f, value, ok); err != nil {
		return err
	}
	if value == "" {
		return nil
	}
	switch f.Kind {
	case Number:
		if !decimal(value, f.Size-f.Places, f.Places) {
			return refused(f.Name, value, "fsi.number", "digits", f.Size, "places", f.Places)
		}
	case Date:
		if _, ok := Day(value); !ok {
			return refused(f.Name, value, "fsi.date")
		}
	case Time:
		if _, err := time.Parse(timeLayout, value); err != nil {
			return refused(f.Name, value, "fsi.time")
		}
	}
	return nil
}

// checkText refuses what is missing, not a text, too long or has characters that cannot be printed.
func checkText(f Field, value string, ok bool) error {
	switch {
	case !ok:
		return refused(f.Name, "", "fsi.text")
	case value == "" && f.Required:
		return refused(f.Name, "", "fsi.missing")
	case f.Kind == Text && utf8.RuneCountInString(value) > f.Size:
		return refused(f.Name, value, "fsi.too_long", "size", f.Size)
	case strings.ContainsFunc(value, unicode.IsControl):
		return refused(f.Name, value, "fsi.control")
	}
	return nil
}

// decimal tells whether a text is a decimal of so many digits before and behind the point.
func decimal(text string, whole, places int) bool {
	text = strings.TrimPrefix(text, "-")
	before, behind, point := strings.Cut(text, ".")
	digits := func(s string) bool {
		return strings.IndexFunc(s, func(c rune) bool { return c < '0' || c > '9' }) < 0
	}
	behind = strings.TrimRight(behind, "0")
	return before != "" && digits(before) && digits(behind) && (!point || text[len(text)-1] != '.') &&
		len(strings.TrimLeft(before, "0")) <= whole && len(behind) <= places
}

// Day (日期) reads a day, or the day of a time.
func Day(text string) (string, bool) {
	if len(text) == len(timeLayout) {
		if _, err := time.Parse(timeLayout, text); err != nil {
			return "", false
		}
		return text[:len(time.DateOnly)], true
	}
	_, err := time.Parse(time.DateOnly, text)
	return text, err == nil
}
