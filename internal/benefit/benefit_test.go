package benefit_test

import (
	"encoding/csv"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tongchou/internal/benefit"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
)

// schedulesOf compiles a pack with overrides.
func schedulesOf(t testing.TB, pack string, overrides map[policy.ParameterID]string) *benefit.Schedules {
	t.Helper()
	s, err := benefit.Compile(policytest.Library(t), policytest.Pack(t, pack), policy.Overlay{Set: overrides})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// goldenFile is a table an official can open and check: a bill a row, with the clause it shows, who is settled, and every figure of the answer,
// or the field it is refused for. A person's rows follow one another. The figures were worked out by testdata/settle.py, written from the rules
// and not from this code.
const goldenFile = "testdata/golden/bills.csv"

func goldenRows(t testing.TB) []map[string]string {
	t.Helper()
	file, err := os.Open(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, name := range records[0] {
			row[name] = record[i]
		}
		out = append(out, row)
	}
	return out
}

func TestGoldenBills(t *testing.T) {
	schedules := schedulesOf(t, "reference", nil)
	books := benefit.NewBooks(schedules)
	wrong, cited, rows := map[string][]string{}, map[string]bool{}, goldenRows(t)
	for _, row := range rows {
		w, steps := checkBill(t, books, row)
		wrong[row["clause"]] = append(wrong[row["clause"]], w...)
		for _, clause := range steps {
			cited[string(clause)] = true
		}
	}
	for clause, all := range wrong {
		t.Run(clause, func(t *testing.T) {
			t.Attr("clause", clause)
			for _, w := range all {
				t.Error(w)
			}
			if !cited[clause] && clause != dayClause {
				t.Error("no step of any bill cites it")
			}
		})
	}
	if len(rows) < 80 {
		t.Errorf("only %d bills", len(rows))
	}
}

// dayClause is what the rule rests on which year's accumulators a bill uses; it is no step.
const dayClause = "SC38-6.2"

// checkBill settles a row, lists what is not as it says, and the clauses that its steps or refusal cite.
func checkBill(t testing.TB, books *benefit.Books, row map[string]string) (wrong []string, clauses []policy.ClauseID) {
	t.Helper()
	var got map[string]string
	var err error
	if row["reverse"] != "" {
		var r *benefit.Reversed
		if r, err = books.Reverse(benefit.Reversal{ID: row["case"], Of: row["reverse"], Cascade: row["cascade"] != ""}); err == nil {
			got = figures(&r.Mirror, r.After)
			var again []string
			for _, a := range r.Again {
				again = append(again, a.ID+"="+a.Settlement.Cash.String())
			}
			got["resettled"] = strings.Join(again, "; ")
		}
	} else {
		v := visitOf(t, row)
		var e benefit.Entry
		if e, err = books.Settle(&v); err == nil {
			got = figures(&e.Settlement, e.After)
			for _, r := range books.Schedules.On(e.Date).Explain(&e.Visit, &e.Before, &e.Settlement) {
				clauses = append(clauses, r.Clause)
			}
		}
	}
	if err != nil {
		problem, later := problemOf(t, err)
		got = map[string]string{"error": problem.Column, "later": later}
		clauses = []policy.ClauseID{policy.ClauseID(problem.Clause)}
	}
	for name, want := range row {
		if !slices.Contains(inputs, name) && got[name] != want {
			wrong = append(wrong, row["case"]+": "+name+" is "+got[name]+", want "+want)
		}
	}
	return wrong, clauses
}

// inputs are the columns of the table that are no figures.
var inputs = strings.Fields("case person clause note insutype category level place date begndate covered_from approved groups retired cap account mulaid acct_used " +
	"medfee_sumamt fulamt_ownpay_amt overlmt_selfpay preselfpay_amt inscp_scp_amt lines reverse cascade")

func problemOf(t testing.TB, err error) (fault.Problem, string) {
	t.Helper()
	var refusal *fault.Refusal
	if !errors.As(err, &refusal) {
		t.Fatal(err)
	}
	p := refusal.Problems[0]
	later, _ := p.Args.Get("later")
	ids, _ := later.([]string)
	return p, strings.Join(ids, " ")
}

// figures are a settlement's figures under the names of the table.
func figures(s *benefit.Settlement, r benefit.Running) map[string]string {
	return map[string]string{"why": s.Why.Word(), "act_pay_dedc": s.Deductible.String(), "hifp_pay": s.Basic.String(), "hifmi_pay": s.Catastrophic.String(),
		"hifob_pay": s.Large.String(), "maf_pay": s.Aid.String(), "oth_pay": s.Other.Sum().String(), "fund_pay_sumamt": s.Funds().String(), "psn_part_amt": s.Own.String(),
		"acct_pay": s.Account.String(), "acct_mulaid_pay": s.Family.String(), "psn_cash_pay": s.Cash.String(), "admissions": strconv.Itoa(r.Admissions),
		"basic": r.Basic.String(), "s": r.SelfPaid.String(), "catastrophic": r.Catastrophic.String(), "aid": r.Aid.String()}
}

// visitOf reads a visit as the table writes it.
func visitOf(t testing.TB, row map[string]string) benefit.Visit {
	t.Helper()
	v := benefit.Visit{ID: row["case"], Date: policy.Date(row["date"]), Begin: policy.Date(row["begndate"]), Approved: row["approved"] != "", UseAccount: row["acct_used"] != "",
		Person: benefit.Person{ID: row["person"], CoveredFrom: policy.Date(row["covered_from"]), Retired: row["retired"] != "", HasCap: row["cap"] != "",
			Cap: fen(t, row["cap"]), Account: fen(t, row["account"]), Family: fen(t, row["mulaid"])},
		Scope: benefit.Scope{Total: fen(t, row["medfee_sumamt"]), SelfPaidWhole: fen(t, row["fulamt_ownpay_amt"]), OverLimit: fen(t, row["overlmt_selfpay"]),
			SelfPaidFirst: fen(t, row["preselfpay_amt"]), InScope: fen(t, row["inscp_scp_amt"])}}
	for _, g := range strings.Fields(row["groups"]) {
		v.Groups = v.Groups.With(g)
	}
	var ok [4]bool
	v.Insurance, ok[0] = benefit.ParseInsurance(row["insutype"])
	v.Category, ok[1] = benefit.ParseCategory(row["category"])
	v.Level, ok[2] = benefit.ParseLevel(row["level"])
	v.Place, ok[3] = benefit.ParsePlace(row["place"])
	if ok != [4]bool{true, true, true, true} {
		t.Fatalf("%s: what kind of visit?", row["case"])
	}
	for _, one := range strings.Split(row["lines"], "; ") {
		if one != "" {
			v.Lines = append(v.Lines, lineOf(t, one))
		}
	}
	return v
}

func lineOf(t testing.TB, text string) benefit.Line {
	t.Helper()
	l := benefit.Line{Class: benefit.Outwith}
	for _, word := range strings.Fields(text) {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "med_list_codg":
			l.Code = value
		case "chrgitm_lv":
			l.Class = benefit.Class(value[1] - '1')
		case "cnt":
			l.Quantity = rate(t, value)
		case "pric":
			l.Price = rate(t, value)
		case "pric_uplmt_amt":
			l.Limit, l.Limited = rate(t, value), true
		case "selfpay_prop":
			l.First = rate(t, value)
		case "fee_ocur_time":
			l.On = policy.Date(value)
		default:
			t.Fatalf("%q", word)
		}
	}
	return l
}

func fen(t testing.TB, text string) money.Fen {
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

func rate(t testing.TB, text string) money.Rate {
	t.Helper()
	r, err := money.ParseRate(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
