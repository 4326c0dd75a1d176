package lake

import (
	"bufio"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tongchou/internal/claim"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// cities are where the made-up persons are insured.
var cities = []region.Code{"510000", "510104", "510302", "510411", "510502", "510603", "511500", "513221"}

// settlements makes n settlements of the year 2025 up, a refund among each fifty.
func settlements(n int, seed uint64, yield func(*claim.Settlement)) {
	dice := rand.New(rand.NewPCG(seed, 1))
	var s claim.Settlement
	for i := range n {
		if i%50 == 49 {
			r := s.Refund(fmt.Sprintf("R%d-%09d", seed, i), "2025-12-31")
			yield(&r)
			continue
		}
		s = settlement(dice, fmt.Sprintf("S%d-%09d", seed, i), n)
		yield(&s)
	}
}

func settlement(dice *rand.Rand, id string, n int) claim.Settlement {
	person := dice.IntN(n/4 + 1)
	day := time.Date(2025, 1, 1+dice.IntN(364), 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	s := claim.Settlement{ID: id, Person: fmt.Sprintf("51000000000000%08d", person), Insurance: claim.EmployeeInsurance, PersonType: "11",
		MedType: "11", InsuredAt: cities[person%len(cities)], Institution: fmt.Sprintf("H51%09d", dice.IntN(3000)), Level: fmt.Sprintf("%02d", 1+dice.IntN(11)),
		SettledOn: policy.Date(day), Begin: policy.Date(day), End: policy.Date(day), Disease: "I10.x00", PayMethod: "1", Direct: dice.IntN(4) > 0,
		ClearType: "11", Age: person % 97, Sex: fmt.Sprint(1 + person%2)}
	s.TreatedAt = s.InsuredAt
	if person%3 == 0 {
		s.Insurance, s.PersonType = claim.ResidentInsurance, "15"
	}
	scale := int64(20_000)
	if dice.IntN(6) == 0 {
		s.MedType, s.PayMethod, s.Group, s.Days, scale = "21", []string{"1", "3", "4"}[dice.IntN(3)], "FR21", 3, 1_000_000
	}
	if dice.IntN(5) == 0 {
		s.TreatedAt = cities[dice.IntN(len(cities))]
	}
	part := func(of money.Fen) money.Fen { return money.Fen(dice.Int64N(int64(of) + 1)) }
	s.Total = money.Fen(dice.Int64N(scale))
	s.SelfPaidWhole = part(s.Total / 5)
	s.SelfPaidFirst = part(s.Total / 10)
	s.InScope = s.Total - s.SelfPaidWhole - s.SelfPaidFirst
	s.BasicPaid = part(s.InScope)
	s.CatastrophicPaid = part((s.InScope - s.BasicPaid) / 2)
	s.FundPaid = s.BasicPaid + s.CatastrophicPaid
	s.PersonPaid = s.Total - s.FundPaid
	s.AccountPaid = part(s.PersonPaid)
	s.CashPaid = s.PersonPaid - s.AccountPaid
	return s
}

// writeClaims writes n made-up settlements to a CSV file.
func writeClaims(tb testing.TB, n int, seed uint64) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), fmt.Sprintf("claims-%d.csv", seed))
	file, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	out := bufio.NewWriter(file)
	out.Write(claim.AppendHeader(nil)) // a failure shows when it is flushed
	var line []byte
	settlements(n, seed, func(s *claim.Settlement) {
		line = s.AppendCSV(line[:0])
		out.Write(line)
	})
	if err := errors.Join(out.Flush(), file.Close()); err != nil {
		tb.Fatal(err)
	}
	return path
}

// openLake opens a store in a directory of the test, or skips the test when there is no engine.
func openLake(tb testing.TB, dir string) *Lake {
	tb.Helper()
	l, err := Open(Options{Dir: dir, Now: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }})
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := l.engine(tb.Context()); err != nil {
		if os.Getenv("CI") != "" {
			tb.Fatalf("needs DuckDB, which needs a C++ compiler: %v", err)
		}
		tb.Skipf("needs DuckDB: %v", err)
	}
	tb.Cleanup(func() { l.Close() })
	return l
}

// dump writes what a query gives, byte by byte.
func dump(t *testing.T, q Querier, text string) string {
	t.Helper()
	var b strings.Builder
	err := query(t.Context(), q, text, func(rows *sql.Rows) error {
		names, err := rows.Columns()
		if err != nil {
			return err
		}
		values, pointers := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			pointers[i] = &values[i]
		}
		if err := rows.Scan(pointers...); err != nil {
			return err
		}
		for i, v := range values {
			fmt.Fprintf(&b, "%s=%v ", names[i], v)
		}
		b.WriteByte('\n')
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
