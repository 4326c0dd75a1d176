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
	GrantObject = "grant"
)

const grantColumns = "person, no, division, owner, whom, key, parts, made, expires, revoked"

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
	if err := g.Check(policy.Date(g.Made.Format(time.DateOnly))); err != nil {
		return g, err
	}
	_, err = i.s.Write(ctx, i.by(act, owner, GrantMade), func(t *Tx) error {
		if g.No, err = t.nextOf("person_grants", owner.No); err != nil {
			return err
		}
		t.wrote(guardedGrants, int64(g.Person), int64(g.No))
		t.Did(office.Object{Kind: GrantObject, ID: g.ID()}, nil, []office.Field{{Name: "parts", Value: listed(g.Parts)}, {Name: "expires", Value: string(g.Expires)}})
		return t.one("INSERT INTO person_grants ("+grantColumns+") VALUES ("+places(10)+")", int64(g.Person), int64(g.No), string(g.Division), g.Owner, g.Whom, g.Key, listed(g.Parts),
			stamp(g.Made), string(g.Expires), "")
	})
	return g, err
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
	g := grants[0]
	act = i.by(act, owner, GrantTaken)
	act.Chain, act.Scope, act.Object = g.Division, ScopeOf(g.Division), office.Object{Kind: GrantObject, ID: g.ID()}
	_, err = i.s.Write(ctx, act, func(t *Tx) error {
		t.wrote(guardedGrants, int64(g.Person), int64(g.No))
		return t.one("UPDATE person_grants SET revoked = $1 WHERE person = $2 AND no = $3 AND revoked = ''", stamp(at), int64(g.Person), int64(g.No))
	})
	return err
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
// names. A grant that is not for him is as one there is not; one that does not hold any more is refused.
//
// 依据: SCE-6.2, YA-4.10.2
func (i Insured) ReadGranted(ctx context.Context, act Act, by Person, owner enrol.PersonNo, no int, what string, today policy.Date) (Person, desk.Grant, bool, error) {
	received, err := i.Received(ctx, by)
	if err != nil {
		return Person{}, desk.Grant{}, false, err
	}
	at := slices.IndexFunc(received, func(g desk.Grant) bool { return g.Person == owner && g.No == no })
	if at < 0 {
		return Person{}, desk.Grant{}, false, nil
	}
	g := received[at]
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
			err := scan(&person, &no, (*string)(&g.Division), &g.Owner, &g.Whom, &g.Key, &parts, &made, (*string)(&g.Expires), &revoked)
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
