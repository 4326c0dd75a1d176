// Package locale turns message keys into the reader's language. The texts are flat JSON files, one per room and
// language, under zh/ and en/; every key exists in both.
package locale

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"sync"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

//go:embed zh/*.json en/*.json
var files embed.FS

// Lang is a language of the program.
type Lang string

// The languages: Chinese first, English complete.
const (
	ZH Lang = "zh"
	EN Lang = "en"
)

// Printer (语言包) writes messages in one language.
type Printer struct {
	Lang  Lang
	texts map[string]string
	tree  *region.Tree
}

var zh = sync.OnceValues(func() (*Printer, error) { return load(ZH) })
var en = sync.OnceValues(func() (*Printer, error) { return load(EN) })

// New gives the printer of a language, Chinese for any language that is not known.
func New(lang Lang) (*Printer, error) {
	if lang == EN {
		return en()
	}
	return zh()
}

func load(lang Lang) (*Printer, error) {
	tree, err := region.Load()
	if err != nil {
		return nil, err
	}
	p := &Printer{Lang: lang, texts: map[string]string{}, tree: tree}
	names, err := fs.Glob(files, string(lang)+"/*.json")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		content, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var texts map[string]string
		if err := json.Unmarshal(content, &texts); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for key, text := range texts {
			if _, twice := p.texts[key]; twice {
				return nil, fmt.Errorf("%s: key %s stands in two files", name, key)
			}
			p.texts[key] = text
		}
	}
	return p, nil
}

// Keys lists what the printer can say.
func (p *Printer) Keys() map[string]string { return p.texts }

// Has tells whether the printer knows a key.
func (p *Printer) Has(key string) bool {
	_, ok := p.texts[key]
	return ok
}

// T writes a key with arguments that alternate name, value.
func (p *Printer) T(key string, args ...any) string { return p.Text(fault.Msg(key, args...)) }

// Text writes a message: {name} in the text stands for the argument of that name. A key that is not known is written
// as it is, so that a missing translation shows.
func (p *Printer) Text(m fault.Message) string {
	text, ok := p.texts[m.Key]
	if !ok {
		return m.Key
	}
	if !strings.Contains(text, "{") {
		return text
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			b.WriteString("{" + rest)
			return b.String()
		}
		if value, ok := m.Args.Get(name); ok {
			b.WriteString(p.Value(value))
		} else {
			b.WriteString("{" + name + "}")
		}
		text = after
	}
}

// Value writes an argument: amounts in yuan and counts (int64) with separators, rates and ratios as decimals, divisions
// by name.
func (p *Printer) Value(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	case int64:
		return strings.TrimSuffix(money.Fen(v*100).In(money.Yuan), ".00")
	case money.Fen:
		return v.In(money.Yuan)
	case money.Rate:
		return v.String()
	case money.Ratio:
		return v.Exact(6)
	case fault.Message:
		return p.Text(v)
	case []fault.Message:
		texts := make([]string, len(v))
		for i, m := range v {
			texts[i] = p.Text(m)
		}
		return strings.Join(texts, p.texts["list.separator"])
	case []string:
		return strings.Join(v, p.texts["list.separator"])
	case region.Code:
		return p.Division(v)
	case policy.Text:
		return v.In(string(p.Lang))
	case fmt.Stringer:
		return v.String()
	}
	if key := fmt.Sprintf("value.%v", value); p.Has(key) {
		return p.texts[key]
	}
	return fmt.Sprint(value)
}

// Division (区划名称) is the name of a division in the printer's language; a province's code names the provincial unit
// (省本级). An unknown code is written as it is.
func (p *Printer) Division(code region.Code) string {
	d, ok := p.tree.Get(code)
	if !ok {
		return string(code)
	}
	name := d.Name
	if p.Lang == EN && d.NameEN != "" {
		name = d.NameEN
	}
	if code.IsProvince() {
		return p.T("region.provincial_unit", "province", name)
	}
	return name
}

// Short is the short name of a division, for tiles and narrow columns.
func (p *Printer) Short(code region.Code) string {
	d, ok := p.tree.Get(code)
	if !ok || code.IsProvince() || p.Lang == EN || d.Short == "" {
		return p.Division(code)
	}
	return d.Short
}

// Problem writes one line: file:row:column: message [clause], leaving out what it does not have.
func (p *Printer) Problem(problem fault.Problem) string {
	var b strings.Builder
	if problem.File != "" {
		b.WriteString(problem.File + ":")
		if problem.Row > 0 {
			b.WriteString(strconv.Itoa(problem.Row) + ":")
			if problem.Column != "" {
				b.WriteString(problem.Column + ":")
			}
		}
		b.WriteString(" ")
	}
	b.WriteString(p.Text(problem.Message))
	if problem.Clause != "" {
		b.WriteString(" [" + problem.Clause + "]")
	}
	return b.String()
}

// Capital (大写金额) writes an amount as vouchers do: 壹仟贰佰元伍角整.
func (p *Printer) Capital(f money.Fen) string {
	digits := []rune(p.texts["capital.digits"])
	units := []rune(p.texts["capital.units"])
	groups := []rune(p.texts["capital.groups"])
	negative, n := f < 0, uint64(f)
	if negative {
		n = uint64(-f)
	}
	yuan, jiao, fen := n/100, n/10%10, n%10
	var b strings.Builder
	if negative {
		b.WriteString(p.texts["capital.negative"])
	}
	if yuan > 0 {
		b.WriteString(capitalWhole(yuan, digits, units, groups))
		b.WriteString(p.texts["capital.yuan"])
	}
	switch {
	case jiao == 0 && fen == 0:
		if yuan == 0 {
			b.WriteString(string(digits[0]) + p.texts["capital.yuan"])
		}
		b.WriteString(p.texts["capital.whole"])
		return b.String()
	case jiao > 0:
		b.WriteString(string(digits[jiao]) + p.texts["capital.jiao"])
	case yuan > 0:
		b.WriteRune(digits[0])
	}
	if fen > 0 {
		b.WriteString(string(digits[fen]) + p.texts["capital.fen"])
	} else {
		b.WriteString(p.texts["capital.whole"])
	}
	return b.String()
}

// capitalWhole writes a whole number in groups of four digits; a run of zeros inside is written once.
func capitalWhole(n uint64, digits, units, groups []rune) string {
	text := strconv.FormatUint(n, 10)
	var b strings.Builder
	zero, group := false, false
	for i, c := range text {
		place := len(text) - 1 - i
		if d := int(c - '0'); d > 0 {
			if zero {
				b.WriteRune(digits[0])
			}
			b.WriteRune(digits[d])
			if place%4 > 0 {
				b.WriteRune(units[place%4-1])
			}
			zero, group = false, true
		} else {
			zero = b.Len() > 0
		}
		if place%4 == 0 && place > 0 {
			if group {
				b.WriteRune(groups[(place/4-1)%2])
				zero = false
			} else if place == 8 {
				b.WriteRune(groups[1])
			}
			group = false
		}
	}
	return b.String()
}
