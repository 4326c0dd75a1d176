package exchange

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/policy"
)

const goodPerson = `{"id":"P1","born":"2019-05-01","groups":["orphan"],"division":"510100","years":[{"year":2025,"cover":"resident","paid_on":"2024-10-02","reimbursed":"12.30","catastrophic_paid":"0.5"},{"year":2026,"cover":"resident","paid_on":"2025-10-02","repair_years":2}]}`

func TestPersonLine(t *testing.T) {
	want := PersonLine{ID: "P1", HasID: true, Division: "510100", History: enrol.History{Born: 20190501, Groups: enrol.GroupSet(0).With(enrol.Orphan),
		Years: []enrol.Year{
			{Year: 2025, Cover: enrol.Resident, PaidOn: 20241002, HasReimbursed: true, Reimbursed: 1230, HasCatastrophic: true, CatastrophicPaid: 50},
			{Year: 2026, Cover: enrol.Resident, PaidOn: 20251002, RepairYears: 2}}}}
	var got PersonLine
	for _, line := range []string{goodPerson, "\ufeff" + goodPerson + "\r\n", " " + strings.ReplaceAll(strings.ReplaceAll(goodPerson, ",", " ,\t"), ":", " : ") + " ",
		strings.Replace(goodPerson, "P1", `\u00501`, 1), strings.Replace(goodPerson, `"year":2026`, `"reimbursed":null,"year":2026`, 1)} {
		if err := got.Read([]byte(line)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s\n is read as %+v, %v", line, got, err)
		}
	}
}

// What is wrong with a line is said with the field, the year where it is known, and the value; the id is known even when
// it comes last.
func TestPersonLineRefused(t *testing.T) {
	change := func(old, new string) string { return strings.Replace(goodPerson, old, new, 1) }
	for line, want := range map[string]string{
		"":                                                         "json exchange.person.json",
		"[]":                                                       "json exchange.person.json",
		"null":                                                     "json exchange.person.json",
		"{}":                                                       "id exchange.person.missing",
		goodPerson[:40]:                                            "json exchange.person.json",
		goodPerson + "{}":                                          "json exchange.person.json",
		change(`"P1"`, "\"P\xff\""):                                "json exchange.person.json",
		change(`"P1"`, "\"P\n\""):                                  "json exchange.person.json",
		change(`"P1"`, `"\x"`):                                     "json exchange.person.json",
		change(`:2026`, `:02026`):                                  "json exchange.person.json",
		change(`"P1"`, `""`):                                       "id exchange.person.text",
		change(`"P1"`, `1`):                                        "id exchange.person.text",
		change(`"id":"P1",`, ``):                                   "id exchange.person.missing",
		change(`"born":"2019-05-01",`, ``):                         "born exchange.person.missing",
		change(`2019-05-01`, `2019-02-29`):                         "born exchange.person.day",
		change(`["orphan"]`, `"orphan"`):                           "groups exchange.person.list",
		change(`["orphan"]`, `[1]`):                                "groups exchange.person.text",
		change(`"510100"`, `"5101"`):                               "division exchange.person.division",
		change(`"division"`, `"divison"`):                          "divison exchange.person.unknown",
		change(`"repair_years"`, `"repaired"`):                     "repaired exchange.person.unknown 2026",
		change(`"born":`, `"id":"P2","born":`):                     "id exchange.person.twice",
		change(`{"year":2025`, `7,{"year":2025`):                   "years exchange.person.object",
		change(`"12.30"`, `12.30`):                                 "reimbursed exchange.person.amount 2025",
		change(`"12.30"`, `"12.305"`):                              "reimbursed exchange.person.amount 2025",
		change(`"12.30"`, `"1,2.30"`):                              "reimbursed exchange.person.amount 2025",
		change(`"12.30"`, `"-12.30"`):                              "reimbursed exchange.person.amount.negative 2025",
		change(`"0.5"`, `"1000000000000000000"`):                   "catastrophic_paid exchange.person.amount.large 2025",
		change(`"year":2026`, `"year":2026.0`):                     "year exchange.person.year",
		change(`"year":2026`, `"year":"2026"`):                     "year exchange.person.year",
		change(`"year":2026,`, ``):                                 "year exchange.person.missing",
		change(`,"cover":"resident"`, ``):                          "cover exchange.person.missing 2025",
		change(`"resident"`, `"citizen"`):                          "cover exchange.person.cover 2025",
		change(`"repair_years":2`, `"repair_years":-1`):            "repair_years exchange.person.repair 2026",
		change(`"repair_years":2`, `"repair_years":1e3`):           "repair_years exchange.person.repair 2026",
		change(`2025-10-02`, `2025-10-2`):                          "paid_on exchange.person.day 2026",
		change(`}]}`, `}],"synthetic":1}`):                         "synthetic exchange.person.truth",
		`{"years":[{"cover":5,"year":2026}],"born":"x","id":"P1"}`: "cover exchange.person.cover 2026",
	} {
		var p PersonLine
		err := p.Read([]byte(line))
		var refusal *fault.Refusal
		if !errors.As(err, &refusal) {
			t.Errorf("%s: accepted, %v", line, err)
			continue
		}
		problem := refusal.Problems[0]
		got := problem.Column + " " + problem.Key
		if year, ok := problem.Args.Get("year"); ok {
			got += " " + printerOf(t).Value(year)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
		if strings.HasSuffix(line, `"id":"P1"}`) && p.ID != "P1" {
			t.Errorf("%s: the id is %q", line, p.ID)
		}
	}
}

func TestAnswerJSON(t *testing.T) {
	p, err := locale.New(locale.EN)
	if err != nil {
		t.Fatal(err)
	}
	a := AnswerJSON{Printer: p, Status: policy.Draft}
	line := PersonLine{ID: "a\"\\\n\x01中\x7f", HasID: true, Synthetic: true}
	e := enrol.Entitlement{Streak: 6, Cap: 31_200_005, Consecutive: 800_000, Waiting: enrol.Waiting{Fixed: 3, Variable: 1, Repaired: 2, CoveredFrom: 20260501}, Offer: enrol.Offer{Years: 1, MonthsAfter: 3}}
	reasons := []enrol.Reason{{Part: "cap", Message: fault.Msg("entitled.why.base", "base", e.Cap), Clause: "SCE-3.2", Parameters: []policy.ParameterID{"a", "b"}, Assumed: true, Changed: true}}
	got := string(a.Append(nil, &line, e, reasons))
	want := `{"id":"a\"\\\n\u0001中\u007f","streak":6,"broken":0,"cap":"312000.05","reward":{"consecutive":"8000.00","zero_claim":"0.00","counted":"0.00"},"reduction":"0.00",` +
		`"waiting":{"fixed":3,"variable":1,"repaired":2,"months":4,"covered_from":"2026-05-01"},"repair_offer":{"years":1,"price_per_year":null,"months_after":3},"status":"draft","synthetic":true,` +
		`"explain":[{"part":"cap","clause":"SCE-3.2","text":"annual cap of catastrophic insurance 312,000.05 yuan","parameters":["a","b"],"assumed":true,"changed":true}]}` + "\n"
	if got != want || !json.Valid([]byte(got)) {
		t.Errorf("got %s\nwant %s", got, want)
	}
	e.Offer.PricePerYear = 40_000
	if got := string(a.Append(nil, &line, e, nil)); !strings.Contains(got, `"price_per_year":"400.00"`) || strings.Contains(got, "explain") {
		t.Errorf("got %s", got)
	}
	if got := string(a.AppendRefusal(nil, &PersonLine{}, errors.New("x"))); !strings.HasPrefix(got, `{"id":null,"error":{"field":"json","message":"this line`) {
		t.Errorf("got %s", got)
	}
}

// A line that is no JSON is refused; one that is accepted reads the same when the library for JSON writes it again.
func FuzzPersonLine(f *testing.F) {
	for _, seed := range []string{goodPerson, `{"id":"\u4e2d\"","born":"2026-12-31","years":[],"synthetic":true}`, `{"id":"a","x":{"y":[1,-2.5e+3,null,true,{}]}}`, "{\"id\":\"\xff\"}", strings.Repeat("[", 200), `{"id":"a","born":"2026-01-01","years":[{}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		var p PersonLine
		err := p.Read(line)
		if err != nil {
			var refusal *fault.Refusal
			if !errors.As(err, &refusal) || refusal.Problems[0].Column == "" && refusal.Problems[0].Key != "exchange.person.unknown" {
				t.Fatalf("%q: %v", line, err)
			}
			if out := (AnswerJSON{Printer: printerOf(t)}).AppendRefusal(nil, &p, err); !json.Valid(out) {
				t.Fatalf("%q is answered with %s", line, out)
			}
			return
		}
		plain := []byte(strings.TrimPrefix(string(line), "\ufeff"))
		if !json.Valid(plain) {
			t.Fatalf("%q is no JSON and accepted", line)
		}
		var any map[string]any
		if err := json.Unmarshal(plain, &any); err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(any)
		if err != nil {
			t.Fatal(err)
		}
		var q PersonLine
		if err := q.Read(again); err != nil || !reflect.DeepEqual(p, q) {
			t.Fatalf("%q reads as %+v, written again as %+v, %v", line, p, q, err)
		}
	})
}

func printerOf(t *testing.T) *locale.Printer {
	t.Helper()
	p, err := locale.New(locale.ZH)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func BenchmarkPersonLine(b *testing.B) {
	line := []byte(goodPerson)
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	var p PersonLine
	for b.Loop() {
		if err := p.Read(line); err != nil {
			b.Fatal(err)
		}
	}
}
