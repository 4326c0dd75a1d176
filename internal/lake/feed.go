package lake

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"sync"
	"time"

	"tongchou/internal/claim"
	"tongchou/internal/fault"
	"tongchou/internal/money"
)

// Progress (进度) says how far an import is. Left is 0 while it cannot be told.
type Progress struct {
	Rows, Rejected, Bytes, Size int64
	Elapsed, Left               time.Duration
}

// Rate is how many rows a second were read so far.
func (p Progress) Rate() int64 {
	if p.Elapsed <= 0 {
		return 0
	}
	return int64(float64(p.Rows) / p.Elapsed.Seconds())
}

// fed is what checking one piece came to.
type fed struct {
	seq     int
	bytes   int
	rejects []reject
	tally   tally
	err     error
}

// feed checks a source and hands its sound rows on; refused takes the others, in their order.
type feed struct {
	lake    *Lake
	key     []byte
	keep    func(*storedRow) error
	refused func([]reject) error
	tell    func(Progress)
	size    int64
	mapping Mapping

	header   header
	progress Progress
	tally    tally
	at       func() int64 // how much of the source is read, where that is not what is split
}

func (f *feed) run(ctx context.Context, source records) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	f.at = source.at
	s := &splitter{source: source, first: source.first}
	line, err := s.header()
	if err != nil {
		return err
	}
	if f.header, err = readHeader(line, f.mapping); err != nil {
		return err
	}
	f.progress.Bytes = int64(len(line)) + 1
	pieces, results := make(chan piece), make(chan fed)
	var all sync.WaitGroup
	all.Go(func() { f.split(ctx, s, pieces, results) })
	for range f.lake.options.Threads {
		all.Go(func() { f.work(ctx, s, pieces, results) })
	}
	go func() {
		all.Wait()
		close(results)
	}()
	return f.gather(results, cancel)
}

// split cuts pieces off the source until it ends.
func (f *feed) split(ctx context.Context, s *splitter, pieces chan<- piece, results chan<- fed) {
	defer close(pieces)
	for {
		p, err := s.next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			results <- fed{seq: -1, err: err}
			return
		}
		select {
		case pieces <- p:
		case <-ctx.Done():
			results <- fed{seq: -1, err: ctx.Err()}
			return
		}
	}
}

// newChecker makes a checker for the source's columns.
func (f *feed) newChecker() *checker {
	c := &checker{columns: columns(), keep: f.keep, at: f.header.at, identities: f.header.identities,
		places: newPlaces(f.lake.tree), persons: newPseudonymizer(f.key), recoder: newRecoder(f.mapping, f.header.at), inFen: f.mapping.Amounts == Fen, beside: f.header}
	for i := range c.columns {
		c.columns[i].name = f.header.titles[i]
	}
	if c.recoder != nil {
		c.at = f.header.recoded()
	}
	s := &c.row
	c.amounts = [amountCount]*money.Fen{&s.Total, &s.SelfPaidWhole, &s.OverLimit, &s.SelfPaidFirst, &s.InScope,
		&s.BasicPaid, &s.CivilServantPaid, &s.EnterprisePaid, &s.LargeAmountPaid, &s.CatastrophicPaid, &s.AidPaid, &s.OtherPaid,
		&s.FundPaid, &s.PersonPaid, &s.HospitalPaid, &s.AccountPaid, &s.CashPaid, &s.FamilyAccountPaid}
	return c
}

// work checks pieces.
func (f *feed) work(ctx context.Context, s *splitter, pieces <-chan piece, results chan<- fed) {
	c := f.newChecker()
	for p := range pieces {
		c.rejects, c.tally = nil, tally{}
		for _, row := range p.long {
			c.rejects = append(c.rejects, reject{row: row, problems: []fault.Problem{{Message: fault.Msg("lake.row.long", "most", longestRecord)}}})
		}
		err := p.records(ctx, func(row int64, record []byte) error { return c.check(row, record, f.header.delimiter, f.header.width) })
		slices.SortFunc(c.rejects, func(a, b reject) int { return int(a.row - b.row) })
		results <- fed{p.seq, len(p.data), c.rejects, c.tally, err}
		s.release(p)
	}
}

// gather adds the results up, and hands the rejects on in the order of the source. After the first error it only drains.
func (f *feed) gather(results <-chan fed, cancel func()) error {
	var failed error
	waiting, next := map[int]fed{}, 0
	started, told := time.Now(), time.Time{}
	for r := range results {
		if r.err != nil && failed == nil {
			failed = r.err
			cancel()
		}
		if failed != nil {
			continue
		}
		f.tally.add(r.tally)
		f.progress.Bytes += int64(r.bytes)
		f.progress.Rows = f.tally.rows + f.progress.Rejected
		waiting[r.seq] = fed{rejects: r.rejects}
		for ready, ok := waiting[next]; ok; ready, ok = waiting[next] {
			delete(waiting, next)
			next++
			f.progress.Rejected += int64(len(ready.rejects))
			if err := f.refused(ready.rejects); err != nil && failed == nil {
				failed = err
				cancel()
			}
		}
		if f.tell != nil && time.Since(told) > 100*time.Millisecond {
			told = time.Now()
			f.report(time.Since(started))
		}
	}
	if f.tell != nil && failed == nil {
		f.report(time.Since(started))
	}
	return failed
}

func (f *feed) report(elapsed time.Duration) {
	p := &f.progress
	if f.at != nil {
		p.Bytes = f.at()
	}
	p.Size, p.Elapsed, p.Left = f.size, elapsed, 0
	p.Rows = f.tally.rows + p.Rejected
	if p.Bytes > 0 && p.Size > p.Bytes {
		p.Left = time.Duration(float64(elapsed) / float64(p.Bytes) * float64(p.Size-p.Bytes))
	}
	f.tell(*p)
}

func (t *tally) add(u tally) {
	if u.rows > 0 {
		if t.rows == 0 || u.from < t.from {
			t.from = u.from
		}
		if u.to > t.to {
			t.to = u.to
		}
	}
	t.rows, t.refunds, t.synthetic = t.rows+u.rows, t.refunds+u.refunds, t.synthetic || u.synthetic
}

// appendReject appends a line of the reject file: the row, its number, where and why, and its cells.
func appendReject(b []byte, r reject, say func(fault.Message) string) []byte {
	var columns, reasons [][]byte
	for _, p := range r.problems {
		if p.Column != "" {
			columns = append(columns, []byte(p.Column))
		}
		reasons = append(reasons, []byte(say(p.Message)))
	}
	b = strconv.AppendInt(b, r.row, 10)
	b = appendCell(b, bytes.Join(columns, []byte(" ")))
	b = appendCell(b, bytes.Join(reasons, []byte("; ")))
	if r.cells == nil {
		b = append(b, bytes.Repeat([]byte{','}, columnCount)...)
	}
	return append(append(b, r.cells...), '\n')
}

// rejectHeader is the first line of a reject file.
func rejectHeader() []byte {
	b := []byte("row,column,reason")
	for _, name := range claim.Columns() {
		b = appendCell(b, []byte(name))
	}
	return append(b, '\n')
}
