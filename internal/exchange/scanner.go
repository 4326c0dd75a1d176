package exchange

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// scanner reads one JSON value piece by piece, without copying. What is not JSON sets bad, and everything after that
// gives nothing.
type scanner struct {
	text []byte
	at   int
	bad  bool
}

// deepest is how deep values that nobody reads may be nested.
const deepest = 100

func (s *scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return
		}
	}
}

// next is the first byte of what comes next, 0 at the end.
func (s *scanner) next() byte {
	s.space()
	if s.bad || s.at >= len(s.text) {
		return 0
	}
	return s.text[s.at]
}

// take takes a byte if it comes next.
func (s *scanner) take(c byte) bool {
	if s.next() != c || c == 0 {
		return false
	}
	s.at++
	return true
}

func (s *scanner) want(c byte) {
	if !s.take(c) {
		s.bad = true
	}
}

// end wants nothing more to come.
func (s *scanner) end() {
	s.space()
	if s.at < len(s.text) {
		s.bad = true
	}
}

// members goes through the keys of an object; f reads the value.
func (s *scanner) members(f func(key []byte)) {
	s.want('{')
	if s.bad || s.take('}') {
		return
	}
	for !s.bad {
		key := s.unquoted(s.string())
		s.want(':')
		if s.bad {
			return
		}
		f(key)
		if !s.take(',') {
			s.want('}')
			return
		}
	}
}

// items goes through the items of an array.
func (s *scanner) items(f func()) {
	s.want('[')
	if s.bad || s.take(']') {
		return
	}
	for !s.bad {
		f()
		if !s.take(',') {
			s.want(']')
			return
		}
	}
}

// token is a value as it stands in the text.
type token []byte

// kind tells what a token is: '"' a string, '0' a number, 'n' null, 't' and 'f' booleans, '{' and '[' the rest.
func (t token) kind() byte {
	switch {
	case len(t) == 0:
		return 0
	case t[0] == '-' || t[0] >= '0' && t[0] <= '9':
		return '0'
	}
	return t[0]
}

// value is the next value of any kind.
func (s *scanner) value() token { return s.nested(0) }

func (s *scanner) nested(depth int) token {
	c := s.next()
	from := s.at
	switch {
	case c == '"':
		return s.string()
	case depth < deepest && c == '{':
		s.members(func([]byte) { s.nested(depth + 1) })
	case depth < deepest && c == '[':
		s.items(func() { s.nested(depth + 1) })
	case c == '-' || c >= '0' && c <= '9':
		s.number()
	case s.word("null") || s.word("true") || s.word("false"):
	default:
		s.bad = true
	}
	if s.bad {
		return nil
	}
	return token(s.text[from:s.at])
}

func (s *scanner) word(w string) bool {
	if !bytes.HasPrefix(s.text[min(s.at, len(s.text)):], []byte(w)) {
		return false
	}
	s.at += len(w)
	return true
}

// string is the next string with its quotes; its escapes are looked at when it is read.
func (s *scanner) string() token {
	if s.next() != '"' {
		s.bad = true
		return nil
	}
	for at := s.at + 1; at < len(s.text); at++ {
		switch c := s.text[at]; {
		case c == '"':
			t := token(s.text[s.at : at+1])
			s.at = at + 1
			if !utf8.Valid(t) {
				s.bad = true
			}
			return t
		case c == '\\':
			at++
		case c < ' ':
			s.bad = true
			return nil
		}
	}
	s.bad = true
	return nil
}

// unquoted is what a string says; a bad escape is bad.
func (s *scanner) unquoted(t token) []byte {
	if len(t) < 2 {
		return nil
	}
	if bytes.IndexByte(t, '\\') < 0 {
		return t[1 : len(t)-1]
	}
	var text string
	if json.Unmarshal(t, &text) != nil {
		s.bad = true
	}
	return []byte(text)
}

// number goes over a number as JSON writes it.
func (s *scanner) number() {
	digits := func() {
		from := s.at
		for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
			s.at++
		}
		s.bad = s.bad || s.at == from
	}
	is := func(set string) bool {
		if s.at < len(s.text) && bytes.IndexByte([]byte(set), s.text[s.at]) >= 0 {
			s.at++
			return true
		}
		return false
	}
	is("-")
	if !is("0") {
		digits()
	}
	if is(".") {
		digits()
	}
	if is("eE") {
		is("+-")
		digits()
	}
}

// whole is a number without point or exponent, of at most nine digits.
func (t token) whole() (int, bool) {
	if t.kind() != '0' || len(t) > 9 {
		return 0, false
	}
	n, err := strconv.Atoi(string(t))
	return n, err == nil
}
