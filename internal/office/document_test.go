package office_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func content(amount money.Fen) office.Content {
	return office.Content{Title: "2024 年度基金调剂方案（合成数据）", Amount: amount, Digest: office.DigestOf([]byte("x")), Policy: policy.InForce}
}

// The people of a province in the tests.
var (
	clerk    = subject("clerk", office.MedicalSecurity, "510000", office.Clerk)
	reviewer = subject("reviewer", office.MedicalSecurity, "510000", office.Reviewer)
	finance  = subject("finance", office.Finance, "510000", office.Approver)
	approver = subject("approver", office.MedicalSecurity, "510000", office.Approver)
	allround = subject("allround", office.MedicalSecurity, "510000", office.Clerk, office.Reviewer, office.Approver)
	citizen  = subject("citizen", office.MedicalSecurity, "510100", office.Clerk, office.Reviewer, office.Approver)
)

func draft(t testing.TB, kind office.Kind, division region.Code, by office.Subject) office.Document {
	t.Helper()
	d, err := office.Draft(office.DocumentID("D-"+string(kind)), kind, division, content(100), by, noon)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func do(t testing.TB, d office.Document, kind office.ActKind, by office.Subject) office.Document {
	t.Helper()
	after, err := d.Do(office.Act{Kind: kind, By: by, At: noon.Add(time.Duration(d.Version) * time.Minute), Version: d.Version, Reason: "因为", Content: content(200)})
	if err != nil {
		t.Fatalf("%s by %s: %v", kind, by.ID, err)
	}
	return after
}

func TestARunIsSignedByThreeOffices(t *testing.T) {
	t.Attr("clause", "SC38-10.1")
	t.Attr("clause", "SC38-11.3")
	d := draft(t, office.PoolRun, "510000", clerk)
	for _, step := range []struct {
		act  office.ActKind
		by   office.Subject
		want office.State
	}{
		{office.Submit, clerk, office.Waiting}, {office.Sign, reviewer, office.Waiting}, {office.Return, finance, office.Returned},
		{office.Revise, clerk, office.Drafted}, {office.Submit, clerk, office.Waiting}, {office.Withdraw, clerk, office.Drafted},
		{office.Submit, clerk, office.Waiting}, {office.Sign, reviewer, office.Waiting}, {office.Sign, finance, office.Waiting},
		{office.Sign, approver, office.Approved},
	} {
		if d = do(t, d, step.act, step.by); d.State != step.want {
			t.Fatalf("after %s by %s: %s, want %s", step.act, step.by.ID, d.State, step.want)
		}
	}
	if len(d.Steps) != 11 || d.Version != 11 || d.Amount != 200 || len(d.Timeline()) != 11 {
		t.Errorf("%d steps, version %d, amount %d, %d lines", len(d.Steps), d.Version, d.Amount, len(d.Timeline()))
	}
	last := d.Steps[10]
	if last.Action != office.Approve || last.Stage != 3 || last.Digest != d.Digest || last.Amount != 200 {
		t.Errorf("last step %+v", last)
	}
}

func TestRefusedActs(t *testing.T) {
	t.Attr("clause", "YA-4.10.3")
	made := draft(t, office.PoolRun, "510000", clerk)
	waiting := do(t, made, office.Submit, clerk)
	reviewed := do(t, waiting, office.Sign, reviewer)
	own := do(t, draft(t, office.PoolRun, "510000", allround), office.Submit, allround)
	trial := made
	trial.Policy = policy.Draft
	changed := made
	changed.Trial = true
	for _, c := range []struct {
		name string
		d    office.Document
		act  office.Act
		want string
	}{
		{"same person", own, office.Act{Kind: office.Sign, By: allround}, "您已在“经办”环节办理过“拟稿”，同一人不得办理同一文书的两个环节"},
		{"two stages", do(t, reviewed, office.Sign, finance), office.Act{Kind: office.Sign, By: subject("reviewer", office.MedicalSecurity, "510000", office.Approver)},
			"您已在“复核”环节办理过“通过”，同一人不得办理同一文书的两个环节"},
		{"no right", waiting, office.Act{Kind: office.Sign, By: approver}, "没有“复核”权限；该权限属于角色：复核"},
		{"other department", reviewed, office.Act{Kind: office.Sign, By: approver}, "“会签”由财政部门办理，您属于医保部门（依据 SC38-4.5）"},
		{"other division", waiting, office.Act{Kind: office.Sign, By: citizen}, "“复核”不能用于四川省本级：您的管辖范围是成都市"},
		{"not the maker", made, office.Act{Kind: office.Submit, By: allround}, "只有拟稿人可以办理"},
		{"reviewed", reviewed, office.Act{Kind: office.Withdraw, By: clerk, Reason: "x"}, "已经复核，不能撤回；请由下一环节退回"},
		{"no reason", waiting, office.Act{Kind: office.Return, By: reviewer, Reason: " "}, "退回须写明理由"},
		{"long reason", waiting, office.Act{Kind: office.Return, By: reviewer, Reason: strings.Repeat("长", 2001)}, "理由不超过 2000 个字"},
		{"draft policy", trial, office.Act{Kind: office.Submit, By: clerk}, "“基金调剂方案”所依据的政策尚未施行或参数经过改动，属试算，不能提交"},
		{"changed parameters", changed, office.Act{Kind: office.Submit, By: clerk}, "“基金调剂方案”所依据的政策尚未施行或参数经过改动，属试算，不能提交"},
		{"wrong state", made, office.Act{Kind: office.Sign, By: reviewer}, "文书状态为“草稿”，不能通过"},
		{"bad content", made, office.Act{Kind: office.Revise, By: clerk}, "title: 标题应不为空，不超过 200 个字\ndigest: 缺少内容摘要"},
	} {
		c.act.Version, c.act.At = c.d.Version, noon
		after, err := c.d.Do(c.act)
		if err == nil || says(t, locale.ZH, err) != c.want || fault.KindOf(err) != fault.Refused {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if after.Version != c.d.Version || len(after.Steps) != len(c.d.Steps) {
			t.Errorf("%s: a refused act changed the document", c.name)
		}
	}
	_, err := reviewed.Do(office.Act{Kind: office.Return, By: finance, Version: 1, Reason: "x"})
	if want := "文书已由reviewer办理“通过”，版本由 1 变为 3；请刷新后再办"; says(t, locale.ZH, err) != want {
		t.Errorf("stale: %v", err)
	}
	if _, err = reviewed.Do(office.Act{Kind: office.Sign, By: reviewer, Version: 2}); says(t, locale.ZH, err) != "您已办理过“通过”，无需重复" {
		t.Errorf("twice: %v", err)
	}
}

// Two acts on the same document give two documents that have nothing of one another.
func TestActsOnTheSameDocumentAreApart(t *testing.T) {
	t.Attr("clause", "YA-4.10.3")
	d := do(t, do(t, draft(t, office.PoolRun, "510000", clerk), office.Revise, clerk), office.Submit, clerk)
	d.Steps = append(make([]office.Step, 0, 99), d.Steps...)
	signed, returned := do(t, d, office.Sign, reviewer), do(t, d, office.Return, reviewer)
	if signed.Steps[3].Act != office.Sign || returned.Steps[3].Act != office.Return || len(d.Steps) != 3 {
		t.Errorf("%s and %s", signed.Steps[3].Act, returned.Steps[3].Act)
	}
}

// Using a city's surplus takes both departments of the province.
func TestSurplusUseNeedsBothDepartments(t *testing.T) {
	t.Attr("clause", "YN-2.4")
	d := do(t, draft(t, office.SurplusUse, "510100", citizen), office.Submit, citizen)
	d = do(t, d, office.Sign, subject("r", office.MedicalSecurity, "510100", office.Reviewer))
	if _, err := d.Do(office.Act{Kind: office.Sign, By: subject("b", office.MedicalSecurity, "510100", office.Approver), Version: d.Version}); err == nil {
		t.Error("the city approved it itself")
	}
	d = do(t, d, office.Sign, approver)
	if d.State != office.Waiting {
		t.Fatalf("one department was enough: %s", d.State)
	}
	if next, ok := d.Next(); !ok || next.Department != office.Finance || next.Division != "510000" {
		t.Errorf("waits for %+v", next)
	}
	if d = do(t, d, office.Sign, finance); d.State != office.Approved {
		t.Errorf("state %s", d.State)
	}
}

func TestDraftsThatCannotBe(t *testing.T) {
	t.Attr("clause", "SC38-1.1")
	for _, c := range []struct {
		kind     office.Kind
		division region.Code
		by       office.Subject
		want     string
	}{
		{"letter", "510000", clerk, "没有文书种类 letter"},
		{office.PoolRun, "510100", citizen, "division: 成都市不能办理“基金调剂方案”：层级不符 [SC38-4.4]"},
		{office.BudgetDraft, "510104", citizen, "division: 锦江区不能办理“基金预算草案”：层级不符 [SC38-3.1]"},
		{office.PoolRun, "510000", citizen, "“经办”不能用于四川省本级：您的管辖范围是成都市"},
		{office.PoolRun, "510000", subject("f", office.Finance, "510000", office.Clerk), "“经办”由医保部门办理，您属于财政部门（依据 SC38-10.1）"},
	} {
		if _, err := office.Draft("D", c.kind, c.division, content(1), c.by, noon); err == nil || says(t, locale.ZH, err) != c.want {
			t.Errorf("%s of %s: %v, want %q", c.kind, c.division, err, c.want)
		}
	}
	c := content(1)
	c.Amount = money.MaxFen + 1
	if _, err := office.Draft("D", office.PoolRun, "510000", c, clerk, noon); err == nil {
		t.Error("an amount out of range was taken")
	}
}

func TestTodos(t *testing.T) {
	t.Attr("clause", "SC38-10.1")
	a, b := draft(t, office.PoolRun, "510000", clerk), draft(t, office.Clearing, "510000", clerk)
	a = do(t, a, office.Submit, clerk)
	b = do(t, do(t, b, office.Submit, clerk), office.Return, reviewer)
	c := do(t, do(t, draft(t, office.Budget, "510000", allround), office.Submit, allround), office.Sign, reviewer)
	all := []office.Document{c, b, a}
	for _, w := range []struct {
		who  office.Subject
		want string
	}{
		{clerk, "D-clearing revise make 12:02"}, {reviewer, "D-pool_run sign review 12:01"}, {approver, "D-budget sign countersign 12:02"},
		{allround, "D-pool_run sign review 12:01"}, {finance, ""}, {citizen, ""},
	} {
		var got []string
		for _, todo := range office.Todos(w.who, all) {
			got = append(got, fmt.Sprintf("%s %s %s %s", todo.Document.ID, todo.Act, todo.Action, todo.Since.Format("15:04")))
		}
		if strings.Join(got, "; ") != w.want {
			t.Errorf("%s: %q, want %q", w.who.ID, got, w.want)
		}
	}
}

func TestBatch(t *testing.T) {
	t.Attr("clause", "SC38-11.3")
	a := do(t, draft(t, office.PoolRun, "510000", clerk), office.Submit, clerk)
	b := do(t, draft(t, office.Clearing, "510000", clerk), office.Submit, clerk)
	both, versions := []office.Document{a, b}, []office.Version{2, 2}
	after, err := office.SignAll(both, versions, 200, reviewer, noon)
	if err != nil || after[0].Stage != 1 || after[1].Stage != 1 || a.Stage != 0 {
		t.Fatalf("%v", err)
	}
	for _, c := range []struct {
		documents []office.Document
		versions  []office.Version
		total     money.Fen
		want      string
	}{
		{both, versions, 199, "合计金额不符：2 份文书合计 2.00 元，您填写的是 1.99 元"},
		{both, []office.Version{2, 1}, 200, "id: 文书已由clerk办理“提交”，版本由 1 变为 2；请刷新后再办"},
		{[]office.Document{a, a}, versions, 200, "id: 同一文书出现两次"},
		{nil, nil, 0, "一次可签 1 至 500 份文书"},
	} {
		after, err := office.SignAll(c.documents, c.versions, c.total, reviewer, noon)
		if err == nil || after != nil || says(t, locale.ZH, err) != c.want {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

// memory is a desk without a disk.
type memory struct {
	documents map[office.DocumentID]office.Document
	records   []office.Record
	before    func()
}

func (m *memory) Document(_ context.Context, id office.DocumentID) (office.Document, error) {
	d, ok := m.documents[id]
	if !ok {
		return d, fault.New(fault.Refused, "office.document.kind")
	}
	return d, nil
}

func (m *memory) Open(context.Context, office.Subject) ([]office.Document, error) {
	var out []office.Document
	for _, d := range m.documents {
		out = append(out, d)
	}
	return out, nil
}

func (m *memory) Save(_ context.Context, documents []office.Document, records []office.Record) error {
	if m.before != nil {
		m.before()
	}
	for _, d := range documents {
		if m.documents[d.ID].Version != d.Version-1 {
			return fmt.Errorf("memory: %w", office.ErrStale)
		}
	}
	for _, d := range documents {
		m.documents[d.ID] = d
	}
	m.records = append(m.records, records...)
	return nil
}

// Two people act at once, and the same request comes twice: one effect, and a clear answer.
func TestApprovals(t *testing.T) {
	t.Attr("clause", "YA-4.10.3")
	ctx, m := context.Background(), &memory{documents: map[office.DocumentID]office.Document{}}
	s := office.Approvals{Desk: m}
	if _, err := s.Draft(ctx, "D1", office.PoolRun, "510000", content(100), clerk, "10.0.0.1", noon); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Draft(ctx, "D1", office.PoolRun, "510000", content(100), clerk, "10.0.0.1", noon); says(t, locale.ZH, err) != "文书 D1 已存在" {
		t.Errorf("twice: %v", err)
	}
	if _, err := s.Do(ctx, "D1", office.Act{Kind: office.Submit, By: clerk, At: noon, Version: 1}, "10.0.0.1"); err != nil {
		t.Fatal(err)
	}
	other := subject("other", office.MedicalSecurity, "510000", office.Reviewer)
	m.before = func() {
		m.before = nil
		if _, err := s.Do(ctx, "D1", office.Act{Kind: office.Sign, By: other, At: noon, Version: 2}, "10.0.0.2"); err != nil {
			t.Error(err)
		}
	}
	_, err := s.Do(ctx, "D1", office.Act{Kind: office.Sign, By: reviewer, At: noon, Version: 2}, "10.0.0.3")
	if want := "文书已由other办理“通过”，版本由 2 变为 3；请刷新后再办"; err == nil || says(t, locale.ZH, err) != want {
		t.Errorf("at once: %v", err)
	}
	todos, err := s.Todos(ctx, finance)
	if err != nil || len(todos) != 1 {
		t.Fatalf("%v, %v", todos, err)
	}
	if _, err := s.SignAll(ctx, []office.Seen{{ID: "D1", Version: 3}}, 100, finance, "10.0.0.4", noon); err != nil {
		t.Fatal(err)
	}
	if len(m.records) != 4 || m.documents["D1"].Stage != 2 {
		t.Fatalf("%d records, stage %d", len(m.records), m.documents["D1"].Stage)
	}
	r := m.records[3]
	if r.Chain != "510000" || r.Who != "finance" || r.Action != "document.sign" || r.Object != (office.Object{Kind: "pool_run", ID: "D1"}) || r.From != "10.0.0.4" {
		t.Errorf("record %+v", r)
	}
	if !slices.Contains(r.Before, office.Field{Name: "stage", Value: "1"}) || !slices.Contains(r.After, office.Field{Name: "stage", Value: "2"}) {
		t.Errorf("before %v, after %v", r.Before, r.After)
	}
	if _, err := s.Do(ctx, "D2", office.Act{}, ""); err == nil {
		t.Error("a document that is not there was signed")
	}
}

// crowd draws people who could do something with a kind of document of Chengdu or the province: most seats are taken, and
// some people hold every role or sit somewhere else.
func crowd(t *rapid.T, p office.Procedure) []office.Subject {
	roles := []office.Role{office.Clerk, office.Reviewer, office.Approver, office.Accountant}
	divisions := []region.Code{"510000", "510100", "510300"}
	var out []office.Subject
	for i, stage := range append([]office.Stage{p.Make, p.Make}, p.Stages...) {
		division := rapid.SampledFrom(divisions[:2]).Draw(t, "division")
		if stage.Seat == office.ProvinceSeat {
			division = "510000"
		}
		out = append(out, subject(fmt.Sprint("p", i), stage.Department, division, roles[rapid.IntRange(0, 1).Draw(t, "from"):]...))
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "others") {
		out = append(out, subject(fmt.Sprint("o", i), rapid.SampledFrom(office.Departments()).Draw(t, "department"), rapid.SampledFrom(divisions).Draw(t, "division"),
			rapid.SliceOfDistinct(rapid.SampledFrom(roles), rapid.ID).Draw(t, "roles")...))
	}
	return out
}

// drawAct draws an act, half of the time one that somebody may do, else any.
func drawAct(t *rapid.T, d office.Document, people []office.Subject) office.Act {
	kinds := []office.ActKind{office.Revise, office.Submit, office.Withdraw, office.Cancel, office.Sign, office.Return, office.Made}
	draw := func(kinds []office.ActKind, people []office.Subject) office.Act {
		return office.Act{Kind: rapid.SampledFrom(kinds).Draw(t, "act"), By: rapid.SampledFrom(people).Draw(t, "by"), At: noon, Version: d.Version, Reason: "因", Content: content(2)}
	}
	if rapid.IntRange(0, 2).Draw(t, "any") == 0 {
		act := draw(kinds, people)
		act.Reason = rapid.SampledFrom([]string{"", "因"}).Draw(t, "reason")
		act.Version -= office.Version(rapid.IntRange(0, 4).Draw(t, "back") / 4)
		return act
	}
	onward := []office.ActKind{office.Submit, office.Sign}
	var can []office.Subject
	for _, s := range people {
		for _, kind := range onward {
			if _, err := d.Do(office.Act{Kind: kind, By: s, At: noon, Version: d.Version}); err == nil {
				onward, can = []office.ActKind{kind}, append(can, s)
			}
		}
	}
	if len(can) == 0 {
		return draw(kinds, people)
	}
	return draw(onward, can)
}

// No sequence of acts lets one person do two steps, lets anybody act from outside his office, skips a stage, leaves the
// state machine, or changes what was written down.
func TestNoSequenceOfActsBreaksTheRules(t *testing.T) {
	t.Attr("clause", "SC38-10.1")
	t.Attr("clause", "SC38-11.3")
	t.Attr("clause", "YA-4.10.3")
	runs, approved := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom(office.Procedures()).Draw(t, "procedure")
		people := crowd(t, p)
		var d office.Document
		for _, s := range people {
			for _, division := range []region.Code{"510000", "510100", "510300", "530000"} {
				if made, err := office.Draft("D", p.Kind, division, content(1), s, noon); err == nil {
					d = made
				}
			}
		}
		if d.Version == 0 {
			t.Skip("nobody can make it")
		}
		for range 20 {
			act, before := drawAct(t, d, people), slices.Clone(d.Steps)
			after, err := d.Do(act)
			if err != nil {
				if fault.KindOf(err) != fault.Refused {
					t.Fatal(err)
				}
				continue
			}
			if !slices.Equal(d.Steps, before) || !slices.Equal(after.Steps[:len(before)], before) || after.Version != d.Version+1 || act.Version != d.Version {
				t.Fatal("history was changed")
			}
			at := slices.IndexFunc(office.Moves(), func(m office.Move) bool { return m.From == d.State && m.Act == act.Kind })
			if at < 0 || !slices.Contains(office.Moves()[at].To, after.State) {
				t.Fatalf("%s by %s led to %s", d.State, act.Kind, after.State)
			}
			d = after
		}
		if check(t, d, p); d.State == office.Approved {
			approved++
		}
		runs++
	})
	if approved*20 < runs {
		t.Errorf("only %d of %d documents were approved: the test looks at too little", approved, runs)
	}
	t.Logf("%d of %d documents were approved", approved, runs)
}

// check looks at the finished history alone.
func check(t *rapid.T, d office.Document, p office.Procedure) {
	did := map[office.UserID]int{}
	for _, s := range d.Steps {
		if stage, ok := did[s.By]; ok && stage != s.Stage {
			t.Fatalf("%s did stages %d and %d", s.By, stage, s.Stage)
		}
		did[s.By] = s.Stage
		want := p.Make
		if s.Stage > 0 {
			want = p.Stages[s.Stage-1]
		}
		seat := d.Division
		if want.Seat == office.ProvinceSeat {
			seat = "510000"
		}
		if s.Department != want.Department || s.Division != seat || s.Action != want.Action {
			t.Fatalf("%s of %s %s did stage %d", s.By, s.Department, s.Division, s.Stage)
		}
	}
	if d.State != office.Approved {
		return
	}
	for i, s := range d.Steps[len(d.Steps)-len(p.Stages):] {
		if s.Act != office.Sign || s.Stage != i+1 || s.Digest != d.Digest || s.Amount != d.Amount {
			t.Fatalf("approved without stage %d", i+1)
		}
	}
}
