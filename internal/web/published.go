package web

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"time"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// routesOfPublished are the pages of what a province published to its divisions (公布结果), for the table of routes.
func (m *moneyDesk) routesOfPublished() []route {
	see := onOwn(office.ViewPublished)
	return []route{
		{"GET /published", "published", false, m.publishedList, see},
		{"GET /published/list.json", "published.list", false, m.publishedListJSON, see},
		{"GET /published/{id}", "published.one", false, m.publishedOne, see},
		{"GET /published/{id}/result.json", "published.json", false, m.publishedJSON, see},
		{"GET /published/{id}/export.xlsx", "published.export", false, m.publishedExport, onOwn(office.Export)},
		{"POST /pool/runs/{id}/publish", "published.publish", false, m.publish, onOwn(office.Publish)},
		{"POST /published/{id}/withdraw", "published.withdraw", false, m.withdraw, onOwn(office.Publish)},
	}
}

// publishedRow is a line of what was published.
type publishedRow struct {
	ID, Path, Title, At, By, Withdrawn, Reason string
	Comparison                                 bool
}

func (f *frame) publishedRows(all []store.Publication) []publishedRow {
	var out []publishedRow
	for _, p := range all {
		out = append(out, publishedRow{p.ID, f.link("/published/" + p.ID), p.Title, f.moment(p.At), p.Publisher, f.moment(p.Withdrawn), p.Reason, len(p.Comparison) > 0})
	}
	return out
}

func (m *moneyDesk) publishedList(f *frame, w http.ResponseWriter, r *http.Request) error {
	all, err := m.Store.Publications(r.Context(), f.scope(office.ViewPublished))
	if err != nil {
		return err
	}
	return f.render(w, r, http.StatusOK, publishedListPage(f, f.publishedRows(all)))
}

// publishedListJSON tells a program what was published.
func (m *moneyDesk) publishedListJSON(f *frame, w http.ResponseWriter, r *http.Request) error {
	all, err := m.Store.Publications(r.Context(), f.scope(office.ViewPublished))
	if err != nil {
		return err
	}
	type item struct {
		ID        string         `json:"id"`
		Title     string         `json:"title"`
		Year      policy.Year    `json:"year"`
		Insurance pool.Insurance `json:"insurance"`
		At        time.Time      `json:"published_at"`
		Withdrawn bool           `json:"withdrawn"`
		Reason    string         `json:"reason,omitempty"`
		Result    string         `json:"result,omitempty"`
	}
	out := []item{}
	for _, p := range all {
		x := item{ID: p.ID, Title: p.Title, Year: p.Year, Insurance: p.Insurance, At: p.At, Withdrawn: !p.Withdrawn.IsZero(), Reason: p.Reason}
		if !x.Withdrawn {
			x.Result = "/published/" + p.ID + "/result.json"
		}
		out = append(out, x)
	}
	var b bytes.Buffer
	if err := exchange.WriteJSON(&b, out); err != nil {
		return err
	}
	return attach(w, "published.json", "application/json; charset=utf-8", b.Bytes())
}

// publishedModel is what was published of a run, as far as the reader sees it: his own division's share, and the comparison.
type publishedModel struct {
	outcome
	store.Publication
	Share       *exchange.Share
	Name        string // whose share it is
	Figures     []keyFigure
	Steps       []stepView
	Places      []pickView // whose shares the reader may choose from
	Rows        []runRow
	Total       runRow
	Run         string // the run's own page, for those who may open it
	Notices     string
	MayWithdraw bool
	Synthetic   bool
}

func (m *moneyDesk) publishedOne(f *frame, w http.ResponseWriter, r *http.Request) error {
	return m.publishedAs(f, w, r, f.justDone())
}

func (m *moneyDesk) publishedAs(f *frame, w http.ResponseWriter, r *http.Request, o outcome) error {
	v, err := m.publishedModel(f, r, r.PathValue("id"))
	if err != nil {
		return err
	}
	v.outcome = o
	return f.render(w, r, o.Status, publishedPage(f, v))
}

// ownResult is the page of a division for those who see the province's results only as far as they are published: what was published
// last of the year and type asked for, or of any.
func (m *moneyDesk) ownResult(f *frame, w http.ResponseWriter, r *http.Request) error {
	f.name = "published"
	all, err := m.Store.Publications(r.Context(), f.scope(office.ViewPublished))
	if err != nil {
		return err
	}
	year, insurance := f.seen.Get("year"), f.seen.Get("insurance")
	asked := func(p store.Publication) bool {
		return p.Withdrawn.IsZero() && (year == "" || strconv.Itoa(int(p.Year)) == year) && (insurance == "" || string(p.Insurance) == insurance)
	}
	at := slices.IndexFunc(all, asked)
	if at < 0 {
		return f.render(w, r, http.StatusOK, publishedListPage(f, f.publishedRows(all)))
	}
	v, err := m.publishedModel(f, r, all[at].ID)
	if err != nil {
		return err
	}
	v.outcome = outcome{Status: http.StatusOK}
	return f.render(w, r, http.StatusOK, publishedPage(f, v))
}

// publishedModel reads a publication and the share that the address names, or the reader's own, where he may see them.
func (m *moneyDesk) publishedModel(f *frame, r *http.Request, id string) (publishedModel, error) {
	scope := f.scope(office.ViewPublished)
	p, found, err := m.Store.Publication(r.Context(), scope, id)
	if err != nil || !found {
		return publishedModel{}, orNotFound(err)
	}
	v := publishedModel{Publication: p, MayWithdraw: p.Withdrawn.IsZero() && f.may(office.Publish, p.Division) && f.subject.Division == p.Division}
	shares, err := m.Store.Shares(r.Context(), scope, id)
	if err != nil {
		return v, err
	}
	if f.may(office.View, p.Division) {
		v.Run = f.link("/pool/runs/" + string(p.Document))
	}
	if err := f.ownShare(&v, shares); err != nil {
		return v, err
	}
	if v.Share != nil && f.may(office.View, v.Share.Division()) {
		items, err := m.Store.Items(r.Context(), f.own(), store.ItemQuery{Batch: ledger.DocumentID(p.Document)})
		if err != nil {
			return v, err
		}
		if len(items) > 0 {
			v.Notices = f.link("/pool/notices", "batch", string(p.Document))
		}
	}
	return v, f.publishedComparison(&v)
}

// orNotFound is an error, or that there is no such page.
func orNotFound(err error) error {
	if err == nil {
		err = errNotFound
	}
	return err
}

// ownShare fills in the share that the address names among those the reader may see.
func (f *frame) ownShare(v *publishedModel, shares []store.PublishedShare) error {
	if len(shares) == 0 {
		return nil
	}
	at := 0
	if asked := region.Code(f.seen.Get("division")); asked != "" {
		if at = slices.IndexFunc(shares, func(s store.PublishedShare) bool { return s.Division == asked }); at < 0 {
			return errNotFound
		}
	}
	if len(shares) > 1 {
		for i, s := range shares {
			v.Places = append(v.Places, pickView{f.Short(s.Division), f.link("/published/"+v.ID, "division", string(s.Division)), i == at})
		}
	}
	share, err := exchange.ReadShare(shares[at].Content)
	if err != nil {
		return err
	}
	v.Share, v.Name, v.Synthetic = &share, f.Division(share.Division()), share.Synthetic
	v.Figures = f.shareFigures(share)
	for _, s := range share.Steps() {
		step := stepView{Figure: f.figureName(s.Figure), Text: s.Text, Clause: string(s.Clause)}
		if s.Assumed {
			step.Assumed = f.T("web.assumed.title")
		}
		v.Steps = append(v.Steps, step)
	}
	return nil
}

// shareFigure is a figure of a share by its name.
type shareFigure struct {
	name   string
	amount money.Fen
}

func figuresOf(d pool.Division) []shareFigure {
	return []shareFigure{{"surplus_begin", d.Statement.SurplusBegin}, {"income", d.Statement.Income}, {"expenditure", d.Statement.Expenditure()}, {"paid", d.Paid},
		{"received", d.Received}, {"net", d.Net}, {"emergency", d.Emergency}, {"local", d.Local}, {"owed", d.Owed}, {"surplus_end", d.SurplusEnd}}
}

func (f *frame) shareFigures(s exchange.Share) []keyFigure {
	d := s.Fund().Divisions[0]
	var out []keyFigure
	for _, x := range figuresOf(d) {
		out = append(out, keyFigure{Name: f.T("web.column." + x.name), Value: f.amount(x.amount), Exact: f.exact(x.amount)})
	}
	return append(out, keyFigure{Name: f.T("web.column.months"), Value: monthsText(d.Months, d.HasMonths)})
}

// publishedComparison fills in what everybody may see of everybody.
func (f *frame) publishedComparison(v *publishedModel) error {
	if len(v.Comparison) == 0 {
		return nil
	}
	table, err := exchange.ReadComparison(v.Comparison)
	if err != nil {
		return err
	}
	var paid, received, net money.Fen
	cells := func(amounts ...money.Fen) (out []cellView) {
		for _, x := range amounts {
			out = append(out, cellView{Text: f.amount(x), Title: f.exact(x)})
		}
		return out
	}
	for _, row := range table.Rows {
		v.Rows = append(v.Rows, runRow{f.Division(row.Division), cells(row.Paid, row.Received, row.Net)})
		paid, received, net = paid+row.Paid, received+row.Received, net+row.Net
	}
	v.Total = runRow{f.T("web.total"), cells(paid, received, net)}
	return nil
}

// publishedJSON gives a share to a program, byte for byte as it was published.
func (m *moneyDesk) publishedJSON(f *frame, w http.ResponseWriter, r *http.Request) error {
	shares, err := m.Store.Shares(r.Context(), f.scope(office.ViewPublished), r.PathValue("id"))
	if err != nil {
		return err
	}
	asked := region.Code(f.seen.Get("division"))
	for _, s := range shares {
		if asked == "" || s.Division == asked {
			return attach(w, r.PathValue("id")+"-"+string(s.Division)+".json", "application/json; charset=utf-8", s.Content)
		}
	}
	return errNotFound
}

func (m *moneyDesk) publishedExport(f *frame, w http.ResponseWriter, r *http.Request) error {
	v, err := m.publishedModel(f, r, r.PathValue("id"))
	if err != nil {
		return err
	}
	var tables []exchange.Table
	if v.Share != nil {
		own := exchange.Table{Sheet: f.T("web.published.own"), Wide: 1, Heads: []string{f.T("web.published.figure"), f.T("web.payment.amount")}}
		for _, x := range figuresOf(v.Share.Fund().Divisions[0]) {
			own.Rows = append(own.Rows, []exchange.TableCell{exchange.TextCell(f.T("web.column." + x.name)), exchange.AmountCell(x.amount)})
		}
		steps := exchange.Table{Sheet: f.T("web.published.steps"), Wide: 3, Heads: []string{f.T("web.published.figure"), f.T("web.published.how"), f.T("web.published.clause")}}
		for _, s := range v.Steps {
			steps.Rows = append(steps.Rows, []exchange.TableCell{exchange.TextCell(s.Figure), exchange.TextCell(s.Text), exchange.TextCell(s.Clause)})
		}
		tables = append(tables, own, steps)
	}
	if len(v.Comparison) > 0 {
		tables = append(tables, f.comparisonTable(v.Comparison))
	}
	if len(tables) == 0 {
		return errNotFound
	}
	notes := []exchange.Note{{Name: f.T("web.document.title"), Text: v.Title}, {Name: f.T("web.published.id"), Text: v.ID}, {Name: f.T("web.column.division"), Text: v.Name},
		{Name: f.T("web.published.at"), Text: f.moment(v.At)}, {Name: f.T("web.payments.made.note"), Text: f.moment(m.Now())},
		{Name: f.T("web.payments.by.note"), Text: f.subject.Name}, {Name: f.T("web.run.policy"), Text: f.policyVersion()}}
	if v.Synthetic {
		notes = append(notes, exchange.Note{Name: f.T("web.synthetic"), Text: f.T("web.synthetic.title")})
	}
	var b bytes.Buffer
	if err := exchange.WriteTables(&b, tables, notes, f.Printer); err != nil {
		return err
	}
	return attach(w, v.ID+".xlsx", workbookType, b.Bytes())
}

func (f *frame) comparisonTable(content []byte) exchange.Table {
	t := exchange.Table{Sheet: f.T("web.published.comparison"), Wide: 1, Heads: []string{f.T("web.column.division"), f.T("web.column.paid"), f.T("web.column.received"), f.T("web.column.net")}}
	table, err := exchange.ReadComparison(content)
	if err != nil {
		return t
	}
	for _, row := range table.Rows {
		t.Rows = append(t.Rows, []exchange.TableCell{exchange.TextCell(f.Division(row.Division)), exchange.AmountCell(row.Paid), exchange.AmountCell(row.Received), exchange.AmountCell(row.Net)})
	}
	return t
}

// publish publishes an approved run.
func (m *moneyDesk) publish(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	id, err := m.service.Publish(r.Context(), f.who(r), office.DocumentID(r.PathValue("id")), r.PostForm.Get("comparison") == "1")
	return f.after(w, r, err, f.link("/published/"+id), "published", func(o outcome) error { return m.runAs(f, w, r, o) })
}

// withdraw takes a publication back.
func (m *moneyDesk) withdraw(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	id := r.PathValue("id")
	err := m.service.Withdraw(r.Context(), f.who(r), id, r.PostForm.Get("reason"))
	return f.after(w, r, err, f.link("/published/"+id), "withdrawn", func(o outcome) error { return m.publishedAs(f, w, r, o) })
}

// yearAndType says which year of which fund a publication is of.
func (f *frame) yearAndType(year policy.Year, insurance pool.Insurance) string {
	return f.Text(fault.Msg("web.published.of", "year", int(year), "insurance", insurance))
}
