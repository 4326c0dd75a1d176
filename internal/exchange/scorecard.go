package exchange

import (
	"io"

	"tongchou/internal/budget"
	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/money"
)

// scorecardRow is a row of a file of performance: an indicator with its target, and what it came to.
type scorecardRow struct {
	fault.Place
	budget.Scored
	synthetic bool
}

// scorecardLines is the kind of file of a scorecard.
const scorecardLines Kind = "scorecard"

// pointsPerWeight are the points of the weight 1: files and people speak of points of 100.
const pointsPerWeight = 100

func scorecardTable() table[scorecardRow] {
	type R = scorecardRow
	text := func(name string, optional bool, at func(*R) *string) column[R] {
		return column[R]{name: name, optional: optional, clause: "SC38-3.6", read: func(r *reading, row *R) { *at(row) = r.plainIf() }, write: func(row R) (string, error) { return *at(&row), nil }}
	}
	return table[R]{
		kind:  scorecardLines,
		place: func(r *R) *fault.Place { return &r.Place },
		label: func(r *R) *bool { return &r.synthetic },
		columns: []column[R]{
			{name: "indicator", clause: "SC38-3.6", read: func(r *reading, row *R) { row.Indicator = r.plain() }, write: func(row R) (string, error) { return row.Indicator, nil }},
			{name: "better", clause: "SC38-3.6", read: (*reading).better, write: func(row R) (string, error) { return string(row.Better), nil }},
			{name: "goal", form: asRate, clause: "SC38-3.6", read: func(r *reading, row *R) { row.Goal = r.rate() }, write: func(row R) (string, error) { return row.Goal.String(), nil }},
			text("unit", true, func(row *R) *string { return &row.Unit }),
			{name: "points", form: asRate, clause: "SC38-3.6", read: func(r *reading, row *R) { row.Weight = r.points() }, write: func(row R) (string, error) { return (row.Weight * pointsPerWeight).String(), nil }},
			{name: "value", optional: true, form: asRate, clause: "SC38-3.6", read: func(r *reading, row *R) {
				if row.Known = !r.cell.blank(); row.Known {
					row.Value = r.rate()
				}
			}, write: func(row R) (string, error) {
				if !row.Known {
					return "", nil
				}
				return row.Value.String(), nil
			}},
			text("explanation", true, func(row *R) *string { return &row.Note }),
		},
	}
}

// better reads which way an indicator is better.
func (r *reading) better(row *scorecardRow) {
	text, ok := r.needed()
	if !ok {
		return
	}
	for _, b := range []budget.Better{budget.AtLeast, budget.AtMost} {
		if r.named(text, string(b), b.Label()) {
			row.Better = b
			return
		}
	}
	r.refuse("exchange.scorecard.better")
}

// points reads points of 100 as a weight.
func (r *reading) points() money.Rate {
	points := r.rate()
	if points%pointsPerWeight != 0 {
		r.refuse("exchange.scorecard.points")
	}
	return points / pointsPerWeight
}

// ReadScorecard (读取绩效表) reads the rows of a scorecard and whether any of them is made up. Whether targets are sound is
// budget.CheckTargets' to say. Errors: a fault.Refusal with file, row and column.
func ReadScorecard(in Input) ([]budget.Scored, bool, error) {
	rows, err := readRows(scorecardTable(), in)
	if err != nil {
		return nil, false, err
	}
	synthetic := false
	out := make([]budget.Scored, len(rows))
	for i, row := range rows {
		out[i], synthetic = row.Scored, synthetic || row.synthetic
	}
	return out, synthetic, nil
}

// WriteScorecard (写出绩效表) writes a scorecard as a workbook that ReadScorecard reads again, with the points of every row as a note
// where it is evaluated.
func WriteScorecard(w io.Writer, s budget.Scorecard, notes []Note, p *locale.Printer) error {
	t := Table{Sheet: p.T("exchange.sheet." + string(scorecardLines)), Wide: 1}
	columns := scorecardTable().columns
	for _, c := range columns {
		t.Heads = append(t.Heads, p.T(columnKey+c.name))
	}
	t.Heads = append(t.Heads, p.T(columnKey+columnDataKind), p.T(columnKey+columnNote))
	e, err := s.Evaluate()
	for i, row := range s.Rows {
		cells, written := scorecardTable().record(scorecardRow{Scored: row, synthetic: s.Synthetic})
		if written != nil {
			return written
		}
		note, kind := "", ""
		if err == nil && row.Known {
			note = p.T("exchange.scorecard.marked", "points", e.Marks[i].Points.Text(2))
		}
		if s.Synthetic {
			kind = word(p, wordSynthetic)
		}
		var line []TableCell
		for at, c := range columns {
			switch {
			case c.name == "better" && row.Better != "":
				line = append(line, TextCell(p.Text(row.Better.Label())))
			case c.form == asRate && cells[at] != "" && (c.name == "value" || cells[at] != "0"):
				line = append(line, NumberCell(cells[at]))
			case c.form == asRate:
				line = append(line, TextCell(""))
			default:
				line = append(line, TextCell(cells[at]))
			}
		}
		t.Rows = append(t.Rows, append(line, TextCell(kind), TextCell(note)))
	}
	return WriteTables(w, []Table{t}, notes, p)
}
