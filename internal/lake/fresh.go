package lake

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// nest is what an import found or made to work in, with the lock held.
type nest struct {
	lake   *Lake
	made   []string // directories down to the store's, the outermost first
	fresh  bool     // no import was ever made here, and there is no key
	unlock func()
}

// settleIn makes the directories of the store that are not there and waits for its lock.
func (l *Lake) settleIn(ctx context.Context) (*nest, error) {
	n := &nest{lake: l}
	for n.unlock == nil {
		made, err := makeDirs(l.dir)
		n.made = append(n.made, made...)
		if err == nil {
			n.unlock, err = waitLock(ctx, l.path(lockFile))
		}
		if err != nil && (ctx.Err() != nil || !errors.Is(err, fs.ErrNotExist)) { // another import took them away again
			n.removeMade()
			return nil, err
		}
	}
	n.fresh = !there(l.path(manifestFile)) && !there(l.path(keyFile))
	for _, name := range l.dirs() {
		if err := os.MkdirAll(l.path(name), 0o700); err != nil {
			n.leave(true)
			return nil, err
		}
	}
	return n, nil
}

// dirs are the directories of an import. That for the rejected rows beside tables is made when there are some.
func (l *Lake) dirs() []string {
	if l.options.DSN != "" {
		return []string{stagingDir}
	}
	return []string{claimsDir, stagingDir, rejectsDir}
}

// leave lets go of the lock. Of a store that is new and stays empty it takes away what was made; what cannot be removed is
// harmless.
func (n *nest) leave(failed bool) {
	l := n.lake
	if !failed || !n.fresh || there(l.path(manifestFile)) {
		n.unlock()
		return
	}
	os.Remove(l.path(keyFile))
	for _, name := range l.dirs() {
		os.Remove(l.path(name)) // only when it is empty
	}
	removeLocked(l.path(lockFile), n.unlock)
	n.removeMade()
}

func (n *nest) removeMade() {
	for i := len(n.made) - 1; i >= 0; i-- {
		os.Remove(n.made[i]) // only when it is empty
	}
}

// makeDirs makes a directory and those above it, and gives the ones that were not there.
func makeDirs(dir string) ([]string, error) {
	var missing []string
	for at := dir; !there(at) && at != filepath.Dir(at); at = filepath.Dir(at) {
		missing = append([]string{at}, missing...)
	}
	return missing, os.MkdirAll(dir, 0o700)
}

func there(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
