package ledger

import (
	"encoding/hex"
	"strconv"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// canonicalForm names the byte form. A change of the form is a new name, so that digests of old vouchers stay true.
const canonicalForm = "tongchou voucher 1"

// Digest (内容摘要) is the SM3 digest of a voucher's content.
type Digest [sm3.Size]byte

// String is the digest in hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// Digest is the SM3 digest of the canonical form. Word and number are not in it: they are given at posting, and the same
// content under the same key is the same voucher whenever it arrives.
func (v Voucher) Digest() Digest { return sm3.Sum(v.Canonical()) }

// Canonical (规范字节) is the voucher's content as bytes, the same on every machine and in every version of the program:
// fields in a fixed order, each as its length, a colon, its bytes and a comma.
func (v Voucher) Canonical() []byte {
	w := make(fields, 0, 512+128*len(v.Postings))
	w.put(canonicalForm)
	w.book(v.Book)
	w.put(string(v.Date))
	w.put(string(v.Kind))
	w.put(v.Summary.Text)
	w.put(v.Summary.Key)
	w.number(int64(v.Summary.Year))
	w.put(string(v.Summary.Insurance))
	w.put(string(v.Summary.Division))
	w.put(string(v.Source.Kind))
	w.put(string(v.Source.ID))
	w.put(string(v.Decision))
	w.book(v.Corrects.Book)
	w.number(int64(v.Corrects.Year))
	w.number(int64(v.Corrects.Month))
	w.put(string(v.Corrects.Word))
	w.number(int64(v.Corrects.Number))
	w.put(string(v.Key))
	w.put(string(v.Maker))
	w.put(string(v.Reviewer))
	w.number(int64(len(v.Postings)))
	for _, p := range v.Postings {
		w.put(string(p.Account))
		w.book(p.Counter)
		w.put(string(p.Level))
		w.put(string(p.Institution))
		w.put(string(p.Side))
		w.number(int64(p.Amount))
	}
	return w
}

// ParseCanonical reads what Canonical wrote; false for any other bytes.
func ParseCanonical(content []byte) (Voucher, bool) {
	r := &reader{rest: content, ok: true}
	var v Voucher
	if r.text() != canonicalForm {
		return v, false
	}
	v.Book = r.book()
	v.Date = policy.Date(r.text())
	v.Kind = VoucherKind(r.text())
	v.Summary = Summary{Text: r.text(), Key: r.text(), Year: policy.Year(r.number()), Insurance: pool.Insurance(r.text()), Division: region.Code(r.text())}
	v.Source = Source{SourceKind(r.text()), DocumentID(r.text())}
	v.Decision = DocumentID(r.text())
	v.Corrects = Ref{r.book(), policy.Year(r.number()), time.Month(r.number()), Word(r.text()), int(r.number())}
	v.Key = Key(r.text())
	v.Maker, v.Reviewer = Person(r.text()), Person(r.text())
	for n := r.number(); n > 0 && r.ok; n-- {
		v.Postings = append(v.Postings, Posting{Code(r.text()), Dimensions{r.book(), Level(r.text()), Institution(r.text())}, Side(r.text()), money.Fen(r.number())})
	}
	return v, r.ok && len(r.rest) == 0
}

// fields is a canonical form being written.
type fields []byte

func (w *fields) put(text string) {
	*w = strconv.AppendInt(*w, int64(len(text)), 10)
	*w = append(*w, ':')
	*w = append(*w, text...)
	*w = append(*w, ',')
}

func (w *fields) number(n int64) {
	var digits [20]byte
	w.put(string(strconv.AppendInt(digits[:0], n, 10)))
}

func (w *fields) book(b Book) {
	w.put(string(b.Insurance))
	w.put(string(b.Division))
	w.put(string(b.Kind))
}

// reader is a canonical form being read. What cannot be read makes it not ok for good.
type reader struct {
	rest []byte
	ok   bool
}

func (r *reader) text() string {
	length, digits := 0, 0
	for digits < len(r.rest) && digits < 9 && r.rest[digits] >= '0' && r.rest[digits] <= '9' {
		length = length*10 + int(r.rest[digits]-'0')
		digits++
	}
	end := digits + 1 + length
	if digits == 0 || digits > 1 && r.rest[0] == '0' || end >= len(r.rest) || r.rest[digits] != ':' || r.rest[end] != ',' {
		r.ok = false
		r.rest = nil
		return ""
	}
	text := string(r.rest[digits+1 : end])
	r.rest = r.rest[end+1:]
	return text
}

// number reads a whole number as the only text that writes it.
func (r *reader) number() int64 {
	text := r.text()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != text {
		r.ok = false
	}
	return n
}

func (r *reader) book() Book {
	return Book{pool.Insurance(r.text()), region.Code(r.text()), BookKind(r.text())}
}
