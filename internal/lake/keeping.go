package lake

import (
	"context"
	"os"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
)

// keeping (存放) is where a store keeps what counts: files below its directory, or tables of a database.
type keeping interface {
	// place names it in messages; no password is in it.
	place() string
	// manifest reads the manifest as it stands.
	manifest(context.Context) (Manifest, error)
	// take begins an import, with nobody else changing the store until its end.
	take(context.Context, *intake) (taking, Manifest, error)
	withdraw(ctx context.Context, id string) error
	verify(context.Context) error
	session(context.Context, policy.Year, Kind) (*Session, error)
	// document reads a small document beside the manifest; there may be none.
	document(ctx context.Context, name string) ([]byte, error)
	// amend replaces a document by what a function makes of it and the manifest, with nobody else changing the store. Inside an
	// import it may wait; elsewhere it refuses when somebody else is changing the store.
	amend(ctx context.Context, name string, inside bool, change func(Manifest, []byte) ([]byte, error)) error
	close() error
}

// taking is an import under way.
type taking interface {
	// start makes ready for rows; the staging directory is there by now.
	start(context.Context) error
	// put takes a checked row. Several goroutines may put rows at once.
	put(*storedRow) error
	// finish says what the rows came to, once none is put any more.
	finish(context.Context) error
	// orphans gives the refunds of this import without an original, here and in the visible imports of its kind.
	orphans(context.Context, Manifest, func(Orphan)) error
	// publish makes the import visible, whole or not at all.
	publish(context.Context, Manifest) error
	// end lets go; what was not published is gone.
	end()
}

// files keeps everything in files below the directory.
type files struct{ *Lake }

func (f files) place() string { return f.dir }

func (f files) take(_ context.Context, in *intake) (taking, Manifest, error) {
	m, err := f.Manifest()
	return &shelving{in: in}, m, err
}

func (f files) document(_ context.Context, name string) ([]byte, error) {
	content, err := os.ReadFile(f.path(name))
	if os.IsNotExist(err) {
		return nil, nil
	}
	return content, err
}

func (f files) amend(ctx context.Context, name string, inside bool, change func(Manifest, []byte) ([]byte, error)) error {
	if !inside {
		unlock, free, err := tryLock(f.path(lockFile))
		if err != nil {
			return err
		}
		if !free {
			return fault.New(fault.Refused, "lake.busy")
		}
		defer unlock()
	}
	m, err := f.Manifest()
	if err != nil {
		return err
	}
	content, err := f.document(ctx, name)
	if err != nil {
		return err
	}
	if content, err = change(m, content); err != nil {
		return err
	}
	return writeFile(f.path(name), append(content, '\n'))
}

func (f files) close() error {
	if f.db == nil {
		return nil
	}
	return f.db.Close()
}

// shelving is an import into files.
type shelving struct {
	in    *intake
	shelf *shelf
}

func (s *shelving) start(ctx context.Context) error {
	if _, err := s.in.lake.engine(ctx); err != nil {
		return err // refunds could not be paired
	}
	s.shelf = newShelf(s.in.staged("out"), s.in.lake.sealing)
	return nil
}

func (s *shelving) put(r *storedRow) error { return s.shelf.put(r) }

func (s *shelving) finish(ctx context.Context) (err error) {
	s.in.files, err = s.shelf.finish(ctx)
	return err
}

func (s *shelving) end() {
	if s.shelf != nil {
		s.shelf.abandon()
	}
}
