package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
)

// suite is the compiled tests of one package.
type suite struct {
	pkg       string // "internal/pool"
	directory string // where its tests run
	binary    string
	test2json string
	flags     []string
	policies  bool // its tests can be given other policy files
	tests     []string
}

// outcome is how a test or subtest went.
type outcome struct {
	passed, failed bool
	elapsed        time.Duration
	clauses        []policy.ClauseID
}

// slowest is how long a run of tests may take before it counts as failed: a changed parameter may make a loop endless.
const slowest = 3 * time.Minute

// compile builds the tests of a package with coverage of the packages whose functions cite clauses.
func compile(ctx context.Context, root, pkg, coverpkg, binary string) (*suite, error) {
	args := []string{"test", "-c", "-o", binary}
	if coverpkg != "" {
		args = append(args, "-covermode=set", "-coverpkg="+coverpkg)
	}
	command := exec.CommandContext(ctx, "go", append(args, "./"+pkg)...)
	command.Dir = root
	if out, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("compiling the tests of %s: %w\n%s", pkg, err, out)
	}
	content, err := os.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	s := &suite{pkg: pkg, directory: filepath.Join(root, filepath.FromSlash(pkg)), binary: binary,
		policies: bytes.Contains(content, []byte(policytest.DirectoryVariable))}
	// Property tests must try the same cases every time, and leave no files behind.
	if bytes.Contains(content, []byte("rapid.nofailfile")) {
		s.flags = []string{"-rapid.seed=1", "-rapid.nofailfile"}
	}
	return s, nil
}

// run runs the tests a pattern chooses with a directory of policy files; profile, unless empty, receives the coverage.
// The outcomes are by test name. A run that fails is no error; what it printed is in output.
func (s *suite) run(ctx context.Context, pattern, policies, profile string) (outcomes map[string]*outcome, output string, err error) {
	args := []string{"-t", "-p", s.pkg, s.binary, "-test.v=test2json", "-test.run=" + pattern, "-test.timeout=" + slowest.String()}
	if profile != "" {
		args = append(args, "-test.coverprofile="+profile)
	}
	command := exec.CommandContext(ctx, s.test2json, append(args, s.flags...)...)
	command.Dir = s.directory
	command.Env = append(os.Environ(), policytest.DirectoryVariable+"="+policies)
	stdout, err := command.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		return nil, "", fmt.Errorf("running the tests of %s: %w", s.pkg, errors.Join(err, context.Cause(ctx)))
	}
	return readEvents(bytes.NewReader(stdout))
}

// readEvents reads what test2json writes.
func readEvents(r io.Reader) (map[string]*outcome, string, error) {
	outcomes := map[string]*outcome{}
	var output strings.Builder
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var event struct {
			Action, Test, Key, Value, Output string
			Elapsed                          float64
		}
		if err := json.Unmarshal(lines.Bytes(), &event); err != nil {
			return nil, "", fmt.Errorf("reading test events: %w", err)
		}
		output.WriteString(event.Output)
		if event.Test == "" {
			continue
		}
		o := outcomes[event.Test]
		if o == nil {
			o = &outcome{}
			outcomes[event.Test] = o
		}
		switch event.Action {
		case "pass", "fail":
			o.passed, o.failed = event.Action == "pass", event.Action == "fail"
			o.elapsed = time.Duration(event.Elapsed * float64(time.Second))
		case "attr":
			if event.Key == attribute {
				o.clauses = append(o.clauses, policy.ClauseID(event.Value))
			}
		}
	}
	return outcomes, output.String(), lines.Err()
}

// anyOf is the pattern that chooses test functions by name.
func anyOf(names []string) string { return "^(" + strings.Join(names, "|") + ")$" }

// only is the pattern that chooses one test or subtest: "TestX/a" is "^TestX$/^a$".
func only(test string) string {
	elements := strings.Split(test, "/")
	for i, e := range elements {
		elements[i] = "^" + regexp.QuoteMeta(e) + "$"
	}
	return strings.Join(elements, "/")
}

// block is a stretch of lines that was executed.
type block struct{ from, to int }

// executed reads a coverage profile: the blocks that were executed, by file ("internal/pool/fund.go").
func executed(profile, module string) (map[string][]block, error) {
	out := map[string][]block{}
	for _, line := range strings.Split(profile, "\n") {
		// tongchou/internal/pool/fund.go:57.2,60.16 3 1
		file, rest, ok := strings.Cut(line, ":")
		if !ok || file == "mode" {
			continue
		}
		fields := strings.FieldsFunc(rest, func(r rune) bool { return r == ' ' || r == ',' || r == '.' })
		if len(fields) != 6 {
			return nil, fmt.Errorf("not a line of a coverage profile: %q", line)
		}
		from, errFrom := strconv.Atoi(fields[0])
		to, errTo := strconv.Atoi(fields[2])
		if err := errors.Join(errFrom, errTo); err != nil {
			return nil, fmt.Errorf("not a line of a coverage profile: %q", line)
		}
		if fields[5] != "0" {
			file = strings.TrimPrefix(file, module+"/")
			out[file] = append(out[file], block{from, to})
		}
	}
	return out, nil
}

// executedIn tells whether any of a function's lines were executed.
func (f function) executedIn(blocks map[string][]block) bool {
	for _, b := range blocks[f.file] {
		if f.from <= b.from && b.to <= f.to {
			return true
		}
	}
	return false
}
