package lake

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"os"
	"sync"
)

const (
	asideChunk  = 16 << 10 // how much is laid aside at once
	asideMemory = 64 << 20 // how much stays in memory before any goes to a file
)

// aside keeps bytes by part until they are taken up again: a little in memory, and the rest in a file that has no name where the system allows it, encrypted with a
// key that is kept nowhere. Several goroutines may put at once, and then get.
type aside struct {
	dirs  []string
	parts []asidePart
	aead  cipher.AEAD

	mu   sync.Mutex
	kept int
	file *os.File
	size int64
}

type asidePart struct {
	mu     sync.Mutex
	chunks []asideExtent
}

// asideExtent is a chunk in memory, or where it lies in the file.
type asideExtent struct {
	data   []byte
	at     int64
	length int
}

func newAside(dirs []string, parts int) *aside {
	var key [32]byte
	rand.Read(key[:])                 // never fails
	block, _ := aes.NewCipher(key[:]) // the key is as long as it must be
	aead, _ := cipher.NewGCM(block)   // and the block, too
	return &aside{dirs: dirs, parts: make([]asidePart, parts), aead: aead}
}

// put lays a copy of bytes aside.
func (a *aside) put(part int, b []byte) error {
	x := asideExtent{length: len(b)}
	file, at, err := a.room(len(b) + a.aead.Overhead())
	switch {
	case err != nil:
		return err
	case file == nil:
		x.data = append([]byte(nil), b...)
	default:
		x.at = at
		if _, err := file.WriteAt(a.aead.Seal(make([]byte, 0, len(b)+a.aead.Overhead()), nonceAt(at), b, nil), at); err != nil {
			return err
		}
	}
	p := &a.parts[part]
	p.mu.Lock()
	defer p.mu.Unlock()
	p.chunks = append(p.chunks, x)
	return nil
}

// room gives where so many bytes go: nowhere while there is memory, else a place in the file.
func (a *aside) room(n int) (*os.File, int64, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kept+n <= asideMemory {
		a.kept += n
		return nil, 0, nil
	}
	if a.file == nil {
		if err := a.open(); err != nil {
			return nil, 0, err
		}
	}
	at := a.size
	a.size += int64(n)
	return a.file, at, nil
}

// open makes the file in the first directory where it can be.
func (a *aside) open() error {
	var failed error
	for _, dir := range a.dirs {
		file, err := os.CreateTemp(dir, ".aside-")
		if err == nil {
			os.Remove(file.Name()) // where that cannot be yet, it is done at the end
			a.file = file
			return nil
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

// nonceAt is a number used once: no two chunks lie at the same place.
func nonceAt(at int64) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 4, 12), uint64(at))
}

// get appends what a part has.
func (a *aside) get(part int, b []byte) ([]byte, error) {
	var sealed []byte
	for _, x := range a.parts[part].chunks {
		if x.data != nil {
			b = append(b, x.data...)
			continue
		}
		n := x.length + a.aead.Overhead()
		if cap(sealed) < n {
			sealed = make([]byte, n)
		}
		if _, err := a.file.ReadAt(sealed[:n], x.at); err != nil {
			return nil, err
		}
		var err error
		if b, err = a.aead.Open(b, nonceAt(x.at), sealed[:n], nil); err != nil {
			return nil, err
		}
	}
	a.parts[part].chunks = nil
	return b, nil
}

// close lets go of everything.
func (a *aside) close() {
	if a.file != nil {
		a.file.Close()           // nobody needs it any more
		os.Remove(a.file.Name()) // it may be gone
	}
}
