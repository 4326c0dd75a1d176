package lake

import (
	"bufio"
	"cmp"
	"context"
	"crypto/cipher"
	"encoding/hex"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/emmansun/gmsm/sm3"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"tongchou/internal/policy"
	"tongchou/internal/region"
)

const (
	mostGroupRows  = 1 << 15 // rows of a row group
	leastGroupRows = 1 << 10
	mostWaiting    = 1 << 20 // rows in memory, in all files together
	pageSize       = 1 << 20
)

// part is the key of a file: the settlements of a year and pooling area.
type part struct {
	year policy.Year
	city region.Code
}

// shelf writes checked rows to Parquet files below a directory, one for each year and pooling area. Several goroutines may
// put rows at once. Rows wait in memory until they fill a row group, and nothing of them touches the disk before it is in its
// final form.
type shelf struct {
	dir     string
	sealing cipher.AEAD // nil: files are written as they are
	schema  *parquet.Schema
	used    sync.Pool    // of *block
	most    atomic.Int64 // rows of a row group

	mu    sync.RWMutex
	parts map[part]*shelfPart
}

func newShelf(dir string, sealing cipher.AEAD) *shelf {
	return &shelf{dir: dir, sealing: sealing, schema: storedSchema(), parts: map[part]*shelfPart{}}
}

// shelfPart is one file under way.
type shelfPart struct {
	part
	mu      sync.Mutex
	waiting *block

	writing sync.Mutex // of what follows
	file    *os.File
	digest  hash.Hash
	sink    *bufio.Writer
	seal    *sealer
	writer  *parquet.Writer
	rows    int64
}

// storedSchema is StoredColumns in Parquet. Few different texts are written as references to a dictionary, numbers as
// differences.
func storedSchema() *parquet.Schema {
	g, place, codec := parquet.Group{}, map[string]int{}, &zstd.Codec{Level: zstd.SpeedFastest}
	for i, c := range StoredColumns() {
		place[c.Name] = i
		var node parquet.Node
		switch {
		case c.Type == "BIGINT":
			node = parquet.Encoded(parquet.Leaf(parquet.Int64Type), &parquet.DeltaBinaryPacked)
		case c.Type == "INTEGER":
			node = parquet.Encoded(parquet.Leaf(parquet.Int32Type), &parquet.DeltaBinaryPacked)
		case i == colID || i == colOriginal || i == colPerson:
			node = parquet.Encoded(parquet.String(), &parquet.DeltaLengthByteArray)
		default:
			node = parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
		}
		if !always[i] {
			node = parquet.Optional(node)
		}
		g[c.Name] = parquet.Compressed(node, codec)
	}
	return parquet.NewSchema("claims", ordered{g, place})
}

// ordered is a group whose columns stand in an order of their own; the library's stand in that of their names.
type ordered struct {
	parquet.Group
	place map[string]int
}

func (o ordered) Fields() []parquet.Field {
	fields := o.Group.Fields()
	slices.SortFunc(fields, func(a, b parquet.Field) int { return o.place[a.Name()] - o.place[b.Name()] })
	return fields
}

// put adds a row. A row group that is full is written by whoever filled it, while others go on.
func (s *shelf) put(r *storedRow) error {
	p := s.part(part{policy.Year(r.number[colYear]), region.Code(r.text[colCity])})
	p.mu.Lock()
	p.waiting.add(r)
	if p.waiting.rows < int(s.most.Load()) {
		p.mu.Unlock()
		return nil
	}
	full := p.waiting
	p.waiting = s.block()
	p.mu.Unlock()
	return s.write(p, full)
}

// part gives the file of a year and pooling area.
func (s *shelf) part(key part) *shelfPart {
	s.mu.RLock()
	p := s.parts[key]
	s.mu.RUnlock()
	if p != nil {
		return p
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p = s.parts[key]; p == nil {
		key.city = region.Code(strings.Clone(string(key.city)))
		s.most.Store(int64(min(mostGroupRows, max(leastGroupRows, mostWaiting/(len(s.parts)+1)))))
		p = &shelfPart{part: key, waiting: s.block()}
		s.parts[key] = p
	}
	return p
}

func (s *shelf) block() *block {
	if b, ok := s.used.Get().(*block); ok {
		return b
	}
	return newBlock(int(s.most.Load()))
}

// write writes a row group.
func (s *shelf) write(p *shelfPart, b *block) error {
	p.writing.Lock()
	defer p.writing.Unlock()
	if p.writer == nil {
		if err := p.open(s); err != nil {
			return err
		}
	}
	room := make([]parquet.Value, 512)
	for i, column := range p.writer.ColumnWriters() {
		if err := b.write(i, column, room); err != nil {
			return err
		}
	}
	p.rows += int64(b.rows)
	b.clear()
	s.used.Put(b)
	if err := p.writer.Flush(); err != nil || p.seal == nil {
		return err
	}
	return p.seal.seal()
}

func (p *shelfPart) open(s *shelf) error {
	dir := filepath.Join(s.dir, "year="+strconv.Itoa(int(p.year)), "city="+string(p.city))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(dir, "claims.parquet"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	p.file, p.digest = file, sm3.New()
	p.sink = bufio.NewWriterSize(io.MultiWriter(file, p.digest), 1<<18)
	var out io.Writer = p.sink
	if s.sealing != nil {
		p.seal = newSealer(p.sink, s.sealing)
		out = p.seal
	}
	p.writer = parquet.NewWriter(out, s.schema, parquet.DataPageVersion(1), parquet.CreatedBy("tongchou", "1", ""), parquet.PageBufferSize(pageSize), parquet.WriteBufferSize(0))
	return nil
}

// finish writes what waits, makes the files last, and says what they are, in the order of their paths. Nothing may be put any more.
func (s *shelf) finish(ctx context.Context) ([]shelved, error) {
	var out []shelved
	for _, p := range s.parts {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if p.waiting.rows > 0 {
			if err := s.write(p, p.waiting); err != nil {
				return nil, err
			}
		}
		if err := p.close(); err != nil {
			return nil, err
		}
		out = append(out, shelved{p.part, p.file.Name(), p.rows, hex.EncodeToString(p.digest.Sum(nil))})
		p.file = nil
	}
	slices.SortFunc(out, func(a, b shelved) int { return cmp.Compare(a.path, b.path) })
	return out, nil
}

// shelved is a file that is done.
type shelved struct {
	part
	path   string
	rows   int64
	digest string // SM3
}

func (p *shelfPart) close() error {
	if err := p.writer.Close(); err != nil {
		return err
	}
	if p.seal != nil {
		if err := p.seal.close(); err != nil {
			return err
		}
	}
	if err := p.sink.Flush(); err != nil {
		return err
	}
	if err := p.file.Sync(); err != nil {
		return err
	}
	return p.file.Close()
}

// abandon lets go of files that are not done.
func (s *shelf) abandon() {
	for _, p := range s.parts {
		if p.file != nil {
			p.file.Close() // it is thrown away
		}
	}
}
