// Package clearing adds settlements up to what is owed (医疗费用清算): by day, and by month for each pooling area, and says what of it is booked. It does no I/O.
//
// 依据: YA-4.8.2
package clearing

import (
	"cmp"
	"slices"
	"time"

	"tongchou/internal/canon"
	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// Layer (支付层次) is who pays a part of a bill beside the person himself.
type Layer uint8

// The layers.
const (
	Basic    Layer = iota // 基本医保统筹基金
	Serious               // 大病保险
	Large                 // 职工大额医疗补助
	Aid                   // 医疗救助
	Other                 // 公务员补助等其他补充保障
	Accounts              // 个人账户，含近亲属共济
	layers
)

// Layers lists the layers.
func Layers() []Layer { return []Layer{Basic, Serious, Large, Aid, Other, Accounts} }

var layerNames = [layers]string{"basic", "serious", "large", "aid", "other", "accounts"}

// String is the layer's name in files and keys of texts.
func (l Layer) String() string { return layerNames[l] }

// Name (支付层次) is the layer in words.
func (l Layer) Name() fault.Message { return fault.Msg("clearing.layer." + l.String()) }

// Own tells whether the book of the pooled fund bears a layer itself. Large amounts, aid, supplements and personal accounts are money of others (假设: the
// documents ask for one bill, and are silent on whose books its parts stand in): the book holds them as due from these.
//
// 依据: YA-4.1.2, YA-4.4.3
func (l Layer) Own() bool { return l == Basic || l == Serious }

// Paid (各层支付) is what each layer pays, in fen.
type Paid [layers]money.Fen

// Sum (合计) adds the layers up.
func (p Paid) Sum() (sum money.Fen) {
	for _, x := range p {
		sum += x
	}
	return sum
}

// Own (基金承担) is what of it the pooled fund bears.
func (p Paid) Own() money.Fen { return p[Basic] + p[Serious] }

func (p *Paid) add(q Paid) {
	for l := range p {
		p[l] += q[l]
	}
}

// Kind (清算对象) is what settlements are added up by: the institution, the pooling areas of insurance (Home) and of care (Place), the insurance type, and the kind of
// clearing (clr_type: 11 outpatient, 21 inpatient).
type Kind struct {
	Institution string
	Home, Place region.Code
	Insurance   pool.Insurance
	Care        string
}

// Offsite tells whether care was given in another pooling area than that of insurance.
func (k Kind) Offsite() bool { return k.Home != k.Place }

// Compare orders kinds.
func (k Kind) Compare(o Kind) int {
	return cmp.Or(cmp.Compare(k.Institution, o.Institution), cmp.Compare(k.Insurance, o.Insurance), cmp.Compare(k.Home, o.Home), cmp.Compare(k.Place, o.Place), cmp.Compare(k.Care, o.Care))
}

// Sum (汇总) is what settlements of one kind come to, in fen: how many rows, those that undo others counted too; the bills, what each layer pays, and what the
// persons paid in cash. Total = Paid + Cash.
type Sum struct {
	Kind
	Rows        int64
	Total, Cash money.Fen
	Paid        Paid
}

func (s *Sum) add(o Sum) {
	s.Rows, s.Total, s.Cash = s.Rows+o.Rows, s.Total+o.Total, s.Cash+o.Cash
	s.Paid.add(o.Paid)
}

// Onto adds the sum, times a sign of 1 or -1, to another.
func (s Sum) Onto(other Sum, sign int64) Sum {
	x := money.Fen(sign)
	out := Sum{Kind: s.Kind, Rows: other.Rows + sign*s.Rows, Total: other.Total + x*s.Total, Cash: other.Cash + x*s.Cash, Paid: other.Paid}
	for l := range s.Paid {
		out.Paid[l] += x * s.Paid[l]
	}
	return out
}

// Whole tells whether the parts of a sum add up.
func (s Sum) Whole() bool { return s.Total == s.Paid.Sum()+s.Cash }

// Merge (并账) adds sums of the same kind up, in order.
func Merge(sums []Sum) []Sum { return mergedBy(sums, func(k Kind) Kind { return k }) }

// mergedBy adds up what is of the same kind after some of it is left out.
func mergedBy(sums []Sum, by func(Kind) Kind) []Sum {
	at, out := map[Kind]int{}, []Sum{}
	for _, s := range sums {
		s.Kind = by(s.Kind)
		i, known := at[s.Kind]
		if !known {
			at[s.Kind], out = len(out), append(out, s)
			continue
		}
		out[i].add(s)
	}
	slices.SortFunc(out, func(a, b Sum) int { return a.Compare(b.Kind) })
	return out
}

// Total (总计) adds all sums up, whatever their kind.
func Total(sums []Sum) (all Sum) {
	for _, s := range sums {
		all.add(s)
	}
	return all
}

// Digest (摘要) stands for sums in their order.
func Digest(sums []Sum) office.Digest {
	var w canon.Writer
	for _, s := range sums {
		for _, text := range []string{s.Institution, string(s.Home), string(s.Place), string(s.Insurance), s.Care} {
			w.Text(text)
		}
		w.Number(s.Rows)
		for _, x := range append([]money.Fen{s.Total, s.Cash}, s.Paid[:]...) {
			w.Number(int64(x))
		}
	}
	return office.DigestOf(w)
}

// State (月结状态) is how far the closing of a month has come.
type State string

// The states.
const (
	Proposed  State = "proposed"  // 待复核
	Confirmed State = "confirmed" // 已入账
)

// Month (月结) is the closing of a month of a pooling area: what its persons cost, and what its institutions are owed. One person proposes it, another confirms
// it, and with that it is booked. Digest stands for the sums of the month.
//
// 依据: YA-4.8.2, YA-4.10.3
type Month struct {
	Area            region.Code
	Year            policy.Year
	Month           time.Month
	State           State
	Maker, Reviewer office.UserID
	Made, Booked    time.Time
	Rows            int64
	Digest          office.Digest
	Version         int64
	Synthetic       bool
}

// Of tells whether a sum belongs to an area's month: its persons' care wherever it was given, and others' care at its institutions.
func Of(area region.Code, sums []Sum) []Sum {
	return Merge(slices.DeleteFunc(slices.Clone(sums), func(s Sum) bool { return s.Home != area && s.Place != area }))
}

// Propose (月结经办) proposes the closing of a month. Its days are all closed, and it lies before today.
//
// 依据: YA-4.8.2
func Propose(m Month, sums []Sum, by office.UserID, at time.Time) (Month, error) {
	for _, s := range sums {
		if !s.Whole() || s.Home != m.Area && s.Place != m.Area {
			return m, fault.New(fault.Internal, "clearing.not_whole", "institution", s.Institution)
		}
	}
	m.State, m.Maker, m.Made, m.Rows, m.Digest, m.Version = Proposed, by, at, Total(sums).Rows, Digest(sums), 1
	return m, nil
}

// Confirm (月结复核) confirms a proposed month; another person does, of the very sums that were proposed.
//
// 依据: YA-4.10.3
func (m Month) Confirm(sums []Sum, by office.UserID, at time.Time) (Month, error) {
	switch {
	case m.State != Proposed:
		return m, fault.New(fault.Refused, "clearing.confirmed_already", "reviewer", string(m.Reviewer))
	case by == m.Maker:
		return m, fault.Refuse(fault.Problem{Clause: "YA-4.10.3", Message: fault.Msg("clearing.same_person")})
	case Digest(sums) != m.Digest:
		return m, fault.New(fault.Internal, "clearing.changed")
	}
	m.State, m.Reviewer, m.Booked = Confirmed, by, at
	m.Version++
	return m, nil
}

// hands are who made and reviewed the month's vouchers, dated the day they are booked.
func (m Month) hands(on policy.Date) ledger.Hands {
	return ledger.Hands{Date: on, Maker: ledger.Person(m.Maker), Reviewer: ledger.Person(m.Reviewer)}
}
