//go:build !windows

package exchange

import (
	"io/fs"
	"os"
	"strconv"
	"syscall"
)

// lock waits until nobody else holds the lock file and holds it until unlock. The system lets go of it when the program
// dies.
func lock(path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX)
		if err != syscall.EINTR {
			break
		}
	}
	if err != nil {
		file.Close() // nothing was written
		return nil, &fs.PathError{Op: "lock", Path: path, Err: err}
	}
	return func() { file.Close() }, nil // closing lets go
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

// identity tells a file from the one that had its name before, even when both were written in the same moment.
func identity(info fs.FileInfo) string {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return strconv.FormatUint(uint64(stat.Ino), 10)
	}
	return ""
}
