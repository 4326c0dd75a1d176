package exchange

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"tongchou/internal/money"
	"tongchou/internal/pool"
)

// parts are the parts of a workbook with one sheet, as a spreadsheet program writes them.
func parts(sheet string) map[string]string {
	return map[string]string{
		"_rels/.rels":                `<Relationships><Relationship Id="r1" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook xmlns:r="r"><sheets><sheet name="数据" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://x/styles" Target="/xl/styles.xml"/><Relationship Id="r3" Type="http://x/sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
		"xl/styles.xml":              `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m"/><numFmt numFmtId="165" formatCode="[Red]&quot;days&quot;\d#,##0.00_d"/><numFmt numFmtId="166" formatCode="[h]:00"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="31"/></cellXfs></styleSheet>`,
		"xl/sharedStrings.xml":       `<sst><si><t>year</t></si><si><r><t>divi</t></r><r><t>sion</t></r><rPh><t>x</t></rPh></si><si><t xml:space="preserve"> 职工 </t></si><si><t>a_x000D_b</t></si></sst>`,
		"xl/worksheets/sheet1.xml":   sheet,
	}
}

func zipped(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		part, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write([]byte(parts[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	sheetOpen  = `<worksheet><cols><col min="1" max="16384"/></cols><sheetData>`
	sheetClose = `</sheetData><pageMargins left="1"/></worksheet>`
	sheetHead  = `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="inlineStr"><is><t>险种</t></is></c><c r="D1" t="str"><f>"inc"&amp;"ome"</f><v>income</v></c><c r="E1" t="inlineStr"><is><t>expenditure</t></is></c><c r="F1" t="inlineStr"><is><t>surplus_begin</t></is></c><c r="G1" t="inlineStr"><is><t>managerial</t></is></c></row>`
)

// sheetOf is a sheet with the header of statements and one row, of which one cell is replaced.
func sheetOf(column, replacement string) string {
	cells := map[string]string{
		"A": `<c r="A2"><v>2024</v></c>`,
		"B": `<c r="B2" t="n"><v>5.101E5</v></c>`,
		"C": `<c r="C2" t="s"><v>2</v></c>`,
		"D": `<c r="D2" s="3"><f>B1*C1</f><v>1234.5600000000001</v></c>`,
		"E": `<c r="E2" t="inlineStr"><is><t>90.50</t></is></c>`,
		"F": `<c r="F2"><v>-1.1000000000000001E-2</v></c>`,
		"G": `<c r="G2" t="b"><v>1</v></c>`,
	}
	cells["F"] = `<c r="F2"><v>-0.10999999999999999</v></c>`
	if column != "" {
		cells[column] = replacement
	}
	row := `<row r="2">`
	for _, c := range "ABCDEFG" {
		row += cells[string(c)]
	}
	return sheetOpen + sheetHead + row + `</row><row r="3"><c r="A3" s="1"/><c r="XFD3" s="1"/></row>` + sheetClose
}

func loadWorkbook(t testing.TB, parts map[string]string) (Loaded, error) {
	return Load(files(Statements, Input{Name: "f.xlsx", Content: zipped(t, parts)}))
}

func TestWorkbook(t *testing.T) {
	loaded, err := loadWorkbook(t, parts(sheetOf("", "")))
	if err != nil {
		t.Fatal(err)
	}
	if len(loaded.Facts.Statements) != 1 {
		t.Fatalf("%+v", loaded.Facts)
	}
	s := loaded.Facts.Statements[0]
	if s.Year != 2024 || s.Division != "510100" || s.Insurance != pool.Employee || s.Income != 123456 || s.Spent != 9050 || s.SurplusBegin != -11 || !s.Managerial || s.Place.Row != 2 {
		t.Errorf("%+v", s)
	}
}

// Rows and cells may leave out where they stand.
func TestWorkbookWithoutReferences(t *testing.T) {
	sheet := sheetOf("", "")
	for _, r := range []string{` r="1"`, ` r="2"`, ` r="A1"`, ` r="B1"`, ` r="A2"`, ` r="B2"`} {
		sheet = strings.Replace(sheet, r, "", 1)
	}
	if loaded, err := loadWorkbook(t, parts(sheet)); err != nil || loaded.Facts.Statements[0].Division != "510100" {
		t.Errorf("%+v %v", loaded.Facts, err)
	}
}

func TestWorkbookRefusals(t *testing.T) {
	cell := func(column, cell string) func(map[string]string) {
		return func(p map[string]string) { p["xl/worksheets/sheet1.xml"] = sheetOf(column, cell) }
	}
	part := func(name, text string) func(map[string]string) {
		return func(p map[string]string) { p[name] = text }
	}
	const sheet = "xl/worksheets/sheet1.xml"
	for _, c := range []struct {
		name   string
		change func(map[string]string)
		key    string
		row    int
		column string
	}{
		{"date", cell("D", `<c r="D2" s="1"><v>45000</v></c>`), "exchange.cell.date", 2, "income"},
		{"date of its own format", cell("D", `<c r="D2" s="2"><v>45000</v></c>`), "exchange.cell.date", 2, "income"},
		{"hours", cell("D", `<c r="D2" s="4"><v>1</v></c>`), "exchange.cell.date", 2, "income"},
		{"Chinese date", cell("D", `<c r="D2" s="5"><v>1</v></c>`), "exchange.cell.date", 2, "income"},
		{"ISO date", cell("D", `<c r="D2" t="d"><v>2024-01-01</v></c>`), "exchange.cell.date", 2, "income"},
		{"date for yes", cell("G", `<c r="G2" s="1"><v>1</v></c>`), "exchange.cell.date", 2, "managerial"},
		{"boolean", cell("D", `<c r="D2" t="b"><v>0</v></c>`), "exchange.cell.boolean", 2, "income"},
		{"boolean in a column without a name", cell("G", `<c r="H2" t="b"><v>0</v></c>`), "exchange.header.blank", 2, "H"},
		{"error", cell("D", `<c r="D2" t="e"><v>#DIV/0!</v></c>`), "exchange.cell.error", 2, "income"},
		{"formula without its value", cell("D", `<c r="D2"><f>1+1</f></c>`), "exchange.cell.formula", 2, "income"},
		{"formula with an empty value", cell("D", `<c r="D2"><f>1+1</f><v></v></c>`), "exchange.cell.formula", 2, "income"},
		{"formula that gives nothing", cell("D", `<c r="D2" t="str"><f>""</f><v></v></c>`), "exchange.blank", 2, "income"},
		{"blank", cell("D", `<c r="D2" s="3"/>`), "exchange.blank", 2, "income"},
		{"cell left out", cell("F", ``), "", 0, ""},
		{"text with separators", cell("D", `<c r="D2" t="inlineStr"><is><t>1,000</t></is></c>`), "exchange.thousands", 2, "income"},
		{"text with an exponent", cell("D", `<c r="D2" t="inlineStr"><is><t>1E3</t></is></c>`), "exchange.amount.not_number", 2, "income"},
		{"three decimals", cell("D", `<c r="D2"><v>1.005</v></c>`), "exchange.amount.decimals", 2, "income"},
		{"huge number", cell("D", `<c r="D2"><v>1E300</v></c>`), "exchange.amount.too_large", 2, "income"},
		{"tiny number", cell("D", `<c r="D2"><v>1E-300</v></c>`), "exchange.amount.decimals", 2, "income"},
		{"not even a number", cell("D", `<c r="D2"><v>x</v></c>`), "exchange.workbook.broken", 0, ""},
		{"infinity", cell("D", `<c r="D2"><v>Inf</v></c>`), "exchange.workbook.broken", 0, ""},
		{"no such string", cell("D", `<c r="D2" t="s"><v>99</v></c>`), "exchange.workbook.broken", 0, ""},
		{"no such type", cell("D", `<c r="D2" t="?"><v>99</v></c>`), "exchange.workbook.broken", 0, ""},
		{"cells out of order", cell("D", `<c r="A2"><v>99</v></c>`), "exchange.workbook.broken", 0, ""},
		{"cell nowhere", cell("D", `<c r="12"><v>99</v></c>`), "exchange.workbook.broken", 0, ""},
		{"cell too far out", cell("G", `<c r="ZZZZ2"><v>99</v></c>`), "exchange.workbook.broken", 0, ""},
		{"too many columns", cell("G", `<c r="XFD2"><v>99</v></c>`), "exchange.columns", 2, "GS"},
		{"rows out of order", part(sheet, sheetOpen+`<row r="2"/><row r="2"/>`+sheetClose), "exchange.workbook.broken", 0, ""},
		{"row too far down", part(sheet, sheetOpen+`<row r="1048577"/>`+sheetClose), "exchange.workbook.broken", 0, ""},
		{"row nowhere", part(sheet, sheetOpen+`<row r="x"/>`+sheetClose), "exchange.workbook.broken", 0, ""},
		{"something else for a row", part(sheet, sheetOpen+`<cell/>`+sheetClose), "exchange.workbook.broken", 0, ""},
		{"unfinished", part(sheet, sheetOpen+sheetHead), "exchange.workbook.broken", 0, ""},
		{"other encoding", part(sheet, `<?xml version="1.0" encoding="GB2312"?>`+sheetOpen+sheetClose), "exchange.workbook.broken", 0, ""},
		{"own entity", part(sheet, `<!DOCTYPE a [<!ENTITY b "c">]><worksheet><sheetData><row><c t="str"><v>&b;</v></c></row></sheetData></worksheet>`), "exchange.workbook.broken", 0, ""},
		{"empty sheet", part(sheet, sheetOpen+sheetClose), "exchange.empty", 0, ""},
		{"header in row 2", part(sheet, strings.NewReplacer(`r="3"`, `r="4"`, `r="2"`, `r="3"`, `r="1"`, `r="2"`).Replace(sheetOf("", ""))), "exchange.no_header", 1, ""},
		{"no sheet", part("xl/workbook.xml", `<workbook/>`), "exchange.workbook.no_sheet", 0, ""},
		{"only notes", part("xl/workbook.xml", `<workbook xmlns:r="r"><sheets><sheet name=" 说明" r:id="r1"/></sheets></workbook>`), "exchange.workbook.no_sheet", 0, ""},
		{"only a hidden sheet", part("xl/workbook.xml", `<workbook xmlns:r="r"><sheets><sheet name="a" state="hidden" r:id="r1"/></sheets></workbook>`), "exchange.workbook.no_sheet", 0, ""},
		{"two sheets of data", part("xl/workbook.xml", `<workbook xmlns:r="r"><sheets><sheet name="a" r:id="r1"/><sheet name="b" r:id="r1"/></sheets></workbook>`), "exchange.workbook.two_sheets", 0, ""},
		{"a document of another kind", part("_rels/.rels", `<Relationships/>`), "exchange.workbook.broken", 0, ""},
		{"part missing", part("xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="r1" Type="http://x/worksheet" Target="gone.xml"/></Relationships>`), "exchange.workbook.broken", 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := parts(sheetOf("", ""))
			c.change(p)
			_, err := loadWorkbook(t, p)
			if c.key == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantProblem(t, err, c.key, c.row, c.column)
		})
	}
}

func TestPlainNumber(t *testing.T) {
	for text, want := range map[string]string{
		"1234.5600000000001": "1234.56", "0.10000000000000001": "0.1", "0.30000000000000004": "0.3", "1.1E+2": "110", "-5e-2": "-0.05",
		"9999999999999.9902": "9999999999999.99", "10000000000000": "10000000000000", "-0": "0", "0.0": "0", "1e21": "1000000000000000000000",
		"1.005": "1.005", ".5": "0.5", "99999999999999.99": "99999999999999.99", "-12345678901234.561": "-12345678901234.561", "1.23456789012345E+13": "12345678901234.5",
	} {
		if got, ok := plainNumber(text); !ok || got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"", "x", "0x10", "NaN", "inf", "1_000", "1e999", "--1", "１"} {
		if got, ok := plainNumber(text); ok {
			t.Errorf("%q is read as %s", text, got)
		}
	}
}

// Every amount that a file may state survives being stored as a binary number.
func TestNumbersSurviveStorage(t *testing.T) {
	for _, fen := range []money.Fen{1, -1, 99, 100, 123456, 999_999_999_999_999, -999_999_999_999_999, money.MaxFen, 100_000_000_000_001, 701_408_733_000_029} {
		stored := fmt.Sprintf("%.17g", float64(fen)/100)
		text, _ := plainNumber(stored)
		if got, err := money.ParseFen(text); got != fen || err != nil {
			t.Errorf("%s stored as %s reads as %s: %v %v", fen, stored, text, got, err)
		}
	}
}

// What the spreadsheet library writes in any of its ways, the reader reads the same.
func TestReadsWhatTheLibraryWrites(t *testing.T) {
	f := excelize.NewFile()
	rows := [][]any{
		{"年度", "区划代码", "险种", "当年收入", "当年支出", "年初累计结余", "名称"},
		{2024, 510100, "职工", 100.1, "90.50", nil, "成都市"},
		nil,
		{"2024", "510300", "居民医保", 0.1 + 0.2, 5, -7.25, true},
	}
	for i, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.NewSheet("说明"); err != nil {
		t.Fatal(err)
	}
	if err := f.SetCellStr("说明", "A1", "words"); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	got, err := Load(files(Statements, Input{Name: "f", Content: b.Bytes()}))
	if err != nil {
		t.Fatal(err)
	}
	want, err := Load(files(Statements, Input{Name: "f", Content: []byte("年度,区划代码,险种,当年收入,当年支出,年初累计结余\n2024,510100,职工,100.1,90.5,\n\n2024,510300,居民,0.3,5,-7.25\n")}))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Facts, want.Facts) {
		t.Errorf("got  %+v\nwant %+v", got.Facts, want.Facts)
	}
}

// A small file that unpacks to a great deal, and one that claims a sheet of 17 thousand million cells, are both read in
// little memory.
func TestBombs(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if _, err := w.CreateRaw(&zip.FileHeader{Name: "xl/sharedStrings.xml", UncompressedSize64: maxUnpacked + 1}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := Load(files(Statements, Input{Name: "f.xlsx", Content: b.Bytes()}))
	wantProblem(t, err, "exchange.workbook.too_large", 0, "")

	liar, err := openWorkbook(zipped(t, parts(sheetOf("", ""))))
	if err != nil {
		t.Fatal(err)
	}
	liar.left = 100
	if _, err := liar.readHeader(liar.sheets[0]); !errors.Is(err, errUnpacked) {
		t.Errorf("more was unpacked than the limit: %v", err)
	}

	var wide strings.Builder
	wide.WriteString(sheetOpen + sheetHead)
	for row := 2; row < 100_000; row++ {
		fmt.Fprintf(&wide, `<row r="%d"><c r="XFD%d"/></row>`, row, row)
	}
	wide.WriteString(strings.Replace(`<row r="100000"><c r="A2" t="str"><v>x</v></c></row>`, "A2", "A100000", 1) + sheetClose)
	in := Input{Name: "f.xlsx", Content: zipped(t, parts(wide.String()))}
	_, err = Load(files(Statements, in))
	refusal := refusalOf(t, err)
	if refusal.Problems[0].Row != 100_000 {
		t.Error(refusal)
	}
	if _, err := MarkErrors(in, refusal, printers(t)[0]); err != nil {
		t.Error(err)
	}
}

// What a decoder would keep whole is refused before it grows, whatever it is written as; what only looks long is read.
func TestWorkbookPieces(t *testing.T) {
	long := strings.Repeat("A", 3<<20)
	tags := strings.Repeat("<>", 3<<19)
	for name, text := range map[string]string{
		"text": `<c r="D2" t="inlineStr"><is><t>` + long + `</t></is></c>`, "attribute": `<c r="D2" s="` + long + `"/>`,
		"comment": "<!--" + long + "-->", "comment of tags": "<!--" + tags + "-->", "section": `<c r="D2" t="str"><v><![CDATA[` + tags + `]]></v></c>`,
		"instruction": "<?a " + tags + "?>", "declaration": "<!A " + tags + ">",
	} {
		var before, after runtime.MemStats
		p := parts(sheetOf("D", text))
		runtime.ReadMemStats(&before)
		_, err := loadWorkbook(t, p)
		runtime.ReadMemStats(&after)
		wantProblem(t, err, "exchange.workbook.broken", 0, "")
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 24<<20 {
			t.Errorf("%s: %d MiB", name, grown>>20)
		}
	}
	if _, err := loadWorkbook(t, parts(strings.Replace(sheetOf("", ""), "<sheetData>", strings.Repeat("<!-- a -->", 1<<17)+"<sheetData>", 1))); err != nil {
		t.Errorf("many comments: %v", err)
	}
	if _, err := loadWorkbook(t, parts(sheetOf("F", `<c r="F2" t="inlineStr"><is><t>`+strings.Repeat("&#x1F600;", 32767)+`</t></is></c>`))); err == nil || strings.Contains(err.Error(), "broken") {
		t.Errorf("the longest text a cell can have: %v", err)
	}
}
