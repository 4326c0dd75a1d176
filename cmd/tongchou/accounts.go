package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"tongchou/internal/account"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

func (a *app) accountsCommand() *cobra.Command {
	return a.group("accounts", a.accountsAllocate(), a.accountsList())
}

// accountsFlags are whose personal accounts.
type accountsFlags struct{ store, division, policy string }

func (f *accountsFlags) add(a *app, c *cobra.Command) {
	a.storeFlag(c, &f.store)
	c.Flags().StringVar(&f.division, "division", "510000", a.p.T("cli.flag.accounts_division"))
}

// with opens the store for a division that there is.
func (f *accountsFlags) with(ctx context.Context, do func(store.PersonalAccounts, region.Code) error) error {
	tree, err := region.Load()
	if err != nil {
		return fault.Wrap(err, "cli.broken_tables")
	}
	division := region.Code(f.division)
	if _, known := tree.Get(division); !known {
		return fault.New(fault.Usage, "cli.import.people.division", "value", f.division)
	}
	s, err := openStore(ctx, f.store)
	if err != nil {
		return err
	}
	defer s.Close() // everything is committed
	return do(s.PersonalAccounts(), division)
}

func (a *app) accountsAllocate() *cobra.Command {
	var f accountsFlags
	c := &cobra.Command{Use: "allocate", Short: a.p.T("cli.accounts.allocate.short"), Long: a.p.T("cli.accounts.allocate.long"), Args: a.noArgs,
		Example: "  tongchou accounts allocate --policy sichuan --division 510100 --store DIR"}
	f.add(a, c)
	c.Flags().StringVar(&f.policy, "policy", "", a.p.T("cli.flag.accounts_policy"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		return untilInterrupted(c, func(ctx context.Context) error { return a.allocateAll(ctx, &f) })
	}
	return c
}

// allocateAll brings everybody's account to what is due today.
func (a *app) allocateAll(ctx context.Context, f *accountsFlags) error {
	_, pack, err := a.engineFor(f.policy)
	if err != nil {
		return err
	}
	now := time.Now()
	today := policy.DayOf(now)
	due := account.By(pack, today)
	return f.with(ctx, func(accounts store.PersonalAccounts, division region.Code) error {
		act := store.Act{Record: office.Record{Chain: division, Who: operator, At: now}, Scope: store.ScopeOf(division)}
		progress := a.importProgress(f.division)
		run, err := accounts.AllocateAll(ctx, act, today, func(p store.Person) []account.Allocation { return due(p.File) },
			func(x store.AccountRun) { progress.step(a.p.Text(x.Message("account.run.at"))) })
		progress.end()
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(a.out, a.p.Text(run.Message("account.run.done")))
		return err
	})
}

func (a *app) accountsList() *cobra.Command {
	var f accountsFlags
	c := &cobra.Command{Use: "list", Short: a.p.T("cli.accounts.list.short"), Args: a.noArgs, Example: "  tongchou accounts list --store DIR"}
	f.add(a, c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return untilInterrupted(c, func(ctx context.Context) error { return a.listRuns(ctx, &f) })
	}
	return c
}

func (a *app) listRuns(ctx context.Context, f *accountsFlags) error {
	return f.with(ctx, func(accounts store.PersonalAccounts, division region.Code) error {
		runs, err := accounts.Runs(ctx, store.ScopeOf(division))
		if err != nil {
			return err
		}
		if len(runs) == 0 {
			return a.say("account.runs.none")
		}
		rows := [][]string{{}}
		for _, head := range []string{"account.on", "account.run.place", "account.run.persons", "account.run.accounts", "account.run.in", "account.run.back", "account.run.lacking", "account.run.short", "account.run.ended"} {
			rows[0] = append(rows[0], a.p.T(head))
		}
		for _, x := range runs {
			ended := a.p.T("account.run.unended")
			if !x.Ended.IsZero() {
				ended = x.Ended.In(policy.China).Format(time.DateTime)
			}
			count := func(n int64) string { return strconv.FormatInt(n, 10) }
			rows = append(rows, []string{string(x.On), a.p.Division(x.Division), count(x.Persons), count(x.Accounts), x.In.In(money.Yuan), x.Back.In(money.Yuan), count(x.Lacking), x.Short.In(money.Yuan), ended})
		}
		if err := list(a.out, rows); err != nil {
			return fault.Wrap(err, "cli.cannot_write", "file", standard)
		}
		return nil
	})
}
