// Package catalog (目录) says what of a bill is in scope: the class of an item, what of class B is paid by oneself first, and the payment limit.
package catalog

import (
	"cmp"
	"slices"

	"tongchou/internal/benefit"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// Item (目录项目) is an item by its code (med_list_codg). List is the kind of list it is of (list_type), Kind the kind of charge (med_chrgitm_type), both as the platform
// writes them; First the share of a class-B item that is paid by oneself first; Limit the payment limit of one, in yuan, where Limited; DayLimit that of a day where DayLimited. From and To are the first and the
// last day it is in force, "" where the edition's. Restricted says that its use is limited to what Note says.
//
// 依据: SC38-7.1
type Item struct {
	Code, Name, List             string
	Class                        benefit.Class
	First, Limit                 money.Rate
	Limited                      bool
	DayLimit                     money.Rate
	DayLimited                   bool
	Kind                         string
	From, To                     policy.Date
	Form, Spec, Unit, Note, Sold string // dosage form, specification, unit it is charged by, what else is said, approval number
	Restricted                   bool
}

// On tells whether an item is in force on a day.
func (i *Item) On(day policy.Date) bool {
	return (i.From == "" || i.From <= day) && (i.To == "" || day <= i.To)
}

// Edition (目录版本) is a whole catalogue that is in force from a day until the next one. Number names it. Synthetic is one that is made up.
//
// 依据: SC38-7.1
type Edition struct {
	Number    string
	From      policy.Date
	Title     string
	Synthetic bool
	items     map[string]Item
}

// NewEdition makes an edition of items, which have a code each.
func NewEdition(number string, from policy.Date, title string, synthetic bool, items []Item) *Edition {
	e := &Edition{Number: number, From: from, Title: title, Synthetic: synthetic, items: make(map[string]Item, len(items))}
	for _, item := range items {
		e.items[item.Code] = item
	}
	return e
}

// Find (按编码查目录) finds an item that is in force on a day; false when there is none.
func (e *Edition) Find(code string, on policy.Date) (Item, bool) {
	if e == nil {
		return Item{}, false
	}
	item, known := e.items[code]
	return item, known && item.On(on)
}

// Items gives all items by code.
func (e *Edition) Items() []Item {
	if e == nil {
		return nil
	}
	out := make([]Item, 0, len(e.items))
	for _, item := range e.items {
		out = append(out, item)
	}
	slices.SortFunc(out, func(a, b Item) int { return cmp.Compare(a.Code, b.Code) })
	return out
}

// Catalogue (医保目录) is the editions of a place, the first first.
//
// 依据: SC38-7.1
type Catalogue []*Edition

// On (某日目录) is the edition in force on a day; nil before the first.
func (c Catalogue) On(day policy.Date) *Edition {
	for i := len(c) - 1; i >= 0; i-- {
		if c[i].From <= day {
			return c[i]
		}
	}
	return nil
}

// Line (明细定类) is a line of a bill as the catalogue of its day has it; what is not in it is paid by oneself in full.
//
// 依据: SC38-7.1
func (c Catalogue) Line(code string, on policy.Date, quantity, price money.Rate) (benefit.Line, Item) {
	item, known := c.On(on).Find(code, on)
	if !known {
		item = Item{Code: code, Class: benefit.Outwith}
	}
	return benefit.Line{Code: code, On: on, Quantity: quantity, Price: price, Class: item.Class, First: item.First, Limit: item.Limit, Limited: item.Limited, DayLimit: item.DayLimit, DayLimited: item.DayLimited}, item
}
