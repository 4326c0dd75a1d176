package exchange

import (
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// maxHeadcount is the largest number of people a cell may state.
const maxHeadcount = 2_000_000_000

// maxGroup is how long the name of an age group may be, in characters.
const maxGroup = 40

// reading is one cell being read into a row. Its methods give the cell's value; a cell that cannot be one is refused
// and gives the zero value.
type reading struct {
	cell   cell
	row    int
	header string // as the file writes it
	words  *dictionary
	sink   *sink
}

func (r *reading) refuse(key string, args ...any) {
	r.sink.add(fault.Problem{Row: r.row, Column: r.header, Value: r.cell.text,
		Message: fault.Msg(key, append([]any{"value", quoted(r.cell.text)}, args...)...)})
}

// quoted cuts a value that is too long to repeat.
func quoted(text string) string {
	if utf8.RuneCountInString(text) <= maxValue {
		return text
	}
	return string([]rune(text)[:maxValue]) + "…"
}

// text is the cell's text; false when it is blank or no plain text or number, which is refused.
func (r *reading) text() (string, bool) {
	switch r.cell.is {
	case logical:
		r.refuse("exchange.cell.boolean")
	case dated:
		r.refuse("exchange.cell.date")
	case failed:
		r.refuse("exchange.cell.error")
	case uncomputed:
		r.refuse("exchange.cell.formula")
	default:
		return r.cell.text, r.cell.text != ""
	}
	return "", false
}

// needed is the text of a cell that must not be blank.
func (r *reading) needed() (string, bool) {
	if r.cell.blank() {
		r.refuse("exchange.blank")
		return "", false
	}
	return r.text()
}

func (r *reading) year() policy.Year {
	text, ok := r.needed()
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || len(text) != 4 || n < 1000 {
		r.refuse("exchange.year")
	}
	return policy.Year(n)
}

func (r *reading) division() region.Code {
	text, ok := r.needed()
	if !ok {
		return ""
	}
	code, err := region.Parse(text)
	if err != nil {
		r.refuse("pool.unknown_division")
	}
	return code
}

func (r *reading) insurance() pool.Insurance {
	text, ok := r.needed()
	if !ok {
		return ""
	}
	found, ok := r.words.meaning(text, string(pool.Employee), string(pool.Resident))
	if !ok {
		r.refuse("pool.unknown_insurance")
	}
	return pool.Insurance(found)
}

func (r *reading) fund() pool.SetAside {
	text, ok := r.needed()
	if !ok {
		return ""
	}
	found, ok := r.words.meaning(text, string(pool.Reserve), string(pool.Emergency))
	if !ok {
		r.refuse("exchange.fund")
	}
	return pool.SetAside(found)
}

// yes reads yes or no; blank is no. A workbook's own true and false will do as well.
func (r *reading) yes() bool {
	if r.cell.is == logical {
		return r.cell.text == wordYes
	}
	text, ok := r.text()
	if !ok {
		return false
	}
	found, ok := r.words.meaning(text, wordYes, wordNo)
	if !ok {
		r.refuse("exchange.yes_no")
	}
	return found == wordYes
}

// synthetic reads whether a row is made up; blank is not.
func (r *reading) synthetic() bool {
	text, ok := r.text()
	if !ok {
		return false
	}
	found, ok := r.words.meaning(text, wordSynthetic, wordReported)
	if !ok {
		r.refuse("exchange.data_kind")
	}
	return found == wordSynthetic
}

// group reads the name of an age group: no control characters, and nothing that a spreadsheet would take for a formula
// when the file is opened in one.
func (r *reading) group() string {
	text, ok := r.needed()
	if !ok {
		return ""
	}
	if strings.ContainsFunc(text, unicode.IsControl) || strings.ContainsAny(text[:1], "=+-@") || utf8.RuneCountInString(text) > maxGroup {
		r.refuse("exchange.group", "length", maxGroup)
	}
	return text
}

// amount reads an amount of money that must be there.
func (r *reading) amount() money.Fen {
	if text, ok := r.needed(); ok {
		return r.fen(text)
	}
	return 0
}

// amountIf reads an amount that may be blank; false when it is.
func (r *reading) amountIf() (money.Fen, bool) {
	if text, ok := r.text(); ok {
		return r.fen(text), true
	}
	return 0, false
}

func (r *reading) fen(text string) money.Fen {
	fen, err := money.ParseFen(text)
	r.number(err, "exchange.amount.", text, "max", money.MaxFen)
	return fen
}

// costIf reads a cost per head or case in yuan, as fen; false when it is blank.
func (r *reading) costIf() (money.Ratio, bool) {
	fen, ok := r.amountIf()
	return fen.Ratio(), ok
}

// rateIf reads a share or rate; false when it is blank.
func (r *reading) rateIf() (money.Ratio, bool) {
	rate, has := r.share()
	return rate.Ratio(), has
}

// share reads a rate as it is written; false when it is blank.
func (r *reading) share() (money.Rate, bool) {
	text, ok := r.text()
	if !ok {
		return 0, false
	}
	if strings.HasSuffix(text, "%") {
		r.refuse("exchange.rate.percent")
		return 0, true
	}
	rate, err := money.ParseRate(text)
	r.number(err, "exchange.rate.", text, "max", money.MaxRate)
	return rate, true
}

// people reads a whole number of people. Whether it may be none is the room's business.
func (r *reading) people() int64 {
	text, ok := r.needed()
	if !ok {
		return 0
	}
	n, err := whole(text)
	r.number(err, "exchange.whole.", text, "max", maxHeadcount)
	return n
}

// whole reads a whole number by the rules of amounts, of which it is one without decimals.
func whole(text string) (int64, error) {
	fen, err := money.ParseFen(text)
	switch {
	case err != nil:
		return 0, err
	case strings.Contains(text, "."):
		return 0, money.ErrDecimals
	case fen > maxHeadcount*money.FenPerYuan || fen < -maxHeadcount*money.FenPerYuan:
		return 0, money.ErrTooLarge
	}
	return int64(fen / money.FenPerYuan), nil
}

// number refuses a text that is no number of its kind, and says which of the things that can be wrong is.
func (r *reading) number(err error, kind, text string, args ...any) {
	switch {
	case err == nil:
	case errors.Is(err, money.ErrDecimals):
		r.refuse(kind+"decimals", args...)
	case errors.Is(err, money.ErrTooLarge):
		r.refuse(kind+"too_large", args...)
	case separated(text):
		r.refuse("exchange.thousands")
	default:
		r.refuse(kind+"not_number", args...)
	}
}

// separators are what people put between thousands; the last is full-width.
const separators = ",' \u00A0\uFF0C"

// separated tells whether a text would be a number without the separators between its thousands.
func separated(text string) bool {
	if !strings.ContainsAny(text, separators) {
		return false
	}
	joined := strings.Map(func(c rune) rune {
		if strings.ContainsRune(separators, c) {
			return -1
		}
		return c
	}, text)
	_, err := money.ParseRate(joined)
	return !errors.Is(err, money.ErrNotNumber)
}
