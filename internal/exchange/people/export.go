package people

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// MostSheetRows is how many persons a workbook holds: a sheet has no more rows.
const MostSheetRows = 1_048_575

// exportKey begins the texts of exported files.
const exportKey = "exchange.people.export."

// exportColumns are the columns of an exported file.
func exportColumns() []string {
	return []string{"no", "kind", "number", "name", "sex", "birth", "home", "lives", "county", "groups", "state", "way", "area", "from", "to"}
}

// Export (导出人员) writes persons as a table, one a row: who they are, masked unless Plain, where they belong, and how they stand towards a year.
//
// 依据: SCE-4.1, YA-4.10.2
type Export struct {
	Year    policy.Year
	Plain   bool
	Printer *locale.Printer

	csv   *csv.Writer
	book  *excelize.File
	sheet *excelize.StreamWriter
	out   io.Writer
	rows  int
}

// CSV begins a CSV file. A text that a spreadsheet would take for a formula is written after an apostrophe.
func (e *Export) CSV(w io.Writer) error {
	e.csv = csv.NewWriter(w)
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	return e.write(e.heads())
}

// XLSX begins a workbook, which Close writes.
func (e *Export) XLSX(w io.Writer) error {
	e.out, e.book = w, excelize.NewFile()
	name := e.Printer.T(exportKey + "sheet")
	err := e.book.SetSheetName(e.book.GetSheetName(0), name)
	if err == nil {
		e.sheet, err = e.book.NewStreamWriter(name)
	}
	if err != nil {
		return fault.Wrap(err, "exchange.file.unwritable")
	}
	return e.write(e.heads())
}

func (e *Export) heads() []string {
	var out []string
	for _, c := range exportColumns() {
		out = append(out, e.Printer.T(exportKey+c))
	}
	return out
}

// Person writes a person. More than a sheet holds are refused.
func (e *Export) Person(f *enrol.File, county region.Code) error {
	if e.sheet != nil && e.rows > MostSheetRows {
		return fault.New(fault.Refused, "exchange.people.export.too_many", "most", MostSheetRows)
	}
	return e.write(e.row(f, county))
}

func (e *Export) row(f *enrol.File, county region.Code) []string {
	p := e.Printer
	roster, now := f.Roster(e.Year, e.Year.End()), f.On(e.Year.End())
	name, number, birth := office.MaskName(roster.Name), office.MaskNumber(roster.Number), string(roster.Birth)
	if e.Plain {
		name, number = roster.Name, roster.Number
	} else if len(birth) >= 4 {
		birth = birth[:4]
	}
	var groups []string
	for _, g := range now.Groups {
		groups = append(groups, p.T("value."+string(g)))
	}
	row := []string{strconv.FormatInt(int64(f.No), 10), string(roster.Kind), number, name, string(roster.Sex), birth, string(roster.Home), string(roster.Lives), string(county),
		strings.Join(groups, p.T("list.separator")), p.T(exportKey + "state." + string(roster.State)), "", "", "", ""}
	if c, insured := coverIn(f, e.Year); insured {
		row[11], row[12], row[13], row[14] = p.T("value."+string(c.Way)), string(c.Area), string(c.From), string(c.To)
	}
	return row
}

// coverIn gives the last cover of somebody in a year.
func coverIn(f *enrol.File, year policy.Year) (last enrol.Covered, found bool) {
	first := policy.Date(strconv.Itoa(int(year)) + "-01-01")
	for _, c := range f.Covers() {
		if _, met := c.Meets(enrol.Spell{From: first, To: year.End()}); met {
			last, found = c, true
		}
	}
	return last, found
}

func (e *Export) write(row []string) error {
	e.rows++
	if e.csv != nil {
		for i, text := range row {
			row[i] = harmless(text)
		}
		return e.csv.Write(row)
	}
	cells := make([]any, len(row))
	for i, text := range row {
		cells[i] = text
	}
	if err := e.sheet.SetRow("A"+strconv.Itoa(e.rows), cells); err != nil {
		return fault.Wrap(err, "exchange.file.unwritable")
	}
	return nil
}

// harmless is a text that no spreadsheet takes for a formula.
func harmless(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

// Close ends the file.
func (e *Export) Close() error {
	if e.csv != nil {
		e.csv.Flush()
		return e.csv.Error()
	}
	defer e.book.Close() // it is written
	if err := e.sheet.Flush(); err != nil {
		return fault.Wrap(err, "exchange.file.unwritable")
	}
	return e.book.Write(e.out)
}
