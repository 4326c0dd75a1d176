package lake

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
)

// tablesVersion is the form of the tables this program writes and reads.
const tablesVersion = 1

// lakeLock is the advisory lock of whoever changes the store.
const lakeLock = 0x746f6e67_6c616b65

// Documents that only tables have.
const (
	versionDocument = "version"
	storeDocument   = "store"      // a name that no other store has
	personDocument  = "person.key" // which key the pseudonyms are made with, by a digest of it
)

// tables keeps everything in tables of PostgreSQL, in the schema tongchou_lake: claims, partitioned by year; imports, the
// manifest; documents. The directory has the key of the pseudonyms and the reject files.
type tables struct {
	lake   *Lake
	db     *sql.DB
	server string
	citus  bool
	there  bool   // the schema is
	name   string // of the store
}

// openTables connects, and brings tables of an older form up to date. Where there are none, the first import makes them.
func openTables(ctx context.Context, l *Lake) (*tables, error) {
	config, err := pgx.ParseConfig(l.options.DSN)
	if err != nil {
		return nil, fault.New(fault.Usage, "lake.tables.dsn") // the error repeats the address
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "tongchou"
	}
	t := &tables{lake: l, db: stdlib.OpenDB(*config), server: serverName(config)}
	if err := t.look(ctx); err != nil {
		t.db.Close() // the error above says more
		return nil, err
	}
	return t, nil
}

// serverName names a server as an address without a password.
func serverName(c *pgx.ConnConfig) string {
	host := c.Host
	if !strings.HasPrefix(host, "/") {
		host = net.JoinHostPort(host, strconv.Itoa(int(c.Port)))
	}
	return "postgres://" + c.User + "@" + host + "/" + c.Database
}

func (t *tables) place() string { return t.server }
func (t *tables) close() error  { return t.db.Close() }

// look sees what is there.
func (t *tables) look(ctx context.Context) error {
	if err := t.db.PingContext(ctx); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		f := fault.New(fault.Refused, "lake.tables.connect", "server", t.server)
		f.Cause = err
		return f
	}
	err := t.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus'), to_regclass('tongchou_lake.documents') IS NOT NULL`).Scan(&t.citus, &t.there)
	if err != nil || !t.there {
		return t.failure(err)
	}
	content, err := t.document(ctx, versionDocument)
	if err != nil {
		return err
	}
	if version, _ := strconv.Atoi(string(content)); version != tablesVersion {
		return fault.New(fault.Refused, "lake.version", "version", version, "known", tablesVersion)
	}
	return t.named(ctx)
}

// named reads the name of the store.
func (t *tables) named(ctx context.Context) error {
	content, err := t.document(ctx, storeDocument)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(content, &t.name); err != nil {
		return t.failure(err)
	}
	t.there = true
	return nil
}

// make makes the tables, unless somebody else just did.
func (t *tables) make(ctx context.Context) error {
	if t.there {
		return nil
	}
	tx, err := t.lock(ctx, true)
	if err != nil {
		return err
	}
	defer tx.Rollback() // nothing is left of it when it was committed
	var there bool
	if err := tx.QueryRowContext(ctx, "SELECT to_regclass('tongchou_lake.documents') IS NOT NULL").Scan(&there); err != nil {
		return t.failure(err)
	}
	if !there {
		name := make([]byte, 4)
		rand.Read(name) // never fails
		statements := append(tablesSQL(), fmt.Sprintf(`INSERT INTO tongchou_lake.documents VALUES ('%s', '%d'), ('%s', '"%s"')`, versionDocument, tablesVersion, storeDocument, hex.EncodeToString(name)))
		if t.citus {
			statements = append(statements, "SELECT create_distributed_table('tongchou_lake.claims', 'psn_no')")
		}
		for _, text := range statements {
			if _, err := tx.ExecContext(ctx, text); err != nil {
				return t.failure(err)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		return t.failure(err)
	}
	return t.named(ctx)
}

// tablesSQL makes the tables. What is found by index are the refunds, which every figure leaves out with what they refund, and
// the settlements that a new refund may refund.
func tablesSQL() []string {
	return []string{"CREATE SCHEMA IF NOT EXISTS tongchou_lake", CreateTableSQL("tongchou_lake.claims"),
		"CREATE INDEX claims_refunds ON tongchou_lake.claims (init_setl_id) WHERE refd_setl_flag = 1",
		"CREATE TABLE tongchou_lake.imports (import_no INTEGER PRIMARY KEY, entry JSONB NOT NULL)",
		"CREATE TABLE tongchou_lake.documents (name VARCHAR PRIMARY KEY, content JSONB NOT NULL)"}
}

// CreateTableSQL is the definition of a table of claims in PostgreSQL, partitioned by year. An import is known by its number,
// so that it can be withdrawn and kinds never mix.
func CreateTableSQL(table string) string {
	lines := []string{"import_no INTEGER NOT NULL"}
	for _, c := range StoredColumns() {
		line := c.Name + " " + c.Type
		if c.Type == "VARCHAR" {
			line += ` COLLATE "C"`
		}
		lines = append(lines, line)
	}
	return "CREATE TABLE " + table + " (\n  " + strings.Join(lines, ",\n  ") + "\n) PARTITION BY LIST (year)"
}

// lock begins a transaction in which nobody else changes the store. Without waiting it refuses when somebody does.
func (t *tables) lock(ctx context.Context, wait bool) (*sql.Tx, error) {
	tx, err := t.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, t.failure(err)
	}
	free := true
	if wait {
		_, err = tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", int64(lakeLock))
	} else {
		err = tx.QueryRowContext(ctx, "SELECT pg_try_advisory_xact_lock($1)", int64(lakeLock)).Scan(&free)
	}
	if err == nil && free {
		return tx, nil
	}
	tx.Rollback() // nothing was written
	if err != nil {
		return nil, t.failure(err)
	}
	return nil, fault.New(fault.Refused, "lake.busy")
}

// failure wraps an error of the database, and says so plainly when its disk is full.
func (t *tables) failure(err error) error {
	var server *pgconn.PgError
	if errors.As(err, &server) && server.Code == "53100" {
		f := fault.New(fault.Refused, "lake.disk_full", "dir", t.server)
		f.Cause = err
		return f
	}
	return t.lake.failure(err, "lake.tables.failed", "server", t.server)
}

func (t *tables) manifest(ctx context.Context) (Manifest, error) {
	if !t.there {
		return Manifest{Version: manifestVersion}, nil
	}
	return t.readManifest(ctx, t.db)
}

func (t *tables) readManifest(ctx context.Context, q Querier) (Manifest, error) {
	m := Manifest{Version: manifestVersion}
	rows, err := q.QueryContext(ctx, "SELECT entry FROM tongchou_lake.imports ORDER BY import_no")
	if err != nil {
		return m, t.failure(err)
	}
	defer rows.Close() // read to the end or failed
	for rows.Next() {
		var entry []byte
		var i Import
		if err := rows.Scan(&entry); err != nil {
			return m, t.failure(err)
		}
		if err := json.Unmarshal(entry, &i); err != nil {
			return m, t.failure(err)
		}
		m.Imports = append(m.Imports, i)
	}
	return m, t.failure(rows.Err())
}

func (t *tables) document(ctx context.Context, name string) ([]byte, error) {
	if !t.there && name != versionDocument && name != storeDocument {
		return nil, nil
	}
	return t.readDocument(ctx, t.db, name)
}

func (t *tables) readDocument(ctx context.Context, q rower, name string) ([]byte, error) {
	var content []byte
	err := q.QueryRowContext(ctx, "SELECT content FROM tongchou_lake.documents WHERE name = $1", name).Scan(&content)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return content, t.failure(err)
}

// rower is a *sql.DB, *sql.Tx or *sql.Conn.
type rower interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

const saveDocumentSQL = "INSERT INTO tongchou_lake.documents VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET content = EXCLUDED.content"

func (t *tables) amend(ctx context.Context, name string, inside bool, change func(Manifest, []byte) ([]byte, error)) error {
	if err := t.make(ctx); err != nil {
		return err
	}
	tx, err := t.lock(ctx, inside)
	if err != nil {
		return err
	}
	defer tx.Rollback() // nothing is left of it when it was committed
	m, err := t.readManifest(ctx, tx)
	if err != nil {
		return err
	}
	content, err := t.readDocument(ctx, tx, name)
	if err != nil {
		return err
	}
	if content, err = change(m, content); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, saveDocumentSQL, name, string(content)); err != nil {
		return t.failure(err)
	}
	return t.failure(tx.Commit())
}

// withdraw deletes the rows of an import and notes in its entry that it is withdrawn, both or neither.
func (t *tables) withdraw(ctx context.Context, id string) error {
	if !t.there {
		return fault.New(fault.Refused, "lake.no_import", "id", id)
	}
	tx, err := t.lock(ctx, false)
	if err != nil {
		return err
	}
	defer tx.Rollback() // nothing is left of it when it was committed
	m, err := t.readManifest(ctx, tx)
	if err != nil {
		return err
	}
	at := m.counting(id)
	if at < 0 {
		return fault.New(fault.Refused, "lake.no_import", "id", id)
	}
	i := &m.Imports[at]
	i.Withdrawn = true
	for _, year := range i.years() {
		if err := t.erase(ctx, tx, year, at+1); err != nil {
			return err
		}
	}
	if err := saveImport(ctx, tx, at+1, *i); err != nil {
		return t.failure(err)
	}
	return t.failure(tx.Commit())
}

// erase deletes the rows of an import in a year. Columnar partitions can only grow: one is laid by rows again first.
func (t *tables) erase(ctx context.Context, tx *sql.Tx, year policy.Year, number int) error {
	name := partition(year)
	if t.citus {
		var method string
		err := tx.QueryRowContext(ctx, "SELECT a.amname FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE c.oid = to_regclass($1)", name).Scan(&method)
		if err == nil && method == columnarMethod {
			_, err = tx.ExecContext(ctx, "SELECT alter_table_set_access_method(to_regclass($1), 'heap')", name)
		}
		if err != nil {
			return t.failure(err)
		}
	}
	_, err := tx.ExecContext(ctx, "DELETE FROM "+name+" WHERE import_no = $1", number)
	return t.failure(err)
}

func saveImport(ctx context.Context, tx interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}, number int, i Import) error {
	entry, err := json.Marshal(i)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO tongchou_lake.imports VALUES ($1, $2) ON CONFLICT (import_no) DO UPDATE SET entry = EXCLUDED.entry", number, string(entry))
	return err
}

// years gives the years an import has rows of.
func (i Import) years() []policy.Year {
	var out []policy.Year
	for _, f := range i.Files {
		out = append(out, f.Year)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// partition names the table of a year.
func partition(year policy.Year) string {
	return "tongchou_lake.claims_" + strconv.Itoa(int(year))
}
