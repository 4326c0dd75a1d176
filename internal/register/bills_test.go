package register_test

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"
	"time"

	"tongchou/internal/benefit"
	"tongchou/internal/enrol"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
	"tongchou/internal/region"
	"tongchou/internal/register"
)

// billsFile is a table an official can open and check: bills of the province's own policy from what was registered to who pays, each with its clauses. A person's rows follow one another. The figures were worked out by
// testdata/sichuan.py, written from the rules and not from this code.
const billsFile = "testdata/bills-sichuan.csv"

// papers are made-up papers over the policy: an epidemic's rules on and off again, a city's first share of class-B drugs, another city's order of layers, and a third's threshold of aid.
func papers(t *testing.T) *benefit.Rulebook {
	t.Helper()
	var rules []benefit.Approved
	for _, r := range []struct {
		division region.Code
		from     policy.Date
		id       policy.ParameterID
		value    string
	}{{"510000", "2026-03-01", "benefit.epidemic.active", "true"}, {"510000", "2026-05-01", "benefit.epidemic.active", benefit.Ended}, {"510700", "2026-01-01", "benefit.class_b.drug", "0.15"}, {"510300", "2026-01-01", "benefit.layer.mutual_aid.order", "5"},
		{"510400", "2026-01-01", "benefit.aid.threshold", "3000"}} {
		rules = append(rules, benefit.Approved{CityRule: benefit.CityRule{Division: r.division, Document: "D", From: r.from, Parameter: r.id, Value: r.value, Synthetic: true}, On: "2025-12-01"})
	}
	book, err := benefit.NewRulebook(policytest.Library(t), policytest.Pack(t, "sichuan"), rules)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// The bills of the province: registered, charged and settled as the table says, to the fen.
func TestBillsOfTheProvince(t *testing.T) {
	content, err := os.ReadFile(billsFile)
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(strings.NewReader(string(content))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	book, wrong := papers(t), map[string][]string{}
	type year struct {
		person, of, insurance string
	}
	used := map[year]*benefit.Accumulators{}
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, name := range records[0] {
			row[name] = record[i]
		}
		key := year{row["person"], row["date"][:4], row["insutype"]}
		if used[key] == nil {
			used[key] = &benefit.Accumulators{}
		}
		got := settledRow(t, book, row, used[key])
		for _, clause := range strings.Fields(row["clause"] + " " + row["also"]) {
			wrong[clause] = append(wrong[clause], "")
			for name, value := range got {
				if row[name] != value {
					wrong[clause] = append(wrong[clause], row["case"]+": "+name+" is "+value+", want "+row[name])
				}
			}
		}
	}
	for clause, all := range wrong {
		t.Run(clause, func(t *testing.T) {
			t.Attr("clause", clause)
			for _, w := range all {
				if w != "" {
					t.Error(w)
				}
			}
		})
	}
	if len(records) < 60 {
		t.Errorf("only %d bills", len(records)-1)
	}
}

// settledRow settles a row as the counter does: what was registered first, then the lines, then the bill.
func settledRow(t *testing.T, book *benefit.Rulebook, row map[string]string, used *benefit.Accumulators) map[string]string {
	t.Helper()
	insured, treated, on := region.Code(row["insured"]), region.Code(row["treated"]), policy.Date(row["date"])
	begin := on
	if row["begndate"] != "" {
		begin = policy.Date(row["begndate"])
	}
	schedule := book.Of(insured).On(on)
	v := benefit.Visit{ID: row["case"], Date: on, Begin: policy.Date(row["begndate"]), Category: benefit.CategoryOf(row["med_type"]), Epidemic: benefit.EpidemicOf(row["diag"]),
		Person: benefit.Person{ID: row["person"], CoveredFrom: "2020-01-01", Retired: row["retired"] != "", HasCap: row["cap"] != "", Cap: yuan(t, row["cap"])}}
	v.Insurance, _ = benefit.ParseInsurance(row["insutype"])
	v.Level, _ = benefit.ParseLevel(row["level"])
	for _, g := range strings.Fields(row["groups"]) {
		v.Groups = v.Groups.With(g)
	}
	e := register.TermsOf(policytest.Pack(t, "sichuan").At(begin)).Effect(registeredIn(t, row["registered"]), register.Visit{On: begin, Insured: insured, Treated: treated, Institution: "H1", Category: v.Category, Disease: row["disease"],
		Diagnoses: []string{row["diag"]}, Emergency: benefit.EmergencyOf(row["med_type"])})
	v.Place, v.Approved = e.Place, e.Approved
	if e.TwoDisease && schedule.Cell(v.Insurance, benefit.TwoDisease, v.Level, v.Place, v.Retired).Paid {
		v.Category = benefit.TwoDisease
	}
	v.Disease = benefit.DiseaseOf(v.Category, e.Disease)
	if v.Total, v.InScope = yuan(t, row["scope"]), yuan(t, row["scope"]); row["lines"] != "" {
		for _, text := range strings.Split(row["lines"], "; ") {
			v.Lines = append(v.Lines, chargedLine(t, book.Of(treated).On(begin), text))
		}
	}
	if err := v.Complete(); err != nil {
		t.Fatal(row["case"], err)
	}
	var out benefit.Settlement
	schedule.Settle(used, &v, &out)
	got := map[string]string{"place": v.Place.String(), "category": v.Category.String(), "inscp_scp_amt": v.InScope.String(), "act_pay_dedc": out.Deductible.String(), "hifp_pay": out.Basic.String(), "hifmi_pay": out.Catastrophic.String(),
		"hifob_pay": out.Large.String(), "maf_pay": out.Aid.String(), "psn_part_amt": out.Own.String()}
	for n, layer := range []string{"civil_servant", "supplementary", "mutual_aid", "long_term_care"} {
		got[layer] = out.Other[n].String()
	}
	return got
}

// registeredIn reads kind@from:what, each applied for and approved on its first day.
func registeredIn(t *testing.T, text string) (out []register.Registration) {
	t.Helper()
	for _, word := range strings.Fields(text) {
		kind, rest, _ := strings.Cut(word, "@")
		from, what, _ := strings.Cut(rest, ":")
		r := register.Registration{No: len(out) + 1, Person: 1, County: "510104", Kind: register.Kind(kind), Channel: register.AtCounter, Spell: enrol.Spell{From: policy.Date(from)}}
		switch {
		case r.Kind.Away():
			r.Area = region.Code(what)
		case r.Kind == register.Fixed:
			r.Institution = what
		default:
			r.Disease = what
		}
		out = append(out, decidedOn(t, r, at(from)))
	}
	return out
}

// decidedOn is a registration that was applied for and approved on a day, under the terms of the province.
func decidedOn(t *testing.T, r register.Registration, day time.Time) register.Registration {
	t.Helper()
	by := entered()
	by.At = day
	no := r.No
	r, err := register.Apply(r, nil, by, terms(t))
	if err != nil {
		t.Fatal(err)
	}
	if r, err = r.Decide(register.Decision{Version: 1, By: other, At: day, Approve: true}); err != nil {
		t.Fatal(err)
	}
	r.No = no
	return r
}

// chargedLine reads a line, with the first share of the place of treatment where that has one.
func chargedLine(t *testing.T, there *benefit.Schedule, text string) benefit.Line {
	t.Helper()
	fields := map[string]string{}
	for _, word := range strings.Fields(text) {
		name, value, _ := strings.Cut(word, "=")
		fields[name] = value
	}
	decimal := func(name string) money.Rate {
		if fields[name] == "" {
			return 0
		}
		r, err := money.ParseRate(fields[name])
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	l := benefit.Line{Code: fields["med_list_codg"], On: policy.Date(fields["fee_ocur_time"]), Class: benefit.Class(fields["chrgitm_lv"][1] - '1'), Quantity: decimal("cnt"), Price: decimal("pric"), First: decimal("selfpay_prop"),
		Limit: decimal("pric_uplmt_amt"), Limited: fields["pric_uplmt_amt"] != "", DayLimit: decimal("day_uplmt_amt"), DayLimited: fields["day_uplmt_amt"] != ""}
	if share, own := there.FirstShare(fields["list_type"]); own {
		l.First = share
	}
	return l
}

func yuan(t *testing.T, text string) money.Fen {
	t.Helper()
	if text == "" {
		return 0
	}
	f, err := money.ParseFen(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
