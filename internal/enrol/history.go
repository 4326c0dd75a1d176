package enrol

import "tongchou/internal/policy"

// ReadHistory (由档案得出参保缴费记录) sets a history to what a file says up to a year: how the person was insured in each year, when and with how many
// repair years it was paid for, and what the funds paid. It tells whether he was insured as a resident in the year itself. Groups
// count that hold on a day of the year. Of several covers in a year the one that began last counts, of several payments the first.
//
// 依据: SCE-3.2, SCE-4.1
func (h *History) ReadHistory(f *File, year policy.Year) bool {
	h.Born, h.Groups, h.Standard, h.Years = 0, 0, 0, h.Years[:0]
	voided := f.Voided()
	last := Spell{From: firstOf(year), To: year.End()}
	var room [16]policy.Date
	froms := room[:0] // when the cover began that counts in each of the years
	for i, e := range f.Entries {
		if voided[i] {
			continue
		}
		switch fact := e.Fact.(type) {
		case Known:
			h.Born, _ = ParseDay(string(fact.Birth))
		case Belongs:
			if _, holds := fact.Meets(last); holds {
				h.Groups = h.Groups.With(fact.Group)
			}
		case Covered:
			froms = h.covered(fact, froms, year)
		}
	}
	for i, e := range f.Entries {
		if voided[i] {
			continue
		}
		switch fact := e.Fact.(type) {
		case Paid:
			h.paid(fact)
		case Used:
			if y := h.of(fact.Year); y != nil {
				y.Reimbursed, y.CatastrophicPaid, y.HasReimbursed, y.HasCatastrophic = fact.Reimbursed, fact.Catastrophic, true, true
			}
		}
	}
	y := h.of(year)
	return y != nil && y.Cover == Resident
}

// covered adds a spell of cover, up to a year.
func (h *History) covered(c Covered, froms []policy.Date, year policy.Year) []policy.Date {
	last := year
	if c.To != "" {
		last = min(last, yearOf(c.To))
	}
	for y := max(yearOf(c.From), earliestCover); y <= last; y++ {
		at := h.index(y)
		if at < 0 {
			at = len(h.Years)
			h.Years, froms = append(h.Years, Year{Year: y}), append(froms, "")
		}
		if c.From >= froms[at] {
			h.Years[at].Cover, froms[at] = c.Way.Insurance(), c.From
		}
	}
	return froms
}

// earliestCover is the first year there was basic medical insurance.
const earliestCover policy.Year = 1998

func (h *History) paid(p Paid) {
	y := h.of(p.Year)
	if y == nil || y.Cover != p.Way.Insurance() {
		return
	}
	if on, ok := ParseDay(string(p.On)); ok && (y.PaidOn == 0 || on < y.PaidOn) {
		y.PaidOn = on
	}
	y.RepairYears += p.Repair
}

// of gives a year of the history; nil when it is not in it.
func (h *History) of(year policy.Year) *Year {
	if at := h.index(year); at >= 0 {
		return &h.Years[at]
	}
	return nil
}

func (h *History) index(year policy.Year) int {
	for i := range h.Years {
		if h.Years[i].Year == year {
			return i
		}
	}
	return -1
}
