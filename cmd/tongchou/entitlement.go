package main

import (
	"context"
	"io"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tongchou/internal/enrol"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// entitlementFlags say under which rules people are answered, and how.
type entitlementFlags struct {
	policy, year, on string
	changes          poolFlags // --set and --scenario
	json, explain    bool
	store, division  string
}

func (a *app) entitlementCommand() *cobra.Command {
	var f entitlementFlags
	text := func(name string) string { return a.p.T("cli.flag." + name) }
	c := &cobra.Command{Use: "entitlement", Short: a.p.T("cli.entitlement.short"), Long: a.p.T("cli.entitlement.long"), Args: a.noArgs,
		Example: a.p.T("cli.entitlement.example")}
	flags := c.Flags()
	flags.StringVar(&f.policy, "policy", "", text("policy"))
	flags.StringVar(&f.year, "year", "", text("coverage_year"))
	flags.StringVar(&f.on, "on", "", text("rules_on"))
	flags.StringArrayVar(&f.changes.set, "set", nil, text("set"))
	flags.StringVar(&f.changes.scenario, "scenario", "", text("scenario"))
	flags.BoolVar(&f.json, "json", false, text("json_lines"))
	flags.BoolVar(&f.explain, "explain", false, text("explain"))
	flags.StringVar(&f.store, "store", "", text("entitlement_store"))
	flags.StringVar(&f.division, "division", "510000", text("entitlement_division"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		if !c.Flags().Changed("explain") {
			f.explain = f.json
		}
		rules, set, err := f.rules(a)
		if err != nil {
			return err
		}
		if f.store != "" {
			return untilInterrupted(c, func(ctx context.Context) error { return f.fromStore(ctx, a, rules, set) })
		}
		return f.answer(a, rules, set)
	}
	return c
}

// rules compiles what is in force on the last day of the year, or on the day asked for.
func (f *entitlementFlags) rules(a *app) (*enrol.Rules, *policy.Set, error) {
	engine, pack, err := a.engineFor(f.policy)
	if err != nil {
		return nil, nil, err
	}
	year, err := requiredYear(f.year)
	if err != nil {
		return nil, nil, err
	}
	on := year.End()
	if f.on != "" {
		day, ok := policy.ParseDate(f.on)
		if !ok {
			return nil, nil, fault.New(fault.Usage, "cli.bad_date", "value", f.on)
		}
		on = day
	}
	overlay, err := f.changes.overlay(engine.Library)
	if err != nil {
		return nil, nil, err
	}
	set, err := engine.Library.With(pack.At(on), overlay)
	if err != nil {
		return nil, nil, err
	}
	rules, err := enrol.Compile(engine.Library, set, year)
	return rules, set, err
}

// answer reads people, a line each, and answers them in their order.
func (f *entitlementFlags) answer(a *app, rules *enrol.Rules, set *policy.Set) error {
	write, err := f.writer(a, rules, set)
	if err != nil {
		return err
	}
	s := &answerStream{rules: rules, explain: f.explain, write: write, workers: runtime.GOMAXPROCS(0), progress: a.counted("cli.entitlement.progress")}
	lines, refused, err := s.run(a.in, a.out)
	if err != nil {
		return err
	}
	if refused > 0 {
		_, _ = io.WriteString(a.errs, a.p.T("cli.entitlement.refused", "refused", int64(refused), "lines", int64(lines))+"\n") // the status tells it too
		return silentError{exitRefused}
	}
	return nil
}

// writer writes answers as they are asked for.
func (f *entitlementFlags) writer(a *app, rules *enrol.Rules, set *policy.Set) (answerWriter, error) {
	if f.json {
		return exchange.AnswerJSON{Printer: a.p, Status: rules.Status}, nil
	}
	t := answerTable{a: a}
	return t, t.begin(rules, set)
}

// counted shows how many lines were answered, on a terminal that does not show the answers.
func (a *app) counted(key string) func(lines int) {
	if !terminal(a.errs) || terminal(a.out) {
		return func(int) {}
	}
	var last time.Time
	return func(lines int) {
		if now := time.Now(); lines == 0 || now.Sub(last) >= progressEvery {
			last = now
			text := ""
			if lines > 0 {
				text = a.p.T(key, "lines", int64(lines))
			}
			_, _ = io.WriteString(a.errs, "\r"+text+"\x1b[K") // a line that fails to show is no reason to stop
		}
	}
}

// answerTable writes answers as rows for people. Rows are written as they come, so the columns are as wide as what
// usually stands in them.
type answerTable struct{ a *app }

var answerWidths = []int{20, 12, 12, 12, 4, 4, 4, 10, 4}

func (t answerTable) begin(rules *enrol.Rules, set *policy.Set) error {
	changes := pool.Result{Changed: set.Changed()}.Changes()
	if err := t.a.labels(rules.Status, false, changes); err != nil {
		return err
	}
	if err := t.a.say("cli.entitlement.title", "year", int(rules.Year), "policy", set.Pack.ID, "on", string(set.On)); err != nil {
		return err
	}
	_, err := t.a.out.Write(t.row(nil, t.heads()))
	return err
}

func (t answerTable) heads() []string {
	return t.a.headers("person", "cap", "reward_counted", "cap_reduction", "streak", "broken", "waiting_months", "covered_from", "repair_years")
}

// row writes cells, the first to the left, the others to the right, none narrower than its heading.
func (t answerTable) row(b []byte, cells []string) []byte {
	heads := t.heads()
	for i, cell := range cells {
		pad := strings.Repeat(" ", max(0, max(answerWidths[i], columns(heads[i]))-columns(cell)))
		switch {
		case i == 0:
			b = append(append(b, cell...), pad...)
		default:
			b = append(append(append(b, "  "...), pad...), cell...)
		}
	}
	return append(b, '\n')
}

// Append writes an answer, and its reasons below it.
func (t answerTable) Append(b []byte, line *exchange.PersonLine, e enrol.Entitlement, reasons []enrol.Reason) []byte {
	offer := exchange.NoMonths
	if e.Offer.Years > 0 {
		offer = strconv.Itoa(e.Offer.Years)
	}
	id := line.ID
	if line.Synthetic {
		id += t.a.p.T("cli.entitlement.synthetic")
	}
	b = t.row(b, []string{id, e.Cap.In(money.Yuan), e.Counted.In(money.Yuan), e.Reduction.In(money.Yuan), strconv.Itoa(e.Streak), strconv.Itoa(e.Broken),
		strconv.Itoa(e.Waiting.Months()), e.Waiting.CoveredFrom.String(), offer})
	for _, r := range reasons {
		assumed := ""
		if r.Assumed {
			assumed = t.a.p.T("cli.entitlement.assumed")
		}
		b = append(b, t.a.p.T("cli.entitlement.reason", "text", r.Message, "clause", string(r.Clause), "assumed", assumed)+"\n"...)
	}
	return b
}

// AppendRefusal writes what is said in place of an answer.
func (t answerTable) AppendRefusal(b []byte, line *exchange.PersonLine, err error) []byte {
	id := line.ID
	if !line.HasID {
		id = exchange.NoMonths
	}
	pad := strings.Repeat(" ", max(0, answerWidths[0]-columns(id)))
	return append(b, id+pad+"  "+t.a.p.T("cli.entitlement.error", "reason", strings.Join(t.a.reasons(err), " "))+"\n"...)
}
