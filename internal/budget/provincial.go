package budget

import (
	"slices"

	"tongchou/internal/canon"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// provincialForm names the byte form of a province's budget.
const provincialForm = "tongchou provincial budget 1"

// ProvincialPaper (全省预算文本) is what is kept and signed of the province's budget: every area's budget as it stood, and of an
// adjustment the reason.
//
// 依据: SC38-3.1, SC38-3.5
type ProvincialPaper struct {
	Year      policy.Year
	Insurance pool.Insurance
	Drafts    []Budget
	Reason    string
}

// Canonical (规范字节) is the paper as bytes, the same everywhere and always.
func (p ProvincialPaper) Canonical() []byte {
	var w canon.Writer
	w.Text(provincialForm)
	w.Number(int64(p.Year))
	w.Text(string(p.Insurance))
	w.Number(int64(len(p.Drafts)))
	for _, d := range p.Drafts {
		w.Text(string(Paper{Budget: d}.Canonical()))
	}
	w.Text(p.Reason)
	return w
}

// ParseProvincial reads what Canonical wrote, amounts computed again; false for any other bytes.
func ParseProvincial(content []byte) (ProvincialPaper, bool) {
	r := canon.NewReader(content)
	var p ProvincialPaper
	if r.Text() != provincialForm {
		return p, false
	}
	p.Year, p.Insurance = policy.Year(r.Number()), pool.Insurance(r.Text())
	for n := r.Number(); n > 0 && r.Sound(); n-- {
		paper, ok := ParsePaper([]byte(r.Text()))
		computed, err := paper.Budget.Compute()
		if !ok || err != nil {
			return p, false
		}
		p.Drafts = append(p.Drafts, computed)
	}
	p.Reason = r.Text()
	return p, r.Whole()
}

// AreaChanged (统筹区调整项目) is an item of an area whose amount differs, before and after.
type AreaChanged struct {
	Division region.Code
	Changed
}

// ChangesOf (全省调整前后) lists what differs between two budgets of the province, by area and in the order of items.
//
// 依据: SC38-3.5
func ChangesOf(before, after []Budget) []AreaChanged {
	var codes []region.Code
	amounts := func(all []Budget, code region.Code, item Item) (sum money.Fen) {
		for _, b := range all {
			if l, ok := b.Line(item); ok && b.Division == code {
				sum += l.Amount
			}
		}
		return sum
	}
	for _, b := range slices.Concat(before, after) {
		if !slices.Contains(codes, b.Division) {
			codes = append(codes, b.Division)
		}
	}
	slices.Sort(codes)
	var out []AreaChanged
	for _, code := range codes {
		for _, rule := range ItemRules() {
			if x, y := amounts(before, code, rule.Item), amounts(after, code, rule.Item); x != y {
				out = append(out, AreaChanged{code, Changed{rule.Item, x, y}})
			}
		}
	}
	return out
}
