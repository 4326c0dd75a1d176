package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	persons "tongchou/internal/exchange/people"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// exportPeopleFlags are the flags of export people.
type exportPeopleFlags struct {
	store, division, out, reason string
	year                         int
	plain, force                 bool
}

func (a *app) exportCommand() *cobra.Command {
	return a.group("export", a.exportPeople())
}

func (a *app) exportPeople() *cobra.Command {
	var f exportPeopleFlags
	c := &cobra.Command{Use: "people", Short: a.p.T("cli.export.people.short"), Long: a.p.T("cli.export.people.long"), Args: a.noArgs,
		Example: "  tongchou export people --store DIR --division 510104 --out people.xlsx\n  tongchou export people --store DIR --year 2026 --out people.csv --plain --reason 2026-12"}
	a.storeFlag(c, &f.store)
	c.Flags().StringVar(&f.division, "division", "510000", a.p.T("cli.flag.people_division"))
	c.Flags().IntVar(&f.year, "year", time.Now().Year(), a.p.T("cli.flag.export_year"))
	c.Flags().StringVar(&f.out, "out", "people.csv", a.p.T("cli.flag.out_or_stdout"))
	c.Flags().BoolVar(&f.plain, "plain", false, a.p.T("cli.flag.plain"))
	c.Flags().StringVar(&f.reason, "reason", "", a.p.T("cli.flag.plain_reason"))
	c.Flags().BoolVar(&f.force, "force", false, a.p.T("cli.flag.force"))
	c.Flags().Lookup("year").DefValue = ""
	c.RunE = func(c *cobra.Command, _ []string) error {
		return untilInterrupted(c, func(ctx context.Context) error { return f.run(ctx, a) })
	}
	return c
}

func (f *exportPeopleFlags) run(ctx context.Context, a *app) error {
	tree, err := region.Load()
	if err != nil {
		return fault.Wrap(err, "cli.broken_tables")
	}
	if _, known := tree.Get(region.Code(f.division)); !known {
		return fault.New(fault.Usage, "cli.import.people.division", "value", f.division)
	}
	if f.reason = strings.TrimSpace(f.reason); f.plain && f.reason == "" {
		return fault.New(fault.Usage, "cli.export.people.reason")
	}
	if f.year < int(persons.FirstYear) || f.year > int(persons.LastYear) {
		return fault.New(fault.Usage, "cli.template.people.year", "value", f.year, "from", int(persons.FirstYear), "to", int(persons.LastYear))
	}
	if err := fresh(f.force, f.out); err != nil {
		return err
	}
	s, err := openStore(ctx, f.store)
	if err != nil {
		return err
	}
	defer s.Close() // nothing is left to write
	if err := protected(f.out); err != nil {
		return err
	}
	var count int
	err = a.whole(f.out, func(w io.Writer) error { count, err = f.write(ctx, a, s, w); return err })
	if err != nil || f.out == standard {
		return err
	}
	return a.say("cli.export.people.done", "file", f.out, "persons", count)
}

// protected makes a file that only its owner reads, for what is written to take its place and its permissions.
func protected(path string) error {
	if path == standard {
		return nil
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		return fault.Wrap(err, "cli.cannot_write", "file", path)
	}
	return nil
}

// write writes everybody within the division. That it is done, and why it is done in plain, is in the audit chain before the first row.
func (f *exportPeopleFlags) write(ctx context.Context, a *app, s *store.Store, w io.Writer) (count int, err error) {
	act := store.Act{Record: office.Record{Chain: region.Code(f.division), Who: operator, Why: f.reason}, Scope: store.ScopeOf(region.Code(f.division))}
	if f.plain {
		unmask := act
		unmask.Action, unmask.Object = "person.unmask", office.Object{Kind: "persons", ID: f.division}
		if _, err := s.Write(ctx, unmask, func(*store.Tx) error { return nil }); err != nil {
			return 0, err
		}
	}
	buffered := bufio.NewWriterSize(w, 1<<20)
	export := persons.Export{Year: policy.Year(f.year), Plain: f.plain, Printer: a.p}
	begin := export.CSV
	if strings.EqualFold(filepath.Ext(f.out), ".xlsx") {
		begin = export.XLSX
	}
	if err := begin(buffered); err != nil {
		return 0, err
	}
	debug.SetGCPercent(batchGarbage)
	progress := a.counted("cli.export.people.progress")
	for person, err := range s.Persons().Stream(ctx, act) {
		if err == nil {
			err = export.Person(person.File, person.County)
		}
		if err != nil {
			return count, err
		}
		count++
		progress(count)
	}
	progress(0)
	if err := export.Close(); err != nil {
		return count, err
	}
	return count, buffered.Flush()
}
