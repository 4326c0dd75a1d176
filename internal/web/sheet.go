package web

import (
	"net/http"
	"strconv"

	"tongchou/internal/money"
	"tongchou/internal/pool"
)

// sheetModel is the sheet that is printed and signed (省级统筹基金调剂表), in ten thousand yuan.
type sheetModel struct {
	Title, Subtitle string
	Rows            []sheetRow
	Total           sheetRow
	Labels          []string
	Notes           []string
	Printed         string
}

// sheetRow is a line of the sheet; the three columns for signatures stay blank.
type sheetRow struct {
	Name  string
	Cells []string
}

func (s *site) sheet(f *frame, w http.ResponseWriter, r *http.Request) error {
	f.oneUnit = true
	m := sheetModel{
		Title:    f.T("web.sheet.title", "province", f.provinceName()),
		Subtitle: f.T("web.sheet.subtitle", "year", strconv.Itoa(int(f.year)), "insurance", f.T("web.insurance."+string(f.insurance))),
		Printed:  f.T("web.sheet.printed", "at", s.Now().Format("2006-01-02 15:04"), "version", s.Version, "data", f.dataVersion()),
	}
	if f.synthetic() {
		m.Labels = append(m.Labels, f.T("web.synthetic"))
	}
	if f.result.Status.Trial() {
		m.Labels = append(m.Labels, f.T("web.trial"))
	}
	for _, d := range f.fund.Divisions {
		m.Rows = append(m.Rows, sheetLine(f.Division(d.Code), d))
	}
	total := f.fund.Total()
	m.Total = sheetLine(f.T("web.total"), total)
	m.Notes = f.sheetNotes(total)
	return f.render(w, r, http.StatusOK, sheetPage(f, m))
}

// sheetNotes say what the figures leave out, in the words of the workbook's sheet.
func (f *frame) sheetNotes(total pool.Division) []string {
	out := []string{f.T("exchange.adjustment.note.transfers")}
	if v := total.Statement.Violation; v != 0 {
		out = append(out, f.T("exchange.adjustment.note.violation", "violation", wan.write(v)))
	}
	if total.Emergency != 0 {
		out = append(out, f.T("exchange.adjustment.note.emergency", "emergency", wan.write(total.Emergency)))
	}
	return out
}

func sheetLine(name string, d pool.Division) sheetRow {
	in := func(x money.Fen) string { return wan.write(x) }
	levied := "\u2014"
	if d.Statement.HasLevied {
		levied = in(d.Statement.Levied)
	}
	return sheetRow{name, []string{in(d.Statement.SurplusBegin), in(d.Statement.Income), levied, in(d.Statement.Expenditure()), in(d.Paid), in(d.Received),
		signed(d.Net.In(money.TenThousand)), in(d.SurplusEnd), monthsText(d.Months, d.HasMonths)}}
}
