package synth

import (
	"context"
	"io"
	"runtime"
	"sync"

	"tongchou/internal/claim"
)

// personsPerBlock is how many persons' years are written at once.
const personsPerBlock = 2048

// ClaimProgress (进度) tells how far a writing of claims has come.
type ClaimProgress struct {
	PersonYears, Of int64 // written, and of how many
	Rows, Bytes     int64
}

// block is a piece of the file, and what it holds.
type block struct {
	text        []byte
	rows        int64
	personYears int64
}

// task asks for a block: the persons of a year, and where to hand it.
type task struct {
	year     *claimYear
	from, to int64
	done     chan block
}

// WriteCSV (写出结算数据) writes the header and all settlements as claim.Settlement's AppendCSV does. So many workers (all
// processors when 0) write blocks of persons, which are put in order, so that the bytes do not depend on how many they
// are. It stops at the context's end and at the first error of the writer, and tells its progress, when asked, after
// each block. What it needs in memory does not depend on the number of persons.
func (c *Claims) WriteCSV(ctx context.Context, w io.Writer, workers int, progress func(ClaimProgress)) (ClaimProgress, error) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	done := ClaimProgress{Of: c.options.Persons * int64(len(c.years))}
	n, err := w.Write(claim.AppendHeader(nil))
	done.Bytes = int64(n)
	if err != nil {
		return done, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel(nil)
	tasks, order, free := make(chan task), make(chan chan block, 2*workers), make(chan []byte, 4*workers)
	all.Go(func() { c.divide(ctx, tasks, order) })
	for range workers {
		all.Go(func() {
			for t := range tasks {
				t.done <- c.write(t, room(free))
			}
		})
	}
	for next := range order {
		if err := context.Cause(ctx); err != nil {
			return done, err
		}
		b := <-next
		n, err := w.Write(b.text)
		done.Bytes += int64(n)
		if err != nil {
			return done, err
		}
		done.Rows += b.rows
		done.PersonYears += b.personYears
		if progress != nil {
			progress(done)
		}
		select {
		case free <- b.text[:0]:
		default:
		}
	}
	return done, context.Cause(ctx)
}

// divide hands out the blocks in order, until all are handed out or the context ends.
func (c *Claims) divide(ctx context.Context, tasks chan<- task, order chan<- chan block) {
	defer close(order)
	defer close(tasks)
	for _, y := range c.years {
		for from := int64(0); from < c.options.Persons; from += personsPerBlock {
			t := task{y, from, min(from+personsPerBlock, c.options.Persons), make(chan block, 1)}
			select {
			case tasks <- t:
			case <-ctx.Done():
				return
			}
			select {
			case order <- t.done:
			case <-ctx.Done():
				return
			}
		}
	}
}

// room gives a buffer that has been used before, if there is one.
func room(free <-chan []byte) []byte {
	select {
	case b := <-free:
		return b
	default:
		return make([]byte, 0, personsPerBlock<<10)
	}
}

func (c *Claims) write(t task, into []byte) block {
	b := block{text: into, personYears: t.to - t.from}
	for s := range c.Of(t.year.year, t.from, t.to) {
		b.text = s.AppendCSV(b.text)
		b.rows++
	}
	return b
}
