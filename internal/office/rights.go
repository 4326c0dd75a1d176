package office

import (
	"slices"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Action (操作权限) is something that needs a right. The list is closed.
type Action string

// The actions.
const (
	View           Action = "view"            // 查看
	ViewPublished  Action = "view_published"  // 查看上级公布的内容
	Export         Action = "export"          // 导出
	Import         Action = "import"          // 导入数据
	Compute        Action = "compute"         // 测算
	Make           Action = "make"            // 经办
	Review         Action = "review"          // 复核
	Countersign    Action = "countersign"     // 会签
	Approve        Action = "approve"         // 审批
	Publish        Action = "publish"         // 公布
	SignData       Action = "sign_data"       // 数据签认
	PostBooks      Action = "post_books"      // 记账
	ReviewBooks    Action = "review_books"    // 凭证审核
	CloseBooks     Action = "close_books"     // 结账
	ReopenBooks    Action = "reopen_books"    // 申请反结账
	Pay            Action = "pay"             // 收付款
	Reconcile      Action = "reconcile"       // 对账
	ReadClaims     Action = "read_claims"     // 查看结算明细
	Unmask         Action = "unmask"          // 看明文
	ReadPersons    Action = "read_persons"    // 查看参保档案
	EnrolPersons   Action = "enrol_persons"   // 参保经办
	RuleWorks      Action = "rule_works"      // 自动办理规则
	ManageUsers    Action = "manage_users"    // 用户管理
	GrantRoles     Action = "grant_roles"     // 授权
	ManageSecurity Action = "manage_security" // 安全管理
	Configure      Action = "configure"       // 系统设置
	BackUp         Action = "back_up"         // 备份
	ReadAudit      Action = "read_audit"      // 查看审计日志
	ExportAudit    Action = "export_audit"    // 导出审计日志
	SettleVisits   Action = "settle_visits"   // 医药机构结算
)

// Label is the action's name as a message.
func (a Action) Label() fault.Message { return fault.Msg("office.action." + string(a)) }

// Reach (管辖范围) says on which divisions a right may be used, seen from the user's own.
type Reach int

// The reaches.
const (
	Own   Reach = iota + 1 // 本级
	Below                  // 本级及下级
	Above                  // 本级、下级及所属上级
)

func (r Reach) covers(from, to region.Code) bool {
	switch r {
	case Own:
		return from == to && from.Level() != 0
	case Below:
		return from.Covers(to)
	default:
		return from.Covers(to) || to.Covers(from)
	}
}

// Right (权限) is a row of the table roles × actions. Departments are the only ones whose people have it; none for all.
type Right struct {
	Action      Action
	Reach       Reach
	Roles       []Role
	Clause      policy.ClauseID
	Departments []Department
}

// Rights is the table roles × actions, the only place that says who may do what. The documents give departments their
// duties and ask for separation; the rows are the project's reading.
//
// 依据: SC38-1.1, SC38-10.1, SC38-11.3, YN-6.1, YA-4.10.2, YA-4.10.3
func Rights() []Right {
	business := []Role{Viewer, Clerk, Reviewer, Approver, Accountant, Cashier, Auditor}
	funds := []Department{MedicalSecurity, Finance} // who keep the funds and their fiscal account
	return []Right{
		{View, Below, business, "SC38-1.1", nil},
		{ViewPublished, Above, business, "SC38-1.1", nil},
		{Export, Below, []Role{Clerk, Reviewer, Approver, Accountant, Auditor}, "YA-4.10.2", nil},
		{Import, Below, []Role{Clerk}, "SC38-10.1", nil},
		{Compute, Below, []Role{Viewer, Clerk, Reviewer, Approver, Auditor}, "SC38-10.1", nil},
		{Make, Own, []Role{Clerk}, "SC38-10.1", nil},
		{Review, Own, []Role{Reviewer}, "YA-4.10.3", nil},
		{Countersign, Own, []Role{Approver}, "SC38-10.1", nil},
		{Approve, Own, []Role{Approver}, "SC38-10.1", nil},
		{Publish, Own, []Role{Approver}, "SC38-1.1", nil},
		{SignData, Below, []Role{Reviewer}, "YA-4.10.3", nil},
		{PostBooks, Own, []Role{Accountant}, "SC38-4.5", nil},
		{ReviewBooks, Own, []Role{Accountant, Reviewer}, "SC38-4.5", funds},
		{CloseBooks, Own, []Role{Accountant}, "SC38-4.5", nil},
		{ReopenBooks, Own, []Role{Accountant}, "YA-4.10.3", nil},
		{Pay, Own, []Role{Cashier}, "SC38-4.5", nil},
		{Reconcile, Own, []Role{Accountant}, "SC38-4.5", nil},
		{ReadClaims, Below, []Role{ClaimsReader}, "YA-4.10.2", nil},
		{Unmask, Below, []Role{PlainReader}, "YA-4.10.2", nil},
		{ReadPersons, Below, []Role{EnrolClerk}, "SCE-4.1", nil},
		{EnrolPersons, Below, []Role{EnrolClerk}, "SC38-5.1", nil},
		{RuleWorks, Own, []Role{Approver}, "SCE-10.1", []Department{MedicalSecurity}},
		{ManageUsers, Below, []Role{SystemAdmin}, "YA-4.10.2", nil},
		{GrantRoles, Below, []Role{SecurityAdmin}, "YA-4.10.2", nil},
		{ManageSecurity, Below, []Role{SecurityAdmin}, "YA-4.10.2", nil},
		{Configure, Own, []Role{SystemAdmin}, "YA-4.10.2", nil},
		{BackUp, Own, []Role{SystemAdmin}, "YA-4.10.2", nil},
		{ReadAudit, Below, []Role{AuditAdmin, Auditor}, "YA-4.10.3", nil},
		{ExportAudit, Below, []Role{AuditAdmin, Auditor}, "YA-4.10.3", nil},
		{SettleVisits, Own, []Role{Institution}, "YA-4.8.2", nil},
	}
}

// Actions lists the actions in the table's order.
func Actions() []Action {
	var out []Action
	for _, r := range Rights() {
		out = append(out, r.Action)
	}
	return out
}

func rightTo(a Action) (Right, bool) {
	rights := Rights()
	at := slices.IndexFunc(rights, func(r Right) bool { return r.Action == a })
	if at < 0 {
		return Right{}, false
	}
	return rights[at], true
}

// Can (鉴权) tells whether somebody may do something on a division: nil, or a refusal that says which right is missing
// and who has it.
//
// 依据: SC38-1.1, SC38-10.1, YN-6.1, YA-4.10.2
func Can(s Subject, a Action, division region.Code) error {
	scope, err := ScopeOf(s, a)
	if err != nil {
		return err
	}
	if !scope.Holds(division) {
		return fault.New(fault.Refused, "office.refused.division", "action", a.Label(), "division", division, "own", s.Division)
	}
	return nil
}

// Scope (数据范围) is where somebody may use a right: what a query is kept to.
type Scope struct {
	Division region.Code
	Reach    Reach
}

// ScopeOf gives where somebody may do something, or the refusal when he may nowhere.
//
// 依据: SC38-1.1, YA-4.10.2
func ScopeOf(s Subject, a Action) (Scope, error) {
	right, ok := rightTo(a)
	if !ok {
		return Scope{}, fault.New(fault.Internal, "office.no_such_action", "action", string(a))
	}
	if !slices.ContainsFunc(right.Roles, func(r Role) bool { return slices.Contains(s.Roles, r) }) {
		return Scope{}, fault.New(fault.Refused, "office.refused.right", "action", a.Label(), "holders", labels(right.Roles))
	}
	if len(right.Departments) > 0 && !slices.Contains(right.Departments, s.Department) {
		return Scope{}, fault.New(fault.Refused, "office.refused.departments", "action", a.Label(), "departments", labels(right.Departments), "own", s.Department.Label(), "clause", string(right.Clause))
	}
	if s.Limited && !slices.Contains(s.Only, a) {
		return Scope{}, fault.New(fault.Refused, "office.refused.token", "action", a.Label())
	}
	return Scope{s.Division, right.Reach}, nil
}

// Holds tells whether a division lies in the scope.
func (s Scope) Holds(division region.Code) bool { return s.Reach.covers(s.Division, division) }
