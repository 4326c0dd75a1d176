package web

import (
	"regexp"
	"strconv"
	"strings"

	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// tileView is a prefecture on the tile grid.
type tileView struct {
	Name, Months, Unit, Class, Place, Path, Label string
	Low                                           bool
}

// apart tells that the tile has no place on the grid: the provincial unit's.
func (t tileView) apart() bool { return t.Place == "" }

// tiles are the prefectures of the province, coloured by months payable; a provincial unit (省本级) comes after them.
func (f *frame) tiles(fund pool.Fund) []tileView {
	var out []tileView
	for _, t := range f.site.Engine.Tree.Tiles(f.book.province(f.site.pack)) {
		v := f.tile(fund, t.Code)
		v.Place = "col-" + strconv.Itoa(t.Col) + " row-" + strconv.Itoa(t.Row)
		out = append(out, v)
	}
	for _, d := range fund.Divisions {
		if d.Code.IsProvince() {
			out = append(out, f.tile(fund, d.Code))
		}
	}
	return out
}

func (f *frame) tile(fund pool.Fund, code region.Code) tileView {
	d, ok := fund.Division(code)
	v := tileView{Name: breakable(f.Short(code)), Months: "\u2014", Class: levelClass(-1), Label: f.T("web.tile.none", "division", code)}
	if !ok {
		return v
	}
	level := monthsLevel(d.Months, d.HasMonths)
	v.Months, v.Class, v.Low = monthsText(d.Months, d.HasMonths), levelClass(level), level == 0
	v.Path = f.link("/pool/division/" + string(code))
	if d.HasMonths {
		v.Unit = f.T("web.months")
		v.Label = f.T("web.tile", "division", code, "months", v.Months)
	}
	return v
}

var syllableEnd = regexp.MustCompile(`([aeiou]+)(ng|n|r)?`)

// breakable puts places to break between the syllables of a romanised name, so that a tile may break it where it should.
func breakable(name string) string {
	if runes := []rune(name); len(runes) == 4 && len(name) > 4 { // four Chinese characters: two and two
		return string(runes[:2]) + "\u200b" + string(runes[2:])
	}
	var b strings.Builder
	last := 0
	for _, m := range syllableEnd.FindAllStringSubmatchIndex(name, -1) {
		end := m[1]
		if end < len(name) && strings.IndexByte("aeiou", name[end]) >= 0 {
			end = m[3] // the consonant begins the next syllable
			if m[5] >= 0 && name[m[4]:m[5]] == "ng" {
				end = m[4] + 1
			}
		}
		if end < len(name) && name[end] >= 'a' && name[end] <= 'z' && end > last {
			b.WriteString(name[last:end] + "\u200b")
			last = end
		}
	}
	return b.String() + name[last:]
}

// legend is the key of the tile grid.
func (f *frame) legend() []legendLine {
	var out []legendLine
	for level := range 5 {
		out = append(out, legendLine{levelClass(level), f.T("web.level." + strconv.Itoa(level))})
	}
	return append(out, legendLine{levelClass(-1), f.T("web.level.none")})
}
