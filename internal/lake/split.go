package lake

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"tongchou/internal/claim"
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
	return bytes.TrimRight(head, "\r\n"), nil
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

// header is how the columns of a source stand.
type header struct {
	delimiter  byte
	width      int
	at         []int    // for each column of a settlement its place, or -1
	titles     []string // and what the source calls it
	identities map[claim.Identity]bool
	unchecked  []string // identities that a column is missing for
	ignored    []string // columns that are not kept
}

// readHeader finds the columns by the names that a mapping gives them, else by their national ones.
func readHeader(line []byte, m Mapping) (header, error) {
	h := header{delimiter: ','}
	if bytes.Count(line, []byte{'\t'}) > bytes.Count(line, []byte{','}) {
		h.delimiter = '\t'
	}
	names, _, _ := splitCells(line, h.delimiter, nil, nil)
	h.width = len(names)
	place := map[string]int{}
	var bad fault.List
	inUTF8 := utf8.Valid(line)
	for i, name := range names {
		text := headerText(name, inUTF8)
		if _, twice := place[text]; twice {
			bad.Add(fault.Problem{Row: 1, Column: brief(text), Message: fault.Msg("lake.import.twice")})
		}
		if text != "" {
			place[text] = i
		}
	}
	kept := map[string]bool{}
	for _, c := range columns() {
		title, mapped := m.Columns[c.name]
		if !mapped {
			title = c.name
		}
		text := strings.ToLower(title)
		i, ok := place[text]
		switch {
		case !ok && mapped:
			bad.Add(fault.Problem{Row: 1, Column: title, Message: fault.Msg("lake.import.missing_mapped", "column", title, "for", c.name)})
		case !ok && c.need:
			bad.Add(fault.Problem{Row: 1, Column: c.name, Message: fault.Msg("lake.import.missing", "column", c.name)})
		}
		if !ok {
			i = -1
		}
		h.at, h.titles = append(h.at, i), append(h.titles, title)
		kept[text] = true
	}
	for i, name := range names {
		if text := headerText(name, inUTF8); text != "" && !kept[text] && place[text] == i {
			h.ignored = append(h.ignored, brief(text))
		}
	}
	h.findIdentities()
	return h, bad.Err()
}

// headerText is a column's name as it is looked up: in small letters.
func headerText(name []byte, inUTF8 bool) string {
	if !inUTF8 { // the whole line decides: some GB18030 looks like UTF-8 by itself
		name = fromGB18030(name)
	}
	return strings.ToLower(strings.TrimSpace(string(name)))
}

// recoded gives the places of the columns in a row that a recoder made.
func (h header) recoded() []int {
	out := slices.Clone(h.at)
	for i := range out {
		if out[i] >= 0 {
			out[i] = i
		}
	}
	return out
}

// findIdentities keeps the identities whose columns are all there. What the hospital bears may be left out.
func (h *header) findIdentities() {
	h.identities = map[claim.Identity]bool{claim.RefundIdentity: true}
	all := columns()
	for _, identity := range []claim.Identity{claim.ScopeIdentity, claim.FundIdentity, claim.BearerIdentity, claim.PersonIdentity} {
		complete := true
		for _, name := range strings.FieldsFunc(string(identity), func(r rune) bool { return r == '=' || r == '+' }) {
			for i, c := range all {
				if c.name == name && h.at[i] < 0 && name != "hosp_part_amt" {
					complete = false
				}
			}
		}
		if complete {
			h.identities[identity] = true
		} else {
			h.unchecked = append(h.unchecked, string(identity))
		}
	}
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
