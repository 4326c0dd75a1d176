package lake

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/encoding/simplifiedchinese"

	"tongchou/internal/fault"
	"tongchou/internal/money"
)

// Unit (金额单位) is what the amounts of a source are given in.
type Unit string

// The units.
const (
	Yuan Unit = "yuan" // 元, at most two decimals
	Fen  Unit = "fen"  // 分, whole
)

// DayForm (日期格式) is how the days of a source are written, as the second of January 2006 would be.
type DayForm string

// The forms of days. A time may stand behind each.
const (
	DayISO     DayForm = "2006-01-02"
	DayDigits  DayForm = "20060102"
	DaySlashed DayForm = "2006/1/2"
)

// Mapping (列对照) says how the columns of a source are to be understood: what each column of a settlement is called in its
// header, what the words in columns of codes stand for, in what unit amounts are and how days are written. Columns that it does
// not name are found by their national names.
type Mapping struct {
	Columns map[string]string            `json:"columns,omitempty"` // national name → text in the header
	Values  map[string]map[string]string `json:"values,omitempty"`  // national name → word in the source → code
	Amounts Unit                         `json:"amounts"`
	Days    DayForm                      `json:"days"`
}

// Bounds of a mapping.
const (
	largestMapping = 1 << 20
	mostValues     = 10_000
)

// ParseMapping (读取列对照) reads a mapping from YAML, strictly:
//
//	columns: {setl_id: 结算流水号, gend: 性别}
//	values: {gend: {男: 1, 女: 2}}
//	amounts: fen
//	days: 2006/1/2
//
// Errors: a fault.Refusal with every problem and its line.
func ParseMapping(file string, content []byte) (Mapping, error) {
	m := Mapping{Amounts: Yuan, Days: DayISO}
	r := &mappingReader{file: file, into: &m}
	if len(content) > largestMapping {
		r.refuse(nil, "lake.mapping.large", "most", largestMapping)
		return Mapping{}, r.bad.Err()
	}
	var document yaml.Node
	if err := yaml.Unmarshal(content, &document); err != nil {
		r.broken(err)
		return Mapping{}, r.bad.Err()
	}
	if len(document.Content) == 0 {
		r.refuse(nil, "lake.mapping.empty")
		return Mapping{}, r.bad.Err()
	}
	r.pairs(document.Content[0], r.top)
	if err := r.bad.Err(); err != nil {
		return Mapping{}, err
	}
	return m, nil
}

// mappingReader reads a mapping and collects what is wrong with it.
type mappingReader struct {
	file string
	into *Mapping
	bad  fault.List
}

func (r *mappingReader) refuse(at *yaml.Node, key string, args ...any) {
	p := fault.Problem{File: r.file, Message: fault.Msg(key, args...)}
	if at != nil {
		p.Row, p.Value = at.Line, brief(at.Value)
		p.Message = p.Message.With("value", p.Value)
	}
	r.bad.Add(p)
}

// brief is a text as a problem may repeat it.
func brief(text string) string {
	text = strings.Map(visible, text)
	if runes := []rune(text); len(runes) > longestCell {
		return string(runes[:longestCell]) + "…"
	}
	return text
}

// visible puts ? in the place of what a terminal would obey and a reader would not see.
func visible(r rune) rune {
	if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
		return '?'
	}
	return r
}

// broken takes the line out of a message of the YAML library.
func (r *mappingReader) broken(err error) {
	detail := strings.TrimPrefix(err.Error(), "yaml: ")
	row := 0
	if n, _ := fmt.Sscanf(detail, "line %d:", &row); n == 1 {
		_, detail, _ = strings.Cut(detail, ": ")
	}
	r.bad.Add(fault.Problem{File: r.file, Row: row, Message: fault.Msg("lake.mapping.yaml", "detail", brief(detail))})
}

// pairs goes through the keys of a mapping node, each once.
func (r *mappingReader) pairs(node *yaml.Node, each func(key, value *yaml.Node)) {
	if node.Kind != yaml.MappingNode {
		r.refuse(node, "lake.mapping.pairs")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" {
			r.refuse(key, "lake.mapping.text")
			continue
		}
		if seen[key.Value] {
			r.refuse(key, "lake.mapping.twice")
			continue
		}
		seen[key.Value] = true
		each(key, value)
	}
}

// text reads a scalar as it is written.
func (r *mappingReader) text(node *yaml.Node) (string, bool) {
	if node.Kind != yaml.ScalarNode || node.Tag == "!!null" || !utf8.ValidString(node.Value) || strings.ContainsAny(node.Value, "\x00\r\n") {
		r.refuse(node, "lake.mapping.text")
		return "", false
	}
	return strings.TrimSpace(node.Value), true
}

func (r *mappingReader) top(key, value *yaml.Node) {
	switch key.Value {
	case "columns":
		r.into.Columns = map[string]string{}
		r.pairs(value, r.column)
	case "values":
		r.into.Values = map[string]map[string]string{}
		r.pairs(value, r.values)
	case "amounts":
		if text, ok := r.text(value); ok {
			if r.into.Amounts = Unit(text); r.into.Amounts != Yuan && r.into.Amounts != Fen {
				r.refuse(value, "lake.mapping.amounts", "known", []string{string(Yuan), string(Fen)})
			}
		}
	case "days":
		if text, ok := r.text(value); ok {
			forms := []string{string(DayISO), string(DayDigits), string(DaySlashed)}
			if r.into.Days = DayForm(text); !slices.Contains(forms, text) {
				r.refuse(value, "lake.mapping.days", "known", forms)
			}
		}
	default:
		r.refuse(key, "lake.mapping.unknown", "known", []string{"columns", "values", "amounts", "days"})
	}
}

// columnNamed finds a column of a settlement.
func (r *mappingReader) columnNamed(key *yaml.Node) (column, bool) {
	all := columns()
	i := slices.IndexFunc(all, func(c column) bool { return c.name == key.Value })
	if i < 0 {
		r.refuse(key, "lake.mapping.column")
		return column{}, false
	}
	return all[i], true
}

func (r *mappingReader) column(key, value *yaml.Node) {
	if _, ok := r.columnNamed(key); !ok {
		return
	}
	text, ok := r.text(value)
	if ok && (text == "" || utf8.RuneCountInString(text) > longestCell) {
		r.refuse(value, "lake.mapping.header", "most", longestCell)
	} else if ok {
		r.into.Columns[key.Value] = text
	}
}

func (r *mappingReader) values(key, value *yaml.Node) {
	c, ok := r.columnNamed(key)
	if !ok {
		return
	}
	if !c.coded() {
		r.refuse(key, "lake.mapping.not_coded")
		return
	}
	to := map[string]string{}
	r.into.Values[key.Value] = to
	r.pairs(value, func(word, code *yaml.Node) {
		from, okWord := r.text(word)
		text, okCode := r.text(code)
		switch {
		case !okWord || !okCode:
		case len(to) >= mostValues:
			r.refuse(word, "lake.mapping.many", "most", mostValues)
		case from == "" || !c.takes(text):
			r.refuse(code, "lake.mapping.code", "column", c.name)
		default:
			to[from] = text
		}
	})
}

// coded tells whether a column holds codes that words may stand for.
func (c column) coded() bool {
	switch c.kind {
	case cellCode, cellFlag, cellInsuredAt, cellTreatedAt:
		return true
	}
	return c.name == "psn_type" || c.name == "clr_type"
}

// takes tells whether a column may hold a code; none stands for an empty cell.
func (c column) takes(code string) bool {
	switch {
	case code == "":
		return !c.need
	case !plain([]byte(code)):
		return false
	case c.kind == cellFlag:
		return code == "0" || code == "1"
	case c.kind == cellCode && c.name == columns()[colMedType].name:
		return c.codes.has([]byte(code[:min(len(code), 2)]))
	case c.kind == cellCode:
		return c.codes.has([]byte(code))
	}
	return true
}

// plainly tells that a mapping changes no cell, so that rows can be read as they stand.
func (m Mapping) plainly() bool { return len(m.Values) == 0 && (m.Days == DayISO || m.Days == "") }

// recoder turns the cells of a row into the cells of a settlement's columns, in their order.
type recoder struct {
	from  []int                          // for each column its place in the row, or -1
	words [columnCount]map[string][]byte // by the bytes of the word, in UTF-8 and in GB18030
	days  DayForm
	cells [][]byte
	room  []byte
}

// newRecoder makes one for a mapping; nil when cells can stay as they are.
func newRecoder(m Mapping, at []int) *recoder {
	if m.plainly() {
		return nil
	}
	r := &recoder{from: at, days: m.Days, cells: make([][]byte, columnCount)}
	for i, c := range columns() {
		if values := m.Values[c.name]; len(values) > 0 {
			r.words[i] = spelled(values)
		}
	}
	return r
}

// spelled gives words in both encodings. Where one word's GB18030 is another's UTF-8, UTF-8 counts.
func spelled(values map[string]string) map[string][]byte {
	out := make(map[string][]byte, 2*len(values))
	for _, word := range slices.Sorted(maps.Keys(values)) {
		if text, err := simplifiedchinese.GB18030.NewEncoder().String(word); err == nil {
			out[text] = []byte(values[word])
		}
	}
	for word, code := range values {
		out[word] = []byte(code)
	}
	return out
}

// recode gives the cells of the columns. They last until the next row.
func (r *recoder) recode(row [][]byte) [][]byte {
	r.room = r.room[:0]
	for i, from := range r.from {
		if from < 0 {
			continue
		}
		cell := bytes.Trim(row[from], " ")
		if code, ok := r.words[i][string(cell)]; ok {
			cell = code
		} else if i >= colSettled && i <= colEnd {
			cell = r.day(cell)
		}
		r.cells[i] = cell
	}
	return r.cells
}

// day writes a day in ISO form; what is none in the source's form stays as it is.
func (r *recoder) day(cell []byte) []byte {
	var year, month, day, rest []byte
	switch r.days {
	case DayDigits:
		if len(cell) < 8 {
			return cell
		}
		year, month, day, rest = cell[:4], cell[4:6], cell[6:8], cell[8:]
	case DaySlashed:
		var more, further bool
		year, rest, more = bytes.Cut(cell, []byte{'/'})
		month, rest, further = bytes.Cut(rest, []byte{'/'})
		end := bytes.IndexFunc(rest, func(c rune) bool { return c < '0' || c > '9' })
		if end < 0 {
			end = len(rest)
		}
		if day, rest = rest[:end], rest[end:]; !more || !further || len(rest) > 0 && rest[0] != ' ' {
			return cell
		}
	default:
		return cell
	}
	if len(year) != 4 || len(month) > 2 || len(month) == 0 || len(day) > 2 || len(day) == 0 || len(bytes.Trim(rest, " 0123456789:.")) > 0 {
		return cell
	}
	y, okYear := whole(year)
	m, okMonth := whole(month)
	d, okDay := whole(day)
	if !okYear || !okMonth || !okDay {
		return cell
	}
	start := len(r.room)
	r.room = appendDay(r.room, y*10000+m*100+d)
	return r.room[start:len(r.room):len(r.room)]
}

// wholeFen reads an amount in fen.
func wholeFen(cell []byte) (int64, bool) {
	if len(bytes.Trim(cell, "0123456789")) > 0 && (cell[0] != '-' || len(bytes.Trim(cell[1:], "0123456789")) > 0) {
		return 0, false
	}
	n, err := strconv.ParseInt(string(cell), 10, 64)
	return n, err == nil && n <= int64(money.MaxFen) && n >= -int64(money.MaxFen)
}

// legible is a cell as text: UTF-8, or else GB18030; what is neither becomes question marks.
func legible(cell []byte) string {
	if !utf8.Valid(cell) {
		cell = fromGB18030(cell)
	}
	return string(cell)
}

func fromGB18030(text []byte) []byte {
	decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(text)
	if err != nil {
		return bytes.ToValidUTF8(text, []byte("?"))
	}
	return bytes.ReplaceAll(decoded, []byte(string(utf8.RuneError)), []byte("?"))
}
