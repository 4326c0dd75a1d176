package exchange

import (
	"errors"
	"strconv"
	"unicode/utf8"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// AnswerJSON (待遇回答) writes answers as lines of JSON, in the shape docs/entitlement.md gives.
type AnswerJSON struct {
	Printer *locale.Printer
	Status  policy.Status
}

// Append writes the answer for a line. reasons may be nil; then there is no "explain".
func (a AnswerJSON) Append(b []byte, line *PersonLine, e enrol.Entitlement, reasons []enrol.Reason) []byte {
	b = appendText(append(b, `{"id":`...), line.ID)
	b = strconv.AppendInt(append(b, `,"streak":`...), int64(e.Streak), 10)
	b = strconv.AppendInt(append(b, `,"broken":`...), int64(e.Broken), 10)
	b = appendFen(append(b, `,"cap":`...), e.Cap)
	b = appendFen(append(b, `,"reward":{"consecutive":`...), e.Consecutive)
	b = appendFen(append(b, `,"zero_claim":`...), e.ZeroClaim)
	b = appendFen(append(b, `,"counted":`...), e.Counted)
	b = appendFen(append(b, `},"reduction":`...), e.Reduction)
	b = appendWaiting(b, e.Waiting)
	b = appendOffer(b, e.Offer)
	b = appendText(append(b, `,"status":`...), string(a.Status))
	if line.Synthetic {
		b = append(b, `,"synthetic":true`...)
	}
	if reasons != nil {
		b = a.explain(append(b, `,"explain":[`...), reasons)
	}
	return append(b, "}\n"...)
}

func appendWaiting(b []byte, w enrol.Waiting) []byte {
	b = strconv.AppendInt(append(b, `,"waiting":{"fixed":`...), int64(w.Fixed), 10)
	b = strconv.AppendInt(append(b, `,"variable":`...), int64(w.Variable), 10)
	b = strconv.AppendInt(append(b, `,"repaired":`...), int64(w.Repaired), 10)
	b = strconv.AppendInt(append(b, `,"months":`...), int64(w.Months()), 10)
	b, _ = w.CoveredFrom.AppendText(append(b, `,"covered_from":"`...)) // it has no error to give
	return append(b, `"}`...)
}

func appendOffer(b []byte, o enrol.Offer) []byte {
	if o.Years == 0 {
		return append(b, `,"repair_offer":null`...)
	}
	b = strconv.AppendInt(append(b, `,"repair_offer":{"years":`...), int64(o.Years), 10)
	b = append(b, `,"price_per_year":`...)
	if o.PricePerYear == 0 {
		b = append(b, "null"...)
	} else {
		b = appendFen(b, o.PricePerYear)
	}
	b = strconv.AppendInt(append(b, `,"months_after":`...), int64(o.MonthsAfter), 10)
	return append(b, '}')
}

func (a AnswerJSON) explain(b []byte, reasons []enrol.Reason) []byte {
	for i, r := range reasons {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"part":"`...)
		b = append(append(b, r.Part...), `","clause":"`...)
		b = append(append(b, r.Clause...), `","text":`...)
		b = appendText(b, a.Printer.Text(r.Message))
		if len(r.Parameters) > 0 {
			b = append(b, `,"parameters":[`...)
			for j, id := range r.Parameters {
				if j > 0 {
					b = append(b, ',')
				}
				b = append(append(append(b, '"'), id...), '"')
			}
			b = append(b, ']')
		}
		if r.Assumed {
			b = append(b, `,"assumed":true`...)
		}
		if r.Changed {
			b = append(b, `,"changed":true`...)
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

// AppendRefusal writes what is said in place of an answer: the id if there is one, the field, the year and the value
// where they are known, and the message. The error must be a fault.Refusal.
func (a AnswerJSON) AppendRefusal(b []byte, line *PersonLine, err error) []byte {
	b = append(b, `{"id":`...)
	if line.HasID {
		b = appendText(b, line.ID)
	} else {
		b = append(b, "null"...)
	}
	problem := refusedFor(err)
	b = appendText(append(b, `,"error":{"field":`...), problem.Column)
	if year, ok := problem.Args.Get("year"); ok {
		b = strconv.AppendInt(append(b, `,"year":`...), int64(year.(int)), 10)
	}
	if problem.Value != "" {
		b = appendText(append(b, `,"value":`...), problem.Value)
	}
	b = appendText(append(b, `,"message":`...), a.Printer.Text(problem.Message))
	return append(b, "}}\n"...)
}

// refusedFor is the reason a line was refused for.
func refusedFor(err error) fault.Problem {
	var refusal *fault.Refusal
	if errors.As(err, &refusal) && len(refusal.Problems) > 0 {
		return refusal.Problems[0]
	}
	return fault.Problem{Column: fieldLine, Message: fault.Msg("exchange.person.json")}
}

func appendFen(b []byte, f money.Fen) []byte {
	b = append(b, '"')
	if f < 0 {
		b, f = append(b, '-'), -f
	}
	b = strconv.AppendInt(b, int64(f/money.FenPerYuan), 10)
	cents := byte(f % money.FenPerYuan)
	return append(b, '.', '0'+cents/10, '0'+cents%10, '"')
}

// appendText writes a string as JSON; what is not UTF-8 becomes the replacement character.
func appendText(b []byte, text string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	if unescaped(text) {
		return append(append(b, text...), '"')
	}
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, `\n`...)
		case c < ' ' || c == 0x7f:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			b = append(b, c)
		default:
			r, n := utf8.DecodeRuneInString(text[i:])
			b = utf8.AppendRune(b, r)
			i += n
			continue
		}
		i++
	}
	return append(b, '"')
}

// unescaped tells whether a text stands in JSON as it is.
func unescaped(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' || c == 0x7f {
			return false
		}
	}
	return utf8.ValidString(text)
}
