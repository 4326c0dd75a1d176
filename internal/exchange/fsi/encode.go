package fsi

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// appendText writes a text as encoding/json does.
func appendText(b []byte, text string) []byte {
	if !plainText(text) {
		quoted, err := json.Marshal(text)
		if err != nil {
			panic("fsi: " + err.Error()) // a text alone
		}
		return append(b, quoted...)
	}
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"')
}

// plainText tells of most texts that they are written as they are.
func plainText(text string) bool {
	ascii := true
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ', c == '"', c == '\\', c == '<', c == '>', c == '&', c == 0xe2: // U+2028 and U+2029 begin with the last
			return false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return ascii || utf8.ValidString(text)
}

// appendRow writes an object as encoding/json does: its fields in the order of their names.
func appendRow(b []byte, row Row) []byte {
	var room [64]string
	names := room[:0]
	for name := range row {
		names = append(names, name)
	}
	slices.Sort(names)
	b = append(b, '{')
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, name), ':')
		b = appendText(b, row[name])
	}
	return append(b, '}')
}

func appendRows(b []byte, rows []Row) []byte {
	b = append(b, '[')
	for i, row := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendRow(b, row)
	}
	return append(b, ']')
}

// appendInput writes nodes in the order of their names; one that holds nothing is null.
func appendInput(b []byte, in Input) []byte {
	b = append(b, '{')
	for i, node := range slices.Sorted(maps.Keys(in)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, node), ':')
		if rows := in[node]; rows == nil {
			b = append(b, "null"...)
		} else {
			b = appendRows(b, rows)
		}
	}
	return append(b, '}')
}

// appendTo writes an answer.
func (a *Answer) appendTo(b []byte, output []written) []byte {
	b = append(b, `{"infcode":`...)
	b = strconv.AppendInt(b, int64(a.Code), 10)
	b = appendText(append(b, `,"inf_refmsgid":`...), a.Ref)
	b = appendText(append(b, `,"refmsg_time":`...), stamp(a.Came))
	b = appendText(append(b, `,"respond_time":`...), stamp(a.Answered))
	if a.Warning != "" {
		b = appendText(append(b, `,"warn_msg":`...), a.Warning)
	}
	b = appendText(append(b, `,"err_msg":`...), a.Error)
	b = append(b, `,"output":{`...)
	slices.SortFunc(output, func(x, y written) int { return cmp.Compare(x.name, y.name) })
	for i, x := range output {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, x.name), ':')
		switch {
		case x.many:
			b = appendRows(b, x.rows)
		case x.rows == nil:
			b = appendText(b, x.value)
		default:
			b = appendRow(b, x.rows[0])
		}
	}
	return append(b, "}}"...)
}

// written is a node of an answer, or a field of the answer itself.
type written struct {
	name  string
	many  bool
	rows  []Row
	value string
}
