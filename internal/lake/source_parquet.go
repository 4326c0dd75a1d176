package lake

import (
	"context"
	"database/sql"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"tongchou/internal/fault"
)

// parquetColumn is a column of a Parquet file with its type as the engine names it.
type parquetColumn struct{ name, kind string }

// parquetSource is a Parquet file being read by an engine of its own.
type parquetSource struct {
	db      *sql.DB
	path    string
	columns []parquetColumn
	pieces  []string // expressions that write the cells, one for each column
	total   int64    // rows
	read    atomic.Int64
}

// parquetBatch is how many rows are asked for at once: the driver holds the whole of an answer.
const parquetBatch = 1 << 18

// readParquet reads a Parquet file as records, its types saying how cells are written. The engine that reads it may touch that
// one file alone.
func (in *intake) readParquet(ctx context.Context) (records, error) {
	path, err := filepath.Abs(in.source.Name())
	if err != nil {
		return records{}, err
	}
	if strings.ContainsAny(path, "*?[") {
		return records{}, fault.Refuse(fault.Problem{Message: fault.Msg("lake.parquet.name")})
	}
	db, err := openReader(ctx, path, in.lake.options)
	if err != nil {
		return records{}, err
	}
	p := &parquetSource{db: db, path: path}
	if err = p.describe(ctx); err != nil {
		err = brokenParquet(ctx, err)
	} else {
		p.pieces, err = parquetPieces(p.columns, in.mapping)
	}
	if err != nil {
		db.Close() // only read from
		return records{}, err
	}
	return p.stream(ctx, in.info.Size()), nil
}

// from is the file as a relation, with the number of each row.
func (p *parquetSource) from() string {
	return "read_parquet(" + quoted(p.path) + ", hive_partitioning = false, file_row_number = true)"
}

func brokenParquet(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fault.Refuse(fault.Problem{Message: fault.Msg("lake.parquet.broken", "detail", brief(err.Error()))})
}

// describe finds the columns of the file and how many rows it has.
func (p *parquetSource) describe(ctx context.Context) error {
	rows, err := p.db.QueryContext(ctx, "SELECT column_name, column_type FROM (DESCRIBE SELECT * EXCLUDE (file_row_number) FROM "+p.from()+")")
	if err != nil {
		return err
	}
	defer rows.Close() // read to the end or failed
	for rows.Next() {
		var c parquetColumn
		if err := rows.Scan(&c.name, &c.kind); err != nil {
			return err
		}
		p.columns = append(p.columns, c)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return p.db.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+p.from()).Scan(&p.total)
}

// stream writes the rows as records, behind a line with the names of the columns.
func (p *parquetSource) stream(ctx context.Context, size int64) records {
	out, into := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		into.CloseWithError(p.write(ctx, &lineWriter{to: into}))
		p.db.Close() // only read from
	}()
	return records{Reader: out, first: 1, at: func() int64 { return size * p.read.Load() / max(p.total, 1) }, close: func() {
		out.Close() // whoever writes then ends
		<-done
	}}
}

func (p *parquetSource) write(ctx context.Context, w *lineWriter) error {
	names := make([]string, len(p.columns))
	for i, c := range p.columns {
		names[i] = c.name
	}
	w.row(1, names)
	for from := int64(0); from < p.total && w.err == nil; from += parquetBatch {
		if err := p.batch(ctx, w, from); err != nil {
			return err
		}
	}
	return w.flush()
}

// batch writes the rows from one on.
func (p *parquetSource) batch(ctx context.Context, w *lineWriter, from int64) error {
	rows, err := p.db.QueryContext(ctx, "SELECT concat_ws(',', "+strings.Join(p.pieces, ", ")+") FROM "+p.from()+
		" WHERE file_row_number >= "+strconv.FormatInt(from, 10)+" AND file_row_number < "+strconv.FormatInt(from+parquetBatch, 10))
	if err != nil {
		return brokenParquet(ctx, err)
	}
	defer rows.Close() // read to the end or given up
	var line string
	for w.err == nil && rows.Next() {
		if err := rows.Scan(&line); err != nil {
			return err
		}
		p.read.Add(1)
		w.line(line)
	}
	if err := rows.Err(); err != nil {
		return brokenParquet(ctx, err)
	}
	return nil
}

// parquetPieces gives for each column the expression that writes its cells as CSV: nothing for those that are not kept. Refused
// are types that cannot be what the column is.
func parquetPieces(have []parquetColumn, m Mapping) ([]string, error) {
	names := make([]string, len(have))
	for i, h := range have {
		names[i] = h.name
	}
	found, err := findColumns(names, m)
	if err != nil {
		return nil, withoutRows(err)
	}
	want := map[int]column{found.disabledPay: {kind: cellFen}, found.valid: {}}
	for i, c := range columns() {
		want[found.at[i]] = c
	}
	var bad fault.List
	var out []string
	for i, h := range have {
		c, kept := want[i]
		if !kept {
			out = append(out, "''")
			continue
		}
		text, expected := c.parquet(h, m)
		if expected != "" {
			bad.Add(fault.Problem{Column: h.name, Value: brief(h.kind), Message: fault.Msg(expected, "type", brief(h.kind))})
		}
		out = append(out, "COALESCE("+text+", '')")
	}
	return out, bad.Err()
}

// withoutRows takes the row of the header out of a refusal: names are no row of such a file.
func withoutRows(err error) error {
	if refusal, ok := err.(*fault.Refusal); ok {
		for i := range refusal.Problems {
			refusal.Problems[i].Row = 0
		}
	}
	return err
}

// The types of whole numbers.
func wholeTypes() []string {
	return []string{"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"}
}

// parquet gives the expression that writes cells of a type for this column, or the key of what should have been there.
func (c column) parquet(h parquetColumn, m Mapping) (text, expected string) {
	name := `"` + strings.ReplaceAll(h.name, `"`, `""`) + `"`
	plainly := "CAST(" + name + " AS VARCHAR)"
	scale, decimal := decimalScale(h.kind)
	wholly := slices.Contains(wholeTypes(), h.kind) || decimal && scale == 0
	switch {
	case h.kind == "VARCHAR" || strings.HasPrefix(h.kind, "ENUM("):
		return `'"' || replace(` + plainly + `, '"', '""') || '"'`, ""
	case c.kind == cellFen && m.Amounts == Fen:
		if !wholly {
			return plainly, "lake.parquet.fen"
		}
		return plainly, ""
	case c.kind == cellFen && !decimal:
		return plainly, "lake.parquet.amount"
	case c.kind == cellFen && scale > 2:
		return "regexp_replace(" + plainly + ", '0{1," + strconv.Itoa(scale-2) + "}$', '')", ""
	case c.kind == cellFen:
		return plainly, ""
	case c.kind == cellDay:
		return dayPiece(name, h.kind, wholly && m.Days == DayDigits)
	case c.kind == cellFlag && h.kind == "BOOLEAN":
		return "CAST(CAST(" + name + " AS INTEGER) AS VARCHAR)", ""
	case wholly || decimal && c.cut:
		return plainly, ""
	}
	return plainly, "lake.parquet.text"
}

// dayPiece writes days and times; an instant counts in China's time, eight hours ahead of UTC.
func dayPiece(name, kind string, digits bool) (text, expected string) {
	plainly := "CAST(" + name + " AS VARCHAR)"
	switch kind {
	case "DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS":
		return plainly, ""
	case "TIMESTAMP WITH TIME ZONE":
		return "CAST(make_timestamp(epoch_us(" + name + ") + 28800000000) AS VARCHAR)", ""
	}
	if digits {
		return plainly, ""
	}
	return plainly, "lake.parquet.day"
}

// decimalScale gives the decimals of a type such as DECIMAL(18,2).
func decimalScale(kind string) (int, bool) {
	inner, ok := strings.CutPrefix(kind, "DECIMAL(")
	if !ok {
		return 0, false
	}
	_, scale, _ := strings.Cut(strings.TrimSuffix(inner, ")"), ",")
	n, err := strconv.Atoi(strings.TrimSpace(scale))
	return n, err == nil
}
