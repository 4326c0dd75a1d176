package lake

import (
	"context"
	"path/filepath"

	"tongchou/internal/fault"
)

func (s *shelving) orphans(ctx context.Context, m Manifest, each func(Orphan)) error {
	in := s.in
	db, err := in.lake.engine(ctx)
	if err != nil {
		return err
	}
	own, all, err := in.relations(m)
	if err != nil {
		return err
	}
	rows, err := db.QueryContext(ctx, `SELECT setl_id, init_setl_id FROM (`+own+`) r
WHERE refd_setl_flag = 1 AND NOT EXISTS (SELECT 1 FROM (`+all+`) c
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
		each(o)
	}
	return rows.Err()
}

// relations are the queries that give the rows of this import, and of it and the visible ones of its kind.
func (in *intake) relations(m Manifest) (own, all string, err error) {
	var files []File
	for _, f := range in.files {
		relative, err := filepath.Rel(in.lake.dir, f.path)
		if err != nil {
			return "", "", err
		}
		files = append(files, File{Path: filepath.ToSlash(relative), sealed: in.report.Sealed})
	}
	if own, err = in.lake.relation(files); err != nil {
		return "", "", err
	}
	for _, i := range m.Imports {
		for _, f := range i.Files {
			if f.sealed = i.Sealed; !i.Withdrawn && i.Kind == in.options.Kind {
				files = append(files, f)
			}
		}
	}
	all, err = in.lake.relation(files)
	return own, all, err
}

// publish makes the staged files last, moves them to their places and lets the manifest name them.
func (s *shelving) publish(ctx context.Context, m Manifest) error {
	in := s.in
	moves, err := in.places()
	if err != nil {
		return err
	}
	if in.report.Rejected > 0 {
		from, to := in.staged(rejectsFile), in.lake.rejects(in.report.ID)
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

// places gives the place in the store of each staged file, and notes the files.
func (in *intake) places() (map[string]string, error) {
	moves := map[string]string{}
	var total int64
	for i, staged := range in.files {
		f := File{Year: staged.year, City: staged.city, Rows: staged.rows, Digest: staged.digest}
		f.Path = f.place(in.report.ID, i)
		moves[staged.path] = in.lake.path(filepath.FromSlash(f.Path))
		in.report.Files = append(in.report.Files, f)
		total += f.Rows
	}
	if total != in.report.Rows {
		return nil, fault.New(fault.Internal, "lake.import.lost", "sent", in.report.Rows, "kept", total)
	}
	return moves, nil
}
