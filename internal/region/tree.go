package region

import (
	_ "embed"
	"slices"
	"sync"
)

//go:embed divisions.csv
var divisionsCSV string

//go:embed tiles.csv
var tilesCSV string

var loadOnce = sync.OnceValues(func() (*Tree, error) { return parseTree(divisionsCSV, tilesCSV) })

// Tree is the tree of divisions (区划树), province over prefecture over county, with the tile-grid maps. It never
// changes, and every slice it gives is the caller's own.
//
// 依据: SC38-1.1
type Tree struct {
	divisions map[Code]Division
	children  map[Code][]Division
	tiles     map[Code][]Tile // by province
}

// Load gives the tree of divisions (区划树) that is built into the program. It is parsed at the first call. An error
// names the file and row (the header is row 1) of the built-in table that is wrong.
func Load() (*Tree, error) { return loadOnce() }

// Get gives the division (行政区划) that has a code, and false when there is none.
func (t *Tree) Get(c Code) (Division, bool) {
	d, ok := t.divisions[c]
	return d, ok
}

// Children gives the divisions directly below a division (下级区划), in code order: none for a county or an unknown
// code, and the provinces for the empty Code.
func (t *Tree) Children(c Code) []Division { return slices.Clone(t.children[c]) }

// Prefectures gives the prefectures (市州) of a province in code order, and none when the code is not a province of
// the tree.
func (t *Tree) Prefectures(province Code) []Division {
	if !province.IsProvince() {
		return nil
	}
	return t.Children(province)
}

// PoolingArea gives the pooling area (统筹区) a division belongs to: the prefecture of a county; a prefecture or the
// provincial unit (省本级) is its own. It gives false for a code that is not in the tree.
//
// 依据: SC38-1.1
func (t *Tree) PoolingArea(c Code) (Code, bool) {
	d, ok := t.divisions[c]
	if !ok {
		return "", false
	}
	if d.Level == County {
		return d.Parent, true
	}
	return d.Code, true
}

// Tiles gives the tile-grid map (网格地图) of a province, one tile for each prefecture in code order, and none when the
// code is not a province of the tree.
func (t *Tree) Tiles(province Code) []Tile { return slices.Clone(t.tiles[province]) }
