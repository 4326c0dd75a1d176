package web

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/budget"
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

// dues are the contributions due of an area and year, with the sheet they are kept in.
func (b *budgetView) dues(ctx context.Context, year policy.Year) (budget.Dues, store.Sheet, error) {
	k := pool.Key{Year: year, Division: b.key.Division, Insurance: b.key.Insurance}
	d, x := budget.Dues{Key: k}, store.Sheet{SheetKey: store.SheetKey{Key: k, Kind: store.DuesSheet, Revision: 1}}
	all, err := b.site.Store.Sheets(ctx, office.Scope{Division: k.Division, Reach: office.Own}, k.Insurance, year)
	if err != nil {
		return d, x, err
	}
	at := slices.IndexFunc(all, func(s store.Sheet) bool { return s.Kind == store.DuesSheet })
	if at < 0 {
		return d, x, nil
	}
	var ok bool
	if d, ok = budget.ParseDues(all[at].Content); !ok {
		return d, x, fault.New(fault.Internal, "web.budget.content", "division", k.Division, "year", int(year))
	}
	return d, all[at], nil
}

// collectionModel is what was due and collected in an area, by month.
type collectionModel struct {
	Through  int
	Months   []pickView
	Table    ledgerTable
	Tiles    []helpLine
	Rows     []dueField
	Source   string
	Version  office.Version
	MayEnter bool
	Problems []problemView
	NoBook   bool
	Missing  string
}

// dueField is a month of the form, as it was written.
type dueField struct{ Month, Value string }

// throughMonth is the month up to which something is shown, with the choices.
func (b *budgetView) throughMonth(page string) (time.Month, []pickView) {
	usual := time.December
	if now := b.site.Now(); policy.Year(now.Year()) == b.key.Year {
		usual = now.Month()
	}
	through := monthOf(b.seen.Get("to"), usual)
	var out []pickView
	for month := time.January; month <= time.December; month++ {
		out = append(out, pickView{Text: strconv.Itoa(int(month)), Path: b.at(page, "to", strconv.Itoa(int(month))), Current: month == through})
	}
	return through, out
}

func (d *budgetDesk) collection(b *budgetView, w http.ResponseWriter, r *http.Request) error {
	m, err := b.collectionModel(r.Context())
	if err != nil {
		return err
	}
	return b.render(w, r, http.StatusOK, budgetCollectionPage(b, m))
}

func (d *budgetDesk) collectionExport(b *budgetView, w http.ResponseWriter, r *http.Request) error {
	m, err := b.collectionModel(r.Context())
	if err != nil {
		return err
	}
	return b.takeTables(w, r.PathValue("file"), string(b.documentID("collection")), []exchange.Note{{Name: b.T("web.menu.budget"), Text: b.title()},
		{Name: b.T("web.budget.dues.source"), Text: m.Source}, {Name: b.T("web.budget.dues.how"), Text: b.T("web.budget.dues.how.text")}}, []ledgerTable{m.Table})
}

func (b *budgetView) collectionModel(ctx context.Context) (collectionModel, error) {
	through, months := b.throughMonth("collection")
	m := collectionModel{Through: int(through), Months: months, MayEnter: b.may(office.Import, b.key.Division)}
	dues, sheet, err := b.dues(ctx, b.key.Year)
	if err != nil {
		return m, err
	}
	m.Source, m.Version = dues.Source, sheet.Version
	for i, x := range dues.Months {
		f := dueField{Month: strconv.Itoa(i + 1)}
		if x.Known {
			f.Value = x.Amount.String()
		}
		m.Rows = append(m.Rows, f)
	}
	actuals, state, err := b.actuals(ctx, b.key.Year, budget.Month(through))
	if err != nil {
		return m, err
	}
	m.NoBook = state == nil
	var planned money.Fen
	if v, ok := b.inForce(); ok {
		if l, ok := v.Paper.Budget.Line(budget.Contributions); ok {
			planned = l.Amount
		}
	}
	rows := dues.Collect(budget.Month(through), actuals, planned)
	m.Table = b.collectionTable(rows, planned, state)
	last := rows[len(rows)-1]
	m.Tiles = []helpLine{{Name: b.T("web.budget.dues.due_so_far"), Text: dueText(last.DueSoFar)}, {Name: b.T("web.budget.dues.so_far"), Text: fen(last.SoFar)},
		{Name: b.T("web.budget.dues.rate_so_far"), Text: rateText(last.RateSoFar, last.HasSoFar)}, {Name: b.T("web.budget.dues.planned"), Text: fen(planned)},
		{Name: b.T("web.budget.dues.share"), Text: rateText(last.Share, last.HasShare)}}
	var missing []string
	for i, x := range dues.Months[:through] {
		if !x.Known {
			missing = append(missing, strconv.Itoa(i+1))
		}
	}
	if len(missing) > 0 {
		m.Missing = b.T("web.budget.dues.missing", "months", missing)
	}
	return m, nil
}

// rateText is a rate in percent; a dash where there is none.
func rateText(x money.Ratio, has bool) string {
	if !has {
		return "\u2014"
	}
	return percent(x, 2)
}

func dueText(d budget.Due) string {
	if !d.Known {
		return "\u2014"
	}
	return fen(d.Amount)
}

func dueCell(d budget.Due) ledgerCell {
	if !d.Known {
		return textCell("\u2014")
	}
	return fenCell(d.Amount)
}

func rateCell(x money.Ratio, has bool) ledgerCell {
	if !has {
		return textCell("\u2014")
	}
	return numberCell(percent(x, 2), x.Exact(6))
}

func (b *budgetView) collectionTable(rows []budget.Collected, planned money.Fen, state *ledger.State) ledgerTable {
	t := ledgerTable{ID: "collection", Title: b.T("web.budget.dues.title", "title", b.title()), Aside: b.T("web.ledger.unit"), Clause: "SC38-3.4",
		Heads: b.ledgerHeads("web.budget.dues.month", "#", "web.budget.dues.due", "#", "web.budget.dues.collected", "#", "web.budget.dues.rate",
			"#", "web.budget.dues.due_so_far", "#", "web.budget.dues.so_far", "#", "web.budget.dues.rate_so_far", "#", "web.budget.dues.share", "#", "web.budget.pace")}
	for _, x := range rows {
		collected := fenCell(x.Amount)
		if state != nil && x.Amount != 0 {
			month := strconv.Itoa(int(x.Month))
			collected = collected.to(b.bookLink(state.Book, "statement/4001", "fy", strconv.Itoa(int(b.key.Year)), "from", month, "to", month))
		}
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(b.T("web.budget.dues.of_month", "month", int(x.Month))), dueCell(x.Due), collected, rateCell(x.Rate, x.HasRate),
			dueCell(x.DueSoFar), fenCell(x.SoFar), rateCell(x.RateSoFar, x.HasSoFar), rateCell(x.Share, x.HasShare), rateCell(x.Pace, x.HasShare)}})
	}
	return t
}

// enterDues keeps what was written into the form: the twelve months as they are then.
func (d *budgetDesk) enterDues(b *budgetView, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	dues, x, err := b.dues(r.Context(), b.key.Year)
	if err != nil {
		return err
	}
	if office.Version(number(r.PostFormValue("version"))) != x.Version {
		return office.ErrStale
	}
	var l fault.List
	for i := range dues.Months {
		text := plainAmount(fieldAt(r.PostForm, "due", i))
		amount, err := money.ParseFen(text)
		if text != "" && (err != nil || amount < 0) {
			l.Add(fault.Problem{Column: b.T("web.budget.dues.of_month", "month", i+1), Value: text, Message: fault.Msg("web.ledger.amount", "value", text)})
		}
		dues.Months[i] = budget.Due{Amount: amount, Known: text != ""}
	}
	if dues.Source = strings.TrimSpace(r.PostFormValue("source")); dues.Source == "" || len(dues.Source) > 400 {
		l.Add(fault.Problem{Column: b.T("web.budget.dues.source"), Message: fault.Msg("web.budget.dues.no_source")})
	}
	dues.Synthetic = b.synthetic()
	if err := l.Err(); err != nil {
		m, wrong := b.collectionModel(r.Context())
		if wrong != nil {
			return wrong
		}
		for i := range m.Rows {
			m.Rows[i].Value = fieldAt(r.PostForm, "due", i)
		}
		m.Source = r.PostFormValue("source")
		for _, p := range problemsOf(err) {
			m.Problems = append(m.Problems, b.problem(p))
		}
		return b.render(w, r, http.StatusUnprocessableEntity, budgetCollectionPage(b, m))
	}
	if dues.Key = b.key; bytes.Equal(x.Content, dues.Canonical()) {
		b.goTo(w, r, b.at("collection"))
		return nil
	}
	x.Content, x.Version = dues.Canonical(), x.Version+1
	if err := b.keepSheet(r, x, string(b.documentID("dues")), "save_dues"); err != nil {
		return err
	}
	b.goTo(w, r, b.at("collection"))
	return nil
}

// collectionsModel is what was due and collected in all areas, up to a month.
type collectionsModel struct {
	Years, Insurances, Months []pickView
	Table                     ledgerTable
	MayEnter                  bool
	Done                      string
}

// throughOf is the month up to which a list about all areas goes.
func (f *frame) throughOf(path string) (time.Month, []pickView) {
	usual := time.December
	if now := f.site.Now(); policy.Year(now.Year()) == f.budgetYear() {
		usual = now.Month()
	}
	through := monthOf(f.seen.Get("to"), usual)
	var out []pickView
	for month := time.January; month <= time.December; month++ {
		out = append(out, pickView{Text: strconv.Itoa(int(month)), Path: f.budgetList(path, "to", strconv.Itoa(int(month))), Current: month == through})
	}
	return through, out
}

func (d *budgetDesk) collections(f *frame, w http.ResponseWriter, r *http.Request) error {
	m, err := d.collectionsModel(f, r)
	if err != nil {
		return f.notDone(w, r, []tabView{{Text: f.T("web.menu.budget"), Path: f.budgetList("/budget")}}, err)
	}
	f.oneUnit = true
	return f.render(w, r, http.StatusOK, budgetCollectionsPage(f, m))
}

func (d *budgetDesk) collectionsExport(f *frame, w http.ResponseWriter, r *http.Request) error {
	m, err := d.collectionsModel(f, r)
	if err != nil {
		return err
	}
	return f.takeTables(w, r.PathValue("file"), "collection-"+strconv.Itoa(int(f.budgetYear())), []exchange.Note{{Name: f.T("web.budget.dues.how"), Text: f.T("web.budget.dues.how.text")}}, []ledgerTable{m.Table})
}

func (d *budgetDesk) collectionsModel(f *frame, r *http.Request) (collectionsModel, error) {
	m := collectionsModel{MayEnter: f.may(office.Import, f.subject.Division)}
	m.Years, m.Insurances = f.budgetPicks("/budget/collection")
	through, months := f.throughOf("/budget/collection")
	m.Months = months
	if done := f.seen.Get("done"); done != "" {
		m.Done = f.T("web.budget.dues.imported", "count", number(done))
	}
	year, insurance := f.budgetYear(), f.budgetInsurance()
	t := ledgerTable{ID: "collections", Title: f.T("web.budget.dues.list", "year", int(year), "insurance", insurance, "month", int(through)), Aside: f.T("web.ledger.unit"), Clause: "SC38-3.4", Empty: f.T("web.budget.score.empty"),
		Heads: f.ledgerHeads("web.column.division", "#", "web.budget.dues.due", "#", "web.budget.dues.collected", "#", "web.budget.dues.rate", "#", "web.budget.dues.short", "#", "web.budget.dues.planned", "#", "web.budget.dues.share", "#", "web.budget.pace", "web.budget.dues.gaps")}
	sum := budget.Collected{DueSoFar: budget.Due{Known: true}}
	var planned money.Fen
	for _, code := range d.areas(f, func(region.Code) bool { return false }) {
		b := &budgetView{frame: f, desk: d, key: pool.Key{Year: year, Division: code, Insurance: insurance}}
		row, last, budgeted, err := b.collectionRow(r.Context(), budget.Month(through))
		if err != nil {
			return m, err
		}
		t.Rows = append(t.Rows, row)
		sum.SoFar, planned = sum.SoFar+last.SoFar, planned+budgeted
		sum.DueSoFar = budget.Due{Amount: sum.DueSoFar.Amount + last.DueSoFar.Amount, Known: sum.DueSoFar.Known && last.DueSoFar.Known}
	}
	if len(t.Rows) > 1 {
		total := ledgerRow{Total: true, Cells: []ledgerCell{textCell(f.T("web.ledger.total"))}}
		has := sum.DueSoFar.Known && sum.DueSoFar.Amount > 0
		var rate, share money.Ratio
		if has {
			rate = sum.SoFar.Ratio().Quo(sum.DueSoFar.Amount.Ratio())
		}
		if planned > 0 {
			share = sum.SoFar.Ratio().Quo(planned.Ratio())
		}
		total.Cells = append(total.Cells, dueCell(sum.DueSoFar), fenCell(sum.SoFar), rateCell(rate, has), shortCell(sum), fenCell(planned), rateCell(share, planned > 0),
			rateCell(share.Mul(money.NewRatio(12, int64(through))), planned > 0), textCell(""))
		t.Rows = append(t.Rows, total)
	}
	m.Table = t
	return m, nil
}

// shortCell is what was due and did not come in.
func shortCell(x budget.Collected) ledgerCell {
	if !x.DueSoFar.Known {
		return textCell("\u2014")
	}
	return fenCell(x.DueSoFar.Amount - x.SoFar)
}

// collectionRow is an area's line in the list of all.
func (b *budgetView) collectionRow(ctx context.Context, through budget.Month) (ledgerRow, budget.Collected, money.Fen, error) {
	dues, _, err := b.dues(ctx, b.key.Year)
	if err != nil {
		return ledgerRow{}, budget.Collected{}, 0, err
	}
	if err := b.load(ctx); err != nil {
		return ledgerRow{}, budget.Collected{}, 0, err
	}
	actuals, state, err := b.actuals(ctx, b.key.Year, through)
	if err != nil {
		return ledgerRow{}, budget.Collected{}, 0, err
	}
	var planned money.Fen
	if v, ok := b.inForce(); ok {
		if l, ok := v.Paper.Budget.Line(budget.Contributions); ok {
			planned = l.Amount
		}
	}
	rows := dues.Collect(through, actuals, planned)
	last := rows[len(rows)-1]
	missing := 0
	for _, x := range rows {
		if !x.Due.Known {
			missing++
		}
	}
	gaps := textCell("")
	if missing > 0 {
		gaps = markCell(b.T("web.budget.dues.gaps.count", "count", missing), "warn")
	}
	return ledgerRow{Cells: []ledgerCell{linkCell(b.Division(b.key.Division), b.at("collection", "to", strconv.Itoa(int(through)))), dueCell(last.DueSoFar), dueCell(budget.Due{Amount: last.SoFar, Known: state != nil}),
		rateCell(last.RateSoFar, last.HasSoFar && state != nil), shortCell(last), dueCell(budget.Due{Amount: planned, Known: planned > 0}), rateCell(last.Share, last.HasShare), rateCell(last.Pace, last.HasShare), gaps}}, last, planned, nil
}

// duesTemplate gives the months of the areas that the reader may write, with what is known of them, to fill in.
func (d *budgetDesk) duesTemplate(f *frame, w http.ResponseWriter, r *http.Request) error {
	scope := f.scope(office.Import)
	var all []budget.Dues
	for _, code := range d.areas(f, func(region.Code) bool { return false }) {
		if !scope.Holds(code) {
			continue
		}
		b := &budgetView{frame: f, desk: d, key: pool.Key{Year: f.budgetYear(), Division: code, Insurance: f.budgetInsurance()}}
		dues, _, err := b.dues(r.Context(), b.key.Year)
		if err != nil {
			return err
		}
		all = append(all, dues)
	}
	var out bytes.Buffer
	notes := []exchange.Note{{Name: f.T("web.budget.dues.how"), Text: f.T("web.budget.dues.how.text")}, {Name: f.T("web.ledger.openings.how"), Text: f.T("web.budget.dues.import.rules")}}
	if err := exchange.WriteDues(&out, all, notes, f.Printer); err != nil {
		return err
	}
	return attach(w, "dues-"+strconv.Itoa(int(f.budgetYear()))+"-"+string(f.budgetInsurance())+".xlsx", workbookType, out.Bytes())
}

// importDues takes contributions due of any of the reader's areas from a file: all of it, or nothing. A month that is there with another
// amount is refused unless the file is to replace it.
//
// 依据: SC38-3.4, SC38-1.1
func (d *budgetDesk) importDues(f *frame, w http.ResponseWriter, r *http.Request) error {
	back := []tabView{{Text: f.T("web.budget.tab.collection"), Path: f.budgetList("/budget/collection")}}
	up, err := readUpload(w, r)
	if err == nil && !up.has {
		err = formFault{http.StatusBadRequest, fault.Msg("web.data.error.file")}
	}
	var rows []exchange.DueRow
	if err == nil {
		rows, err = exchange.ReadDues(up.in)
	}
	if err == nil {
		err = d.takeDues(f, r, up, rows)
	}
	if err != nil {
		return f.notDone(w, r, back, err)
	}
	f.goTo(w, r, f.budgetList("/budget/collection", "done", strconv.Itoa(len(rows))))
	return nil
}

func (d *budgetDesk) takeDues(f *frame, r *http.Request, up upload, rows []exchange.DueRow) error {
	scope := f.scope(office.Import)
	type kept struct {
		dues  budget.Dues
		sheet store.Sheet
	}
	sheets := map[pool.Key]*kept{}
	var order []pool.Key
	var l fault.List
	for _, row := range rows {
		refuse := func(column, value, key string, args ...any) {
			l.Add(fault.Problem{File: up.in.Name, Row: row.Row, Column: column, Value: value, Message: fault.Msg(key, append(args, "value", value)...), Clause: "SC38-3.4"})
		}
		if _, known := d.Engine.Tree.Get(row.Division); !known || !scope.Holds(row.Division) || row.Division.Level() != region.Prefecture && row.Division.Level() != region.Province {
			refuse("division", string(row.Division), "web.budget.dues.outside")
			continue
		}
		k := sheets[row.Key]
		if k == nil {
			b := &budgetView{frame: f, desk: d, key: row.Key}
			dues, sheet, err := b.dues(r.Context(), row.Year)
			if err != nil {
				return err
			}
			k = &kept{dues, sheet}
			sheets[row.Key] = k
			order = append(order, row.Key)
		}
		was := &k.dues.Months[row.Month-1]
		if was.Known && was.Amount != row.Amount && !up.replace {
			refuse("due", row.Amount.String(), "web.budget.dues.differs", "month", int(row.Month), "stored", was.Amount)
			continue
		}
		*was = budget.Due{Amount: row.Amount, Known: true}
		k.dues.Synthetic = k.dues.Synthetic || row.Synthetic
		k.dues.Source = f.T("web.budget.dues.from_file", "file", up.in.Name)
	}
	if err := l.Err(); err != nil {
		return err
	}
	act := f.act(f.subject.Division, "import_dues", office.Object{Kind: string(store.DuesSheet), ID: up.in.Name}, "")
	act.Record.After = []office.Field{{Name: "rows", Value: strconv.Itoa(len(rows))}, {Name: "digest", Value: office.DigestOf(up.in.Content).String()}}
	_, err := d.Store.Write(r.Context(), act, func(t *store.Tx) error {
		for _, key := range order {
			k := sheets[key]
			x := k.sheet
			if x.At, x.Maker = f.site.Now(), f.subject.ID; bytes.Equal(x.Content, k.dues.Canonical()) {
				continue
			}
			x.Content, x.Version = k.dues.Canonical(), x.Version+1
			if err := t.SaveSheet(x); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}
