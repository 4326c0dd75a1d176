package main

import (
	"io"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"tongchou/internal/benefit"
	"tongchou/internal/exchange"
	"tongchou/internal/money"
	"tongchou/internal/pool"
)

// settleFlags say under which rules visits are settled, and how.
type settleFlags struct {
	policy               string
	changes              poolFlags // --set and --scenario
	json, table, explain bool
}

func (a *app) settleCommand() *cobra.Command {
	var f settleFlags
	text := func(name string) string { return a.p.T("cli.flag." + name) }
	c := &cobra.Command{Use: "settle", Short: a.p.T("cli.settle.short"), Long: a.p.T("cli.settle.long"), Args: a.noArgs, Example: a.p.T("cli.settle.example")}
	flags := c.Flags()
	flags.StringVar(&f.policy, "policy", "", text("policy"))
	flags.StringArrayVar(&f.changes.set, "set", nil, text("set"))
	flags.StringVar(&f.changes.scenario, "scenario", "", text("scenario"))
	flags.BoolVar(&f.json, "json", true, text("json_bills"))
	flags.BoolVar(&f.table, "table", false, text("table"))
	flags.BoolVar(&f.explain, "explain", false, text("explain_bills"))
	c.RunE = func(*cobra.Command, []string) error { return f.run(a) }
	return c
}

func (f *settleFlags) run(a *app) error {
	schedules, err := a.schedules(f.policy, &f.changes)
	if err != nil {
		return err
	}
	write, err := f.writer(a, schedules)
	if err != nil {
		return err
	}
	s := newSettleStream(schedules, write)
	s.progress = a.counted("cli.settle.progress")
	lines, refused, err := s.run(a.in, a.out)
	if err != nil {
		return err
	}
	if refused > 0 {
		_, _ = io.WriteString(a.errs, a.p.T("cli.settle.refused", "refused", int64(refused), "lines", int64(lines))+"\n") // the status tells it too
		return silentError{exitRefused}
	}
	return nil
}

// schedules compiles a policy's benefits with what is set for this run.
func (a *app) schedules(id string, changes *poolFlags) (*benefit.Schedules, error) {
	engine, pack, err := a.engineFor(id)
	if err != nil {
		return nil, err
	}
	overlay, err := changes.overlay(engine.Library)
	if err != nil {
		return nil, err
	}
	return benefit.Compile(engine.Library, pack, overlay)
}

func (f *settleFlags) writer(a *app, s *benefit.Schedules) (billWriter, error) {
	if !f.table {
		return exchange.SettlementJSON{Printer: a.p, Schedules: s, Explain: f.explain}, nil
	}
	t := billTable{a: a, schedules: s, explain: f.explain}
	return t, t.begin()
}

// billWriter writes settlements in some shape.
type billWriter interface {
	Append(b []byte, line *exchange.VisitLine, e *benefit.Entry) []byte
	AppendReversed(b []byte, line *exchange.VisitLine, r *benefit.Reversed) []byte
	AppendRefusal(b []byte, line *exchange.VisitLine, err error) []byte
}

// readVisit is a line as it was read.
type readVisit struct {
	line exchange.VisitLine
	err  error
}

// settleStream settles visits line by line: lines are read side by side, and settled in their order.
type settleStream struct {
	lineStream
	books *benefit.Books
	write billWriter
}

func newSettleStream(schedules *benefit.Schedules, write billWriter) *settleStream {
	s := &settleStream{books: benefit.NewBooks(schedules), write: write}
	s.lineStream = lineStream{work: readVisits, finish: s.settle, workers: runtime.GOMAXPROCS(0)}
	return s
}

// readVisits reads the lines of a batch.
func readVisits(b *lineBatch) {
	for len(b.visits) < len(b.ends) {
		b.visits = append(b.visits, readVisit{})
	}
	from := 0
	for i, end := range b.ends {
		b.visits[i].err = b.visits[i].line.Read(b.text[from:end])
		from = end
	}
}

// settle settles the visits of a batch.
func (s *settleStream) settle(b *lineBatch) {
	for i := range b.ends {
		line, err := &b.visits[i].line, b.visits[i].err
		if err == nil {
			b.out, err = s.one(b.out, line)
		}
		if err != nil {
			b.refused++
			b.out = s.write.AppendRefusal(b.out, line, err)
		}
	}
}

func (s *settleStream) one(out []byte, line *exchange.VisitLine) ([]byte, error) {
	if line.Reversal {
		r, err := s.books.Reverse(line.Reverse)
		if err != nil {
			return out, err
		}
		return s.write.AppendReversed(out, line, r), nil
	}
	e, err := s.books.Settle(&line.Visit)
	if err != nil {
		return out, err
	}
	return s.write.Append(out, line, &e), nil
}

// billTable writes settlements as rows for people. Rows are written as they come, so the columns are as wide as what usually stands in them.
type billTable struct {
	a         *app
	schedules *benefit.Schedules
	explain   bool
}

func (t billTable) begin() error {
	changes := pool.Result{Changed: t.schedules.Changed}.Changes()
	if err := t.a.labels(t.schedules.Last().Status, false, changes); err != nil {
		return err
	}
	if err := t.a.say("cli.settle.title", "policy", t.schedules.Pack.ID); err != nil {
		return err
	}
	_, err := t.a.out.Write(t.row(nil, t.heads()))
	return err
}

func (t billTable) heads() []string {
	return t.a.headers("msgid", "deductible", "basic_pay", "catastrophic_pay", "large_pay", "aid_pay", "other_pay", "own_share", "account_pay", "cash_pay")
}

func (t billTable) row(b []byte, cells []string) []byte {
	const first, other = 20, 12
	for i, cell := range cells {
		wide := other
		if i == 0 {
			wide = first
		}
		pad := strings.Repeat(" ", max(0, wide-columns(cell)))
		if i == 0 {
			b = append(append(b, cell...), pad...)
		} else {
			b = append(append(append(b, "  "...), pad...), cell...)
		}
	}
	return append(b, '\n')
}

func (t billTable) amounts(name string, s *benefit.Settlement) []string {
	out := []string{name}
	for _, f := range []money.Fen{s.Deductible, s.Basic, s.Catastrophic, s.Large, s.Aid, s.Other.Sum(), s.Own, s.Account + s.Family, s.Cash} {
		out = append(out, f.In(money.Yuan))
	}
	return out
}

func (t billTable) name(id string, line *exchange.VisitLine) string {
	if line.Synthetic {
		id += t.a.p.T("cli.entitlement.synthetic")
	}
	return id
}

// Append writes a settlement, and its reasons below it; where the funds pay nothing, why.
func (t billTable) Append(b []byte, line *exchange.VisitLine, e *benefit.Entry) []byte {
	b = t.row(b, t.amounts(t.name(e.ID, line), &e.Settlement))
	schedule := t.schedules.On(e.Date)
	if t.explain {
		return t.reasons(b, schedule.Explain(&e.Visit, &e.Before, &e.Settlement))
	}
	if r, ok := schedule.Reason(&e.Visit, e.Settlement.Why); ok {
		return t.reasons(b, []benefit.Reason{r})
	}
	return b
}

func (t billTable) reasons(b []byte, reasons []benefit.Reason) []byte {
	for _, r := range reasons {
		assumed := ""
		if r.Assumed {
			assumed = t.a.p.T("cli.entitlement.assumed")
		}
		b = append(b, t.a.p.T("cli.settle.reason", "text", r.Message, "clause", string(r.Clause), "assumed", assumed)+"\n"...)
	}
	return b
}

// AppendReversed writes a reversal, and below it what was settled again.
func (t billTable) AppendReversed(b []byte, line *exchange.VisitLine, r *benefit.Reversed) []byte {
	b = append(t.row(b, t.amounts(t.name(r.ID, line), &r.Mirror)), "    "+t.a.p.T("cli.settle.reversed", "of", r.Of)+"\n"...)
	for i := range r.Again {
		b = append(t.row(b, t.amounts(r.Again[i].ID, &r.Again[i].Settlement)), "    "+t.a.p.T("cli.settle.again")+"\n"...)
	}
	return b
}

// AppendRefusal writes what is said in place of an answer.
func (t billTable) AppendRefusal(b []byte, line *exchange.VisitLine, err error) []byte {
	id := line.ID
	if !line.HasID {
		id = exchange.NoMonths
	}
	return append(b, id+"  "+t.a.p.T("cli.settle.error", "reason", strings.Join(t.a.reasons(err), " "))+"\n"...)
}
