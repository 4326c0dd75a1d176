package synth_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongchou/internal/claim"
	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/synth"
)

func claims(t testing.TB, o synth.ClaimOptions) *synth.Claims {
	t.Helper()
	c, err := synth.NewClaims(o, load(t))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func written(t testing.TB, o synth.ClaimOptions, workers int) []byte {
	t.Helper()
	var b bytes.Buffer
	p, err := claims(t, o).WriteCSV(context.Background(), &b, workers, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p.Bytes != int64(b.Len()) || p.Rows != int64(bytes.Count(b.Bytes(), []byte("\n"))-1) || p.PersonYears != p.Of {
		t.Errorf("said %+v of %d bytes", p, b.Len())
	}
	return b.Bytes()
}

var fewClaims = synth.ClaimOptions{Province: "510000", Persons: 7_000, From: 2024, To: 2025, Seed: 1}

func TestSameSeedSameClaims(t *testing.T) {
	alone := written(t, fewClaims, 1)
	for _, workers := range []int{1, 2, 3, 8, 0} {
		if !bytes.Equal(alone, written(t, fewClaims, workers)) {
			t.Errorf("%d workers write other bytes than one", workers)
		}
	}
	o := fewClaims
	o.Seed++
	if bytes.Equal(alone, written(t, o, 2)) {
		t.Error("another seed gives the same claims")
	}
	// Pinned, so that a platform or release that draws otherwise shows.
	if sum := sha256.Sum256(alone); hex.EncodeToString(sum[:8]) != pinnedClaims {
		t.Errorf("digest %x", sum[:8])
	}
}

const pinnedClaims = "2d04bef969f80962"

func TestMorePersonsAndYearsLeaveTheClaimsAsTheyWere(t *testing.T) {
	collect := func(o synth.ClaimOptions, year policy.Year, from, to int64) []byte {
		var b []byte
		for s := range claims(t, o).Of(year, from, to) {
			b = s.AppendCSV(b)
		}
		return b
	}
	want := collect(fewClaims, 2025, 100, 200)
	wide := synth.ClaimOptions{Province: "510000", Persons: 1_000_000_000, From: 2022, To: 2028, Seed: 1}
	if len(want) == 0 || !bytes.Equal(want, collect(wide, 2025, 100, 200)) {
		t.Error("asking for more changed what was there")
	}
	if got := collect(fewClaims, 2025, 6_990, 9_000); !bytes.Equal(got, collect(wide, 2025, 6_990, 7_000)) {
		t.Error("persons beyond those asked for")
	}
	for _, year := range []policy.Year{2023, 2026} {
		if len(collect(fewClaims, year, 0, 100)) > 0 {
			t.Errorf("claims of %d", year)
		}
	}
}

// visits groups a person's settlements of a year.
func eachPersonYear(c *synth.Claims, visit func([]claim.Settlement)) {
	var all []claim.Settlement
	for s := range c.All() {
		if len(all) > 0 && (all[0].Person != s.Person || all[0].ID[:24] != s.ID[:24]) {
			visit(all)
			all = all[:0]
		}
		all = append(all, *s)
	}
	visit(all)
}

// Every row, whatever the seed, year and province: the identities hold, the codes and days make sense, and stays of a
// person do not overlap.
func TestEveryClaimIsSound(t *testing.T) {
	t.Attr("clause", "YA-4.8.1")
	rapid.Check(t, func(t *rapid.T) {
		o := synth.ClaimOptions{Province: rapid.SampledFrom([]region.Code{"510000", "530000"}).Draw(t, "province"), Persons: 400,
			From: policy.Year(rapid.IntRange(2022, 2039).Draw(t, "year")), Seed: rapid.Uint64().Draw(t, "seed")}
		o.To = o.From + 1
		tree, err := region.Load()
		if err != nil {
			t.Fatal(err)
		}
		c, err := synth.NewClaims(o, tree)
		if err != nil {
			t.Fatal(err)
		}
		ids, stays := map[string]bool{}, map[string]policy.Date{}
		eachPersonYear(c, func(all []claim.Settlement) {
			settled := map[string]claim.Settlement{}
			for _, s := range all {
				wantSound(t, tree, o, s)
				if ids[s.ID] {
					t.Fatalf("two settlements %s", s.ID)
				}
				ids[s.ID] = true
				settled[s.ID] = s
				if !s.RefundFlag {
					continue
				}
				undone := settled[s.OriginalID]
				if again := undone.Refund(s.ID, s.SettledOn); again != s || undone.SettledOn > s.SettledOn {
					t.Fatalf("refund %+v\nof %+v", s, undone)
				}
				delete(settled, s.OriginalID)
				delete(settled, s.ID)
			}
			for _, s := range all {
				if _, stands := settled[s.ID]; !stands || s.MedType != "21" {
					continue
				}
				if s.Begin < stays[s.Person] {
					t.Fatalf("stay of %s from %s begins before the last ended, %s", s.Person, s.Begin, stays[s.Person])
				}
				stays[s.Person] = s.End
			}
		})
	})
}

func wantSound(t *rapid.T, tree *region.Tree, o synth.ClaimOptions, s claim.Settlement) {
	if broken := s.Check(); broken != nil {
		t.Fatalf("breaks %v: %+v", broken, s)
	}
	year := s.ID[20:24]
	insured, known := tree.Get(s.InsuredAt)
	refused := map[string]bool{
		"not synthetic":        !s.Synthetic,
		"a person who may be":  !strings.HasPrefix(s.Person, "999999") || !strings.HasPrefix(s.ID, "999999") || len(s.Person) != 20,
		"a real institution":   !strings.HasPrefix(s.Institution, "S") || len(s.Institution) != 12 || !strings.Contains(s.Institution, string(s.TreatedAt)),
		"insured nowhere":      !known || insured.Parent != o.Province,
		"settled in no year":   string(s.SettledOn[:4]) != year || string(s.End[:4]) != year,
		"settled before":       s.SettledOn < s.End || s.Begin > s.End,
		"days":                 (s.MedType == "21") != (s.Days > 0),
		"age":                  s.Age < 0 || s.Age > 122,
		"person type of age":   s.PersonType == "11" && (s.Age < 20 || s.Age > 59) || s.PersonType == "12" && s.Age < 50,
		"type of insurance":    (s.PersonType == "15") != (s.Insurance == claim.ResidentInsurance),
		"a group not paid by":  (s.Group != "") != (s.PayMethod == "3" || s.PayMethod == "4"),
		"pharmacy":             (s.MedType == "41") != (s.Level == "11"),
		"account of residents": s.Insurance == claim.ResidentInsurance && s.AccountPaid != 0,
		"nothing":              s.Total == 0,
	}
	if !s.RefundFlag {
		for _, amount := range []int64{int64(s.SelfPaidWhole), int64(s.OverLimit), int64(s.SelfPaidFirst), int64(s.InScope), int64(s.BasicPaid),
			int64(s.CivilServantPaid), int64(s.EnterprisePaid), int64(s.LargeAmountPaid), int64(s.CatastrophicPaid), int64(s.AidPaid), int64(s.OtherPaid),
			int64(s.HospitalPaid), int64(s.AccountPaid), int64(s.CashPaid), int64(s.FamilyAccountPaid), int64(s.InScope - s.FundPaid)} {
			refused["negative"] = refused["negative"] || amount < 0
		}
	}
	for what, wrong := range refused {
		if wrong {
			t.Fatalf("%s: %+v", what, s)
		}
	}
}

func TestClaimsAreReadAsCSV(t *testing.T) {
	rows, err := csv.NewReader(bytes.NewReader(written(t, synth.ClaimOptions{Province: "530000", Persons: 50, From: 2025, To: 2025, Seed: 3}, 2))).ReadAll()
	if err != nil || !slices.Equal(rows[0], claim.Columns()) {
		t.Fatal(err, rows[0])
	}
	for _, row := range rows[1:] {
		if row[len(row)-1] != "synthetic" {
			t.Errorf("not labelled: %q", row)
		}
	}
}

// writer counts, and fails or calls when so many bytes are written.
type writer struct {
	n, limit int
	reached  func() error
}

func (w *writer) Write(p []byte) (int, error) {
	w.n += len(p)
	if w.n > w.limit {
		return len(p), w.reached()
	}
	return len(p), nil
}

// A writing that is cancelled or fails ends at once, without leaving anyone at work.
func TestWritingClaimsStops(t *testing.T) {
	endless := claims(t, synth.ClaimOptions{Province: "510000", Persons: synth.MostPersons, From: 2022, To: 2040, Seed: 1})
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancelCause(context.Background())
	full, asked := errors.New("full"), errors.New("asked to stop")
	p, err := endless.WriteCSV(context.Background(), &writer{limit: 3 << 20, reached: func() error { return full }}, 4, nil)
	if !errors.Is(err, full) || p.Rows == 0 {
		t.Errorf("%v after %+v", err, p)
	}
	if _, err := endless.WriteCSV(context.Background(), &writer{limit: -1, reached: func() error { return full }}, 4, nil); !errors.Is(err, full) {
		t.Errorf("no room for the header: %v", err)
	}
	told := 0
	_, err = endless.WriteCSV(ctx, io.Discard, 4, func(p synth.ClaimProgress) {
		if told++; p.Rows > 20_000 {
			cancel(asked)
		}
	})
	if !errors.Is(err, asked) || told > 20 {
		t.Errorf("%v after %d blocks", err, told)
	}
	if _, err := endless.Insured(ctx, 2025); !errors.Is(err, asked) {
		t.Errorf("counting: %v", err)
	}
	left := 0
	for range 200 { // one that has said it is done may take a moment to go
		if left = runtime.NumGoroutine() - before; left <= 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if left > 0 {
		t.Errorf("%d goroutines are left", left)
	}
}

// The heap while writing does not grow with the number of persons.
func TestClaimsAreFlatInMemory(t *testing.T) {
	most := func(persons int64) uint64 {
		c := claims(t, synth.ClaimOptions{Province: "510000", Persons: persons, From: 2025, To: 2025, Seed: 1})
		var peak uint64
		blocks := 0
		_, err := c.WriteCSV(context.Background(), io.Discard, 2, func(synth.ClaimProgress) {
			if blocks++; blocks%16 == 0 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapAlloc)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return peak
	}
	few, many := most(40_000), most(400_000)
	t.Logf("%d KiB for 40,000 persons, %d KiB for 400,000", few>>10, many>>10)
	if many > few+8<<20 || many > 64<<20 {
		t.Errorf("%d KiB for 40,000 persons, %d KiB for 400,000", few>>10, many>>10)
	}
}

func TestInsuredAreThePersons(t *testing.T) {
	c := claims(t, fewClaims)
	insured, err := c.Insured(context.Background(), 2025)
	if err != nil {
		t.Fatal(err)
	}
	var persons int64
	known := map[synth.Insured]bool{}
	for _, g := range insured {
		persons += g.Persons
		g.Persons = 0
		known[g] = true
	}
	if persons != fewClaims.Persons || len(known) != len(insured) {
		t.Errorf("%d persons in %d groups, %d of them different", persons, len(insured), len(known))
	}
	for s := range c.Of(2025, 0, fewClaims.Persons) {
		if g := (synth.Insured{Year: 2025, Division: s.InsuredAt, Insurance: s.Insurance, PersonType: s.PersonType, Sex: s.Sex, Age: s.Age}); !known[g] {
			t.Fatalf("%+v has claims and is not insured", g)
		}
	}
	if none, err := c.Insured(context.Background(), 2026); none != nil || err != nil {
		t.Errorf("insured of a year not asked for: %v %v", none, err)
	}
}

// Persons grow older by a year each year, and keep their sex and city; a few die and make room.
func TestPersonsStayThemselves(t *testing.T) {
	o := fewClaims
	o.From, o.To = 2022, 2040
	type self struct {
		born policy.Year
		sex  string
		city region.Code
	}
	seen, died := map[string]self{}, map[string]bool{}
	c := claims(t, o)
	for year := o.From; year <= o.To; year++ {
		for s := range c.Of(year, 0, o.Persons) {
			now := self{year - policy.Year(s.Age), s.Sex, s.InsuredAt}
			if was, ok := seen[s.Person]; ok && was != now {
				t.Fatalf("%s was %v, is %v in %d", s.Person, was, now, year)
			}
			seen[s.Person] = now
			slot := s.Person[9:]
			if s.Person[8] == '1' {
				died[slot] = true
			} else if died[slot] {
				t.Fatalf("%s has claims after death", s.Person)
			}
		}
	}
	if share := float64(len(died)) / float64(o.Persons); share < 0.05 || share > 0.25 {
		t.Errorf("%.3f made room in 18 years", share)
	}
}

func TestClaimsRefused(t *testing.T) {
	for name, o := range map[string]synth.ClaimOptions{
		"synth.persons":   {Province: "510000", Persons: 0, From: 2024, To: 2025},
		"synth.years":     {Province: "510000", Persons: 5, From: 2025, To: 2024},
		"synth.no_census": {Province: "440000", Persons: 5, From: 2025, To: 2025},
	} {
		_, err := synth.NewClaims(o, load(t))
		var refused *fault.Error
		if !errors.As(err, &refused) || refused.Key != name || refused.Kind != fault.Usage {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := synth.NewClaims(synth.ClaimOptions{Province: "510000", Persons: synth.MostPersons + 1, From: 2025, To: 2025}, load(t)); err == nil {
		t.Error("more persons than numbers")
	}
}
