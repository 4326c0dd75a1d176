package benefit

import (
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// cell (待遇标准) is what holds for an insurance, kind of care, level, place and whether one is retired. A stay has a deductible for the
// first, the second and later admissions; other kinds one a year, the first.
//
// 依据: SC38-6.3
type cell struct {
	ratio      money.Rate
	deductible [3]money.Fen
	cap        money.Fen // a year, of this kind of care; unlimited where there is none
	paid       bool
	approval   bool
}

// unlimited is a cap that nothing reaches.
const unlimited money.Fen = 1 << 62

// cellCount is how many cells there are.
const cellCount = int(insurances) * int(categories) * int(levels) * int(places) * 2

// cellOf is a cell's index.
func cellOf(i Insurance, c Category, l Level, p Place, retired bool) int {
	at := ((int(i)*int(categories)+int(c))*int(levels)+int(l))*int(places) + int(p)
	if retired && i == Employee {
		return at*2 + 1
	}
	return at * 2
}

// aidSets is how many sets of the groups of aid there are.
const aidSets = 1 << aidGroups

// Schedule (待遇标准表) is a policy's parameters of benefits in force from a day on, compiled: tables by index alone. It may be used by many at
// once.
type Schedule struct {
	// Status is the weakest among the documents the schedule rests on: results under a draft are trials (试算).
	Status policy.Status

	set       *policy.Set
	documents []string

	cells    [cellCount]cell
	basicCap [insurances]money.Fen

	exempt [aidSets]bool          // no deductible
	curve  [aidSets]*money.Bands  // of catastrophic insurance
	aid    [aidSets]money.Rate    // the highest ratio of the set
	curves [2]money.Bands         // the common one and that with relief
	epi    [levels]money.Rate     // points added in an epidemic
	layers [layerCount]money.Rate // ratios, 0 for none
	order  [layerCount]int        // layers in their order; those of ratio 0 last

	firstShare [lists]money.Rate               // of class B, by kind of list; negative where the catalogue says
	diseaseCap [insurances][diseases]money.Fen // unlimited where a disease has none

	layerCaps, layerDays       [layerCount]money.Fen
	catastrophicCap            money.Fen
	largeRatio                 money.Rate
	largeCap                   money.Fen
	aidThreshold, aidCap       money.Fen
	epidemic, epidemicNoDeduct bool
}

// Schedules (历次待遇标准) are a policy's schedules by the day they hold from. They may be used by many at once.
type Schedules struct {
	Pack    *policy.Pack
	Changed []policy.Effective // what an overlay changed, in id order
	from    []policy.Date
	all     []*Schedule
}

// On gives the schedule in force on a day; nil before the first.
//
// 依据: SC38-6.2
func (s *Schedules) On(day policy.Date) *Schedule {
	for i := len(s.from) - 1; i >= 0; i-- {
		if s.from[i] <= day {
			return s.all[i]
		}
	}
	return nil
}

// From lists the days from which a schedule differs from the one before, the first day first.
func (s *Schedules) From() []policy.Date { return s.from }

// Last is the schedule of the last day.
func (s *Schedules) Last() *Schedule { return s.all[len(s.all)-1] }

// lists are the kinds of lists of a catalogue: drugs, services, consumables, by the first digit of the platform's list_type.
const lists = 3

var listWords = [lists]string{"drug", "service", "consumable"}

// FirstShare (乙类先行自付比例) is the share of a class-B item that is paid by oneself first where the place of treatment has one for its kind of list (list_type); false where that of the
// catalogue holds. The catalogue of the place of treatment counts, and this with it (假设: 先行自付比例随就医地目录).
//
// 依据: SC38-7.1, YN-4.2
func (s *Schedule) FirstShare(list string) (money.Rate, bool) {
	if list == "" || list[0] < '1' || list[0] > '0'+lists {
		return 0, false
	}
	share := s.firstShare[list[0]-'1']
	return share, share >= 0
}

// Documents are the numbers of the documents on file whose values the schedule has, in order.
//
// 依据: YN-4.2
func (s *Schedule) Documents() []string { return s.documents }

// Cell (待遇标准) is what a schedule says of an insurance, kind of care, level, place and whether one is retired. Deductibles are those of the
// first, second and later admissions of a year, or the annual one, in fen; Cap is 0 where the kind has none of its own.
type Cell struct {
	Paid, Approval bool
	Ratio          money.Rate
	Deductible     [3]money.Fen
	Cap            money.Fen
}

// Cell looks a cell up.
//
// 依据: SC38-6.3
func (s *Schedule) Cell(i Insurance, c Category, l Level, p Place, retired bool) Cell {
	k := &s.cells[cellOf(i, c, l, p, retired)]
	out := Cell{Paid: k.paid, Approval: k.approval, Ratio: k.ratio, Deductible: k.deductible, Cap: k.cap}
	if k.cap == unlimited {
		out.Cap = 0
	}
	return out
}
