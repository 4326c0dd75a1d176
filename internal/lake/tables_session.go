package lake

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
)

// session opens a transaction that sees the store as it stands now until it is closed, and makes the relation claims in it.
func (t *tables) session(ctx context.Context, year policy.Year, kind Kind) (*Session, error) {
	if !t.there {
		return nil, emptyYear(year, kind)
	}
	conn, err := t.db.Conn(ctx)
	if err != nil {
		return nil, t.failure(err)
	}
	s := &Session{conn: conn, end: func() error {
		_, err := conn.ExecContext(context.Background(), "ROLLBACK") // the view goes with it
		return err
	}}
	if err := t.begin(ctx, s, year, kind); err != nil {
		s.Close() // the error above says more
		return nil, err
	}
	return s, nil
}

func (t *tables) begin(ctx context.Context, s *Session, year policy.Year, kind Kind) error {
	for _, text := range append([]string{"BEGIN ISOLATION LEVEL REPEATABLE READ"}, t.settings()...) {
		if _, err := s.conn.ExecContext(ctx, text); err != nil {
			return t.failure(err)
		}
	}
	m, err := t.readManifest(ctx, s.conn)
	if err != nil {
		return err
	}
	if s.Snapshot = m.Snapshot(year, kind); s.Rows == 0 {
		return emptyYear(year, kind)
	}
	_, err = s.conn.ExecContext(ctx, "CREATE TEMP VIEW claims AS SELECT "+storedNames()+" FROM tongchou_lake.claims WHERE year = "+
		strconv.Itoa(int(year))+" AND import_no IN ("+m.numbers(kind)+")")
	return t.failure(err)
}

// settings are those of a transaction that asks. They let the server hash the refunds' numbers, about 100 bytes for each: without room for that it would compare
// every settlement with every refund. Half of the memory is allowed to a sort, all of it to a hash.
func (t *tables) settings() []string {
	bytes, _ := memoryBytes(t.lake.options.Memory)
	var out []string
	if t.citus {
		out = append(out, "SET LOCAL citus.propagate_set_commands = 'local'")
	}
	return append(out, "SET LOCAL work_mem = '"+strconv.FormatInt(max(bytes/2048, 4096), 10)+"kB'", "SET LOCAL hash_mem_multiplier = 2")
}

// KnownSize tells whether a text is a size as Options.Memory has it.
func KnownSize(text string) bool {
	_, ok := memoryBytes(text)
	return ok
}

// memoryBytes reads a size such as 768MB or 4GB. A unit with an i counts by 1024, one without by 1000.
func memoryBytes(text string) (int64, bool) {
	digits := strings.TrimRight(text, "KMGTiB ")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n <= 0 || n > 1<<20 {
		return 0, false
	}
	units := map[string]int64{"KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
	unit, ok := units[strings.TrimSpace(text[len(digits):])]
	return n * unit, ok
}

// storedNames lists the columns.
func storedNames() string {
	var names []string
	for _, c := range StoredColumns() {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

// numbers lists the numbers of the visible imports of a kind.
func (m Manifest) numbers(kind Kind) string {
	var out []string
	for n, i := range m.Imports {
		if !i.Withdrawn && i.Kind == kind {
			out = append(out, strconv.Itoa(n+1))
		}
	}
	return strings.Join(out, ", ")
}

func emptyYear(year policy.Year, kind Kind) error {
	return fault.New(fault.Refused, "lake.empty", "year", int(year), "kind", fault.Msg("value."+string(kind)))
}

// keptSQL says of every import, year and pooling area what the tables hold: the rows, and the sums of the two halves of the
// first 16 bytes of their SHA-256 digests. The order of rows makes no difference.
func keptSQL() string {
	var cells []string
	for _, c := range StoredColumns() {
		cells = append(cells, c.Name)
	}
	half := func(from string) string {
		return "CAST(SUM(CAST(CAST('x' || SUBSTR(digest, " + from + ", 16) AS BIT(64)) AS BIGINT)) AS VARCHAR)"
	}
	return "SELECT import_no, year, city, COUNT(*), " + half("1") + ", " + half("17") + `
FROM (SELECT import_no, year, city, ENCODE(SHA256(CONVERT_TO(CONCAT(` + strings.Join(cells, ", CHR(9), ") + `), 'UTF8')), 'hex') AS digest FROM tongchou_lake.claims) d
GROUP BY import_no, year, city`
}

// verify digests every row and compares with the manifest. Rows that no visible import owns are told, too.
func (t *tables) verify(ctx context.Context) error {
	if !t.there {
		return nil
	}
	tx, err := t.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return t.failure(err)
	}
	defer tx.Rollback() // only read from
	m, err := t.readManifest(ctx, tx)
	if err != nil {
		return err
	}
	kept := map[string]File{} // by path
	err = query(ctx, tx, keptSQL(), func(rows *sql.Rows) error {
		var number int
		var f File
		var high, low string
		if err := rows.Scan(&number, &f.Year, &f.City, &f.Rows, &high, &low); err != nil {
			return err
		}
		f.Path, f.Digest = tablePath(part{f.Year, f.City}, importID(number)), rowsDigest(f.Rows, high, low)
		kept[f.Path] = f
		return nil
	})
	if err != nil {
		return err
	}
	return m.compare(kept)
}

// compare compares what tables hold with the manifest.
func (m Manifest) compare(kept map[string]File) error {
	var bad fault.List
	for _, i := range m.Imports {
		if i.Withdrawn {
			continue
		}
		for _, f := range i.Files {
			is, ok := kept[f.Path]
			delete(kept, f.Path)
			switch {
			case !ok:
				bad.Add(fault.Problem{File: f.Path, Message: fault.Msg("lake.verify.rows_missing", "import", i.ID, "rows", f.Rows)})
			case is != f:
				bad.Add(fault.Problem{File: f.Path, Message: fault.Msg("lake.verify.rows_differ", "import", i.ID, "rows", f.Rows, "kept", is.Rows)})
			}
		}
	}
	var stray []string
	for path := range kept {
		stray = append(stray, path)
	}
	slices.Sort(stray)
	for _, path := range stray {
		bad.Add(fault.Problem{File: path, Message: fault.Msg("lake.verify.stray", "rows", kept[path].Rows)})
	}
	return bad.Err()
}

// tablePath names the rows of an import in a year and pooling area.
func tablePath(p part, id string) string {
	return "year=" + strconv.Itoa(int(p.year)) + "/city=" + string(p.city) + "/" + id
}
