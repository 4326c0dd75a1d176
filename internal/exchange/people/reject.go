package people

import (
	"bufio"
	"context"
	"encoding/csv"
	"io"

	"github.com/xuri/excelize/v2"

	"tongchou/internal/fault"
	"tongchou/internal/locale"
)

// Problems are what is wrong with the rows of a file, by row.
type Problems map[int64][]fault.Problem

// WriteRefused (退回名单) writes the rows of a file that have problems, as they stand in it, with a last column that says why: a workbook of
// a workbook, else CSV in UTF-8. What is put right can be imported as it is.
func (f *File) WriteRefused(ctx context.Context, w io.Writer, problems Problems, p *locale.Printer) error {
	if f.sheet {
		return f.refusedBook(ctx, w, problems, p)
	}
	buffered := bufio.NewWriter(w)
	if _, err := buffered.WriteString(markUTF8); err != nil {
		return fault.Wrap(err, "exchange.file.unwritable")
	}
	out := csv.NewWriter(buffered)
	err := f.refused(ctx, problems, p, out.Write)
	out.Flush()
	if err == nil {
		err = out.Error()
	}
	if err == nil {
		err = buffered.Flush()
	}
	if err != nil {
		return fault.Wrap(err, "exchange.file.unwritable")
	}
	return nil
}

// refused gives the header and every row that has problems.
func (f *File) refused(ctx context.Context, problems Problems, p *locale.Printer, write func([]string) error) error {
	at := len(f.header)
	for i, c := range f.columns {
		if c.field == reason {
			at = i
		}
	}
	put := func(cells []string, why string) error {
		for len(cells) <= max(at, len(f.header)-1) {
			cells = append(cells, "")
		}
		cells[at] = why
		return write(cells)
	}
	if err := put(append([]string(nil), f.header...), column{field: reason}.text(p)[0]); err != nil {
		return err
	}
	return f.Blocks(ctx, func(b Block) error {
		return b.cells(f.comma, func(row int64, cells []string) error {
			if why := problems[row]; len(why) > 0 {
				return put(cells, said(why, p))
			}
			return nil
		})
	})
}

// cells gives the rows of a block.
func (b Block) cells(comma byte, each func(row int64, cells []string) error) error {
	for _, row := range b.sheet {
		if err := each(row.row, row.cells); err != nil {
			return err
		}
	}
	c := cutter{comma: comma, rest: b.text}
	for n := int64(0); b.sheet == nil && c.next(); n++ {
		cells := make([]string, len(c.cells))
		for i, cell := range c.cells {
			cells[i] = string(cell)
		}
		if err := each(b.Row+n, cells); err != nil {
			return err
		}
	}
	return nil
}

// said is what is wrong with a row, in words.
func said(problems []fault.Problem, p *locale.Printer) string {
	text := ""
	for i, problem := range problems {
		if i > 0 {
			text += "\n"
		}
		problem.File = ""
		column := problem.Column
		line := p.Problem(problem)
		if column != "" {
			line = p.T("exchange.reason", "column", column, "text", line)
		}
		text += line
	}
	return text
}

// refusedBook writes a workbook in which every cell is a text.
func (f *File) refusedBook(ctx context.Context, w io.Writer, problems Problems, p *locale.Printer) error {
	book := excelize.NewFile()
	defer book.Close() // it is in memory
	out, err := book.NewStreamWriter(book.GetSheetName(0))
	if err != nil {
		return fault.Wrap(err, "exchange.file.unwritable")
	}
	row := 0
	err = f.refused(ctx, problems, p, func(cells []string) error {
		row++
		values := make([]any, len(cells))
		for i, cell := range cells {
			values[i] = cell
		}
		at, err := excelize.CoordinatesToCellName(1, row)
		if err != nil {
			return err
		}
		return out.SetRow(at, values)
	})
	if err == nil {
		err = out.Flush()
	}
	if err == nil {
		err = book.Write(w)
	}
	if err != nil {
		return fault.Wrap(err, "exchange.file.unwritable")
	}
	return nil
}
