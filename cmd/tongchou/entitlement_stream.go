package main

import (
	"bufio"
	"errors"
	"io"
	"sync"

	"tongchou/internal/enrol"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
)

// answerWriter writes answers in some shape.
type answerWriter interface {
	Append(b []byte, line *exchange.PersonLine, e enrol.Entitlement, reasons []enrol.Reason) []byte
	AppendRefusal(b []byte, line *exchange.PersonLine, err error) []byte
}

// answerStream answers people line by line, in their order; batches of lines are worked on side by side.
type answerStream struct {
	rules    *enrol.Rules
	explain  bool
	write    answerWriter
	workers  int
	progress func(lines int)
}

// Sizes of what is read: a line, and about how much is worked on in one piece.
const (
	longestLine = 1 << 20
	batchSize   = 1 << 17
)

// answerBatch is lines that stand one after another, and then their answers.
type answerBatch struct {
	text    []byte
	ends    []int // where each line ends
	out     []byte
	refused int
	done    chan struct{} // takes one word when the answers are there
}

// run answers what it reads until there is no more. Answers are written as soon as there is nothing more to read at the
// moment, so that it can be asked line by line.
func (s *answerStream) run(in io.Reader, out io.Writer) (lines, refused int, err error) {
	order, work, free := make(chan *answerBatch, 2*s.workers), make(chan *answerBatch, 2*s.workers), make(chan *answerBatch, 4*s.workers)
	stop := make(chan struct{})
	var readErr error
	var all sync.WaitGroup
	for range s.workers {
		all.Go(func() {
			for b := range work {
				s.answer(b)
				b.done <- struct{}{}
			}
		})
	}
	all.Go(func() {
		defer close(order)
		defer close(work)
		readErr = readBatches(in, free, func(b *answerBatch) bool {
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
func readBatches(in io.Reader, free <-chan *answerBatch, hand func(*answerBatch) bool) error {
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

func emptyBatch(free <-chan *answerBatch) *answerBatch {
	select {
	case b := <-free:
		b.text, b.ends, b.out, b.refused = b.text[:0], b.ends[:0], b.out[:0], 0
		return b
	default:
		return &answerBatch{done: make(chan struct{}, 1)}
	}
}

// answer answers the lines of a batch.
func (s *answerStream) answer(b *answerBatch) {
	var line exchange.PersonLine
	from := 0
	for _, end := range b.ends {
		e, reasons, err := s.ask(&line, b.text[from:end])
		if err != nil {
			b.refused++
			b.out = s.write.AppendRefusal(b.out, &line, err)
		} else {
			b.out = s.write.Append(b.out, &line, e, reasons)
		}
		from = end
	}
}

func (s *answerStream) ask(line *exchange.PersonLine, text []byte) (enrol.Entitlement, []enrol.Reason, error) {
	if err := line.Read(text); err != nil {
		return enrol.Entitlement{}, nil, err
	}
	if s.explain {
		return s.rules.Explain(&line.History)
	}
	e, err := s.rules.Entitle(&line.History)
	return e, nil, err
}
