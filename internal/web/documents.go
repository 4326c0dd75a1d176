package web

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/exchange"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/store"
)

// finishedModel is the list of finished documents (已办结文书).
type finishedModel struct {
	Query             finishedFilter
	Kinds, States     []optionView
	Rows              []finishedRow
	Count, From, To   int
	Newer, Older      string
	CSV, XLSX, BadDay string
}

// finishedFilter is what was asked for, as it was typed.
type finishedFilter struct{ Number, Kind, Person, State, From, To string }

type finishedRow struct {
	ID, Path, Title, Kind, Division, Amount, Exact, State, At, By string
	Good                                                          bool
}

// Bounds on finished documents: how many a page shows, and how many a file holds.
const (
	finishedRows = 50
	finishedMost = 20_000
)

func (s *site) documents(f *frame, w http.ResponseWriter, r *http.Request) error {
	m := finishedModel{Query: f.finishedFilter()}
	q := f.finishedQuery(&m)
	page, err := strconv.Atoi(f.seen.Get("page"))
	if err != nil || page < 1 || page > finishedMost {
		page = 1
	}
	q.Limit, q.Offset = finishedRows, (page-1)*finishedRows
	found, count, err := s.Store.Desk(f.scope(office.View)).Finished(r.Context(), q)
	if err != nil {
		return err
	}
	m.Count, m.From, m.To = count, q.Offset+1, q.Offset+len(found)
	at := func(page int) string { return string(f.here("page", strconv.Itoa(page))) }
	if page > 1 {
		m.Newer = at(page - 1)
	}
	if m.To < count {
		m.Older = at(page + 1)
	}
	for _, d := range found {
		m.Rows = append(m.Rows, finishedRow{ID: string(d.ID), Path: f.link("/documents/" + string(d.ID)), Title: d.Title, Kind: f.Text(d.Kind.Label()),
			Division: f.divisionName(d.Division), Amount: f.amount(d.Amount), Exact: f.exact(d.Amount), State: f.Text(d.State.Label()), At: f.moment(d.At), By: d.By,
			Good: d.State == office.Approved})
	}
	filters := []string{"number", m.Query.Number, "kind", m.Query.Kind, "person", m.Query.Person, "state", m.Query.State, "from", m.Query.From, "to", m.Query.To}
	m.CSV, m.XLSX = f.link("/documents/export.csv", filters...), f.link("/documents/export.xlsx", filters...)
	return f.render(w, r, http.StatusOK, finishedPage(f, m))
}

func (f *frame) finishedFilter() finishedFilter {
	get := func(name string) string { return strings.TrimSpace(f.seen.Get(name)) }
	return finishedFilter{get("number"), get("kind"), get("person"), get("state"), get("from"), get("to")}
}

// finishedQuery is the filter as the store takes it, with the choices there are.
func (f *frame) finishedQuery(m *finishedModel) store.FinishedQuery {
	q := store.FinishedQuery{Number: m.Query.Number, Person: m.Query.Person}
	for _, p := range office.Procedures() {
		chosen := string(p.Kind) == m.Query.Kind
		m.Kinds = append(m.Kinds, optionView{string(p.Kind), f.Text(p.Kind.Label()), chosen})
		if chosen {
			q.Kind = p.Kind
		}
	}
	for _, state := range []office.State{office.Approved, office.Cancelled} {
		chosen := string(state) == m.Query.State
		m.States = append(m.States, optionView{string(state), f.Text(state.Label()), chosen})
		if chosen {
			q.State = state
		}
	}
	q.From, q.To = f.dayOf(m.Query.From, 0, &m.BadDay), f.dayOf(m.Query.To, 1, &m.BadDay)
	return q
}

// dayOf is the beginning of a day that was typed, some days later; nothing for none, and what is no day is kept as bad.
func (f *frame) dayOf(text string, later int, bad *string) time.Time {
	if text == "" {
		return time.Time{}
	}
	if _, ok := policy.ParseDate(text); !ok {
		*bad = text
		return time.Time{}
	}
	at, _ := time.ParseInLocation(time.DateOnly, text, f.site.Now().Location()) // just found to be a day
	return at.AddDate(0, 0, later)
}

// documentsExport gives the finished documents that were asked for as a file.
func (s *site) documentsExport(f *frame, w http.ResponseWriter, r *http.Request) error {
	m := finishedModel{Query: f.finishedFilter()}
	q := f.finishedQuery(&m)
	q.Limit = finishedMost
	found, _, err := s.Store.Desk(f.scope(office.Export)).Finished(r.Context(), q)
	if err != nil {
		return err
	}
	t := exchange.Table{Sheet: f.T("web.finished.title"), Wide: 2}
	for _, key := range []string{"web.document.id", "web.document.title", "web.document.kind", "web.column.division", "web.payment.amount", "web.money.state", "web.finished.at",
		"web.finished.by", "web.document.digest"} {
		t.Heads = append(t.Heads, f.T(key))
	}
	for _, d := range found {
		text := exchange.TextCell
		t.Rows = append(t.Rows, []exchange.TableCell{text(string(d.ID)), text(d.Title), text(f.Text(d.Kind.Label())), text(f.divisionName(d.Division)),
			exchange.AmountCell(d.Amount), text(f.Text(d.State.Label())), text(f.moment(d.At)), text(d.By), text(d.Digest.String())})
	}
	if strings.HasSuffix(r.URL.Path, ".csv") {
		var rows [][]string
		for _, row := range t.Rows {
			var cells []string
			for _, c := range row {
				cells = append(cells, c.Plain())
			}
			rows = append(rows, cells)
		}
		return f.csv(w, "documents.csv", t.Heads, rows)
	}
	asked := slices.DeleteFunc([]string{m.Query.Number, m.Query.Kind, m.Query.Person, m.Query.State, m.Query.From, m.Query.To}, func(x string) bool { return x == "" })
	notes := []exchange.Note{{Name: f.T("web.filters"), Text: strings.Join(asked, " · ")}, {Name: f.T("web.payments.made.note"), Text: f.moment(s.Now())},
		{Name: f.T("web.payments.by.note"), Text: f.subject.Name}, {Name: f.T("web.run.policy"), Text: f.policyVersion()}}
	var b bytes.Buffer
	if err := exchange.WriteTables(&b, []exchange.Table{t}, notes, f.Printer); err != nil {
		return err
	}
	return attach(w, "documents.xlsx", workbookType, b.Bytes())
}
