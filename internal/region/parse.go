package region

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	divisionsFile = "divisions.csv"
	tilesFile     = "tiles.csv"
	maxPlace      = 12 // columns or rows of a grid that still fits a screen
)

// parseTree reads both tables and refuses them at the first row that is wrong.
func parseTree(divisions, tiles string) (*Tree, error) {
	t := &Tree{
		divisions: make(map[Code]Division),
		children:  make(map[Code][]Division),
		tiles:     make(map[Code][]Tile),
	}
	if err := t.readDivisions(divisions); err != nil {
		return nil, err
	}
	if err := t.readTiles(tiles); err != nil {
		return nil, err
	}
	return t, nil
}

// readDivisions reads divisions.csv. Codes ascend, so a parent always stands before its children.
func (t *Tree) readDivisions(text string) error {
	var last Code
	header := []string{"code", "parent", "level", "name", "short", "name_en"}
	return eachRow(divisionsFile, text, header, func(cells []string) error {
		d, err := parseDivision(cells)
		if err != nil {
			return err
		}
		if d.Code <= last {
			return fmt.Errorf("code %s does not come after %s", d.Code, last)
		}
		last = d.Code
		if _, ok := t.divisions[d.Parent]; !ok && d.Level != Province {
			return fmt.Errorf("parent %s of %s is not in the table", d.Parent, d.Code)
		}
		t.divisions[d.Code] = d
		t.children[d.Parent] = append(t.children[d.Parent], d)
		return nil
	})
}

// readTiles reads tiles.csv against the divisions already read: each prefecture has one tile, each place one prefecture.
func (t *Tree) readTiles(text string) error {
	type place struct {
		province Code
		col, row int
	}
	var last Code
	taken := make(map[place]Code)
	err := eachRow(tilesFile, text, []string{"code", "col", "row"}, func(cells []string) error {
		tile, err := parseTile(cells)
		if err != nil {
			return err
		}
		if tile.Code <= last {
			return fmt.Errorf("code %s does not come after %s", tile.Code, last)
		}
		last = tile.Code
		if t.divisions[tile.Code].Level != Prefecture {
			return fmt.Errorf("%s is not a prefecture of %s", tile.Code, divisionsFile)
		}
		province := tile.Code.Province()
		at := place{province, tile.Col, tile.Row}
		if other, ok := taken[at]; ok {
			return fmt.Errorf("%s and %s share column %d, row %d", other, tile.Code, tile.Col, tile.Row)
		}
		taken[at] = tile.Code
		t.tiles[province] = append(t.tiles[province], tile)
		return nil
	})
	if err != nil {
		return err
	}
	return t.checkTilesComplete()
}

func (t *Tree) checkTilesComplete() error {
	for _, province := range t.children[""] {
		tiles := t.tiles[province.Code]
		for _, d := range t.children[province.Code] {
			if !slices.ContainsFunc(tiles, func(tile Tile) bool { return tile.Code == d.Code }) {
				return fmt.Errorf("%s: %s has no tile", tilesFile, d.Code)
			}
		}
	}
	return nil
}

// eachRow hands every row after the header to take and puts file and row number on every error.
func eachRow(file, text string, header []string, take func(cells []string) error) error {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = len(header)
	for row := 1; ; row++ {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) && row > 1 {
			return nil
		}
		if err == nil {
			err = checkRow(r, row, cells, header)
		}
		if err == nil && row > 1 {
			err = take(cells)
		}
		if err != nil {
			return fmt.Errorf("%s row %d: %w", file, row, err)
		}
	}
}

// checkRow refuses what encoding/csv lets pass: blank lines, another header, cells with stray blanks or control
// characters.
func checkRow(r *csv.Reader, row int, cells, header []string) error {
	if line, _ := r.FieldPos(0); line != row {
		return errors.New("blank line")
	}
	if row == 1 {
		if !slices.Equal(cells, header) {
			return fmt.Errorf("header is %q, not %q", cells, header)
		}
		return nil
	}
	for i, cell := range cells {
		if !utf8.ValidString(cell) || strings.TrimSpace(cell) != cell || strings.ContainsFunc(cell, unicode.IsControl) {
			return fmt.Errorf("%s %q has stray characters", header[i], cell)
		}
	}
	return nil
}

func parseDivision(cells []string) (Division, error) {
	code, err := Parse(cells[0])
	if err != nil {
		return Division{}, err
	}
	d := Division{
		Code: code, Parent: Code(cells[1]), Level: code.Level(),
		Name: cells[3], Short: cells[4], NameEN: cells[5],
	}
	if cells[2] != d.Level.String() {
		return Division{}, fmt.Errorf("level of %s is %q, its code says %s", code, cells[2], d.Level)
	}
	if parent := parentOf(code); d.Parent != parent {
		return Division{}, fmt.Errorf("parent of %s is %q, its code says %q", code, d.Parent, parent)
	}
	if d.Name == "" {
		return Division{}, fmt.Errorf("%s has no name", code)
	}
	if d.Level != County && (d.Short == "" || d.NameEN == "") {
		return Division{}, fmt.Errorf("%s lacks short or name_en", code)
	}
	if d.Level == County && d.Short != "" {
		return Division{}, fmt.Errorf("county %s has a short name", code)
	}
	return d, nil
}

// parentOf gives the code of the parent by the digits of a parsed code.
func parentOf(c Code) Code {
	switch c.Level() {
	case County:
		return c.prefecture()
	case Prefecture:
		return c.Province()
	default:
		return ""
	}
}

func parseTile(cells []string) (Tile, error) {
	code, err := Parse(cells[0])
	if err != nil {
		return Tile{}, err
	}
	col, err := parsePlace("col", cells[1])
	if err != nil {
		return Tile{}, err
	}
	row, err := parsePlace("row", cells[2])
	if err != nil {
		return Tile{}, err
	}
	return Tile{Code: code, Col: col, Row: row}, nil
}

// parsePlace reads a column or row number the one way it is written: no sign, no leading zero.
func parsePlace(column, s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || strconv.Itoa(n) != s || n < 1 || n > maxPlace {
		return 0, fmt.Errorf("%s is %q, not a whole number from 1 to %d", column, s, maxPlace)
	}
	return n, nil
}
