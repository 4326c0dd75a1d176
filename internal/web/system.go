package web

import (
	"net/http"

	"tongchou/internal/office"
)

// routesOfSystem are the pages of administration (系统), for the table of routes.
func (s *site) routesOfSystem() []route {
	people := onOwn(office.ManageUsers, office.GrantRoles, office.ManageSecurity, office.ReadAudit)
	return []route{
		{"GET /system", "system", false, s.system, inOffice(signedIn)},
		{"GET /system/rights", "rights", false, s.rights, inOffice(signedIn)},
		{"GET /system/users", "users", false, s.users, people},
		{"POST /system/users", "users.add", false, s.addUser, onOwn(office.ManageUsers)},
		{"GET /system/users/{id}", "user", false, s.user, people},
		{"POST /system/users/{id}", "user.act", false, s.actOnUser, onOwn(office.ManageUsers, office.GrantRoles, office.ManageSecurity)},
		{"GET /system/sessions", "sessions", false, s.sessions, onOwn(office.ManageSecurity)},
		{"POST /system/sessions", "sessions.end", false, s.endSessions, onOwn(office.ManageSecurity)},
		{"GET /system/tokens", "tokens", false, s.tokens, inOffice(signedIn)},
		{"POST /system/tokens", "tokens.issue", false, s.issueToken, inOffice(signedIn)},
		{"POST /system/tokens/{id}", "tokens.revoke", false, s.revokeToken, inOffice(signedIn)},
		{"GET /system/audit", "audit", false, s.audit, onOwn(office.ReadAudit)},
		{"POST /system/audit/verify", "audit.verify", false, s.verifyAudit, onOwn(office.ReadAudit)},
		{"GET /system/audit/{file}", "audit.export", false, s.exportAudit, onOwn(office.ExportAudit)},
		{"GET /system/messages", "messages", false, s.messages, onOwn(office.ReadAudit)},
		{"GET /system/backup", "backup", false, s.backup, inOffice(onProvince(office.BackUp))},
		{"POST /system/backup", "backup.make", false, s.makeBackup, inOffice(onProvince(office.BackUp))},
		{"GET /system/backup/{file}", "backup.download", false, s.backupDownload, inOffice(onProvince(office.BackUp))},
		{"GET /system/work/{id}", "work", false, s.workPage, onOwn(office.BackUp, office.ReadAudit, office.ReadPersons)},
		{"POST /system/work/{id}/cancel", "work.cancel", false, s.cancelWork, onOwn(office.BackUp, office.ReadAudit, office.ReadPersons)},
		{"GET /system/settings", "settings", false, s.settings, onOwn(office.Configure, office.ManageSecurity, office.ReadAudit)},
	}
}

// systemPages are the views of administration, in their order.
var systemPages = []struct{ name, path string }{
	{"users", "/system/users"}, {"sessions", "/system/sessions"}, {"audit", "/system/audit"}, {"messages", "/system/messages"}, {"backup", "/system/backup"}, {"settings", "/system/settings"},
	{"rights", "/system/rights"}, {"tokens", "/system/tokens"},
}

// systemTabs are the views of administration that the reader may open.
func (f *frame) systemTabs() []tabView {
	var out []tabView
	for _, p := range systemPages {
		if f.mayOpen(p.name) {
			current := f.name == p.name || p.name == "users" && f.name == "user"
			out = append(out, tabView{f.T("web.system.tab." + p.name), f.link(p.path), current})
		}
	}
	return out
}

// system leads to the first view that the reader may open.
func (s *site) system(f *frame, w http.ResponseWriter, r *http.Request) error {
	f.goTo(w, r, f.systemTabs()[0].Path)
	return nil
}

// rightsModel is the table roles × actions as the program goes by it (权限表).
type rightsModel struct {
	Roles []roleView
	Rows  []rightView
	Mine  []string // what the reader may do himself
}

type roleView struct {
	Name, Departments, Excludes, Clause string
	Mine                                bool
}

type rightView struct {
	Name, Reach, Clause string
	Has                 []bool // by role
	Mine                bool
}

func (s *site) rights(f *frame, w http.ResponseWriter, r *http.Request) error {
	var m rightsModel
	own := map[office.Role]bool{}
	for _, role := range f.subject.Roles {
		own[role] = true
	}
	for _, rule := range office.RoleRules() {
		v := roleView{Name: f.Text(rule.Role.Label()), Clause: string(rule.Clause), Mine: own[rule.Role]}
		var departments, excluded []string
		for _, d := range rule.Departments {
			departments = append(departments, f.Text(d.Label()))
		}
		for _, other := range office.Roles() {
			if rule.Role.Excludes(other) {
				excluded = append(excluded, f.Text(other.Label()))
			}
		}
		v.Departments, v.Excludes = f.Value(departments), f.Value(excluded)
		m.Roles = append(m.Roles, v)
	}
	for _, right := range office.Rights() {
		v := rightView{Name: f.Text(right.Action.Label()), Clause: string(right.Clause), Reach: f.reach(right.Reach), Mine: f.may(right.Action, f.subject.Division)}
		for _, role := range office.Roles() {
			has := false
			for _, holder := range right.Roles {
				has = has || holder == role
			}
			v.Has = append(v.Has, has)
		}
		m.Rows = append(m.Rows, v)
	}
	return f.render(w, r, http.StatusOK, rightsPage(f, m))
}

// reach says on which divisions a right may be used.
func (f *frame) reach(r office.Reach) string {
	switch r {
	case office.Own:
		return f.T("web.reach.own")
	case office.Below:
		return f.T("web.reach.below")
	default:
		return f.T("web.reach.above")
	}
}

// settingView is a line of the settings.
type settingView struct{ Name, Value, Clause string }

// settings shows the rules that the program goes by. They are set where it is started, so that nobody changes them unseen.
func (s *site) settings(f *frame, w http.ResponseWriter, r *http.Request) error {
	rules := s.Security
	minutes := func(n float64) string { return f.T("web.settings.minutes", "count", int(n)) }
	days := func(hours float64) string { return f.T("web.settings.days", "count", int(hours/24)) }
	count := func(n int) string { return f.Value(n) }
	yes := map[bool]string{true: f.T("web.settings.on"), false: f.T("web.settings.off")}
	m := settingsModel{[]settingGroup{
		{f.T("web.settings.passwords"), []settingView{
			{f.T("web.settings.least"), count(rules.Passwords.Least), "YA-4.10.2"}, {f.T("web.settings.classes"), count(rules.Passwords.Classes), "YA-4.10.2"},
			{f.T("web.settings.history"), count(rules.Passwords.History), "YA-4.10.2"}, {f.T("web.settings.age"), days(rules.Passwords.MaxAge.Hours()), "YA-4.10.2"},
		}},
		{f.T("web.settings.sessions"), []settingView{
			{f.T("web.settings.idle"), minutes(rules.Sessions.Idle.Minutes()), "YA-4.10.2"}, {f.T("web.settings.absolute"), minutes(rules.Sessions.Absolute.Minutes()), "YA-4.10.2"},
			{f.T("web.settings.failures"), count(rules.Lockout.Failures), "YA-4.10.2"}, {f.T("web.settings.lock"), minutes(rules.Lockout.First.Minutes()), "YA-4.10.2"},
			{f.T("web.settings.lock_most"), minutes(rules.Lockout.Most.Minutes()), "YA-4.10.2"}, {f.T("web.settings.address"), count(attemptsInWindow), "YA-4.10.2"},
			{f.T("web.settings.token"), days(rules.Tokens.Longest.Hours()), "YA-4.10.2"},
		}},
		{f.T("web.settings.program"), []settingView{
			{f.T("web.settings.proxies"), count(len(s.Proxies)), ""}, {f.T("web.settings.single"), yes[s.single != nil], ""},
			{f.T("web.settings.version"), s.Version, ""}, {f.T("web.settings.policy"), f.policyVersion(), ""},
		}},
	}}
	return f.render(w, r, http.StatusOK, settingsPage(f, m))
}

type settingGroup struct {
	Title string
	Lines []settingView
}

type settingsModel struct{ Groups []settingGroup }
