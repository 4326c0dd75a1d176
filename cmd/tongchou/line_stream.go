package main

import (
	"bufio"
	"errors"
	"io"
	"sync"

	"tongchou/internal/fault"
)

// lineStream answers lines in their order. Batches of lines are worked on side by side, and finished one after another.
type lineStream struct {
	work, finish func(b *lineBatch)
	workers      int
	progress     func(lines int)
}

// Sizes of what is read: a line, and about how much is worked on in one piece.
const (
	longestLine = 1 << 20
	batchSize   = 1 << 17
)

// lineBatch is lines that stand one after another, and then their answers.
type lineBatch struct {
	text    []byte
	ends    []int // where each line ends
	out     []byte
	refused int
	visits  []readVisit   // of a stream of visits
	done    chan struct{} // takes one word when the answers are there
}

// run answers what it reads until there is no more. Answers are written as soon as there is nothing more to read at the
// moment, so that it can be asked line by line.
func (s *lineStream) run(in io.Reader, out io.Writer) (lines, refused int, err error) {
	order, work, free := make(chan *lineBatch, 2*s.workers), make(chan *lineBatch, 2*s.workers), make(chan *lineBatch, 4*s.workers)
	stop := make(chan struct{})
	var readErr error
	var all sync.WaitGroup
	for range s.workers {
		all.Go(func() {
			for b := range work {
				s.work(b)
				b.done <- struct{}{}
			}
		})
	}
	all.Go(func() {
		defer close(order)
		defer close(work)
		readErr = readBatches(in, free, func(b *lineBatch) bool {
			select {
			case order <- b:
				work <- b
				return true
			case <-stop:
				return false
			}
		})
	})
	for b := range order {
		<-b.done
		if err == nil {
			s.finish(b)
			if _, err = out.Write(b.out); err != nil {
				close(stop)
			}
		}
		lines, refused = lines+len(b.ends), refused+b.refused
		s.progress(lines)
		select {
		case free <- b:
		default:
		}
	}
	all.Wait()
	s.progress(0)
	if err != nil {
		return lines, refused, fault.Wrap(err, "cli.cannot_write", "file", standard)
	}
	return lines, refused, readErr
}

// readBatches reads lines and hands them on in batches until hand says no. Of a line that is too long only the beginning
// is handed on, which is no JSON.
func readBatches(in io.Reader, free <-chan *lineBatch, hand func(*lineBatch) bool) error {
	r := bufio.NewReaderSize(in, longestLine)
	b := emptyBatch(free)
	for {
		line, err := r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			line = line[:1]
			err = skipLine(r)
		}
		if len(line) > 0 {
			b.text = append(b.text, line...)
			b.ends = append(b.ends, len(b.text))
		}
		if len(b.ends) > 0 && (err != nil || len(b.text) >= batchSize || r.Buffered() == 0) {
			if !hand(b) {
				return nil
			}
			b = emptyBatch(free)
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fault.Wrap(err, "cli.entitlement.cannot_read")
		}
	}
}

// skipLine reads on to the end of the line.
func skipLine(r *bufio.Reader) error {
	for {
		if _, err := r.ReadSlice('\n'); !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

func emptyBatch(free <-chan *lineBatch) *lineBatch {
	select {
	case b := <-free:
		b.text, b.ends, b.out, b.refused = b.text[:0], b.ends[:0], b.out[:0], 0
		return b
	default:
		return &lineBatch{done: make(chan struct{}, 1)}
	}
}
