package store

import (
	"context"
	"database/sql"
	"hash/maphash"
	"runtime"
	"sync"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// census is what the files of persons come to, or what the tables beside them hold. Rows are added up by a hash with a seed of its
// own, so that two are equal only when they are of the same rows, in whatever order.
type census struct {
	persons, documents, names int64
	documentSum, nameSum      uint64
	countSum                  uint64
	counties                  map[region.Code]bool
	marks                     map[int64]int64 // of rows, by slice
}

func newCensus() census {
	return census{counties: map[region.Code]bool{}, marks: map[int64]int64{}}
}

type documentRow struct {
	key    documentKey
	person int64
}

type nameRow struct {
	nameKey
	person int64
}

// taker takes a census.
type taker struct {
	census
	seed  maphash.Seed
	scrap countSums
}

func (t *taker) document(r documentRow) {
	t.documents++
	t.documentSum += maphash.Comparable(t.seed, r)
}

func (t *taker) name(r nameRow) {
	t.names++
	t.nameSum += maphash.Comparable(t.seed, r)
}

func (t *taker) count(k countKey, n int64) { t.countSum += maphash.Comparable(t.seed, k) * uint64(n) }

// person counts what stands beside a file that was opened.
func (t *taker) person(r *prepared) {
	t.persons++
	t.counties[codeOf(r.county)] = true
	for _, key := range r.documents {
		t.document(documentRow{key, int64(r.no)})
	}
	for _, key := range r.names {
		t.name(nameRow{key, int64(r.no)})
	}
	clear(t.scrap)
	t.scrap.add(r.changes, 1)
	for k, n := range t.scrap {
		t.count(k, n)
	}
}

func (c *census) add(o census) {
	c.persons += o.persons
	c.documents += o.documents
	c.names += o.names
	c.documentSum += o.documentSum
	c.nameSum += o.nameSum
	c.countSum += o.countSum
	for county := range o.counties {
		c.counties[county] = true
	}
	for slice, marks := range o.marks {
		c.marks[slice] ^= marks
	}
}

// verifyPersons opens every file and compares it with what stands beside it: its row, whose documents and names there are, and the
// counts of places. sealed counts the files that were not opened because the key is not there.
//
// 依据: SCE-4.1
func (s *Store) verifyPersons(ctx context.Context) (persons, sealed int64, err error) {
	var low, high int64
	if err := s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error { return scan(&sealed, &low, &high) }, "SELECT COUNT(*), COALESCE(MIN(person), 0), COALESCE(MAX(person), -1) FROM persons")
	}); err != nil || sealed == 0 {
		return 0, 0, err
	}
	keys := s.hung()
	if keys == nil {
		return 0, sealed, nil
	}
	seed := maphash.MakeSeed()
	files := newCensus()
	var mu sync.Mutex
	if err := inSlices(ctx, low, high, func(low int64) error {
		t := taker{seed: seed, scrap: countSums{}, census: newCensus()}
		if err := s.openSlice(ctx, keys, low, &t); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		files.add(t.census)
		return nil
	}); err != nil {
		return 0, 0, err
	}
	if err := s.compareCensus(ctx, files, seed); err != nil {
		return 0, 0, err
	}
	return files.persons, 0, s.compareMarks(ctx, files.marks)
}

// inSlices does something for every slice of numbers, at all processors, until the first error.
func inSlices(ctx context.Context, low, high int64, do func(low int64) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var wg sync.WaitGroup
	slices := make(chan int64)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for low := range slices {
				if err := do(low); err != nil {
					stop(err)
					return
				}
			}
		})
	}
	for ; low <= high && ctx.Err() == nil; low += streamSlice {
		select {
		case slices <- low:
		case <-ctx.Done():
		}
	}
	close(slices)
	wg.Wait()
	return context.Cause(ctx)
}

// openSlice opens files and compares each with its row.
func (s *Store) openSlice(ctx context.Context, keys *personKeys, low int64, t *taker) error {
	preparer := keys.preparer()
	var room []byte
	return s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			var no, source, version int64
			var kept prepared
			var sealed sql.RawBytes
			if err := scan(&no, &kept.county, &kept.home, &kept.lives, &kept.born, &source, &version, &sealed); err != nil {
				return err
			}
			var file *enrol.File
			var err error
			if file, room, err = keys.open(room, enrol.PersonNo(no), sealed); err != nil {
				return err
			}
			row, err := preparer.outline(file)
			if err != nil {
				return err
			}
			if row.county != kept.county || row.home != kept.home || row.lives != kept.lives || row.born != kept.born || int64(row.source) != source {
				return fault.New(fault.Refused, "store.verify_person", "person", no)
			}
			t.person(&row)
			t.marks[no/sliceSize] ^= keys.mark(row.no, version, sealed)
			return nil
		}, "SELECT person, county, home, lives, born, source, version, sealed FROM persons WHERE person >= $1 AND person < $2", low, low+streamSlice)
	})
}

// compareCensus compares what the files come to with what the tables hold.
func (s *Store) compareCensus(ctx context.Context, files census, seed maphash.Seed) error {
	t := taker{seed: seed, census: newCensus()}
	if err := s.read(ctx, func(l *link) error { return t.tables(l.querier(ctx)) }); err != nil {
		return err
	}
	switch {
	case t.documents != files.documents || t.documentSum != files.documentSum:
		return fault.New(fault.Refused, "store.verify_documents", "kept", t.documents, "files", files.documents)
	case t.names != files.names || t.nameSum != files.nameSum:
		return fault.New(fault.Refused, "store.verify_names", "kept", t.names, "files", files.names)
	case t.countSum != files.countSum:
		return fault.New(fault.Refused, "store.verify_counts")
	}
	for county := range files.counties {
		if !t.counties[county] {
			return fault.New(fault.Refused, "store.verify_county", "division", county)
		}
	}
	return nil
}

// tables reads what stands beside the files.
func (t *taker) tables(ask querier) error {
	if err := ask(func(scan func(...any) error) error {
		var r documentRow
		var key sql.RawBytes
		err := scan(&key, &r.person)
		copy(r.key[:], key)
		t.document(r)
		return err
	}, "SELECT key, person FROM person_documents"); err != nil {
		return err
	}
	if err := ask(func(scan func(...any) error) error {
		var r nameRow
		err := scan(&r.county, &r.key, &r.person)
		t.name(r)
		return err
	}, "SELECT county, key, person FROM person_names"); err != nil {
		return err
	}
	if err := ask(func(scan func(...any) error) error {
		var k countKey
		var year, head, n int64
		err := scan(&k.places, &k.place, &year, &head, &n)
		k.year, k.head = policy.Year(year), enrol.Head(head)
		t.count(k, n)
		return err
	}, "SELECT places, place, year, head, n FROM person_counts"); err != nil {
		return err
	}
	return ask(func(scan func(...any) error) error {
		var county int64
		err := scan(&county)
		t.counties[codeOf(county)] = true
		return err
	}, "SELECT county FROM person_counties")
}
