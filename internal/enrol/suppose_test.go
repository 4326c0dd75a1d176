package enrol_test

import (
	"errors"
	"reflect"
	"testing"

	"tongchou/internal/enrol"
	"tongchou/internal/policy"
)

// prospect supposes about a file on 23 November 2027, with 400 yuan a year.
func prospect(t *testing.T, f *enrol.File) enrol.Prospect {
	t.Helper()
	var standards enrol.Standards
	for year := policy.Year(2026); year <= 2030; year++ {
		standards = append(standards, enrol.Standard{Year: year, Division: "510000", Way: enrol.Ordinary, Individual: 40000, Subsidy: enrol.Shares{enrol.Central: 67000}, Source: "synthetic"})
	}
	return enrol.Prospect{File: f, Today: "2027-11-23", Late: "2028-03-01", Standards: standards, Rules: func(year policy.Year) (*enrol.Rules, error) { return rulesOf(t, year, nil), nil }}
}

// resident is somebody insured as a resident in some years, each paid for in time, nothing used.
func residentOf(years ...policy.Year) *enrol.File {
	f := &enrol.File{No: 1}
	f.Add(1, enrol.Known{Identity: enrol.Identity{Document: enrol.Document{Kind: enrol.ResidentCard, Number: "x"}, Name: "x", Birth: "1962-03-01"}}, enrol.Lives{On: "1962-03-01", Place: "510104001002"})
	for _, y := range years {
		f.Add(1, enrol.Paid{Area: "510104", Way: enrol.Ordinary, Year: y, On: (y - 1).End()[:5] + "10-02", Shares: enrol.Shares{enrol.Person: 40000}},
			enrol.Covered{Area: "510104", Way: enrol.Ordinary, Spell: enrol.Spell{From: y.End()[:5] + "01-01", To: y.End()}})
		if y >= 2025 && y < 2027 {
			f.Add(1, enrol.Used{Year: y})
		}
	}
	return f
}

func supposed(t *testing.T, p enrol.Prospect) map[enrol.Choice]enrol.Supposed {
	t.Helper()
	all, err := p.Suppose()
	if err != nil {
		t.Fatal(err)
	}
	out := map[enrol.Choice]enrol.Supposed{}
	for _, one := range all {
		out[one.Choice] = one
		for _, y := range one.Years {
			if y.Refusal != nil {
				t.Errorf("%s %d: %v", one.Choice, y.Year, y.Refusal)
			}
		}
	}
	return out
}

// A year that is skipped lowers the cap, ends the streak and makes wait; one that is paid late makes wait; an employee keeps what he has.
func TestSuppose(t *testing.T) {
	for _, clause := range []string{"SCE-3.3", "SCE-3.4", "SCE-3.5", "SCE-3.7", "SCE-3.8"} {
		t.Attr("clause", clause)
	}
	p := prospect(t, residentOf(2021, 2022, 2023, 2024, 2025, 2026, 2027))
	before := len(p.File.Entries)
	got := supposed(t, p)
	if len(p.File.Entries) != before || len(got) != 4 {
		t.Fatalf("%d entries, %v", len(p.File.Entries), got)
	}
	type row struct {
		cap    string
		months int
		from   string
	}
	for choice, want := range map[enrol.Choice][]row{
		// rewards: a year in a row from the fifth on (2025 …), and a year before without claims (2025, 2026, 2027 …), 4,000 each
		enrol.PayInTime: {{"328000.00", 0, "2028-01-01"}, {"336000.00", 0, "2029-01-01"}},
		enrol.PayLate:   {{"328000.00", 3, "2028-06-01"}, {"336000.00", 0, "2029-01-01"}},
		// 3 years in a row and 3 without claims kept, one broken year: 300,000 + 24,000 − 4,000
		enrol.Skip:       {{}, {"320000.00", 4, "2029-05-01"}},
		enrol.BeEmployed: {{}, {"328000.00", 0, "2029-01-01"}},
	} {
		one := got[choice]
		for i, y := range one.Years {
			e := y.Entitlement
			if want[i] == (row{}) {
				if y.Insurance == enrol.Resident {
					t.Errorf("%s %d: insured as a resident", choice, y.Year)
				}
				continue
			}
			if (row{e.Cap.String(), e.Waiting.Months(), e.Waiting.CoveredFrom.String()}) != want[i] {
				t.Errorf("%s %d: %s %d %s, want %v", choice, y.Year, e.Cap, e.Waiting.Months(), e.Waiting.CoveredFrom, want[i])
			}
		}
	}
	if got[enrol.PayInTime].Price != 40000 || !got[enrol.PayInTime].Priced || got[enrol.Skip].Price != 0 || got[enrol.BeEmployed].Priced {
		t.Errorf("prices: %+v", got)
	}
}

// Somebody back after years without cover may pay now, and buy repair at the individual standard of the year.
func TestSupposeRepair(t *testing.T) {
	t.Attr("clause", "SCE-3.8")
	p := prospect(t, residentOf(2022, 2023, 2024))
	got := supposed(t, p)
	now, repaired := got[enrol.PayNow], got[enrol.PayNowAndRepair]
	if e := now.Years[0].Entitlement; now.Years[0].Year != 2027 || e.Waiting.Months() != 5 || e.Offer.Years != 2 || now.Price != 40000 {
		t.Errorf("now: %+v", now)
	}
	if e := repaired.Years[0].Entitlement; e.Waiting.Months() != 3 || repaired.Price != 3*40000 {
		t.Errorf("repaired: %+v", repaired)
	}
	if e := got[enrol.PayInTimeAndRepair].Years[0].Entitlement; e.Waiting.Variable != 0 || got[enrol.PayInTimeAndRepair].Price != 4*40000 {
		t.Errorf("next year, repaired: %+v", got[enrol.PayInTimeAndRepair])
	}
}

// What is supposed is what follows when it is done: enrolled and paid as at the counter.
func TestSupposedIsWhatFollows(t *testing.T) {
	t.Attr("clause", "SCE-3.2")
	p := prospect(t, residentOf(2024, 2025, 2026, 2027))
	want := supposed(t, p)[enrol.PayInTime].Years[0].Entitlement
	rules := rulesOf(t, 2028, nil)
	facts, err := rules.Terms().Enrol(p.File, enrol.Application{Way: enrol.Ordinary, Area: "510104", On: p.Today, Year: 2028})
	if err != nil {
		t.Fatal(err)
	}
	p.File.Add(2, facts...)
	if facts, err = p.File.Pay(enrol.Payment{Year: 2028, On: p.Today, Amount: 40000}, p.Standards); err != nil {
		t.Fatal(err)
	}
	p.File.Add(2, facts...)
	p.File.Add(2, enrol.Used{Year: 2027})
	h := rules.History(p.File, p.Standards)
	got, err := rules.Entitle(&h)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v %v\nwant %+v", got, err, want)
	}
}

// Rules that there are not are told; a year paid for already is not asked about.
func TestSupposeWithoutRules(t *testing.T) {
	p := prospect(t, residentOf(2025, 2026, 2027, 2028))
	if open := p.Open(); open != 2029 {
		t.Errorf("open: %d", open)
	}
	none := errors.New("no rules")
	p.Rules = func(policy.Year) (*enrol.Rules, error) { return nil, none }
	if _, err := p.Suppose(); !errors.Is(err, none) {
		t.Error(err)
	}
}
