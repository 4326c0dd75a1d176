//go:build !windows

package lake

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// tryLock holds the lock file when nobody else does. The system lets go of it when the program dies.
func tryLock(path string) (unlock func(), free bool, err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, false, err
	}
	for {
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err == nil && !stands(file, path) {
		file.Close() // whoever held it took it away with a store that came to nothing
		return tryLock(path)
	}
	if err == nil {
		return func() { file.Close() }, true, nil // closing lets go
	}
	file.Close() // nothing was written
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, false, nil
	}
	return nil, false, &fs.PathError{Op: "lock", Path: path, Err: err}
}

// stands tells whether an open file is the one at a path.
func stands(file *os.File, path string) bool {
	opened, err := file.Stat()
	if err != nil {
		return false
	}
	now, err := os.Lstat(path)
	return err == nil && os.SameFile(opened, now)
}

// removeLocked removes the lock file and then lets go of it, so that nobody can hold it in between.
func removeLocked(path string, unlock func()) {
	os.Remove(path) // who waits for it sees that it is gone
	unlock()
}

// syncDir makes a rename in a directory last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close() // only read from
	return d.Sync()
}

// private tells whether a file is its owner's alone.
func private(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 == 0 }
