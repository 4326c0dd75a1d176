package web

import (
	"net/http"
	"strconv"

	desks "tongchou/internal/desk"
	registers "tongchou/internal/register"
	"tongchou/internal/store"
)

// routesOfMyRegisters are the pages of an insured person's own registrations.
func (s *site) routesOfMyRegisters() []route {
	open := inOffice(anybody)
	return []route{
		{"GET /my/registrations", "my.registrations", false, s.mine(s.myRegistrations), open},
		{"POST /my/registrations", "my.registrations.apply", false, s.mine(s.myApply), open},
		{"GET /my/account", "my.account", false, s.mine(s.myAccount), open},
		{"POST /my/account", "my.account.share", false, s.mine(s.myShare), open},
		{"POST /my/registrations/{id}", "my.registrations.withdraw", false, s.mine(s.myWithdraw), open},
	}
}

// myRegistersModel is what is registered of who reads.
type myRegistersModel struct {
	outcome
	Name string
	All  []myRegistration
	Form registerForm
}

// myRegistration is a registration with what it means, in plain words.
type myRegistration struct {
	registrationView
	Plain string
}

func (s *site) myRegistrations(me *insured, w http.ResponseWriter, r *http.Request) error {
	return s.myRegistrationsAs(me, w, r, me.registerDone())
}

func (s *site) myRegistrationsAs(me *insured, w http.ResponseWriter, r *http.Request, o outcome) error {
	p, err := me.own(r)
	if err != nil {
		return err
	}
	all, err := s.Store.Registrations().Of(r.Context(), p.No)
	if err != nil {
		return err
	}
	m := myRegistersModel{outcome: o, Name: p.Identity().Name, Form: me.registerForm(r)}
	for _, x := range all {
		plain := "register.plain." + string(x.Kind)
		if state := x.StateOn(s.today()); state != registers.Approved {
			plain = "register.plain.state." + string(state)
		}
		m.All = append(m.All, myRegistration{me.registrationView(x), me.T(plain)})
	}
	return me.render(w, r, o.Status, myRegistrationsPage(me.frame, m))
}

// myApply is an application by the person himself; the county where he is insured decides about it.
func (s *site) myApply(me *insured, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	p, err := me.own(r)
	if err != nil {
		return err
	}
	_, _, err = s.Store.Registrations().Change(r.Context(), me.objecting(r, p, "own.registration"), p.No, func(all []registers.Registration) (registers.Registration, error) {
		return registers.Apply(applied(r, p, registers.Online), all, registers.By{Who: store.OwnID(p.No), At: s.Now()}, s.registerTerms())
	})
	return s.afterRegistering(me, w, r, err, registers.Applied)
}

// myWithdraw takes a registration of one's own back.
func (s *site) myWithdraw(me *insured, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	p, err := me.own(r)
	if err != nil {
		return err
	}
	person, no, ok := desks.ParseID(r.PathValue("id"))
	all, err := s.Store.Registrations().Of(r.Context(), p.No)
	if err != nil || !ok || person != p.No || no > len(all) {
		return orNotFound(err)
	}
	x := all[len(all)-no] // the last one is first
	act := me.objecting(r, p, "own.registration_withdraw")
	act.Chain, act.Scope = x.County, store.ScopeOf(x.County)
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64) // a version there is not is stale
	_, _, err = s.Store.Registrations().Change(r.Context(), act, p.No, func(all []registers.Registration) (registers.Registration, error) {
		return all[no-1].Withdraw(version, registers.By{Who: store.OwnID(p.No), At: s.Now()}, "")
	})
	return s.afterRegistering(me, w, r, err, registers.Withdrawn)
}

func (s *site) afterRegistering(me *insured, w http.ResponseWriter, r *http.Request, err error, done registers.State) error {
	switch {
	case err == nil:
		http.Redirect(w, r, me.myLink("/my/registrations", "done", string(done)), http.StatusSeeOther)
		return nil
	case refusable(err):
		return s.myRegistrationsAs(me, w, r, me.refusedOutcome(err))
	}
	return err
}
