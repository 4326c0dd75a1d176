package web

import (
	"net/http"
	"strings"

	desks "tongchou/internal/desk"
	"tongchou/internal/enrol"
	"tongchou/internal/fault"
)

// myActFor lets the reader act for a child of his household. Whoever names somebody else is told the same, on file or not.
func (s *site) myActFor(me *insured, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	p, err := me.own(r)
	if err != nil {
		return err
	}
	address := clientOf(r).address
	number, _, _, valid := enrol.ParseNumber(strings.TrimSpace(r.PostFormValue("child_number")))
	name := strings.TrimSpace(r.PostFormValue("child_name"))
	switch err = s.throttle.try(address); {
	case err != nil:
	case !valid || name == "" || len(name) > longestWhom:
		err = fault.Refuse(fault.Problem{Column: "child", Message: fault.Msg("desk.grant.whom")})
	default:
		var found bool
		if _, found, err = s.Store.Insured().ActFor(r.Context(), me.once(r), p, enrol.Document{Kind: enrol.ResidentCard, Number: number}, name, s.Now()); err == nil && !found {
			err = fault.Refuse(fault.Problem{Column: "child", Message: fault.Msg("web.my.family.none"), Clause: "SCE-6.2"})
		}
	}
	return s.afterGrant(me, w, r, p, err, "family")
}

// receivedGrant finds a grant that is for the reader, by the address.
func (s *site) receivedGrant(me *insured, r *http.Request) (desks.Grant, error) {
	person, no, ok := desks.ParseID(r.PathValue("id"))
	if !ok {
		return desks.Grant{}, errNotFound
	}
	p, err := me.own(r)
	if err != nil {
		return desks.Grant{}, err
	}
	g, found, err := s.Store.Insured().ReceivedOne(r.Context(), p, person, no)
	if err == nil && !found {
		err = errNotFound
	}
	return g, err
}

// myForLog shows whoever acts for another what he did, as the other sees it.
func (s *site) myForLog(me *insured, w http.ResponseWriter, r *http.Request) error {
	g, err := s.receivedGrant(me, r)
	if err != nil {
		return err
	}
	v := me.grantView(g, s.today(), me.T("web.my.granted.by", "name", g.Owner))
	v.End = "/my/for/" + v.ID + "/give-up"
	v.EndText = me.T("web.my.grant.give_up")
	if v.Uses, err = me.usesOf(r.Context(), g); err != nil {
		return err
	}
	return me.render(w, r, http.StatusOK, myGrantPage(me.frame, g.Owner, v))
}

// myGiveUp ends what somebody let the reader do.
func (s *site) myGiveUp(me *insured, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	g, err := s.receivedGrant(me, r)
	if err != nil {
		return err
	}
	p, err := me.own(r)
	if err != nil {
		return err
	}
	return s.afterGrant(me, w, r, p, s.Store.Insured().GiveUp(r.Context(), me.myAct(), p, g.Person, g.No, s.Now()), "gave_up")
}
