package store

import (
	"context"
	"errors"
	"strconv"
	"time"

	"tongchou/internal/canon"
	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/region"
)

// Reports (共享数据) keeps other departments' files: what became of their rows, the work lists, the rules on file, and payments.
//
// 依据: SCE-10.1, SCE-9.1
type Reports struct{ s *Store }

// Reports gives what other departments reported.
func (s *Store) Reports() Reports { return Reports{s} }

// ReportState (导入状态) is how far a file has come.
type ReportState string

// The states.
const (
	ReportRunning ReportState = "running"
	ReportDone    ReportState = "done"
	ReportUndone  ReportState = "undone"
)

// Outturn (导入结果) counts what became of the rows of a file: Rows is the sum of Refused, Repeated (known from another file), Agreed, Filed (on a
// work list), Routed (on that of another division) and Applied (done by a rule, or posted). Of payments the same in fen: Amount is the sum of all
// that follow it.
type Outturn struct {
	Rows, Refused, Repeated, Agreed, Filed, Routed, Applied int64
	Amount, Posted, Excess, Held, Known, Unread             money.Fen
}

func (t *Outturn) numbers() []*int64 {
	return []*int64{&t.Rows, &t.Refused, &t.Repeated, &t.Agreed, &t.Filed, &t.Routed, &t.Applied,
		(*int64)(&t.Amount), (*int64)(&t.Posted), (*int64)(&t.Excess), (*int64)(&t.Held), (*int64)(&t.Known), (*int64)(&t.Unread)}
}

// Whole tells whether the parts add up.
func (t Outturn) Whole() bool {
	return t.Rows == t.Refused+t.Repeated+t.Agreed+t.Filed+t.Routed+t.Applied && t.Amount == t.Posted+t.Excess+t.Held+t.Known+t.Unread
}

func (t *Outturn) text() string {
	var w canon.Writer
	for _, n := range t.numbers() {
		w.Number(*n)
	}
	return string(w)
}

func parseOutturn(text string) (t Outturn, err error) {
	r := canon.NewReader([]byte(text))
	for _, n := range t.numbers() {
		*n = r.Number()
	}
	if !r.Whole() {
		return t, damaged("outturn", text)
	}
	return t, nil
}

// ReportFile (共享数据文件) is a file of another department as it was taken in.
type ReportFile struct {
	Source    enrol.Source
	Division  region.Code
	Matter    enrol.Matter
	Digest    office.Digest
	Name      string
	Who       office.UserID
	At        time.Time
	State     ReportState
	Synthetic bool
	Version   office.Version
	// Acted tells that something on the lists was decided, of files that Files gives.
	Acted bool
	Outturn
}

const fileColumns = "source, division, matter, digest, name, who, at, state, counts, synthetic, version"

func scanFile(scan func(...any) error) (f ReportFile, err error) {
	var source, synthetic, version int64
	var digest, at, counts string
	if err := scan(&source, (*string)(&f.Division), (*string)(&f.Matter), &digest, &f.Name, (*string)(&f.Who), &at, (*string)(&f.State), &counts, &synthetic, &version); err != nil {
		return f, err
	}
	f.Source, f.Synthetic, f.Version = enrol.Source(source), synthetic == 1, office.Version(version)
	if f.Digest, err = office.ParseDigest(digest); err != nil {
		return f, err
	}
	if f.Outturn, err = parseOutturn(counts); err != nil {
		return f, err
	}
	f.At, err = unstamp(at)
	return f, err
}

// Intake (共享数据办理) is a file on its way in, in writes of many rows. A row that was handled is known again, so that what was interrupted is done by
// doing it again.
type Intake struct {
	s    *Store
	keys *personKeys
	act  Act
	File ReportFile
}

// Begin (开始导入) begins to take in a file, or finds it: one of the same division, matter and bytes. A trial keeps nothing.
//
// 依据: SCE-10.1
func (r Reports) Begin(ctx context.Context, act Act, matter enrol.Matter, digest office.Digest, name string, trial bool) (*Intake, error) {
	keys, err := r.s.makeKeys(ctx)
	if err != nil {
		return nil, err
	}
	in := &Intake{s: r.s, keys: keys, act: act}
	in.act.Action, in.act.Object = "report."+string(matter), office.Object{Kind: "report", ID: digest.String()}
	if trial {
		return in, nil
	}
	_, err = r.s.Write(ctx, in.act, func(t *Tx) error {
		in.File = ReportFile{}
		if err := t.reads(nil, func(scan func(...any) error) error {
			in.File, err = scanFile(scan)
			return err
		}, "SELECT "+fileColumns+" FROM report_files WHERE digest = $1 AND matter = $2 AND division = $3 AND state <> 'undone'", digest.String(), string(matter), string(act.Chain)); err != nil || in.File.Source > 0 {
			return err
		}
		source, err := t.source(name, []byte{}, 1)
		if err != nil {
			return err
		}
		at := t.act.At
		if at.IsZero() {
			at = t.g.s.now()
		}
		in.File = ReportFile{Source: source, Division: act.Chain, Matter: matter, Digest: digest, Name: name, Who: act.Who, At: at, State: ReportRunning, Version: 1}
		t.wrote(guardedFiles, int64(source))
		return t.one("INSERT INTO report_files ("+fileColumns+") VALUES ("+places(11)+")", int64(source), string(act.Chain), string(matter), digest.String(), name, string(act.Who), stamp(at),
			string(ReportRunning), in.File.text(), int64(0), int64(1))
	})
	return in, err
}

// errTrial undoes a write that was only to be looked at.
var errTrial = fault.New(fault.Internal, "store.trial")

// Handle (办理一批) does something with rows in one write. A trial is undone when it is over.
func (in *Intake) Handle(ctx context.Context, trial bool, do func(*Handling) error) error {
	return in.s.handle(ctx, in.act, in.keys, in.File.Source, trial, do)
}

// Handle does something with the files of persons who had one before an import, in one write; see Intake.Handle.
func (im *Import) Handle(ctx context.Context, trial bool, do func(*Handling) error) error {
	keys := im.keys
	if keys == nil { // nobody is on file
		var err error
		if keys, err = im.s.lookKeys(ctx); err != nil {
			return err
		}
	}
	act := im.act
	act.Action, act.Object = "person.extend", office.Object{Kind: "import", ID: strconv.FormatInt(int64(im.Source), 10)}
	return im.s.handle(ctx, act, keys, im.Source, trial, do)
}

func (s *Store) handle(ctx context.Context, act Act, keys *personKeys, source enrol.Source, trial bool, do func(*Handling) error) error {
	act.alone = !trial
	_, err := s.Write(ctx, act, func(t *Tx) error {
		h := newHandling(t, keys, source)
		if err := do(h); err != nil {
			return err
		}
		if err := h.finish(); err != nil {
			return err
		}
		if trial {
			return errTrial
		}
		return nil
	})
	if trial && errors.Is(err, errTrial) {
		return nil
	}
	return err
}

// Finish (办结导入) keeps what the file came to.
func (in *Intake) Finish(ctx context.Context, outturn Outturn, synthetic bool) error {
	if !outturn.Whole() {
		return fault.New(fault.Internal, "store.outturn")
	}
	made := int64(0)
	if synthetic {
		made = 1
	}
	_, err := in.s.Write(ctx, in.act, func(t *Tx) error {
		t.wrote(guardedFiles, int64(in.File.Source))
		t.Did(in.act.Object, nil, []office.Field{{Name: "rows", Value: strconv.FormatInt(outturn.Rows, 10)}, {Name: "amount", Value: outturn.Amount.In(money.Yuan)}})
		return t.one("UPDATE report_files SET state = $1, counts = $2, synthetic = $3, version = version + 1 WHERE source = $4 AND version = $5", string(ReportDone), outturn.text(), made, int64(in.File.Source), int64(in.File.Version))
	})
	if err == nil {
		in.File.State, in.File.Outturn, in.File.Synthetic = ReportDone, outturn, synthetic
		in.File.Version++
	}
	return err
}

// Files (导入记录) gives the files that were taken in by divisions of a scope, the latest first.
func (r Reports) Files(ctx context.Context, scope office.Scope, limit int) (out []ReportFile, err error) {
	first, last := bounds(scope)
	err = r.s.read(ctx, func(l *link) error {
		if err := l.querier(ctx)(func(scan func(...any) error) error {
			f, err := scanFile(scan)
			out = append(out, f)
			return err
		}, "SELECT "+fileColumns+" FROM report_files WHERE division >= $1 AND division <= $2 ORDER BY source DESC LIMIT $3", first, last, int64(limit)); err != nil {
			return err
		}
		for i := range out {
			var acted int64
			if err := l.querier(ctx)(func(scan func(...any) error) error { return scan(&acted) },
				"SELECT COUNT(*) FROM (SELECT 1 FROM work_items WHERE source = $1 AND state <> 'open' LIMIT 1) a", int64(out[i].Source)); err != nil {
				return err
			}
			out[i].Acted = acted > 0
		}
		return nil
	})
	return out, err
}

// Undo (撤回导入) takes a file back of which nothing was acted on: its items leave the lists. One of which something was done, or posted, is refused.
//
// 依据: SCE-10.1
func (r Reports) Undo(ctx context.Context, act Act, source enrol.Source) error {
	act.Action, act.Object = "report.undo", office.Object{Kind: "report", ID: strconv.FormatInt(int64(source), 10)}
	_, err := r.s.Write(ctx, act, func(t *Tx) error {
		var f ReportFile
		if err := t.reads(nil, func(scan func(...any) error) (err error) {
			f, err = scanFile(scan)
			return err
		}, "SELECT "+fileColumns+" FROM report_files WHERE source = $1"+t.g.s.engine.lock, int64(source)); err != nil {
			return err
		}
		if f.Source == 0 || !holds(act.Scope, f.Division) {
			return fault.New(fault.Refused, "store.no_report")
		}
		if f.State == ReportUndone {
			return fault.New(fault.Refused, "store.report_undone")
		}
		if err := t.nothingDone(source); err != nil {
			return err
		}
		if err := t.withdraw(source); err != nil {
			return err
		}
		if _, err := t.exec("DELETE FROM tax_payments WHERE source = $1", int64(source)); err != nil {
			return err
		}
		if err := t.dropLots(source); err != nil {
			return err
		}
		t.wrote(guardedFiles, int64(source))
		return t.one("UPDATE report_files SET state = $1, version = version + 1 WHERE source = $2 AND version = $3", string(ReportUndone), int64(source), int64(f.Version))
	})
	return err
}

// nothingDone refuses when something of a file was acted on.
func (t *Tx) nothingDone(source enrol.Source) error {
	var done, posted int64
	if err := t.reads(nil, func(scan func(...any) error) error { return scan(&done) }, "SELECT COUNT(*) FROM work_items WHERE source = $1 AND state <> 'open'", int64(source)); err != nil {
		return err
	}
	if err := t.reads(nil, func(scan func(...any) error) error { return scan(&posted) }, "SELECT COUNT(*) FROM tax_payments WHERE source = $1 AND posted > 0", int64(source)); err != nil {
		return err
	}
	if done+posted > 0 {
		return fault.New(fault.Refused, "store.report_acted", "count", done+posted)
	}
	return nil
}

// withdraw takes the open items of a file off the lists. Their ids are given up, so that the same can be reported again.
func (t *Tx) withdraw(source enrol.Source) error {
	var ids []string
	if err := t.reads(nil, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	}, "SELECT id FROM work_items WHERE source = $1 AND state = 'open'", int64(source)); err != nil {
		return err
	}
	for _, id := range ids {
		t.wrote(guardedWorks, id)
	}
	_, err := t.exec("DELETE FROM work_items WHERE source = $1 AND state = 'open'", int64(source))
	return err
}
