package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"tongchou/internal/benefit"
	"tongchou/internal/exchange"
	"tongchou/internal/lake"
	"tongchou/internal/locale"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
	"tongchou/internal/region"
	"tongchou/internal/synth"
)

// syntheticVisits are the claims of some persons of Sichuan.
func syntheticVisits(t testing.TB, persons int64) *synth.Claims {
	t.Helper()
	tree, err := region.Load()
	if err != nil {
		t.Fatal(err)
	}
	claims, err := synth.NewClaims(synth.ClaimOptions{Province: "510000", Persons: persons, From: 2025, To: 2025, Seed: 3}, tree)
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

var groupWords = []string{"destitute", "orphan", "subsistence", "poverty_monitored", "civil_servant", "supplementary", "mutual_aid"}

// visitLine writes a visit as a line of the command.
func visitLine(v *benefit.Visit) []byte {
	groups := []string{}
	for i, word := range groupWords {
		if v.Groups.Has(benefit.Group(i)) {
			groups = append(groups, word)
		}
	}
	line, _ := json.Marshal(map[string]any{"msgid": v.ID, "person": map[string]any{"id": v.Person.ID, "groups": groups, "retired": v.Retired, "covered_from": v.CoveredFrom},
		"insutype": v.Insurance.Code(), "category": v.Category.String(), "level": v.Level.Code(), "place": v.Place.String(), "date": v.Date, "approved": v.Approved, "synthetic": true,
		"medfee_sumamt": v.Total, "fulamt_ownpay_amt": v.SelfPaidWhole, "overlmt_selfpay": v.OverLimit, "preselfpay_amt": v.SelfPaidFirst, "inscp_scp_amt": v.InScope})
	return append(line, '\n')
}

// paidJSON is what a line of the command says.
type paidJSON struct {
	ID    string    `json:"msgid"`
	Basic money.Fen `json:"hifp_pay"`
	More  money.Fen `json:"hifmi_pay"`
	Large money.Fen `json:"hifob_pay"`
	Aid   money.Fen `json:"maf_pay"`
	Other money.Fen `json:"oth_pay"`
	Cash  money.Fen `json:"psn_cash_pay"`
}

func paidOf(id string, s *benefit.Settlement) paidJSON {
	return paidJSON{id, s.Basic, s.Catastrophic, s.Large, s.Aid, s.Other.Sum(), s.Cash}
}

// The simulation, visits settled one by one, and a file of them settled in one go give the same fen, visit by visit: 20,000 visits, and a million with
// TONGCHOU_FULL.
func TestSimulationSettlesAlike(t *testing.T) {
	t.Attr("clause", "SC38-11.1")
	persons := int64(5_200)
	if os.Getenv("TONGCHOU_FULL") != "" {
		persons = 260_000
	}
	visits := settlesAlike(t, func(yield func([]benefit.Case)) {
		for cases := range syntheticVisits(t, persons).Visits(2025, 0, persons) {
			yield(cases)
		}
	})
	if visits < 3*persons {
		t.Errorf("%d visits of %d persons", visits, persons)
	}
}

// The same holds for the visits of a claims store, and what is kept there of each is what was put in.
func TestStoredVisitsSettleAlike(t *testing.T) {
	t.Attr("clause", "SC38-11.1")
	persons := int64(1_000)
	if os.Getenv("TONGCHOU_FULL") != "" {
		persons = 100_000
	}
	dir := t.TempDir()
	file, err := os.Create(filepath.Join(dir, "claims.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := syntheticVisits(t, persons).WriteCSV(t.Context(), file, 1, nil); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	store, err := lake.Open(lake.Options{Dir: filepath.Join(dir, "store")})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close() // nothing more is written
	if _, err := store.Import(t.Context(), file.Name(), lake.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	visits := settlesAlike(t, func(yield func([]benefit.Case)) {
		n := 0
		if _, err := store.Visits(t.Context(), 2025, lake.Final, lake.VisitOptions{Workers: 1, Aided: "subsistence"}, func() func([]benefit.Case) {
			return func(cases []benefit.Case) {
				for i := range cases {
					n++
					cases[i].ID = strconv.Itoa(n)
				}
				yield(cases)
			}
		}); err != nil {
			t.Fatal(err)
		}
	})
	var made int64
	for cases := range syntheticVisits(t, persons).Visits(2025, 0, persons) {
		made += int64(len(cases))
	}
	if visits != made {
		t.Errorf("%d visits in the store, %d were made", visits, made)
	}
}

// settlesAlike settles the visits of persons, given twice in the same order, in three ways, and counts them.
func settlesAlike(t *testing.T, people func(yield func([]benefit.Case))) int64 {
	t.Helper()
	schedules, err := benefit.Compile(policytest.Library(t), policytest.Pack(t, "sichuan"), policy.Overlay{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := locale.New(locale.ZH)
	if err != nil {
		t.Fatal(err)
	}
	stream := newSettleStream(schedules, exchange.SettlementJSON{Printer: p, Schedules: schedules})
	stream.progress = func(int) {}
	var simulated []paidJSON
	books := benefit.NewBooks(schedules)
	simulation := benefit.NewSimulation(schedules, schedules)
	simulation.Each = func(c *benefit.Case, s *[2]benefit.Settlement) {
		if s[0] != s[1] {
			t.Fatalf("%s: %+v under the rules, %+v under the same as a scenario", c.ID, s[0], s[1])
		}
		simulated = append(simulated, paidOf(c.ID, &s[0]))
		e, err := books.Settle(&c.Visit)
		if err != nil || e.Settlement != s[0] {
			t.Fatalf("%s: one by one %+v, %v, simulated %+v", c.ID, e.Settlement, err, s[0])
		}
	}
	in, feed := io.Pipe()
	go func() {
		w := bufio.NewWriter(feed)
		people(func(cases []benefit.Case) {
			for i := range cases {
				_, _ = w.Write(visitLine(&cases[i].Visit)) // an error comes back from Flush
			}
		})
		_ = feed.CloseWithError(w.Flush())
	}()
	var out bytes.Buffer
	if lines, refused, err := stream.run(in, &out); err != nil || refused > 0 {
		t.Fatalf("%d of %d lines refused, %v", refused, lines, err)
	}
	people(simulation.Person)
	scanner := bufio.NewScanner(&out)
	for i := range simulated {
		var batch paidJSON
		if !scanner.Scan() || json.Unmarshal(scanner.Bytes(), &batch) != nil || batch != simulated[i] {
			t.Fatalf("in one go %s, simulated %+v", scanner.Text(), simulated[i])
		}
	}
	if total := simulation.Total(); total.Visits != int64(len(simulated)) || simulation.Skipped > 0 {
		t.Errorf("%d visits simulated, %d skipped, %d settled", total.Visits, simulation.Skipped, len(simulated))
	}
	t.Log(len(simulated), "visits")
	return int64(len(simulated))
}

// What a simulation adds up to is the same by every dimension, with any number of workers, and a scenario changes what it says.
func TestSimulationAddsUp(t *testing.T) {
	t.Attr("clause", "SC38-11.1")
	a, out := application(t)
	f := simulateFlags{policy: "sichuan", persons: 6000, sample: "1", year: "2025", seed: 5, json: true, workers: 1,
		changes: poolFlags{set: []string{"benefit.inpatient.ratio.resident.level3=0.75", "benefit.outpatient.cap.resident=300"}}}
	if err := f.run(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	one := out.String()
	out.Reset()
	f.workers = 3
	if err := f.run(t.Context(), a); err != nil || out.String() != one {
		t.Fatalf("three workers find otherwise: %v", err)
	}
	var got exchange.SimulationPaper
	if err := json.Unmarshal([]byte(one), &got); err != nil {
		t.Fatal(err)
	}
	for d, rows := range got.Rows {
		var sum exchange.SimulationTally
		for _, r := range rows {
			sum.Visits += r.Visits
			sum.InScope += r.InScope
			sum.Total += r.Total
			sum.Baseline.Funds += r.Baseline.Funds
			sum.Scenario.Own += r.Scenario.Own
		}
		if sum.Visits != got.Total.Visits || sum.InScope != got.Total.InScope || sum.Baseline.Funds != got.Total.Baseline.Funds || sum.Scenario.Own != got.Total.Scenario.Own {
			t.Errorf("by %s: %+v, in all %+v", d, sum, got.Total)
		}
	}
	b, s := got.Total.Baseline, got.Total.Scenario
	if b.Funds+b.Own != got.Total.Total || s.Funds+s.Own != got.Total.Total || s.Funds == b.Funds {
		t.Errorf("%+v\n%+v", b, s)
	}
	if p := got.People; p.Better == 0 || p.Worse == 0 || p.Better+p.Worse+p.Same != p.Persons || p.Gained-p.Lost != b.Own-s.Own {
		t.Errorf("%+v, own costs fall by %v", p, b.Own-s.Own)
	}
	for _, rows := range got.PeopleBy {
		var persons int64
		for _, r := range rows {
			persons += r.Persons
		}
		if persons != got.People.Persons {
			t.Errorf("%d persons of %d", persons, got.People.Persons)
		}
	}
}

// application is the program without its command line, and what it writes.
func application(t testing.TB) (*app, *bytes.Buffer) {
	t.Helper()
	p, err := locale.New(locale.ZH)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	return &app{p: p, out: &out, errs: io.Discard, policies: os.Getenv(policytest.DirectoryVariable)}, &out
}

// BenchmarkSimulate settles the visits of 10,000 persons under two rules, made up on the way.
func BenchmarkSimulate(b *testing.B) {
	schedules, err := benefit.Compile(policytest.Library(b), policytest.Pack(b, "sichuan"), policy.Overlay{})
	if err != nil {
		b.Fatal(err)
	}
	claims, visits := syntheticVisits(b, 10_000), int64(0)
	for b.Loop() {
		s := benefit.NewSimulation(schedules, schedules)
		for cases := range claims.Visits(2025, 0, 10_000) {
			s.Person(cases)
		}
		visits += s.Total().Visits
	}
	b.ReportMetric(float64(visits)/b.Elapsed().Seconds(), "visits/s")
}
