package exchange

import (
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/fault"
)

// SheetRows (逐行读取工作簿) goes through the rows of a workbook's first visible sheet that is not for notes, until yield says
// no; blank rows are left out. Cells are text: days as 2025-03-01 or with a time behind, true and false as 1 and 0. A formula
// without a value is =, and # stands before an error or a number of more digits than a workbook keeps. Errors: a fault.Refusal
// when the content is no workbook, larger than 64 MiB or unpacks to more than 256 MiB.
func SheetRows(content io.Reader, yield func(row int, cells []string) bool) error {
	all, err := io.ReadAll(io.LimitReader(content, maxInput+1))
	if err != nil {
		return err
	}
	if len(all) > maxInput {
		return fault.Refuse(fault.Problem{Message: fault.Msg("exchange.rows.too_large", "mebibytes", maxInput>>20)})
	}
	var problems fault.List
	if err := sheetRows(all, yield); err != nil {
		workbookProblem(&sink{problems: &problems}, err)
	}
	return problems.Err()
}

func sheetRows(content []byte, yield func(row int, cells []string) bool) error {
	words, err := vocabulary()
	if err != nil {
		return err
	}
	w, err := openWorkbook(content)
	if err != nil {
		return err
	}
	for _, s := range w.sheets {
		if _, notes := words.meaning(strings.TrimSpace(s.name), wordNotes); notes {
			continue
		}
		return w.rows(s, func(l line, _ int) bool {
			if len(l.cells) == 0 {
				return true
			}
			cells := make([]string, len(l.cells))
			for i, c := range l.cells {
				cells[i] = w.written(c)
			}
			return yield(l.row, cells)
		}, func() {})
	}
	return errNotWorkbook
}

// mostDigits is how many digits of a number a workbook keeps.
const mostDigits = 15

// written is a cell as text.
func (w *workbook) written(c cell) string {
	switch c.is {
	case logical:
		if c.text == wordYes {
			return "1"
		}
		return "0"
	case dated:
		return w.day(c.text)
	case failed:
		return "#" + strings.TrimPrefix(c.text, "#")
	case uncomputed:
		return "="
	case numeric:
		if digits := strings.NewReplacer("-", "", ".", "").Replace(c.text); len(strings.TrimLeft(digits, "0")) > mostDigits {
			return "#" + c.text
		}
	}
	return c.text
}

// day writes a day that a workbook keeps as a number: days since the end of 1899, or since 1904.
func (w *workbook) day(text string) string {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text // ISO already
	}
	begin := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if w.from1904 {
		begin = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if n < 0 || n > 1e6 {
		return "#" + text
	}
	days, part := math.Modf(n)
	at := begin.AddDate(0, 0, int(days)).Add(time.Duration(math.Round(part*86400)) * time.Second)
	if part == 0 {
		return at.Format(time.DateOnly)
	}
	return at.Format(time.DateTime)
}
