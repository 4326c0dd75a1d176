package counter

import (
	"context"
	"encoding/json"

	"tongchou/internal/benefit"
	"tongchou/internal/store"
)

// Explained (结算单说明) is a settlement with its steps. Steps is empty when it cannot be settled again as it was: the rules are others, or it was kept without its facts.
type Explained struct {
	MedType string
	Policy  string
	Facts   benefit.Visit
	Steps   []benefit.Reason
}

// Explain (解释结算单) settles again what a settlement was made of, by the rules of its day and from what the year had used, and gives the steps when it comes to the same, to
// the fen.
//
// 依据: YA-4.4.3
func (s *Service) Explain(ctx context.Context, x store.Settled) (Explained, error) {
	var content settledContent
	if err := json.Unmarshal(x.Content, &content); err != nil {
		return Explained{}, err
	}
	e := Explained{MedType: content.MedType, Policy: content.Policy, Facts: content.Facts}
	book, err := s.Rules(ctx)
	if err != nil {
		return e, err
	}
	rules := book.Of(x.County)
	if content.Facts.Date == "" || string(rules.Pack.ID) != content.Policy {
		return e, nil
	}
	schedule := rules.On(content.Facts.Date)
	if schedule == nil {
		return e, nil
	}
	after, v := x.Before, content.Facts
	var out benefit.Settlement
	schedule.Settle(&after, &v, &out)
	if paidOf(&out) == x.Paid {
		e.Steps = schedule.Explain(&v, &x.Before, &out)
	}
	return e, nil
}

func paidOf(r *benefit.Settlement) store.Paid {
	return store.Paid{Basic: r.Basic, Catastrophic: r.Catastrophic, Large: r.Large, Aid: r.Aid, Other: r.Other.Sum(), Account: r.Account, Family: r.Family, Cash: r.Cash}
}
