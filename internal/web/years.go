package web

import (
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// yearView is a year of the switch; one that could not be computed leads to the reasons.
type yearView struct {
	Year   string
	Now    bool
	Failed bool
}

// years are the computed years and the first that could not be computed.
func (f *frame) years() []yearView {
	var out []yearView
	for _, r := range f.book.results {
		out = append(out, yearView{Year: strconv.Itoa(int(r.Year)), Now: r.Year == f.year})
	}
	if f.book.failed != 0 {
		out = append(out, yearView{Year: strconv.Itoa(int(f.book.failed)), Now: f.book.failed == f.year, Failed: true})
	}
	return out
}

// chooseYear settles the year: the one asked for where it exists, computed or not, else the last computed one. A year
// asked for in vain is kept for a notice.
func (f *frame) chooseYear() {
	f.year = f.book.failed
	if n := len(f.book.results); n > 0 {
		f.result = &f.book.results[n-1]
		f.year = f.result.Year
	}
	asked := f.seen.Get("year")
	if asked == "" || f.year == 0 {
		return
	}
	n, err := strconv.Atoi(asked)
	for i := range f.book.results {
		if err == nil && f.book.results[i].Year == policy.Year(n) {
			f.result, f.year = &f.book.results[i], policy.Year(n)
			return
		}
	}
	if err == nil && f.book.failed == policy.Year(n) {
		f.result, f.year = nil, f.book.failed
		return
	}
	f.absent = asked
}

// notice says that another year is shown than the one asked for; empty when there is nothing to say.
func (f *frame) notice() string {
	if f.absent == "" || f.fund == nil {
		return ""
	}
	var have []string
	for _, r := range f.book.results {
		have = append(have, strconv.Itoa(int(r.Year)))
	}
	return f.T("web.year.absent", "asked", f.absent, "years", strings.Join(have, f.T("web.list.comma")), "year", strconv.Itoa(int(f.year)))
}

// missingTable names the table that lacks every row of an insurance type for the failed year, which one sentence says
// better than a row for each place. It answers only where that is all that is wrong.
func (b *book) missingTable() (key string, year policy.Year, insurances []pool.Insurance, ok bool) {
	for _, p := range b.problems {
		y, hasYear := p.Args.Get("year")
		i, hasInsurance := p.Args.Get("insurance")
		n, isNumber := y.(int)
		insurance, isInsurance := i.(pool.Insurance)
		if !hasYear || !hasInsurance || !isNumber || !isInsurance || key != "" && (p.Key != key || policy.Year(n) != year) || b.hasRows(p.Key, policy.Year(n), insurance) {
			return "", 0, nil, false
		}
		if key, year = p.Key, policy.Year(n); !slices.Contains(insurances, insurance) {
			insurances = append(insurances, insurance)
		}
	}
	return key, year, insurances, key != ""
}

// hasRows tells whether the table whose row a problem misses has any row of the year; so it does for other problems.
func (b *book) hasRows(problem string, year policy.Year, insurance pool.Insurance) bool {
	has := func(k pool.Key) bool { return k.Year == year && k.Insurance == insurance }
	switch problem {
	case "pool.factors_missing":
		return slices.ContainsFunc(b.facts.Factors, func(x pool.FactorRow) bool { return has(x.Key) })
	case "pool.statement_missing":
		return slices.ContainsFunc(b.facts.Statements, func(x pool.Statement) bool { return has(x.Key) })
	}
	return true
}

// missingSentence says which table lacks a year; empty when the reasons have to be listed.
func (f *frame) missingSentence() string {
	if f.year != f.book.failed {
		return ""
	}
	key, year, insurances, ok := f.book.missingTable()
	if !ok {
		return ""
	}
	names := make([]string, len(insurances))
	for i, insurance := range insurances {
		names[i] = f.T("web.insurance." + string(insurance))
	}
	sentence := map[string]string{"pool.factors_missing": "web.missing_table.factors", "pool.statement_missing": "web.missing_table.statements"}[key]
	return f.T(sentence, "year", strconv.Itoa(int(year)), "insurances", strings.Join(names, f.T("web.list.comma")))
}
