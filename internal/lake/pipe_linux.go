package lake

import (
	"os"
	"syscall"
)

const (
	setPipeSize = 1031 // F_SETPIPE_SZ
	pipeSize    = 1 << 20
)

// widen lets a pipe hold a whole piece, so that its writer and reader seldom wait for each other. It works without.
func widen(file *os.File) {
	syscall.Syscall(syscall.SYS_FCNTL, file.Fd(), setPipeSize, pipeSize)
}
