package lake

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// checksClause is what the checks are made for.
const checksClause = "YA-4.8.1"

// CheckKind (校验项目) names what is checked.
type CheckKind string

// The kinds of checks, in the order they are made.
const (
	CheckRepeated     CheckKind = "repeated"      // 结算编号重复
	CheckDuplicate    CheckKind = "duplicate"     // 疑似重复结算
	CheckOrphan       CheckKind = "orphan"        // 退费找不到原结算
	CheckRefund       CheckKind = "refund"        // 退费金额与原结算不符
	CheckOrder        CheckKind = "order"         // 日期颠倒
	CheckFuture       CheckKind = "future"        // 日期在将来
	CheckOverlap      CheckKind = "overlap"       // 住院期间重叠
	CheckAge          CheckKind = "age"           // 年龄超出范围
	CheckAgeDiffers   CheckKind = "age_differs"   // 同一人年龄矛盾
	CheckSexDiffers   CheckKind = "sex_differs"   // 同一人性别矛盾
	CheckCode         CheckKind = "code"          // 代码不在字典内
	CheckOutlier      CheckKind = "outlier"       // 机构次均费用离群
	CheckAreaMissing  CheckKind = "area_missing"  // 整个统筹区无数据
	CheckMonthMissing CheckKind = "month_missing" // 缺月
	CheckStatement    CheckKind = "statement"     // 与基金收支表不符
	CheckUnstated     CheckKind = "unstated"      // 基金收支表缺统筹区
	CheckPersons      CheckKind = "persons"       // 就医人数多于参保人数
	CheckUnenrolled   CheckKind = "unenrolled"    // 参保人数表缺统筹区
	CheckChange       CheckKind = "change"        // 与上年相比变动过大
)

// CheckKinds lists the kinds of checks in the order they are made.
func CheckKinds() []CheckKind {
	return []CheckKind{CheckRepeated, CheckDuplicate, CheckOrphan, CheckRefund, CheckOrder, CheckFuture, CheckOverlap, CheckAge,
		CheckAgeDiffers, CheckSexDiffers, CheckCode, CheckOutlier, CheckAreaMissing, CheckMonthMissing, CheckStatement, CheckUnstated,
		CheckPersons, CheckUnenrolled, CheckChange}
}

// Title is the locale key of the name of a check.
func (k CheckKind) Title() string { return "lake.check." + string(k) + ".title" }

// message is what a finding of the kind says.
func (k CheckKind) message(args ...any) fault.Message {
	return fault.Msg("lake.check."+string(k), args...)
}

// Severity (严重程度) says what a finding means for the figures.
type Severity string

// The severities.
const (
	SeverityError   Severity = "error"   // 差错: the data cannot be so
	SeverityWarning Severity = "warning" // 疑点: it may be so, and somebody should look
)

// Title is the locale key of a severity's name.
func (s Severity) Title() string { return "lake.check.severity." + string(s) }

// severity of a kind of finding.
func (k CheckKind) severity() Severity {
	switch k {
	case CheckDuplicate, CheckOrphan, CheckOverlap, CheckOutlier, CheckUnstated, CheckUnenrolled, CheckAgeDiffers, CheckChange:
		return SeverityWarning
	}
	return SeverityError
}

// Finding (校验发现) is one thing found in one place. Count rows are behind it that cost Cost; Rows is the query that gives them,
// empty where what was found is that there are none, or a sum.
//
// 依据: YA-4.8.1
type Finding struct {
	Kind        CheckKind
	Severity    Severity
	Division    region.Code
	Insurance   pool.Insurance // empty where insurances are not told apart
	Institution string         // fixmedins_code, of an outlier
	Column      string         // of a code
	Count       int64
	Cost        money.Fen
	Message     fault.Message
	Clause      policy.ClauseID
	Rows        string
}

// CheckOptions say what a snapshot is checked against. What is left out is not checked, and the report says so.
type CheckOptions struct {
	Today      policy.Date      // no row may be of a later day; the machine's day
	Statements []pool.Statement // 基金收支表; those of other years are left out
	Enrolled   []Enrolled       // 参保人数; those of other years are left out
	Last       Querier          // the relation claims of the year before, of the same kind
	Through    int              // the months that must be there; 12, and of a preliminary snapshot those up to its last
	// StatementTolerance is how far claims and statements may lie apart; 0.05, as far as preliminary and final figures do.
	StatementTolerance money.Rate
	ChangeTolerance    money.Rate                // how far a figure may move from one year to the next; 0.3
	Fewest             int64                     // institutions and areas with fewer settlements are not judged; 30
	Progress           func(CheckKind, int, int) // called before a query: for which check, how many are done, of how many; may be nil
}

func (o CheckOptions) filled() CheckOptions {
	if o.Today == "" {
		o.Today = policy.DayOf(time.Now())
	}
	if o.StatementTolerance == 0 {
		o.StatementTolerance = money.One / 20
	}
	if o.ChangeTolerance == 0 {
		o.ChangeTolerance = money.One * 3 / 10
	}
	if o.Fewest == 0 {
		o.Fewest = 30
	}
	return o
}

// CheckReport (校验报告) is what was found in a snapshot, by kind and place, and which checks had nothing to check against.
//
// 依据: YA-4.8.1
type CheckReport struct {
	Snapshot Snapshot
	Today    policy.Date
	Findings []Finding
	Skipped  []CheckKind
}

// Count gives how many findings have a severity.
func (r CheckReport) Count(s Severity) int {
	n := 0
	for _, f := range r.Findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// Digest (报告摘要) is the SM3 digest of a canonical form of the report: a line for the snapshot, for each check left out, and for
// each finding.
func (r CheckReport) Digest() string {
	b := fmt.Appendf(nil, "%d %s %s %s", r.Snapshot.Year, r.Snapshot.Kind, r.Snapshot.ID, r.Today)
	for _, k := range r.Skipped {
		b = fmt.Appendf(b, "\nskipped %s", k)
	}
	for _, f := range r.Findings {
		b = fmt.Appendf(b, "\n%s %s %q %q %q %q %d %d %s", f.Kind, f.Severity, f.Division, f.Insurance, f.Institution, f.Column, f.Count, int64(f.Cost), f.Message.Key)
		for _, arg := range f.Message.Args {
			b = fmt.Appendf(b, " %q", fmt.Sprint(arg))
		}
	}
	sum := sm3.Sum(b)
	return hex.EncodeToString(sum[:])
}

// Check (多维度校验) checks the session's snapshot, as DrawChecks does.
//
// 依据: YA-4.8.1
func (s *Session) Check(ctx context.Context, o CheckOptions) (CheckReport, error) {
	return DrawChecks(ctx, s.conn, s.Snapshot, o)
}

// DrawChecks (多维度校验) checks the relation claims, which must hold the snapshot alone: rows against one another and against the
// lists of codes, institutions against their level, areas against their months, statements, enrolment and last year. It refuses
// nothing: findings are for people to judge and sign.
//
// 依据: YA-4.8.1
func DrawChecks(ctx context.Context, q Querier, s Snapshot, o CheckOptions) (CheckReport, error) {
	tree, err := region.Load()
	if err != nil {
		return CheckReport{}, fault.Wrap(err, "lake.query")
	}
	o = o.filled()
	c := &checks{q: q, options: o, places: newPlaces(tree), report: CheckReport{Snapshot: s, Today: o.Today}}
	for _, check := range []func(context.Context) error{c.rows, c.codes, c.outliers, c.areas} {
		if err := check(ctx); err != nil {
			return CheckReport{}, err
		}
	}
	return c.report, nil
}

// checks is a report in the making.
type checks struct {
	q       Querier
	options CheckOptions
	places  *places
	report  CheckReport
	done    int
}

// begin tells that a query begins.
func (c *checks) begin(kind CheckKind) {
	if c.options.Progress != nil {
		c.options.Progress(kind, c.done, len(rowChecks(c.options.Today))+len(c.codeChecks())+queriesBesides)
	}
	c.done++
}

// queriesBesides are those of institutions, months and persons.
const queriesBesides = 3

// find adds a finding; its kind says how severe it is.
func (c *checks) find(f Finding) {
	f.Severity, f.Clause = f.Kind.severity(), checksClause
	c.report.Findings = append(c.report.Findings, f)
}

func (c *checks) skip(kinds ...CheckKind) { c.report.Skipped = append(c.report.Skipped, kinds...) }
