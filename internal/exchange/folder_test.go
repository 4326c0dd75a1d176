package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

func folder(t testing.TB) *Folder {
	t.Helper()
	f, err := CreateFolder(filepath.Join(t.TempDir(), "四川"), Settings{Policy: "sichuan"})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func csvInput(text string) Input { return Input{Name: "上报.csv", Content: []byte(text)} }

func (f *Folder) mustImport(t testing.TB, kind Kind, text string, replace bool, want Report) {
	t.Helper()
	got, err := f.Import(kind, csvInput(text), replace)
	if err != nil || got != want {
		t.Fatalf("%+v %v, want %+v", got, err, want)
	}
}

func listing(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = string(content)
	}
	return out
}

func TestFolderSettings(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	want := Settings{Policy: "yunnan", Title: policy.Text{ZH: "云南", EN: "Yunnan"}, Synthetic: true, Note: policy.Text{ZH: "演示\n两行: \"引号\""}}
	made, err := CreateFolder(dir, want)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := OpenFolder(dir)
	if err != nil || opened.Settings() != want || made.Settings() != want {
		t.Errorf("%+v %v", opened, err)
	}
	if loaded, err := opened.Load(); err != nil || !loaded.Synthetic || !reflect.DeepEqual(loaded.Facts, pool.Facts{}) {
		t.Errorf("%+v %v", loaded, err)
	}
}

func TestFolderRefusals(t *testing.T) {
	dir := t.TempDir()
	_, err := OpenFolder(dir)
	wantProblem(t, err, "exchange.folder.none", 0, "")
	_, err = CreateFolder(dir, Settings{})
	wantProblem(t, err, "exchange.folder.no_policy", 0, "policy")
	for text, want := range map[string]struct {
		key string
		row int
	}{
		"policy: a\nprovince: b\n": {"policy.yaml", 2},
		"policy: [a]\n":            {"policy.yaml", 1},
		"policy: {\n":              {"policy.yaml", 0},
		"policy: a\n---\n":         {"policy.yaml", 0},
		"title: {zh: a}\n":         {"exchange.folder.no_policy", 0},
		"":                         {"exchange.folder.no_policy", 0},
	} {
		if err := os.WriteFile(filepath.Join(dir, settingsFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := OpenFolder(dir)
		refusal := refusalOf(t, err)
		speaks(t, refusal)
		if p := refusal.Problems[0]; p.Key != want.key || want.row > 0 && p.Row != want.row || p.File != settingsFile {
			t.Errorf("%q: %v", text, refusal)
		}
	}
	_, err = CreateFolder(dir, Settings{Policy: "a"})
	wantProblem(t, err, "exchange.folder.not_empty", 0, "")
	if _, err := folder(t).Import("claims", csvInput(""), false); fault.KindOf(err) != fault.Usage {
		t.Error(err)
	}
	if _, err := CreateFolder(filepath.Join(dir, settingsFile, "x"), Settings{Policy: "a"}); fault.KindOf(err) != fault.Internal || err == nil {
		t.Error(err)
	}
}

func TestImport(t *testing.T) {
	f := folder(t)
	second := strings.Replace(statementsRow, "510100", "510300", 1)
	f.mustImport(t, Statements, statementsGood, false, Report{Added: 1})
	first := f.Version()
	f.mustImport(t, Statements, statementsGood, false, Report{Unchanged: 1})
	f.mustImport(t, Statements, "年度,区划代码,险种,当年收入,当年支出,年初累计结余\n2024,510100,职工,100,90.5,-3.00\n", false, Report{Unchanged: 1})
	if f.Version() != first {
		t.Error("the version changes when nothing else does")
	}
	f.mustImport(t, Statements, statementsGood+second+"\n", false, Report{Added: 1, Unchanged: 1})
	if f.Version() == first {
		t.Error("the version stays when the files change")
	}

	before := listing(t, f.dir)
	third := strings.Replace(statementsRow, "510100", "510400", 1)
	_, err := f.Import(Statements, csvInput("年度,区划代码,险种,当年收入,当年支出,年初累计结余\n"+third+"\n2024,510100,职工,100,91,\n"), false)
	refusal := refusalOf(t, err)
	speaks(t, refusal)
	var got []string
	for _, p := range refusal.Problems {
		got = append(got, fmt.Sprintf("%s:%d:%s:%s", p.File, p.Row, p.Column, p.Key))
	}
	if want := []string{"上报.csv:3:当年支出:exchange.differs", "上报.csv:3:年初累计结余:exchange.differs"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	_, err = f.Import(Statements, csvInput(statementsGood+second+"\n"+second+"\n"), true)
	wantProblem(t, err, "pool.duplicate", 4, "division")
	_, err = f.Import(Statements, csvInput(statementsGood+third+"x\n"), true)
	wantProblem(t, err, "exchange.amount.not_number", 3, "surplus_begin")
	if !reflect.DeepEqual(listing(t, f.dir), before) {
		t.Error("a refused import left something behind")
	}

	f.mustImport(t, Statements, statementsHead+",data_kind\n"+second+",synthetic\n"+third+",\n", true, Report{Added: 1, Replaced: 1})
	f.mustImport(t, Openings, openingGood, false, Report{Added: 1})
	f.mustImport(t, Factors, factorsGood, false, Report{Added: 1})
	f.mustImport(t, AgeGroups, ageGroupsGood+"2024,510100,resident,0-17,10,99.9\n", false, Report{Added: 2})
	loaded, err := f.Load()
	if err != nil || len(loaded.Facts.Statements) != 3 || len(loaded.Facts.Openings) != 1 || len(loaded.Facts.Factors) != 1 || len(loaded.Facts.AgeGroups) != 2 {
		t.Fatalf("%+v %v", loaded.Facts, err)
	}
	if s := loaded.Facts.Statements[1]; !s.Synthetic || s.Place != (fault.Place{File: "statements.csv", Row: 3}) || len(loaded.Digests) != 4 {
		t.Errorf("%+v %+v", s, loaded.Digests)
	}
}

// The label of an opening balance lasts although the room has no place for it.
func TestImportKeepsTheLabelOfOpenings(t *testing.T) {
	f := folder(t)
	f.mustImport(t, Openings, "insurance,fund,balance,data_kind\nemployee,reserve,1,synthetic\n", false, Report{Added: 1})
	if loaded, err := f.Load(); err != nil || !loaded.Synthetic {
		t.Errorf("%+v %v", loaded, err)
	}
	_, err := f.Import(Openings, csvInput("insurance,fund,balance\nemployee,reserve,1\n"), false)
	wantProblem(t, err, "exchange.differs", 2, "data_kind")
}

func TestImportIntoABrokenFile(t *testing.T) {
	f := folder(t)
	if err := os.WriteFile(filepath.Join(f.dir, "statements.csv"), []byte(statementsHead+"\nx\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := f.Import(Statements, csvInput(statementsGood), true)
	wantProblem(t, err, "exchange.ragged.short", 2, "division")
	if refusalOf(t, err).Problems[0].File != "statements.csv" {
		t.Error(err)
	}
	if err := errors.Join(os.Remove(filepath.Join(f.dir, "statements.csv")), os.Mkdir(filepath.Join(f.dir, "statements.csv"), 0o700)); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Import(Statements, csvInput(statementsGood), true); fault.KindOf(err) != fault.Internal || err == nil {
		t.Error(err)
	}
	if _, err := f.Load(); fault.KindOf(err) != fault.Internal || err == nil {
		t.Error(err)
	}
}

// Importing in any order and any pieces, and again, gives the same files.
func TestImportIsIdempotentAndOrderless(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rows := rapid.SliceOfNDistinct(rapid.Custom(drawStatement), 1, 8, func(s pool.Statement) pool.Key { return s.Key }).Draw(rt, "rows")
		f, g := folder(t), folder(t)
		put := func(f *Folder, rows []pool.Statement, replace bool) Report {
			var b bytes.Buffer
			if err := WriteStatementsCSV(&b, rows); err != nil {
				rt.Fatal(err)
			}
			report, err := f.Import(Statements, Input{Name: "i", Content: b.Bytes()}, replace)
			if err != nil {
				rt.Fatal(err)
			}
			return report
		}
		put(f, rows, false)
		cut := rapid.IntRange(0, len(rows)).Draw(rt, "cut")
		put(g, rows[cut:], false)
		put(g, rows[:cut], false)
		for _, replace := range []bool{false, true} {
			if report := put(g, rows, replace); report != (Report{Unchanged: len(rows)}) {
				rt.Fatalf("again: %+v", report)
			}
		}
		if a, b := listing(t, f.dir), listing(t, g.dir); !reflect.DeepEqual(a, b) {
			rt.Fatalf("%v\nand\n%v", a, b)
		}
	})
}

// Of imports that run at once none is lost, and whoever reads meanwhile reads whole files.
func TestImportsAtOnce(t *testing.T) {
	const writers, rows = 8, 6
	f := folder(t)
	var group sync.WaitGroup
	stop := make(chan struct{})
	read := make(chan error, 1)
	go func() {
		for {
			select {
			case <-stop:
				read <- nil
				return
			default:
			}
			if _, err := f.Load(); err != nil {
				read <- err
				return
			}
		}
	}()
	for w := range writers {
		group.Go(func() {
			mine, err := OpenFolder(f.dir)
			for r := 0; r < rows && err == nil; r++ {
				_, err = mine.Import(Statements, csvInput(fmt.Sprintf("%s\n2024,51%02d%02d,employee,1,1,1\n", statementsHead, w, r)), false)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	close(stop)
	if err := <-read; err != nil {
		t.Error(err)
	}
	if loaded, err := f.Load(); err != nil || len(loaded.Facts.Statements) != writers*rows {
		t.Errorf("%d rows of %d: %v", len(loaded.Facts.Statements), writers*rows, err)
	}
}

// importer is set for the process that TestKilledImport starts and kills.
const importer = "TONGCHOU_TEST_IMPORTER"

// A process killed in the middle of importing leaves whole files, one import more or less, and no lock.
func TestKilledImport(t *testing.T) {
	if dir := os.Getenv(importer); dir != "" {
		f, err := OpenFolder(dir)
		for n := 0; err == nil; n++ {
			_, err = f.Import(Statements, csvInput(manyRows(n)), true)
		}
		t.Fatal(err)
	}
	f := folder(t)
	random := rand.New(rand.NewPCG(1, 2))
	for range 8 {
		c := exec.Command(os.Args[0], "-test.run=^TestKilledImport$")
		c.Env = append(os.Environ(), importer+"="+f.dir)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(30*time.Millisecond + time.Duration(random.IntN(40))*time.Millisecond)
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		c.Wait() // it was killed
		loaded, err := f.Load()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range loaded.Facts.Statements {
			if s.Income != loaded.Facts.Statements[0].Income {
				t.Fatal("half of one import and half of another")
			}
		}
		if n := len(loaded.Facts.Statements); n != 0 && n != 500 {
			t.Fatalf("%d rows", n)
		}
	}
	if report, err := f.Import(Statements, csvInput(manyRows(-1)), true); err != nil || report.Added+report.Replaced != 500 {
		t.Errorf("%+v %v", report, err)
	}
	entries, err := fs.Glob(os.DirFS(f.dir), "*"+tempSuffix)
	if err != nil || len(entries) > 1 {
		t.Errorf("%v %v", entries, err)
	}
}

// manyRows are five hundred rows with the same income.
func manyRows(income int) string {
	var b strings.Builder
	b.WriteString(statementsHead + "\n")
	for i := range 500 {
		fmt.Fprintf(&b, "%d,%d,employee,%d,1,1\n", 2024, 100000+i, income)
	}
	return b.String()
}

// Of several files all are taken over, or none; what is told is about every one of them.
func TestImportAll(t *testing.T) {
	f := folder(t)
	second := strings.Replace(statementsRow, "510100", "510300", 1)
	third := strings.Replace(statementsRow, "510100", "510400", 1)
	other := strings.Replace(statementsHead+"\n"+second+"\n", "90.5", "91", 1)
	file := func(name, text string) Input { return Input{Name: name, Content: []byte(text)} }
	f.mustImport(t, Statements, statementsGood, false, Report{Added: 1})
	before := listing(t, f.dir)
	for _, c := range []struct {
		key, file string
		ins       []Input
		replace   bool
	}{
		{"exchange.amount.not_number", "b.csv", []Input{file("a.csv", statementsHead+"\n"+second+"\n"), file("b.csv", statementsGood+third+"x\n")}, true},
		{"exchange.differs", "b.csv", []Input{file("a.csv", statementsHead+"\n"+second+"\n"), file("b.csv", strings.Replace(statementsGood, "90.5", "91", 1))}, false},
		{"exchange.differs", "a.csv", []Input{file("a.csv", strings.Replace(statementsGood, "90.5", "91", 1)), file("b.csv", statementsHead+"\n"+second+"\n")}, false},
		{"exchange.differs.between", "b.csv", []Input{file("a.csv", statementsHead+"\n"+second+"\n"), file("b.csv", other)}, true},
	} {
		_, err := f.ImportAll(Statements, c.ins, c.replace)
		refusal := refusalOf(t, err)
		speaks(t, refusal)
		if p := refusal.Problems[0]; len(refusal.Problems) != 1 || p.Key != c.key || p.File != c.file {
			t.Errorf("%v, want %s in %s", err, c.key, c.file)
		}
	}
	if !reflect.DeepEqual(listing(t, f.dir), before) {
		t.Error("a refused import left something behind")
	}
	got, err := f.ImportAll(Statements, []Input{file("a.csv", statementsGood+second+"\n"), file("b.csv", statementsHead+"\n"+second+"\n"+third+"\n")}, false)
	if want := []Report{{Added: 1, Unchanged: 1}, {Added: 1, Unchanged: 1}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v %v", got, err)
	}
}
