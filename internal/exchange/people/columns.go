// Package people reads files of persons (参保人员信息表): one row a person, a wide table of identity, places and groups, and for every
// year a group of columns for cover, payments and what the funds paid. Rows are read by the million, in blocks, by as many readers as
// there are processors.
//
// 依据: SCE-4.1
package people

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"tongchou/internal/enrol"
	"tongchou/internal/locale"
	"tongchou/internal/policy"
)

// field is what a column holds.
type field int

const (
	noField field = iota
	documentKind
	documentNumber
	name
	sex
	birth
	home
	lives
	groups
	phone
	died
	dataKind
	reason // why a row was refused once; not read
	yearly // the fields after it are of a year
	cover
	area
	paidOn
	repair
	reimbursed
	catastrophic
	share // the shares of the payers, in their order
)

// names are the fields' names in files, and in the keys of their texts.
var names = map[field]string{documentKind: "document_kind", documentNumber: "document_number", name: "name", sex: "sex", birth: "birth", home: "home", lives: "lives",
	groups: "groups", phone: "phone", died: "died_on", dataKind: "data_kind", reason: "reason",
	cover: "cover", area: "area", paidOn: "paid_on", repair: "repair", reimbursed: "reimbursed", catastrophic: "catastrophic"}

// payerNames are the payers' columns, in the order of enrol.Payers.
var payerNames = []string{"person", "employer", "unemployment_fund", "medical_aid", "central", "province", "city", "county"}

func (f field) name() string {
	if f >= share {
		return payerNames[f-share]
	}
	return names[f]
}

// column is a field, and its year where it has one.
type column struct {
	field field
	year  policy.Year
}

// Columns lists the columns of a file in the order they are written in, for some years.
func Columns(years []policy.Year) []string {
	var all []string
	for f := documentKind; f <= dataKind; f++ {
		all = append(all, f.name())
	}
	for _, year := range years {
		for _, f := range yearFields() {
			all = append(all, column{f, year}.name())
		}
	}
	return all
}

// yearFields are the fields of a year, in the order they are written in.
func yearFields() []field {
	all := []field{cover, area, paidOn}
	for i := range payerNames {
		all = append(all, share+field(i))
	}
	return append(all, repair, reimbursed, catastrophic)
}

// name is how the program writes a column.
func (c column) name() string {
	if c.year > 0 {
		return strconv.Itoa(int(c.year)) + "." + c.field.name()
	}
	return c.field.name()
}

const textKey = "exchange.people."

// text is how a reader's language writes a column, first what is written and then what is also understood.
func (c column) text(p *locale.Printer) []string {
	if c.year > 0 {
		return strings.Split(p.T(textKey+"year."+c.field.name(), "year", strconv.Itoa(int(c.year))), "|")
	}
	return strings.Split(p.T(textKey+"column."+c.field.name()), "|")
}

// Years that a file may have columns of.
const (
	FirstYear policy.Year = 1998 // employees' insurance began
	LastYear  policy.Year = 2100
)

// dictionary is every text a file may use.
type dictionary struct {
	columns map[string]column
	ways    map[string]enrol.Way
	groups  map[string]enrol.Group
	sexes   map[string]enrol.Sex
	kinds   map[string]enrol.DocumentKind
	labels  map[string]bool // whether the row is made up
}

var vocabulary = sync.OnceValues(readVocabulary)

func readVocabulary() (*dictionary, error) {
	d := &dictionary{map[string]column{}, map[string]enrol.Way{}, map[string]enrol.Group{}, map[string]enrol.Sex{}, map[string]enrol.DocumentKind{}, map[string]bool{}}
	for _, lang := range []locale.Lang{locale.ZH, locale.EN} {
		p, err := locale.New(lang)
		if err != nil {
			return nil, err
		}
		for f := documentKind; f <= reason; f++ {
			d.column(p, column{field: f})
		}
		for year := FirstYear; year <= LastYear; year++ {
			for _, f := range yearFields() {
				d.column(p, column{f, year})
			}
		}
		words(p, "way.", d.ways, ways()...)
		words(p, "group.", d.groups, enrol.Groups()...)
		words(p, "sex.", d.sexes, enrol.Male, enrol.Female, enrol.SexNotSet)
		words(p, "document.", d.kinds, kinds()...)
		for word, made := range map[string]bool{"synthetic": true, "reported": false} {
			for _, text := range append(strings.Split(p.T(textKey+"data."+word), "|"), word) {
				d.labels[text] = made
			}
		}
	}
	return d, nil
}

func (d *dictionary) column(p *locale.Printer, c column) {
	for _, text := range append(c.text(p), c.name()) {
		d.columns[text] = c
	}
}

// words adds what some values are called.
func words[T ~string](p *locale.Printer, kind string, to map[string]T, all ...T) {
	for _, value := range all {
		for _, text := range append(strings.Split(p.T(textKey+kind+string(value)), "|"), string(value)) {
			to[text] = value
		}
	}
}

func ways() []enrol.Way {
	return []enrol.Way{enrol.Ordinary, enrol.Newborn, enrol.Pupil, enrol.Student, enrol.Permit, enrol.Staff, enrol.Flexible, enrol.Unemployed, enrol.Retired}
}

func kinds() []enrol.DocumentKind {
	return []enrol.DocumentKind{enrol.ResidentCard, enrol.Passport, enrol.HongKongMacau, enrol.TaiwanPermit, enrol.ForeignPermit, enrol.BirthCertificate, enrol.OtherDocument}
}

// header finds the columns of a file; a column it does not know, one that is there twice, and what is missing are told.
func (d *dictionary) header(cells []string, told *teller) []column {
	all := d.named(cells, told)
	for _, f := range []field{documentNumber, name} {
		if !slices.Contains(all, column{field: f}) {
			told.add(1, f.name(), "", "missing_column", "name", f.name())
		}
	}
	if !slices.Contains(all, column{field: home}) && !slices.Contains(all, column{field: lives}) {
		told.add(1, lives.name(), "", "missing_column", "name", lives.name())
	}
	return all
}

// named finds the columns by their names; one it does not know, and one that is there twice, are told.
func (d *dictionary) named(cells []string, told *teller) []column {
	all := make([]column, len(cells))
	for i, text := range cells {
		text = strings.TrimSpace(text)
		c, known := d.columns[text]
		switch {
		case text == "":
		case !known:
			told.add(1, text, text, "unknown_column")
		case c.field != reason && slices.Contains(all[:i], c):
			told.add(1, text, text, "twice")
		default:
			all[i] = c
		}
	}
	return all
}
