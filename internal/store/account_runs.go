package store

import (
	"context"
	"slices"
	"strconv"
	"time"

	"tongchou/internal/account"
	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// AccountRun (个人账户批量划拨) is an allocation for everybody of a division: how many persons were looked at, and what it came to. Runs of a division are counted from 1. Ended is zero while it is under
// way, and stays so where it was interrupted: then it says what its last write came to.
//
// 依据: YA-3.1.1
type AccountRun struct {
	Division region.Code
	No       int64
	On       policy.Date
	Who      office.UserID
	Ended    time.Time
	Persons  int64
	Allotment
}

var guardedRuns = &guarded{"account_runs", list("division no"), list("ran_on who ended persons accounts lacking put_in taken_back short"), false}

const runColumns = "division, no, ran_on, who, ended, persons, accounts, lacking, put_in, taken_back, short"

// Message says how far a run is, or what it came to.
func (run AccountRun) Message(key string) fault.Message {
	return fault.Msg(key, "persons", run.Persons, "accounts", run.Accounts, "in", run.In.In(money.Yuan), "back", run.Back.In(money.Yuan), "lacking", run.Lacking, "short", run.Short.In(money.Yuan))
}

// allottedAtOnce is how many persons a write of an allocation looks at.
const allottedAtOnce = 500

// AllocateAll (批量划入) brings the accounts of everybody in the act's scope to what is due, some hundred persons to a write, which keeps what the run has come to, and tells how far it is. Interrupted, what was done
// stays, and the next run goes on: nothing is put in or taken back twice.
//
// 依据: YA-3.1.1
func (a PersonalAccounts) AllocateAll(ctx context.Context, act Act, on policy.Date, due func(Person) []account.Allocation, tell func(AccountRun)) (AccountRun, error) {
	run, err := a.begin(ctx, act, AccountRun{Division: act.Scope.Division, On: on, Who: act.Who})
	if err != nil {
		return run, err
	}
	var some []allotted
	flush := func() error {
		run, err = a.allotSome(ctx, act, some, run)
		some = some[:0]
		tell(run)
		return err
	}
	for p, err := range a.s.Persons().Stream(ctx, act) {
		if err != nil {
			return run, err
		}
		if some = append(some, allotted{p.No, due(p)}); len(some) == allottedAtOnce {
			if err := flush(); err != nil {
				return run, err
			}
		}
	}
	if err := flush(); err != nil {
		return run, err
	}
	return a.end(ctx, act, run)
}

func (a *Allotment) add(b Allotment) {
	a.Accounts, a.Lacking = a.Accounts+b.Accounts, a.Lacking+b.Lacking
	a.In, a.Back, a.Short = a.In+b.In, a.Back+b.Back, a.Short+b.Short
}

// allotSome brings some accounts to what is due, in a write where there is anything to do, and gives what the run has come to with them.
func (a PersonalAccounts) allotSome(ctx context.Context, act Act, some []allotted, run AccountRun) (AccountRun, error) {
	if len(some) == 0 {
		return run, nil
	}
	persons := make([]enrol.PersonNo, len(some))
	for i, x := range some {
		persons[i] = x.person
	}
	var changing []allotted
	err := a.s.read(ctx, func(l *link) error {
		done, err := putIn(l.querier(ctx), persons)
		changing = slices.DeleteFunc(some, func(x allotted) bool { return len(account.Correct(x.due, done[x.person])) == 0 })
		return err
	})
	if err != nil {
		return run, err
	}
	after := run
	after.Persons += int64(len(persons))
	if len(changing) == 0 {
		return after, nil
	}
	act.Action, act.Object = "purse.allocate_all", office.Object{Kind: "persons", ID: string(act.Scope.Division)}
	act.After = []office.Field{{Name: "persons", Value: strconv.Itoa(len(changing))}}
	_, err = a.s.Write(ctx, act, func(t *Tx) error {
		sum, err := t.allot(changing, run.On)
		if err != nil {
			return err
		}
		after.Allotment = run.Allotment
		after.add(sum)
		return t.reach(after)
	})
	if err != nil {
		return run, err
	}
	return after, nil
}

// begin gives a run its number.
func (a PersonalAccounts) begin(ctx context.Context, act Act, run AccountRun) (AccountRun, error) {
	act.Action, act.Object = "purse.run_begun", office.Object{Kind: "account_run", ID: string(run.Division)}
	_, err := a.s.Write(ctx, act, func(t *Tx) error {
		if err := t.reads([]string{"account_runs"}, func(scan func(...any) error) error { return scan(&run.No) }, "SELECT COALESCE(MAX(no), 0) + 1 FROM account_runs WHERE division = $1", string(run.Division)); err != nil {
			return err
		}
		t.wrote(guardedRuns, string(run.Division), run.No)
		return t.one("INSERT INTO account_runs ("+runColumns+") VALUES ("+places(11)+") ON CONFLICT (division, no) DO NOTHING", run.row()...)
	})
	return run, err
}

// end says of a run that it went through everybody.
func (a PersonalAccounts) end(ctx context.Context, act Act, run AccountRun) (AccountRun, error) {
	ended := run
	ended.Ended = a.s.now()
	act.Action, act.Object = "purse.run", office.Object{Kind: "account_run", ID: string(run.Division)}
	act.After = []office.Field{{Name: "persons", Value: strconv.FormatInt(run.Persons, 10)}, {Name: "put_in", Value: run.In.String()}, {Name: "taken_back", Value: run.Back.String()}, {Name: "short", Value: run.Short.String()}}
	if _, err := a.s.Write(ctx, act, func(t *Tx) error { return t.reach(ended) }); err != nil {
		return run, err
	}
	return ended, nil
}

// reach says how far a run is that has not ended.
func (t *Tx) reach(run AccountRun) error {
	t.wrote(guardedRuns, string(run.Division), run.No)
	return t.one(`UPDATE account_runs SET ran_on = $3, who = $4, ended = $5, persons = $6, accounts = $7, lacking = $8, put_in = $9, taken_back = $10, short = $11
WHERE division = $1 AND no = $2 AND ended = ''`, run.row()...)
}

// row gives the values of runColumns.
func (run AccountRun) row() []any {
	ended := ""
	if !run.Ended.IsZero() {
		ended = stamp(run.Ended)
	}
	return []any{string(run.Division), run.No, string(run.On), string(run.Who), ended, run.Persons, run.Accounts, run.Lacking, int64(run.In), int64(run.Back), int64(run.Short)}
}

// Runs (批量划拨清单) are the runs of divisions in a scope, the latest day first.
//
// 依据: YA-3.1.1
func (a PersonalAccounts) Runs(ctx context.Context, scope office.Scope) (out []AccountRun, err error) {
	first, last := bounds(scope)
	err = a.s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			var x AccountRun
			var ended string
			err := scan((*string)(&x.Division), &x.No, (*string)(&x.On), (*string)(&x.Who), &ended, &x.Persons, &x.Accounts, &x.Lacking, (*int64)(&x.In), (*int64)(&x.Back), (*int64)(&x.Short))
			if err == nil && ended != "" {
				x.Ended, err = time.Parse(stampForm, ended)
			}
			out = append(out, x)
			return err
		}, "SELECT "+runColumns+" FROM account_runs WHERE division >= $1 AND division <= $2 ORDER BY ran_on DESC, division, no DESC", first, last)
	})
	return out, err
}
