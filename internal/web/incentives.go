package web

import (
	"net/http"
	"slices"
	"strconv"
	"sync"

	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// incentiveCell is a year's incentives, computed once.
type incentiveCell struct {
	once  sync.Once
	value pool.Incentives
	err   error
}

// incentivesOf gives what a year's formula rewards and punishes, computing it at the first call.
func (b *book) incentivesOf(e pool.Engine, year policy.Year) (pool.Incentives, error) {
	kept, _ := b.incentives.LoadOrStore(year, &incentiveCell{})
	cell := kept.(*incentiveCell)
	cell.once.Do(func() {
		cell.value, cell.err = e.Incentives(b.sets, b.factsOf(year), year)
		if cell.err == nil {
			b.ready.Store(year, cell.value)
		}
	})
	return cell.value, cell.err
}

// incentivesReady gives a year's incentives if they are computed already.
func (b *book) incentivesReady(year policy.Year) (pool.Incentives, bool) {
	kept, ok := b.ready.Load(year)
	if !ok {
		return pool.Incentives{}, false
	}
	return kept.(pool.Incentives), true
}

// incentiveModel is the table of incentives (激励分析), the strongest for spending first.
type incentiveModel struct {
	Rows      []incentiveRow
	Emergency bool // the policy pays emergency money by rule, or some of it moves
	NextYear  bool // the base is the previous year, or the next year's net moves
	Summary   []string
}

// spentColumns is how many columns a yuan spent takes.
func (m incentiveModel) spentColumns() string {
	n := 3
	if m.Emergency {
		n++
	}
	if m.NextYear {
		n++
	}
	return strconv.Itoa(n)
}

// shows tells whether a column of a yuan spent is shown: direct, through factors, emergency, next year, total.
func (m incentiveModel) shows(i int) bool {
	return i != 2 && i != 3 || i == 2 && m.Emergency || i == 3 && m.NextYear
}

// incentiveWarning is a warning in a sentence; Strong from a tenth of a yuan on.
type incentiveWarning struct {
	Text   string
	Strong bool
}

// incentiveRow is one division: what a yuan spent, a yuan collected and a person more bring it.
type incentiveRow struct {
	Name, Full, Path string
	Spent            []cellView // direct, through factors, emergency, next year, total
	Collected        cellView
	Person           cellView
	Warnings         []incentiveWarning
}

func (s *site) incentives(f *frame, w http.ResponseWriter, r *http.Request) error {
	f.oneUnit = true
	code := region.Code(f.seen.Get("division"))
	if _, ok := f.fund.Division(code); code != "" && !ok {
		return errNotFound
	}
	in, ready := f.book.incentivesReady(f.year)
	swap, inline := part(r, "incentives"), f.seen.Get("inline") != "" || code != ""
	if !ready && !swap && !inline {
		f.refresh = f.link("/pool/incentives", "inline", "1")
		return f.render(w, r, http.StatusOK, incentivesPage(f, nil))
	}
	if !ready {
		var err error
		if in, err = f.book.incentivesOf(s.Engine, f.year); err != nil {
			return err
		}
	}
	m := f.incentiveModel(in, code)
	switch {
	case swap && code != "":
		return f.render(w, r, http.StatusOK, incentiveOfDivision(f, m))
	case swap:
		return f.render(w, r, http.StatusOK, incentiveTable(f, m))
	}
	return f.render(w, r, http.StatusOK, incentivesPage(f, &m))
}

// incentiveModel lays out the incentives of the chosen insurance type, of one division or of all.
func (f *frame) incentiveModel(in pool.Incentives, only region.Code) incentiveModel {
	m := incentiveModel{Emergency: f.urgent()}
	if base, ok := f.set().Get("pool.collection.base"); ok {
		m.NextYear = base.Value.String() == "previous_year"
	}
	for _, fund := range in.Funds {
		if fund.Insurance != f.insurance {
			continue
		}
		divisions := slices.Clone(fund.Divisions)
		slices.SortStableFunc(divisions, func(a, b pool.DivisionIncentives) int {
			return b.PerYuanSpent.Total().Cmp(a.PerYuanSpent.Total())
		})
		for _, d := range divisions {
			if only == "" || d.Code == only {
				m.Rows = append(m.Rows, f.incentiveRow(d))
			}
		}
	}
	for _, row := range m.Rows {
		m.Emergency = m.Emergency || !row.Spent[2].zero()
		m.NextYear = m.NextYear || !row.Spent[3].zero()
	}
	if only == "" {
		m.Summary = f.incentiveSummary(in)
	}
	return m
}

// incentiveSummary says how many divisions each warning holds for, and where it is strongest.
func (f *frame) incentiveSummary(in pool.Incentives) []string {
	var out []string
	for _, kind := range []string{pool.SpendingPays, pool.CollectingLess} {
		count, most, where := 0, money.Ratio{}, region.Code("")
		for _, fund := range in.Funds {
			for _, d := range fund.Divisions {
				for _, w := range d.Warnings {
					if fund.Insurance != f.insurance || w.Kind != kind {
						continue
					}
					if count++; w.Size.Cmp(most) > 0 {
						most, where = w.Size, d.Code
					}
				}
			}
		}
		if count > 0 {
			out = append(out, f.T("web.incentive."+kind+".summary", "count", count, "division", where, "size", most.Text(4)))
		}
	}
	return out
}

func (f *frame) incentiveRow(d pool.DivisionIncentives) incentiveRow {
	row := incentiveRow{Name: f.Short(d.Code), Full: f.Division(d.Code), Path: f.link("/pool/division/" + string(d.Code)),
		Collected: perUnit(d.PerYuanCollected.Total(), 4), Person: perUnit(d.PerPerson.Total(), 2)}
	s := d.PerYuanSpent
	for _, x := range []money.Ratio{s.Direct, s.ThroughFactors, s.Emergency, s.NextYear, s.Total()} {
		row.Spent = append(row.Spent, perUnit(x, 4))
	}
	for _, w := range d.Warnings {
		if w.Size.Cmp(money.NewRatio(1, 10)) >= 0 && w.Kind == pool.SpendingPays {
			row.Spent[len(row.Spent)-1].Class = "neg"
		} else if w.Size.Cmp(money.NewRatio(1, 10)) >= 0 {
			row.Collected.Class = "neg"
		}
		row.Warnings = append(row.Warnings, incentiveWarning{f.T("web.incentive."+w.Kind, "size", w.Size.Text(4)), w.Size.Cmp(money.NewRatio(1, 10)) >= 0})
	}
	return row
}

// zero tells whether a figure per unit is nothing.
func (c cellView) zero() bool { return c.Class == "zero" }

// perUnit writes yuan per yuan or per person with its sign.
func perUnit(x money.Ratio, places int) cellView {
	c := cellView{Text: signed(x.Text(places)), Title: minus(x.Exact(8))}
	if x.Sign() == 0 {
		c.Class = "zero"
	}
	return c
}
