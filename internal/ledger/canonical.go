package ledger

import (
	"encoding/hex"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"tongchou/internal/canon"
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
func (v Voucher) Digest() Digest { return digestOf(v.Canonical()) }

func digestOf(content []byte) Digest { return sm3.Sum(content) }

// Canonical (规范字节) is the voucher's content as bytes, the same on every machine and in every version of the program:
// fields in a fixed order, each as its length, a colon, its bytes and a comma.
func (v Voucher) Canonical() []byte {
	w := fields{make(canon.Writer, 0, 256+64*len(v.Postings))}
	w.Text(canonicalForm)
	w.book(v.Book)
	w.Text(string(v.Date))
	w.Text(string(v.Kind))
	w.Text(v.Summary.Text)
	w.Text(v.Summary.Key)
	w.Number(int64(v.Summary.Year))
	w.Text(string(v.Summary.Insurance))
	w.Text(string(v.Summary.Division))
	w.Text(string(v.Source.Kind))
	w.Text(string(v.Source.ID))
	w.Text(string(v.Decision))
	w.book(v.Corrects.Book)
	w.Number(int64(v.Corrects.Year))
	w.Number(int64(v.Corrects.Month))
	w.Text(string(v.Corrects.Word))
	w.Number(int64(v.Corrects.Number))
	w.Text(string(v.Key))
	w.Text(string(v.Maker))
	w.Text(string(v.Reviewer))
	w.Number(int64(len(v.Postings)))
	for _, p := range v.Postings {
		w.Text(string(p.Account))
		w.book(p.Counter)
		w.Text(string(p.Level))
		w.Text(string(p.Institution))
		w.Text(string(p.Side))
		w.Number(int64(p.Amount))
	}
	return w.Writer
}

// ParseCanonical reads what Canonical wrote; false for any other bytes.
func ParseCanonical(content []byte) (Voucher, bool) {
	r := reader{canon.NewReader(content)}
	var v Voucher
	if r.Text() != canonicalForm {
		return v, false
	}
	v.Book = r.book()
	v.Date = policy.Date(r.Text())
	v.Kind = VoucherKind(r.Text())
	v.Summary = Summary{Text: r.Text(), Key: r.Text(), Year: policy.Year(r.Number()), Insurance: pool.Insurance(r.Text()), Division: region.Code(r.Text())}
	v.Source = Source{SourceKind(r.Text()), DocumentID(r.Text())}
	v.Decision = DocumentID(r.Text())
	v.Corrects = Ref{r.book(), policy.Year(r.Number()), time.Month(r.Number()), Word(r.Text()), int(r.Number())}
	v.Key = Key(r.Text())
	v.Maker, v.Reviewer = Person(r.Text()), Person(r.Text())
	for n := r.Number(); n > 0 && r.Sound(); n-- {
		v.Postings = append(v.Postings, Posting{Code(r.Text()), Dimensions{r.book(), Level(r.Text()), Institution(r.Text())}, Side(r.Text()), money.Fen(r.Number())})
	}
	return v, r.Whole()
}

// fields is a canonical form being written.
type fields struct{ canon.Writer }

func (w *fields) book(b Book) {
	w.Text(string(b.Insurance))
	w.Text(string(b.Division))
	w.Text(string(b.Kind))
}

// reader is a canonical form being read.
type reader struct{ *canon.Reader }

func (r reader) book() Book {
	return Book{pool.Insurance(r.Text()), region.Code(r.Text()), BookKind(r.Text())}
}
