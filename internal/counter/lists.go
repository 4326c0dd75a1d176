package counter

import (
	"cmp"
	"encoding/json"
	"strconv"

	"tongchou/internal/enrol"
	"tongchou/internal/exchange/fsi"
	"tongchou/internal/money"
	"tongchou/internal/store"
)

// findByCertificate finds the person of a settlement list by his document.
func (c *call) findByCertificate(row fsi.Row) error {
	d := enrol.Document{Kind: enrol.DocumentKind(row["patn_cert_type"]), Number: row["certno"]}
	return c.found(c.Store.Exchange().ByDocument(c.ctx, store.ScopeOf(c.Province), d))("setlinfo.certno", d.Number)
}

// settlementList (4101, 4101A 医保基金结算清单上传) keeps what the institution sends of the care behind a settlement. It agrees with the settlement and with itself; sent anew, the later one holds.
//
// 依据: YA-4.8.2
func (c *call) settlementList() error {
	row := c.Input.One("setlinfo")
	s, v, _, err := c.settledOf("setlinfo", row)
	switch {
	case err != nil:
		return err
	case s.Mirrors != "" || s.UndoneBy != "":
		return refused("setlinfo.setl_id", s.ID, "settled.reversed_already")
	}
	for _, check := range []func(fsi.Row, *store.Settled, *visit) error{c.listedCare, c.listedDiagnoses, c.listedAmounts} {
		if err := check(row, &s, v); err != nil {
			return err
		}
	}
	if _, content, found, err := c.listOf(s.ID); err != nil || found && stateOf(content) == submittedList {
		return cmp.Or(err, error(refused("setlinfo.setl_id", s.ID, "fsi.list_submitted")))
	}
	l, _, err := c.h.List(c.about.No, s.ID, c.Infno)
	if err != nil {
		return err
	}
	l.Institution = c.by.Code
	if l.Content, err = json.Marshal(c.Input); err != nil {
		return err
	}
	c.h.Object = s.ID
	c.out[""] = []fsi.Row{{"setl_list_id": s.ID}}
	return c.h.SaveList(l)
}

// listedCare refuses what a list says otherwise than the visit.
func (c *call) listedCare(row fsi.Row, _ *store.Settled, v *visit) error {
	if code := row["fixmedins_code"]; code != "" && code != c.by.Code {
		return refused("setlinfo.fixmedins_code", code, "fsi.other_institution", "own", c.by.Code)
	}
	if name := row["psn_name"]; name != "" && enrol.PlainName(name) != enrol.PlainName(c.about.Identity().Name) {
		return refused("setlinfo.psn_name", name, "fsi.other_name")
	}
	if day, _ := fsi.Day(row["adm_time"]); v.Stay && day != "" && day != string(v.Begin) {
		return refused("setlinfo.adm_time", row["adm_time"], "fsi.as_registered", "registered", string(v.Begin))
	}
	if day, _ := fsi.Day(row["dscg_time"]); v.Stay && day != "" && v.Left != "" && day != string(v.Left) {
		return refused("setlinfo.dscg_time", row["dscg_time"], "fsi.as_registered", "registered", string(v.Left))
	}
	return nil
}

// listedDiagnoses refuses a list without one main diagnosis, and counts that are not those of its rows.
func (c *call) listedDiagnoses(row fsi.Row, _ *store.Settled, _ *visit) error {
	main := 0
	for _, d := range c.Input["diseinfo"] {
		if d["maindiag_flag"] == "1" {
			main++
		}
	}
	if main != 1 {
		return refused("diseinfo.maindiag_flag", strconv.Itoa(main), "fsi.one_main")
	}
	for _, x := range []struct{ field, node string }{{"diag_code_cnt", "diseinfo"}, {"oprn_oprt_code_cnt", "oprninfo"}} {
		if count := strconv.Itoa(len(c.Input[x.node])); row[x.field] != "" && row[x.field] != count {
			return refused("setlinfo."+x.field, row[x.field], "fsi.not_of_rows", "node", x.node, "sum", count)
		}
	}
	return nil
}

// listedAmounts refuses amounts that are not those of the settlement, and items that do not add up. 4101A has none.
func (c *call) listedAmounts(row fsi.Row, s *store.Settled, _ *visit) error {
	if c.Infno != "4101" {
		return nil
	}
	amount := func(text string) money.Fen {
		f, _ := money.ParseFen(text) // a number that was checked
		return f
	}
	own := s.Account + s.Family + s.Cash
	if given := amount(row["psn_selfpay"]) + amount(row["psn_ownpay"]); given != own {
		return refused("setlinfo.psn_selfpay", given.String(), "fsi.not_of_settlement", "sum", own)
	}
	for _, x := range []struct {
		field string
		sum   money.Fen
	}{{"psn_ownpay", s.SelfPaidWhole}, {"acct_pay", s.Account + s.Family}, {"psn_cashpay", s.Cash}} {
		if amount(row[x.field]) != x.sum {
			return refused("setlinfo."+x.field, row[x.field], "fsi.not_of_settlement", "sum", x.sum)
		}
	}
	var funds, total money.Fen
	for _, p := range c.Input["payinfo"] {
		funds += amount(p["fund_payamt"])
	}
	if funds != s.Funds() {
		return refused("payinfo.fund_payamt", funds.String(), "fsi.not_of_settlement", "sum", s.Funds())
	}
	for i, item := range c.Input["iteminfo"] {
		parts := amount(item["claa_sumfee"]) + amount(item["clab_amt"]) + amount(item["fulamt_ownpay_amt"]) + amount(item["oth_amt"])
		if parts != amount(item["amt"]) {
			return refused("iteminfo["+strconv.Itoa(i+1)+"].amt", item["amt"], "fsi.not_of_parts", "sum", parts)
		}
		total += parts
	}
	if total != s.Total {
		return refused("iteminfo.amt", total.String(), "fsi.not_of_settlement", "sum", s.Total)
	}
	return nil
}
