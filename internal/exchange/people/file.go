package people

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"unicode/utf8"

	"github.com/emmansun/gmsm/sm3"
	"golang.org/x/text/encoding/simplifiedchinese"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/office"
)

// File (参保人员信息表) is a file of persons: CSV or TSV in UTF-8 or GB18030, or a workbook.
type File struct {
	// Path and Name are where it is, and what messages call it.
	Path, Name string
	// Digest is that of its bytes.
	Digest office.Digest
	// Size is how many bytes it has; Rows how many rows it has at most, the header included.
	Size, Rows int64

	sheet   bool
	gb      bool
	comma   byte
	header  []string
	columns []column
}

const markUTF8 = "\xEF\xBB\xBF"

// blockSize is about how much text a reader is given at a time.
const blockSize = 1 << 20

// sheetBlock is how many rows of a workbook a reader is given at a time.
const sheetBlock = 1000

// Open looks through a file: its digest, how it is written, and its header. What is wrong with the header is a *fault.Refusal.
func Open(path string) (*File, error) {
	words, err := vocabulary()
	if err != nil {
		return nil, err
	}
	return open(path, words.header)
}

// open looks through a file whose header a function reads.
func open(path string, header func(cells []string, told *teller) []column) (*File, error) {
	f := &File{Path: path, Name: filepath.Base(path), comma: ','}
	if err := f.survey(); err != nil {
		return nil, err
	}
	stop := errors.New("header")
	err := f.eachBlock(context.Background(), func(b Block) error {
		if cells := b.first(f.comma); cells != nil {
			f.header = cells
			return stop
		}
		return nil
	})
	if err != nil && !errors.Is(err, stop) {
		return nil, err
	}
	t := &teller{file: f.Name}
	f.columns = header(f.header, t)
	return f, t.err()
}

// survey reads the whole file once.
func (f *File) survey() error {
	file, err := f.open()
	if err != nil {
		return err
	}
	defer file.Close() // only read from
	digest := sm3.New()
	buffer := make([]byte, blockSize)
	f.Rows = 1
	valid, cut := true, 0
	for first := true; ; first = false {
		n, err := io.ReadFull(file, buffer[cut:])
		part := buffer[:cut+n]
		if first {
			f.sheet = bytes.HasPrefix(part, []byte("PK\x03\x04"))
			line, _, _ := bytes.Cut(part, []byte("\n"))
			if bytes.Count(line, []byte("\t")) > bytes.Count(line, []byte(",")) {
				f.comma = '\t'
			}
		}
		digest.Write(part[cut:])
		f.Size += int64(n)
		f.Rows += int64(bytes.Count(part[cut:], []byte("\n")))
		whole := wholeRunes(part)
		valid = valid && utf8.Valid(part[:whole])
		cut = copy(buffer, part[whole:])
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return fault.Wrap(err, "exchange.file.unreadable", "file", f.Name)
		}
	}
	f.gb = !f.sheet && (!valid || cut > 0)
	digest.Sum(f.Digest[:0])
	if f.sheet {
		f.Rows = 1 << 20
	}
	return nil
}

// wholeRunes is how much of some bytes does not end within a character.
func wholeRunes(b []byte) int {
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		if utf8.RuneStart(b[len(b)-i]) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return len(b) - i
			}
			break
		}
	}
	return len(b)
}

func (f *File) open() (*os.File, error) {
	file, err := os.Open(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.Refused, "exchange.people.no_file", "file", f.Path)
	}
	if err != nil {
		return nil, fault.Wrap(err, "exchange.file.unreadable", "file", f.Name)
	}
	return file, nil
}

// Block is rows of a file that are read together. Row is the number of the first; Rows how many there are; End how far into the file
// they reach, in bytes of text.
type Block struct {
	Row, Rows, End int64

	text  []byte
	sheet []sheetRow
}

type sheetRow struct {
	row   int64
	cells []string
}

// Blocks goes through the file's rows, those after the header, until do gives an error.
func (f *File) Blocks(ctx context.Context, do func(Block) error) error {
	return f.eachBlock(ctx, func(b Block) error {
		if b.Row == 1 {
			b = b.rest()
		}
		if b.Rows == 0 {
			return nil
		}
		return do(b)
	})
}

func (f *File) eachBlock(ctx context.Context, do func(Block) error) error {
	file, err := f.open()
	if err != nil {
		return err
	}
	defer file.Close() // only read from
	if f.sheet {
		return f.sheetBlocks(ctx, file, do)
	}
	var from io.Reader = file
	if f.gb {
		from = simplifiedchinese.GB18030.NewDecoder().Reader(file)
	}
	err = textBlocks(ctx, bufio.NewReaderSize(from, blockSize), do)
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return fault.Wrap(err, "exchange.file.unreadable", "file", f.Name)
	}
	return err
}

// textBlocks cuts text into blocks at ends of rows. A quoted cell may hold ends of lines.
func textBlocks(ctx context.Context, from io.Reader, do func(Block) error) error {
	var rest []byte
	row, end := int64(1), int64(0)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		text := make([]byte, len(rest)+blockSize)
		copy(text, rest)
		n, err := io.ReadFull(from, text[len(rest):])
		text = text[:len(rest)+n]
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return err
		}
		if end == 0 {
			text = bytes.TrimPrefix(text, []byte(markUTF8))
		}
		if last && len(text) > 0 && text[len(text)-1] != '\n' {
			text = append(text, '\n')
		}
		at, rows := rowEnds(text)
		if at == 0 && !last && len(text) > longestRow {
			return fault.New(fault.Refused, "exchange.people.long_row", "row", row)
		}
		if last {
			if at < len(text) { // a quote that nothing ends
				at, rows = len(text), rows+1
			}
		}
		if at > 0 {
			end += int64(at)
			if err := do(Block{Row: row, Rows: rows, End: end, text: text[:at]}); err != nil {
				return err
			}
			row += rows
		}
		if last {
			return nil
		}
		rest = text[at:]
	}
}

// longestRow is how long a row may be.
const longestRow = 64 << 20

// rowEnds finds where the last whole row of a text ends, and how many there are.
func rowEnds(text []byte) (at int, rows int64) {
	if bytes.IndexByte(text, '"') < 0 {
		return bytes.LastIndexByte(text, '\n') + 1, int64(bytes.Count(text, []byte("\n")))
	}
	quoted := false
	for i, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '\n' && !quoted:
			at = i + 1
			rows++
		}
	}
	return at, rows
}

// sheetBlocks goes through a workbook.
func (f *File) sheetBlocks(ctx context.Context, file io.Reader, do func(Block) error) error {
	var b Block
	var failed error
	flush := func() bool {
		if len(b.sheet) > 0 && failed == nil {
			b.Row, b.Rows, b.End = b.sheet[0].row, int64(len(b.sheet)), f.Size
			failed = do(b)
			b = Block{}
		}
		return failed == nil && ctx.Err() == nil
	}
	err := exchange.SheetRows(file, func(row int, cells []string) bool {
		b.sheet = append(b.sheet, sheetRow{int64(row), cells})
		return len(b.sheet) < sheetBlock || flush()
	})
	if err == nil {
		flush()
	}
	if failed != nil {
		return failed
	}
	if err == nil {
		err = ctx.Err()
	}
	var refusal *fault.Refusal
	if errors.As(err, &refusal) {
		for i := range refusal.Problems {
			refusal.Problems[i].File = f.Name
		}
	}
	return err
}

// first gives the first row's cells; none of an empty block.
func (b Block) first(comma byte) []string {
	if len(b.sheet) > 0 {
		return b.sheet[0].cells
	}
	c := cutter{comma: comma, rest: b.text}
	if !c.next() {
		return nil
	}
	cells := make([]string, len(c.cells))
	for i, cell := range c.cells {
		cells[i] = string(cell)
	}
	return cells
}

// rest gives a block without its first row.
func (b Block) rest() Block {
	b.Row, b.Rows = b.Row+1, b.Rows-1
	if len(b.sheet) > 0 {
		b.sheet = b.sheet[1:]
		if len(b.sheet) > 0 {
			b.Row = b.sheet[0].row
		}
		return b
	}
	at := 0
	quoted := false
	for i, c := range b.text {
		if c == '"' {
			quoted = !quoted
		}
		if c == '\n' && !quoted {
			at = i + 1
			break
		}
	}
	b.text = b.text[at:]
	return b
}

// cutter cuts text into rows and cells. What next gives holds until it is called again.
type cutter struct {
	comma byte
	rest  []byte
	row   []byte // as it stands
	cells [][]byte
	room  []byte
}

func (c *cutter) next() bool {
	if len(c.rest) == 0 {
		return false
	}
	c.cells = c.cells[:0]
	end := bytes.IndexByte(c.rest, '\n')
	line := c.rest[:end]
	if bytes.IndexByte(line, '"') >= 0 {
		c.quoted()
		return true
	}
	c.row, c.rest = line, c.rest[end+1:]
	line = bytes.TrimSuffix(line, []byte("\r"))
	for {
		at := bytes.IndexByte(line, c.comma)
		if at < 0 {
			c.cells = append(c.cells, line)
			return true
		}
		c.cells = append(c.cells, line[:at])
		line = line[at+1:]
	}
}

// quoted cuts a row with quotes in it.
func (c *cutter) quoted() {
	c.room = c.room[:0]
	start, quoted, i := 0, false, 0
	cell := func() {
		c.cells = append(c.cells, c.room[start:len(c.room):len(c.room)])
		start = len(c.room)
	}
	for ; i < len(c.rest); i++ {
		b := c.rest[i]
		switch {
		case b == '"' && quoted && i+1 < len(c.rest) && c.rest[i+1] == '"':
			c.room = append(c.room, '"')
			i++
		case b == '"':
			quoted = !quoted
		case quoted:
			c.room = append(c.room, b)
		case b == c.comma:
			cell()
		case b == '\n':
			cell()
			last := len(c.cells) - 1
			c.cells[last] = bytes.TrimSuffix(c.cells[last], []byte("\r"))
			c.row, c.rest = c.rest[:i], c.rest[i+1:]
			return
		default:
			c.room = append(c.room, b)
		}
	}
	cell()
	c.row, c.rest = c.rest, nil
}
