package store

import (
	"context"
	"fmt"

	"tongchou/internal/desk"
	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/region"
)

// Objections (异议存取) keeps what persons object to.
//
// 依据: SCE-6.2
type Objections struct{ s *Store }

// Objections gives the objections.
func (s *Store) Objections() Objections { return Objections{s} }

// objectionObject is the kind of object that the audit log knows objections by.
const objectionObject = "objection"

const objectionColumns = "person, no, county, matter, subject, maker, state, round, desk, due, bill, version"

// stepPlace names where a step stands, for its seal.
func stepPlace(person enrol.PersonNo, no int, step int64) string {
	return fmt.Sprintf("objection %d %d %d", person, no, step)
}

// Save (办理异议) keeps an objection with its last step: a new one, to which it gives the next number of the person's, or one that takes the
// place of the version before; office.ErrStale when that is not there. The county where it was filed must lie in the act's scope.
//
// 依据: SCE-6.2
func (o Objections) Save(ctx context.Context, act Act, x desk.Objection) (desk.Objection, Receipt, error) {
	keys, err := o.s.makeKeys(ctx)
	if err != nil {
		return x, Receipt{}, err
	}
	kept := x
	receipt, err := o.s.Write(ctx, act, func(t *Tx) error {
		kept = x
		if err := t.within(x.County); err != nil {
			return err
		}
		if err := t.keepObjection(&kept); err != nil {
			return err
		}
		last := kept.Steps[len(kept.Steps)-1]
		person, no := int64(kept.Person), int64(kept.No)
		t.wrote(guardedObjections, person, no)
		t.wrote(guardedObjected, person, no, last.Version)
		t.Did(office.Object{Kind: objectionObject, ID: kept.ID()}, nil, []office.Field{{Name: "state", Value: string(kept.State)}, {Name: "desk", Value: string(kept.Desk)},
			{Name: "outcome", Value: string(last.Outcome)}, {Name: "clause", Value: string(last.Clause)}})
		t.Answer([]byte(kept.ID()))
		return t.one("INSERT INTO objection_steps (person, no, step, at, who, division, deed, outcome, clause, sealed) VALUES ("+places(10)+")", person, no, last.Version, stamp(last.At),
			string(last.By), string(last.Division), string(last.Deed), string(last.Outcome), string(last.Clause), keys.sealText(stepPlace(kept.Person, kept.No, last.Version), []byte(last.Text)))
	})
	return kept, receipt, err
}

func (t *Tx) keepObjection(x *desk.Objection) error {
	if x.Version > 1 {
		return t.one("UPDATE objections SET state = $1, round = $2, desk = $3, due = $4, version = $5 WHERE person = $6 AND no = $7 AND version = $8",
			string(x.State), int64(x.Round), string(x.Desk), string(x.Due), x.Version, int64(x.Person), int64(x.No), x.Version-1)
	}
	no, err := t.nextOf("objections", x.Person)
	if err != nil {
		return err
	}
	x.No = no
	return t.one("INSERT INTO objections ("+objectionColumns+") VALUES ("+places(12)+")", int64(x.Person), int64(x.No), string(x.County), string(x.Matter), int64(x.Subject),
		string(x.Maker), string(x.State), int64(x.Round), string(x.Desk), string(x.Due), x.Bill, x.Version)
}

// nextOf gives the next number of a person's rows in a table. Whoever else wants one waits at the person's row.
func (t *Tx) nextOf(table string, person enrol.PersonNo) (int, error) {
	found := false
	if err := t.reads([]string{"persons"}, func(scan func(...any) error) error {
		var version int64
		found = true
		return scan(&version)
	}, "SELECT version FROM persons WHERE person = $1"+t.g.s.engine.lock, int64(person)); err != nil {
		return 0, err
	}
	if !found {
		return 0, fault.New(fault.Refused, "store.no_person", "person", int64(person))
	}
	var last int64
	err := t.reads([]string{table}, func(scan func(...any) error) error { return scan(&last) }, "SELECT COALESCE(MAX(no), 0) FROM "+table+" WHERE person = $1", int64(person))
	return int(last) + 1, err
}

// In (异议清单) lists the objections that were filed in a scope, those that wait first, those due first before others, without their steps.
//
// 依据: SCE-6.2
func (o Objections) In(ctx context.Context, scope office.Scope, limit int) ([]desk.Objection, error) {
	first, last := bounds(scope)
	return o.read(ctx, "county >= $1 AND county <= $2 ORDER BY CASE state WHEN 'waiting' THEN 0 ELSE 1 END, due, person, no LIMIT $3", first, last, int64(limit))
}

// Waiting (待答复异议) lists the objections filed in a scope that wait at a desk, those due first before others, without their steps.
//
// 依据: SCE-6.2
func (o Objections) Waiting(ctx context.Context, scope office.Scope, at region.Code, limit int) ([]desk.Objection, error) {
	first, last := bounds(scope)
	return o.read(ctx, "state = 'waiting' AND desk = $1 AND county >= $2 AND county <= $3 ORDER BY due, person, no LIMIT $4", string(at), first, last, int64(limit))
}

// Of gives the objections of a person with their steps, the last first. Whoever calls has the right to see the person's file, which was written down.
func (o Objections) Of(ctx context.Context, person enrol.PersonNo) ([]desk.Objection, error) {
	all, err := o.read(ctx, "person = $1 ORDER BY no DESC", int64(person))
	for i := range all {
		if err == nil {
			err = o.steps(ctx, &all[i])
		}
	}
	return all, err
}

// Look (查看异议) gives an objection that was filed in the act's scope with its steps, and writes down who looked; false when there is none.
//
// 依据: SCE-6.2, YA-4.10.2
func (o Objections) Look(ctx context.Context, act Act, person enrol.PersonNo, no int) (desk.Objection, bool, error) {
	first, last := bounds(act.Scope)
	all, err := o.read(ctx, "person = $1 AND no = $2 AND county >= $3 AND county <= $4", int64(person), int64(no), first, last)
	if err != nil || len(all) == 0 {
		return desk.Objection{}, false, err
	}
	act.Action, act.Object = "objection.read", office.Object{Kind: objectionObject, ID: all[0].ID()}
	if _, err := o.s.Write(ctx, act, func(*Tx) error { return nil }); err != nil {
		return desk.Objection{}, false, err
	}
	return all[0], true, o.steps(ctx, &all[0])
}

func (o Objections) read(ctx context.Context, condition string, args ...any) (out []desk.Objection, err error) {
	err = o.s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			var x desk.Objection
			var person, no, subject, round int64
			err := scan(&person, &no, (*string)(&x.County), (*string)(&x.Matter), &subject, (*string)(&x.Maker), (*string)(&x.State), &round, (*string)(&x.Desk), (*string)(&x.Due), &x.Bill, &x.Version)
			x.Person, x.No, x.Subject, x.Round = enrol.PersonNo(person), int(no), int(subject), int(round)
			out = append(out, x)
			return err
		}, "SELECT "+objectionColumns+" FROM objections WHERE "+condition, args...)
	})
	return out, err
}

// steps reads the steps of an objection and opens what was written.
func (o Objections) steps(ctx context.Context, x *desk.Objection) error {
	keys, err := o.s.lookKeys(ctx)
	if err != nil {
		return err
	}
	return o.s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			var s desk.Step
			var at string
			var sealed []byte
			err := scan(&s.Version, &at, (*string)(&s.By), (*string)(&s.Division), (*string)(&s.Deed), (*string)(&s.Outcome), (*string)(&s.Clause), &sealed)
			if err == nil {
				s.At, err = unstamp(at)
			}
			if err == nil {
				var text []byte
				text, err = keys.openText(stepPlace(x.Person, x.No, s.Version), sealed)
				s.Text = string(text)
			}
			x.Steps = append(x.Steps, s)
			return err
		}, "SELECT step, at, who, division, deed, outcome, clause, sealed FROM objection_steps WHERE person = $1 AND no = $2 ORDER BY step", int64(x.Person), int64(x.No))
	})
}
