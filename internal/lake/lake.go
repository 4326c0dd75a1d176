// Package lake is the claims store (结算数据仓): it keeps the settlements of a province as files, draws from them the factors
// that pooling distributes by, and says of every factor what it was divided by what.
//
// A store is a directory. Parquet files lie under claims/year=YYYY/city=CCCCCC; manifest.json names the imports whose files
// count, and nothing else is ever read. Or it is a schema of PostgreSQL, and a directory beside it for the key and the rejected
// rows. Persons appear under a keyed pseudonym alone.
//
// 依据: YA-4.8.1
package lake

import (
	"context"
	"crypto/cipher"
	"database/sql"
	"errors"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/region"
)

// Names inside a store.
const (
	claimsDir    = "claims"
	stagingDir   = "staging"
	rejectsDir   = "rejects"
	manifestFile = "manifest.json"
	keyFile      = "person.key"
	lockFile     = "lock"
)

// Options say where a store is and what its engine may use. The zero value of all but Dir is sensible.
type Options struct {
	Dir     string
	DSN     string           // of PostgreSQL: the tables are there, and Dir has the key and rejected rows; who only reads needs no Dir
	Memory  string           // what the engine may hold, as DuckDB writes sizes; 768MB
	Threads int              // 0: one for each processor
	Now     func() time.Time // dates imports; time.Now
	SealKey []byte           // what new files are sealed with and sealed ones are read with, SealKeyBytes long; none when empty
}

// Lake (结算数据仓) is an open store. Its methods may be called from several goroutines; imports wait for one another, in
// other processes too.
//
// 依据: YA-4.8.1
type Lake struct {
	dir     string
	options Options
	tree    *region.Tree
	sealing cipher.AEAD // nil without a key
	keyID   string
	keeping keeping

	sound sync.Map // digests of parts by their paths, once they were found right

	once   sync.Once
	db     *sql.DB
	failed error
}

// Open opens the store in a directory, or on a server; where there is none, the first import makes it. What a dead import left
// behind is removed. The engine starts when it is first needed. A server that cannot be reached is refused.
func Open(o Options) (*Lake, error) {
	if o.Memory == "" {
		o.Memory = "768MB"
	}
	if o.Threads < 1 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	tree, err := region.Load()
	if err != nil {
		return nil, fault.Wrap(err, "lake.open", "dir", o.Dir)
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fault.Wrap(err, "lake.open", "dir", o.Dir)
	}
	l := &Lake{dir: dir, options: o, tree: tree}
	l.keeping = files{l}
	if len(o.SealKey) > 0 {
		if l.sealing, err = newSealing(o.SealKey); err != nil {
			return nil, err
		}
		l.keyID = keyID(o.SealKey)
	}
	if o.DSN != "" {
		t, err := openTables(context.Background(), l)
		if err != nil {
			return nil, err
		}
		l.keeping = t
		return l, nil
	}
	if !there(l.path(lockFile)) && !there(l.path(manifestFile)) {
		return l, nil // nobody ever imported here
	}
	unlock, free, err := tryLock(l.path(lockFile))
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return l, nil // who may only read leaves sweeping to others
	}
	if err != nil {
		return nil, l.failure(err, "lake.open", "dir", o.Dir)
	}
	if !free {
		return l, nil // somebody is importing, and sweeps for himself
	}
	defer unlock()
	return l, l.sweep()
}

// Close lets go of the engine. Sessions must be closed before.
func (l *Lake) Close() error {
	l.once.Do(func() { l.failed = sql.ErrConnDone })
	return l.keeping.close()
}

// Place (存放位置) names where the rows are: the directory, or the server without a password.
func (l *Lake) Place() string { return l.keeping.place() }

// engine gives the database that reads and writes the files.
func (l *Lake) engine(ctx context.Context) (*sql.DB, error) {
	// whoever asks first may go away; the engine stays
	l.once.Do(func() { l.db, l.failed = openEngine(context.WithoutCancel(ctx), l.dir, l.spill(), l.options) })
	return l.db, l.failed
}

// spill is where the engine may lay aside what does not fit its memory: nowhere in a store with a key.
func (l *Lake) spill() string {
	if l.sealing != nil {
		return ""
	}
	return l.path(stagingDir)
}

func (l *Lake) path(parts ...string) string {
	return filepath.Join(append([]string{l.dir}, parts...)...)
}

// failure wraps an error of the machine, and says so plainly when the disk is full.
func (l *Lake) failure(err error, key string, args ...any) error {
	var known *fault.Error
	var refusal *fault.Refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known), errors.As(err, &refusal), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case diskFull(err) || strings.Contains(err.Error(), "No space left on device"):
		f := fault.New(fault.Refused, "lake.disk_full", "dir", l.dir)
		f.Cause = err
		return f
	}
	return fault.Wrap(err, key, args...)
}

// sweep removes what no visible import owns: staged files, published files of an import that died before the manifest named
// it, and files of withdrawn imports. The caller holds the lock.
func (l *Lake) sweep() error {
	m, err := l.Manifest()
	if err != nil {
		return err
	}
	return l.clean(m)
}

func (l *Lake) clean(m Manifest) error {
	if err := emptyDir(l.path(stagingDir)); err != nil {
		return l.failure(err, "lake.open", "dir", l.dir)
	}
	owned := map[string]bool{}
	for _, i := range m.Imports {
		if i.Withdrawn {
			continue
		}
		for _, f := range i.Files {
			owned[l.path(filepath.FromSlash(f.Path))] = true
		}
		owned[l.rejects(i.ID)] = true
	}
	dirs := []string{filepath.Dir(l.rejects(""))}
	if l.options.DSN == "" {
		dirs = append(dirs, l.path(claimsDir))
	}
	for _, dir := range dirs {
		if err := removeUnless(dir, owned); err != nil {
			return l.failure(err, "lake.open", "dir", l.dir)
		}
	}
	return nil
}

// rejects is where the rows lie that an import did not take in. Beside tables the directory has the name of the store, so that a
// directory can serve several.
func (l *Lake) rejects(id string) string {
	name := rejectsDir
	if t, ok := l.keeping.(*tables); ok {
		name += "-" + t.name
	}
	return l.path(name, id+".csv")
}
