package web

import (
	"net/http"
	"strconv"
	"strings"

	"tongchou/internal/account"
	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/store"
)

// routesOfAccounts are what is done about personal accounts (个人账户) at the counter.
func (s *site) routesOfAccounts() []route {
	act := onOwn(office.EnrolPersons)
	return []route{
		{"GET /benefit/accounts", "accounts", false, s.purses, act},
		{"GET /benefit/accounts/{file}", "accounts.export", false, s.pursesFile, onOwn(office.Export)},
		{"POST /benefit/accounts/run", "accounts.run", false, s.allocateAll, act},
		{"POST /benefit/accounts/{no}", "accounts.allocate", false, s.allocate, act},
	}
}

// accountView is a personal account as pages show it.
type accountView struct {
	Balance string
	Due     string // what is due to be put in; empty for nothing
	Wrong   string // what was put in wrongly; empty for nothing
	Has     bool
	Table   ledgerTable
	Shares  []shareView
}

// shareView is a relative whom the account may pay for.
type shareView struct {
	No, Text string
	Holds    bool
}

// accountView reads a person's account. Whoever calls has the right to see the person's file, which was written down.
func (s *site) accountView(f *frame, r *http.Request, p store.Person) (accountView, error) {
	purse, all, shares, err := s.Store.PersonalAccounts().Of(r.Context(), p.No)
	if err != nil {
		return accountView{}, err
	}
	v := accountView{Balance: f.T("web.my.yuan", "amount", purse.Balance.In(money.Yuan)), Table: ledgerTable{ID: "account", Title: f.T("account.title"), Clause: "SCE-2.4", Empty: f.T("account.none"),
		Heads: f.ledgerHeads("account.on", "account.kind", "#", "account.amount", "#", "account.balance", "account.source")}}
	done := map[string]money.Fen{}
	for _, m := range all {
		if m.Kind == account.Allocated || m.Kind == account.Recovered {
			done[m.Source] += m.Amount
		}
		v.Table.Rows = append(v.Table.Rows, ledgerRow{Cells: []ledgerCell{textCell(string(m.On)), textCell(f.T("account.kind." + string(m.Kind))), fenCell(m.Amount), fenCell(m.Balance), textCell(f.accountSource(m))}})
	}
	var due, wrong money.Fen
	for _, c := range account.Correct(s.allocations()(p), done) {
		due, wrong = due+max(c.Amount, 0), wrong+max(-c.Amount, 0)
	}
	if due > 0 {
		v.Due = f.T("account.due", "amount", due.In(money.Yuan))
	}
	if wrong > 0 {
		v.Wrong = f.T("account.wrong", "amount", wrong.In(money.Yuan), "most", min(wrong, purse.Balance+due).In(money.Yuan))
	}
	for _, x := range shares {
		text := f.T("account.share.since", "whom", x.Whom, "from", x.From)
		if x.Revoked != "" {
			text = f.T("account.share.over", "whom", x.Whom, "from", x.From, "to", x.Revoked)
		}
		v.Shares = append(v.Shares, shareView{strconv.Itoa(x.No), text, x.Revoked == ""})
	}
	v.Has = purse.Version > 0 || due > 0 || wrong > 0
	return v, nil
}

// accountSource says where a movement comes from: an entry of the file, or a settlement.
func (f *frame) accountSource(m account.Movement) string {
	if entry, is := strings.CutPrefix(m.Source, "contribution "); is {
		return f.T("account.source.contribution", "no", entry)
	}
	if month, is := strings.CutPrefix(m.Source, "retired "); is {
		return f.T("account.source.retired", "month", month)
	}
	return m.Source
}

// allocations gives what goes into a person's account up to today, by the policy of each day.
func (s *site) allocations() func(store.Person) []account.Allocation {
	due := account.By(s.pack, s.today())
	return func(p store.Person) []account.Allocation { return due(p.File) }
}

// allocate brings an account to what is due by the file: puts in what was not put in yet, and takes back what was put in wrongly.
func (s *site) allocate(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	p, err := s.readPerson(f, r)
	if err != nil {
		return err
	}
	if err := f.refusal(office.EnrolPersons, p.County); err != nil {
		return err
	}
	_, err = s.Store.PersonalAccounts().Allocate(r.Context(), f.once(f.worker(office.EnrolPersons), r), p, s.allocations()(p), s.today())
	switch {
	case err == nil:
		http.Redirect(w, r, f.link("/benefit/registrations/for/"+strconv.FormatInt(int64(p.No), 10)), http.StatusSeeOther)
		return nil
	case refusable(err):
		return s.registrationsForAs(f, w, r, f.refusedOutcome(err))
	}
	return err
}

// myAccountModel is one's own account.
type myAccountModel struct {
	outcome
	Name, Number, Whom string
	Account            accountView
}

func (s *site) myAccount(me *insured, w http.ResponseWriter, r *http.Request) error {
	o := outcome{Status: http.StatusOK}
	if done := me.seen.Get("done"); done == "shared" || done == "unshared" {
		o.Done = me.T("account.done." + done)
	}
	return s.myAccountAs(me, w, r, o)
}

func (s *site) myAccountAs(me *insured, w http.ResponseWriter, r *http.Request, o outcome) error {
	p, err := me.own(r)
	if err != nil {
		return err
	}
	m := myAccountModel{outcome: o, Name: p.Identity().Name, Number: r.PostFormValue("number"), Whom: r.PostFormValue("name")}
	if m.Account, err = s.accountView(me.frame, r, p); err != nil {
		return err
	}
	return me.render(w, r, o.Status, myAccountPage(me.frame, m))
}

// myShare shares the account with a relative, or takes it back.
//
// 依据: SCE-2.4
func (s *site) myShare(me *insured, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	p, err := me.own(r)
	if err != nil {
		return err
	}
	act, done := me.objecting(r, p, "own.account_share"), "shared"
	if no, wrong := strconv.Atoi(r.PostFormValue("unshare")); wrong == nil {
		act.Action, done = "own.account_unshare", "unshared"
		err = s.Store.PersonalAccounts().Unshare(r.Context(), act, p.No, no, s.today())
	} else {
		err = s.shareWith(me, r, act, p)
	}
	switch {
	case err == nil:
		http.Redirect(w, r, me.myLink("/my/account", "done", done), http.StatusSeeOther)
		return nil
	case refusable(err):
		return s.myAccountAs(me, w, r, me.refusedOutcome(err))
	}
	return err
}

// shareWith finds the relative by number and name, both of which must be right. A try that finds nobody is written down.
func (s *site) shareWith(me *insured, r *http.Request, act store.Act, p store.Person) error {
	number, _, _, valid := enrol.ParseNumber(strings.TrimSpace(r.PostFormValue("number")))
	name := strings.TrimSpace(r.PostFormValue("name"))
	nobody := fault.Refuse(fault.Problem{Column: "whom", Message: fault.Msg("account.share.nobody")})
	if !valid || name == "" || len(name) > longestWhom {
		return nobody
	}
	relative, found, err := s.Store.Exchange().ByDocument(r.Context(), everywhere(s.home()), enrol.Document{Kind: enrol.ResidentCard, Number: number})
	if err != nil {
		return err
	}
	if !found || enrol.PlainName(relative.Identity().Name) != enrol.PlainName(name) {
		act.Action, act.Key = "own.account_share_refused", ""
		if _, err := s.Store.Write(r.Context(), act, func(*store.Tx) error { return nil }); err != nil {
			return err
		}
		return nobody
	}
	return s.Store.PersonalAccounts().Share(r.Context(), act, p, relative, s.today())
}
