package enrol

import (
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// formVersion is the first byte of every form. A file is at most a few hundred bytes, so it is kept whole as one value: for each
// entry its kind, its source and its fields, numbers as varints, days counted from the day before 1900-01-01. A text is 0, its
// length and its bytes where it stands for the first time, and afterwards its number among the texts of the file: a person is insured
// in the same place in the same way for many years.
const formVersion = 1

// mostTexts is how many texts of a file are numbered; those after are written out.
const mostTexts = 100

// usualEntry is how many bytes an entry often has, for making room.
const usualEntry = 13

// AppendForm writes the entries of a file in their one form.
func (f *File) AppendForm(b []byte) []byte {
	w := formWriter{b: append(b, formVersion)}
	for _, e := range f.Entries {
		w.b = append(w.b, byte(e.Fact.kind()))
		w.number(uint64(e.Source))
		w.fact(e.Fact)
	}
	return w.b
}

// ReadForm reads the entries AppendForm wrote. Bytes it did not write are refused as damaged.
func ReadForm(no PersonNo, form []byte) (*File, error) {
	if len(form) == 0 || form[0] != formVersion {
		return nil, damaged(no)
	}
	f := &File{No: no}
	if len(form) > usualEntry {
		f.Entries = make([]Entry, 0, len(form)/usualEntry)
	}
	r := formReader{rest: form[1:]}
	for len(r.rest) > 0 {
		k := kind(r.byte())
		source := r.number()
		if source > 1<<32-1 {
			return nil, damaged(no)
		}
		fact := r.fact(k)
		if r.unsound || fact == nil {
			return nil, damaged(no)
		}
		f.Entries = append(f.Entries, Entry{Source(source), fact})
	}
	return f, nil
}

func damaged(no PersonNo) error {
	return fault.New(fault.Internal, "enrol.damaged", "person", int64(no))
}

// texts numbers the texts of a file, from 1. Its memory is enough for most files.
type texts struct {
	all   []string
	space [16]string
}

// number gives a text's number; 0 when it has none yet, which it gets then.
func (t *texts) number(text string) uint64 {
	if at := slices.Index(t.all, text); at >= 0 {
		return uint64(at) + 1
	}
	if t.all == nil {
		t.all = t.space[:0]
	}
	if len(t.all) < mostTexts {
		t.all = append(t.all, text)
	}
	return 0
}

type formWriter struct {
	b     []byte
	texts texts
}

func (w *formWriter) number(n uint64) { w.b = binary.AppendUvarint(w.b, n) }

func (w *formWriter) fen(f money.Fen) { w.b = binary.AppendVarint(w.b, int64(f)) }

func (w *formWriter) text(text string) {
	before := w.texts.number(text)
	w.number(before)
	if before > 0 {
		return
	}
	w.number(uint64(len(text)))
	w.b = append(w.b, text...)
}

func (w *formWriter) day(d policy.Date) { w.number(uint64(dayNumber(d))) }

func (w *formWriter) spell(s Spell) {
	w.day(s.From)
	w.day(s.To)
}

// shares writes which payers bear something, as bits, then what they bear.
func (w *formWriter) shares(shares Shares) {
	var bits uint64
	for payer, share := range shares {
		if share != 0 {
			bits |= 1 << payer
		}
	}
	w.number(bits)
	for _, share := range shares {
		if share != 0 {
			w.fen(share)
		}
	}
}

func (w *formWriter) fact(fact Fact) {
	switch fact := fact.(type) {
	case Known:
		w.text(string(fact.Kind))
		w.text(fact.Number)
		w.text(fact.Name)
		w.text(string(fact.Sex))
		w.day(fact.Birth)
	case Registered:
		w.day(fact.On)
		w.text(string(fact.Place))
	case Lives:
		w.day(fact.On)
		w.text(string(fact.Place))
	case Belongs:
		w.text(string(fact.Group))
		w.spell(fact.Spell)
	case Attached:
		w.text(string(fact.Unit))
		w.text(fact.Number)
		w.text(fact.Name)
		w.text(fact.Role)
		w.spell(fact.Spell)
	case Covered:
		w.text(string(fact.Area))
		w.text(string(fact.Way))
		w.spell(fact.Spell)
	case Paid:
		w.text(string(fact.Area))
		w.text(string(fact.Way))
		w.number(uint64(fact.Year))
		w.spell(fact.Months)
		w.day(fact.On)
		w.fen(fact.Base)
		w.shares(fact.Shares)
		w.number(uint64(fact.Repair))
	case Refunded:
		w.number(uint64(fact.No))
		w.day(fact.On)
	case Used:
		w.number(uint64(fact.Year))
		w.fen(fact.Reimbursed)
		w.fen(fact.Catastrophic)
	case Reminded:
		w.day(fact.On)
		w.text(fact.By)
		w.text(fact.Channel)
		w.text(fact.Result)
	case Reachable:
		w.text(fact.Phone)
		w.text(fact.Address)
	case Ended:
		w.day(fact.On)
		w.text(string(fact.Why))
	case Void:
		w.number(uint64(fact.No))
		w.text(fact.Why)
	case Enrolled:
		w.day(fact.On)
		w.text(string(fact.Area))
		w.text(string(fact.Way))
		w.number(uint64(fact.StandardOf))
		w.spell(fact.Spell)
	case Transferred:
		w.day(fact.On)
		w.text(string(fact.From))
		w.text(string(fact.To))
		w.number(uint64(fact.Months))
	}
}

type formReader struct {
	rest    []byte
	texts   texts
	unsound bool
}

func (r *formReader) fail() { r.unsound, r.rest = true, nil }

func (r *formReader) byte() byte {
	if len(r.rest) == 0 {
		r.fail()
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

// number reads a number that is written in its shortest form.
func (r *formReader) number() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || size > 1 && r.rest[size-1] == 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *formReader) count() int {
	n := r.number()
	if n > 1<<31-1 {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *formReader) fen() money.Fen {
	n := r.number()
	return money.Fen(int64(n>>1) ^ -int64(n&1))
}

func (r *formReader) text() string {
	before := r.number()
	if before > uint64(len(r.texts.all)) {
		r.fail()
		return ""
	}
	if before > 0 {
		return r.texts.all[before-1]
	}
	n := r.number()
	if n > uint64(len(r.rest)) {
		r.fail()
		return ""
	}
	text := string(r.rest[:n])
	r.rest = r.rest[n:]
	if r.texts.number(text) > 0 {
		r.fail() // it stood before
	}
	return text
}

func (r *formReader) day() policy.Date {
	n := r.number()
	if n > lastDay {
		r.fail()
		return ""
	}
	return dayOf(int32(n))
}

func (r *formReader) spell() Spell { return Spell{r.day(), r.day()} }

func (r *formReader) shares() (shares Shares) {
	bits := r.number()
	if bits >= 1<<payers {
		r.fail()
	}
	for payer := range shares {
		if bits&(1<<payer) == 0 {
			continue
		}
		shares[payer] = r.fen()
		if shares[payer] == 0 {
			r.fail()
		}
	}
	return shares
}

// fact reads a fact of a kind; nil for a kind there is not.
func (r *formReader) fact(k kind) Fact {
	switch k {
	case knownKind:
		return Known{Identity{Document{DocumentKind(r.text()), r.text()}, r.text(), Sex(r.text()), r.day()}}
	case registeredKind:
		return Registered{r.day(), Place(r.text())}
	case livesKind:
		return Lives{r.day(), Place(r.text())}
	case belongsKind:
		return Belongs{Group(r.text()), r.spell()}
	case attachedKind:
		return Attached{Unit(r.text()), r.text(), r.text(), r.text(), r.spell()}
	case coveredKind:
		return Covered{region.Code(r.text()), Way(r.text()), r.spell()}
	case paidKind:
		return Paid{region.Code(r.text()), Way(r.text()), policy.Year(r.count()), r.spell(), r.day(), r.fen(), r.shares(), r.count()}
	case refundedKind:
		return Refunded{r.count(), r.day()}
	case usedKind:
		return Used{policy.Year(r.count()), r.fen(), r.fen()}
	case remindedKind:
		return Reminded{r.day(), r.text(), r.text(), r.text()}
	case reachableKind:
		return Reachable{r.text(), r.text()}
	case endedKind:
		return Ended{r.day(), End(r.text())}
	case voidKind:
		return Void{r.count(), r.text()}
	case enrolledKind:
		return Enrolled{r.day(), region.Code(r.text()), Way(r.text()), policy.Year(r.count()), r.spell()}
	case transferredKind:
		return Transferred{r.day(), region.Code(r.text()), region.Code(r.text()), r.count()}
	}
	return nil
}

// lastDay is 9999-12-31.
var lastDay = uint64(dayNumber("9999-12-31"))

// dayNumber counts days from the one before 1900-01-01; 0 is no day. A day before 1900 cannot be kept and counts as 1900-01-01.
func dayNumber(d policy.Date) int32 {
	if d == "" {
		return 0
	}
	year := int(d[0]-'0')*1000 + int(d[1]-'0')*100 + int(d[2]-'0')*10 + int(d[3]-'0')
	month := int(d[5]-'0')*10 + int(d[6]-'0')
	day := int(d[8]-'0')*10 + int(d[9]-'0')
	return max(1, civil(year, month, day)-civil(1899, 12, 31))
}

// civil counts the days of the Gregorian calendar.
func civil(year, month, day int) int32 {
	if month <= 2 {
		year--
		month += 12
	}
	return int32(365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day)
}

func dayOf(n int32) policy.Date {
	if n == 0 {
		return ""
	}
	if days := daysWritten(); int(n)*len(time.DateOnly) <= len(days) {
		return policy.Date(days[(int(n)-1)*len(time.DateOnly) : int(n)*len(time.DateOnly)])
	}
	return policy.Date(dayZero.AddDate(0, 0, int(n)).Format(time.DateOnly))
}

var dayZero = time.Date(1899, time.December, 31, 0, 0, 0, 0, time.UTC)

// daysWritten are the days of two centuries one after the other, so that reading a file does not write its days again.
var daysWritten = sync.OnceValue(func() string {
	var all []byte
	for day := dayZero.AddDate(0, 0, 1); day.Year() < 2100; day = day.AddDate(0, 0, 1) {
		all = day.AppendFormat(all, time.DateOnly)
	}
	return string(all)
})

// ReadDate reads a day as files write it: 2025-03-01, 2025/3/1 or 20250301. The text it gives takes no room of its own.
func ReadDate(text []byte) (policy.Date, bool) {
	var parts [3]int
	part, digits := 0, 0
	bare := len(text) == len("20250301") && text[4] >= '0' && text[4] <= '9' && text[6] >= '0' && text[6] <= '9'
	for i, c := range text {
		switch {
		case c >= '0' && c <= '9' && (digits < 2 || part == 0 && digits < 4):
			parts[part] = parts[part]*10 + int(c-'0')
			digits++
			if bare && (i == 3 || i == 5) {
				part, digits = part+1, 0
			}
		case (c == '-' || c == '/') && part < 2 && digits > 0 && (part > 0 || digits == 4):
			part, digits = part+1, 0
		default:
			return "", false
		}
		if part > 2 {
			return "", false
		}
	}
	year, month, day := parts[0], parts[1], parts[2]
	if part != 2 || year < 1900 || month < 1 || month > 12 || day < 1 || day > daysIn(policy.Year(year), time.Month(month)) {
		return "", false
	}
	return dayOf(civil(year, month, day) - civil(1899, 12, 31)), true
}
