package web

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// Importer (可导入的数据) is a province that takes files; *exchange.Folder is one. A province that is none is shown, and
// its page has no form.
type Importer interface {
	// ImportWithin takes a file over all of whose rows are of divisions within; of any when that is nil.
	ImportWithin(within func(region.Code) bool, kind exchange.Kind, in exchange.Input, replace bool) (exchange.Report, error)
}

var _ Importer = (*exchange.Folder)(nil)

// desk is where figures come in and go out: the pages of the data directory, with the receipts of what was brought.
type desk struct {
	*site
	receipts *receipts
}

func newDesk(s *site) *desk { return &desk{site: s, receipts: newReceipts(s)} }

// dataModel is the page of the province's data (数据).
type dataModel struct {
	Writable, Synthetic bool
	Title, Note         string
	Kinds               []kindView
	Problems            []fault.Problem // why the data cannot be computed
	More                int             // problems beyond those listed
	Receipt             *receiptView
	Error               string // what was wrong with the form
	Chosen              exchange.Kind
	Place               string // whose rows these are
	Own                 bool   // of one division, not of the province
	MaxMebibytes        int
	Years               []string // a template may be made for
}

// receiptView says what an import did.
type receiptView struct{ Text, Kind, File string }

// kindView is a kind of file as it stands in the directory.
type kindView struct {
	Kind                       exchange.Kind
	Name, About                string
	Rows                       int
	Years, Insurances, Places  string
	Missing                    []missingView
	Synthetic                  string
	Digest, Short              string
	Preview, Download, Filling string
}

// missingView is who has no row, in one year of one insurance type.
type missingView struct{ What, Who string }

// kindTexts are the keys of a kind's name and of what it holds.
var kindTexts = map[exchange.Kind]struct{ name, about string }{
	exchange.Statements: {"web.data.statements", "web.data.statements.about"},
	exchange.Factors:    {"web.data.factors", "web.data.factors.about"},
	exchange.Openings:   {"web.data.opening", "web.data.opening.about"},
	exchange.AgeGroups:  {"web.data.age_groups", "web.data.age_groups.about"},
}

// kindName is a kind's name in the reader's language.
func (f *frame) kindName(k exchange.Kind) string { return f.T(kindTexts[k].name) }

// kindNamed finds a kind by the name addresses and forms use.
func kindNamed(text string) (exchange.Kind, bool) {
	_, ok := kindTexts[exchange.Kind(text)]
	return exchange.Kind(text), ok
}

// maxListed is how many problems a page lists; the workbook has them all.
const maxListed = 300

func (d *desk) page(f *frame, w http.ResponseWriter, r *http.Request) error {
	f.keepToOwn()
	m := d.model(f)
	if kept, ok := d.receipts.find(f.subject.ID, f.seen.Get("receipt")); ok && kept.refusal == nil {
		m.Receipt = &receiptView{Kind: f.kindName(kept.kind), File: kept.in.Name,
			Text: f.T("web.data.receipt", "added", kept.report.Added, "replaced", kept.report.Replaced, "unchanged", kept.report.Unchanged)}
		m.Chosen = kept.kind
	}
	return f.render(w, r, http.StatusOK, dataPage(f, m))
}

func (d *desk) model(f *frame) dataModel {
	settings := d.Province.Settings()
	m := dataModel{Synthetic: f.synthetic(), Title: settings.Title.In(string(f.Lang)), Note: settings.Note.In(string(f.Lang)),
		MaxMebibytes: maxUpload >> 20, Chosen: exchange.Statements, Years: templateYears(f)}
	_, m.Writable = d.Province.(Importer)
	m.Writable = m.Writable && f.may(office.Import, f.dataDivision())
	m.Own, m.Place = f.onlyOwn(), f.provinceName()
	if m.Own {
		m.Place = f.divisionName(f.subject.Division)
	}
	if kind, ok := f.kindNamed(f.seen.Get("kind")); ok {
		m.Chosen = kind
	}
	for _, kind := range f.kinds() {
		m.Kinds = append(m.Kinds, d.kind(f, kind))
	}
	m.Problems = f.problems
	if len(m.Problems) > maxListed {
		m.Problems, m.More = m.Problems[:maxListed], len(m.Problems)-maxListed
	}
	return m
}

// factRow is what every kind's rows have: whose they are, and whether they are made up.
type factRow struct {
	pool.Key
	synthetic bool
}

// rowsOf lists the rows of a kind. Opening balances have no year and no place.
func rowsOf(facts pool.Facts, kind exchange.Kind) []factRow {
	var out []factRow
	switch kind {
	case exchange.Statements:
		for _, s := range facts.Statements {
			out = append(out, factRow{s.Key, s.Synthetic})
		}
	case exchange.Factors:
		for _, r := range facts.Factors {
			out = append(out, factRow{r.Key, r.Synthetic})
		}
	case exchange.AgeGroups:
		for _, g := range facts.AgeGroups {
			out = append(out, factRow{g.Key, g.Synthetic})
		}
	case exchange.Openings:
		for _, o := range facts.Openings {
			out = append(out, factRow{pool.Key{Insurance: o.Insurance}, false})
		}
	}
	return out
}

func (d *desk) kind(f *frame, kind exchange.Kind) kindView {
	rows := rowsOf(f.book.facts, kind)
	name := string(kind)
	v := kindView{Kind: kind, Name: f.kindName(kind), About: f.T(kindTexts[kind].about), Rows: len(rows), Synthetic: f.madeUp(rows, kind),
		Preview: f.link("/data/" + name), Download: f.link("/data/file/" + name + ".csv")}
	v.Filling = f.link("/data/template/"+name+".xlsx", "year", f.templateYear())
	for _, sum := range f.book.loaded.Digests {
		if sum.Kind == kind {
			v.Digest, v.Short = sum.SM3, sum.SM3[:min(len(sum.SM3), 12)]
		}
	}
	v.Years, v.Insurances, v.Places = f.extent(rows, kind)
	v.Missing = f.missing(rows, kind)
	return v
}

// madeUp says how many of the rows are made up.
func (f *frame) madeUp(rows []factRow, kind exchange.Kind) string {
	count := 0
	for _, r := range rows {
		if r.synthetic {
			count++
		}
	}
	switch {
	case len(rows) == 0:
		return ""
	case f.site.Province.Settings().Synthetic, count == len(rows):
		return f.T("web.data.synthetic.all")
	case count > 0:
		return f.T("web.data.synthetic.some", "count", count)
	case kind == exchange.Openings && f.synthetic():
		return f.T("web.data.synthetic.beside")
	}
	return ""
}

// extent says which years, insurance types and divisions rows are of.
func (f *frame) extent(rows []factRow, kind exchange.Kind) (years, insurances, places string) {
	seenYears, seenTypes, seenPlaces := map[policy.Year]bool{}, map[pool.Insurance]bool{}, map[region.Code]bool{}
	for _, r := range rows {
		seenYears[r.Year], seenTypes[r.Insurance], seenPlaces[r.Division] = true, true, true
	}
	var names []string
	for _, i := range pool.Insurances() {
		if seenTypes[i] {
			names = append(names, f.T("web.insurance."+string(i)))
		}
	}
	insurances = f.Value(names)
	if kind == exchange.Openings || len(rows) == 0 {
		return "", insurances, ""
	}
	return yearSpans(seenYears), insurances, strconv.Itoa(len(seenPlaces))
}

// yearSpans writes years as spans: 2023-2025, 2027.
func yearSpans(seen map[policy.Year]bool) string {
	var all []policy.Year
	for y := range seen {
		all = append(all, y)
	}
	slices.Sort(all)
	var parts []string
	for i := 0; i < len(all); {
		end := i
		for end+1 < len(all) && all[end+1] == all[end]+1 {
			end++
		}
		text := strconv.Itoa(int(all[i]))
		if end > i {
			text += "\u2013" + strconv.Itoa(int(all[end]))
		}
		parts, i = append(parts, text), end+1
	}
	return strings.Join(parts, ", ")
}

// missing lists the prefectures without a row, for each year and type that others have rows of; and, for factors, the
// years to be computed that have none at all.
func (f *frame) missing(rows []factRow, kind exchange.Kind) []missingView {
	if kind == exchange.Openings {
		return nil
	}
	type part struct {
		year      policy.Year
		insurance pool.Insurance
	}
	have := map[part]map[region.Code]bool{}
	if kind == exchange.Factors {
		for _, s := range f.book.facts.Statements {
			if s.Year >= f.site.firstYear() {
				have[part{s.Year, s.Insurance}] = map[region.Code]bool{}
			}
		}
	}
	for _, r := range rows {
		p := part{r.Year, r.Insurance}
		if have[p] == nil {
			have[p] = map[region.Code]bool{}
		}
		have[p][r.Division] = true
	}
	var parts []part
	for p := range have {
		parts = append(parts, p)
	}
	slices.SortFunc(parts, func(a, b part) int { return cmp.Or(cmp.Compare(a.year, b.year), cmp.Compare(a.insurance, b.insurance)) })
	prefectures := slices.DeleteFunc(f.site.Engine.Tree.Prefectures(f.book.province(f.site.pack)), func(d region.Division) bool { return !f.may(office.View, d.Code) })
	var out []missingView
	for _, p := range parts {
		var who []string
		for _, d := range prefectures {
			if !have[p][d.Code] {
				who = append(who, f.Short(d.Code))
			}
		}
		if len(who) == 0 {
			continue
		}
		v := missingView{What: strconv.Itoa(int(p.year)) + " " + f.T("web.insurance."+string(p.insurance)), Who: f.Value(who)}
		if len(who) == len(prefectures) {
			v.Who = f.T("web.data.missing.everyone")
		}
		out = append(out, v)
	}
	return out
}

// templateYear is the year a template is made for unless another is asked for: the one after the last with data.
func (f *frame) templateYear() string {
	year := f.site.firstYear()
	for _, y := range f.book.facts.Years() {
		year = y + 1
	}
	if year == 0 {
		year = policy.Year(f.site.Now().Year())
	}
	return strconv.Itoa(int(year))
}

// templateYears are the years offered for templates: those with data, and the one after.
func templateYears(f *frame) []string {
	var out []string
	for _, y := range f.book.facts.Years() {
		out = append(out, strconv.Itoa(int(y)))
	}
	return append(out, f.templateYear())
}

// maxTemplateYears bounds how many years a template may be made for at once.
const maxTemplateYears = 10

func (d *desk) template(f *frame, w http.ResponseWriter, r *http.Request) error {
	f.keepToOwn()
	name, ok := strings.CutSuffix(r.PathValue("file"), ".xlsx")
	kind, known := f.kindNamed(name)
	if !ok || !known {
		return errNotFound
	}
	var years []policy.Year
	for _, text := range f.seen["year"] {
		n, err := strconv.Atoi(text)
		if err == nil && n >= 1949 && n <= 9999 && len(years) < maxTemplateYears && !slices.Contains(years, policy.Year(n)) {
			years = append(years, policy.Year(n))
		}
	}
	if len(years) == 0 {
		n, _ := strconv.Atoi(f.templateYear())
		years = []policy.Year{policy.Year(n)}
	}
	var b bytes.Buffer
	if err := exchange.WriteTemplate(&b, kind, f.book.province(d.pack), years, f.Printer); err != nil {
		return err
	}
	return attach(w, f.T("web.data.template.file", "kind", f.kindName(kind), "year", strconv.Itoa(int(years[0]))), workbookType, b.Bytes())
}

func (d *desk) file(f *frame, w http.ResponseWriter, r *http.Request) error {
	f.keepToOwn()
	name, ok := strings.CutSuffix(r.PathValue("file"), ".csv")
	kind, known := f.kindNamed(name)
	if !ok || !known {
		return errNotFound
	}
	if len(f.book.facts.Statements) == 0 && len(f.problems) > 0 {
		f.refused(w, r)
		return nil
	}
	content, err := canonical(f.book.facts, kind)
	if err != nil {
		return err
	}
	return attach(w, name+".csv", "text/csv; charset=utf-8", content)
}

// canonical writes the rows of a kind as the file the directory keeps.
func canonical(facts pool.Facts, kind exchange.Kind) ([]byte, error) {
	var b bytes.Buffer
	var err error
	switch kind {
	case exchange.Statements:
		err = exchange.WriteStatementsCSV(&b, facts.Statements)
	case exchange.Factors:
		err = exchange.WriteFactorsCSV(&b, facts.Factors)
	case exchange.AgeGroups:
		err = exchange.WriteAgeGroupsCSV(&b, facts.AgeGroups)
	case exchange.Openings:
		err = exchange.WriteOpeningsCSV(&b, facts.Openings)
	}
	return b.Bytes(), err
}

const workbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// attach answers with a file to keep.
func attach(w http.ResponseWriter, name, kind string, content []byte) error {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Length", strconv.Itoa(len(content)))
	_, err := w.Write(content)
	return err
}

// csv answers with a table as a file that spreadsheets open: the mark at its beginning tells them it is UTF-8.
func (f *frame) csv(w http.ResponseWriter, name string, head []string, rows [][]string) error {
	b := bytes.NewBufferString("\ufeff")
	c := csv.NewWriter(b)
	for _, row := range append([][]string{head}, rows...) {
		cells := make([]string, len(row))
		for i, text := range row {
			cells[i] = plainCell(text)
		}
		if err := c.Write(cells); err != nil {
			return err
		}
	}
	if c.Flush(); c.Error() != nil {
		return c.Error()
	}
	return attach(w, name, "text/csv; charset=utf-8", b.Bytes())
}

// signedNumber is what may begin with a sign and still be no formula.
var signedNumber = regexp.MustCompile(`^[+-]?[0-9][0-9,]*(\.[0-9]+)?%?$`)

// plainCell is a text that no spreadsheet takes for a formula: what would begin one gets an apostrophe before it.
func plainCell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) && !signedNumber.MatchString(text) {
		return "'" + text
	}
	return text
}

// fileName is the last part of an uploaded file's name, without what could disturb a page, a log or a disk.
func fileName(name string) string {
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.TrimSpace(strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c == utf8.RuneError || strings.ContainsRune("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029", c) {
			return -1
		}
		return c
	}, name))
	if runes := []rune(name); len(runes) > maxName {
		name = string(runes[len(runes)-maxName:])
	}
	if strings.Trim(name, ".") == "" {
		return "upload"
	}
	return name
}

// maxName is how much of a file's name is kept, in characters, counted from its end.
const maxName = 80
