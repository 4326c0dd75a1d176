package store

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tongchou/internal/fault"
)

// Tally (备份内容) counts what a backup holds.
type Tally struct {
	Tables int
	Rows   int64
}

// The records of a backup's content, which is compressed and sealed. Texts stand behind their length, numbers as varints.
const (
	recordTable = 'T' // name, number of columns, columns
	recordRow   = 'R' // a value for each column
	recordEnd   = 'E' // number of rows
	valueWhole  = 'i'
	valueText   = 't'
	valueBytes  = 'b'
	// longestValue is how long a value may be; a damaged length must not ask for all the memory there is.
	longestValue = 1 << 30
	mostColumns  = 1000
	// rowsBetweenProgress is how many rows are written before it is told.
	rowsBetweenProgress = 1000
)

// Backup (备份) writes everything the store holds to w as it is at one moment, encrypted with the key. Others read and write
// meanwhile. It holds rows, not a database file: what was backed up from SQLite can be restored into PostgreSQL, and the
// other way round.
func (s *Store) Backup(ctx context.Context, w io.Writer, key BackupKey) (Tally, error) {
	return s.backup(ctx, w, key, func(Tally, int) {})
}

// BackupFile (备份到文件) writes a backup beside its place and moves it there when it is whole. It never replaces a file. progress, which
// may be nil, is told from time to time what is written, and how many tables there are.
func (s *Store) BackupFile(ctx context.Context, path string, key BackupKey, progress func(Tally, int)) (tally Tally, err error) {
	if progress == nil {
		progress = func(Tally, int) {}
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return tally, fault.New(fault.Refused, "store.backup_exists", "file", path)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".backup-*")
	if err != nil {
		return tally, fault.Wrap(err, "store.backup")
	}
	defer os.Remove(file.Name()) // gone when it was moved
	tally, err = s.backup(ctx, file, key, progress)
	if err == nil {
		err = file.Sync()
	}
	if failed := file.Close(); err == nil {
		err = failed
	}
	if err == nil {
		err = os.Link(file.Name(), path)
	}
	if errors.Is(err, fs.ErrExist) {
		return tally, fault.New(fault.Refused, "store.backup_exists", "file", path)
	}
	var told *fault.Error
	if err != nil && !errors.As(err, &told) && !errors.Is(err, context.Canceled) {
		err = fault.Wrap(err, "store.backup")
	}
	return tally, err
}

func (s *Store) backup(ctx context.Context, w io.Writer, key BackupKey, progress func(Tally, int)) (Tally, error) {
	sealed, err := newSealer(w, key)
	if err != nil {
		return Tally{}, fault.Wrap(err, "store.backup")
	}
	packed, err := gzip.NewWriterLevel(sealed, gzip.BestSpeed)
	if err != nil {
		return Tally{}, fault.Wrap(err, "store.backup")
	}
	out := &recordWriter{to: bufio.NewWriterSize(packed, 1<<16)}
	tally, err := s.copyOut(ctx, out, progress)
	for _, finish := range []func() error{out.to.Flush, packed.Close, sealed.Close} {
		if err == nil {
			err = finish()
		}
	}
	if f, ok := systemFate(err); ok && f == fateFull {
		return tally, fault.Wrap(err, "store.backup_full")
	}
	return tally, s.engine.fault(err)
}

// copyOut writes the number of the tables' form and every table.
func (s *Store) copyOut(ctx context.Context, out *recordWriter, progress func(Tally, int)) (tally Tally, err error) {
	err = s.read(ctx, func(l *link) error {
		var number int64
		if err := l.QueryRowContext(ctx, "SELECT MAX(number) FROM schema_migrations").Scan(&number); err != nil {
			return err
		}
		out.whole(number)
		for _, t := range s.spreads {
			rows, err := l.query(ctx, "SELECT * FROM "+t.table)
			if err != nil {
				return err
			}
			columns, err := rows.Columns()
			if err != nil {
				rows.Close() // what failed is reported already
				return err
			}
			out.table(t.table, columns)
			values, to := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				to[i] = &values[i]
			}
			if err := each(rows, nil, func(scan func(...any) error) error {
				if err := scan(to...); err != nil {
					return err
				}
				if tally.Rows++; tally.Rows%rowsBetweenProgress == 0 {
					progress(tally, len(s.spreads))
				}
				return out.row(values)
			}); err != nil {
				return err
			}
			tally.Tables++
			progress(tally, len(s.spreads))
		}
		out.end(tally.Rows)
		return out.err
	})
	return tally, err
}

// recordWriter writes records and remembers the first error.
type recordWriter struct {
	to  *bufio.Writer
	err error
}

func (w *recordWriter) bytes(b ...byte) {
	if w.err == nil {
		_, w.err = w.to.Write(b)
	}
}

func (w *recordWriter) whole(n int64) { w.bytes(binary.AppendVarint(nil, n)...) }

func (w *recordWriter) text(s string) {
	w.whole(int64(len(s)))
	if w.err == nil {
		_, w.err = w.to.WriteString(s)
	}
}

func (w *recordWriter) table(name string, columns []string) {
	w.bytes(recordTable)
	w.text(name)
	w.whole(int64(len(columns)))
	for _, c := range columns {
		w.text(c)
	}
}

func (w *recordWriter) row(values []any) error {
	w.bytes(recordRow)
	for _, v := range values {
		switch v := v.(type) {
		case int64:
			w.bytes(valueWhole)
			w.whole(v)
		case string:
			w.bytes(valueText)
			w.text(v)
		case []byte:
			w.bytes(valueBytes)
			w.text(string(v))
		default:
			return fmt.Errorf("store: a value of type %T cannot be backed up", v)
		}
	}
	return w.err
}

func (w *recordWriter) end(rows int64) {
	w.bytes(recordEnd)
	w.whole(rows)
}

// Restore (恢复) opens a store at an empty address with everything a backup holds, all or nothing. A backup that is cut off, was
// changed, or is of another key is refused, as is one of a newer program and a place that holds something.
func Restore(ctx context.Context, address string, o Options, r io.Reader, key BackupKey) (*Store, Tally, error) {
	sealed, err := newOpener(r, key)
	if err != nil {
		return nil, Tally{}, err
	}
	packed, err := gzip.NewReader(sealed)
	if err != nil {
		return nil, Tally{}, unreadable(err)
	}
	in := &recordReader{from: bufio.NewReaderSize(packed, 1<<16)}
	number := int(in.whole())
	if in.err != nil {
		return nil, Tally{}, unreadable(in.err)
	}
	all := migrations()
	if known := all[len(all)-1].number; number > known || number < 1 {
		return nil, Tally{}, fault.New(fault.Refused, "store.newer", "number", number, "known", known)
	}
	s, err := connect(ctx, address, o)
	if err != nil {
		return nil, Tally{}, err
	}
	tally, err := s.fill(ctx, all, number, in)
	if err == nil {
		err = s.findKeys(ctx)
	}
	if err != nil {
		s.Close() // what failed is reported already
		return nil, tally, err
	}
	return s, tally, nil
}

// unreadable is what is wrong with a backup that was opened and makes no sense; what the disk says is passed on.
func unreadable(err error) error {
	var told *fault.Error
	if errors.As(err, &told) {
		return told
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) || errors.Is(err, errRecord) {
		return errBroken
	}
	return fault.Wrap(err, "store.backup")
}

// fill makes the tables as they were, puts the rows into them, and brings them up to date.
func (s *Store) fill(ctx context.Context, all []migration, number int, in *recordReader) (tally Tally, err error) {
	at := slices.IndexFunc(all, func(m migration) bool { return m.number == number })
	if at < 0 {
		return tally, errBroken
	}
	if err := s.migrate(ctx, all[:at+1]); err != nil {
		return tally, notEmpty(err)
	}
	if tally, err = s.load(ctx, number, in); err != nil {
		return tally, s.engine.fault(err)
	}
	return tally, s.migrate(ctx, all)
}

// load puts all rows into empty tables in one transaction.
func (s *Store) load(ctx context.Context, number int, in *recordReader) (tally Tally, err error) {
	conn, err := s.writing.Conn(ctx)
	if err != nil {
		return tally, err
	}
	defer conn.Close() // an error shows when it is used again
	err = s.inMigration(ctx, conn, func() error {
		if err := s.empty(ctx, conn, number); err != nil {
			return err
		}
		tally, err = s.copyIn(ctx, &link{Conn: conn}, number, in)
		return err
	})
	return tally, err
}

// notEmpty says of a place that a program has gone on with since that it is not empty.
func notEmpty(err error) error {
	var f *fault.Error
	if errors.As(err, &f) && (f.Key == "store.newer" || f.Key == "store.checksum") {
		return fault.New(fault.Refused, "store.not_empty")
	}
	return err
}

// empty refuses a place that holds something.
func (s *Store) empty(ctx context.Context, conn rowQuerier, number int) error {
	for _, t := range s.spreads {
		if t.migration > number {
			continue
		}
		var some bool
		if err := conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+t.table+")").Scan(&some); err != nil {
			return err
		}
		if some {
			return fault.New(fault.Refused, "store.not_empty")
		}
	}
	return nil
}

// copyIn reads every table. Nothing counts before the end was read.
func (s *Store) copyIn(ctx context.Context, l *link, number int, in *recordReader) (tally Tally, err error) {
	g := &group{s: s, texts: map[insertion]string{}, ctx: ctx, link: l}
	var into *table
	var values []any
	put := func() error {
		if into == nil || len(values) == 0 {
			return nil
		}
		err := g.insert(into, values)
		values = values[:0]
		return err
	}
	for {
		switch kind := in.kind(); kind {
		case recordTable:
			if err := put(); err != nil {
				return tally, err
			}
			if into = in.table(); in.err == nil && !s.knows(into, number) {
				return tally, errBroken
			}
			tally.Tables++
		case recordRow:
			if into == nil {
				return tally, errBroken
			}
			values = in.row(values, len(into.columns))
			tally.Rows++
			if len(values) >= mostRows*len(into.columns) {
				if err := put(); err != nil {
					return tally, err
				}
			}
		case recordEnd:
			if in.whole() != tally.Rows || !in.ended() {
				return tally, errBroken
			}
			return tally, put()
		default:
			if in.err == nil {
				in.err = errRecord
			}
		}
		if in.err != nil {
			return tally, unreadable(in.err)
		}
	}
}

// knows tells whether a table of that name is among those of a number of migrations. Its columns the database knows.
func (s *Store) knows(t *table, number int) bool {
	plain := func(name string) bool {
		return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") == ""
	}
	return slices.ContainsFunc(s.spreads, func(k spread) bool { return k.table == t.name && k.migration <= number }) &&
		!slices.ContainsFunc(t.columns, func(c string) bool { return !plain(c) })
}

var errRecord = errors.New("store: a record of a backup that there is not")

// recordReader reads records; after the first error it gives nothing.
type recordReader struct {
	from *bufio.Reader
	err  error
}

func (r *recordReader) kind() byte {
	b, err := r.from.ReadByte()
	r.fail(err)
	return b
}

func (r *recordReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *recordReader) whole() int64 {
	n, err := binary.ReadVarint(r.from)
	r.fail(err)
	return n
}

func (r *recordReader) content() []byte {
	n := r.whole()
	if n < 0 || n > longestValue {
		r.fail(errRecord)
	}
	if r.err != nil {
		return nil
	}
	content, err := io.ReadAll(io.LimitReader(r.from, n))
	if int64(len(content)) != n {
		r.fail(io.ErrUnexpectedEOF)
	}
	r.fail(err)
	return content
}

func (r *recordReader) table() *table {
	t := &table{name: string(r.content())}
	n := r.whole()
	if n < 1 || n > mostColumns {
		r.fail(errRecord)
	}
	for i := int64(0); i < n && r.err == nil; i++ {
		t.columns = append(t.columns, string(r.content()))
	}
	return t
}

func (r *recordReader) row(values []any, columns int) []any {
	for range columns {
		switch r.kind() {
		case valueWhole:
			values = append(values, r.whole())
		case valueText:
			values = append(values, string(r.content()))
		case valueBytes:
			values = append(values, notNil(r.content()))
		default:
			r.fail(errRecord)
		}
	}
	return values
}

// ended tells whether nothing follows, the authenticated end of the stream included.
func (r *recordReader) ended() bool {
	_, err := r.from.ReadByte()
	return r.err == nil && errors.Is(err, io.EOF)
}
