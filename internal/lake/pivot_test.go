package lake

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/claim"
	"tongchou/internal/money"
)

// pivotByHand sums settlements as Pivot should, in Go.
func pivotByHand(all []claim.Settlement, city func(claim.Settlement) string, q PivotQuery) map[string]*PivotCell {
	refunded := map[string]bool{}
	for _, s := range all {
		if s.RefundFlag {
			refunded[s.OriginalID] = true
		}
	}
	persons, out := map[string]map[string]bool{}, map[string]*PivotCell{}
	for _, s := range all {
		if s.RefundFlag || refunded[s.ID] || s.Insurance != "310" && s.Insurance != "390" {
			continue
		}
		value := map[Dimension]string{ByCity: city(s), ByInsurance: s.Insurance, ByLevel: fmt.Sprint(levelOf(s.Level)), ByCare: s.MedType[:2],
			ByMonth: strings.TrimPrefix(string(s.SettledOn[5:7]), "0")}
		wanted := true
		for d, values := range q.Where {
			wanted = wanted && (len(values) == 0 || slices.Contains(values, value[d]))
		}
		if !wanted {
			continue
		}
		var keys []string
		for _, d := range q.By {
			keys = append(keys, value[d])
		}
		key := strings.Join(keys, " ")
		if out[key] == nil {
			out[key], persons[key] = &PivotCell{Keys: keys}, map[string]bool{}
		}
		c := out[key]
		persons[key][s.Person] = true
		c.Settlements, c.Persons = c.Settlements+1, int64(len(persons[key]))
		c.Cost, c.Scope, c.Fund, c.Person = c.Cost+s.Total, c.Scope+s.InScope, c.Fund+s.FundPaid, c.Person+s.PersonPaid
	}
	return out
}

// A pivot says what the settlements say, whatever is asked.
func TestPivot(t *testing.T) {
	t.Attr("clause", "YA-4.8.1")
	const rows = 6000
	l := openLake(t, t.TempDir())
	if _, err := l.Import(t.Context(), writeClaims(t, rows, 3), ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	var all []claim.Settlement
	settlements(rows, 3, func(s *claim.Settlement) { all = append(all, *s) })
	places := newPlaces(l.tree)
	city := func(s claim.Settlement) string {
		area, _ := places.city([]byte(s.InsuredAt))
		return string(area)
	}
	s, err := l.Session(t.Context(), 2025, Final)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rapid.Check(t, func(rt *rapid.T) {
		q := PivotQuery{By: rapid.Permutation(Dimensions()).Draw(rt, "by")[:rapid.IntRange(0, 3).Draw(rt, "dimensions")], Persons: rapid.Bool().Draw(rt, "persons"), Publish: rapid.Bool().Draw(rt, "publish")}
		if rapid.Bool().Draw(rt, "where") {
			q.Where = map[Dimension][]string{ByInsurance: {"390"}, ByMonth: {"2", "11"}}
		}
		p, err := s.Pivot(t.Context(), q)
		if err != nil {
			rt.Fatal(err)
		}
		want := pivotByHand(all, city, q)
		if len(q.By) > 0 && len(p.Cells) != len(want) {
			rt.Fatalf("%d cells, want %d", len(p.Cells), len(want))
		}
		for _, c := range p.Cells {
			w := want[strings.Join(c.Keys, " ")]
			if w == nil {
				rt.Fatalf("cell %v should not be there", c.Keys)
			}
			if q.Publish && w.Persons < FewestPersons && !c.Suppressed {
				rt.Fatalf("cell %v of %d persons is published", c.Keys, w.Persons)
			}
			if c.Suppressed {
				if c.Settlements != 0 || c.Cost != 0 || !q.Publish {
					rt.Fatalf("suppressed cell %+v", c)
				}
				continue
			}
			persons := int64(-1)
			if q.Persons {
				persons = w.Persons
			}
			if c.Settlements != w.Settlements || c.Persons != persons || c.Cost != w.Cost || c.Scope != w.Scope || c.Fund != w.Fund || c.Person != w.Person {
				rt.Fatalf("cell %+v, want %+v", c, w)
			}
		}
		if !q.Publish {
			var sum money.Fen
			for _, c := range p.Cells {
				sum += c.Cost
			}
			if p.Total.Cost != sum {
				rt.Fatalf("total %d, cells %d", p.Total.Cost, sum)
			}
		}
	})
	for _, q := range []PivotQuery{{By: []Dimension{"psn_no"}}, {Where: map[Dimension][]string{"1=1; --": {"1"}}}, {Where: map[Dimension][]string{ByCity: {"'"}}}} {
		if _, err := s.Pivot(t.Context(), q); err == nil {
			t.Errorf("%+v was answered", q)
		}
	}
	found, more, err := s.Settlements(t.Context(), RowsQuery{Where: map[Dimension][]string{ByMonth: {"3"}}, Limit: 10})
	if err != nil || len(found) != 10 || !more {
		t.Fatal(len(found), more, err)
	}
	for i, row := range found {
		if len(row.Person) > shownPerson+len("…") || row.SettledOn[5:7] != "03" || i > 0 && row.Total > found[i-1].Total {
			t.Errorf("%+v", row)
		}
	}
}

// No suppressed cell is alone in a line, nor are those of a line too few persons together, or the line's sum would tell.
func TestSuppression(t *testing.T) {
	t.Attr("clause", "YA-4.8.1")
	rapid.Check(t, func(t *rapid.T) {
		var cells []PivotCell
		for a := range rapid.IntRange(1, 5).Draw(t, "rows") {
			for b := range rapid.IntRange(1, 5).Draw(t, "columns") {
				n := rapid.Int64Range(1, 40).Draw(t, "n")
				cells = append(cells, PivotCell{Keys: []string{fmt.Sprint(a), fmt.Sprint(b)}, Settlements: n, shown: rapid.Int64Range(1, n).Draw(t, "persons"), Cost: 1})
			}
		}
		few, persons := map[string]bool{}, map[string]int64{}
		for _, c := range cells {
			few[strings.Join(c.Keys, " ")], persons[strings.Join(c.Keys, " ")] = c.shown < FewestPersons, c.shown
		}
		suppress(cells)
		for d := range 2 {
			for _, line := range lines(cells, d) {
				hidden, behind := 0, int64(0)
				for _, c := range line {
					if few[strings.Join(c.Keys, " ")] && !c.Suppressed || c.Suppressed && c.Cost != 0 {
						t.Fatalf("%+v", c)
					}
					if c.Suppressed {
						hidden, behind = hidden+1, behind+persons[strings.Join(c.Keys, " ")]
					}
				}
				if hidden == 1 && len(line) > 1 {
					t.Fatalf("one suppressed cell alone in a line of %d", len(line))
				}
				if hidden > 0 && hidden < len(line) && behind < FewestPersons {
					t.Fatalf("%d persons behind what the line's sum leaves", behind)
				}
			}
		}
	})
}
