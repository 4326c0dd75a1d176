package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/policy"
)

func (a *app) policyCommand() *cobra.Command {
	return a.group("policy", a.policyList(), a.policyShow(), a.policyDiff(), a.policyCheck())
}

// jsonFlag registers --json.
func (a *app) jsonFlag(c *cobra.Command) *bool {
	return c.Flags().Bool("json", false, a.p.T("cli.flag.json"))
}

// onFlag registers --on; its value is a day, today when it is not given.
func (a *app) onFlag(c *cobra.Command) func() (policy.Date, error) {
	text := c.Flags().String("on", "", a.p.T("cli.flag.on"))
	return func() (policy.Date, error) {
		if *text == "" {
			return policy.DayOf(time.Now()), nil
		}
		on, ok := policy.ParseDate(*text)
		if !ok {
			return "", fault.New(fault.Usage, "cli.bad_date", "value", *text)
		}
		return on, nil
	}
}

func (a *app) policyList() *cobra.Command {
	c := &cobra.Command{Use: "list", Short: a.p.T("cli.policy.list.short"), Args: a.noArgs}
	asJSON := a.jsonFlag(c)
	c.RunE = func(*cobra.Command, []string) error {
		engine, err := a.engine()
		if err != nil {
			return err
		}
		type packJSON struct {
			ID     string        `json:"id"`
			Title  string        `json:"title"`
			Status policy.Status `json:"status"`
			Source string        `json:"source"`
			Note   string        `json:"note"`
		}
		packs := []packJSON{}
		rows := [][]string{a.headers("policy", "status", "source", "title")}
		for _, p := range engine.Library.Packs {
			lang := string(a.p.Lang)
			packs = append(packs, packJSON{p.ID, p.Title.In(lang), p.Status(), p.Source.ID, p.Note.In(lang)})
			rows = append(rows, []string{p.ID, a.p.T("value." + string(p.Status())), p.Source.ID, p.Title.In(lang)})
		}
		if *asJSON {
			return exchange.WriteJSON(a.out, map[string]any{"policies": packs})
		}
		return list(a.out, rows)
	}
	return c
}

// parameterJSON is one effective parameter in the shape machines read.
type parameterJSON struct {
	Value   string          `json:"value"`
	Unit    policy.Unit     `json:"unit"`
	From    policy.Date     `json:"from"`
	Clause  policy.ClauseID `json:"clause"`
	Assumed bool            `json:"assumed"`
	Reason  string          `json:"reason,omitempty"`
	Checked policy.Date     `json:"checked"`
	Title   string          `json:"title"`
}

func (a *app) parameter(e policy.Effective) parameterJSON {
	out := parameterJSON{Value: e.Value.String(), Unit: e.Unit, From: e.From, Clause: e.Clause, Assumed: e.Assumed != nil,
		Checked: e.Checked, Title: e.Title.In(string(a.p.Lang))}
	if e.Assumed != nil {
		out.Reason = e.Assumed.In(string(a.p.Lang))
	}
	return out
}

func (a *app) policyShow() *cobra.Command {
	c := &cobra.Command{Use: "show ID", Short: a.p.T("cli.policy.show.short"), Args: a.exactly(1), Example: "  tongchou policy show sichuan --on 2024-12-31"}
	asJSON, on := a.jsonFlag(c), a.onFlag(c)
	c.RunE = func(_ *cobra.Command, args []string) error {
		set, err := a.setOn(args[0], on)
		if err != nil {
			return err
		}
		if *asJSON {
			parameters := map[policy.ParameterID]parameterJSON{}
			for _, e := range set.All() {
				parameters[e.ID] = a.parameter(e)
			}
			return exchange.WriteJSON(a.out, struct {
				Policy     string                               `json:"policy"`
				Status     policy.Status                        `json:"status"`
				On         policy.Date                          `json:"on"`
				Parameters map[policy.ParameterID]parameterJSON `json:"parameters"`
			}{set.Pack.ID, set.Pack.Status(), set.On, parameters})
		}
		return a.printSet(set)
	}
	return c
}

// setOn is a pack as of the day that a flag gives.
func (a *app) setOn(id string, on func() (policy.Date, error)) (*policy.Set, error) {
	_, pack, err := a.engineFor(id)
	if err != nil {
		return nil, err
	}
	day, err := on()
	if err != nil {
		return nil, err
	}
	return pack.At(day), nil
}

func (a *app) printSet(set *policy.Set) error {
	lang := string(a.p.Lang)
	if err := a.say("cli.policy.show.title", "title", set.Pack.Title, "status", a.p.T("value."+string(set.Pack.Status())), "on", string(set.On)); err != nil {
		return err
	}
	all := set.All()
	if len(all) == 0 {
		return a.say("cli.policy.show.nothing", "on", string(set.On))
	}
	rows := [][]string{a.headers("parameter", "value", "unit", "from", "clause", "assumed", "title")}
	for _, e := range all {
		assumed := ""
		if e.Assumed != nil {
			assumed = a.p.T("cli.assumed")
		}
		rows = append(rows, []string{string(e.ID), e.Value.String(), a.p.T("policy.unit." + string(e.Unit)), string(e.From), string(e.Clause), assumed, e.Title.In(lang)})
	}
	return list(a.out, rows)
}

func (a *app) policyDiff() *cobra.Command {
	c := &cobra.Command{Use: "diff A B", Short: a.p.T("cli.policy.diff.short"), Args: a.exactly(2), Example: "  tongchou policy diff sichuan yunnan --on 2026-12-31"}
	asJSON, on := a.jsonFlag(c), a.onFlag(c)
	c.RunE = func(_ *cobra.Command, args []string) error {
		sides := [2]*policy.Set{}
		for i, id := range args {
			var err error
			if sides[i], err = a.setOn(id, on); err != nil {
				return err
			}
		}
		differences := policy.Diff(sides[0], sides[1])
		if *asJSON {
			return a.diffJSON(sides, differences)
		}
		if len(differences) == 0 {
			return a.say("cli.policy.diff.same")
		}
		rows := [][]string{{a.p.T("figure.parameter"), args[0], args[1], a.p.T("figure.title")}}
		for _, d := range differences {
			rows = append(rows, []string{string(d.ID), side(d.A), side(d.B), d.Title.In(string(a.p.Lang))})
		}
		return list(a.out, rows)
	}
	return c
}

func side(e *policy.Effective) string {
	if e == nil {
		return exchange.NoMonths
	}
	return fmt.Sprintf("%s (%s)", e.Value, e.Clause)
}

func (a *app) diffJSON(sides [2]*policy.Set, differences []policy.Difference) error {
	type differenceJSON struct {
		ID policy.ParameterID `json:"id"`
		A  *parameterJSON     `json:"a"`
		B  *parameterJSON     `json:"b"`
	}
	out := []differenceJSON{}
	for _, d := range differences {
		row := differenceJSON{ID: d.ID}
		for _, s := range []struct {
			from *policy.Effective
			to   **parameterJSON
		}{{d.A, &row.A}, {d.B, &row.B}} {
			if s.from != nil {
				shown := a.parameter(*s.from)
				*s.to = &shown
			}
		}
		out = append(out, row)
	}
	return exchange.WriteJSON(a.out, map[string]any{"a": sides[0].Pack.ID, "b": sides[1].Pack.ID, "on": sides[0].On, "differences": out})
}

func (a *app) policyCheck() *cobra.Command {
	return &cobra.Command{Use: "check", Short: a.p.T("cli.policy.check.short"), Args: a.noArgs, RunE: func(*cobra.Command, []string) error {
		engine, err := a.engine()
		if err != nil {
			return err
		}
		values := 0
		for _, p := range engine.Library.Packs {
			for _, parameter := range p.Parameters {
				values += len(parameter.Values)
			}
		}
		return a.say("cli.policy.check.good", "packs", len(engine.Library.Packs), "values", values, "clauses", len(engine.Library.Clauses))
	}}
}

// exactly refuses any other number of arguments.
func (a *app) exactly(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		return fault.New(fault.Usage, "cli.arguments", "want", n, "got", len(args), "command", c.CommandPath())
	}
}
