package main

import (
	"io"

	"tongchou/internal/enrol"
	"tongchou/internal/exchange"
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

// run answers what it reads until there is no more.
func (s *answerStream) run(in io.Reader, out io.Writer) (lines, refused int, err error) {
	stream := lineStream{work: s.answer, finish: func(*lineBatch) {}, workers: s.workers, progress: s.progress}
	return stream.run(in, out)
}

// answer answers the lines of a batch.
func (s *answerStream) answer(b *lineBatch) {
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
