package exchange

import (
	"errors"
	"io/fs"
	"syscall"
	"time"
)

// errorSharingViolation is what Windows says when somebody else has the file open for himself.
const errorSharingViolation syscall.Errno = 32

// lock waits until nobody else holds the lock file and holds it until unlock. The system lets go of it when the program
// dies.
func lock(path string) (unlock func(), err error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	for {
		handle, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil, syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
		if err == nil {
			return func() { syscall.CloseHandle(handle) }, nil // closing lets go
		}
		if !errors.Is(err, errorSharingViolation) {
			return nil, &fs.PathError{Op: "lock", Path: path, Err: err}
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// syncDir does nothing: Windows writes directory entries through.
func syncDir(string) error { return nil }

// identity is nothing that Windows tells without opening the file.
func identity(fs.FileInfo) string { return "" }
