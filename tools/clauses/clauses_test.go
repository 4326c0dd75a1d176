package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/policies"
)

// A small module of every kind: what carries a clause is in the table, what does not is said, and -check notices when
// the table and the tests part.
func TestSurveyOfASmallModule(t *testing.T) {
	root := t.TempDir()
	if err := os.CopyFS(root, os.DirFS("testdata/mini")); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	if err := run(t.Context(), root, true, &log); err == nil || !strings.Contains(err.Error(), "+ D-1 internal/rule.TestShare") {
		t.Errorf("an empty table passes: %v", err)
	}
	log.Reset()
	if err := run(t.Context(), root, false, &log); err != nil {
		t.Fatal(err)
	}
	table, err := policy.LoadCoverage(os.DirFS(filepath.Join(root, "policies")))
	if err != nil {
		t.Fatal(err)
	}
	want := map[policy.ClauseID]policy.Carried{
		"D-1": {Parameters: []string{"p:pool.x"}, Code: []string{"internal/rule.Share"}, Tests: []string{"internal/rule.TestShare"}},
		"D-2": {Tests: []string{"internal/rule.TestIndifferent"}},
		"D-3": {Code: []string{"internal/rule.kind.Third"}, Tests: []string{"internal/rule.TestTable/a/b_(c)"}},
		"D-5": {Parameters: []string{"p:pool.factor.a"}, Tests: []string{"internal/rule.TestWeight"}},
	}
	if !reflect.DeepEqual(table.Clauses, want) {
		t.Errorf("got %+v\nwant %+v", table.Clauses, want)
	}
	wantLog := `clauses: internal/rule.TestFails does not pass and carries nothing
clauses: no passing test that cites D-1 executes internal/rule.Idle, which cites it
clauses: no passing test that cites D-2 executes internal/rule.Share, which cites it
clauses: no passing test that cites D-4 executes internal/rule.Failed, which cites it
clauses: no test that cites D-2 notices a change of p:pool.y
clauses: no test that cites D-5 notices a change of p:pool.factor.b
clauses: no test that cites D-5 notices a change of p:pool.factor.c
clauses: no test that cites E-1 notices a change of e:pool.x
clauses: 4 of 6 clauses carried; tests notice a change of 2 of 6 parameter values;`
	if !strings.HasPrefix(log.String(), wantLog) {
		t.Errorf("it says\n%s", &log)
	}
	table.Commit = "another"
	if err := write(filepath.Join(root, "policies"), table); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), root, true, &log); err != nil {
		t.Errorf("the table just written, but for its commit: %v", err)
	}
	table.Commit = "another+"
	if err := write(filepath.Join(root, "policies"), table); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), root, true, &log); err == nil || !strings.Contains(err.Error(), "commit another+") {
		t.Errorf("a table of a changed tree passes: %v", err)
	}
}

// A tree that differs from its commit by more than the table is not written about.
func TestOnlyACommitIsWrittenAbout(t *testing.T) {
	root := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	git := func(args ...string) {
		t.Helper()
		command := exec.CommandContext(t.Context(), "git", append([]string{"-c", "user.name=a", "-c", "user.email=a@b"}, args...)...)
		command.Dir = root
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	const table = "policies/" + policy.CoverageFile
	put("a.txt", "a")
	put(table, "{}")
	git("init", "-q")
	git("add", ".")
	git("commit", "-q", "-m", "a")
	put(table, "{ }")
	if at := commit(t.Context(), root); len(at) != 40 {
		t.Errorf("the table alone makes a difference: %q", at)
	}
	put("a.txt", "b")
	if err := run(t.Context(), root, false, io.Discard); err == nil || !strings.Contains(err.Error(), "differs from its commit") {
		t.Errorf("a changed tree: %v", err)
	}
	if content, err := os.ReadFile(filepath.Join(root, table)); err != nil || string(content) != "{ }" {
		t.Errorf("written all the same: %q %v", content, err)
	}
}

// Every change of every parameter of the packs that ship is valid, different and loads; weights keep their sum.
func TestChangesOfThePacksThatShip(t *testing.T) {
	library, err := policy.Load(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	for _, pack := range library.Packs {
		asked := map[policy.ParameterID]bool{}
		for _, p := range probes(pack) {
			asked[p.parameter] = true
			if len(p.changes) == 0 {
				t.Errorf("%s: nothing to change", p.name())
			}
			for _, c := range p.changes {
				directory := t.TempDir()
				if err := copyChanged(policies.Files, directory, pack.ID, c); err != nil {
					t.Fatalf("%s %v: %v", p.name(), c, err)
				}
				checkChanged(t, pack, p, directory)
			}
		}
		for id := range pack.Parameters {
			if !asked[id] {
				t.Errorf("%s:%s is never asked about", pack.ID, id)
			}
		}
	}
}

func checkChanged(t *testing.T, pack *policy.Pack, p probe, directory string) {
	t.Helper()
	library, err := policy.Load(os.DirFS(directory))
	if err != nil {
		t.Fatal(err)
	}
	changed, _ := library.Pack(pack.ID)
	for id, parameter := range pack.Parameters {
		for i, v := range parameter.Values {
			w := changed.Parameters[id].Values[i]
			same := v.Value.Equal(w.Value)
			switch {
			case id == p.parameter && v.Clause == p.clause && same:
				t.Errorf("%s is still %s", p.name(), w.Value)
			case id != p.parameter && !same && !p.all:
				t.Errorf("changing %s changed %s", p.name(), id)
			}
		}
	}
	if before, after := sumOfWeights(pack), sumOfWeights(changed); before != after {
		t.Errorf("changing %s: the weights summed to %s, now to %s", p.name(), before, after)
	}
}

func sumOfWeights(pack *policy.Pack) money.Rate {
	var sum money.Rate
	for id, p := range pack.Parameters {
		if strings.HasPrefix(string(id), weights) {
			sum += p.Values[0].Value.Rate()
		}
	}
	return sum
}

func TestOthers(t *testing.T) {
	for _, c := range []struct {
		definition policy.Definition
		value      string
		want       []string
	}{
		{policy.Definition{Unit: policy.Ratio}, "0.10", []string{"0.05", "0.17"}},
		{policy.Definition{Unit: policy.Ratio}, "1", []string{"0.5", "0.93"}},
		{policy.Definition{Unit: policy.Ratio}, "0", []string{"0.07"}},
		{policy.Definition{Unit: policy.Months}, "6", []string{"3", "12.1"}},
		{policy.Definition{Unit: policy.Index}, "0", []string{"0.1"}},
		{policy.Definition{Unit: policy.Years}, "2024", []string{"2025"}},
		{policy.Definition{Unit: policy.Choice, Choices: []string{"a", "b", "c"}}, "b", []string{"a", "c"}},
		{policy.Definition{Unit: policy.Amount}, "4000", []string{"2000", "8000.1"}},
		{policy.Definition{Unit: policy.Count}, "4", []string{"5", "3"}},
		{policy.Definition{Unit: policy.Count}, "0", []string{"1"}},
		{policy.Definition{Unit: policy.Day}, "12-31", []string{"01-01"}},
	} {
		v, ok := c.definition.Parse(c.value)
		if !ok {
			t.Fatalf("%s %s", c.definition.Unit, c.value)
		}
		if got := others(c.definition, v); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s %s: %v, want %v", c.definition.Unit, c.value, got, c.want)
		}
	}
}

func TestExecuted(t *testing.T) {
	const profile = "mode: set\nm/a/b.go:10.2,12.3 1 1\nm/a/b.go:20.2,22.3 1 0\n"
	blocks, err := executed(profile, "m")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		from, to int
		want     bool
	}{{9, 13, true}, {19, 23, false}, {11, 30, false}} {
		if got := (function{file: "a/b.go", from: c.from, to: c.to}).executedIn(blocks); got != c.want {
			t.Errorf("lines %d–%d: %v", c.from, c.to, got)
		}
	}
	for _, bad := range []string{"m/a.go:1.2,3.4 1", "m/a.go:x.2,3.4 1 1"} {
		if _, err := executed(bad, "m"); err == nil {
			t.Errorf("accepted %q", bad)
		}
	}
}

// The table is written the same way every time, so that a diff shows what changed.
func TestTableIsStable(t *testing.T) {
	table := policy.Coverage{Commit: "c", Clauses: map[policy.ClauseID]policy.Carried{
		"B-1": {Tests: []string{"t"}}, "A-2": {Parameters: []string{"p"}}, "A-1": {Code: []string{"f"}}}}
	directory := t.TempDir()
	var last []byte
	for range 3 {
		if err := write(directory, table); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(filepath.Join(directory, policy.CoverageFile))
		if err != nil {
			t.Fatal(err)
		}
		if last != nil && !bytes.Equal(last, content) || !json.Valid(content) {
			t.Errorf("%s\n%s", last, content)
		}
		last = content
	}
}

// A seal holds for these files and this table alone.
func TestSeal(t *testing.T) {
	root := t.TempDir()
	git := func(args ...string) {
		t.Helper()
		command := exec.Command("git", append([]string{"-C", root, "-c", "user.name=t", "-c", "user.email=t@example.org"}, args...)...)
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v %s", args, err, out)
		}
	}
	commits := func(file, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(root, file), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		git("add", "-A")
		git("commit", "-q", "-m", "x")
	}
	git("init", "-q")
	commits("a.go", "package a")
	table := policy.Coverage{Clauses: map[policy.ClauseID]policy.Carried{"A-1": {Tests: []string{"t"}}}}
	sealed := func() string { return seal(t.Context(), root, "c", table) }
	first := sealed()
	commits("a.md", "a text")
	if first == "" || sealed() != first {
		t.Errorf("a text changes the seal: %q %q", first, sealed())
	}
	commits("a.go", "package b")
	second := sealed()
	table.Clauses["A-2"] = policy.Carried{Tests: []string{"t"}}
	if second == first || sealed() == second || seal(t.Context(), root, "c"+differs, table) != "" {
		t.Errorf("%q, other files %q, another table %q", first, second, sealed())
	}
}
