package main

import (
	"context"
	"io"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"tongchou/internal/enrol"
	"tongchou/internal/exchange"
	persons "tongchou/internal/exchange/people"
	"tongchou/internal/fault"
	"tongchou/internal/intake"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// deskFlags say which store, for which division, and under which rules persons are worked on.
type deskFlags struct{ store, division, policy string }

func (f *deskFlags) add(a *app, c *cobra.Command) {
	a.storeFlag(c, &f.store)
	c.Flags().StringVar(&f.division, "division", "510000", a.p.T("cli.flag.desk_division"))
	c.Flags().StringVar(&f.policy, "policy", "sichuan", a.p.T("cli.flag.policy"))
}

// enrolDesk is an open store with what is decided by.
type enrolDesk struct {
	intake.Desk
	*store.Store
	act  store.Act
	tree *region.Tree
}

// open opens the store. It is closed by the caller.
func (f *deskFlags) open(ctx context.Context, a *app) (*enrolDesk, error) {
	if f.store == "" {
		return nil, fault.New(fault.Usage, "cli.flag_missing", "flag", "--store")
	}
	engine, pack, err := a.engineFor(f.policy)
	if err != nil {
		return nil, err
	}
	division := region.Code(f.division)
	if _, known := engine.Tree.Get(division); !known {
		return nil, fault.New(fault.Usage, "cli.import.people.division", "value", f.division)
	}
	now := time.Now()
	year := policy.Year(now.Year())
	rules, err := enrol.Compile(engine.Library, pack.At(year.End()), year)
	if err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, f.store, storeOptions())
	if err != nil {
		return nil, err
	}
	standards, err := s.Standards(ctx)
	if err != nil {
		s.Close() // nothing was written
		return nil, err
	}
	return &enrolDesk{intake.Desk{Terms: rules.Terms(), Standards: standards, Today: policy.DayOf(now)}, s,
		store.Act{Record: office.Record{Chain: division, Who: operator}, Scope: store.ScopeOf(division)}, engine.Tree}, nil
}

// do opens the store, does something, and closes it.
func (f *deskFlags) do(c *cobra.Command, a *app, what func(context.Context, *enrolDesk) error) error {
	return untilInterrupted(c, func(ctx context.Context) error {
		d, err := f.open(ctx, a)
		if err != nil {
			return err
		}
		defer d.Close() // everything is committed
		return what(ctx, d)
	})
}

// importReports are the commands that take in other departments' files, one for each kind.
func (a *app) importReports() []*cobra.Command {
	var out []*cobra.Command
	for _, matter := range enrol.Matters() {
		out = append(out, a.importReport(matter))
	}
	return out
}

func (a *app) importReport(matter enrol.Matter) *cobra.Command {
	var f deskFlags
	var refused peopleFlags
	name := string(matter)
	c := &cobra.Command{Use: name + " FILE...", Short: a.p.T("cli.import.report.short", "kind", a.p.T("exchange.report.sheet."+name)),
		Long:    a.p.T("cli.import.report.long", "kind", a.p.T("exchange.report.sheet."+name), "rules", a.p.T("exchange.report.rules."+name), "name", name),
		Example: "  tongchou import " + name + " " + name + ".xlsx --store DIR --preview\n  tongchou import " + name + " " + name + ".csv --store DIR --division 510100"}
	c.Args = a.someArgs
	f.add(a, c)
	c.Flags().StringVar(&refused.refused, "refused", "", a.p.T("cli.flag.refused"))
	c.Flags().BoolVar(&refused.preview, "preview", false, a.p.T("cli.flag.preview"))
	c.Flags().BoolVar(&refused.force, "force", false, a.p.T("cli.flag.force"))
	c.RunE = func(c *cobra.Command, args []string) error {
		return f.do(c, a, func(ctx context.Context, d *enrolDesk) error {
			debug.SetGCPercent(importGarbage)
			for _, file := range args {
				if err := refused.report(ctx, a, d, matter, file); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return c
}

// report takes in one file and says what became of it.
func (f *peopleFlags) report(ctx context.Context, a *app, d *enrolDesk, matter enrol.Matter, file string) error {
	if err := fresh(f.force, f.back(file)); err != nil {
		return err
	}
	progress := a.importProgress(file)
	r, err := intake.Reports(ctx, d.Store, file, matter, intake.ReportOptions{Desk: d.Desk, Act: d.act, Counties: counties(d.tree), Preview: f.preview,
		Progress: func(p intake.Progress) { progress.people(p) }})
	progress.end()
	if err != nil {
		return err
	}
	if r.Again {
		if err := a.say("cli.import.people.again", "file", r.File.Name); err != nil {
			return err
		}
	}
	key := "cli.import.report.done"
	if f.preview {
		key = "cli.import.report.preview"
	}
	if err := a.say(key, "file", r.File.Name, "rows", r.Rows, "refused", r.Outturn.Refused, "repeated", r.Repeated, "agreed", r.Agreed, "filed", r.Filed, "routed", r.Routed, "applied", r.Applied); err != nil {
		return err
	}
	if matter == enrol.TaxReturns {
		if err := a.say("cli.import.report.money", "amount", r.Amount, "posted", r.Posted, "excess", r.Excess, "held", r.Held, "known", r.Known, "unread", r.Unread); err != nil {
			return err
		}
	}
	return f.giveBack(ctx, a, r.File, r.Refused, r.First(mostRejects), r.Synthetic)
}

// templateReports are the commands that write templates of other departments' files.
func (a *app) templateReports() []*cobra.Command {
	var out []*cobra.Command
	for _, matter := range enrol.Matters() {
		name := string(matter)
		var to string
		var force bool
		c := &cobra.Command{Use: name, Short: a.p.T("cli.template.report.short", "kind", a.p.T("exchange.report.sheet."+name)), Args: a.noArgs, Example: "  tongchou template " + name}
		c.Flags().StringVar(&to, "out", name+".xlsx", a.p.T("cli.flag.out"))
		c.Flags().BoolVar(&force, "force", false, a.p.T("cli.flag.force"))
		c.RunE = func(*cobra.Command, []string) error {
			if err := fresh(force, to); err != nil {
				return err
			}
			if err := a.whole(to, func(w io.Writer) error { return persons.WriteReportTemplate(w, matter, a.p) }); err != nil || to == standard {
				return err
			}
			return a.say("cli.template.written", "file", to)
		}
		out = append(out, c)
	}
	return out
}

// collectionCommand says what share of what is due was collected.
func (a *app) collectionCommand() *cobra.Command {
	var f deskFlags
	var year string
	var json bool
	c := &cobra.Command{Use: "collection", Short: a.p.T("cli.collection.short"), Long: a.p.T("cli.collection.long"), Args: a.noArgs, Example: "  tongchou collection --store DIR --year 2026"}
	f.add(a, c)
	c.Flags().StringVar(&year, "year", "", a.p.T("cli.flag.year"))
	c.Flags().BoolVar(&json, "json", false, a.p.T("cli.flag.json"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		of, err := requiredYear(year)
		if err != nil {
			return err
		}
		return f.do(c, a, func(ctx context.Context, d *enrolDesk) error {
			all, err := d.Collect(ctx, d.Store, d.act, of, nil)
			if err != nil {
				return err
			}
			return a.collections(all, json)
		})
	}
	return c
}

func (a *app) collections(all intake.Collections, asJSON bool) error {
	keys := all.Keys()
	if asJSON {
		lines := []map[string]any{}
		for _, k := range keys {
			c := all[k]
			lines = append(lines, map[string]any{"division": string(k.Area), "insurance": k.Insurance.String(), "persons": c.Persons, "owing": c.Owing, "unpriced": c.Unpriced,
				"due": c.Due.String(), "received": c.Received.String(), "estimated": c.Estimated.String(), "subsidy": c.Subsidy.String(), "rate": c.Rate().Exact(6)})
		}
		return exchange.WriteJSON(a.out, map[string]any{"collections": lines})
	}
	head := []string{a.p.T("cli.collection.division"), a.p.T("cli.collection.insurance"), a.p.T("cli.collection.persons"), a.p.T("cli.collection.owing"), a.p.T("cli.collection.due"),
		a.p.T("cli.collection.received"), a.p.T("cli.collection.rate"), a.p.T("cli.collection.subsidy"), a.p.T("cli.collection.estimated")}
	var rows [][]string
	for _, k := range keys {
		c := all[k]
		rows = append(rows, []string{a.p.Division(k.Area), a.p.T("web.insurance." + k.Insurance.String()), a.p.Value(c.Persons), a.p.Value(c.Owing), c.Due.In(money.Yuan), c.Received.In(money.Yuan),
			c.Rate().Exact(4), c.Subsidy.In(money.Yuan), c.Estimated.In(money.Yuan)})
	}
	if err := table(a.out, head, rows); err != nil {
		return fault.Wrap(err, "cli.cannot_write", "file", standard)
	}
	return nil
}
