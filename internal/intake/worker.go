package intake

import (
	"errors"
	"hash/maphash"

	"tongchou/internal/enrol"
	"tongchou/internal/exchange/people"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// worker reads blocks and makes drafts.
type worker struct {
	run     *run
	reader  *people.Reader
	drafter *store.Drafter
}

func (r *run) worker() (*worker, error) {
	reader, err := r.file.Reader(r.o.Counties, r.o.Today)
	return &worker{r, reader, r.im.Drafter()}, err
}

func (w *worker) work(b people.Block) (got result) {
	got.end, got.lastRow = b.End, b.Row+b.Rows-1
	got.drafts = make([]store.Draft, 0, b.Rows)
	w.reader.Read(b, func(row people.Row) {
		got.read++
		if len(row.Problems) > 0 {
			got.rows = append(got.rows, row)
			return
		}
		d, err := w.draft(row)
		var refused *fault.Error
		switch {
		case err == nil:
			got.drafts = append(got.drafts, d)
			if row.Synthetic {
				got.made++
			}
			if !w.run.stores(row.Row) {
				got.hashes = append(got.hashes, seen{maphash.Comparable(w.run.seed, row.Document), row.Row})
			}
		case errors.As(err, &refused) && refused.Kind == fault.Refused:
			row.Problems = []fault.Problem{{File: w.run.file.Name, Row: int(row.Row), Column: "lives", Message: refused.Message}}
			got.rows = append(got.rows, row)
		default:
			got.err = err
		}
	})
	return got
}

// draft seals the file of a row. One that is only looked at is not sealed.
func (w *worker) draft(row people.Row) (store.Draft, error) {
	if w.run.stores(row.Row) {
		return w.drafter.Draft(w.run.base+enrol.PersonNo(row.Row-w.run.report.Before-1), row.Row, row.Facts)
	}
	file := enrol.File{}
	file.Add(0, row.Facts...)
	if county := file.Outline().County; !within(w.run.o.Act.Scope, county) {
		return store.Draft{}, fault.New(fault.Refused, "exchange.people.outside", "division", county)
	}
	return w.drafter.Named(row.Row, row.Document), nil
}

func within(scope office.Scope, county region.Code) bool {
	return scope.Reach != office.Above && scope.Holds(county)
}
