package lake

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// What the standard library reads from a file it wrote, we read too: the same cells, in records of the same number.
func TestCellsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.SliceOfN(rapid.StringMatching(`[a-z", \n]{0,6}`), 3, 3), 1, 20).Draw(t, "rows")
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		w.WriteAll(append([][]string{{"a", "b", "c"}}, rows...))
		s := &splitter{source: iotest.OneByteReader(&b)}
		if _, err := s.header(); err != nil {
			t.Fatal(err)
		}
		var got [][]string
		for {
			p, err := s.next()
			if errors.Is(err, io.EOF) {
				break
			}
			p.records(t.Context(), func(row int64, record []byte) error {
				cells, _, whole := splitCells(record, ',', nil, nil)
				if !whole || row != int64(len(got)+2) {
					t.Fatalf("row %d: %q", row, record)
				}
				var texts []string
				for _, c := range cells {
					texts = append(texts, string(c))
				}
				got = append(got, texts)
				return nil
			})
		}
		if !slices.EqualFunc(got, rows, slices.Equal) {
			t.Fatalf("got %q, want %q", got, rows)
		}
	})
}

func TestAmountsAndDaysAsElsewhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?[0-9]{0,18}\.?[0-9]{0,3}`).Draw(t, "amount")
		if text == "" {
			return
		}
		want, err := money.ParseFen(text)
		if got, ok := parseFen([]byte(text)); ok != (err == nil) || ok && got != int64(want) {
			t.Fatalf("%q: %d %v, elsewhere %d %v", text, got, ok, want, err)
		}
		day := rapid.StringMatching(`20[0-9]{2}-[01][0-9]-[0-3][0-9]`).Draw(t, "day")
		_, exists := policy.ParseDate(day)
		n, ok := parseDay([]byte(day))
		if ok != exists || ok && string(appendDay(nil, n)) != day {
			t.Fatalf("%q: %d %v", day, n, ok)
		}
	})
}

// No content at all makes the reader fail: each row is kept or a reject.
func FuzzChecker(f *testing.F) {
	f.Add(head() + with("a"))
	f.Add(head() + "\"" + with("b") + "\x00,,\r\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		s := &splitter{source: strings.NewReader(text)}
		line, err := s.header()
		if err != nil {
			return
		}
		tree, err := region.Load()
		if err != nil {
			t.Fatal(err)
		}
		var kept block
		keep := func(r *storedRow) error {
			kept.add(r)
			return nil
		}
		feed := &feed{lake: &Lake{tree: tree}, key: make([]byte, keyBytes), keep: keep}
		if feed.header, err = readHeader(line, Mapping{}); err != nil {
			return
		}
		c := feed.newChecker()
		var rows int64
		for {
			p, err := s.next()
			if err != nil {
				break
			}
			p.records(t.Context(), func(row int64, record []byte) error {
				rows++
				return c.check(row, record, feed.header.delimiter, feed.header.width)
			})
		}
		if c.tally.rows+int64(len(c.rejects)) != rows || int64(kept.rows) != c.tally.rows {
			t.Errorf("%d rows: %d kept, %d rejects", rows, kept.rows, len(c.rejects))
		}
		for _, r := range c.rejects {
			if _, err := csv.NewReader(bytes.NewReader(appendReject(nil, r, func(m fault.Message) string { return m.Key }))).Read(); err != nil {
				t.Error(err)
			}
		}
	})
}

// What a spreadsheet would compute, and what a terminal would obey, is put out of action.
func TestCellsShown(t *testing.T) {
	for cell, want := range map[string]string{"=1+1": ",'=1+1", "@x": ",'@x", "-x": ",'-x", "-2.50": ",-2.50", "\t=1": ",'\t=1", "\n=1": ",\"'\n=1\"", "a": ",a"} {
		if got := string(appendCell(nil, []byte(cell))); got != want {
			t.Errorf("%q is written %q, not %q", cell, got, want)
		}
	}
	if got := brief("a\x1b[31mb\u202ec 中"); got != "a?[31mb?c 中" {
		t.Errorf("%q", got)
	}
}
