package exchange

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"tongchou/internal/fault"
	"tongchou/internal/locale"
)

const voucherHeads = "凭证序号,日期,摘要,科目,辅助核算,借方,贷方,依据类别,依据编号,批准文件,数据性质\n"

func TestVouchersAreReadLineByLine(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	in := Input{Name: "凭证.csv", Content: []byte(voucherHeads +
		"1,2026-01-05,合成数据：拨付,500101,,100.50,,,支-1,,合成数据\n1,,,1003,,,100.50,,,,合成数据\n" +
		"2,20260106,合成数据：补助,1003,,7,,回单,R-9,,\n2,2026-01-06,,4101,中央,,7,,R-9,,\n")}
	got, h, err := ReadVouchers(in)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || len(got[0].Lines) != 2 || got[0].Date != "2026-01-05" || got[0].Lines[1].Credit != 10050 || !got[0].Lines[1].HasCredit || !got[0].Synthetic {
		t.Errorf("%+v", got)
	}
	if v := got[1]; v.Date != "2026-01-06" || !v.Receipt || v.Source != "R-9" || v.Row != 4 || v.Lines[1].Of != "中央" {
		t.Errorf("%+v", v)
	}
	if h.Of("voucher_date") != "日期" || h.Of("decision") != "批准文件" {
		t.Errorf("%v", h)
	}
}

func TestVouchersAreRefusedRowByRow(t *testing.T) {
	for _, c := range []struct {
		rows string
		want []string // row, column and key
	}{
		{"", []string{"0//exchange.rows.none"}},
		{"1,,,1003,,1,,,,,\n", []string{"2/日期/exchange.voucher.first_line", "2/摘要/exchange.voucher.first_line", "2/依据编号/exchange.voucher.first_line"}},
		{"1,2026-01-05,a,1003,,1,,,x,,\n2,2026-01-05,b,1003,,1,,,y,,\n1,,,1003,,,1,,,,\n", []string{"4/凭证序号/exchange.voucher.again"}},
		{"1,2026-01-05,a,1003,,1,,,x,,\n1,2026-01-06,b,1003,,,1,,y,z,\n",
			[]string{"3/日期/exchange.voucher.differs", "3/摘要/exchange.voucher.differs", "3/依据编号/exchange.voucher.differs", "3/批准文件/exchange.voucher.differs"}},
		{",2026-13-05,a,,,1.234,x,账单,x,,真\n", []string{"2/凭证序号/exchange.blank", "2/日期/exchange.day", "2/科目/exchange.blank", "2/借方/exchange.amount.decimals",
			"2/贷方/exchange.amount.not_number", "2/依据类别/exchange.voucher.source_kind", "2/数据性质/exchange.data_kind"}},
	} {
		in := Input{Name: "凭证.csv", Content: []byte(voucherHeads + c.rows)}
		_, _, err := ReadVouchers(in)
		var refusal *fault.Refusal
		if !errors.As(err, &refusal) {
			t.Errorf("%q: %v", c.rows, err)
			continue
		}
		var got []string
		for _, p := range refusal.Problems {
			got = append(got, strings.Join([]string{itoa(p.Row), p.Column, p.Message.Key}, "/"))
			if p.File != in.Name {
				t.Errorf("%+v", p)
			}
		}
		if strings.Join(got, " ") != strings.Join(c.want, " ") {
			t.Errorf("%q:\n%v, want\n%v", c.rows, got, c.want)
		}
	}
}

func TestVoucherTemplateReadsBackEmpty(t *testing.T) {
	for _, lang := range []locale.Lang{locale.ZH, locale.EN} {
		p, err := locale.New(lang)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		offer := VoucherOffer{Accounts: [][2]string{{"1003 财政专户存款", ""}, {"4101 财政补贴收入", "政府级次"}}, Of: []string{"中央"}}
		if err := WriteVoucherTemplate(&out, offer, p); err != nil {
			t.Fatal(err)
		}
		_, _, err = ReadVouchers(Input{Name: "t.xlsx", Content: out.Bytes()})
		var refusal *fault.Refusal
		if !errors.As(err, &refusal) || len(refusal.Problems) != 1 || refusal.Problems[0].Message.Key != "exchange.rows.none" {
			t.Errorf("%s: %v", lang, err)
		}
	}
}

func FuzzReadVouchers(f *testing.F) {
	f.Add([]byte(voucherHeads + "1,2026-01-05,a,1003,,1,,,x,,\n1,,,4101,中央,,1,,,,\n"))
	f.Add([]byte("voucher_no,date,summary,account,debit,credit,source\n1,45662,a,1003,1,,x\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		got, _, err := ReadVouchers(Input{Name: "f.csv", Content: content})
		var refusal *fault.Refusal
		if err != nil && !errors.As(err, &refusal) {
			t.Fatal(err)
		}
		for _, v := range got {
			if len(v.Lines) == 0 || v.Lines[0].Voucher != v.Voucher {
				t.Fatalf("%+v", v)
			}
			for _, l := range v.Lines {
				if l.Voucher != v.Voucher || l.Row < v.Row {
					t.Fatalf("%+v in %+v", l, v)
				}
			}
		}
	})
}
