package counter

import (
	"cmp"
	"encoding/json"
	"maps"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/benefit"
	"tongchou/internal/catalog"
	"tongchou/internal/exchange/fsi"
	"tongchou/internal/policy"
	"tongchou/internal/store"
)

// mostOnPage is how many rows a page has at most.
const mostOnPage = 1000

// page answers a page of rows: those from one number to another are made.
func (c *call) page(rows int, make func(i int) fsi.Row) error {
	row := c.Input.One("data")
	number, size := 1, mostOnPage
	for _, x := range []struct {
		field string
		into  *int
		most  int
	}{{"page_num", &number, 1_000_000}, {"page_size", &size, mostOnPage}} {
		if text := row[x.field]; text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 || n > x.most {
				return refused("data."+x.field, text, "fsi.page", "most", x.most)
			}
			*x.into = n
		}
	}
	pages := (rows + size - 1) / size
	from := min((number-1)*size, rows)
	to := min(from+size, rows)
	c.out["data"] = []fsi.Row{}
	for i := from; i < to; i++ {
		c.out["data"] = append(c.out["data"], make(i))
	}
	truth := map[bool]string{true: "true", false: "false"}
	c.out[""] = []fsi.Row{{"pages": strconv.Itoa(pages), "recordCounts": strconv.Itoa(rows), "pageNum": strconv.Itoa(number), "pageSize": strconv.Itoa(size), "size": strconv.Itoa(to - from),
		"startRow": strconv.Itoa(from), "firstPage": truth[number == 1], "lastPage": truth[number >= pages]}}
	return nil
}

// edition is the catalogue in force on the day that the message asks for, or today.
func (c *call) edition() (*catalog.Edition, policy.Date) {
	day := c.today()
	if asked, _ := fsi.Day(c.Input.One("data")["query_date"]); asked != "" { // a day that was checked
		day = policy.Date(asked)
	}
	return c.catalogue.On(day), day
}

// items answers those items of the catalogue that the message asks for and a condition holds for.
func (c *call) items(holds func(*catalog.Item) bool, answer func(*catalog.Item) fsi.Row) error {
	row := c.Input.One("data")
	e, on := c.edition()
	if e == nil {
		return c.page(0, nil)
	}
	var found []catalog.Item
	for _, item := range e.Items() {
		same := func(field, value string) bool { return row[field] == "" || row[field] == value }
		if item.On(on) && holds(&item) && same("hilist_code", item.Code) && same("med_list_codg", item.Code) && same("list_type", item.List) && same("chrgitm_lv", item.Level()) &&
			same("med_chrgitm_type", item.Kind) && same("rid", ridOf(&item, e)) && same("lmt_used_flag", restriction(&item)) && since(row["begndate"], cmp.Or(item.From, e.From)) &&
			since(row["enddate"], item.To) && strings.Contains(item.Name, row["hilist_name"]) && strings.Contains(item.Name, row["drug_genname"]) &&
			(row["vali_flag"] == "" || row["vali_flag"] == "1") && string(e.From) >= row["updt_time"][:min(len(row["updt_time"]), len(time.DateOnly))] {
			found = append(found, item)
		}
	}
	return c.page(len(found), func(i int) fsi.Row {
		item := &found[i]
		out := answer(item)
		maps.Copy(out, fsi.Row{"insu_admdvs": string(c.Province), "begndate": string(cmp.Or(item.From, e.From)), "enddate": string(item.To), "vali_flag": "1", "rid": ridOf(item, e),
			"updt_time": string(e.From), "memo": item.Note})
		if c.Infno == "1304" {
			out["ver"] = e.Number
		}
		return out
	})
}

// ridOf names an item of an edition (rid).
func ridOf(i *catalog.Item, e *catalog.Edition) string { return i.Code + "@" + e.Number }

// restriction is the flag of an item whose use is limited (lmt_used_flag).
func restriction(i *catalog.Item) string {
	if i.Restricted {
		return "1"
	}
	return "0"
}

// since tells whether something is on a day that was asked for, where one was.
func since(asked string, day policy.Date) bool {
	on, _ := fsi.Day(asked) // a day that was checked
	return asked == "" || string(day) == on
}

// listed (1312 医保目录信息查询) gives items with their class.
func (c *call) listed() error {
	return c.items(func(*catalog.Item) bool { return true }, func(i *catalog.Item) fsi.Row {
		return fsi.Row{"hilist_code": i.Code, "hilist_name": i.Name, "med_chrgitm_type": i.Kind, "chrgitm_lv": i.Level(), "lmt_used_flag": restriction(i), "list_type": i.List}
	})
}

// ethnicList is the list of ethnic medicines (list_type).
const ethnicList = "104"

// ethnic (1304 民族药品目录查询) gives ethnic medicines.
func (c *call) ethnic() error {
	return c.items(func(i *catalog.Item) bool { return i.List == ethnicList }, func(i *catalog.Item) fsi.Row {
		return fsi.Row{"med_list_codg": i.Code, "drug_genname": i.Name, "dosform": i.Form, "drug_spec": i.Spec, "min_unt": i.Unit}
	})
}

// matched (1316 医疗目录与医保目录匹配信息查询) gives what item of the insurance each medical one is: here both have one code.
func (c *call) matched() error {
	return c.items(func(*catalog.Item) bool { return true }, func(i *catalog.Item) fsi.Row {
		return fsi.Row{"med_list_codg": i.Code, "hilist_code": i.Code, "list_type": i.List}
	})
}

// limits (1318 医保目录限价信息查询) gives payment limits.
func (c *call) limits() error {
	return c.items(func(i *catalog.Item) bool { return i.Limited }, func(i *catalog.Item) fsi.Row {
		return fsi.Row{"hilist_code": i.Code, "hilist_pric_uplmt_amt": i.Limit.String()}
	})
}

// shares (1319 医保目录先自付比例信息查询) gives what of class-B items is paid by oneself first.
func (c *call) shares() error {
	return c.items(func(i *catalog.Item) bool { return i.Class == benefit.ClassB }, func(i *catalog.Item) fsi.Row {
		return fsi.Row{"hilist_code": i.Code, "selfpay_prop": i.First.String()}
	})
}

// mappings (1317 医药机构目录匹配信息查询) gives what the institution put on file of its own items.
func (c *call) mappings() error {
	row := c.Input.One("data")
	if code := row["fixmedins_code"]; code != "" && code != c.by.Code {
		return refused("data.fixmedins_code", code, "fsi.other_institution", "own", c.by.Code)
	}
	all, err := c.h.AllMappings(c.by.Code)
	if err != nil {
		return err
	}
	day, _ := fsi.Day(row["query_date"]) // a day that was checked
	n := 0
	for _, m := range all {
		valid := map[bool]string{true: "1", false: "0"}[m.Withdrawn == ""]
		same := func(field, value string) bool { return row[field] == "" || row[field] == value }
		if same("medins_list_codg", m.Item) && same("med_list_codg", m.Code) && same("list_type", m.Kind) && same("vali_flag", valid) && (day == "" || m.On(policy.Date(day))) &&
			since(row["begndate"], m.From) && since(row["updt_time"], m.From) && strings.Contains(sentMapping(&m)["fixmedins_hilist_name"], row["medins_list_name"]) {
			all[n] = m
			n++
		}
	}
	return c.page(n, func(i int) fsi.Row {
		m := &all[i]
		out := fsi.Row{"fixmedins_code": m.Institution, "medins_list_codg": m.Item, "insu_admdvs": string(c.Province), "list_type": m.Kind, "med_list_codg": m.Code, "begndate": string(m.From),
			"enddate": string(m.To), "vali_flag": map[bool]string{true: "1", false: "0"}[m.Withdrawn == ""], "rid": m.Item + "@" + m.Code + "@" + string(m.From), "updt_time": string(m.From), "hilist_code": m.Code}
		sent := sentMapping(m)
		for _, field := range []string{"aprvno", "dosform", "exct_cont", "item_cont", "prcunt", "spec", "pacspec", "memo"} {
			out[field] = sent[field]
		}
		out["medins_list_name"] = sent["fixmedins_hilist_name"]
		return out
	})
}

// sentMapping is a mapping as it was sent (3301); nothing of one whose content cannot be read.
func sentMapping(m *store.Mapping) (sent fsi.Row) {
	_ = json.Unmarshal(m.Content, &sent) // it was written by mapItem
	return sent
}

// fileLists are the lists that a transaction makes a file of (list_type).
var fileLists = map[string]string{"1301": "101", "1302": "102", "1303": "103", "1305": "201", "1306": "301"}

// catalogueFile (1301 西药中成药, 1302 中药饮片, 1303 自制剂, 1305 医疗服务项目, 1306 医用耗材目录下载) makes a file of the items of a list, where the edition is later than the one
// that the institution says it has.
//
// 依据: SC38-7.1
func (c *call) catalogueFile() error {
	e, on := c.edition()
	var text strings.Builder
	text.WriteString(strings.Join(append(catalog.Columns[:len(catalog.Columns):len(catalog.Columns)], "ver"), "\t") + "\r\n")
	rows := 0
	if e != nil && e.Number > c.Input.One("data")["ver"] {
		for _, item := range e.Items() {
			if item.List == fileLists[c.Infno] && item.On(on) {
				text.WriteString(strings.Join(append(item.Cells(), e.Number), "\t") + "\r\n")
				rows++
			}
		}
	}
	name := c.Infno + "_" + c.newNumber() + ".txt"
	f, err := c.keepFile(name+".zip", fsi.Pack(name, text.String()))
	if err != nil {
		return err
	}
	out := fileRow(f)
	out["data_cnt"] = strconv.Itoa(rows)
	c.out[""] = []fsi.Row{out}
	return nil
}
