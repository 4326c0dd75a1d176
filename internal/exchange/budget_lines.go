package exchange

import (
	"io"
	"strconv"
	"strings"

	"tongchou/internal/budget"
	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/money"
)

// budgetRow is a row of a file of a budget: a line with its drivers and at most one change of policy. A further row of the same
// item without a method adds a change to it.
type budgetRow struct {
	fault.Place
	line      budget.Line
	change    budget.Change
	synthetic bool
}

// budgetLines is the kind of file of a budget's lines.
const budgetLines Kind = "budget_lines"

func budgetLineTable() table[budgetRow] {
	text := func(name string, at func(*budgetRow) *string) column[budgetRow] {
		return column[budgetRow]{name: name, optional: true, read: func(r *reading, l *budgetRow) { *at(l), _ = r.text() }, write: func(l budgetRow) (string, error) { return *at(&l), nil }}
	}
	amount := func(name string, at func(*budgetRow) *money.Fen) column[budgetRow] {
		return column[budgetRow]{name: name, optional: true, form: asAmount, read: func(r *reading, l *budgetRow) { *at(l), _ = r.amountIf() },
			write: func(l budgetRow) (string, error) { return amountText(*at(&l), *at(&l) != 0) }}
	}
	rate := func(name string, at func(*budgetRow) *money.Rate) column[budgetRow] {
		return column[budgetRow]{name: name, optional: true, form: asRate, read: func(r *reading, l *budgetRow) { *at(l) = r.rate() },
			write: func(l budgetRow) (string, error) {
				if *at(&l) == 0 {
					return "", nil
				}
				return at(&l).String(), nil
			}}
	}
	return table[budgetRow]{
		kind:  budgetLines,
		place: func(l *budgetRow) *fault.Place { return &l.Place },
		label: func(l *budgetRow) *bool { return &l.synthetic },
		columns: []column[budgetRow]{
			{name: "item", read: (*reading).item, write: func(l budgetRow) (string, error) { return string(l.line.Item), nil }},
			{name: "method", optional: true, read: (*reading).method, write: func(l budgetRow) (string, error) { return string(l.line.Method), nil }},
			{name: "headcount", optional: true, form: asPeople, read: func(r *reading, l *budgetRow) {
				if !r.cell.blank() {
					l.line.Drivers.Headcount = r.people()
				}
			}, write: func(l budgetRow) (string, error) {
				if l.line.Drivers.Headcount == 0 {
					return "", nil
				}
				return strconv.FormatInt(l.line.Drivers.Headcount, 10), nil
			}},
			rate("headcount_growth", func(l *budgetRow) *money.Rate { return &l.line.Drivers.HeadcountGrowth }),
			amount("base", func(l *budgetRow) *money.Fen { return &l.line.Drivers.Base }),
			rate("wage_growth", func(l *budgetRow) *money.Rate { return &l.line.Drivers.WageGrowth }),
			rate("rate", func(l *budgetRow) *money.Rate { return &l.line.Drivers.Rate }),
			amount("standard", func(l *budgetRow) *money.Fen { return &l.line.Drivers.Standard }),
			rate("collection", func(l *budgetRow) *money.Rate { return &l.line.Drivers.Collection }),
			amount("last", func(l *budgetRow) *money.Fen { return &l.line.Drivers.Last }),
			rate("trend", func(l *budgetRow) *money.Rate { return &l.line.Drivers.Trend }),
			amount("stated", func(l *budgetRow) *money.Fen { return &l.line.Drivers.Stated }),
			text("grounds", func(l *budgetRow) *string { return &l.line.Drivers.Reason }),
			text("change_title", func(l *budgetRow) *string { return &l.change.Title }),
			text("change_document", func(l *budgetRow) *string { return &l.change.Document }),
			amount("change_amount", func(l *budgetRow) *money.Fen { return &l.change.Amount }),
		},
	}
}

// rate is a share or rate; 0 when it is blank.
func (r *reading) rate() money.Rate {
	text, ok := r.text()
	if !ok {
		return 0
	}
	if strings.HasSuffix(text, "%") {
		r.refuse("exchange.rate.percent")
		return 0
	}
	rate, err := money.ParseRate(text)
	r.number(err, "exchange.rate.", text, "max", money.MaxRate)
	return rate
}

// item reads an item of the budget by its name in any language.
func (r *reading) item(l *budgetRow) {
	text, ok := r.needed()
	if !ok {
		return
	}
	for _, rule := range budget.ItemRules() {
		if r.named(text, string(rule.Item), rule.Item.Label()) {
			l.line.Item = rule.Item
			return
		}
	}
	r.refuse("budget.line.item")
}

// method reads how a line is computed.
func (r *reading) method(l *budgetRow) {
	text, ok := r.text()
	if !ok {
		return
	}
	for _, m := range []budget.Method{budget.Levy, budget.PerHead, budget.Trend, budget.Stated} {
		if r.named(text, string(m), m.Label()) {
			l.line.Method = m
			return
		}
	}
	r.refuse("exchange.budget.method")
}

// named tells whether a text is a name: its own, or that of a message in any language.
func (r *reading) named(text, name string, label fault.Message) bool {
	if strings.EqualFold(text, name) {
		return true
	}
	for _, lang := range []locale.Lang{locale.ZH, locale.EN} {
		if p, err := locale.New(lang); err == nil && strings.EqualFold(text, p.Text(label)) {
			return true
		}
	}
	return false
}

// ReadBudget (读取预算表) reads the lines of a budget and whether any of them is made up; amounts are not computed. Errors: a
// fault.Refusal with file, row and column.
func ReadBudget(in Input) ([]budget.Line, bool, error) {
	words, err := vocabulary()
	if err != nil {
		return nil, false, err
	}
	var problems fault.List
	rows, _ := budgetLineTable().read(in, words, &sink{file: in.Name, problems: &problems})
	var lines []budget.Line
	at := map[budget.Item]int{}
	synthetic := false
	for _, row := range rows {
		synthetic = synthetic || row.synthetic
		i, there := at[row.line.Item]
		switch {
		case row.line.Item == "":
			continue
		case !there:
			i = len(lines)
			at[row.line.Item] = i
			lines = append(lines, row.line)
		case row.line.Method != "":
			problems.Add(fault.Problem{File: in.Name, Row: row.Row, Value: string(row.line.Item), Message: fault.Msg("budget.line.twice", "item", row.line.Item.Label()), Clause: "SC38-3.1"})
			continue
		}
		if row.change != (budget.Change{}) {
			lines[i].Drivers.Changes = append(lines[i].Drivers.Changes, row.change)
		}
	}
	return lines, synthetic, problems.Err()
}

// WriteBudget (写出预算表) writes the lines of a budget with their drivers and amounts as a workbook that ReadBudget reads again.
func WriteBudget(w io.Writer, b budget.Budget, notes []Note, p *locale.Printer) error {
	t := Table{Sheet: p.T("exchange.sheet.budget_lines"), Wide: 2}
	columns := budgetLineTable().columns
	for _, c := range columns {
		t.Heads = append(t.Heads, p.T(columnKey+c.name))
	}
	t.Heads = append(t.Heads, p.T(columnKey+columnDataKind), p.T(columnKey+columnNote))
	for _, l := range b.Lines {
		row := budgetRow{line: l, synthetic: b.Synthetic}
		changes := l.Drivers.Changes
		for i := range max(len(changes), 1) {
			if i > 0 {
				row.line = budget.Line{Item: l.Item}
			}
			if i < len(changes) {
				row.change = changes[i]
			}
			cells, err := budgetLineTable().record(row)
			if err != nil {
				return err
			}
			t.Rows = append(t.Rows, budgetCells(columns, cells, row, p))
		}
	}
	return WriteTables(w, []Table{t}, notes, p)
}

// budgetCells are a record's cells with names in place of ids, and a note of the amount.
func budgetCells(columns []column[budgetRow], record []string, row budgetRow, p *locale.Printer) []TableCell {
	var out []TableCell
	for i, c := range columns {
		switch {
		case c.name == "item":
			out = append(out, TextCell(p.Text(row.line.Item.Label())))
		case c.name == "method" && row.line.Method != "":
			out = append(out, TextCell(p.Text(row.line.Method.Label())))
		case c.form == asText || record[i] == "":
			out = append(out, TextCell(record[i]))
		default:
			out = append(out, NumberCell(record[i]))
		}
	}
	kind := ""
	if row.synthetic {
		kind = word(p, wordSynthetic)
	}
	note := ""
	if row.line.Method != "" {
		note = p.T("exchange.budget.amount", "amount", row.line.Amount)
	}
	return append(out, TextCell(kind), TextCell(note))
}
