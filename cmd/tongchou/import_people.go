package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	persons "tongchou/internal/exchange/people"
	"tongchou/internal/fault"
	"tongchou/internal/intake"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// peopleFlags are the flags of import people.
type peopleFlags struct {
	store, division, refused string
	preview, force, add      bool
}

func (a *app) importPeople() *cobra.Command {
	var f peopleFlags
	c := &cobra.Command{Use: "people FILE...", Short: a.p.T("cli.import.people.short"), Long: a.p.T("cli.import.people.long"),
		Example: "  tongchou import people 2026.csv --store DIR --preview\n  tongchou import people 2026.csv --store DIR\n  tongchou import people 510104.xlsx --store DIR --division 510104 --refused back.xlsx"}
	c.Args = a.someArgs
	a.storeFlag(c, &f.store)
	c.Flags().StringVar(&f.division, "division", "510000", a.p.T("cli.flag.people_division"))
	c.Flags().StringVar(&f.refused, "refused", "", a.p.T("cli.flag.refused"))
	c.Flags().BoolVar(&f.preview, "preview", false, a.p.T("cli.flag.preview"))
	c.Flags().BoolVar(&f.force, "force", false, a.p.T("cli.flag.force"))
	c.Flags().BoolVar(&f.add, "add", false, a.p.T("cli.flag.people_add"))
	c.RunE = func(c *cobra.Command, args []string) error {
		return untilInterrupted(c, func(ctx context.Context) error { return f.run(ctx, a, args) })
	}
	return c
}

func (f *peopleFlags) run(ctx context.Context, a *app, files []string) error {
	if f.store == "" {
		return fault.New(fault.Usage, "cli.flag_missing", "flag", "--store")
	}
	tree, err := region.Load()
	if err != nil {
		return fault.Wrap(err, "cli.broken_tables")
	}
	division := region.Code(f.division)
	if _, known := tree.Get(division); !known {
		return fault.New(fault.Usage, "cli.import.people.division", "value", f.division)
	}
	s, err := store.Open(ctx, f.store, storeOptions())
	if err != nil {
		return err
	}
	defer s.Close() // everything is committed
	debug.SetGCPercent(importGarbage)
	o := intake.Options{Act: store.Act{Record: office.Record{Chain: division, Who: operator}, Scope: store.ScopeOf(division)}, Preview: f.preview, Add: f.add,
		Counties: counties(tree), Today: policy.DayOf(time.Now())}
	for _, file := range files {
		if err := fresh(f.force, f.back(file)); err != nil {
			return err
		}
		progress := a.importProgress(file)
		o.Progress = func(p intake.Progress) { progress.people(p) }
		report, err := intake.People(ctx, s, file, o)
		progress.end()
		if err != nil {
			return err
		}
		if err := f.tell(ctx, a, report); err != nil {
			return err
		}
	}
	return nil
}

// importGarbage is as batchGarbage, of an import, which keeps more.
const importGarbage = 200

// back is the file that the refused rows of a file go to.
func (f *peopleFlags) back(file string) string {
	if f.refused != "" {
		return f.refused
	}
	extension := filepath.Ext(file)
	return strings.TrimSuffix(file, extension) + ".refused" + extension
}

// counties tells which codes are counties.
func counties(tree *region.Tree) func(region.Code) bool {
	return func(c region.Code) bool {
		_, known := tree.Get(c)
		return known && c.Level() == region.County
	}
}

// people tells how far an import of persons is.
func (p *importProgress) people(done intake.Progress) {
	if done.Elapsed-p.last < p.every {
		return
	}
	p.last = done.Elapsed
	percent, left := int64(100), time.Duration(0)
	if done.Size > 0 && done.Bytes > 0 {
		percent = min(percent, done.Bytes*100/done.Size)
		left = time.Duration(float64(done.Elapsed) * float64(max(0, done.Size-done.Bytes)) / float64(done.Bytes))
	}
	p.write(p.a.p.T("cli.claims.import.progress", "file", p.file, "percent", percent, "rows", done.Rows, "rejected", done.Refused,
		"rate", int64(float64(done.Rows)/done.Elapsed.Seconds()), "left", left.Round(time.Second).String()))
}

// tell says what an import came to, and gives the refused rows back.
func (f *peopleFlags) tell(ctx context.Context, a *app, r intake.Report) error {
	if r.Again {
		if err := a.say("cli.import.people.again", "file", r.File.Name); err != nil || !f.add {
			return err
		}
	}
	done := "cli.import.people.done"
	if f.preview {
		done = "cli.import.people.preview"
	}
	if err := a.say(done, "file", r.File.Name, "rows", r.Rows, "persons", r.Persons, "refused", len(r.Refused)); err != nil {
		return err
	}
	if f.add {
		if err := a.say("cli.import.people.added", "added", r.Added, "agreed", r.Agreed); err != nil {
			return err
		}
	}
	if r.Before > 0 {
		if err := a.say("cli.import.people.resumed", "rows", r.Before); err != nil {
			return err
		}
	}
	return f.giveBack(ctx, a, r.File, r.Refused, r.First(mostRejects), r.Synthetic > 0)
}

// giveBack says that rows were made up, tells the first problems, and writes the refused rows to where they can be put right.
func (f *peopleFlags) giveBack(ctx context.Context, a *app, file *persons.File, refused persons.Problems, first []fault.Problem, synthetic bool) error {
	if synthetic {
		if err := a.say("cli.label.synthetic"); err != nil {
			return err
		}
	}
	if len(refused) == 0 {
		return nil
	}
	for _, p := range first {
		if _, err := fmt.Fprintln(a.errs, a.p.Problem(p)); err != nil {
			return err
		}
	}
	path := f.back(file.Path)
	if err := wholeFile(path, func(w io.Writer) error { return file.WriteRefused(ctx, w, refused, a.p) }); err != nil {
		return err
	}
	return a.say("cli.import.people.refused", "file", path)
}

func (a *app) templatePeople() *cobra.Command {
	var out string
	var years []int
	var force bool
	c := &cobra.Command{Use: "people", Short: a.p.T("cli.template.people.short"), Long: a.p.T("cli.template.people.long"), Args: a.noArgs,
		Example: "  tongchou template people --year 2025,2026"}
	c.Flags().IntSliceVar(&years, "year", []int{2025, 2026}, a.p.T("cli.flag.year"))
	c.Flags().StringVar(&out, "out", "people.xlsx", a.p.T("cli.flag.out"))
	c.Flags().BoolVar(&force, "force", false, a.p.T("cli.flag.force"))
	c.RunE = func(*cobra.Command, []string) error {
		var wanted []policy.Year
		for _, year := range years {
			if year < int(persons.FirstYear) || year > int(persons.LastYear) {
				return fault.New(fault.Usage, "cli.template.people.year", "value", year, "from", int(persons.FirstYear), "to", int(persons.LastYear))
			}
			wanted = append(wanted, policy.Year(year))
		}
		if err := fresh(force, out); err != nil {
			return err
		}
		if err := a.whole(out, func(w io.Writer) error { return persons.WriteTemplate(w, wanted, a.p) }); err != nil || out == standard {
			return err
		}
		return a.say("cli.template.written", "file", out)
	}
	return c
}
