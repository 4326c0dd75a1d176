package lake

import (
	"bufio"
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"tongchou/internal/fault"
)

const (
	rejectsFile  = "rejects.csv" // while an import is under way
	mostProblems = 100           // that a refusal lists
	mostOrphans  = 1000
)

// ImportOptions say how a source is to be taken in.
type ImportOptions struct {
	Kind     Kind                       // Final when empty
	Strict   bool                       // one row that is not sound refuses the source, with up to 100 reasons
	Source   string                     // a name for where files like this one come from; the file's name when empty
	Mapping  *Mapping                   // how its columns are to be understood; nil: as saved for Source, else by national names
	Workbook Workbook                   // reads XLSX; without it, workbooks are refused
	Say      func(fault.Message) string // writes the reasons of the reject file; keys when nil
	Progress func(Progress)             // called now and then; may be nil
}

// Orphan (孤立退费) is a refund whose original is not in the store.
type Orphan struct{ ID, Original string }

// Report (导入报告) is what an import came to. When Again is set, the same source was in the store already and nothing was
// changed. RejectFile holds the rows that were not taken in, each with its reasons; it is empty when there are none.
//
// 依据: YA-4.8.1
type Report struct {
	Import
	Again      bool
	RejectFile string
	Problems   []fault.Problem // the first of them
	OrphanList []Orphan        // the first of them
	Unchecked  []string        // identities that could not be checked, a column being absent
	Ignored    []string        // columns that are not kept
}

// intake is one import under way.
type intake struct {
	lake    *Lake
	options ImportOptions
	source  *os.File
	info    os.FileInfo
	records records
	mapping Mapping
	dir     string // its staging directory
	report  Report
	digest  hash.Hash
	rejects *bufio.Writer
	nest    *nest
	taking  taking
	files   []shelved // of a store of files

	envelope *envelope // of the reject file; nil when it is not sealed
}

// Import (导入) takes in a file of settlements: CSV or TSV, also packed with gzip, Parquet, or a workbook. Its header has the
// national names, or those of a mapping. Rows that are not sound go to the reject file with their row number and every reason;
// all others become visible together, at the end, or not at all. Refused are a source without the columns that must be there,
// one without a sound row, and when it is strict one with a row that is not sound. A mapping given with the name of a source is
// saved for it once the file is in. A store that is not there yet is made, and is gone again when nothing comes of the import.
//
// 依据: YA-4.8.1
func (l *Lake) Import(ctx context.Context, source string, o ImportOptions) (report Report, err error) {
	if o.Kind == "" {
		o.Kind = Final
	}
	if o.Say == nil {
		o.Say = func(m fault.Message) string { return m.Key }
	}
	if err := checkSourceName(o.Source); err != nil {
		return Report{}, err
	}
	if l.options.Dir == "" {
		return Report{}, fault.New(fault.Usage, "lake.no_dir")
	}
	n, err := l.settleIn(ctx)
	if err != nil {
		return Report{}, l.failure(err, "lake.open", "dir", l.dir)
	}
	defer func() { n.leave(err != nil) }()
	in := &intake{lake: l, options: o, digest: sm3.New(), nest: n}
	err = in.run(ctx, source)
	in.clear()
	if err == nil {
		return in.report, in.remember()
	}
	if ctx.Err() != nil {
		return Report{}, ctx.Err()
	}
	return Report{}, l.failure(inFile(err, source), "lake.import.failed", "file", source)
}

// inFile names the source in the problems of a refusal.
func inFile(err error, source string) error {
	var refusal *fault.Refusal
	if errors.As(err, &refusal) {
		for i := range refusal.Problems {
			if refusal.Problems[i].File == "" {
				refusal.Problems[i].File = source
			}
		}
	}
	return err
}

func (in *intake) run(ctx context.Context, source string) error {
	if err := in.open(source); err != nil {
		return err
	}
	defer in.source.Close() // only read from
	if err := in.choose(); err != nil {
		return err
	}
	t, m, err := in.lake.keeping.take(ctx, in)
	if err != nil {
		return err
	}
	in.taking = t
	defer t.end()
	if again, err := in.again(m); again || err != nil {
		return err
	}
	in.report.Import = Import{ID: m.next(), Source: cmp.Or(in.options.Source, filepath.Base(source)), File: filepath.Base(source), Size: in.info.Size(),
		Kind: in.options.Kind, At: in.lake.options.Now().UTC().Format(time.RFC3339), Sealed: in.lake.keyID}
	in.dir = in.lake.path(stagingDir, in.report.ID)
	if err := os.MkdirAll(in.dir, 0o700); err != nil {
		return err
	}
	if in.records, err = in.read(ctx); err != nil {
		return err
	}
	defer in.records.close()
	if err := in.stage(ctx); err != nil {
		return err
	}
	in.report.Digest = hex.EncodeToString(in.digest.Sum(nil))
	if before, ok := m.visible(in.report.Digest, in.options.Kind); ok {
		in.report = Report{Import: before, Again: true}
		return nil
	}
	if in.report.Refunds > 0 {
		if err := t.orphans(ctx, m, in.orphan); err != nil {
			return err
		}
	}
	return t.publish(ctx, m)
}

// orphan notes a refund without an original.
func (in *intake) orphan(o Orphan) {
	if in.report.Orphans++; len(in.report.OrphanList) < mostOrphans {
		in.report.OrphanList = append(in.report.OrphanList, o)
	}
}

// staged is a file in the import's staging directory.
func (in *intake) staged(name string) string { return filepath.Join(in.dir, name) }

func (in *intake) open(source string) (err error) {
	if in.source, err = os.Open(source); err != nil {
		return fault.Refuse(fault.Problem{File: source, Message: fault.Msg("lake.import.unreadable")})
	}
	in.info, err = in.source.Stat()
	if err == nil && !in.info.Mode().IsRegular() {
		err = fault.Refuse(fault.Problem{File: source, Message: fault.Msg("lake.import.unreadable")})
	}
	return err
}

// again tells whether a visible import has the same source. Only one of the same size makes it read the source for that.
func (in *intake) again(m Manifest) (bool, error) {
	for _, i := range m.Imports {
		if i.Withdrawn || i.Kind != in.options.Kind || i.Size != in.info.Size() {
			continue
		}
		digest, err := digestOf(in.source.Name())
		if before, ok := m.visible(digest, in.options.Kind); ok {
			in.report = Report{Import: before, Again: true}
			return true, nil
		}
		return false, err
	}
	return false, nil
}

// clear removes what is staged.
func (in *intake) clear() {
	if in.dir != "" {
		os.RemoveAll(in.dir) // what stays is swept when the store is opened next
	}
}

// stage checks the source and writes its sound rows to files in the staging directory.
func (in *intake) stage(ctx context.Context) error {
	key, err := in.lake.personKey()
	if err != nil {
		return err
	}
	if err := in.taking.start(ctx); err != nil {
		return err
	}
	rejects, err := os.OpenFile(in.staged(rejectsFile), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer rejects.Close() // synced when it is published
	var plain io.Writer = rejects
	if in.lake.sealing != nil {
		if in.envelope, err = newEnvelope(rejects, in.lake.sealing); err != nil {
			return err
		}
		plain = in.envelope
	}
	in.rejects = bufio.NewWriterSize(plain, 1<<16)
	f := &feed{lake: in.lake, key: key, keep: in.taking.put, refused: in.refused, tell: in.options.Progress, size: in.info.Size(), mapping: in.mapping}
	if err := f.run(ctx, in.records); err != nil {
		return err
	}
	if err := in.fed(f); err != nil {
		return err
	}
	return in.taking.finish(ctx)
}

// fed notes what the feed came to, and that the source did not change meanwhile.
func (in *intake) fed(f *feed) error {
	if err := in.rejects.Flush(); err != nil {
		return err
	}
	if in.envelope != nil {
		if err := in.envelope.Close(); err != nil {
			return err
		}
	}
	info, err := in.source.Stat()
	if err != nil {
		return err
	}
	if info.Size() != in.info.Size() || !info.ModTime().Equal(in.info.ModTime()) {
		return fault.Refuse(fault.Problem{Message: fault.Msg("lake.import.changed")})
	}
	r := &in.report
	r.Rows, r.Refunds, r.From, r.To, r.Synthetic = f.tally.rows, f.tally.refunds, f.tally.from, f.tally.to, f.tally.synthetic
	r.Rejected, r.Unchecked, r.Ignored = f.progress.Rejected, f.header.unchecked, f.header.ignored
	if in.options.Strict && r.Rejected > 0 {
		return in.strictly(fault.Msg("lake.import.strict", "rejected", r.Rejected))
	}
	if r.Rows == 0 {
		problems := append([]fault.Problem{{Message: fault.Msg("lake.import.nothing", "rejected", r.Rejected)}}, r.Problems...)
		return &fault.Refusal{Problems: problems}
	}
	return nil
}

// refused writes rejects to the reject file and remembers the first of them.
func (in *intake) refused(rejects []reject) error {
	for _, r := range rejects {
		if in.report.Problems == nil {
			in.rejects.Write(rejectHeader()) // a failure stays and shows below
		}
		for _, p := range r.problems {
			if len(in.report.Problems) < mostProblems {
				p.Row, p.File = int(r.row), in.source.Name()
				in.report.Problems = append(in.report.Problems, p)
			}
		}
		if _, err := in.rejects.Write(appendReject(nil, r, in.options.Say)); err != nil {
			return err
		}
	}
	if in.options.Strict && len(in.report.Problems) == mostProblems {
		return in.strictly(fault.Msg("lake.import.strict_many", "most", mostProblems))
	}
	return nil
}

// strictly refuses the source for its rows.
func (in *intake) strictly(m fault.Message) error {
	return &fault.Refusal{Problems: append(slices.Clone(in.report.Problems), fault.Problem{Message: m})}
}
