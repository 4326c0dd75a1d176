package exchange

import (
	"bytes"
	"os"
	"reflect"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/money"
	"tongchou/internal/pool"
)

// accepted checks what holds for any file: it is refused with reasons that people can read, and comes back marked; or
// its rows are ones the types can hold, and read the same after being written as canonical files.
func accepted(t *testing.T, kind Kind, in Input, p *locale.Printer) {
	loaded, err := Load(files(kind, in))
	if err != nil {
		refusal := refusalOf(t, err)
		for _, problem := range refusal.Problems {
			if p.Problem(problem) == "" || problem.File != in.Name || problem.Row < 0 {
				t.Fatalf("%+v", problem)
			}
		}
		if _, err := MarkErrors(in, refusal, p); err != nil {
			t.Fatal(err)
		}
		return
	}
	facts := bare(loaded.Facts)
	inRange(t, facts)
	once, _ := rewrite(t, facts)
	twice, _ := rewrite(t, once)
	if !reflect.DeepEqual(once, twice) {
		t.Fatalf("%+v\nreads back as\n%+v", once, twice)
	}
	if len(once.Statements) != len(facts.Statements) || len(once.Factors) != len(facts.Factors) || len(once.AgeGroups) != len(facts.AgeGroups) || len(once.Openings) != len(facts.Openings) {
		t.Fatal("rows are lost")
	}
}

func inRange(t *testing.T, f pool.Facts) {
	key := func(k pool.Key) {
		if k.Year < 1000 || k.Year > 9999 || len(k.Division) != 6 || k.Insurance != pool.Employee && k.Insurance != pool.Resident {
			t.Fatalf("%+v", k)
		}
	}
	amount := func(amounts ...money.Fen) {
		for _, a := range amounts {
			if a > money.MaxFen || a < -money.MaxFen {
				t.Fatal(a)
			}
		}
	}
	for _, s := range f.Statements {
		key(s.Key)
		amount(s.Income, s.Spent, s.SurplusBegin, s.Violation, s.Planned, s.Levied)
		if s.SurplusOpen && s.SurplusBegin != 0 || !s.HasPlanned && s.Planned != 0 || !s.HasLevied && s.Levied != 0 {
			t.Fatalf("%+v", s)
		}
	}
	for _, r := range f.Factors {
		key(r.Key)
		if r.Headcount > maxHeadcount || r.Headcount < -maxHeadcount {
			t.Fatalf("%+v", r)
		}
	}
	for _, g := range f.AgeGroups {
		key(g.Key)
		amount(g.Cost)
		if g.Group == "" || g.Headcount > maxHeadcount || g.Headcount < -maxHeadcount {
			t.Fatalf("%+v", g)
		}
	}
	for _, o := range f.Openings {
		amount(o.Balance)
		if o.Fund != pool.Reserve && o.Fund != pool.Emergency {
			t.Fatalf("%+v", o)
		}
	}
}

// small keeps fuzzing fast and within memory.
func small(t *testing.T, content ...[]byte) {
	for _, c := range content {
		if len(c) > 1<<16 {
			t.Skip()
		}
	}
}

func FuzzCSV(f *testing.F) {
	for _, c := range refusals {
		if len(c.text) < 1<<12 {
			f.Add(uint8(slot(c.kind)), []byte(c.text))
		}
	}
	for kind, text := range []string{statementsGood, factorsGood, openingGood, ageGroupsGood} {
		f.Add(uint8(kind), []byte(text))
		gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(text + "备注"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(kind), gb)
	}
	p := printers(f)[0]
	f.Fuzz(func(t *testing.T, kind uint8, content []byte) {
		small(t, content)
		accepted(t, Kinds()[int(kind)%len(Kinds())], Input{Name: "f", Content: content}, p)
	})
}

func slot(kind Kind) int {
	for i, k := range Kinds() {
		if k == kind {
			return i
		}
	}
	return 0
}

func FuzzXLSX(f *testing.F) {
	seed := parts(sheetOf("", ""))
	for _, sheet := range []string{sheetOf("", ""), sheetOf("D", `<c r="D2" s="1"><v>45000</v></c>`), sheetOf("D", `<c r="D2" t="e"><v>#N/A</v></c>`), sheetOf("G", `<c r="XFD2"><f/></c>`)} {
		f.Add([]byte(sheet), []byte(seed["xl/sharedStrings.xml"]), []byte(seed["xl/styles.xml"]), []byte(seed["xl/workbook.xml"]))
	}
	p := printers(f)[0]
	f.Fuzz(func(t *testing.T, sheet, strings, styles, book []byte) {
		small(t, sheet, strings, styles, book)
		all := parts(string(sheet))
		all["xl/sharedStrings.xml"], all["xl/styles.xml"], all["xl/workbook.xml"] = string(strings), string(styles), string(book)
		accepted(t, Statements, Input{Name: "f", Content: zipped(t, all)}, p)
	})
}

// FuzzXLSXFile damages whole workbooks, archive and all.
func FuzzXLSXFile(f *testing.F) {
	f.Add(zipped(f, parts(sheetOf("", ""))))
	var b bytes.Buffer
	if err := WriteTemplate(&b, Openings, "510000", nil, printers(f)[0]); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	p := printers(f)[1]
	f.Fuzz(func(t *testing.T, content []byte) {
		small(t, content)
		accepted(t, Openings, Input{Name: "f", Content: content}, p)
	})
}

func FuzzSettings(f *testing.F) {
	f.Add([]byte("policy: a\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		small(t, content)
		dir := t.TempDir()
		if err := os.WriteFile(dir+"/"+settingsFile, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenFolder(dir); err != nil && fault.KindOf(err) != fault.Refused {
			t.Fatal(err)
		}
	})
}

// FuzzSheetRows damages the sheet that claims are read from: its rows come in order, or it is refused.
func FuzzSheetRows(f *testing.F) {
	for _, sheet := range []string{sheetOf("", ""), sheetOf("D", `<c r="D2" s="1"><v>45000.5</v></c>`), sheetOf("D", `<c r="D2" t="e"><v>#N/A</v></c>`), sheetOf("G", `<c r="XFD2"><f/></c>`)} {
		f.Add([]byte(sheet))
	}
	f.Fuzz(func(t *testing.T, sheet []byte) {
		small(t, sheet)
		last := 0
		err := SheetRows(bytes.NewReader(zipped(t, parts(string(sheet)))), func(row int, cells []string) bool {
			if row <= last || len(cells) == 0 {
				t.Fatalf("row %d after %d, %d cells", row, last, len(cells))
			}
			last = row
			return true
		})
		if err != nil && fault.KindOf(err) != fault.Refused {
			t.Fatal(err)
		}
	})
}
