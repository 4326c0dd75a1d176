package ledger

import (
	"time"

	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// Raised (筹集总额) is what there is of money set aside in an open year before anything is drawn, in fen: what the year began with and what
// it added.
//
// 依据: YN-2.8
func (s *State) Raised(fund Code, year policy.Year) money.Fen {
	a, _ := s.Chart.Get(fund)
	return a.onSide(s.At(Line{Year: year, Account: fund}, time.December))
}

// Draws (动用与提取) is what a batch draws on money set aside, and what it sets aside, in fen.
func (b Batch) Draws(fund Code) (asked, added money.Fen) {
	for _, i := range b.Items {
		if i.Kind.flow().pays == EmergencyPaid && fund == EmergencyFund || i.Kind.flow().pays == ReservePaid && fund == RiskReserve {
			asked += i.Amount
		}
	}
	for _, v := range b.Booking {
		for _, p := range v.Postings {
			if p.Account == fund {
				added -= p.signed()
			}
		}
	}
	return asked, added
}

// Capped (动用上限) refuses to draw so much on money set aside that, with what the year drew and what is approved and not paid, it is more than
// a part of what was raised; added is what is set aside together with it.
//
// 依据: YN-2.8
func (s *State) Capped(fund Code, year policy.Year, most money.Rate, asked, added money.Fen) error {
	raised := s.Raised(fund, year) + added
	used, limit := s.drawn(fund, year, time.December)+s.Pledged(fund), raised.Part(most)
	if asked <= 0 || used+asked <= limit {
		return nil
	}
	a, _ := s.Chart.Get(fund)
	return refuse("amount", asked.String(), drawClause(fund), "ledger.use_cap", "account", a.Name(), "used", used, "asked", asked, "raised", raised, "rate", most, "limit", limit)
}
