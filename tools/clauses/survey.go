package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"tongchou/internal/policy"
)

// cited is a passing test that cites clauses.
type cited struct {
	suite   *suite
	test    string // "TestX" or "TestX/a"
	elapsed time.Duration
}

func (c cited) name() string { return c.suite.pkg + "." + c.test }

// function is the test function the test belongs to.
func (c cited) function() string {
	name, _, _ := strings.Cut(c.test, "/")
	return name
}

// survey is everything the table is made from.
type survey struct {
	work    string
	files   fs.FS
	library *policy.Library
	sources *sources
	suites  []*suite
	// tests are the passing tests that cite a clause, the quickest first.
	tests   map[policy.ClauseID][]cited
	noticed int
	probed  int

	mutex    sync.Mutex
	warnings []string
}

// warn keeps something to be said at the end.
func (s *survey) warn(format string, args ...any) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.warnings = append(s.warnings, fmt.Sprintf(format, args...))
}

// quick is how long the citing tests of a package may take for a change to be tried on all of them at once; slower
// ones are tried only when no quick one noticed.
const quick = 2 * time.Second

// newSurvey reads the sources, compiles the tests that cite clauses and runs them once.
func newSurvey(ctx context.Context, root, work string) (*survey, error) {
	s := &survey{work: work, files: os.DirFS(filepath.Join(root, "policies")), tests: map[policy.ClauseID][]cited{}}
	var err error
	if s.library, err = policy.Load(s.files); err != nil {
		return nil, err
	}
	if s.sources, err = scan(root); err != nil {
		return nil, err
	}
	if err := s.known(); err != nil {
		return nil, err
	}
	if err := s.compile(ctx, root); err != nil {
		return nil, err
	}
	return s, s.baseline(ctx)
}

// known refuses functions that cite clauses there are not.
func (s *survey) known() error {
	for _, f := range s.sources.functions {
		for _, id := range f.clauses {
			if _, ok := s.library.Clause(id); !ok {
				return fmt.Errorf("%s cites %s, which is no clause of policies/clauses.tsv or sources.yaml", f.id, id)
			}
		}
	}
	return nil
}

func (s *survey) compile(ctx context.Context, root string) error {
	command := exec.CommandContext(ctx, "go", "tool", "-n", "test2json")
	command.Dir = root
	test2json, err := command.Output()
	if err != nil {
		return fmt.Errorf("finding test2json: %w", err)
	}
	var covered []string
	for _, f := range s.sources.functions {
		if pkg := "./" + path.Dir(f.file); !slices.Contains(covered, pkg) {
			covered = append(covered, pkg)
		}
	}
	packages := sortedKeys(s.sources.citing)
	s.suites = make([]*suite, len(packages))
	indices := make([]int, len(packages))
	for i := range indices {
		indices[i] = i
	}
	return each(ctx, indices, func(ctx context.Context, i int) error {
		binary := filepath.Join(s.work, strconv.Itoa(i)+".test")
		suite, err := compile(ctx, root, packages[i], strings.Join(covered, ","), binary)
		if err != nil {
			return err
		}
		suite.test2json, suite.tests = strings.TrimSpace(string(test2json)), s.sources.citing[packages[i]]
		s.suites[i] = suite
		return nil
	})
}

// baseline runs the tests with the policy files as they are and keeps those that pass. They get a copy of the files, as
// the changed ones will, so that what differs later is the change.
func (s *survey) baseline(ctx context.Context) error {
	same := filepath.Join(s.work, "same")
	if err := copyChanged(s.files, same, "", nil); err != nil {
		return err
	}
	var mutex sync.Mutex
	err := each(ctx, s.suites, func(ctx context.Context, u *suite) error {
		outcomes, output, err := u.run(ctx, anyOf(u.tests), same, "")
		if err != nil {
			return err
		}
		mutex.Lock()
		defer mutex.Unlock()
		if len(outcomes) == 0 {
			return fmt.Errorf("no test of %s ran:\n%s", u.pkg, output)
		}
		for test, o := range outcomes {
			if !o.passed {
				if len(o.clauses) > 0 {
					s.warn("%s.%s does not pass and carries nothing", u.pkg, test)
				}
				continue
			}
			for _, id := range o.clauses {
				if _, ok := s.library.Clause(id); !ok {
					return fmt.Errorf("%s.%s cites %s, which is no clause of policies/clauses.tsv or sources.yaml", u.pkg, test, id)
				}
				s.tests[id] = append(s.tests[id], cited{u, test, o.elapsed})
			}
		}
		return nil
	})
	for _, tests := range s.tests {
		sort.Slice(tests, func(i, j int) bool {
			a, b := tests[i], tests[j]
			if a.elapsed != b.elapsed {
				return a.elapsed < b.elapsed
			}
			return a.name() < b.name()
		})
	}
	return err
}

// table works out what carries each clause.
func (s *survey) table(ctx context.Context) (policy.Coverage, error) {
	table := policy.Coverage{Clauses: map[policy.ClauseID]policy.Carried{}}
	add := func(id policy.ClauseID, to func(*policy.Carried) *[]string, what string) {
		clause, _ := s.library.Clause(id)
		document, _ := s.library.Document(clause.Document)
		if document.Status == policy.Example {
			return
		}
		carried := table.Clauses[id]
		list := to(&carried)
		if !slices.Contains(*list, what) {
			*list = append(*list, what)
			sort.Strings(*list)
		}
		table.Clauses[id] = carried
	}
	for id, tests := range s.tests {
		for _, t := range tests {
			add(id, func(c *policy.Carried) *[]string { return &c.Tests }, t.name())
		}
	}
	code, err := s.code(ctx)
	if err != nil {
		return table, err
	}
	for id, functions := range code {
		for _, f := range functions {
			add(id, func(c *policy.Carried) *[]string { return &c.Code }, f)
		}
	}
	probes, err := s.parameters(ctx)
	if err != nil {
		return table, err
	}
	for _, p := range probes {
		add(p.clause, func(c *policy.Carried) *[]string { return &c.Parameters }, p.name())
	}
	return table, nil
}

// code finds, for every clause, the functions citing it that a passing test citing it executes, each test run alone.
func (s *survey) code(ctx context.Context) (map[policy.ClauseID][]string, error) {
	citing := map[policy.ClauseID][]function{}
	for _, f := range s.sources.functions {
		for _, id := range f.clauses {
			citing[id] = append(citing[id], f)
		}
	}
	out := map[policy.ClauseID][]string{}
	profiles := &profiles{survey: s, of: map[string]func() (map[string][]block, error){}}
	var mutex sync.Mutex
	err := each(ctx, sortedKeys(citing), func(ctx context.Context, id policy.ClauseID) error {
		left := citing[id]
		for _, t := range s.tests[id] {
			if len(left) == 0 {
				break
			}
			blocks, err := profiles.alone(ctx, t)
			if err != nil {
				return err
			}
			left = slices.DeleteFunc(slices.Clone(left), func(f function) bool {
				if !f.executedIn(blocks) {
					return false
				}
				mutex.Lock()
				out[id] = append(out[id], f.id)
				mutex.Unlock()
				return true
			})
		}
		for _, f := range left {
			s.warn("no passing test that cites %s executes %s, which cites it", id, f.id)
		}
		return nil
	})
	return out, err
}

// profiles keeps what each test executes when it runs alone.
type profiles struct {
	survey *survey
	mutex  sync.Mutex
	of     map[string]func() (map[string][]block, error)
}

func (p *profiles) alone(ctx context.Context, t cited) (map[string][]block, error) {
	p.mutex.Lock()
	get, ok := p.of[t.name()]
	if !ok {
		profile := filepath.Join(p.survey.work, strconv.Itoa(len(p.of))+".profile")
		get = sync.OnceValues(func() (map[string][]block, error) {
			outcomes, _, err := t.suite.run(ctx, only(t.test), filepath.Join(p.survey.work, "same"), profile)
			if err != nil {
				return nil, err
			}
			if o := outcomes[t.test]; o == nil || !o.passed {
				p.survey.warn("%s does not pass when it runs alone", t.name())
				return nil, nil
			}
			content, err := os.ReadFile(profile)
			if err != nil {
				return nil, err
			}
			return executed(string(content), p.survey.sources.module)
		})
		p.of[t.name()] = get
	}
	p.mutex.Unlock()
	return get()
}

// parameters asks about every parameter of every pack and gives the probes that were noticed.
func (s *survey) parameters(ctx context.Context) ([]probe, error) {
	var all []probe
	for _, pack := range s.library.Packs {
		all = append(all, probes(pack)...)
	}
	indices := make([]int, len(all))
	for i := range indices {
		indices[i] = i
	}
	noticed := make([]bool, len(all))
	err := each(ctx, indices, func(ctx context.Context, i int) error {
		var err error
		noticed[i], err = s.notices(ctx, all[i], filepath.Join(s.work, "changed"+strconv.Itoa(i)))
		return err
	})
	if err != nil {
		return nil, err
	}
	var out []probe
	for i, p := range all {
		if noticed[i] {
			out = append(out, p)
			continue
		}
		s.warn("no test that cites %s notices a change of %s", p.clause, p.name())
	}
	s.noticed, s.probed = len(out), len(all)
	return out, nil
}

// notices tells whether a probe's changes make a test that cites its clause fail.
func (s *survey) notices(ctx context.Context, p probe, directory string) (bool, error) {
	tests := slices.DeleteFunc(slices.Clone(s.tests[p.clause]), func(t cited) bool { return !t.suite.policies })
	if len(tests) == 0 || len(p.changes) == 0 {
		return false, nil
	}
	for i, c := range p.changes {
		changed := filepath.Join(directory, strconv.Itoa(i))
		if err := copyChanged(s.files, changed, p.pack.ID, c); err != nil {
			return false, fmt.Errorf("changing %s: %w", p.name(), err)
		}
		fails, err := anyFails(ctx, tests, changed)
		if err != nil {
			return false, err
		}
		if fails != p.all {
			return fails, nil
		}
	}
	return p.all, nil
}

// anyFails runs tests with a directory of policy files, the quick ones first.
func anyFails(ctx context.Context, tests []cited, policies string) (bool, error) {
	for _, slow := range []bool{false, true} {
		functions := map[*suite][]string{}
		var suites []*suite
		for _, t := range tests {
			if t.elapsed > quick != slow {
				continue
			}
			if functions[t.suite] == nil {
				suites = append(suites, t.suite)
			}
			if !slices.Contains(functions[t.suite], t.function()) {
				functions[t.suite] = append(functions[t.suite], t.function())
			}
		}
		for _, u := range suites {
			outcomes, _, err := u.run(ctx, anyOf(functions[u]), policies, "")
			if err != nil {
				return false, err
			}
			for _, t := range tests {
				if o := outcomes[t.test]; t.suite == u && o != nil && o.failed {
					return true, nil
				}
			}
		}
	}
	return false, nil
}

// write writes the table among the policy files.
func write(directory string, table policy.Coverage) error {
	content, err := json.MarshalIndent(table, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(directory, policy.CoverageFile), append(content, '\n'), 0o666)
}

// compare says where the table in the tree differs from what was found. Which commit it names is no matter, but it must be one.
func compare(files fs.FS, found policy.Coverage) error {
	kept, err := policy.LoadCoverage(files)
	if err != nil {
		return err
	}
	lines := func(c policy.Coverage) map[string]bool {
		out := map[string]bool{}
		for id, carried := range c.Clauses {
			for _, list := range [][]string{carried.Parameters, carried.Code, carried.Tests} {
				for _, what := range list {
					out[string(id)+" "+what] = true
				}
			}
		}
		return out
	}
	before, after := lines(kept), lines(found)
	var differences []string
	for line := range before {
		if !after[line] {
			differences = append(differences, "- "+line)
		}
	}
	for line := range after {
		if !before[line] {
			differences = append(differences, "+ "+line)
		}
	}
	if strings.HasSuffix(kept.Commit, differs) {
		differences = append(differences, "commit "+kept.Commit+": a changed tree, which nobody else has")
	}
	if len(differences) == 0 {
		return nil
	}
	sort.Strings(differences)
	return fmt.Errorf("policies/%s is not what the tests show; run make clauses\n%s", policy.CoverageFile, strings.Join(differences, "\n"))
}
