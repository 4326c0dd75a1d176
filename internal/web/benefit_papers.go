package web

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/benefit"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// routesOfPapers are the papers of benefits: the national list, the province's schedule and cities' rules, from draft to approval.
func (s *site) routesOfPapers() []route {
	look, work := onOwn(office.View), onOwn(office.Make)
	return []route{
		{"GET /benefit/papers", "papers", false, s.papers, look},
		{"POST /benefit/papers", "papers.new", false, s.newPaper, work},
		{"GET /benefit/papers/template.xlsx", "papers.template", false, s.paperTemplate, look},
		{"GET /benefit/papers/{id}", "paper", false, s.paper, look},
		{"POST /benefit/papers/{id}", "paper.act", false, s.paperAct, work},
		{"POST /benefit/papers/{id}/import", "paper.import", false, s.paperImport, work},
		{"GET /benefit/papers/{id}/marked/{token}", "paper.marked", false, s.paperMarked, work},
	}
}

// papersModel is the list of papers.
type papersModel struct {
	outcome
	List   string // what is said of the national list
	Loaded bool
	Table  ledgerTable
	Kinds  []office.Kind // that the reader may begin
}

// paperModel is a paper with what it changes and what is wrong with it.
type paperModel struct {
	outcome
	Kept     store.BenefitPaper
	Paper    benefit.Paper
	List     *policy.List
	Document *office.Document
	Editable bool
	Rows     []benefit.CityRule // of the form, with blank ones to fill in
	Known    []choiceView       // parameters there are
	Table    ledgerTable
	Wrong    []problemView
	Checked  string
	Marked   string // where the refused file can be had with the reasons in it
	Back     string
}

func (m paperModel) isList() bool { return m.Kept.Kind == office.BenefitList }

// paperKinds are the kinds that the reader may begin: a province's bureau its schedule and the list, a city's bureau its rules.
func (f *frame) paperKinds() []office.Kind {
	if !f.may(office.Make, f.subject.Division) || f.subject.Department != office.MedicalSecurity {
		return nil
	}
	switch f.subject.Division.Level() {
	case region.Province:
		return []office.Kind{office.BenefitSchedule, office.BenefitList}
	case region.Prefecture:
		return []office.Kind{office.BenefitRules}
	}
	return nil
}

// seenPapers are the papers the reader may see: those of his own divisions, and whatever is approved, which is public.
func (s *site) seenPapers(f *frame, r *http.Request) ([]store.BenefitPaper, error) {
	all, err := s.Store.BenefitPapers(r.Context(), f.scope(office.View))
	if err != nil {
		return nil, err
	}
	approved, err := s.Store.ApprovedBenefits(r.Context())
	for _, x := range approved {
		if !slices.ContainsFunc(all, func(p store.BenefitPaper) bool { return p.ID == x.ID }) {
			all = append(all, x.BenefitPaper)
		}
	}
	slices.SortStableFunc(all, func(a, b store.BenefitPaper) int { return b.At.Compare(a.At) })
	return all, err
}

func (s *site) papers(f *frame, w http.ResponseWriter, r *http.Request) error {
	return s.showPapers(f, w, r, outcome{Status: http.StatusOK})
}

func (s *site) showPapers(f *frame, w http.ResponseWriter, r *http.Request, o outcome) error {
	m := papersModel{outcome: o, Kinds: f.paperKinds(), List: f.T("web.papers.list.none")}
	force, err := s.rulebooks.now(r.Context())
	if err != nil {
		return f.notDone(w, r, f.benefitCrumbs(), err)
	}
	if list := force.list(s.today()); list != nil {
		m.Loaded, m.List = true, f.T("web.papers.list.has", "document", list.Document, "number", list.Number, "issued", string(list.Issued))
		if list.Synthetic {
			m.List += f.T("web.papers.made_up")
		}
	}
	all, err := s.seenPapers(f, r)
	if err != nil {
		return err
	}
	documents, err := s.paperDocuments(f, r)
	if err != nil {
		return err
	}
	m.Table = ledgerTable{ID: "papers", Title: f.T("web.papers.title"), Clause: "YN-4.2", Empty: f.T("web.papers.none"), Tall: true,
		Heads: f.ledgerHeads("web.papers.name", "web.document.kind", "web.column.division", "#", "web.papers.count", "web.papers.from", "web.money.state")}
	for _, p := range all {
		title, count, from := f.paperFacts(p)
		state, mark := office.Approved, "good"
		if d, known := documents[p.ID]; known {
			state = d.State
		} else if holdsScope(f, p.Division) {
			state = office.Drafted
		}
		if state != office.Approved {
			mark = ""
		}
		m.Table.Rows = append(m.Table.Rows, ledgerRow{Cells: []ledgerCell{linkCell(title, f.link("/benefit/papers/"+string(p.ID))), textCell(f.Text(p.Kind.Label())), textCell(f.divisionName(p.Division)),
			f.countCell(int64(count)), textCell(from), {Text: f.Text(state.Label()), Mark: mark}}})
	}
	return f.render(w, r, o.Status, papersPage(f, m))
}

// holdsScope tells whether a division lies where the reader sees drafts.
func holdsScope(f *frame, division region.Code) bool {
	scope := f.scope(office.View)
	return scope.Holds(division)
}

// paperDocuments are the documents of papers that the reader may see, by id.
func (s *site) paperDocuments(f *frame, r *http.Request) (map[office.DocumentID]office.Document, error) {
	all, err := s.Store.Desk(f.scope(office.View)).OfKinds(r.Context(), office.BenefitList, office.BenefitSchedule, office.BenefitRules)
	out := map[office.DocumentID]office.Document{}
	for _, d := range all {
		out[d.ID] = d
	}
	return out, err
}

// paperFacts are what a list says of a paper: its title, how many rules or ranges it has, and from when.
func (f *frame) paperFacts(p store.BenefitPaper) (title string, count int, from string) {
	if p.Kind == office.BenefitList {
		list, err := policy.ParseList(string(p.ID), p.Content)
		if err != nil {
			return string(p.ID), 0, ""
		}
		title, count, from = list.Document, len(list.Ranges), string(list.Issued)
		if list.Synthetic {
			title += f.T("web.papers.made_up")
		}
		return title, count, from
	}
	paper, _ := benefit.ParsePaper(p.Content)
	title, count = paper.Title, len(paper.Rules)
	for _, r := range paper.Rules {
		if from == "" || string(r.From) < from {
			from = string(r.From)
		}
	}
	if paper.Synthetic() {
		title += f.T("web.papers.made_up")
	}
	return title, count, from
}

func (f *frame) benefitCrumbs() []tabView {
	return []tabView{{Text: f.T("web.menu.benefit"), Path: f.link("/benefit")}, {Text: f.T("web.papers.title"), Path: f.link("/benefit/papers")}}
}

// newPaper begins a paper.
//
// 依据: SC38-6.2, YN-4.2
func (s *site) newPaper(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	kind := office.Kind(r.PostFormValue("kind"))
	if !slices.Contains(f.paperKinds(), kind) {
		return f.notDone(w, r, f.benefitCrumbs(), fault.New(fault.Refused, "web.papers.kind"))
	}
	division := f.subject.Division
	all, err := s.Store.BenefitPapers(r.Context(), office.Scope{Division: division, Reach: office.Own})
	if err != nil {
		return err
	}
	id := office.DocumentID(strings.ReplaceAll(string(kind), "_", "-") + "-" + string(division) + "-" + strconv.Itoa(s.Now().Year()) + "-" + strconv.Itoa(len(all)+1))
	p := store.BenefitPaper{ID: id, Division: division, Kind: kind, Content: benefit.Paper{Division: division}.Canonical()}
	if kind == office.BenefitList {
		p.Content = []byte("document: " + f.T("web.papers.list.new") + "\n")
	}
	if err := s.keepPaper(f, r, p, "paper.begin"); err != nil {
		return f.notDone(w, r, f.benefitCrumbs(), err)
	}
	f.goTo(w, r, f.link("/benefit/papers/"+string(id)))
	return nil
}

// keepPaper keeps a paper as its next version.
func (s *site) keepPaper(f *frame, r *http.Request, p store.BenefitPaper, action string) error {
	p.Maker, p.At, p.Version = f.subject.ID, s.Now(), p.Version+1
	act := f.once(f.act(p.Division, action, office.Object{Kind: string(p.Kind), ID: string(p.ID)}, ""), r)
	act.After = []office.Field{{Name: "digest", Value: office.DigestOf(p.Content).String()}}
	_, err := s.Store.Write(r.Context(), act, func(t *store.Tx) error { return t.SaveBenefitPaper(p) })
	return err
}

// openPaper finds the paper that the address names, with its document.
func (s *site) openPaper(f *frame, r *http.Request) (m paperModel, err error) {
	all, err := s.seenPapers(f, r)
	if err != nil {
		return m, err
	}
	at := slices.IndexFunc(all, func(p store.BenefitPaper) bool { return string(p.ID) == r.PathValue("id") })
	if at < 0 {
		return m, errNotFound
	}
	m.Kept, m.Back = all[at], f.link("/benefit/papers/"+string(all[at].ID))
	documents, err := s.paperDocuments(f, r)
	if err != nil {
		return m, err
	}
	open := true
	if d, has := documents[m.Kept.ID]; has {
		m.Document = &d
		open = d.State == office.Drafted || d.State == office.Returned
	} else if !holdsScope(f, m.Kept.Division) {
		open = false // an approved one of elsewhere
	}
	m.Editable = open && m.Kept.Division == f.subject.Division && slices.Contains(f.paperKinds(), m.Kept.Kind)
	if m.isList() {
		list, err := policy.ParseList(string(m.Kept.ID), m.Kept.Content)
		if err != nil {
			return m, err
		}
		m.List = &list
		return m, nil
	}
	var sound bool
	if m.Paper, sound = benefit.ParsePaper(m.Kept.Content); !sound {
		err = fault.New(fault.Internal, "web.papers.damaged", "id", string(m.Kept.ID))
	}
	return m, err
}

func (s *site) paper(f *frame, w http.ResponseWriter, r *http.Request) error {
	m, err := s.openPaper(f, r)
	if err != nil {
		return err
	}
	m.outcome = outcome{Status: http.StatusOK}
	if done := f.seen.Get("done"); done == "save" || done == "import" {
		m.Done = f.T("web.papers.done." + done)
	}
	return s.showPaper(f, w, r, m)
}

// showPaper lays a paper out: what it sets against what holds without it, and whether it may be submitted.
func (s *site) showPaper(f *frame, w http.ResponseWriter, r *http.Request, m paperModel) error {
	force, err := s.rulebooks.now(r.Context())
	if err != nil {
		return f.notDone(w, r, f.benefitCrumbs(), err)
	}
	if m.isList() {
		m.Table = f.rangesTable(*m.List)
		err = m.List.OnFile(string(m.Kept.ID))
	} else {
		list := force.list(s.today())
		err = s.checking(force).Check(m.Paper)
		m.Checked = f.T("web.papers.unchecked")
		if list != nil {
			m.Checked = f.T("web.papers.checked", "document", list.Document, "number", list.Number)
		}
		on := s.today()
		if at := slices.IndexFunc(force.Rules, func(a benefit.Approved) bool { return a.Paper == string(m.Kept.ID) }); at >= 0 {
			on = force.Rules[at].On
		}
		m.Table = f.rulesTable(m.Paper, force, on)
		m.form(f)
	}
	if m.Document == nil || m.Document.State != office.Approved {
		for _, p := range problemsIf(err) {
			m.Wrong = append(m.Wrong, f.paperProblem(p))
		}
	}
	if m.Rows == nil && m.Editable && !m.isList() {
		m.Rows = m.Paper.Rows(8)
	}
	return f.render(w, r, m.Status, paperPage(f, m))
}

// problemsIf are the problems of an error, if there is one.
func problemsIf(err error) []fault.Problem {
	if err == nil {
		return nil
	}
	return problemsOf(err)
}

// paperProblem is a problem with its column called as files call it.
func (f *frame) paperProblem(p fault.Problem) problemView {
	v := f.problem(p)
	switch key := "exchange.column." + p.Column; {
	case p.Column == "title":
		v.Column = ""
	case f.Has(key):
		v.Column = f.T(key)
	}
	return v
}

// checking is what papers are checked with now.
func (s *site) checking(force *inForce) benefit.PaperCheck {
	pack, _ := s.base()
	return benefit.PaperCheck{Library: s.Engine.Library, Pack: pack, Before: force.Rules, List: force.list(s.today()), Today: s.today()}
}

// form fills in the choices of the form.
func (m *paperModel) form(f *frame) {
	for _, d := range f.site.Engine.Library.Definitions {
		if strings.HasPrefix(string(d.ID), "benefit.") {
			m.Known = append(m.Known, choiceView{Value: string(d.ID), Text: d.Title.In(string(f.Lang))})
		}
	}
}

// rulesTable says of every rule what held before it and from when it is applied once it is approved on a day.
func (f *frame) rulesTable(p benefit.Paper, force *inForce, approved policy.Date) ledgerTable {
	t := ledgerTable{ID: "rules", Title: f.T("web.papers.rules"), Clause: "SC38-6.3", Empty: f.T("settled.paper.empty"), Tall: true,
		Heads: f.ledgerHeads("exchange.column.parameter", "web.papers.parameter", "web.column.division", "exchange.column.document", "exchange.column.from_day", "#", "web.papers.before", "#", "exchange.column.setting", "web.papers.applies")}
	for _, r := range p.Rules {
		title, before := string(r.Parameter), "\u2014"
		if d, known := f.site.Engine.Library.Definition(r.Parameter); known {
			title = d.Title.In(string(f.Lang))
		}
		applies := benefit.Approved{CityRule: r, On: approved}.Holds()
		if schedule := force.Book.Of(r.Division).On(applies.Add(-1)); schedule != nil {
			if e, has := schedule.Value(r.Parameter); has {
				before = e.Value.String()
			}
		}
		value := r.Value
		if value == benefit.Ended {
			value = f.T("web.papers.ended")
		}
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(string(r.Parameter)), textCell(title), textCell(f.divisionName(r.Division)), textCell(r.Document), textCell(string(r.From)),
			numberCell(before, before), numberCell(value, value), textCell(string(applies))}})
	}
	return t
}

// rangesTable is a national list.
func (f *frame) rangesTable(list policy.List) ledgerTable {
	t := ledgerTable{ID: "ranges", Title: f.T("web.papers.ranges"), Clause: "SC38-6.1", Empty: f.T("policy.list.ranges"), Tall: true,
		Heads: f.ledgerHeads("exchange.column.parameter", "#", "web.papers.least", "#", "web.papers.most")}
	for _, x := range list.Ranges {
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(x.Parameter), numberCell(x.Least, x.Least), numberCell(x.Most, x.Most)}})
	}
	return t
}

// paperAct saves, submits or throws away a paper.
func (s *site) paperAct(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	m, err := s.openPaper(f, r)
	if err != nil {
		return err
	}
	act := r.PostFormValue("act")
	switch {
	case !m.Editable:
		err = fault.New(fault.Refused, "web.papers.not_open")
	case office.Version(number(r.PostFormValue("version"))) != m.Kept.Version:
		err = office.ErrStale
	case act == "save" && !m.isList():
		m.Paper.Title, m.Paper.Rules = strings.TrimSpace(r.PostFormValue("title")), f.formRules(r.PostForm, m.Paper.Division)
		m.Kept.Content = m.Paper.Canonical()
		err = s.keepPaper(f, r, m.Kept, "paper.save")
	case act == "submit":
		if err = s.submitPaper(f, r, m); err != nil && fault.KindOf(err) != fault.Internal {
			m.outcome = outcome{Status: http.StatusUnprocessableEntity, Problems: problemsOf(err)}
			return s.showPaper(f, w, r, m)
		}
	case act == "delete" && m.Document == nil:
		err = s.removePaper(f, r, m.Kept)
	default:
		err = formFault{http.StatusBadRequest, fault.Msg("web.form.bad")}
	}
	if err != nil {
		return f.notDone(w, r, f.benefitCrumbs(), err)
	}
	to := m.Back
	if act == "delete" {
		to = f.link("/benefit/papers")
	}
	f.goTo(w, r, withQuery(to, "done", act))
	return nil
}

// made tells that what is entered here is made up: in a province of made-up data nothing is real.
func (f *frame) made() bool { return f.site.madeUp() || f.synthetic() }

// formRules are the rules of a form; rows without a parameter are left out.
func (f *frame) formRules(form url.Values, division region.Code) (out []benefit.CityRule) {
	for i := range min(len(form["parameter"]), 400) {
		r := benefit.CityRule{Division: region.Code(fieldAt(form, "division", i)), Document: fieldAt(form, "document", i), From: policy.Date(fieldAt(form, "from_day", i)),
			Parameter: policy.ParameterID(fieldAt(form, "parameter", i)), Value: fieldAt(form, "setting", i), Synthetic: f.made()}
		if r.Division == "" {
			r.Division = division
		}
		if r.Parameter == "" {
			continue
		}
		r.Row = len(out) + 1
		out = append(out, r)
	}
	return out
}

func (s *site) removePaper(f *frame, r *http.Request, p store.BenefitPaper) error {
	act := f.act(p.Division, "paper.delete", office.Object{Kind: string(p.Kind), ID: string(p.ID)}, "")
	_, err := s.Store.Write(r.Context(), act, func(t *store.Tx) error { return t.RemoveBenefitPaper(p) })
	return err
}

// checkPaper refuses a paper that may not be signed: a list that is none, or rules that the list in force does not allow.
//
// 依据: SC38-6.1
func (s *site) checkPaper(r *http.Request, p store.BenefitPaper) (title string, err error) {
	if p.Kind == office.BenefitList {
		list, err := policy.ParseList(string(p.ID), p.Content)
		if err == nil {
			err = list.OnFile(string(p.ID))
		}
		return list.Document, err
	}
	paper, sound := benefit.ParsePaper(p.Content)
	if !sound {
		return "", fault.New(fault.Internal, "web.papers.damaged", "id", string(p.ID))
	}
	force, err := s.rulebooks.now(r.Context())
	if err != nil {
		return "", err
	}
	return paper.Title, s.checking(force).Check(paper)
}

// submitPaper checks a paper and puts it into the way of signatures.
//
// 依据: SC38-6.1, YN-4.2
func (s *site) submitPaper(f *frame, r *http.Request, m paperModel) error {
	title, err := s.checkPaper(r, m.Kept)
	if err != nil {
		return err
	}
	content := office.Content{Title: title, Digest: office.DigestOf(m.Kept.Content), Policy: policy.InForce}
	way, err := office.Submitting(m.Document, m.Kept.ID, m.Kept.Kind, m.Kept.Division, content, f.subject, s.Now())
	if err != nil {
		return err
	}
	act := f.once(f.act(m.Kept.Division, "paper.submit", office.Object{Kind: string(m.Kept.Kind), ID: string(m.Kept.ID)}, ""), r)
	act.After = []office.Field{{Name: "digest", Value: content.Digest.String()}}
	_, err = s.Store.Write(r.Context(), act, func(t *store.Tx) error { return t.SaveWay(m.Document, way, f.from) })
	return err
}

// signedPaper refuses the last signature on a paper that is not what is kept, or that the list in force by now does not allow.
//
// 依据: SC38-6.1, YN-4.2
func (f *frame) signedPaper(d office.Document) error {
	all, err := f.site.Store.BenefitPapers(f.request.Context(), office.Scope{Division: d.Division, Reach: office.Own})
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(p store.BenefitPaper) bool { return p.ID == d.ID && office.DigestOf(p.Content) == d.Digest })
	if at < 0 {
		return fault.Refuse(fault.Problem{Message: fault.Msg("web.document.other_sheet"), Clause: "YN-4.2"})
	}
	_, err = f.site.checkPaper(f.request, all[at])
	return err
}

// paperTemplate is a workbook of the division's rules as they hold, or to be filled in.
func (s *site) paperTemplate(f *frame, w http.ResponseWriter, r *http.Request) error {
	force, err := s.rulebooks.now(r.Context())
	if err != nil {
		return f.notDone(w, r, f.benefitCrumbs(), err)
	}
	var rules []benefit.CityRule
	for _, a := range force.Rules {
		if a.Division == f.subject.Division {
			rules = append(rules, a.CityRule)
		}
	}
	schedule := force.Book.Of(f.subject.Division).Last()
	var values [][3]string
	for _, e := range schedule.Values() {
		values = append(values, [3]string{string(e.ID), e.Title.In(string(f.Lang)), e.Value.String()})
	}
	var out bytes.Buffer
	notes := []exchange.Note{{Name: f.T("web.ledger.openings.how"), Text: f.T("web.papers.template.note")}}
	if err := exchange.WriteCityTemplate(&out, f.subject.Division, rules, values, notes, f.Printer); err != nil {
		return err
	}
	return attach(w, "benefit-rules-"+string(f.subject.Division)+".xlsx", workbookType, out.Bytes())
}

// paperImport takes the rules of a file in the place of the paper's: all of them, or none with every reason. A list is taken as it is.
//
// 依据: SC38-6.2, YN-4.2
func (s *site) paperImport(f *frame, w http.ResponseWriter, r *http.Request) error {
	m, err := s.openPaper(f, r)
	if err != nil {
		return err
	}
	up, err := readUpload(w, r)
	switch {
	case err != nil:
	case !up.has:
		err = formFault{http.StatusBadRequest, fault.Msg("web.data.error.file")}
	case !m.Editable:
		err = fault.New(fault.Refused, "web.papers.not_open")
	case m.isList():
		var list policy.List
		if list, err = policy.ParseList(up.in.Name, up.in.Content); err == nil {
			err = list.OnFile(up.in.Name)
		}
		m.Kept.Content = up.in.Content
	default:
		err = s.takeRules(f, r, &m, up.in)
	}
	var refusal *fault.Refusal
	if errors.As(err, &refusal) {
		m.outcome = outcome{Status: http.StatusUnprocessableEntity, Problems: distinct(refusal.Problems)}
		if !m.isList() {
			m.Marked = f.link("/benefit/papers/" + string(m.Kept.ID) + "/marked/" + s.marked.keep(receipt{in: up.in, refusal: refusal, owner: f.subject.ID}))
		}
		return s.showPaper(f, w, r, m)
	}
	if err == nil {
		err = s.keepPaper(f, r, m.Kept, "paper.import")
	}
	if err != nil {
		return f.notDone(w, r, f.benefitCrumbs(), err)
	}
	f.goTo(w, r, withQuery(m.Back, "done", "import"))
	return nil
}

// takeRules reads the rules of a file and checks what can be said of each row; what the list says of them is shown with the draft.
func (s *site) takeRules(f *frame, r *http.Request, m *paperModel, in exchange.Input) error {
	rules, err := exchange.ReadCityRules(in)
	if err != nil {
		return err
	}
	force, err := s.rulebooks.now(r.Context())
	if err != nil {
		return err
	}
	check := s.checking(force)
	if err := check.CheckRows(m.Paper.Division, rules); err != nil {
		return err
	}
	paper := benefit.Paper{Division: m.Paper.Division, Title: m.Paper.Title, Rules: rules}
	for i := range paper.Rules {
		paper.Rules[i].Synthetic = paper.Rules[i].Synthetic || f.made()
	}
	if paper.Title == "" {
		paper.Title = rules[0].Document
	}
	m.Kept.Content = paper.Canonical()
	return nil
}

// paperMarked gives a refused file back with the reasons in it.
func (s *site) paperMarked(f *frame, w http.ResponseWriter, r *http.Request) error {
	kept, ok := s.marked.find(f.subject.ID, r.PathValue("token"))
	if !ok {
		return errNotFound
	}
	content, err := exchange.MarkErrors(kept.in, kept.refusal, f.Printer)
	if err != nil {
		return err
	}
	return attach(w, "marked.xlsx", workbookType, content)
}
