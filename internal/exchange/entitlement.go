package exchange

import (
	"bytes"
	"errors"
	"strings"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// PersonLine (一人一行) is one line of a file of people whose entitlement is asked for: JSON as docs/entitlement.md says.
// It is made to be read into again and again.
type PersonLine struct {
	ID        string
	HasID     bool
	Division  region.Code
	Synthetic bool
	History   enrol.History
}

// Fields of a line besides those of a year.
const (
	fieldLine = "json"
	mostYears = 999 // of repair
)

// Read reads a line. Errors: a fault.Refusal whose column is the field that is wrong; the id is there all the same if
// the line has one.
func (p *PersonLine) Read(line []byte) error {
	*p = PersonLine{History: enrol.History{Years: p.History.Years[:0]}}
	r := personReader{scanner: scanner{text: bytes.TrimPrefix(line, []byte("\ufeff"))}, line: p}
	r.person()
	r.end()
	switch {
	case r.bad:
		return lineRefused(fieldLine, "", "exchange.person.json")
	case r.wrong != nil:
		return r.wrong
	}
	return nil
}

// longestShown is how much of a wrong value is shown.
const longestShown = 40

func lineRefused(field, value, key string, args ...any) *fault.Refusal {
	if runes := []rune(value); len(runes) > longestShown {
		value = string(runes[:longestShown]) + "…"
	}
	return fault.Refuse(fault.Problem{Column: field, Value: value, Message: fault.Msg(key, append(args, "field", field, "value", value)...)})
}

// personReader reads a line. The first thing that is wrong with a field is kept; reading goes on, to the id.
type personReader struct {
	scanner
	line  *PersonLine
	wrong *fault.Refusal
}

// refuse keeps the first thing that is wrong.
func (r *personReader) refuse(field string, value token, key string, args ...any) {
	if r.wrong == nil && !r.bad {
		r.wrong = lineRefused(field, strings.Trim(string(value), `"`), key, args...)
	}
}

// The keys of an object, as bits of what was seen.
const (
	seenID = 1 << iota
	seenBorn
	seenGroups
	seenDivision
	seenYears
	seenSynthetic
)

const (
	seenYear = 1 << iota
	seenCover
	seenPaidOn
	seenReimbursed
	seenCatastrophic
	seenRepair
)

// once remembers a key; the second time is wrong.
func (r *personReader) once(seen *int, bit int, key string) {
	if *seen&bit != 0 {
		r.refuse(key, nil, "exchange.person.twice")
	}
	*seen |= bit
}

func (r *personReader) person() {
	seen := 0
	if r.next() != '{' {
		r.bad = true
		return
	}
	r.members(func(key []byte) {
		switch string(key) {
		case "id":
			r.once(&seen, seenID, "id")
			r.id()
		case "born":
			r.once(&seen, seenBorn, "born")
			r.day("born", &r.line.History.Born)
		case "groups":
			r.once(&seen, seenGroups, "groups")
			r.groups()
		case "division":
			r.once(&seen, seenDivision, "division")
			r.division()
		case "years":
			r.once(&seen, seenYears, "years")
			r.years()
		case "synthetic":
			r.once(&seen, seenSynthetic, "synthetic")
			r.synthetic()
		default:
			r.unknown(key)
		}
	})
	switch {
	case !r.line.HasID:
		r.refuse("id", nil, "exchange.person.missing")
	case r.line.History.Born == 0:
		r.refuse("born", nil, "exchange.person.missing")
	case seen&seenYears == 0:
		r.refuse("years", nil, "exchange.person.missing")
	}
}

// unknown refuses a key that is not known: were it passed over, a slip of the pen would change the answer.
func (r *personReader) unknown(key []byte) {
	r.refuse(string(key), r.value(), "exchange.person.unknown")
}

func (r *personReader) id() {
	t := r.value()
	if text := r.words(t); len(text) > 0 {
		r.line.ID, r.line.HasID = string(text), true
		return
	}
	r.refuse("id", t, "exchange.person.text")
}

// words is what a string says; nothing for other values.
func (r *personReader) words(t token) []byte {
	if t.kind() != '"' {
		return nil
	}
	return r.unquoted(t)
}

func (r *personReader) day(field string, into *enrol.Day) {
	t := r.value()
	if t.kind() == 'n' {
		return
	}
	day, ok := enrol.ParseDay(r.words(t))
	if !ok {
		r.refuse(field, t, "exchange.person.day")
		return
	}
	*into = day
}

func (r *personReader) groups() {
	if !r.list() {
		r.refuse("groups", r.value(), "exchange.person.list")
		return
	}
	r.items(func() {
		t := r.value()
		text := r.words(t)
		if len(text) == 0 {
			r.refuse("groups", t, "exchange.person.text")
		}
		r.line.History.Groups = r.line.History.Groups.With(enrol.Group(text))
	})
}

func (r *personReader) list() bool { return r.next() == '[' }

func (r *personReader) division() {
	t := r.value()
	if t.kind() == 'n' {
		return
	}
	code, err := region.Parse(string(r.words(t)))
	if err != nil {
		r.refuse("division", t, "exchange.person.division")
		return
	}
	r.line.Division = code
}

func (r *personReader) synthetic() {
	t := r.value()
	if k := t.kind(); k != 't' && k != 'f' {
		r.refuse("synthetic", t, "exchange.person.truth")
		return
	}
	r.line.Synthetic = t.kind() == 't'
}

func (r *personReader) years() {
	if !r.list() {
		r.refuse("years", r.value(), "exchange.person.list")
		return
	}
	r.items(func() {
		if r.next() != '{' {
			r.refuse("years", r.value(), "exchange.person.object")
			return
		}
		r.line.History.Years = append(r.line.History.Years, r.year())
	})
}

func (r *personReader) year() enrol.Year {
	var y enrol.Year
	seen, hasCover, before := 0, false, r.wrong
	r.members(func(key []byte) {
		switch string(key) {
		case "year":
			r.once(&seen, seenYear, "year")
			y.Year = r.calendarYear()
		case "cover":
			r.once(&seen, seenCover, "cover")
			y.Cover, hasCover = r.cover()
		case "paid_on":
			r.once(&seen, seenPaidOn, "paid_on")
			r.day("paid_on", &y.PaidOn)
		case "reimbursed":
			r.once(&seen, seenReimbursed, "reimbursed")
			y.Reimbursed, y.HasReimbursed = r.amount("reimbursed")
		case "catastrophic_paid":
			r.once(&seen, seenCatastrophic, "catastrophic_paid")
			y.CatastrophicPaid, y.HasCatastrophic = r.amount("catastrophic_paid")
		case "repair_years":
			r.once(&seen, seenRepair, "repair_years")
			y.RepairYears = r.repair()
		default:
			r.unknown(key)
		}
	})
	switch {
	case y.Year == 0:
		r.refuse("year", nil, "exchange.person.missing")
	case !hasCover:
		r.refuse("cover", nil, "exchange.person.missing")
	}
	if r.wrong != before && y.Year != 0 {
		r.wrong.Problems[0].Message = r.wrong.Problems[0].With("year", int(y.Year))
	}
	return y
}

func (r *personReader) calendarYear() policy.Year {
	t := r.value()
	n, ok := t.whole()
	if !ok || n < 1949 || n > 9999 {
		r.refuse("year", t, "exchange.person.year")
	}
	return policy.Year(n)
}

func (r *personReader) cover() (enrol.Insurance, bool) {
	t := r.value()
	cover, ok := enrol.ParseInsurance(r.words(t))
	if !ok {
		r.refuse("cover", t, "exchange.person.cover")
	}
	return cover, ok
}

func (r *personReader) repair() int {
	t := r.value()
	if t.kind() == 'n' {
		return 0
	}
	n, ok := t.whole()
	if !ok || n < 0 || n > mostYears {
		r.refuse("repair_years", t, "exchange.person.repair", "most", mostYears)
		return 0
	}
	return n
}

// amount reads an amount, a string in yuan; null is none.
func (r *personReader) amount(field string) (money.Fen, bool) {
	t := r.value()
	if t.kind() == 'n' {
		return 0, false
	}
	if fen, ok := plainFen(t); ok {
		return fen, true
	}
	if t.kind() != '"' {
		r.refuse(field, t, "exchange.person.amount")
		return 0, false
	}
	fen, err := money.ParseFen(string(r.words(t)))
	switch {
	case errors.Is(err, money.ErrTooLarge):
		r.refuse(field, t, "exchange.person.amount.large")
	case err != nil:
		r.refuse(field, t, "exchange.person.amount")
	case fen < 0:
		r.refuse(field, t, "exchange.person.amount.negative")
	}
	return fen, err == nil
}

// plainFen reads what nearly every amount is: up to twelve digits, a point and two digits more.
func plainFen(t token) (money.Fen, bool) {
	if len(t) < 6 || len(t) > 17 || t[0] != '"' || t[len(t)-4] != '.' {
		return 0, false
	}
	fen := money.Fen(0)
	for i, c := range t[1 : len(t)-1] {
		if i == len(t)-5 {
			continue
		}
		if c < '0' || c > '9' {
			return 0, false
		}
		fen = fen*10 + money.Fen(c-'0')
	}
	return fen, true
}
