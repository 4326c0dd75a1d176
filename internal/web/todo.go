package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/office"
)

// routesOfDocuments are the pages of what is signed, for the table of routes.
func (s *site) routesOfDocuments() []route {
	return []route{
		{"GET /todo", "todo", false, s.todo, inOffice(signedIn)},
		{"POST /todo/sign", "todo.sign", false, s.signAll, inOffice(signedIn)},
		{"GET /documents", "documents", false, s.documents, onOwn(office.View)},
		{"GET /documents/export.csv", "documents.csv.export", false, s.documentsExport, onOwn(office.Export)},
		{"GET /documents/export.xlsx", "documents.xlsx.export", false, s.documentsExport, onOwn(office.Export)},
		{"GET /documents/{id}", "document", false, s.document, onOwn(office.View)},
		{"POST /documents/{id}", "document.act", false, s.actOnDocument, onOwn(office.View)},
	}
}

// homePage is the first page: what waits for the reader, or the overview where nobody signs in.
func (s *site) homePage(f *frame, w http.ResponseWriter, r *http.Request) error {
	if s.Store != nil {
		f.goTo(w, r, f.link("/todo", "changed", f.seen.Get("changed")))
		return nil
	}
	if f.fund == nil {
		f.noFigures(w, r)
		return nil
	}
	return s.overview(f, w, r)
}

// todoModel is what waits for somebody (我的待办).
type todoModel struct {
	Items             []todoView
	Vouchers          []voucherTodo
	Drafts            int // vouchers that wait, in all books
	Desk              []deskTodo
	DeskCount         int64
	Signable          int
	Sum               money.Fen // of what can be signed at once
	Problems          []fault.Problem
	Total             string // as it was typed
	Chosen            map[string]bool
	Changed           bool // the password was changed
	Signed, SignedSum string
	Administrator     bool
}

// todoView is a line of the list.
type todoView struct {
	Seen                     string // id and version, for the form
	ID, Kind, Title, Path    string
	Division, Amount, Exact  string
	Fen                      string
	Act, Since, Days, Waited string
	Version                  string
	Signable, Late           bool
}

// lateAfter is how long something may wait before it is marked, the project's choice.
const lateAfter = 3 * 24 * time.Hour

func (s *site) todo(f *frame, w http.ResponseWriter, r *http.Request) error {
	m, err := s.todoModel(f, r)
	if err != nil {
		return err
	}
	m.Changed = f.seen.Get("changed") == "1"
	if n, err := strconv.Atoi(f.seen.Get("signed")); err == nil && n > 0 && n <= office.MostInBatch {
		m.Signed = strconv.Itoa(n)
		if sum, err := money.ParseFen(f.seen.Get("sum")); err == nil {
			m.SignedSum = f.exact(sum)
		}
	}
	return f.render(w, r, http.StatusOK, todoPage(f, m))
}

func (s *site) todoModel(f *frame, r *http.Request) (todoModel, error) {
	m := todoModel{Chosen: map[string]bool{}}
	for _, role := range f.subject.Roles {
		m.Administrator = m.Administrator || role.Administrator()
	}
	todos, err := f.approvals(office.View).Todos(r.Context(), f.subject)
	if err != nil {
		return m, err
	}
	for _, t := range todos {
		v := f.todoView(t)
		m.Items = append(m.Items, v)
		if v.Signable {
			m.Signable++
			m.Sum += t.Document.Amount
		}
	}
	if m.Vouchers, err = s.voucherTodos(f, r); err != nil {
		return m, err
	}
	corrections, err := s.money.correctionTodo(f, r)
	if err != nil {
		return m, err
	}
	accounts, err := s.money.accountTodo(f, r)
	m.Vouchers = slices.Concat(m.Vouchers, corrections, accounts)
	for _, v := range m.Vouchers {
		m.Drafts += v.Count
	}
	if err != nil {
		return m, err
	}
	m.Desk, err = s.deskTodos(f, r)
	for _, t := range m.Desk {
		m.DeskCount += t.Count
	}
	return m, err
}

func (f *frame) todoView(t office.Todo) todoView {
	d := t.Document
	waited := f.site.Now().Sub(t.Since)
	v := todoView{ID: string(d.ID), Kind: f.Text(d.Kind.Label()), Title: d.Title, Path: f.link("/documents/" + string(d.ID)),
		Division: f.divisionName(d.Division), Amount: f.amount(d.Amount), Exact: f.exact(d.Amount), Fen: strconv.FormatInt(int64(d.Amount), 10),
		Act: f.Text(t.Action.Label()), Since: f.moment(t.Since), Waited: f.waited(waited), Late: waited >= lateAfter,
		Version: strconv.FormatInt(int64(d.Version), 10), Signable: t.Act == office.Sign}
	if t.Act != office.Sign {
		v.Act = f.Text(t.Act.Label())
	}
	v.Seen = v.ID + ":" + v.Version
	return v
}

// moment writes a time to the minute, as the machine's clock tells it.
func (f *frame) moment(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.In(f.site.Now().Location()).Format("2006-01-02 15:04")
}

// waited says how long something has waited: days, or hours of the first day.
func (f *frame) waited(d time.Duration) string {
	if d >= 24*time.Hour {
		return f.T("web.todo.days", "count", int(d/(24*time.Hour)))
	}
	return f.T("web.todo.hours", "count", int(max(d, 0)/time.Hour))
}

// signAll signs what was chosen, all of it or nothing; the total that was typed must be what it adds up to.
func (s *site) signAll(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	seen, total, err := batchOf(r.PostForm["seen"], r.PostForm.Get("total"))
	if err == nil {
		_, err = f.approvals(office.View).SignAll(r.Context(), seen, total, f.subject, f.from, s.Now())
	}
	if err == nil {
		http.Redirect(w, r, f.link("/todo", "signed", strconv.Itoa(len(seen)), "sum", plainYuan(total)), http.StatusSeeOther)
		return nil
	}
	if fault.KindOf(err) == fault.Internal {
		return err
	}
	m, failed := s.todoModel(f, r)
	if failed != nil {
		return failed
	}
	m.Problems, m.Total = problemsOf(err), r.PostForm.Get("total")
	for _, x := range r.PostForm["seen"] {
		m.Chosen[x] = true
	}
	return f.render(w, r, http.StatusUnprocessableEntity, todoPage(f, m))
}

// batchOf reads what is to be signed at once: ids with the version that was seen, and the total in yuan.
func batchOf(chosen []string, total string) ([]office.Seen, money.Fen, error) {
	if len(chosen) == 0 {
		return nil, 0, fault.New(fault.Usage, "web.todo.none_chosen")
	}
	var seen []office.Seen
	for _, text := range chosen {
		at := strings.LastIndex(text, ":")
		version, err := strconv.ParseInt(text[at+1:], 10, 64)
		if at < 0 || err != nil {
			return nil, 0, fault.New(fault.Usage, "web.form.bad")
		}
		seen = append(seen, office.Seen{ID: office.DocumentID(text[:at]), Version: office.Version(version)})
	}
	amount, err := money.ParseFen(strings.NewReplacer(",", "", "\uff0c", "", " ", "").Replace(total))
	if err != nil {
		return nil, 0, fault.New(fault.Usage, "web.todo.total_wrong", "value", total)
	}
	return seen, amount, nil
}

// plainYuan is an amount as addresses and forms carry it.
func plainYuan(x money.Fen) string { return strings.ReplaceAll(x.In(money.Yuan), ",", "") }
