package region

import (
	"strings"
	"testing"
)

const (
	goodDivisions = "code,parent,level,name,short,name_en\n" +
		"510000,,province,四川省,四川,Sichuan\n" +
		"510100,510000,prefecture,成都市,成都,Chengdu\n" +
		"510104,510100,county,锦江区,,\n" +
		"510300,510000,prefecture,自贡市,自贡,Zigong\n"
	goodTiles = "code,col,row\n510100,3,3\n510300,4,5\n"
)

func TestParseTree(t *testing.T) {
	tree, err := parseTree(goodDivisions, goodTiles)
	if err != nil {
		t.Fatal(err)
	}
	if area, ok := tree.PoolingArea("510104"); !ok || area != "510100" {
		t.Errorf("pooling area is %q, %v", area, ok)
	}
}

func TestParseTreeRefuses(t *testing.T) {
	divisions := []struct{ from, to, want string }{
		{goodDivisions, "", "divisions.csv row 1: EOF"},
		{"code,parent", "\ufeffcode,parent", "divisions.csv row 1: header is"},
		{"short,name_en", "name_en,short", "divisions.csv row 1: header is"},
		{"四川省,四川", "四川省", "divisions.csv row 2: record on line 2: wrong number of fields"},
		{"510100,510000,pref", "\n510100,510000,pref", "divisions.csv row 3: blank line"},
		{"510100,510000", "5101,510000", `divisions.csv row 3: region: "5101" is not`},
		{"510100,510000", "510100,", `divisions.csv row 3: parent of 510100 is "", its code says "510000"`},
		{"510104,510100", "510104,510300", `divisions.csv row 4: parent of 510104 is "510300", its code says "510100"`},
		{"510104,510100", "510204,510200", "divisions.csv row 4: parent 510200 of 510204 is not in the table"},
		{"510100,510000,prefecture", "510100,510000,city", `divisions.csv row 3: level of 510100 is "city", its code says prefecture`},
		{"510300,510000", "510100,510000", "divisions.csv row 5: code 510100 does not come after 510104"},
		{"锦江区", "", "divisions.csv row 4: 510104 has no name"},
		{"锦江区,", "锦江区,锦江", "divisions.csv row 4: county 510104 has a short name"},
		{"成都,Chengdu", ",Chengdu", "divisions.csv row 3: 510100 lacks short or name_en"},
		{"Chengdu", "", "divisions.csv row 3: 510100 lacks short or name_en"},
		{"锦江区", " 锦江区", `divisions.csv row 4: name " 锦江区" has stray characters`},
		{"锦江区", "锦\xff江区", "divisions.csv row 4: name"},
		{"锦江区", "\"锦\n江区\"", "divisions.csv row 4: name"},
		{"锦江区", "\"锦江区", "divisions.csv row 4: "},
	}
	for _, c := range divisions {
		refused(t, strings.Replace(goodDivisions, c.from, c.to, 1), goodTiles, c.want)
	}
	tiles := []struct{ from, to, want string }{
		{"col,row", "row,col", "tiles.csv row 1: header is"},
		{"510100,3,3", "51010,3,3", `tiles.csv row 2: region: "51010" is not`},
		{"510100,3,3", "510100,0,3", `tiles.csv row 2: col is "0", not a whole number from 1 to 12`},
		{"510100,3,3", "510100,3,13", `tiles.csv row 2: row is "13", not a whole number from 1 to 12`},
		{"510100,3,3", "510100,03,3", `tiles.csv row 2: col is "03"`},
		{"510100,3,3", "510100,3,", `tiles.csv row 2: row is ""`},
		{"510100,3,3", "510104,3,3", "tiles.csv row 2: 510104 is not a prefecture of divisions.csv"},
		{"510100,3,3", "510200,3,3", "tiles.csv row 2: 510200 is not a prefecture of divisions.csv"},
		{"510300,4,5", "510100,4,5", "tiles.csv row 3: code 510100 does not come after 510100"},
		{"510300,4,5", "510300,3,3", "tiles.csv row 3: 510100 and 510300 share column 3, row 3"},
		{"510300,4,5\n", "", "tiles.csv: 510300 has no tile"},
	}
	for _, c := range tiles {
		refused(t, goodDivisions, strings.Replace(goodTiles, c.from, c.to, 1), c.want)
	}
}

func refused(t *testing.T, divisions, tiles, want string) {
	t.Helper()
	tree, err := parseTree(divisions, tiles)
	if err == nil || tree != nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want an error starting %s", err, want)
	}
}

// Whatever is accepted is a tree: every parent exists, every prefecture has one tile.
func FuzzParseTree(f *testing.F) {
	f.Add(goodDivisions, goodTiles)
	f.Add(divisionsCSV, tilesCSV)
	f.Add("", "code,col,row\n")
	f.Fuzz(func(t *testing.T, divisions, tiles string) {
		tree, err := parseTree(divisions, tiles)
		if err != nil {
			return
		}
		for code, d := range tree.divisions {
			if _, ok := tree.Get(d.Parent); !ok && d.Level != Province {
				t.Fatalf("%s has no parent", code)
			}
			if _, ok := tree.PoolingArea(code); !ok {
				t.Fatalf("%s has no pooling area", code)
			}
			if d.Level == Province && len(tree.Tiles(code)) != len(tree.Prefectures(code)) {
				t.Fatalf("%s has prefectures without tiles", code)
			}
		}
	})
}

func BenchmarkParseTree(b *testing.B) {
	for b.Loop() {
		if _, err := parseTree(divisionsCSV, tilesCSV); err != nil {
			b.Fatal(err)
		}
	}
}
