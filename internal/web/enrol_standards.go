package web

import (
	"bytes"
	"context"
	"net/http"
	"strconv"

	"tongchou/internal/enrol"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// routesOfStandards bring contribution standards from a file and give the form for it.
func (s *site) routesOfStandards() []route {
	return []route{
		{"GET /enrol/standards/template.xlsx", "standards.template", false, s.standardsTemplate, onOwn(office.EnrolPersons)},
		{"POST /enrol/standards/import", "standards.import", false, s.standardsImport, onOwn(office.EnrolPersons)},
	}
}

// standardsYear is the year whose standards the address asks for.
func (s *site) standardsYear(f *frame) policy.Year {
	if asked, err := strconv.Atoi(f.seen.Get("of")); err == nil && asked > 2000 && asked < 2100 {
		return policy.Year(asked)
	}
	return policy.Year(s.Now().Year())
}

// standardsTemplate is a workbook of the year's standards, to be changed or added to; of the reader's divisions without any, a row to begin with.
func (s *site) standardsTemplate(f *frame, w http.ResponseWriter, r *http.Request) error {
	all, err := s.Store.Standards(r.Context())
	if err != nil {
		return err
	}
	year, scope := s.standardsYear(f), f.scope(office.EnrolPersons)
	var mine enrol.Standards
	for _, x := range all {
		if x.Year == year && scope.Holds(x.Division) {
			mine = append(mine, x)
		}
	}
	var blank []region.Code
	if len(mine) == 0 {
		blank = append(blank, f.subject.Division)
	}
	var out bytes.Buffer
	notes := []exchange.Note{{Name: f.T("web.ledger.openings.how"), Text: f.T("web.standards.import.note")}}
	if err := exchange.WriteStandards(&out, mine, blank, notes, f.Printer); err != nil {
		return err
	}
	return attach(w, "standards-"+strconv.Itoa(int(year))+".xlsx", workbookType, out.Bytes())
}

// standardsImport keeps the standards of a file: all of them, or nothing with every reason.
//
// 依据: SC38-5.2, SC38-5.3
func (s *site) standardsImport(f *frame, w http.ResponseWriter, r *http.Request) error {
	up, err := readUpload(w, r)
	if err == nil && !up.has {
		err = formFault{http.StatusBadRequest, fault.Msg("web.data.error.file")}
	}
	var rows []exchange.StandardRow
	if err == nil {
		rows, err = exchange.ReadStandards(up.in)
	}
	if err == nil {
		err = s.keepStandards(f, r, up, rows)
	}
	if err != nil {
		return f.notDone(w, r, []tabView{{Text: f.T("web.menu.enrol"), Path: f.link("/enrol")}, {Text: f.T("web.enrol.standards"), Path: f.link("/enrol/standards")}}, err)
	}
	f.goTo(w, r, f.link("/enrol/standards", "of", strconv.Itoa(int(rows[0].Year)), "brought", strconv.Itoa(len(rows))))
	return nil
}

func (s *site) keepStandards(f *frame, r *http.Request, up upload, rows []exchange.StandardRow) error {
	act := f.act(f.subject.Division, "", office.Object{}, "")
	act.Scope = f.scope(office.EnrolPersons)
	if err := exchange.CheckStandards(up.in, rows, func(c region.Code) bool { _, known := s.Engine.Tree.Get(c); return known && act.Scope.Holds(c) }); err != nil {
		return err
	}
	return s.Store.ImportStandards(r.Context(), act, up.in.Name, office.DigestOf(up.in.Content), exchange.StandardsOf(rows))
}

// versionsTable lists every version of a year's standards.
func (s *site) versionsTable(f *frame, ctx context.Context, year policy.Year) (ledgerTable, error) {
	all, err := s.Store.StandardVersions(ctx, year)
	t := ledgerTable{ID: "versions", Title: f.T("web.standards.versions", "year", int(year)), Aside: f.T("web.ledger.unit"), Clause: "SC38-5.3", Empty: f.T("web.standards.versions.none"), Tall: true,
		Heads: f.ledgerHeads("web.standards.at", "web.standards.who", "web.enrol.area", "web.enrol.way", "#", "web.standards.version", "#", "web.enrol.individual", "#", "web.enrol.subsidy", "#", "web.enrol.average_wage", "web.enrol.basis", "web.targets.state")}
	type key struct {
		division region.Code
		way      enrol.Way
	}
	last := map[key]int{}
	for _, v := range all {
		k := key{v.Division, v.Way}
		last[k] = max(last[k], v.Revision)
	}
	for _, v := range all {
		state := markCell(f.T("web.standards.holds"), "good")
		if v.Revision < last[key{v.Division, v.Way}] {
			state = textCell(f.T("web.standards.replaced"))
		}
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(f.moment(v.At)), textCell(string(v.Who)), textCell(f.divisionName(v.Division)), textCell(f.wayName(v.Way)), f.countCell(int64(v.Revision)),
			turnCell(v.Individual), turnCell(v.Subsidy.Total()), turnCell(v.AverageWage), textCell(v.Source), state}})
	}
	return t, err
}
