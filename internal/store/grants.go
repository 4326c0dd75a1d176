package store

import (
	"context"
	"slices"
	"time"

	"tongchou/internal/desk"
	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/policy"
)

// The actions that are written down of grants, and the kind of object that the audit log knows them by.
const (
	GrantMade   = "own.grant"
	GrantTaken  = "own.revoke"
	GrantUsed   = "own.granted"
	GrantFamily = "own.act_for"
	NotFamily   = "own.act_for_refused"
	GrantObject = "grant"
)

const grantColumns = "person, no, division, owner, whom, key, parts, made, expires, revoked, ground"

// grantKey is the blind key of somebody who is let see a file: of his document and name.
func (b *blinder) grantKey(d enrol.Document, name string) []byte {
	return slices.Clone(b.key('g', string(d.Kind)+" "+d.Number, enrol.PlainName(name)))
}

// Grant (授权) lets somebody see parts of a person's file: whoever has a document and a name, whether he is on file or not. It gives the grant with its
// number; one that desk.Grant.Check refuses is refused.
//
// 依据: SCE-6.2
func (i Insured) Grant(ctx context.Context, act Act, owner Person, g desk.Grant, to enrol.Document, name string) (desk.Grant, error) {
	keys, err := i.s.lookKeys(ctx)
	if err != nil {
		return g, err
	}
	g.Owner = office.MaskName(owner.Identity().Name)
	g.Person, g.Division, g.Key, g.Whom = owner.No, owner.County, keys.blinder().grantKey(to, name), office.MaskName(name)+" "+office.MaskNumber(to.Number)
	if err := g.Check(policy.DayOf(g.Made)); err != nil {
		return g, err
	}
	_, err = i.s.Write(ctx, i.by(act, owner, GrantMade), func(t *Tx) error { return t.keepGrant(&g) })
	return g, err
}

// keepGrant keeps a new grant, which it gives the next number of its owner's.
func (t *Tx) keepGrant(g *desk.Grant) (err error) {
	if g.No, err = t.nextOf("person_grants", g.Person); err != nil {
		return err
	}
	t.wrote(guardedGrants, int64(g.Person), int64(g.No))
	t.Did(office.Object{Kind: GrantObject, ID: g.ID()}, nil, []office.Field{{Name: "parts", Value: listed(g.Parts)}, {Name: "expires", Value: string(g.Expires)}, {Name: "ground", Value: string(g.Ground)}})
	return t.one("INSERT INTO person_grants ("+grantColumns+") VALUES ("+places(11)+")", int64(g.Person), int64(g.No), string(g.Division), g.Owner, g.Whom, g.Key, listed(g.Parts),
		stamp(g.Made), string(g.Expires), "", string(g.Ground))
}

// ActFor (同户代办) lets somebody act for a child of his household, by its document and name; false when there is no such child, or desk.MayActFor refuses, without
// telling which: the attempt is written down. Who acts for a child already has the grant he had.
//
// 依据: SCE-6.2, YA-4.10.2
func (i Insured) ActFor(ctx context.Context, act Act, by Person, d enrol.Document, name string, at time.Time) (desk.Grant, bool, error) {
	keys, err := i.s.lookKeys(ctx)
	if err != nil {
		return desk.Grant{}, false, err
	}
	today := policy.DayOf(at)
	child, until, err := i.childOf(ctx, keys, act.Scope, by, d, name, today)
	if err != nil || until == "" {
		if err == nil {
			_, err = i.s.Write(ctx, i.by(act, by, NotFamily), func(*Tx) error { return nil })
		}
		return desk.Grant{}, false, err
	}
	received, err := i.Received(ctx, by)
	if err != nil {
		return desk.Grant{}, false, err
	}
	for _, g := range received {
		if g.Person == child.No && g.Ground == desk.FamilyGround && g.State(today) == desk.GrantHolds {
			return g, true, nil
		}
	}
	own := by.Identity()
	g := desk.Grant{Person: child.No, Division: child.County, Owner: office.MaskName(child.Identity().Name), Whom: office.MaskName(own.Name) + " " + office.MaskNumber(own.Number),
		Key: keys.blinder().grantKey(own.Document, own.Name), Parts: desk.Parts(), Ground: desk.FamilyGround, Made: at, Expires: until}
	if err := g.Check(today); err != nil {
		return g, false, err
	}
	act = i.by(act, by, GrantFamily)
	act.Chain, act.Scope = child.County, ScopeOf(child.County)
	_, err = i.s.Write(ctx, act, func(t *Tx) error { return t.keepGrant(&g) })
	return g, err == nil, err
}

// childOf finds the child that a document and name are of and that somebody may act for, and until when; no day when there is none.
func (i Insured) childOf(ctx context.Context, keys *personKeys, scope office.Scope, by Person, d enrol.Document, name string, today policy.Date) (Person, policy.Date, error) {
	key, plain := keys.blinder().document(d), enrol.PlainName(name)
	child, found, err := i.one(ctx, keys, scope, search{
		text: "SELECT person FROM person_documents WHERE key = $1", args: []any{key[:]},
		keep: func(known enrol.Identity) bool { return known.Document == d && enrol.PlainName(known.Name) == plain },
	})
	if err != nil || !found {
		return child, "", err
	}
	until, err := desk.MayActFor(by.File, child.File, today)
	if fault.KindOf(err) == fault.Refused {
		err = nil // whoever asks is not told why
	}
	return child, until, err
}

// GiveUp (放弃代办) ends a grant that somebody has received. One that is not for him, or is over, is office.ErrStale.
//
// 依据: SCE-6.2
func (i Insured) GiveUp(ctx context.Context, act Act, by Person, owner enrol.PersonNo, no int, at time.Time) error {
	g, found, err := i.ReceivedOne(ctx, by, owner, no)
	if err != nil {
		return err
	}
	if !found {
		return office.ErrStale
	}
	return i.end(ctx, i.by(act, by, GrantTaken), g, at)
}

// ReceivedOne gives a grant that is for somebody, without using it; false when there is none.
func (i Insured) ReceivedOne(ctx context.Context, by Person, owner enrol.PersonNo, no int) (desk.Grant, bool, error) {
	received, err := i.Received(ctx, by)
	at := slices.IndexFunc(received, func(g desk.Grant) bool { return g.Person == owner && g.No == no })
	if err != nil || at < 0 {
		return desk.Grant{}, false, err
	}
	return received[at], true, nil
}

// end ends a grant, in the chain it names.
func (i Insured) end(ctx context.Context, act Act, g desk.Grant, at time.Time) error {
	act.Chain, act.Scope, act.Object = g.Division, ScopeOf(g.Division), office.Object{Kind: GrantObject, ID: g.ID()}
	_, err := i.s.Write(ctx, act, func(t *Tx) error {
		t.wrote(guardedGrants, int64(g.Person), int64(g.No))
		return t.one("UPDATE person_grants SET revoked = $1 WHERE person = $2 AND no = $3 AND revoked = ''", stamp(at), int64(g.Person), int64(g.No))
	})
	return err
}

// Revoke (撤销授权) takes a grant of the owner's back. One that is not his, or was taken back before, is office.ErrStale.
//
// 依据: SCE-6.2
func (i Insured) Revoke(ctx context.Context, act Act, owner Person, no int, at time.Time) error {
	grants, err := i.grants(ctx, "person = $1 AND no = $2", int64(owner.No), int64(no))
	if err != nil {
		return err
	}
	if len(grants) == 0 {
		return office.ErrStale
	}
	return i.end(ctx, i.by(act, owner, GrantTaken), grants[0], at)
}

// Given lists a person's grants, the last first.
func (i Insured) Given(ctx context.Context, owner enrol.PersonNo) ([]desk.Grant, error) {
	return i.grants(ctx, "person = $1 ORDER BY no DESC", int64(owner))
}

// Received lists what others let a person see, by any of the documents and names he has or had, the last first.
func (i Insured) Received(ctx context.Context, by Person) ([]desk.Grant, error) {
	keys, err := i.s.lookKeys(ctx)
	if err != nil {
		return nil, err
	}
	blinder := keys.blinder()
	var args []any
	for _, known := range enrol.Valid[enrol.Known](by.File) {
		args = append(args, blinder.grantKey(known.Fact.Document, known.Fact.Name))
	}
	if len(args) == 0 {
		return nil, nil
	}
	return i.grants(ctx, "key IN ("+places(len(args))+") ORDER BY made DESC, person, no", args...)
}

// ReadGranted (凭授权查看档案) gives the file that a grant lets somebody see today, and writes down that he looked, at what, into the chain the grant
// names. A grant that is not for him is as one there is not; one that does not hold any more is refused, and so is one whose ground is gone.
//
// 依据: SCE-6.2, YA-4.10.2
func (i Insured) ReadGranted(ctx context.Context, act Act, by Person, owner enrol.PersonNo, no int, what string, today policy.Date) (Person, desk.Grant, bool, error) {
	g, found, err := i.ReceivedOne(ctx, by, owner, no)
	if err != nil || !found {
		return Person{}, g, false, err
	}
	if state := g.State(today); state != desk.GrantHolds {
		return Person{}, g, false, fault.New(fault.Refused, "desk.grant.over."+string(state), "day", g.Expires)
	}
	keys, err := i.s.lookKeys(ctx)
	if err != nil {
		return Person{}, g, false, err
	}
	p, found, err := i.one(ctx, keys, act.Scope, search{numbers: []int64{int64(owner)}})
	if err != nil || !found {
		return Person{}, g, false, err
	}
	if g.Ground == desk.FamilyGround {
		if _, err := desk.MayActFor(by.File, p.File, today); err != nil {
			return Person{}, g, false, fault.New(fault.Refused, "desk.acting.over")
		}
	}
	act = i.by(act, by, GrantUsed)
	act.Chain, act.Scope, act.Object, act.After = g.Division, ScopeOf(g.Division), office.Object{Kind: GrantObject, ID: g.ID()}, []office.Field{{Name: "what", Value: what}}
	if _, err := i.s.Write(ctx, act, func(*Tx) error { return nil }); err != nil {
		return Person{}, g, false, err
	}
	return p, g, true, nil
}

func (i Insured) grants(ctx context.Context, condition string, args ...any) (out []desk.Grant, err error) {
	err = i.s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			var g desk.Grant
			var person, no int64
			var parts, made, revoked string
			err := scan(&person, &no, (*string)(&g.Division), &g.Owner, &g.Whom, &g.Key, &parts, &made, (*string)(&g.Expires), &revoked, (*string)(&g.Ground))
			g.Person, g.No, g.Parts, g.Key = enrol.PersonNo(person), int(no), unlisted[desk.Part](parts), slices.Clone(g.Key)
			if err == nil {
				err = unstampAll(map[*time.Time]string{&g.Made: made, &g.Revoked: revoked})
			}
			out = append(out, g)
			return err
		}, "SELECT "+grantColumns+" FROM person_grants WHERE "+condition, args...)
	})
	return out, err
}
