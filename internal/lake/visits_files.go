package lake

import (
	"context"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/parquet-go/parquet-go"

	"tongchou/internal/fault"
	"tongchou/internal/money"
)

// rowGroup is a row group of a file.
type rowGroup struct {
	parquet.RowGroup
	file File
}

// takeFiles lays aside what files have that are not sealed. No engine is needed.
func (r *visitReader) takeFiles(ctx context.Context) error {
	var groups []rowGroup
	for _, f := range r.snapshot.files {
		file, err := os.Open(r.lake.path(filepath.FromSlash(f.Path)))
		if err != nil {
			return damaged(err)
		}
		defer file.Close() // it was only read
		info, err := file.Stat()
		if err != nil {
			return err
		}
		p, err := parquet.OpenFile(file, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
		if err != nil {
			return damaged(err)
		}
		for _, g := range p.RowGroups() {
			if len(g.ColumnChunks()) != storedCount {
				return damaged(errors.New(f.Path))
			}
			groups = append(groups, rowGroup{g, f})
		}
	}
	back, err := r.refundsOf(ctx, groups)
	if err != nil {
		return err
	}
	r.back = back
	return r.eachGroup(ctx, groups, func(c *columnsRead, t *taker, g rowGroup) error {
		only, err := r.sampled(g)
		if err == nil {
			err = c.read(g, visitColumns[:], only)
		}
		if err != nil {
			return err
		}
		defer r.tell(g.NumRows())
		return c.takeAll(t, r.city(g.file.City))
	})
}

// sampled gives the rows of a row group whose persons are in the sample, in order; nil for all rows.
func (r *visitReader) sampled(g rowGroup) (only []int32, err error) {
	if r.options.Sample >= money.One {
		return nil, nil
	}
	only, row := []int32{}, int32(0)
	if err := eachPage(g.ColumnChunks()[colPerson], func(p parquet.Page) {
		for _, person := range textsOf(p) {
			if inSample(digestPerson(person), r.options.Sample) {
				only = append(only, row)
			}
			row++
		}
		parquet.Release(p)
	}); err != nil {
		return nil, damaged(err)
	}
	return only, nil
}

func damaged(cause error) error {
	f := fault.New(fault.Refused, "lake.file_damaged")
	f.Cause = cause
	return f
}

// eachGroup lets workers read row groups side by side.
func (r *visitReader) eachGroup(ctx context.Context, groups []rowGroup, do func(*columnsRead, *taker, rowGroup) error) error {
	var next atomic.Int64
	return r.work(ctx, func(ctx context.Context) error {
		c, t := &columnsRead{}, r.newTaker()
		for ctx.Err() == nil {
			n := int(next.Add(1)) - 1
			if n >= len(groups) {
				return t.finish()
			}
			if err := do(c, t, groups[n]); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
}

// refundsOf gives the numbers of what was refunded, and counts refunds.
func (r *visitReader) refundsOf(ctx context.Context, groups []rowGroup) (map[string]struct{}, error) {
	back := map[string]struct{}{}
	err := r.eachGroup(ctx, groups, func(c *columnsRead, _ *taker, g rowGroup) error {
		if err := c.read(g, []int{colRefund, colOriginal}, nil); err != nil {
			return err
		}
		for i, flag := range c[colRefund].numbers {
			if flag == 0 {
				continue
			}
			r.refunds.Add(1)
			if id := c[colOriginal].text(i); len(id) > 0 {
				r.mu.Lock()
				back[string(id)] = struct{}{}
				r.mu.Unlock()
			}
		}
		return nil
	})
	return back, err
}

// visitColumns are what is read of a settlement.
var visitColumns = [...]int{colID, colPerson, colInsurance, colPersonType, colMedType, colInsuredAt, colTreatedAt, colLevel, colSettled, colEnd, colSettledBy, colAge,
	colAmounts + 1, colAmounts + 2, colAmounts + 3, colAmounts + 4, colAmounts + 5, colAmounts + 6, colAmounts + 7, colAmounts + 8, colAmounts + 9, colAmounts + 10, colAmounts + 11, colRefund}

// columnsRead are the columns of a row group that were read.
type columnsRead [storedCount]columnRead

// columnRead is a column: numbers, texts of which there are few, or bytes.
type columnRead struct {
	numbers []int64
	texts   []string
	bytes   [][]byte
}

// text is the text of a row, whichever way it was read.
func (c *columnRead) text(i int) []byte {
	if len(c.bytes) > 0 {
		return c.bytes[i]
	}
	return []byte(c.texts[i])
}

// word is the text of a row of few different texts.
func (c *columnRead) word(i int) string {
	if len(c.texts) > 0 {
		return c.texts[i]
	}
	return string(c.bytes[i])
}

// read reads columns of a row group: the rows that are named, in order, or all where only is nil.
func (c *columnsRead) read(g rowGroup, columns []int, only []int32) error {
	chunks, rows := g.ColumnChunks(), int(g.NumRows())
	for _, i := range columns {
		if err := c[i].read(chunks[i], rows, numeric[i], only); err != nil {
			return damaged(err)
		}
	}
	return nil
}

func (c *columnRead) read(chunk parquet.ColumnChunk, rows int, number bool, only []int32) error {
	c.numbers, c.texts, c.bytes = c.numbers[:0], c.texts[:0], c.bytes[:0]
	first := 0
	if err := eachPage(chunk, func(p parquet.Page) {
		last := first + int(p.NumValues())
		switch {
		case only != nil:
			here := 0
			for here < len(only) && int(only[here]) < last {
				here++
			}
			c.pick(p, only[:here], first, number)
			only = only[here:]
			parquet.Release(p)
		case number:
			c.addNumbers(p)
			parquet.Release(p)
		default:
			c.addTexts(p)
		}
		first = last
	}); err != nil {
		return err
	}
	if first != rows {
		return errors.New("rows")
	}
	return nil
}

// eachPage hands on the pages of a column.
func eachPage(chunk parquet.ColumnChunk, do func(parquet.Page)) error {
	pages := chunk.Pages()
	defer pages.Close() // it was only read
	for {
		p, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		do(p)
	}
}

// pick reads some rows of a page, whose first is the column's row first, and keeps nothing of the page.
func (c *columnRead) pick(p parquet.Page, only []int32, first int, number bool) {
	levels, at, seen := p.DefinitionLevels(), 0, 0
	value := valuesOf(p)
	for _, row := range only {
		i := int(row) - first
		there := true
		if len(levels) > 0 {
			for ; seen < i; seen++ {
				at += int(levels[seen])
			}
			there = levels[i] != 0
		} else {
			at = i
		}
		switch {
		case number && there:
			c.numbers = append(c.numbers, value.number(at))
		case number:
			c.numbers = append(c.numbers, 0)
		case there:
			c.texts = append(c.texts, string(value.text(at)))
		default:
			c.texts = append(c.texts, "")
		}
	}
}

// pageValues are the values of a page that are there, one after the other.
type pageValues struct {
	short []int32 // numbers, or where in words a text stands
	long  []int64
	words parquet.Dictionary
	all   []byte
	ends  []uint32
}

func valuesOf(p parquet.Page) (v pageValues) {
	data := p.Data()
	switch v.words = p.Dictionary(); {
	case v.words != nil || p.Type().Kind() == parquet.Int32:
		v.short = data.Int32()
	case p.Type().Kind() == parquet.Int64:
		v.long = data.Int64()
	default:
		v.all, v.ends = data.ByteArray()
	}
	return v
}

func (v *pageValues) number(k int) int64 {
	if v.long != nil {
		return v.long[k]
	}
	return int64(v.short[k])
}

// text is a text, valid as long as its page.
func (v *pageValues) text(k int) []byte {
	if v.words != nil {
		return v.words.Index(v.short[k]).ByteArray()
	}
	return v.all[v.ends[k]:v.ends[k+1]]
}

// textsOf gives the texts of a page, row by row; one that is absent is empty.
func textsOf(p parquet.Page) iter.Seq2[int, []byte] {
	levels, value := p.DefinitionLevels(), valuesOf(p)
	return func(yield func(int, []byte) bool) {
		k := 0
		for i := range int(p.NumValues()) {
			var b []byte
			if len(levels) == 0 || levels[i] != 0 {
				b = value.text(k)
				k++
			}
			if !yield(i, b) {
				return
			}
		}
	}
}

// addNumbers reads a page of numbers; one that is absent is 0.
func (c *columnRead) addNumbers(p parquet.Page) {
	levels, value, k := p.DefinitionLevels(), valuesOf(p), 0
	for i := range int(p.NumValues()) {
		if len(levels) > 0 && levels[i] == 0 {
			c.numbers = append(c.numbers, 0)
			continue
		}
		c.numbers = append(c.numbers, value.number(k))
		k++
	}
}

// addTexts reads a page of texts; one that is absent is empty.
func (c *columnRead) addTexts(p parquet.Page) {
	d := p.Dictionary()
	if d == nil {
		for _, b := range textsOf(p) {
			c.bytes = append(c.bytes, b)
		}
		return
	}
	levels, which, k := p.DefinitionLevels(), valuesOf(p).short, 0
	words := make([]string, d.Len())
	for i := range words {
		words[i] = string(d.Index(int32(i)).ByteArray())
	}
	for i := range int(p.NumValues()) {
		word := ""
		if len(levels) == 0 || levels[i] != 0 {
			word = words[which[k]]
			k++
		}
		c.texts = append(c.texts, word)
	}
}

// takeAll lays the settlements of a row group aside.
func (c *columnsRead) takeAll(t *taker, city uint16) error {
	amount := func(k, i int) int64 { return c[colAmounts+k].numbers[i] }
	for i, refund := range c[colRefund].numbers {
		if refund != 0 {
			continue
		}
		v := rawVisit{id: c[colID].text(i), person: c[colPerson].text(i), city: city,
			insurance: c[colInsurance].word(i), personType: c[colPersonType].word(i), medType: c[colMedType].word(i), insuredAt: c[colInsuredAt].word(i),
			treatedAt: c[colTreatedAt].word(i), level: c[colLevel].word(i), settled: c[colSettled].word(i), end: c[colEnd].word(i), settledBy: c[colSettledBy].word(i),
			age: c[colAge].numbers[i], whole: amount(1, i), over: amount(2, i), first: amount(3, i), scope: amount(4, i), basic: amount(5, i), civil: amount(6, i),
			firm: amount(7, i), large: amount(8, i), catastrophic: amount(9, i), aid: amount(10, i), other: amount(11, i)}
		if err := t.take(&v); err != nil {
			return err
		}
	}
	return nil
}
