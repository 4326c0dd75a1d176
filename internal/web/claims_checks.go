package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"tongchou/internal/fault"
	"tongchou/internal/lake"
	"tongchou/internal/policy"
)

// checksModel is the page of checks (校验).
type checksModel struct {
	Run, Sign         string
	Report            *checkReportView
	SignOffs          []signOffView
	State, StateClass string // whether the snapshot is signed
	Problem           string
	Who, Remark       string
	Done              string
	Against           []string // what the snapshot is or would be checked against
}

// checkReportView is a report as the page shows it.
type checkReportView struct {
	Errors, Warnings int
	Today, Elapsed   string
	Digest, Short    string
	Groups           []severityView
	Passed           []string
	Skipped          []skippedView
}

// severityView holds the findings of one severity.
type severityView struct {
	Name, Class, About string
	Kinds              []findingKindView
}

// findingKindView holds the findings of one check.
type findingKindView struct {
	Title, Rows, Cost string
	Count             int
	Findings          []findingView
	More              int
}

// findingView is one finding.
type findingView struct{ Place, Text, Count, Cost, Path, Clause string }

// skippedView is a check that could not be made, and why.
type skippedView struct{ Title, Why string }

// signOffView is a sign-off as the page shows it.
type signOffView struct {
	At, Who, Remark, Found, Short string
	Counts                        bool
}

// findingsListed is how many findings of one check are listed.
const findingsListed = 100

// checkQuestion is what running the checks asks: the same of the same data gives the same report, on the same day.
func (c *claimsDesk) checkQuestion(f *frame) (question, func(context.Context, *job) (lake.CheckReport, error), error) {
	reg, err := c.register()
	if err != nil {
		return question{}, nil, err
	}
	s, last := f.claims.snapshot, f.claims.manifest.Snapshot(f.claims.year-1, f.claims.kind)
	f.claims.made = reg.synthetic && len(reg.heads(s.Year)) > 0
	o := lake.CheckOptions{Today: policy.DayOf(c.Now()), Enrolled: reg.heads(s.Year)}
	if !s.Synthetic { // made-up settlements are those of a sample of persons, and no statement is of that sample
		o.Statements = f.book.facts.Statements
	}
	q := question{fault.Msg("web.claims.job.checks", "year", int(s.Year), "kind", s.Kind), "checks", []string{last.ID, reg.version, f.book.version, string(o.Today)}}
	return q, func(ctx context.Context, b *job) (report lake.CheckReport, err error) {
		o := o
		o.Progress = func(kind lake.CheckKind, done, all int) {
			b.say(fault.Msg("web.claims.phase.check", "name", fault.Msg(kind.Title())), int64(done), int64(all))
		}
		b.say(fault.Msg("web.claims.phase.opening"), 0, 0)
		if last.Rows > 0 {
			before, err := c.session(ctx, last)
			if err != nil {
				return report, err
			}
			defer before.Close() // only read from
			o.Last = before
		}
		session, err := c.session(ctx, s)
		if err != nil {
			return report, err
		}
		defer session.Close() // only read from
		return session.Check(ctx, o)
	}, nil
}

func (c *claimsDesk) checks(f *frame, w http.ResponseWriter, r *http.Request) error {
	if done, err := c.unready(f, w, r, f.T("web.claims.tab.checks")); done || err != nil {
		return err
	}
	return c.checksPage(f, w, r, http.StatusOK, checksModel{})
}

// checksPage shows the report where there is one, how far it is while it is made, and else how to make it.
func (c *claimsDesk) checksPage(f *frame, w http.ResponseWriter, r *http.Request, status int, m checksModel) error {
	q, _, err := c.checkQuestion(f)
	if err != nil {
		return err
	}
	if b, ok := c.jobs.find(byKey(q.key(f.claims.snapshot))); ok {
		value, err := b.outcome()
		if !b.over() || err != nil {
			return c.working(f, w, r, b)
		}
		stand := b.standing()
		report := f.checkReport(value.(lake.CheckReport))
		report.Elapsed = f.duration(stand.Ended.Sub(stand.Began))
		m.Report = &report
	}
	m.Run, m.Sign = f.claimsLink("/data/claims/checks"), f.claimsLink("/data/claims/checks/sign")
	m.Against = c.against(f)
	if err := c.signOffs(f, &m); err != nil {
		return err
	}
	if f.seen.Get("signed") != "" {
		m.Done = f.T("web.claims.sign.done")
	}
	return f.render(w, r, status, checksPage(f, m))
}

// against says what the snapshot is checked against.
func (c *claimsDesk) against(f *frame) []string {
	var out []string
	has := func(there bool, yes, no string) {
		if there {
			out = append(out, f.T(yes))
		} else {
			out = append(out, f.T(no))
		}
	}
	reg, _ := c.register() // one that cannot be read was refused before
	switch {
	case f.claims.snapshot.Synthetic:
		out = append(out, f.T("web.claims.against.statements.synthetic"))
	default:
		stated := slices.Contains(f.book.facts.Years(), f.claims.year)
		has(stated, "web.claims.against.statements", "web.claims.against.statements.none")
	}
	has(len(reg.heads(f.claims.year)) > 0, "web.claims.against.enrolled", "web.claims.against.enrolled.none")
	has(f.claims.manifest.Snapshot(f.claims.year-1, f.claims.kind).Rows > 0, "web.claims.against.last", "web.claims.against.last.none")
	return out
}

func (c *claimsDesk) runChecks(f *frame, w http.ResponseWriter, r *http.Request) error {
	if done, err := c.unready(f, w, r, f.T("web.claims.tab.checks")); done || err != nil {
		return err
	}
	q, do, err := c.checkQuestion(f)
	if err != nil {
		return err
	}
	b := c.jobs.start(q.key(f.claims.snapshot), q.title, func(ctx context.Context, b *job) (any, error) { return do(ctx, b) })
	b.wait(r.Context(), soon)
	http.Redirect(w, r, f.claimsLink("/data/claims/checks"), http.StatusSeeOther)
	return nil
}

// report gives the report that stands for the snapshot as it is.
func (c *claimsDesk) report(f *frame) (lake.CheckReport, bool, error) {
	q, _, err := c.checkQuestion(f)
	if err != nil {
		return lake.CheckReport{}, false, err
	}
	b, ok := c.jobs.find(byKey(q.key(f.claims.snapshot)))
	if !ok || !b.over() {
		return lake.CheckReport{}, false, nil
	}
	value, err := b.outcome()
	report, ok := value.(lake.CheckReport)
	return report, ok && err == nil, nil
}

// sign records a sign-off of the very report that the signer saw.
func (c *claimsDesk) sign(f *frame, w http.ResponseWriter, r *http.Request) error {
	if done, err := c.unready(f, w, r, f.T("web.claims.tab.checks")); done || err != nil {
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	report, ok, err := c.report(f)
	if err != nil {
		return err
	}
	m := checksModel{Who: r.FormValue("who"), Remark: r.FormValue("remark")}
	if f.signedIn() {
		m.Who = f.subject.Name
	}
	store, err := c.open(false)
	switch {
	case err != nil:
		return err
	case store == nil || !ok || report.Digest() != r.FormValue("report"):
		err = fault.New(fault.Refused, "lake.check.sign.changed", "year", int(f.claims.year))
	default:
		_, err = store.SignOff(report, m.Who, m.Remark)
	}
	var refused *fault.Error
	if errors.As(err, &refused) && refused.Kind != fault.Internal {
		m.Problem = f.Text(refused.Message)
		return c.checksPage(f, w, r, http.StatusUnprocessableEntity, m)
	}
	if err != nil {
		return err
	}
	c.Log.Info("checks signed", "year", int(f.claims.year), "kind", f.claims.kind, "who", m.Who)
	http.Redirect(w, r, f.claimsLink("/data/claims/checks", "signed", "1")+"#signoff", http.StatusSeeOther)
	return nil
}

// signOffs fills in the sign-offs of the year and kind, latest first, and whether the snapshot is signed.
func (c *claimsDesk) signOffs(f *frame, m *checksModel) error {
	store, err := c.open(false)
	if err != nil || store == nil {
		return err
	}
	all, err := store.SignOffs()
	if err != nil {
		return err
	}
	m.State, m.StateClass = f.T("web.claims.signed.none"), "pill warn"
	for _, s := range slices.Backward(all) {
		if s.Year != f.claims.year || s.Kind != f.claims.kind {
			continue
		}
		v := signOffView{At: f.hour(s.At), Who: s.Who, Remark: s.Remark, Short: s.Snapshot[:min(len(s.Snapshot), 12)], Counts: s.Snapshot == f.claims.snapshot.ID,
			Found: f.T("web.claims.sign.found", "errors", s.Errors, "warnings", s.Warnings)}
		if v.Counts {
			m.State, m.StateClass = f.T("web.claims.sign.counts", "who", s.Who), "pill good"
		} else if len(m.SignOffs) == 0 {
			m.State = f.T("web.claims.sign.void")
		}
		m.SignOffs = append(m.SignOffs, v)
	}
	return nil
}

// checkReport lays a report out: by severity, then by check.
func (f *frame) checkReport(report lake.CheckReport) checkReportView {
	digest := report.Digest()
	v := checkReportView{Errors: report.Count(lake.SeverityError), Warnings: report.Count(lake.SeverityWarning), Today: string(report.Today), Digest: digest, Short: digest[:12]}
	found := map[lake.CheckKind]bool{}
	for _, severity := range []lake.Severity{lake.SeverityError, lake.SeverityWarning} {
		group := severityView{Name: f.T(severity.Title()), Class: "pill bad", About: f.T("web.claims.severity.error")}
		if severity == lake.SeverityWarning {
			group.Class, group.About = "pill warn", f.T("web.claims.severity.warning")
		}
		for _, kind := range lake.CheckKinds() {
			if of := f.findings(report, kind, severity); of.Count > 0 {
				found[kind] = true
				group.Kinds = append(group.Kinds, of)
			}
		}
		if len(group.Kinds) > 0 {
			v.Groups = append(v.Groups, group)
		}
	}
	for _, kind := range lake.CheckKinds() {
		switch {
		case slices.Contains(report.Skipped, kind):
			v.Skipped = append(v.Skipped, skippedView{f.T(kind.Title()), f.T(whySkipped(kind, report.Snapshot.Synthetic))})
		case !found[kind]:
			v.Passed = append(v.Passed, f.T(kind.Title()))
		}
	}
	return v
}

// whySkipped is why a check was not made.
func whySkipped(kind lake.CheckKind, synthetic bool) string {
	switch kind {
	case lake.CheckStatement, lake.CheckUnstated:
		if synthetic {
			return "web.claims.against.statements.synthetic"
		}
		return "web.claims.against.statements.none"
	case lake.CheckPersons, lake.CheckUnenrolled:
		return "web.claims.against.enrolled.none"
	case lake.CheckChange:
		return "web.claims.against.last.none"
	}
	return "web.claims.skipped.nothing"
}

func (f *frame) findings(report lake.CheckReport, kind lake.CheckKind, severity lake.Severity) findingKindView {
	out := findingKindView{Title: f.T(kind.Title())}
	var rows int64
	for n, found := range report.Findings {
		if found.Kind != kind || found.Severity != severity {
			continue
		}
		out.Count++
		rows += found.Count
		if len(out.Findings) == findingsListed {
			out.More++
			continue
		}
		v := findingView{Place: f.Short(found.Division), Text: f.sentence(found.Message), Clause: string(found.Clause)}
		if found.Division == "" {
			v.Place = "\u2014"
		}
		if found.Count > 0 {
			v.Count, v.Cost = f.Value(found.Count), f.amount(found.Cost)
		}
		if found.Rows != "" {
			v.Path = f.claimsLink("/data/claims/checks/rows", "finding", strconv.Itoa(n), "report", report.Digest())
		}
		out.Findings = append(out.Findings, v)
	}
	if rows > 0 {
		out.Rows = f.Value(rows)
	}
	return out
}

// foundRows shows the rows behind a finding, to whom may see them.
func (c *claimsDesk) foundRows(f *frame, w http.ResponseWriter, r *http.Request) error {
	if done, err := c.unready(f, w, r, f.T("web.claims.tab.checks")); done || err != nil {
		return err
	}
	report, ok, err := c.report(f)
	if err != nil {
		return err
	}
	n, wrong := strconv.Atoi(f.seen.Get("finding"))
	if !ok || report.Digest() != f.seen.Get("report") {
		http.Redirect(w, r, f.claimsLink("/data/claims/checks"), http.StatusSeeOther)
		return nil
	}
	if wrong != nil || n < 0 || n >= len(report.Findings) || report.Findings[n].Rows == "" {
		return errNotFound
	}
	found := report.Findings[n]
	m := settlementsModel{Title: f.T(found.Kind.Title()), About: f.sentence(found.Message), Up: f.claimsLink("/data/claims/checks"), UpName: f.T("web.claims.tab.checks")}
	if !c.mayRead(f) {
		return f.render(w, r, http.StatusForbidden, settlementsPage(f, m))
	}
	session, err := c.session(r.Context(), f.claims.snapshot)
	if err != nil {
		return err
	}
	defer session.Close() // only read from
	rows, err := session.FoundRows(r.Context(), found)
	if err != nil {
		return err
	}
	if err := c.looked(f, f.T(found.Kind.Title())+" "+string(found.Division)+" "+found.Institution, len(rows)); err != nil {
		return err
	}
	m.Allowed = true
	m.Heads, m.Rows = f.foundTable(rows)
	m.Count = f.Value(int64(len(rows)))
	if int64(len(rows)) < found.Count {
		m.More = f.T("web.claims.rows.first", "shown", len(rows), "count", found.Count)
	}
	return f.render(w, r, http.StatusOK, settlementsPage(f, m))
}

// looked writes a look at rows of the chosen snapshot down.
func (c *claimsDesk) looked(f *frame, filter string, rows int) error {
	return c.note(f, look{Page: f.name, Year: f.claims.year, Kind: f.claims.kind, Snapshot: f.claims.snapshot.ID, Filter: filter, Rows: rows})
}
