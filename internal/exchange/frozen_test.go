package exchange

import (
	"bytes"
	"strings"
	"testing"

	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/synth"
)

// madeUp makes up the years that a pack pools.
func madeUp(t *testing.T, e pool.Engine, pack string) pool.Facts {
	t.Helper()
	p, _ := e.Library.Pack(pack)
	first := pool.FirstYear(p.Latest())
	options := synth.Options{Province: p.Provinces[0], From: first - 1, To: first + 1, Seed: 7, AgeGroups: true}
	for _, insurance := range pool.Insurances() {
		if _, ok := p.At((first + 1).End()).Get("pool.collection.rate." + policy.ParameterID(insurance)); ok {
			options.Insurances = append(options.Insurances, insurance)
		}
		if _, ok := p.At((first + 1).End()).Get("pool.collection.provincial_rate." + policy.ParameterID(insurance)); ok {
			options.ProvincialUnit = true
		}
	}
	facts, err := synth.Province(options, e.Tree)
	if err != nil {
		t.Fatal(err)
	}
	if facts, err = synth.Chained(e, func(y policy.Year) (*policy.Set, error) { return p.At(y.End()), nil }, facts, first, first+1); err != nil {
		t.Fatal(err)
	}
	return facts
}

func engine(t *testing.T) pool.Engine {
	t.Helper()
	library, err := policy.Load(policytest.Files())
	if err != nil {
		t.Fatal(err)
	}
	tree, err := region.Load()
	if err != nil {
		t.Fatal(err)
	}
	return pool.Engine{Library: library, Tree: tree}
}

func TestFreeze(t *testing.T) {
	t.Attr("clause", "SC38-4.1")
	t.Attr("clause", "SC38-11.3")
	e := engine(t)
	facts := madeUp(t, e, "sichuan")
	order := Freezing{Program: "1", Pack: "sichuan", PolicyDigest: "p", Year: 2025, Insurance: pool.Resident, Facts: facts, Due: FrozenDue{Collect: "2026-04-30"}}
	run, paper, err := Freeze(e, order)
	if err != nil {
		t.Fatal(err)
	}
	read, err := ReadFrozenRun(paper)
	if err != nil {
		t.Fatal(err)
	}
	again, err := read.Rerun(engine(t))
	if err != nil || !bytes.Equal(again, paper) {
		t.Errorf("another paper comes of the same inputs: %v", err)
	}
	fund := read.Result().Funds[0]
	if !read.Synthetic || fund.Insurance != pool.Resident || len(read.Result().Funds) != 1 || fund.Collected == 0 || fund.Total().Paid != run.Result().Funds[0].Total().Paid {
		t.Errorf("%+v", fund)
	}
	for _, d := range fund.Divisions { // what the books are compared with
		if computed := d.Statement.SurplusBegin + d.Statement.Income - d.Statement.Expenditure() + d.Net; computed != d.SurplusEnd || d.Statement.SurplusBegin == 0 {
			t.Errorf("%s begins with %s and ends with %s, not %s", d.Code, d.Statement.SurplusBegin, computed, d.SurplusEnd)
		}
	}
	if texts, clauses := read.Explanations("510100", "paid"); len(texts) == 0 || clauses[0] == "" {
		t.Errorf("%q, %q", texts, clauses)
	}
	whole, err := e.Chain(func(y policy.Year) (*policy.Set, error) {
		p, _ := e.Library.Pack("sichuan")
		return p.At(y.End()), nil
	}, facts, 2024, 2025)
	if err != nil {
		t.Fatal(err)
	}
	if want, _ := whole[1].Fund(pool.Resident); want.Total().Received != fund.Total().Received || want.SetAside != fund.SetAside {
		t.Errorf("alone the fund comes to %+v, beside the other to %+v", fund.SetAside, want.SetAside)
	}
	if _, err := ReadFrozenRun([]byte(strings.Replace(string(paper), `"form": 1`, `"form": 2`, 1))); err == nil {
		t.Error("another form is read")
	}
	tampered := read
	tampered.Inputs = append([]FrozenInput(nil), read.Inputs...)
	tampered.Inputs[0].Content += " "
	if _, err := tampered.Rerun(e); err == nil {
		t.Error("inputs that are not what their digest says are computed")
	}
}

func TestFrozenInputsChange(t *testing.T) {
	e := engine(t)
	facts := madeUp(t, e, "sichuan")
	run, _, err := Freeze(e, Freezing{Pack: "sichuan", Year: 2024, Insurance: pool.Employee, Facts: facts})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		change func(*pool.Statement) bool
		want   int
	}{
		{func(*pool.Statement) bool { return true }, 0},
		{func(s *pool.Statement) bool { return s.Year > 2024 || s.Insurance != pool.Employee }, 0},
		{func(s *pool.Statement) bool { return s.Year == 2024 && s.Insurance == pool.Employee }, 1},
	} {
		now := facts
		now.Statements = append([]pool.Statement(nil), facts.Statements...)
		for i := range now.Statements {
			if c.change(&now.Statements[i]) && c.want+len(now.Statements) != len(now.Statements) || now.Statements[i].Year > 2024 {
				now.Statements[i].Income++
			}
		}
		if got, err := run.Changed(now); err != nil || len(got) != c.want {
			t.Errorf("changed: %v, %v, want %d", got, err, c.want)
		}
	}
}

// What is not in force cannot be frozen for signing.
func TestTrialIsNotFrozen(t *testing.T) {
	t.Attr("clause", "SC38-11.3")
	e := engine(t)
	p, _ := e.Library.Pack("yunnan")
	year := pool.FirstYear(p.Latest())
	_, _, err := Freeze(e, Freezing{Pack: "yunnan", Year: year, Insurance: pool.Resident, Facts: madeUp(t, e, "yunnan")})
	if err == nil || !strings.Contains(err.Error(), "exchange.frozen.trial") {
		t.Error(err)
	}
}

func TestReadBankRows(t *testing.T) {
	good := "回单号,到账日期,险种,金额,区划代码,付款方,附言\nA1,2025-04-30,居民,100.50,510100,synthetic,note\nA2,2025/5/1,职工,1,,,\n"
	rows, err := ReadBankRows(Input{Name: "x.csv", Content: []byte(good)})
	if err != nil || len(rows) != 2 || rows[0].ID != "A1" || rows[0].Amount != 100_50 || rows[0].Date != "2025-04-30" || rows[1].Date != "2025-05-01" || rows[1].Division != "" {
		t.Fatalf("%+v, %v", rows, err)
	}
	for _, bad := range []string{
		"", "回单号\n", "回单号,到账日期,险种,金额\n", "回单号,到账日期,险种,金额\nA,2025-04-31,居民,1\n", "回单号,到账日期,险种,金额\nA,2025-04-30,居民,-1\n",
		"回单号,到账日期,险种,金额\nA,2025-04-30,居民,0\n", "回单号,到账日期,险种,金额\nA,2025-04-30,居民,1\nA,2025-04-30,居民,1\n",
		"回单号,到账日期,险种,金额\n,2025-04-30,居民,1\n", "回单号,到账日期,险种,金额\nA,2025-04-30,生育,1\n",
	} {
		if rows, err := ReadBankRows(Input{Name: "x.csv", Content: []byte(bad)}); err == nil {
			t.Errorf("%q is read: %+v", bad, rows)
		}
	}
}

func FuzzReadBankRows(f *testing.F) {
	f.Add([]byte("回单号,到账日期,险种,金额\nA,2025-04-30,居民,1\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		rows, err := ReadBankRows(Input{Name: "x", Content: content})
		for _, r := range rows {
			if err == nil && (r.ID == "" || r.Amount <= 0 || r.Date == "" || r.Insurance == "") {
				t.Errorf("%+v", r)
			}
		}
	})
}
