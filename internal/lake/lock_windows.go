package lake

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// errorSharingViolation is what Windows says when somebody else has the file open for himself.
const errorSharingViolation syscall.Errno = 32

// tryLock holds the lock file when nobody else does. The system lets go of it when the program dies.
func tryLock(path string) (unlock func(), free bool, err error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, false, err
	}
	handle, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil, syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if err == nil {
		return func() { syscall.CloseHandle(handle) }, true, nil // closing lets go
	}
	if errors.Is(err, errorSharingViolation) {
		return nil, false, nil
	}
	return nil, false, &fs.PathError{Op: "lock", Path: path, Err: err}
}

// removeLocked lets go of the lock file and removes it, which fails when somebody else holds it by then.
func removeLocked(path string, unlock func()) {
	unlock()
	os.Remove(path) // what stays is harmless
}

// syncDir does nothing: Windows writes directory entries through.
func syncDir(string) error { return nil }

// private is left to the access lists of the directory.
func private(fs.FileInfo) bool { return true }
