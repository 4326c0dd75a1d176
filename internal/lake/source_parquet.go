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
	columns, total, err := describe(ctx, db, path)
	if err != nil {
		db.Close() // only read from
		return records{}, brokenParquet(ctx, err)
	}
	pieces, err := parquetPieces(columns, in.mapping)
	if err != nil {
		db.Close() // only read from
		return records{}, err
	}
	rows, err := db.QueryContext(ctx, "SELECT concat_ws(',', "+strings.Join(pieces, ", ")+") FROM "+parquetOf(path))
	if err != nil {
		db.Close() // only read from
		return records{}, brokenParquet(ctx, err)
	}
	return streamed(ctx, db, rows, columns, func(read int64) int64 { return in.info.Size() * read / max(total, 1) }), nil
}

func parquetOf(path string) string {
	return "read_parquet(" + quoted(path) + ", hive_partitioning = false)"
}

func brokenParquet(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fault.Refuse(fault.Problem{Message: fault.Msg("lake.parquet.broken", "detail", brief(err.Error()))})
}

// describe gives the columns of a Parquet file and how many rows it has.
func describe(ctx context.Context, db *sql.DB, path string) (columns []parquetColumn, total int64, err error) {
	rows, err := db.QueryContext(ctx, "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM "+parquetOf(path)+")")
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close() // read to the end or failed
	for rows.Next() {
		var c parquetColumn
		if err := rows.Scan(&c.name, &c.kind); err != nil {
			return nil, 0, err
		}
		columns = append(columns, c)
	}
	if err := rows.Err(); err != nil {
		return nil, 0, err
	}
	return columns, total, db.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+parquetOf(path)).Scan(&total)
}

// streamed writes what a query gives as records, behind a line with the names of the columns.
func streamed(ctx context.Context, db *sql.DB, rows *sql.Rows, columns []parquetColumn, at func(rows int64) int64) records {
	out, into := io.Pipe()
	done := make(chan struct{})
	var read atomic.Int64
	go func() {
		defer close(done)
		names := make([]string, len(columns))
		for i, c := range columns {
			names[i] = c.name
		}
		w := &lineWriter{to: into}
		w.row(1, names)
		var line string
		for rows.Next() && w.err == nil {
			if err := rows.Scan(&line); err != nil {
				w.err = err
				break
			}
			read.Add(1)
			w.line(line)
		}
		err := rows.Err()
		if err != nil {
			err = brokenParquet(ctx, err)
		} else {
			err = w.flush()
		}
		into.CloseWithError(err)
		rows.Close() // read to the end or given up
		db.Close()   // only read from
	}()
	return records{Reader: out, first: 1, at: func() int64 { return at(read.Load()) }, close: func() {
		out.Close() // whoever writes then ends
		<-done
	}}
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
