package budget

import (
	"strconv"

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

// paperForm names the byte form. A change of the form is a new name, so that digests of old papers stay true.
const paperForm = "tongchou budget 1"

// Canonical (规范字节) is the paper as bytes, the same on every machine and in every version of the program: fields in a fixed order,
// each as its length, a colon, its bytes and a comma.
func (p Paper) Canonical() []byte {
	var w paperWriter
	b := p.Budget
	w.text(paperForm)
	w.number(int64(b.Year))
	w.text(string(b.Division))
	w.text(string(b.Insurance))
	w.number(int64(b.Revision))
	w.number(int64(b.SurplusBegin))
	w.number(int64(b.Violation))
	w.flag(b.Synthetic)
	w.flag(b.Before != nil)
	w.number(int64(len(b.Before)))
	for _, i := range b.Before {
		w.text(string(i))
	}
	w.number(int64(len(b.Approvals)))
	for _, a := range b.Approvals {
		w.text(string(a.By))
		w.text(a.Document)
		w.text(string(a.On))
		w.number(int64(a.Amount))
	}
	w.number(int64(len(b.Lines)))
	for _, l := range b.Lines {
		w.line(l)
	}
	w.text(p.Reason)
	return w
}

// ParsePaper reads what Canonical wrote; false for any other bytes.
func ParsePaper(content []byte) (Paper, bool) {
	r := &paperReader{rest: content, ok: true}
	var p Paper
	if r.text() != paperForm {
		return p, false
	}
	b := &p.Budget
	b.Key = pool.Key{Year: policy.Year(r.number()), Division: region.Code(r.text()), Insurance: pool.Insurance(r.text())}
	b.Revision, b.SurplusBegin, b.Violation, b.Synthetic = int(r.number()), money.Fen(r.number()), money.Fen(r.number()), r.flag()
	if r.flag() {
		b.Before = []Item{}
	}
	for n := r.number(); n > 0 && r.ok; n-- {
		b.Before = append(b.Before, Item(r.text()))
	}
	for n := r.number(); n > 0 && r.ok; n-- {
		b.Approvals = append(b.Approvals, Approval{Approver(r.text()), r.text(), policy.Date(r.text()), money.Fen(r.number())})
	}
	for n := r.number(); n > 0 && r.ok; n-- {
		b.Lines = append(b.Lines, r.line())
	}
	p.Reason = r.text()
	return p, r.ok && len(r.rest) == 0
}

// paperWriter is a canonical form being written.
type paperWriter []byte

func (w *paperWriter) text(text string) {
	*w = strconv.AppendInt(*w, int64(len(text)), 10)
	*w = append(*w, ':')
	*w = append(*w, text...)
	*w = append(*w, ',')
}

func (w *paperWriter) number(n int64) { w.text(strconv.FormatInt(n, 10)) }

func (w *paperWriter) flag(yes bool) {
	if yes {
		w.number(1)
		return
	}
	w.number(0)
}

func (w *paperWriter) line(l Line) {
	d := l.Drivers
	w.text(string(l.Item))
	w.text(string(l.Method))
	for _, n := range []int64{d.Headcount, int64(d.HeadcountGrowth), int64(d.Base), int64(d.WageGrowth), int64(d.Rate), int64(d.Standard), int64(d.Collection), int64(d.Last),
		int64(d.Trend), int64(d.Stated)} {
		w.number(n)
	}
	w.text(d.Reason)
	w.number(int64(len(d.Changes)))
	for _, c := range d.Changes {
		w.text(c.Title)
		w.text(c.Document)
		w.number(int64(c.Amount))
	}
}

// paperReader is a canonical form being read. What cannot be read makes it not ok for good.
type paperReader struct {
	rest []byte
	ok   bool
}

func (r *paperReader) text() string {
	length, digits := 0, 0
	for digits < len(r.rest) && digits < 9 && r.rest[digits] >= '0' && r.rest[digits] <= '9' {
		length = length*10 + int(r.rest[digits]-'0')
		digits++
	}
	end := digits + 1 + length
	if digits == 0 || digits > 1 && r.rest[0] == '0' || end >= len(r.rest) || r.rest[digits] != ':' || r.rest[end] != ',' {
		r.ok, r.rest = false, nil
		return ""
	}
	text := string(r.rest[digits+1 : end])
	r.rest = r.rest[end+1:]
	return text
}

func (r *paperReader) number() int64 {
	text := r.text()
	n, err := strconv.ParseInt(text, 10, 64)
	r.ok = r.ok && err == nil && strconv.FormatInt(n, 10) == text
	return n
}

func (r *paperReader) flag() bool {
	n := r.number()
	r.ok = r.ok && (n == 0 || n == 1)
	return n == 1
}

func (r *paperReader) line() Line {
	l := Line{Item: Item(r.text()), Method: Method(r.text())}
	d := &l.Drivers
	d.Headcount, d.HeadcountGrowth, d.Base, d.WageGrowth, d.Rate = r.number(), money.Rate(r.number()), money.Fen(r.number()), money.Rate(r.number()), money.Rate(r.number())
	d.Standard, d.Collection, d.Last, d.Trend, d.Stated = money.Fen(r.number()), money.Rate(r.number()), money.Fen(r.number()), money.Rate(r.number()), money.Fen(r.number())
	d.Reason = r.text()
	for n := r.number(); n > 0 && r.ok; n-- {
		d.Changes = append(d.Changes, Change{r.text(), r.text(), money.Fen(r.number())})
	}
	return l
}
