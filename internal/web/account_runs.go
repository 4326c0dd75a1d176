package web

import (
	"context"
	"net/http"
	"strconv"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/store"
)

// pursesModel is the page of allocations to everybody's personal accounts (个人账户批量划拨).
type pursesModel struct {
	outcome
	Place   string
	Values  []assumedLine
	Work    *jobView
	Runs    ledgerTable
	MayTake bool
}

// assumedLine is a value of the policy in words, with why it is assumed; empty when it is not.
type assumedLine struct{ Text, Why string }

func (s *site) purses(f *frame, w http.ResponseWriter, r *http.Request) error {
	m := pursesModel{outcome: outcome{Status: http.StatusOK}, Place: f.divisionName(f.subject.Division), Values: f.allocationValues(s.pack.At(s.today())), MayTake: f.may(office.Export, f.subject.Division)}
	b, v := f.workView(allocatingAll)
	if m.Work = v; v != nil && !v.Running {
		value, err := b.outcome()
		if run, ok := value.(store.AccountRun); ok && err == nil {
			m.Work, m.Done = nil, f.Text(run.Message("account.run.done"))
		}
	}
	var err error
	if m.Runs, err = f.runsTable(r); err != nil {
		return err
	}
	return f.render(w, r, m.Status, pursesPage(f, m))
}

// allocationValues are the policy's values of what goes into accounts.
func (f *frame) allocationValues(set *policy.Set) (out []assumedLine) {
	for _, id := range []policy.ParameterID{"account.allocation.rate", "account.allocation.retired"} {
		e, found := set.Get(id)
		if !found {
			out = append(out, assumedLine{Text: f.T("account.value.none", "what", f.T("account.value."+string(id)))})
			continue
		}
		value := e.Value.String()
		if id == "account.allocation.rate" {
			value = percent(money.NewRatio(int64(e.Value.Rate()), int64(money.One)), 2)
		}
		line := assumedLine{Text: f.T("account.value", "what", f.T("account.value."+string(id)), "value", value)}
		if e.Assumed != nil {
			line.Why = e.Assumed.In(string(f.Lang))
		}
		out = append(out, line)
	}
	return out
}

func (f *frame) runsTable(r *http.Request) (ledgerTable, error) {
	t := ledgerTable{ID: "runs", Title: f.T("account.runs"), Aside: f.T("web.ledger.unit"), Clause: "YA-3.1.1", Empty: f.T("account.runs.none"),
		Heads: f.ledgerHeads("account.on", "account.run.place", "#", "account.run.persons", "#", "account.run.accounts", "#", "account.run.in", "#", "account.run.back", "#", "account.run.lacking", "#", "account.run.short", "account.run.ended")}
	runs, err := f.site.Store.PersonalAccounts().Runs(r.Context(), f.scope(office.EnrolPersons))
	count := func(n int64) ledgerCell { return numberCell(f.Value(n), strconv.FormatInt(n, 10)) }
	for _, x := range runs {
		ended := f.T("account.run.unended")
		if !x.Ended.IsZero() {
			ended = f.moment(x.Ended)
		}
		t.Rows = append(t.Rows, ledgerRow{Cells: []ledgerCell{textCell(string(x.On)), textCell(f.divisionName(x.Division)), count(x.Persons), count(x.Accounts), fenCell(x.In), fenCell(x.Back), count(x.Lacking), fenCell(x.Short), textCell(ended)}})
	}
	return t, err
}

func (s *site) pursesFile(f *frame, w http.ResponseWriter, r *http.Request) error {
	t, err := f.runsTable(r)
	if err != nil {
		return err
	}
	return f.takeTables(w, r.PathValue("file"), "accounts-"+string(f.subject.Division), []exchange.Note{{Name: f.T("account.runs"), Text: f.divisionName(f.subject.Division)}}, []ledgerTable{t})
}

// allocateAll brings the accounts of everybody of the reader's division to what is due, in the background.
//
// 依据: YA-3.1.1
func (s *site) allocateAll(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	act, today, due := f.worker(office.EnrolPersons), s.today(), s.allocations()
	act.At = s.Now()
	f.startWork(w, r, allocatingAll, fault.Msg("account.run.title", "place", f.subject.Division), func(ctx context.Context, b *job) (any, error) {
		return s.Store.PersonalAccounts().AllocateAll(ctx, act, today, due, func(x store.AccountRun) { b.say(x.Message("account.run.at"), 0, 0) })
	})
	return nil
}
