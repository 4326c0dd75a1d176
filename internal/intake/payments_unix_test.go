//go:build !windows

package intake

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"tongchou/internal/enrol"
	"tongchou/internal/pgtest"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// benchPersons says how many persons the benchmark's store has.
const benchPersons = "INTAKE_BENCH_PERSONS"

// benchPostgres, when it says anything, has the benchmark's store be a PostgreSQL one; its own processor time is then not counted.
const benchPostgres = "INTAKE_BENCH_POSTGRES"

// payers makes a store of made-up persons who are enrolled for 2027, and a file of payments of some of them, spread over all.
func payers(t testing.TB, s *store.Store, persons, payments int64) (path string) {
	t.Helper()
	people := made(t, persons)
	if _, err := People(t.Context(), s, people, options("510000")); err != nil {
		t.Fatal(err)
	}
	enrolAll(t, s, persons)
	file, err := os.Open(people)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows := csv.NewReader(bufio.NewReader(file))
	head, err := rows.Read()
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString("税票号码,证件号码,姓名,险种,费款所属期,缴费日期,参保地,个人缴费,数据性质\n")
	number, name := place(head, "document_number"), place(head, "name")
	every := max(1, persons/payments)
	for i := range persons {
		row, err := rows.Read()
		if err != nil {
			t.Fatal(err)
		}
		if i%every == 0 {
			fmt.Fprintf(&table, "T%d,%s,%s,居民,2027,2026-11-01,510104,400,合成数据\n", i, row[number], row[name])
		}
	}
	return writtenTo(t, table.String())
}

func place(head []string, name string) int {
	for i, h := range head {
		if h == name {
			return i
		}
	}
	return -1
}

// enrolAll enrols everybody for 2027, whose window is open.
func enrolAll(t testing.TB, s *store.Store, persons int64) {
	t.Helper()
	in, err := s.Reports().Begin(t.Context(), by("510000"), "test", [32]byte{1}, "test", false)
	if err != nil {
		t.Fatal(err)
	}
	for from := int64(1); from <= persons; from += 20_000 {
		if err := in.Handle(t.Context(), false, func(h *store.Handling) error {
			for no := enrol.PersonNo(from); no < enrol.PersonNo(min(from+20_000, persons+1)); no++ {
				p, found, err := h.File(no)
				if err != nil {
					return err
				}
				if found && p.On(day).Ended == nil {
					if err := h.Append(no, enrol.Enrolled{On: "2026-10-01", Area: p.County, Way: enrol.Ordinary, StandardOf: 2027, Spell: enrol.YearOf(2027)}); err != nil {
						return err
					}
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := in.Finish(t.Context(), store.Outturn{}, true); err != nil {
		t.Fatal(err)
	}
}

func payersDesk() Desk {
	d := desk()
	d.Standards = append(d.Standards, enrol.Standard{Year: 2027, Division: "510000", Way: enrol.Ordinary, Individual: 40000, Subsidy: enrol.Shares{enrol.Central: 67000}})
	return d
}

func payersOptions() ReportOptions {
	return ReportOptions{Desk: payersDesk(), Act: by("510000"), Counties: func(c region.Code) bool { return c.Province() == "510000" }}
}

// BenchmarkPayments takes in 200,000 payments, or one of every person, into a store of many persons.
func BenchmarkPayments(b *testing.B) {
	persons := int64(20_000)
	if n, err := strconv.ParseInt(os.Getenv(benchPersons), 10, 64); err == nil {
		persons = n
	}
	payments := min(persons, 200_000)
	address, key := b.TempDir(), ""
	if os.Getenv(benchPostgres) != "" {
		address, key = pgtest.StartDurable(b).DSN, filepath.Join(address, "person.key")
	}
	s := open(b, address, key)
	defer s.Close()
	path := payers(b, s, persons, payments)
	before, began := cpu(b), time.Now()
	r, err := Reports(b.Context(), s, path, enrol.TaxReturns, payersOptions()) // once: the same file again has no effect
	if err != nil || r.Again || r.Applied < r.Rows*9/10 {
		b.Fatalf("%+v, %v", r.Outturn, err)
	}
	b.ReportMetric(float64(r.Rows)/(cpu(b)-before).Seconds(), "rows/cpu-s")
	b.ReportMetric(float64(r.Rows)/time.Since(began).Seconds(), "rows/s")
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err == nil {
		b.ReportMetric(float64(usage.Maxrss)/1024, "MB-at-most")
	}
	if os.Getenv(benchPersons) != "" {
		began = time.Now()
		if _, err := payersDesk().Collect(b.Context(), s, by("510000"), 2027, nil); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(persons)/time.Since(began).Seconds(), "collected/s")
		began = time.Now()
		if _, err := payersDesk().Covers(b.Context(), s, by("510000"), true, nil); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(persons)/time.Since(began).Seconds(), "searched/s")
	}
}

// cpu is what the process used of all processors.
func cpu(t testing.TB) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// paymentsChild names the store and the file of a process that is killed while it imports payments.
const paymentsChild = "INTAKE_PAYMENTS_CHILD"

// An import of payments that is killed is completed by doing it again: the sums are the file's, and nobody's payment is posted twice.
func TestPaymentsKilled(t *testing.T) {
	t.Attr("clause", "SCE-9.1")
	if at := os.Getenv(paymentsChild); at != "" {
		dir, path, _ := strings.Cut(at, "|")
		s := open(t, dir, "")
		o := payersOptions()
		o.Chunk = 50
		_, err := Reports(context.Background(), s, path, enrol.TaxReturns, o)
		t.Fatalf("not killed: %v", err)
	}
	dir := t.TempDir()
	s := open(t, dir, "")
	const persons = 3000
	path := payers(t, s, persons, persons)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, after := range []time.Duration{30, 90, 200} {
		child := exec.Command(os.Args[0], "-test.run=^TestPaymentsKilled$")
		child.Env = append(os.Environ(), paymentsChild+"="+dir+"|"+path)
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(after * time.Millisecond)
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		var ended *exec.ExitError
		if err := child.Wait(); !errors.As(err, &ended) {
			t.Fatal(err)
		}
	}
	s = open(t, dir, "")
	defer s.Close()
	r, err := Reports(t.Context(), s, path, enrol.TaxReturns, payersOptions())
	if err != nil || !r.Whole() || r.Rows != persons || r.Amount != persons*40000 || r.Repeated != 0 || r.Outturn.Refused != 0 {
		t.Fatalf("%+v, %v", r.Outturn, err)
	}
	paid := 0
	for p, err := range s.Persons().Stream(t.Context(), by("510000")) {
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, x := range enrol.Valid[enrol.Paid](p.File) {
			if x.Fact.Year == policy.Year(2027) {
				n++
			}
		}
		if n > 1 {
			t.Errorf("person %d paid %d times", p.No, n)
		}
		paid += n
	}
	if int64(paid) != r.Applied || int64(r.Posted) != r.Applied*40000 {
		t.Errorf("%d files say paid, %d rows were posted with %d", paid, r.Applied, r.Posted)
	}
	verified(t, s, persons)
}
