package lake

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"

	"tongchou/internal/benefit"
	"tongchou/internal/claim"
	"tongchou/internal/money"
)

// readVisits reads the visits of 2025 by person.
func readVisits(t testing.TB, l *Lake, o VisitOptions) (map[string][]benefit.Case, VisitsRead) {
	t.Helper()
	var mu sync.Mutex
	got := map[string][]benefit.Case{}
	read, err := l.Visits(t.Context(), 2025, Final, o, func() func([]benefit.Case) {
		return func(cases []benefit.Case) {
			mu.Lock()
			defer mu.Unlock()
			if id := cases[0].Person.ID; got[id] != nil {
				t.Errorf("%s comes twice", id)
			}
			got[cases[0].Person.ID] = append([]benefit.Case(nil), cases...)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return got, read
}

// Every settlement that counts is handed on once, with its person's others, in their order, whatever the number of workers and wherever rows wait; refunds and what
// they refund are not.
func TestVisits(t *testing.T) {
	t.Attr("clause", "SC38-11.1")
	l := openLake(t, t.TempDir())
	const rows = 30_000
	if _, err := l.Import(t.Context(), writeClaims(t, rows, 1), ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	got, read := readVisits(t, l, VisitOptions{Workers: 1, Aided: "subsistence"})
	want, count := map[bool]money.Fen{}, map[bool]int64{}
	settlements(rows, 1, func(s *claim.Settlement) {
		count[s.RefundFlag]++
		want[true] += s.InScope // a refund takes back what it refunds
		want[false] += s.FundPaid
	})
	var visits int64
	var scope, paid money.Fen
	for id, cases := range got {
		for i, c := range cases {
			if err := c.Complete(); err != nil || c.Paid.Funds()+c.Paid.Own != c.Total {
				t.Fatalf("%+v: %v", c, err)
			}
			if i > 0 && c.Date < cases[i-1].Date || c.Person.ID != id {
				t.Fatalf("%s: %s after %s", id, c.Date, cases[i-1].Date)
			}
			scope, paid = scope+c.InScope, paid+c.Paid.Funds()
		}
		visits += int64(len(cases))
	}
	if visits != count[false]-count[true] || scope != want[true] || paid != want[false] || read.Refunds != count[true] || read.Visits != visits || read.Persons != int64(len(got)) || read.Rows != rows {
		t.Errorf("%d visits of %v, scope %v of %v, paid %v of %v, %+v", visits, count, scope, want[true], paid, want[false], read)
	}
	if again, _ := readVisits(t, l, VisitOptions{Workers: 3, Aided: "subsistence"}); !reflect.DeepEqual(again, got) {
		t.Error("three workers read otherwise")
	}
	some, _ := readVisits(t, l, VisitOptions{Sample: 100_000})
	if len(some) < len(got)/20 || len(some) > len(got)/5 {
		t.Errorf("%d of %d persons in a sample of one tenth", len(some), len(got))
	}
	for id, cases := range some {
		if len(got[id]) != len(cases) {
			t.Fatalf("%s has %d visits in the sample, %d in all", id, len(cases), len(got[id]))
		}
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Visits(stopped, 2025, Final, VisitOptions{}, func() func([]benefit.Case) { return func([]benefit.Case) {} }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(l.dir, ".aside-*")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
	if _, err := l.Visits(t.Context(), 2020, Final, VisitOptions{}, nil); err == nil {
		t.Error("a year without data was read")
	}
}

// Sealed files give the same visits, by way of the engine; a file that was cut short is refused.
func TestVisitsSealed(t *testing.T) {
	source := writeClaims(t, 5_000, 2)
	plain, sealed := openLake(t, t.TempDir()), openSealed(t, t.TempDir(), sealKey)
	var years [2][]string
	for i, l := range []*Lake{plain, sealed} {
		if _, err := l.Import(t.Context(), source, ImportOptions{}); err != nil {
			t.Fatal(err)
		}
		got, _ := readVisits(t, l, VisitOptions{})
		for _, cases := range got {
			for k := range cases {
				cases[k].Person.ID = "" // each store has pseudonyms of its own
			}
			years[i] = append(years[i], fmt.Sprint(cases))
		}
		slices.Sort(years[i])
	}
	if !slices.Equal(years[0], years[1]) || len(years[0]) == 0 {
		t.Errorf("%d and %d persons", len(years[0]), len(years[1]))
	}
	m, err := plain.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	path := plain.path(filepath.FromSlash(m.Imports[0].Files[0].Path))
	if err := os.Truncate(path, 1000); err != nil {
		t.Fatal(err)
	}
	if _, err := plain.Visits(t.Context(), 2025, Final, VisitOptions{}, func() func([]benefit.Case) { return func([]benefit.Case) {} }); err == nil {
		t.Error("half a file was read")
	}
}

// What is laid aside comes back as it was, from memory and from the file, which cannot be read by others.
func TestAside(t *testing.T) {
	dir := t.TempDir()
	a := newAside([]string{filepath.Join(dir, "absent"), dir}, 3)
	defer a.close()
	a.kept = asideMemory - 100 // most of it goes to the file
	var want [3][]byte
	for i := range 300 {
		b := []byte{byte(i), byte(i >> 8), 'x', 'y', 'z'}
		if err := a.put(i%3, b); err != nil {
			t.Fatal(err)
		}
		want[i%3] = append(want[i%3], b...)
	}
	raw := make([]byte, a.size)
	if _, err := a.file.ReadAt(raw, 0); err != nil || len(raw) == 0 {
		t.Fatal(err)
	}
	for part := range want {
		got, err := a.get(part, nil)
		if err != nil || !reflect.DeepEqual(got, want[part]) {
			t.Errorf("part %d: %v", part, err)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("the file has a name: %v", left)
	}
	if reflect.DeepEqual(raw[:5], want[0][:5]) || string(raw[2:5]) == "xyz" {
		t.Error("it can be read")
	}
}
