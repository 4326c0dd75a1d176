package lake

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/emmansun/gmsm/sm3"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// manifestVersion is the form of the manifest this program writes and reads.
const manifestVersion = 1

// Kind (快报、公报) tells preliminary figures of a year from final ones. Both are kept and never mixed.
//
// 依据: YA-4.8.1
type Kind string

// The kinds of snapshots.
const (
	Preliminary Kind = "preliminary" // 快报
	Final       Kind = "final"       // 公报
)

// File is one file of an import: the settlements of one year and pooling area.
type File struct {
	Path   string      `json:"path"` // below the store, with slashes
	Year   policy.Year `json:"year"`
	City   region.Code `json:"city"`
	Rows   int64       `json:"rows"`
	Digest string      `json:"sm3"`

	sealed, importID string // as its import says
}

// Import (导入批次) is what one source file brought in, as a whole or not at all.
//
// 依据: YA-4.8.1
type Import struct {
	ID        string      `json:"id"`
	Source    string      `json:"source"` // its name, or else that of the file
	File      string      `json:"file"`   // its name, without its directory
	Size      int64       `json:"size"`   // of the source, in bytes
	Digest    string      `json:"sm3"`    // of the source
	Kind      Kind        `json:"kind"`
	At        string      `json:"at"` // when it was imported
	Rows      int64       `json:"rows"`
	Rejected  int64       `json:"rejected"`
	Refunds   int64       `json:"refunds"`
	Orphans   int64       `json:"orphans"` // refunds of settlements that are not in the store
	From      policy.Date `json:"from"`    // first and last day of settlement
	To        policy.Date `json:"to"`
	Synthetic bool        `json:"synthetic"`
	Sealed    string      `json:"sealed,omitempty"` // which key its files are sealed with; empty: they are not
	Withdrawn bool        `json:"withdrawn"`
	Files     []File      `json:"files"`
}

// Manifest (清单) lists the imports of a store in the order they were made. Only the files it names are ever read.
//
// 依据: YA-4.8.1
type Manifest struct {
	Version int      `json:"version"`
	Imports []Import `json:"imports"`
}

// Snapshot (数据快照) is what a year's figures were drawn from. Its ID changes with every byte of it.
//
// 依据: YA-4.8.1
type Snapshot struct {
	Year      policy.Year
	Kind      Kind
	ID        string // SM3 over the files' places, rows and digests
	Imports   []string
	Rows      int64
	Synthetic bool
	files     []File
}

// Manifest reads the manifest as it stands; a new store has an empty one.
func (l *Lake) Manifest() (Manifest, error) { return l.keeping.manifest(context.Background()) }

func (f files) manifest(context.Context) (Manifest, error) {
	l, m := f.Lake, Manifest{Version: manifestVersion}
	content, err := os.ReadFile(l.path(manifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return m, l.failure(err, "lake.manifest", "dir", l.dir)
	}
	if err := json.Unmarshal(content, &m); err != nil {
		damaged := fault.New(fault.Refused, "lake.manifest.damaged", "dir", l.dir)
		damaged.Cause = err
		return m, damaged
	}
	if m.Version != manifestVersion {
		return m, fault.New(fault.Refused, "lake.version", "version", m.Version, "known", manifestVersion)
	}
	for n, i := range m.Imports {
		if i.ID != importID(n+1) || !i.whole() {
			return m, fault.New(fault.Refused, "lake.manifest.damaged", "dir", l.dir)
		}
	}
	return m, nil
}

// whole tells whether an entry says the same of its files everywhere: their places follow from the rest, and their rows are the
// import's.
func (i Import) whole() bool {
	var rows int64
	for n, f := range i.Files {
		rows += f.Rows
		if _, err := region.Parse(string(f.City)); err != nil || f.Path != f.place(i.ID, n) {
			return false
		}
	}
	return rows == i.Rows
}

// place is where the file of an import with a number lies below the store.
func (f File) place(id string, number int) string {
	return claimsDir + "/year=" + strconv.Itoa(int(f.Year)) + "/city=" + string(f.City) + "/" + id + "-" + strconv.Itoa(number) + ".parquet"
}

// save makes a manifest the one that counts.
func (l *Lake) save(m Manifest) error {
	content, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return fault.Wrap(err, "lake.manifest", "dir", l.dir)
	}
	return l.failure(writeFile(l.path(manifestFile), append(content, '\n')), "lake.manifest", "dir", l.dir)
}

// next is the id of the import to come.
func (m Manifest) next() string { return importID(len(m.Imports) + 1) }

func importID(number int) string {
	digits := strconv.Itoa(number)
	return "i" + "000000"[:max(0, 6-len(digits))] + digits
}

// counting finds an import that is not withdrawn, or gives -1.
func (m Manifest) counting(id string) int {
	return slices.IndexFunc(m.Imports, func(i Import) bool { return i.ID == id && !i.Withdrawn })
}

// visible gives the import of the same source that counts already.
func (m Manifest) visible(digest string, kind Kind) (Import, bool) {
	for _, i := range m.Imports {
		if !i.Withdrawn && i.Digest == digest && i.Kind == kind {
			return i, true
		}
	}
	return Import{}, false
}

// Snapshot gives what the store holds of a year in one kind; its Rows are 0 when it holds nothing.
func (m Manifest) Snapshot(year policy.Year, kind Kind) Snapshot {
	s := Snapshot{Year: year, Kind: kind}
	for _, i := range m.Imports {
		before := len(s.files)
		for _, f := range i.Files {
			if !i.Withdrawn && i.Kind == kind && f.Year == year {
				f.sealed, f.importID = i.Sealed, i.ID
				s.files = append(s.files, f)
				s.Rows += f.Rows
			}
		}
		if len(s.files) > before {
			s.Imports = append(s.Imports, i.ID)
			s.Synthetic = s.Synthetic || i.Synthetic
		}
	}
	slices.SortFunc(s.files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	s.ID = s.identity()
	return s
}

// identity is the digest over a canonical form of the snapshot: a line for each file.
func (s Snapshot) identity() string {
	b := strconv.AppendInt(nil, int64(s.Year), 10)
	b = append(append(b, ' '), s.Kind...)
	for _, f := range s.files {
		b = append(append(b, '\n'), f.Path...)
		b = strconv.AppendInt(append(b, ' '), f.Rows, 10)
		b = append(append(b, ' '), f.Digest...)
	}
	sum := sm3.Sum(b)
	return hex.EncodeToString(sum[:])
}

// Verify (校验) reads every file that counts, or every row of the tables, and compares with the manifest. The refusal names what
// is missing or differs.
//
// 依据: YA-4.8.1
func (l *Lake) Verify() error { return l.keeping.verify(context.Background()) }

func (f files) verify(context.Context) error {
	l := f.Lake
	m, err := l.Manifest()
	if err != nil {
		return err
	}
	var bad fault.List
	for _, i := range m.Imports {
		if i.Withdrawn {
			continue
		}
		for _, f := range i.Files {
			digest, err := digestOf(l.path(filepath.FromSlash(f.Path)))
			switch {
			case errors.Is(err, fs.ErrNotExist):
				bad.Add(fault.Problem{File: f.Path, Message: fault.Msg("lake.verify.missing", "import", i.ID)})
			case err != nil:
				return l.failure(err, "lake.open", "dir", l.dir)
			case digest != f.Digest:
				bad.Add(fault.Problem{File: f.Path, Message: fault.Msg("lake.verify.differs", "import", i.ID)})
			}
		}
	}
	return bad.Err()
}

// Withdraw (撤回) takes an import out of the store as a whole. Its entry stays in the manifest, its files go. An import that
// is not there, or is withdrawn already, is refused.
//
// 依据: YA-4.8.1
func (l *Lake) Withdraw(id string) error { return l.keeping.withdraw(context.Background(), id) }

func (f files) withdraw(_ context.Context, id string) error {
	l := f.Lake
	unlock, free, err := tryLock(l.path(lockFile))
	if err != nil {
		return l.failure(err, "lake.open", "dir", l.dir)
	}
	if !free {
		return fault.New(fault.Refused, "lake.busy")
	}
	defer unlock()
	m, err := l.Manifest()
	if err != nil {
		return err
	}
	at := m.counting(id)
	if at < 0 {
		return fault.New(fault.Refused, "lake.no_import", "id", id)
	}
	m.Imports[at].Withdrawn = true
	if err := l.save(m); err != nil {
		return err
	}
	return l.sweep()
}
