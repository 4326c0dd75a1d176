package claim

import "tongchou/internal/policy"

// Refund (退费) is the settlement that undoes this one on a day: the same in everything but its number, its day and the
// sign of its amounts.
//
// 依据: YA-4.8.1
func (s *Settlement) Refund(id string, on policy.Date) Settlement {
	out := *s
	out.ID, out.SettledOn, out.RefundFlag, out.OriginalID = id, on, true, s.ID
	for _, amount := range out.amounts() {
		*amount = -*amount
	}
	return out
}
