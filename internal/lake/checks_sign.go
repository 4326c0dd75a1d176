package lake

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
)

// signOffsFile stands beside the manifest.
const signOffsFile = "signoffs.json"

// signOffsVersion is the form of the file this program writes and reads.
const signOffsVersion = 1

// longestRemark is how many characters a name or remark may have.
const longestRemark = 2000

// SignOff (校验签认) is somebody's word that he has seen a report and lets the snapshot be used. It counts for that snapshot alone.
//
// 依据: YA-4.8.1
type SignOff struct {
	Year     policy.Year `json:"year"`
	Kind     Kind        `json:"kind"`
	Snapshot string      `json:"snapshot"` // its id
	Report   string      `json:"report"`   // digest
	Errors   int         `json:"errors"`
	Warnings int         `json:"warnings"`
	Who      string      `json:"who"`
	At       string      `json:"at"`
	Remark   string      `json:"remark"`
}

// signOffs is the file: all that were ever given, oldest first.
type signOffs struct {
	Version  int       `json:"version"`
	SignOffs []SignOff `json:"signoffs"`
}

// SignOff (签认) records that somebody signs a report, whole or not at all. Refused are a report of a snapshot that is no longer
// the store's, one without a name, and one with errors but without a remark that says why it may be used all the same.
//
// 依据: YA-4.8.1
func (l *Lake) SignOff(r CheckReport, who, remark string) (SignOff, error) {
	who, remark = strings.TrimSpace(who), strings.TrimSpace(remark)
	s := SignOff{r.Snapshot.Year, r.Snapshot.Kind, r.Snapshot.ID, r.Digest(), r.Count(SeverityError), r.Count(SeverityWarning), who,
		l.options.Now().Format(time.RFC3339), remark}
	switch {
	case who == "":
		return s, fault.New(fault.Refused, "lake.check.sign.who")
	case utf8.RuneCountInString(who) > longestRemark || utf8.RuneCountInString(remark) > longestRemark:
		return s, fault.New(fault.Refused, "lake.check.sign.long", "most", longestRemark)
	case s.Errors > 0 && remark == "":
		return s, fault.New(fault.Refused, "lake.check.sign.remark", "errors", s.Errors)
	}
	unlock, free, err := tryLock(l.path(lockFile))
	if err != nil {
		return s, l.failure(err, "lake.open", "dir", l.dir)
	}
	if !free {
		return s, fault.New(fault.Refused, "lake.busy")
	}
	defer unlock()
	m, err := l.Manifest()
	if err != nil {
		return s, err
	}
	if m.Snapshot(s.Year, s.Kind).ID != s.Snapshot {
		return s, fault.New(fault.Refused, "lake.check.sign.changed", "year", int(s.Year))
	}
	all, err := l.signOffs()
	if err != nil {
		return s, err
	}
	all.SignOffs = append(all.SignOffs, s)
	content, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return s, fault.Wrap(err, "lake.check.sign.file", "dir", l.dir)
	}
	return s, l.failure(writeFile(l.path(signOffsFile), append(content, '\n')), "lake.check.sign.file", "dir", l.dir)
}

// SignedOff (有效签认) gives the last sign-off of a year of one kind, and whether it counts: an import or withdrawal that changed the
// snapshot since makes it void, and undoing that makes it count again.
//
// 依据: YA-4.8.1
func (l *Lake) SignedOff(year policy.Year, kind Kind) (SignOff, bool, error) {
	m, err := l.Manifest()
	if err != nil {
		return SignOff{}, false, err
	}
	all, err := l.signOffs()
	if err != nil {
		return SignOff{}, false, err
	}
	now := m.Snapshot(year, kind)
	var last SignOff
	for _, s := range all.SignOffs {
		if s.Year == year && s.Kind == kind && (s.Snapshot == now.ID || last.Snapshot != now.ID) {
			last = s
		}
	}
	return last, now.Rows > 0 && last.Snapshot == now.ID, nil
}

// SignOffs lists all sign-offs that were ever given, oldest first, whether they still count or not.
func (l *Lake) SignOffs() ([]SignOff, error) {
	all, err := l.signOffs()
	return all.SignOffs, err
}

func (l *Lake) signOffs() (signOffs, error) {
	all := signOffs{Version: signOffsVersion}
	content, err := os.ReadFile(l.path(signOffsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err != nil {
		return all, l.failure(err, "lake.check.sign.file", "dir", l.dir)
	}
	if err := json.Unmarshal(content, &all); err != nil {
		return all, fault.Wrap(err, "lake.check.sign.file", "dir", l.dir)
	}
	if all.Version != signOffsVersion {
		return all, fault.New(fault.Refused, "lake.version", "version", all.Version, "known", signOffsVersion)
	}
	return all, nil
}
