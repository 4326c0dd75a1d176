package counter

import (
	"encoding/json"

	"tongchou/internal/benefit"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// itemDay is an item on a day.
type itemDay struct {
	code string
	on   policy.Date
}

// limitDays (按日限额) lets the lines of a visit that have a limit of a day know what was taken up of it: those of a settled bill what was when it was settled, others what the person's settlements have that stand
// now. A limit counts for a person, an item and a day, at whichever institutions (假设: 目录的按日限额按人、按项目、按日合并计算，不分机构、不分次). What is charged and not settled takes nothing up from other bills.
//
// 依据: SC38-7.1
func (c *call) limitDays(v *visit, lines []charged) error {
	bills := map[string][]*charged{}
	for i := range lines {
		if line := &lines[i]; line.Line.DayLimited {
			batch := line.Batch
			if v.Stay {
				batch = "" // all of a stay is one bill
			}
			bills[batch] = append(bills[batch], line)
		}
	}
	for _, bill := range bills {
		before, err := c.takenBefore(v.settlementOf(bill[0]), bill)
		if err != nil {
			return err
		}
		own := make([]benefit.Line, len(bill))
		for i, line := range bill {
			own[i] = line.Line
			own[i].DayUsed = before[itemDay{line.Line.Code, line.On}]
		}
		benefit.LimitDays(own)
		for i, line := range bill {
			line.Line = own[i]
		}
	}
	return nil
}

// takenBefore is what was taken up of limits of a day before a bill that was settled, or is not yet.
func (c *call) takenBefore(settled string, bill []*charged) (map[itemDay]money.Fen, error) {
	out := map[itemDay]money.Fen{}
	if settled != "" {
		s, _, err := c.h.Settlement(c.about.No, settled)
		if err != nil {
			return nil, err
		}
		return out, eachUse(s.Content, func(at itemDay, use *benefit.DayUse) { out[at] = use.Before })
	}
	first := bill[0].On
	for _, line := range bill {
		first = min(first, line.On)
	}
	all, err := c.h.Since(c.about.No, first)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if err := eachUse(all[i].Content, func(at itemDay, use *benefit.DayUse) { out[at] += use.Taken }); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// eachUse goes through what a settlement took up of limits of a day.
func eachUse(content []byte, do func(itemDay, *benefit.DayUse)) error {
	var x struct{ DayUses []benefit.DayUse }
	if err := json.Unmarshal(content, &x); err != nil {
		return fault.Wrap(err, "fsi.failed")
	}
	for i := range x.DayUses {
		use := &x.DayUses[i]
		do(itemDay{use.Code, use.On}, use)
	}
	return nil
}

// settlementOf is the settlement of the bill that a line is of; empty while it is not settled.
func (v *visit) settlementOf(line *charged) string {
	if v.Stay {
		for _, id := range v.Settled { // of a stay there is one
			return id
		}
	}
	return v.Settled[line.Batch]
}
