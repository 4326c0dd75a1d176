package store

import (
	"bytes"
	"context"
	"slices"

	"tongchou/internal/benefit"
	"tongchou/internal/canon"
	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Settled (结算明细账) is a row of the sub-ledger: who bears what of a visit, in fen; Funds is what all funds pay. The row that undoes another mirrors it, with
// negative amounts. Seq orders the settlements of a person's year and insurance; Counted are those that the year's accumulators hold, and Before is what these
// were before it. County is where the person is insured, Clearing the kind of clearing (clr_type).
//
// 依据: YA-4.8.2
type Settled struct {
	Person      enrol.PersonNo
	ID, Visit   string
	Institution string
	County      region.Code
	Insurance   benefit.Insurance
	Clearing    string
	Year        policy.Year
	On          policy.Date
	Seq         int64
	Counted     bool
	Mirrors     string // the settlement it undoes
	UndoneBy    string // the row that undoes it
	Version     int64
	benefit.Scope
	Paid
	Before  benefit.Accumulators
	Content []byte
}

// Paid (各方支付) is who bears a bill, in fen.
type Paid struct {
	Basic, Catastrophic, Large, Aid, Other, Account, Family, Cash money.Fen
}

// Funds is what all funds pay: fund_pay_sumamt.
func (p *Paid) Funds() money.Fen { return p.Basic + p.Catastrophic + p.Large + p.Aid + p.Other }

var settlementTable = &table{name: "settlements", columns: append(slices.Concat(guardedSettlements.key, guardedSettlements.columns), "version")}

var settlementSelecting = guardedSettlements.selecting()

// amounts are the amounts of a row in the order of its columns.
func (s *Settled) amounts() []*money.Fen {
	return []*money.Fen{&s.Total, &s.SelfPaidWhole, &s.OverLimit, &s.SelfPaidFirst, &s.InScope, &s.Basic, &s.Catastrophic, &s.Large, &s.Aid, &s.Other, &s.Account, &s.Family, &s.Cash}
}

func (h *Handled) scanSettled(scan func(...any) error) (s Settled, err error) {
	var insurance string
	var year, counted int64
	var before, after, sealed []byte
	to := []any{(*int64)(&s.Person), &s.ID, &s.Visit, &s.Institution, (*string)(&s.County), &insurance, &s.Clearing, &year, (*string)(&s.On), &s.Seq, &counted, &s.Mirrors, &s.UndoneBy}
	for _, amount := range s.amounts() {
		to = append(to, (*int64)(amount))
	}
	if err := scan(append(to, &before, &after, &sealed, &s.Version)...); err != nil {
		return s, err
	}
	s.Year, s.Counted = policy.Year(year), counted == 1
	var known, sound bool
	s.Insurance, known = benefit.ParseInsurance(insurance)
	if s.Before, sound = readAccumulators(before); !known || !sound {
		return s, damaged("settlements", s.ID)
	}
	s.Content, err = h.keys.openText(sealedOf("settlement", s.Person, s.ID), sealed)
	return s, err
}

// AddSettlement (登记结算) writes a settlement, or the mirror of one, and what the year has used with it.
//
// 依据: YA-4.8.2
func (h *Handled) AddSettlement(s Settled, used benefit.Accumulators) error {
	if err := h.open(s.County, s.On); err != nil {
		return err
	}
	was, err := h.Accumulators(s.Person, s.Year, s.Insurance)
	if err != nil {
		return err
	}
	s.Seq = was.Version + 1 // no other row has it: what the year has used is used once
	values := []any{int64(s.Person), s.ID, s.Visit, s.Institution, string(s.County), s.Insurance.Code(), s.Clearing, int64(s.Year), string(s.On), s.Seq, flag(s.Counted), s.Mirrors, s.UndoneBy}
	for _, amount := range s.amounts() {
		values = append(values, int64(*amount))
	}
	values = append(values, accumulatorForm(&s.Before), accumulatorForm(&used), h.keys.sealText(sealedOf("settlement", s.Person, s.ID), s.Content), int64(1))
	was.Version, was.Accumulators = s.Seq, used
	h.learn(usedFact(s.Person, s.Year, s.Insurance), was)
	if err := h.put(guardedSettlements, settlementTable, values...); err != nil || s.Mirrors == "" {
		return err
	}
	h.wrote(guardedSettlements, int64(s.Person), s.Mirrors)
	return h.one("UPDATE settlements SET undone_by = $1, version = version + 1 WHERE person = $2 AND settlement = $3 AND undone_by = ''", s.ID, int64(s.Person), s.Mirrors)
}

// Settlement finds a row of the sub-ledger; false when there is none.
func (h *Handled) Settlement(person enrol.PersonNo, id string) (s Settled, found bool, err error) {
	err = h.reads([]string{settlementTable.name}, func(scan func(...any) error) error {
		found = true
		s, err = h.scanSettled(scan)
		return err
	}, settlementSelecting+" WHERE person = $1 AND settlement = $2"+h.g.s.engine.lock, int64(person), id)
	return s, found, err
}

// Since (某日以来的结算) gives a person's settlements of a day and later that stand, at whichever institutions.
//
// 依据: SC38-7.1
func (h *Handled) Since(person enrol.PersonNo, from policy.Date) (out []Settled, err error) {
	err = h.reads([]string{settlementTable.name}, func(scan func(...any) error) error {
		s, err := h.scanSettled(scan)
		out = append(out, s)
		return err
	}, settlementSelecting+" WHERE person = $1 AND settled_on >= $2 AND mirrors = '' AND undone_by = '' ORDER BY settlement", int64(person), string(from))
	return out, err
}

// Later (后续结算) names the settlements that used what one left of the year: those after it that count and are not undone, in their order.
//
// 依据: YA-4.8.2
func (h *Handled) Later(s *Settled) (ids []string, err error) {
	err = h.reads([]string{settlementTable.name}, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	}, "SELECT settlement FROM settlements WHERE person = $1 AND year = $2 AND insurance = $3 AND seq > $4 AND counted = 1 AND mirrors = '' AND undone_by = '' ORDER BY seq",
		int64(s.Person), int64(s.Year), s.Insurance.Code(), s.Seq)
	return ids, err
}

// Used (年度累计) is what a year of a person and insurance has used, which its last settlement says. Version is that settlement's place; 0 is a year without any.
//
// 依据: SC38-6.3
type Used struct {
	Person    enrol.PersonNo
	Year      policy.Year
	Insurance benefit.Insurance
	Version   int64
	benefit.Accumulators
}

// Accumulators finds what a year has used. When somebody else settles before the write ends, it is done again.
func (h *Handled) Accumulators(person enrol.PersonNo, year policy.Year, insurance benefit.Insurance) (u Used, err error) {
	if known, ok := h.Tx.recall(usedFact(person, year, insurance)); ok {
		return known.(Used), nil
	}
	u = Used{Person: person, Year: year, Insurance: insurance}
	err = h.peek([]string{settlementTable.name}, func(scan func(...any) error) error {
		var form []byte
		if err := scan(&u.Version, &form); err != nil {
			return err
		}
		var sound bool
		if u.Accumulators, sound = readAccumulators(form); !sound {
			return damaged("settlements", insurance.Code())
		}
		return nil
	}, "SELECT seq, after FROM settlements WHERE person = $1 AND year = $2 AND insurance = $3 ORDER BY seq DESC LIMIT 1", int64(person), int64(year), insurance.Code())
	if err == nil {
		h.learn(usedFact(person, year, insurance), u)
	}
	return u, err
}

// accumulatorForm is the one form of accumulators: numbers in a fixed order, lists with their length. What was added to them later stands there only where it is anything, so that forms
// that were kept before are as they would be written now.
func accumulatorForm(a *benefit.Accumulators) []byte {
	var w canon.Writer
	w.Number(int64(a.Admissions))
	for _, x := range []money.Fen{a.Basic, a.SelfPaid, a.Catastrophic, a.Aid, a.AidThreshold, a.Funds} {
		w.Number(int64(x))
	}
	for _, all := range [][]money.Fen{a.Deductible[:], a.BasicOf[:], used(a.Layers[:], firstLayers), used(a.OfDisease[:], 0)} {
		if len(all) == 0 {
			continue
		}
		w.Number(int64(len(all)))
		for _, x := range all {
			w.Number(int64(x))
		}
	}
	return w
}

// firstLayers is how many layers there were when accumulators were first kept, and whole how many lists.
const firstLayers, whole = 3, 3

// used is a list without the nothing at its end, but with its first members.
func used(all []money.Fen, first int) []money.Fen {
	n := len(all)
	for n > first && all[n-1] == 0 {
		n--
	}
	return all[:n]
}

func readAccumulators(form []byte) (a benefit.Accumulators, sound bool) {
	r := canon.NewReader(form)
	a.Admissions = int(r.Number())
	for _, x := range []*money.Fen{&a.Basic, &a.SelfPaid, &a.Catastrophic, &a.Aid, &a.AidThreshold, &a.Funds} {
		*x = money.Fen(r.Number())
	}
	for i, all := range [][]money.Fen{a.Deductible[:], a.BasicOf[:], a.Layers[:], a.OfDisease[:]} {
		if i == whole && r.Whole() {
			break
		}
		if n := r.Number(); n < 0 || n > int64(len(all)) {
			return a, false
		} else {
			for i := range n {
				all[i] = money.Fen(r.Number())
			}
		}
	}
	return a, r.Whole()
}

// Sums (对账汇总) are what an institution's settlements of some days come to: how many rows, and their amounts in fen. A row that undoes another takes its
// amounts away again.
//
// 依据: YA-4.8.2
type Sums struct {
	Rows                         int64
	Total, Funds, Accounts, Cash money.Fen
}

// Sums adds up the settlements of an institution from one day to another, of one insurance and kind of clearing. Undone alone are rows that undo others.
func (h *Handled) Sums(institution string, from, to policy.Date, insurance benefit.Insurance, clearing string, undoing bool) (s Sums, err error) {
	which := "mirrors = ''"
	if undoing {
		which = "mirrors <> ''"
	}
	err = h.reads([]string{settlementTable.name}, func(scan func(...any) error) error {
		return scan(&s.Rows, (*int64)(&s.Total), (*int64)(&s.Funds), (*int64)(&s.Accounts), (*int64)(&s.Cash))
	}, `SELECT COUNT(*), CAST(COALESCE(SUM(total), 0) AS BIGINT), CAST(COALESCE(SUM(basic + catastrophic + large + aid + other), 0) AS BIGINT),
CAST(COALESCE(SUM(account + family), 0) AS BIGINT), CAST(COALESCE(SUM(cash), 0) AS BIGINT)
FROM settlements WHERE institution = $1 AND settled_on >= $2 AND settled_on <= $3 AND insurance = $4 AND clearing = $5 AND `+which,
		institution, string(from), string(to), insurance.Code(), clearing)
	return s, err
}

// verifySettlements goes through the settlements of every year in their order: each begins with what the one before it left, and what they leave is what funds paid.
//
// 依据: YA-4.8.2
func (s *Store) verifySettlements(ctx context.Context) error {
	var last settledYear
	return s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error { return last.next(scan) },
			"SELECT person, year, insurance, seq, basic, catastrophic + large, aid, before, after FROM settlements ORDER BY person, year, insurance, seq")
	})
}

// settledYear is how far the settlements of a year were gone through.
type settledYear struct {
	person, year, seq        int64
	insurance                string
	basic, catastrophic, aid int64
	after                    []byte
}

func (y *settledYear) next(scan func(...any) error) error {
	var at settledYear
	var before []byte
	if err := scan(&at.person, &at.year, &at.insurance, &at.seq, &at.basic, &at.catastrophic, &at.aid, &before, &at.after); err != nil {
		return err
	}
	first := y.person != at.person || y.year != at.year || y.insurance != at.insurance
	if first {
		*y = settledYear{after: accumulatorForm(new(benefit.Accumulators))}
	}
	at.basic, at.catastrophic, at.aid = at.basic+y.basic, at.catastrophic+y.catastrophic, at.aid+y.aid
	a, sound := readAccumulators(at.after)
	if !sound || at.seq != y.seq+1 || !bytes.Equal(before, y.after) || int64(a.Basic) != at.basic || int64(a.Catastrophic) != at.catastrophic || int64(a.Aid) != at.aid {
		return fault.New(fault.Refused, "store.verify_accumulators", "person", at.person, "year", at.year, "insurance", at.insurance)
	}
	*y = at
	return nil
}
