package budget

import (
	"slices"
	"strings"
	"unicode/utf8"

	"tongchou/internal/canon"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// Stage (绩效管理环节) is one of the three times that performance is written down and signed.
//
// 依据: SC38-3.6, YN-3.2
type Stage string

// The stages.
const (
	TargetStage     Stage = "targets"    // 绩效目标, with the budget draft
	MonitoringStage Stage = "monitoring" // 绩效监控, during the year
	EvaluationStage Stage = "evaluation" // 绩效评价, after it
)

// Stages lists the stages in the order of the year.
func Stages() []Stage { return []Stage{TargetStage, MonitoringStage, EvaluationStage} }

// Label is the stage's name as a message.
func (s Stage) Label() fault.Message { return fault.Msg("budget.stage." + string(s)) }

// Scorecard (绩效表) is what is kept and signed of one stage: the targets, what they came to up to a month, and why. Through is
// 0 for targets, 1 to 11 for monitoring, 12 for the evaluation.
//
// 依据: SC38-3.6, YN-3.2
type Scorecard struct {
	pool.Key
	Stage     Stage
	Through   Month
	Rows      []Scored
	Remark    string
	Synthetic bool
}

// Scored (绩效指标行) is a target with its unit, what it came to, and where the value is from or why it was missed.
type Scored struct {
	Target
	Unit  string
	Value money.Rate
	Known bool
	Note  string
}

const (
	mostTargets   = 50
	longestTarget = 100
	longestUnit   = 20
	longestNote   = 500
)

// Targets are the targets of the rows.
func (s Scorecard) Targets() []Target {
	out := make([]Target, len(s.Rows))
	for i, r := range s.Rows {
		out[i] = r.Target
	}
	return out
}

// Evaluate (绩效评分) marks the rows with what is known so far.
//
// 依据: SC38-3.6, YN-3.2
func (s Scorecard) Evaluate() (Evaluation, error) {
	measured := make([]Measured, len(s.Rows))
	for i, r := range s.Rows {
		measured[i] = Measured{Value: r.Value.Ratio(), Known: r.Known}
	}
	return Evaluate(s.Division, s.Targets(), measured)
}

// Begin (接续上一环节) begins the next stage with the targets that were approved, without values.
func (s Scorecard) Begin(next Stage) Scorecard {
	out := Scorecard{Key: s.Key, Stage: next, Rows: slices.Clone(s.Rows), Synthetic: s.Synthetic}
	for i := range out.Rows {
		out.Rows[i].Value, out.Rows[i].Known, out.Rows[i].Note = 0, false, ""
	}
	switch next {
	case MonitoringStage:
		out.Through = monthsInYear / 2
	case EvaluationStage:
		out.Through = monthsInYear
	}
	return out
}

// Rebased (按新目标重排) is a stage that was begun under other targets, with those in force: what an indicator of the same name came to stays.
//
// 依据: SC38-3.6
func (s Scorecard) Rebased(targets Scorecard) Scorecard {
	out := targets.Begin(s.Stage)
	out.Through, out.Remark, out.Synthetic = s.Through, s.Remark, s.Synthetic || targets.Synthetic
	for i := range out.Rows {
		x := &out.Rows[i]
		if at := slices.IndexFunc(s.Rows, func(r Scored) bool { return r.Indicator == x.Indicator }); at >= 0 {
			x.Value, x.Known, x.Note = s.Rows[at].Value, s.Rows[at].Known, s.Rows[at].Note
		}
	}
	return out
}

// CheckRevised (绩效目标调整审核) says why targets cannot take the place of those in force; nil when they can: they differ, and the reason is given.
//
// 依据: SC38-3.5, SC38-3.6
func (s Scorecard) CheckRevised(inForce Scorecard) error {
	var l fault.List
	if strings.TrimSpace(s.Remark) == "" {
		l.Add(fault.Problem{Column: "remark", Message: fault.Msg("budget.scorecard.revised_reason"), Clause: "SC38-3.5"})
	}
	if slices.Equal(s.Targets(), inForce.Targets()) {
		l.Add(fault.Problem{Column: "indicator", Message: fault.Msg("budget.scorecard.revised_same"), Clause: "SC38-3.5"})
	}
	return l.Err()
}

// Check (绩效表审核) says why a scorecard cannot be signed on a day; nil when it can. approved are the targets in force, none for
// targets themselves. Refused are targets that cannot be or are not those approved, monitoring without any value, an
// evaluation before the year is over, with a value missing, or with a target missed and no reason given.
//
// 依据: SC38-3.6, YN-3.2
func (s Scorecard) Check(approved []Target, on policy.Date) error {
	if err := CheckTargets(s.Targets()); err != nil {
		return err
	}
	var l fault.List
	add := func(row int, column, value, key string, args ...any) {
		l.Add(fault.Problem{Row: row, Column: column, Value: value, Message: fault.Msg(key, append(args, "value", value)...), Clause: "SC38-3.6"})
	}
	s.checkTexts(add)
	if s.Stage != TargetStage && !slices.Equal(s.Targets(), approved) {
		add(0, "indicator", "", "budget.scorecard.changed")
	}
	known := slices.ContainsFunc(s.Rows, func(r Scored) bool { return r.Known })
	switch s.Stage {
	case TargetStage:
		if known || s.Through != 0 {
			add(0, "value", "", "budget.scorecard.too_soon")
		}
	case MonitoringStage:
		if s.Through < 1 || s.Through >= monthsInYear {
			add(0, "month", money.NewRatio(int64(s.Through), 1).Text(0), "budget.scorecard.month")
		}
		if !known {
			add(0, "value", "", "budget.scorecard.empty")
		}
	case EvaluationStage:
		if on <= s.Year.End() {
			add(0, "", string(on), "budget.scorecard.early", "year", int(s.Year))
		}
		s.checkComplete(add)
	default:
		add(0, "stage", string(s.Stage), "budget.scorecard.stage")
	}
	return l.Err()
}

// checkTexts finds texts that are too long to be signed and shown.
func (s Scorecard) checkTexts(add func(row int, column, value, key string, args ...any)) {
	if len(s.Rows) > mostTargets {
		add(0, "indicator", "", "budget.scorecard.many", "most", mostTargets)
	}
	long := func(row int, column, text string, most int) {
		if utf8.RuneCountInString(text) > most || !utf8.ValidString(text) {
			add(row, column, "", "budget.scorecard.long", "most", most)
		}
	}
	for i, r := range s.Rows {
		long(i+1, "indicator", r.Indicator, longestTarget)
		long(i+1, "unit", r.Unit, longestUnit)
		long(i+1, "explanation", r.Note, longestNote)
		if r.Value < 0 || r.Value > money.MaxRate {
			add(i+1, "value", r.Value.String(), "budget.scorecard.value", "most", money.MaxRate)
		}
	}
	long(0, "remark", s.Remark, longestReason)
}

// checkComplete finds what an evaluation lacks: a value, or the reason for a target that was missed.
func (s Scorecard) checkComplete(add func(row int, column, value, key string, args ...any)) {
	e, err := s.Evaluate()
	if err != nil {
		return // told with the targets
	}
	for i, r := range s.Rows {
		switch {
		case !r.Known:
			add(i+1, "value", "", "budget.scorecard.missing", "indicator", r.Indicator)
		case !e.Marks[i].Met && strings.TrimSpace(r.Note) == "":
			add(i+1, "explanation", "", "budget.scorecard.reason", "indicator", r.Indicator)
		}
	}
}

// scorecardForm names the byte form of a scorecard.
const scorecardForm = "tongchou performance 1"

// Canonical (规范字节) is the scorecard as bytes, the same everywhere and always. Points follow from it and are not in it.
func (s Scorecard) Canonical() []byte {
	var w canon.Writer
	w.Text(scorecardForm)
	w.Number(int64(s.Year))
	w.Text(string(s.Division))
	w.Text(string(s.Insurance))
	w.Text(string(s.Stage))
	w.Number(int64(s.Through))
	w.Flag(s.Synthetic)
	w.Number(int64(len(s.Rows)))
	for _, r := range s.Rows {
		w.Text(r.Indicator)
		w.Text(string(r.Better))
		w.Number(int64(r.Goal))
		w.Number(int64(r.Weight))
		w.Text(r.Unit)
		w.Flag(r.Known)
		w.Number(int64(r.Value))
		w.Text(r.Note)
	}
	w.Text(s.Remark)
	return w
}

// ParseScorecard reads what Canonical wrote; false for any other bytes.
func ParseScorecard(content []byte) (Scorecard, bool) {
	r := canon.NewReader(content)
	var s Scorecard
	if r.Text() != scorecardForm {
		return s, false
	}
	s.Key = pool.Key{Year: policy.Year(r.Number()), Division: region.Code(r.Text()), Insurance: pool.Insurance(r.Text())}
	s.Stage, s.Through, s.Synthetic = Stage(r.Text()), Month(r.Number()), r.Flag()
	for n := r.Number(); n > 0 && r.Sound(); n-- {
		row := Scored{Target: Target{r.Text(), Better(r.Text()), money.Rate(r.Number()), money.Rate(r.Number())}, Unit: r.Text()}
		row.Known, row.Value, row.Note = r.Flag(), money.Rate(r.Number()), r.Text()
		s.Rows = append(s.Rows, row)
	}
	s.Remark = r.Text()
	return s, r.Whole()
}
