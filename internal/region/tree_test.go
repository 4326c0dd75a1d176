package region

import (
	"slices"
	"strings"
	"testing"
)

// The prefectures of the 2020 census tables of population.
const (
	sichuan2020 = "510100 510300 510400 510500 510600 510700 510800 510900 511000 511100 511300 " +
		"511400 511500 511600 511700 511800 511900 512000 513200 513300 513400"
	yunnan2020 = "530100 530300 530400 530500 530600 530700 530800 530900 " +
		"532300 532500 532600 532800 532900 533100 533300 533400"
)

func load(t testing.TB) *Tree {
	t.Helper()
	tree, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func codes(divisions []Division) []string {
	var list []string
	for _, d := range divisions {
		list = append(list, string(d.Code))
	}
	return list
}

// Counts as of 2023-06-30, see README.md.
func TestCounts(t *testing.T) {
	tree := load(t)
	for _, c := range []struct {
		province    Code
		name        string
		prefectures string
		counties    int
	}{
		{"510000", "四川省", sichuan2020, 183},
		{"530000", "云南省", yunnan2020, 129},
	} {
		if d, ok := tree.Get(c.province); !ok || d.Name != c.name || d.Level != Province || d.Parent != "" {
			t.Errorf("%s is %+v", c.province, d)
		}
		prefectures := tree.Prefectures(c.province)
		if got, want := codes(prefectures), strings.Fields(c.prefectures); !slices.Equal(got, want) {
			t.Errorf("prefectures of %s are %v, the census has %v", c.name, got, want)
		}
		counties := 0
		for _, p := range prefectures {
			n := len(tree.Children(p.Code))
			if n == 0 {
				t.Errorf("%s has no counties", p.Name)
			}
			counties += n
		}
		if counties != c.counties {
			t.Errorf("%s has %d counties, want %d", c.name, counties, c.counties)
		}
	}
	if got, want := codes(tree.Children("")), []string{"510000", "530000"}; !slices.Equal(got, want) {
		t.Errorf("provinces are %v, want %v", got, want)
	}
	if got, want := len(tree.divisions), 2+21+16+183+129; got != want {
		t.Errorf("%d divisions, want %d", got, want)
	}
}

// Judges the tree by the digits of its codes alone, apart from the parser's own checks.
func TestEveryDivision(t *testing.T) {
	tree := load(t)
	names := map[Code]map[string]Code{}
	for code, d := range tree.divisions {
		if d.Code != code {
			t.Errorf("%s is filed under %s", d.Code, code)
		}
		if _, err := Parse(string(code)); err != nil {
			t.Error(err)
		}
		significant := map[Level]int{Province: 2, Prefecture: 4, County: 6}[d.Level]
		if strings.TrimRight(string(code[significant:]), "0") != "" || code[significant-2:significant] == "00" {
			t.Errorf("%s is a %v", code, d.Level)
		}
		if d.Level != Province {
			parent, ok := tree.Get(d.Parent)
			if !ok || parent.Level != d.Level-1 || !strings.HasPrefix(string(code), string(d.Parent[:significant-2])) {
				t.Errorf("parent of %s is %+v", code, parent)
			}
		}
		if d.Name == "" || d.Level != County && (d.NameEN == "" || !strings.HasPrefix(d.Name, d.Short) || d.Short == "" || d.Short == d.Name) {
			t.Errorf("names of %s are %+v", code, d)
		}
		if strings.Contains(d.NameEN, "City") || slices.ContainsFunc([]rune(d.NameEN), func(r rune) bool { return r > 'z' }) {
			t.Errorf("%s is called %q", code, d.NameEN)
		}
		for _, pseudo := range []string{"市辖区", "开发区", "高新区", "直辖"} {
			if strings.Contains(d.Name, pseudo) {
				t.Errorf("%s %s is no division of GB/T 2260", code, d.Name)
			}
		}
		if names[d.Parent] == nil {
			names[d.Parent] = map[string]Code{}
		}
		if other, ok := names[d.Parent][d.Name]; ok {
			t.Errorf("%s and %s are both %s", other, code, d.Name)
		}
		names[d.Parent][d.Name] = code
	}
	for parent, children := range tree.children {
		if !slices.IsSorted(codes(children)) || len(slices.Compact(codes(children))) != len(children) {
			t.Errorf("children of %q are out of order", parent)
		}
	}
}

func TestNames(t *testing.T) {
	tree := load(t)
	for _, want := range []Division{
		{"510100", "510000", Prefecture, "成都市", "成都", "Chengdu"},
		{"510400", "510000", Prefecture, "攀枝花市", "攀枝花", "Panzhihua"},
		{"513200", "510000", Prefecture, "阿坝藏族羌族自治州", "阿坝", "Aba"},
		{"513300", "510000", Prefecture, "甘孜藏族自治州", "甘孜", "Garze"},
		{"513400", "510000", Prefecture, "凉山彝族自治州", "凉山", "Liangshan"},
		{"530000", "", Province, "云南省", "云南", "Yunnan"},
		{"532500", "530000", Prefecture, "红河哈尼族彝族自治州", "红河", "Honghe"},
		{"532800", "530000", Prefecture, "西双版纳傣族自治州", "西双版纳", "Xishuangbanna"},
		{"533100", "530000", Prefecture, "德宏傣族景颇族自治州", "德宏", "Dehong"},
		// The two the sources disagree on.
		{"513402", "513400", County, "会理市", "", ""},
		{"532302", "532300", County, "禄丰市", "", ""},
	} {
		if got, ok := tree.Get(want.Code); !ok || got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	for _, gone := range []Code{"513425", "532331", "510101", "511971", "", "51"} {
		if d, ok := tree.Get(gone); ok {
			t.Errorf("%q is %+v", gone, d)
		}
	}
}

func TestPoolingArea(t *testing.T) {
	t.Attr("clause", "SC38-1.1")
	tree := load(t)
	for _, c := range []struct {
		code, area Code
		ok         bool
	}{
		{"510104", "510100", true},
		{"513402", "513400", true},
		{"511800", "511800", true},
		{"530000", "530000", true},
		{"510101", "", false},
		{"110101", "", false},
		{"", "", false},
	} {
		if area, ok := tree.PoolingArea(c.code); area != c.area || ok != c.ok {
			t.Errorf("PoolingArea(%q) = %q, %v", c.code, area, ok)
		}
	}
}

func TestNothingBelow(t *testing.T) {
	tree := load(t)
	if got := tree.Children("510104"); got != nil {
		t.Errorf("children of a county: %v", got)
	}
	for _, c := range []Code{"", "510100", "510104", "110000"} {
		if got := tree.Prefectures(c); got != nil {
			t.Errorf("prefectures of %q: %v", c, got)
		}
		if got := tree.Tiles(c); got != nil {
			t.Errorf("tiles of %q: %v", c, got)
		}
	}
}

func TestTiles(t *testing.T) {
	tree := load(t)
	for _, province := range tree.Children("") {
		places := map[[2]int]Code{}
		var tiled []string
		for _, tile := range tree.Tiles(province.Code) {
			at := [2]int{tile.Col, tile.Row}
			if other, ok := places[at]; ok {
				t.Errorf("%s and %s share %v", other, tile.Code, at)
			}
			if tile.Col < 1 || tile.Row < 1 || tile.Col > 6 || tile.Row > 6 {
				t.Errorf("%+v is off the grid", tile)
			}
			places[at] = tile.Code
			tiled = append(tiled, string(tile.Code))
		}
		if want := codes(tree.Prefectures(province.Code)); !slices.Equal(tiled, want) {
			t.Errorf("tiles of %s are %v, want %v", province.Name, tiled, want)
		}
	}
}

// The grids keep the compass: the first of a pair lies north (or west) of the second.
func TestTilesResembleTheMap(t *testing.T) {
	tree := load(t)
	at := map[string]Tile{}
	for _, province := range tree.Children("") {
		for _, tile := range tree.Tiles(province.Code) {
			d, _ := tree.Get(tile.Code)
			at[d.Short] = tile
		}
	}
	for _, pair := range []string{"阿坝 成都", "成都 攀枝花", "广元 南充", "遂宁 内江", "自贡 宜宾", "迪庆 丽江", "丽江 大理", "昭通 曲靖", "昆明 玉溪", "大理 临沧", "普洱 西双版纳", "曲靖 文山"} {
		north, south, _ := strings.Cut(pair, " ")
		if at[north].Row == 0 || at[north].Row >= at[south].Row {
			t.Errorf("%s does not lie north of %s", north, south)
		}
	}
	for _, pair := range []string{"甘孜 成都", "阿坝 广元", "南充 广安", "凉山 泸州", "怒江 丽江", "德宏 保山", "大理 楚雄", "楚雄 昆明", "昆明 曲靖", "红河 文山", "迪庆 昭通"} {
		west, east, _ := strings.Cut(pair, " ")
		if at[west].Col == 0 || at[west].Col >= at[east].Col {
			t.Errorf("%s does not lie west of %s", west, east)
		}
	}
}

func TestTheTreeCannotBeChanged(t *testing.T) {
	tree := load(t)
	tree.Children("510000")[0].Name = "x"
	tree.Prefectures("510000")[0].Name = "x"
	tree.Tiles("510000")[0].Col = 99
	if got := tree.Prefectures("510000")[0].Name; got != "成都市" {
		t.Errorf("a caller renamed a prefecture to %q", got)
	}
	if got := tree.Tiles("510000")[0].Col; got == 99 {
		t.Error("a caller moved a tile")
	}
}

func TestLevelString(t *testing.T) {
	for level, want := range map[Level]string{Province: "province", Prefecture: "prefecture", County: "county", 0: "Level(0)"} {
		if got := level.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
