package web

import (
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/lake"
)

// importsModel is the page of imports (结算数据).
type importsModel struct {
	Dir, Problem string // what was wrong with the form
	Chosen       lake.Kind
	Jobs         []jobView
	Receipt      *claimsReceipt
	Withdrawn    string
	Imports      []importView
	Snapshots    []snapshotView
	Looks        []lookView
	LooksAll     int
	LooksBroken  int
	Rows         bool
	Register     string // what headcounts there are
	Embedded     bool
	Sources      []string // whose column names are known
}

// importView is an import as the page shows it.
type importView struct {
	ID, Kind, Source, Size, Digest, Short, At, Period string
	Rows, Rejected, Refunds, Orphans                  string
	RejectsPath, WithdrawPath                         string
	Synthetic, Withdrawn, HasOrphans                  bool
}

// snapshotView is what the store holds of a year in one kind.
type snapshotView struct {
	Year, Kind, Rows, Imports, ID, Short string
	Synthetic                            bool
	Signed                               string // by whom and when
	Counts                               bool   // the sign-off still does
	Checks, Factors                      string
}

// lookView is a look at rows as the page shows it.
type lookView struct{ At, Who, What, Filter, Rows string }

// claimsReceipt says what an import did.
type claimsReceipt struct {
	Title, Text string
	Lines       []string
	Problems    []problemView
	More        int
	Rejects     string
}

// looksShown is how many looks the page lists.
const looksShown = 50

func (c *claimsDesk) imports(f *frame, w http.ResponseWriter, r *http.Request) error {
	m, err := c.importsModel(f)
	if err != nil {
		return err
	}
	if b, ok := c.jobs.find(byID(f.seen.Get("job"))); ok && b.over() {
		if value, err := b.outcome(); err == nil {
			if report, ok := value.(lake.Report); ok {
				m.Receipt = f.claimsReceipt(report)
			}
		}
	}
	for _, j := range m.Jobs {
		if j.Running {
			f.refresh, f.refreshIn = r.URL.RequestURI(), 2
		}
	}
	if id := f.seen.Get("withdrawn"); slices.ContainsFunc(f.claims.manifest.Imports, func(i lake.Import) bool { return i.ID == id && i.Withdrawn }) {
		m.Withdrawn = id
	}
	return f.render(w, r, http.StatusOK, importsPage(f, m))
}

func (c *claimsDesk) importsModel(f *frame) (importsModel, error) {
	m := importsModel{Dir: c.Claims.Dir, Chosen: lake.Final, Rows: c.mayRead(f), Embedded: lake.Embedded || c.Claims.Store.DSN != ""}
	for _, i := range slices.Backward(f.claims.manifest.Imports) {
		m.Imports = append(m.Imports, f.importView(i))
	}
	var err error
	if m.Snapshots, err = c.snapshots(f); err != nil {
		return m, err
	}
	if store, err := c.open(false); err == nil && store != nil {
		sources, err := store.Sources()
		if err != nil {
			return m, err
		}
		for _, source := range sources {
			m.Sources = append(m.Sources, source.Name)
		}
	}
	for _, b := range c.importJobs() {
		back := f.claimsLink("/data/claims", "job", b.id)
		if v := c.jobView(f, b, back); v.Running || b.id == f.seen.Get("job") && b.standing().Failed {
			m.Jobs = append(m.Jobs, v)
		}
	}
	last, all, broken, err := c.looks.list(looksShown)
	if err != nil {
		return m, err
	}
	m.LooksAll, m.LooksBroken = all, broken
	for _, x := range last {
		v := lookView{At: f.hour(x.At), Who: x.Who, What: x.Page, Filter: x.Filter, Rows: f.Value(int64(x.Rows))}
		if x.Year != 0 {
			v.What = strconv.Itoa(int(x.Year)) + " " + f.Value(x.Kind)
		}
		m.Looks = append(m.Looks, v)
	}
	m.Register, err = c.registerText(f)
	return m, err
}

// registerText says which headcounts figures are divided by.
func (c *claimsDesk) registerText(f *frame) (string, error) {
	reg, err := c.register()
	var refusal *fault.Refusal
	switch {
	case errors.As(err, &refusal):
		return f.T("web.claims.register.refused", "file", filepath.Base(c.Claims.Enrolled), "count", len(refusal.Problems), "first", refusal.Problems[0].Message), nil
	case err != nil:
		return "", err
	case len(reg.rows) == 0:
		return f.T("web.claims.register.none", "file", filepath.Base(c.Claims.Enrolled)), nil
	}
	return f.T("web.claims.register.there", "file", reg.file, "rows", int64(len(reg.rows))), nil
}

// hour writes a moment as the reader's clock has it.
func (f *frame) hour(at string) string {
	when, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return at
	}
	return when.In(f.site.Now().Location()).Format("2006-01-02 15:04")
}

func (f *frame) importView(i lake.Import) importView {
	v := importView{ID: i.ID, Kind: f.Value(i.Kind), Source: i.Source, Size: f.bytes(i.Size), Digest: i.Digest, Short: i.Digest[:min(len(i.Digest), 12)],
		At: f.hour(i.At), Period: string(i.From) + "\u2013" + string(i.To), Rows: f.Value(i.Rows), Rejected: f.Value(i.Rejected), Refunds: f.Value(i.Refunds),
		Orphans: f.Value(i.Orphans), Synthetic: i.Synthetic, Withdrawn: i.Withdrawn, HasOrphans: i.Orphans > 0}
	if !i.Withdrawn {
		v.WithdrawPath = f.claimsLink("/data/claims/withdraw/" + i.ID)
		if i.Rejected > 0 {
			v.RejectsPath = f.claimsLink("/data/claims/rejects/" + i.ID)
		}
	}
	return v
}

// bytes writes a size.
func (f *frame) bytes(n int64) string {
	switch {
	case n >= 1<<30:
		return f.T("web.claims.gibibytes", "n", strconv.FormatFloat(float64(n)/(1<<30), 'f', 1, 64))
	case n >= 1<<20:
		return f.T("web.claims.mebibytes", "n", strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64))
	}
	return f.T("web.claims.kibibytes", "n", strconv.FormatFloat(float64(n)/(1<<10), 'f', 1, 64))
}

func (c *claimsDesk) snapshots(f *frame) ([]snapshotView, error) {
	store, err := c.open(false)
	if err != nil || store == nil {
		return nil, err
	}
	var out []snapshotView
	for _, year := range f.claims.years {
		for _, kind := range claimKinds() {
			s := f.claims.manifest.Snapshot(year, kind)
			if s.Rows == 0 {
				continue
			}
			at := []string{claimsYear, strconv.Itoa(int(year)), claimsKind, string(kind)}
			v := snapshotView{Year: strconv.Itoa(int(year)), Kind: f.Value(kind), Rows: f.Value(s.Rows), Imports: f.Value(s.Imports), ID: s.ID, Short: s.ID[:12],
				Synthetic: s.Synthetic, Checks: f.claimsLink("/data/claims/checks", at...), Factors: f.claimsLink("/data/claims/factors", at...)}
			signed, counts, err := store.SignedOff(year, kind)
			if err != nil {
				return nil, err
			}
			if v.Counts = counts; signed.Who != "" {
				v.Signed = f.T("web.claims.signed.by", "who", signed.Who, "at", f.hour(signed.At))
			}
			out = append(out, v)
		}
	}
	return out, nil
}

func (f *frame) claimsReceipt(report lake.Report) *claimsReceipt {
	out := &claimsReceipt{Title: f.T("web.claims.imported", "file", report.Source), Text: f.T("web.claims.imported.rows", "id", report.ID, "rows", report.Rows,
		"kind", report.Kind, "from", string(report.From), "to", string(report.To))}
	if report.Again {
		out.Title, out.Text = f.T("web.claims.imported.again", "file", report.Source), f.T("web.claims.imported.again.text", "id", report.ID)
		return out
	}
	if report.Refunds > 0 {
		out.Lines = append(out.Lines, f.T("web.claims.imported.refunds", "refunds", report.Refunds, "orphans", report.Orphans))
	}
	if report.Rejected > 0 {
		out.Lines = append(out.Lines, f.T("web.claims.imported.rejected", "rejected", report.Rejected))
		out.Rejects = f.claimsLink("/data/claims/rejects/" + report.ID)
	}
	if len(report.Unchecked) > 0 {
		out.Lines = append(out.Lines, f.T("web.claims.imported.unchecked", "identities", report.Unchecked))
	}
	if len(report.Ignored) > 0 {
		out.Lines = append(out.Lines, f.T("web.claims.imported.ignored", "columns", report.Ignored))
	}
	for _, p := range report.Problems[:min(len(report.Problems), rejectsListed)] {
		out.Problems = append(out.Problems, f.problem(p))
	}
	out.More = max(int(report.Rejected)-rejectsListed, 0)
	return out
}

// rejectsListed is how many reasons a receipt lists; the file has them all.
const rejectsListed = 10

// rejects gives the file of what an import did not take in. Without the right to see rows it is cut down to where and why.
func (c *claimsDesk) rejects(f *frame, w http.ResponseWriter, r *http.Request) error {
	store, err := c.open(false)
	if err != nil || store == nil {
		return errors.Join(err, errNotFound)
	}
	id := r.PathValue("id")
	file, err := store.Rejects(id)
	if err != nil {
		return err
	}
	defer file.Close() // only read from
	if c.mayRead(f) {
		at := slices.IndexFunc(f.claims.manifest.Imports, func(i lake.Import) bool { return i.ID == id })
		i := f.claims.manifest.Imports[at]
		if err := c.note(f, look{Page: "rejects", Filter: id, Rows: int(i.Rejected)}); err != nil {
			return err
		}
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="rejects-`+id+`.csv"`)
	if c.mayRead(f) {
		_, err = io.Copy(w, file)
	} else {
		err = reasonsOnly(w, file)
	}
	if err != nil {
		c.Log.Debug("reader gone", "path", r.URL.Path, "error", err)
	}
	return nil
}

// reasonsOnly copies the first columns of a reject file: the row, its columns and the reasons.
func reasonsOnly(w io.Writer, file io.Reader) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	in, out := csv.NewReader(file), csv.NewWriter(w)
	in.FieldsPerRecord, in.ReuseRecord, in.LazyQuotes = -1, true, true
	for {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			out.Flush()
			return out.Error()
		}
		if err != nil {
			return err
		}
		if err := out.Write(record[:min(len(record), 3)]); err != nil {
			return err
		}
	}
}

// withdrawModel asks whether an import is really to be withdrawn.
type withdrawModel struct {
	Import     importView
	Do, Back   string
	Snapshots  []string // that change by it
	SignedOffs bool
}

func (c *claimsDesk) withdrawing(f *frame, w http.ResponseWriter, r *http.Request) error {
	at := slices.IndexFunc(f.claims.manifest.Imports, func(i lake.Import) bool { return i.ID == r.PathValue("id") && !i.Withdrawn })
	if at < 0 {
		return errNotFound
	}
	i := f.claims.manifest.Imports[at]
	m := withdrawModel{Import: f.importView(i), Do: f.claimsLink("/data/claims/withdraw/" + i.ID), Back: f.claimsLink("/data/claims")}
	rows := map[string]int64{}
	var years []string
	for _, file := range i.Files {
		year := strconv.Itoa(int(file.Year))
		if rows[year] == 0 {
			years = append(years, year)
		}
		rows[year] += file.Rows
	}
	slices.Sort(years)
	for _, year := range years {
		m.Snapshots = append(m.Snapshots, f.T("web.claims.withdraw.year", "year", year, "kind", i.Kind, "rows", rows[year]))
	}
	return f.render(w, r, http.StatusOK, withdrawPage(f, m))
}

func (c *claimsDesk) withdraw(f *frame, w http.ResponseWriter, r *http.Request) error {
	store, err := c.open(false)
	if err != nil || store == nil {
		return errors.Join(err, errNotFound)
	}
	id := r.PathValue("id")
	if err := store.Withdraw(id); err != nil {
		return err
	}
	c.Log.Info("import withdrawn", "import", id)
	http.Redirect(w, r, f.link("/data/claims", "withdrawn", id)+"#receipt", http.StatusSeeOther)
	return nil
}

// importJobs are the imports under way and those that ended last, latest first.
func (c *claimsDesk) importJobs() []*job {
	c.jobs.mu.Lock()
	defer c.jobs.mu.Unlock()
	var out []*job
	for _, b := range slices.Backward(c.jobs.kept) {
		if strings.HasPrefix(b.key, importKey) {
			out = append(out, b)
		}
	}
	return out
}

// importKey begins the keys of imports.
const importKey = "import\x00"

// uploadsDir stands in the claims store: files on their way in.
const uploadsDir = "uploads"

// uploadsLeft is how old a file on its way in is when nobody can be bringing it any more.
const uploadsLeft = time.Hour

// sweepUploads removes what a dead program left behind: the files have persons' numbers in them.
func (c *claimsDesk) sweepUploads() {
	dir := filepath.Join(c.Claims.Dir, uploadsDir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // there are none
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && c.Now().Sub(info.ModTime()) > uploadsLeft {
			err = os.RemoveAll(filepath.Join(dir, e.Name()))
		}
		if err != nil {
			c.Log.Error("an upload is left behind", "name", e.Name(), "error", err)
		}
	}
}
