package exchange

import (
	"bytes"

	"tongchou/internal/enrol"
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

// mostYears is how many repair years may be paid for at once.
const mostYears = 999

// Read reads a line. Errors: a fault.Refusal whose column is the field that is wrong; the id is there all the same if
// the line has one.
func (p *PersonLine) Read(line []byte) error {
	*p = PersonLine{History: enrol.History{Years: p.History.Years[:0]}}
	r := personReader{lineReader: lineReader{scanner: scanner{text: bytes.TrimPrefix(line, []byte("\ufeff"))}}, line: p}
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

// personReader reads a line of a person.
type personReader struct {
	lineReader
	line *PersonLine
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
			r.line.ID, r.line.HasID = r.text("id")
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
			r.line.Synthetic = r.truth("synthetic")
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
