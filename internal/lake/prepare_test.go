package lake

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tongchou/internal/claim"
)

// writeMonths writes settlements of a year into files, one for each of so many stretches of it. Refunds stand in a later one than
// what they refund, the first before it, and a settlement stands in two.
func writeMonths(t *testing.T, rows, files int) []string {
	t.Helper()
	texts := make([]strings.Builder, files)
	for i := range texts {
		texts[i].WriteString(strings.Join(claim.Columns(), ",") + "\n")
	}
	n := 0
	settlements(rows, 9, func(s *claim.Settlement) {
		at := n * files / rows
		if s.RefundFlag {
			at = (at + 1) % files
		}
		texts[at].Write(append(s.AppendCSV(nil), '\n'))
		if n == rows/2 {
			texts[files-1].Write(append(s.AppendCSV(nil), '\n'))
		}
		n++
	})
	out := make([]string, files)
	dir := t.TempDir()
	for i := range texts {
		out[i] = filepath.Join(dir, fmt.Sprintf("%02d.csv", i))
		if err := os.WriteFile(out[i], []byte(texts[i].String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// answers are the factors and a pivot of a store's year, from its parts or without.
func answers(t *testing.T, l *Lake, fromParts bool) string {
	t.Helper()
	s, err := l.Session(t.Context(), 2025, Final)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if prepared, err := s.fromParts(t.Context()); err != nil || prepared != fromParts {
		t.Fatalf("prepared %v, want %v: %v", prepared, fromParts, err)
	}
	f, err := s.Factors(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Pivot(t.Context(), PivotQuery{By: []Dimension{ByCity, ByCare, ByMonth}, Publish: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.Cells {
		p.Cells[i].shown = 0
	}
	text, err := json.Marshal([]any{f, p})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func parts(t *testing.T, l *Lake, what string) map[string]int64 {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(l.dir, partsDir, "*", what+"-*.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int64{}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		out[path] = info.ModTime().UnixNano()
	}
	return out
}

// Parts say what the claims say, after every import and withdrawal, and a new import leaves those of the others as they are unless
// it refunds something of theirs.
func TestParts(t *testing.T) {
	t.Attr("clause", "YN-2.5")
	l := openLake(t, t.TempDir())
	check := func(when string) {
		t.Helper()
		direct := answers(t, l, false)
		steps := 0
		if err := l.Prepare(t.Context(), 2025, Final, func(done, total int) { steps = total - done }); err != nil {
			t.Fatal(err)
		}
		if got := answers(t, l, true); got != direct || steps != 0 {
			t.Errorf("%s: %d steps left, parts say\n%s\nclaims say\n%s", when, steps, got, direct)
		}
	}
	for i, source := range writeMonths(t, 9000, 4) {
		before := parts(t, l, partCube)
		if _, err := l.Import(t.Context(), source, ImportOptions{}); err != nil {
			t.Fatal(err)
		}
		check(source)
		kept := 0
		for path, at := range parts(t, l, partCube) {
			if before[path] == at {
				kept++
			}
		}
		if i > 1 && kept < i-1 {
			t.Errorf("%s: %d of %d parts were kept", source, kept, i)
		}
	}
	if err := l.Withdraw("i000002"); err != nil {
		t.Fatal(err)
	}
	check("withdrawn")

	// Parts that are not what they were are made anew.
	for path := range parts(t, l, partCube) {
		if err := os.WriteFile(path, []byte("PAR1"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	again := openLake(t, l.dir)
	direct := answers(t, again, false)
	if err := again.Prepare(t.Context(), 2025, Final, nil); err != nil {
		t.Fatal(err)
	}
	if got := answers(t, again, true); got != direct {
		t.Errorf("made anew, parts say\n%s\nclaims say\n%s", got, direct)
	}
}
