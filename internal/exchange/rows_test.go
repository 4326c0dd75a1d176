package exchange

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"tongchou/internal/fault"
)

// The rows of a workbook come with their numbers and as plain text, whatever the cells hold.
func TestSheetRows(t *testing.T) {
	f := excelize.NewFile()
	for cell, v := range map[string]any{"A1": "id", "B1": "金额", "A3": "007", "B3": 1234.5, "A4": true, "B4": int64(510104199001011234), "A5": "=", "B5": 0.001, "C7": 45717.5} {
		if err := f.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.SetCellFormula("Sheet1", "A6", "1+1"), f.SetCellValue("Sheet1", "B6", 45717), f.SetCellStyle("Sheet1", "B6", "C7", style)); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	var rows []int
	var got []string
	err = SheetRows(bytes.NewReader(b.Bytes()), func(row int, cells []string) bool {
		rows, got = append(rows, row), append(got, strings.Join(cells, "|"))
		return true
	})
	want := []string{"id|金额", "007|1234.5", "1|#510104199001011234", "=|0.001", "=|2025-03-01", "||2025-03-01 12:00:00"}
	if err != nil || !slices.Equal(rows, []int{1, 3, 4, 5, 6, 7}) || !slices.Equal(got, want) {
		t.Errorf("%v %q, %v", rows, got, err)
	}
	n := 0
	if err := SheetRows(bytes.NewReader(b.Bytes()), func(int, []string) bool { n++; return false }); err != nil || n != 1 {
		t.Errorf("%d rows after the end, %v", n, err)
	}
}

// What is no workbook is refused.
func TestSheetRowsRefused(t *testing.T) {
	for name, content := range map[string][]byte{"garbage": []byte("PK\x03\x04 and so on"), "large": make([]byte, maxInput+1)} {
		var refusal *fault.Refusal
		if err := SheetRows(bytes.NewReader(content), func(int, []string) bool { return true }); !errors.As(err, &refusal) || len(refusal.Problems) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
