package office_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/office"
	"tongchou/internal/region"
)

func tree(t testing.TB) *region.Tree {
	t.Helper()
	out, err := region.Load()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// says writes an error as people read it.
func says(t testing.TB, lang locale.Lang, err error) string {
	t.Helper()
	p, wrong := locale.New(lang)
	if wrong != nil {
		t.Fatal(wrong)
	}
	var refusal *fault.Refusal
	if errors.As(err, &refusal) {
		var lines []string
		for _, problem := range refusal.Problems {
			lines = append(lines, problem.Column+": "+p.Problem(problem))
		}
		return strings.Join(lines, "\n")
	}
	var f *fault.Error
	if !errors.As(err, &f) {
		return "?"
	}
	return p.Text(f.Message)
}

func subject(id string, d office.Department, division region.Code, roles ...office.Role) office.Subject {
	return office.Subject{ID: office.UserID(id), Name: id, Department: d, Division: division, Roles: roles}
}

func TestCan(t *testing.T) {
	t.Attr("clause", "SC38-1.1")
	t.Attr("clause", "SC38-10.1")
	t.Attr("clause", "YN-6.1")
	t.Attr("clause", "YA-4.10.2")
	city := subject("a", office.MedicalSecurity, "510100", office.Clerk)
	province := subject("b", office.MedicalSecurity, "510000", office.Clerk, office.Viewer)
	county := subject("c", office.MedicalSecurity, "510104", office.Viewer)
	limited := city
	limited.Limited, limited.Only = true, []office.Action{office.View}
	for _, c := range []struct {
		who      office.Subject
		action   office.Action
		division region.Code
		want     string
	}{
		{city, office.View, "510100", ""},
		{city, office.View, "510104", ""},
		{city, office.View, "510300", "“查看”不能用于自贡市：您的管辖范围是成都市"},
		{city, office.View, "510000", "“查看”不能用于四川省本级：您的管辖范围是成都市"},
		{city, office.ViewPublished, "510000", ""},
		{city, office.ViewPublished, "530000", "“查看上级公布的内容”不能用于云南省本级：您的管辖范围是成都市"},
		{county, office.ViewPublished, "510100", ""},
		{county, office.ViewPublished, "510105", "“查看上级公布的内容”不能用于青羊区：您的管辖范围是锦江区"},
		{city, office.Make, "510104", "“经办”不能用于锦江区：您的管辖范围是成都市"},
		{province, office.View, "513401", ""},
		{province, office.Make, "510100", "“经办”不能用于成都市：您的管辖范围是四川省本级"},
		{city, office.Approve, "510100", "没有“审批”权限；该权限属于角色：审批"},
		{city, office.Unmask, "510100", "没有“看明文”权限；该权限属于角色：明文查看"},
		{city, office.ReadClaims, "510100", "没有“查看结算明细”权限；该权限属于角色：结算明细查询"},
		{city, office.ReadAudit, "510100", "没有“查看审计日志”权限；该权限属于角色：审计管理员、审计人员"},
		{subject("f", office.Finance, "510100", office.Reviewer), office.ReviewBooks, "510100", ""},
		{subject("t", office.Taxation, "510100", office.Reviewer), office.ReviewBooks, "510100", "“凭证审核”由医保、财政部门办理，您属于税务部门（依据 SC38-4.5）"},
		{subject("t", office.Taxation, "510100", office.Reviewer), office.Review, "510100", ""},
		{limited, office.View, "510100", ""},
		{limited, office.Make, "510100", "此令牌不包含“经办”权限"},
		{city, "fly", "510100", "没有登记过权限 fly"},
		{office.Subject{Roles: []office.Role{office.Viewer}}, office.View, "510100", "“查看”不能用于成都市：您的管辖范围是"},
		{office.Subject{Roles: []office.Role{office.Clerk}}, office.Make, "", "“经办”不能用于：您的管辖范围是"},
	} {
		err := office.Can(c.who, c.action, c.division)
		got := ""
		if err != nil {
			got = says(t, locale.ZH, err)
		}
		if got != c.want {
			t.Errorf("%s %s %s: %q, want %q", c.who.Division, c.action, c.division, got, c.want)
		}
	}
}

// Every right has a role, a clause and a reach; every role a right and a department.
func TestTablesAreWhole(t *testing.T) {
	t.Attr("clause", "SC38-10.1")
	used := map[office.Role]bool{}
	for _, r := range office.Rights() {
		if len(r.Roles) == 0 || r.Clause == "" || r.Reach == 0 {
			t.Errorf("%s: %+v", r.Action, r)
		}
		for _, role := range r.Roles {
			used[role] = true
		}
	}
	for _, r := range office.RoleRules() {
		if !used[r.Role] || len(r.Departments) == 0 || r.Clause == "" {
			t.Errorf("%s: %+v, used %v", r.Role, r, used[r.Role])
		}
	}
	for _, p := range office.Procedures() {
		if len(p.Levels) == 0 || p.Clause == "" || len(p.Stages) == 0 || p.Stages[len(p.Stages)-1].Action != office.Approve {
			t.Errorf("%s: %+v", p.Kind, p)
		}
		for _, stage := range append([]office.Stage{p.Make}, p.Stages...) {
			if !staffed(stage) {
				t.Errorf("%s: nobody of %s can %s", p.Kind, stage.Department, stage.Action)
			}
		}
	}
}

// staffed tells whether some role of the stage's department has its right.
func staffed(stage office.Stage) bool {
	for _, rule := range office.RoleRules() {
		s := subject("x", stage.Department, "510000", rule.Role)
		if slices.Contains(rule.Departments, stage.Department) && office.Can(s, stage.Action, "510000") == nil {
			return true
		}
	}
	return false
}

// The three administrators have no right in common with one another or with anybody who does business.
func TestAdministratorsShareNothing(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	t.Attr("clause", "YA-4.10.3")
	t.Attr("clause", "SC38-11.3")
	for _, a := range office.Roles() {
		for _, b := range office.Roles() {
			if a.Excludes(b) != b.Excludes(a) {
				t.Errorf("%s and %s do not agree", a, b)
			}
			if a == b || !a.Administrator() {
				continue
			}
			if !a.Excludes(b) {
				t.Errorf("%s may also be %s", a, b)
			}
			for _, r := range office.Rights() {
				log := r.Action == office.ReadAudit || r.Action == office.ExportAudit
				if slices.Contains(r.Roles, a) && slices.Contains(r.Roles, b) && !log {
					t.Errorf("%s and %s may both %s", a, b, r.Action)
				}
			}
		}
	}
}

func user(roles ...office.Role) office.User {
	return office.User{ID: "u1", Login: "zhang.ming", Name: "测试甲", Department: office.MedicalSecurity, Division: "510100", Roles: roles, State: office.Active}
}

func TestUserCheck(t *testing.T) {
	t.Attr("clause", "SC38-10.1")
	t.Attr("clause", "YA-4.10.3")
	for _, c := range []struct {
		change func(u *office.User)
		want   string
	}{
		{func(*office.User) {}, ""},
		{func(u *office.User) { u.Roles = []office.Role{office.Clerk, office.Reviewer, office.Approver} }, ""},
		{func(u *office.User) { u.Login = "Zhang" }, "login: 登录名“Zhang”不对，应为小写字母、数字及 . - _，以字母或数字开头，不超过 64 个字符"},
		{func(u *office.User) { u.Name = " 甲" }, "name: 姓名“ 甲”不对，应不为空、前后无空格、不超过 100 个字"},
		{func(u *office.User) { u.Division = "999999" }, "division: 区划代码“999999”不存在，应为六位 GB/T 2260 代码 [SC38-1.1]"},
		{func(u *office.User) { u.State = "" }, "state: 用户状态“”不认识，应为 active、suspended 或 departed"},
		{func(u *office.User) { u.Roles = []office.Role{"boss"} }, "roles: 角色“boss”不存在"},
		{func(u *office.User) { u.Roles = []office.Role{office.Clerk, office.Clerk} }, "roles: 角色“经办”重复"},
		{func(u *office.User) { u.Roles = []office.Role{office.SystemAdmin, office.SecurityAdmin} },
			"roles: 角色“安全管理员”与“系统管理员”不相容，不能由同一人担任 [YA-4.10.3]"},
		{func(u *office.User) { u.Roles = []office.Role{office.Clerk, office.AuditAdmin} },
			"roles: 角色“审计管理员”与“经办”不相容，不能由同一人担任 [YA-4.10.3]"},
		{func(u *office.User) { u.Roles = []office.Role{office.Accountant, office.Cashier} },
			"roles: 角色“出纳”与“会计”不相容，不能由同一人担任 [YA-4.10.3]"},
		{func(u *office.User) { u.Department, u.Roles = office.Health, []office.Role{office.Approver} },
			"roles: 角色“审批”只能授予医保、财政、税务部门的人员 [SC38-10.1]"},
	} {
		u := user(office.Clerk)
		c.change(&u)
		got := ""
		if err := u.Check(tree(t)); err != nil {
			got = says(t, locale.ZH, err)
		}
		if got != c.want {
			t.Errorf("%+v: %q, want %q", u, got, c.want)
		}
	}
}

func TestOnlyActiveUsersAct(t *testing.T) {
	for state, works := range map[office.UserState]bool{office.Active: true, office.Suspended: false, office.Departed: false, "": false} {
		u := user(office.Clerk)
		u.State = state
		if _, err := u.Subject(); (err == nil) != works {
			t.Errorf("%s: %v", state, err)
		}
	}
}

// Nobody gets, by whatever roles and right, to a division that is neither his own, nor below, nor, published, above.
func TestNobodyReachesAside(t *testing.T) {
	t.Attr("clause", "SC38-1.1")
	codes := []region.Code{"510000", "510100", "510104", "510105", "510300", "510302", "530000", "530100", ""}
	rapid.Check(t, func(t *rapid.T) {
		s := subject("a", rapid.SampledFrom(office.Departments()).Draw(t, "department"), rapid.SampledFrom(codes).Draw(t, "own"),
			rapid.SliceOf(rapid.SampledFrom(office.Roles())).Draw(t, "roles")...)
		action, to := rapid.SampledFrom(office.Actions()).Draw(t, "action"), rapid.SampledFrom(codes).Draw(t, "to")
		if office.Can(s, action, to) != nil {
			return
		}
		if to == "" || s.Division == "" {
			t.Fatalf("%s may %s nowhere", s.Division, action)
		}
		if !s.Division.Covers(to) && (action != office.ViewPublished || !to.Covers(s.Division)) {
			t.Fatalf("%s may %s %s", s.Division, action, to)
		}
		scope, err := office.ScopeOf(s, action)
		if err != nil || !scope.Holds(to) {
			t.Fatalf("scope %+v, %v", scope, err)
		}
	})
}
