package ledger

import "tongchou/internal/money"

// ByLevel (分级次发生额) is what an account took in from each level of government in a span, the closing of the year left out, in fen.
//
// 依据: SC38-10.2
func (s *State) ByLevel(span Span, code Code) map[Level]money.Fen {
	out := map[Level]money.Fen{}
	for _, l := range s.lines(span.Year) {
		if a, ok := s.Chart.Get(l.Account); ok && l.Account == code {
			out[l.Level] += s.moved(a, l, span.To) - s.moved(a, l, span.From-1)
		}
	}
	return out
}
