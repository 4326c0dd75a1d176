package budget

import (
	"slices"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// Provincial (全省基金预算) is one insurance type's budget of the whole province: every line with its part of each pooling
// area. Parts add up to their line exactly, and lines to the totals. Findings are the warnings of the drafts.
//
// 依据: SC38-3.1
type Provincial struct {
	Year         policy.Year
	Insurance    pool.Insurance
	Lines        []Compiled
	SurplusBegin money.Fen
	Drafts       []Budget // in code order
	Findings     []Located
	Synthetic    bool
}

// Compiled (汇总行) is an item of the province with the part of each draft, in their order; 0 where a draft has no such line.
type Compiled struct {
	Item  Item
	Total money.Fen
	Parts []money.Fen
}

// Located is a finding about one pooling area's draft.
type Located struct {
	Division region.Code
	Finding
}

// Compile (汇总编制) puts the drafts of all pooling areas together. Refused are a draft that is missing, twice, or of another
// year, insurance type or province, and one with a finding that sends it back; all reasons are told, with the division.
//
// 依据: SC38-3.1
func (r Rules) Compile(year policy.Year, insurance pool.Insurance, areas []region.Code, drafts []Budget) (Provincial, error) {
	var l fault.List
	add := func(code region.Code, m fault.Message, clause policy.ClauseID) {
		l.Add(fault.Problem{Column: "division", Value: string(code), Message: m, Clause: string(clause)})
	}
	p := Provincial{Year: year, Insurance: insurance, Drafts: slices.Clone(drafts)}
	slices.SortStableFunc(p.Drafts, func(a, b Budget) int { return strings.Compare(string(a.Division), string(b.Division)) })
	there := map[region.Code]bool{}
	for _, d := range p.Drafts {
		switch {
		case d.Year != year || d.Insurance != insurance:
			add(d.Division, fault.Msg("budget.compile.other", "division", d.Division, "year", int(d.Year), "insurance", d.Insurance), "SC38-4.5")
		case !slices.Contains(areas, d.Division):
			add(d.Division, fault.Msg("budget.compile.foreign", "division", d.Division), "SC38-3.1")
		case there[d.Division]:
			add(d.Division, fault.Msg("budget.compile.twice", "division", d.Division), "SC38-3.1")
		}
		there[d.Division] = true
		for _, f := range r.Check(d) {
			if f.Severity == Refused {
				add(d.Division, fault.Msg("budget.compile.refused", "division", d.Division, "finding", f.Message), f.Clause)
			}
			p.Findings = append(p.Findings, Located{d.Division, f})
		}
	}
	for _, code := range areas {
		if !there[code] {
			add(code, fault.Msg("budget.compile.missing", "division", code), "SC38-3.1")
		}
	}
	if err := l.Err(); err != nil {
		return Provincial{}, err
	}
	p.add()
	return p, nil
}

func (p *Provincial) add() {
	for _, rule := range ItemRules() {
		line, there := Compiled{Item: rule.Item, Parts: make([]money.Fen, len(p.Drafts))}, false
		for i, d := range p.Drafts {
			if part, ok := d.Line(rule.Item); ok {
				line.Parts[i], there = part.Amount, true
			}
		}
		if line.Total = money.Sum(line.Parts...); there {
			p.Lines = append(p.Lines, line)
		}
	}
	for _, d := range p.Drafts {
		p.SurplusBegin += d.SurplusBegin
		p.Synthetic = p.Synthetic || d.Synthetic
	}
}

// Total (合计) adds up one side of the province's budget.
func (p Provincial) Total(side Side) money.Fen {
	var sum money.Fen
	for _, l := range p.Lines {
		if l.Item.Side() == side {
			sum += l.Total
		}
	}
	return sum
}

// SurplusEnd (年末滚存结余) is what the budget leaves the province at the end of the year.
//
// 依据: SC38-3.3
func (p Provincial) SurplusEnd() money.Fen {
	return p.SurplusBegin + p.Total(Revenue) - p.Total(Expenditure)
}

// Months (可支付月数) is how many months of the province's expenditure its surplus pays; false without expenditure.
//
// 依据: SC38-3.3
func (p Provincial) Months() (money.Ratio, bool) {
	return pool.Months(p.SurplusEnd(), p.Total(Expenditure))
}
