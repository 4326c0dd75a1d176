package web

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/store"
)

// sessionView is somebody signed in.
type sessionView struct {
	Login, Name, Division, From, Began, Seen, User string
	Over, Mine                                     bool
}

func (s *site) sessions(f *frame, w http.ResponseWriter, r *http.Request) error {
	all, err := s.Store.Accounts().Sessions(r.Context(), f.scope(office.ManageSecurity))
	if err != nil {
		return err
	}
	var out []sessionView
	for _, o := range all {
		_, over := s.Security.Sessions.Touch(o.Session, s.Now())
		out = append(out, sessionView{Login: string(o.Login), Name: office.MaskName(o.Name), Division: f.divisionName(o.Division), From: string(o.From),
			Began: f.moment(o.Began), Seen: f.moment(o.Seen), User: string(o.User), Over: over != nil, Mine: o.Key == f.session.Key})
	}
	return f.render(w, r, http.StatusOK, sessionsPage(f, out))
}

// endSessions ends every session of a user.
func (s *site) endSessions(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	account, found, err := s.Store.Accounts().User(r.Context(), f.scope(office.ManageSecurity), office.UserID(r.PostForm.Get("user")))
	if err != nil {
		return err
	}
	if !found {
		return errNotFound
	}
	if _, err := s.Store.Write(r.Context(), f.actOn(account, "user.sign_out", r), func(t *store.Tx) error { return t.SignOut(account.ID) }); err != nil {
		return err
	}
	http.Redirect(w, r, f.link("/system/sessions"), http.StatusSeeOther)
	return nil
}

// tokensModel are the reader's tokens (接口令牌), with a form for a new one.
type tokensModel struct {
	Tokens   []tokenView
	Actions  []optionView
	Title    string
	Days     string
	Problems []fault.Problem
	Secret   string // shown this once
	Reads    []machineView
}

type tokenView struct {
	ID, Title, Actions, Made, Expires, Used, From string
	Revoked, Over                                 bool
}

func (s *site) tokens(f *frame, w http.ResponseWriter, r *http.Request) error {
	return s.showTokens(f, w, r, http.StatusOK, tokensModel{Days: "90"}, nil)
}

func (s *site) showTokens(f *frame, w http.ResponseWriter, r *http.Request, status int, m tokensModel, chosen []string) error {
	all, err := s.Store.Accounts().Tokens(r.Context(), f.subject.ID)
	if err != nil {
		return err
	}
	for _, t := range all {
		var names []string
		for _, a := range t.Actions {
			names = append(names, f.Text(a.Label()))
		}
		m.Tokens = append(m.Tokens, tokenView{string(t.ID), t.Title, f.Value(names), f.moment(t.Made), f.moment(t.Expires), f.moment(t.Used), string(t.UsedFrom),
			t.Revoked, !s.Now().Before(t.Expires)})
	}
	for _, a := range office.Actions() {
		try := office.Token{Title: "-", Actions: []office.Action{a}, Made: s.Now(), Expires: s.Now().Add(time.Hour)}
		if _, _, err := s.Security.Tokens.IssueToken(try, f.subject, office.Random{}); err == nil {
			m.Actions = append(m.Actions, optionView{string(a), f.Text(a.Label()), slices.Contains(chosen, string(a))})
		}
	}
	m.Reads = f.machineRoutes()
	return f.render(w, r, status, tokensPage(f, m))
}

// machineView is an address that programs read, with the rights of which a token needs one.
type machineView struct{ Path, Actions string }

// machineRoutes are the addresses of files that the reader's programs may read.
func (f *frame) machineRoutes() []machineView {
	var out []machineView
	for _, rt := range f.site.table {
		path, get := strings.CutPrefix(rt.pattern, "GET ")
		last := path[strings.LastIndex(path, "/")+1:]
		if !get || !strings.Contains(last, ".") && last != "{file}" || rt.needs.any == nil {
			continue
		}
		var names []string
		for _, a := range rt.needs.any {
			if _, err := office.ScopeOf(f.subject, a); err == nil {
				names = append(names, f.Text(a.Label()))
			}
		}
		if len(names) > 0 {
			out = append(out, machineView{path, f.Value(names)})
		}
	}
	return out
}

// issueToken makes a token for the reader's programs; its secret is shown this once.
func (s *site) issueToken(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	m := tokensModel{Title: strings.TrimSpace(r.PostForm.Get("title")), Days: r.PostForm.Get("days")}
	days, err := strconv.Atoi(m.Days)
	if err != nil || days < 0 || days > 10_000 {
		days = 0
	}
	t := office.Token{ID: office.TokenID("t-" + strings.ToLower(rand.Text())), Title: m.Title, Made: s.Now(), Expires: s.Now().Add(time.Duration(days) * 24 * time.Hour)}
	for _, a := range r.PostForm["action"] {
		t.Actions = append(t.Actions, office.Action(a))
	}
	t, secret, err := s.Security.Tokens.IssueToken(t, f.subject, newRandom())
	if err == nil {
		err = s.keepToken(f, r, "token.issue", t)
	}
	if err != nil {
		if fault.KindOf(err) == fault.Internal {
			return err
		}
		m.Problems = problemsOf(err)
		return s.showTokens(f, w, r, http.StatusUnprocessableEntity, m, r.PostForm["action"])
	}
	w.Header().Set("Cache-Control", "no-store")
	return s.showTokens(f, w, r, http.StatusOK, tokensModel{Secret: string(secret), Days: "90"}, nil)
}

func (s *site) keepToken(f *frame, r *http.Request, name string, t office.Token) error {
	_, err := s.Store.Write(r.Context(), f.act(f.subject.Division, name, office.Object{Kind: "api_key", ID: string(t.ID)}, ""), func(tx *store.Tx) error {
		return tx.SaveToken(t)
	})
	return err
}

// revokeToken ends one of the reader's own tokens.
func (s *site) revokeToken(f *frame, w http.ResponseWriter, r *http.Request) error {
	all, err := s.Store.Accounts().Tokens(r.Context(), f.subject.ID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(t office.Token) bool { return string(t.ID) == r.PathValue("id") })
	if at < 0 {
		return errNotFound
	}
	all[at].Revoked = true
	if err := s.keepToken(f, r, "token.revoke", all[at]); err != nil {
		return err
	}
	http.Redirect(w, r, f.link("/system/tokens"), http.StatusSeeOther)
	return nil
}
