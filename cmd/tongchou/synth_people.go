package main

import (
	"bufio"
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/synth"
)

// synthPeopleFlags are the flags of synth people.
type synthPeopleFlags struct {
	province, years, out string
	persons              int64
	seed                 uint64
	workers              int
	force                bool
}

func (a *app) synthPeople() *cobra.Command {
	var f synthPeopleFlags
	c := &cobra.Command{Use: "people", Short: a.p.T("cli.synth.people.short"), Long: a.p.T("cli.synth.people.long"), Args: a.noArgs,
		Example: "  tongchou synth people --persons 100000 --out people.csv\n  tongchou synth people --province 530000 --years 2018-2026 --out -"}
	c.Flags().StringVar(&f.province, "province", "510000", a.p.T("cli.flag.province"))
	c.Flags().Int64Var(&f.persons, "persons", 100_000, a.p.T("cli.flag.persons"))
	c.Flags().StringVar(&f.years, "years", "2021-2026", a.p.T("cli.flag.people_years"))
	c.Flags().Uint64Var(&f.seed, "seed", demoSeed, a.p.T("cli.flag.seed"))
	c.Flags().IntVar(&f.workers, "workers", 0, a.p.T("cli.flag.workers"))
	c.Flags().StringVar(&f.out, "out", "people.csv", a.p.T("cli.flag.out_or_stdout"))
	c.Flags().BoolVar(&f.force, "force", false, a.p.T("cli.flag.force"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		return untilInterrupted(c, func(ctx context.Context) error { return f.run(ctx, a) })
	}
	return c
}

func (f *synthPeopleFlags) run(ctx context.Context, a *app) error {
	years := poolFlags{years: f.years}
	from, to, _, err := years.span()
	if err != nil {
		return err
	}
	tree, err := region.Load()
	if err != nil {
		return fault.Wrap(err, "cli.broken_tables")
	}
	people, err := synth.NewPeople(synth.PeopleOptions{Province: region.Code(f.province), Persons: f.persons, From: policy.Year(from), To: policy.Year(to), Seed: f.seed}, tree)
	if err != nil {
		return err
	}
	if err := fresh(f.force, f.out); err != nil {
		return err
	}
	begun, shown := time.Now(), a.claimProgress()
	err = a.whole(f.out, func(w io.Writer) error {
		buffered := bufio.NewWriterSize(w, 1<<20)
		err := people.WriteCSV(ctx, buffered, f.workers, func(done int64) { shown.people(done, f.persons, begun) })
		shown.end()
		if err != nil {
			return err
		}
		return buffered.Flush()
	})
	if err != nil || f.out == standard {
		return err
	}
	return a.say("cli.synth.written", "file", f.out)
}

// people tells how many persons were made up.
func (p *claimProgress) people(done, of int64, begun time.Time) {
	now := time.Now()
	if !p.shown || now.Sub(p.last) < progressEvery {
		return
	}
	p.last = now
	taken := now.Sub(begun)
	left := time.Duration(float64(taken) * float64(of-done) / float64(done))
	p.line(p.a.p.T("cli.synth.claims.progress", "percent", int(done*100/of), "rows", done, "rate", int64(float64(done)/taken.Seconds()), "left", left.Round(time.Second).String()))
}
