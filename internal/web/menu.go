package web

import "strings"

// menuItem is a line of the menu; one whose page is not part of this version is shown but leads nowhere.
type menuItem struct {
	Name, Path string
	Open       bool
	Closed     bool // the reader may not open it
	Current    bool
}

// menuOrder is every page the console will have, in the order of the design. A page opens when the route table has it.
var menuOrder = []struct{ name, path string }{
	{"todo", "/todo"}, {"overview", "/overview"}, {"pool", "/pool"}, {"published", "/published"}, {"budget", "/budget"}, {"ledger", "/ledger"}, {"enrol", "/enrol"},
	{"benefit", "/benefit"}, {"payment", "/payment"}, {"catalog", "/catalog"}, {"provider", "/provider"},
	{"supervise", "/supervise"}, {"desk", "/desk"}, {"plan", "/plan"}, {"forecast", "/forecast"},
	{"data", "/data"}, {"policies", "/policies"}, {"system", "/system"},
}

// sections says which line of the menu a page without one of its own stands under.
var sections = map[string]string{
	"settlements": "benefit", "settlement": "benefit", "clearing": "benefit", "clearing_days": "benefit", "clearing_month": "benefit", "clearing_offsite": "benefit", "reconciliation": "benefit",
	"rights": "system", "users": "system", "users.add": "system", "user": "system", "user.act": "system", "sessions": "system", "tokens": "system",
	"tokens.issue": "system", "audit": "system", "audit.verify": "system", "backup": "system", "settings": "system",
	"simulation": "benefit", "simulation.act": "benefit", "changes": "benefit", "change": "benefit", "changes.keep": "benefit", "change.actual": "benefit",
	"home": "overview", "document": "todo", "documents": "todo", "document.act": "todo", "todo.sign": "todo",
	"runs": "pool", "runs.freeze": "pool", "run": "pool", "orders": "pool", "orders.plan": "pool", "payments": "pool", "payments.send": "pool",
	"payments.unsend": "pool", "payments.book": "pool", "payments.number": "pool", "notices": "pool", "receipts": "pool", "receipts.import": "pool",
	"receipts.accept": "pool", "receipts.dismiss": "pool", "bank_accounts": "pool", "bank_accounts.keep": "pool",
	"published.one": "published", "published.withdraw": "published", "published.publish": "pool", "own_division": "published",
	"persons.search": "enrol", "persons.new": "enrol", "persons.add": "enrol", "person": "enrol", "person.plain": "enrol", "person.act": "enrol", "standards": "enrol", "standards.keep": "enrol",
	"reports": "enrol", "reports.upload": "enrol", "reports.undo": "enrol", "works": "enrol", "works.decide": "enrol", "rules": "enrol", "rules.act": "enrol", "collection": "enrol", "covers": "enrol",
	"standards.import": "enrol", "group": "enrol", "group.act": "enrol", "lists": "enrol", "lists.plain": "enrol", "lists.remind": "enrol", "targets": "enrol", "targets.act": "enrol", "targets.import": "enrol",
	"papers": "benefit", "papers.new": "benefit", "paper": "benefit", "paper.act": "benefit", "paper.import": "benefit", "benefit.convergence": "benefit", "paper.marked": "benefit",
	"registrations": "benefit", "registration": "benefit", "registration.act": "benefit", "registrations.person": "benefit", "registrations.apply": "benefit", "accounts.allocate": "benefit", "accounts": "benefit", "accounts.run": "benefit", "settlements.person": "benefit",
	"division": "pool", "whatif": "pool", "incentives": "pool", "sheet": "pool", "clause": "policies",
	"pack": "policies", "parameter": "policies", "diff": "policies", "clauses": "policies",
	"rows": "data", "upload": "data", "upload.refused": "data", "claims": "data", "claims.upload": "data", "claims.withdraw": "data",
	"claims.job": "data", "checks": "data", "checks.sign": "data", "checks.rows": "data", "factors": "data", "differences": "data", "pivot": "data", "pivot.rows": "data",
}

func (f *frame) menu() []menuItem {
	here := f.name
	if section, ok := sections[here]; ok {
		here = section
	} else if section, _, found := strings.Cut(here, "/"); found && (section == "ledger" || section == "budget") {
		here = section
	}
	if f.site.Store != nil && !f.signedIn() {
		return nil
	}
	var out []menuItem
	for _, m := range menuOrder {
		if (m.name == "todo" || m.name == "published") && f.site.Store == nil {
			continue
		}
		if m.name == "enrol" && !f.mayOpen("enrol") && f.mayOpen("targets") {
			out = append(out, f.enrolMenu()...)
			continue
		}
		if m.name == "benefit" && !f.mayOpen("benefit") && f.mayOpen("registrations") {
			out = append(out, menuItem{Name: "registrations", Path: "/benefit/registrations", Open: true, Current: here == "benefit"})
			continue
		}
		open := f.exists(m.name)
		out = append(out, menuItem{Name: m.name, Path: m.path, Open: open, Closed: open && !f.mayOpen(m.name), Current: m.name == here})
	}
	return out
}

// enrolMenu are the pages of enrolment of those who see no persons: targets, and rules for what is decided without anybody.
func (f *frame) enrolMenu() []menuItem {
	out := []menuItem{{Name: "targets", Path: "/enrol/targets", Open: true, Current: f.name == "targets"}}
	if f.mayOpen("rules") {
		out = append(out, menuItem{Name: "rules", Path: "/enrol/works/rules", Open: true, Current: f.name == "rules"})
	}
	return out
}

// enrolCrumbs lead back to the page of persons, for those who may open it.
func (f *frame) enrolCrumbs() []tabView {
	if !f.mayOpen("enrol") {
		return nil
	}
	return []tabView{{Text: f.T("web.menu.enrol"), Path: f.link("/enrol")}}
}

// poolTabs are the views of the adjustment fund that the reader may open.
func (f *frame) poolTabs() []menuItem {
	var out []menuItem
	for _, t := range []menuItem{
		{Name: "pool", Path: "/pool"}, {Name: "whatif", Path: "/pool/whatif"}, {Name: "incentives", Path: "/pool/incentives"}, {Name: "sheet", Path: "/pool/sheet"},
		{Name: "runs", Path: "/pool/runs"}, {Name: "orders", Path: "/pool/orders"}, {Name: "payments", Path: "/pool/payments"}, {Name: "receipts", Path: "/pool/receipts"},
		{Name: "offsite", Path: "/pool/offsite"},
	} {
		if f.mayOpen(t.Name) {
			out = append(out, t)
		}
	}
	return out
}

// benefitTabs are the pages of benefits and settlements that the reader may open, the same on every one of them.
func (f *frame) benefitTabs() []tabView {
	var out []tabView
	for _, t := range []struct{ name, within, path, key string }{
		{"benefit", "", "/benefit", "web.benefit.tab"}, {"papers", "paper", "/benefit/papers", "web.papers.title"}, {"benefit.convergence", "", "/benefit/convergence", "web.converge.title"},
		{"simulation", "", "/benefit/simulation", "web.simulation.title"}, {"changes", "change", "/benefit/changes", "web.simulation.changes.title"},
		{"registrations", "registration", "/benefit/registrations", "web.menu.registrations"}, {"accounts", "", "/benefit/accounts", "account.title"}, {"settlements", "settlement", "/settlements", "web.settlements"},
		{"clearing", "", "/clearing", "web.clearing"}, {"reconciliation", "", "/reconciliation", "web.reconciliation"},
	} {
		if f.exists(t.name) && f.mayOpen(t.name) {
			out = append(out, tabView{Text: f.T(t.key), Path: f.link(t.path), Current: f.name == t.name || f.name == t.within})
		}
	}
	return out
}
