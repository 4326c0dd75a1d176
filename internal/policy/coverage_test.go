package policy_test

import (
	"errors"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/policies"
)

func TestCoverageThatShips(t *testing.T) {
	library := load(t)
	coverage, err := policy.LoadCoverage(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	for id, carried := range coverage.Clauses {
		if _, ok := library.Clause(id); !ok || carried.Empty() {
			t.Errorf("%s: %v %+v", id, ok, carried)
		}
	}
	obligations, uncarried := library.Obligations(), library.Uncarried(coverage)
	if len(uncarried)+len(coverage.Clauses) != len(obligations) {
		t.Errorf("%d uncarried, %d carried, %d in all", len(uncarried), len(coverage.Clauses), len(obligations))
	}
	if slices.ContainsFunc(obligations, func(c policy.Clause) bool { return c.Document == "EX" }) {
		t.Error("an invented clause is owed")
	}
}

func TestUncarried(t *testing.T) {
	library := load(t)
	all := library.Obligations()
	coverage := policy.Coverage{Clauses: map[policy.ClauseID]policy.Carried{all[1].ID: {Tests: []string{"internal/pool.TestX"}}, all[2].ID: {}}}
	got := library.Uncarried(coverage)
	if len(got) != len(all)-1 || got[0] != all[0] || got[1] != all[2] {
		t.Errorf("%d of %d: %v", len(got), len(all), got[:2])
	}
}

func TestLoadCoverageRefuses(t *testing.T) {
	for name, files := range map[string]fs.FS{
		"missing":  fstest.MapFS{},
		"not JSON": fstest.MapFS{policy.CoverageFile: {Data: []byte("{")}},
	} {
		_, err := policy.LoadCoverage(files)
		var e *fault.Error
		if !errors.As(err, &e) || e.Kind != fault.Internal || e.Cause == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCited(t *testing.T) {
	for comment, want := range map[string][]policy.ClauseID{
		"F does.\n\n依据: SC38-4.4, YN-2.5\n":   {"SC38-4.4", "YN-2.5"},
		"依据: YA-4.10.1。":                      {"YA-4.10.1"},
		"see SC38-4.4":                        nil,
		"依据: SC38N-1\nmore\n依据:SCE-1.1 SCE-2": {"SC38N-1", "SCE-1.1", "SCE-2"},
	} {
		if got := policy.Cited(comment); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", comment, got, want)
		}
	}
}
