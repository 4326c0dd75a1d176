package counter

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"tongchou/internal/exchange/fsi"
)

// upload sends a text as a file and gives its number.
func (x *hospital) upload(text string) string {
	x.t.Helper()
	r := x.must("9101", map[string]any{"fsUploadIn": data("in", base64.StdEncoding.EncodeToString(fsi.Pack("d.txt", text)), "filename", "d.txt.zip", "fixmedins_code", x.by.Code)})
	var no string
	if err := json.Unmarshal(r.Output["file_qury_no"], &no); err != nil {
		x.t.Fatal(err)
	}
	return no
}

// fetch gets a file, or what is said in its place.
func (x *hospital) fetch(info fsi.Row) (string, reply) {
	x.t.Helper()
	message := x.message("9102", map[string]any{"fsDownloadIn": data("file_qury_no", info["file_qury_no"], "filename", info["filename"], "fixmedins_code", x.by.Code)})
	body, err := json.Marshal(message)
	if err != nil {
		x.t.Fatal(err)
	}
	var first string
	for range 2 { // the same message again gives the file again
		answer, err := x.Handle(x.t.Context(), x.by, body)
		if err != nil {
			x.t.Fatal(err)
		}
		if answer[0] == '{' {
			var r reply
			if err := json.Unmarshal(answer, &r); err != nil {
				x.t.Fatal(err)
			}
			return "", r
		}
		if first != "" && first != string(answer) {
			x.t.Error("another file")
		}
		first = string(answer)
	}
	text, err := fsi.Unpack("file", []byte(first))
	if err != nil {
		x.t.Fatal(err)
	}
	return text, reply{}
}

// A hospital's file is compared with the sub-ledger row by row: the answer tells how many differ, and its file which and why.
func TestDetailedReconciliation(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	h := newHall(t, t.TempDir())
	x, other := h.hospital("H51010400001", "01"), h.hospital("H51010400002", "01")
	var settled []fsi.Row
	for _, serial := range []int{91, 92, 93} {
		p := x.patient(h.person(serial), serial)
		p.stay("2026-11-15", "2026-11-22")
		info := adds(t, x.must("2304", map[string]any{"data": p.own(staySums...)}))
		info["psn_no"], info["mdtrt_id"] = p.no, p.visit
		settled = append(settled, info)
		if serial == 93 {
			back := x.must("2305", map[string]any{"data": p.own("setl_id", info["setl_id"])}).row("setlinfo")
			back["psn_no"], back["mdtrt_id"] = p.no, p.visit
			settled = append(settled, back)
		}
	}
	line := func(s fsi.Row, funds, flag string) string {
		return strings.Join([]string{s["setl_id"], s["mdtrt_id"], s["psn_no"], s["medfee_sumamt"], funds, "0", flag}, "\t") + "\n"
	}
	asked := func(no, total, funds, count string) map[string]any {
		return map[string]any{"data": data("clr_type", "21", "setl_optins", "510104", "file_qury_no", no, "stmt_begndate", "2026-11-01", "stmt_enddate", "2026-11-30", "medfee_sumamt", total,
			"fund_pay_sumamt", funds, "cash_payamt", "18075.00", "fixmedins_setl_cnt", count)}
	}
	whole := line(settled[0], "11587.50", "0") + line(settled[1], "11587.50", "") + line(settled[2], "11587.50", "0") + line(settled[3], "-11587.50", "1")
	r := x.must("3202", asked(x.upload(whole), "41250.00", "23175.00", "4"))
	if info := r.row("stmtinfo"); info["stmt_rslt"] != "0" || info["diff_cnt"] != "0" || r.Warn != "" {
		t.Errorf("%v %s", info, r.Warn)
	}
	if text, _ := x.fetch(r.row("fileinfo")); text != "" {
		t.Errorf("%q", text)
	}
	wrong := line(settled[0], "11587.51", "0") + line(settled[2], "11587.50", "0") + line(settled[3], "-11587.50", "1") + "S9\tV9\t9\t1.00\t0.00\t0\t0\n"
	no := x.upload(wrong)
	message := x.message("3202", asked(no, "20626.00", "11587.51", "4"))
	r, first := x.send(message)
	if info := r.row("stmtinfo"); info["stmt_rslt"] != "1" || info["diff_cnt"] != "3" {
		t.Fatalf("%s", first)
	}
	if _, again := x.send(message); again != first {
		t.Errorf("again: %s", again)
	}
	text, _ := x.fetch(r.row("fileinfo"))
	results := map[string][]string{}
	for row := range strings.Lines(text) {
		cells := strings.Split(strings.TrimSpace(row), "\t")
		results[cells[2]] = cells
	}
	a, b, c := results[settled[0]["setl_id"]], results[settled[1]["setl_id"]], results["S9"]
	if len(results) != 3 || a[4] != fsi.Differing || b[4] != fsi.OursOnly || c[4] != fsi.TheirsOnly || !strings.Contains(a[6], "11587.51") || a[8] != "11587.50" || b[3] == "" {
		t.Errorf("%q", text)
	}
	if _, r := other.fetch(r.row("fileinfo")); r.Code != -1 || !strings.Contains(r.Error, "没有这个文件") {
		t.Errorf("another hospital: %+v", r)
	}
	x.refused("another count", "fixmedins_setl_cnt", "3202", asked(no, "20626.00", "11587.51", "3"))
	x.refused("another sum", "fund_pay_sumamt", "3202", asked(no, "20626.00", "11587.50", "4"))
	x.refused("a file that is none", "没有这个文件", "3202", asked("1", "0", "0", "0"))
	other.refused("another hospital's file", "没有这个文件", "3202", asked(no, "20626.00", "11587.51", "4"))
	x.refused("a wrong row", "第 2 行 acct_pay 的值“x”不对", "3202", asked(x.upload("S1\tV1\t1\t1\t1\t0\t\nS2\tV1\t1\t1\t1\tx\t\n"), "2", "2", "2"))
	x.refused("no zip", "zip", "9101", map[string]any{"fsUploadIn": data("in", "AAAA", "filename", "a.zip", "fixmedins_code", x.by.Code)})
	x.refused("a folder", "文件名", "9101", map[string]any{"fsUploadIn": data("in", base64.StdEncoding.EncodeToString(fsi.Pack("a", "")), "filename", "../a.zip", "fixmedins_code", x.by.Code)})
	if err := verified(t, h); err != nil {
		t.Error(err)
	}
	now := h.Now().Add(8 * 24 * time.Hour)
	h.Now = func() time.Time { return now }
	x.sign = x.must("9001", map[string]any{"signIn": map[string]any{"opter_no": "op", "ip": "192.0.2.1"}}).row("signinoutb")["sign_no"]
	if _, r := x.fetch(fsi.Row{"file_qury_no": no, "filename": "d.txt.zip"}); r.Code != -1 {
		t.Error("a file whose time is over")
	}
	x.upload("")
	if err := verified(t, h); err != nil {
		t.Error(err)
	}
}

// An institution keeps a bounded number of files.
func TestFilesAreBounded(t *testing.T) {
	h := newHall(t, t.TempDir())
	x := h.hospital("H51010400001", "01")
	for range mostFiles {
		x.upload("")
	}
	x.refused("one too many", fmt.Sprint(mostFiles), "9101", map[string]any{"fsUploadIn": data("in", base64.StdEncoding.EncodeToString(fsi.Pack("a", "")), "filename", "a.zip", "fixmedins_code", x.by.Code)})
}
