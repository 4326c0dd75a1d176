package ledger_test

import (
	"testing"

	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// What one type laid out and another took in is shown together, each voucher once; what stays in a type, differs, or lies far apart is not.
func TestTiesBetweenInsuranceTypes(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	chart, err := ledger.Standard()
	if err != nil {
		t.Fatal(err)
	}
	var all []ledger.Voucher
	add := func(insurance pool.Insurance, date policy.Date, account ledger.Code, side ledger.Side, amount money.Fen) ledger.Ref {
		v := ledger.Voucher{Book: ledger.AreaBook(insurance, "510300"), Date: date, Kind: ledger.Ordinary, Word: "payment", Number: len(all) + 1,
			Postings: []ledger.Posting{{Account: account, Side: side, Amount: amount}}}
		all = append(all, v)
		return v.Ref()
	}
	out := add(pool.Resident, "2026-03-05", "110199", ledger.Debit, 7*yuan)
	add(pool.Employee, "2026-03-25", "200199", ledger.Credit, 7*yuan)
	in := add(pool.Employee, "2026-03-01", "200199", ledger.Credit, 7*yuan)
	add(pool.Resident, "2026-03-05", "200199", ledger.Credit, 7*yuan)                    // the same type
	add(pool.Resident, "2026-05-05", "110199", ledger.Debit, 9*yuan)                     // nothing comes in
	add(pool.Employee, "2026-08-05", "200199", ledger.Credit, 9*yuan)                    // too late
	add(pool.Resident, "2026-09-05", "110199", ledger.Debit, 4*yuan)                     // another amount
	late := add(pool.Employee, "2026-09-05", ledger.Unidentified, ledger.Credit, 5*yuan) // not identified
	back := add(pool.Resident, "2026-09-06", "110199", ledger.Debit, 5*yuan)
	got := ledger.Ties(chart, all)
	if len(got) != 2 || got[0] != (ledger.Tied{Out: out, In: in, Amount: 7 * yuan}) || got[1] != (ledger.Tied{Out: back, In: late, Amount: 5 * yuan}) {
		t.Errorf("%+v", got)
	}
}
