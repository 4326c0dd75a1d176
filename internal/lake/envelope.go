package lake

import (
	"bufio"
	"bytes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"io"
	"os"

	"tongchou/internal/fault"
)

// envelopeMagic begins a file that is sealed and not Parquet. Pieces follow, each a module as in sealed Parquet whose
// additional data is its number and whether it is the last: none can be left out, moved or cut off unseen.
const envelopeMagic = "TCENV1\n\x00"

const envelopePiece = 1 << 16

// envelope seals what is written to it.
type envelope struct {
	out   io.Writer
	aead  cipher.AEAD
	plain []byte
	seq   uint64
}

func newEnvelope(out io.Writer, aead cipher.AEAD) (*envelope, error) {
	_, err := io.WriteString(out, envelopeMagic)
	return &envelope{out: out, aead: aead}, err
}

func (e *envelope) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		if len(e.plain) == envelopePiece {
			if err := e.piece(false); err != nil {
				return 0, err
			}
		}
		k := min(len(b), envelopePiece-len(e.plain))
		e.plain, b = append(e.plain, b[:k]...), b[k:]
	}
	return n, nil
}

// Close writes the last piece.
func (e *envelope) Close() error { return e.piece(true) }

func (e *envelope) piece(last bool) error {
	_, err := e.out.Write(appendModule(nil, e.aead, e.plain, place(e.seq, last)))
	e.plain, e.seq = e.plain[:0], e.seq+1
	return err
}

func place(seq uint64, last bool) []byte {
	b := binary.LittleEndian.AppendUint64(nil, seq)
	if last {
		return append(b, 1)
	}
	return append(b, 0)
}

// opened reads a sealed file.
type opened struct {
	in    *bufio.Reader
	aead  cipher.AEAD
	plain []byte
	seq   uint64
	last  bool
}

// openEnvelope reads what an envelope sealed. A file that is damaged, cut off or of another key fails while it is read.
func openEnvelope(in io.Reader, aead cipher.AEAD) (io.Reader, error) {
	o := &opened{in: bufio.NewReader(in), aead: aead}
	magic := make([]byte, len(envelopeMagic))
	if _, err := io.ReadFull(o.in, magic); err != nil || string(magic) != envelopeMagic {
		return nil, fault.New(fault.Refused, "lake.sealed.damaged")
	}
	return o, nil
}

func (o *opened) Read(b []byte) (int, error) {
	for len(o.plain) == 0 {
		if o.last {
			return 0, io.EOF
		}
		if err := o.next(); err != nil {
			return 0, err
		}
	}
	n := copy(b, o.plain)
	o.plain = o.plain[n:]
	return n, nil
}

// next opens a piece. Which is the last shows in what opens it.
func (o *opened) next() error {
	var length [4]byte
	if _, err := io.ReadFull(o.in, length[:]); err != nil {
		return fault.New(fault.Refused, "lake.sealed.damaged")
	}
	n := int(binary.LittleEndian.Uint32(length[:]))
	if n < o.aead.NonceSize()+o.aead.Overhead() || n > envelopePiece+o.aead.NonceSize()+o.aead.Overhead() {
		return fault.New(fault.Refused, "lake.sealed.damaged")
	}
	module := make([]byte, n)
	if _, err := io.ReadFull(o.in, module); err != nil {
		return fault.New(fault.Refused, "lake.sealed.damaged")
	}
	_, end := o.in.Peek(1)
	o.last = errors.Is(end, io.EOF)
	plain, err := o.aead.Open(nil, module[:o.aead.NonceSize()], module[o.aead.NonceSize():], place(o.seq, o.last))
	if err != nil {
		return fault.New(fault.Refused, "lake.sealed.damaged")
	}
	o.plain, o.seq = plain, o.seq+1
	return nil
}

// enclose seals content where the store has a key.
func (l *Lake) enclose(content []byte) ([]byte, error) {
	if l.sealing == nil {
		return content, nil
	}
	var b bytes.Buffer
	e, err := newEnvelope(&b, l.sealing)
	if err != nil {
		return nil, err
	}
	if _, err := e.Write(content); err != nil {
		return nil, err
	}
	err = e.Close()
	return b.Bytes(), err
}

// disclose opens content that is sealed, and gives other content as it is.
func (l *Lake) disclose(path string, content []byte) ([]byte, error) {
	switch {
	case !bytes.HasPrefix(content, []byte(envelopeMagic)):
		return content, nil
	case l.sealing == nil:
		return nil, fault.New(fault.Refused, "lake.seal_key.needed", "file", path)
	}
	plain, err := openEnvelope(bytes.NewReader(content), l.sealing)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(plain)
}

// Rejects (退回记录) opens the rows that an import did not take in, as CSV. The caller closes it.
//
// 依据: YA-4.8.1
func (l *Lake) Rejects(id string) (io.ReadCloser, error) {
	m, err := l.Manifest()
	if err != nil {
		return nil, err
	}
	for _, i := range m.Imports {
		if i.ID == id && i.Rejected > 0 && !i.Withdrawn {
			return l.openRejects(i)
		}
	}
	return nil, fault.New(fault.Refused, "lake.no_rejects", "id", id)
}

func (l *Lake) openRejects(i Import) (io.ReadCloser, error) {
	if err := l.mayRead(i.Sealed); err != nil {
		return nil, err
	}
	file, err := os.Open(l.rejects(i.ID))
	if err != nil {
		return nil, l.failure(err, "lake.open", "dir", l.dir)
	}
	if i.Sealed == "" {
		return file, nil
	}
	plain, err := openEnvelope(file, l.sealing)
	if err != nil {
		file.Close() // the envelope's error says more
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{plain, file}, nil
}
