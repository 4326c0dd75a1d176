package main

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/remit"
	"tongchou/internal/store"
)

func (a *app) clearingCommand() *cobra.Command {
	return a.group("clearing", a.clearingClose(), a.clearingConfirm(), a.clearingList())
}

// clearingFlags are where settlements are cleared, and which month.
type clearingFlags struct{ store, division, month string }

func (f *clearingFlags) add(a *app, c *cobra.Command) {
	a.storeFlag(c, &f.store)
	c.Flags().StringVar(&f.division, "division", "510000", a.p.T("cli.flag.clearing_division"))
}

// parsed reads the month.
func (f *clearingFlags) parsed() (policy.Year, time.Month, error) {
	at, err := time.Parse("2006-01", f.month)
	if err != nil {
		return 0, 0, fault.New(fault.Usage, "cli.clearing.bad_month", "value", f.month)
	}
	return policy.Year(at.Year()), at.Month(), nil
}

// areas are the pooling areas of a division: itself, or those of a province with its own unit.
func (f *clearingFlags) areas(tree *region.Tree) ([]region.Code, error) {
	d, known := tree.Get(region.Code(f.division))
	if !known || d.Level == region.County {
		return nil, fault.New(fault.Usage, "cli.import.people.division", "value", f.division)
	}
	out := []region.Code{d.Code}
	for _, city := range tree.Prefectures(d.Code) {
		out = append(out, city.Code)
	}
	return out, nil
}

func (a *app) clearingClose() *cobra.Command {
	var f clearingFlags
	c := &cobra.Command{Use: "close", Short: a.p.T("cli.clearing.close.short"), Long: a.p.T("cli.clearing.close.long"), Args: a.noArgs, Example: "  tongchou clearing close --month 2026-10 --store DIR"}
	f.add(a, c)
	c.Flags().StringVar(&f.month, "month", "", a.p.T("cli.flag.clearing_month"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		return untilInterrupted(c, func(ctx context.Context) error { return a.closeMonth(ctx, &f) })
	}
	return c
}

// closeMonth closes the days of a month and proposes the month of every area that has settlements in it.
func (a *app) closeMonth(ctx context.Context, f *clearingFlags) error {
	year, month, err := f.parsed()
	if err != nil {
		return err
	}
	tree, err := region.Load()
	if err != nil {
		return fault.Wrap(err, "cli.broken_tables")
	}
	areas, err := f.areas(tree)
	if err != nil {
		return err
	}
	chart, err := ledger.Standard()
	if err != nil {
		return err
	}
	s, err := openStore(ctx, f.store)
	if err != nil {
		return err
	}
	defer s.Close() // everything is committed
	service, now := remit.Service{Store: s, Chart: chart}, time.Now()
	act := func(at region.Code) store.Act {
		return store.Act{Record: office.Record{Chain: at, Who: operator, At: now}, Scope: store.ScopeOf(at)}
	}
	_, through := policy.MonthDays(year, month)
	progress := a.importProgress(f.month)
	n, err := service.CloseDays(ctx, act(areas[0].Province()), through, func(d remit.DayClosed) {
		progress.step(a.p.T("cli.clearing.day", "day", d.Day, "part", d.Part, "of", d.N, "rows", d.Rows))
	})
	progress.end()
	if err != nil {
		return err
	}
	if err := a.say("cli.clearing.days", "count", n, "day", through); err != nil {
		return err
	}
	for _, area := range areas {
		sums, err := s.Clearing().AreaSums(ctx, area, through[:8]+"01", through)
		if err != nil {
			return err
		}
		if len(sums) == 0 {
			continue
		}
		m, again, err := service.ProposeMonth(ctx, act(area), area, year, month)
		if err != nil {
			return err
		}
		key := "cli.clearing.proposed"
		if again {
			key = "cli.clearing.again"
		}
		if err := a.say(key, "area", area, "month", f.month, "rows", m.Rows, "state", a.p.T("cli.clearing.state."+string(m.State))); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) clearingList() *cobra.Command {
	var f clearingFlags
	c := &cobra.Command{Use: "list", Short: a.p.T("cli.clearing.list.short"), Args: a.noArgs, Example: "  tongchou clearing list --store DIR"}
	f.add(a, c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return untilInterrupted(c, func(ctx context.Context) error {
			s, err := openStore(ctx, f.store)
			if err != nil {
				return err
			}
			defer s.Close() // nothing was written
			months, err := s.Clearing().Months(ctx, store.ScopeOf(region.Code(f.division)))
			if err != nil {
				return err
			}
			if len(months) == 0 {
				return a.say("cli.clearing.list.none")
			}
			rows := [][]string{{a.p.T("cli.clearing.month"), a.p.T("cli.clearing.area"), a.p.T("cli.clearing.state"), a.p.T("cli.clearing.rows")}}
			for _, m := range months {
				rows = append(rows, []string{time.Date(int(m.Year), m.Month, 1, 0, 0, 0, 0, time.UTC).Format("2006-01"), a.p.Division(m.Area), a.p.T("cli.clearing.state." + string(m.State)), strconv.FormatInt(m.Rows, 10)})
			}
			if err := list(a.out, rows); err != nil {
				return fault.Wrap(err, "cli.cannot_write", "file", standard)
			}
			return nil
		})
	}
	return c
}
