package budget_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/budget"
	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

func printer(t testing.TB) *locale.Printer {
	t.Helper()
	p, err := locale.New(locale.ZH)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// says writes an error as people read it.
func says(t testing.TB, err error) string {
	t.Helper()
	p := printer(t)
	var refusal *fault.Refusal
	var f *fault.Error
	switch {
	case errors.As(err, &refusal):
		var lines []string
		for _, problem := range refusal.Problems {
			lines = append(lines, fmt.Sprint(problem.Row, " ", problem.Column, " ", p.Problem(problem)))
		}
		return strings.Join(lines, "\n")
	case errors.As(err, &f):
		return p.Text(f.Message)
	}
	return fmt.Sprint(err)
}

func rulesOf(t testing.TB, pack string, year policy.Year) budget.Rules {
	t.Helper()
	r, err := budget.RulesOf(policytest.Pack(t, pack).At(year.End()))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func yuan(n int64) money.Fen { return money.Fen(n) * money.FenPerYuan }

// city is a small budget of 120 yuan of expenditure.
func city(code region.Code, revenue, begin int64) budget.Budget {
	return budget.Budget{Key: pool.Key{Year: 2025, Division: code, Insurance: pool.Resident}, SurplusBegin: yuan(begin), Synthetic: true,
		Before: []budget.Item{budget.Inpatient}, Lines: []budget.Line{
			{Item: budget.Inpatient, Method: budget.Trend, Drivers: budget.Drivers{Last: yuan(120)}},
			{Item: budget.OtherRevenue, Method: budget.Stated, Drivers: budget.Drivers{Stated: yuan(revenue), Reason: "合成数据"}},
		}}
}

func computed(t testing.TB, b budget.Budget) budget.Budget {
	t.Helper()
	out, err := b.Compute()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Each row of the table is a line an official can check with a calculator.
// What a budget begins with is what the books say, or says why it is not.
func TestBudgetsAndBooks(t *testing.T) {
	t.Attr("clause", "SC38-3.3")
	t.Attr("clause", "SC38-4.7")
	b := budget.Budget{SurplusBegin: 300, Violation: 50}
	for _, c := range []struct {
		books *budget.Booked
		note  string
		want  []budget.Severity
	}{
		{nil, "", []budget.Severity{budget.Warned}},
		{&budget.Booked{Surplus: 300, Violation: 50}, "", nil},
		{&budget.Booked{Surplus: 300, Violation: 49}, "", []budget.Severity{budget.Refused}},
		{&budget.Booked{Surplus: 299, Provisional: true}, "", []budget.Severity{budget.Refused, budget.Refused}},
		{&budget.Booked{Surplus: 299}, "原因", []budget.Severity{budget.Warned, budget.Warned}},
	} {
		b.BooksNote = c.note
		var got []budget.Severity
		for _, f := range b.CheckBooked(c.books) {
			got = append(got, f.Severity)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestLines(t *testing.T) {
	t.Attr("clause", "SC38-3.2")
	file, err := os.Open("testdata/lines.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows[1:] {
		cell := func(name string) string { return row[slices.Index(rows[0], name)] }
		fen := func(name string) money.Fen {
			f, err := money.ParseFen(cell(name))
			if err != nil && cell(name) != "" {
				t.Fatal(err)
			}
			return f
		}
		rate := func(name string) money.Rate {
			r, err := money.ParseRate(cell(name))
			if err != nil && cell(name) != "" {
				t.Fatal(err)
			}
			return r
		}
		heads, _ := strconv.ParseInt(cell("headcount"), 10, 64)
		d := budget.Drivers{Headcount: heads, HeadcountGrowth: rate("headcount_growth"), Base: fen("base"), WageGrowth: rate("wage_growth"), Rate: rate("rate"),
			Standard: fen("standard"), Collection: rate("collection"), Last: fen("last"), Trend: rate("trend"), Stated: fen("stated"), Reason: "存款利息"}
		if cell("changes") != "" {
			d.Changes = []budget.Change{{Title: "门诊待遇", Document: "示例〔2024〕1号", Amount: fen("changes")}}
		}
		b := computed(t, budget.Budget{Key: pool.Key{Year: 2025, Insurance: pool.Employee}, Lines: []budget.Line{{Item: budget.Item(cell("item")), Method: budget.Method(cell("method")), Drivers: d}}})
		line := b.Lines[0]
		said := printer(t).Text(line.Step.Message)
		if line.Amount != fen("amount") || line.Step.Clause != "SC38-3.2" || strings.Contains(said, "{") || !strings.Contains(said, line.Amount.In(money.Yuan)) {
			t.Errorf("row %d: %s, want %s; %s", i+2, line.Amount, cell("amount"), said)
		}
	}
}

func TestLinesThatCannotBe(t *testing.T) {
	t.Attr("clause", "SC38-3.2")
	t.Attr("clause", "SC38-3.4")
	levy := budget.Drivers{Headcount: 1, Base: 1, Rate: 1, Collection: 1}
	for _, c := range []struct {
		line budget.Line
		want string
	}{
		{budget.Line{Item: "feasts", Method: budget.Stated}, "1 item 预算项目“feasts”不在科目表内 [SC38-3.4]"},
		{budget.Line{Item: budget.SeriousIllness, Method: budget.Stated}, "1 item 职工医保没有“大病保险支出”项目 [SC38-4.5]"},
		{budget.Line{Item: budget.Inpatient, Method: budget.Levy, Drivers: levy}, "1 method “住院待遇支出”不能用测算方法“levy” [SC38-3.2]"},
		{budget.Line{Item: budget.Inpatient, Method: "dice"}, "1 method “住院待遇支出”不能用测算方法“dice” [SC38-3.2]"},
		{budget.Line{Item: budget.Contributions, Method: budget.Levy, Drivers: budget.Drivers{Base: 1, Collection: 2 * money.One}},
			"1 headcount 人数 0 不对，应在 1 至 2,000,000,000 之间 [SC38-3.2]\n1 collection 比率 2 超出范围，应在 0 至 1 之间 [SC38-3.2]"},
		{budget.Line{Item: budget.Contributions, Method: budget.Levy, Drivers: budget.Drivers{Headcount: 2_000_000_000, Base: money.MaxFen, Rate: money.One, Collection: money.One}},
			"1 amount 金额 100000000000000.01 元超出范围，应在 0.00 至 100,000,000,000,000.00 元之间 [SC38-3.1]"},
		{budget.Line{Item: budget.Inpatient, Method: budget.Trend, Drivers: budget.Drivers{Last: 1, Changes: []budget.Change{{Title: "降标", Document: "示例1号", Amount: -2}}}},
			"1 amount 金额 -0.01 元超出范围，应在 0.00 至 100,000,000,000,000.00 元之间 [SC38-3.1]"},
		{budget.Line{Item: budget.Inpatient, Method: budget.Trend, Drivers: budget.Drivers{Last: 1, Changes: []budget.Change{{Title: "扩围", Document: " "}}}},
			"1 document 政策调整“扩围”缺少文号 [SC38-3.4]"},
		{budget.Line{Item: budget.Interest, Method: budget.Stated, Drivers: budget.Drivers{Stated: 5}}, "1 reason 直接填列的金额须说明理由 [SC38-3.2]"},
	} {
		_, err := budget.Budget{Key: pool.Key{Insurance: pool.Employee}, Lines: []budget.Line{c.line}}.Compute()
		if err == nil || says(t, err) != c.want {
			t.Errorf("%s: %s, want %s", c.line.Item, says(t, err), c.want)
		}
	}
	twice := city("510100", 1, 1)
	twice.Lines = append(twice.Lines, twice.Lines[0])
	if _, err := twice.Compute(); err == nil || says(t, err) != "3 item 项目“住院待遇支出”重复，每个项目只能有一行 [SC38-3.1]" {
		t.Errorf("%v", err)
	}
}

func findings(t testing.TB, all []budget.Finding) string {
	t.Helper()
	var out []string
	for _, f := range all {
		mark := ""
		if f.Assumed {
			mark = "*"
		}
		out = append(out, fmt.Sprintf("%s%s %s %s", f.Severity, mark, f.Clause, printer(t).Text(f.Message)))
	}
	return strings.Join(out, "\n")
}

func TestRules(t *testing.T) {
	t.Attr("clause", "SC38-3.1")
	t.Attr("clause", "SC38-3.3")
	t.Attr("clause", "SC38-3.4")
	t.Attr("clause", "YN-3.1")
	approvals := []budget.Approval{{By: budget.MedicalSecurity, Document: "示例1号", On: "2025-01-02", Amount: yuan(20)}, {By: budget.Finance, Document: "示例2号", On: "2025-01-03", Amount: yuan(20)}}
	for _, c := range []struct {
		name   string
		pack   string
		budget budget.Budget
		change func(b *budget.Budget)
		want   string
	}{
		{"sound", "sichuan", city("510100", 121, 60), nil, ""},
		{"sound in Yunnan", "yunnan", city("530100", 121, 60), nil, ""},
		{"three months exactly", "sichuan", city("510100", 120, 30), nil, ""},
		{"low", "sichuan", city("510100", 120, 29), nil, "warned* SC38-3.3 年末滚存结余可支付 2.9 个月，低于 3 个月"},
		{"24 months exactly", "sichuan", city("510100", 120, 240), nil, ""},
		{"high", "sichuan", city("510100", 120, 241), nil, "warned* SC38-3.3 年末滚存结余可支付 24.1 个月，高于 24 个月"},
		{"deficit", "sichuan", city("510100", 100, 60), nil, "refused* SC38-3.1 当年赤字 20.00 元，不能动用累计结余弥补：医保部门批准 0.00 元，不足赤字 20.00 元、财政部门批准 0.00 元，不足赤字 20.00 元"},
		{"deficit in Yunnan", "yunnan", city("530100", 100, 60), nil, "refused YN-3.1 当年赤字 20.00 元，不能动用累计结余弥补：医保部门批准 0.00 元，不足赤字 20.00 元、财政部门批准 0.00 元，不足赤字 20.00 元"},
		{"one department", "yunnan", city("530100", 100, 60), func(b *budget.Budget) { b.Approvals = approvals[:1] }, "refused YN-3.1 当年赤字 20.00 元，不能动用累计结余弥补：财政部门批准 0.00 元，不足赤字 20.00 元"},
		{"both", "yunnan", city("530100", 100, 60), func(b *budget.Budget) { b.Approvals = approvals }, "warned YN-3.1 当年赤字 20.00 元，已经医保和财政部门批准动用累计结余"},
		{"too little", "yunnan", city("530100", 99, 60), func(b *budget.Budget) { b.Approvals = approvals }, "refused YN-3.1 当年赤字 21.00 元，不能动用累计结余弥补：医保部门批准 20.00 元，不足赤字 21.00 元、财政部门批准 20.00 元，不足赤字 21.00 元"},
		{"violation", "yunnan", city("530100", 100, 60), func(b *budget.Budget) { b.Approvals, b.Violation = approvals, yuan(5) },
			"refused YN-3.1 当年赤字 20.00 元，不能动用累计结余弥补：赤字中 5.00 元由违反政策造成，应由当地政府弥补，不得动用累计结余"},
		{"cumulative", "yunnan", city("530100", 100, 10), func(b *budget.Budget) { b.Approvals = approvals },
			"refused YN-3.1 年初结余 10.00 元，当年结余 -20.00 元，年末滚存结余 -10.00 元为赤字\nrefused YN-3.1 当年赤字 20.00 元，不能动用累计结余弥补：年初累计结余 10.00 元，不足赤字 20.00 元\nwarned* YN-3.1 年末滚存结余可支付 -1.0 个月，低于 3 个月"},
		{"24 months exactly in Yunnan", "yunnan", city("530100", 120, 240), nil, ""},
		{"high in Yunnan", "yunnan", city("530100", 120, 241), nil, "warned* YN-3.1 年末滚存结余可支付 24.1 个月，高于 24 个月"},
		{"new item", "sichuan", city("510100", 121, 60), func(b *budget.Budget) { b.Before = []budget.Item{budget.Outpatient} }, "refused SC38-3.4 “住院待遇支出”120.00 元为上年预算没有的支出项目，未附政策依据"},
		{"new item on file", "sichuan", city("510100", 121, 60), func(b *budget.Budget) {
			b.Before, b.Lines[0].Drivers.Changes = []budget.Item{}, []budget.Change{{Title: "新增", Document: "示例3号"}}
		}, ""},
		{"nothing before", "sichuan", city("510100", 121, 60), func(b *budget.Budget) { b.Before = nil }, "warned SC38-3.4 没有 2024 年预算，无法核对新增支出项目"},
	} {
		if c.change != nil {
			c.change(&c.budget)
		}
		year := policy.Year(2025)
		if c.pack == "yunnan" {
			year = 2026
		}
		found := rulesOf(t, c.pack, year).Check(computed(t, c.budget))
		if got := findings(t, found); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
		if refused := strings.Contains(c.want, "refused"); (budget.Refusal(found) != nil) != refused {
			t.Errorf("%s: refusal %v", c.name, budget.Refusal(found))
		}
	}
	if _, err := budget.RulesOf(policytest.Pack(t, "example-gapfill").Latest()); err == nil || !strings.Contains(says(t, err), "政策 example-gapfill 没有规定参数 budget.months.least，预算审核需要它") {
		t.Errorf("%v", err)
	}
}

// Using surplus takes both departments, each with a document and a day, each for enough.
func TestSurplusUse(t *testing.T) {
	t.Attr("clause", "YN-2.4")
	t.Attr("clause", "SC38-4.6")
	both := func(medical, finance budget.Approval) error {
		b := city("530100", 100, 60)
		medical.By, finance.By = budget.MedicalSecurity, budget.Finance
		b.Approvals = []budget.Approval{medical, finance}
		return computed(t, b).SurplusUse()
	}
	good := budget.Approval{Document: "示例1号", On: "2025-01-02", Amount: yuan(20)}
	if err := both(good, good); err != nil {
		t.Error(err)
	}
	for _, change := range []func(a *budget.Approval){func(a *budget.Approval) { a.Document = "" }, func(a *budget.Approval) { a.On = "2025-02-30" }, func(a *budget.Approval) { a.Amount-- }} {
		bad := good
		change(&bad)
		if both(good, bad) == nil || both(bad, good) == nil {
			t.Errorf("%+v was enough", bad)
		}
	}
}

func TestCompile(t *testing.T) {
	t.Attr("clause", "SC38-3.1")
	r := rulesOf(t, "sichuan", 2025)
	areas := []region.Code{"510100", "510300"}
	a, b := computed(t, city("510100", 121, 60)), computed(t, city("510300", 130, 40))
	p, err := r.Compile(2025, pool.Resident, areas, []budget.Budget{b, a})
	if err != nil || p.Drafts[0].Division != "510100" || p.Total(budget.Revenue) != yuan(251) || p.Total(budget.Expenditure) != yuan(240) || p.SurplusEnd() != yuan(111) || !p.Synthetic {
		t.Fatalf("%+v, %v", p, err)
	}
	if months, ok := p.Months(); !ok || months.Text(2) != "5.55" {
		t.Errorf("months %s", months.Text(2))
	}
	deficit, old := computed(t, city("510300", 1, 1)), a
	old.Year = 2024
	_, err = r.Compile(2025, pool.Resident, append(areas, "510400"), []budget.Budget{old, deficit, computed(t, city("530100", 121, 60)), deficit})
	want := "0 division 成都市的草案是 2024 年居民医保的，不能汇入本预算 [SC38-4.5]\n" +
		"0 division 自贡市的草案应退回：年初结余 1.00 元，当年结余 -119.00 元，年末滚存结余 -118.00 元为赤字 [SC38-3.1]\n" +
		"0 division 自贡市的草案应退回：当年赤字 119.00 元，不能动用累计结余弥补：医保部门批准 0.00 元，不足赤字 119.00 元、财政部门批准 0.00 元，不足赤字 119.00 元、年初累计结余 1.00 元，不足赤字 119.00 元 [SC38-3.1]\n" +
		"0 division 自贡市的草案重复 [SC38-3.1]\n0 division 昆明市不在本省统筹区之内 [SC38-3.1]\n0 division 攀枝花市尚未报送草案 [SC38-3.1]"
	if err == nil || says(t, err) != want {
		t.Errorf("got  %s\nwant %s", says(t, err), want)
	}
}

func TestExecution(t *testing.T) {
	t.Attr("clause", "SC38-3.4")
	b := city("510100", 0, 60)
	b.Lines[1] = budget.Line{Item: budget.Contributions, Method: budget.PerHead, Drivers: budget.Drivers{Headcount: 10, Standard: yuan(13), Collection: money.One}}
	b = computed(t, b)
	e, err := b.Execute(3, []budget.Actual{
		{Month: 1, Item: budget.Contributions, Amount: yuan(60), Due: yuan(70)}, {Month: 2, Item: budget.Contributions, Amount: yuan(3), Due: yuan(10)},
		{Month: 1, Item: budget.Inpatient, Amount: yuan(20)}, {Month: 3, Item: budget.Inpatient, Amount: yuan(13)}, {Month: 3, Item: budget.Maternity, Amount: yuan(1)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !e.HasCollection || e.Collection.Text(4) != "0.7875" || e.Due != yuan(80) || !slices.Equal(e.Unplanned(), []budget.Item{budget.Maternity}) {
		t.Errorf("collection %s of %s, unplanned %v", e.Collection.Text(4), e.Due, e.Unplanned())
	}
	inpatient := e.Lines[1]
	if inpatient.Actual != yuan(33) || inpatient.Left != yuan(87) || inpatient.Share.Text(3) != "0.275" || inpatient.Pace.Text(2) != "1.10" {
		t.Errorf("%+v", inpatient)
	}
	if got, want := findings(t, e.Findings), "warned SC38-3.4 “住院待遇支出”已执行 27.5%，为序时进度的 110.0%\nrefused SC38-3.4 “生育待遇支出”没有预算，已支出 1.00 元"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	over, err := b.Execute(12, []budget.Actual{{Month: 12, Item: budget.Inpatient, Amount: yuan(121)}})
	if err != nil || findings(t, over.Findings) != "refused SC38-3.5 “住院待遇支出”已支出 121.00 元，超过预算 120.00 元，须先编制预算调整方案" {
		t.Errorf("%s, %v", findings(t, over.Findings), err)
	}
	_, err = b.Execute(3, []budget.Actual{{Month: 4, Item: budget.Inpatient}, {Month: 1, Item: "feasts"}, {Month: 1, Item: budget.Interest, Due: 1}})
	if want := "1 month 月份 4 不对，应为 1 至 3 [SC38-3.4]\n2 item 预算项目“feasts”不在科目表内 [SC38-3.4]\n3 due 只有保险费收入有应征数（填写的是 0.01） [SC38-3.4]"; err == nil || says(t, err) != want {
		t.Errorf("%s", says(t, err))
	}
	if _, err := b.Execute(13, nil); fault.KindOf(err) != fault.Usage {
		t.Errorf("month 13: %v", err)
	}
}

func TestAdjust(t *testing.T) {
	t.Attr("clause", "SC38-3.5")
	r := rulesOf(t, "sichuan", 2025)
	b := computed(t, city("510100", 140, 60))
	lines := slices.Clone(b.Lines)
	for i := range lines {
		if lines[i].Item == budget.Inpatient {
			lines[i].Drivers.Changes = []budget.Change{{Title: "住院待遇", Document: "示例4号", Amount: yuan(15)}}
		}
	}
	s, err := r.Adjust(b, lines, nil, " 突发疫情 ")
	if err != nil || s.After.Revision != 2 || b.Revision != 1 || s.Reason != "突发疫情" || !slices.Equal(s.Changes, []budget.Changed{{Item: budget.Inpatient, Before: yuan(120), After: yuan(135)}}) || s.Changes[0].Difference() != yuan(15) {
		t.Fatalf("%+v, %v", s, err)
	}
	if line, _ := s.Before.Line(budget.Inpatient); line.Amount != yuan(120) {
		t.Error("history was rewritten")
	}
	if _, err := r.Adjust(b, lines, nil, " "); err == nil || says(t, err) != "0 reason 预算调整须写明理由，不超过 2000 个字 [SC38-3.5]" {
		t.Errorf("%v", err)
	}
	if _, err := r.Adjust(b, b.Lines, nil, "因"); err == nil || says(t, err) != "调整前后金额相同，没有需要调整的项目" {
		t.Errorf("%v", err)
	}
	extra := append(slices.Clone(lines), budget.Line{Item: budget.Outpatient, Method: budget.Stated, Drivers: budget.Drivers{Stated: yuan(1), Reason: "想"}})
	if _, err := r.Adjust(b, extra, nil, "因"); err == nil || !strings.Contains(says(t, err), "“普通门诊待遇支出”1.00 元为上年预算没有的支出项目，未附政策依据 [SC38-3.4]") {
		t.Errorf("%v", err)
	}
	next := b.Succeed()
	if next.Year != 2026 || next.SurplusBegin != yuan(80) || !slices.Equal(next.Before, []budget.Item{budget.Inpatient}) || next.Revision != 0 {
		t.Errorf("%+v", next)
	}
}

func TestAdvise(t *testing.T) {
	t.Attr("clause", "YA-3.2.1")
	r := rulesOf(t, "sichuan", 2025)
	with := func(rate money.Rate, begin int64) budget.Budget {
		b := city("510100", 0, begin)
		b.Insurance = pool.Employee
		b.Lines[1] = budget.Line{Item: budget.Contributions, Method: budget.Levy, Drivers: budget.Drivers{Headcount: 10, Base: yuan(150), Rate: rate, Collection: money.One}}
		return computed(t, b)
	}
	for _, c := range []struct {
		rate  money.Rate
		begin int64
		want  string
	}{{80_000, 30, ""}, {80_000, 20, "0.08 0.0867"}, {80_000, 300, "0.08 0.04"}, {80_000, 239, ""}, {80_000, 241, "0.08 0.0793"}, {80_000, 25, "0.08 0.0834"}, {80_000, 242, "0.08 0.0786"}} {
		a, ok := r.Advise(with(c.rate, c.begin))
		got := ""
		if ok {
			got = a.From.String() + " " + a.To.String()
			if said := printer(t).Text(a.Step.Message); strings.Contains(said, "{") || !a.Step.Assumed {
				t.Errorf("step %q", said)
			}
			if _, again := r.Advise(with(a.To, c.begin)); again {
				t.Errorf("the rate %s is not enough", a.To)
			}
		}
		if got != c.want {
			t.Errorf("begins with %d: %q, want %q", c.begin, got, c.want)
		}
	}
}

func TestPerformance(t *testing.T) {
	t.Attr("clause", "SC38-3.6")
	t.Attr("clause", "YN-3.2")
	targets := []budget.Target{{"参保率", budget.AtLeast, 950_000, 500_000}, {"次均住院费用增幅", budget.AtMost, 50_000, 300_000}, {"征缴率", budget.AtLeast, 990_000, 200_000}}
	value := func(n int64) budget.Measured { return budget.Measured{Value: money.NewRatio(n, 1000), Known: true} }
	half, err := budget.Evaluate("510100", targets, []budget.Measured{value(960), value(100), {}})
	if err != nil || half.Complete || half.Score.Text(2) != "65.00" || !half.Marks[0].Met || half.Marks[1].Met || half.Marks[1].Points.Text(1) != "15.0" {
		t.Fatalf("%+v, %v", half, err)
	}
	for _, m := range half.Marks {
		if said := printer(t).Text(m.Step.Message); strings.Contains(said, "{") || !m.Step.Assumed {
			t.Errorf("step %q", said)
		}
	}
	if _, err := budget.Index([]budget.Evaluation{half}); err == nil || says(t, err) != "成都市的绩效评价还缺数据" {
		t.Errorf("%v", err)
	}
	whole, _ := budget.Evaluate("510100", targets, []budget.Measured{value(960), value(50), value(990)})
	worse, _ := budget.Evaluate("510300", targets, []budget.Measured{value(475), value(100), value(495)})
	index, err := budget.Index([]budget.Evaluation{whole, worse})
	if err != nil || whole.Score.Text(1) != "100.0" || worse.Score.Text(1) != "50.0" || index["510100"].Text(4) != "1.3333" || index["510300"].Text(4) != "0.6667" {
		t.Errorf("%v, %v", index, err)
	}
	if _, err := budget.Index([]budget.Evaluation{{Complete: true}}); err == nil {
		t.Error("an index of nothing")
	}
	_, err = budget.Evaluate("510100", []budget.Target{{"", "up", 0, 2 * money.One}}, nil)
	if want := "1 indicator 绩效指标“”为空或重复 [SC38-3.6]\n1 better 方向“up”不认识，应为 at_least（不低于）或 at_most（不高于） [SC38-3.6]\n1 goal 目标值 0 应大于 0 [SC38-3.6]\n1 weight 权重 2 应大于 0、不超过 1 [SC38-3.6]"; err == nil || says(t, err) != want {
		t.Errorf("%s", says(t, err))
	}
	if err := budget.CheckTargets(targets[:2]); err == nil || says(t, err) != "0 weight 权重之和为 0.8，应为 1 [SC38-3.6]" {
		t.Errorf("%v", err)
	}
	if _, err := budget.Evaluate("510100", targets, nil); fault.KindOf(err) != fault.Usage {
		t.Errorf("%v", err)
	}
}

func drawBudget(t *rapid.T, code region.Code) budget.Budget {
	amount := rapid.OneOf(rapid.Int64Range(0, 500), rapid.Int64Range(0, int64(money.MaxFen)/100))
	rate := func(name string, least, most int64) money.Rate {
		return money.Rate(rapid.Int64Range(least, most).Draw(t, name))
	}
	b := budget.Budget{Key: pool.Key{Year: 2025, Division: code, Insurance: pool.Resident}, SurplusBegin: money.Fen(amount.Draw(t, "begin")), Before: []budget.Item{}}
	together := rapid.Bool().Draw(t, "subsidies together")
	for _, rule := range budget.ItemRules() {
		if !rapid.Bool().Draw(t, "has") || together && slices.Contains(budget.SubsidyItems(), rule.Item) || !together && rule.Item == budget.Subsidies {
			continue
		}
		line := budget.Line{Item: rule.Item, Method: budget.PerHead, Drivers: budget.Drivers{Headcount: rapid.Int64Range(1, 30_000_000).Draw(t, "heads"), HeadcountGrowth: rate("growth", -1_000_000, 1_000_000),
			Standard: money.Fen(rapid.Int64Range(1, 1_000_000).Draw(t, "standard")), Collection: rate("collection", 0, 1_000_000), Last: money.Fen(amount.Draw(t, "last")), Trend: rate("trend", -1_000_000, 1_000_000),
			Changes: []budget.Change{{Title: "x", Document: "y", Amount: money.Fen(amount.Draw(t, "change"))}}}}
		if rule.Side == budget.Expenditure && rapid.Bool().Draw(t, "trend") {
			line.Method = budget.Trend
		}
		b.Lines = append(b.Lines, line)
	}
	return b
}

// Parts add up to lines, lines to totals, and balance, surplus and totals agree; computing twice is computing once.
func TestEverythingAddsUp(t *testing.T) {
	t.Attr("clause", "SC38-3.1")
	r := rulesOf(t, "sichuan", 2025)
	r.Cumulative, r.Current = policy.Effective{}, policy.Effective{} // neither is refused
	areas := []region.Code{"510100", "510300", "510400"}
	rapid.Check(t, func(t *rapid.T) {
		var drafts []budget.Budget
		for _, code := range rapid.Permutation(areas).Draw(t, "order") {
			b, err := drawBudget(t, code).Compute()
			if err != nil {
				t.Fatal(err)
			}
			again, err := b.Compute()
			if err != nil || again.Balance() != b.Balance() || again.SurplusEnd() != b.SurplusBegin+b.Total(budget.Revenue)-b.Total(budget.Expenditure) {
				t.Fatalf("%v", err)
			}
			drafts = append(drafts, b)
		}
		p, err := r.Compile(2025, pool.Resident, areas, drafts)
		if err != nil {
			t.Fatal(err)
		}
		var sum money.Fen
		for _, l := range p.Lines {
			var parts money.Fen
			for i, part := range l.Parts {
				line, _ := p.Drafts[i].Line(l.Item)
				if line.Amount != part {
					t.Fatalf("%s of %s", l.Item, p.Drafts[i].Division)
				}
				parts += part
			}
			if parts != l.Total {
				t.Fatalf("%s: %d is not %d", l.Item, parts, l.Total)
			}
		}
		for _, d := range drafts {
			sum += d.SurplusEnd()
		}
		if sum != p.SurplusEnd() {
			t.Fatalf("surplus %d, not %d", p.SurplusEnd(), sum)
		}
	})
}

// More heads, a higher standard, a higher trend never make an amount smaller.
func TestAmountsGrowWithTheirDrivers(t *testing.T) {
	t.Attr("clause", "SC38-3.2")
	rapid.Check(t, func(t *rapid.T) {
		b := drawBudget(t, "510100")
		more := b
		more.Lines = slices.Clone(b.Lines)
		for i := range more.Lines {
			d := &more.Lines[i].Drivers
			d.Headcount, d.Standard, d.Trend = d.Headcount+rapid.Int64Range(0, 1000).Draw(t, "more"), d.Standard+1, d.Trend+1
		}
		x, err := b.Compute()
		y, wrong := more.Compute()
		if err != nil || wrong != nil {
			t.Fatal(err, wrong)
		}
		for i := range x.Lines {
			if x.Lines[i].Amount > y.Lines[i].Amount {
				t.Fatalf("%+v is more than %+v", x.Lines[i], y.Lines[i])
			}
		}
	})
}
