package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	desks "tongchou/internal/desk"
	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/store"
)

// grantsModel is whom a person lets see his file, and who lets him.
type grantsModel struct {
	outcome
	Name            string
	Given, Received []grantView
	Parts           []optionView
	Number, To      string
	Expires         string
	First, Last     string
	Child, ChildNo  string // whom the reader wants to act for
}

// grantView is a grant as its owner, or whom it is for, sees it.
type grantView struct {
	ID, Whom, Parts, Until, State string
	Ground                        string
	Holds                         bool
	Uses                          []string
	End, EndText                  string // how it is ended
}

// myDone is the outcome that the address names.
func (f *frame) myDone() outcome {
	o := outcome{Status: http.StatusOK}
	if done := f.seen.Get("done"); slices.Contains([]string{"grant", "revoke", "family", "gave_up", "filed", "appealed", "withdrawn"}, done) {
		o.Done = f.T("web.my.done." + done)
	}
	return o
}

// refusedOutcome is the outcome of a form that was refused; what it names by column is named as the page names it.
func (f *frame) refusedOutcome(err error) outcome {
	o := outcome{Status: http.StatusUnprocessableEntity, Problems: problemsOf(err)}
	if errors.Is(err, office.ErrStale) {
		return outcome{Status: http.StatusConflict, Problems: []fault.Problem{{Message: fault.Msg("remit.stale")}}}
	}
	for i, p := range o.Problems {
		if key := "web.my.column." + p.Column; p.Column != "" && f.Has(key) {
			o.Problems[i].Column = f.T(key)
		}
	}
	return o
}

// refusable tells whether an error is something to say on the page.
func refusable(err error) bool {
	return errors.Is(err, office.ErrStale) || fault.KindOf(err) != fault.Internal
}

// once makes an act of a form one that can be sent again.
func (me *insured) once(r *http.Request) store.Act {
	act := me.frame.once(me.myAct(), r)
	if act.Key != "" {
		act.Key = string(store.OwnID(me.Person)) + act.Key
	}
	return act
}

func (s *site) myGrants(me *insured, w http.ResponseWriter, r *http.Request) error {
	p, err := me.own(r)
	if err != nil {
		return err
	}
	return s.grantsAs(me, w, r, p, me.myDone())
}

func (s *site) grantsAs(me *insured, w http.ResponseWriter, r *http.Request, p store.Person, o outcome) error {
	today := s.today()
	m := grantsModel{outcome: o, Name: p.Identity().Name, Number: r.PostFormValue("number"), To: r.PostFormValue("name"), Child: r.PostFormValue("child_name"), ChildNo: r.PostFormValue("child_number"), First: string(today),
		Last: s.Now().AddDate(0, 0, desks.LongestGrant).Format("2006-01-02")}
	m.Expires = cmp.Or(r.PostFormValue("expires"), s.Now().AddDate(0, 3, 0).Format("2006-01-02"))
	for _, part := range desks.Parts() {
		m.Parts = append(m.Parts, optionView{string(part), me.T("web.my.part." + string(part)), slices.Contains(r.PostForm["part"], string(part))})
	}
	own := s.Store.Insured()
	given, err := own.Given(r.Context(), p.No)
	if err != nil {
		return err
	}
	for _, g := range given {
		m.Given = append(m.Given, me.grantView(g, today, g.Whom))
	}
	received, err := own.Received(r.Context(), p)
	if err != nil {
		return err
	}
	for _, g := range received {
		if g.State(today) == desks.GrantHolds {
			m.Received = append(m.Received, me.grantView(g, today, me.T("web.my.granted.by", "name", g.Owner)))
		}
	}
	return me.render(w, r, o.Status, myGrantsPage(me.frame, m))
}

func (f *frame) grantView(g desks.Grant, today policy.Date, whom string) grantView {
	var parts []string
	for _, p := range g.Parts {
		parts = append(parts, f.T("web.my.part."+string(p)))
	}
	state := g.State(today)
	v := grantView{ID: g.ID(), Whom: whom, Parts: strings.Join(parts, f.T("list.separator")), Until: string(g.Expires), State: f.T("web.my.grant.state." + string(state)), Holds: state == desks.GrantHolds,
		End: "/my/grants/" + g.ID() + "/revoke", EndText: f.T("web.my.grant.revoke")}
	if g.Ground == desks.FamilyGround {
		v.Ground = f.T("web.my.ground.family")
	}
	return v
}

// myGrant lets somebody see parts of the file.
func (s *site) myGrant(me *insured, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	p, err := me.own(r)
	if err != nil {
		return err
	}
	g := desks.Grant{Made: s.Now(), Expires: policy.Date(r.PostFormValue("expires"))}
	for _, part := range r.PostForm["part"] {
		g.Parts = append(g.Parts, desks.Part(part))
	}
	number, _, _, valid := enrol.ParseNumber(strings.TrimSpace(r.PostFormValue("number")))
	name := strings.TrimSpace(r.PostFormValue("name"))
	switch {
	case !valid || name == "" || len(name) > longestWhom:
		err = fault.Refuse(fault.Problem{Column: "whom", Message: fault.Msg("desk.grant.whom")})
	case p.Identity().Number == number:
		err = fault.Refuse(fault.Problem{Column: "whom", Message: fault.Msg("web.my.grant.self")})
	default:
		_, err = s.Store.Insured().Grant(r.Context(), me.once(r), p, g, enrol.Document{Kind: enrol.ResidentCard, Number: number}, name)
	}
	return s.afterGrant(me, w, r, p, err, "grant")
}

// afterGrant goes back to the grants when something was done about one, and says there what was refused.
func (s *site) afterGrant(me *insured, w http.ResponseWriter, r *http.Request, p store.Person, err error, done string) error {
	switch {
	case err == nil:
		http.Redirect(w, r, me.myLink("/my/grants", "done", done), http.StatusSeeOther)
		return nil
	case refusable(err):
		return s.grantsAs(me, w, r, p, me.refusedOutcome(err))
	}
	return err
}

// longestWhom is how many bytes the name of somebody may have.
const longestWhom = 120

// ownGrant finds a grant of the reader's own by the address.
func (s *site) ownGrant(me *insured, r *http.Request) (desks.Grant, error) {
	person, no, ok := desks.ParseID(r.PathValue("id"))
	if !ok || person != me.Person {
		return desks.Grant{}, errNotFound
	}
	given, err := s.Store.Insured().Given(r.Context(), me.Person)
	if err != nil {
		return desks.Grant{}, err
	}
	at := slices.IndexFunc(given, func(g desks.Grant) bool { return g.No == no })
	if at < 0 {
		return desks.Grant{}, errNotFound
	}
	return given[at], nil
}

// myGrantLog shows the owner every use of a grant.
func (s *site) myGrantLog(me *insured, w http.ResponseWriter, r *http.Request) error {
	g, err := s.ownGrant(me, r)
	if err != nil {
		return err
	}
	p, err := me.own(r)
	if err != nil {
		return err
	}
	v := me.grantView(g, s.today(), g.Whom)
	if v.Uses, err = me.usesOf(r.Context(), g); err != nil {
		return err
	}
	return me.render(w, r, http.StatusOK, myGrantPage(me.frame, p.Identity().Name, v))
}

// mostUses is how many uses of a grant are shown.
const mostUses = 200

// usesOf are the uses of a grant, the last first: when, and what was looked at or done.
func (f *frame) usesOf(ctx context.Context, g desks.Grant) ([]string, error) {
	entries, err := f.site.Store.Audit(ctx, store.ScopeOf(g.Division), store.AuditQuery{Chain: g.Division, Kind: store.GrantObject, Object: g.ID(), Limit: mostUses})
	var out []string
	for _, e := range entries {
		what := f.actionName(e.Action)
		for _, field := range e.After {
			if key := "web.my.use." + field.Value; field.Name == "what" && f.Has(key) {
				what = f.T(key)
			}
		}
		out = append(out, f.moment(e.At)+" \u00b7 "+what)
	}
	return out, err
}

func (s *site) myRevoke(me *insured, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	g, err := s.ownGrant(me, r)
	if err != nil {
		return err
	}
	p, err := me.own(r)
	if err != nil {
		return err
	}
	return s.afterGrant(me, w, r, p, s.Store.Insured().Revoke(r.Context(), me.myAct(), p, g.No, s.Now()), "revoke")
}

// granted reads the file that a grant lets the reader see, for a part of it; for none in particular when it is empty.
func (s *site) granted(me *insured, r *http.Request, id string, part desks.Part, what string) (own, other store.Person, g desks.Grant, err error) {
	person, no, ok := desks.ParseID(id)
	if !ok {
		return own, other, g, errNotFound
	}
	if own, err = me.own(r); err != nil {
		return own, other, g, err
	}
	other, g, found, err := s.Store.Insured().ReadGranted(r.Context(), me.myAct(), own, person, no, what, s.today())
	if err == nil && (!found || part != "" && !g.Allows(part, s.today())) {
		err = errNotFound
	}
	return own, other, g, err
}

// grantedModel is another person's file, cut to what a grant lets see.
type grantedModel struct {
	ownModel
	Reader                      string
	Grant                       grantView
	Cover, Entitlement, Objects bool
	ID                          string
}

// grantedModel reads the file that the address's grant lets the reader see, for a part of it, and makes the model of the pages about it.
func (s *site) grantedModel(me *insured, r *http.Request, part desks.Part, what string) (other store.Person, out grantedModel, err error) {
	own, other, g, err := s.granted(me, r, r.PathValue("id"), part, what)
	if err != nil {
		return other, out, err
	}
	today := s.today()
	m, err := s.ownModel(me.frame, r, other, "/my/for/"+g.ID())
	out = grantedModel{ownModel: m, Reader: own.Identity().Name, ID: g.ID(), Cover: g.Allows(desks.CoverPart, today), Entitlement: g.Allows(desks.EntitlementPart, today),
		Objects: g.Allows(desks.ObjectionPart, today)}
	out.Name = office.MaskName(m.Name)
	out.Grant = me.grantView(g, today, out.Name)
	if !out.Cover {
		out.Today, out.Years, out.Dues, out.Paid, out.Covers, out.Groups, out.Reminders = nil, nil, nil, nil, nil, nil, nil
	}
	if !out.Entitlement {
		out.Entitled = nil
		for i := range out.Years {
			out.Years[i].WhyPath = ""
		}
	}
	return other, out, err
}

func (s *site) myFor(me *insured, w http.ResponseWriter, r *http.Request) error {
	_, m, err := s.grantedModel(me, r, "", "home")
	if err != nil {
		return err
	}
	return me.render(w, r, http.StatusOK, myForPage(me.frame, m))
}

func (s *site) myForWhy(me *insured, w http.ResponseWriter, r *http.Request) error {
	_, m, err := s.grantedModel(me, r, desks.EntitlementPart, "why")
	if err != nil {
		return err
	}
	return me.render(w, r, http.StatusOK, myForWhyPage(me.frame, m))
}

func (s *site) myForFile(me *insured, w http.ResponseWriter, r *http.Request) error {
	other, m, err := s.grantedModel(me, r, desks.CoverPart, "file")
	if err != nil {
		return err
	}
	if m.Records, err = s.ownRecords(me.frame, r, other.File, m.Objects, m.ID); err != nil {
		return err
	}
	return me.render(w, r, http.StatusOK, myForFilePage(me.frame, m))
}
