package lake

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/parquet-go/parquet-go"

	"tongchou/internal/fault"
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
		if err := c.read(g, visitColumns[:]); err != nil {
			return err
		}
		defer r.tell(g.NumRows())
		return c.takeAll(t, r.city(g.file.City))
	})
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
		if err := c.read(g, []int{colRefund, colOriginal}); err != nil {
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

// read reads columns of a row group.
func (c *columnsRead) read(g rowGroup, columns []int) error {
	chunks := g.ColumnChunks()
	for _, i := range columns {
		if err := c[i].read(chunks[i], int(g.NumRows()), numeric[i]); err != nil {
			return damaged(err)
		}
	}
	return nil
}

func (c *columnRead) read(chunk parquet.ColumnChunk, rows int, number bool) error {
	c.numbers, c.texts, c.bytes = c.numbers[:0], c.texts[:0], c.bytes[:0]
	pages := chunk.Pages()
	defer pages.Close() // it was only read
	for {
		p, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if number {
			c.addNumbers(p)
			parquet.Release(p)
		} else {
			c.addTexts(p)
		}
	}
	if n := len(c.numbers) + len(c.texts) + len(c.bytes); n != rows {
		return errors.New("rows")
	}
	return nil
}

// addNumbers reads a page of numbers; one that is absent is 0.
func (c *columnRead) addNumbers(p parquet.Page) {
	data, levels, k := p.Data(), p.DefinitionLevels(), 0
	var short []int32
	var long []int64
	if p.Type().Kind() == parquet.Int32 {
		short = data.Int32()
	} else {
		long = data.Int64()
	}
	for i := range int(p.NumValues()) {
		if len(levels) > 0 && levels[i] == 0 {
			c.numbers = append(c.numbers, 0)
			continue
		}
		if short != nil {
			c.numbers = append(c.numbers, int64(short[k]))
		} else {
			c.numbers = append(c.numbers, long[k])
		}
		k++
	}
}

// addTexts reads a page of texts; one that is absent is empty.
func (c *columnRead) addTexts(p parquet.Page) {
	data, levels, k := p.Data(), p.DefinitionLevels(), 0
	if d := p.Dictionary(); d != nil {
		words := make([]string, d.Len())
		for i := range words {
			words[i] = string(d.Index(int32(i)).ByteArray())
		}
		which := data.Int32()
		for i := range int(p.NumValues()) {
			word := ""
			if len(levels) == 0 || levels[i] != 0 {
				word = words[which[k]]
				k++
			}
			c.texts = append(c.texts, word)
		}
		return
	}
	text, ends := data.ByteArray()
	for i := range int(p.NumValues()) {
		var b []byte
		if len(levels) == 0 || levels[i] != 0 {
			b = text[ends[k]:ends[k+1]]
			k++
		}
		c.bytes = append(c.bytes, b)
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
