package store

import (
	"context"
	"encoding/hex"
	"slices"

	"github.com/emmansun/gmsm/sm3"

	"tongchou/internal/canon"
	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// TaxPayment (税务缴费明细) is what the tax department reported as paid, and what became of it: Posted, Excess (to be given back) and Held add up to
// its shares. Person is 0 when nobody was found. Row is its row in the file.
//
// 依据: SCE-9.1
type TaxPayment struct {
	Key                  [documentKeySize]byte
	Source               enrol.Source
	Row                  int64
	County               region.Code
	Person               enrol.PersonNo
	Insurance            enrol.Insurance
	Year                 policy.Year
	Month                int
	On                   policy.Date
	Shares               enrol.Shares
	Posted, Excess, Held money.Fen
}

const taxColumns = "key, source, row, county, person, insurance, year, month, paid_on, person_share, employer_share, fund_share, posted, excess, held"

var (
	taxTable = &table{name: "tax_payments", columns: list("key source row county person insurance year month paid_on person_share employer_share fund_share posted excess held")}
	lotTable = &table{name: "tax_lots", columns: list("source first_row last_row count amount digest")}
)

func (p *TaxPayment) values(values []any) []any {
	return append(values, p.Key[:], int64(p.Source), p.Row, string(p.County), int64(p.Person), int64(p.Insurance), int64(p.Year), int64(p.Month), string(p.On),
		int64(p.Shares[enrol.Person]), int64(p.Shares[enrol.Employer]), int64(p.Shares[enrol.UnemploymentFund]), int64(p.Posted), int64(p.Excess), int64(p.Held))
}

func scanTaxPayment(scan func(...any) error) (p TaxPayment, err error) {
	var key []byte
	var source, person, insurance, year, month int64
	err = scan(&key, &source, &p.Row, (*string)(&p.County), &person, &insurance, &year, &month, (*string)(&p.On), (*int64)(&p.Shares[enrol.Person]), (*int64)(&p.Shares[enrol.Employer]),
		(*int64)(&p.Shares[enrol.UnemploymentFund]), (*int64)(&p.Posted), (*int64)(&p.Excess), (*int64)(&p.Held))
	copy(p.Key[:], key)
	p.Source, p.Person, p.Insurance, p.Year, p.Month = enrol.Source(source), enrol.PersonNo(person), enrol.Insurance(insurance), policy.Year(year), int(month)
	return p, err
}

// reported is what of a payment never changes, for the digest of its lot. Who it was found to be about may.
func (p *TaxPayment) reported(w *canon.Writer) {
	w.Text(string(p.Key[:]))
	w.Number(p.Row)
	w.Text(string(p.County))
	for _, n := range []int64{int64(p.Insurance), int64(p.Year), int64(p.Month)} {
		w.Number(n)
	}
	w.Text(string(p.On))
	for _, payer := range []enrol.Payer{enrol.Person, enrol.Employer, enrol.UnemploymentFund} {
		w.Number(int64(p.Shares[payer]))
	}
}

// SavePayment (登记缴费明细) keeps a payment at the end of the write.
func (h *Handling) SavePayment(p TaxPayment) {
	p.Source = h.source
	h.paid = append(h.paid, p)
}

// savePayments writes the payments of a write and the lot they make.
func (h *Handling) savePayments() error {
	if len(h.paid) == 0 {
		return nil
	}
	slices.SortFunc(h.paid, func(a, b TaxPayment) int { return int(a.Row - b.Row) })
	values := make([]any, 0, len(h.paid)*len(taxTable.columns))
	lot := newLot(h.source)
	for i := range h.paid {
		values = h.paid[i].values(values)
		lot.add(&h.paid[i])
	}
	if err := h.tx.insert(taxTable, values); err != nil {
		return err
	}
	h.tx.wrote(guardedLots, int64(h.source), lot.first)
	h.paid = nil
	return h.tx.insert(lotTable, []any{int64(h.source), lot.first, lot.last, lot.count, int64(lot.amount), lot.digest()})
}

// lot is a run of payments of a file by row.
type lot struct {
	source             enrol.Source
	first, last, count int64
	amount             money.Fen
	form               canon.Writer
	sum                []byte
}

func newLot(source enrol.Source) *lot { return &lot{source: source} }

func (l *lot) add(p *TaxPayment) {
	if l.count == 0 {
		l.first = p.Row
	}
	l.last = p.Row
	l.count++
	l.amount += p.Shares.Total()
	l.form = l.form[:0]
	p.reported(&l.form)
	sum := sm3.Sum(append(l.sum, l.form...))
	l.sum = sum[:]
}

func (l *lot) digest() string { return hex.EncodeToString(l.sum) }

// KnownPayments gives those of some payments that were reported before.
func (h *Handling) KnownPayments(keys [][documentKeySize]byte) (map[[documentKeySize]byte]TaxPayment, error) {
	known := map[[documentKeySize]byte]TaxPayment{}
	for some := range slices.Chunk(keys, mostRows) {
		args := make([]any, 0, mostRows)
		for _, key := range padded(some) {
			args = append(args, key[:])
		}
		if err := h.tx.reads(nil, func(scan func(...any) error) error {
			p, err := scanTaxPayment(scan)
			known[p.Key] = p
			return err
		}, "SELECT "+taxColumns+" FROM tax_payments WHERE key IN ("+places(len(args))+")", args...); err != nil {
			return nil, err
		}
	}
	return known, nil
}

// HeldFor gives what is held of some persons.
func (h *Handling) HeldFor(persons []enrol.PersonNo) (map[enrol.PersonNo][]TaxPayment, error) {
	out := map[enrol.PersonNo][]TaxPayment{}
	for some := range slices.Chunk(persons, mostRows) {
		args := make([]any, 0, mostRows)
		for _, no := range padded(some) {
			args = append(args, int64(no))
		}
		if err := h.tx.held(out, "person IN ("+places(len(args))+")", args); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// HeldOf gives what is held of a person.
func (t *Tx) HeldOf(no enrol.PersonNo) ([]TaxPayment, error) {
	out := map[enrol.PersonNo][]TaxPayment{}
	err := t.held(out, "person = $1", []any{int64(no)})
	return out[no], err
}

func (t *Tx) held(out map[enrol.PersonNo][]TaxPayment, which string, args []any) error {
	return t.reads(nil, func(scan func(...any) error) error {
		p, err := scanTaxPayment(scan)
		out[p.Person] = append(out[p.Person], p)
		return err
	}, "SELECT "+taxColumns+" FROM tax_payments WHERE held > 0 AND "+which+" ORDER BY source, row", args...)
}

// MovePayment (缴费改记) says what became of money that was held, and of whom it is. Amounts that do not add up to the payment are refused by the database.
func (t *Tx) MovePayment(key [documentKeySize]byte, person enrol.PersonNo, posted, excess money.Fen) error {
	return t.one("UPDATE tax_payments SET person = $1, posted = $2, excess = $3, held = 0 WHERE key = $4 AND held > 0", int64(person), int64(posted), int64(excess), key[:])
}

// Move is MovePayment within a handling.
func (h *Handling) Move(key [documentKeySize]byte, person enrol.PersonNo, posted, excess money.Fen) error {
	return h.tx.MovePayment(key, person, posted, excess)
}

// PaymentKey is by what a payment is known; see Handling.PaymentKey.
func (p People) PaymentKey(r enrol.Report) [documentKeySize]byte {
	return paymentKey(p.preparer.blinder, r)
}

// dropLots takes away what the chain knows a file's payments by.
func (t *Tx) dropLots(source enrol.Source) error {
	var firsts []int64
	if err := t.reads(nil, func(scan func(...any) error) error {
		var first int64
		err := scan(&first)
		firsts = append(firsts, first)
		return err
	}, "SELECT first_row FROM tax_lots WHERE source = $1", int64(source)); err != nil {
		return err
	}
	for _, first := range firsts {
		t.wrote(guardedLots, int64(source), first)
	}
	_, err := t.exec("DELETE FROM tax_lots WHERE source = $1", int64(source))
	return err
}

// verifyPayments compares every lot with its payments.
//
// 依据: SCE-9.1
func (s *Store) verifyPayments(ctx context.Context) error {
	type kept struct {
		source, first, last, count, amount int64
		digest                             string
	}
	return s.read(ctx, func(l *link) error {
		var lots []kept
		if err := l.querier(ctx)(func(scan func(...any) error) error {
			var r kept
			err := scan(&r.source, &r.first, &r.last, &r.count, &r.amount, &r.digest)
			lots = append(lots, r)
			return err
		}, "SELECT source, first_row, last_row, count, amount, digest FROM tax_lots ORDER BY source, first_row"); err != nil {
			return err
		}
		var rows int64
		for _, r := range lots {
			now := newLot(enrol.Source(r.source))
			if err := l.querier(ctx)(func(scan func(...any) error) error {
				p, err := scanTaxPayment(scan)
				now.add(&p)
				return err
			}, "SELECT "+taxColumns+" FROM tax_payments WHERE source = $1 AND row >= $2 AND row <= $3 ORDER BY row", r.source, r.first, r.last); err != nil {
				return err
			}
			rows += now.count
			if now.count != r.count || int64(now.amount) != r.amount || now.digest() != r.digest {
				return fault.New(fault.Refused, "store.verify_payments", "source", r.source, "from", r.first, "to", r.last)
			}
		}
		var all int64
		if err := l.querier(ctx)(func(scan func(...any) error) error { return scan(&all) }, "SELECT COUNT(*) FROM tax_payments"); err != nil {
			return err
		}
		if all != rows {
			return fault.New(fault.Refused, "store.verify_payments_count", "count", all-rows)
		}
		return nil
	})
}
