// Package policytest gives tests the policy files. A test that shows that a clause is carried takes its policies from
// here, so that tools/clauses can run it against a changed copy of them and see whether it notices.
package policytest

import (
	"io/fs"
	"os"
	"testing"

	"tongchou/internal/policy"
	"tongchou/policies"
)

// DirectoryVariable names the environment variable that puts another directory of policy files in place of those that
// ship with the program.
const DirectoryVariable = "TONGCHOU_POLICIES"

// Files are the policy files a test is to use.
func Files() fs.FS {
	if directory := os.Getenv(DirectoryVariable); directory != "" {
		return os.DirFS(directory)
	}
	return policies.Files
}

// Library loads the policy files a test is to use.
func Library(t testing.TB) *policy.Library {
	t.Helper()
	library, err := policy.Load(Files())
	if err != nil {
		t.Fatal(err)
	}
	return library
}

// Pack loads a pack of theirs.
func Pack(t testing.TB, id string) *policy.Pack {
	t.Helper()
	pack, ok := Library(t).Pack(id)
	if !ok {
		t.Fatalf("no policy pack %s", id)
	}
	return pack
}
