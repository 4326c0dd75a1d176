package main

import (
	"context"
	"errors"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"syscall"

	"github.com/spf13/cobra"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/lake"
	"tongchou/internal/policy"
)

func (a *app) claimsCommand() *cobra.Command {
	return a.group("claims", a.claimsImport(), a.claimsSources(), a.claimsList(), a.claimsWithdraw(), a.claimsVerify(), a.claimsCheck(), a.claimsRows(),
		a.claimsSign(), a.claimsDecompose(), a.claimsPivot(), a.claimsPrepare(), a.claimsKey(), a.claimsColumnar())
}

// claiming does what reads or writes a claims store. Ctrl+C ends it with nothing changed; a program without the engine is the
// wrong one for the command, and exits as for wrong usage.
func claiming(c *cobra.Command, do func(context.Context) error) error {
	ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := do(ctx)
	var e *fault.Error
	switch {
	case errors.Is(err, context.Canceled):
		return fault.New(fault.Refused, "cli.claims.interrupted")
	case errors.As(err, &e) && e.Key == "lake.no_engine":
		return &fault.Error{Kind: fault.Usage, Message: e.Message}
	}
	return err
}

// claimKind reads --kind.
func claimKind(text string) (lake.Kind, error) {
	switch kind := lake.Kind(text); kind {
	case lake.Final, lake.Preliminary:
		return kind, nil
	}
	return "", fault.New(fault.Usage, "cli.claims.kind", "value", text, "known", []string{string(lake.Final), string(lake.Preliminary)})
}

// claimKinds are the kinds in the order they are shown.
func claimKinds() []lake.Kind { return []lake.Kind{lake.Final, lake.Preliminary} }

func (a *app) claimsList() *cobra.Command {
	var f storeFlags
	var asJSON bool
	c := &cobra.Command{Use: "list", Short: a.p.T("cli.claims.list.short"), Long: a.p.T("cli.claims.list.long"), Args: a.noArgs,
		Example: "  tongchou claims list --data CLAIMS"}
	f.add(a, c, "data", a.p.T("cli.flag.claims_data"))
	c.Flags().BoolVar(&asJSON, "json", false, a.p.T("cli.flag.json"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		return claiming(c, func(context.Context) error {
			l, err := a.store(&f)
			if err != nil {
				return err
			}
			defer l.Close() // nothing was written
			m, err := l.Manifest()
			if err != nil {
				return err
			}
			if asJSON {
				return exchange.WriteJSON(a.out, m)
			}
			return a.printManifest(m)
		})
	}
	return c
}

func (a *app) printManifest(m lake.Manifest) error {
	if slices.ContainsFunc(m.Imports, func(i lake.Import) bool { return i.Synthetic && !i.Withdrawn }) {
		if err := a.say("cli.label.synthetic"); err != nil {
			return err
		}
	}
	rows := [][]string{a.claimHeads("id", "kind", "source", "at", "rows", "rejected", "refunds", "orphans", "period", "state")}
	for _, i := range m.Imports {
		state := fault.Msg("cli.claims.state.counts")
		if i.Withdrawn {
			state = fault.Msg("cli.claims.state.withdrawn")
		}
		rows = append(rows, []string{i.ID, a.p.Value(i.Kind), i.Source, i.At, a.p.Value(i.Rows), a.p.Value(i.Rejected), a.p.Value(i.Refunds),
			a.p.Value(i.Orphans), string(i.From) + "…" + string(i.To), a.p.Text(state)})
	}
	if err := list(a.out, rows); err != nil {
		return err
	}
	snapshots := [][]string{a.claimHeads("year", "kind", "rows", "imports", "snapshot")}
	for _, year := range claimYears(m) {
		for _, kind := range claimKinds() {
			if s := m.Snapshot(year, kind); s.Rows > 0 {
				snapshots = append(snapshots, []string{strconv.Itoa(int(year)), a.p.Value(kind), a.p.Value(s.Rows), a.p.Value(s.Imports), s.ID})
			}
		}
	}
	if len(snapshots) == 1 {
		return nil
	}
	if err := a.say("cli.claims.list.snapshots"); err != nil {
		return err
	}
	return list(a.out, snapshots)
}

// claimYears are the years that a manifest has files of.
func claimYears(m lake.Manifest) []policy.Year {
	years := map[policy.Year]bool{}
	for _, i := range m.Imports {
		for _, f := range i.Files {
			years[f.Year] = true
		}
	}
	return slices.Sorted(maps.Keys(years))
}

func (a *app) claimHeads(names ...string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = a.p.T("cli.claims.head." + n)
	}
	return out
}

func (a *app) claimsWithdraw() *cobra.Command {
	var f storeFlags
	c := &cobra.Command{Use: "withdraw ID", Short: a.p.T("cli.claims.withdraw.short"), Long: a.p.T("cli.claims.withdraw.long"), Args: a.exactly(1),
		Example: "  tongchou claims withdraw i000002 --data CLAIMS"}
	f.add(a, c, "data", a.p.T("cli.flag.claims_data"))
	c.RunE = func(c *cobra.Command, args []string) error {
		return claiming(c, func(context.Context) error {
			l, err := a.store(&f)
			if err != nil {
				return err
			}
			defer l.Close() // the manifest is written by then
			if err := l.Withdraw(args[0]); err != nil {
				return err
			}
			return a.say("cli.claims.withdraw.done", "id", args[0])
		})
	}
	return c
}

func (a *app) claimsVerify() *cobra.Command {
	var f storeFlags
	c := &cobra.Command{Use: "verify", Short: a.p.T("cli.claims.verify.short"), Long: a.p.T("cli.claims.verify.long"), Args: a.noArgs,
		Example: "  tongchou claims verify --data CLAIMS"}
	f.add(a, c, "data", a.p.T("cli.flag.claims_data"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		return claiming(c, func(context.Context) error {
			l, err := a.store(&f)
			if err != nil {
				return err
			}
			defer l.Close() // nothing was written
			if err := l.Verify(); err != nil {
				return err
			}
			m, err := l.Manifest()
			if err != nil {
				return err
			}
			var imports, files, rows int64
			for _, i := range m.Imports {
				if !i.Withdrawn {
					imports, files, rows = imports+1, files+int64(len(i.Files)), rows+i.Rows
				}
			}
			return a.say("cli.claims.verify.good", "imports", imports, "files", files, "rows", rows)
		})
	}
	return c
}
