package intake

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"tongchou/internal/enrol"
	"tongchou/internal/exchange/people"
	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// Desk (参保经办规则) is by what reports are judged and worked off: the terms of enrolment, the standards of contributions, and the day it is.
type Desk struct {
	Terms     enrol.Terms
	Standards enrol.Standards
	Today     policy.Date
}

// ReportOptions (共享数据导入选项) are whose act an import is and how it is done.
type ReportOptions struct {
	Desk
	// Act says who imports, and for which divisions.
	Act store.Act
	// Counties tells which codes are counties.
	Counties func(region.Code) bool
	// Preview finds whom rows are about and what would become of them, and keeps nothing.
	Preview bool
	// Progress is told now and then how far the import is; nil when nobody asks.
	Progress func(Progress)
	// Chunk is how many rows a transaction holds; 5,000 when zero.
	Chunk int
}

// ReportResult (共享数据导入结果) is what an import came to, or would.
type ReportResult struct {
	File *people.File
	store.Outturn
	Refused people.Problems
	// Again tells that the file had been taken in; the outturn is that of then.
	Again     bool
	Synthetic bool
	Source    enrol.Source
}

// First gives the first problems in the order of the file, as many as are asked for.
func (r ReportResult) First(most int) []fault.Problem { return Report{Refused: r.Refused}.First(most) }

const reportChunk = 5000

// Reports (导入共享数据) takes in a file of another department: every row is compared with the persons on file, what differs goes to the work list of
// the division that is responsible, or is done by a rule on file when it is plain who is meant; payments are matched with what is due. Rows that
// cannot be read are told. The same file, and the same row in another file, has no effect again; what was interrupted is done by doing it again.
//
// 依据: SCE-10.1, SCE-9.1
func Reports(ctx context.Context, s *store.Store, path string, matter enrol.Matter, o ReportOptions) (ReportResult, error) {
	file, err := people.OpenReport(path, matter)
	if err != nil {
		return ReportResult{}, err
	}
	in, err := s.Reports().Begin(ctx, o.Act, matter, file.Digest, file.Name, o.Preview)
	if err != nil {
		return ReportResult{}, err
	}
	if in.File.State == store.ReportDone {
		return ReportResult{File: file, Outturn: in.File.Outturn, Again: true, Synthetic: in.File.Synthetic, Source: in.File.Source}, nil
	}
	rules, err := s.Reports().Rules(ctx, o.Act.Scope)
	if err != nil {
		return ReportResult{}, err
	}
	r := &reporting{o: o, in: in, rules: rules, begun: time.Now(), matter: matter, before: map[string]bool{},
		result: ReportResult{File: file, Refused: people.Problems{}, Source: in.File.Source}}
	if err := r.all(ctx); err != nil {
		return r.result, err
	}
	if o.Preview {
		return r.result, nil
	}
	return r.result, in.Finish(ctx, r.result.Outturn, r.result.Synthetic)
}

// reporting is a file of reports under way.
type reporting struct {
	o      ReportOptions
	in     *store.Intake
	rules  []store.WorkRule
	matter enrol.Matter
	begun  time.Time
	told   time.Time
	rows   []people.ReportRow
	before map[string]bool // what a preview has seen, which nothing keeps
	result ReportResult
}

func (r *reporting) all(ctx context.Context) error {
	reader, err := r.result.File.Reports(r.matter, r.o.Counties, r.o.Today)
	if err != nil {
		return err
	}
	chunk := cmp.Or(r.o.Chunk, reportChunk)
	err = r.result.File.Blocks(ctx, func(b people.Block) error {
		var failed error
		reader.Read(b, func(row people.ReportRow) {
			r.result.Rows++
			r.result.Amount += row.Tax.Shares.Total()
			r.result.Synthetic = r.result.Synthetic || row.Synthetic
			if len(row.Problems) > 0 {
				r.refuse(row)
				return
			}
			if r.rows = append(r.rows, row); len(r.rows) >= chunk && failed == nil {
				failed = r.flush(ctx)
			}
		})
		r.tell(b.End)
		return failed
	})
	if err != nil {
		return err
	}
	return r.flush(ctx)
}

func (r *reporting) refuse(row people.ReportRow) {
	r.result.Refused[row.Row] = row.Problems
	r.result.Outturn.Refused++
	r.result.Unread += row.Tax.Shares.Total()
}

func (r *reporting) tell(end int64) {
	if r.o.Progress == nil || time.Since(r.told) < tellEvery {
		return
	}
	r.told = time.Now()
	r.o.Progress(Progress{Rows: r.result.Rows, Refused: r.result.Outturn.Refused, Bytes: end, Size: r.result.File.Size, Elapsed: time.Since(r.begun)})
}

// flush handles the rows that were gathered in one write.
func (r *reporting) flush(ctx context.Context) error {
	if len(r.rows) == 0 {
		return nil
	}
	var out store.Outturn
	var refused people.Problems
	var seen map[string]bool
	err := r.in.Handle(ctx, r.o.Preview, func(h *store.Handling) error {
		c := chunk{reporting: r, h: h, refused: people.Problems{}, seen: map[string]bool{}, made: map[enrol.Document]bool{}}
		var err error
		if r.matter == enrol.TaxReturns {
			err = c.payments(r.rows)
		} else {
			err = c.reports(r.rows)
		}
		out, refused, seen = c.out, c.refused, c.seen
		return err
	})
	if err != nil {
		return err
	}
	add(&r.result.Outturn, out)
	maps.Copy(r.result.Refused, refused)
	if r.o.Preview {
		maps.Copy(r.before, seen)
	}
	r.rows = r.rows[:0]
	return nil
}

// add adds what became of the rows of a chunk; how many there were, and their sum, was counted when they were read.
func add(to *store.Outturn, o store.Outturn) {
	to.Refused += o.Refused
	to.Repeated += o.Repeated
	to.Agreed += o.Agreed
	to.Filed += o.Filed
	to.Routed += o.Routed
	to.Applied += o.Applied
	to.Posted += o.Posted
	to.Excess += o.Excess
	to.Held += o.Held
	to.Known += o.Known
	to.Unread += o.Unread
}

// chunk is rows within one write.
type chunk struct {
	*reporting
	h       *store.Handling
	out     store.Outturn
	refused people.Problems
	works   []store.Work
	seen    map[string]bool
	made    map[enrol.Document]bool // of files made in this write
}

// reports compares rows with the persons on file.
func (c *chunk) reports(rows []people.ReportRow) error {
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = c.h.WorkID(rows[i].Report)
	}
	known, err := c.h.KnownWorks(ids)
	if err != nil {
		return err
	}
	all := make([]enrol.Report, len(rows))
	for i := range rows {
		all[i] = rows[i].Report
	}
	matched, err := c.h.Match(all)
	if err != nil {
		return err
	}
	for i := range rows {
		if k, is := known[ids[i]]; is {
			c.again(k, rows[i].Row)
			continue
		}
		if c.seen[ids[i]] || c.before[ids[i]] {
			c.out.Repeated++
			continue
		}
		c.seen[ids[i]] = true
		m := matched[i]
		if !m.Found && c.made[all[i].Document] {
			one, err := c.h.Match(all[i : i+1])
			if err != nil {
				return err
			}
			m = one[0]
		}
		if err := c.report(rows[i], ids[i], m); err != nil {
			return err
		}
	}
	return c.h.FileWork(c.works...)
}

// again counts a row that is known: itself, from when the file was interrupted, else another.
func (c *chunk) again(k store.KnownWork, row int64) {
	switch {
	case k.Source != c.h.Source() || k.Row != row:
		c.out.Repeated++
	case k.Rule != "":
		c.out.Applied++
	default:
		c.out.Filed++
	}
}

// report handles one row.
func (c *chunk) report(row people.ReportRow, id string, m store.Matched) error {
	var file *enrol.File
	if m.Found {
		file = m.File
	}
	s := row.Suggest(file, m.Likeness, c.o.Today)
	if s.Step == enrol.NoStep {
		c.out.Agreed++
		return nil
	}
	w := store.Work{ID: id, Division: c.divisionOf(row.Report, m), Matter: row.Matter, Step: s.Step, Likeness: m.Likeness, Person: number(m), Row: row.Row, State: store.WorkOpen, Report: row.Report}
	mine := c.h.Within(w.Division)
	if rule, is := c.rule(row.Report, s.Step, w.Division); is && mine && row.Exact(m.Found, m.Likeness) {
		done, err := c.apply(row.Report, file, &w, rule)
		if err != nil {
			return err
		}
		if done {
			c.out.Applied++
			c.works = append(c.works, w)
			return nil
		}
	}
	if mine {
		c.out.Filed++
	} else {
		c.out.Routed++
	}
	c.works = append(c.works, w)
	return nil
}

func number(m store.Matched) enrol.PersonNo {
	if m.Found {
		return m.No
	}
	return 0
}

// divisionOf says on whose list something goes: that of the county responsible for the person, else of the county it happened in, else the
// importer's.
func (c *chunk) divisionOf(r enrol.Report, m store.Matched) region.Code {
	own := c.o.Act.Chain
	if m.Found && m.County.Province() == own.Province() {
		return m.County
	}
	for _, county := range []region.Code{r.Tax.Area, r.Place.County()} {
		if county != "" && county.Province() == own.Province() {
			return county
		}
	}
	return own
}

// rule finds the rule on file for a step.
func (c *chunk) rule(r enrol.Report, step enrol.Step, county region.Code) (store.WorkRule, bool) {
	at := slices.IndexFunc(c.rules, func(rule store.WorkRule) bool { return rule.Holds(r.Matter, step, county, c.o.Today) })
	if at < 0 || !step.Automatic() {
		return store.WorkRule{}, false
	}
	return c.rules[at], true
}

// apply does what a rule has done. What the enrolment room refuses goes to the list.
func (c *chunk) apply(r enrol.Report, file *enrol.File, w *store.Work, rule store.WorkRule) (bool, error) {
	facts, err := r.Act(c.o.Terms, file, w.Step, c.o.Today)
	var refusal *fault.Refusal
	if errors.As(err, &refusal) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if file == nil {
		if w.Person, err = c.h.Open(facts...); err != nil {
			if fault.KindOf(err) == fault.Refused {
				return false, nil
			}
			return false, err
		}
		c.made[r.Document] = true
	} else if err := c.h.Append(w.Person, facts...); err != nil {
		return false, err
	}
	w.State, w.Did, w.Rule = store.WorkDone, w.Step, rule.ID
	return true, nil
}
