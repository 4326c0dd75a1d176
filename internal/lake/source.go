package lake

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"

	"tongchou/internal/fault"
)

// What the first bytes of a source tell of its form.
const (
	magicGzip      = "\x1F\x8B"
	magicParquet   = "PAR1"
	magicEncrypted = "PARE"
	magicZip       = "PK\x03\x04"
	magicOld       = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" // xls, and workbooks with a password
)

// Workbook (工作簿读取) goes through the rows of a workbook that are not blank, each with its number, the header first, until
// yield says no. Numbers are written without exponent, days as 2025-03-01; a formula without a value or a number that a
// workbook cannot hold exactly begins with = or #, as errors do.
type Workbook func(content io.Reader, yield func(row int, cells []string) bool) error

// records are an opened source as text, whatever its form: delimited records, the first the header.
type records struct {
	io.Reader
	first int64        // the row of the first record behind the header
	at    func() int64 // how many bytes of the source are read; nil where the records are the source
	close func()
}

// read opens the records of the source by its form. Its digest is taken while they are read, or before.
func (in *intake) read(ctx context.Context) (records, error) {
	magic := make([]byte, len(magicOld))
	n, err := in.source.ReadAt(magic, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return records{}, err
	}
	begins := func(with string) bool { return bytes.HasPrefix(magic[:n], []byte(with)) }
	noted := io.TeeReader(in.source, in.digest)
	switch {
	case begins(magicGzip):
		return unpack(noted)
	case begins(magicParquet), begins(magicEncrypted):
		if _, err := io.Copy(io.Discard, untilDone{noted, ctx}); err != nil {
			return records{}, err
		}
		return in.readParquet(ctx)
	case begins(magicZip) && in.options.Workbook != nil:
		return in.readWorkbook(noted), nil
	case begins(magicZip), begins(magicOld):
		return records{}, fault.Refuse(fault.Problem{Message: fault.Msg("lake.import.form")})
	}
	return records{Reader: noted, first: 2, close: func() {}}, nil
}

// untilDone reads until its context is done.
type untilDone struct {
	io.Reader
	ctx context.Context
}

func (r untilDone) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(b)
}

// What a packed source may unpack to: so many times its size, and some to begin with.
const (
	mostUnpacked = 100
	freeUnpacked = 64 << 20
)

// unpacker reads what is packed with gzip. One that ends too early, is broken, or unpacks to more than claims can be is
// refused.
type unpacker struct {
	packed atomic.Int64
	source io.Reader
	gzip   *gzip.Reader
	out    int64
}

func unpack(source io.Reader) (records, error) {
	u := &unpacker{source: source}
	var err error
	if u.gzip, err = gzip.NewReader(counted{u}); err != nil {
		return records{}, u.refused(err)
	}
	return records{Reader: u, first: 2, at: u.packed.Load, close: func() {}}, nil
}

// counted counts what is read of the packed source.
type counted struct{ u *unpacker }

func (c counted) Read(b []byte) (int, error) {
	n, err := c.u.source.Read(b)
	c.u.packed.Add(int64(n))
	return n, err
}

func (u *unpacker) Read(b []byte) (int, error) {
	n, err := u.gzip.Read(b)
	if u.out += int64(n); u.out > freeUnpacked+mostUnpacked*u.packed.Load() {
		return n, fault.Refuse(fault.Problem{Message: fault.Msg("lake.import.bomb", "times", mostUnpacked)})
	}
	return n, u.refused(err)
}

func (u *unpacker) refused(err error) error {
	if err == nil || errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && u.gzip != nil {
		return err
	}
	return fault.Refuse(fault.Problem{Message: fault.Msg("lake.import.gzip", "detail", err.Error())})
}

// readWorkbook turns the rows of a workbook into records; blank lines stand for blank rows, so that rows keep their numbers.
func (in *intake) readWorkbook(content io.Reader) records {
	out, into := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		w := &lineWriter{to: into}
		err := in.options.Workbook(content, w.row)
		if err == nil {
			_, err = io.Copy(io.Discard, content) // for the digest
		}
		into.CloseWithError(errors.Join(err, w.flush()))
	}()
	return records{Reader: out, first: 2, at: func() int64 { return 0 }, close: func() {
		out.Close() // whoever writes then ends
		<-done
	}}
}

// lineWriter writes rows as lines of CSV.
type lineWriter struct {
	to    io.Writer
	b     []byte
	last  int
	width int // of the header
	err   error
}

func (w *lineWriter) row(row int, cells []string) bool {
	if w.last == 0 {
		w.width = len(cells)
	}
	for ; w.last < row-1; w.last++ {
		w.b = append(w.b, '\n')
	}
	w.last = row
	for len(cells) < w.width {
		cells = append(cells, "")
	}
	for i, cell := range cells {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		w.b = append(append(append(w.b, '"'), strings.ReplaceAll(cell, `"`, `""`)...), '"')
	}
	return w.end()
}

// line writes a row that is CSV already.
func (w *lineWriter) line(text string) bool {
	w.b = append(w.b, text...)
	return w.end()
}

func (w *lineWriter) end() bool {
	if w.b = append(w.b, '\n'); len(w.b) < 1<<16 {
		return true
	}
	return w.flush() == nil
}

func (w *lineWriter) flush() error {
	if w.err == nil && len(w.b) > 0 {
		_, w.err = w.to.Write(w.b)
		w.b = w.b[:0]
	}
	return w.err
}
