package store

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Persons (个人档案存取) keeps the files of persons. Whatever shows one is written into the audit chain before.
//
// 依据: SCE-4.1
type Persons struct{ s *Store }

// Persons gives the files of persons.
func (s *Store) Persons() Persons { return Persons{s} }

// Person (个人) is a file with the county that is responsible for it and the version of its row, which every change counts up.
type Person struct {
	*enrol.File
	County  region.Code
	Version int64
	mark    int64 // of the row
}

// mostFound is how many files a search gives.
const mostFound = 200

// Found (查询结果) is what a search gives, by number. More tells that there are more than it gives.
type Found struct {
	Persons []Person
	More    bool
}

// The actions that are written down of looking at files.
const (
	readPerson   = "person.read"
	findPersons  = "person.find"
	listPersons  = "person.list"
	streamPerson = "person.batch"
)

const (
	personObject  = "person"
	personColumns = "person, county, version, sealed"
)

// Read (查看档案) gives a file in the act's scope; false when there is none of that number in it.
//
// 依据: SCE-4.1, YA-4.10.2
func (p Persons) Read(ctx context.Context, act Act, no enrol.PersonNo) (Person, bool, error) {
	object := office.Object{Kind: personObject, ID: strconv.FormatInt(int64(no), 10)}
	found, err := p.look(ctx, act, readPerson, object, search{numbers: []int64{int64(no)}})
	if err != nil || len(found.Persons) == 0 {
		return Person{}, false, err
	}
	return found.Persons[0], true, nil
}

// Several (查看多份档案) gives files in the act's scope by their numbers; those of others are left out.
//
// 依据: SCE-4.1, YA-4.10.2
func (p Persons) Several(ctx context.Context, act Act, numbers []enrol.PersonNo) (map[enrol.PersonNo]Person, error) {
	out := map[enrol.PersonNo]Person{}
	for some := range slices.Chunk(numbers, mostFound) {
		q := search{}
		for _, no := range some {
			q.numbers = append(q.numbers, int64(no))
		}
		found, err := p.look(ctx, act, listPersons, office.Object{Kind: "persons", ID: string(act.Scope.Division)}, q)
		if err != nil {
			return nil, err
		}
		for _, person := range found.Persons {
			out[person.No] = person
		}
	}
	return out, nil
}

// ByDocument (按证件号码查询) gives whose document it is or was; nothing for somebody outside the act's scope.
//
// 依据: SCE-4.1, YA-4.10.2
func (p Persons) ByDocument(ctx context.Context, act Act, d enrol.Document) (Found, error) {
	keys, err := p.s.lookKeys(ctx)
	if err != nil {
		return Found{}, err
	}
	key := keys.blinder().document(d)
	return p.look(ctx, act, findPersons, searchObject("document", key[:]), search{
		text: "SELECT person FROM person_documents WHERE key = $1", args: []any{key[:]},
		keep: func(known enrol.Identity) bool { return known.Document == d },
	})
}

// ByName (按姓名查询) gives who has or had a name in a county of the act's scope.
//
// 依据: SCE-4.1, YA-4.10.2
func (p Persons) ByName(ctx context.Context, act Act, name string, county region.Code) (Found, error) {
	keys, err := p.s.lookKeys(ctx)
	if err != nil {
		return Found{}, err
	}
	plain := enrol.PlainName(name)
	key := keys.blinder().inCounty(plain, county)
	first, last := codeBounds(act.Scope)
	return p.look(ctx, act, findPersons, searchObject("name", wholeBytes(key)), search{
		text: "SELECT person FROM person_names WHERE county = $1 AND key = $2 AND county >= $3 AND county <= $4 ORDER BY person",
		args: []any{codeNumber(county), key, first, last}, keep: func(known enrol.Identity) bool { return enrol.PlainName(known.Name) == plain },
	})
}

// ByNameAndBirth (按姓名和出生日期查询) gives who has or had a name and was born on a day, in the act's scope.
//
// 依据: SCE-4.1, YA-4.10.2
func (p Persons) ByNameAndBirth(ctx context.Context, act Act, name string, birth policy.Date) (Found, error) {
	keys, err := p.s.lookKeys(ctx)
	if err != nil {
		return Found{}, err
	}
	plain := enrol.PlainName(name)
	key := keys.blinder().withBirth(plain, birth)
	first, last := codeBounds(act.Scope)
	return p.look(ctx, act, findPersons, searchObject("name_birth", wholeBytes(key)), search{
		text: "SELECT n.person FROM person_counties c CROSS JOIN person_names n WHERE n.county = c.county AND n.key = $1 AND c.county >= $2 AND c.county <= $3 ORDER BY n.person",
		args: []any{key, first, last}, keep: func(known enrol.Identity) bool { return enrol.PlainName(known.Name) == plain && known.Birth == birth },
	})
}

// In (村社花名册) gives who is registered or lives in a place, a county, township or village, and whom a county of the act's scope is
// responsible for: those after a number, by number, as many as a limit says, at most 200.
//
// 依据: SCE-4.2, YA-4.10.2
func (p Persons) In(ctx context.Context, act Act, place enrol.Place, after enrol.PersonNo, limit int) (Found, error) {
	low, high := placeBounds(place)
	first, last := codeBounds(act.Scope)
	return p.look(ctx, act, listPersons, office.Object{Kind: "place", ID: string(place)}, search{
		text: `SELECT person FROM persons WHERE home <> 0 AND home >= $1 AND home <= $2 AND person > $3 AND county >= $4 AND county <= $5
UNION SELECT person FROM persons WHERE lives <> 0 AND lives <> home AND lives >= $1 AND lives <= $2 AND person > $3 AND county >= $4 AND county <= $5 ORDER BY person`,
		args: []any{low, high, int64(after), first, last}, limit: limit,
	})
}

// search is a question for files: the text of a query for their numbers, or the numbers, and what an identity of those found must
// hold. Numbers come first and rows after, because on a cluster they lie in different places.
type search struct {
	text    string
	args    []any
	numbers []int64
	keep    func(enrol.Identity) bool
	limit   int
}

// look finds files, writes down who looked for what and found whom, and only then gives them.
func (p Persons) look(ctx context.Context, act Act, action string, object office.Object, q search) (Found, error) {
	keys, err := p.s.lookKeys(ctx)
	if err != nil {
		return Found{}, err
	}
	if q.limit <= 0 || q.limit > mostFound {
		q.limit = mostFound
	}
	var found Found
	if err := p.s.read(ctx, func(l *link) error {
		found, err = q.run(l.querier(ctx), keys, act.Scope)
		return err
	}); err != nil {
		return Found{}, err
	}
	act.Action, act.Object, act.Before, act.After = action, object, nil, []office.Field{{Name: "found", Value: found.numbers()}}
	if _, err := p.s.Write(ctx, act, func(*Tx) error { return nil }); err != nil {
		return Found{}, err
	}
	return found, nil
}

// searchObject names what was looked for by its blind key.
func searchObject(by string, key []byte) office.Object {
	return office.Object{Kind: "person_" + by, ID: hex.EncodeToString(key)}
}

func wholeBytes(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

// run asks the question within a scope.
func (q search) run(ask querier, keys *personKeys, scope office.Scope) (found Found, err error) {
	numbers := q.numbers
	if q.text != "" {
		if err := ask(func(scan func(...any) error) error {
			var no int64
			err := scan(&no)
			numbers = append(numbers, no)
			return err
		}, q.text+" LIMIT $"+strconv.Itoa(len(q.args)+1), append(q.args, int64(q.limit)+1)...); err != nil {
			return found, err
		}
	}
	if len(numbers) > q.limit {
		numbers, found.More = numbers[:q.limit], true
	}
	if len(numbers) == 0 {
		return found, nil
	}
	first, last := codeBounds(scope)
	args := []any{first, last}
	for _, no := range padded(numbers) {
		args = append(args, no)
	}
	marks := places(len(args))
	_, marks, _ = strings.Cut(marks, ",$2,")
	err = ask(func(scan func(...any) error) error {
		person, err := keys.person(scan)
		if err != nil {
			return err
		}
		if q.keep == nil || hasIdentity(person.File, q.keep) {
			found.Persons = append(found.Persons, person)
		}
		return nil
	}, "SELECT "+personColumns+" FROM persons WHERE county >= $1 AND county <= $2 AND person IN ("+marks+") ORDER BY person", args...)
	return found, err
}

func hasIdentity(f *enrol.File, keep func(enrol.Identity) bool) bool {
	for _, known := range enrol.Valid[enrol.Known](f) {
		if keep(known.Fact.Identity) {
			return true
		}
	}
	return false
}

// person reads a row of personColumns and opens the file in it.
func (k *personKeys) person(scan func(...any) error) (p Person, err error) {
	var no, county int64
	var sealed []byte
	if err := scan(&no, &county, &p.Version, &sealed); err != nil {
		return p, err
	}
	p.County = codeOf(county)
	p.mark = k.mark(enrol.PersonNo(no), p.Version, sealed)
	p.File, _, err = k.open(nil, enrol.PersonNo(no), sealed)
	return p, err
}

// numbers lists the numbers of what was found.
func (f Found) numbers() string {
	var b strings.Builder
	for i, p := range f.Persons {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strconv.FormatInt(int64(p.No), 10))
	}
	if f.More {
		b.WriteString(" …")
	}
	return b.String()
}

// codeNumber is a division's code as a column; 0 for none.
func codeNumber(c region.Code) int64 {
	n, err := strconv.ParseInt(string(c), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func codeOf(n int64) region.Code {
	if n == 0 {
		return ""
	}
	return region.Code(strconv.FormatInt(n, 10))
}

// placeNumber is a place as a column; 0 for none.
func placeNumber(p enrol.Place) int64 { return codeNumber(region.Code(p)) }

// codeBounds are bounds as numbers.
func codeBounds(s office.Scope) (first, last int64) {
	low, high := bounds(s)
	return codeNumber(region.Code(low)), codeNumber(region.Code(high))
}

// The digits of a place that its levels take.
const (
	countyDigits   = 6
	townshipDigits = 9
	villageDigits  = 12
)

// placeBounds are the first and the last place within a place.
func placeBounds(p enrol.Place) (low, high int64) {
	low = placeNumber(p)
	switch {
	case low == 0:
		return 1, 0
	case strings.HasSuffix(string(p), "000000"):
		return low, low + 999999
	case strings.HasSuffix(string(p), "000"):
		return low, low + 999
	}
	return low, low
}
