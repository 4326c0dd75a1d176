// Package fault is how tongchou says no: what was wrong, where it stands, what was expected.
//
// A fault carries a message key and named arguments, never a sentence; package locale turns it into the reader's
// language. The cause is for the log.
package fault

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// Kind says who has to act on a fault; the command line turns it into its exit status.
type Kind int

const (
	// Internal: something failed inside (exit 3).
	Internal Kind = iota
	// Refused: the input is refused and nothing was written (exit 1).
	Refused
	// Usage: the command or request was put wrongly (exit 2).
	Usage
)

// Args are the named arguments of a message, name and value in turn. Values are strings, numbers, or domain types that
// package locale knows how to write (money.Fen, money.Ratio, region.Code …).
type Args []any

// Get finds an argument by its name.
func (a Args) Get(name string) (any, bool) {
	for i := 0; i+1 < len(a); i += 2 {
		if a[i] == name {
			return a[i+1], true
		}
	}
	return nil, false
}

// Message is a locale key with its arguments.
type Message struct {
	Key  string
	Args Args
}

// Place is where in an input something stands. Row counts from 1 (the header is row 1); 0 where no row is meant.
type Place struct {
	File string
	Row  int
}

// Problem (问题) is one reason for refusing an input, with the place it stands at. Row counts from 1 (the header is
// row 1); 0 where no row is meant. Column is the name the file uses; Value is what stood there.
type Problem struct {
	File   string
	Row    int
	Column string
	Value  string
	Message
	Clause string
}

// Error is a fault without a place in a file.
type Error struct {
	Kind Kind
	Message
	Cause error
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return plain(e.Message) + ": " + e.Cause.Error()
	}
	return plain(e.Message)
}

func (e *Error) Unwrap() error { return e.Cause }

// New makes a fault of a kind. args alternate name, value.
func New(kind Kind, key string, args ...any) *Error {
	return &Error{Kind: kind, Message: Message{Key: key, Args: args}}
}

// Wrap makes an internal fault of a cause.
func Wrap(cause error, key string, args ...any) *Error {
	return &Error{Kind: Internal, Message: Message{Key: key, Args: args}, Cause: cause}
}

// Msg makes a message. args alternate name, value.
func Msg(key string, args ...any) Message { return Message{Key: key, Args: args} }

// With adds arguments to a message.
func (m Message) With(args ...any) Message {
	m.Args = append(m.Args[:len(m.Args):len(m.Args)], args...)
	return m
}

// Refusal is an input refused, with every reason found.
type Refusal struct{ Problems []Problem }

func (r *Refusal) Error() string {
	lines := make([]string, len(r.Problems))
	for i, p := range r.Problems {
		lines[i] = fmt.Sprintf("%s:%d:%s: %s", p.File, p.Row, p.Column, plain(p.Message))
	}
	return strings.Join(lines, "\n")
}

// Refuse makes a refusal of one problem.
func Refuse(p Problem) *Refusal { return &Refusal{Problems: []Problem{p}} }

// List collects problems and becomes an error when there are any.
type List struct{ problems []Problem }

// Add keeps a problem.
func (l *List) Add(p Problem) { l.problems = append(l.problems, p) }

// Empty tells whether nothing was found.
func (l *List) Empty() bool { return len(l.problems) == 0 }

// Err gives the refusal, or nil when nothing was found. Problems come in file and row order; one found twice is told once.
func (l *List) Err() error {
	if len(l.problems) == 0 {
		return nil
	}
	told := map[string]bool{}
	l.problems = slices.DeleteFunc(l.problems, func(p Problem) bool {
		line := fmt.Sprintf("%s\x00%d\x00%s\x00%s", p.File, p.Row, p.Column, plain(p.Message))
		again := told[line]
		told[line] = true
		return again
	})
	sort.SliceStable(l.problems, func(i, j int) bool {
		a, b := l.problems[i], l.problems[j]
		if a.File != b.File {
			return a.File < b.File
		}
		return a.Row < b.Row
	})
	return &Refusal{Problems: l.problems}
}

// KindOf tells the kind of any error: refusals are Refused, unknown errors Internal.
func KindOf(err error) Kind {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return Refused
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

func plain(m Message) string {
	var b strings.Builder
	b.WriteString(m.Key)
	for i := 0; i+1 < len(m.Args); i += 2 {
		fmt.Fprintf(&b, " %v=%v", m.Args[i], m.Args[i+1])
	}
	return b.String()
}
