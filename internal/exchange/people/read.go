package people

import (
	"bytes"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Row (一人一行) is what a row says of a person, or what is wrong with it.
type Row struct {
	Row       int64
	Document  enrol.Document
	Facts     []enrol.Fact
	Synthetic bool
	Problems  []fault.Problem
}

// Reader reads blocks of a file. It is used by one caller at a time; there may be many.
type Reader struct {
	file     *File
	words    *dictionary
	counties func(region.Code) bool
	today    policy.Date
	places   map[string]enrol.Place
	parts    [][]byte

	// of the row being read
	at    int64
	cells [][]byte
	row   Row
	years [LastYear - FirstYear + 1]yearCells
	used  []policy.Year
}

// yearCells are the cells of a year, by field, as places in the row; 0 for none.
type yearCells struct {
	seen  bool
	cells [share + 8]int16
}

// Reader gives a new one. counties says which codes are counties; nothing in a file may lie after today.
func (f *File) Reader(counties func(region.Code) bool, today policy.Date) (*Reader, error) {
	words, err := vocabulary()
	return &Reader{file: f, words: words, counties: counties, today: today, places: map[string]enrol.Place{}}, err
}

// Read gives the rows of a block, without blank ones, to a function. What a row holds may be kept.
func (r *Reader) Read(b Block, each func(Row)) {
	r.rows(b, func(row int64) {
		r.at, r.row = row, Row{Row: row, Facts: make([]enrol.Fact, 0, 4+3*len(r.used))}
		r.person()
		if len(r.row.Problems) > 0 {
			r.row.Facts = nil
		}
		each(r.row)
	})
}

// rows puts the cells of one row after the other into the reader, without blank rows.
func (r *Reader) rows(b Block, do func(row int64)) {
	for _, row := range b.sheet {
		r.cells = r.cells[:0]
		for _, cell := range row.cells {
			r.cells = append(r.cells, []byte(cell))
		}
		if !r.blank() {
			do(row.row)
		}
	}
	c := cutter{comma: r.file.comma, rest: b.text}
	for n := int64(0); b.sheet == nil && c.next(); n++ {
		r.cells = c.cells
		if !r.blank() {
			do(b.Row + n)
		}
	}
}

// blank trims the cells of a row and tells whether it has any but a reason.
func (r *Reader) blank() bool {
	blank := true
	for i, cell := range r.cells {
		cell = bytes.TrimSpace(cell)
		r.cells[i] = cell
		blank = blank && (len(cell) == 0 || i < len(r.file.columns) && r.file.columns[i].field == reason)
	}
	return blank
}

// bad tells what is wrong with a cell.
func (r *Reader) bad(column int, key string, args ...any) {
	value := ""
	if column < len(r.cells) {
		value = string(r.cells[column])
	}
	header := ""
	if column < len(r.file.header) {
		header = strings.TrimSpace(r.file.header[column])
	}
	r.row.Problems = append(r.row.Problems, fault.Problem{File: r.file.Name, Row: int(r.at), Column: header, Value: shown(value),
		Message: fault.Msg(textKey+key, append([]any{"value", shown(value)}, args...)...)})
}

// shown cuts a value that is too long to repeat.
func shown(text string) string {
	const most = 60
	if text = strings.ToValidUTF8(text, string(utf8.RuneError)); utf8.RuneCountInString(text) > most {
		return string([]rune(text)[:most]) + "…"
	}
	return text
}

// personCells are the columns of the fields that are no year's, -1 where there is none.
type personCells [yearly]int

// person reads a row.
func (r *Reader) person() {
	var at personCells
	for i := range at {
		at[i] = -1
	}
	for _, year := range r.used {
		r.years[year-FirstYear] = yearCells{}
	}
	r.used = r.used[:0]
	for i := range max(len(r.cells), len(r.file.columns)) { // a row may be shorter than the header
		cell := r.cell(i)
		if i >= len(r.file.columns) {
			if len(cell) > 0 {
				r.bad(i, "too_long", "want", len(r.file.columns))
			}
			continue
		}
		switch c := r.file.columns[i]; {
		case c.year > 0 && len(cell) > 0:
			y := &r.years[c.year-FirstYear]
			if !y.seen {
				y.seen = true
				r.used = append(r.used, c.year)
			}
			y.cells[c.field] = int16(i + 1)
		case c.year > 0:
		case c.field == noField && len(cell) > 0:
			r.bad(i, "no_header")
		case c.field < yearly:
			at[c.field] = i
		}
	}
	known := r.identity(&at)
	r.row.Facts = append(r.row.Facts, known)
	r.row.Document = known.Document
	homePlace, livesPlace := r.place(at[home]), r.place(at[lives])
	switch {
	case homePlace == "" && livesPlace == "" && len(r.row.Problems) == 0:
		r.bad(max(at[home], at[lives]), "nowhere")
	default:
		if homePlace != "" {
			r.row.Facts = append(r.row.Facts, enrol.Registered{On: known.Birth, Place: homePlace})
		}
		if livesPlace != "" {
			r.row.Facts = append(r.row.Facts, enrol.Lives{On: known.Birth, Place: livesPlace})
		}
	}
	if livesPlace == "" {
		livesPlace = homePlace
	}
	r.groups(at[groups])
	for _, year := range r.used {
		r.year(year, livesPlace.County(), known.Birth)
	}
	if cell := r.cell(at[phone]); len(cell) > 0 {
		if len(cell) > 30 || bytes.ContainsFunc(cell, func(c rune) bool { return !unicode.IsDigit(c) && !strings.ContainsRune("+- ()", c) }) {
			r.bad(at[phone], "phone")
		}
		r.row.Facts = append(r.row.Facts, enrol.Reachable{Phone: string(cell)})
	}
	if cell := r.cell(at[died]); len(cell) > 0 {
		if on, ok := r.day(at[died]); ok {
			if on < known.Birth {
				r.bad(at[died], "before_birth", "birth", known.Birth)
			}
			r.row.Facts = append(r.row.Facts, enrol.Ended{On: on, Why: enrol.Died})
		}
	}
	if cell := r.cell(at[dataKind]); len(cell) > 0 {
		made, ok := r.words.labels[string(cell)]
		if !ok {
			r.bad(at[dataKind], "data_kind")
		}
		r.row.Synthetic = made
	}
}

// cell gives the cell of a column; none when there is no such column.
func (r *Reader) cell(column int) []byte {
	if column < 0 || column >= len(r.cells) {
		return nil
	}
	return r.cells[column]
}

// identity reads who the person is.
func (r *Reader) identity(at *personCells) (known enrol.Known) {
	known.Kind, known.Sex = enrol.ResidentCard, enrol.SexNotSet
	if cell := r.cell(at[documentKind]); len(cell) > 0 {
		kind, ok := r.words.kinds[string(cell)]
		if !ok {
			r.bad(at[documentKind], "document_kind")
		}
		known.Kind = kind
	}
	known.Name = r.called(at[name])
	if cell := r.cell(at[sex]); len(cell) > 0 {
		is, ok := r.words.sexes[string(cell)]
		if !ok {
			r.bad(at[sex], "sex")
		}
		known.Sex = is
	}
	if cell := r.cell(at[birth]); len(cell) > 0 {
		known.Birth, _ = r.day(at[birth])
	}
	r.number(at, &known)
	if known.Birth == "" && len(r.row.Problems) == 0 {
		r.bad(max(at[birth], 0), "birth_missing")
	}
	return known
}

// called reads a name.
func (r *Reader) called(at int) string {
	called := r.cell(at)
	switch {
	case len(called) == 0:
		r.bad(at, "blank")
	case !utf8.Valid(called) || bytes.ContainsRune(called, utf8.RuneError):
		r.bad(at, "encoding")
	case utf8.RuneCount(called) > 60 || bytes.ContainsFunc(called, unicode.IsControl) || bytes.ContainsAny(called[:1], "=+-@"):
		r.bad(at, "name")
	}
	return string(called)
}

// number reads the document's number; that of a resident says the day of birth and the sex.
func (r *Reader) number(at *personCells, known *enrol.Known) {
	cell := r.cell(at[documentNumber])
	if len(cell) == 0 {
		r.bad(at[documentNumber], "blank")
		return
	}
	known.Number = string(cell)
	if known.Kind != enrol.ResidentCard {
		if len(cell) > 40 || bytes.ContainsFunc(cell, func(c rune) bool { return c <= ' ' || c > '~' }) {
			r.bad(at[documentNumber], "number_form")
		}
		known.Number = strings.ToUpper(known.Number)
		return
	}
	number, born, is, ok := enrol.ParseNumber(known.Number)
	if !ok {
		r.bad(at[documentNumber], "number")
		return
	}
	if known.Number = number; born > r.today {
		r.bad(at[documentNumber], "future", "today", r.today)
	}
	if known.Birth != "" && known.Birth != born {
		r.bad(at[birth], "birth_number", "birth", born)
	}
	if known.Sex != enrol.SexNotSet && known.Sex != is {
		r.bad(at[sex], "sex_number")
	}
	known.Birth, known.Sex = born, is
}

// place reads a place whose county there is.
func (r *Reader) place(column int) enrol.Place {
	cell := r.cell(column)
	if len(cell) == 0 {
		return ""
	}
	if place, ok := r.places[string(cell)]; ok {
		return place
	}
	place, ok := enrol.ParsePlace(string(cell))
	switch {
	case !ok:
		r.bad(column, "place")
		return ""
	case !r.counties(place.County()):
		r.bad(column, "county", "code", string(place.County()))
		return ""
	}
	if len(r.places) > mostPlaces {
		clear(r.places)
	}
	r.places[string(cell)] = place
	return place
}

// mostPlaces is how many places a reader remembers.
const mostPlaces = 1 << 16

// day reads a day that is not after today.
func (r *Reader) day(column int) (policy.Date, bool) {
	day, ok := enrol.ReadDate(r.cell(column))
	switch {
	case !ok:
		r.bad(column, "date")
	case day > r.today:
		r.bad(column, "future", "today", r.today)
		ok = false
	}
	return day, ok
}

// groups reads groups with their days: low;disabled@2020-05-01~2025-12-31.
func (r *Reader) groups(column int) {
	cell := r.cell(column)
	for len(cell) > 0 {
		var one []byte
		one, cell, _ = cutAny(cell, ";；")
		word, spell, dated := bytes.Cut(bytes.TrimSpace(one), []byte("@"))
		group, ok := r.words.groups[string(word)]
		if !ok {
			r.bad(column, "groups")
			return
		}
		fact := enrol.Belongs{Group: group, Spell: enrol.Spell{From: firstDay}}
		if dated {
			from, to, ends := cutAny(spell, "~～")
			fact.From, ok = enrol.ReadDate(from)
			if ends && ok {
				fact.To, ok = enrol.ReadDate(to)
			}
			if !ok || fact.To != "" && fact.To < fact.From {
				r.bad(column, "groups")
				return
			}
		}
		r.row.Facts = append(r.row.Facts, fact)
	}
}

// firstDay is since when a group is taken to hold that no day is given for.
const firstDay policy.Date = "1900-01-01"

// cutAny cuts before the first of some characters and behind it.
func cutAny(b []byte, any string) (before, after []byte, found bool) {
	at := bytes.IndexAny(b, any)
	if at < 0 {
		return b, nil, false
	}
	_, size := utf8.DecodeRune(b[at:])
	return b[:at], b[at+size:], true
}

// year reads the columns of a year.
func (r *Reader) year(year policy.Year, county region.Code, born policy.Date) {
	y := &r.years[year-FirstYear]
	column := func(f field) int { return int(y.cells[f]) - 1 }
	way, insured := enrol.Way(""), false
	if at := column(cover); at >= 0 {
		if way, insured = r.words.ways[string(r.cells[at])]; !insured {
			r.bad(at, "way")
			return
		}
	}
	if !insured {
		for f := cover; f < share+field(len(payerNames)); f++ {
			if at := column(f); at >= 0 {
				r.bad(at, "not_insured", "year", int(year))
			}
		}
		return
	}
	first, last := days(year)
	if born > last {
		r.bad(column(cover), "before_birth", "birth", born)
		return
	}
	if way == enrol.Newborn {
		first = max(first, born)
	}
	if at := column(area); at >= 0 {
		if place := r.place(at); place != "" {
			county = place.County()
		}
	}
	r.row.Facts = append(r.row.Facts, enrol.Covered{Area: county, Way: way, Spell: enrol.Spell{From: first, To: last}})
	r.paid(y, enrol.Paid{Area: county, Way: way, Year: year}, last)
	r.funds(y, year)
}

// paid reads what was paid for a year. Nothing at all is no payment, as of those who need not pay.
func (r *Reader) paid(y *yearCells, paid enrol.Paid, last policy.Date) {
	some := false
	for i := range payerNames {
		if at := int(y.cells[share+field(i)]) - 1; at >= 0 {
			some = true
			paid.Shares[i] = r.amount(at)
		}
	}
	if at := int(y.cells[repair]) - 1; at >= 0 {
		some = true
		n, ok := small(r.cells[at])
		if !ok {
			r.bad(at, "repair")
		}
		paid.Repair = n
	}
	at := int(y.cells[paidOn]) - 1
	if at < 0 {
		if some {
			r.bad(int(y.cells[cover])-1, "paid_undated", "year", int(paid.Year))
		}
		return
	}
	on, ok := r.day(at)
	if ok && on > last {
		r.bad(at, "paid_late", "year", int(paid.Year))
	}
	paid.On = on
	r.row.Facts = append(r.row.Facts, paid)
}

// funds reads what the funds paid in a year.
func (r *Reader) funds(y *yearCells, year policy.Year) {
	used := enrol.Used{Year: year}
	all, large := int(y.cells[reimbursed])-1, int(y.cells[catastrophic])-1
	if all < 0 && large < 0 {
		return
	}
	if all >= 0 {
		used.Reimbursed = r.amount(all)
	}
	if large >= 0 {
		used.Catastrophic = r.amount(large)
		if used.Catastrophic > used.Reimbursed {
			r.bad(large, "catastrophic", "all", used.Reimbursed)
		}
	}
	r.row.Facts = append(r.row.Facts, used)
}

// amount reads yuan with at most two decimals, not below zero.
func (r *Reader) amount(column int) money.Fen {
	cell := r.cells[column]
	whole, decimals, point := bytes.Cut(cell, []byte("."))
	fen := int64(0)
	for _, c := range whole {
		if c < '0' || c > '9' || fen > 1e12 {
			r.bad(column, "amount")
			return 0
		}
		fen = fen*10 + int64(c-'0')
	}
	fen *= 100
	if len(whole) == 0 || point && len(decimals) == 0 || len(decimals) > 2 {
		r.bad(column, "amount")
		return 0
	}
	for i, c := range decimals {
		if c < '0' || c > '9' {
			r.bad(column, "amount")
			return 0
		}
		place := int64(10)
		if i == 1 {
			place = 1
		}
		fen += int64(c-'0') * place
	}
	return money.Fen(fen)
}

// small reads a number of at most two digits.
func small(b []byte) (int, bool) {
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, len(b) > 0 && len(b) <= 2
}

// teller gathers what is wrong with a file.
type teller struct {
	file string
	list fault.List
}

func (t *teller) add(row int, column, value, key string, args ...any) {
	t.list.Add(fault.Problem{File: t.file, Row: row, Column: column, Value: shown(value), Message: fault.Msg(textKey+key, append([]any{"value", shown(value)}, args...)...)})
}

func (t *teller) err() error { return t.list.Err() }

// days are the first and the last day of a year.
func days(year policy.Year) (first, last policy.Date) {
	text := yearTexts[year-FirstYear]
	return policy.Date(text[:10]), policy.Date(text[10:])
}

// yearTexts are the first and last days of the years that files may have columns of.
var yearTexts = func() (all [LastYear - FirstYear + 1]string) {
	for i := range all {
		year := FirstYear + policy.Year(i)
		all[i] = strconv.Itoa(int(year)) + "-01-01" + string(year.End())
	}
	return all
}()
