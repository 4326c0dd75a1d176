package policytest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tongchou/internal/policy/policytest"
	"tongchou/policies"
)

func TestAnotherDirectory(t *testing.T) {
	t.Setenv(policytest.DirectoryVariable, "")
	if got := employeeRate(t); got != "0.10" {
		t.Errorf("%s is not of the files that ship", got)
	}
	directory := t.TempDir()
	if err := os.CopyFS(directory, policies.Files); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(directory, "sichuan", "pool.yaml")
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(strings.Replace(string(content), `"0.10"`, `"0.11"`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(policytest.DirectoryVariable, directory)
	if got := employeeRate(t); got != "0.11" {
		t.Errorf("%s is not of the directory", got)
	}
}

func employeeRate(t *testing.T) string {
	t.Helper()
	rate, ok := policytest.Pack(t, "sichuan").At("2024-12-31").Get("pool.collection.rate.employee")
	if !ok {
		t.Fatal("no rate")
	}
	return rate.Value.String()
}
