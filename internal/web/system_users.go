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
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// usersModel is the list of users (用户), with a form for a new one.
type usersModel struct {
	Users       []userView
	Search      string
	MayAdd      bool
	New         office.User
	Problems    []fault.Problem
	Handed      *handedView
	Departments []optionView
	All, Found  int
	Pages       []pickView
}

// usersInPage is how many users a page shows.
const usersInPage = 200

// handedView is a one-time password, which is shown this once.
type handedView struct{ Login, Password string }

type optionView struct {
	Value, Text string
	Chosen      bool
}

// userView is a user as lists show him: his name masked.
type userView struct {
	ID, Login, Name, Department, Division, Roles, State, Path string
	Active                                                    bool
}

func (f *frame) userView(u office.User) userView {
	return userView{ID: string(u.ID), Login: string(u.Login), Name: office.MaskName(u.Name), Department: f.Text(u.Department.Label()),
		Division: f.divisionName(u.Division), Roles: f.roleNames(u.Roles), State: f.Text(u.State.Label()),
		Path: f.link("/system/users/" + string(u.ID)), Active: u.State == office.Active}
}

// people is where the reader may see users.
func (f *frame) people() office.Scope {
	for _, a := range []office.Action{office.ManageUsers, office.GrantRoles, office.ManageSecurity, office.ReadAudit} {
		if scope := f.scope(a); scope.Reach != 0 {
			return scope
		}
	}
	return office.Scope{}
}

func (s *site) users(f *frame, w http.ResponseWriter, r *http.Request) error {
	return s.showUsers(f, w, r, http.StatusOK, usersModel{New: office.User{Division: f.subject.Division, Department: office.MedicalSecurity}})
}

func (s *site) showUsers(f *frame, w http.ResponseWriter, r *http.Request, status int, m usersModel) error {
	users, err := s.Store.Accounts().Users(r.Context(), f.people())
	if err != nil {
		return err
	}
	m.All, m.Search, m.MayAdd = len(users), strings.TrimSpace(f.seen.Get("q")), f.may(office.ManageUsers, f.subject.Division)
	for _, u := range users {
		v := f.userView(u)
		name := v.Name
		if f.mayUnmask(u.Division) {
			name = u.Name
		}
		if m.Search == "" || strings.Contains(strings.Join([]string{v.Login, name, v.Division, v.Department, v.Roles, v.State}, " "), m.Search) {
			m.Users = append(m.Users, v)
		}
	}
	m.Found = len(m.Users)
	from, to, pages := cut(m.Found, usersInPage, f.seen.Get("page"), func(page string) string { return f.link("/system/users", "q", m.Search, "page", page) })
	m.Users, m.Pages = m.Users[from:to], pages
	for _, d := range office.Departments() {
		m.Departments = append(m.Departments, optionView{string(d), f.Text(d.Label()), d == m.New.Department})
	}
	return f.render(w, r, status, usersPage(f, m))
}

// addUser adds a user without roles: those the security administrator grants.
func (s *site) addUser(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	u := office.User{ID: office.UserID("u-" + strings.ToLower(rand.Text())), Login: office.Login(strings.TrimSpace(r.PostForm.Get("login"))),
		Name: strings.TrimSpace(r.PostForm.Get("name")), Department: office.Department(r.PostForm.Get("department")),
		Division: region.Code(strings.TrimSpace(r.PostForm.Get("division"))), State: office.Active, Version: 1}
	m := usersModel{New: u}
	password, repeated, err := s.keepNew(f, r, u)
	if err != nil {
		if fault.KindOf(err) == fault.Internal {
			return err
		}
		m.Problems = problemsOf(err)
		return s.showUsers(f, w, r, http.StatusUnprocessableEntity, m)
	}
	if repeated {
		m.Problems = []fault.Problem{{Message: fault.Msg("web.user.repeated")}}
		return s.showUsers(f, w, r, http.StatusConflict, m)
	}
	m.New = office.User{Division: u.Division, Department: u.Department}
	m.Handed = &handedView{string(u.Login), password}
	w.Header().Set("Cache-Control", "no-store")
	return s.showUsers(f, w, r, http.StatusOK, m)
}

func (s *site) keepNew(f *frame, r *http.Request, u office.User) (password string, repeated bool, err error) {
	if err := u.Check(s.Engine.Tree); err != nil {
		return "", false, err
	}
	if err := f.refusal(office.ManageUsers, u.Division); err != nil {
		return "", false, err
	}
	account := office.Account{User: u}
	err = s.throttle.hashing(r.Context(), func() (err error) {
		account, password, err = s.Security.HandOut(account, newRandom(), newSalt(), s.Now())
		return err
	})
	if err != nil {
		return "", false, err
	}
	receipt, err := s.Store.Write(r.Context(), f.once(f.act(u.Division, "user.add", office.Object{Kind: "user", ID: string(u.ID)}, ""), r), func(t *store.Tx) error {
		t.Did(office.Object{Kind: "user", ID: string(u.ID)}, nil, u.Fields())
		return t.Save(account)
	})
	if isStale(err) {
		err = fault.New(fault.Refused, "web.user.taken", "login", string(u.Login))
	}
	return password, receipt.Repeated, err
}

// userModel is a user with what may be done about him.
type userModel struct {
	User      office.User
	View      userView
	Name      string // masked, unless it was asked for
	Roles     []optionView
	States    []optionView
	Problems  []fault.Problem
	Handed    *handedView
	Done      string
	ByHand    bool // an administrator: whatever is done about him is done at the machine
	Self      bool
	MayState  bool
	MayGrant  bool
	MaySecure bool
	MayUnmask bool
	Single    string // what the provider of single sign-on calls him
}

func (s *site) user(f *frame, w http.ResponseWriter, r *http.Request) error {
	account, err := s.find(f, r)
	if err != nil {
		return err
	}
	m, err := s.userModel(f, r, account.User)
	if err != nil {
		return err
	}
	if done := f.seen.Get("done"); slices.Contains(userActs, done) {
		m.Done = f.T("web.user.done." + done)
	}
	return f.render(w, r, http.StatusOK, userPage(f, m))
}

// find finds the user that an address names where the reader may see users.
func (s *site) find(f *frame, r *http.Request) (office.Account, error) {
	account, found, err := s.Store.Accounts().User(r.Context(), f.people(), office.UserID(r.PathValue("id")))
	if err == nil && !found {
		err = errNotFound
	}
	return account, err
}

func (s *site) userModel(f *frame, r *http.Request, u office.User) (userModel, error) {
	m := userModel{User: u, View: f.userView(u), Self: u.ID == f.subject.ID, ByHand: slices.ContainsFunc(u.Roles, office.Role.Administrator)}
	m.Name = m.View.Name
	m.MayUnmask = f.mayUnmask(u.Division)
	open := !m.ByHand && !m.Self
	m.MayState, m.MayGrant, m.MaySecure = open && f.may(office.ManageUsers, u.Division), open && f.may(office.GrantRoles, u.Division), open && f.may(office.ManageSecurity, u.Division)
	for _, rule := range office.RoleRules() {
		if !rule.Role.Administrator() && slices.Contains(rule.Departments, u.Department) {
			m.Roles = append(m.Roles, optionView{string(rule.Role), f.Text(rule.Role.Label()), slices.Contains(u.Roles, rule.Role)})
		}
	}
	for _, state := range []office.UserState{office.Active, office.Suspended, office.Departed} {
		m.States = append(m.States, optionView{string(state), f.Text(state.Label()), state == u.State})
	}
	name, err := s.Store.Accounts().SingleName(r.Context(), u.ID)
	m.Single = string(name)
	return m, err
}

// mayUnmask tells whether the reader may see the names of users: those who manage them, and whoever has the right to plain names.
func (f *frame) mayUnmask(division region.Code) bool {
	return f.may(office.Unmask, division) || f.may(office.ManageUsers, division) || f.may(office.GrantRoles, division)
}

// userActs are what a form can ask to be done about a user.
var userActs = []string{"state", "grant", "reset", "unlock", "sign_out", "unmask", "link"}

// actOnUser does something about a user, in the version that was seen.
func (s *site) actOnUser(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	account, err := s.find(f, r)
	if err != nil {
		return err
	}
	act := r.PostForm.Get("act")
	before := account.User
	m, err := s.userModel(f, r, before)
	if err != nil {
		return err
	}
	switch {
	case act == "unmask":
		err = s.unmask(f, r, m)
	case m.ByHand:
		err = fault.New(fault.Refused, "web.user.by_hand")
	case m.Self:
		err = fault.New(fault.Refused, "web.user.self")
	case act != "unlock" && act != "sign_out" && r.PostForm.Get("version") != strconv.FormatInt(int64(before.Version), 10):
		err = fault.New(fault.Refused, "web.user.stale")
	default:
		m.Handed, err = s.doToUser(f, r, act, account)
	}
	switch {
	case fault.KindOf(err) == fault.Internal && err != nil:
		return err
	case err != nil:
		m.Problems = problemsOf(err)
		return f.render(w, r, http.StatusUnprocessableEntity, userPage(f, m))
	case act == "unmask":
		m.Name = before.Name
		return f.render(w, r, http.StatusOK, userPage(f, m))
	case m.Handed != nil:
		account, err := s.find(f, r)
		if err != nil {
			return err
		}
		handed := m.Handed
		if m, err = s.userModel(f, r, account.User); err != nil {
			return err
		}
		m.Handed = handed
		w.Header().Set("Cache-Control", "no-store")
		return f.render(w, r, http.StatusOK, userPage(f, m))
	}
	http.Redirect(w, r, f.link("/system/users/"+string(before.ID), "done", act), http.StatusSeeOther)
	return nil
}

// unmask writes down that the reader saw a name in plain.
func (s *site) unmask(f *frame, r *http.Request, m userModel) error {
	if !m.MayUnmask {
		return f.refusal(office.Unmask, m.User.Division)
	}
	_, err := s.Store.Write(r.Context(), f.act(m.User.Division, "user.unmask", office.Object{Kind: "user", ID: string(m.User.ID)}, ""), func(*store.Tx) error { return nil })
	return err
}

// doToUser does what a form asks for, when the reader may.
func (s *site) doToUser(f *frame, r *http.Request, act string, a office.Account) (*handedView, error) {
	needed := map[string]office.Action{"state": office.ManageUsers, "grant": office.GrantRoles, "reset": office.ManageSecurity, "unlock": office.ManageSecurity, "sign_out": office.ManageSecurity,
		"link": office.ManageSecurity}
	action, known := needed[act]
	if !known {
		return nil, fault.New(fault.Usage, "web.form.bad")
	}
	if err := f.refusal(action, a.Division); err != nil {
		return nil, err
	}
	switch act {
	case "unlock":
		return nil, s.unlock(f, r, a)
	case "sign_out":
		_, err := s.Store.Write(r.Context(), f.actOn(a, "user.sign_out", r), func(t *store.Tx) error { return t.SignOut(a.ID) })
		return nil, err
	}
	return s.changeUser(f, r, act, a)
}

// actOn is an act on a user.
func (f *frame) actOn(a office.Account, name string, r *http.Request) store.Act {
	return f.act(a.Division, name, office.Object{Kind: "user", ID: string(a.ID)}, r.PostForm.Get("why"))
}

// unlock lets a login be tried again at once.
func (s *site) unlock(f *frame, r *http.Request, a office.Account) error {
	_, err := s.Store.Write(r.Context(), f.actOn(a, "user.unlock", r), func(t *store.Tx) error { return t.Unlock(a.User) })
	return err
}

// changeUser changes a user's state, roles or password.
func (s *site) changeUser(f *frame, r *http.Request, act string, a office.Account) (handed *handedView, err error) {
	before := a.Fields()
	var single office.SingleName
	switch act {
	case "link":
		if single, err = office.SingleNameOf(r.PostForm.Get("single")); err != nil {
			return nil, err
		}
		a.Password, a.Old, a.Set, a.MustChange = "", nil, time.Time{}, false
	case "state":
		a.State = office.UserState(r.PostForm.Get("state"))
	case "grant":
		a.Roles = nil
		for _, role := range r.PostForm["role"] {
			if office.Role(role).Administrator() {
				return nil, fault.New(fault.Refused, "web.user.by_hand")
			}
			a.Roles = append(a.Roles, office.Role(role))
		}
	case "reset":
		handed = &handedView{Login: string(a.Login)}
		if err := s.throttle.hashing(r.Context(), func() (err error) {
			a, handed.Password, err = s.Security.HandOut(a, newRandom(), newSalt(), s.Now())
			return err
		}); err != nil {
			return nil, err
		}
	}
	if err := a.Check(s.Engine.Tree); err != nil {
		return nil, err
	}
	a.Version++
	_, err = s.Store.Write(r.Context(), f.actOn(a, "user."+act, r), func(t *store.Tx) error {
		after := a.Fields()
		if single != "" {
			after = append(after, office.Field{Name: "single", Value: string(single)})
		}
		t.Did(office.Object{Kind: "user", ID: string(a.ID)}, before, after)
		if err := t.Save(a); err != nil || single == "" {
			return err
		}
		return t.LinkSingle(a.ID, single)
	})
	if isStale(err) {
		err = fault.New(fault.Refused, "web.user.stale")
	}
	return handed, err
}
