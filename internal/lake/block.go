package lake

import "github.com/parquet-go/parquet-go"

// The places of the columns that the store adds, in the order of StoredColumns.
const (
	colCity    = colDataKind // what a row says of its making is kept in the manifest alone
	colYear    = colCity + 1
	colMonth   = colCity + 2
	colOffsite = colCity + 3

	storedCount = colCity + 4
)

// storedRow is a checked row as it is kept: for each of StoredColumns its text, or its number, or neither.
type storedRow struct {
	text   [storedCount][]byte
	number [storedCount]int64
	absent [storedCount]bool
}

func (r *storedRow) setText(i int, text []byte) { r.text[i], r.absent[i] = text, false }
func (r *storedRow) setNumber(i int, n int64)   { r.number[i], r.absent[i] = n, false }

// block is a run of rows, column by column.
type block struct {
	rows    int
	columns [storedCount]blockColumn
}

type blockColumn struct {
	text    []byte
	ends    []uint32 // of each row's text
	numbers []int64
	absent  []uint32 // the rows that have neither
}

// numeric tells which of StoredColumns hold numbers.
var numeric = func() (is [storedCount]bool) {
	for i, c := range StoredColumns() {
		is[i] = c.Type != "VARCHAR"
	}
	return is
}()

// newBlock gives a block with room for so many rows.
func newBlock(rows int) *block {
	b := &block{}
	for i := range b.columns {
		if c := &b.columns[i]; numeric[i] {
			c.numbers = make([]int64, 0, rows)
		} else {
			c.ends = make([]uint32, 0, rows)
			c.text = make([]byte, 0, rows*usualText)
		}
	}
	return b
}

// usualText is how long a text is that is long for its column.
const usualText = 12

// add copies a row to the end.
func (b *block) add(r *storedRow) {
	for i := range b.columns {
		c := &b.columns[i]
		if r.absent[i] {
			c.absent = append(c.absent, uint32(b.rows))
			if numeric[i] {
				c.numbers = append(c.numbers, 0)
			} else {
				c.ends = append(c.ends, uint32(len(c.text)))
			}
			continue
		}
		if numeric[i] {
			c.numbers = append(c.numbers, r.number[i])
			continue
		}
		c.text = append(c.text, r.text[i]...)
		c.ends = append(c.ends, uint32(len(c.text)))
	}
	b.rows++
}

// clear empties the block and keeps its room.
func (b *block) clear() {
	for i := range b.columns {
		c := &b.columns[i]
		c.text, c.ends, c.numbers, c.absent = c.text[:0], c.ends[:0], c.numbers[:0], c.absent[:0]
	}
	b.rows = 0
}

// write writes a column, so many rows at a time as stay close to the processor.
func (b *block) write(i int, to *parquet.ColumnWriter, room []parquet.Value) error {
	c, absent, zero, present := &b.columns[i], b.columns[i].absent, numberValue(i, 0), level(i)
	for first := 0; first < b.rows; first += len(room) {
		n := min(len(room), b.rows-first)
		if numeric[i] {
			for k, number := range c.numbers[first : first+n] {
				if room[k] = zero; number != 0 {
					room[k] = numberValue(i, number)
				}
			}
		} else {
			start := uint32(0)
			if first > 0 {
				start = c.ends[first-1]
			}
			for k, end := range c.ends[first : first+n] {
				room[k] = parquet.ByteArrayValue(c.text[start:end]).Level(0, present, i)
				start = end
			}
		}
		for len(absent) > 0 && int(absent[0]) < first+n {
			room[int(absent[0])-first] = parquet.NullValue().Level(0, 0, i)
			absent = absent[1:]
		}
		if _, err := to.WriteRowValues(room[:n]); err != nil {
			return err
		}
	}
	return nil
}

func numberValue(i int, n int64) parquet.Value {
	if wide[i] {
		return parquet.Int64Value(n).Level(0, level(i), i)
	}
	return parquet.Int32Value(int32(n)).Level(0, level(i), i)
}

// level is the definition level of a value that is there.
func level(i int) int {
	if always[i] {
		return 0
	}
	return 1
}

// always tells which of StoredColumns no row is without: what must be given, and what the store adds.
var always = func() (is [storedCount]bool) {
	for i, c := range columns() {
		if i < colDataKind {
			is[i] = c.need || i == colRefund
		}
	}
	for i := colCity; i < storedCount; i++ {
		is[i] = true
	}
	return is
}()

// wide tells which of StoredColumns hold numbers of 64 bits.
var wide = func() (is [storedCount]bool) {
	for i, c := range StoredColumns() {
		is[i] = c.Type == "BIGINT"
	}
	return is
}()
