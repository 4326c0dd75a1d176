package main

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tongchou/internal/benefit"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/synth"
)

func (a *app) benefitCommand() *cobra.Command {
	return a.group("benefit", a.benefitCheck(), a.benefitConverge(), a.benefitAllowance())
}

// cityFlags say whose rules of cities are meant.
type cityFlags struct {
	policy, list, cities string
	json                 bool
}

// rules reads and checks the rules of cities, against the national list too where there is one.
func (f *cityFlags) rules(library *policy.Library, list *policy.List) ([]benefit.CityRule, error) {
	if f.cities == "" {
		return nil, nil
	}
	in, err := exchange.ReadInput(f.cities)
	if err != nil {
		return nil, err
	}
	rules, err := exchange.ReadCityRules(in)
	if err != nil {
		return nil, err
	}
	return rules, benefit.CheckCities(library, rules, list)
}

// national reads the national list; nil when none is given.
func (f *cityFlags) national() (*policy.List, error) {
	if f.list == "" {
		return nil, nil
	}
	in, err := exchange.ReadInput(f.list)
	if err != nil {
		return nil, err
	}
	list, err := policy.ParseList(in.Name, in.Content)
	return &list, err
}

// benefitCheck checks a policy's benefits and the rules of cities against the national list.
func (a *app) benefitCheck() *cobra.Command {
	var f cityFlags
	c := &cobra.Command{Use: "check", Short: a.p.T("cli.benefit.check.short"), Long: a.p.T("cli.benefit.check.long"), Args: a.noArgs,
		Example: "  tongchou benefit check --policy sichuan --list national.yaml --cities cities.xlsx"}
	c.Flags().StringVar(&f.policy, "policy", "", a.p.T("cli.flag.policy"))
	c.Flags().StringVar(&f.list, "list", "", a.p.T("cli.flag.list"))
	c.Flags().StringVar(&f.cities, "cities", "", a.p.T("cli.flag.cities"))
	on := a.onFlag(c)
	c.RunE = func(*cobra.Command, []string) error {
		engine, pack, err := a.engineFor(f.policy)
		if err != nil {
			return err
		}
		day, err := on()
		if err != nil {
			return err
		}
		list, err := f.national()
		if err != nil {
			return err
		}
		rules, err := f.rules(engine.Library, list)
		if err != nil {
			return err
		}
		values := benefit.Values(pack, day)
		if list == nil {
			return a.say("cli.benefit.check.unchecked", "values", len(values), "rules", len(rules))
		}
		var problems fault.List
		for _, e := range values {
			if p, ok := list.Check(e.ID, e.Value); !ok {
				p.File = pack.ID
				problems.Add(p)
			}
		}
		if err := problems.Err(); err != nil {
			return err
		}
		return a.say("cli.benefit.check.good", "values", len(values), "rules", len(rules), "document", list.Document)
	}
	return c
}

// benefitConverge tells how far cities are from one schedule.
func (a *app) benefitConverge() *cobra.Command {
	var f cityFlags
	c := &cobra.Command{Use: "converge", Short: a.p.T("cli.benefit.converge.short"), Long: a.p.T("cli.benefit.converge.long"), Args: a.noArgs,
		Example: "  tongchou benefit converge --policy sichuan --cities cities.xlsx --on 2025-12-31"}
	c.Flags().StringVar(&f.policy, "policy", "", a.p.T("cli.flag.policy"))
	c.Flags().StringVar(&f.cities, "cities", "", a.p.T("cli.flag.cities"))
	c.Flags().BoolVar(&f.json, "json", false, a.p.T("cli.flag.json"))
	on := a.onFlag(c)
	c.RunE = func(*cobra.Command, []string) error {
		engine, pack, err := a.engineFor(f.policy)
		if err != nil {
			return err
		}
		day, err := on()
		if err != nil {
			return err
		}
		if f.cities == "" {
			return fault.New(fault.Usage, "cli.flag_missing", "flag", "--cities")
		}
		rules, err := f.rules(engine.Library, nil)
		if err != nil {
			return err
		}
		return a.printConvergence(f.json, pack, rules, day, benefit.Converge(engine.Library, pack, rules, day))
	}
	return c
}

// benefitAllowance calculates a maternity allowance, step by step.
func (a *app) benefitAllowance() *cobra.Command {
	var id, wage, kind string
	var children int
	c := &cobra.Command{Use: "allowance", Short: a.p.T("cli.benefit.allowance.short"), Long: a.p.T("cli.benefit.allowance.long"), Args: a.noArgs,
		Example: "  tongchou benefit allowance --policy sichuan --wage 7500 --delivery difficult --children 2"}
	c.Flags().StringVar(&id, "policy", "sichuan", a.p.T("cli.flag.policy"))
	c.Flags().StringVar(&wage, "wage", "", a.p.T("cli.flag.wage"))
	c.Flags().StringVar(&kind, "delivery", benefit.NormalDelivery.String(), a.p.T("cli.flag.delivery"))
	c.Flags().IntVar(&children, "children", 1, a.p.T("cli.flag.children"))
	on := a.onFlag(c)
	c.RunE = func(*cobra.Command, []string) error {
		engine, pack, err := a.engineFor(id)
		if err != nil {
			return err
		}
		day, err := on()
		if err != nil {
			return err
		}
		delivery, ok := benefit.ParseDelivery(kind)
		if !ok {
			return fault.New(fault.Usage, "settled.allowance.kind", "field", "--delivery", "value", kind, "kinds", strings.Join(benefit.DeliveryWords(), ", "))
		}
		amount, err := money.ParseFen(wage)
		if err != nil {
			return fault.New(fault.Usage, "settled.allowance.wage", "field", "--wage", "value", wage)
		}
		schedules, err := benefit.Compile(engine.Library, pack, policy.Overlay{})
		if err != nil {
			return err
		}
		return a.printAllowance(schedules, day, amount, delivery, children)
	}
	return c
}

func (a *app) printAllowance(schedules *benefit.Schedules, day policy.Date, wage money.Fen, delivery benefit.Delivery, children int) error {
	schedule := schedules.On(day)
	if schedule == nil {
		return fault.New(fault.Refused, "settled.allowance.none", "policy", schedules.Pack.ID)
	}
	out, err := schedule.Allowance(wage, delivery, children)
	if err != nil {
		return err
	}
	if err := a.labels(schedule.Status, false, nil); err != nil {
		return err
	}
	if err := a.say("cli.benefit.allowance.sum", "amount", out.Amount, "days", out.Days, "policy", schedules.Pack.ID, "on", string(day)); err != nil {
		return err
	}
	_, err = a.out.Write(billTable{a: a}.reasons(nil, out.Reasons))
	return err
}

func (a *app) printConvergence(asJSON bool, pack *policy.Pack, rules []benefit.CityRule, day policy.Date, all []benefit.Convergence) error {
	type rowJSON struct {
		ID       policy.ParameterID `json:"id"`
		Title    string             `json:"title"`
		Province string             `json:"province"`
		Least    string             `json:"least"`
		Most     string             `json:"most"`
		Differ   []region.Code      `json:"differ"`
	}
	shown := []rowJSON{}
	rows := [][]string{append(a.headers("parameter", "province_value", "least", "most", "cities_differ"), a.p.T("figure.title"))}
	for _, c := range all {
		title := c.Title.In(string(a.p.Lang))
		shown = append(shown, rowJSON{c.ID, title, c.Province, c.Least, c.Most, slices.Clip(append([]region.Code{}, c.Differ...))})
		rows = append(rows, []string{string(c.ID), c.Province, c.Least, c.Most, strconv.Itoa(len(c.Differ)), title})
	}
	synthetic := slices.ContainsFunc(rules, func(r benefit.CityRule) bool { return r.Synthetic })
	if asJSON {
		return exchange.WriteJSON(a.out, map[string]any{"policy": pack.ID, "on": day, "synthetic": synthetic, "parameters": shown})
	}
	if err := a.labels(policy.InForce, synthetic, nil); err != nil {
		return err
	}
	if err := a.say("cli.benefit.converge.title", "policy", pack.ID, "on", string(day)); err != nil {
		return err
	}
	return list(a.out, rows)
}

// synthCities makes up how cities depart from a policy's benefits.
func (a *app) synthCities() *cobra.Command {
	var f cityFlags
	var out string
	var seed uint64
	var force bool
	c := &cobra.Command{Use: "cities", Short: a.p.T("cli.synth.cities.short"), Args: a.noArgs, Example: "  tongchou synth cities --policy sichuan --out cities.csv"}
	c.Flags().StringVar(&f.policy, "policy", "sichuan", a.p.T("cli.flag.policy"))
	c.Flags().StringVar(&out, "out", "cities.csv", a.p.T("cli.flag.out"))
	c.Flags().Uint64Var(&seed, "seed", demoSeed, a.p.T("cli.flag.seed"))
	c.Flags().BoolVar(&force, "force", false, a.p.T("cli.flag.force"))
	c.RunE = func(*cobra.Command, []string) error {
		engine, pack, err := a.engineFor(f.policy)
		if err != nil {
			return err
		}
		if err := fresh(force, out); err != nil {
			return err
		}
		schedules, err := benefit.Compile(engine.Library, pack, policy.Overlay{})
		if err != nil {
			return err
		}
		from := schedules.From()
		rules, err := synth.CityRules(pack.Provinces[0], pack, from[len(from)-1], seed, engine.Tree)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if err := exchange.WriteCityRules(&b, rules); err != nil {
			return err
		}
		if err := writeFile(out, b.Bytes()); err != nil {
			return err
		}
		return a.say("cli.synth.written", "file", out)
	}
	return c
}
