package web

import (
	"cmp"
	"slices"
	"strconv"

	"tongchou/internal/lake"
	"tongchou/internal/region"
)

// shades is how many shades a figure is shown in on the tile grid.
const shades = 5

// legendLine is a line of the key of a tile grid.
type legendLine struct{ Class, Text string }

// tilesOf fills in the tile grid: the areas in shades by rank, a fifth of them to a shade, with the figure on each tile.
func (t *drawnTable) tilesOf(m *factorsModel) {
	by := t.at[t.tile]
	var known []lake.Indicator
	for _, area := range t.areas {
		if by[area].Known {
			known = append(known, by[area])
		}
	}
	slices.SortStableFunc(known, func(a, b lake.Indicator) int {
		return cmp.Or(a.Value.Cmp(b.Value), cmp.Compare(a.Division, b.Division))
	})
	shade := map[region.Code]int{}
	for n, i := range known {
		shade[i.Division] = n * shades / len(known)
		if n > 0 && i.Value.Cmp(known[n-1].Value) == 0 { // equals look equal
			shade[i.Division] = shade[known[n-1].Division]
		}
	}
	for level := range shades {
		var of []lake.Indicator
		for _, i := range known {
			if shade[i.Division] == level {
				of = append(of, i)
			}
		}
		if len(of) == 0 {
			continue
		}
		text := t.indicatorText(of[0])
		if last := t.indicatorText(of[len(of)-1]); last != text {
			text += "\u2013" + last
		}
		m.Legend = append(m.Legend, legendLine{"shade-" + strconv.Itoa(level), text})
	}
	m.Legend = append(m.Legend, legendLine{levelClass(-1), t.T("web.level.none")})
	tile := func(area region.Code) tileView {
		i, ok := by[area]
		v := tileView{Name: breakable(t.Short(area)), Months: "\u2014", Class: levelClass(-1), Label: t.T("web.tile.none", "division", area)}
		if !ok || !i.Known {
			return v
		}
		v.Months, v.Class = t.tileText(i), "shade-"+strconv.Itoa(shade[area])
		v.Label = t.Division(area) + " " + t.indicatorName(t.tile) + " " + t.indicatorText(i)
		v.Path = t.cell(t.tile, area).Path
		return v
	}
	for _, place := range t.site.Engine.Tree.Tiles(t.claimsProvince()) {
		v := tile(place.Code)
		v.Place = "col-" + strconv.Itoa(place.Col) + " row-" + strconv.Itoa(place.Row)
		m.Tiles = append(m.Tiles, v)
	}
	for _, area := range t.areas {
		if area.IsProvince() {
			m.Tiles = append(m.Tiles, tile(area))
		}
	}
}

// tileText is a figure short enough for a tile: whole yuan, a percentage with one decimal.
func (t *drawnTable) tileText(i lake.Indicator) string {
	if d, _ := definitionOf(i.Name); d.Cost {
		return t.Value(int64((i.Value.Fen() + 50) / 100))
	}
	return percent(i.Value, 1)
}

// claimsProvince is the province whose settlements these are: that of the first area.
func (t *drawnTable) claimsProvince() region.Code {
	if len(t.areas) > 0 {
		return t.areas[0].Province()
	}
	return t.book.province(t.site.pack)
}
