package office

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tongchou/internal/fault"
	"tongchou/internal/region"
)

// UserID (用户编号) names a user for ever; it is never used again.
type UserID string

// Login (登录名) is what a user signs in with: lower-case letters, digits, dot, dash and underscore.
type Login string

// Department (部门) is whose duties a user carries out.
//
// 依据: SC38-10.1, YN-6.1
type Department string

// The departments.
const (
	MedicalSecurity Department = "medical"  // 医保
	Finance         Department = "finance"  // 财政
	Taxation        Department = "taxation" // 税务
	Health          Department = "health"   // 卫健
	AuditOffice     Department = "audit"    // 审计
)

// Departments lists the departments in the order the document names them.
func Departments() []Department {
	return []Department{MedicalSecurity, Finance, Taxation, Health, AuditOffice}
}

// Label is the department's name as a message.
func (d Department) Label() fault.Message { return fault.Msg("office.department." + string(d)) }

// UserState (用户状态) says whether a user may work.
type UserState string

// The states. Nobody is ever deleted: what they did stays theirs.
const (
	Active    UserState = "active"    // 正常
	Suspended UserState = "suspended" // 停用
	Departed  UserState = "departed"  // 离岗
)

// Label is the state's name as a message.
func (s UserState) Label() fault.Message { return fault.Msg("office.user_state." + string(s)) }

// User (用户) is a person who works with the system, in one department of one division. Version counts changes.
type User struct {
	ID         UserID
	Login      Login
	Name       string
	Department Department
	Division   region.Code
	Roles      []Role
	State      UserState
	Version    Version
}

// Version (版本号) counts the changes of a record, from 1; who changes it says which one he saw.
type Version int64

// Level (层级) is the level of the user's division: province, prefecture or county.
//
// 依据: SC38-1.1
func (u User) Level() region.Level { return u.Division.Level() }

// Subject (操作主体) is a user who acts, with the rights he has now. Limited tells that Only lists all he may do, as
// with a token.
type Subject struct {
	ID         UserID
	Name       string
	Department Department
	Division   region.Code
	Roles      []Role
	Limited    bool
	Only       []Action
}

// Subject lets a user act. Refused is one who is not active.
func (u User) Subject() (Subject, error) {
	if u.State != Active {
		return Subject{}, fault.New(fault.Refused, "office.user.inactive", "login", string(u.Login), "state", u.State.Label())
	}
	return Subject{ID: u.ID, Name: u.Name, Department: u.Department, Division: u.Division, Roles: slices.Clone(u.Roles)}, nil
}

const (
	longestLogin = 64
	longestName  = 100
)

// Check (校验) finds what cannot be right about a user, all of it, by column: login, name, department, division, roles,
// state.
//
// 依据: SC38-1.1, SC38-10.1, SC38-11.3, YA-4.10.2
func (u User) Check(tree *region.Tree) error {
	var l fault.List
	add := func(column, value, key, clause string, args ...any) {
		l.Add(fault.Problem{Column: column, Value: value, Message: fault.Msg(key, append(args, "value", value)...), Clause: clause})
	}
	if !u.Login.valid() {
		add("login", string(u.Login), "office.user.login", "", "most", longestLogin)
	}
	if name := strings.TrimSpace(u.Name); name == "" || name != u.Name || !utf8.ValidString(name) || utf8.RuneCountInString(name) > longestName {
		add("name", u.Name, "office.user.name", "", "most", longestName)
	}
	if !slices.Contains(Departments(), u.Department) {
		add("department", string(u.Department), "office.user.department", "SC38-10.1")
	}
	if _, ok := tree.Get(u.Division); !ok {
		add("division", string(u.Division), "office.user.division", "SC38-1.1")
	}
	if u.State != Active && u.State != Suspended && u.State != Departed {
		add("state", string(u.State), "office.user.state", "")
	}
	for _, p := range u.checkRoles() {
		l.Add(p)
	}
	return l.Err()
}

// Fields are what is written down of a user before and after a change; his name is masked there.
func (u User) Fields() []Field {
	roles := make([]string, len(u.Roles))
	for i, r := range u.Roles {
		roles[i] = string(r)
	}
	return []Field{
		{"login", string(u.Login)}, {"person_name", u.Name}, {"department", string(u.Department)}, {"division", string(u.Division)},
		{"roles", strings.Join(roles, " ")}, {"state", string(u.State)}, {"version", strconv.FormatInt(int64(u.Version), 10)},
	}
}

func (l Login) valid() bool {
	if l == "" || len(l) > longestLogin {
		return false
	}
	for i := range len(l) {
		c := l[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && (i == 0 || c != '.' && c != '-' && c != '_') {
			return false
		}
	}
	return true
}
