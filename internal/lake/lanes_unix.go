//go:build !windows

package lake

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
)

// lanes carry checked lines to the engine through named pipes, so that nothing of them touches the disk before it is in its
// final form.
type lanes struct {
	paths []string
	free  chan *os.File // open at both ends, and not being written to

	mu     sync.Mutex
	open   []*os.File
	closed bool
	wait   sync.WaitGroup
}

// lanesStream tells that the engine reads while lines are written.
const lanesStream = true

func openLanes(dir string, n int) (*lanes, error) {
	l := &lanes{free: make(chan *os.File, n)}
	for i := range n {
		path := filepath.Join(dir, "lane"+strconv.Itoa(i))
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			return nil, &os.PathError{Op: "mkfifo", Path: path, Err: err}
		}
		l.paths = append(l.paths, path)
	}
	for _, path := range l.paths {
		l.wait.Go(func() { l.join(path) })
	}
	return l, nil
}

// join waits until the engine opens its end.
func (l *lanes) join(path string) {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return // the engine says what is wrong with the pipe
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		file.Close() // nothing was written
		return
	}
	widen(file)
	l.open = append(l.open, file)
	l.free <- file
}

// retire ends a lane that nobody is writing to, if there is one; no more pieces are to come.
func (l *lanes) retire() {
	select {
	case file := <-l.free:
		l.mu.Lock()
		defer l.mu.Unlock()
		if i := slices.Index(l.open, file); i >= 0 {
			l.open = slices.Delete(l.open, i, i+1)
			file.Close() // a pipe: nothing to lose
		}
	default:
	}
}

// finish ends the lines. A lane that the engine has not opened yet ends when it does.
func (l *lanes) finish() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	var first error
	for _, file := range l.open {
		if err := file.Close(); err != nil && first == nil {
			first = err
		}
	}
	l.open = nil
	return first
}

// abandon lets go of lanes that the engine will never open. The engine must be done.
func (l *lanes) abandon() {
	l.finish() // what was written counts no more, or was read to its end
	for _, path := range l.paths {
		if file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0); err == nil {
			defer file.Close() // only held open
		}
	}
	l.wait.Wait()
}
