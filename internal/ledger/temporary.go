package ledger

import (
	"time"

	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// laidOut refuses to lay out (其他暂付款) more than the year itself brought in beyond what it spent, and what was taken in and is not
// known what for: money laid out is not spent, so beyond that it would use the retained surplus without being a gap.
//
// 依据: SC38-4.6
func laidOut(s *State, v Voucher) error {
	year, _, _ := day(v.Date)
	var asked money.Fen
	for _, p := range v.Postings {
		if a, _ := s.Chart.Get(p.Account); a.Role == LaidOut {
			asked += p.signed()
		}
	}
	if asked <= 0 || v.opens(s) {
		return nil
	}
	if may := max(0, s.normal(year)) - s.standing(LaidOut, year) - s.standing(TakenIn, year); asked > may {
		return refuse("amount", asked.String(), "SC38-4.6", "ledger.laid_out", "has", max(0, may), "asked", asked)
	}
	return nil
}

// standing is what stands on the accounts of a role at the end of a year, debits less credits.
func (s *State) standing(role Role, year policy.Year) money.Fen {
	var sum money.Fen
	for _, l := range s.lines(year) {
		if a, _ := s.Chart.Get(l.Account); a.Role == role {
			sum += s.At(l, time.December)
		}
	}
	return sum
}

// Temporary tells whether anything was laid out or taken in in a year.
func (s *State) Temporary(year policy.Year) bool {
	for _, l := range s.lines(year) {
		if a, _ := s.Chart.Get(l.Account); (a.Role == LaidOut || a.Role == TakenIn) && s.Lines[l] != nil && *s.Lines[l] != (Turnover{}) {
			return true
		}
	}
	return false
}

// on is the turnover of a side, month by month.
func (t Turnover) on(side Side) [12]money.Fen {
	if side == Debit {
		return t.Debit
	}
	return t.Credit
}

// Age (账龄) is what stands on a temporary account by how long, in fen: of the last three months, of the year before that, and of
// years before. What was cleared is what came first.
type Age struct {
	Account               Account
	Total                 money.Fen
	Quarter, Year, Before money.Fen
}

// Ages (暂收暂付账龄) are the ages of what is laid out or taken in at the end of a month and is not known what for; accounts on which
// nothing stands are left out.
//
// 依据: SC38-4.5, SC38-4.6
func (s *State) Ages(year policy.Year, month time.Month) []Age {
	var out []Age
	for _, a := range s.Chart.Accounts() {
		if a.Role != LaidOut && a.Role != TakenIn {
			continue
		}
		age := Age{Account: a}
		var came [13]money.Fen
		for _, l := range s.lines(year) {
			if l.Account != a.Code {
				continue
			}
			age.Total += a.onSide(s.At(l, month))
			if t, ok := s.Lines[l]; ok {
				for m := time.January; m <= month; m++ {
					came[m] += t.on(a.Side)[m-1]
				}
			}
		}
		left := age.Total
		for m := month; m >= time.January && left > 0; m-- {
			of := &age.Year
			if m > month-3 {
				of = &age.Quarter
			}
			part := min(left, max(0, came[m]))
			*of, left = *of+part, left-part
		}
		age.Before = left
		if age.Total != 0 {
			out = append(out, age)
		}
	}
	return out
}
