package office

import (
	"encoding/binary"
	"errors"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"tongchou/internal/region"
)

// Address (来源地址) is where a request came from.
type Address string

// Object (操作对象) names what was acted on: its kind and id.
type Object struct{ Kind, ID string }

// SealField is the field of a record's After that holds the digests of the rows an act wrote. It is for machines.
const SealField = "sealed"

// Field (字段) is one named value of a record before or after.
type Field struct{ Name, Value string }

// Record (审计记录) is what is to be written down about an act: who, when, from where, what, before, after and why.
//
// 依据: YA-4.10.2
type Record struct {
	Chain      region.Code
	At         time.Time
	Who        UserID
	Department Department
	From       Address
	Action     string
	Object     Object
	Before     []Field
	After      []Field
	Why        string
}

// Entry (审计日志条目) is a record in its chain. Seq counts from 1 in each chain. Hash is the SM3 digest of the canonical
// form, which holds Prev, the hash of the entry before it; the first has a zero Prev.
//
// 依据: YA-4.10.2, YA-4.10.3
type Entry struct {
	Seq Seq
	Record
	Prev Digest
	Hash Digest
}

// Seq (序号) is the place of an entry in its chain, from 1.
type Seq int64

// Head (链头) is the last entry of a chain; the zero Seq of one that has none.
type Head struct {
	Chain region.Code
	Seq   Seq
	Hash  Digest
}

// Head is the head of a chain that ends in this entry.
func (e Entry) Head() Head { return Head{e.Chain, e.Seq, e.Hash} }

// Link (入链) puts a record at the end of a chain. Secrets are taken out of before and after, invalid UTF-8 is replaced, and
// the time is cut to milliseconds in UTC. The record's chain is the head's.
//
// 依据: YA-4.10.2
func Link(head Head, r Record) Entry {
	e, _ := LinkForm(head, r)
	return e
}

// LinkForm (入链) does what Link does and gives the entry's canonical form too, which was made for its hash.
func LinkForm(head Head, r Record) (Entry, []byte) {
	r.Chain, r.At = head.Chain, r.At.UTC().Truncate(time.Millisecond)
	r.Before, r.After = Redact(r.Before), Redact(r.After)
	for _, text := range r.texts() {
		*text = valid(*text)
	}
	e := Entry{Seq: head.Seq + 1, Record: r, Prev: head.Hash}
	form := e.Canonical()
	e.Hash = DigestOf(form)
	return e, form
}

// texts are the texts of a record that somebody may have typed.
func (r *Record) texts() []*string {
	return []*string{(*string)(&r.Who), (*string)(&r.Department), (*string)(&r.From), &r.Action, &r.Object.Kind, &r.Object.ID, &r.Why}
}

// canonicalVersion begins every canonical form. A form that is changed gets the next version, and this one stays readable.
const canonicalVersion = 1

// Canonical (规范字节) is the byte form that is hashed: the version, then every value behind its length (four bytes, big
// end first), numbers in eight bytes, the time in milliseconds since 1970, before and after as a count of fields and the
// fields. It does not hold the hash.
//
// 依据: YA-4.10.2
func (e Entry) Canonical() []byte {
	w := append(make(writer, 0, 256), canonicalVersion)
	w.number(int64(e.Seq))
	w.text(string(e.Chain))
	w.number(e.At.UnixMilli())
	w.text(string(e.Who))
	w.text(string(e.Department))
	w.text(string(e.From))
	w.text(e.Action)
	w.text(e.Object.Kind)
	w.text(e.Object.ID)
	w.fields(e.Before)
	w.fields(e.After)
	w.text(e.Why)
	w.text(string(e.Prev[:]))
	return w
}

type writer []byte

func (w *writer) number(n int64) { *w = binary.BigEndian.AppendUint64(*w, uint64(n)) }

func (w *writer) count(n int) { *w = binary.BigEndian.AppendUint32(*w, uint32(n)) }

func (w *writer) text(s string) {
	w.count(len(s))
	*w = append(*w, s...)
}

func (w *writer) fields(fields []Field) {
	w.count(len(fields))
	for _, f := range fields {
		w.text(f.Name)
		w.text(f.Value)
	}
}

// What can be wrong with a canonical form.
var (
	ErrVersion   = errors.New("office: unknown version of the canonical form")
	ErrTruncated = errors.New("office: the canonical form ends too early")
	ErrTrailing  = errors.New("office: bytes after the canonical form")
	ErrText      = errors.New("office: a text that is not UTF-8, or a digest of the wrong length")
)

// Decode reads a canonical form; the hash is that of the bytes. Errors: ErrVersion, ErrTruncated, ErrTrailing, ErrText.
// What is decoded has the same canonical form again.
func Decode(canonical []byte) (Entry, error) {
	if len(canonical) == 0 {
		return Entry{}, ErrTruncated
	}
	if canonical[0] != canonicalVersion {
		return Entry{}, ErrVersion
	}
	r := reader{rest: canonical[1:]}
	var e Entry
	e.Seq = Seq(r.number())
	e.Chain = region.Code(r.text())
	e.At = time.UnixMilli(r.number()).UTC()
	e.Who = UserID(r.text())
	e.Department = Department(r.text())
	e.From = Address(r.text())
	e.Action = r.text()
	e.Object = Object{r.text(), r.text()}
	e.Before = r.fields()
	e.After = r.fields()
	e.Why = r.text()
	prev := r.bytes()
	if r.err == nil && len(prev) != len(e.Prev) {
		r.err = ErrText
	}
	if r.err == nil && len(r.rest) > 0 {
		r.err = ErrTrailing
	}
	if r.err != nil {
		return Entry{}, r.err
	}
	copy(e.Prev[:], prev)
	e.Hash = DigestOf(canonical)
	return e, nil
}

// reader takes values from the front; after the first error it gives zero values.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) take(n int) []byte {
	if r.err == nil && n > len(r.rest) {
		r.err = ErrTruncated
	}
	if r.err != nil {
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) number() int64 {
	if raw := r.take(8); raw != nil {
		return int64(binary.BigEndian.Uint64(raw))
	}
	return 0
}

func (r *reader) count() int {
	if raw := r.take(4); raw != nil {
		return int(binary.BigEndian.Uint32(raw))
	}
	return 0
}

func (r *reader) bytes() []byte { return r.take(r.count()) }

func (r *reader) text() string {
	raw := r.bytes()
	if !utf8.Valid(raw) {
		r.err = ErrText
	}
	return string(raw)
}

// leastField is how many bytes a field takes at least.
const leastField = 8

func (r *reader) fields() []Field {
	n := r.count()
	if n > len(r.rest)/leastField {
		r.take(len(r.rest) + 1)
		return nil
	}
	var out []Field
	for range n {
		out = append(out, Field{r.text(), r.text()})
	}
	return out
}

// AnchorAction is the action of an entry that anchors another chain's head in the province's chain.
const AnchorAction = "anchor"

const (
	anchorObject = "chain"
	anchorSeq    = "seq"
	anchorHash   = "hash"
)

// Anchor (锚定) is a record for the province's chain that fixes the head of a division's chain.
//
// 依据: YA-4.10.2
func Anchor(head Head, at time.Time) Record {
	return Record{At: at, Action: AnchorAction, Object: Object{anchorObject, string(head.Chain)},
		After: []Field{{anchorSeq, strconv.FormatInt(int64(head.Seq), 10)}, {anchorHash, head.Hash.String()}}}
}

// anchored gives the head an entry anchors; false when it is no anchor or not a sound one.
func (e Entry) anchored() (Head, bool) {
	if e.Action != AnchorAction || e.Object.Kind != anchorObject || len(e.After) != 2 ||
		e.After[0].Name != anchorSeq || e.After[1].Name != anchorHash {
		return Head{}, false
	}
	seq, err := strconv.ParseInt(e.After[0].Value, 10, 64)
	hash, wrong := ParseDigest(e.After[1].Value)
	return Head{region.Code(e.Object.ID), Seq(seq), hash}, err == nil && wrong == nil && seq > 0
}

// Equal tells whether two entries say the same, hashes included.
func (e Entry) Equal(f Entry) bool {
	return e.Hash == f.Hash && slices.Equal(e.Canonical(), f.Canonical())
}
