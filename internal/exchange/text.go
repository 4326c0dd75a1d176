package exchange

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"tongchou/internal/fault"
)

// Marks that the first bytes of a file can be.
const (
	markUTF8    = "\xEF\xBB\xBF"
	markUTF16LE = "\xFF\xFE"
	markUTF16BE = "\xFE\xFF"
)

// decode gives the text of a file that is UTF-8, with or without a mark, or else GB18030. The choice is made on the
// whole content, since the first kilobyte of a statement is often plain ASCII.
func decode(content []byte, sink *sink) (string, bool) {
	if bytes.HasPrefix(content, []byte(markUTF16LE)) || bytes.HasPrefix(content, []byte(markUTF16BE)) {
		sink.add(fault.Problem{Message: fault.Msg("exchange.text.utf16")})
		return "", false
	}
	rest, marked := bytes.CutPrefix(content, []byte(markUTF8))
	text := string(rest)
	if !utf8.Valid(rest) {
		decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(rest)
		if text = string(decoded); marked {
			text = string(rest)
		}
		if bad := strings.IndexRune(text, utf8.RuneError); err != nil || bad >= 0 {
			sink.add(fault.Problem{Row: lineOf(text, bad), Message: fault.Msg("exchange.text.encoding")})
			return "", false
		}
	}
	if nul := strings.IndexByte(text, 0); nul >= 0 {
		row := lineOf(text, nul)
		sink.add(fault.Problem{Row: row, Column: fieldAt(text, row, nul, delimiter(text)), Message: fault.Msg("exchange.text.nul")})
		return "", false
	}
	return text, true
}

// lineOf is the line, from 1, that a place in a text is on.
func lineOf(text string, at int) int { return 1 + strings.Count(text[:max(at, 0)], "\n") }

// delimiter is what separates the cells: tabs when the first line has more of them than commas.
func delimiter(text string) rune {
	first, _, _ := strings.Cut(text, "\n")
	if strings.Count(first, "\t") > strings.Count(first, ",") {
		return '\t'
	}
	return ','
}

// fieldAt is the letter of the column that a place in a text is in, counted from the record that starts on a line.
func fieldAt(text string, line, at int, comma rune) string {
	start := 0
	for range line - 1 {
		start += strings.IndexByte(text[start:], '\n') + 1
	}
	column, quoted := 1, false
	for _, c := range text[start:max(start, min(at, len(text)))] {
		switch {
		case c == '"':
			quoted = !quoted
		case c == comma && !quoted:
			column++
		}
	}
	return letter(column)
}

// letter is a column's letter as spreadsheets show it: 1 is A, 27 is AA.
func letter(column int) string {
	var b []byte
	for ; column > 0; column = (column - 1) / 26 {
		b = append([]byte{byte('A' + (column-1)%26)}, b...)
	}
	return string(b)
}
