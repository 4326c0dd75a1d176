package main

import (
	"fmt"
	"sort"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

func overlayIDs(o policy.Overlay) []policy.ParameterID {
	ids := make([]policy.ParameterID, 0, len(o.Set))
	for id := range o.Set {
		ids = append(ids, id)
	}
	sort.Slice(ids, func(i, j int) bool { return ids[i] < ids[j] })
	return ids
}

// say writes a line of text by its key.
func (a *app) say(key string, args ...any) error {
	_, err := fmt.Fprintln(a.out, a.p.T(key, args...))
	return err
}

// labels says what every reader must know of a result before its figures: trial, example, synthetic, changed parameters.
func (a *app) labels(status policy.Status, synthetic bool, changes []fault.Message) error {
	if status.Trial() {
		if err := a.say("cli.label.trial", "status", a.p.T("value."+string(status))); err != nil {
			return err
		}
	}
	if len(changes) > 0 {
		if err := a.say("pool.changed.label", "changes", changes); err != nil {
			return err
		}
	}
	if synthetic {
		return a.say("cli.label.synthetic")
	}
	return nil
}

func (a *app) printResults(results []pool.Result) error {
	for _, r := range results {
		if err := a.labels(r.Status, r.Synthetic, r.Changes()); err != nil {
			return err
		}
		for _, f := range r.Funds {
			if err := a.printFund(r, f); err != nil {
				return err
			}
		}
	}
	return a.say("cli.pool.run.more")
}

func (a *app) printFund(r pool.Result, f pool.Fund) error {
	if err := a.say("cli.fund.title", "year", int(r.Year), "insurance", f.Insurance, "policy", r.Policy); err != nil {
		return err
	}
	b := f.SetAside
	if err := a.say("cli.fund.stages", "collected", f.Collected, "fund", b.Fund, "opening", b.Opening, "added", b.Added, "closing", b.Closing, "distributed", f.Distributed); err != nil {
		return err
	}
	emergency := f.Total().Need > 0
	header := a.headers("division", "paid", "received", "net", "gap_before", "gap_after", "surplus_end", "months")
	if emergency {
		header = append(header, a.headers("emergency", "local", "unmet")...)
	}
	row := func(name string, d pool.Division) []string {
		cells := []string{name, wan(d.Paid), wan(d.Received), wan(d.Net), wan(d.GapBefore), wan(d.GapAfter), wan(d.SurplusEnd), exchange.MonthsText(d)}
		if emergency {
			cells = append(cells, wan(d.Emergency), wan(d.Local), wan(d.Unmet))
		}
		return cells
	}
	var rows [][]string
	for _, d := range f.Divisions {
		rows = append(rows, row(string(d.Code)+" "+a.p.Division(d.Code), d))
	}
	rows = append(rows, row(a.p.T("cli.total"), f.Total()))
	if err := table(a.out, header, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintln(a.out)
	return err
}

func (a *app) headers(names ...string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = a.p.T("figure." + n)
	}
	return out
}

func wan(f money.Fen) string { return f.In(money.TenThousand) }

func (a *app) printComparisons(comparisons []pool.Comparison) error {
	for _, c := range comparisons {
		if err := a.labels(c.B.Status, c.A.Synthetic || c.B.Synthetic, c.B.Changes()); err != nil {
			return err
		}
		for _, f := range c.Funds {
			if err := a.say("cli.compare.title", "insurance", f.Insurance, "a", c.A.Policy, "yearA", int(c.A.Year), "b", c.B.Policy, "yearB", int(c.B.Year)); err != nil {
				return err
			}
			header := append(a.headers("division"), a.p.T("cli.compare.received_a"), a.p.T("cli.compare.received_b"), a.p.T("cli.compare.received_by"),
				a.p.T("cli.compare.net_by"), a.p.T("cli.compare.gap_by"), a.p.T("cli.compare.surplus_by"))
			var rows [][]string
			for _, d := range f.Divisions {
				rows = append(rows, []string{string(d.Code) + " " + a.p.Division(d.Code), wan(d.Received.A), wan(d.Received.B), wan(d.Received.By()),
					wan(d.Net.By()), wan(d.GapAfter.By()), wan(d.SurplusEnd.By())})
			}
			if err := table(a.out, header, rows); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *app) printIncentives(in pool.Incentives) error {
	if err := a.labels(in.Status, in.Synthetic, nil); err != nil {
		return err
	}
	for _, f := range in.Funds {
		if err := a.say("cli.fund.title", "year", int(in.Year), "insurance", f.Insurance, "policy", in.Policy); err != nil {
			return err
		}
		header := append(a.headers("division"), a.p.T("cli.incentives.spent"), a.p.T("cli.incentives.through"), a.p.T("cli.incentives.emergency"),
			a.p.T("cli.incentives.next"), a.p.T("cli.incentives.collected"), a.p.T("cli.incentives.person"))
		var rows [][]string
		for _, d := range f.Divisions {
			s := d.PerYuanSpent
			rows = append(rows, []string{string(d.Code) + " " + a.p.Division(d.Code), s.Direct.Text(4), s.ThroughFactors.Text(4), s.Emergency.Text(4),
				s.NextYear.Text(4), d.PerYuanCollected.Total().Text(4), d.PerPerson.Total().Text(2)})
		}
		if err := table(a.out, header, rows); err != nil {
			return err
		}
		if err := a.printWarnings(f); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(a.out); err != nil {
			return err
		}
	}
	return nil
}

// printWarnings sums up the warnings of each kind: how many divisions, and the worst.
func (a *app) printWarnings(f pool.FundIncentives) error {
	for _, kind := range []string{pool.SpendingPays, pool.CollectingLess} {
		count, worst := 0, money.Ratio{}
		var where region.Code
		for _, d := range f.Divisions {
			for _, w := range d.Warnings {
				if w.Kind != kind {
					continue
				}
				count++
				if w.Size.Cmp(worst) > 0 {
					worst, where = w.Size, d.Code
				}
			}
		}
		if count == 0 {
			continue
		}
		if err := a.say("cli.incentives.warning."+kind, "count", count, "division", where, "amount", worst.Text(4)); err != nil {
			return err
		}
	}
	return nil
}
