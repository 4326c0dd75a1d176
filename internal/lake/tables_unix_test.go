//go:build !windows

package lake

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tongchou/internal/claim"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/pgtest"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// onServers runs a test on an empty database of PostgreSQL, and on one of Citus where TONGCHOU_TEST_CITUS names one.
func onServers(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Run("postgres", func(t *testing.T) { test(t, pgtest.Start(t).DSN) })
	t.Run("citus", func(t *testing.T) { test(t, pgtest.Citus(t, "tongchou_lake")) })
}

func connect(tb testing.TB, dsn string) *sql.DB {
	tb.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { db.Close() })
	return db
}

// openServer opens a store on a server.
func openServer(tb testing.TB, dir, dsn string) *Lake {
	tb.Helper()
	l, err := Open(Options{Dir: dir, DSN: dsn, Now: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { l.Close() })
	return l
}

// awkwardClaims writes two years of settlements that engines might treat differently: refunds of what is there, of another
// file's, of another year's and of nothing; zero rows, negative corrections, ties at the edge of the costliest, absent cells,
// numbers given twice, two stays at once, ages and sexes that differ, an institution far from its peers, and signs that SQL or
// COPY could take for their own.
func awkwardClaims(t *testing.T) []string {
	t.Helper()
	first, second := claim.AppendHeader(nil), claim.AppendHeader(nil)
	settlements(4000, 5, func(s *claim.Settlement) { first = s.AppendCSV(first) })
	settlements(1500, 6, func(s *claim.Settlement) {
		for _, day := range []*policy.Date{&s.SettledOn, &s.Begin, &s.End} {
			if *day != "" {
				*day = "2024" + (*day)[4:]
			}
		}
		second = s.AppendCSV(second)
	})
	one := claim.Settlement{ID: "one", Person: "510000000000009999", Insurance: "310", PersonType: "11", MedType: "21", InsuredAt: "510104", TreatedAt: "510302",
		Institution: "H51000000001", Level: "02", SettledOn: "2025-03-01", Begin: "2025-02-25", End: "2025-03-01", Days: 4, Disease: "I10.x00", PayMethod: "4",
		Direct: true, ClearType: "11", Age: 61, Sex: "1", Total: 100_000, InScope: 100_000, BasicPaid: 70_000, FundPaid: 70_000, PersonPaid: 30_000, CashPaid: 30_000}
	add := func(to *[]byte, change func(*claim.Settlement)) claim.Settlement {
		s := one
		change(&s)
		*to = s.AppendCSV(*to)
		return s
	}
	for i := range 250 {
		add(&first, func(s *claim.Settlement) {
			s.ID, s.Person, s.InsuredAt, s.Age = fmt.Sprintf("tie%d", i), fmt.Sprintf("9%d", i), "511500", i%100
			s.Total += money.Fen(i / 30)
			s.SelfPaidWhole, s.PersonPaid, s.CashPaid = money.Fen(i/30), s.PersonPaid+money.Fen(i/30), s.CashPaid+money.Fen(i/30)
		})
	}
	refund := func(to *[]byte, s claim.Settlement, id, original string) {
		r := s.Refund(id, "2025-12-30")
		r.OriginalID = original
		*to = r.AppendCSV(*to)
	}
	plain := add(&first, func(s *claim.Settlement) { s.ID = "plain" })
	refund(&first, plain, "r1", "plain")
	refund(&first, plain, "r2", "plain")
	refund(&first, plain, "r3", "gone")
	refund(&first, plain, "r4", "later")
	refund(&first, plain, "r5", "other\\year")
	add(&second, func(s *claim.Settlement) { s.ID = "later" })
	add(&second, func(s *claim.Settlement) {
		s.ID, s.SettledOn, s.Begin, s.End = "other\\year", "2024-03-01", "2024-02-25", "2024-03-01"
	})
	add(&first, func(s *claim.Settlement) {
		s.ID, s.Total, s.InScope, s.BasicPaid, s.FundPaid, s.PersonPaid, s.CashPaid = "zero", 0, 0, 0, 0, 0, 0
	})
	add(&first, func(s *claim.Settlement) {
		s.ID, s.Total, s.InScope, s.BasicPaid, s.FundPaid, s.PersonPaid, s.CashPaid = "minus", -100_000, -100_000, -70_000, -70_000, -30_000, -30_000
	})
	add(&first, func(s *claim.Settlement) {
		s.ID, s.Level, s.PayMethod, s.Disease, s.Begin, s.End, s.PersonType, s.ClearType = "absent", "", "", "", "", "", "", ""
	})
	add(&first, func(s *claim.Settlement) { s.ID, s.Disease, s.Group = `b\s`, `\N`, `\t'"$1%` })
	add(&second, func(s *claim.Settlement) { s.ID = "plain" })
	add(&first, func(s *claim.Settlement) { s.ID, s.Institution, s.Begin = "overlap", "H51000000002", "2025-02-26" })
	add(&first, func(s *claim.Settlement) { s.ID, s.Age, s.Sex = "differs", 71, "2" })
	add(&first, func(s *claim.Settlement) { s.ID, s.Insurance = "elsewhere", "510" })
	for i := range 40 {
		add(&first, func(s *claim.Settlement) {
			s.ID, s.Person, s.Institution = fmt.Sprintf("far%d", i), fmt.Sprintf("8%d", i), "H51000000003"
			s.Total, s.InScope, s.BasicPaid, s.FundPaid, s.PersonPaid, s.CashPaid = 2_100_000_000, 2_100_000_000, 2_000_000_000, 2_000_000_000, 100_000_000, 100_000_000
		})
	}
	first = append(first, "bad,row\n"...)
	dir := t.TempDir()
	var paths []string
	for i, content := range [][]byte{first, second} {
		paths = append(paths, filepath.Join(dir, fmt.Sprintf("claims-%d.csv", i)))
		if err := os.WriteFile(paths[i], content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return paths
}

// sayAll writes everything a store answers about 2025, line by line, without what names its files.
func sayAll(t *testing.T, l *Lake) []string {
	t.Helper()
	var out []string
	say := func(name string, v any, err error) {
		b, failed := json.Marshal(v)
		if err = errors.Join(err, failed); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out = append(out, name+" "+string(b))
	}
	s, err := l.Session(t.Context(), 2025, Final)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, text := range map[string]string{"totals": totalsSQL, "persons": personsSQL, "refunds": refundsSQL, "cells": cellsSQL} {
		for i, line := range strings.Split(dump(t, s.conn, text), "\n") {
			out = append(out, fmt.Sprintf("%s %06d %s", name, i, line))
		}
	}
	f, err := s.Factors(t.Context(), nil)
	f.stamp(Snapshot{})
	say("factors", f, err)
	d, err := s.Decompose(t.Context(), nil)
	d.Snapshot = Snapshot{}
	say("decomposition", d, err)
	for i, q := range []PivotQuery{{}, {By: Dimensions(), Persons: true}, {By: []Dimension{ByLevel, ByCare}, Publish: true},
		{By: []Dimension{ByMonth}, Where: map[Dimension][]string{ByCity: {"510100"}}}} {
		p, err := s.Pivot(t.Context(), q)
		p.Snapshot = Snapshot{}
		say(fmt.Sprint("pivot ", i), p, err)
	}
	last, err := l.Session(t.Context(), 2024, Final)
	if err != nil {
		t.Fatal(err)
	}
	defer last.Close()
	r, err := s.Check(t.Context(), checkAgainst(last))
	r.Snapshot = Snapshot{}
	say("checks", r, err)
	kinds := map[CheckKind]bool{}
	for i, found := range r.Findings {
		kinds[found.Kind] = true
		rows, err := s.FoundRows(t.Context(), found)
		say(fmt.Sprint("found ", i), rows, err)
	}
	if len(kinds) < 9 {
		t.Errorf("only %d kinds of findings: %v", len(kinds), kinds)
	}
	slices.Sort(out)
	return out
}

func checkAgainst(last Querier) CheckOptions {
	o := CheckOptions{Today: "2025-12-30", Last: last, Fewest: 2}
	key := pool.Key{Year: 2025, Division: "510100", Insurance: pool.Employee}
	o.Statements = append(o.Statements, pool.Statement{Key: key, Spent: 51_000})
	o.Enrolled = append(o.Enrolled, Enrolled{Key: key, Group: "18-44", Headcount: 3})
	return o
}

// importAwkward takes the awkward claims in and gives the reports without what names files.
func importAwkward(t *testing.T, l *Lake, paths []string) []Report {
	t.Helper()
	var out []Report
	for _, path := range paths {
		r, err := l.Import(t.Context(), path, ImportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Rejected > 0 {
			content, err := os.ReadFile(r.RejectFile)
			if err != nil || strings.Count(string(content), "\n") != int(r.Rejected)+1 {
				t.Errorf("reject file: %v\n%s", err, content)
			}
		}
		r.RejectFile = ""
		for i := range r.Files {
			r.Files[i].Path, r.Files[i].Digest = "", ""
		}
		out = append(out, r)
	}
	return out
}

// The same files imported into files and into tables give the same answers, byte by byte, to everything that is asked.
func TestStoresAgree(t *testing.T) {
	t.Attr("clause", "YN-2.5")
	paths, local := awkwardClaims(t), t.TempDir()
	l := openLake(t, local)
	reports := importAwkward(t, l, paths)
	want := sayAll(t, l)
	onServers(t, func(t *testing.T, dsn string) {
		dir := t.TempDir()
		copyKey(t, local, dir)
		server := openServer(t, dir, dsn)
		if got := importAwkward(t, server, paths); fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", reports) {
			t.Errorf("reports differ:\n%+v\n%+v", reports, got)
		}
		got := sayAll(t, server)
		for i := range min(len(want), len(got)) {
			if a, b := apartFrom(want[i], got[i]); a != b {
				t.Fatalf("line %d, %.20s:\nfiles  %s\ntables %s", i, want[i], a, b)
			}
		}
		if len(want) != len(got) {
			t.Errorf("%d and %d lines", len(want), len(got))
		}
		if err := server.Verify(); err != nil {
			t.Error(err)
		}
	})
}

// apartFrom gives what follows where two texts begin to differ.
func apartFrom(a, b string) (string, string) {
	at := 0
	for at < min(len(a), len(b)) && a[at] == b[at] {
		at++
	}
	return a[at:min(len(a), at+100)], b[at:min(len(b), at+100)]
}

func copyKey(t *testing.T, from, to string) {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(from, keyFile))
	if err == nil {
		err = os.WriteFile(filepath.Join(to, keyFile), key, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// What a store of files does, one of tables does too: the same file twice, kinds apart, withdrawal, sign-off, sources, strict.
func TestTables(t *testing.T) {
	t.Attr("clause", "YA-4.8.1")
	onServers(t, func(t *testing.T, dsn string) {
		l := openServer(t, t.TempDir(), dsn)
		if m, err := l.Manifest(); err != nil || len(m.Imports) != 0 {
			t.Fatal(m, err)
		}
		if _, err := l.Session(t.Context(), 2025, Final); fault.KindOf(err) != fault.Refused {
			t.Error(err)
		}
		if err := errors.Join(l.Verify(), onlyRefused(l.Withdraw("i000001"))); err != nil {
			t.Error(err)
		}
		first, second := writeClaims(t, 900, 1), writeClaims(t, 700, 2)
		report, err := l.Import(t.Context(), first, ImportOptions{Source: "his", Mapping: &Mapping{Amounts: Yuan, Days: DayISO}})
		if err != nil || report.ID != "i000001" || report.Rows != 900 {
			t.Fatal(report, err)
		}
		if again, err := l.Import(t.Context(), first, ImportOptions{}); err != nil || !again.Again || again.ID != report.ID {
			t.Error(again, err)
		}
		if r, err := l.Import(t.Context(), second, ImportOptions{Kind: Preliminary}); err != nil || r.ID != "i000002" {
			t.Error(r, err)
		}
		if _, err := l.Import(t.Context(), write(t, head()+"bad\n"+with("x")), ImportOptions{Strict: true}); fault.KindOf(err) != fault.Refused {
			t.Error(err)
		}
		if all, err := l.Sources(); err != nil || len(all) != 1 || all[0].Name != "his" {
			t.Error(all, err)
		}
		checkTables(t, l, 900, 700)
		checkSigned(t, l)
		checkWithdrawn(t, l)
	})
}

func onlyRefused(err error) error {
	if fault.KindOf(err) == fault.Refused {
		return nil
	}
	return fmt.Errorf("not refused: %w", err)
}

// checkTables sees how many rows each kind has, that they are whole, and that a new program sees the same.
func checkTables(t *testing.T, l *Lake, final, preliminary int64) {
	t.Helper()
	if err := l.Verify(); err != nil {
		t.Error(err)
	}
	other := openServer(t, "", l.options.DSN)
	for kind, want := range map[Kind]int64{Final: final, Preliminary: preliminary} {
		for _, l := range []*Lake{l, other} {
			var n int64
			s, err := l.Session(t.Context(), 2025, kind)
			if err == nil {
				err = s.conn.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM claims").Scan(&n)
				s.Close()
			}
			if want == 0 && fault.KindOf(err) == fault.Refused {
				continue
			}
			if err != nil || n != want || s.Rows != want {
				t.Errorf("%s: %d rows, want %d: %v", kind, n, want, err)
			}
		}
	}
}

func checkSigned(t *testing.T, l *Lake) {
	t.Helper()
	r := checked(t, l)
	signed, err := l.SignOff(r, "Li", "a trial")
	if err != nil {
		t.Fatal(err)
	}
	if got, ok, err := l.SignedOff(2025, Final); got != signed || !ok || err != nil {
		t.Error(got, ok, err)
	}
}

// checkWithdrawn withdraws while a session reads: it goes on reading what was there.
func checkWithdrawn(t *testing.T, l *Lake) {
	t.Helper()
	s, err := l.Session(t.Context(), 2025, Final)
	if err != nil {
		t.Fatal(err)
	}
	before := dump(t, s.conn, totalsSQL)
	if err := l.Withdraw("i000001"); err != nil {
		t.Fatal(err)
	}
	if !l.keeping.(*tables).citus && dump(t, s.conn, totalsSQL) != before { // Citus sees each statement's own state
		t.Error("a session sees what was withdrawn behind it")
	}
	s.Close()
	checkTables(t, l, 0, 700)
	if err := onlyRefused(l.Withdraw("i000001")); err != nil {
		t.Error(err)
	}
	if _, ok, err := l.SignedOff(2025, Final); ok || err != nil {
		t.Error("a sign-off counts for data that were withdrawn", err)
	}
	if r, err := l.Import(t.Context(), writeClaims(t, 900, 1), ImportOptions{}); err != nil || r.ID != "i000003" {
		t.Error(r, err)
	}
	checkTables(t, l, 900, 700)
}

// What was changed behind the program's back is found: a cell, a row too few, one too many, a whole import.
func TestVerifyTables(t *testing.T) {
	t.Attr("clause", "YA-4.8.1")
	onServers(t, func(t *testing.T, dsn string) {
		l := openServer(t, t.TempDir(), dsn)
		if _, err := l.Import(t.Context(), writeClaims(t, 500, 1), ImportOptions{}); err != nil {
			t.Fatal(err)
		}
		db := connect(t, dsn)
		for change, want := range map[string]string{
			"UPDATE tongchou_lake.claims SET medfee_sumamt = medfee_sumamt + 1 WHERE setl_id = 'S1-000000007'": "lake.verify.rows_differ",
			"UPDATE tongchou_lake.claims SET hosp_lv = NULL WHERE setl_id = 'S1-000000007'":                    "lake.verify.rows_differ",
			"DELETE FROM tongchou_lake.claims WHERE setl_id = 'S1-000000007'":                                  "lake.verify.rows_differ",
			"DELETE FROM tongchou_lake.claims WHERE city = '510100'":                                           "lake.verify.rows_missing",
			"UPDATE tongchou_lake.claims SET import_no = 7 WHERE setl_id = 'S1-000000007'":                     "lake.verify.stray",
		} {
			backup(t, db, "CREATE TABLE IF NOT EXISTS tongchou_lake.kept AS SELECT * FROM tongchou_lake.claims")
			backup(t, db, change)
			var refusal *fault.Refusal
			if err := l.Verify(); !errors.As(err, &refusal) || !slices.ContainsFunc(refusal.Problems, func(p fault.Problem) bool { return p.Message.Key == want }) {
				t.Errorf("%s: %v", change, err)
			}
			backup(t, db, "TRUNCATE tongchou_lake.claims")
			backup(t, db, "INSERT INTO tongchou_lake.claims SELECT * FROM tongchou_lake.kept")
		}
		if err := l.Verify(); err != nil {
			t.Error(err)
		}
	})
}

func backup(t *testing.T, db *sql.DB, text string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatal(text, err)
	}
}

// Imports wait for one another, whether in one program or in several with directories of their own; who waits can be called off.
func TestTablesImportsWait(t *testing.T) {
	onServers(t, func(t *testing.T, dsn string) {
		first := openServer(t, t.TempDir(), dsn)
		if _, err := first.Import(t.Context(), writeClaims(t, 300, 1), ImportOptions{}); err != nil {
			t.Fatal(err)
		}
		second := openServer(t, t.TempDir(), dsn)
		copyKey(t, first.dir, second.dir)
		sources := []string{writeClaims(t, 20_000, 2), writeClaims(t, 20_000, 3)}
		errs := make(chan error)
		for i, l := range []*Lake{first, second} {
			go func() {
				_, err := l.Import(context.Background(), sources[i], ImportOptions{})
				errs <- err
			}()
		}
		if err := errors.Join(<-errs, <-errs); err != nil {
			t.Fatal(err)
		}
		checkTables(t, first, 40_300, 0)

		held, err := second.keeping.(*tables).lock(t.Context(), true)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		if _, err := first.Import(ctx, writeClaims(t, 10, 4), ImportOptions{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if err := onlyRefused(first.Withdraw("i000001")); err != nil {
			t.Error(err)
		}
		held.Rollback()
		if _, err := first.Import(t.Context(), writeClaims(t, 10, 4), ImportOptions{}); err != nil {
			t.Error(err)
		}
	})
}

// Pseudonyms made with another key are refused, and leave neither rows nor a key behind.
func TestTablesKeepOneKey(t *testing.T) {
	dsn := pgtest.Start(t).DSN
	if _, err := openServer(t, t.TempDir(), dsn).Import(t.Context(), writeClaims(t, 100, 1), ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "new")
	l := openServer(t, dir, dsn)
	_, err := l.Import(t.Context(), writeClaims(t, 100, 2), ImportOptions{})
	var e *fault.Error
	if !errors.As(err, &e) || e.Key != "lake.tables.key" {
		t.Error(err)
	}
	if there(dir) {
		t.Error("a directory is left")
	}
	checkTables(t, l, 100, 0)
	if _, err := openServer(t, "", dsn).Import(t.Context(), writeClaims(t, 100, 2), ImportOptions{}); fault.KindOf(err) != fault.Usage {
		t.Error(err)
	}
}

// A directory can serve files and tables; neither touches the other's.
func TestOneDirectoryForBoth(t *testing.T) {
	dir, dsn := t.TempDir(), pgtest.Start(t).DSN
	bad := write(t, head()+"bad\n"+with("x"))
	local, server := openLake(t, dir), openServer(t, dir, dsn)
	for range 2 {
		for _, l := range []*Lake{local, server} {
			if r, err := l.Import(t.Context(), bad, ImportOptions{}); err != nil || r.ID != "i000001" {
				t.Fatal(r, err)
			}
			if err := l.Verify(); err != nil {
				t.Error(err)
			}
		}
	}
	for _, l := range []*Lake{local, server} {
		in, err := l.Rejects("i000001")
		if err != nil {
			t.Fatal(err)
		}
		in.Close()
	}
}

// Addresses that lead nowhere are told without their passwords.
func TestNoServer(t *testing.T) {
	for dsn, want := range map[string]string{
		"postgres://me:geheim@127.0.0.1:1/x?sslmode=disable": "lake.tables.connect",
		"postgres://me:geheim@[bad":                          "lake.tables.dsn",
		"host=127.0.0.1 port=x password=geheim":              "lake.tables.dsn",
	} {
		_, err := Open(Options{DSN: dsn})
		var e *fault.Error
		if !errors.As(err, &e) || e.Key != want || strings.Contains(fmt.Sprintf("%v %+v %v", err, e.Message, e.Cause), "geheim") {
			t.Errorf("%s: %v", dsn, err)
		}
	}
	dsn := pgtest.Start(t).DSN
	if _, err := openServer(t, t.TempDir(), dsn).Import(t.Context(), writeClaims(t, 10, 1), ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	backup(t, connect(t, dsn), "UPDATE tongchou_lake.documents SET content = '9' WHERE name = 'version'")
	if _, err := Open(Options{DSN: dsn}); fault.KindOf(err) != fault.Refused {
		t.Error(err)
	}
}
