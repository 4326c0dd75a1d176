package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/emmansun/gmsm/sm3"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/office"
)

// Import (批量建档) is a file of persons on its way into the store, in transactions of many. Each moves the mark of the file's source
// forward, so that what was interrupted goes on where it stopped. Its methods but Drafter are called by one caller at a time.
type Import struct {
	s    *Store
	keys *personKeys
	act  Act
	// Source is what the facts come from.
	Source enrol.Source
	// Done is how many rows of the file took effect or were refused, from its first; Persons how many files they made.
	Done, Persons int64
	// Finished tells that the whole file was imported before.
	Finished bool
}

// Import begins the import of a file, known by the digest of its bytes, or finds how far it came.
//
// 依据: SCE-4.1
func (p Persons) Import(ctx context.Context, act Act, digest office.Digest, document string) (*Import, error) {
	keys, err := p.s.makeKeys(ctx)
	if err != nil {
		return nil, err
	}
	im := &Import{s: p.s, keys: keys, act: act}
	im.act.Object = office.Object{Kind: "import", ID: digest.String()}
	if err := im.say(ctx, p.s.engine.gather); err != nil {
		return nil, err
	}
	_, err = p.s.Write(ctx, im.act, func(t *Tx) error {
		err := im.find(t.querier(), digest)
		if err != nil || im.Source > 0 {
			return err
		}
		im.Source, err = t.source(document, digest[:], 0)
		return err
	})
	return im, err
}

// say tells the engine something about the transactions to come.
func (im *Import) say(ctx context.Context, what string) error {
	if what == "" {
		return nil
	}
	_, err := im.s.Write(ctx, Act{quiet: true}, func(t *Tx) error {
		_, err := t.exec(what)
		return err
	})
	return err
}

// Close ends what Import began, whether the file was imported or not. Finish comes after it.
func (im *Import) Close(ctx context.Context) error {
	return im.say(context.WithoutCancel(ctx), im.s.engine.scatter)
}

// Numbers takes numbers for as many persons, and gives the first. Those that are not used stay unused.
func (im *Import) Numbers(ctx context.Context, many int) (first enrol.PersonNo, err error) {
	_, err = im.s.Write(ctx, Act{quiet: true}, func(t *Tx) error {
		no, err := t.number("next_person", int64(many))
		first = enrol.PersonNo(no)
		return err
	})
	return first, err
}

// Draft (待建档案) is a file that is ready to be stored, and the row it came from.
type Draft struct {
	prepared
	row int64
}

// Drafter makes drafts. It is used by one caller at a time; an import has as many as are needed.
type Drafter struct {
	preparer *preparer
	scope    office.Scope
	source   enrol.Source
	entries  []enrol.Entry
}

// Drafter gives a new one.
func (im *Import) Drafter() *Drafter {
	d := &Drafter{scope: im.act.Scope, source: im.Source}
	if im.keys != nil {
		d.preparer = im.keys.preparer()
	}
	return d
}

// Draft seals the file of a person that a row makes. One of a county outside the act's scope is refused.
func (d *Drafter) Draft(no enrol.PersonNo, row int64, facts []enrol.Fact) (Draft, error) {
	d.entries = d.entries[:0]
	for _, fact := range facts {
		d.entries = append(d.entries, enrol.Entry{Source: d.source, Fact: fact})
	}
	file := enrol.File{No: no, Entries: d.entries}
	outline, err := d.preparer.outline(&file)
	if err != nil {
		return Draft{}, err
	}
	if county := codeOf(outline.county); !holds(d.scope, county) {
		return Draft{}, outside(county)
	}
	d.preparer.seal(&outline, &file)
	outline.mark = d.preparer.keys.mark(no, 1, outline.sealed)
	return Draft{outline, row}, nil
}

// Kept (建档结果) is what became of the drafts of a transaction: how many files were made, and the rows of those who have a file already.
type Kept struct {
	Persons int64
	Known   []int64
}

// Load (待存批次) is drafts made ready for one transaction: their rows in the order of the indexes, so that each page is written once,
// and their counts. Whoever makes it spares the one who writes, for whom all others wait.
type Load struct {
	drafts    []Draft
	documents []documentRow
	names     []nameRow
	sums      countSums
}

// NewLoad makes drafts ready.
func NewLoad(drafts []Draft) Load {
	l := Load{drafts: drafts, documents: make([]documentRow, 0, len(drafts)), names: make([]nameRow, 0, 2*len(drafts)), sums: countSums{}}
	for i := range drafts {
		d := &drafts[i]
		for _, key := range d.documents {
			l.documents = append(l.documents, documentRow{key, int64(d.no)})
		}
		for _, key := range d.prepared.names {
			l.names = append(l.names, nameRow{key, int64(d.no)})
		}
		l.sums.add(d.prepared.changes, 1)
	}
	slices.SortFunc(l.documents, func(a, b documentRow) int {
		return cmp.Or(bytes.Compare(a.key[:], b.key[:]), cmp.Compare(a.person, b.person))
	})
	slices.SortFunc(l.names, func(a, b nameRow) int {
		return cmp.Or(cmp.Compare(a.county, b.county), cmp.Compare(a.key, b.key), cmp.Compare(a.person, b.person))
	})
	return l
}

// Keep stores a load in one transaction and moves the mark to a row. Whose document is in a file already gets none and is told.
//
// 依据: SCE-4.1
func (im *Import) Keep(ctx context.Context, upTo int64, load Load) (kept Kept, err error) {
	act := im.act
	act.alone = true
	_, err = im.s.Write(ctx, act, func(t *Tx) error {
		kept = Kept{}
		k := keeping{t: t, Load: load, known: map[enrol.PersonNo]bool{}}
		if err := k.keep(); err != nil {
			return err
		}
		for i := range load.drafts {
			if k.known[load.drafts[i].no] {
				kept.Known = append(kept.Known, load.drafts[i].row)
			}
		}
		kept.Persons = int64(len(load.drafts) - len(kept.Known))
		t.Did(im.act.Object, nil, []office.Field{{Name: "rows", Value: fmt.Sprintf("%d-%d", im.Done+1, upTo)},
			{Name: "persons", Value: strconv.FormatInt(kept.Persons, 10)}, {Name: "digest", Value: k.digest()}})
		t.wrote(guardedSources, int64(im.Source))
		n, err := t.exec("UPDATE sources SET done = $1, persons = persons + $2 WHERE source = $3 AND done = $4 AND finished = 0", upTo, kept.Persons, int64(im.Source), im.Done)
		if err == nil && n != 1 {
			return fault.New(fault.Refused, "store.import_elsewhere")
		}
		return err
	})
	if err == nil {
		im.Done, im.Persons = upTo, im.Persons+kept.Persons
	}
	return kept, err
}

// Finish says that the whole file was imported.
func (im *Import) Finish(ctx context.Context) error {
	_, err := im.s.Write(ctx, im.act, func(t *Tx) error {
		t.wrote(guardedSources, int64(im.Source))
		n, err := t.exec("UPDATE sources SET finished = 1 WHERE source = $1 AND done = $2", int64(im.Source), im.Done)
		if err == nil && n != 1 {
			return fault.New(fault.Refused, "store.import_elsewhere")
		}
		return err
	})
	im.Finished = err == nil
	return err
}

// Known gives the rows of drafts whose document is in a file already that this import did not make.
func (im *Import) Known(ctx context.Context, drafts []Draft) (rows []int64, err error) {
	row := map[documentKey]int64{}
	var keys []documentKey
	for i := range drafts {
		for _, key := range drafts[i].documents {
			row[key] = drafts[i].row
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, nil
	}
	slices.SortFunc(keys, func(a, b documentKey) int { return bytes.Compare(a[:], b[:]) })
	err = im.s.read(ctx, func(l *link) error {
		for some := range slices.Chunk(keys, mostRows) {
			args := []any{int64(im.Source)}
			for _, key := range padded(some) {
				args = append(args, key[:])
			}
			_, marks, _ := strings.Cut(places(len(args)), ",")
			if err := l.querier(ctx)(func(scan func(...any) error) error {
				var key []byte
				err := scan(&key)
				rows = append(rows, row[documentKey(key)])
				return err
			}, "SELECT d.key FROM person_documents d JOIN persons p ON p.person = d.person WHERE p.source <> $1 AND d.key IN ("+marks+")", args...); err != nil {
				return err
			}
		}
		return nil
	})
	slices.Sort(rows)
	return slices.Compact(rows), err
}

// keeping stores a load within a transaction.
type keeping struct {
	t *Tx
	Load
	known  map[enrol.PersonNo]bool // who has a file already
	values []any
}

func (k *keeping) keep() error {
	for _, step := range []func() error{k.insertDocuments, k.insertPersons, k.insertNames, k.counts} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// chunk is how many rows are handed to the database at a time.
const chunk = mostRows

// flush inserts the values that were gathered, and tells how many rows that made.
func (k *keeping) flush(into *table) (int64, error) {
	if err := k.t.save(); err != nil {
		return 0, err
	}
	n, err := k.t.g.insertCounted(into, k.values)
	k.values = k.values[:0]
	if err != nil {
		return 0, k.t.breaks(err)
	}
	return n, nil
}

// insertDocuments inserts documents and finds who is known.
func (k *keeping) insertDocuments() error {
	for some := range slices.Chunk(k.documents, chunk) {
		for i := range some {
			k.values = append(k.values, some[i].key[:], some[i].person)
		}
		n, err := k.flush(documentTable)
		if err != nil {
			return err
		}
		if n < int64(len(some)) {
			if err := k.find(some); err != nil {
				return err
			}
		}
	}
	return k.release()
}

// find finds those of some documents that are somebody else's.
func (k *keeping) find(rows []documentRow) error {
	owner := map[documentKey]int64{}
	args := make([]any, 0, chunk)
	for _, row := range padded(rows) {
		args = append(args, row.key[:])
	}
	if err := k.t.reads(nil, func(scan func(...any) error) error {
		var key []byte
		var person int64
		err := scan(&key, &person)
		owner[documentKey(key)] = person
		return err
	}, "SELECT key, person FROM person_documents WHERE key IN ("+places(len(args))+")", args...); err != nil {
		return err
	}
	for _, row := range rows {
		if owner[row.key] != row.person {
			k.known[enrol.PersonNo(row.person)] = true
		}
	}
	return nil
}

// release takes back the other documents of those who are known.
func (k *keeping) release() error {
	if len(k.known) == 0 {
		return nil
	}
	for _, row := range k.documents {
		if !k.known[enrol.PersonNo(row.person)] {
			continue
		}
		if _, err := k.t.exec("DELETE FROM person_documents WHERE key = $1 AND person = $2", row.key[:], row.person); err != nil {
			return err
		}
	}
	return nil
}

func (k *keeping) insertPersons() error {
	for i := range k.drafts {
		if d := &k.drafts[i]; !k.known[d.no] {
			k.values = d.prepared.row(k.values, 1)
			k.t.marked(d.no, d.mark)
		}
		if len(k.values) >= chunk*len(personTable.columns) {
			if _, err := k.flush(personTable); err != nil {
				return err
			}
		}
	}
	_, err := k.flush(personTable)
	return err
}

func (k *keeping) insertNames() error {
	for some := range slices.Chunk(k.names, chunk) {
		for i := range some {
			if !k.known[enrol.PersonNo(some[i].person)] {
				k.values = append(k.values, some[i].county, some[i].key, some[i].person)
			}
		}
		if _, err := k.flush(nameTable); err != nil {
			return err
		}
	}
	return nil
}

func (k *keeping) counts() error {
	sums := maps.Clone(k.sums) // the transaction may be tried again
	counties := map[int64]bool{}
	for i := range k.drafts {
		if d := &k.drafts[i]; k.known[d.no] {
			sums.add(d.prepared.changes, -1)
		} else {
			counties[d.county] = true
		}
	}
	for county := range counties {
		k.values = append(k.values, county)
	}
	if _, err := k.flush(countyTable); err != nil {
		return err
	}
	k.values = append(k.values, sums.rows()...)
	_, err := k.flush(countTable)
	return err
}

// digest is that of the rows that were written: their numbers and the marks by which their seals are known to be whole.
func (k *keeping) digest() string {
	h := sm3.New()
	for i := range k.drafts {
		if d := &k.drafts[i]; !k.known[d.no] {
			h.Write(wholeBytes(int64(d.no)))
			h.Write(d.sealed[len(d.sealed)-tagSize:])
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Row is the row of the file that a draft came from.
func (d Draft) Row() int64 { return d.row }

// Named gives a draft that is only good for looking up whose a document is.
func (d *Drafter) Named(row int64, document enrol.Document) Draft {
	if d.preparer == nil {
		return Draft{row: row}
	}
	return Draft{prepared{documents: []documentKey{d.preparer.blinder.document(document)}}, row}
}

// Preview looks at what an import of a file would find: how far the file came, and who has a file already. It writes nothing.
func (p Persons) Preview(ctx context.Context, act Act, digest office.Digest) (*Import, error) {
	im := &Import{s: p.s, act: act}
	check, err := p.s.keyCheck(ctx)
	if err != nil || check == nil {
		return im, err
	}
	if im.keys, err = p.s.lookKeys(ctx); err != nil {
		return nil, err
	}
	err = p.s.read(ctx, func(l *link) error { return im.find(l.querier(ctx), digest) })
	return im, err
}

// find finds how far a file came.
func (im *Import) find(ask querier, digest office.Digest) error {
	im.Source, im.Done, im.Persons, im.Finished = 0, 0, 0, false
	return ask(func(scan func(...any) error) error {
		var source, finished int64
		err := scan(&source, &im.Done, &im.Persons, &finished)
		im.Source, im.Finished = enrol.Source(source), finished == 1
		return err
	}, "SELECT source, done, persons, finished FROM sources WHERE digest = $1 AND length(digest) > 0 AND division = $2", digest[:], string(im.act.Chain))
}
