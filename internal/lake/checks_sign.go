package lake

import (
	"context"
	"encoding/json"
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
	err := l.keeping.amend(context.Background(), signOffsFile, false, func(m Manifest, content []byte) ([]byte, error) {
		if m.Snapshot(s.Year, s.Kind).ID != s.Snapshot {
			return nil, fault.New(fault.Refused, "lake.check.sign.changed", "year", int(s.Year))
		}
		all, err := readSignOffs(content)
		if err != nil {
			return nil, err
		}
		all.SignOffs = append(all.SignOffs, s)
		return json.MarshalIndent(all, "", " ")
	})
	return s, l.failure(err, "lake.check.sign.file", "dir", l.Place())
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
	content, err := l.keeping.document(context.Background(), signOffsFile)
	if err != nil {
		return signOffs{}, l.failure(err, "lake.check.sign.file", "dir", l.Place())
	}
	all, err := readSignOffs(content)
	return all, l.failure(err, "lake.check.sign.file", "dir", l.Place())
}

func readSignOffs(content []byte) (signOffs, error) {
	all := signOffs{Version: signOffsVersion}
	if content == nil {
		return all, nil
	}
	if err := json.Unmarshal(content, &all); err != nil {
		return all, err
	}
	if all.Version != signOffsVersion {
		return all, fault.New(fault.Refused, "lake.version", "version", all.Version, "known", signOffsVersion)
	}
	return all, nil
}
