package exchange

import (
	"bytes"
	"slices"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/region"
)

// keySeparator stands between the parts of a row's key; no cell can hold it.
const keySeparator = "\x00"

// placed is a record with the row it was read from.
type placed struct {
	record []string
	row    int
}

// merge takes the rows of a file into those stored and gives the file that is to be stored then. Errors: a
// fault.Refusal with everything that cannot be read, is there twice, or differs from what is stored.
func (t table[R]) merge(stored *Input, in Input, how taking) ([]byte, Report, error) {
	var problems fault.List
	before := map[string]placed{}
	if stored != nil {
		var err error
		if before, _, err = t.keyed(*stored, how.words, &problems); err != nil {
			return nil, Report{}, err
		}
	}
	coming, h, err := t.keyed(in, how.words, &problems)
	if err == nil {
		err = problems.Err()
	}
	sink := &sink{file: in.Name, problems: &problems}
	if err == nil && how.within != nil {
		t.outside(coming, h, how.within, sink)
		err = problems.Err()
	}
	if err != nil {
		return nil, Report{}, err
	}
	var report Report
	for _, key := range sortedKeys(coming) {
		now := coming[key]
		was, there := before[key]
		switch {
		case !there:
			report.Added++
		case slices.Equal(was.record, now.record):
			report.Unchanged++
		case !how.replace:
			t.differs(was.record, now, h, sink)
		default:
			report.Replaced++
		}
		before[key] = now
	}
	if len(before) > maxRows {
		sink.add(fault.Problem{Message: fault.Msg("exchange.rows", "rows", maxRows)})
	}
	if err := problems.Err(); err != nil {
		return nil, Report{}, err
	}
	content, err := t.file(before)
	return content, report, err
}

// taking says how files are taken over. within, when set, is whose rows may be.
type taking struct {
	words   *dictionary
	replace bool
	within  func(region.Code) bool
}

// outside refuses rows of divisions that may not be taken over. It comes before anything is compared: a refusal tells nothing of
// what is stored elsewhere.
func (t table[R]) outside(coming map[string]placed, h headers, within func(region.Code) bool, sink *sink) {
	at := slices.IndexFunc(t.columns, func(c column[R]) bool { return c.name == "division" })
	for _, key := range sortedKeys(coming) {
		row := coming[key]
		switch {
		case at < 0:
			sink.add(fault.Problem{Row: row.row, Message: fault.Msg("exchange.outside.kind")})
		case !within(region.Code(row.record[at])):
			sink.add(fault.Problem{Row: row.row, Column: h["division"], Value: row.record[at], Message: fault.Msg("exchange.outside", "division", region.Code(row.record[at])), Clause: "SC38-1.1"})
		}
	}
}

// file writes records as a stored file.
func (t table[R]) file(records map[string]placed) ([]byte, error) {
	var sorted [][]string
	for _, r := range records {
		sorted = append(sorted, r.record)
	}
	t.sort(sorted)
	var b bytes.Buffer
	err := t.writeRecords(&b, sorted)
	return b.Bytes(), err
}

// keyed reads a file's rows by their keys; a key that is there twice is refused.
func (t table[R]) keyed(in Input, words *dictionary, problems *fault.List) (map[string]placed, headers, error) {
	sink := &sink{file: in.Name, problems: problems}
	rows, h := t.read(in, words, sink)
	out := make(map[string]placed, len(rows))
	if !problems.Empty() {
		return out, h, nil
	}
	for _, row := range rows {
		record, err := t.record(row)
		place := *t.place(&row)
		if err != nil {
			return nil, nil, err
		}
		key := strings.Join(t.keyOf(record), keySeparator)
		if first, twice := out[key]; twice {
			value := record[t.named()]
			sink.add(fault.Problem{Row: place.Row, Column: h[t.columns[t.named()].name], Value: value,
				Message: fault.Msg("pool.duplicate", "value", value, "row", first.row)})
			continue
		}
		out[key] = placed{record, place.Row}
	}
	return out, h, nil
}

// named is the column that a repeated row is reported in: the division, or the insurance type where there is none.
func (t table[R]) named() int {
	return max(0, slices.IndexFunc(t.columns, func(c column[R]) bool { return c.name == "division" }))
}

// differs refuses each figure of a row that is stored otherwise.
func (t table[R]) differs(was []string, now placed, h headers, sink *sink) {
	names := append(t.columnNames(), columnDataKind)
	for i, name := range names {
		if was[i] == now.record[i] {
			continue
		}
		header, ok := h[name]
		if !ok {
			header = name
		}
		sink.add(fault.Problem{Row: now.row, Column: header, Value: now.record[i], Message: fault.Msg("exchange.differs",
			"column", columnText(name), "stored", shown(was[i]), "value", shown(now.record[i]))})
	}
}

// shown is a cell as a message shows it: a blank one as a word.
func shown(text string) any {
	if text == "" {
		return fault.Msg("exchange.nothing")
	}
	return text
}

func sortedKeys(m map[string]placed) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return m[a].row - m[b].row })
	return keys
}
