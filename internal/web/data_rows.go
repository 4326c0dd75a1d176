package web

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/exchange"
	"tongchou/internal/money"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// rowsModel is the rows of one kind, as they stand in the directory.
type rowsModel struct {
	Kind              string
	Name, About       string
	Kinds             []tabView
	Years, Insurances []pickView
	Heads             []headCell
	Rows              [][]rowCell
	Count, From, To   int
	Pages             []pickView
	Download          string
	Synthetic         bool
}

// pickView is one choice of a filter.
type pickView struct {
	Text, Path string
	Current    bool
}

type headCell struct {
	Text   string
	Number bool
}

type rowCell struct {
	Text              string
	Number, Synthetic bool
}

// pageOfRows is how many rows a page shows.
const pageOfRows = 200

func (d *desk) rows(f *frame, w http.ResponseWriter, r *http.Request) error {
	f.keepToOwn()
	kind, ok := f.kindNamed(r.PathValue("kind"))
	if !ok {
		return errNotFound
	}
	if len(f.book.facts.Statements) == 0 && len(f.problems) > 0 {
		f.refused(w, r)
		return nil
	}
	content, err := canonical(f.book.facts, kind)
	if err != nil {
		return err
	}
	records, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil {
		return err
	}
	m := rowsModel{Kind: string(kind), Name: f.kindName(kind), About: f.T(kindTexts[kind].about), Download: f.link("/data/file/" + string(kind) + ".csv"),
		Synthetic: f.synthetic()}
	for _, k := range f.kinds() {
		m.Kinds = append(m.Kinds, tabView{f.kindName(k), f.link("/data/" + string(k)), k == kind})
	}
	f.pickRows(&m, kind, records[0], records[1:])
	return f.render(w, r, http.StatusOK, rowsPage(f, m))
}

// The names of the filters in the address; the frame's own year and insurance type are those of the figures.
const (
	rowsYear      = "of_year"
	rowsInsurance = "of_insurance"
	rowsPageName  = "page"
)

// rowsLink is the page of a kind with its filters.
func (f *frame) rowsLink(kind exchange.Kind, year, insurance string, page int) string {
	number := ""
	if page > 1 {
		number = strconv.Itoa(page)
	}
	return f.link("/data/"+string(kind), rowsYear, year, rowsInsurance, insurance, rowsPageName, number)
}

// pickRows filters the records by year and insurance type, cuts out the page, and lays out its cells.
func (f *frame) pickRows(m *rowsModel, kind exchange.Kind, head []string, records [][]string) {
	years, insurances := columnValues(head, records, "year"), columnValues(head, records, "insurance")
	slices.Reverse(years)
	year, insurance := asked(f.seen.Get(rowsYear), years), asked(f.seen.Get(rowsInsurance), insurances)
	if len(years) > 0 {
		m.Years = append(m.Years, pickView{f.T("web.data.all"), f.rowsLink(kind, "", insurance, 1), year == ""})
	}
	for _, y := range years {
		m.Years = append(m.Years, pickView{y, f.rowsLink(kind, y, insurance, 1), y == year})
	}
	m.Insurances = append(m.Insurances, pickView{f.T("web.data.all"), f.rowsLink(kind, year, "", 1), insurance == ""})
	for _, i := range insurances {
		m.Insurances = append(m.Insurances, pickView{f.T("web.insurance." + i), f.rowsLink(kind, year, i, 1), i == insurance})
	}
	records = slices.DeleteFunc(slices.Clone(records), func(record []string) bool {
		return year != "" && cellOf(head, record, "year") != year || insurance != "" && cellOf(head, record, "insurance") != insurance
	})
	m.Count = len(records)
	pages := max(1, (len(records)+pageOfRows-1)/pageOfRows)
	page, err := strconv.Atoi(f.seen.Get(rowsPageName))
	if page = min(max(page, 1), pages); err != nil {
		page = 1
	}
	from, to := (page-1)*pageOfRows, min(page*pageOfRows, len(records))
	if m.From, m.To = min(from+1, to), to; pages > 1 {
		for n := 1; n <= pages; n++ {
			m.Pages = append(m.Pages, pickView{strconv.Itoa(n), f.rowsLink(kind, year, insurance, n), n == page})
		}
	}
	f.cells(m, head, records[from:to])
}

// cells lays out the heads and rows: the division by name beside its code, amounts with separators, choices by name.
func (f *frame) cells(m *rowsModel, head []string, records [][]string) {
	for _, name := range head {
		m.Heads = append(m.Heads, headCell{f.columnName(name), isNumber(name)})
		if name == "division" {
			m.Heads = append(m.Heads, headCell{f.columnName("name"), false})
		}
	}
	for _, record := range records {
		var line []rowCell
		for i, text := range record {
			c := rowCell{Text: f.cellText(head[i], text), Number: isNumber(head[i])}
			c.Synthetic = head[i] == "data_kind" && text != ""
			line = append(line, c)
			if head[i] == "division" {
				line = append(line, rowCell{Text: f.Division(region.Code(text))})
			}
		}
		m.Rows = append(m.Rows, line)
	}
}

// columnName is what files call a column in the reader's language, for people: without underscores.
func (f *frame) columnName(column string) string {
	return strings.ReplaceAll(f.T("exchange.column."+column), "_", " ")
}

// isNumber tells whether a column holds figures.
func isNumber(column string) bool {
	switch column {
	case "year", "division", "insurance", "fund", "group", "managerial", "data_kind":
		return false
	}
	return true
}

func (f *frame) cellText(column, text string) string {
	if text == "" {
		return ""
	}
	switch column {
	case "insurance":
		return f.T("web.insurance." + text)
	case "fund":
		return f.T("web.choice." + text)
	case "data_kind":
		return f.T("web.synthetic")
	case "managerial":
		return f.yes(text == "true")
	case "headcount":
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return f.Value(n)
		}
	}
	rate := column == string(pool.AgedShare) || column == string(pool.AdmissionRate) || column == string(pool.OffsiteShare) || column == string(pool.Performance)
	if amount, err := money.ParseFen(text); err == nil && isNumber(column) && !rate {
		return minus(amount.In(money.Yuan))
	}
	return minus(text)
}

// cellOf is the cell of a named column; empty when there is no such column.
func cellOf(head, record []string, column string) string {
	if i := slices.Index(head, column); i >= 0 {
		return record[i]
	}
	return ""
}

// columnValues lists what stands in a column, in order.
func columnValues(head []string, records [][]string, column string) []string {
	if !slices.Contains(head, column) {
		return nil
	}
	var out []string
	for _, record := range records {
		out = append(out, cellOf(head, record, column))
	}
	slices.SortFunc(out, strings.Compare)
	return slices.Compact(out)
}

// asked is a choice that is among those there are; else none.
func asked(text string, among []string) string {
	if slices.Contains(among, text) {
		return text
	}
	return ""
}
