package web

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/lake"
	"tongchou/internal/office"
	"tongchou/internal/policy"
)

// looksFile stands in the claims store: who looked at rows of settlements, one look a line.
const looksFile = "access.ndjson"

// look (查阅记录) is one look at rows of settlements.
type look struct {
	At       string      `json:"at"`
	Who      string      `json:"who"`            // the user; the address on a console without sign-in
	From     string      `json:"from,omitempty"` // the address that a user's request came from
	Page     string      `json:"page"`
	Year     policy.Year `json:"year,omitempty"`
	Kind     lake.Kind   `json:"kind,omitempty"`
	Snapshot string      `json:"snapshot,omitempty"`
	Filter   string      `json:"filter"`
	Rows     int         `json:"rows"`
}

// looks are all looks ever taken, in a file that is only appended to.
type looks struct {
	path string
	now  func() time.Time
	mu   sync.Mutex
}

// errNoRight tells that rows may not be looked at.
var errNoRight = fault.New(fault.Refused, "web.claims.rows.no_right")

// mayRead tells whether the reader may see single settlements and cells of few persons: the console must show them, and the right
// is one of its own.
//
// 依据: YA-4.10.2
func (c *claimsDesk) mayRead(f *frame) bool {
	return c.Claims.Rows && f.may(office.ReadClaims, f.province())
}

// note writes down who looks.
func (c *claimsDesk) note(f *frame, x look) error {
	x.Who = string(f.from)
	if f.signedIn() {
		x.Who, x.From = string(f.subject.ID), string(f.from)
	}
	return c.looks.add(x)
}

// add writes a look down for good. Rows may be shown only after it has.
func (l *looks) add(x look) error {
	x.At = l.now().Format(time.RFC3339)
	line, err := json.Marshal(x)
	if err != nil {
		return fault.Wrap(err, "web.claims.looks.unwritable")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	file, err := os.OpenFile(l.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fault.Wrap(err, "web.claims.looks.unwritable")
	}
	if err = whole(file); err == nil {
		_, err = file.Write(append(line, '\n'))
	}
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return fault.Wrap(err, "web.claims.looks.unwritable")
	}
	return nil
}

// whole ends the last line of a file that was cut off in the middle of one.
func whole(file *os.File) error {
	info, err := file.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	last := make([]byte, 1)
	if _, err := file.ReadAt(last, info.Size()-1); err != nil || last[0] == '\n' {
		return err
	}
	_, err = file.Write([]byte{'\n'})
	return err
}

// list gives the last looks, latest first, how many there are in all, and how many lines say nothing clear.
func (l *looks) list(most int) (last []look, all, broken int, err error) {
	content, err := os.ReadFile(l.path)
	if l.path == "" || errors.Is(err, fs.ErrNotExist) {
		return nil, 0, 0, nil
	}
	if err != nil {
		return nil, 0, 0, fault.Wrap(err, "web.claims.looks.unreadable")
	}
	lines := bufio.NewScanner(bytes.NewReader(content))
	lines.Buffer(nil, len(content)+1)
	for lines.Scan() {
		var x look
		if err := json.Unmarshal(lines.Bytes(), &x); err != nil {
			broken++
			continue
		}
		all++
		if last = append(last, x); len(last) > most {
			last = last[1:]
		}
	}
	slices.Reverse(last)
	return last, all, broken, lines.Err()
}
