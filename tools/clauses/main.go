// Command clauses finds out what carries each clause of the source documents, from test results, and writes it down in
// policies/coverage.json.
//
// A test says which clauses it shows to be kept by t.Attr("clause", "SC38-4.3"). A clause is carried by
//   - a passing test that cites it;
//   - a function whose doc comment cites it, when a passing test that cites it executes the function;
//   - a parameter of a policy pack whose value cites it, when changing the value makes a test that cites it fail.
//
// The table names the commit it was found at, and is written from nothing else: a tree that differs from its commit, but
// for the table itself, is refused. Commit everything, run the command, commit the table.
//
// With -check it writes nothing and fails when the table in the tree says otherwise (which commit it names aside) or names
// no commit but a changed tree. A table whose seal is that of the very files of the tree (but for texts, *.md) and of what the table
// says was found here already, and nothing is run again.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"time"

	"tongchou/internal/policy"
)

func main() {
	check := flag.Bool("check", false, "compare with the table in the tree instead of writing it")
	root := flag.String("root", ".", "directory of the module")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *root, *check, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "clauses:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root string, check bool, log io.Writer) error {
	began := time.Now()
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	at := commit(ctx, root)
	if !check && strings.HasSuffix(at, differs) {
		return errors.New("the tree differs from its commit, so that the table could not name where it was found; commit everything first")
	}
	if kept, err := policy.LoadCoverage(os.DirFS(filepath.Join(root, "policies"))); check && err == nil && kept.Seal != "" && kept.Seal == seal(ctx, root, at, kept) {
		fmt.Fprintln(log, "clauses: the table was found at this very tree")
		return nil
	}
	work, err := os.MkdirTemp("", "clauses-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	s, err := newSurvey(ctx, root, work)
	if err != nil {
		return err
	}
	table, err := s.table(ctx)
	if err != nil {
		return err
	}
	sort.Strings(s.warnings)
	for _, w := range s.warnings {
		fmt.Fprintln(log, "clauses:", w)
	}
	all := len(s.library.Obligations())
	fmt.Fprintf(log, "clauses: %d of %d clauses carried; tests notice a change of %d of %d parameter values; %s\n",
		all-len(s.library.Uncarried(table)), all, s.noticed, s.probed, time.Since(began).Round(100*time.Millisecond))
	if check {
		return compare(os.DirFS(filepath.Join(root, "policies")), table)
	}
	if now := commit(ctx, root); now != at {
		return fmt.Errorf("the tree was changed while it was looked at: it was %s and is %s", at, now)
	}
	table.Commit, table.Seal = at, seal(ctx, root, at, table)
	return write(filepath.Join(root, "policies"), table)
}

// differs follows a commit when the tree differs from it.
const differs = "+"

// commit names the commit the tree stands at, with a + when the tree differs from it; empty outside a repository.
func commit(ctx context.Context, root string) string {
	git := func(args ...string) (string, bool) {
		command := exec.CommandContext(ctx, "git", args...)
		command.Dir = root
		out, err := command.Output()
		return strings.TrimSpace(string(out)), err == nil
	}
	head, ok := git("rev-parse", "HEAD")
	if !ok {
		return ""
	}
	if changes, ok := git("status", "--porcelain", "--", ".", ":!policies/coverage.json"); !ok || changes != "" {
		head += differs
	}
	return head
}

// seal is a digest of the files of a commit, but for texts and the table itself, and of what a table says; empty when the tree differs from its commit.
func seal(ctx context.Context, root, at string, table policy.Coverage) string {
	if at == "" || strings.HasSuffix(at, differs) {
		return ""
	}
	command := exec.CommandContext(ctx, "git", "ls-tree", "-r", "HEAD")
	command.Dir = root
	files, err := command.Output()
	said, failed := json.Marshal(table.Clauses)
	if err != nil || failed != nil {
		return ""
	}
	digest := sha256.New()
	for line := range strings.Lines(string(files)) {
		if name := strings.TrimSpace(line); !strings.HasSuffix(name, ".md") && !strings.HasSuffix(name, "policies/"+policy.CoverageFile) {
			digest.Write([]byte(line))
		}
	}
	digest.Write(said)
	return hex.EncodeToString(digest.Sum(nil))
}

// each runs do for every item, as many at a time as there are processors, and gives the first error.
func each[T any](ctx context.Context, items []T, do func(context.Context, T) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan T)
	done := make(chan struct{})
	workers := runtime.NumCPU()
	for range workers {
		go func() {
			defer func() { done <- struct{}{} }()
			for item := range next {
				if ctx.Err() != nil {
					continue
				}
				if err := do(ctx, item); err != nil {
					cancel(err)
				}
			}
		}()
	}
	for _, item := range items {
		next <- item
	}
	close(next)
	for range workers {
		<-done
	}
	return context.Cause(ctx)
}
