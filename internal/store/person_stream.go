package store

import (
	"context"
	"database/sql"
	"iter"
	"runtime"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
)

// streamSlice is how many numbers a reader takes at a time.
const streamSlice = 4096

// Stream (批量读取) gives every file in the act's scope, by number, each as it stands when it is read. It is written down once, before
// the first. Reading and opening go on at all processors; the order stays.
//
// 依据: SCE-4.1, YA-4.10.2
func (p Persons) Stream(ctx context.Context, act Act) iter.Seq2[Person, error] {
	return func(yield func(Person, error) bool) {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		stream, err := p.stream(ctx, act)
		if err != nil {
			yield(Person{}, err)
			return
		}
		for slice := range stream {
			got := <-slice
			for _, person := range got.persons {
				if !yield(person, nil) {
					return
				}
			}
			if got.err != nil {
				yield(Person{}, got.err)
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(Person{}, err)
		}
	}
}

// slice is what a reader found among some numbers.
type slice struct {
	persons []Person
	err     error
}

// stream starts the readers. Their slices come in order.
func (p Persons) stream(ctx context.Context, act Act) (<-chan chan slice, error) {
	keys, err := p.s.lookKeys(ctx)
	if err != nil {
		return nil, err
	}
	act.Action, act.Object = streamPerson, office.Object{Kind: "persons", ID: string(act.Scope.Division)}
	if _, err := p.s.Write(ctx, act, func(*Tx) error { return nil }); err != nil {
		return nil, err
	}
	r := reader{s: p.s, keys: keys}
	if err := p.s.read(ctx, func(l *link) error { return r.survey(l.querier(ctx), act.Scope) }); err != nil {
		return nil, err
	}
	out := make(chan chan slice, 2*runtime.GOMAXPROCS(0))
	turns := make(chan struct{}, runtime.GOMAXPROCS(0))
	go func() {
		defer close(out)
		for low := r.low; low <= r.high; low += streamSlice {
			one := make(chan slice, 1)
			select {
			case out <- one:
			case <-ctx.Done():
				return
			}
			turns <- struct{}{}
			go func() {
				persons, err := r.read(ctx, low)
				one <- slice{persons, err}
				<-turns
			}()
		}
	}()
	return out, nil
}

// reader reads slices of numbers within a scope.
type reader struct {
	s           *Store
	keys        *personKeys
	first, last int64
	low, high   int64
	text        string
}

// A scope of all counties is read through the numbers; a smaller one through the index of counties.
const (
	readAll = "SELECT " + personColumns + " FROM persons WHERE person >= $1 AND person < $2 AND county + 0 >= $3 AND county + 0 <= $4 ORDER BY person"
	readOne = "SELECT p.person, p.county, p.version, p.sealed FROM person_counties c CROSS JOIN persons p WHERE p.person >= $1 AND p.person < $2 AND p.county = c.county AND c.county >= $3 AND c.county <= $4 ORDER BY p.person"
)

func (r *reader) survey(ask querier, scope office.Scope) error {
	r.first, r.last = codeBounds(scope)
	var counties, others int64
	if err := ask(func(scan func(...any) error) error { return scan(&counties, &others) },
		"SELECT COUNT(*) FILTER (WHERE county >= $1 AND county <= $2), COUNT(*) FILTER (WHERE county < $1 OR county > $2) FROM person_counties", r.first, r.last); err != nil {
		return err
	}
	if r.text = readOne; others == 0 {
		r.text = readAll
	}
	if counties == 0 {
		r.high = -1
		return nil
	}
	return ask(func(scan func(...any) error) error { return scan(&r.low, &r.high) }, "SELECT COALESCE(MIN(person), 0), COALESCE(MAX(person), -1) FROM persons")
}

// read reads a slice.
func (r *reader) read(ctx context.Context, low int64) (persons []Person, err error) {
	persons = make([]Person, 0, streamSlice)
	var room []byte
	err = r.s.read(ctx, func(l *link) error {
		rows, err := l.query(ctx, r.text, low, low+streamSlice, r.first, r.last)
		return each(rows, err, func(scan func(...any) error) error {
			var p Person
			var no, county int64
			var sealed sql.RawBytes
			if err := scan(&no, &county, &p.Version, &sealed); err != nil {
				return err
			}
			p.County = codeOf(county)
			p.File, room, err = r.keys.open(room, enrol.PersonNo(no), sealed)
			persons = append(persons, p)
			return err
		})
	})
	return persons, err
}
