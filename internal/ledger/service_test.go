package ledger_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// memory is a Store that keeps books as a database would: it gives a Service only the parts it asks for, and takes in
// only what it gives back. So a posting that needs more than it asked for shows.
type memory struct {
	t        *testing.T
	chart    *ledger.Chart
	years    map[ledger.Book]map[policy.Year]ledger.Year
	lines    map[ledger.Book]map[ledger.Line]ledger.Turnover
	vouchers map[ledger.Book][]ledger.Voucher
	fails    error
}

func newMemory(t *testing.T, chart *ledger.Chart, books ...ledger.Book) *memory {
	m := &memory{t: t, chart: chart, years: map[ledger.Book]map[policy.Year]ledger.Year{}, lines: map[ledger.Book]map[ledger.Line]ledger.Turnover{}, vouchers: map[ledger.Book][]ledger.Voucher{}}
	for _, b := range books {
		m.years[b] = map[policy.Year]ledger.Year{2025: {First: time.January}}
		m.lines[b] = map[ledger.Line]ledger.Turnover{}
	}
	return m
}

func (m *memory) load(need ledger.Need) *ledger.State {
	s := &ledger.State{Book: need.Book, Chart: m.chart, Years: maps.Clone(m.years[need.Book]), Lines: map[ledger.Line]*ledger.Turnover{},
		Last: map[ledger.Series]int{}, Keys: map[ledger.Key]ledger.Ref{}, Entries: map[ledger.Ref]*ledger.Entry{}}
	for l, t := range m.lines[need.Book] {
		bare := l
		bare.Year = 0
		if slices.Contains(need.Lines, bare) || slices.Contains(need.Accounts, l.Account) {
			s.Lines[l] = &t
		}
	}
	reversed := map[ledger.Ref]ledger.Ref{}
	for _, v := range m.vouchers[need.Book] {
		if v.Kind == ledger.Reversal {
			reversed[v.Corrects] = v.Ref()
		}
		for _, series := range need.Series {
			if r := v.Ref(); (ledger.Series{Year: r.Year, Month: r.Month, Word: r.Word}) == series {
				s.Last[series] = max(s.Last[series], r.Number)
			}
		}
	}
	for _, v := range m.vouchers[need.Book] {
		if slices.Contains(need.Keys, v.Key) || slices.Contains(need.Refs, v.Ref()) {
			content := v
			content.Word, content.Number = "", 0
			s.Keys[v.Key] = v.Ref()
			s.Entries[v.Ref()] = &ledger.Entry{Voucher: v, Digest: content.Digest(), ReversedBy: reversed[v.Ref()]}
		}
	}
	return s
}

func (m *memory) Update(_ context.Context, needs []ledger.Need, work func(map[ledger.Book]*ledger.State) (ledger.Done, error)) error {
	states := map[ledger.Book]*ledger.State{}
	for _, n := range needs {
		if _, ok := m.years[n.Book]; ok {
			states[n.Book] = m.load(n)
		}
	}
	done, err := work(states)
	if err != nil {
		return err
	}
	if m.fails != nil {
		return m.fails
	}
	for _, p := range done.Posted {
		if p.Again {
			continue
		}
		m.vouchers[p.Voucher.Book] = append(m.vouchers[p.Voucher.Book], p.Voucher)
		for _, c := range p.Changes {
			t := m.lines[c.Book][c.Line]
			t.Opening += c.Opening
			t.Debit[c.Month-1] += c.Debit
			t.Credit[c.Month-1] += c.Credit
			t.Carried += c.Carried
			m.lines[c.Book][c.Line] = t
		}
	}
	maps.Copy(m.years, done.Years)
	for book, openings := range done.Openings {
		for l, amount := range openings {
			t := m.lines[book][l]
			t.Opening = amount
			m.lines[book][l] = t
		}
	}
	return nil
}

func (m *memory) Whole(_ context.Context, book ledger.Book, _ policy.Year) (*ledger.State, error) {
	var all []ledger.Code
	for _, a := range m.chart.Accounts() {
		all = append(all, a.Code)
	}
	return m.load(ledger.Need{Book: book, Accounts: all}), nil
}

func (m *memory) Posted(_ context.Context, book ledger.Book, _ ledger.Span) ([]ledger.Voucher, error) {
	return m.vouchers[book], nil
}

// What a Service does on the parts it asks for is what Post does on whole books: the same vouchers, one after the other,
// through a store that gives nothing more, are accepted or refused alike and leave the same balances.
func TestServiceAsksForEnough(t *testing.T) {
	d := funded(t)
	chart, err := ledger.Standard()
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	kept := newMemory(t, chart, books(d)...)
	service := ledger.Service{Chart: chart, Store: kept}
	for _, b := range books(d) {
		for _, v := range posted(d.states[b]) {
			if _, err := service.Post(ctx, []ledger.Voucher{v}); err != nil {
				t.Fatal(say(t, err))
			}
		}
	}
	draw := func(id ledger.DocumentID, date policy.Date, amount money.Fen) []ledger.Voucher {
		i, err := ledger.Draw(pool.Reserve, pool.Resident, chengdu, 2025, amount, date, id)
		if err != nil {
			t.Fatal(err)
		}
		set, err := i.Settle(hands(date), ledger.Arrival{Receipt: id, Amount: amount})
		if err != nil {
			t.Fatal(err)
		}
		return set[:2]
	}
	spend := func(date policy.Date, amount money.Fen) []ledger.Voucher {
		return []ledger.Voucher{d.voucher(cityBook, date, debit("500101", amount), credit(ledger.FiscalAccount, amount))}
	}
	first := spend("2025-02-01", 100*yuan)
	sets := [][]ledger.Voucher{
		first, first, spend("2025-05-01", 880*yuan), spend("2025-03-01", 21*yuan),
		draw("d1", "2025-05-01", 150*yuan), draw("d2", "2025-03-01", 60*yuan), draw("d3", "2025-06-01", 50*yuan),
		spend("2025-06-01", 200*yuan), spend("2025-05-02", 21*yuan), spend("2024-05-02", 1),
	}
	var accepted []ledger.Voucher
	for i, set := range sets {
		want, wantErr := ledger.Post(d.states, set)
		got, err := service.Post(ctx, set)
		if (err == nil) != (wantErr == nil) || err == nil && got[0].Voucher.Ref() != want[0].Voucher.Ref() {
			t.Fatalf("set %d: %v, on whole books %v", i, err, wantErr)
		}
		if err == nil {
			accepted = append(accepted, got[0].Voucher)
		}
	}
	red := accepted[0].Reverse("2025-07-01", "red", accepted[0].Source, accepted[0].Summary, "a", "b")
	for i := range 2 {
		red.Key += "+"
		_, wantErr := ledger.Post(d.states, []ledger.Voucher{red})
		_, err := service.Post(ctx, []ledger.Voucher{red})
		if (err == nil) != (wantErr == nil) || (err == nil) != (i == 0) {
			t.Errorf("reversal %d: %v, %v", i, err, wantErr)
		}
	}
	same := func(what string) {
		t.Helper()
		for _, b := range books(d) {
			whole, err := kept.Whole(ctx, b, 2025)
			if err != nil {
				t.Fatal(err)
			}
			if differences := ledger.Compare(d.states[b], whole); len(differences) > 0 {
				t.Errorf("%s: %s: %v", what, b, differences)
			}
		}
	}
	same("posted")
	for m := time.January; m < time.December; m++ {
		_, err := service.Period(ctx, cityBook, ledger.CloseMonth, ledger.PeriodOrder{Year: 2025, Month: m, By: "chief", Today: later}, "")
		if wantErr := d.states[cityBook].CloseMonth(ledger.PeriodOrder{Year: 2025, Month: m, By: "chief", Today: later}); err != nil || wantErr != nil {
			t.Fatal(err, wantErr)
		}
	}
	if _, err := service.Period(ctx, cityBook, ledger.Reopen, ledger.PeriodOrder{Year: 2025, Month: 11, By: "chief", Today: later, Approver: "b", Reason: "r"}, ""); err != nil {
		t.Fatal(say(t, err))
	}
	if _, err := service.Period(ctx, cityBook, ledger.CloseMonth, ledger.PeriodOrder{Year: 2025, Month: 11, By: "chief", Today: later}, ""); err != nil {
		t.Fatal(say(t, err))
	}
	if _, err := service.Period(ctx, cityBook, ledger.OpenYear, ledger.PeriodOrder{Year: 2026, By: "chief", Today: later}, ""); err != nil {
		t.Fatal(say(t, err))
	}
	if err := d.states[cityBook].OpenYear(ledger.PeriodOrder{Year: 2026, By: "chief", Today: later}); err != nil {
		t.Fatal(say(t, err))
	}
	january := spend("2026-01-02", yuan) // paid out of what 2025 left
	if _, err := service.Post(ctx, january); err != nil {
		t.Fatal(say(t, err))
	}
	d.post(january...)
	if _, err := service.Period(ctx, cityBook, ledger.CloseYear, ledger.PeriodOrder{Year: 2025, By: "chief", Today: later}, "reviewer"); err != nil {
		t.Fatal(say(t, err))
	}
	if _, err := d.states[cityBook].CloseYear(ledger.PeriodOrder{Year: 2025, By: "chief", Today: later}, "reviewer"); err != nil {
		t.Fatal(say(t, err))
	}
	same("closed")
	_, err = service.Period(ctx, cityBook, "shake", ledger.PeriodOrder{Year: 2025, By: "chief", Today: later}, "")
	refused(t, err, "ledger.act_unknown", "")
	_, err = service.Period(ctx, ledger.AreaBook(pool.Resident, "510400"), ledger.CloseMonth, ledger.PeriodOrder{}, "")
	refused(t, err, "ledger.book_unknown", "")
	kept.fails = errors.New("disk full")
	if p, err := service.Post(ctx, spend("2026-01-03", 1)); err == nil || p != nil {
		t.Error("what was not kept was acknowledged")
	}
}

// posted gives a book's vouchers without their numbers, in the order of their keys.
func posted(s *ledger.State) []ledger.Voucher {
	var out []ledger.Voucher
	for _, e := range s.Entries {
		v := e.Voucher
		v.Word, v.Number = "", 0
		out = append(out, v)
	}
	return out
}
