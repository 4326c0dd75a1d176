package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"

	"tongchou/internal/exchange"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/remit"
	"tongchou/internal/store"
)

// offsiteModel is a year of off-site clearing: its months, what every city put in and got, and what is disputed (异地清算).
type offsiteModel struct {
	Year     policy.Year
	Years    []stateChoice
	Months   []offsiteMonth
	Cities   []offsiteCity
	Open     []offsiteDispute
	Total    offsiteCity
	OpenSum  string
	MayPlan  bool
	Province bool // the reader sees the province's clearing sheets
}

// offsiteMonth is a month that was approved, in fen.
type offsiteMonth struct {
	Month                          int
	Path                           string
	Claimed, Confirmed, Difference money.Fen
	Up, Down                       owedPaid
	Net, Done                      bool
}

// way names how the month was cleared: both ways in full, or set off.
func (m offsiteMonth) way() string {
	if m.Net {
		return "web.offsite.way.net"
	}
	return "web.offsite.way.full"
}

// owedPaid is what is to be paid and what was, in fen.
type owedPaid struct{ Owed, Paid money.Fen }

func (o *owedPaid) add(i ledger.Standing) {
	o.Owed += i.Amount
	o.Paid += i.Paid
}

// offsiteCity is what a city paid ahead, was entrusted with, owes for its people and is owed for care.
type offsiteCity struct {
	Name                             string
	Deposit, Entrusted, Owes, IsOwed owedPaid
}

func (c *offsiteCity) add(i ledger.Standing) {
	switch i.Kind {
	case ledger.DepositUp:
		c.Deposit.add(i)
	case ledger.DepositDown:
		c.Entrusted.add(i)
	case ledger.OffsiteUp:
		c.Owes.add(i)
	case ledger.OffsiteDown:
		c.IsOwed.add(i)
	}
}

// offsiteDispute is what a place of care claimed of a place of insurance and was never confirmed.
type offsiteDispute struct {
	Home, Place string
	Amount      money.Fen
}

func (m *moneyDesk) offsite(f *frame, w http.ResponseWriter, r *http.Request) error {
	v, err := m.offsiteModel(f, r)
	if err != nil {
		return err
	}
	return f.render(w, r, http.StatusOK, offsitePage(f, v))
}

func (m *moneyDesk) offsiteModel(f *frame, r *http.Request) (offsiteModel, error) {
	v := offsiteModel{Year: yearNumber(f.seen.Get("fy")), MayPlan: m.mayPlan(f), Province: f.subject.Division == f.province()}
	items, err := m.Store.Items(r.Context(), f.own(), store.ItemQuery{Insurance: f.insurance})
	if err != nil {
		return v, err
	}
	items = slices.DeleteFunc(items, func(i ledger.Standing) bool {
		return !slices.Contains([]ledger.ItemKind{ledger.DepositUp, ledger.DepositDown, ledger.OffsiteUp, ledger.OffsiteDown}, i.Kind)
	})
	v.years(items, policy.Year(m.Now().Year()))
	var months []remit.OffsiteMonth
	if v.Province {
		if months, err = m.service.OffsiteMonths(r.Context(), f.own(), f.insurance); err != nil {
			return v, err
		}
	}
	v.cities(f, items)
	v.months(f, months, items)
	v.disputes(f, months)
	return v, nil
}

// years are those that something was cleared in, and this one; the latest is shown when none is asked for.
func (v *offsiteModel) years(items []ledger.Standing, now policy.Year) {
	all := []policy.Year{now}
	for _, i := range items {
		all = append(all, i.Year)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	slices.Reverse(all)
	if !slices.Contains(all, v.Year) {
		v.Year = all[0]
	}
	for _, y := range all {
		v.Years = append(v.Years, stateChoice{strconv.Itoa(int(y)), strconv.Itoa(int(y))})
	}
}

func (v *offsiteModel) cities(f *frame, items []ledger.Standing) {
	of := map[region.Code]*offsiteCity{}
	var order []region.Code
	for _, i := range items {
		if i.Year != v.Year {
			continue
		}
		code := i.City()
		if of[code] == nil {
			of[code] = &offsiteCity{Name: f.Division(code)}
			order = append(order, code)
		}
		of[code].add(i)
		v.Total.add(i)
	}
	slices.Sort(order)
	for _, code := range order {
		v.Cities = append(v.Cities, *of[code])
	}
	v.Total.Name = f.T("web.total")
}

func (v *offsiteModel) months(f *frame, months []remit.OffsiteMonth, items []ledger.Standing) {
	for _, x := range months {
		if x.Year != v.Year {
			continue
		}
		row := offsiteMonth{Month: int(x.Month), Path: f.link("/pool/runs/" + string(x.Document)), Claimed: x.Claimed, Confirmed: x.Confirmed, Difference: x.Difference(), Net: x.Net, Done: true}
		for _, i := range items {
			if i.Batch != ledger.DocumentID(x.Document) {
				continue
			}
			if i.Kind == ledger.OffsiteUp {
				row.Up.add(i)
			} else {
				row.Down.add(i)
			}
			row.Done = row.Done && i.Open() == 0
		}
		v.Months = append(v.Months, row)
	}
}

// disputes are of all years: what is open does not end with one.
func (v *offsiteModel) disputes(f *frame, months []remit.OffsiteMonth) {
	open := remit.Disputed(months)
	var pairs []remit.Pair
	var sum money.Fen
	for p, amount := range open {
		pairs = append(pairs, p)
		sum += amount
	}
	slices.SortFunc(pairs, func(a, b remit.Pair) int { return cmp.Or(cmp.Compare(a.Home, b.Home), cmp.Compare(a.Place, b.Place)) })
	for _, p := range pairs {
		v.Open = append(v.Open, offsiteDispute{f.Division(p.Home), f.Division(p.Place), open[p]})
	}
	v.OpenSum = f.exact(sum)
}

func (m *moneyDesk) offsiteExport(f *frame, w http.ResponseWriter, r *http.Request) error {
	v, err := m.offsiteModel(f, r)
	if err != nil {
		return err
	}
	heads := func(names ...string) []string {
		out := make([]string, len(names))
		for i, n := range names {
			out[i] = f.T("web.offsite." + n)
		}
		return out
	}
	months := exchange.Table{Sheet: f.T("web.offsite.months"), Wide: 1, Heads: heads("month", "claimed", "confirmed", "difference", "up", "up_paid", "down", "down_paid", "way")}
	for _, x := range v.Months {
		months.Rows = append(months.Rows, []exchange.TableCell{exchange.TextCell(strconv.Itoa(x.Month)), exchange.AmountCell(x.Claimed), exchange.AmountCell(x.Confirmed), exchange.AmountCell(x.Difference),
			exchange.AmountCell(x.Up.Owed), exchange.AmountCell(x.Up.Paid), exchange.AmountCell(x.Down.Owed), exchange.AmountCell(x.Down.Paid), exchange.TextCell(f.T(x.way()))})
	}
	cities := exchange.Table{Sheet: f.T("web.offsite.cities"), Wide: 1, Heads: heads("city", "deposit", "deposit_paid", "entrusted", "entrusted_paid", "up", "up_paid", "down", "down_paid")}
	for _, c := range append(v.Cities, v.Total) {
		row := []exchange.TableCell{exchange.TextCell(c.Name)}
		for _, x := range []owedPaid{c.Deposit, c.Entrusted, c.Owes, c.IsOwed} {
			row = append(row, exchange.AmountCell(x.Owed), exchange.AmountCell(x.Paid))
		}
		cities.Rows = append(cities.Rows, row)
	}
	disputes := exchange.Table{Sheet: f.T("web.offsite.disputes"), Wide: 1, Heads: heads("home", "place", "difference")}
	for _, d := range v.Open {
		disputes.Rows = append(disputes.Rows, []exchange.TableCell{exchange.TextCell(d.Home), exchange.TextCell(d.Place), exchange.AmountCell(d.Amount)})
	}
	return m.workbook(f, w, "offsite", strconv.Itoa(int(v.Year))+"-"+string(f.insurance), []exchange.Table{months, cities, disputes})
}
