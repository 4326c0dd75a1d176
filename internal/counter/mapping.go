package counter

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"tongchou/internal/exchange/fsi"
	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/store"
)

// mapItem (3301 目录对照上传) says what national item one of the institution's own is, from a day on.
//
// 依据: SC38-7.1
func (c *call) mapItem() error {
	row := c.Input.One("data")
	from, _ := fsi.Day(row["begndate"]) // days that were checked
	to, _ := fsi.Day(row["enddate"])
	m := store.Mapping{Institution: c.by.Code, Item: row["fixmedins_hilist_id"], Code: row["med_list_codg"], From: policy.Date(from), To: policy.Date(to), Kind: row["list_type"]}
	if m.To != "" && m.To < m.From {
		return refused("data.enddate", to, "fsi.ends_before", "begin", from)
	}
	day := max(m.From, c.today())
	item, known := c.catalogue.On(day).Find(m.Code, day)
	if !known {
		return refused("data.med_list_codg", m.Code, "fsi.no_item", "on", string(day))
	}
	if item.List != "" && item.List != m.Kind {
		return refused("data.list_type", m.Kind, "fsi.other_list", "list", item.List)
	}
	others, err := c.h.Mappings(c.by.Code, m.Item)
	if err != nil {
		return err
	}
	for _, other := range others {
		switch {
		case other.Code == m.Code && other.From == m.From:
			m.Version = other.Version
			if other.Withdrawn == "" {
				return refused("data.fixmedins_hilist_id", m.Item, "fsi.mapped_already", "code", other.Code, "begin", string(other.From))
			}
		case other.Withdrawn == "" && overlap(&other, &m):
			return refused("data.fixmedins_hilist_id", m.Item, "fsi.mapped_already", "code", other.Code, "begin", string(other.From))
		}
	}
	if m.Content, err = json.Marshal(row); err != nil {
		return err
	}
	c.h.Object = m.Item
	return c.h.SaveMapping(m)
}

// overlap tells whether two mappings hold on a day in common.
func overlap(a, b *store.Mapping) bool {
	return (a.To == "" || b.From <= a.To) && (b.To == "" || a.From <= b.To)
}

// unmapItem (3302 目录对照撤销) withdraws what the institution said of an item. What was charged by it stays as it is.
func (c *call) unmapItem() error {
	row := c.Input.One("data")
	if err := c.ownFile("data", row); err != nil {
		return err
	}
	known, err := c.h.Mappings(c.by.Code, row["fixmedins_hilist_id"])
	if err != nil {
		return err
	}
	withdrawn := 0
	for _, m := range known {
		if m.Code != row["med_list_codg"] || m.Kind != row["list_type"] || m.Withdrawn != "" {
			continue
		}
		withdrawn++
		m.Withdrawn = c.at.In(policy.China).Format(time.DateTime)
		if err := c.h.SaveMapping(m); err != nil {
			return err
		}
	}
	if withdrawn == 0 {
		return refused("data.fixmedins_hilist_id", row["fixmedins_hilist_id"], "fsi.not_mapped", "code", row["med_list_codg"])
	}
	return nil
}

// mapped is what a message found out of the institution's mappings.
type mapped struct {
	asked, maps bool
	items       map[string][]store.Mapping
	without     []string
}

// national is the national code that a charge is settled by. An institution that put its mappings on file goes by them: an item that none holds for on the day is paid by
// oneself in full, and a code that is not the mapped one is refused. Others go by the code they send.
//
// 依据: SC38-7.1
func (c *call) national(at string, row fsi.Row, on policy.Date) (code string, err error) {
	sent, own := row["med_list_codg"], row["medins_list_codg"]
	if !c.mapped.asked {
		if c.mapped.maps, err = c.h.Maps(c.by.Code); err != nil {
			return "", err
		}
		c.mapped.asked, c.mapped.items = true, map[string][]store.Mapping{}
	}
	if !c.mapped.maps {
		return sent, nil
	}
	all, known := c.mapped.items[own]
	if !known {
		if all, err = c.h.Mappings(c.by.Code, own); err != nil {
			return "", err
		}
		c.mapped.items[own] = all
	}
	i := slices.IndexFunc(all, func(m store.Mapping) bool { return m.On(on) })
	switch {
	case i < 0:
		if !slices.Contains(c.mapped.without, own) {
			c.mapped.without = append(c.mapped.without, own)
		}
		c.warn = c.by.Say(fault.Msg("fsi.unmapped", "items", strings.Join(c.mapped.without[:min(len(c.mapped.without), mostTold)], " ")))
		return "", nil
	case sent != all[i].Code:
		return "", refused(at+".med_list_codg", sent, "fsi.other_code", "item", own, "code", all[i].Code)
	}
	return sent, nil
}

// mostTold is how many items a warning names.
const mostTold = 20
