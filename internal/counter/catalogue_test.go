package counter

import (
	"encoding/json"
	"strings"
	"testing"

	"tongchou/internal/catalog"
	"tongchou/internal/exchange/fsi"
)

// rows are the objects of a node that is a list.
func (r reply) rows(t testing.TB, node string) (rows []fsi.Row) {
	t.Helper()
	if err := json.Unmarshal(r.Output[node], &rows); err != nil {
		t.Fatalf("%s: %v", node, err)
	}
	return rows
}

func (r reply) text(name string) (text string) {
	_ = json.Unmarshal(r.Output[name], &text) // what is not there is empty
	return text
}

// An institution that put its mappings on file is settled by them: what it mapped to nothing is paid by oneself in full, another code is refused; one that has none goes
// by the codes it sends. What was withdrawn holds no more.
func TestMappings(t *testing.T) {
	t.Attr("clause", "SC38-7.1")
	t.Attr("clause", "YA-4.8.2")
	h := newHall(t, t.TempDir())
	x, other := h.hospital("H51010400001", "11"), h.hospital("H51010400002", "11")
	no := h.person(94)
	mapping := func(item, code string, kv ...string) map[string]any {
		return map[string]any{"data": with(data("fixmedins_hilist_id", item, "fixmedins_hilist_name", "合成", "list_type", "101", "med_list_codg", code, "begndate", "2026-11-01", "enddate", ""), kv...)}
	}
	x.must("3301", mapping("HSYN-DRUG-A2", "SYN-DRUG-A2"))
	for what, c := range map[string]struct {
		want  string
		input map[string]any
	}{
		"mapped twice":      {"2026-11-01 起已对照 SYN-DRUG-A2", mapping("HSYN-DRUG-A2", "SYN-DRUG-A2")},
		"to two at once":    {"已对照", mapping("HSYN-DRUG-A2", "SYN-DRUG-B1", "begndate", "2026-12-01")},
		"to nothing":        {"med_list_codg", mapping("X", "NO-SUCH")},
		"of another list":   {"data.list_type", mapping("X", "SYN-MAT-B1")},
		"ends before":       {"data.enddate", mapping("X", "SYN-DRUG-A1", "enddate", "2026-10-31")},
		"without a day":     {"data.begndate", mapping("X", "SYN-DRUG-A1", "begndate", "")},
		"a day there isn't": {"data.begndate", mapping("X", "SYN-DRUG-A1", "begndate", "2026-11-31")},
	} {
		x.refused(what, c.want, "3301", c.input)
	}
	p := x.patient(no, 94)
	p.outpatient()
	r := x.must("2204", map[string]any{"feedetail": []any{p.line("1", "SYN-DRUG-A2", "2", "25", "50.00"), p.line("2", "SYN-DRUG-A1", "1", "10", "10.00")}})
	lines := r.rows(t, "result")
	if lines[0]["overlmt_amt"] != "10.00" || lines[1]["fulamt_ownpay_amt"] != "10.00" || lines[1]["chrgitm_lv"] != "03" || !strings.Contains(r.Warn, "HSYN-DRUG-A1") || strings.Contains(r.Warn, "A2") {
		t.Errorf("%v %s", lines, r.Warn)
	}
	x.refused("another code", "feedetail[1].med_list_codg", "2204", map[string]any{"feedetail": []any{p.line("3", "SYN-DRUG-A1", "1", "10", "10.00", "medins_list_codg", "HSYN-DRUG-A2")}})
	withdrawn := map[string]any{"catalogcompin": data("fixmedins_hilist_id", "HSYN-DRUG-A2", "fixmedins_code", x.by.Code, "list_type", "101", "med_list_codg", "SYN-DRUG-A2")}
	other.refused("another's", "fixmedins_code", "3302", withdrawn)
	x.must("3302", withdrawn)
	x.refused("withdrawn twice", "或已撤销", "3302", withdrawn)
	if lines := x.must("2204", map[string]any{"feedetail": []any{p.line("4", "SYN-DRUG-A2", "2", "25", "50.00")}}).rows(t, "result"); lines[0]["fulamt_ownpay_amt"] != "50.00" {
		t.Errorf("after it was withdrawn: %v", lines)
	}
	x.must("3301", mapping("HSYN-DRUG-A2", "SYN-DRUG-A2"))
	q := other.patient(no, 94)
	q.outpatient()
	if r := other.must("2204", map[string]any{"feedetail": []any{q.line("1", "SYN-DRUG-A2", "2", "25", "50.00")}}); r.rows(t, "result")[0]["overlmt_amt"] != "10.00" || r.Warn != "" {
		t.Errorf("an institution without mappings: %s", r.Warn)
	}
	all := x.must("1317", map[string]any{"data": data("fixmedins_code", x.by.Code, "page_num", "1", "page_size", "10")}).rows(t, "data")
	if len(all) != 1 || all[0]["medins_list_codg"] != "HSYN-DRUG-A2" || all[0]["vali_flag"] != "1" {
		t.Errorf("%v", all)
	}
	if err := verified(t, h); err != nil {
		t.Error(err)
	}
}

// The catalogue is given in pages, by the edition of the day that is asked for, and as a file where the institution has not the latest.
func TestCatalogueDownloads(t *testing.T) {
	t.Attr("clause", "SC38-7.1")
	h := newHall(t, t.TempDir())
	later, err := catalog.ReadItems("later", "titles\nSYN-NEW\t新药（合成）\t101\t02\t0.5\t\t09\nSYN-ETH\t民族药（合成）\t104\t01\t\t\t09\n")
	if err != nil {
		t.Fatal(err)
	}
	h.items = append(h.items, catalog.NewEdition("2027-01-01-001", "2027-01-01", "合成", true, later))
	x := h.hospital("H51010400001", "01")
	asked := func(kv ...string) map[string]any { return map[string]any{"data": data(kv...)} }
	first := x.must("1312", asked("page_num", "1", "page_size", "4", "updt_time", ""))
	last := x.must("1312", asked("page_num", "3", "page_size", "4"))
	if rows := first.rows(t, "data"); len(rows) != 4 || rows[0]["hilist_code"] != "SYN-BED-01" || first.text("recordCounts") != "11" || first.text("pages") != "3" || first.text("lastPage") != "false" {
		t.Errorf("%v %s", rows, first.Output)
	}
	if rows := last.rows(t, "data"); len(rows) != 3 || last.text("lastPage") != "true" {
		t.Errorf("%v", rows)
	}
	for infno, want := range map[string]int{"1304": 0, "1312": 11, "1316": 11, "1318": 4, "1319": 4} {
		if rows := x.must(infno, asked("page_num", "1", "page_size", "1000")).rows(t, "data"); len(rows) != want {
			t.Errorf("%s: %v", infno, rows)
		}
	}
	if rows := x.must("1319", asked("query_date", "2027-06-01", "page_num", "1", "page_size", "9")).rows(t, "data"); len(rows) != 1 || rows[0]["hilist_code"] != "SYN-NEW" || rows[0]["selfpay_prop"] != "0.5" {
		t.Errorf("a later edition: %v", rows)
	}
	x.refused("a page", "data.page_num", "1312", asked("page_num", "0"))
	x.refused("a size", "data.page_size", "1312", asked("page_size", "1001"))
	made := x.must("1301", asked("ver", ""))
	text, _ := x.fetch(fsi.Row{"file_qury_no": made.text("file_qury_no"), "filename": "plc"})
	if made.text("data_cnt") != "5" || strings.Count(text, "\r\n") != 6 || !strings.HasPrefix(text, "med_list_codg\t") || !strings.Contains(text, "SYN-DRUG-B2") || strings.Contains(text, "SYN-OPER") {
		t.Errorf("%s\n%s", made.Output, text)
	}
	if again := x.must("1301", asked("ver", "0")); again.text("data_cnt") != "0" {
		t.Errorf("%s", again.Output)
	}
}
