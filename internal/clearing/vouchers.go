package clearing

import (
	"fmt"

	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// Document names the closing of a month as the document its vouchers are booked by.
func (m Month) Document() ledger.DocumentID {
	return ledger.DocumentID(fmt.Sprintf("clearing/%s/%04d-%02d", m.Area, m.Year, int(m.Month)))
}

// owed and due are the memo accounts that a layer stands on: what institutions are owed, and what is due from those whose money it is.
func (l Layer) owed() ledger.Code {
	return [layers]ledger.Code{ledger.OwesBasic, ledger.OwesSerious, ledger.OwesLarge, ledger.OwesAid, ledger.OwesOther, ledger.OwesAccounts}[l]
}

func (l Layer) due() ledger.Code {
	return [layers]ledger.Code{ledger.MemoContra, ledger.MemoContra, ledger.LargeDue, ledger.AidDue, ledger.OtherDue, ledger.AccountsDue}[l]
}

// Vouchers (月结记账凭证) are what a month of an area is booked as, on memo accounts, because on a cash basis what is owed stands in no other: for every institution and
// insurance type what it is owed, layer by layer, for the area's own persons, who bears it, and for others', what is due in the clearing between areas; and for every
// other area what the own persons' care there is owed. Each lies in the book of its insurance type.
//
// 依据: SC38-4.5, SCE-7.2, YA-4.4.3
func (m Month) Vouchers(sums []Sum, on policy.Date) []ledger.Voucher {
	var out []ledger.Voucher
	add := func(i pool.Insurance, of, summary string, b *entry) {
		if len(b.postings) == 0 {
			return
		}
		h := m.hands(on)
		out = append(out, ledger.Voucher{Book: ledger.AreaBook(i, m.Area), Date: on, Kind: ledger.Ordinary, Postings: b.balanced(),
			Summary: ledger.Summary{Key: summary, Year: m.Year, Insurance: i, Division: b.other},
			Source:  ledger.Source{Kind: ledger.FromDocument, ID: m.Document()}, Maker: h.Maker, Reviewer: h.Reviewer, Key: ledger.Key(string(m.Document()) + "/" + string(i) + "/" + of)})
	}
	for _, group := range grouped(sums, func(s Sum) (Kind, bool) {
		return Kind{Institution: s.Institution, Insurance: s.Insurance}, s.Place == m.Area
	}) {
		add(group[0].Insurance, group[0].Institution, "ledger.summary.clearing_institution", m.institution(group))
	}
	for _, group := range grouped(sums, func(s Sum) (Kind, bool) {
		return Kind{Place: s.Place, Insurance: s.Insurance}, s.Home == m.Area && s.Place != m.Area
	}) {
		add(group[0].Insurance, "offsite/"+string(group[0].Place), "ledger.summary.clearing_offsite", m.elsewhere(group))
	}
	return out
}

// grouped gives the sums that belong, in groups of the same kind, in order.
func grouped(sums []Sum, by func(Sum) (Kind, bool)) [][]Sum {
	var order []Kind
	groups := map[Kind][]Sum{}
	for _, s := range sums {
		k, belongs := by(s)
		if !belongs {
			continue
		}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], s)
	}
	out := make([][]Sum, len(order))
	for i, k := range order {
		out[i] = groups[k]
	}
	return out
}

// institution is what an institution of the area is owed, for the area's own persons and for others'.
func (m Month) institution(group []Sum) *entry {
	var b entry
	var own, others Paid
	for _, s := range group {
		if s.Home == m.Area {
			own.add(s.Paid)
		} else {
			others.add(s.Paid)
		}
	}
	b.bear(own)
	b.put(ledger.OffsiteDue, m.clearing(group[0].Insurance), others.Sum())
	for _, l := range Layers() {
		b.put(l.owed(), ledger.Dimensions{Institution: ledger.Institution(group[0].Institution)}, -(own[l] + others[l]))
	}
	b.other = m.Area
	return &b
}

// elsewhere is what the area's own persons cost in another area.
func (m Month) elsewhere(group []Sum) *entry {
	var paid Paid
	for _, s := range group {
		paid.add(s.Paid)
	}
	b := entry{other: group[0].Place}
	b.bear(paid)
	b.put(ledger.OwesOffsite, m.clearing(group[0].Insurance), -paid.Sum())
	return &b
}

func (m Month) clearing(i pool.Insurance) ledger.Dimensions {
	return ledger.Dimensions{Counter: ledger.ClearingBook(i, m.Area.Province())}
}

// entry is a voucher being made; debits are positive. other is what area its summary names.
type entry struct {
	postings []ledger.Posting
	contra   money.Fen // what the pooled fund bears itself
	other    region.Code
}

// bear debits who bears what is owed.
func (b *entry) bear(p Paid) {
	b.contra += p.Own()
	for _, l := range Layers() {
		if !l.Own() {
			b.put(l.due(), ledger.Dimensions{}, p[l])
		}
	}
}

func (b *entry) put(account ledger.Code, d ledger.Dimensions, amount money.Fen) {
	switch {
	case amount > 0:
		b.postings = append(b.postings, ledger.Posting{Account: account, Dimensions: d, Side: ledger.Debit, Amount: amount})
	case amount < 0:
		b.postings = append(b.postings, ledger.Posting{Account: account, Dimensions: d, Side: ledger.Credit, Amount: -amount})
	}
}

// balanced are the postings with what the pooled fund bears against them.
func (b *entry) balanced() []ledger.Posting {
	b.put(ledger.MemoContra, ledger.Dimensions{}, b.contra)
	return b.postings
}

// Booked (入账核对) is what vouchers of months hold as owed to institutions, by institution, insurance type and layer, and as owed between areas, in fen: what must be the
// sums of the sub-ledger.
//
// 依据: YA-4.8.2
type Booked struct {
	Owed         map[Kind]Paid // Institution and Insurance alone
	Due, Offsite map[pool.Insurance]money.Fen
	FromOthers   map[pool.Insurance]Paid
	Contra       money.Fen // what pooled funds bear themselves
}

// Read adds up what vouchers of months hold.
func Read(vouchers []ledger.Voucher) Booked {
	b := Booked{Owed: map[Kind]Paid{}, Due: map[pool.Insurance]money.Fen{}, Offsite: map[pool.Insurance]money.Fen{}, FromOthers: map[pool.Insurance]Paid{}}
	for _, v := range vouchers {
		for _, p := range v.Postings {
			b.read(v.Book.Insurance, p)
		}
	}
	return b
}

func (b *Booked) read(i pool.Insurance, p ledger.Posting) {
	amount := p.Amount
	if p.Side == ledger.Credit {
		amount = -amount
	}
	switch p.Account {
	case ledger.OffsiteDue:
		b.Due[i] += amount
	case ledger.OwesOffsite:
		b.Offsite[i] -= amount
	case ledger.MemoContra:
		b.Contra += amount
	}
	for _, l := range Layers() {
		if p.Account == l.owed() {
			k := Kind{Institution: string(p.Institution), Insurance: i}
			paid := b.Owed[k]
			paid[l] -= amount
			b.Owed[k] = paid
		}
		if !l.Own() && p.Account == l.due() {
			paid := b.FromOthers[i]
			paid[l] += amount
			b.FromOthers[i] = paid
		}
	}
}
