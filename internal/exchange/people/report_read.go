package people

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// ReportRow (共享数据行) is what a row of another department's file says, or what is wrong with it. What it says of money is there as far as
// it can be read, so that sums can be told also of rows that are refused.
type ReportRow struct {
	Row int64
	enrol.Report
	Synthetic bool
	Problems  []fault.Problem
}

// ReportReader reads blocks of reports. It is used by one caller at a time; there may be many.
type ReportReader struct {
	*Reader
	format reportFormat
	more   *reportWords
	report enrol.Report
	number int // the columns of the document's number and of the day of birth
	birth  int
	status string
}

// Reports gives a reader of a file that OpenReport opened for a matter.
func (f *File) Reports(matter enrol.Matter, counties func(region.Code) bool, today policy.Date) (*ReportReader, error) {
	r, err := f.Reader(counties, today)
	if err != nil {
		return nil, err
	}
	format, _ := formatOf(matter)
	more, err := reportVocabulary()
	return &ReportReader{Reader: r, format: format, more: more}, err
}

// Read gives the rows of a block, without blank ones, to a function. What a row holds may be kept.
func (r *ReportReader) Read(b Block, each func(ReportRow)) {
	r.rows(b, func(row int64) {
		r.at, r.row = row, Row{Row: row}
		r.report = enrol.Report{Matter: r.format.matter}
		r.report.Kind, r.report.Sex = enrol.ResidentCard, enrol.SexNotSet
		r.cellsOf()
		each(ReportRow{row, r.report, r.row.Synthetic, r.row.Problems})
	})
}

// cellsOf reads a row in the order of the format's columns.
func (r *ReportReader) cellsOf() {
	places := make([]int, len(r.format.columns))
	for i := range places {
		places[i] = -1
	}
	for i, cell := range r.cells {
		switch {
		case i >= len(r.file.columns):
			if len(cell) > 0 {
				r.bad(i, "too_long", "want", len(r.file.columns))
			}
		case r.file.columns[i].field == noField:
			if len(cell) > 0 {
				r.bad(i, "no_header")
			}
		case r.file.columns[i].field >= firstReportField:
			places[r.file.columns[i].field-firstReportField] = i
		}
	}
	r.number, r.birth, r.status = -1, -1, ""
	for i, c := range r.format.columns {
		at := places[i]
		switch c.name {
		case "document_number":
			r.number = at
		case "birth":
			r.birth = at
		}
		if len(r.cell(at)) == 0 {
			if c.required {
				r.missing(i, "blank")
			}
			continue
		}
		if c.read != nil {
			c.read(r, at)
		}
	}
	r.identify()
	r.together()
}

// missing tells of a cell that is blank, by its column wherever the file has it.
func (r *ReportReader) missing(n int, key string) {
	at := slices.Index(r.file.columns, column{field: firstReportField + field(n)})
	if at < 0 {
		at = len(r.file.header)
	}
	r.bad(at, key)
}

// placed finds where the file has a column, the first where it has none.
func (r *ReportReader) placed(names ...string) int {
	for _, name := range names {
		n := slices.IndexFunc(r.format.columns, func(c reportColumn) bool { return c.name == name })
		if at := slices.Index(r.file.columns, column{field: firstReportField + field(n)}); n >= 0 && at >= 0 {
			return at
		}
	}
	return 0
}

// say tells what is wrong with a cell in the words of reports.
func (r *ReportReader) say(at int, key string, args ...any) {
	n := len(r.row.Problems)
	r.bad(at, key, args...)
	r.row.Problems[n].Key = reportKey + key
}

// word finds a word of a table.
func word[T any](r *ReportReader, at int, table map[string]T, key string) (value T) {
	value, known := table[string(r.cell(at))]
	if !known {
		r.say(at, key)
	}
	return value
}

func (r *ReportReader) readKind(at int) {
	kind, known := r.words.kinds[string(r.cell(at))]
	if !known {
		r.bad(at, "document_kind")
		return
	}
	r.report.Kind = kind
}

func (r *ReportReader) readName(at int) { r.report.Name = r.called(at) }

func (r *ReportReader) readSex(at int) {
	sex, known := r.words.sexes[string(r.cell(at))]
	if !known {
		r.bad(at, "sex")
		return
	}
	r.report.Sex = sex
}

func (r *ReportReader) readBirth(at int) { r.report.Birth, _ = r.day(at) }

func (r *ReportReader) readOn(at int) { r.report.On, _ = r.day(at) }

// readTo reads a last day, which may lie ahead.
func (r *ReportReader) readTo(at int) {
	day, ok := enrol.ReadDate(r.cell(at))
	switch {
	case !ok:
		r.bad(at, "date")
	case r.report.On != "" && day < r.report.On:
		r.say(at, "ends_before", "from", r.report.On)
	}
	r.report.To = day
}

func (r *ReportReader) readPlace(at int) { r.report.Place = r.place(at) }

func (r *ReportReader) readArea(at int) { r.report.Tax.Area = r.place(at).County() }

func (r *ReportReader) readCertificate(at int) {
	r.report.Also = enrol.Document{Kind: enrol.BirthCertificate, Number: r.code(at)}
}

func (r *ReportReader) readMother(at int) {
	number, _, _, ok := enrol.ParseNumber(string(r.cell(at)))
	if !ok {
		r.bad(at, "number")
	}
	r.report.Mother = enrol.Document{Kind: enrol.ResidentCard, Number: number}
}

func (r *ReportReader) readEvent(at int) {
	switch word(r, at, r.more.events, "event") {
	case eventDied:
		r.report.End = enrol.Died
	case eventAbroad:
		r.report.End = enrol.Emigrated
	}
}

func (r *ReportReader) readGroup(at int) { r.report.Group = word(r, at, r.words.groups, "group") }

func (r *ReportReader) readUnit(at int) { r.report.Unit = r.code(at) }

func (r *ReportReader) readTitle(at int) {
	text := r.cell(at)
	if utf8.RuneCount(text) > 100 || !utf8.Valid(text) || bytes.ContainsFunc(text, unicode.IsControl) || bytes.ContainsAny(text[:1], "=+-@") {
		r.say(at, "text")
		return
	}
	r.report.Title = string(text)
}

func (r *ReportReader) readStatus(at int) { r.status = word(r, at, r.more.statuses, "status") }

func (r *ReportReader) readReceipt(at int) { r.report.Tax.Receipt = r.code(at) }

func (r *ReportReader) readInsurance(at int) {
	r.report.Tax.Insurance = word(r, at, r.more.insurances, "insurance")
}

// readPeriod reads a year, 2026, or a month, 2026-03 or 202603.
func (r *ReportReader) readPeriod(at int) {
	text := strings.ReplaceAll(string(r.cell(at)), "/", "-")
	if len(text) == len("202603") && !strings.Contains(text, "-") {
		text = text[:4] + "-" + text[4:]
	}
	day, ok := enrol.ReadDate([]byte(text + "-01-01"[min(max(0, len(text)-4), len("-01-01")):]))
	year := policy.Year(0)
	if ok {
		year = enrol.TaxReturn{Period: enrol.Spell{From: day}}.Year()
	}
	if !ok || len(text) != len("2026") && len(text) != len("2026-03") || year < FirstYear || year > LastYear {
		r.say(at, "period")
		return
	}
	r.report.Tax.Period = enrol.YearOf(year)
	if len(text) == len("2026-03") {
		r.report.Tax.Period = enrol.MonthOf(year, int(day[5]-'0')*10+int(day[6]-'0'))
	}
}

func (r *ReportReader) readWage(at int) { r.report.Tax.Wage = r.amount(at) }

func (r *ReportReader) readRepair(at int) {
	n, ok := small(r.cell(at))
	if !ok {
		r.bad(at, "repair")
	}
	r.report.Tax.Repair = n
}

func (r *ReportReader) readLabel(at int) {
	made, known := r.words.labels[string(r.cell(at))]
	if !known {
		r.bad(at, "data_kind")
	}
	r.row.Synthetic = made
}

// code reads a number of letters and digits.
func (r *ReportReader) code(at int) string {
	text := r.cell(at)
	if len(text) > 40 || bytes.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c > '~' }) {
		r.say(at, "code")
		return ""
	}
	return strings.ToUpper(string(text))
}

// identify reads the document's number. A resident number that cannot be one is not refused when the day of birth is given: people write them
// wrongly, and who is meant may be found all the same.
func (r *ReportReader) identify() {
	i := &r.report.Identity
	number := strings.ToUpper(string(r.cell(r.number)))
	switch {
	case number == "" && r.report.Also.Number != "":
		i.Document = r.report.Also
		return
	case number == "":
		i.Document = enrol.Document{}
		if i.Birth == "" || i.Sex == enrol.SexNotSet {
			r.say(max(r.number, 0), "nobody")
		}
		return
	case i.Kind != enrol.ResidentCard:
		i.Number = r.code(r.number)
		if i.Birth == "" {
			r.bad(max(r.birth, 0), "birth_missing")
		}
		return
	}
	whole, born, sex, ok := enrol.ParseNumber(number)
	switch {
	case !ok && (i.Birth == "" || len(number) > 18):
		r.bad(r.number, "number")
	case !ok:
		i.Number = number
	case born > r.today:
		r.bad(r.number, "future", "today", r.today)
	case i.Birth != "" && i.Birth != born:
		r.bad(max(r.birth, 0), "birth_number", "birth", born)
	case i.Sex != enrol.SexNotSet && i.Sex != sex:
		r.bad(r.number, "sex_number")
	default:
		i.Number, i.Birth, i.Sex = whole, born, sex
	}
}

// together checks what cells say together.
func (r *ReportReader) together() {
	x := &r.report
	if len(r.row.Problems) > 0 {
		return
	}
	if x.On != "" && x.Birth != "" && x.On < x.Birth {
		r.bad(r.placed("died_on", "registered_on", "vaccinated_on", "from", "paid_on"), "before_birth", "birth", x.Birth)
	}
	switch x.Matter {
	case enrol.Births:
		if x.On = x.Birth; x.On == "" {
			r.bad(r.placed("birth"), "blank")
		}
	case enrol.Households:
		if x.End == "" && x.Place == "" {
			r.bad(r.placed("place"), "blank")
		}
	case enrol.Pensions:
		if r.status == statusDraws {
			x.Unit, x.Title = "", ""
		} else if x.Unit == "" {
			r.bad(r.placed("employer_code"), "blank")
		}
	case enrol.TaxReturns:
		r.taxes()
	}
}

// taxes checks a payment: residents pay for years and themselves, employees for months.
func (r *ReportReader) taxes() {
	t := &r.report.Tax
	year := t.Period == enrol.YearOf(t.Year())
	switch {
	case year != (t.Insurance == enrol.Resident):
		r.say(r.placed("period"), "period_of")
	case t.Insurance == enrol.Resident && t.Shares.Total() != t.Shares[enrol.Person]:
		r.say(r.placed("employer_share", "unemployment_fund"), "resident_alone")
	case t.Insurance == enrol.Employee && t.Wage == 0:
		r.bad(r.placed("wage"), "blank")
	case t.Shares.Total() == 0:
		r.say(r.placed("person"), "nothing_paid")
	case t.Insurance == enrol.Employee && t.Repair != 0:
		r.say(r.placed("repair"), "repair_employee")
	}
}
