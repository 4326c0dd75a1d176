package web

import (
	"strconv"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/money"
	"tongchou/internal/synth"
)

// million is the unit English readers know, in fen.
const million money.Unit = 1_000_000 * 100

// referenceView is a card of published figures, to set beside the computed ones.
type referenceView struct {
	Title, Source string
	Rows          []struct{ Name, Value string }
}

// reference is the card of published figures for a province that has any.
func (f *frame) reference() *referenceView {
	y := synth.YaanReference()
	if f.book.province(f.site.pack) != y.Division.Province() {
		return nil
	}
	v := &referenceView{Title: f.T("web.reference.title", "division", y.Division, "year", strconv.Itoa(int(y.Year)))}
	add := func(name, value string) {
		v.Rows = append(v.Rows, struct{ Name, Value string }{f.T("web.reference." + name), value})
	}
	amount := func(x money.Fen) string {
		if f.Lang == locale.EN {
			return f.T("web.reference.amount", "amount", strings.TrimSuffix(x.In(million), ".00"))
		}
		return f.T("web.reference.amount", "amount", x.In(money.HundredMillion))
	}
	add("income", amount(y.Income))
	add("spent", amount(y.Spent))
	add("surplus", amount(y.Surplus))
	add("insured", f.T("web.reference.persons", "count", money.NewRatio(y.Insured, 10_000).Text(2)))
	add("ratio", f.T("web.reference.ratio.value", "ratio", y.ActivePerRetired.Ratio().Text(2)))
	source := y.Document
	if d, ok := f.site.Engine.Library.Document(y.Document); ok {
		source = d.Title.In(string(f.Lang))
	}
	v.Source = f.sentence(fault.Msg("web.reference.source", "source", source))
	return v
}
