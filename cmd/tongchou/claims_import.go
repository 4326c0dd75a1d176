package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/lake"
)

// intakeFlags are the flags of claims import.
type intakeFlags struct {
	storeFlags
	kind, source, columns string
	strict                bool
}

func (a *app) claimsImport() *cobra.Command {
	var f intakeFlags
	c := &cobra.Command{Use: "import FILE...", Short: a.p.T("cli.claims.import.short"), Long: a.p.T("cli.claims.import.long"),
		Example: "  tongchou claims import 2025-01.csv 2025-02.csv --data CLAIMS\n  tongchou claims import fast.csv --data CLAIMS --kind preliminary --strict\n  tongchou claims import his.xlsx --data CLAIMS --source chengdu-his --columns his.yaml"}
	c.Args = a.someArgs
	f.add(a, c, "data", a.p.T("cli.flag.claims_data"))
	c.Flags().StringVar(&f.kind, "kind", string(lake.Final), a.p.T("cli.flag.claims_kind"))
	c.Flags().StringVar(&f.source, "source", "", a.p.T("cli.flag.claims_source"))
	c.Flags().StringVar(&f.columns, "columns", "", a.p.T("cli.flag.claims_columns"))
	c.Flags().BoolVar(&f.strict, "strict", false, a.p.T("cli.flag.strict"))
	c.RunE = func(c *cobra.Command, args []string) error {
		return claiming(c, func(ctx context.Context) error { return f.run(ctx, a, args) })
	}
	return c
}

// run takes the files in, one after the other; each is in the store as a whole or not at all.
func (f *intakeFlags) run(ctx context.Context, a *app, files []string) error {
	kind, err := claimKind(f.kind)
	if err != nil {
		return err
	}
	if f.dir == "" {
		return fault.New(fault.Usage, "cli.flag_missing", "flag", "--data")
	}
	o := lake.ImportOptions{Kind: kind, Strict: f.strict, Source: f.source, Workbook: exchange.SheetRows, Say: a.p.Text}
	if f.columns != "" {
		if o.Mapping, err = readMapping(f.columns); err != nil {
			return err
		}
	}
	options, err := claimsOptions(f.dir, f.address())
	if err != nil {
		return err
	}
	l, err := lake.Open(options)
	if err != nil {
		return err
	}
	defer l.Close() // imports are on disk by the time they are told of
	for _, file := range files {
		progress := a.importProgress(file)
		o.Progress = progress.tell
		report, err := l.Import(ctx, file, o)
		progress.end()
		if err != nil {
			return err
		}
		if err := f.tell(a, file, report); err != nil {
			return err
		}
	}
	return nil
}

// readMapping reads a file that says how columns are to be understood.
func readMapping(path string) (*lake.Mapping, error) {
	in, err := exchange.ReadInput(path)
	if err != nil {
		return nil, err
	}
	m, err := lake.ParseMapping(in.Name, in.Content)
	return &m, err
}

// mostRejects is how many reasons for rejected rows are told; all are in the reject file.
const mostRejects = 20

// tell says what an import came to.
func (f *intakeFlags) tell(a *app, file string, r lake.Report) error {
	if r.Again {
		return a.say("cli.claims.import.again", "file", file, "id", r.ID)
	}
	lines := []fault.Message{fault.Msg("cli.claims.import.done", "file", file, "id", r.ID, "kind", r.Kind, "rows", r.Rows, "from", r.From, "to", r.To, "refunds", r.Refunds)}
	if f.source != "" && f.columns != "" {
		lines = append(lines, fault.Msg("cli.claims.import.saved", "source", f.source))
	}
	if r.Synthetic {
		lines = append(lines, fault.Msg("cli.label.synthetic"))
	}
	if r.Rejected > 0 {
		lines = append(lines, fault.Msg("cli.claims.import.rejected", "rejected", r.Rejected, "file", filepath.Join(f.dir, filepath.Base(filepath.Dir(r.RejectFile)), filepath.Base(r.RejectFile))))
	}
	if r.Orphans > 0 && len(r.OrphanList) > 0 {
		lines = append(lines, fault.Msg("cli.claims.import.orphans", "orphans", r.Orphans, "id", r.OrphanList[0].ID, "original", r.OrphanList[0].Original))
	}
	if len(r.Unchecked) > 0 {
		lines = append(lines, fault.Msg("cli.claims.import.unchecked", "identities", r.Unchecked))
	}
	if len(r.Ignored) > 0 {
		lines = append(lines, fault.Msg("cli.claims.import.ignored", "columns", r.Ignored))
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(a.out, a.p.Text(line)); err != nil {
			return err
		}
	}
	for _, p := range r.Problems[:min(len(r.Problems), mostRejects)] {
		if _, err := fmt.Fprintln(a.errs, a.p.Problem(p)); err != nil {
			return err
		}
	}
	return nil
}

// plainEvery is how often progress is told where there is no terminal.
const plainEvery = 10 * time.Second

// importProgress says how far an import is: on a terminal in a line that is written anew, elsewhere in a plain line now and then.
type importProgress struct {
	a     *app
	file  string
	line  bool // that is written anew
	every time.Duration
	last  time.Duration
}

func (a *app) importProgress(file string) *importProgress {
	p := &importProgress{a: a, file: file, line: terminal(a.errs), every: plainEvery}
	if p.line {
		p.every = progressEvery
	}
	return p
}

func (p *importProgress) tell(done lake.Progress) {
	if done.Elapsed-p.last < p.every {
		return
	}
	p.last = done.Elapsed
	percent := int64(100)
	if done.Size > 0 {
		percent = min(percent, done.Bytes*100/done.Size)
	}
	p.write(p.a.p.T("cli.claims.import.progress", "file", p.file, "percent", percent, "rows", done.Rows, "rejected", done.Rejected,
		"rate", done.Rate(), "left", done.Left.Round(time.Second).String()))
}

// write shows a line.
func (p *importProgress) write(text string) {
	if p.line {
		text = "\r" + text + "\x1b[K"
	} else {
		text += "\n"
	}
	_, _ = io.WriteString(p.a.errs, text) // a line that fails to show is no reason to stop
}

// step shows a step of many on a terminal.
func (p *importProgress) step(text string) {
	if p.line {
		p.last = p.every
		p.write(text)
	}
}

// end clears the line.
func (p *importProgress) end() {
	if p.line && p.last > 0 {
		_, _ = io.WriteString(p.a.errs, "\r\x1b[K") // as above
	}
}
