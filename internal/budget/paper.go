package budget

import (
	"tongchou/internal/canon"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// Paper (预算文本) is what is kept and signed of a budget: its lines with their drivers, and of an adjustment the reason. Amounts and
// steps are not in it: they follow.
//
// 依据: SC38-3.1, SC38-3.5
type Paper struct {
	Budget Budget
	Reason string
}

// The names of the byte form: with a note on the books, and without one as it was before there were any. A change of the form is a new name, so that digests of
// old papers stay true.
const (
	paperForm      = "tongchou budget 1"
	notedPaperForm = "tongchou budget 2"
)

// Canonical (规范字节) is the paper as bytes, the same on every machine and in every version of the program: fields in a fixed order,
// each as its length, a colon, its bytes and a comma.
func (p Paper) Canonical() []byte {
	var w paperWriter
	b := p.Budget
	form := paperForm
	if b.BooksNote != "" {
		form = notedPaperForm
	}
	w.Text(form)
	w.Number(int64(b.Year))
	w.Text(string(b.Division))
	w.Text(string(b.Insurance))
	w.Number(int64(b.Revision))
	w.Number(int64(b.SurplusBegin))
	w.Number(int64(b.Violation))
	w.Flag(b.Synthetic)
	w.Flag(b.Before != nil)
	w.Number(int64(len(b.Before)))
	for _, i := range b.Before {
		w.Text(string(i))
	}
	w.Number(int64(len(b.Approvals)))
	for _, a := range b.Approvals {
		w.Text(string(a.By))
		w.Text(a.Document)
		w.Text(string(a.On))
		w.Number(int64(a.Amount))
	}
	w.Number(int64(len(b.Lines)))
	for _, l := range b.Lines {
		w.line(l)
	}
	w.Text(p.Reason)
	if b.BooksNote != "" {
		w.Text(b.BooksNote)
	}
	return w.Writer
}

// ParsePaper reads what Canonical wrote; false for any other bytes.
func ParsePaper(content []byte) (Paper, bool) {
	r := paperReader{canon.NewReader(content)}
	var p Paper
	form := r.Text()
	if form != paperForm && form != notedPaperForm {
		return p, false
	}
	b := &p.Budget
	b.Key = pool.Key{Year: policy.Year(r.Number()), Division: region.Code(r.Text()), Insurance: pool.Insurance(r.Text())}
	b.Revision, b.SurplusBegin, b.Violation, b.Synthetic = int(r.Number()), money.Fen(r.Number()), money.Fen(r.Number()), r.Flag()
	if r.Flag() {
		b.Before = []Item{}
	}
	for n := r.Number(); n > 0 && r.Sound(); n-- {
		b.Before = append(b.Before, Item(r.Text()))
	}
	for n := r.Number(); n > 0 && r.Sound(); n-- {
		b.Approvals = append(b.Approvals, Approval{Approver(r.Text()), r.Text(), policy.Date(r.Text()), money.Fen(r.Number())})
	}
	for n := r.Number(); n > 0 && r.Sound(); n-- {
		b.Lines = append(b.Lines, r.line())
	}
	p.Reason = r.Text()
	if form == notedPaperForm {
		b.BooksNote = r.Text()
	}
	return p, r.Whole() && (form == notedPaperForm) == (b.BooksNote != "")
}

// paperWriter is a canonical form being written.
type paperWriter struct{ canon.Writer }

func (w *paperWriter) line(l Line) {
	d := l.Drivers
	w.Text(string(l.Item))
	w.Text(string(l.Method))
	for _, n := range []int64{d.Headcount, int64(d.HeadcountGrowth), int64(d.Base), int64(d.WageGrowth), int64(d.Rate), int64(d.Standard), int64(d.Collection), int64(d.Last),
		int64(d.Trend), int64(d.Stated)} {
		w.Number(n)
	}
	w.Text(d.Reason)
	w.Number(int64(len(d.Changes)))
	for _, c := range d.Changes {
		w.Text(c.Title)
		w.Text(c.Document)
		w.Number(int64(c.Amount))
	}
}

// paperReader is a canonical form being read.
type paperReader struct{ *canon.Reader }

func (r paperReader) line() Line {
	l := Line{Item: Item(r.Text()), Method: Method(r.Text())}
	d := &l.Drivers
	d.Headcount, d.HeadcountGrowth, d.Base, d.WageGrowth, d.Rate = r.Number(), money.Rate(r.Number()), money.Fen(r.Number()), money.Rate(r.Number()), money.Rate(r.Number())
	d.Standard, d.Collection, d.Last, d.Trend, d.Stated = money.Fen(r.Number()), money.Rate(r.Number()), money.Fen(r.Number()), money.Rate(r.Number()), money.Fen(r.Number())
	d.Reason = r.Text()
	for n := r.Number(); n > 0 && r.Sound(); n-- {
		d.Changes = append(d.Changes, Change{r.Text(), r.Text(), money.Fen(r.Number())})
	}
	return l
}
