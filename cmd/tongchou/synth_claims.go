package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/synth"
)

// claimFlags are the flags of synth claims.
type claimFlags struct {
	poolFlags
	province string
	persons  int64
	seed     uint64
	workers  int
	out      string
	insured  string
	force    bool
}

func (a *app) synthClaims() *cobra.Command {
	var f claimFlags
	c := &cobra.Command{Use: "claims", Short: a.p.T("cli.synth.claims.short"), Long: a.p.T("cli.synth.claims.long"), Args: a.noArgs,
		Example: "  tongchou synth claims --policy sichuan --persons 1000000 --years 2024-2025 --out claims.csv\n" +
			"  tongchou synth claims --province 530000 --persons 50000 --years 2025-2025 --out - | gzip > claims.csv.gz"}
	c.Flags().StringVar(&f.policy, "policy", "sichuan", a.p.T("cli.flag.policy"))
	c.Flags().StringVar(&f.province, "province", "", a.p.T("cli.flag.province"))
	c.Flags().Int64Var(&f.persons, "persons", 100_000, a.p.T("cli.flag.persons"))
	c.Flags().StringVar(&f.years, "years", "", a.p.T("cli.flag.claim_years"))
	c.Flags().Uint64Var(&f.seed, "seed", demoSeed, a.p.T("cli.flag.seed"))
	c.Flags().IntVar(&f.workers, "workers", 0, a.p.T("cli.flag.workers"))
	c.Flags().StringVar(&f.out, "out", "claims.csv", a.p.T("cli.flag.out_or_stdout"))
	c.Flags().StringVar(&f.insured, "insured", "", a.p.T("cli.flag.insured"))
	c.Flags().BoolVar(&f.force, "force", false, a.p.T("cli.flag.force"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		if f.province != "" && c.Flags().Changed("policy") {
			return fault.New(fault.Usage, "cli.synth.claims.policy_or_province")
		}
		ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		err := f.run(ctx, a)
		if errors.Is(err, context.Canceled) {
			return fault.New(fault.Refused, "cli.synth.claims.interrupted")
		}
		return err
	}
	return c
}

// run makes up the claims and writes them, and the insured when they are asked for.
func (f *claimFlags) run(ctx context.Context, a *app) error {
	o, err := f.options(a)
	if err != nil {
		return err
	}
	if err := fresh(f.force, f.out, f.insured); err != nil {
		return err
	}
	tree, err := region.Load()
	if err != nil {
		return fault.Wrap(err, "cli.broken_tables")
	}
	claims, err := synth.NewClaims(o, tree)
	if err != nil {
		return err
	}
	var done synth.ClaimProgress
	progress := a.claimProgress()
	err = a.whole(f.out, func(w io.Writer) error {
		done, err = claims.WriteCSV(ctx, w, f.workers, progress.tell)
		progress.end()
		return err
	})
	if err != nil {
		return err
	}
	if f.out != "-" {
		if err := a.say("cli.synth.claims.written", "file", f.out, "rows", done.Rows, "persons", o.Persons); err != nil {
			return err
		}
	}
	if f.insured == "" {
		return nil
	}
	return f.writeInsured(ctx, a, claims, o)
}

func (f *claimFlags) writeInsured(ctx context.Context, a *app, claims *synth.Claims, o synth.ClaimOptions) error {
	if err := writeRegister(ctx, f.insured, claims, o); err != nil {
		return err
	}
	return a.say("cli.synth.written", "file", f.insured)
}

// writeRegister writes the enrolment register of all years of made-up claims.
func writeRegister(ctx context.Context, path string, claims *synth.Claims, o synth.ClaimOptions) error {
	var groups []synth.Insured
	for year := o.From; year <= o.To; year++ {
		of, err := claims.Insured(ctx, year)
		if err != nil {
			return err
		}
		groups = append(groups, of...)
	}
	var b bytes.Buffer
	if err := synth.WriteInsuredCSV(&b, groups); err != nil {
		return err
	}
	return writeFile(path, b.Bytes())
}

// options reads the flags: the province is the policy's own or the one given, the years are those of a demo.
func (f *claimFlags) options(a *app) (synth.ClaimOptions, error) {
	o := synth.ClaimOptions{Persons: f.persons, Seed: f.seed}
	span := years{lastBulletin, lastBulletin}
	var err error
	if f.province != "" {
		o.Province, err = a.province(f.province)
	} else {
		var pack *policy.Pack
		if pack, err = f.pack(a); err == nil {
			o.Province = pack.Provinces[0]
		}
	}
	if err == nil && f.years != "" {
		span.from, span.to, _, err = f.span()
	}
	o.From, o.To = span.from, span.to
	return o, err
}

// lastBulletin is the last year that is published.
const lastBulletin policy.Year = 2025

func (f *claimFlags) pack(a *app) (*policy.Pack, error) {
	library, err := policy.Load(a.policyFiles())
	if err != nil {
		return nil, err
	}
	return a.pack(library, f.policy)
}

// claimProgress is a line on a terminal that says how far the claims have come; elsewhere nothing is said.
type claimProgress struct {
	a           *app
	shown       bool
	begun, last time.Time
}

func (a *app) claimProgress() *claimProgress {
	now := time.Now()
	return &claimProgress{a: a, shown: terminal(a.errs), begun: now, last: now}
}

func terminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// progressEvery is how often the line is written anew.
const progressEvery = 200 * time.Millisecond

func (p *claimProgress) tell(done synth.ClaimProgress) {
	now := time.Now()
	if !p.shown || now.Sub(p.last) < progressEvery {
		return
	}
	p.last = now
	taken := now.Sub(p.begun)
	left := time.Duration(float64(taken) * float64(done.Of-done.PersonYears) / float64(done.PersonYears))
	p.line(p.a.p.T("cli.synth.claims.progress", "percent", int(done.PersonYears*100/done.Of), "rows", done.Rows,
		"rate", int64(float64(done.Rows)/taken.Seconds()), "left", left.Round(time.Second).String()))
}

// end clears the line.
func (p *claimProgress) end() {
	if p.shown && p.last != p.begun {
		p.line("")
	}
}

func (p *claimProgress) line(text string) {
	_, _ = io.WriteString(p.a.errs, strings.Join([]string{"\r", text, "\x1b[K"}, "")) // a line that fails to show is no reason to stop
}
