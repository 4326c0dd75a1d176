package fsi

import (
	"archive/zip"
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/fault"
	"tongchou/internal/money"
)

// A file of settlements is read in the order of the interface or of its titles; every wrong value is told with its row and column.
func TestReadDetails(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	plain := "S1\tV1\t7\t100.00\t60.00\t0\t0\r\n\r\nS2\tV1\t7\t-100.00\t-60.00\t0.00\t1"
	titled := "psn_no\tsetl_id\tmdtrt_id\trefd_setl_flag\tacct_pay\tfund_pay_sumamt\tmedfee_sumamt\n7\tS1\tV1\t\t0\t60\t100\n7\tS2\tV1\t1\t0\t-60\t-100\n"
	for _, text := range []string{plain, titled} {
		all, err := ReadDetails("a.txt", text)
		if err != nil || len(all) != 2 || all[0].Total != 100_00 || all[1].Funds != -60_00 || !all[1].Undoing || all[0].Person != "7" || all[0].Visit != "V1" {
			t.Errorf("%+v %v", all, err)
		}
	}
	_, err := ReadDetails("a.txt", "S1\tV1\t7\t100.001\t60\t0\t2\nS1\tV1\t7\n\tV1\t7\t1e3\t6\t0\t\nS1\tV1\t7\t1\t1\t0\t0\n")
	var r *fault.Refusal
	if !errors.As(err, &r) {
		t.Fatal(err)
	}
	var got []string
	for _, p := range r.Problems {
		got = append(got, p.Key+" "+p.Column)
		if p.File != "a.txt" || p.Row == 0 {
			t.Errorf("%+v", p)
		}
	}
	want := "fsi.detail.amount medfee_sumamt,fsi.detail.flag refd_setl_flag,fsi.detail.cells ,fsi.detail.text setl_id,fsi.detail.amount medfee_sumamt,fsi.detail.twice setl_id"
	if strings.Join(got, ",") != want {
		t.Errorf("%q", got)
	}
	for _, text := range []string{"setl_id\tmdtrt_id\n", strings.Repeat("x\t", 9)} {
		if _, err := ReadDetails("a.txt", text); err == nil {
			t.Errorf("%q", text)
		}
	}
}

// Rows that one side alone has, or that differ, are found; no others.
func TestCompare(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	rapid.Check(t, func(t *rapid.T) {
		const same, oursOnly, theirsOnly, differs = 0, 1, 2, 3
		var ours, theirs []Detail
		want := map[string]string{}
		for i, kind := range rapid.SliceOf(rapid.IntRange(same, differs)).Draw(t, "kinds") {
			d := Detail{Settlement: "S" + string(rune('0'+i%10)) + strings.Repeat("x", i/10), Visit: "V", Person: "7", Total: money.Fen(rapid.Int64Range(0, 1e9).Draw(t, "total"))}
			their := d
			if rapid.Bool().Draw(t, "undoing") { // the institution may call it by what it undoes
				d.Undoing, their.Undoing, d.Undone = true, true, d.Settlement+"o"
				if rapid.Bool().Draw(t, "by the first") {
					their.Settlement = d.Undone
				}
			}
			switch kind {
			case oursOnly:
				ours, want[d.Settlement] = append(ours, d), OursOnly
				continue
			case theirsOnly:
				theirs, want[their.Settlement] = append(theirs, their), TheirsOnly
				continue
			case differs:
				their.Funds++
				want[d.Settlement] = Differing
			}
			ours, theirs = append(ours, d), append(theirs, their)
		}
		got := map[string]string{}
		for _, d := range Compare(theirs, ours) {
			got[d.any().Settlement] = d.Result
			if cells := strings.Split(d.Line("a\tb\nc"), "\t"); len(cells) != 10 || cells[4] != d.Result || cells[6] != "a b c" {
				t.Errorf("%q", cells)
			}
			if d.Result == Differing && (len(d.Fields) != 1 || d.Fields[0] != "fund_pay_sumamt") {
				t.Errorf("%v", d.Fields)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%v, want %v", got, want)
		}
		for id, result := range want {
			if got[id] != result {
				t.Errorf("%s: %q, want %s", id, got[id], result)
			}
		}
	})
}

// What is no zip of one text of a bounded size is refused, whatever the zip's head says.
func TestUnpack(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	if text, err := Unpack("in", Pack("a.txt", "\ufeff合成")); err != nil || text != "合成" {
		t.Errorf("%q %v", text, err)
	}
	bomb := Pack("a.txt", strings.Repeat("0", MostTextBytes+1))
	if len(bomb) > 100_000 {
		t.Fatalf("%d bytes", len(bomb))
	}
	var two bytes.Buffer
	w := zip.NewWriter(&two)
	for _, name := range []string{"a", "b"} {
		if _, err := w.Create(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for key, zipped := range map[string][]byte{"fsi.zip_text": bomb, "fsi.zip_files": two.Bytes(), "fsi.not_zip": []byte("PK"), "fsi.not_utf8": Pack("a", "\xff")} {
		_, err := Unpack("in", zipped)
		var r *fault.Refusal
		if !errors.As(err, &r) || r.Problems[0].Key != key {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestBytes(t *testing.T) {
	row := func(in string) string {
		return `{"infno":"9101","msgid":"H51010400001202611231000000001","mdtrtarea_admvs":"510104","opter":"op","inf_time":"2026-11-23 10:00:00","fixmedins_code":"H51010400001",` +
			`"input":{"fsUploadIn":{"in":` + in + `,"filename":"a.zip","fixmedins_code":"H51010400001"}}}`
	}
	for in, want := range map[string]string{`"AP//"`: "\x00\xff\xff", `[0,255,-1]`: "\x00\xff\xff"} {
		r, err := Read([]byte(row(in)))
		if err != nil || string(r.Input.One("fsUploadIn").Bytes("in")) != want {
			t.Errorf("%s: %v", in, err)
		}
	}
	for in, key := range map[string]string{`"?"`: "fsi.bytes", `[256]`: "fsi.bytes", `["1"]`: "fsi.bytes", `{}`: "fsi.bytes", `""`: "fsi.missing", `null`: "fsi.missing",
		`"` + strings.Repeat("AAAA", MostFileBytes/3+2) + `"`: "fsi.file_too_large"} {
		_, err := Read([]byte(row(in)))
		var r *fault.Refusal
		if !errors.As(err, &r) || r.Problems[0].Key != key {
			t.Errorf("%.20s: %v", in, err)
		}
	}
}

// Whatever a file holds, it is read or refused; what was read agrees with itself.
func FuzzReadDetails(f *testing.F) {
	f.Add([]byte(Pack("a.txt", "S1\tV1\t7\t100.00\t60.00\t0\t0\n")))
	f.Add([]byte(Pack("a.txt", "psn_no\tsetl_id\tmdtrt_id\trefd_setl_flag\tacct_pay\tfund_pay_sumamt\tmedfee_sumamt\n7\tS1\tV1\t1\t0\t60\t100")))
	f.Add([]byte("setl_id\t\t\n\t\t"))
	f.Add([]byte("S1\tV1\t7\t-99999999999999.99\t60.00\t0\t1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		text, err := Unpack("in", b)
		if err != nil {
			text = string(b)
		}
		all, err := ReadDetails("a", text)
		var r *fault.Refusal
		if err != nil && !errors.As(err, &r) {
			t.Fatal(err)
		}
		if err != nil {
			return
		}
		if d := Compare(all, all); d != nil {
			t.Fatalf("%+v", d)
		}
	})
}
