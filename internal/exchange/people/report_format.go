package people

import (
	"slices"
	"strings"
	"sync"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/locale"
)

// reading is how a cell of a report is read, and what for.
type reading func(r *ReportReader, at int)

// reportColumn is a column of a report: its name in files and keys, whether it may be blank, and how it is read. Columns are read in order.
type reportColumn struct {
	name     string
	required bool
	read     reading
}

// reportFormat is the table of a kind of report.
type reportFormat struct {
	matter  enrol.Matter
	columns []reportColumn
}

// Columns that many reports have.
var (
	whoColumns = []reportColumn{{"document_kind", false, (*ReportReader).readKind}, {"document_number", false, nil}, {"name", true, (*ReportReader).readName},
		{"sex", false, (*ReportReader).readSex}, {"birth", false, (*ReportReader).readBirth}}
	label = reportColumn{"data_kind", false, (*ReportReader).readLabel}
)

func on(name string) reportColumn { return reportColumn{name, true, (*ReportReader).readOn} }

// reportFormats are the tables of all kinds of reports (共享数据表式). A new column is a line here and its texts.
//
// 依据: SCE-10.1, SCE-9.1
func reportFormats() []reportFormat {
	from, to := on("from"), reportColumn{"to", false, (*ReportReader).readTo}
	place, needed := reportColumn{"place", false, (*ReportReader).readPlace}, reportColumn{"place", true, (*ReportReader).readPlace}
	person := func(matter enrol.Matter, own ...reportColumn) reportFormat {
		return reportFormat{matter, append(slices.Concat(whoColumns, own), label)}
	}
	return []reportFormat{
		{enrol.Births, []reportColumn{{"certificate", true, (*ReportReader).readCertificate}, {"document_number", false, nil}, {"name", true, (*ReportReader).readName},
			{"sex", true, (*ReportReader).readSex}, {"birth", true, (*ReportReader).readBirth}, needed, {"mother_number", false, (*ReportReader).readMother}, label}},
		person(enrol.Deaths, on("died_on")),
		person(enrol.Households, on("registered_on"), reportColumn{"event", true, (*ReportReader).readEvent}, place),
		person(enrol.Immunisations, on("vaccinated_on"), needed),
		person(enrol.Hardship, reportColumn{"group", true, (*ReportReader).readGroup}, from, to, place),
		person(enrol.SchoolRolls, reportColumn{"school_code", true, (*ReportReader).readUnit}, reportColumn{"school", true, (*ReportReader).readTitle}, from, to, place),
		person(enrol.Pensions, reportColumn{"status", true, (*ReportReader).readStatus}, from, to, reportColumn{"employer_code", false, (*ReportReader).readUnit},
			reportColumn{"employer", false, (*ReportReader).readTitle}, place),
		person(enrol.Benefits, from, to, place),
		person(enrol.TaxReturns, reportColumn{"receipt", true, (*ReportReader).readReceipt}, reportColumn{"insurance", true, (*ReportReader).readInsurance},
			reportColumn{"period", true, (*ReportReader).readPeriod}, on("paid_on"), reportColumn{"area", true, (*ReportReader).readArea}, reportColumn{"wage", false, (*ReportReader).readWage},
			reportColumn{"person", false, shareOf(enrol.Person)}, reportColumn{"employer_share", false, shareOf(enrol.Employer)},
			reportColumn{"unemployment_fund", false, shareOf(enrol.UnemploymentFund)}, reportColumn{"repair", false, (*ReportReader).readRepair}),
	}
}

// shareOf reads what a payer paid.
func shareOf(payer enrol.Payer) reading {
	return func(r *ReportReader, at int) { r.report.Tax.Shares[payer] = r.amount(at) }
}

func formatOf(matter enrol.Matter) (reportFormat, bool) {
	all := reportFormats()
	at := slices.IndexFunc(all, func(f reportFormat) bool { return f.matter == matter })
	if at < 0 {
		return reportFormat{}, false
	}
	return all[at], true
}

// ReportColumns lists the columns of a kind of report in the order they are written in.
func ReportColumns(matter enrol.Matter) []string {
	format, _ := formatOf(matter)
	var all []string
	for _, c := range format.columns {
		all = append(all, c.name)
	}
	return all
}

const reportKey = "exchange.report."

// firstReportField is the field of a format's first column; the others follow.
const firstReportField = share + 100

// texts is what a language calls a column, first what is written.
func (c reportColumn) texts(p *locale.Printer) []string {
	return strings.Split(p.T(reportKey+"column."+c.name), "|")
}

// reportWords are the words that only reports use.
type reportWords struct {
	insurances map[string]enrol.Insurance
	events     map[string]string
	statuses   map[string]string
}

// The words of household registrations and of pensions.
const (
	eventRegistered = "registered"
	eventDied       = "died"
	eventAbroad     = "abroad"
	statusPays      = "contributing"
	statusDraws     = "drawing"
)

var reportVocabulary = sync.OnceValues(func() (*reportWords, error) {
	w := &reportWords{map[string]enrol.Insurance{}, map[string]string{}, map[string]string{}}
	for _, lang := range []locale.Lang{locale.ZH, locale.EN} {
		p, err := locale.New(lang)
		if err != nil {
			return nil, err
		}
		add := func(kind, word string, to func(string)) {
			for _, text := range append(strings.Split(p.T(reportKey+kind+"."+word), "|"), word) {
				to(text)
			}
		}
		for _, i := range []enrol.Insurance{enrol.Resident, enrol.Employee} {
			add("insurance", i.String(), func(text string) { w.insurances[text] = i })
		}
		for _, event := range []string{eventRegistered, eventDied, eventAbroad} {
			add("event", event, func(text string) { w.events[text] = event })
		}
		for _, status := range []string{statusPays, statusDraws} {
			add("status", status, func(text string) { w.statuses[text] = status })
		}
	}
	return w, nil
})

// OpenReport looks through a file of another department: its digest, how it is written, and its header. What is wrong with the header is a
// *fault.Refusal.
//
// 依据: SCE-10.1
func OpenReport(path string, matter enrol.Matter) (*File, error) {
	format, known := formatOf(matter)
	if !known {
		return nil, fault.New(fault.Usage, "exchange.report.matter", "value", string(matter))
	}
	columns := map[string]column{}
	for _, lang := range []locale.Lang{locale.ZH, locale.EN} {
		p, err := locale.New(lang)
		if err != nil {
			return nil, err
		}
		for i, c := range format.columns {
			for _, text := range append(c.texts(p), c.name) {
				columns[text] = column{field: firstReportField + field(i)}
			}
		}
		for _, text := range (column{field: reason}).text(p) {
			columns[text] = column{field: reason}
		}
	}
	return open(path, func(cells []string, told *teller) []column {
		d := &dictionary{columns: columns}
		all := d.named(cells, told)
		for i, c := range format.columns {
			if c.required && !slices.Contains(all, column{field: firstReportField + field(i)}) {
				told.add(1, c.name, "", "missing", "name", c.name)
			}
		}
		return all
	})
}
