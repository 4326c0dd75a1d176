package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"tongchou/internal/enrol"
	"tongchou/internal/exchange/people"
	"tongchou/internal/fault"
	"tongchou/internal/intake"
	"tongchou/internal/lake"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// routesOfReports are the pages of other departments' data (数据导入、工作清单、自动办理规则、征缴率、参保筛查), for the table of routes.
func (s *site) routesOfReports() []route {
	read, change := onOwn(office.ReadPersons), onOwn(office.EnrolPersons)
	rules := onOwn(office.ReadPersons, office.RuleWorks)
	return []route{
		{"GET /enrol/imports", "reports", false, s.reportImports, change},
		{"POST /enrol/imports", "reports.upload", false, s.reportUpload, change},
		{"POST /enrol/imports/confirm", "reports.confirm", false, s.reportConfirm, change},
		{"POST /enrol/imports/undo", "reports.undo", false, s.reportUndo, change},
		{"GET /enrol/imports/refused/{id}", "reports.refused", false, s.reportRefused, change},
		{"GET /enrol/imports/template/{kind}", "reports.template", false, s.reportTemplate, change},
		{"GET /enrol/works", "works", false, s.works, read},
		{"POST /enrol/works", "works.decide", false, s.decideWorks, change},
		{"GET /enrol/works/rules", "rules", false, s.workRules, rules},
		{"POST /enrol/works/rules", "rules.act", false, s.actOnRules, onOwn(office.RuleWorks)},
		{"GET /enrol/collection", "collection", false, s.collection, read},
		{"POST /enrol/collection", "collection.compute", false, s.computeCollection, read},
		{"GET /enrol/collection/{file}", "collection.export", false, s.exportCollection, onOwn(office.Export)},
		{"GET /enrol/covers", "covers", false, s.covers, read},
		{"POST /enrol/covers", "covers.find", false, s.findCovers, change},
	}
}

// reportTabs are the pages of other departments' data that the reader may open.
func (f *frame) reportTabs() []tabView {
	var out []tabView
	for _, t := range []struct{ name, path string }{{"reports", "/enrol/imports"}, {"works", "/enrol/works"}, {"rules", "/enrol/works/rules"}, {"collection", "/enrol/collection"}, {"covers", "/enrol/covers"}} {
		if f.mayOpen(t.name) {
			out = append(out, tabView{Text: f.T("web.reports.tab." + t.name), Path: f.link(t.path), Current: f.name == t.name})
		}
	}
	return out
}

// desk is by what reports are judged today.
func (s *site) deskOf(f *frame, ctx context.Context) (intake.Desk, error) {
	standards, err := s.Store.Standards(ctx)
	if err != nil {
		return intake.Desk{}, err
	}
	rules, err := s.rulesOf(policy.Year(s.Now().Year()))
	if err != nil {
		return intake.Desk{}, err
	}
	return intake.Desk{Terms: rules.Terms(), Standards: standards, Today: s.today()}, nil
}

// worker is the act of a reader on persons where he has a right.
func (f *frame) worker(right office.Action) store.Act {
	act := f.act(f.subject.Division, "", office.Object{}, "")
	act.Scope = f.scope(right)
	return act
}

// maxReport is the size of the largest file the form takes: some four million rows.
const maxReport = 1 << 30

// maxReturned is how many bytes of refused rows are kept for the reader to take.
const maxReturned = 64 << 20

// reportTaken is a file that was checked or taken in, on disk until it is taken in or another comes.
type reportTaken struct {
	intake.ReportResult
	matter  enrol.Matter
	preview bool
	dir     string
	name    string
	refused []byte
}

// reportsModel is the page of imports.
type reportsModel struct {
	outcome
	Work   *jobView
	Taken  *takenView
	Kinds  []optionView
	Files  []reportFileView
	Chosen string
}

// takenView is what a check or an import came to.
type takenView struct {
	Title, Refused, Work string
	Lines                []string
	Problems             []problemView
	More                 int64
	Confirm, Synthetic   bool
	Good                 bool
}

// reportFileView is a line of the register.
type reportFileView struct {
	Source, Name, Kind, At, Division, Works string
	Rows, Agreed, Filed, Applied, Refused   string
	Amount, Posted, Held, State, Mark       string
	Synthetic, MayUndo                      bool
}

func (s *site) reportImports(f *frame, w http.ResponseWriter, r *http.Request) error {
	o := outcome{Status: http.StatusOK}
	if f.seen.Get("done") == "undo" {
		o.Done = f.T("web.reports.undone")
	}
	return s.reportsAs(f, w, r, o)
}

func (s *site) reportsAs(f *frame, w http.ResponseWriter, r *http.Request, o outcome) error {
	m := reportsModel{outcome: o, Chosen: f.seen.Get("kind")}
	for _, matter := range enrol.Matters() {
		m.Kinds = append(m.Kinds, optionView{string(matter), f.T("enrol.matter." + string(matter)), string(matter) == m.Chosen})
	}
	b, v := f.workView(takingIn)
	if m.Work = v; v != nil && !v.Running {
		value, err := b.outcome()
		if taken, ok := value.(*reportTaken); ok && err == nil {
			m.Work, m.Taken = nil, f.takenView(b.id, taken)
		}
	}
	files, err := s.Store.Reports().Files(r.Context(), f.scope(office.EnrolPersons), reportsShown)
	if err != nil {
		return err
	}
	for _, x := range files {
		m.Files = append(m.Files, f.reportFile(x))
	}
	return f.render(w, r, o.Status, reportsPage(f, m))
}

// reportsShown is how many imports the register shows.
const reportsShown = 100

func (f *frame) reportFile(x store.ReportFile) reportFileView {
	v := reportFileView{Source: strconv.FormatInt(int64(x.Source), 10), Name: x.Name, Kind: f.T("enrol.matter." + string(x.Matter)), At: f.moment(x.At), Division: f.divisionName(x.Division),
		Rows: f.Value(x.Rows), Agreed: f.Value(x.Agreed + x.Repeated), Filed: f.Value(x.Filed + x.Routed), Applied: f.Value(x.Applied), Refused: f.Value(x.Outturn.Refused),
		Synthetic: x.Synthetic, State: f.T("web.reports.state." + string(x.State)), Mark: "good"}
	if x.Matter == enrol.TaxReturns {
		v.Amount, v.Posted, v.Held = x.Amount.In(money.Yuan), x.Posted.In(money.Yuan), (x.Held + x.Excess).In(money.Yuan)
	}
	if x.State != store.ReportDone {
		v.Mark = "warn"
	}
	if x.Filed > 0 {
		v.Works = f.link("/enrol/works", "source", v.Source)
	}
	v.MayUndo = x.State != store.ReportUndone && x.Applied == 0 && !x.Acted && x.Matter != enrol.CoverChecks
	return v
}

// takenView says what a file came to.
func (f *frame) takenView(work string, x *reportTaken) *takenView {
	key := "web.reports.done"
	if x.preview {
		key = "web.reports.checked"
	}
	if x.Again {
		key = "web.reports.again"
	}
	v := &takenView{Title: f.T(key, "file", x.name, "kind", f.T("enrol.matter."+string(x.matter))), Confirm: x.preview && x.dir != "", Work: work, Synthetic: x.Synthetic, Good: x.Outturn.Refused == 0}
	v.Lines = append(v.Lines, f.T("web.reports.counts", "rows", x.Rows, "agreed", x.Agreed, "filed", x.Filed, "routed", x.Routed, "applied", x.Applied, "repeated", x.Repeated, "refused", x.Outturn.Refused))
	if x.matter == enrol.TaxReturns {
		v.Lines = append(v.Lines, f.T("cli.import.report.money", "amount", x.Amount, "posted", x.Posted, "excess", x.Excess, "held", x.Held, "known", x.Known, "unread", x.Unread))
	}
	for _, p := range x.First(maxListed) {
		v.Problems = append(v.Problems, f.problem(p))
	}
	if len(x.refused) > 0 {
		v.Refused = f.link("/enrol/imports/refused/" + work)
	}
	v.More = max(0, int64(len(x.ReportResult.Refused))-int64(len(v.Problems)))
	return v
}

// reportUpload takes a file to disk and begins to check it, or to take it in.
func (s *site) reportUpload(f *frame, w http.ResponseWriter, r *http.Request) error {
	if b, ok := s.work.find(byKey(f.workKey(takingIn))); ok && !b.over() {
		f.seen.Set("work", b.id)
		return s.reportsAs(f, w, r, outcome{Problems: []fault.Problem{{Message: fault.Msg("web.reports.running")}}, Status: http.StatusConflict})
	}
	up, err := receiveReport(w, r)
	var wrong formFault
	if errors.As(err, &wrong) {
		return errors.Join(discard(up.dir), s.reportsAs(f, w, r, outcome{Problems: []fault.Problem{{Message: wrong.message}}, Status: wrong.status}))
	}
	if err != nil {
		return errors.Join(err, discard(up.dir))
	}
	return s.takeReport(f, w, r, up)
}

// reportSent is what the form brings.
type reportSent struct {
	matter  enrol.Matter
	dir     string
	path    string
	preview bool
}

// receiveReport reads the form and writes the file to disk as it comes. What lies there after an error is for the caller to discard.
func receiveReport(w http.ResponseWriter, r *http.Request) (up reportSent, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxReport)
	parts, err := r.MultipartReader()
	if err != nil {
		return up, formFault{http.StatusBadRequest, fault.Msg("web.data.error.form")}
	}
	up.preview = true
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return up, cutOff(err)
		}
		if part.FormName() == "file" {
			if err := up.keep(part); err != nil {
				return up, err
			}
			continue
		}
		text, err := io.ReadAll(io.LimitReader(part, 256))
		if err != nil {
			return up, cutOff(err)
		}
		switch part.FormName() {
		case "kind":
			up.matter = enrol.Matter(text)
		case "act":
			up.preview = string(text) != "import"
		}
	}
	switch {
	case !slices.Contains(enrol.Matters(), up.matter):
		return up, formFault{http.StatusBadRequest, fault.Msg("web.reports.kind.needed")}
	case up.path == "":
		return up, formFault{http.StatusBadRequest, fault.Msg("web.data.error.file")}
	}
	return up, nil
}

// keep writes the file of the form to a directory of its own, which only the program reads.
func (up *reportSent) keep(part *multipart.Part) error {
	if part.FileName() == "" || up.path != "" {
		return nil
	}
	var err error
	if up.dir, err = os.MkdirTemp("", "tongchou-report-"); err != nil {
		return fault.Wrap(err, "web.reports.disk")
	}
	up.path = filepath.Join(up.dir, fileName(part.FileName()))
	file, err := os.OpenFile(up.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fault.Wrap(err, "web.reports.disk")
	}
	_, err = io.Copy(file, part)
	if err = errors.Join(err, file.Close()); err != nil {
		return cutOff(err)
	}
	return nil
}

// takeReport begins the job. The file that was checked before, and not taken in, is thrown away.
func (s *site) takeReport(f *frame, w http.ResponseWriter, r *http.Request, up reportSent) error {
	desk, err := s.deskOf(f, r.Context())
	if err != nil {
		return errors.Join(err, discard(up.dir))
	}
	if b, ok := s.work.find(byKey(f.workKey(takingIn))); ok {
		if value, _ := b.outcome(); value != nil {
			if before := value.(*reportTaken); before.dir != up.dir {
				s.tidy(before.dir)
			}
		}
	}
	act := f.worker(office.EnrolPersons)
	o := intake.ReportOptions{Desk: desk, Act: act, Preview: up.preview, Counties: s.counties()}
	f.startWork(w, r, takingIn, fault.Msg("web.reports.taking", "file", filepath.Base(up.path)), func(ctx context.Context, b *job) (any, error) {
		b.say(fault.Msg("web.reports.comparing"), 0, 0)
		o.Progress = func(p intake.Progress) {
			b.tell(lake.Progress{Rows: p.Rows, Rejected: p.Refused, Bytes: p.Bytes, Size: p.Size, Elapsed: p.Elapsed})
		}
		taken, err := s.taken(ctx, f, up, o)
		if err != nil || !up.preview {
			s.tidy(up.dir)
			taken.dir = ""
		}
		if err != nil {
			return nil, err
		}
		return taken, nil
	})
	return nil
}

// taken takes a file in, and writes down the rows that were refused.
func (s *site) taken(ctx context.Context, f *frame, up reportSent, o intake.ReportOptions) (*reportTaken, error) {
	taken := &reportTaken{matter: up.matter, preview: up.preview, dir: up.dir, name: filepath.Base(up.path)}
	var err error
	if taken.ReportResult, err = intake.Reports(ctx, s.Store, up.path, up.matter, o); err != nil || len(taken.ReportResult.Refused) == 0 {
		return taken, err
	}
	var back bytes.Buffer
	if err := taken.File.WriteRefused(ctx, &back, taken.ReportResult.Refused, f.Printer); err != nil {
		return taken, err
	}
	if back.Len() <= maxReturned {
		taken.refused = back.Bytes()
	}
	return taken, nil
}

// tidy removes an upload.
func (s *site) tidy(dir string) {
	if err := discard(dir); err != nil {
		s.Log.Error("an upload is left behind", "dir", dir, "error", err)
	}
}

// tidyAll removes the uploads that were checked and never taken in.
func (s *site) tidyAll() {
	s.work.mu.Lock()
	defer s.work.mu.Unlock()
	for _, b := range s.work.kept {
		if value, _ := b.outcome(); value != nil {
			if taken, ok := value.(*reportTaken); ok {
				s.tidy(taken.dir)
			}
		}
	}
}

// counties tells which codes are counties.
func (s *site) counties() func(region.Code) bool {
	return func(c region.Code) bool {
		_, known := s.Engine.Tree.Get(c)
		return known && c.Level() == region.County
	}
}

// reportConfirm takes in the file that was checked.
func (s *site) reportConfirm(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	b, kind, ok := f.workOf(r.PostFormValue("work"))
	if !ok || kind != takingIn || !b.over() {
		return errNotFound
	}
	value, _ := b.outcome()
	taken, ok := value.(*reportTaken)
	if !ok || !taken.preview || taken.dir == "" {
		return errNotFound
	}
	return s.takeReport(f, w, r, reportSent{matter: taken.matter, dir: taken.dir, path: taken.File.Path})
}

// reportUndo takes an import back of which nothing was acted on.
func (s *site) reportUndo(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	source, _ := strconv.ParseInt(r.PostFormValue("source"), 10, 64) // one there is not is refused
	act := f.once(f.worker(office.EnrolPersons), r)
	act.Why = r.PostFormValue("reason")
	err := s.Store.Reports().Undo(r.Context(), act, enrol.Source(source))
	return f.after(w, r, err, f.link("/enrol/imports"), "undo", func(o outcome) error { return s.reportsAs(f, w, r, o) })
}

// reportRefused gives the refused rows of the reader's import back.
func (s *site) reportRefused(f *frame, w http.ResponseWriter, r *http.Request) error {
	b, kind, ok := f.workOf(r.PathValue("id"))
	if !ok || kind != takingIn || !b.over() {
		return errNotFound
	}
	value, _ := b.outcome()
	taken, ok := value.(*reportTaken)
	if !ok || len(taken.refused) == 0 {
		return errNotFound
	}
	extension, content := ".csv", "text/csv; charset=utf-8"
	if bytes.HasPrefix(taken.refused, []byte("PK")) {
		extension, content = ".xlsx", workbookType
	}
	return attach(w, string(taken.matter)+"-refused"+extension, content, taken.refused)
}

// reportTemplate gives the template of a kind of report.
func (s *site) reportTemplate(f *frame, w http.ResponseWriter, r *http.Request) error {
	matter := enrol.Matter(r.PathValue("kind"))
	if !slices.Contains(enrol.Matters(), matter) {
		return errNotFound
	}
	var out bytes.Buffer
	if err := people.WriteReportTemplate(&out, matter, f.Printer); err != nil {
		return err
	}
	return attach(w, string(matter)+".xlsx", workbookType, out.Bytes())
}
