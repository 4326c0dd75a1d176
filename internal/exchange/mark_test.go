package exchange

import (
	"bytes"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"tongchou/internal/fault"
	"tongchou/internal/locale"
)

func mark(t testing.TB, in Input, refusal *fault.Refusal, p *locale.Printer) []byte {
	t.Helper()
	content, err := MarkErrors(in, refusal, p)
	if err != nil {
		t.Fatal(err)
	}
	keep(t, "marked-"+strings.ReplaceAll(t.Name(), "/", "-")+"-"+string(p.Lang)+".xlsx", content)
	return content
}

func fillOf(t testing.TB, f *excelize.File, sheet, cell string) string {
	t.Helper()
	id, err := f.GetCellStyle(sheet, cell)
	if err != nil {
		t.Fatal(err)
	}
	style, err := f.GetStyle(id)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(style.Fill.Color, ",")
}

func cellText(t testing.TB, f *excelize.File, sheet, cell string) string {
	t.Helper()
	text, err := f.GetCellValue(sheet, cell)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestMarkText(t *testing.T) {
	text := "年度,区划代码,名称,险种,当年收入,当年支出,年初累计结余,错列\n" +
		"2024,510100,=cmd|' /C calc'!A0,职工,\"1,000\",1.234,1,\n\n" +
		"2024,510300,@x,职工,1,1,1,\n"
	in := Input{Name: "s.csv", Content: []byte(text)}
	for _, p := range printers(t) {
		refusal := refusalOf(t, loadErr(files(Statements, in)))
		refusal.Problems = append(refusal.Problems,
			fault.Problem{File: "other.csv", Row: 2, Message: fault.Msg("exchange.blank")},
			fault.Problem{Message: fault.Msg("exchange.empty"), Clause: "SC38-4.3"},
			fault.Problem{File: "s.csv", Row: 4, Column: "income", Message: fault.Msg("exchange.blank"), Clause: "SC38-4.2"})
		f := openXLSX(t, mark(t, in, refusal, p))
		sheet := f.GetSheetName(0)
		if got := cellText(t, f, sheet, "I1"); got != p.T(columnKey+"reason") {
			t.Errorf("last column is %q", got)
		}
		reason := cellText(t, f, sheet, "I2")
		if lines := strings.Split(reason, "\n"); len(lines) != 2 || !strings.HasPrefix(lines[0], "当年收入") || !strings.Contains(lines[0], "1,000") || !strings.HasPrefix(lines[1], "当年支出") {
			t.Errorf("reasons of row 2: %q", reason)
		}
		if got := cellText(t, f, sheet, "I4"); !strings.Contains(got, "[SC38-4.2]") {
			t.Errorf("reasons of row 4: %q", got)
		}
		for cell, want := range map[string]string{"E2": fillError, "F2": fillError, "D2": "", "E4": fillError, "H1": fillError} {
			if got := fillOf(t, f, sheet, cell); got != want {
				t.Errorf("%s is coloured %q", cell, got)
			}
		}
		for cell, want := range map[string]string{"C2": "=cmd|' /C calc'!A0", "C4": "@x", "E2": "1,000"} {
			formula, err := f.GetCellFormula(sheet, cell)
			if err != nil || formula != "" {
				t.Errorf("%s has a formula %q %v", cell, formula, err)
			}
			kind, err := f.GetCellType(sheet, cell)
			if err != nil || kind != excelize.CellTypeSharedString || cellText(t, f, sheet, cell) != want {
				t.Errorf("%s is %q of type %v (%v)", cell, cellText(t, f, sheet, cell), kind, err)
			}
		}
		notes := p.T("exchange.sheet.problems")
		if a, b := cellText(t, f, notes, "C2"), cellText(t, f, notes, "C3"); !strings.Contains(a+b, "错列") || !strings.Contains(a+b, "[SC38-4.3]") || cellText(t, f, notes, "C4") != "" {
			t.Errorf("problems without a row: %q, %q", a, b)
		}
	}
}

// A workbook comes back as it was: its formats, comments, drop-downs and other sheets, with the marks added. Marked once
// and corrected, it is read; marked again, the old marks are gone.
func TestMarkWorkbook(t *testing.T) {
	p := printers(t)[0]
	wrong := fill(t, blankTemplate(t, Statements, p), map[string]any{"income": "x", "expenditure": 1, "surplus_begin": 1})
	in := Input{Name: "s.xlsx", Content: wrong}
	marked := mark(t, in, refusalOf(t, loadErr(files(Statements, in))), p)
	f := openXLSX(t, marked)
	sheet := f.GetSheetName(0)
	rows, err := f.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	column := len(rows[0])
	if rows[0][column-1] != "错误原因" || !strings.Contains(rows[1][column-1], "当年收入：“x”不是数") || fillOf(t, f, sheet, "E2") != fillError {
		t.Errorf("%q", rows[:2])
	}
	comments, err := f.GetComments(sheet)
	if err != nil || len(comments) != column-1 {
		t.Errorf("%d comments are left: %v", len(comments), err)
	}
	if validations, err := f.GetDataValidations(sheet); err != nil || len(validations) != 2 {
		t.Errorf("%d drop-downs are left: %v", len(validations), err)
	}
	if got := f.GetSheetList(); len(got) != 2 || got[1] != "说明" {
		t.Errorf("sheets %v", got)
	}

	half := fill(t, marked, map[string]any{"income": 5, "expenditure": "y"})
	in = Input{Name: "s.xlsx", Content: half}
	again := mark(t, in, refusalOf(t, loadErr(files(Statements, in))), p)
	f = openXLSX(t, again)
	if rows, err = f.GetRows(sheet); err != nil || len(rows[0]) != column || strings.Contains(rows[1][column-1], "x") || !strings.Contains(rows[1][column-1], "y") {
		t.Errorf("%q %v", rows[:2], err)
	}
	if fillOf(t, f, sheet, "E2") != "" || fillOf(t, f, sheet, "F2") != fillError {
		t.Errorf("colours %q and %q", fillOf(t, f, sheet, "E2"), fillOf(t, f, sheet, "F2"))
	}

	corrected := Input{Name: "s.xlsx", Content: fill(t, again, map[string]any{"expenditure": 6})}
	loaded, err := Load(files(Statements, corrected))
	if err != nil || loaded.Facts.Statements[0].Income != 500 || loaded.Facts.Statements[0].Spent != 600 {
		t.Errorf("%v", err)
	}
}

// Files that no table can be read from still come back with the reasons.
func TestMarkWhatCannotBeRead(t *testing.T) {
	p := printers(t)[1]
	merged := parts(strings.Replace(sheetOf("D", `<c r="D2" t="str"><v>x</v></c>`), "</sheetData>", `</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>`, 1))
	for name, content := range map[string][]byte{
		"empty":    nil,
		"encoding": []byte("\xff\xff"),
		"zip":      []byte(zipMagic),
		"quote":    []byte(statementsGood + "2024,\"510300,employee,1,1,1\n"),
		"header":   []byte("\n1,2\n"),
		"merged":   zipped(t, merged),
	} {
		in := Input{Name: "s", Content: content}
		refusal := refusalOf(t, loadErr(files(Statements, in)))
		f := openXLSX(t, mark(t, in, refusal, p))
		found := false
		for _, sheet := range f.GetSheetList() {
			rows, err := f.GetRows(sheet)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				found = found || strings.Contains(strings.Join(row, " "), p.Text(refusal.Problems[0].Message))
			}
		}
		if !found {
			t.Errorf("%s: the reason is nowhere in the workbook", name)
		}
	}
}

func TestMarkedTextKeepsItsRows(t *testing.T) {
	in := Input{Name: "s", Content: []byte(statementsHead + ",note\n" + statementsRow + ",\"two\nlines\"\n2024,510300,employee,x,1,1,\n")}
	f := openXLSX(t, mark(t, in, refusalOf(t, loadErr(files(Statements, in))), printers(t)[1]))
	if got := cellText(t, f, f.GetSheetName(0), "B4"); got != "510300" {
		t.Errorf("row 4 holds %q", got)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	wantProblem(t, loadErr(files(Statements, Input{Name: "s", Content: b.Bytes()})), "exchange.amount.not_number", 4, "income")
}
