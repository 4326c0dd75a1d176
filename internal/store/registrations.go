package store

import (
	"context"
	"fmt"

	"tongchou/internal/canon"
	"tongchou/internal/enrol"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/register"
)

// Registrations (备案与认定存取) keeps what is registered of persons. What is medical, and what somebody wrote, is sealed.
//
// 依据: SCE-7.2
type Registrations struct{ s *Store }

// Registrations gives what is registered of persons.
func (s *Store) Registrations() Registrations { return Registrations{s} }

// The guarded tables of registrations.
var (
	guardedRegistrations = &guarded{"registrations", list("person no"), list("serial county kind channel area institution begins ends state sealed"), true}
	guardedRegistered    = &guarded{"registration_steps", list("person no step"), list("at who division deed sealed"), false}
)

// registrationObject is the kind of object that the audit log knows registrations by.
const registrationObject = "registration"

const registrationColumns = "person, no, serial, county, kind, channel, area, institution, begins, ends, state, version, sealed"

func registrationPlace(person enrol.PersonNo, no int) string {
	return fmt.Sprintf("registration %d %d", person, no)
}

func registrationStepPlace(person enrol.PersonNo, no int, step int64) string {
	return fmt.Sprintf("registration %d %d %d", person, no, step)
}

// Change (办理备案、认定) does something about a person's registrations: do gets all of them with their steps, and gives the one that is new or changed. Others who change the same person's wait
// until it is kept. The registration's county must lie in the act's scope. do may be called again.
//
// 依据: SCE-7.2, YA-4.10.2
func (r Registrations) Change(ctx context.Context, act Act, person enrol.PersonNo, do func([]register.Registration) (register.Registration, error)) (kept register.Registration, receipt Receipt, err error) {
	keys, err := r.s.makeKeys(ctx)
	if err != nil {
		return kept, receipt, err
	}
	receipt, err = r.s.Write(ctx, act, func(t *Tx) error {
		if kept, err = t.changeRegistration(keys, person, do); err != nil {
			return err
		}
		last := kept.Steps[len(kept.Steps)-1]
		t.Did(office.Object{Kind: registrationObject, ID: kept.ID()}, nil, []office.Field{{Name: "kind", Value: string(kept.Kind)}, {Name: "state", Value: string(last.Deed)}})
		t.Answer([]byte(kept.ID()))
		return nil
	})
	return kept, receipt, err
}

// ChangeRegistration is Registrations.Change within the handling of a message.
//
// 依据: SCE-7.2
func (h *Handled) ChangeRegistration(person enrol.PersonNo, do func([]register.Registration) (register.Registration, error)) (register.Registration, error) {
	return h.changeRegistration(h.keys, person, do)
}

func (t *Tx) changeRegistration(keys *personKeys, person enrol.PersonNo, do func([]register.Registration) (register.Registration, error)) (x register.Registration, err error) {
	next, err := t.nextOf("registrations", person) // whoever else changes them waits here
	if err != nil {
		return x, err
	}
	ask := func(row func(scan func(...any) error) error, text string, args ...any) error {
		return t.reads([]string{"registrations", "registration_steps"}, row, text, args...)
	}
	all, err := readRegistrations(ask, keys, "person = $1 ORDER BY no", int64(person))
	for i := range all {
		if err == nil {
			err = registrationSteps(ask, keys, &all[i])
		}
	}
	if err != nil {
		return x, err
	}
	if x, err = do(all); err != nil {
		return x, err
	}
	if x.Version == 1 {
		x.No = next
	}
	return x, t.saveRegistration(keys, x)
}

func (t *Tx) saveRegistration(keys *personKeys, x register.Registration) error {
	if err := t.within(x.County); err != nil {
		return err
	}
	person, no, last := int64(x.Person), int64(x.No), x.Steps[len(x.Steps)-1]
	t.wrote(guardedRegistrations, person, no)
	t.wrote(guardedRegistered, person, no, last.Version)
	var err error
	if x.Version == 1 {
		var w canon.Writer
		for _, text := range []string{x.Disease, x.DiseaseName, x.Reason} {
			w.Text(text)
		}
		err = t.one("INSERT INTO registrations ("+registrationColumns+") VALUES ("+places(13)+")", person, no, x.Serial, string(x.County), string(x.Kind), string(x.Channel), string(x.Area), x.Institution,
			string(x.From), string(x.To), string(x.State), x.Version, keys.sealText(registrationPlace(x.Person, x.No), w))
	} else {
		err = t.one("UPDATE registrations SET state = $1, ends = $2, version = $3 WHERE person = $4 AND no = $5 AND version = $6", string(x.State), string(x.To), x.Version, person, no, x.Version-1)
	}
	if err != nil {
		return err
	}
	return t.one("INSERT INTO registration_steps (person, no, step, at, who, division, deed, sealed) VALUES ("+places(8)+")", person, no, last.Version, stamp(last.At), string(last.By), string(last.Division),
		string(last.Deed), keys.sealText(registrationStepPlace(x.Person, x.No, last.Version), []byte(last.Text)))
}

// Registrations gives what is registered of a person, without its steps, by one read.
//
// 依据: SCE-7.2
func (h *Handled) Registrations(person enrol.PersonNo) ([]register.Registration, error) {
	return readRegistrations(func(row func(scan func(...any) error) error, text string, args ...any) error {
		return h.look(row, text, args...)
	}, h.keys, "person = $1 ORDER BY no", int64(person))
}

func readRegistrations(ask querier, keys *personKeys, condition string, args ...any) (out []register.Registration, err error) {
	err = ask(func(scan func(...any) error) error {
		var x register.Registration
		var person, no int64
		var sealed []byte
		if err := scan(&person, &no, &x.Serial, (*string)(&x.County), (*string)(&x.Kind), (*string)(&x.Channel), (*string)(&x.Area), &x.Institution, (*string)(&x.From), (*string)(&x.To),
			(*string)(&x.State), &x.Version, &sealed); err != nil {
			return err
		}
		x.Person, x.No = enrol.PersonNo(person), int(no)
		content, err := keys.openText(registrationPlace(x.Person, x.No), sealed)
		if err != nil {
			return err
		}
		form := canon.NewReader(content)
		for _, text := range []*string{&x.Disease, &x.DiseaseName, &x.Reason} {
			*text = form.Text()
		}
		if !form.Whole() {
			return damaged("registrations", x.ID())
		}
		out = append(out, x)
		return nil
	}, "SELECT "+registrationColumns+" FROM registrations WHERE "+condition, args...)
	return out, err
}

func registrationSteps(ask querier, keys *personKeys, x *register.Registration) error {
	return ask(func(scan func(...any) error) error {
		var s register.Step
		var at string
		var sealed []byte
		if err := scan(&s.Version, &at, (*string)(&s.By), (*string)(&s.Division), (*string)(&s.Deed), &sealed); err != nil {
			return err
		}
		text, err := keys.openText(registrationStepPlace(x.Person, x.No, s.Version), sealed)
		if err != nil {
			return err
		}
		s.Text = string(text)
		s.At, err = unstamp(at)
		x.Steps = append(x.Steps, s)
		return err
	}, "SELECT step, at, who, division, deed, sealed FROM registration_steps WHERE person = $1 AND no = $2 ORDER BY step", int64(x.Person), int64(x.No))
}

// RegistrationQuery is which registrations a list shows: of a kind, in a state as a day sees it, or that end by a day; From how many are left out before Limit are given.
type RegistrationQuery struct {
	Kind        register.Kind
	State       register.State
	EndsBy      policy.Date
	Today       policy.Date
	From, Limit int
}

// In (备案与认定清单) lists the registrations of a scope, those that wait first, without their steps, and writes down who looked.
//
// 依据: SCE-7.2, YA-4.10.2
func (r Registrations) In(ctx context.Context, act Act, q RegistrationQuery) ([]register.Registration, error) {
	act.Action, act.Object = "registration.list", office.Object{Kind: registrationObject, ID: string(act.Scope.Division)}
	if _, err := r.s.Write(ctx, act, func(*Tx) error { return nil }); err != nil {
		return nil, err
	}
	first, last := bounds(act.Scope)
	state, past := q.State, ""
	switch {
	case state == register.Expired:
		state, past = register.Approved, "y"
	case state == register.Approved:
		past = "n"
	}
	return r.read(ctx, `county >= $1 AND county <= $2 AND ($3 = '' OR kind = $3) AND ($4 = '' OR state = $4)
AND ($5 = '' OR $5 = 'y' AND ends <> '' AND ends < $6 OR $5 = 'n' AND (ends = '' OR ends >= $6)) AND ($7 = '' OR ends <> '' AND ends <= $7)
ORDER BY CASE state WHEN 'applied' THEN 0 ELSE 1 END, begins DESC, person, no LIMIT $8 OFFSET $9`,
		first, last, string(q.Kind), string(state), past, string(q.Today), string(q.EndsBy), int64(q.Limit), int64(q.From))
}

// Waiting counts the registrations that wait at a desk and were entered by somebody else.
func (r Registrations) Waiting(ctx context.Context, desk office.Scope, but office.UserID) (n int64, err error) {
	err = r.s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error { return scan(&n) }, `SELECT COUNT(*) FROM registrations r WHERE county = $1 AND state = 'applied'
AND NOT EXISTS (SELECT 1 FROM registration_steps s WHERE s.person = r.person AND s.no = r.no AND s.who = $2)`, string(desk.Division), string(but))
	})
	return n, err
}

// Of gives what is registered of a person with its steps, the last first. Whoever calls has the right to see the person's file, which was written down.
func (r Registrations) Of(ctx context.Context, person enrol.PersonNo) ([]register.Registration, error) {
	all, err := r.read(ctx, "person = $1 ORDER BY no DESC", int64(person))
	for i := range all {
		if err == nil {
			err = r.steps(ctx, &all[i])
		}
	}
	return all, err
}

// Look (查看备案、认定) gives a registration of the act's scope with its steps, and writes down who looked; false when there is none.
//
// 依据: SCE-7.2, YA-4.10.2
func (r Registrations) Look(ctx context.Context, act Act, person enrol.PersonNo, no int) (register.Registration, bool, error) {
	first, last := bounds(act.Scope)
	all, err := r.read(ctx, "person = $1 AND no = $2 AND county >= $3 AND county <= $4", int64(person), int64(no), first, last)
	if err != nil || len(all) == 0 {
		return register.Registration{}, false, err
	}
	act.Action, act.Object = "registration.read", office.Object{Kind: registrationObject, ID: all[0].ID()}
	if _, err := r.s.Write(ctx, act, func(*Tx) error { return nil }); err != nil {
		return register.Registration{}, false, err
	}
	err = r.steps(ctx, &all[0])
	return all[0], err == nil, err
}

func (r Registrations) steps(ctx context.Context, x *register.Registration) error {
	keys, err := r.s.lookKeys(ctx)
	if err != nil {
		return err
	}
	return r.s.read(ctx, func(l *link) error { return registrationSteps(l.querier(ctx), keys, x) })
}

func (r Registrations) read(ctx context.Context, condition string, args ...any) (out []register.Registration, err error) {
	keys, err := r.s.lookKeys(ctx)
	if err != nil {
		return nil, err
	}
	err = r.s.read(ctx, func(l *link) error {
		out, err = readRegistrations(l.querier(ctx), keys, condition, args...)
		return err
	})
	return out, err
}
