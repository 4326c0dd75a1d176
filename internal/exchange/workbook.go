package exchange

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"regexp"
	"strconv"
	"strings"

	"tongchou/internal/fault"
)

// What can be wrong with a workbook as a whole.
var (
	errNotWorkbook = errors.New("no workbook inside")
	errBroken      = errors.New("the XML of the workbook is broken")
	errUnpacked    = errors.New("unpacks to too much")
	errLongPiece   = errors.New("a text or tag that no workbook has")
)

// workbook is an open XLSX file: its sheets in order, and what their cells refer to.
type workbook struct {
	parts   map[string]*zip.File // by lower-case name
	left    int64                // bytes that may still be unpacked
	sheets  []sheetRef
	strings []string
	dates   []bool // by cell style: whether its numbers are dates
	// from1904 tells that days are counted from 1904.
	from1904 bool
}

// sheetRef is a sheet that people see.
type sheetRef struct{ name, part string }

// readWorkbook reads the first visible sheet that is not for notes, and the headers of the others.
func readWorkbook(content []byte, words *dictionary, sink *sink) (*grid, bool) {
	w, err := openWorkbook(content)
	if err != nil {
		return nil, workbookProblem(sink, err)
	}
	var g *grid
	for _, s := range w.sheets {
		if _, notes := words.meaning(strings.TrimSpace(s.name), wordNotes); notes {
			continue
		}
		if g == nil {
			g = &grid{sheet: s.name}
			ok, err := w.read(s, g, sink)
			if err != nil {
				return g, workbookProblem(sink, err)
			}
			if !ok || !g.headed(sink) {
				return g, false
			}
			continue
		}
		columns, err := w.readHeader(s)
		if err != nil {
			return g, workbookProblem(sink, err)
		}
		g.others = append(g.others, sheetHeader{s.name, columns})
	}
	if g == nil {
		sink.add(fault.Problem{Message: fault.Msg("exchange.workbook.no_sheet")})
		return nil, false
	}
	return g, true
}

func workbookProblem(sink *sink, err error) bool {
	if errors.Is(err, errUnpacked) {
		sink.add(fault.Problem{Message: fault.Msg("exchange.workbook.too_large", "mebibytes", maxUnpacked>>20)})
		return false
	}
	sink.add(fault.Problem{Message: fault.Msg("exchange.workbook.broken", "detail", err.Error())})
	return false
}

func openWorkbook(content []byte) (*workbook, error) {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, err
	}
	w := &workbook{parts: map[string]*zip.File{}, left: maxUnpacked}
	claimed := uint64(0)
	for _, f := range archive.File {
		w.parts[strings.ToLower(f.Name)] = f
		if claimed += min(f.UncompressedSize64, maxUnpacked+1); claimed > maxUnpacked {
			return nil, errUnpacked
		}
	}
	book, err := w.book()
	if err != nil {
		return nil, err
	}
	related, err := w.related(book)
	if err != nil {
		return nil, err
	}
	if err := w.sheetRefs(book, related); err != nil {
		return nil, err
	}
	for _, r := range related {
		switch r.kind {
		case "sharedStrings":
			err = w.sharedStrings(r.part)
		case "styles":
			err = w.styles(r.part)
		}
		if err != nil {
			return nil, err
		}
	}
	return w, nil
}

// book finds the part that lists the sheets.
func (w *workbook) book() (string, error) {
	related, err := w.related("")
	if err != nil {
		return "", err
	}
	for _, r := range related {
		if r.kind == "officeDocument" {
			return r.part, nil
		}
	}
	return "", errNotWorkbook
}

// open unpacks a part, never more in all than maxUnpacked, whatever the archive says of its size.
func (w *workbook) open(part string) (io.ReadCloser, error) {
	f, ok := w.parts[strings.ToLower(part)]
	if !ok {
		return nil, errNotWorkbook
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	return &limited{ReadCloser: r, w: w}, nil
}

// limited counts what is unpacked against the workbook's limit, and how long each piece is that a decoder keeps whole.
type limited struct {
	io.ReadCloser
	w *workbook
	pieces
}

func (l *limited) Read(b []byte) (int, error) {
	if l.w.left <= 0 {
		return 0, errUnpacked
	}
	n, err := l.ReadCloser.Read(b[:min(int64(len(b)), l.w.left)])
	l.w.left -= int64(n)
	if l.add(b[:n]) {
		return 0, errLongPiece
	}
	return n, err
}

// longestPiece is how many bytes a tag, a text, a comment or a CDATA section may have. A cell holds at most 32,767 characters, each of which
// takes at most ten bytes.
const longestPiece = 512 << 10

// pieces measures the pieces of an XML text: a decoder keeps each in memory, several times over.
type pieces struct {
	length int
	last   [3]byte
	until  string // what ends the section that stands in it: "-->", "]]>" or "?>"; empty outside
}

// add takes up bytes and tells whether a piece is too long. A declaration (<!DOCTYPE) is: no workbook has one.
func (p *pieces) add(b []byte) bool {
	for _, c := range b {
		p.length++
		p.last = [3]byte{p.last[1], p.last[2], c}
		switch {
		case p.length > longestPiece:
			return true
		case p.until != "":
			if strings.HasSuffix(string(p.last[:]), p.until) {
				p.until, p.length = "", 0
			}
		case string(p.last[:]) == "<!-":
			p.until = "-->"
		case string(p.last[:]) == "<![":
			p.until = "]]>"
		case string(p.last[:2]) == "<!":
			return true
		case string(p.last[1:]) == "<?":
			p.until = "?>"
		case c == '<' || c == '>':
			p.length = 0
		}
	}
	return false
}

// decode reads a part into a structure.
func (w *workbook) decode(part string, out any) error {
	r, err := w.open(part)
	if err != nil {
		return err
	}
	defer r.Close() // only read from
	return xml.NewDecoder(r).Decode(out)
}

// relation is a part another part refers to.
type relation struct{ kind, part string }

// related gives what a part refers to, by relation id.
func (w *workbook) related(part string) (map[string]relation, error) {
	var in struct {
		Relations []struct {
			ID     string `xml:"Id,attr"`
			Type   string `xml:"Type,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	dir, file := path.Split(part)
	if err := w.decode(dir+"_rels/"+file+".rels", &in); err != nil {
		return nil, err
	}
	out := make(map[string]relation, len(in.Relations))
	for _, r := range in.Relations {
		target, absolute := strings.CutPrefix(r.Target, "/")
		if !absolute {
			target = path.Join(dir, r.Target)
		}
		out[r.ID] = relation{kind: path.Base(r.Type), part: target}
	}
	return out, nil
}

// sheetRefs finds the visible worksheets in their order.
func (w *workbook) sheetRefs(book string, related map[string]relation) error {
	var in struct {
		Days struct {
			From1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string     `xml:"name,attr"`
			State string     `xml:"state,attr"`
			Attrs []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := w.decode(book, &in); err != nil {
		return err
	}
	w.from1904 = in.Days.From1904 == "1" || in.Days.From1904 == "true"
	for _, s := range in.Sheets {
		if s.State == "hidden" || s.State == "veryHidden" {
			continue
		}
		for _, a := range s.Attrs {
			if r := related[a.Value]; a.Name.Local == "id" && r.kind == "worksheet" {
				w.sheets = append(w.sheets, sheetRef{s.Name, r.part})
			}
		}
	}
	return nil
}

// sharedStrings reads the texts that cells refer to by number.
func (w *workbook) sharedStrings(part string) error {
	r, err := w.open(part)
	if err != nil {
		return err
	}
	defer r.Close() // only read from
	d := xml.NewDecoder(r)
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "si" {
			text, err := richText(d)
			if err != nil {
				return err
			}
			w.strings = append(w.strings, text)
		}
	}
}

// richText is the text of the element that has just started: its runs, without phonetic hints.
func richText(d *xml.Decoder) (string, error) {
	var b strings.Builder
	for {
		token, err := d.Token()
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "r":
			case "t":
				text, err := plainText(d)
				if err != nil {
					return "", err
				}
				b.WriteString(text)
			default:
				if err := d.Skip(); err != nil {
					return "", err
				}
			}
		case xml.EndElement:
			if t.Name.Local != "r" {
				return unescape(b.String()), nil
			}
		}
	}
}

// plainText is the characters of the element that has just started.
func plainText(d *xml.Decoder) (string, error) {
	var b strings.Builder
	for {
		token, err := d.Token()
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.CharData:
			b.Write(t)
		case xml.StartElement:
			if err := d.Skip(); err != nil {
				return "", err
			}
		case xml.EndElement:
			return b.String(), nil
		}
	}
}

// escaped is how workbooks write a character that XML cannot hold: _x000D_.
var escaped = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

func unescape(text string) string {
	if !strings.Contains(text, "_x") {
		return text
	}
	return escaped.ReplaceAllStringFunc(text, func(code string) string {
		n, err := strconv.ParseUint(code[2:6], 16, 16)
		if err != nil {
			return code
		}
		return string(rune(n))
	})
}
