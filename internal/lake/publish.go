package lake

import (
	"context"
	"database/sql"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// pair looks for the originals of the refunds, in this import and in the visible ones of its kind.
func (in *intake) pair(ctx context.Context, m Manifest) error {
	if in.report.Refunds == 0 {
		return nil
	}
	db, err := in.lake.engine(ctx)
	if err != nil {
		return err
	}
	own := filepath.Join(in.dir, "out", "*", "*", "*.parquet")
	files := []string{quoted(own)}
	for _, i := range m.Imports {
		for _, f := range i.Files {
			if !i.Withdrawn && i.Kind == in.options.Kind {
				files = append(files, quoted(in.lake.path(filepath.FromSlash(f.Path))))
			}
		}
	}
	rows, err := db.QueryContext(ctx, `SELECT setl_id, init_setl_id FROM read_parquet(`+quoted(own)+`, hive_partitioning = false) r
WHERE refd_setl_flag = 1 AND NOT EXISTS (SELECT 1 FROM read_parquet([`+strings.Join(files, ", ")+`], hive_partitioning = false) c
WHERE c.refd_setl_flag = 0 AND c.setl_id = r.init_setl_id) ORDER BY 1, 2`)
	if err != nil {
		return err
	}
	defer rows.Close() // read to the end or failed
	for rows.Next() {
		var o Orphan
		if err := rows.Scan(&o.ID, &o.Original); err != nil {
			return err
		}
		if in.report.Orphans++; len(in.report.OrphanList) < mostOrphans {
			in.report.OrphanList = append(in.report.OrphanList, o)
		}
	}
	return rows.Err()
}

// publish makes the staged files last, moves them to their places and lets the manifest name them.
func (in *intake) publish(ctx context.Context, m Manifest) error {
	moves, err := in.settle(ctx)
	if err != nil {
		return err
	}
	if in.report.Rejected > 0 {
		from, to := filepath.Join(in.dir, "rejects.csv"), in.lake.path(rejectsDir, in.report.ID+".csv")
		if _, err := settle(from); err != nil {
			return err
		}
		moves[from], in.report.RejectFile = to, to
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for from, to := range moves {
		if err = publish(from, to); err != nil {
			break
		}
	}
	for _, dir := range []string{claimsDir, rejectsDir} {
		if err == nil {
			err = syncTree(in.lake.path(dir))
		}
	}
	if err == nil {
		m.Imports = append(m.Imports, in.report.Import)
		err = in.lake.save(m)
	}
	if err != nil {
		in.lake.sweep() // of what the manifest does not name; what stays is swept when the store is opened next
	}
	return err
}

// settle syncs and digests the staged files and gives the place of each in the store.
func (in *intake) settle(ctx context.Context) (map[string]string, error) {
	counts, err := in.counts(ctx)
	if err != nil {
		return nil, err
	}
	moves := map[string]string{}
	var total int64
	for _, path := range slices.Sorted(maps.Keys(counts)) {
		digest, err := settle(path)
		if err != nil {
			return nil, err
		}
		relative, err := filepath.Rel(filepath.Join(in.dir, "out"), filepath.Dir(path))
		if err != nil {
			return nil, err
		}
		f := File{Rows: counts[path], Digest: digest}
		parts := strings.Split(filepath.ToSlash(relative), "/")
		year, err := strconv.Atoi(strings.TrimPrefix(parts[0], "year="))
		if err != nil {
			return nil, err
		}
		f.Year, f.City = policy.Year(year), region.Code(strings.TrimPrefix(parts[len(parts)-1], "city="))
		f.Path = claimsDir + "/" + strings.Join(parts, "/") + "/" + in.report.ID + "-" + strconv.Itoa(len(in.report.Files)) + ".parquet"
		moves[path] = in.lake.path(filepath.FromSlash(f.Path))
		in.report.Files = append(in.report.Files, f)
		total += f.Rows
	}
	if total != in.report.Rows {
		return nil, fault.New(fault.Internal, "lake.import.lost", "sent", in.report.Rows, "kept", total)
	}
	return moves, nil
}

// counts gives the rows of every staged file.
func (in *intake) counts(ctx context.Context) (map[string]int64, error) {
	db, err := in.lake.engine(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, "SELECT file_name, num_rows FROM parquet_file_metadata("+quoted(filepath.Join(in.dir, "out", "*", "*", "*.parquet"))+")")
	if err != nil {
		return nil, err
	}
	return scanCounts(rows)
}

func scanCounts(rows *sql.Rows) (map[string]int64, error) {
	defer rows.Close() // read to the end or failed
	out := map[string]int64{}
	for rows.Next() {
		var name string
		var n int64
		if err := rows.Scan(&name, &n); err != nil {
			return nil, err
		}
		out[name] = n
	}
	return out, rows.Err()
}
