package store

import (
	"context"
	"slices"
	"strconv"
	"time"

	"tongchou/internal/account"
	"tongchou/internal/enrol"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// AccountRun (个人账户批量划拨) is an allocation for everybody of a division: how many persons were looked at, and what it came to. Runs of a division are counted from 1.
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

// allottedAtOnce is how many persons a write of an allocation looks at.
const allottedAtOnce = 500

// AllocateAll (批量划入) brings the accounts of everybody in the act's scope to what is due, some hundred persons to a write, tells how far it is, and keeps what it came to. Interrupted, what was done stays,
// and the next run goes on: nothing is put in or taken back twice.
//
// 依据: YA-3.1.1
func (a PersonalAccounts) AllocateAll(ctx context.Context, act Act, on policy.Date, due func(Person) []account.Allocation, tell func(AccountRun)) (AccountRun, error) {
	run := AccountRun{Division: act.Scope.Division, On: on, Who: act.Who}
	var some []allotted
	flush := func() error {
		sum, err := a.allotSome(ctx, act, some, on)
		run.Persons += int64(len(some))
		run.Allotment.add(sum)
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
	return a.keepRun(ctx, act, run)
}

func (a *Allotment) add(b Allotment) {
	a.Accounts, a.Lacking = a.Accounts+b.Accounts, a.Lacking+b.Lacking
	a.In, a.Back, a.Short = a.In+b.In, a.Back+b.Back, a.Short+b.Short
}

// allotSome brings some accounts to what is due, in a write where there is anything to do.
func (a PersonalAccounts) allotSome(ctx context.Context, act Act, some []allotted, on policy.Date) (sum Allotment, err error) {
	if len(some) == 0 {
		return sum, nil
	}
	persons := make([]enrol.PersonNo, len(some))
	for i, x := range some {
		persons[i] = x.person
	}
	err = a.s.read(ctx, func(l *link) error {
		done, err := putIn(l.querier(ctx), persons)
		some = slices.DeleteFunc(slices.Clone(some), func(x allotted) bool { return len(account.Correct(x.due, done[x.person])) == 0 })
		return err
	})
	if err != nil || len(some) == 0 {
		return sum, err
	}
	act.Action, act.Object = "purse.allocate_all", office.Object{Kind: "persons", ID: string(act.Scope.Division)}
	act.After = []office.Field{{Name: "persons", Value: strconv.Itoa(len(some))}}
	_, err = a.s.Write(ctx, act, func(t *Tx) error {
		sum, err = t.allot(some, on)
		return err
	})
	return sum, err
}

// keepRun keeps what a run came to.
func (a PersonalAccounts) keepRun(ctx context.Context, act Act, run AccountRun) (AccountRun, error) {
	run.Ended = act.At
	act.Action, act.Object = "purse.run", office.Object{Kind: "account_run", ID: string(run.Division)}
	act.After = []office.Field{{Name: "persons", Value: strconv.FormatInt(run.Persons, 10)}, {Name: "put_in", Value: run.In.String()}, {Name: "taken_back", Value: run.Back.String()}, {Name: "short", Value: run.Short.String()}}
	_, err := a.s.Write(ctx, act, func(t *Tx) error {
		if err := t.reads([]string{"account_runs"}, func(scan func(...any) error) error { return scan(&run.No) }, "SELECT COALESCE(MAX(no), 0) + 1 FROM account_runs WHERE division = $1", string(run.Division)); err != nil {
			return err
		}
		t.wrote(guardedRuns, string(run.Division), run.No)
		return t.one("INSERT INTO account_runs ("+runColumns+") VALUES ("+places(11)+") ON CONFLICT (division, no) DO NOTHING", string(run.Division), run.No, string(run.On), string(run.Who), stamp(run.Ended),
			run.Persons, run.Accounts, run.Lacking, int64(run.In), int64(run.Back), int64(run.Short))
	})
	return run, err
}

// Runs (批量划拨清单) are the runs of divisions in a scope, the last first.
//
// 依据: YA-3.1.1
func (a PersonalAccounts) Runs(ctx context.Context, scope office.Scope) (out []AccountRun, err error) {
	first, last := bounds(scope)
	err = a.s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			var x AccountRun
			var ended string
			err := scan((*string)(&x.Division), &x.No, (*string)(&x.On), (*string)(&x.Who), &ended, &x.Persons, &x.Accounts, &x.Lacking, (*int64)(&x.In), (*int64)(&x.Back), (*int64)(&x.Short))
			if err == nil {
				x.Ended, err = time.Parse(stampForm, ended)
			}
			out = append(out, x)
			return err
		}, "SELECT "+runColumns+" FROM account_runs WHERE division >= $1 AND division <= $2 ORDER BY ended DESC, division, no DESC", first, last)
	})
	return out, err
}
