package ledger_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/locale"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

const (
	chengdu region.Code = "510100"
	zigong  region.Code = "510300"
	sichuan region.Code = "510000"
)

const yuan = money.Fen(100)

// later is a day after every period that the tests close.
const later policy.Date = "2030-01-01"

// desk posts vouchers as people would: every key its own, two persons.
type desk struct {
	t      testing.TB
	chart  *ledger.Chart
	states map[ledger.Book]*ledger.State
	keys   int
}

func newDesk(t testing.TB, books ...ledger.Book) *desk {
	t.Helper()
	chart, err := ledger.Standard()
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, chart: chart, states: map[ledger.Book]*ledger.State{}}
	for _, b := range books {
		d.open(b, ledger.Rules{})
	}
	return d
}

func (d *desk) open(b ledger.Book, rules ledger.Rules) *ledger.State {
	d.t.Helper()
	s, err := ledger.NewState(d.chart, b, rules, 2025, time.January)
	if err != nil {
		d.t.Fatal(err)
	}
	d.states[b] = s
	return s
}

func debit(account ledger.Code, amount money.Fen, of ...ledger.Dimensions) ledger.Posting {
	return line(account, ledger.Debit, amount, of)
}

func credit(account ledger.Code, amount money.Fen, of ...ledger.Dimensions) ledger.Posting {
	return line(account, ledger.Credit, amount, of)
}

func line(account ledger.Code, side ledger.Side, amount money.Fen, of []ledger.Dimensions) ledger.Posting {
	p := ledger.Posting{Account: account, Side: side, Amount: amount}
	if len(of) > 0 {
		p.Dimensions = of[0]
	}
	return p
}

func with(b ledger.Book) ledger.Dimensions { return ledger.Dimensions{Counter: b} }

func level(l ledger.Level) ledger.Dimensions { return ledger.Dimensions{Level: l} }

// voucher makes an ordinary voucher.
func (d *desk) voucher(b ledger.Book, date policy.Date, postings ...ledger.Posting) ledger.Voucher {
	d.keys++
	return ledger.Voucher{Book: b, Date: date, Kind: ledger.Ordinary, Summary: ledger.Summary{Text: "合成数据"}, Postings: postings,
		Source: ledger.Source{Kind: ledger.FromDocument, ID: "doc"}, Key: ledger.Key(fmt.Sprint("k", d.keys)), Maker: "maker", Reviewer: "reviewer"}
}

func (d *desk) post(set ...ledger.Voucher) []ledger.Posted {
	d.t.Helper()
	posted, err := ledger.Post(d.states, set)
	if err != nil {
		d.t.Fatal(say(d.t, err))
	}
	return posted
}

func hands(date policy.Date) ledger.Hands {
	return ledger.Hands{Date: date, Maker: "maker", Reviewer: "reviewer"}
}

// settle pays items whole.
func (d *desk) settle(date policy.Date, items ...ledger.Item) {
	d.t.Helper()
	for _, i := range items {
		set, err := i.Settle(hands(date), ledger.Arrival{Receipt: ledger.DocumentID("receipt/" + string(i.ID)), Amount: i.Amount})
		if err != nil {
			d.t.Fatal(say(d.t, err))
		}
		d.post(set...)
	}
}

// closeThrough closes months up to one.
func (d *desk) closeThrough(b ledger.Book, year policy.Year, month time.Month) {
	d.t.Helper()
	for m := time.January; m <= month; m++ {
		if err := d.states[b].CloseMonth(ledger.PeriodOrder{Year: year, Month: m, By: "chief", Today: later}); err != nil {
			d.t.Fatal(say(d.t, err))
		}
	}
}

// on is a balance on the account's normal side at the end of a year, with any dimensions.
func (d *desk) on(b ledger.Book, year policy.Year, account ledger.Code) money.Fen {
	return ledger.TrialBalance(ledger.Whole(year), false, d.states[b]).Balance(account)
}

func (d *desk) is(b ledger.Book, year policy.Year, account ledger.Code, want money.Fen) {
	d.t.Helper()
	if got := d.on(b, year, account); got != want {
		a, _ := d.chart.Get(account)
		d.t.Errorf("%s %s at the end of %d: %s, want %s", b, printer(d.t, locale.ZH).Text(a.Name()), year, got, want)
	}
}

func printer(t testing.TB, lang locale.Lang) *locale.Printer {
	t.Helper()
	p, err := locale.New(lang)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// say writes an error as people read it.
func say(t testing.TB, err error) string {
	var refusal *fault.Refusal
	if errors.As(err, &refusal) {
		return printer(t, locale.EN).Problem(refusal.Problems[0])
	}
	return err.Error()
}

// refused checks that an error is a refusal with a key and clause that can be read in both languages.
func refused(t testing.TB, err error, key, clause string) {
	t.Helper()
	var refusal *fault.Refusal
	if !errors.As(err, &refusal) {
		t.Errorf("not refused with %s: %v", key, err)
		return
	}
	p := refusal.Problems[0]
	if p.Key != key || p.Clause != clause {
		t.Errorf("refused with %s [%s], want %s [%s]", p.Key, p.Clause, key, clause)
	}
	for _, lang := range []locale.Lang{locale.ZH, locale.EN} {
		if text := printer(t, lang).Problem(p); containsAny(text, "{", "ledger.", "value.") {
			t.Errorf("%s: %s", key, text)
		}
	}
}

var (
	cityBook     = ledger.AreaBook(pool.Resident, chengdu)
	otherBook    = ledger.AreaBook(pool.Resident, zigong)
	fundBook     = ledger.AdjustmentBook(pool.Resident, sichuan)
	clearingBook = ledger.ClearingBook(pool.Resident, sichuan)
	staffBook    = ledger.AreaBook(pool.Employee, chengdu)
	staffFund    = ledger.AdjustmentBook(pool.Employee, sichuan)
)
