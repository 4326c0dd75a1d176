// Package intake takes files of persons into the store: everything is checked, good rows take effect, bad ones are told by row, and
// what was interrupted goes on where it stopped.
//
// 依据: SCE-4.1
package intake

import (
	"context"
	"errors"
	"hash/maphash"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"time"

	"tongchou/internal/enrol"
	"tongchou/internal/exchange/people"
	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// Options (导入选项) are whose act an import is and how it is done.
type Options struct {
	// Act says who imports, and for which divisions.
	Act store.Act
	// Counties tells which codes are counties; nothing in a file may lie after Today.
	Counties func(region.Code) bool
	Today    policy.Date
	// Preview checks everything and changes nothing.
	Preview bool
	// Add adds to the files of those who have one what is new in their rows and contradicts nothing; otherwise such rows are refused.
	Add bool
	// Batch is how many persons a transaction holds; when zero, a fifth of what the store holds, from 200,000 to 500,000. Workers is how many read; as many as processors when zero.
	Batch, Workers int
	// Progress is told now and then how far the import is; nil when nobody asks.
	Progress func(Progress)
}

// Progress (导入进度) is how far an import is. Bytes counts text, which of a workbook is all at once.
type Progress struct {
	Rows, Refused, Bytes, Size int64
	Elapsed                    time.Duration
}

// Report (导入结果) is what an import came to, or would.
type Report struct {
	// File is what was read.
	File *people.File
	// Rows are the rows that were read; Persons those that made, or would make, a file; Synthetic those of them that are labelled as made up.
	Rows, Persons, Synthetic int64
	// Refused are the rows that did not take effect, with the reasons.
	Refused people.Problems
	// Added are the files something was, or would be, added to; Agreed those that said everything already.
	Added, Agreed int64
	// Before is how many rows an earlier run had done; Again that it had done all.
	Before int64
	Again  bool
}

// First gives the first problems in the order of the file, as many as are asked for.
func (r Report) First(most int) []fault.Problem {
	var out []fault.Problem
	for _, row := range slices.Sorted(maps.Keys(r.Refused)) {
		if out = append(out, r.Refused[row]...); len(out) >= most {
			return out[:most]
		}
	}
	return out
}

// A transaction writes nearly every page of the indexes by document and name once, whatever it holds; so it holds more when they are large.
const (
	leastBatch = 200_000
	mostBatch  = 500_000
	batchShare = 5
	// mostRefused is how many bad rows an import goes through before it gives up.
	mostRefused = 1_000_000
)

// People (导入参保人员) imports a file of persons. Rows that are refused are no error: they stand in the report, and the others take
// effect. An error means that the import stopped; what was kept until then stays, and the same file imported again goes on from there.
//
// 依据: SCE-4.1
func People(ctx context.Context, s *store.Store, path string, o Options) (Report, error) {
	file, err := people.Open(path)
	if err != nil {
		return Report{}, err
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	o.Act.Action = "person.import"
	r := &run{o: o, file: file, begun: time.Now(), report: Report{File: file, Refused: people.Problems{}}}
	if err := r.imported(ctx, s.Persons()); err != nil || r.report.Again && !o.Add {
		return r.report, err
	}
	r.repeated()
	if o.Add {
		if err := r.add(ctx); err != nil {
			return r.report, err
		}
	}
	if o.Preview || r.report.Again {
		return r.report, nil
	}
	return r.report, r.im.Finish(ctx)
}

// run is an import under way.
type run struct {
	o      Options
	file   *people.File
	im     *store.Import
	base   enrol.PersonNo // the number of the row after the mark
	begun  time.Time
	told   time.Time
	report Report
	batch  []store.Draft
	named  []store.Draft // of rows an earlier run has done, or of a preview
	seen   []seen
	seed   maphash.Seed
	last   int64 // the last row that was taken

	// of the writer, until it has ended
	stored  int64
	repeats []int64
}

// seen is a document of a row, by a hash.
type seen struct {
	hash uint64
	row  int64
}

// imported goes through the file, unless that was done before.
func (r *run) imported(ctx context.Context, persons store.Persons) (err error) {
	err = r.begin(ctx, persons)
	if r.im != nil && !r.o.Preview {
		defer func() {
			if failed := r.im.Close(ctx); err == nil {
				err = failed
			}
		}()
	}
	if err != nil || r.report.Again {
		return err
	}
	return r.all(ctx)
}

// begin finds how far the file came before.
func (r *run) begin(ctx context.Context, persons store.Persons) (err error) {
	r.seed = maphash.MakeSeed()
	if r.o.Preview {
		r.im, err = persons.Preview(ctx, r.o.Act, r.file.Digest)
	} else {
		r.im, err = persons.Import(ctx, r.o.Act, r.file.Digest, r.file.Name)
	}
	if err != nil {
		return err
	}
	r.report.Before, r.report.Again = r.im.Done, r.im.Finished
	if r.o.Preview || r.im.Finished {
		return nil
	}
	r.base, err = r.im.Numbers(ctx, int(max(1, r.file.Rows-r.im.Done)))
	r.last = r.im.Done
	return err
}

// task is a block on its way through a reader.
type task struct {
	block people.Block
	done  chan result
}

// result is what a reader made of a block.
type result struct {
	end     int64
	rows    []people.Row // those that are refused, or were done before
	drafts  []store.Draft
	hashes  []seen
	made    int64 // of them labelled as made up
	read    int64
	lastRow int64
	err     error
}

// all goes through the file: one reads, some make drafts, one stores them.
func (r *run) all(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	tasks, order := make(chan task, r.o.Workers), make(chan task, 2*r.o.Workers)
	go func() {
		defer close(tasks)
		defer close(order)
		if err := r.file.Blocks(ctx, func(b people.Block) error {
			t := task{b, make(chan result, 1)}
			for _, queue := range []chan task{order, tasks} {
				select {
				case queue <- t:
				case <-ctx.Done():
					return context.Cause(ctx)
				}
			}
			return nil
		}); err != nil {
			stop(err)
		}
	}()
	for range r.o.Workers {
		w, err := r.worker()
		if err != nil {
			return err
		}
		go func() {
			for t := range tasks {
				t.done <- w.work(t.block)
			}
		}()
	}
	writer := r.writer(ctx, stop)
	err := r.collect(ctx, order, writer)
	for range order { // so that nobody waits for a place in it
	}
	if failed := writer.end(); err == nil {
		err = failed
	}
	r.report.Persons += r.stored
	r.known(r.repeats)
	if err == nil {
		err = context.Cause(ctx)
	}
	return err
}

// collect takes what the readers made in the order of the file.
func (r *run) collect(ctx context.Context, order <-chan task, w *writer) error {
	for t := range order {
		var got result
		select {
		case got = <-t.done:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if got.err != nil {
			return got.err
		}
		if err := r.take(ctx, got); err != nil {
			return err
		}
		if len(r.batch) >= r.full() {
			if err := w.send(ctx, batch{r.last, store.NewLoad(r.batch)}); err != nil {
				return err
			}
			r.batch = make([]store.Draft, 0, r.full()+r.full()/16)
		}
		r.tell(got.end)
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if err := r.check(ctx); err != nil {
		return err
	}
	if !r.o.Preview && r.last > r.im.Done {
		return w.send(ctx, batch{r.last, store.NewLoad(r.batch)})
	}
	return nil
}

// full is how many persons the next transaction holds. Numbers are given one after the other, so that the last tells how many there are.
func (r *run) full() int {
	if r.o.Batch > 0 {
		return r.o.Batch
	}
	return min(max((int(r.base)+int(r.last-r.report.Before))/batchShare, leastBatch), mostBatch)
}

func (r *run) take(ctx context.Context, got result) error {
	r.report.Rows += got.read
	r.report.Synthetic += got.made
	r.last = max(r.last, got.lastRow)
	for _, row := range got.rows {
		r.refuse(row.Row, row.Problems...)
	}
	if len(r.report.Refused) > mostRefused {
		return fault.New(fault.Refused, "intake.too_many", "count", mostRefused)
	}
	r.seen = append(r.seen, got.hashes...)
	for _, d := range got.drafts {
		if r.stores(d.Row()) {
			r.batch = append(r.batch, d)
		} else {
			r.named = append(r.named, d)
		}
	}
	if len(r.named) >= leastBatch {
		return r.check(ctx)
	}
	return nil
}

func (r *run) refuse(row int64, problems ...fault.Problem) {
	r.report.Refused[row] = append(r.report.Refused[row], problems...)
}

// known refuses rows whose document is in a file already.
func (r *run) known(rows []int64) {
	for _, row := range rows {
		r.refuse(row, fault.Problem{File: r.file.Name, Row: int(row), Column: "document_number", Message: fault.Msg("exchange.people.known")})
	}
}

// check looks up those who are not stored by this run.
func (r *run) check(ctx context.Context) error {
	rows, err := r.im.Known(ctx, r.named)
	r.known(rows)
	r.report.Persons += int64(len(r.named) - len(rows))
	r.named = r.named[:0]
	return err
}

// stores tells whether this run stores what a row says: not a preview, and not what was done before.
func (r *run) stores(row int64) bool { return !r.o.Preview && row > r.report.Before }

// repeated refuses rows that are not stored and name the same document as one before.
func (r *run) repeated() {
	slices.SortFunc(r.seen, func(a, b seen) int {
		if a.hash != b.hash {
			if a.hash < b.hash {
				return -1
			}
			return 1
		}
		return int(a.row - b.row)
	})
	for i := 1; i < len(r.seen); i++ {
		if r.seen[i].hash == r.seen[i-1].hash {
			row := r.seen[i].row
			if r.report.Refused[row] == nil {
				r.report.Persons--
			}
			r.refuse(row, fault.Problem{File: r.file.Name, Row: int(row), Column: "document_number",
				Message: fault.Msg("exchange.people.repeated", "row", strconv.FormatInt(r.seen[i-1].row, 10))})
		}
	}
}

// tellEvery is how often progress is told.
const tellEvery = 100 * time.Millisecond

func (r *run) tell(end int64) {
	if r.o.Progress == nil || time.Since(r.told) < tellEvery {
		return
	}
	r.told = time.Now()
	r.o.Progress(Progress{Rows: r.report.Rows, Refused: int64(len(r.report.Refused)), Bytes: end, Size: r.file.Size, Elapsed: time.Since(r.begun)})
}

// batch is what a transaction holds: the rows up to one.
type batch struct {
	upTo int64
	load store.Load
}

// writer stores batches while the next is made.
type writer struct {
	batches chan batch
	done    chan struct{}
	err     error
}

func (r *run) writer(ctx context.Context, stop context.CancelCauseFunc) *writer {
	w := &writer{batches: make(chan batch), done: make(chan struct{})}
	go func() {
		defer close(w.done)
		for b := range w.batches {
			if w.err != nil {
				continue
			}
			kept, err := r.im.Keep(ctx, b.upTo, b.load)
			if err != nil {
				w.err = err
				stop(err)
				continue
			}
			r.wrote(kept)
		}
	}()
	return w
}

func (w *writer) send(ctx context.Context, b batch) error {
	select {
	case w.batches <- b:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// end waits for the last batch.
func (w *writer) end() error {
	close(w.batches)
	<-w.done
	if errors.Is(w.err, context.Canceled) {
		return context.Canceled
	}
	return w.err
}

// wrote counts what was stored. The report is the collector's until the writer has ended, so that it is kept apart.
func (r *run) wrote(kept store.Kept) {
	r.stored += kept.Persons
	r.repeats = append(r.repeats, kept.Known...)
}
