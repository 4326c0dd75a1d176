package ledger_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// fen reads an amount of a table in yuan; an empty cell is nothing.
func fen(t *testing.T, text string) money.Fen {
	t.Helper()
	if text == "" {
		return 0
	}
	n, err := money.ParseFen(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return n
}

func table(t *testing.T, name string) [][]string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "golden", name))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

// The totals of a trial balance add up either side of the first-level accounts, memo accounts left out, and the sides are the same.
func TestTrialBalanceSides(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	d := funded(t)
	d.post(d.voucher(cityBook, "2025-03-05", debit("500101", 10*yuan), credit(ledger.FiscalAccount, 10*yuan)))
	d.post(d.voucher(cityBook, "2025-04-05", debit(ledger.FiscalAccount, 25*yuan), credit(ledger.Subsidies, 25*yuan, level(ledger.Central))))
	d.post(d.voucher(cityBook, "2025-04-06", debit(ledger.SubsidyDue, 7*yuan, level(ledger.Municipal)), credit(ledger.MemoContra, 7*yuan)))
	trial := ledger.TrialBalance(ledger.Span{Year: 2025, From: 3, To: 4}, true, d.states[cityBook])
	if debits, credits := trial.Sides(false); debits != 1000*yuan || credits != 1000*yuan {
		t.Errorf("begins with %s and %s", debits, credits)
	}
	if debits, credits := trial.Sides(true); debits != 1025*yuan || credits != 1025*yuan {
		t.Errorf("ends with %s and %s", debits, credits)
	}
}

// The books of a small resident fund, worked out by hand: testdata/golden/vouchers.csv is posted line by line and gives
// the trial balance, the balance sheet and the statement of income and expenditure beside it.
func TestStatementsByHand(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	t.Attr("clause", "SC38-4.7")
	d := newDesk(t, cityBook, fundBook)
	var set []ledger.Voucher
	for _, row := range table(t, "vouchers.csv") {
		key := ledger.Key(row[0])
		if len(set) == 0 || set[len(set)-1].Key != key {
			v := d.voucher(cityBook, policy.Date(row[1]))
			v.Key, v.Kind, v.Summary.Text = key, ledger.VoucherKind(row[2]), row[8]
			set = append(set, v)
		}
		v := &set[len(set)-1]
		side, amount := ledger.Debit, fen(t, row[5])
		if amount == 0 {
			side, amount = ledger.Credit, fen(t, row[6])
		}
		p := ledger.Posting{Account: ledger.Code(row[3]), Side: side, Amount: amount, Dimensions: ledger.Dimensions{Level: ledger.Level(row[4])}}
		if row[7] == "fund" {
			p.Counter = fundBook
		}
		v.Postings = append(v.Postings, p)
	}
	d.post(set[0])
	mirror := d.voucher(fundBook, "2025-12-20", debit(ledger.FiscalAccount, 5_000_00), credit(ledger.CollectionReceived, 5_000_00, with(cityBook)))
	var posted []ledger.Voucher
	for _, p := range d.post(append(set[1:], mirror)...) {
		posted = append(posted, p.Voucher)
	}
	s := d.states[cityBook]

	trial := ledger.TrialBalance(ledger.Span{Year: 2025, From: time.July, To: time.December}, false, s)
	for i, row := range table(t, "trial.csv") {
		if i >= len(trial.Rows) {
			t.Fatalf("no row for %s", row[0])
		}
		r := trial.Rows[i]
		if string(r.Account.Code) != row[0] || strconv.Itoa(r.Depth) != row[1] || r.Opening != fen(t, row[2]) || r.Debit != fen(t, row[3]) || r.Credit != fen(t, row[4]) || r.YearDebit != fen(t, row[5]) || r.YearCredit != fen(t, row[6]) || r.Balance != fen(t, row[7]) {
			t.Errorf("%s: opening %s, debit %s, credit %s, year %s %s, balance %s; want %v", r.Account.Code, r.Opening, r.Debit, r.Credit, r.YearDebit, r.YearCredit, r.Balance, row)
		}
	}
	if len(trial.Rows) != len(table(t, "trial.csv")) || trial.Total.Balance != 0 || trial.Total.Opening != 0 || trial.Total.Debit != trial.Total.Credit {
		t.Errorf("%d rows, total %+v", len(trial.Rows), trial.Total)
	}

	sheet := ledger.NewBalanceSheet(2025, time.December, s)
	if !sheet.Balances() || sheet.TotalAssets != 123_000_00 || sheet.TotalLiabilities != 0 || sheet.TotalNet != 100_000_00 || sheet.Result != 23_000_00 {
		t.Errorf("assets %s, liabilities %s, net assets %s, result %s", sheet.TotalAssets, sheet.TotalLiabilities, sheet.TotalNet, sheet.Result)
	}
	whole := ledger.NewIncomeStatement(ledger.Whole(2025), s)
	half := ledger.NewIncomeStatement(ledger.Span{Year: 2025, From: time.July, To: time.December}, s)
	for name, c := range map[string]struct{ got, want money.Fen }{
		"income": {whole.TotalIncome, 90_000_00}, "expenditure": {whole.TotalExpenditure, 65_000_00}, "surplus": {whole.SurplusEnd(), 125_000_00},
		"half income": {half.TotalIncome, 30_000_00}, "half expenditure": {half.TotalExpenditure, -5_000_00}, "half year": {half.YearIncome, 90_000_00},
		"violation": {whole.Apart[1].Amount, 8_000_00}, "covered": {whole.Apart[0].Amount, 6_000_00},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", name, c.got, c.want)
		}
	}
	if lines := ledger.FiscalLines(ledger.Whole(2025), s); lines != (ledger.TwoLines{Opening: 100_000_00, Receipts: 96_000_00, Payments: 75_000_00, Closing: 121_000_00}) {
		t.Errorf("two lines: %+v", lines)
	}
	bank := s.Statement(ledger.FiscalAccount, nil, ledger.Span{Year: 2025, From: time.July, To: time.December}, posted)
	if bank.Opening != 90_000_00 || bank.Closing != 121_000_00 || len(bank.Rows) != 3 || bank.Rows[1].Balance != 126_000_00 || bank.Debit != 36_000_00 {
		t.Errorf("%+v", bank)
	}
	central := ledger.Dimensions{Level: ledger.Central}
	if one := s.Statement(ledger.Subsidies, &central, ledger.Whole(2025), posted); one.Closing != -30_000_00 || len(one.Rows) != 1 {
		t.Errorf("%+v", one)
	}
	// All of a type added up is as balanced as each.
	all := ledger.NewBalanceSheet(2025, time.December, s, d.states[fundBook])
	if !all.Balances() || all.TotalAssets != 128_000_00 {
		t.Errorf("assets of both %s", all.TotalAssets)
	}
}

// The standard chart: every account can be named in both languages, says where it comes from, and fits its place.
func TestChart(t *testing.T) {
	d := newDesk(t)
	for _, a := range d.chart.Accounts() {
		for _, lang := range []string{"zh", "en"} {
			p := printer(t, "zh")
			if lang == "en" {
				p = printer(t, "en")
			}
			for _, m := range []string{p.Text(a.Name()), p.Text(a.Nature.Name()), p.Text(a.Side.Name()), p.Text(a.Origin.Name())} {
				if containsAny(m, "ledger.") {
					t.Errorf("%s: %s", a.Code, m)
				}
			}
		}
		if len(a.Code) > 4 != (a.Origin == ledger.Ours) && a.Nature != ledger.Memo {
			t.Errorf("%s: first-level accounts are the accounting system's, the others ours", a.Code)
		}
		if a.Side == ledger.Credit != (a.Nature == ledger.Liability || a.Nature == ledger.NetAsset || a.Nature == ledger.Income) && a.Nature != ledger.Memo && a.Code != ledger.ViolationLosses {
			t.Errorf("%s stands on the wrong side", a.Code)
		}
	}
	if d.chart.Leaf("5001") || !d.chart.Leaf("500101") || d.chart.Leaf("9") {
		t.Error("leaves")
	}
	for _, c := range []struct {
		add ledger.Account
		key string
	}{
		{ledger.Account{Code: "1003", Nature: ledger.Asset}, "ledger.chart_code"},
		{ledger.Account{Code: "19", Nature: ledger.Asset}, "ledger.chart_code"},
		{ledger.Account{Code: "10x1", Nature: ledger.Asset}, "ledger.chart_code"},
		{ledger.Account{Code: "190101", Nature: ledger.Asset}, "ledger.chart_parent"},
		{ledger.Account{Code: "110107", Nature: ledger.Income}, "ledger.chart_parent"},
		{ledger.Account{Code: "5901", Nature: ledger.Expenditure, ClosesTo: "1003"}, "ledger.chart_closes"},
	} {
		_, err := ledger.NewChart(append(ledger.StandardAccounts(), c.add))
		refused(t, err, c.key, "")
	}
	if b := ledger.AreaBook(pool.Resident, chengdu); printer(t, "zh").Text(b.Name()) != "成都市居民医保基金账" {
		t.Error(printer(t, "zh").Text(b.Name()))
	}
}

// The table of accounts in docs/ledger.md is the chart: code, Chinese and English name, and where it comes from.
func TestChartIsDocumented(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("..", "..", "docs", "ledger.md"))
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t)
	zh, en := printer(t, "zh"), printer(t, "en")
	for _, a := range d.chart.Accounts() {
		from := map[ledger.Origin]string{ledger.Regulation: "system ✓", ledger.RegulationUnread: "system", ledger.Ours: "ours"}[a.Origin]
		head := fmt.Sprintf("| %s | %s | %s | %s | ", a.Code, zh.Text(a.Name()), en.Text(a.Name()), zh.Text(a.Nature.Name()))
		_, rest, ok := strings.Cut(string(content), head)
		line, _, _ := strings.Cut(rest, "\n")
		if !ok || !strings.HasSuffix(line, "| "+from+" |") {
			t.Errorf("docs/ledger.md has no line %s… | %s |", head, from)
		}
	}
}
