package web

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/benefit"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/lake"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// paperView is a simulation as pages show it: what it is of, what was changed, and tables.
type paperView struct {
	Synthetic, Full bool
	Lead            string
	Facts           [][2]string // what every figure rests on: name, text
	Changes         []changedParameter
	Tables          []simulationTable
}

// changedParameter is a parameter that the scenario sets.
type changedParameter struct{ Title, Path, Before, After string }

// simulationTable is a table of a simulation, for pages and files alike.
type simulationTable struct {
	ID, Title, Note string
	Heads           []string
	Rows            [][]simulationCell
	Open            bool // shown at once; the others when they are opened
}

// simulationCell is a cell: as it is shown, and exactly.
type simulationCell struct {
	Text, Title, Class string
	exact              exchange.TableCell
}

func (f *frame) simTextCell(text string) simulationCell {
	return simulationCell{Text: text, exact: exchange.TextCell(text)}
}

func (f *frame) simCountCell(n int64) simulationCell {
	return simulationCell{Text: f.Value(n), exact: exchange.NumberCell(strconv.FormatInt(n, 10))}
}

func (f *frame) simAmountCell(x money.Fen) simulationCell {
	return simulationCell{Text: f.amount(x), Title: f.exact(x), exact: exchange.AmountCell(x)}
}

// simChangeCell is a difference, with its sign.
func (f *frame) simChangeCell(x money.Fen) simulationCell {
	return simulationCell{Text: signed(x.In(f.unit.money())), Title: f.exact(x), exact: exchange.AmountCell(x)}
}

// simPercentCell is a part in per cent; none where there is no whole.
func (f *frame) simPercentCell(part, of money.Fen) simulationCell {
	if of == 0 {
		return f.simTextCell("—")
	}
	return f.simRatioCell(part.Ratio().Quo(of.Ratio()))
}

// simRatioCell is a ratio in per cent.
func (f *frame) simRatioCell(x money.Ratio) simulationCell {
	text := x.Mul(money.NewRatio(100, 1)).Text(2)
	return simulationCell{Text: minus(text) + "%", exact: exchange.NumberCell(text)}
}

// heads are the heads of a table.
func (f *frame) simulationHeads(names ...string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = f.T("web.simulation.head." + n)
	}
	return out
}

// paperView lays a paper out.
func (f *frame) paperView(p exchange.SimulationPaper) paperView {
	v := paperView{Synthetic: p.Synthetic, Full: p.Full()}
	change := p.Total.Scenario.Funds - p.Total.Baseline.Funds
	v.Lead = f.T("web.simulation.result", "visits", p.Total.Visits, "persons", p.People.Persons, "change", signed(change.In(money.Yuan)), "better", p.People.Better, "worse", p.People.Worse)
	v.Facts = f.simulationFacts(p)
	for _, id := range slices.Sorted(maps.Keys(p.Set)) {
		c := changedParameter{Title: string(id), Path: f.link("/policies/" + p.Policy + "/" + string(id)), Before: p.Before[id], After: p.Set[id]}
		if d, ok := f.site.Engine.Library.Definition(id); ok {
			c.Title = d.Title.In(string(f.Lang))
		}
		v.Changes = append(v.Changes, c)
	}
	v.Tables = append(v.Tables, f.layerTable(p), f.peopleTable(p))
	for _, d := range benefit.Dimensions() {
		v.Tables = append(v.Tables, f.dimensionTable(p, d))
	}
	if len(p.PeopleBy[benefit.ByIncome]) > 0 {
		v.Tables = append(v.Tables, f.incomeGroupTable(p))
	}
	v.Tables = append(v.Tables, f.ownTable(p), f.percentileTable(p))
	if len(p.Funds) > 0 {
		v.Tables = append(v.Tables, f.fundMonths(p))
	}
	if len(p.Calibration) > 0 {
		v.Tables = append(v.Tables, f.calibrationTable(p))
	}
	return v
}

// simulationFacts say what the figures rest on.
func (f *frame) simulationFacts(p exchange.SimulationPaper) [][2]string {
	fact := func(name, text string) [2]string { return [2]string{f.T("web.simulation.fact." + name), text} }
	rules := f.T("web.simulation.rules.own")
	if p.Day != "" {
		rules = f.T("web.simulation.rules.day", "day", string(p.Day))
	}
	how := f.T("web.simulation.full.text")
	if !p.Full() {
		how = f.T("web.simulation.sample.text", "share", money.NewRatio(int64(p.Share)*100, int64(money.One)).Text(1)+"%", "persons", p.Simulated, "within", p.Within.Change, "before", p.Within.Before)
	}
	out := [][2]string{fact("policy", f.T("web.simulation.policy", "policy", p.Policy, "status", fault.Msg("value."+string(p.Status)), "files", beginning(p.Files))), fact("rules", rules),
		fact("data", f.T("web.simulation.data", "year", int(p.Year), "kind", fault.Msg("value."+p.Kind), "snapshot", beginning(p.Snapshot), "refunded", p.Refunded, "other", p.Other, "skipped", p.Skipped)),
		fact("how", how), fact("assumed", f.T("web.simulation.assumed", "group", fault.Msg("settled.group."+p.Aided)))}
	return append(out, fact("income", f.incomeAssumed(p)))
}

// incomeAssumed says what incomes are assumed.
func (f *frame) incomeAssumed(p exchange.SimulationPaper) string {
	text := f.T("web.simulation.no_income")
	if employee, resident := p.Means[benefit.Employee.String()], p.Means[benefit.Resident.String()]; len(p.Means) > 0 {
		text = f.T("web.simulation.income.means", "employee", employee.Disposable, "resident", resident.Disposable, "living", resident.Subsistence)
	}
	for _, i := range p.Incomes {
		text = f.T("web.simulation.income", "income", i.Disposable, "living", i.Subsistence)
	}
	if len(p.Fifths) > 0 {
		text += f.T("web.simulation.income.groups")
	}
	return text
}

// beginning is the beginning of a digest.
func beginning(digest string) string { return digest[:min(len(digest), 12)] }

func (f *frame) layerTable(p exchange.SimulationPaper) simulationTable {
	t := simulationTable{ID: "layers", Title: f.T("web.simulation.table.layers"), Heads: f.simulationHeads("layer", "before", "after", "change", "percent"), Open: true}
	before, after := p.Total.Baseline.Layers(), p.Total.Scenario.Layers()
	for i, name := range exchange.SimulationLayers() {
		t.Rows = append(t.Rows, []simulationCell{f.simTextCell(f.T("figure." + name)), f.simAmountCell(before[i]), f.simAmountCell(after[i]), f.simChangeCell(after[i] - before[i]), f.simPercentCell(after[i]-before[i], before[i])})
	}
	if !p.Full() {
		t.Note = f.T("web.simulation.within", "change", p.Within.Change, "before", p.Within.Before)
	}
	return t
}

func (f *frame) dimensionTable(p exchange.SimulationPaper, d benefit.Dimension) simulationTable {
	t := simulationTable{ID: string(d), Title: f.T("cli.simulate.by." + string(d)), Heads: f.simulationHeads("word", "visits", "in_scope", "before", "after", "change", "percent", "own_change"), Open: d == benefit.ByDivision || d == benefit.ByInsurance}
	row := func(name string, visits int64, inScope, before, after, own money.Fen) {
		t.Rows = append(t.Rows, []simulationCell{f.simTextCell(name), f.simCountCell(visits), f.simAmountCell(inScope), f.simAmountCell(before), f.simAmountCell(after),
			f.simChangeCell(after - before), f.simPercentCell(after-before, before), f.simChangeCell(own)})
	}
	var visits int64
	var inScope, before, after, own money.Fen
	for _, r := range p.Rows[d] {
		row(f.dimensionWord(d, r.Key), r.Visits, r.InScope, r.Baseline.Funds, r.Scenario.Funds, r.Scenario.Own-r.Baseline.Own)
		visits, inScope, before, after, own = visits+r.Visits, inScope+r.InScope, before+r.Baseline.Funds, after+r.Scenario.Funds, own+r.Scenario.Own-r.Baseline.Own
	}
	if len(t.Rows) > 1 {
		row(f.T("web.simulation.total"), visits, inScope, before, after, own)
		if !p.Full() {
			t.Note = f.T("web.simulation.rounded")
		}
	}
	if d == benefit.ByGroup {
		t.Note += f.T("web.simulation.assumed", "group", fault.Msg("settled.group."+p.Aided))
	}
	return t
}

// dimensionWord names a word of a dimension.
func (f *frame) dimensionWord(d benefit.Dimension, word string) string {
	switch d {
	case benefit.ByDivision:
		return f.Division(region.Code(word))
	case benefit.ByInsurance:
		return f.T("value." + word)
	case benefit.ByAge:
		return f.T("web.simulation.age", "years", word)
	}
	return f.T("settled." + string(d) + "." + word)
}

func (f *frame) peopleTable(p exchange.SimulationPaper) simulationTable {
	t := simulationTable{ID: "people", Title: f.T("web.simulation.table.people"), Heads: f.simulationHeads("word", "persons", "better", "gained", "worse", "lost", "same", "disaster_before", "disaster_after"), Open: true}
	row := func(name string, x exchange.SimulationPeople) {
		t.Rows = append(t.Rows, []simulationCell{f.simTextCell(name), f.simCountCell(x.Persons), f.simCountCell(x.Better), f.simAmountCell(x.Gained), f.simCountCell(x.Worse), f.simAmountCell(x.Lost), f.simCountCell(x.Same),
			f.simPercentCell(money.Fen(x.Before), money.Fen(x.Judged)), f.simPercentCell(money.Fen(x.After), money.Fen(x.Judged))})
	}
	row(f.T("web.simulation.everybody"), p.People)
	for _, d := range []benefit.Dimension{benefit.ByInsurance, benefit.ByGroup, benefit.ByAge} {
		for _, x := range p.PeopleBy[d] {
			row(f.dimensionWord(d, x.Key), x)
		}
	}
	if p.People.Judged == 0 {
		t.Note = f.T("web.simulation.no_income")
	}
	return t
}

// incomeGroupTable tells what persons of each income group bear.
func (f *frame) incomeGroupTable(p exchange.SimulationPaper) simulationTable {
	t := simulationTable{ID: "income", Title: f.T("cli.simulate.by.income"), Heads: f.simulationHeads("word", "persons", "own_before", "own_after", "own_change", "disaster_before", "disaster_after"), Note: f.incomeAssumed(p)}
	for _, x := range p.PeopleBy[benefit.ByIncome] {
		t.Rows = append(t.Rows, []simulationCell{f.simTextCell(f.dimensionWord(benefit.ByIncome, x.Key)), f.simCountCell(x.Persons), f.simAmountCell(x.Borne), f.simAmountCell(x.Bears), f.simChangeCell(x.Bears - x.Borne),
			f.simPercentCell(money.Fen(x.Before), money.Fen(x.Judged)), f.simPercentCell(money.Fen(x.After), money.Fen(x.Judged))})
	}
	return t
}

func (f *frame) ownTable(p exchange.SimulationPaper) simulationTable {
	t := simulationTable{ID: "own", Title: f.T("web.simulation.table.own"), Heads: f.simulationHeads("band", "persons_before", "persons_after")}
	for i, band := range p.Own {
		label := f.T("cli.simulate.own.last", "from", band.From)
		if i+1 < len(p.Own) {
			label = f.T("cli.simulate.own.band", "from", band.From, "to", p.Own[i+1].From)
		}
		t.Rows = append(t.Rows, []simulationCell{f.simTextCell(label), f.simCountCell(band.Baseline), f.simCountCell(band.Scenario)})
	}
	return t
}

func (f *frame) percentileTable(p exchange.SimulationPaper) simulationTable {
	t := simulationTable{ID: "percentiles", Title: f.T("cli.simulate.percentiles"), Heads: f.simulationHeads("percentile", "before", "after")}
	yuan := func(x money.Fen) simulationCell {
		return simulationCell{Text: x.In(money.Yuan), exact: exchange.AmountCell(x)}
	}
	for _, x := range p.Percentiles {
		t.Rows = append(t.Rows, []simulationCell{f.simTextCell(f.T("cli.simulate.percentile", "percent", x.Percent)), yuan(x.Baseline), yuan(x.Scenario)})
	}
	return t
}

func (f *frame) fundMonths(p exchange.SimulationPaper) simulationTable {
	t := simulationTable{ID: "months", Title: f.T("web.simulation.table.months"), Note: f.T("web.simulation.months.note"), Heads: f.simulationHeads("insurance", "division", "surplus", "expenditure", "change", "months_before", "months_after")}
	for _, x := range p.Funds {
		t.Rows = append(t.Rows, []simulationCell{f.simTextCell(f.T("value." + x.Insurance)), f.simTextCell(f.Division(x.Division)), f.simAmountCell(x.Surplus), f.simAmountCell(x.Expenditure), f.simChangeCell(x.More), f.simNumberCell(x.Before), f.simNumberCell(x.After)})
	}
	return t
}

func (f *frame) simNumberCell(decimal string) simulationCell {
	return simulationCell{Text: minus(decimal), exact: exchange.NumberCell(decimal)}
}

func (f *frame) calibrationTable(p exchange.SimulationPaper) simulationTable {
	t := simulationTable{ID: "calibration", Title: f.T("web.simulation.table.calibration"), Note: f.T("web.simulation.calibration.note"), Heads: f.simulationHeads("insurance", "level", "visits", "paid", "before", "apart"), Open: true}
	for _, c := range p.Calibration {
		t.Rows = append(t.Rows, []simulationCell{f.simTextCell(f.T("value." + c.Key)), f.simTextCell(f.T("settled.level." + c.Beside)), f.simCountCell(c.Visits), f.simAmountCell(c.Paid.Funds), f.simAmountCell(c.Baseline.Funds), f.simPercentCell(c.Baseline.Funds-c.Paid.Funds, c.Paid.Funds)})
	}
	return t
}

// takePaper answers with a paper as a workbook with notes, or with all its tables as CSV.
func (s *site) takePaper(f *frame, w http.ResponseWriter, file string, p exchange.SimulationPaper, more ...simulationTable) error {
	v := f.paperView(p)
	tables := append(v.Tables, more...)
	name := "simulation-" + strconv.Itoa(int(p.Year))
	switch file {
	case "paper.json":
		content, err := p.Content()
		if err != nil {
			return err
		}
		return attach(w, name+".json", "application/json; charset=utf-8", content)
	case "export.csv":
		var rows [][]string
		for _, t := range tables {
			for _, row := range t.Rows {
				for i, c := range row[1:] {
					rows = append(rows, []string{t.Title, row[0].exact.Plain(), t.Heads[i+1], c.exact.Plain()})
				}
			}
		}
		return f.csv(w, name+".csv", f.simulationHeads("table", "word", "figure", "value"), rows)
	case "export.xlsx":
	default:
		return errNotFound
	}
	var sheets []exchange.Table
	for _, t := range tables {
		sheet := exchange.Table{Sheet: sheetName(t.Title), Heads: t.Heads, Wide: 1}
		for _, row := range t.Rows {
			var cells []exchange.TableCell
			for _, c := range row {
				cells = append(cells, c.exact)
			}
			sheet.Rows = append(sheet.Rows, cells)
		}
		sheets = append(sheets, sheet)
	}
	notes := []exchange.Note{{Name: f.T("web.payments.made.note"), Text: f.moment(s.Now())}, {Name: f.T("web.payments.by.note"), Text: f.subject.Name}}
	if p.Synthetic {
		notes = append(notes, exchange.Note{Name: f.T("web.synthetic"), Text: f.T("web.synthetic.title")})
	}
	for _, x := range v.Facts {
		notes = append(notes, exchange.Note{Name: x[0], Text: x[1]})
	}
	for _, c := range v.Changes {
		notes = append(notes, exchange.Note{Name: c.Title, Text: c.Before + " → " + c.After})
	}
	var b bytes.Buffer
	if err := exchange.WriteTables(&b, sheets, notes, f.Printer); err != nil {
		return err
	}
	return attach(w, name+".xlsx", workbookType, b.Bytes())
}

// sheetName is a title as the name of a sheet: no longer than one may be, and without what it may not have.
func sheetName(title string) string {
	runes := []rune(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\`, r) {
			return ' '
		}
		return r
	}, title))
	return string(runes[:min(len(runes), 28)])
}

// changesModel is the list of changes of benefits with their simulations (待遇政策调整), some of them side by side.
type changesModel struct {
	Rows     []changeRow
	Compared *simulationTable
}

type changeRow struct {
	ID, Path, Title, State, At, By, Change, Exact, Class string
	Chosen                                               bool
}

// mostCompared is how many are set side by side.
const mostCompared = 4

func (s *site) changes(f *frame, w http.ResponseWriter, r *http.Request) error {
	all, err := s.Store.Desk(f.scope(office.View)).OfKinds(r.Context(), office.PolicyChange)
	if err != nil {
		return err
	}
	slices.Reverse(all)
	var m changesModel
	var papers []exchange.SimulationPaper
	var titles []string
	for _, d := range all {
		row := changeRow{ID: string(d.ID), Path: f.link("/benefit/changes/" + string(d.ID)), Title: d.Title, State: f.Text(d.State.Label()), At: f.moment(d.Steps[0].At), By: d.Steps[0].Name,
			Change: signed(d.Amount.In(f.unit.money())), Exact: f.exact(d.Amount), Class: signClass(d.Amount), Chosen: slices.Contains(f.seen["compare"], string(d.ID))}
		m.Rows = append(m.Rows, row)
		if row.Chosen && len(papers) < mostCompared {
			p, err := s.paperOf(r, f, d)
			if err != nil {
				return err
			}
			papers, titles = append(papers, p), append(titles, d.Title)
		}
	}
	if len(papers) > 0 {
		t := f.sideBySide(papers, titles)
		m.Compared = &t
	}
	return f.render(w, r, http.StatusOK, changesPage(f, m))
}

// sideBySide sets simulations beside each other: what each changes of every layer, and of persons.
func (f *frame) sideBySide(papers []exchange.SimulationPaper, titles []string) simulationTable {
	t := simulationTable{ID: "compared", Title: f.T("web.simulation.compared"), Heads: append(f.simulationHeads("figure"), titles...), Open: true}
	row := func(name string, cell func(exchange.SimulationPaper) simulationCell) {
		cells := []simulationCell{f.simTextCell(name)}
		for _, p := range papers {
			cells = append(cells, cell(p))
		}
		t.Rows = append(t.Rows, cells)
	}
	row(f.T("web.simulation.fact.data"), func(p exchange.SimulationPaper) simulationCell {
		return f.simTextCell(f.T("web.simulation.data.short", "year", int(p.Year), "snapshot", beginning(p.Snapshot)))
	})
	row(f.T("web.simulation.changes"), func(p exchange.SimulationPaper) simulationCell { return f.simCountCell(int64(len(p.Set))) })
	for i, name := range exchange.SimulationLayers() {
		row(f.T("web.simulation.change_of", "layer", f.T("figure."+name)), func(p exchange.SimulationPaper) simulationCell {
			return f.simChangeCell(p.Total.Scenario.Layers()[i] - p.Total.Baseline.Layers()[i])
		})
	}
	row(f.T("web.simulation.head.better"), func(p exchange.SimulationPaper) simulationCell { return f.simCountCell(p.People.Better) })
	row(f.T("web.simulation.head.worse"), func(p exchange.SimulationPaper) simulationCell { return f.simCountCell(p.People.Worse) })
	row(f.T("web.simulation.head.disaster_before"), func(p exchange.SimulationPaper) simulationCell {
		return f.simPercentCell(money.Fen(p.People.Before), money.Fen(p.People.Judged))
	})
	row(f.T("web.simulation.head.disaster_after"), func(p exchange.SimulationPaper) simulationCell {
		return f.simPercentCell(money.Fen(p.People.After), money.Fen(p.People.Judged))
	})
	return t
}

// keepChange keeps the result of a whole year as the paper of a change of benefits, whose draft it makes.
//
// 依据: SC38-11.1
func (s *site) keepChange(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	for name, values := range r.PostForm { // the form carries what the page's address did
		f.seen[name] = values
	}
	if err := s.claims.choose(f); err != nil {
		return err
	}
	t := f.benefitsTried()
	switch {
	case t == nil:
		return errNotFound
	case len(t.wrong) > 0:
		return &fault.Refusal{Problems: t.wrong}
	case len(t.overlay.Set) == 0:
		return fault.New(fault.Refused, "web.simulation.nothing_changed")
	case t.name == "":
		return fault.New(fault.Refused, "web.simulation.no_name")
	}
	t.full = true
	paper, _, err := s.benefitTrial(f, r, t)
	if err != nil {
		return err
	}
	if paper == nil {
		return fault.New(fault.Refused, "web.simulation.not_yet")
	}
	paper.At, paper.By = f.moment(s.Now()), f.subject.Name
	id, err := s.draftChange(f, r, *paper)
	if err != nil {
		return err
	}
	http.Redirect(w, r, f.link("/benefit/changes/"+string(id)), http.StatusSeeOther)
	return nil
}

// draftChange keeps the paper and drafts the document that signs it.
func (s *site) draftChange(f *frame, r *http.Request, paper exchange.SimulationPaper) (office.DocumentID, error) {
	content, err := paper.Content()
	if err != nil {
		return "", err
	}
	digest := office.DigestOf(content)
	id := office.DocumentID("tz-" + strconv.Itoa(int(paper.Year)) + "-" + digest.String()[:10])
	title := paper.Name
	if paper.Synthetic {
		title = f.T("web.simulation.synthetic_title", "name", paper.Name)
	}
	act := f.act(f.province(), "keep_simulation", office.Object{Kind: "document", ID: string(id)}, paper.Name)
	if _, err := s.Store.Write(r.Context(), act, func(t *store.Tx) error {
		_, err := t.KeepPaper(store.Paper{Division: f.province(), Kind: string(office.PolicyChange), Content: content})
		return err
	}); err != nil {
		return "", err
	}
	c := office.Content{Title: title, Amount: paper.Total.Scenario.Funds - paper.Total.Baseline.Funds, Digest: digest, Policy: paper.Status, Trial: true}
	_, err = f.approvals(office.Make).Draft(r.Context(), id, office.PolicyChange, f.province(), c, f.subject, f.from, s.Now())
	return id, err
}

// paperOf is the simulation that a document signs.
func (s *site) paperOf(r *http.Request, f *frame, d office.Document) (exchange.SimulationPaper, error) {
	kept, err := s.Store.Paper(r.Context(), f.own(), d.Digest)
	if err != nil {
		return exchange.SimulationPaper{}, err
	}
	return exchange.ReadSimulationPaper(kept.Content)
}

// changeModel is a change of benefits: its simulation, its signatures, and afterwards what came of it.
type changeModel struct {
	Document        office.Document
	Paper           paperView
	Digest          string
	Made            string
	Years           []linkView // with claims after the year of the simulation
	Actual          *simulationTable
	Force           string // how far the proposed parameters are in force
	Job             *jobView
	XLSX, CSV, JSON string
}

func (s *site) change(f *frame, w http.ResponseWriter, r *http.Request) error {
	d, paper, err := s.changeOf(f, r)
	if err != nil {
		return f.absentDocument(w, r, err)
	}
	back := "/benefit/changes/" + string(d.ID)
	m := changeModel{Document: d, Paper: f.paperView(paper), Digest: d.Digest.String(), Made: f.T("web.simulation.made", "at", paper.At, "by", paper.By, "program", paper.Program),
		XLSX: f.link(back + "/export.xlsx"), CSV: f.link(back + "/export.csv"), JSON: f.link(back + "/paper.json")}
	asked := f.seen.Get("actual")
	for _, y := range f.claims.years {
		if text := strconv.Itoa(int(y)); y > paper.Year {
			m.Years = append(m.Years, linkView{Text: text, Path: f.link(back, "actual", text), Current: text == asked})
			if text == asked {
				if err := s.actual(f, r, paper, y, &m); err != nil {
					return err
				}
			}
		}
	}
	status := http.StatusOK
	if m.Job != nil && m.Job.Running {
		f.refresh, f.refreshIn = r.URL.RequestURI(), 2
		status = http.StatusAccepted
	}
	return f.render(w, r, status, changePage(f, m))
}

func (s *site) changeOf(f *frame, r *http.Request) (office.Document, exchange.SimulationPaper, error) {
	d, err := f.approvals(office.View).Desk.Document(r.Context(), office.DocumentID(r.PathValue("id")))
	if err == nil && d.Kind != office.PolicyChange {
		err = fault.New(fault.Refused, "store.no_document", "id", string(d.ID))
	}
	if err != nil {
		return d, exchange.SimulationPaper{}, err
	}
	paper, err := s.paperOf(r, f, d)
	return d, paper, err
}

// actual sets what was predicted beside what was paid in a later year.
//
// 依据: SC38-11.1
func (s *site) actual(f *frame, r *http.Request, p exchange.SimulationPaper, year policy.Year, m *changeModel) error {
	pack, ok := s.Engine.Library.Pack(p.Policy)
	if !ok {
		return nil
	}
	rules, err := benefit.Compile(s.Engine.Library, pack, policy.Overlay{})
	if err != nil {
		return err
	}
	m.Force = f.inForce(p, pack, year)
	kind := lake.Kind(p.Kind)
	snapshot := f.claims.manifest.Snapshot(year, kind)
	if snapshot.Rows == 0 {
		kind = lake.Preliminary
		snapshot = f.claims.manifest.Snapshot(year, kind)
	}
	day := p.Day
	later, b, err := waited(s.claims, r, snapshot, "simulation.actual", string(day)+p.Policy, func(ctx context.Context, store *lake.Lake, b *job) (simulatedYear, error) {
		x, read, err := lake.Simulate(ctx, store, year, kind, lake.VisitOptions{Aided: p.Aided, Tell: b.saying("web.simulation.phase")}, func() *benefit.Simulation {
			x := benefit.NewSimulation(rules, rules)
			x.Day = day
			return x
		})
		return simulatedYear{x, read}, err
	})
	if err != nil {
		return err
	}
	if later == nil {
		v := f.jobFacts(b)
		v.Back, v.Poll, v.Cancel, v.Again = r.URL.RequestURI(), f.claimsLink("/data/claims/job/"+b.id, "back", r.URL.RequestURI()), "/benefit/simulation", "/benefit/simulation"
		m.Job = &v
		return nil
	}
	source := exchange.SimulationSource{Year: year, Share: money.One}.Of(later.read.Persons)
	t := f.actualTable(p, exchange.NewSimulationPaper(later.result, rules, source, nil, nil))
	m.Actual = &t
	return nil
}

func (f *frame) actualTable(p, later exchange.SimulationPaper) simulationTable {
	t := simulationTable{ID: "actual", Title: f.T("web.simulation.table.actual", "from", int(p.Year), "to", int(later.Year)), Note: f.T("web.simulation.actual.note"), Open: true,
		Heads: f.simulationHeads("insurance", "level", "ratio_then", "ratio_predicted", "ratio_came", "later_scope", "expected", "later_paid", "difference")}
	for _, x := range p.Against(later) {
		t.Rows = append(t.Rows, []simulationCell{f.simTextCell(f.T("value." + x.Insurance)), f.simTextCell(f.T("settled.level." + x.Level)), f.simRatioCell(x.Ratio), f.simRatioCell(x.Predicted), f.simRatioCell(x.Came),
			f.simAmountCell(x.LaterInScope), f.simAmountCell(x.Expected), f.simAmountCell(x.LaterPaid), f.simChangeCell(x.LaterPaid - x.Expected)})
	}
	return t
}

// inForce says which of the proposed parameters hold at the end of a year.
func (f *frame) inForce(p exchange.SimulationPaper, pack *policy.Pack, year policy.Year) string {
	set := pack.At(year.End())
	var not []string
	for _, id := range slices.Sorted(maps.Keys(p.Set)) {
		d, ok := f.site.Engine.Library.Definition(id)
		value, good := d.Parse(p.Set[id])
		if now, has := set.Get(id); !ok || !good || !has || !now.Value.Equal(value) {
			not = append(not, d.Title.In(string(f.Lang)))
		}
	}
	if len(not) == 0 {
		return f.T("web.simulation.in_force", "year", int(year))
	}
	return f.T("web.simulation.not_in_force", "year", int(year), "titles", strings.Join(not, f.T("web.simulation.and")))
}

func (s *site) changeExport(f *frame, w http.ResponseWriter, r *http.Request) error {
	_, paper, err := s.changeOf(f, r)
	if err != nil {
		return f.absentDocument(w, r, err)
	}
	return s.takePaper(f, w, r.PathValue("file"), paper)
}
