package people

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"tongchou/internal/enrol"
	"tongchou/internal/locale"
)

// Persons are exported masked unless they are asked for in plain, in both kinds of file alike, and no text becomes a formula.
func TestExport(t *testing.T) {
	t.Attr("clause", "SCE-4.1")
	t.Attr("clause", "YA-4.10.2")
	p, err := locale.New(locale.ZH)
	if err != nil {
		t.Fatal(err)
	}
	f := &enrol.File{No: 7}
	f.Add(1, enrol.Known{Identity: enrol.Identity{Document: enrol.Document{Kind: enrol.Passport, Number: "=1+1"}, Name: "=测试甲", Sex: enrol.Male, Birth: "1990-02-03"}}, enrol.Registered{On: "1990-02-03", Place: "510104001002"},
		enrol.Belongs{Group: enrol.Orphan, Spell: enrol.Spell{From: "2020-01-01"}}, enrol.Covered{Area: "510105", Way: enrol.Ordinary, Spell: enrol.Spell{From: "2027-01-01", To: "2027-12-31"}})
	for _, plain := range []bool{false, true} {
		var text, book bytes.Buffer
		asText, asBook := &Export{Year: 2027, Plain: plain, Printer: p}, &Export{Year: 2027, Plain: plain, Printer: p}
		for _, step := range []func() error{func() error { return asText.CSV(&text) }, func() error { return asBook.XLSX(&book) }, func() error { return asText.Person(f, "510105") },
			func() error { return asBook.Person(f, "510105") }, asText.Close, asBook.Close} {
			if err := step(); err != nil {
				t.Fatal(err)
			}
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text.String(), "\ufeff"))).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatal(rows, err)
		}
		file, err := excelize.OpenReader(&book)
		if err != nil {
			t.Fatal(err)
		}
		sheet, err := file.GetRows(file.GetSheetName(0))
		if err != nil || len(sheet) != 2 || !slices.Equal(sheet[0], rows[0]) {
			t.Fatal(sheet, err)
		}
		if formula, _ := file.GetCellFormula(file.GetSheetName(0), "D2"); formula != "" {
			t.Errorf("a formula: %s", formula)
		}
		if got := strings.Contains(text.String(), "测试甲"); got != plain || strings.Contains(strings.Join(sheet[1], " "), "1990-02-03") != plain {
			t.Errorf("plain %v: %q", plain, rows[1])
		}
		if plain && (rows[1][3] != "'=测试甲" || rows[1][2] != "'=1+1" || sheet[1][3] != "=测试甲") {
			t.Errorf("%q %q", rows[1], sheet[1])
		}
		if rows[1][9] != "孤儿" || rows[1][10] != "已参保" || rows[1][12] != "510105" || rows[1][14] != "2027-12-31" {
			t.Errorf("%q", rows[1])
		}
	}
}
