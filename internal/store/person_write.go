package store

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/policy"
)

// prepared is a person's row as it is kept, with his keys and what he adds to counts.
type prepared struct {
	no                  enrol.PersonNo
	source              enrol.Source
	county, home, lives int64
	born                int64
	documents           []documentKey
	names               []nameKey
	changes             []countChange
	sealed              []byte
	mark                int64 // of the row as it is kept
}

// countChange is an enrol.Change as the store counts it; many wait in memory.
type countChange struct {
	village int64
	year    int16
	head    enrol.Head
	by      int8
}

func countChanges(changes []enrol.Change) []countChange {
	out := make([]countChange, len(changes))
	for i, c := range changes {
		out[i] = countChange{placeNumber(c.Place), int16(c.Year), c.Head, int8(c.By)}
	}
	return out
}

type documentKey [documentKeySize]byte

// nameKey is a row of person_names without the person.
type nameKey struct{ county, key int64 }

// preparer turns files into rows. It is used by one caller at a time.
type preparer struct {
	keys    *personKeys
	blinder *blinder
	form    []byte
}

func (k *personKeys) preparer() *preparer { return &preparer{keys: k, blinder: k.blinder()} }

// prepare seals a file. One of somebody unknown, or who is nowhere, is refused.
func (p *preparer) prepare(f *enrol.File) (prepared, error) {
	row, err := p.outline(f)
	if err != nil {
		return row, err
	}
	p.seal(&row, f)
	return row, nil
}

func (p *preparer) seal(row *prepared, f *enrol.File) {
	p.form = f.AppendForm(p.form[:0])
	row.sealed = p.keys.sealed(f.No, p.form)
}

// outline gives what stands beside a file.
func (p *preparer) outline(f *enrol.File) (prepared, error) {
	o := f.Outline()
	if len(o.Known) == 0 {
		return prepared{}, fault.New(fault.Refused, "store.person_unknown")
	}
	if o.County == "" {
		return prepared{}, fault.New(fault.Refused, "store.person_nowhere")
	}
	row := prepared{no: f.No, source: f.Entries[0].Source, county: codeNumber(o.County), home: placeNumber(o.Home), lives: placeNumber(o.Lives), born: int64(o.Born),
		changes: countChanges(o.Changes), documents: make([]documentKey, 0, len(o.Known)), names: make([]nameKey, 0, 2*len(o.Known))}
	for _, known := range o.Known {
		plain := enrol.PlainName(known.Name)
		row.documents = addNew(row.documents, documentKey(p.blinder.document(known.Document)))
		row.names = addNew(row.names, nameKey{row.county, p.blinder.inCounty(plain, o.County)})
		row.names = addNew(row.names, nameKey{row.county, p.blinder.withBirth(plain, known.Birth)})
	}
	return row, nil
}

func addNew[T comparable](all []T, one T) []T {
	if slices.Contains(all, one) {
		return all
	}
	return append(all, one)
}

var (
	personTable   = &table{name: "persons", columns: []string{"person", "county", "home", "lives", "born", "source", "version", "sealed"}}
	documentTable = &table{name: "person_documents", columns: []string{"key", "person"}, tail: " ON CONFLICT (key) DO NOTHING"}
	nameTable     = &table{name: "person_names", columns: []string{"county", "key", "person"}}
	countTable    = &table{name: "person_counts", columns: []string{"places", "place", "year", "head", "n"},
		tail: " ON CONFLICT (places, place, year, head) DO UPDATE SET n = person_counts.n + excluded.n"}
	countyTable = &table{name: "person_counties", columns: []string{"county"}, tail: " ON CONFLICT (county) DO NOTHING"}
	sourceTable = &table{name: "sources", columns: []string{"source", "division", "at", "who", "action", "document", "digest", "done", "persons", "finished"}}
)

func (r *prepared) row(values []any, version int64) []any {
	return append(values, int64(r.no), r.county, r.home, r.lives, r.born, int64(r.source), version, r.sealed)
}

// countKey is the key of a row of person_counts.
type countKey struct {
	places, place int64
	year          policy.Year
	head          enrol.Head
}

type countSums map[countKey]int64

// add counts changes of a place at every level.
func (c countSums) add(changes []countChange, times int64) {
	for _, change := range changes {
		year := policy.Year(change.year)
		for _, at := range [...]countKey{{countyDigits, change.village / 1e6, year, change.head}, {townshipDigits, change.village / 1e3, year, change.head},
			{villageDigits, change.village, year, change.head}} {
			c[at] += times * int64(change.by)
		}
	}
}

// rows gives the rows that are not nothing, in key order, so that two transactions never wait for one another.
func (c countSums) rows() []any {
	keys := slices.SortedFunc(maps.Keys(c), func(a, b countKey) int {
		return cmp.Or(cmp.Compare(a.places, b.places), cmp.Compare(a.place, b.place), cmp.Compare(a.year, b.year), cmp.Compare(a.head, b.head))
	})
	values := make([]any, 0, len(countTable.columns)*len(keys))
	for _, k := range keys {
		if n := c[k]; n != 0 {
			values = append(values, k.places, k.place, int64(k.year), int64(k.head), n)
		}
	}
	return values
}

// insert writes rows of a table now.
func (t *Tx) insert(into *table, values []any) error {
	if err := t.save(); err != nil {
		return err
	}
	if err := t.g.insert(into, values); err != nil {
		return t.breaks(err)
	}
	return nil
}

// number takes the next number of a column of the register, or the first of several.
func (t *Tx) number(column string, many int64) (first int64, err error) {
	err = t.reads(nil, func(scan func(...any) error) error { return scan(&first) }, "SELECT "+column+" FROM person_register WHERE id = 1"+t.g.s.engine.lock)
	if err != nil {
		return 0, err
	}
	_, err = t.exec("UPDATE person_register SET "+column+" = $1 WHERE id = 1", first+many)
	return first, err
}

// Source (登记来源) registers what facts come from: the act, with the number or name of the document it rests on.
//
// 依据: SCE-4.1
func (t *Tx) Source(document string) (enrol.Source, error) { return t.source(document, []byte{}, 1) }

func (t *Tx) source(document string, digest []byte, finished int64) (enrol.Source, error) {
	no, err := t.number("next_source", 1)
	if err != nil {
		return 0, err
	}
	at := t.act.At
	if at.IsZero() {
		at = t.g.s.now()
	}
	t.wrote(guardedSources, no)
	return enrol.Source(no), t.insert(sourceTable, []any{no, string(t.act.Chain), stamp(at), string(t.act.Who), t.act.Action, document, digest, int64(0), int64(0), finished})
}

// People (办理中的档案) changes files within a write.
type People struct {
	t        *Tx
	keys     *personKeys
	preparer *preparer
}

// Change (办理) does an act on files in one transaction with its audit entry: do is called with a Tx and the files. It may be called
// again, as that of Write.
func (p Persons) Change(ctx context.Context, act Act, do func(*Tx, People) error) (Receipt, error) {
	keys, err := p.s.makeKeys(ctx)
	if err != nil {
		return Receipt{}, err
	}
	return p.s.Write(ctx, act, func(t *Tx) error { return do(t, People{t, keys, keys.preparer()}) })
}

// Get (读取档案) gives a file in the act's scope for it to change; false when there is none of that number in it.
func (p People) Get(no enrol.PersonNo) (person Person, found bool, err error) {
	first, last := codeBounds(p.t.act.Scope)
	err = p.t.reads(nil, func(scan func(...any) error) error {
		person, err = p.keys.person(scan)
		found = true
		return err
	}, "SELECT "+personColumns+" FROM persons WHERE person = $1 AND county >= $2 AND county <= $3"+p.t.g.s.engine.lock, int64(no), first, last)
	return person, found, err
}

// ByDocument (按证件号码查找) gives the number of the file of whose document it is or was.
func (p People) ByDocument(d enrol.Document) (no enrol.PersonNo, found bool, err error) {
	key := p.preparer.blinder.document(d)
	err = p.t.reads(nil, func(scan func(...any) error) error {
		found = true
		return scan((*int64)(&no))
	}, "SELECT person FROM person_documents WHERE key = $1", key[:])
	return no, found, err
}

// Add (建档) makes the file of somebody who has none, and gives its number. A document that is in a file already is refused, wherever that
// file is; the county the facts make responsible must lie in the act's scope.
//
// 依据: SCE-4.1
func (p People) Add(from enrol.Source, facts ...enrol.Fact) (enrol.PersonNo, error) {
	no, err := p.t.number("next_person", 1)
	if err != nil {
		return 0, err
	}
	file := &enrol.File{No: enrol.PersonNo(no)}
	file.Add(from, facts...)
	row, err := p.preparer.prepare(file)
	if err != nil {
		return 0, err
	}
	if err := p.t.within(codeOf(row.county)); err != nil {
		return 0, err
	}
	if err := p.documents(&row, row.documents); err != nil {
		return 0, err
	}
	if err := p.t.insert(personTable, row.row(nil, 1)); err != nil {
		return 0, err
	}
	p.t.marked(file.No, p.keys.mark(file.No, 1, row.sealed))
	return file.No, p.count(nil, &row)
}

// Append (登记事项) adds facts to a file that stands at a version; office.ErrStale when it does not. Somebody outside the act's scope is as one there is not.
//
// 依据: SCE-4.1
func (p People) Append(no enrol.PersonNo, version int64, from enrol.Source, facts ...enrol.Fact) (Person, error) {
	person, found, err := p.Get(no)
	if err != nil {
		return Person{}, err
	}
	if !found {
		return Person{}, fault.New(fault.Refused, "store.no_person", "person", int64(no))
	}
	if person.Version != version {
		return Person{}, office.ErrStale
	}
	return p.append(person, from, facts...)
}

// append adds facts to a file as it was just read.
func (p People) append(person Person, from enrol.Source, facts ...enrol.Fact) (Person, error) {
	before, err := p.preparer.outline(person.File)
	if err != nil {
		return Person{}, err
	}
	before.mark = person.mark
	person.Add(from, facts...)
	after, err := p.preparer.prepare(person.File)
	if err != nil {
		return Person{}, err
	}
	person.Version++
	person.County = codeOf(after.county)
	if err := p.replace(&before, &after, person.Version); err != nil {
		return Person{}, err
	}
	person.mark = after.mark
	return person, p.count(&before, &after)
}

// replace writes a changed row and its documents.
func (p People) replace(before, after *prepared, version int64) error {
	after.mark = p.keys.mark(after.no, version, after.sealed)
	p.t.marked(after.no, before.mark^after.mark)
	if err := p.documents(after, without(after.documents, before.documents)); err != nil {
		return err
	}
	for _, key := range without(before.documents, after.documents) {
		if _, err := p.t.exec("DELETE FROM person_documents WHERE key = $1", key[:]); err != nil {
			return err
		}
	}
	return p.t.one("UPDATE persons SET county = $1, home = $2, lives = $3, born = $4, version = $5, sealed = $6 WHERE person = $7 AND version = $8",
		after.county, after.home, after.lives, after.born, version, after.sealed, int64(after.no), version-1)
}

// documents writes down whose some documents are, and refuses those of somebody else.
func (p People) documents(of *prepared, keys []documentKey) error {
	for _, key := range keys {
		n, err := p.t.exec("INSERT INTO person_documents (key, person) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING", key[:], int64(of.no))
		if err != nil {
			return err
		}
		if n != 1 {
			return fault.New(fault.Refused, "store.person_exists")
		}
	}
	return nil
}

// count writes the names, and what changed in the counts.
func (p People) count(before, after *prepared) error {
	sums := countSums{}
	var old []nameKey
	if before != nil {
		old = before.names
		sums.add(before.changes, -1)
	}
	sums.add(after.changes, 1)
	if err := p.rename(old, after); err != nil {
		return err
	}
	if err := p.t.insert(countyTable, []any{after.county}); err != nil {
		return err
	}
	return p.t.insert(countTable, sums.rows())
}

// rename writes the names a person is found by in the place of old ones.
func (p People) rename(old []nameKey, after *prepared) error {
	for _, key := range without(old, after.names) {
		if _, err := p.t.exec("DELETE FROM person_names WHERE county = $1 AND key = $2 AND person = $3", key.county, key.key, int64(after.no)); err != nil {
			return err
		}
	}
	var rows []any
	for _, key := range without(after.names, old) {
		rows = append(rows, key.county, key.key, int64(after.no))
	}
	return p.t.insert(nameTable, rows)
}

// without gives what of a list is not in another.
func without[T comparable](all, other []T) []T {
	var out []T
	for _, one := range all {
		if !slices.Contains(other, one) {
			out = append(out, one)
		}
	}
	return out
}

// Done names the person an act was about, for its audit entry.
func (p People) Done(no enrol.PersonNo, fields ...office.Field) {
	p.t.Did(office.Object{Kind: personObject, ID: strconv.FormatInt(int64(no), 10)}, nil, fields)
}
