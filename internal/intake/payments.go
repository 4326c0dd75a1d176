package intake

import (
	"cmp"
	"maps"
	"slices"

	"tongchou/internal/enrol"
	"tongchou/internal/exchange/people"
	"tongchou/internal/fault"
	"tongchou/internal/store"
)

// payments matches rows of payments with what is due.
func (c *chunk) payments(rows []people.ReportRow) error {
	keys := make([][12]byte, len(rows))
	for i := range rows {
		keys[i] = c.h.PaymentKey(rows[i].Report)
	}
	known, err := c.h.KnownPayments(keys)
	if err != nil {
		return err
	}
	var fresh []int
	var reports []enrol.Report
	for i := range rows {
		k, is := known[keys[i]]
		if id := string(keys[i][:]); c.o.Preview && !is {
			c.seen[id] = true
			if c.before[id] {
				c.out.Repeated++
				c.out.Known += rows[i].Tax.Shares.Total()
				continue
			}
		}
		if !is {
			known[keys[i]] = store.TaxPayment{Source: c.h.Source(), Row: rows[i].Row, Shares: rows[i].Tax.Shares}
			fresh, reports = append(fresh, i), append(reports, rows[i].Report)
			continue
		}
		c.knownPayment(rows[i], k)
	}
	matched, err := c.h.Match(reports)
	if err != nil {
		return err
	}
	var persons []enrol.PersonNo
	for _, m := range matched {
		if m.Mine {
			persons = append(persons, m.No)
		}
	}
	held, err := c.h.HeldFor(persons)
	if err != nil {
		return err
	}
	for n, i := range fresh {
		if err := c.payment(rows[i], keys[i], matched[n], held); err != nil {
			return err
		}
	}
	return c.h.FileWork(c.works...)
}

// knownPayment counts a payment that was reported before: by this file when it was interrupted, else by another. One that now has another amount is
// refused.
func (c *chunk) knownPayment(row people.ReportRow, k store.TaxPayment) {
	total := row.Tax.Shares.Total()
	switch {
	case k.Shares != row.Tax.Shares:
		c.refused[row.Row] = []fault.Problem{{File: c.result.File.Name, Row: int(row.Row), Column: "receipt", Value: row.Tax.Receipt,
			Message: fault.Msg("exchange.report.receipt_differs", "value", row.Tax.Receipt, "before", k.Shares.Total(), "now", total)}}
		c.out.Refused++
		c.out.Unread += total
	case k.Source == c.h.Source() && k.Row == row.Row:
		c.out.Posted += k.Posted
		c.out.Excess += k.Excess
		c.out.Held += k.Held
		if k.Posted == total {
			c.out.Applied++
		} else if c.h.Within(k.County) {
			c.out.Filed++
		} else {
			c.out.Routed++
		}
	default:
		c.out.Repeated++
		c.out.Known += total
	}
}

// payment handles one payment.
func (c *chunk) payment(row people.ReportRow, key [12]byte, m store.Matched, held map[enrol.PersonNo][]store.TaxPayment) error {
	w := store.Work{ID: c.h.WorkID(row.Report), Division: c.divisionOf(row.Report, m), Matter: row.Matter, Likeness: m.Likeness, Person: number(m), Row: row.Row, State: store.WorkOpen, Report: row.Report}
	p := store.TaxPayment{Key: key, Row: row.Row, County: w.Division, Person: w.Person, Insurance: row.Tax.Insurance, Year: row.Tax.Year(), Month: month(row.Tax), On: row.On, Shares: row.Tax.Shares}
	total := row.Tax.Shares.Total()
	switch {
	case m.Found && m.Mine && m.Likeness.Sure():
		s, err := c.settle(row, &p, m, held)
		if err != nil {
			return err
		}
		w.Step, w.Amount = s.Outcome.Step(), s.Excess+s.Held
	case m.Found && !m.Likeness.Sure():
		w.Step, w.Amount, p.Held = enrol.LookAt, total, total
	default:
		w.Step, w.Amount, p.Held = enrol.PostPayment, total, total
	}
	c.out.Posted += p.Posted
	c.out.Excess += p.Excess
	c.out.Held += p.Held
	c.h.SavePayment(p)
	switch {
	case w.Step == enrol.NoStep:
		c.out.Applied++
		return nil
	case c.h.Within(w.Division):
		c.out.Filed++
	default:
		c.out.Routed++
	}
	c.works = append(c.works, w)
	return nil
}

// settle posts a payment of somebody who is known, with what was held for the same period before.
func (c *chunk) settle(row people.ReportRow, p *store.TaxPayment, m store.Matched, held map[enrol.PersonNo][]store.TaxPayment) (enrol.Settlement, error) {
	before, sum := together(held[m.No], p)
	s := m.File.Settle(row.Tax, row.On, sum, c.o.Standards)
	p.Posted, p.Excess, p.Held = s.Posted, s.Excess, s.Held
	if s.WithBefore {
		p.Posted = row.Tax.Shares.Total() - s.Excess
		for _, b := range before {
			if err := c.h.Move(b.Key, m.No, b.Held, 0); err != nil {
				return s, err
			}
			if err := c.h.CloseWork(b.Source, b.Row, enrol.PostPayment, row.Tax.Receipt); err != nil {
				return s, err
			}
		}
		held[m.No] = nil
	}
	if s.Held > 0 {
		short := *p
		short.Source = c.h.Source()
		held[m.No] = append(held[m.No], short)
	}
	if len(s.Facts) > 0 {
		return s, c.h.Append(m.No, s.Facts...)
	}
	return s, nil
}

// together gives the payments held for the same insurance and period as one, and their shares.
func together(held []store.TaxPayment, p *store.TaxPayment) (before []store.TaxPayment, sum enrol.Shares) {
	for _, b := range held {
		if b.Insurance == p.Insurance && b.Year == p.Year && b.Month == p.Month && b.Key != p.Key {
			before = append(before, b)
			for payer := range sum {
				sum[payer] += b.Shares[payer]
			}
		}
	}
	return before, sum
}

// month is the month a payment is for; 0 of a whole year.
func month(t enrol.TaxReturn) int {
	if t.Insurance == enrol.Resident || len(t.Period.From) < len("2026-01") {
		return 0
	}
	return int(t.Period.From[5]-'0')*10 + int(t.Period.From[6]-'0')
}

// Collections (征缴率) computes what is due and was paid for a year, by county and insurance, over the files of a scope.
type Collections map[enrol.CollectionKey]enrol.Collection

// Keys lists the counties and insurances in order.
func (c Collections) Keys() []enrol.CollectionKey {
	return slices.SortedFunc(maps.Keys(c), func(a, b enrol.CollectionKey) int {
		return cmp.Or(cmp.Compare(a.Area, b.Area), cmp.Compare(a.Insurance, b.Insurance))
	})
}

// Sum adds up what holds for keys that are asked for.
func (c Collections) Sum(want func(enrol.CollectionKey) bool) (sum enrol.Collection) {
	for key, one := range c {
		if want(key) {
			sum.Add(one)
		}
	}
	return sum
}
