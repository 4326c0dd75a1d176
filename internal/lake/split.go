package lake

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"sync"

	"tongchou/internal/fault"
)

const (
	pieceSize     = 1 << 20
	longestRecord = 1 << 20
)

// piece is a run of whole records of a source.
type piece struct {
	seq  int
	row  int64  // of its first record; the header is row 1
	data []byte // records, each ending in a newline
	long []int64
	room []byte // that data stands in; nothing else does
}

// recordEnd gives the end of the first record, its newline included, and -1 when it does not end here. A quote that stays
// open for longer than a record may be stands for itself: the record ends with its line.
func recordEnd(b []byte) int {
	end, quotes, first := 0, 0, -1
	for {
		i := bytes.IndexByte(b[end:], '\n')
		if i < 0 || end+i >= longestRecord {
			if i < 0 && len(b) < longestRecord || first < 0 {
				return -1
			}
			return first
		}
		quotes += bytes.Count(b[end:end+i], []byte{'"'})
		end += i + 1
		if quotes%2 == 0 {
			return end
		}
		if first < 0 {
			first = end
		}
	}
}

// splitter cuts a source into pieces.
type splitter struct {
	source  io.Reader
	rest    []byte // read and not yet cut off
	first   int64  // the row of the first record behind the header; 2 when 0
	row     int64  // of the next record
	seq     int
	skip    bool // inside a record that is too long
	atEnd   bool
	refused []int64 // rows of records that are too long
	used    sync.Pool
}

// fill reads more of the source behind the rest.
func (s *splitter) fill() error {
	if s.atEnd {
		return nil
	}
	have := len(s.rest)
	grown := s.buffer(have + pieceSize)
	copy(grown, s.rest)
	n, err := io.ReadFull(s.source, grown[have:])
	s.rest = grown[:have+n]
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		s.atEnd = true
		if n := len(s.rest); n > 0 && s.rest[n-1] != '\n' {
			s.rest = append(s.rest, '\n')
		}
	case err != nil:
		return err
	}
	return nil
}

// buffer gives room for n bytes, used before where there is some.
func (s *splitter) buffer(n int) []byte {
	if b, ok := s.used.Get().(*[]byte); ok && cap(*b) >= n {
		return (*b)[:n]
	}
	return make([]byte, n, n+pieceSize/8)
}

// release takes back the room of a piece that is done with.
func (s *splitter) release(p piece) {
	if cap(p.room) >= pieceSize {
		s.used.Put(&p.room)
	}
}

// header reads the first record.
func (s *splitter) header() ([]byte, error) {
	if err := s.fill(); err != nil {
		return nil, err
	}
	if bytes.HasPrefix(s.rest, []byte("\xFF\xFE")) || bytes.HasPrefix(s.rest, []byte("\xFE\xFF")) || halfNUL(s.rest[:min(len(s.rest), 64)]) {
		return nil, fault.Refuse(fault.Problem{Message: fault.Msg("lake.import.utf16")})
	}
	s.rest = bytes.TrimPrefix(s.rest, []byte("\xEF\xBB\xBF"))
	end := recordEnd(s.rest)
	if end < 0 {
		return nil, fault.Refuse(fault.Problem{Row: 1, Message: fault.Msg("lake.import.no_header")})
	}
	head := s.rest[:end]
	if bytes.IndexByte(head, 0) >= 0 {
		return nil, fault.Refuse(fault.Problem{Row: 1, Message: fault.Msg("lake.row.nul")})
	}
	s.rest, s.row = s.rest[end:], cmp.Or(s.first, 2)
	head = bytes.TrimRight(head, "\r\n")
	if bytes.Count(head, []byte("\r")) > bytes.Count(head, []byte("\r\n")) {
		return nil, fault.Refuse(fault.Problem{Row: 1, Message: fault.Msg("lake.import.carriage")})
	}
	return head, nil
}

// halfNUL tells whether every other byte is NUL, as in UTF-16 without a mark.
func halfNUL(b []byte) bool {
	n := bytes.Count(b, []byte{0})
	return n > 0 && n >= len(b)/3
}

// next gives the next piece; io.EOF after the last.
func (s *splitter) next() (piece, error) {
	for {
		if s.skip {
			i := bytes.IndexByte(s.rest, '\n')
			if i < 0 {
				s.rest = nil
			} else {
				s.rest, s.skip, s.row = s.rest[i+1:], false, s.row+1
			}
		}
		if p, ok := s.cut(); ok {
			return p, nil
		}
		if !s.skip && len(s.rest) >= longestRecord+pieceSize || s.atEnd && len(s.rest) > 0 && !s.skip {
			s.refused, s.skip = append(s.refused, s.row), true
			continue
		}
		if s.atEnd {
			return s.last()
		}
		if err := s.fill(); err != nil {
			return piece{}, err
		}
	}
}

// last gives what is left to say at the end of the source.
func (s *splitter) last() (piece, error) {
	if len(s.refused) == 0 {
		return piece{}, io.EOF
	}
	p := piece{seq: s.seq, row: s.row, long: s.refused}
	s.seq, s.refused = s.seq+1, nil
	return p, nil
}

// cut takes the whole records off the rest.
func (s *splitter) cut() (piece, bool) {
	if s.skip || len(s.rest) == 0 {
		return piece{}, false
	}
	end, rows := 0, int64(0)
	if bytes.IndexByte(s.rest, '"') < 0 {
		end = bytes.LastIndexByte(s.rest, '\n') + 1
		rows = int64(bytes.Count(s.rest[:end], []byte{'\n'}))
	} else {
		for {
			n := recordEnd(s.rest[end:])
			if n < 0 && s.atEnd && end < len(s.rest) {
				n = bytes.IndexByte(s.rest[end:], '\n') + 1 // a quote that is never closed
			}
			if n <= 0 {
				break
			}
			end, rows = end+n, rows+1
		}
	}
	if end == 0 {
		return piece{}, false
	}
	p := piece{seq: s.seq, row: s.row, data: s.rest[:end:end], long: s.refused, room: s.rest}
	s.rest, s.row, s.seq, s.refused = bytes.Clone(s.rest[end:]), s.row+rows, s.seq+1, nil
	return p, true
}

// records calls f for every record of a piece with its row, until it fails or the context is done.
func (p piece) records(ctx context.Context, f func(row int64, record []byte) error) error {
	data, row := p.data, p.row
	for len(data) > 0 {
		end := recordEnd(data)
		if end < 0 {
			end = bytes.IndexByte(data, '\n') + 1
		}
		if record := bytes.TrimSuffix(data[:end-1], []byte{'\r'}); len(record) > 0 {
			if err := f(row, record); err != nil {
				return err
			}
		}
		if data, row = data[end:], row+1; row%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}
