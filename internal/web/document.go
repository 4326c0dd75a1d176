package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/pool"
	"tongchou/internal/store"
)

// documentModel is a document with its signatures (文书).
type documentModel struct {
	Document office.Document
	Problems []fault.Problem
	Reason   string // as it was typed
	Done     string // what the reader did just now
	Back     string // where the form leads afterwards
}

// lineView is a line of a document's way.
type lineView struct {
	Name, Who, Where, At   string
	Reason, Amount, Digest string
	Clause                 string
	Coming, Next, Returned bool
}

func (s *site) document(f *frame, w http.ResponseWriter, r *http.Request) error {
	d, err := f.approvals(office.View).Desk.Document(r.Context(), office.DocumentID(r.PathValue("id")))
	if err != nil {
		return f.absentDocument(w, r, err)
	}
	m := documentModel{Document: d}
	if done := office.ActKind(f.seen.Get("done")); slices.Contains(documentActs, done) || done == already {
		m.Done = string(done)
	}
	return f.render(w, r, http.StatusOK, documentPage(f, m))
}

// absentDocument answers for a document that is not there, or not for the reader: which of both is not told.
func (f *frame) absentDocument(w http.ResponseWriter, r *http.Request, err error) error {
	if fault.KindOf(err) == fault.Internal {
		return err
	}
	f.problems = problemsOf(err)
	return f.render(w, r, http.StatusNotFound, notDonePage(f))
}

// documentActs are the acts a form can ask for. Revising brings new content, which the page of the kind makes.
var documentActs = []office.ActKind{office.Submit, office.Sign, office.Return, office.Withdraw, office.Cancel}

// already marks an act that had been done before.
const already office.ActKind = "already"

// actOnDocument does an act on a document in the version that was seen. The same form sent twice does it once.
func (s *site) actOnDocument(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	kind := office.ActKind(r.PostForm.Get("act"))
	version, err := strconv.ParseInt(r.PostForm.Get("version"), 10, 64)
	if err != nil || !slices.Contains(documentActs, kind) {
		return f.badForm(w, r, badForm(err))
	}
	id := office.DocumentID(r.PathValue("id"))
	a := office.Act{Kind: kind, By: f.subject, At: s.Now(), Version: office.Version(version), Reason: r.PostForm.Get("reason")}
	d, err := f.onItsPage(r, id, kind)
	if err == nil {
		d, err = f.approvals(office.View).Do(r.Context(), id, a, f.from)
	}
	back := local(r.PostForm.Get("back"))
	if back == "/" {
		back = f.link("/documents/" + string(id))
	}
	switch {
	case err == nil:
		http.Redirect(w, r, withQuery(back, "done", string(kind)), http.StatusSeeOther)
		return nil
	case fault.KindOf(err) == fault.Internal:
		return err
	case d.ID == "":
		return f.absentDocument(w, r, err)
	}
	status := http.StatusUnprocessableEntity
	switch problemsOf(err)[0].Message.Key {
	case "office.document.already":
		http.Redirect(w, r, withQuery(back, "done", string(already)), http.StatusSeeOther)
		return nil
	case "office.document.stale":
		status = http.StatusConflict
	}
	return f.render(w, r, status, documentPage(f, documentModel{Document: d, Problems: problemsOf(err), Reason: a.Reason, Back: back}))
}

// withQuery adds a value to an address.
func withQuery(path, name, value string) string {
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	return path + sep + name + "=" + value
}

// openActs are the acts the reader may do to a document now.
func (f *frame) openActs(d office.Document) []office.ActKind {
	var out []office.ActKind
	for _, kind := range documentActs {
		try := office.Act{Kind: kind, By: f.subject, At: f.site.Now(), Version: d.Version, Reason: "-", Content: d.Content}
		if _, err := d.Do(try); err == nil {
			out = append(out, kind)
		}
	}
	return out
}

// whyNot says why the reader cannot sign a document that waits; nothing when he can, or when it waits for nobody.
func (f *frame) whyNot(d office.Document) string {
	if _, waits := d.Next(); !waits || slices.Contains(f.openActs(d), office.Sign) {
		return ""
	}
	_, err := d.Do(office.Act{Kind: office.Sign, By: f.subject, At: f.site.Now(), Version: d.Version})
	if err == nil || fault.KindOf(err) == fault.Internal {
		return ""
	}
	return f.sentence(problemsOf(err)[0].Message)
}

// actLabel is what an act is called on a button: a signature by its own name.
func (f *frame) actLabel(d office.Document, kind office.ActKind) string {
	if next, ok := d.Next(); ok && kind == office.Sign {
		return f.T("web.document.sign", "action", next.Action.Label())
	}
	return f.Text(kind.Label())
}

// needsReason tells whether an act takes a reason.
func needsReason(kind office.ActKind) bool {
	return kind == office.Return || kind == office.Withdraw || kind == office.Cancel
}

// contentPath is the page of what a document signs; empty for a kind that has none, which shows title, amount and digest alone.
// A kind with a page is a case here.
func (f *frame) contentPath(d office.Document) string {
	switch d.Kind {
	case office.PoolRun, office.Clearing, office.EmergencyPayment, office.PaymentOrder:
		return f.link("/pool/runs/" + string(d.ID))
	case office.Reopening:
		return f.reopeningPath(d)
	case office.BudgetDraft, office.BudgetAdjustment, office.SurplusUse, office.Budget, office.Performance:
		return f.budgetDocumentPath(d)
	case office.PolicyChange:
		return f.link("/benefit/changes/" + string(d.ID))
	case office.BenefitList, office.BenefitSchedule, office.BenefitRules:
		return f.link("/benefit/papers/" + string(d.ID))
	default:
		return ""
	}
}

// onItsPage refuses to submit here what is checked and submitted on the page of its content.
//
// 依据: SC38-3.1
func (f *frame) onItsPage(r *http.Request, id office.DocumentID, kind office.ActKind) (office.Document, error) {
	if kind != office.Submit {
		return office.Document{}, nil
	}
	d, err := f.approvals(office.View).Desk.Document(r.Context(), id)
	if err != nil {
		return d, err
	}
	switch d.Kind {
	case office.BudgetDraft, office.Budget, office.BudgetAdjustment, office.Performance:
		return d, fault.Refuse(fault.Problem{Message: fault.Msg("web.document.own_page"), Clause: "SC38-3.1"})
	case office.BenefitList, office.BenefitSchedule, office.BenefitRules:
		return d, fault.Refuse(fault.Problem{Message: fault.Msg("web.document.own_page"), Clause: "SC38-6.1"})
	}
	return office.Document{}, nil
}

// approved does what follows from a document that was approved, in the transaction that keeps its last signature. A kind with
// consequences is a case here.
func (f *frame) approved(t *store.Tx, d office.Document) error {
	switch d.Kind {
	case office.PoolRun, office.Clearing, office.EmergencyPayment, office.PaymentOrder:
		return f.site.money.service.Effects(t, d)
	case office.Reopening:
		return f.reopened(t, d)
	case office.BudgetDraft, office.Budget, office.BudgetAdjustment, office.Performance:
		return f.signedSheet(d)
	case office.BenefitList, office.BenefitSchedule, office.BenefitRules:
		return f.signedPaper(d)
	default:
		return nil
	}
}

// signedSheet refuses the last signature on a budget or adjustment that is not what is kept: what was approved is what was
// signed.
//
// 依据: SC38-3.1, SC38-3.5
func (f *frame) signedSheet(d office.Document) error {
	for _, insurance := range pool.Insurances() {
		all, err := f.site.Store.Sheets(f.request.Context(), office.Scope{Division: d.Division, Reach: office.Own}, insurance, 0)
		if err != nil {
			return err
		}
		for _, x := range all {
			if x.Document == d.ID && office.DigestOf(x.Content) == d.Digest {
				return nil
			}
		}
	}
	return fault.Refuse(fault.Problem{Message: fault.Msg("web.document.other_sheet"), Clause: "SC38-3.1"})
}

// timeline is a document's way as pages show it. The names of those who signed are part of their signatures.
func (f *frame) timeline(d office.Document) []lineView {
	var out []lineView
	next := true
	for _, line := range d.Timeline() {
		if step := line.Done; step != nil {
			v := lineView{Name: f.Text(step.Act.Label()), Who: step.Name, Where: f.divisionName(step.Division) + " " + f.Text(step.Department.Label()),
				At: f.moment(step.At), Reason: step.Reason, Amount: f.exact(step.Amount), Digest: step.Digest.Short(), Returned: step.Act == office.Return}
			if step.Act == office.Sign || step.Act == office.Return {
				v.Name = f.T("web.document.step", "action", step.Action.Label(), "act", step.Act.Label())
			}
			out = append(out, v)
			continue
		}
		out = append(out, lineView{Name: f.Text(line.Coming.Action.Label()), Clause: string(line.Coming.Clause), Coming: true,
			Where: f.divisionName(line.Division) + " " + f.Text(line.Coming.Department.Label()), Next: next && d.State == office.Waiting})
		next = false
	}
	return out
}
