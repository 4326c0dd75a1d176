//go:build cgo && (linux || darwin || windows) && (amd64 || arm64)

package lake

import (
	"context"
	"database/sql"
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"tongchou/internal/fault"
)

// Embedded tells whether the program has the engine of the store (数据引擎).
const Embedded = true

// openEngine starts DuckDB in memory. It may touch the store's directory alone, loads nothing from elsewhere, and none of
// that can be changed afterwards.
func openEngine(ctx context.Context, dir, temporary string, o Options) (*sql.DB, error) {
	return startEngine(ctx, o, "preserve_insertion_order = false",
		"temp_directory = "+quoted(temporary), "allowed_directories = ["+quoted(dir)+"]")
}

// openReader starts a DuckDB that reads one file in its order, and may touch nothing else.
func openReader(ctx context.Context, file string, o Options) (*sql.DB, error) {
	return startEngine(ctx, o, "temp_directory = ''", "allowed_paths = ["+quoted(file)+"]")
}

func startEngine(ctx context.Context, o Options, settings ...string) (*sql.DB, error) {
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		return nil, fault.Wrap(err, "lake.engine")
	}
	db := sql.OpenDB(connector)
	if len(o.SealKey) > 0 {
		if _, err := db.ExecContext(ctx, "PRAGMA add_parquet_key("+quoted(keyName)+", "+quoted(base64.StdEncoding.EncodeToString(o.SealKey))+")"); err != nil {
			db.Close() // the error above says more
			return nil, fault.Wrap(err, "lake.engine")
		}
	}
	settings = append([]string{"autoinstall_known_extensions = false", "autoload_known_extensions = false", "allow_community_extensions = false",
		"memory_limit = " + quoted(o.Memory), "threads = " + strconv.Itoa(o.Threads)}, settings...)
	for _, setting := range append(settings, "enable_external_access = false", "lock_configuration = true") {
		if _, err := db.ExecContext(ctx, "SET GLOBAL "+setting); err != nil {
			db.Close() // the setting's error says more
			return nil, fault.Wrap(err, "lake.engine")
		}
	}
	return db, nil
}

func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
