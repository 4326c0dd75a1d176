//go:build !cgo || !(linux || darwin || windows) || !(amd64 || arm64)

package lake

import (
	"context"
	"database/sql"
	"strings"

	"tongchou/internal/fault"
)

// Embedded tells whether the program has the engine of the store (数据引擎).
const Embedded = false

// openEngine says what to do: this program was built without a C compiler, or for a machine DuckDB is not shipped for.
func openEngine(context.Context, string, string, Options) (*sql.DB, error) {
	return nil, fault.New(fault.Refused, "lake.no_engine")
}

// openReader says the same.
func openReader(context.Context, string, Options) (*sql.DB, error) {
	return nil, fault.New(fault.Refused, "lake.no_engine")
}

func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
