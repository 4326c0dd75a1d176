package policy

import (
	"encoding/json"
	"io/fs"
	"regexp"
	"slices"

	"tongchou/internal/fault"
)

// CoverageFile is where the coverage table stands among the policy files; tools/clauses writes it from test results.
const CoverageFile = "coverage.json"

// Coverage (条款落实表) says, for the commit it was made at, what carries each clause; a clause nothing carries is not
// in it. Seal is a digest of the files it was made from and of what it says.
type Coverage struct {
	Commit  string               `json:"commit"`
	Seal    string               `json:"seal,omitempty"`
	Clauses map[ClauseID]Carried `json:"clauses"`
}

// Carried (落实情况) is what carries a clause: parameters whose change makes a citing test fail
// ("sichuan:pool.reserve.rate"), functions that cite it and that a passing citing test executes
// ("internal/pool.rules.reserve"), and the passing tests that cite it ("internal/pool.TestReserve").
type Carried struct {
	Parameters []string `json:"parameters,omitempty"`
	Code       []string `json:"code,omitempty"`
	Tests      []string `json:"tests,omitempty"`
}

// Empty tells whether nothing carries the clause.
func (c Carried) Empty() bool { return len(c.Parameters)+len(c.Code)+len(c.Tests) == 0 }

// LoadCoverage reads the coverage table that stands beside the policy files. Errors (internal): the file is missing or
// is not the JSON expected.
func LoadCoverage(files fs.FS) (Coverage, error) {
	content, err := fs.ReadFile(files, CoverageFile)
	if err != nil {
		return Coverage{}, fault.Wrap(err, "policy.unreadable", "file", CoverageFile)
	}
	var c Coverage
	if err := json.Unmarshal(content, &c); err != nil {
		return Coverage{}, fault.Wrap(err, "policy.unreadable", "file", CoverageFile)
	}
	return c, nil
}

// Obligations (应落实条款) are the clauses that the coverage table answers for, in the order the documents name them: all
// but those of examples, whose numbers are invented.
func (l *Library) Obligations() []Clause {
	return slices.DeleteFunc(slices.Clone(l.Clauses), func(c Clause) bool { return l.documents[c.Document].Status == Example })
}

// Uncarried (未落实条款) are the obligations that nothing carries yet.
func (l *Library) Uncarried(coverage Coverage) []Clause {
	return slices.DeleteFunc(l.Obligations(), func(c Clause) bool { return !coverage.Clauses[c.ID].Empty() })
}

var (
	citationLine = regexp.MustCompile(`依据:[ \t]*([^\n]*)`)
	clauseID     = regexp.MustCompile(`\b[A-Z][A-Z0-9]*-[0-9]+(?:\.[0-9]+)*\b`)
)

// Cited lists the clauses that a comment cites on its 依据 lines.
func Cited(comment string) []ClauseID {
	var out []ClauseID
	for _, line := range citationLine.FindAllStringSubmatch(comment, -1) {
		for _, id := range clauseID.FindAllString(line[1], -1) {
			out = append(out, ClauseID(id))
		}
	}
	return out
}
