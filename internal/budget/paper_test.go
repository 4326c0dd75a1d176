package budget_test

import (
	"bytes"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/budget"
	"tongchou/internal/money"
	"tongchou/internal/pool"
)

// What is kept of a budget reads back as it was, and only as it was.
func TestPapersReadBack(t *testing.T) {
	t.Attr("clause", "SC38-3.1")
	rapid.Check(t, func(t *rapid.T) {
		fen := func(name string) money.Fen {
			return money.Fen(rapid.Int64Range(-int64(money.MaxFen), int64(money.MaxFen)).Draw(t, name))
		}
		p := budget.Paper{Reason: rapid.String().Draw(t, "reason"), Budget: budget.Budget{Key: pool.Key{Year: 2027, Division: "510300", Insurance: pool.Resident}, Revision: 1,
			SurplusBegin: fen("begin"), Violation: fen("violation"), Synthetic: rapid.Bool().Draw(t, "synthetic"),
			BooksNote: rapid.SampledFrom([]string{"", "预计", ",:"}).Draw(t, "note")}}
		if rapid.Bool().Draw(t, "before") {
			p.Budget.Before = []budget.Item{budget.Inpatient}
		}
		for range rapid.IntRange(0, 3).Draw(t, "lines") {
			l := budget.Line{Item: budget.Inpatient, Method: budget.Trend, Drivers: budget.Drivers{Headcount: 5, Last: fen("last"), Trend: -3, Reason: rapid.String().Draw(t, "grounds")}}
			for range rapid.IntRange(0, 2).Draw(t, "changes") {
				l.Drivers.Changes = append(l.Drivers.Changes, budget.Change{Title: rapid.String().Draw(t, "title"), Document: ",:", Amount: fen("change")})
			}
			p.Budget.Lines = append(p.Budget.Lines, l)
		}
		content := p.Canonical()
		got, ok := budget.ParsePaper(content)
		if !ok || !reflect.DeepEqual(got, p) {
			t.Fatalf("%+v reads back as %+v", p, got)
		}
		if _, ok := budget.ParsePaper(append(content, '0')); ok {
			t.Fatal("bytes behind the end")
		}
		if _, ok := budget.ParsePaper(content[:len(content)-1]); ok {
			t.Fatal("the end is missing")
		}
	})
}

func FuzzPaper(f *testing.F) {
	f.Add(budget.Paper{}.Canonical())
	f.Add(budget.Paper{Budget: budget.Budget{BooksNote: "x"}}.Canonical())
	f.Fuzz(func(t *testing.T, content []byte) {
		if p, ok := budget.ParsePaper(content); ok && !bytes.Equal(p.Canonical(), content) {
			t.Fatalf("%q has another form", content)
		}
	})
}
