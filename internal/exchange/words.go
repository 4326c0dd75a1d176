package exchange

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/pool"
)

// Columns that every kind accepts beside its own.
const (
	columnName     = "name"   // of the division, for people
	columnNote     = "note"   // for people
	columnReason   = "reason" // written by MarkErrors
	columnDataKind = "data_kind"
)

// What a data_kind column may say.
const (
	wordSynthetic = "synthetic"
	wordReported  = "reported"
	wordYes       = "true"
	wordNo        = "false"
	wordNotes     = "notes"
	wordDocument  = "document"
	wordReceipt   = "receipt"
)

// Keys of the words files use, in each language: the name of a column, other names for it, and the texts of a value,
// separated by bars, the first of them the one that is written.
const (
	columnKey = "exchange.column."
	aliasKey  = "exchange.also."
	wordKey   = "exchange.word."
	helpKey   = "exchange.help."
)

// dictionary (词汇表) is what files may call columns and values, in every language at once.
type dictionary struct {
	columns map[string]string          // text → canonical column
	own     map[Kind]map[string]string // the same, where a kind of file calls a column otherwise
	values  map[string][]string        // meaning → texts
}

var vocabulary = sync.OnceValues(readVocabulary)

func readVocabulary() (*dictionary, error) {
	d := &dictionary{columns: map[string]string{}, own: map[Kind]map[string]string{Vouchers: {}, standardRows: {}}, values: map[string][]string{}}
	for _, meaning := range meanings() {
		d.values[meaning] = []string{meaning}
	}
	for _, lang := range []locale.Lang{locale.ZH, locale.EN} {
		p, err := locale.New(lang)
		if err != nil {
			return nil, err
		}
		for _, f := range formats() {
			for _, column := range f.columnNames() {
				d.column(p, column)
			}
		}
		for _, columns := range append(slices.Collect(maps.Values(moneyColumns())), bookLineTable().columnNames(), budgetLineTable().columnNames(), scorecardTable().columnNames(), dueTable().columnNames(), targetTable().columnNames(), cityRuleTable().columnNames(), incomeTable().columnNames(), catalogueTable().columnNames()) {
			for _, column := range columns {
				d.column(p, column)
			}
		}
		for _, column := range []string{columnName, columnNote, columnReason, columnDataKind} {
			d.column(p, column)
		}
		for kind, columns := range map[Kind][]string{Vouchers: voucherTable().columnNames(), standardRows: standardTable().columnNames()} {
			for _, column := range columns {
				d.own[kind][column] = column
				for _, text := range textsOf(p, column) {
					d.own[kind][text] = column
				}
			}
		}
		for _, meaning := range meanings() {
			d.values[meaning] = append(d.values[meaning], strings.Split(p.T(wordKey+meaning), "|")...)
		}
	}
	return d, nil
}

func (d *dictionary) column(p *locale.Printer, column string) {
	d.columns[column] = column
	for _, text := range textsOf(p, column) {
		d.columns[text] = column
	}
}

// textsOf are what files may call a column in a language, the name that is written first.
func textsOf(p *locale.Printer, column string) []string {
	texts := []string{p.T(columnKey + column)}
	if p.Has(aliasKey + column) {
		texts = append(texts, strings.Split(p.T(aliasKey+column), "|")...)
	}
	return texts
}

// named is the column that a text means in a kind of file.
func (d *dictionary) named(kind Kind, text string) string {
	if column, ok := d.own[kind][text]; ok {
		return column
	}
	return d.columns[text]
}

func meanings() []string {
	return []string{string(pool.Employee), string(pool.Resident), string(pool.Reserve), string(pool.Emergency),
		wordYes, wordNo, wordSynthetic, wordReported, wordNotes, wordDocument, wordReceipt}
}

// meaning finds which of the meanings a text stands for.
func (d *dictionary) meaning(text string, among ...string) (string, bool) {
	for _, m := range among {
		for _, known := range d.values[m] {
			if strings.EqualFold(known, text) {
				return m, true
			}
		}
	}
	return "", false
}

// word is how a meaning is written in a language.
func word(p *locale.Printer, meaning string) string {
	first, _, _ := strings.Cut(p.T(wordKey+meaning), "|")
	return first
}

// columnText names a column in the reader's language.
func columnText(column string) fault.Message { return fault.Msg(columnKey + column) }
