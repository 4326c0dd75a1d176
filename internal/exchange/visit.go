package exchange

import (
	"bytes"

	"tongchou/internal/benefit"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// VisitLine (一次就诊一行) is one line of a file of visits to settle, or the reversal of one: JSON as docs/settlement.md says. It is made to
// be read into again and again; what it holds is good until the next line is read.
type VisitLine struct {
	ID        string
	HasID     bool
	Reversal  bool // Reverse is asked for, not Visit
	Visit     benefit.Visit
	Reverse   benefit.Reversal
	Synthetic bool
}

// Read reads a line. Errors: a fault.Refusal whose column is the field that is wrong; the id is there all the same if the line has one.
//
// 依据: YA-4.8.2
func (v *VisitLine) Read(line []byte) error {
	*v = VisitLine{Visit: benefit.Visit{Lines: v.Visit.Lines[:0]}}
	r := visitReader{lineReader: lineReader{scanner: scanner{text: bytes.TrimPrefix(line, []byte("\ufeff"))}}, line: v}
	r.visit()
	r.end()
	switch {
	case r.bad:
		return cited(lineRefused(fieldLine, "", "exchange.person.json"))
	case r.wrong != nil:
		return cited(r.wrong)
	}
	v.Visit.ID, v.Reverse.ID = v.ID, v.ID
	return nil
}

// cited cites the clause that asks for the platform's fields. A key without a name is wrong as the line is.
func cited(r *fault.Refusal) *fault.Refusal {
	p := &r.Problems[0]
	p.Clause = "YA-4.8.2"
	if p.Column == "" {
		p.Column = fieldLine
	}
	return r
}

// visitReader reads a line of a visit.
type visitReader struct {
	lineReader
	line *VisitLine
	seen uint32
	days int

	disease string
}

// The keys of a visit, as bits of what was seen.
const (
	seenMsgid = 1 << iota
	seenPerson
	seenInsurance
	seenCategory
	seenLevel
	seenPlace
	seenDate
	seenBegin
	seenStayDays
	seenApproved
	seenEpidemic
	seenAccount
	seenTotal
	seenWhole
	seenOver
	seenFirst
	seenScope
	seenLines
	seenReverse
	seenCascade
	seenMade
	seenDisease
)

// needed are the keys a visit must have.
var needed = [...]struct {
	bit uint32
	key string
}{{seenPerson, "person"}, {seenInsurance, "insutype"}, {seenCategory, "category"}, {seenLevel, "level"}, {seenPlace, "place"}, {seenDate, "date"}}

func (r *visitReader) visit() {
	if r.next() != '{' {
		r.bad = true
		return
	}
	r.members(func(key []byte) {
		if !r.of(string(key)) && !r.amounts(string(key)) {
			r.unknown(key)
		}
	})
	switch {
	case r.bad:
	case !r.line.HasID:
		r.refuse("msgid", nil, "exchange.person.missing")
	case r.line.Reversal:
		if r.seen&^(seenMsgid|seenReverse|seenCascade|seenMade) != 0 {
			r.refuse("reverse", token(r.line.Reverse.Of), "exchange.visit.reverse_alone")
		}
	default:
		r.complete()
	}
}

func (r *visitReader) complete() {
	for _, n := range needed {
		if r.seen&n.bit == 0 {
			r.refuse(n.key, nil, "exchange.person.missing")
			return
		}
	}
	if r.line.Reverse.Cascade {
		r.refuse("cascade", nil, "exchange.visit.cascade_alone")
	}
	if v := &r.line.Visit; r.days > 0 && v.Begin == "" && v.Date != "" {
		v.Begin = v.Date.Add(1 - r.days)
	}
	r.line.Visit.Disease = benefit.DiseaseOf(r.line.Visit.Category, r.disease)
}

// first remembers a key; the second time is wrong.
func (r *visitReader) first(bit uint32, key string) {
	if r.seen&bit != 0 {
		r.refuse(key, nil, "exchange.person.twice")
	}
	r.seen |= bit
}

// of reads the keys that are no amounts; false when the key is none of them.
func (r *visitReader) of(key string) bool {
	v := &r.line.Visit
	switch key {
	case "msgid":
		r.first(seenMsgid, key)
		r.line.ID, r.line.HasID = r.text(key)
	case "reverse":
		r.first(seenReverse, key)
		r.line.Reverse.Of, _ = r.text(key)
		r.line.Reversal = true
	case "cascade":
		r.first(seenCascade, key)
		r.line.Reverse.Cascade = r.truth(key)
	case "person":
		r.first(seenPerson, key)
		r.person()
	case "insutype":
		r.first(seenInsurance, key)
		v.Insurance = choice(r, key, "exchange.visit.insutype", benefit.ParseInsurance[[]byte])
	case "category":
		r.first(seenCategory, key)
		v.Category = choice(r, key, "exchange.visit.category", benefit.ParseCategory[[]byte])
	case "level":
		r.first(seenLevel, key)
		v.Level = choice(r, key, "exchange.visit.level", benefit.ParseLevel[[]byte])
	case "place":
		r.first(seenPlace, key)
		v.Place = choice(r, key, "exchange.visit.place", benefit.ParsePlace[[]byte])
	case "date":
		r.first(seenDate, key)
		v.Date = r.day(key, false)
	case "begndate":
		r.first(seenBegin, key)
		v.Begin = r.day(key, true)
	case "days":
		r.first(seenStayDays, key)
		r.days = r.stayDays()
	case "approved":
		r.first(seenApproved, key)
		v.Approved = r.truth(key)
	case "disease":
		r.first(seenDisease, key)
		r.disease, _ = r.text(key)
	case "epidemic":
		r.first(seenEpidemic, key)
		v.Epidemic = r.truth(key)
	case "acct_used":
		r.first(seenAccount, key)
		v.UseAccount = r.truth(key)
	case "lines":
		r.first(seenLines, key)
		r.lines()
	case "synthetic":
		r.first(seenMade, key)
		r.line.Synthetic = r.truth(key)
	default:
		return false
	}
	return true
}

// amounts reads the sums of a bill; false when the key is none of them.
func (r *visitReader) amounts(key string) bool {
	s := &r.line.Visit.Scope
	var into *money.Fen
	switch key {
	case "medfee_sumamt":
		r.first(seenTotal, key)
		into = &s.Total
	case "fulamt_ownpay_amt":
		r.first(seenWhole, key)
		into = &s.SelfPaidWhole
	case "overlmt_selfpay":
		r.first(seenOver, key)
		into = &s.OverLimit
	case "preselfpay_amt":
		r.first(seenFirst, key)
		into = &s.SelfPaidFirst
	case "inscp_scp_amt":
		r.first(seenScope, key)
		into = &s.InScope
	default:
		return false
	}
	*into, _ = r.amount(key)
	return true
}

// choice reads one of some words.
func choice[T any](r *visitReader, field, refusal string, parse func([]byte) (T, bool)) T {
	t := r.value()
	out, ok := parse(r.words(t))
	if !ok {
		r.refuse(field, t, refusal)
	}
	return out
}

// day reads a day; null is none where there may be none.
func (r *visitReader) day(field string, optional bool) policy.Date {
	t := r.value()
	if optional && t.kind() == 'n' {
		return ""
	}
	day, ok := policy.ParseDate(string(r.words(t)))
	if !ok || day < "1949" {
		r.refuse(field, t, "exchange.person.day")
	}
	return day
}

// stayDays is how many days a stay took, the first and the last both counted.
func (r *visitReader) stayDays() int {
	t := r.value()
	if t.kind() == 'n' {
		return 0
	}
	n, ok := t.whole()
	if !ok || n < 1 || n > mostDays {
		r.refuse("days", t, "exchange.visit.days", "most", mostDays)
		return 0
	}
	return n
}

const mostDays = 9999

func (r *visitReader) person() {
	if r.next() != '{' {
		r.refuse("person", r.value(), "exchange.visit.person")
		return
	}
	p := &r.line.Visit.Person
	seen := r.once(func(name string, key []byte) {
		switch name {
		case "id":
			p.ID, _ = r.text(name)
		case "groups":
			r.groups(p)
		case "retired":
			p.Retired = r.truth(name)
		case "covered_from":
			p.CoveredFrom = r.day(name, true)
		case "cap":
			p.Cap, p.HasCap = r.amount(name)
		case "account":
			p.Account, _ = r.amount(name)
		case "mulaid":
			p.Family, _ = r.amount(name)
		default:
			r.unknown(key)
		}
	})
	if !seen["id"] {
		r.refuse("id", nil, "exchange.person.missing")
	}
}

// once reads the members of an object, each of which may stand in it once, and tells which did.
func (r *visitReader) once(read func(name string, key []byte)) map[string]bool {
	seen := map[string]bool{}
	r.members(func(key []byte) {
		name := string(key)
		if seen[name] {
			r.refuse(name, nil, "exchange.person.twice")
		}
		seen[name] = true
		read(name, key)
	})
	return seen
}

// each reads the items of a list; null is none.
func (r *visitReader) each(field string, read func()) {
	if r.list() {
		r.items(read)
		return
	}
	if t := r.value(); t.kind() != 'n' {
		r.refuse(field, t, "exchange.person.list")
	}
}

func (r *visitReader) groups(p *benefit.Person) {
	r.each("groups", func() {
		t := r.value()
		text := r.words(t)
		if len(text) == 0 {
			r.refuse("groups", t, "exchange.person.text")
		}
		p.Groups = p.Groups.With(string(text))
	})
}

func (r *visitReader) lines() {
	r.each("lines", func() {
		if r.next() != '{' {
			r.refuse("lines", r.value(), "exchange.visit.line")
			return
		}
		r.line.Visit.Lines = append(r.line.Visit.Lines, r.item())
	})
}

// item reads one line of a bill. What has no class is not in the catalogue.
//
// 依据: SC38-7.1
func (r *visitReader) item() benefit.Line {
	l := benefit.Line{Class: benefit.Outwith}
	total, hasTotal := money.Fen(0), false
	seen := r.once(func(name string, key []byte) {
		switch name {
		case "med_list_codg":
			l.Code, _ = r.text(name)
		case "chrgitm_lv":
			l.Class = r.class()
		case "cnt":
			l.Quantity, _ = r.decimal(name)
		case "pric":
			l.Price, _ = r.decimal(name)
		case "pric_uplmt_amt":
			l.Limit, l.Limited = r.decimal(name)
		case "day_uplmt_amt":
			l.DayLimit, l.DayLimited = r.decimal(name)
		case "selfpay_prop":
			l.First, _ = r.decimal(name)
		case "fee_ocur_time":
			l.On = r.time(name)
		case "det_item_fee_sumamt":
			total, hasTotal = r.amount(name)
		default:
			r.unknown(key)
		}
	})
	for _, name := range []string{"cnt", "pric"} {
		if !seen[name] {
			r.refuse(name, nil, "exchange.person.missing")
		}
	}
	if l.Class == benefit.ClassB && !seen["selfpay_prop"] {
		r.refuse("selfpay_prop", nil, "exchange.person.missing")
	}
	if s, ok := l.Scope(); hasTotal && (!ok || s.Total != total) {
		r.refuse("det_item_fee_sumamt", token(total.String()), "exchange.visit.item_total", "total", s.Total)
	}
	return l
}

// classMarks are 甲, 乙 and 丙.
var classMarks = [...]rune{0x7532, 0x4E59, 0x4E19}

// class reads a class as the platform's code or by its mark.
func (r *visitReader) class() benefit.Class {
	t := r.value()
	if t.kind() == 'n' {
		return benefit.Outwith
	}
	text := string(r.words(t))
	for i, mark := range classMarks {
		if text == string(mark) || text == "0"+string(rune('1'+i)) {
			return benefit.Class(i)
		}
	}
	r.refuse("chrgitm_lv", t, "exchange.visit.class")
	return benefit.Outwith
}

// decimal reads a decimal ≥ 0 of at most six places, as a text or a number; null is none.
func (r *visitReader) decimal(field string) (money.Rate, bool) {
	t := r.value()
	text := string(t)
	switch t.kind() {
	case 'n':
		return 0, false
	case '"':
		text = string(r.words(t))
	}
	rate, err := money.ParseRate(text)
	if err != nil || rate < 0 {
		r.refuse(field, t, "exchange.visit.decimal")
		return 0, false
	}
	return rate, true
}

// time reads the day of a moment: 2026-03-01, or 2026-03-01 10:00:00.
func (r *visitReader) time(field string) policy.Date {
	t := r.value()
	if t.kind() == 'n' {
		return ""
	}
	text := r.words(t)
	const day = len("2026-03-01")
	if len(text) > day && (text[day] == ' ' || text[day] == 'T') {
		text = text[:day]
	}
	out, ok := policy.ParseDate(string(text))
	if !ok {
		r.refuse(field, t, "exchange.person.day")
	}
	return out
}
