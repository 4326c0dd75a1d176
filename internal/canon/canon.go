// Package canon writes and reads canonical forms: bytes that are the same on every machine and in every version of the program,
// so that they can be digested and signed. A form is its fields in a fixed order, each as its length, a colon, its bytes and a comma.
package canon

import "strconv"

// Writer is a form being written.
type Writer []byte

// Text writes a text.
func (w *Writer) Text(text string) { write(w, text) }

// Bytes writes bytes as the text they are.
func (w *Writer) Bytes(text []byte) { write(w, text) }

func write[T string | []byte](w *Writer, text T) {
	form := strconv.AppendInt(*w, int64(len(text)), 10)
	form = append(form, ':')
	form = append(form, text...)
	*w = append(form, ',')
}

// Number writes a whole number.
func (w *Writer) Number(n int64) {
	var digits [20]byte
	w.Bytes(strconv.AppendInt(digits[:0], n, 10))
}

// Flag writes 1 for yes and 0 for no.
func (w *Writer) Flag(yes bool) {
	if yes {
		w.Number(1)
		return
	}
	w.Number(0)
}

// Reader is a form being read. What cannot be read, or could have been written otherwise, makes it not sound for good.
type Reader struct {
	rest    []byte
	unsound bool
}

// NewReader reads a form.
func NewReader(form []byte) *Reader { return &Reader{rest: form} }

// Sound tells whether everything so far could be read.
func (r *Reader) Sound() bool { return !r.unsound }

// Whole tells whether everything could be read and nothing is left.
func (r *Reader) Whole() bool { return !r.unsound && len(r.rest) == 0 }

// Text reads a text.
func (r *Reader) Text() string {
	length, digits := 0, 0
	for digits < len(r.rest) && digits < 9 && r.rest[digits] >= '0' && r.rest[digits] <= '9' {
		length = length*10 + int(r.rest[digits]-'0')
		digits++
	}
	end := digits + 1 + length
	if digits == 0 || digits > 1 && r.rest[0] == '0' || end >= len(r.rest) || r.rest[digits] != ':' || r.rest[end] != ',' {
		r.unsound, r.rest = true, nil
		return ""
	}
	text := string(r.rest[digits+1 : end])
	r.rest = r.rest[end+1:]
	return text
}

// Number reads a whole number as the only text that writes it.
func (r *Reader) Number() int64 {
	text := r.Text()
	n, err := strconv.ParseInt(text, 10, 64)
	r.unsound = r.unsound || err != nil || strconv.FormatInt(n, 10) != text
	return n
}

// Flag reads what Flag writes.
func (r *Reader) Flag() bool {
	n := r.Number()
	r.unsound = r.unsound || n != 0 && n != 1
	return n == 1
}
