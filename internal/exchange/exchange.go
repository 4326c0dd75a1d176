// Package exchange carries figures between files and rooms: it reads statements, factors, opening balances and age
// groups from CSV and XLSX, writes templates, marked-up workbooks and results, and keeps the data directory.
//
// Reading refuses what the rooms' types cannot hold (a number that is none, a column nobody asked for); what a number
// may be is the room's own business. Workbooks are read by a small reader of our own, because the spreadsheet library
// takes memory by the extent a file claims and not by what it holds; the library writes.
package exchange

import (
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/emmansun/gmsm/sm3"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// Kind (数据种类) names a kind of file.
type Kind string

// The kinds of files.
const (
	Statements Kind = "statements"
	Factors    Kind = "factors"
	Openings   Kind = "opening"
	AgeGroups  Kind = "age_groups"
)

// Kinds lists the kinds in the order people fill them in.
func Kinds() []Kind { return []Kind{Statements, Factors, Openings, AgeGroups} }

// Limits on what is read: an input, what a workbook may unpack to, the rows and columns of a sheet.
const (
	maxInput    = 64 << 20
	maxUnpacked = 256 << 20
	maxRows     = 200_000
	maxColumns  = 200
	maxProblems = 20_000
)

// stdin is the path that stands for standard input.
const stdin = "-"

// Input (输入文件) is a file's content and the name messages call it by.
type Input struct {
	Name    string
	Content []byte
}

// ReadInput reads a file, or standard input for "-". Errors: a fault.Refusal naming the file when it cannot be read or
// is larger than 64 MiB.
func ReadInput(path string) (Input, error) {
	in, key := readInput(path)
	if key != "" {
		return Input{}, fault.Refuse(fault.Problem{File: path, Message: fault.Msg(key, "file", path, "mebibytes", maxInput>>20)})
	}
	return in, nil
}

// readInput reads a file; on failure it gives the key of the message instead.
func readInput(path string) (Input, string) {
	var source io.Reader = os.Stdin
	if path != stdin {
		file, err := os.Open(path)
		if err != nil {
			return Input{}, unreadable(err)
		}
		defer file.Close() // only read from
		if info, err := file.Stat(); err == nil && info.IsDir() {
			return Input{}, "exchange.file.directory"
		}
		source = file
	}
	content, err := io.ReadAll(io.LimitReader(source, maxInput+1))
	switch {
	case err != nil:
		return Input{}, unreadable(err)
	case len(content) > maxInput:
		return Input{}, "exchange.file.too_large"
	}
	return Input{Name: path, Content: content}, ""
}

func unreadable(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "exchange.file.missing"
	case errors.Is(err, fs.ErrPermission):
		return "exchange.file.denied"
	}
	return "exchange.file.unreadable"
}

// Files (一次计算的输入) are the files of a run; nil where there is none.
type Files struct{ Statements, Factors, Openings, AgeGroups *Input }

// of gives the files with their kinds, those that are there.
func (f Files) of() map[Kind]*Input {
	out := map[Kind]*Input{}
	for kind, in := range map[Kind]*Input{Statements: f.Statements, Factors: f.Factors, Openings: f.Openings, AgeGroups: f.AgeGroups} {
		if in != nil {
			out[kind] = in
		}
	}
	return out
}

// Digest (摘要) is the SM3 digest, in hexadecimal, of a file that was read.
type Digest struct {
	Kind Kind
	Name string
	SM3  string
}

func digest(content []byte) string {
	sum := sm3.Sum(content)
	return hex.EncodeToString(sum[:])
}

// PolicyVersion (政策版本) is the SM3 digest of all policy files, by name and content, in hexadecimal: the same files
// give the same version.
func PolicyVersion(files fs.FS) string {
	sum := sm3.New()
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, path)
		io.WriteString(sum, path+"\x00"+digest(content)+"\n") // writing to a hash never fails
		return err
	})
	if err != nil {
		io.WriteString(sum, "\x00"+err.Error()) // files that cannot be read are no version of those that can
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Loaded (已读入数据) are the facts read from files, each row with its place, and what is known about the files.
type Loaded struct {
	Facts   pool.Facts
	Digests []Digest
	// Synthetic tells that any row of any file is labelled as made up, opening balances too.
	Synthetic bool

	headers map[string]headers // by file
	partial pool.Facts         // the rows beside a refusal, as far as they could be read
}

// headers are the names a file gives its columns, by canonical name.
type headers map[string]string

// Load reads the files of a run. Errors: a fault.Refusal with every problem of every file; Loaded then still knows the
// files' columns, so that Cite and Refused can be asked.
func Load(f Files) (Loaded, error) {
	words, err := vocabulary()
	if err != nil {
		return Loaded{}, err
	}
	out := Loaded{headers: map[string]headers{}}
	var problems fault.List
	files := f.of()
	for _, kind := range Kinds() {
		in, ok := files[kind]
		if !ok {
			continue
		}
		out.Digests = append(out.Digests, Digest{Kind: kind, Name: in.Name, SM3: digest(in.Content)})
		out.name(in.Name, formats()[kind].load(*in, words, &out, &problems))
	}
	if err := problems.Err(); err != nil {
		return Loaded{Digests: out.Digests, headers: out.headers, partial: out.Facts}, err
	}
	return out, nil
}

// Refused adds to a refusal of Load what the rows that could be read are refused for by check (pool.Engine.CheckRows), so
// that all faults of the files are told at once; a cell that could not be read is told of once.
func (l Loaded) Refused(set *policy.Set, err error, check func(*policy.Set, pool.Facts) error) error {
	var refusal, more *fault.Refusal
	if err = l.Cite(set, err); !errors.As(err, &refusal) || !errors.As(l.Explain(check(set, l.partial)), &more) {
		return err
	}
	told := map[toldCell]bool{}
	var all fault.List
	for _, p := range refusal.Problems {
		told[toldCell{p.File, p.Row, p.Column}] = true
		all.Add(p)
	}
	for _, p := range more.Problems {
		if !l.told(told, p) {
			all.Add(p)
		}
	}
	return all.Err()
}

// toldCell is a cell that could not be read; one in the header stands for its column.
type toldCell struct {
	file   string
	row    int
	column string
}

// told tells whether a problem only follows from cells that could not be read: it is about one of them, or finds two
// rows the same because of them.
func (l Loaded) told(cells map[toldCell]bool, p fault.Problem) bool {
	unread := func(column string) bool {
		return cells[toldCell{p.File, p.Row, column}] || cells[toldCell{p.File, 1, column}]
	}
	if p.Key != "pool.duplicate" {
		return unread(p.Column)
	}
	for _, name := range []string{"year", "division", "insurance", "fund", "group"} {
		header, known := l.headers[p.File][name]
		if unread(name) || known && unread(header) {
			return true
		}
	}
	return false
}

// Screen reads a file as an import of its kind would, and refuses it for what the rules refuse of its rows by themselves
// (check is pool.Engine.CheckRows), all at once and under the policy's clauses.
func Screen(kind Kind, in Input, set *policy.Set, check func(*policy.Set, pool.Facts) error) error {
	var files Files
	switch kind {
	case Statements:
		files.Statements = &in
	case Factors:
		files.Factors = &in
	case Openings:
		files.Openings = &in
	case AgeGroups:
		files.AgeGroups = &in
	}
	loaded, err := Load(files)
	if err != nil {
		return loaded.Refused(set, err, check)
	}
	return loaded.Explain(check(set, loaded.Facts))
}

// name keeps what a file calls its columns; a file read twice adds to what is known of it.
func (l *Loaded) name(file string, h headers) {
	if l.headers[file] == nil {
		l.headers[file] = headers{}
	}
	for canonical, header := range h {
		l.headers[file][canonical] = header
	}
}

// Explain puts the column names that the files really use in place of the canonical ones, for problems found after
// loading. Other errors come back as they are.
func (l Loaded) Explain(err error) error {
	return l.renamed(err, func(h headers, column string) (string, bool) {
		header, ok := h[column]
		return header, ok
	})
}

// Cite gives every problem the clause its column rests on under a policy (as pool.Cite does) and keeps the column names
// that the files really use: for refusals of Load, and for those of pool in place of Explain.
func (l Loaded) Cite(set *policy.Set, err error) error {
	canonical := l.renamed(err, func(h headers, column string) (string, bool) {
		for name, header := range h {
			if header == column {
				return name, true
			}
		}
		return "", false
	})
	return l.Explain(pool.Cite(set, canonical))
}

// renamed is a refusal with other names for its columns.
func (l Loaded) renamed(err error, name func(h headers, column string) (string, bool)) error {
	var refusal *fault.Refusal
	if !errors.As(err, &refusal) {
		return err
	}
	out := &fault.Refusal{Problems: make([]fault.Problem, len(refusal.Problems))}
	for i, p := range refusal.Problems {
		if column, ok := name(l.headers[p.File], p.Column); ok {
			p.Column = column
		}
		out.Problems[i] = p
	}
	return out
}
