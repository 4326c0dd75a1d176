package exchange

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"tongchou/internal/benefit"
	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
)

const goodVisit = `{"msgid":"M1","person":{"id":"P1","groups":["orphan","x"],"retired":true,"covered_from":"2024-01-01","cap":"300000.00","account":"1.00","mulaid":"2.00"},` +
	`"insutype":"390","category":"inpatient","level":"3","place":"outside","date":"2026-03-09","begndate":"2026-03-01","approved":true,"medfee_sumamt":"21000.00",` +
	`"fulamt_ownpay_amt":"500.00","overlmt_selfpay":"100.00","preselfpay_amt":"400.00","inscp_scp_amt":"20000.00","acct_used":true,"epidemic":true,` +
	`"lines":[{"med_list_codg":"A","chrgitm_lv":"02","cnt":"2.5","pric":"10.123456","pric_uplmt_amt":9.5,"selfpay_prop":"0.1","fee_ocur_time":"2026-03-02 10:00:00","det_item_fee_sumamt":"25.31"},{"cnt":1,"pric":"3","chrgitm_lv":"甲"}]}`

func TestVisitLine(t *testing.T) {
	want := benefit.Visit{ID: "M1", Date: "2026-03-09", Begin: "2026-03-01", Insurance: benefit.Resident, Category: benefit.Inpatient, Level: benefit.Level3, Place: benefit.Outside,
		Approved: true, UseAccount: true, Epidemic: true,
		Person: benefit.Person{ID: "P1", Groups: benefit.GroupSet(0).With("orphan"), Retired: true, CoveredFrom: "2024-01-01", HasCap: true, Cap: 30_000_000, Account: 100, Family: 200},
		Scope:  benefit.Scope{Total: 2_100_000, SelfPaidWhole: 50_000, OverLimit: 10_000, SelfPaidFirst: 40_000, InScope: 2_000_000},
		Lines: []benefit.Line{{Code: "A", Class: benefit.ClassB, Quantity: 2_500_000, Price: 10_123_456, Limit: 9_500_000, Limited: true, First: 100_000, On: "2026-03-02"},
			{Class: benefit.ClassA, Quantity: 1_000_000, Price: 3_000_000}}}
	var got VisitLine
	for _, line := range []string{goodVisit, "\ufeff" + goodVisit + "\r\n", strings.ReplaceAll(strings.ReplaceAll(goodVisit, `,"`, ` , "`), `":`, `" : `), strings.Replace(goodVisit, `"begndate":"2026-03-01"`, `"days":9`, 1)} {
		if err := got.Read([]byte(line)); err != nil || !reflect.DeepEqual(got.Visit, want) || got.Reversal {
			t.Errorf("%s\n is read as %+v, %v", line, got, err)
		}
	}
	if err := got.Read([]byte(`{"msgid":"M9","reverse":"M1","cascade":true}`)); err != nil || got.Reverse != (benefit.Reversal{ID: "M9", Of: "M1", Cascade: true}) || !got.Reversal {
		t.Errorf("a reversal is read as %+v, %v", got.Reverse, err)
	}
}

// What is wrong with a line is said with the field and the clause that asks for it; the id is known even when it comes last.
func TestVisitLineRefused(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	change := func(old, new string) string { return strings.Replace(goodVisit, old, new, 1) }
	for line, want := range map[string]string{
		"":                                      "json exchange.person.json",
		"[1]":                                   "json exchange.person.json",
		goodVisit[:90]:                          "json exchange.person.json",
		goodVisit + "{}":                        "json exchange.person.json",
		`{}`:                                    "msgid exchange.person.missing",
		`{"msgid":"M1"}`:                        "person exchange.person.missing",
		`{"msgid":""}`:                          "msgid exchange.person.text",
		`{"msgid":7}`:                           "msgid exchange.person.text",
		change(`"id":"P1",`, ``):                "id exchange.person.missing",
		change(`"id":"P1"`, `"id":"P1","id":1`): "id exchange.person.twice",
		change(`"P1"`, `""`):                    "id exchange.person.text",
		change(`"390"`, `"392"`):                "insutype exchange.visit.insutype",
		change(`"390"`, `390`):                  "insutype exchange.visit.insutype",
		change(`"inpatient"`, `"dental"`):       "category exchange.visit.category",
		change(`"level":"3"`, `"level":"4"`):    "level exchange.visit.level",
		change(`"outside"`, `"abroad"`):         "place exchange.visit.place",
		change(`,"place":"outside"`, ``):        "place exchange.person.missing",
		change(`2026-03-09`, `2026-02-29`):      "date exchange.person.day",
		change(`2024-01-01`, `2024-1-1`):        "covered_from exchange.person.day",
		change(`["orphan","x"]`, `"orphan"`):    "groups exchange.person.list",
		change(`"approved":true`, `"approved":"true"`):    "approved exchange.person.truth",
		change(`"21000.00"`, `21000.00`):                  "medfee_sumamt exchange.person.amount",
		change(`"21000.00"`, `"21,000.00"`):               "medfee_sumamt exchange.person.amount",
		change(`"21000.00"`, `"21000.001"`):               "medfee_sumamt exchange.person.amount",
		change(`"500.00"`, `"-500.00"`):                   "fulamt_ownpay_amt exchange.person.amount.negative",
		change(`"20000.00"`, `"900000000000000000.00"`):   "inscp_scp_amt exchange.person.amount.large",
		change(`"300000.00"`, `300000`):                   "cap exchange.person.amount",
		change(`"begndate":"2026-03-01"`, `"days":0`):     "days exchange.visit.days",
		change(`"begndate"`, `"begindate"`):               "begindate exchange.person.unknown",
		change(`"epidemic"`, `"date":"2026-01-01","e"`):   "date exchange.person.twice",
		change(`"02"`, `"04"`):                            "chrgitm_lv exchange.visit.class",
		change(`"selfpay_prop":"0.1",`, ``):               "selfpay_prop exchange.person.missing",
		change(`"cnt":"2.5",`, ``):                        "cnt exchange.person.missing",
		change(`"10.123456"`, `"10.1234567"`):             "pric exchange.visit.decimal",
		change(`"2.5"`, `"-2.5"`):                         "cnt exchange.visit.decimal",
		change(`"25.31"`, `"25.30"`):                      "det_item_fee_sumamt exchange.visit.item_total",
		change(`{"cnt":1`, `7,{"cnt":1`):                  "lines exchange.visit.line",
		change(`"acct_used"`, `"cascade":true,"a"`):       "a exchange.person.unknown",
		change(`"epidemic":true`, `"cascade":true`):       "cascade exchange.visit.cascade_alone",
		`{"msgid":"R","reverse":"M1","insutype":"390"}`:   "reverse exchange.visit.reverse_alone",
		`{"reverse":"","msgid":"R"}`:                      "reverse exchange.person.text",
		`{"person":5,"level":"9","msgid":"M1"}`:           "person exchange.visit.person",
		change(`{"msgid":"M1","person":{`, `{"person":{`): "msgid exchange.person.missing",
	} {
		var v VisitLine
		err := v.Read([]byte(line))
		var refusal *fault.Refusal
		if !errors.As(err, &refusal) {
			t.Errorf("%s: accepted, %v", line, err)
			continue
		}
		p := refusal.Problems[0]
		if got := p.Column + " " + p.Key; got != want || p.Clause == "" {
			t.Errorf("%s: %s [%s], want %s", line, got, p.Clause, want)
		}
		if strings.HasSuffix(line, `"msgid":"M1"}`) && v.ID != "M1" {
			t.Errorf("%s: the id is %q", line, v.ID)
		}
	}
}

func reference(t testing.TB) SettlementJSON {
	t.Helper()
	schedules, err := benefit.Compile(policytest.Library(t), policytest.Pack(t, "reference"), policy.Overlay{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := locale.New(locale.EN)
	if err != nil {
		t.Fatal(err)
	}
	return SettlementJSON{Printer: p, Schedules: schedules, Explain: true}
}

// FuzzVisitLine reads anything: it is a line or a refusal with field and clause, and what is settled adds up and is answered as JSON.
func FuzzVisitLine(f *testing.F) {
	f.Add([]byte(goodVisit))
	f.Add([]byte(strings.Replace(goodVisit, `"lines":[`, `"lines":null,"x":[`, 1)))
	f.Add([]byte(`{"msgid":"M9","reverse":"M1","cascade":true}`))
	f.Add([]byte(`{"msgid":"M1","person":{"id":"P","covered_from":"2020-01-01"},"insutype":"310","category":"outpatient","level":"1","place":"local","date":"2026-12-31","medfee_sumamt":"10","inscp_scp_amt":"10"}`))
	write := reference(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		all := benefit.NewBooks(write.Schedules)
		var v VisitLine
		err := v.Read(text)
		var out []byte
		if err == nil && !v.Reversal {
			var e benefit.Entry
			if e, err = all.Settle(&v.Visit); err == nil {
				s := e.Settlement
				if e.Total != s.Funds()+s.Account+s.Family+s.Cash || s.Funds() > e.InScope || s.Cash < 0 {
					t.Fatalf("%+v of %+v", s, e.Visit)
				}
				out = write.Append(nil, &v, &e)
				if again, err := all.Settle(&v.Visit); err != nil || again.Settlement != s {
					t.Fatalf("the same again: %v", err)
				}
			}
		}
		if err == nil && v.Reversal {
			_, err = all.Reverse(v.Reverse)
		}
		if err != nil {
			var refusal *fault.Refusal
			if !errors.As(err, &refusal) || refusal.Problems[0].Column == "" || refusal.Problems[0].Clause == "" {
				t.Fatalf("refused without field or clause: %v", err)
			}
			out = write.AppendRefusal(nil, &v, err)
		}
		if !json.Valid(out) {
			t.Fatalf("no JSON: %s", out)
		}
	})
}
