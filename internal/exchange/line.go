package exchange

import (
	"errors"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/money"
)

// fieldLine is the field that is wrong when a line is no JSON.
const fieldLine = "json"

// longestShown is how much of a wrong value is shown.
const longestShown = 40

func lineRefused(field, value, key string, args ...any) *fault.Refusal {
	if runes := []rune(value); len(runes) > longestShown {
		value = string(runes[:longestShown]) + "…"
	}
	return fault.Refuse(fault.Problem{Column: field, Value: value, Message: fault.Msg(key, append(args, "field", field, "value", value)...)})
}

// lineReader reads a line that is an object of JSON. The first thing that is wrong with a field is kept; reading goes on, to the id.
type lineReader struct {
	scanner
	wrong *fault.Refusal
}

// refuse keeps the first thing that is wrong.
func (r *lineReader) refuse(field string, value token, key string, args ...any) {
	if r.wrong == nil && !r.bad {
		r.wrong = lineRefused(field, strings.Trim(string(value), `"`), key, args...)
	}
}

// once remembers a key; the second time is wrong.
func (r *lineReader) once(seen *int, bit int, key string) {
	if *seen&bit != 0 {
		r.refuse(key, nil, "exchange.person.twice")
	}
	*seen |= bit
}

// unknown refuses a key that is not known: were it passed over, a slip of the pen would change the answer.
func (r *lineReader) unknown(key []byte) {
	r.refuse(string(key), r.value(), "exchange.person.unknown")
}

// words is what a string says; nothing for other values.
func (r *lineReader) words(t token) []byte {
	if t.kind() != '"' {
		return nil
	}
	return r.unquoted(t)
}

// text is a string that says something.
func (r *lineReader) text(field string) (string, bool) {
	t := r.value()
	if text := r.words(t); len(text) > 0 {
		return string(text), true
	}
	r.refuse(field, t, "exchange.person.text")
	return "", false
}

// truth is true or false; null is false.
func (r *lineReader) truth(field string) bool {
	t := r.value()
	if k := t.kind(); k != 't' && k != 'f' && k != 'n' {
		r.refuse(field, t, "exchange.person.truth")
	}
	return t.kind() == 't'
}

func (r *lineReader) list() bool { return r.next() == '[' }

// amount reads an amount, a string in yuan; null is none.
func (r *lineReader) amount(field string) (money.Fen, bool) {
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
