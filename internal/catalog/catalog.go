// Package catalog (目录) says what of a bill is in scope: the class of an item, what of class B is paid by oneself first, and the payment limit.
package catalog

import (
	"strings"

	"tongchou/internal/benefit"
	"tongchou/internal/fault"
	"tongchou/internal/money"
)

// Item (目录项目) is an item by its code (med_list_codg). First is the share of a class-B item that is paid by oneself first; Limit the payment limit of one, in
// yuan, where Limited; Kind the kind of charge as the platform writes it (med_chrgitm_type).
//
// 依据: SC38-7.1
type Item struct {
	Code, Name   string
	Class        benefit.Class
	First, Limit money.Rate
	Limited      bool
	Kind         string
}

// Catalogue (医保目录) is items by code.
//
// 依据: SC38-7.1
type Catalogue map[string]Item

// classes are the words of files.
var classes = map[string]benefit.Class{"01": benefit.ClassA, "02": benefit.ClassB, "03": benefit.ClassC}

// Read reads a catalogue: lines of code, name, class (chrgitm_lv), first share, limit and kind of charge with tabs between them, below a line of titles. Errors:
// a fault.Refusal with row and column.
//
// 依据: SC38-7.1
func Read(file, text string) (Catalogue, error) {
	out, wrong := Catalogue{}, fault.List{}
	row := 0
	for line := range strings.Lines(text) {
		row++
		at := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if row == 1 || len(at) == 1 && at[0] == "" {
			continue
		}
		refuse := func(column, value string) {
			wrong.Add(fault.Problem{File: file, Row: row, Column: column, Value: value, Clause: "SC38-7.1", Message: fault.Msg("catalog.value", "column", column, "value", value)})
		}
		if len(at) != 6 {
			refuse("code", line)
			continue
		}
		item, err := Item{Code: at[0], Name: at[1], Kind: at[5], Limited: at[4] != ""}, error(nil)
		var known bool
		if item.Class, known = classes[at[2]]; !known {
			refuse("class", at[2])
		}
		if item.First, err = rate(at[3]); err != nil || item.First > money.One {
			refuse("first", at[3])
		}
		if item.Limit, err = rate(at[4]); err != nil {
			refuse("limit", at[4])
		}
		if _, twice := out[item.Code]; twice || item.Code == "" {
			refuse("code", item.Code)
		}
		out[item.Code] = item
	}
	return out, wrong.Err()
}

// rate reads a number that may be left out.
func rate(text string) (money.Rate, error) {
	if text == "" {
		return 0, nil
	}
	r, err := money.ParseRate(text)
	if err == nil && r < 0 {
		err = fault.New(fault.Refused, "catalog.value", "column", "", "value", text)
	}
	return r, err
}

// Line (明细定类) is a line of a bill as the catalogue has it; what is not in it is paid by oneself in full.
//
// 依据: SC38-7.1
func (c Catalogue) Line(code string, quantity, price money.Rate) (benefit.Line, Item) {
	item, known := c[code]
	if !known {
		item = Item{Code: code, Class: benefit.Outwith}
	}
	return benefit.Line{Code: code, Quantity: quantity, Price: price, Class: item.Class, First: item.First, Limit: item.Limit, Limited: item.Limited}, item
}
