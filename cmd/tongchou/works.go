package main

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tongchou/internal/enrol"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/intake"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/store"
)

// worksCommand is the work list of what other departments reported.
func (a *app) worksCommand() *cobra.Command {
	return a.group("works", a.worksList(), a.worksDecide("accept"), a.worksDecide("dismiss"), a.worksCovers(), a.worksRules(), a.worksRule(), a.worksRevoke())
}

func (a *app) worksOf(name string) *cobra.Command {
	return &cobra.Command{Use: name, Short: a.p.T("cli.works." + name + ".short"), Args: a.noArgs}
}

func (a *app) worksList() *cobra.Command {
	var f deskFlags
	var kind, state string
	var asJSON bool
	c := a.worksOf("list")
	c.Example = "  tongchou works list --store DIR --kind births --json"
	f.add(a, c)
	c.Flags().StringVar(&kind, "kind", "", a.p.T("cli.flag.works_kind"))
	c.Flags().StringVar(&state, "state", string(store.WorkOpen), a.p.T("cli.flag.works_state"))
	c.Flags().BoolVar(&asJSON, "json", false, a.p.T("cli.flag.json"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		return f.do(c, a, func(ctx context.Context, d *enrolDesk) error {
			works, more, err := d.Reports().Works(ctx, d.act, store.WorkQuery{State: store.WorkState(state), Matter: enrol.Matter(kind)})
			if err != nil {
				return err
			}
			advice, err := d.Advise(ctx, d.Store, d.act, works)
			if err != nil {
				return err
			}
			if asJSON {
				return a.worksJSON(works, advice)
			}
			return a.worksTable(works, advice, more)
		})
	}
	return c
}

func (a *app) worksJSON(works []store.Work, advice []enrol.Suggestion) error {
	lines := make([]map[string]any, 0, len(works))
	for i, w := range works {
		lines = append(lines, map[string]any{"id": w.ID, "version": int64(w.Version), "division": string(w.Division), "kind": string(w.Matter), "step": string(w.Step), "likeness": string(w.Likeness),
			"person": int64(w.Person), "source": int64(w.Source), "row": w.Row, "amount": w.Amount.String(), "state": string(w.State), "did": string(w.Did), "rule": w.Rule,
			"name": office.MaskName(w.Report.Name), "number": office.MaskNumber(w.Report.Number), "why": a.p.Text(advice[i].Why), "clause": string(advice[i].Clause)})
	}
	return exchange.WriteJSON(a.out, map[string]any{"works": lines})
}

func (a *app) worksTable(works []store.Work, advice []enrol.Suggestion, more bool) error {
	if len(works) == 0 {
		return a.say("cli.works.none")
	}
	rows := [][]string{{a.p.T("cli.works.id"), a.p.T("cli.works.division"), a.p.T("cli.works.kind"), a.p.T("cli.works.who"), a.p.T("cli.works.step"), a.p.T("cli.works.why")}}
	for i, w := range works {
		rows = append(rows, []string{w.ID, a.p.Division(w.Division), a.p.T("enrol.matter." + string(w.Matter)), office.MaskName(w.Report.Name), a.p.T("enrol.step." + string(w.Step)),
			a.p.Text(advice[i].Why) + " [" + string(advice[i].Clause) + "]"})
	}
	if err := list(a.out, rows); err != nil {
		return fault.Wrap(err, "cli.cannot_write", "file", standard)
	}
	if more {
		return a.say("cli.works.more", "count", len(works))
	}
	return nil
}

// worksDecide does or dismisses items by their ids.
func (a *app) worksDecide(name string) *cobra.Command {
	var f deskFlags
	var reason, step string
	var keep int
	c := &cobra.Command{Use: name + " ID...", Short: a.p.T("cli.works." + name + ".short"), Example: "  tongchou works " + name + " 0123456789abcdef01234567 --store DIR --reason REASON"}
	c.Args = a.someArgs
	f.add(a, c)
	c.Flags().StringVar(&reason, "reason", "", a.p.T("cli.flag.reason"))
	if name == "accept" {
		c.Flags().StringVar(&step, "step", "", a.p.T("cli.flag.works_step"))
		c.Flags().IntVar(&keep, "keep", 0, a.p.T("cli.flag.works_keep"))
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		return f.do(c, a, func(ctx context.Context, d *enrolDesk) error {
			for _, id := range args {
				w, found, err := d.Reports().Work(ctx, d.act.Scope, id)
				if err != nil {
					return err
				}
				if !found {
					return fault.New(fault.Refused, "store.no_work", "id", id)
				}
				choice := intake.Choice{Reason: reason, Keep: keep}
				if name == "accept" {
					choice.Step = w.Step
					if step != "" {
						choice.Step = enrol.Step(step)
					}
				}
				if err := d.Decide(ctx, d.Store, d.act, id, w.Version, choice); err != nil {
					return err
				}
				if err := a.say("cli.works."+name+".done", "id", id); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return c
}

// worksCovers looks for duplicate and wrong cover.
func (a *app) worksCovers() *cobra.Command {
	var f deskFlags
	var preview bool
	c := a.worksOf("covers")
	c.Example = "  tongchou works covers --store DIR --preview"
	f.add(a, c)
	c.Flags().BoolVar(&preview, "preview", false, a.p.T("cli.flag.preview"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		return f.do(c, a, func(ctx context.Context, d *enrolDesk) error {
			check, err := d.Covers(ctx, d.Store, d.act, preview, nil)
			if err != nil {
				return err
			}
			if err := a.say("cli.works.covers.done", "persons", check.Persons, "filed", check.Filed+check.Routed, "repeated", check.Repeated); err != nil {
				return err
			}
			for _, doubt := range slices.Sorted(maps.Keys(check.Doubts)) {
				if err := a.say("cli.works.covers.doubt", "doubt", a.p.T("web.enrol.wrong."+string(doubt)), "count", check.Doubts[doubt]); err != nil {
					return err
				}
			}
			var sum money.Fen
			for _, m := range check.Misspent {
				sum += m.Total()
			}
			return a.say("cli.works.covers.misspent", "count", int64(len(check.Misspent)), "amount", sum)
		})
	}
	return c
}

func (a *app) worksRules() *cobra.Command {
	var f deskFlags
	c := a.worksOf("rules")
	c.Example = "  tongchou works rules --store DIR"
	f.add(a, c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return f.do(c, a, func(ctx context.Context, d *enrolDesk) error {
			rules, err := d.Reports().Rules(ctx, d.act.Scope)
			if err != nil {
				return err
			}
			if len(rules) == 0 {
				return a.say("cli.works.rules.none")
			}
			rows := [][]string{{a.p.T("cli.works.id"), a.p.T("cli.works.division"), a.p.T("cli.works.kind"), a.p.T("cli.works.step"), a.p.T("cli.works.since"), a.p.T("cli.works.reason"), a.p.T("cli.works.revoked")}}
			for _, r := range rules {
				revoked := ""
				if !r.Revoked.IsZero() {
					revoked = r.Revoked.Format(time.DateOnly) + " " + r.RevokedWhy
				}
				rows = append(rows, []string{r.ID, a.p.Division(r.Division), a.p.T("enrol.matter." + string(r.Matter)), a.p.T("enrol.step." + string(r.Step)), string(r.Since), r.Reason, revoked})
			}
			if err := list(a.out, rows); err != nil {
				return fault.Wrap(err, "cli.cannot_write", "file", standard)
			}
			return nil
		})
	}
	return c
}

// worksRule puts a rule on file.
func (a *app) worksRule() *cobra.Command {
	var f deskFlags
	var kind, step, reason, since string
	c := a.worksOf("rule")
	c.Example = "  tongchou works rule --store DIR --kind hardship --step group --reason REASON"
	f.add(a, c)
	c.Flags().StringVar(&kind, "kind", "", a.p.T("cli.flag.works_kind"))
	c.Flags().StringVar(&step, "step", "", a.p.T("cli.flag.works_step"))
	c.Flags().StringVar(&reason, "reason", "", a.p.T("cli.flag.reason"))
	c.Flags().StringVar(&since, "since", "", a.p.T("cli.flag.works_since"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		return f.do(c, a, func(ctx context.Context, d *enrolDesk) error {
			if since == "" {
				since = string(d.Today)
			}
			if _, ok := policy.ParseDate(since); !ok {
				return fault.New(fault.Usage, "cli.bad_date", "value", since)
			}
			r := store.WorkRule{ID: rand.Text(), Division: d.act.Chain, Matter: enrol.Matter(kind), Step: enrol.Step(step), Since: policy.Date(since), Reason: reason}
			act := d.act
			act.Action, act.Object, act.Why = "rule.save", office.Object{Kind: "rule", ID: r.ID}, reason
			if _, err := d.Write(ctx, act, func(t *store.Tx) error { return t.SaveRule(r) }); err != nil {
				return err
			}
			return a.say("cli.works.rule.done", "id", r.ID)
		})
	}
	return c
}

func (a *app) worksRevoke() *cobra.Command {
	var f deskFlags
	var reason string
	c := &cobra.Command{Use: "revoke ID", Short: a.p.T("cli.works.revoke.short"), Args: a.exactly(1), Example: "  tongchou works revoke RULE --store DIR --reason REASON"}
	f.add(a, c)
	c.Flags().StringVar(&reason, "reason", "", a.p.T("cli.flag.reason"))
	c.RunE = func(c *cobra.Command, args []string) error {
		return f.do(c, a, func(ctx context.Context, d *enrolDesk) error {
			act := d.act
			act.Action, act.Object, act.Why = "rule.revoke", office.Object{Kind: "rule", ID: args[0]}, reason
			if _, err := d.Write(ctx, act, func(t *store.Tx) error { return t.RevokeRule(args[0], reason) }); err != nil {
				return err
			}
			return a.say("cli.works.revoke.done", "id", args[0])
		})
	}
	return c
}
