package web

import (
	"net/http"
	"strconv"
	"strings"

	"tongchou/internal/money"
	"tongchou/internal/pool"
)

// overviewModel is the first page (总览).
type overviewModel struct {
	Figures   []keyFigure
	Tiles     []tileView
	Warnings  []warningView
	Quiet     bool // nothing to warn of
	Unified   []unificationView
	Trends    []chart
	Reference *referenceView
}

// keyFigure is a figure of the province with its change against the year before.
type keyFigure struct {
	Name, Value, Unit, Exact, Path string
	Change, ChangeClass            string
	Alarm                          bool
}

// warningView is one kind of trouble and the places that have it.
type warningView struct {
	Name, Count, Text, Path string
	Serious                 bool
	Places                  []placeView
	More                    int
}

type placeView struct{ Name, Figure, Path string }

// unificationView is one of the six unifications (六统一).
type unificationView struct {
	Name, Text, Path, Clause string
	Live                     bool
}

func (s *site) overview(f *frame, w http.ResponseWriter, r *http.Request) error {
	m := overviewModel{Figures: f.keyFigures(), Tiles: f.tiles(*f.fund), Warnings: f.warnings(), Unified: f.unifications(),
		Trends: f.trends(), Reference: f.reference()}
	m.Quiet = len(m.Warnings) == 0
	return f.render(w, r, http.StatusOK, overviewPage(f, m))
}

// keyFigures are what a director looks at first.
func (f *frame) keyFigures() []keyFigure {
	before, compared := f.previous()
	total, totalBefore := f.fund.Total(), before.Total()
	amount := func(name, trace string, now, then money.Fen) keyFigure {
		k := keyFigure{Name: f.T("web.key." + name), Value: f.amount(now), Unit: f.T("web.unit." + string(f.unit)), Exact: f.exact(now), Path: f.link("/pool")}
		if trace != "" {
			k.Path = f.link("/pool", "trace", trace) + "#trace"
		}
		if change, ok := growth(now, then); ok && compared {
			k.Change = f.T("web.key.change", "change", signed(change.Mul(money.NewRatio(100, 1)).Text(1))+"%")
		}
		return k
	}
	gaps := keyFigure{Name: f.T("web.key.gaps"), Value: strconv.Itoa(len(f.where(inGap))), Unit: f.T("web.key.gaps.unit"), Path: f.link("/pool", "sort", "gap_after", "dir", "desc"),
		Exact: f.exact(total.GapAfter), Alarm: len(f.where(inGap)) > 0}
	if compared {
		gaps.Change = f.T("web.key.before", "value", strconv.Itoa(len(where(before, inGap))))
	}
	return []keyFigure{
		amount("collected", "collected", f.fund.Collected, before.Collected),
		amount("added."+string(f.fund.SetAside.Fund), "added", f.fund.SetAside.Added, before.SetAside.Added),
		amount("distributed", "distributed", f.fund.Distributed, before.Distributed),
		amount("surplus_end", "", total.SurplusEnd, totalBefore.SurplusEnd),
		f.monthsFigure(total, totalBefore, compared),
		gaps,
		f.lowest(),
	}
}

func (f *frame) monthsFigure(total, before pool.Division, compared bool) keyFigure {
	k := keyFigure{Name: f.T("web.key.months"), Value: monthsText(total.Months, total.HasMonths), Unit: f.T("web.months"), Path: f.link("/pool"),
		Alarm: monthsLevel(total.Months, total.HasMonths) == 0}
	if total.HasMonths {
		k.Exact = f.T("web.exact_months", "months", minus(total.Months.Exact(6)))
	}
	if compared && before.HasMonths {
		k.Change = f.T("web.key.before", "value", monthsText(before.Months, true))
	}
	return k
}

// lowest is the division that can pay for the fewest months.
func (f *frame) lowest() keyFigure {
	k := keyFigure{Name: f.T("web.key.lowest"), Value: "\u2014", Path: f.link("/pool", "sort", "months", "dir", "asc")}
	found := false
	var least pool.Division
	for _, d := range f.fund.Divisions {
		if d.HasMonths && (!found || d.Months.Cmp(least.Months) < 0) {
			least, found = d, true
		}
	}
	if found {
		k.Value, k.Unit, k.Change = monthsText(least.Months, true), f.T("web.months"), f.Division(least.Code)
		k.Path, k.Alarm = f.link("/pool/division/"+string(least.Code)), monthsLevel(least.Months, true) == 0
	}
	return k
}

func inGap(d pool.Division) bool         { return d.GapAfter > 0 }
func managerialGap(d pool.Division) bool { return d.Statement.Managerial && inGap(d) }

func underThree(d pool.Division) bool { return monthsLevel(d.Months, d.HasMonths) == 0 }

// where lists the divisions for which something holds.
func where(fund pool.Fund, holds func(pool.Division) bool) []pool.Division {
	var out []pool.Division
	for _, d := range fund.Divisions {
		if holds(d) {
			out = append(out, d)
		}
	}
	return out
}

func (f *frame) where(holds func(pool.Division) bool) []pool.Division { return where(*f.fund, holds) }

// placesShown is how many places a warning names before it says how many more there are.
const placesShown = 6

// warnings are what needs somebody's attention, the worst first.
func (f *frame) warnings() []warningView {
	var out []warningView
	add := func(name string, serious bool, sort string, holds func(pool.Division) bool, figure func(pool.Division) string) {
		found := sorted(f.where(holds), sort, sort != "months")
		if len(found) == 0 {
			return
		}
		v := warningView{Name: f.T("web.warning." + name), Count: strconv.Itoa(len(found)), Text: f.T("web.warning." + name + ".text"), Serious: serious,
			Path: f.link("/pool", "sort", sort, "dir", map[bool]string{true: "asc", false: "desc"}[sort == "months"])}
		if name == "managerial" && !f.urgent() {
			v.Text = "" // there is no emergency money to be kept from
		}
		for i, d := range found {
			if i == placesShown {
				v.More = len(found) - placesShown
				break
			}
			v.Places = append(v.Places, placeView{f.Short(d.Code), figure(d), f.link("/pool/division/" + string(d.Code))})
		}
		out = append(out, v)
	}
	months := func(d pool.Division) string { return monthsText(d.Months, d.HasMonths) }
	add("months", true, "months", underThree, months)
	add("unmet", true, "unmet", func(d pool.Division) bool { return d.Unmet > 0 }, func(d pool.Division) string { return f.amount(d.Unmet) })
	add("gap", true, "gap_after", inGap, func(d pool.Division) string { return f.amount(d.GapAfter) })
	add("managerial", false, "gap_after", managerialGap, func(d pool.Division) string { return f.amount(d.GapAfter) })
	add("owed", false, "owed", func(d pool.Division) bool { return d.Owed > 0 }, func(d pool.Division) string { return f.amount(d.Owed) })
	if n := f.assumptions(); n > 0 {
		out = append(out, warningView{Name: f.T("web.warning.assumed"), Count: strconv.Itoa(n), Text: f.T("web.warning.assumed.text"), Path: f.link("/pool/whatif")})
	}
	return out
}

// assumptions counts the parameters of pooling in force that rest on an assumption.
func (f *frame) assumptions() int {
	n := 0
	for _, e := range f.set().All() {
		if e.Assumed != nil && strings.HasPrefix(string(e.ID), "pool.") {
			n++
		}
	}
	return n
}

// unifications is the small map of the six; only the adjustment fund is part of this version.
func (f *frame) unifications() []unificationView {
	names := []string{"budget", "pool", "enrol", "benefit", "payment", "desk"}
	out := make([]unificationView, len(names))
	for i, name := range names {
		out[i] = unificationView{Name: f.T("web.unified." + name), Live: f.exists(name), Text: f.T("web.unified.later")}
		if out[i].Live {
			out[i].Path, out[i].Text = f.link("/"+name), f.T("web.unified."+name+".text")
		}
	}
	return out
}
