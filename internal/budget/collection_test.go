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

// A month's rate is collected ÷ due; the year's is there only when every month has its figure.
func TestCollectionRates(t *testing.T) {
	t.Attr("clause", "SC38-3.4")
	d := budget.Dues{Key: pool.Key{Year: 2026, Division: "510300", Insurance: pool.Employee}}
	d.Months[0], d.Months[1], d.Months[3] = budget.Due{Amount: 100_00, Known: true}, budget.Due{Known: true}, budget.Due{Amount: 50_00, Known: true}
	actual := func(m budget.Month, i budget.Item, fen money.Fen) budget.Actual {
		return budget.Actual{Month: m, Item: i, Amount: fen}
	}
	actuals := []budget.Actual{actual(1, budget.Contributions, 60_00), actual(1, budget.Contributions, 35_00), actual(1, budget.Interest, 9_00), actual(2, budget.Contributions, 4_00), actual(4, budget.Contributions, 55_00)}
	for i, c := range d.Collect(4, actuals, 1200_00) {
		want := []struct{ rate, soFar, share, pace string }{{"0.9500", "0.9500", "0.0792", "0.9500"}, {"-", "0.9900", "0.0825", "0.4950"}, {"-", "-", "0.0825", "0.3300"}, {"1.1000", "-", "0.1283", "0.3850"}}[i]
		text := func(x money.Ratio, has bool) string {
			if !has {
				return "-"
			}
			return x.Text(4)
		}
		if got := (struct{ rate, soFar, share, pace string }{text(c.Rate, c.HasRate), text(c.RateSoFar, c.HasSoFar), text(c.Share, c.HasShare), text(c.Pace, c.HasShare)}); got != want {
			t.Errorf("month %d: %v, want %v", c.Month, got, want)
		}
	}
	b, err := budget.Budget{Key: d.Key, Lines: []budget.Line{{Item: budget.Contributions, Method: budget.Stated, Drivers: budget.Drivers{Stated: 1200_00, Reason: "x"}}}}.Compute()
	if err != nil {
		t.Fatal(err)
	}
	for through, want := range map[budget.Month]string{2: "0.9900", 4: "-"} {
		var known []budget.Actual
		for _, a := range actuals {
			if a.Month <= through {
				known = append(known, a)
			}
		}
		e, err := b.Execute(through, append(known, d.Actuals(through)...))
		if err != nil {
			t.Fatal(says(t, err))
		}
		got := "-"
		if e.HasCollection {
			got = e.Collection.Text(4)
		}
		if got != want {
			t.Errorf("execution through %d: %s, want %s", through, got, want)
		}
	}
}

// What is kept of dues reads back as it was, and only as it was.
func TestDuesReadBack(t *testing.T) {
	t.Attr("clause", "SC38-3.4")
	rapid.Check(t, func(t *rapid.T) {
		d := budget.Dues{Key: pool.Key{Year: 2027, Division: "510300", Insurance: pool.Resident}, Source: rapid.String().Draw(t, "source"), Synthetic: rapid.Bool().Draw(t, "synthetic")}
		for i := range d.Months {
			d.Months[i] = budget.Due{Amount: money.Fen(rapid.Int64().Draw(t, "amount")), Known: rapid.Bool().Draw(t, "known")}
		}
		content := d.Canonical()
		if got, ok := budget.ParseDues(content); !ok || !reflect.DeepEqual(got, d) {
			t.Fatalf("%+v reads back as %+v", d, got)
		}
		if _, ok := budget.ParseDues(append(content, '0')); ok {
			t.Fatal("bytes behind the end")
		}
	})
}

func FuzzDues(f *testing.F) {
	f.Add(budget.Dues{}.Canonical())
	f.Fuzz(func(t *testing.T, content []byte) {
		if d, ok := budget.ParseDues(content); ok && !bytes.Equal(d.Canonical(), content) {
			t.Fatalf("%q has another form", content)
		}
	})
}
