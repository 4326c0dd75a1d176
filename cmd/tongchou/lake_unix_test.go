//go:build !windows

package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"tongchou/internal/pgtest"
)

// The claims store on PostgreSQL, by the program itself, with and without an engine of its own.
func TestLakeScripts(t *testing.T) {
	t.Attr("clause", "YA-4.8.1")
	dsn := pgtest.Start(t).DSN
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/lake",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("TONGCHOU_LANG", "zh")
			env.Setenv("TONGCHOU_LAKE", dsn)
			return nil
		},
		Condition: func(string) (bool, error) { return claimsEngine, nil },
		Cmds:      map[string]func(ts *testscript.TestScript, neg bool, args []string){"exits": exits},
	})
}
