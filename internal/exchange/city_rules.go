package exchange

import (
	"io"

	"tongchou/internal/benefit"
	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// cityRules is the kind of file of cities' benefits.
const cityRules Kind = "city_rules"

func cityRuleTable() table[benefit.CityRule] {
	return table[benefit.CityRule]{
		kind:  cityRules,
		place: func(r *benefit.CityRule) *fault.Place { return &r.Place },
		label: func(r *benefit.CityRule) *bool { return &r.Synthetic },
		columns: []column[benefit.CityRule]{
			{name: "division", key: true, clause: "SC38-6.2", read: func(r *reading, row *benefit.CityRule) { row.Division = r.division() },
				write: func(row benefit.CityRule) (string, error) { return string(row.Division), nil }},
			{name: "document", clause: "YN-4.2", read: func(r *reading, row *benefit.CityRule) { row.Document, _ = r.needed() },
				write: func(row benefit.CityRule) (string, error) { return row.Document, nil }},
			{name: "from_day", key: true, clause: "SC38-6.2", read: func(r *reading, row *benefit.CityRule) { row.From = r.date() },
				write: func(row benefit.CityRule) (string, error) { return string(row.From), nil }},
			{name: "parameter", key: true, clause: "SC38-6.3", read: func(r *reading, row *benefit.CityRule) {
				text, _ := r.needed()
				row.Parameter = policy.ParameterID(text)
			}, write: func(row benefit.CityRule) (string, error) { return string(row.Parameter), nil }},
			{name: "setting", clause: "SC38-6.3", read: func(r *reading, row *benefit.CityRule) { row.Value, _ = r.needed() },
				write: func(row benefit.CityRule) (string, error) { return row.Value, nil }},
		},
	}
}

// ReadCityRules (读取市级细则) reads a file of cities' benefits, CSV or XLSX: division, document number, first day, parameter and value. What the
// parameters mean is checked by benefit.CheckCities. Errors: a fault.Refusal with file, row and column.
//
// 依据: SC38-6.2, YN-4.2
func ReadCityRules(in Input) ([]benefit.CityRule, error) { return readRows(cityRuleTable(), in) }

// WriteCityRules writes such a file as CSV.
func WriteCityRules(w io.Writer, rules []benefit.CityRule) error {
	return cityRuleTable().write(w, rules)
}

// WriteCityTemplate (市级细则模板) writes a workbook to fill in with a division's own rules: those it has, or a row to begin with; on a second sheet every parameter with what it
// is called and what holds of it (id, name, value).
//
// 依据: YN-4.2
func WriteCityTemplate(w io.Writer, division region.Code, rules []benefit.CityRule, values [][3]string, notes []Note, p *locale.Printer) error {
	t := Table{Sheet: p.T("exchange.sheet." + string(cityRules)), Wide: 5}
	columns := cityRuleTable().columns
	for _, c := range columns {
		t.Heads = append(t.Heads, p.T(columnKey+c.name))
	}
	t.Heads = append(t.Heads, p.T(columnKey+columnDataKind))
	if len(rules) == 0 {
		rules = []benefit.CityRule{{Division: division}}
	}
	for _, r := range rules {
		cells, err := cityRuleTable().record(r)
		if err != nil {
			return err
		}
		var line []TableCell
		for i := range columns {
			line = append(line, TextCell(cells[i]))
		}
		kind := ""
		if r.Synthetic {
			kind = word(p, wordSynthetic)
		}
		t.Rows = append(t.Rows, append(line, TextCell(kind)))
	}
	known := Table{Sheet: p.T("exchange.sheet.parameters"), Wide: 2, Heads: []string{p.T("exchange.parameters.id"), p.T("exchange.parameters.name"), p.T("exchange.parameters.value")}}
	for _, v := range values {
		known.Rows = append(known.Rows, []TableCell{TextCell(v[0]), TextCell(v[1]), TextCell(v[2])})
	}
	return WriteTables(w, []Table{t, known}, notes, p)
}
