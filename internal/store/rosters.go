package store

import (
	"context"
	"database/sql"
	"strconv"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// RosterQuery (花名册查询) asks who is registered or lives in a place, a county, township or village, and how each stands towards a year, with reminders from a day
// on. Keep says who is listed; nil lists everybody. Listed are those after a number, as many as Limit says; all are counted.
type RosterQuery struct {
	Place enrol.Place
	Year  policy.Year
	Since policy.Date
	Keep  func(Listed) bool
	After enrol.PersonNo
	Limit int
}

// Listed (花名册人员) is an entry with the county that is responsible for the person. Shared tells that this is another than those the list is made for: he is on it because he is
// registered or lives there and is not insured, since both places see to it together.
//
// 依据: SCE-4.2
type Listed struct {
	enrol.RosterEntry
	County region.Code
	Shared bool
}

// Roster (花名册) is who is listed, by number, and how far the place and every village in it have come. More tells that there are more than it lists.
type Roster struct {
	Listed   []Listed
	More     bool
	Whole    enrol.Mobilised
	Villages map[enrol.Place]*enrol.Mobilised
}

const rosterText = `SELECT person, county, sealed FROM persons
WHERE person > $1 AND (home <> 0 AND home >= $2 AND home <= $3 OR lives <> 0 AND lives <> home AND lives >= $2 AND lives <= $3) ORDER BY person`

// Roster (村社花名册) opens the files of a place in the act's scope, and writes down who asked and whom it lists before it gives them. Somebody for whom a county
// elsewhere is responsible is on it only when he is not insured in the year, and with nothing but his entry.
//
// 依据: SCE-4.1, SCE-4.2, YA-4.10.2
func (p Persons) Roster(ctx context.Context, act Act, q RosterQuery) (Roster, error) {
	out := Roster{Villages: map[enrol.Place]*enrol.Mobilised{}}
	if !holds(act.Scope, q.Place.County()) {
		return out, outside(q.Place.County())
	}
	keys, err := p.s.lookKeys(ctx)
	if err != nil {
		return out, err
	}
	if err := p.s.read(ctx, func(l *link) error { return q.scan(l.querier(ctx), keys, act.Scope, &out) }); err != nil {
		return out, err
	}
	act.Action, act.Object, act.Before = listPersons, office.Object{Kind: "place", ID: string(q.Place)}, nil
	act.After = []office.Field{{Name: "year", Value: strconv.Itoa(int(q.Year))}, {Name: "counted", Value: strconv.FormatInt(out.Whole.Insured+out.Whole.Due+out.Whole.Uninsured, 10)}, {Name: "found", Value: out.numbers()}}
	_, err = p.s.Write(ctx, act, func(*Tx) error { return nil })
	return out, err
}

func (r Roster) numbers() string {
	var found Found
	for _, x := range r.Listed {
		found.Persons = append(found.Persons, Person{File: &enrol.File{No: x.No}})
	}
	found.More = r.More
	return found.numbers()
}

func (q RosterQuery) scan(ask querier, keys *personKeys, scope office.Scope, out *Roster) error {
	low, high := placeBounds(q.Place)
	var room []byte
	return ask(func(scan func(...any) error) error {
		var no, county int64
		var sealed sql.RawBytes
		err := scan(&no, &county, &sealed)
		if err != nil {
			return err
		}
		var file *enrol.File
		if file, room, err = keys.open(room, enrol.PersonNo(no), sealed); err != nil {
			return err
		}
		x := Listed{file.Roster(q.Year, q.Since), codeOf(county), false}
		x.Shared = !holds(scope, x.County)
		q.count(x, out)
		if x.Shared && !x.Missing() || x.No <= q.After || q.Keep != nil && !q.Keep(x) {
			return nil
		}
		if len(out.Listed) >= q.Limit {
			out.More = true
			return nil
		}
		out.Listed = append(out.Listed, x)
		return nil
	}, rosterText, int64(0), low, high)
}

// count counts somebody at the place and at the village he lives in, or else is registered in.
func (q RosterQuery) count(x Listed, out *Roster) {
	home, lives := x.Home.Within(q.Place), x.Lives.Within(q.Place)
	out.Whole.Add(x.RosterEntry, home, lives)
	for i, village := range [...]enrol.Place{x.Lives, x.Home} {
		if !village.Within(q.Place) || i == 1 && x.Home == x.Lives {
			continue
		}
		if out.Villages[village] == nil {
			out.Villages[village] = &enrol.Mobilised{}
		}
		out.Villages[village].Add(x.RosterEntry, x.Home == village, x.Lives == village)
	}
}

// Remind (登记动员提醒) enters in a file that somebody was spoken to: of the act's scope, or registered or living there and not insured in the year.
// Anybody else is as one there is not.
//
// 依据: SCE-4.2
func (p People) Remind(no enrol.PersonNo, year policy.Year, from enrol.Source, fact enrol.Reminded) error {
	person, found, err := p.shared(no, year)
	if err != nil {
		return err
	}
	if !found {
		return fault.New(fault.Refused, "store.no_person", "person", int64(no))
	}
	_, err = p.append(person, from, fact)
	return err
}

// shared gives a file whose person somebody of the act's scope may speak to.
func (p People) shared(no enrol.PersonNo, year policy.Year) (person Person, found bool, err error) {
	err = p.t.reads(nil, func(scan func(...any) error) error {
		person, err = p.keys.person(scan)
		found = true
		return err
	}, "SELECT "+personColumns+" FROM persons WHERE person = $1"+p.t.g.s.engine.lock, int64(no))
	if err != nil || !found {
		return person, false, err
	}
	scope := p.t.act.Scope
	if holds(scope, person.County) {
		return person, true, nil
	}
	e := person.Roster(year, "")
	return person, e.Missing() && (holds(scope, e.Home.County()) || holds(scope, e.Lives.County())), nil
}
