package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"tongchou/internal/fault"
	"tongchou/internal/lake"
	"tongchou/internal/locale"
)

func english(t *testing.T) (a *app, out, errs *bytes.Buffer) {
	t.Helper()
	p, err := locale.New(locale.EN)
	if err != nil {
		t.Fatal(err)
	}
	out, errs = &bytes.Buffer{}, &bytes.Buffer{}
	return &app{p: p, out: out, errs: errs}, out, errs
}

// An import that is interrupted says so, exits as for a refusal, and leaves nothing of the file.
func TestInterruptedImport(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.csv")
	if err := os.WriteFile(file, []byte("setl_id\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a, _, errs := english(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	root := a.root()
	root.SetArgs([]string{"claims", "import", file, "--data", filepath.Join(dir, "claims")})
	if status := a.exit(root.ExecuteContext(ctx)); status != exitRefused || errs.String() != "interrupted; the claims store is as it was\n" {
		t.Errorf("status %d, %q", status, errs)
	}
	if _, err := os.Stat(filepath.Join(dir, "claims")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a store that came to nothing is left: %v", err)
	}
}

// A check that is interrupted says so, and the store answers the next.
func TestInterruptedCheck(t *testing.T) {
	if !claimsEngine {
		t.Skip("needs a program built with cgo")
	}
	dir := t.TempDir()
	file, store := filepath.Join(dir, "a.csv"), filepath.Join(dir, "claims")
	if err := os.WriteFile(file, []byte("setl_id,psn_no,insutype,med_type,insuplc_admdvs,mdtrtarea_admvs,fixmedins_code,setl_time,age,gend,medfee_sumamt,inscp_scp_amt,fund_pay_sumamt,psn_part_amt,data_kind\n"+
		"a,999999000000000001,310,11,510104,510104,H51,2025-03-01,40,1,100.00,80.00,60.00,40.00,synthetic\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	do := func(ctx context.Context, args ...string) (int, string) {
		a, _, errs := english(t)
		root := a.root()
		root.SetArgs(args)
		return a.exit(root.ExecuteContext(ctx)), errs.String()
	}
	if status, errs := do(t.Context(), "claims", "import", file, "--data", store); status != exitDone {
		t.Fatal(errs)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{{"check"}, {"rows", "1"}, {"decompose"}, {"sign", "--who", "Li", "--remark", "x"}} {
		args = append(append([]string{"claims"}, args...), "--data", store, "--year", "2025")
		if status, errs := do(ctx, args...); status != exitRefused || errs != "interrupted; the claims store is as it was\n" {
			t.Errorf("%v: status %d, %q", args, status, errs)
		}
		if status, errs := do(t.Context(), args...); status != exitDone {
			t.Errorf("%v: status %d, %q", args, status, errs)
		}
	}
}

// A workbook goes through the same checks as a file of text, its rows under their own numbers; what a spreadsheet did to a cell
// is said.
func TestImportWorkbook(t *testing.T) {
	if !claimsEngine {
		t.Skip("needs a program built with cgo")
	}
	f := excelize.NewFile()
	for i, row := range [][]any{
		{"setl_id", "psn_no", "insutype", "med_type", "insuplc_admdvs", "mdtrtarea_admvs", "fixmedins_code", "setl_time", "age", "gend", "medfee_sumamt", "inscp_scp_amt", "fund_pay_sumamt", "psn_part_amt", "data_kind"},
		{"a", "999999000000000001", "310", "11", "510104", "510104", "H51", time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC), 40, 1, 100, 80.5, 60.1, 39.9, "synthetic"},
		{},
		{"b", 999999000000000001, "310", "11", "510104", "510104", "H51", "2025-03-01", 40, 1, 100, 80, 60, 40, "synthetic"},
		{"c", "999999000000000001", "310", "11", "510104", "510104", "H51", "2025-03-01", 40, 1, nil, 80, 60, 40, "synthetic"},
	} {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.SetCellFormula("Sheet1", "K5", "L5+20"); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "claims.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	a, out, errs := english(t)
	root := a.root()
	root.SetArgs([]string{"claims", "import", path, "--data", filepath.Join(dir, "store")})
	if status := a.exit(root.Execute()); status != exitDone || !strings.Contains(out.String(), "1 rows settled 2025-03-01 to 2025-03-01") {
		t.Errorf("status %d, %s%s", status, out, errs)
	}
	for _, want := range []string{"claims.xlsx:4:psn_no: \"\" is no plain value", "claims.xlsx:5:medfee_sumamt: \"=\" is no plain value"} {
		if !strings.Contains(errs.String(), want) {
			t.Errorf("%s: not in %s", want, errs)
		}
	}
	if err := os.WriteFile(path, []byte("PK\x03\x04 and so on"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status := a.exit(root.Execute()); status != exitRefused {
		t.Errorf("status %d for a broken workbook", status)
	}
}

// Progress is a line written anew on a terminal, and a plain line now and then elsewhere.
func TestImportProgress(t *testing.T) {
	a, _, errs := english(t)
	p := a.importProgress("a.csv")
	for _, seconds := range []time.Duration{1, 9, 12, 15, 25} {
		p.tell(lake.Progress{Rows: 1000, Rejected: 2, Bytes: 50, Size: 200, Elapsed: seconds * time.Second, Left: 30 * time.Second})
	}
	p.end()
	if got := errs.String(); strings.Count(got, "\n") != 2 || !strings.HasPrefix(got, "a.csv: 25% · 1,000 rows · 2 rejected · 83 a second · 30s left\n") {
		t.Errorf("%q", got)
	}
	errs.Reset()
	p = &importProgress{a: a, file: "a.csv", line: true, every: progressEvery}
	p.tell(lake.Progress{Elapsed: time.Millisecond})
	p.tell(lake.Progress{Rows: 1, Elapsed: time.Second})
	p.end()
	if got := errs.String(); !strings.HasPrefix(got, "\ra.csv: 100% · 1 rows") || !strings.HasSuffix(got, "\x1b[K\r\x1b[K") || strings.Contains(got, "\n") {
		t.Errorf("%q", got)
	}
}

// A program without the engine is the wrong one for the command.
func TestNoEngineIsWrongUsage(t *testing.T) {
	a, _, _ := english(t)
	c := a.root()
	c.SetContext(t.Context())
	err := claiming(c, func(context.Context) error { return fault.New(fault.Refused, "lake.no_engine") })
	if fault.KindOf(err) != fault.Usage {
		t.Error(err)
	}
}

// docs/claims.md defines every figure as the program does; TONGCHOU_UPDATE_SCRIPTS=1 writes the definitions anew.
func TestDefinitionsAreDocumented(t *testing.T) {
	const path, end = "../../docs/claims.md", "<!-- end of definitions -->"
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begun := strings.Cut(string(content), "-run Definitions -->\n")
	_, after, ended := strings.Cut(rest, end)
	if !begun || !ended {
		t.Fatal("the marks of the definitions are gone")
	}
	want := before + "-run Definitions -->\n" + definitionTable(t) + end + after
	if os.Getenv("TONGCHOU_UPDATE_SCRIPTS") != "" {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if string(content) != want {
		t.Errorf("%s does not define what the program computes; run the test with TONGCHOU_UPDATE_SCRIPTS=1", path)
	}
}

func definitionTable(t *testing.T) string {
	t.Helper()
	a, _, _ := english(t)
	zh, err := locale.New(locale.ZH)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("\n| factor | 中文 | divided | by | pooling reads it | clause |\n|---|---|---|---|---|---|\n")
	for _, d := range lake.Definitions() {
		pooled := ""
		if d.Pooled {
			pooled = "yes"
		}
		row := []string{string(d.Name), zh.T(d.Title()), a.p.T(d.Numerator()), a.p.T(d.Denominator()), pooled, d.Clause}
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
	}
	return b.String() + "\n"
}
