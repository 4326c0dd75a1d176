package clearing

import (
	"cmp"
	"slices"

	"tongchou/internal/money"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// Pair (异地就医应收应付) is what persons of one area cost in another in a month, in fen, as both sides say: Claimed by the area of care, Confirmed by that of insurance.
// Has is which of them have closed the month.
//
// 依据: SCE-7.2
type Pair struct {
	Home, Place                region.Code
	Insurance                  pool.Insurance
	Claimed, Confirmed         Paid
	ClaimedHas, ConfirmedHas   bool
	ClaimedRows, ConfirmedRows int64
}

// Difference (差异) is what was claimed and not confirmed, all layers together.
func (p Pair) Difference() money.Fen { return p.Claimed.Sum() - p.Confirmed.Sum() }

// Agrees tells whether both have closed the month and say the same, layer by layer.
func (p Pair) Agrees() bool {
	return p.ClaimedHas && p.ConfirmedHas && p.Claimed == p.Confirmed && p.ClaimedRows == p.ConfirmedRows
}

// Statement (区域月清算表) is what one area's closed month says.
type Statement struct {
	Area region.Code
	Sums []Sum
}

// Pairs (双边核对) compares the statements of areas, pair by pair of areas and insurance type, in order. A side whose month is not closed says nothing.
//
// 依据: SCE-7.2
func Pairs(statements []Statement) []Pair {
	type key struct {
		home, place region.Code
		insurance   pool.Insurance
	}
	closed, found := map[region.Code]bool{}, map[key]*Pair{}
	for _, s := range statements {
		closed[s.Area] = true
	}
	for _, statement := range statements {
		for _, s := range statement.Sums {
			if !s.Offsite() {
				continue
			}
			k := key{s.Home, s.Place, s.Insurance}
			p := found[k]
			if p == nil {
				p = &Pair{Home: s.Home, Place: s.Place, Insurance: s.Insurance, ClaimedHas: closed[s.Place], ConfirmedHas: closed[s.Home]}
				found[k] = p
			}
			if statement.Area == s.Place {
				p.Claimed.add(s.Paid)
				p.ClaimedRows += s.Rows
			} else {
				p.Confirmed.add(s.Paid)
				p.ConfirmedRows += s.Rows
			}
		}
	}
	out := make([]Pair, 0, len(found))
	for _, p := range found {
		out = append(out, *p)
	}
	slices.SortFunc(out, func(a, b Pair) int {
		return cmp.Or(cmp.Compare(a.Insurance, b.Insurance), cmp.Compare(a.Home, b.Home), cmp.Compare(a.Place, b.Place))
	})
	return out
}

// Net (轧差) is what an area is to receive in the clearing, less what it is to pay, in fen, of what both sides agree on. The money itself moves gross, both ways,
// unless the sheet is made net (ledger.OffsiteMonth).
//
// 依据: SCE-7.2
func Net(pairs []Pair, area region.Code) (net money.Fen) {
	for _, p := range pairs {
		switch agreed := min(p.Claimed.Own(), p.Confirmed.Own()); area {
		case p.Place:
			net += agreed
		case p.Home:
			net -= agreed
		}
	}
	return net
}

// Statements (机构月结算表) adds an area's month up by institution and insurance type, over areas of insurance and kinds of care.
//
// 依据: SCE-7.1
func Statements(area region.Code, sums []Sum) []Sum {
	own := slices.DeleteFunc(slices.Clone(sums), func(s Sum) bool { return s.Place != area })
	return mergedBy(own, func(k Kind) Kind { return Kind{Institution: k.Institution, Place: k.Place, Insurance: k.Insurance} })
}
