package office

import (
	"slices"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
)

// Role (角色) is a set of rights somebody was given. The list is closed.
type Role string

// The roles. The first three are the three administrators (三员).
const (
	SystemAdmin   Role = "system_admin"   // 系统管理员
	SecurityAdmin Role = "security_admin" // 安全管理员
	AuditAdmin    Role = "audit_admin"    // 审计管理员
	Viewer        Role = "viewer"         // 查阅
	Clerk         Role = "clerk"          // 经办
	Reviewer      Role = "reviewer"       // 复核
	Approver      Role = "approver"       // 审批
	Accountant    Role = "accountant"     // 会计
	Cashier       Role = "cashier"        // 出纳
	ClaimsReader  Role = "claims_reader"  // 结算明细查询
	PlainReader   Role = "plain_reader"   // 明文查看
	EnrolClerk    Role = "enrol_clerk"    // 参保经办
	Auditor       Role = "auditor"        // 审计人员
	Institution   Role = "institution"    // 定点医药机构接口
)

// Label is the role's name as a message.
func (r Role) Label() fault.Message { return fault.Msg("office.role." + string(r)) }

// RoleRule (角色规则) says which departments may give a role.
type RoleRule struct {
	Role        Role
	Departments []Department
	Clause      policy.ClauseID
}

// RoleRules is the table of roles. The documents give every department its duty and no list of roles: which department
// has which role is the project's reading.
//
// 依据: SC38-10.1, YN-6.1
func RoleRules() []RoleRule {
	medical := []Department{MedicalSecurity}
	working := []Department{MedicalSecurity, Finance, Taxation}
	funds := []Department{MedicalSecurity, Finance}
	return []RoleRule{
		{SystemAdmin, medical, "YA-4.10.2"},
		{SecurityAdmin, medical, "YA-4.10.2"},
		{AuditAdmin, medical, "YA-4.10.2"},
		{Viewer, Departments(), "SC38-10.1"},
		{Clerk, working, "SC38-10.1"},
		{Reviewer, working, "SC38-10.1"},
		{Approver, working, "SC38-10.1"},
		{Accountant, funds, "SC38-4.5"},
		{Cashier, funds, "SC38-4.5"},
		{ClaimsReader, []Department{MedicalSecurity, Health, AuditOffice}, "YA-4.10.2"},
		{PlainReader, []Department{MedicalSecurity, AuditOffice}, "YA-4.10.2"},
		{EnrolClerk, medical, "SC38-5.1"},
		{Auditor, []Department{AuditOffice}, "SC38-10.1"},
		{Institution, medical, "YA-4.8.2"}, // the agency gives an institution its account
	}
}

// Roles lists the roles.
func Roles() []Role {
	var out []Role
	for _, r := range RoleRules() {
		out = append(out, r.Role)
	}
	return out
}

// Administrator (三员) tells whether a role is one of the three administrators'.
func (r Role) Administrator() bool {
	return r == SystemAdmin || r == SecurityAdmin || r == AuditAdmin
}

// Excludes (互斥) tells whether nobody may have both roles: the three administrators exclude one another and every other
// role (三员分立); an institution's account is nobody else's; who keeps the books does not handle the money, and who audits does neither make nor sign.
//
// 依据: SC38-10.1, SC38-11.3, YA-4.10.2, YA-4.10.3
func (r Role) Excludes(other Role) bool {
	if r == other {
		return false
	}
	pair := func(a, b Role) bool { return r == a && other == b || r == b && other == a }
	if r == Institution || other == Institution { // nobody's desk
		return true
	}
	if r.Administrator() || other.Administrator() || pair(Accountant, Cashier) || pair(Reviewer, Cashier) {
		return true
	}
	acts := func(x Role) bool { return slices.Contains([]Role{Clerk, Reviewer, Approver, Accountant, Cashier}, x) }
	return r == Auditor && acts(other) || other == Auditor && acts(r)
}

// checkRoles finds roles that there are not, that are there twice, that the department does not have, and pairs that
// exclude one another.
func (u User) checkRoles() []fault.Problem {
	var out []fault.Problem
	add := func(r Role, m fault.Message, clause policy.ClauseID) {
		out = append(out, fault.Problem{Column: "roles", Value: string(r), Message: m, Clause: string(clause)})
	}
	rules := RoleRules()
	for i, r := range u.Roles {
		at := slices.IndexFunc(rules, func(rule RoleRule) bool { return rule.Role == r })
		switch {
		case at < 0:
			add(r, fault.Msg("office.user.role", "value", string(r)), "")
			continue
		case slices.Contains(u.Roles[:i], r):
			add(r, fault.Msg("office.user.role_twice", "role", r.Label()), "")
		case !slices.Contains(rules[at].Departments, u.Department):
			add(r, fault.Msg("office.user.role_department", "role", r.Label(), "departments", labels(rules[at].Departments)), rules[at].Clause)
		}
		for _, other := range u.Roles[:i] {
			if r.Excludes(other) {
				add(r, fault.Msg("office.user.role_pair", "role", r.Label(), "other", other.Label()), "YA-4.10.3")
			}
		}
	}
	return out
}

// CheckPast (先后互斥) refuses roles that exclude one that the account had before, where either is an administrator's: who handled the
// accounts of others never signs with the same account, and who signed never handles them. Whoever changes between them gets another account, and the
// old one is closed. Other pairs exclude one another at the same time alone: that people take turns at desks is as it should be.
//
// 依据: YA-4.10.2, YA-4.10.3
func (u User) CheckPast(past []Role) error {
	var l fault.List
	for _, r := range u.Roles {
		for _, before := range past {
			if r.Excludes(before) && (r.Administrator() || before.Administrator()) {
				l.Add(fault.Problem{Column: "roles", Value: string(r), Message: fault.Msg("office.user.role_past", "role", r.Label(), "other", before.Label()), Clause: "YA-4.10.3"})
			}
		}
	}
	return l.Err()
}

func labels[T interface{ Label() fault.Message }](all []T) []fault.Message {
	out := make([]fault.Message, len(all))
	for i, x := range all {
		out[i] = x.Label()
	}
	return out
}
