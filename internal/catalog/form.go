package catalog

import (
	"errors"
	"slices"
	"strings"

	"tongchou/internal/benefit"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// Columns are the columns of a catalogue by the platform's names, in the order in which one is kept: code, name, list, class, first share, limit, kind of charge, first and
// last day, whether its use is limited, dosage form, specification, unit, approval number, note, and, a name of ours, the payment limit of a day.
var Columns = strings.Fields(`med_list_codg hilist_name list_type chrgitm_lv selfpay_prop hilist_pric_uplmt_amt med_chrgitm_type begndate enddate lmt_used_flag dosform spec prcunt aprvno memo day_uplmt_amt`)

// classes are the classes as the platform writes them (chrgitm_lv).
var classes = [...]string{benefit.ClassA: "01", benefit.ClassB: "02", benefit.ClassC: "03"}

// Level is the class of an item as the platform writes it (chrgitm_lv).
func (i *Item) Level() string { return classes[min(i.Class, benefit.ClassC)] }

// Cells (目录行) is an item as it is kept, column by column. A limit that there is not, and the first share of an item that has none by its class, are blank.
func (i *Item) Cells() []string {
	first, limit, day, restricted := "", "", "", "0"
	if i.First != 0 || i.Class == benefit.ClassB {
		first = i.First.String()
	}
	if i.Limited {
		limit = i.Limit.String()
	}
	if i.DayLimited {
		day = i.DayLimit.String()
	}
	if i.Restricted {
		restricted = "1"
	}
	return []string{i.Code, i.Name, i.List, i.Level(), first, limit, i.Kind, string(i.From), string(i.To), restricted, i.Form, i.Spec, i.Unit, i.Sold, i.Note, day}
}

// Parse (读取目录行) reads an item from its cells, and names the columns whose values are wrong.
//
// 依据: SC38-7.1
func Parse(cells []string) (item Item, wrong []string) {
	at := func(column string) string {
		if i := slices.Index(Columns, column); i < len(cells) {
			return cells[i]
		}
		return ""
	}
	refuse := func(column string, bad bool) {
		if bad {
			wrong = append(wrong, column)
		}
	}
	item = Item{Code: at("med_list_codg"), Name: at("hilist_name"), List: at("list_type"), Kind: at("med_chrgitm_type"), Form: at("dosform"), Spec: at("spec"), Unit: at("prcunt"),
		Sold: at("aprvno"), Note: at("memo"), Limited: at("hilist_pric_uplmt_amt") != "", DayLimited: at("day_uplmt_amt") != "", Restricted: at("lmt_used_flag") == "1"}
	for i, cell := range cells[:min(len(cells), len(Columns))] {
		most := 500
		if i == 0 || Columns[i] == "list_type" || Columns[i] == "med_chrgitm_type" {
			most = 50
		}
		refuse(Columns[i], len([]rune(cell)) > most || strings.ContainsFunc(cell, func(c rune) bool { return c < ' ' }))
	}
	refuse("med_list_codg", item.Code == "")
	refuse("hilist_name", item.Name == "")
	level := slices.Index(classes[:], at("chrgitm_lv"))
	refuse("chrgitm_lv", level < 0)
	item.Class = benefit.Class(max(level, 0))
	var err error
	item.First, err = rate(at("selfpay_prop"))
	refuse("selfpay_prop", err != nil || item.First > money.One || item.First != 0 && item.Class != benefit.ClassB || at("selfpay_prop") == "" && item.Class == benefit.ClassB && level >= 0)
	item.Limit, err = rate(at("hilist_pric_uplmt_amt"))
	refuse("hilist_pric_uplmt_amt", err != nil)
	item.DayLimit, err = rate(at("day_uplmt_amt"))
	refuse("day_uplmt_amt", err != nil)
	var known bool
	item.From, known = day(at("begndate"))
	refuse("begndate", !known)
	item.To, known = day(at("enddate"))
	refuse("enddate", !known || item.To != "" && item.To < item.From)
	flag := at("lmt_used_flag")
	refuse("lmt_used_flag", flag != "" && flag != "0" && flag != "1")
	return item, slices.Compact(wrong)
}

// day reads a day that may be left out.
func day(text string) (policy.Date, bool) {
	if text == "" {
		return "", true
	}
	return policy.ParseDate(text)
}

var errNegative = errors.New("less than nothing")

// rate reads a number that may be left out.
func rate(text string) (money.Rate, error) {
	if text == "" {
		return 0, nil
	}
	r, err := money.ParseRate(text)
	if err == nil && r < 0 {
		err = errNegative
	}
	return r, err
}

// Wrong (目录差错) says what is wrong with a value, and what was expected.
func Wrong(file string, row int, column, value string) fault.Problem {
	return fault.Problem{File: file, Row: row, Column: column, Value: value, Clause: "SC38-7.1",
		Message: fault.Msg("catalog.value", "column", column, "value", value, "expected", fault.Msg("catalog.expected."+column))}
}

// Form (目录内容) is an edition's items in the form in which they are kept: a line each, tabs between the cells, below a line of titles.
func (e *Edition) Form() string {
	var b strings.Builder
	b.WriteString(strings.Join(Columns, "\t") + "\n")
	for _, item := range e.Items() {
		b.WriteString(strings.Join(item.Cells(), "\t") + "\n")
	}
	return b.String()
}

// ReadItems (读取目录内容) reads what Form writes; columns at the end may be missing. Errors: a fault.Refusal with row and column.
//
// 依据: SC38-7.1
func ReadItems(file, text string) ([]Item, error) {
	var out []Item
	var wrong fault.List
	row, seen := 0, map[string]bool{}
	for line := range strings.Lines(text) {
		row++
		if line = strings.TrimRight(line, "\r\n"); row == 1 || line == "" {
			continue
		}
		cells := strings.Split(line, "\t")
		item, columns := Parse(cells)
		if seen[item.Code] || len(cells) > len(Columns) {
			columns = append(columns, Columns[0])
		}
		for _, column := range columns {
			value := cells[min(slices.Index(Columns, column), len(cells)-1)]
			wrong.Add(Wrong(file, row, column, value))
		}
		seen[item.Code] = true
		out = append(out, item)
	}
	return out, wrong.Err()
}

// Single (示例目录) reads the made-up catalogue that comes with the program: one edition, in force from 2000 on. Errors: a fault.Refusal with row and column.
func Single(file, text string) (Catalogue, error) {
	items, err := ReadItems(file, text)
	return Catalogue{NewEdition("0", "2000-01-01", file, true, items)}, err
}
