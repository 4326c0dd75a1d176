package budget_test

import (
	"bytes"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/budget"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

func card(stage budget.Stage) budget.Scorecard {
	return budget.Scorecard{Key: pool.Key{Year: 2026, Division: "510300", Insurance: pool.Resident}, Stage: stage, Rows: []budget.Scored{
		{Target: budget.Target{Indicator: "保险费征缴率", Better: budget.AtLeast, Goal: 98 * money.One, Weight: money.One / 2}, Unit: "%"},
		{Target: budget.Target{Indicator: "基金支出预算执行率", Better: budget.AtMost, Goal: 100 * money.One, Weight: money.One / 2}, Unit: "%"}}}
}

// Each stage is refused for what it lacks, with the clause, and taken when it is whole.
// Targets set anew differ and have their reason; what was begun keeps what is known of indicators that stay.
func TestTargetsSetAnew(t *testing.T) {
	t.Attr("clause", "SC38-3.6")
	one := func(name string, goal money.Rate) budget.Scored {
		return budget.Scored{Target: budget.Target{Indicator: name, Better: budget.AtLeast, Goal: goal, Weight: money.One}, Unit: "%"}
	}
	old := budget.Scorecard{Stage: budget.TargetStage, Rows: []budget.Scored{one("a", money.One)}}
	again := old
	if err := again.CheckRevised(old); err == nil || says(t, err) != "0 remark 调整绩效目标须写明理由 [SC38-3.5]\n0 indicator 与已批准的目标相同，没有调整 [SC38-3.5]" {
		t.Error(says(t, err))
	}
	again.Remark, again.Rows = "理由", []budget.Scored{one("b", money.One), one("a", 2*money.One)}
	if err := again.CheckRevised(old); err != nil {
		t.Error(err)
	}
	begun := old.Begin(budget.MonitoringStage)
	begun.Rows[0].Value, begun.Rows[0].Known, begun.Rows[0].Note, begun.Remark = 7, true, "n", "平稳"
	on := begun.Rebased(again)
	if len(on.Rows) != 2 || on.Rows[0].Known || on.Rows[1].Value != 7 || on.Rows[1].Note != "n" || on.Rows[1].Goal != 2*money.One || on.Through != 6 || on.Remark != "平稳" {
		t.Errorf("%+v", on)
	}
}

func TestScorecardsAreChecked(t *testing.T) {
	t.Attr("clause", "SC38-3.6")
	t.Attr("clause", "YN-3.2")
	targets := card(budget.TargetStage)
	approved := targets.Targets()
	monitoring, evaluation := targets.Begin(budget.MonitoringStage), targets.Begin(budget.EvaluationStage)
	value := func(s budget.Scorecard, first, second money.Rate, note string) budget.Scorecard {
		s.Rows = append([]budget.Scored(nil), s.Rows...)
		s.Rows[0].Value, s.Rows[0].Known, s.Rows[1].Value, s.Rows[1].Known, s.Rows[0].Note = first*money.One, true, second*money.One, true, note
		return s
	}
	half := monitoring
	half.Rows = append([]budget.Scored(nil), half.Rows...)
	half.Rows[1].Value, half.Rows[1].Known = 55*money.One, true
	late := half
	late.Through = 12
	other := value(evaluation, 98, 100, "")
	other.Rows[1].Goal++
	early := targets
	early.Rows = value(targets, 1, 1, "").Rows
	weightless := targets
	weightless.Rows = targets.Rows[:1]
	for _, c := range []struct {
		name string
		card budget.Scorecard
		on   policy.Date
		want string
	}{
		{"targets", targets, "2025-11-01", ""},
		{"weights", weightless, "2025-11-01", "0 weight 权重之和为 0.5，应为 1 [SC38-3.6]"},
		{"targets with values", early, "2025-11-01", "0 value 绩效目标环节不填完成值 [SC38-3.6]"},
		{"monitoring without values", monitoring, "2026-07-10", "0 value 还没有任何指标的完成值，不能提交 [SC38-3.6]"},
		{"monitoring", half, "2026-07-10", ""},
		{"monitoring of a whole year", late, "2026-07-10", "0 month 监控月份 12 不对，年中监控应为 1 至 11 月 [SC38-3.6]"},
		{"evaluation within the year", value(evaluation, 98, 100, ""), "2026-12-31", "0  2026 年度尚未结束（今天 2026-12-31），年度终了后才能提交绩效评价 [SC38-3.6]"},
		{"evaluation", value(evaluation, 98, 100, ""), "2027-01-01", ""},
		{"evaluation without values", evaluation, "2027-01-01", "1 value “保险费征缴率”还没有完成值 [SC38-3.6]\n2 value “基金支出预算执行率”还没有完成值 [SC38-3.6]"},
		{"missed without a reason", value(evaluation, 97, 100, " "), "2027-01-01", "1 explanation “保险费征缴率”未达到目标，须写明原因和改进措施 [SC38-3.6]"},
		{"missed with a reason", value(evaluation, 97, 100, "企业欠费，已签订还款协议"), "2027-01-01", ""},
		{"other targets", other, "2027-01-01", "0 indicator 指标与已批准的绩效目标不一致；目标批准后不得自行更改 [SC38-3.6]"},
	} {
		got := ""
		if err := c.card.Check(approved, c.on); err != nil {
			got = says(t, err)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	e, err := value(evaluation, 49, 100, "x").Evaluate()
	if err != nil || e.Score.Text(2) != "75.00" || !e.Complete {
		t.Errorf("%v, %v", e, err)
	}
}

// What is kept of performance reads back as it was, and only as it was.
func TestScorecardsReadBack(t *testing.T) {
	t.Attr("clause", "SC38-3.6")
	rapid.Check(t, func(t *rapid.T) {
		s := card(rapid.SampledFrom(budget.Stages()).Draw(t, "stage"))
		s.Through, s.Remark, s.Synthetic = budget.Month(rapid.IntRange(0, 12).Draw(t, "month")), rapid.String().Draw(t, "remark"), rapid.Bool().Draw(t, "synthetic")
		for i := range s.Rows {
			r := &s.Rows[i]
			r.Indicator, r.Note, r.Known, r.Value = rapid.String().Draw(t, "indicator"), rapid.String().Draw(t, "note"), rapid.Bool().Draw(t, "known"), money.Rate(rapid.Int64().Draw(t, "value"))
		}
		content := s.Canonical()
		if got, ok := budget.ParseScorecard(content); !ok || !reflect.DeepEqual(got, s) {
			t.Fatalf("%+v reads back as %+v", s, got)
		}
		if _, ok := budget.ParseScorecard(content[:len(content)-1]); ok {
			t.Fatal("the end is missing")
		}
	})
}

func FuzzScorecard(f *testing.F) {
	f.Add(card(budget.TargetStage).Canonical())
	f.Fuzz(func(t *testing.T, content []byte) {
		if s, ok := budget.ParseScorecard(content); ok && !bytes.Equal(s.Canonical(), content) {
			t.Fatalf("%q has another form", content)
		}
	})
}
