// Package policies carries the policy files inside the program.
package policies

import "embed"

// Files are the documents, clauses, parameter definitions and packs that ship with tongchou, and coverage.json, which
// tools/clauses writes from test results: what carries each clause.
//
//go:embed *.yaml *.tsv */*.yaml reference/catalogue.tsv coverage.json
var Files embed.FS
