package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/lake"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// checkFlags say what a year of claims is checked against.
type checkFlags struct {
	drawFlags
	year, statements, day string
	json, csv             bool
}

// register adds the flags that all commands about a report share, so that they see the same one.
func (f *checkFlags) register(a *app, c *cobra.Command) {
	flags := c.Flags()
	f.add(a, c, "data", a.p.T("cli.flag.claims_data"))
	flags.StringVar(&f.year, "year", "", a.p.T("cli.flag.year"))
	flags.StringVar(&f.kind, "kind", string(lake.Final), a.p.T("cli.flag.claims_kind"))
	flags.StringVar(&f.statements, "statements", "", a.p.T("cli.flag.check_statements"))
	flags.StringVar(&f.enrolled, "enrolled", "", a.p.T("cli.flag.enrolled"))
	flags.StringVar(&f.day, "day", "", a.p.T("cli.flag.check_day"))
}

// checked is a report with the session it was made in.
type checked struct {
	*drawing
	session *lake.Session
	report  lake.CheckReport
	last    policy.Year // the year it was compared with, or 0
	made    bool        // what it was compared with is made up
}

func (c *checked) close() {
	c.session.Close() // only read from
	c.store.Close()   // nothing was written
}

// run checks the year. The caller closes what it gives.
func (f *checkFlags) run(ctx context.Context, a *app) (*checked, error) {
	year, err := requiredYear(f.year)
	if err != nil {
		return nil, err
	}
	o, err := f.options()
	if err != nil {
		return nil, err
	}
	d, err := f.open(a)
	if err != nil {
		return nil, err
	}
	c := &checked{drawing: d, made: d.made}
	for _, s := range o.Statements {
		c.made = c.made || s.Synthetic
	}
	if err := c.check(ctx, a, year, o); err != nil {
		d.store.Close() // nothing was written
		return nil, err
	}
	return c, nil
}

// options reads the day and the statements.
func (f *checkFlags) options() (lake.CheckOptions, error) {
	o := lake.CheckOptions{Today: policy.Date(f.day)}
	if _, ok := policy.ParseDate(f.day); f.day != "" && !ok {
		return o, fault.New(fault.Usage, "cli.claims.check.day", "value", f.day)
	}
	if f.statements == "" {
		return o, nil
	}
	in, err := exchange.ReadInput(f.statements)
	if err != nil {
		return o, err
	}
	loaded, err := exchange.Load(exchange.Files{Statements: &in})
	if err != nil {
		return o, loaded.Explain(err)
	}
	o.Statements = loaded.Facts.Statements
	return o, nil
}

// check makes the report, against last year's snapshot of the kind when there is one.
func (c *checked) check(ctx context.Context, a *app, year policy.Year, o lake.CheckOptions) error {
	m, err := c.store.Manifest()
	if err != nil {
		return err
	}
	if c.session, err = c.store.Session(ctx, year, c.kind); err != nil {
		return err
	}
	if m.Snapshot(year-1, c.kind).Rows > 0 {
		last, err := c.store.Session(ctx, year-1, c.kind)
		if err != nil {
			return errors.Join(err, c.session.Close())
		}
		defer last.Close() // only read from
		o.Last, c.last = last, year-1
	}
	o.Enrolled = c.heads()
	line := terminal(a.errs)
	if line {
		o.Progress = func(kind lake.CheckKind, done, all int) {
			_, _ = io.WriteString(a.errs, "\r"+a.p.T("cli.claims.check.progress", "name", fault.Msg(kind.Title()), "done", done+1, "all", all)+"\x1b[K") // a line that fails to show is no reason to stop
		}
	}
	c.report, err = c.session.Check(ctx, o)
	if line {
		_, _ = io.WriteString(a.errs, "\r\x1b[K") // as above
	}
	if err != nil {
		c.session.Close() // only read from
	}
	return err
}

func (a *app) claimsCheck() *cobra.Command {
	var f checkFlags
	c := &cobra.Command{Use: "check", Short: a.p.T("cli.claims.check.short"), Long: a.p.T("cli.claims.check.long"), Args: a.noArgs,
		Example: "  tongchou claims check --data CLAIMS --year 2025 --statements statements.xlsx --enrolled insured.csv"}
	f.register(a, c)
	c.Flags().BoolVar(&f.json, "json", false, a.p.T("cli.flag.json"))
	c.Flags().BoolVar(&f.csv, "csv", false, a.p.T("cli.flag.csv"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		return claiming(c, func(ctx context.Context) error {
			r, err := f.run(ctx, a)
			if err != nil {
				return err
			}
			defer r.close()
			switch {
			case f.json:
				return a.reportJSON(r)
			case f.csv:
				return a.reportCSV(r)
			}
			return a.printReport(r)
		})
	}
	return c
}

// printReport shows the report, or says that nothing was found.
func (a *app) printReport(c *checked) error {
	if err := a.labels(policy.InForce, c.report.Snapshot.Synthetic || c.made, nil); err != nil {
		return err
	}
	s := c.report.Snapshot
	if err := a.say("cli.claims.check.title", "year", int(s.Year), "kind", s.Kind, "rows", s.Rows, "imports", s.Imports, "snapshot", s.ID, "day", c.report.Today); err != nil {
		return err
	}
	if len(c.report.Findings) == 0 {
		if err := a.say("cli.claims.check.nothing"); err != nil {
			return err
		}
	} else if err := a.printFindings(c.report); err != nil {
		return err
	}
	for _, kind := range c.report.Skipped {
		if err := a.say("cli.claims.check.skipped", "name", fault.Msg(kind.Title()), "why", whySkipped(kind)); err != nil {
			return err
		}
	}
	if err := a.say("cli.claims.check.sum", "errors", c.report.Count(lake.SeverityError), "warnings", c.report.Count(lake.SeverityWarning), "digest", c.report.Digest()); err != nil {
		return err
	}
	return a.saySignature(c)
}

func (a *app) printFindings(r lake.CheckReport) error {
	rows := [][]string{a.claimHeads("no", "severity", "check", "found", "cost", "clause", "finding")}
	for i, f := range r.Findings {
		rows = append(rows, []string{strconv.Itoa(i + 1), a.p.T(f.Severity.Title()), a.p.T(f.Kind.Title()), a.p.Value(f.Count), a.p.Value(f.Cost), string(f.Clause), a.p.Text(f.Message)})
	}
	if err := list(a.out, rows); err != nil {
		return err
	}
	return a.say("cli.claims.check.more")
}

// whySkipped says what a check had nothing of to compare with.
func whySkipped(kind lake.CheckKind) fault.Message {
	switch kind {
	case lake.CheckStatement, lake.CheckUnstated:
		return fault.Msg("cli.claims.check.no_statements")
	case lake.CheckPersons, lake.CheckUnenrolled:
		return fault.Msg("cli.claims.check.no_register")
	case lake.CheckChange:
		return fault.Msg("cli.claims.check.no_last")
	}
	return fault.Msg("cli.claims.check.no_areas")
}

// saySignature says who signed the snapshot's report.
func (a *app) saySignature(c *checked) error {
	source, err := c.source()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.out, a.p.Text(source.signature()))
	return err
}

// source is the snapshot with its sign-off.
func (c *checked) source() (claimsSource, error) {
	s := c.report.Snapshot
	signature, signed, err := c.store.SignedOff(s.Year, s.Kind)
	f := drawn{lake.Factors{Snapshot: s, Seen: len(c.register) == 0}, signature, signed && signature.Snapshot == s.ID}
	return sourceOf(f), err
}

// The shape of a report that machines read.
type (
	reportJSON struct {
		Claims   claimsSource  `json:"claims"`
		Day      policy.Date   `json:"day"`
		Report   string        `json:"report"`
		Last     policy.Year   `json:"last,omitempty"`
		Data     string        `json:"data_kind"`
		Errors   int           `json:"errors"`
		Warnings int           `json:"warnings"`
		Findings []findingJSON `json:"findings"`
		Skipped  []skippedJSON `json:"skipped"`
	}
	findingJSON struct {
		No          int             `json:"no"`
		Check       lake.CheckKind  `json:"check"`
		Title       string          `json:"title"`
		Severity    lake.Severity   `json:"severity"`
		Division    region.Code     `json:"division"`
		Name        string          `json:"name"`
		Insurance   pool.Insurance  `json:"insurance"`
		Institution string          `json:"institution"`
		Column      string          `json:"column"`
		Count       int64           `json:"count"`
		Cost        money.Fen       `json:"cost"`
		Clause      policy.ClauseID `json:"clause"`
		Text        string          `json:"text"`
		HasRows     bool            `json:"has_rows"`
	}
	skippedJSON struct {
		Check lake.CheckKind `json:"check"`
		Title string         `json:"title"`
		Why   string         `json:"why"`
	}
)

func (a *app) findings(r lake.CheckReport) []findingJSON {
	out := []findingJSON{}
	for i, f := range r.Findings {
		name := ""
		if f.Division != "" {
			name = a.p.Division(f.Division)
		}
		out = append(out, findingJSON{i + 1, f.Kind, a.p.T(f.Kind.Title()), f.Severity, f.Division, name, f.Insurance, f.Institution, f.Column,
			f.Count, f.Cost, f.Clause, a.p.Text(f.Message), f.Rows != ""})
	}
	return out
}

func (a *app) reportJSON(c *checked) error {
	source, err := c.source()
	if err != nil {
		return err
	}
	out := reportJSON{Claims: source, Day: c.report.Today, Report: c.report.Digest(), Last: c.last, Errors: c.report.Count(lake.SeverityError),
		Warnings: c.report.Count(lake.SeverityWarning), Findings: a.findings(c.report), Skipped: []skippedJSON{}}
	if c.report.Snapshot.Synthetic || c.made {
		out.Data = "synthetic"
	}
	for _, kind := range c.report.Skipped {
		out.Skipped = append(out.Skipped, skippedJSON{kind, a.p.T(kind.Title()), a.p.Text(whySkipped(kind))})
	}
	return exchange.WriteJSON(a.out, out)
}

func (a *app) reportCSV(c *checked) error {
	rows := [][]string{strings.Fields("no severity check division insurance institution column count cost clause text")}
	for _, f := range a.findings(c.report) {
		rows = append(rows, []string{strconv.Itoa(f.No), string(f.Severity), string(f.Check), string(f.Division), string(f.Insurance), f.Institution, f.Column,
			strconv.FormatInt(f.Count, 10), f.Cost.String(), string(f.Clause), f.Text})
	}
	return a.writeCSV(rows, c.report.Snapshot.Synthetic || c.made)
}

// writeCSV writes rows, the first the header, labelled when they are made up. A cell that a spreadsheet would take for a formula
// gets a quote mark before it.
func (a *app) writeCSV(rows [][]string, synthetic bool) error {
	w := csv.NewWriter(a.out)
	for i, row := range rows {
		for n, cell := range row {
			if strings.IndexAny(cell, "=+@\t\r") == 0 {
				row[n] = "'" + cell
			}
		}
		switch {
		case i == 0:
			row = append(row, "data_kind")
		case synthetic:
			row = append(row, "synthetic")
		default:
			row = append(row, "")
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

func (a *app) claimsRows() *cobra.Command {
	var f checkFlags
	c := &cobra.Command{Use: "rows NO", Short: a.p.T("cli.claims.rows.short"), Long: a.p.T("cli.claims.rows.long"), Args: a.exactly(1),
		Example: "  tongchou claims rows 3 --data CLAIMS --year 2025"}
	f.register(a, c)
	c.Flags().BoolVar(&f.json, "json", false, a.p.T("cli.flag.json"))
	c.Flags().BoolVar(&f.csv, "csv", false, a.p.T("cli.flag.csv"))
	c.RunE = func(c *cobra.Command, args []string) error {
		no, err := strconv.Atoi(args[0])
		if err != nil || no < 1 {
			return fault.New(fault.Usage, "cli.claims.rows.number", "value", args[0])
		}
		return claiming(c, func(ctx context.Context) error {
			r, err := f.run(ctx, a)
			if err != nil {
				return err
			}
			defer r.close()
			return f.rows(ctx, a, r, no)
		})
	}
	return c
}

// rows shows the rows behind a finding.
func (f *checkFlags) rows(ctx context.Context, a *app, c *checked, no int) error {
	if no > len(c.report.Findings) {
		return fault.New(fault.Refused, "cli.claims.rows.none", "no", no, "count", len(c.report.Findings))
	}
	finding := c.report.Findings[no-1]
	found, err := c.session.FoundRows(ctx, finding)
	if err != nil {
		return err
	}
	rows := maskedRows(found)
	switch {
	case f.json:
		return exchange.WriteJSON(a.out, map[string]any{"finding": a.findings(c.report)[no-1], "rows": rows})
	case f.csv:
		return a.writeCSV(rowTexts(rows), c.report.Snapshot.Synthetic || c.made)
	}
	if err := a.labels(policy.InForce, c.report.Snapshot.Synthetic || c.made, nil); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(a.out, a.p.Text(finding.Message)); err != nil {
		return err
	}
	if len(rows) == 0 {
		return a.say("cli.claims.rows.empty")
	}
	if err := list(a.out, rowTexts(rows)); err != nil {
		return err
	}
	if int64(len(rows)) < finding.Count {
		return a.say("cli.claims.rows.some", "shown", len(rows), "count", finding.Count)
	}
	return nil
}

// rowJSON is a row behind a finding. The person is a number within this list, so that rows of one person can be told from others,
// and nothing more.
type rowJSON struct {
	ID          string    `json:"setl_id"`
	Person      string    `json:"person"`
	City        string    `json:"city"`
	Insurance   string    `json:"insutype"`
	MedType     string    `json:"med_type"`
	Institution string    `json:"fixmedins_code"`
	SettledOn   string    `json:"setl_time"`
	Begin       string    `json:"begndate"`
	End         string    `json:"enddate"`
	Age         int64     `json:"age"`
	Sex         string    `json:"gend"`
	Cost        money.Fen `json:"medfee_sumamt"`
	Refund      bool      `json:"refund"`
	Original    string    `json:"init_setl_id"`
}

func maskedRows(found []lake.FoundRow) []rowJSON {
	persons, out := map[string]string{}, []rowJSON{}
	for _, r := range found {
		if persons[r.Person] == "" {
			persons[r.Person] = "P" + strconv.Itoa(len(persons)+1)
		}
		out = append(out, rowJSON{r.ID, persons[r.Person], r.City, r.Insurance, r.MedType, r.Institution, r.SettledOn, r.Begin, r.End, r.Age, r.Sex, r.Cost, r.Refund, r.OriginalID})
	}
	return out
}

// rowTexts are rows under the national names.
func rowTexts(rows []rowJSON) [][]string {
	out := [][]string{strings.Fields("setl_id person city insutype med_type fixmedins_code setl_time begndate enddate age gend medfee_sumamt refd_setl_flag init_setl_id")}
	for _, r := range rows {
		refund := "0"
		if r.Refund {
			refund = "1"
		}
		out = append(out, []string{r.ID, r.Person, r.City, r.Insurance, r.MedType, r.Institution, r.SettledOn, r.Begin, r.End, strconv.FormatInt(r.Age, 10), r.Sex, r.Cost.String(), refund, r.Original})
	}
	return out
}

func (a *app) claimsSign() *cobra.Command {
	var f checkFlags
	var who, remark, report string
	c := &cobra.Command{Use: "sign", Short: a.p.T("cli.claims.sign.short"), Long: a.p.T("cli.claims.sign.long"), Args: a.noArgs,
		Example: a.p.T("cli.claims.sign.example")}
	f.register(a, c)
	c.Flags().StringVar(&who, "who", "", a.p.T("cli.flag.sign_who"))
	c.Flags().StringVar(&remark, "remark", "", a.p.T("cli.flag.sign_remark"))
	c.Flags().StringVar(&report, "report", "", a.p.T("cli.flag.sign_report"))
	c.RunE = func(c *cobra.Command, _ []string) error {
		if who == "" {
			return fault.New(fault.Usage, "cli.flag_missing", "flag", "--who")
		}
		return claiming(c, func(ctx context.Context) error {
			r, err := f.run(ctx, a)
			if err != nil {
				return err
			}
			defer r.close()
			digest := r.report.Digest()
			if report != "" && (len(report) < shortestDigest || !strings.HasPrefix(digest, report)) {
				return fault.New(fault.Refused, "cli.claims.sign.other", "report", report, "digest", digest)
			}
			s, err := r.store.SignOff(r.report, who, remark)
			if err != nil {
				return err
			}
			return a.say("cli.claims.sign.done", "year", int(s.Year), "kind", s.Kind, "errors", s.Errors, "warnings", s.Warnings, "who", s.Who, "report", s.Report)
		})
	}
	return c
}

// shortestDigest is how much of a digest names a report.
const shortestDigest = 8
