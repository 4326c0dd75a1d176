package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tongchou/internal/benefit"
	"tongchou/internal/catalog"
	"tongchou/internal/claim"
	"tongchou/internal/counter"
	"tongchou/internal/enrol"
	"tongchou/internal/exchange"
	"tongchou/internal/lake"
	"tongchou/internal/locale"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
	"tongchou/internal/region"
	"tongchou/internal/store"
	"tongchou/internal/store/storetest"
)

// The environment that says how many persons are treated.
const alikePersons = "ALIKE_PERSONS"

// alikeYears are the years of the visits.
var alikeYears = []policy.Year{2025, 2026}

// alikeCounties are where persons are insured: those of each group of aid in a city of their own, because claims do not say which group somebody is of, and in the last one those of whom claims do
// not say enough to simulate what was settled.
var alikeCounties = []region.Code{"510104", "510302", "510402", "510502", "510603"}

// alikeGroups are the groups of the first four.
var alikeGroups = []enrol.Group{enrol.Destitute, enrol.Orphan, enrol.Subsistence, enrol.PovertyMonitored}

// The divisions of care away from home.
const (
	nearby  = region.Code("510704")
	faraway = region.Code("530102")
)

// alike is a service, what it was asked, and what came of it.
type alike struct {
	*testing.T
	service   *counter.Service
	serial    atomic.Int64
	hospitals map[region.Code][]*counter.Caller
	signs     map[string]string
	rules     map[policy.Year]*enrol.Rules
	mu        sync.Mutex
	lines     *bufio.Writer // for the batch
	claims    *bufio.Writer // for the claims store
	settled   []paidJSON    // in the order of lines
	kinds     map[string]int
}

// TestSettledAlike settles the same random visits in four ways: by messages to the service from many hospitals at once, in a file in one go, one by one, and by the simulation out of a claims store of
// what the service had paid. All give the same fen for every visit: both insurances, all kinds of care, levels and places, groups, admissions of any number, lines of all classes, two years, personal
// accounts, stays that begin in the waiting period, and settlements that are undone and made again. TONGCHOU_FULL settles more than a million.
func TestSettledAlike(t *testing.T) {
	t.Attr("clause", "SC38-11.1")
	t.Attr("clause", "YA-4.8.2")
	persons := 40
	if os.Getenv("TONGCHOU_FULL") != "" {
		persons = 17_000
	}
	if text := os.Getenv(alikePersons); text != "" {
		persons, _ = strconv.Atoi(text)
	}
	a := newAlike(t)
	dir := t.TempDir()
	files := map[string]*os.File{}
	for _, name := range []string{"lines.jsonl", "claims.csv"} {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close() // closed below too
		files[name] = f
	}
	a.lines, a.claims = bufio.NewWriter(files["lines.jsonl"]), bufio.NewWriter(files["claims.csv"])
	_, _ = a.claims.Write(claim.AppendHeader(nil)) // an error comes back from Flush
	begun := time.Now()
	a.treat(persons)
	t.Logf("%d settlements by the service in %v: %v", len(a.settled), time.Since(begun).Round(time.Second), a.kinds)
	if a.lines.Flush() != nil || a.claims.Flush() != nil {
		t.Fatal("cannot write")
	}
	if _, err := a.service.Store.Verify(t.Context(), storetest.Chart(t)); err != nil {
		t.Error(err)
	}
	a.inOneGo(files["lines.jsonl"].Name())
	a.simulated(dir, files["claims.csv"].Name())
	for _, kind := range []string{"310", "390", "retired", "inpatient", "outpatient", "chronic", "two_disease", "maternity", "local", "province", "outside", "unregistered", "destitute", "orphan", "subsistence",
		"poverty_monitored", "waiting", "undone", "account", "capped", "catastrophic", "large", "aid", "refunded", "simulated"} {
		if a.kinds[kind] == 0 {
			t.Errorf("no settlement was %s: %v", kind, a.kinds)
		}
	}
}

func newAlike(t *testing.T) *alike {
	t.Helper()
	dir := t.TempDir()
	s, err := store.Open(t.Context(), dir, store.Options{PersonKey: filepath.Join(dir, "person.key")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	library, pack := policytest.Library(t), policytest.Pack(t, "sichuan")
	book, err := benefit.NewRulebook(library, pack, nil)
	if err != nil {
		t.Fatal(err)
	}
	a := &alike{T: t, hospitals: map[region.Code][]*counter.Caller{}, signs: map[string]string{}, rules: map[policy.Year]*enrol.Rules{}, kinds: map[string]int{}}
	for _, year := range alikeYears {
		if a.rules[year], err = enrol.Compile(library, pack.At(year.End()), year); err != nil {
			t.Fatal(err)
		}
	}
	text, err := fs.ReadFile(policytest.Files(), "reference/catalogue.tsv")
	if err != nil {
		t.Fatal(err)
	}
	items, err := catalog.Single("catalogue.tsv", string(text))
	if err != nil {
		t.Fatal(err)
	}
	a.service = &counter.Service{Store: s, Province: "510000", Catalogue: func(context.Context) (catalog.Catalogue, error) { return items, nil }, Now: func() time.Time { return time.Date(2026, 12, 31, 2, 0, 0, 0, time.UTC) },
		Serial:   func() string { return fmt.Sprintf("%010d", a.serial.Add(1)) },
		Rules:    func(context.Context) (*benefit.Rulebook, error) { return book, nil },
		Entitled: func(year policy.Year) (*enrol.Rules, error) { return a.rules[year], nil }}
	p, err := locale.New(locale.ZH)
	if err != nil {
		t.Fatal(err)
	}
	for _, county := range append(slices.Clone(alikeCounties), nearby, faraway) {
		for level, hospital := range []string{"11", "09", "05", "01"} { // by benefit.Level
			i := store.Institution{Code: fmt.Sprintf("H%s000%02d", county, level), Division: county, Name: "SYN", Level: hospital, Account: "u1", Synthetic: true}
			if _, err := s.Write(t.Context(), storetest.Act(county), func(tx *store.Tx) error { return tx.SaveInstitution(i) }); err != nil {
				t.Fatal(err)
			}
			c := &counter.Caller{Institution: i, User: office.UserID("u-" + i.Code), Key: office.DigestOf([]byte(i.Code)), Say: p.Text}
			a.hospitals[county] = append(a.hospitals[county], c)
			a.signs[i.Code] = a.ask(c, county, "9001", `{"signIn":{"opter_no":"op","mac":"","ip":"192.0.2.1"}}`).field("sign_no")
		}
	}
	return a
}

// ask sends a message and takes the answer, which must not be a refusal.
func (a *alike) ask(by *counter.Caller, county region.Code, infno, input string) answered {
	n := a.serial.Add(1)
	at := time.Date(2026, 12, 1, 0, 0, int(n/10_000), 0, time.UTC)
	body := fmt.Appendf(nil, `{"infno":"%s","msgid":"%s%s%04d","mdtrtarea_admvs":"%s","insuplc_admdvs":"%s","recer_sys_code":"t","infver":"V1.0","opter_type":"1","opter":"op","opter_name":"SYN",`+
		`"inf_time":"2026-12-31 10:00:00","fixmedins_code":"%s","fixmedins_name":"SYN","sign_no":"%s","input":%s}`, infno, by.Code, at.Format("20060102150405"), n%10_000, by.Division, county, by.Code, a.signs[by.Code], input)
	answer, err := a.service.Handle(a.Context(), *by, body)
	if err != nil || !bytes.HasPrefix(answer, []byte(`{"infcode":0,`)) {
		a.Errorf("%s: %s\n%v %s", infno, body, err, answer)
		panic("refused")
	}
	return answered{body: answer}
}

func (a *alike) treat(persons int) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 24 {
		wg.Go(func() {
			defer func() {
				if wrong := recover(); wrong != nil {
					a.Errorf("%v", wrong)
				}
			}()
			for i := int(next.Add(1)); i <= persons && !a.Failed(); i = int(next.Add(1)) {
				p := a.person(i)
				for _, year := range alikeYears {
					p.year(year)
				}
				a.keep(p)
			}
		})
	}
	wg.Wait()
	if a.Failed() {
		a.FailNow()
	}
}

func (a *alike) keep(p *sick) {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, _ = a.lines.Write(p.lines) // an error comes back from Flush
	_, _ = a.claims.Write(p.rows) // the same
	a.settled = append(a.settled, p.settled...)
	for _, kind := range p.kinds {
		a.kinds[kind]++
	}
}

// inOneGo settles the file in one go, and one by one.
func (a *alike) inOneGo(name string) {
	schedules, err := benefit.Compile(policytest.Library(a), policytest.Pack(a, "sichuan"), policy.Overlay{})
	if err != nil {
		a.Fatal(err)
	}
	p, err := locale.New(locale.ZH)
	if err != nil {
		a.Fatal(err)
	}
	in, err := os.Open(name)
	if err != nil {
		a.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(name + ".answers")
	if err != nil {
		a.Fatal(err)
	}
	defer out.Close() // read below
	stream := newSettleStream(schedules, exchange.SettlementJSON{Printer: p, Schedules: schedules})
	stream.progress = func(int) {}
	if lines, refused, err := stream.run(in, out); err != nil || refused > 0 || lines != len(a.settled) {
		a.Errorf("%d of %d lines refused, %v", refused, lines, err)
	}
	if _, err := out.Seek(0, 0); err != nil {
		a.Fatal(err)
	}
	if _, err := in.Seek(0, 0); err != nil {
		a.Fatal(err)
	}
	asked, answers, books := bufio.NewReader(in), bufio.NewReader(out), benefit.NewBooks(schedules)
	var line exchange.VisitLine
	for i := range a.settled {
		question, _ := asked.ReadBytes('\n') // as many as were settled
		answer, _ := answers.ReadBytes('\n')
		var batch paidJSON
		if err := json.Unmarshal(answer, &batch); err != nil || batch != a.settled[i] {
			a.Fatalf("%s\nin one go %sby the service %+v", question, answer, a.settled[i])
		}
		if err := line.Read(question); err != nil {
			a.Fatal(err)
		}
		one := a.oneByOne(books, &line)
		if one != a.settled[i] {
			a.Fatalf("%s\none by one %+v, by the service %+v", question, one, a.settled[i])
		}
	}
}

func (a *alike) oneByOne(books *benefit.Books, line *exchange.VisitLine) paidJSON {
	if line.Reversal {
		r, err := books.Reverse(line.Reverse)
		if err != nil {
			a.Fatal(err)
		}
		return paidOf(r.ID, &r.Mirror)
	}
	e, err := books.Settle(&line.Visit)
	if err != nil {
		a.Fatal(err)
	}
	return paidOf(e.ID, &e.Settlement)
}

// simulated puts what the service had paid into a claims store and simulates that, group by group, each in its city.
func (a *alike) simulated(dir, claims string) {
	schedules, err := benefit.Compile(policytest.Library(a), policytest.Pack(a, "sichuan"), policy.Overlay{})
	if err != nil {
		a.Fatal(err)
	}
	l, err := lake.Open(lake.Options{Dir: filepath.Join(dir, "store")})
	if err != nil {
		a.Fatal(err)
	}
	defer l.Close() // nothing more is written
	if _, err := l.Import(a.Context(), claims, lake.ImportOptions{}); err != nil {
		a.Fatal(err)
	}
	for n, group := range alikeGroups {
		for _, year := range alikeYears {
			var wrong, same atomic.Int64
			if _, _, err := lake.Simulate(a.Context(), l, year, lake.Final, lake.VisitOptions{Aided: string(group), Workers: 2}, func() *benefit.Simulation {
				s := benefit.NewSimulation(schedules, schedules)
				s.Each = func(c *benefit.Case, out *[2]benefit.Settlement) {
					switch {
					case c.City != alikeCounties[n] && c.City[:4] != alikeCounties[n][:4]:
					case out[0] != out[1] || (benefit.Burden{Basic: out[0].Basic, Catastrophic: out[0].Catastrophic, Large: out[0].Large, Aid: out[0].Aid, Other: out[0].Other.Sum(), Own: out[0].Own}) != c.Paid:
						if wrong.Add(1) <= 3 {
							a.Errorf("%s %v: %+v simulated %+v", group, year, c, out)
						}
					default:
						same.Add(1)
					}
				}
				return s
			}); err != nil {
				a.Fatal(err)
			}
			a.kinds["simulated"] += int(same.Load())
			if wrong.Load() > 0 {
				a.Errorf("%s %v: %d visits are simulated otherwise, %d alike", group, year, wrong.Load(), same.Load())
			}
		}
	}
	a.Logf("%d visits simulated as they were settled", a.kinds["simulated"])
}
