package exchange

import "strings"

// styles finds out which cell styles show numbers as dates.
func (w *workbook) styles(part string) error {
	var in struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Styles []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := w.decode(part, &in); err != nil {
		return err
	}
	dates := map[int]bool{}
	for _, f := range in.Formats {
		dates[f.ID] = dateFormat(f.Code)
	}
	w.dates = make([]bool, len(in.Styles))
	for i, s := range in.Styles {
		custom, ok := dates[s.Format]
		w.dates[i] = ok && custom || !ok && builtInDate(s.Format)
	}
	return nil
}

// builtInDate tells whether a number format that every spreadsheet has is one of dates or times; 27 to 36 and 50 to 58
// are those of the Chinese editions.
func builtInDate(id int) bool {
	return id >= 14 && id <= 22 || id >= 27 && id <= 36 || id >= 45 && id <= 47 || id >= 50 && id <= 58
}

// dateFormat tells whether a format code shows a date or time: it has a y, m, d, h or s outside quotes, brackets and
// escapes.
func dateFormat(code string) bool {
	for i := 0; i < len(code); i++ {
		switch c := code[i] | 0x20; {
		case code[i] == '"':
			i += skipTo(code[i+1:], '"')
		case code[i] == '[':
			if inner := code[i+1 : i+skipTo(code[i+1:], ']')]; elapsed(inner) {
				return true
			}
			i += skipTo(code[i+1:], ']')
		case code[i] == '\\' || code[i] == '_' || code[i] == '*':
			i++
		case c == 'y' || c == 'm' || c == 'd' || c == 'h' || c == 's':
			return true
		}
	}
	return false
}

// skipTo is how many bytes to go on to stand on the next such byte, or past the end.
func skipTo(rest string, b byte) int {
	if n := strings.IndexByte(rest, b); n >= 0 {
		return n + 1
	}
	return len(rest) + 1
}

// elapsed tells whether a bracket holds hours, minutes or seconds gone by: [h], [mm].
func elapsed(inner string) bool {
	return inner != "" && strings.Trim(strings.ToLower(inner), "hms") == ""
}
