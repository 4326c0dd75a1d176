package counter

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/exchange/fsi"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/store"
)

// The states of a settlement list (stas_type). The field list gives no codes; these are ours.
const (
	openList      = "0" // may be sent anew
	submittedList = "1"
)

// listKinds are the transactions that settlement lists come with. The first one on file is answered.
var listKinds = []string{"4101", "4101A"}

// listStates is the node of a list's content that says its state, as 4102 names it.
const listStates = "stastinfo"

// listOf finds the list of a settlement of the person, whichever transaction it came with.
func (c *call) listOf(id string) (l store.SettlementList, content fsi.Input, found bool, err error) {
	for _, kind := range listKinds {
		if l, found, err = c.h.List(c.about.No, id, kind); err != nil || found {
			break
		}
	}
	if err != nil || !found {
		return l, nil, found, err
	}
	if err := json.Unmarshal(l.Content, &content); err != nil {
		return l, nil, true, fault.Wrap(err, "fsi.failed")
	}
	return l, content, true, nil
}

// ownSettlement finds a settlement of the person at the institution by its number.
func (c *call) ownSettlement(field, id string) (store.Settled, error) {
	s, found, err := c.h.Settlement(c.about.No, id)
	if err == nil && (!found || s.Institution != c.by.Code) {
		err = refused(field, id, "fsi.no_settlement")
	}
	return s, err
}

// setListState (4102 结算清单状态修改) says of lists that they are submitted, or may be sent anew.
//
// 依据: YA-4.8.2
func (c *call) setListState() error {
	for i, row := range c.Input[listStates] {
		at := fmt.Sprintf("%s[%d]", listStates, i+1)
		if state := row["stas_type"]; state != openList && state != submittedList {
			return refused(at+".stas_type", state, "fsi.list_state")
		}
		s, err := c.ownSettlement(at+".setl_id", row["setl_id"])
		if err != nil {
			return err
		}
		if s.Mirrors != "" || s.UndoneBy != "" {
			return refused(at+".setl_id", s.ID, "settled.reversed_already")
		}
		l, content, found, err := c.listOf(s.ID)
		switch {
		case err != nil:
			return err
		case !found:
			return refused(at+".setl_id", s.ID, "fsi.no_list")
		}
		content[listStates] = []fsi.Row{{"stas_type": row["stas_type"]}}
		if l.Content, err = json.Marshal(content); err != nil {
			return err
		}
		if err := c.h.SaveList(l); err != nil {
			return err
		}
	}
	return nil
}

// stateOf is the state of a list.
func stateOf(content fsi.Input) string {
	if state := content.One(listStates)["stas_type"]; state != "" {
		return state
	}
	return openList
}

// sentNames are what the fields of 4103 are called in the list as it was sent, where that is something else.
var sentNames = map[string]string{"age_days": "nwb_age", "emp_poscode": "poscode", "opsp_mdtrt_time": "opsp_mdtrt_date", "adm_way_code": "adm_way", "refl_caty": "refldept_dept",
	"otp_wm_diag": "otp_wm_dise", "otp_wm_diag_dise_code": "wm_dise_code", "otp_tcm_diag": "otp_tcm_dise", "otp_tcm_diag_dise_code": "tcm_dise_code", "acp_optins_name": "acp_medins_name",
	"dscg31days_rinp_flag": "days_rinp_flag_31", "rinp_pup": "days_rinp_pup_31", "setl_begndate": "setl_begn_date", "setl_enddate": "setl_end_date", "hsorg_opter_name": "hsorg_opter", "hsorg_name": "hsorg",
	"med_chrgitm_type": "med_chrgitm", "item_sumamt": "amt", "item_claa_amt": "claa_sumfee", "item_clab_amt": "clab_amt", "item_ownpay_amt": "fulamt_ownpay_amt", "item_oth_amt": "oth_amt",
	"main_oprn_flag": "oprn_oprt_type"}

// durations are fields that a list has as days/hours/minutes, and 4103 one by one.
var durations = map[string][3]string{"vent_used_dura": {"vent_used_days", "vent_used_h_cnt", "vent_used_m_cnt"},
	"pwcry_bfadm_coma_dura": {"bfadm_coma_days", "bfadm_coma_h_cnt", "bfadm_coma_m_cnt"}, "pwcry_afadm_coma_dura": {"afadm_coma_days", "afadm_coma_h_cnt", "afadm_coma_m_cnt"}}

// sentList (4103 结算清单查询) gives the list of a settlement as it was sent; what 4101A does not say of the settlement stands as it was settled.
//
// 依据: YA-4.8.2
func (c *call) sentList() error {
	s, err := c.ownSettlement("data.setl_id", c.Input.One("data")["setl_id"])
	if err != nil {
		return err
	}
	_, content, found, err := c.listOf(s.ID)
	switch {
	case err != nil:
		return err
	case !found:
		return refused("data.setl_id", s.ID, "fsi.no_list")
	}
	if len(content["payinfo"]) == 0 {
		content["payinfo"] = c.funds(&s)
	}
	for i := range c.Out {
		node := &c.Out[i]
		for n, sent := range content[node.Name] {
			c.out[node.Name] = append(c.out[node.Name], sentRow(node, sent, &s, n))
		}
	}
	c.completeList(c.out["setlinfo"][0], content, &s)
	return nil
}

// funds are what each fund paid of a settlement.
func (c *call) funds(s *store.Settled) (out []fsi.Row) {
	for _, x := range []struct {
		kind string
		paid money.Fen
	}{{basicFund(s.Insurance.Code()), s.Basic}, {"390200", s.Catastrophic}, {"330100", s.Large}, {"610100", s.Aid}, {"999997", s.Other}} {
		if x.paid != 0 {
			out = append(out, fsi.Row{"fund_pay_type": x.kind, "fund_payamt": x.paid.String()})
		}
	}
	return out
}

// sentRow is a row of a list by the fields of 4103.
func sentRow(node *fsi.Node, sent fsi.Row, s *store.Settled, n int) fsi.Row {
	row := fsi.Row{}
	for _, f := range node.Fields {
		name, other := sentNames[f.Name]
		if !other {
			name = f.Name
		}
		if row[f.Name] = sent[name]; f.Name != "setl_list_sn" && strings.HasPrefix(strings.ToLower(f.Name), "setl_list_") {
			row[f.Name] = strconv.Itoa(n + 1)
		}
	}
	for name, parts := range durations {
		for i, part := range strings.SplitN(sent[name], "/", 3) {
			if _, has := row[parts[i]]; has {
				row[parts[i]] = part
			}
		}
	}
	row["setl_id"], row["psn_no"], row["mdtrt_id"] = s.ID, strconv.FormatInt(int64(s.Person), 10), s.Visit
	return row
}

// completeList fills in what the settlement and the person's file say.
func (c *call) completeList(row fsi.Row, content fsi.Input, s *store.Settled) {
	who, own := c.about.Identity(), s.Account+s.Family+s.Cash
	for name, value := range map[string]string{"setl_list_sn": s.ID, "fixmedins_code": c.by.Code, "fixmedins_name": c.by.Name, "psn_name": who.Name, "gend": string(who.Sex), "brdy": string(who.Birth),
		"psn_cert_type": string(who.Kind), "certno": who.Number, "insutype": s.Insurance.Code(), "insu_admdvs": string(s.County), "stas_type": stateOf(content), "age": strconv.Itoa(age(who.Birth, s.On)),
		"psn_selfpay_amt": (own - s.SelfPaidWhole).String(), "psn_ownpay_fee": s.SelfPaidWhole.String(), "acct_payamt": (s.Account + s.Family).String(), "psn_cashpay": s.Cash.String()} {
		if _, has := row[name]; has && row[name] == "" {
			row[name] = value
		}
	}
}

// checkedLists (4104 结算清单质控结果查询) tells which lists of a month stood the checks. One that does not is refused when it is sent, so that there are no others.
//
// 依据: YA-4.8.2
func (c *call) checkedLists() error {
	row := c.Input.One("data")
	settled, err := c.settledIn(row["setl_ym"])
	if err != nil {
		return err
	}
	listed, err := c.h.Listed(c.by.Code, settled.from, settled.to)
	if err != nil {
		return err
	}
	var found []store.Settled
	for _, s := range settled.rows {
		if listed[s.ID] && (row["setl_id"] == "" || row["setl_id"] == s.ID) && (c.about.File == nil || s.Person == c.about.No) && row["err_lv"] == "" && row["retn_flag"] != "1" {
			found = append(found, s)
		}
	}
	return c.page(len(found), func(i int) fsi.Row {
		s := &found[i]
		out := fsi.Row{"fixmedins_code": c.by.Code, "fixmedins_name": c.by.Name, "setl_ym": row["setl_ym"], "setl_id": s.ID, "psn_no": strconv.FormatInt(int64(s.Person), 10),
			"qltctrl_rslt": c.by.Say(fault.Msg("fsi.list_passed")), "retn_flag": "0"}
		if c.about.File != nil {
			who := c.about.Identity()
			out["psn_name"], out["psn_cert_type"], out["cert_no"] = who.Name, string(who.Kind), who.Number
		}
		return out
	})
}

// settledSpan is what an institution settled from one day to another.
type settledSpan struct {
	from, to policy.Date
	rows     []store.Settled
}

// settledIn is what the institution settled in a month, of six digits.
func (c *call) settledIn(month string) (settledSpan, error) {
	var first policy.Date
	if len(month) == len("202611") {
		first = policy.Date(month[:4] + "-" + month[4:] + "-01")
	}
	if _, ok := fsi.Day(string(first)); !ok {
		return settledSpan{}, refused("data.setl_ym", month, "fsi.list_month")
	}
	return c.settledFrom("data.setl_ym", first, policy.Date(month[:4]+"-"+month[4:]+"-31"))
}

func (c *call) settledFrom(field string, from, to policy.Date) (span settledSpan, err error) {
	span = settledSpan{from: from, to: to}
	var more bool
	span.rows, more, err = c.h.Settled(store.SettledQuery{Institution: c.by.Code, From: from, To: to, Most: fsi.MostDetails})
	if err == nil && more {
		err = refused(field, string(to), "fsi.many_settlements", "most", fsi.MostDetails)
	}
	return span, err
}

// countLists (4105 结算清单数量统计) counts the settlements of some days, and those of them whose list was sent. Those that were undone are counted only when they are asked for (refd_setl_flag 1).
//
// 依据: YA-4.8.2
func (c *call) countLists() error {
	row := c.Input.One("data")
	if row["fixmedins_code"] != "" {
		if err := c.ownFile("data", row); err != nil {
			return err
		}
	}
	if flag := row["refd_setl_flag"]; flag != "" && flag != "0" && flag != "1" {
		return refused("data.refd_setl_flag", flag, "fsi.refund_flag")
	}
	from, _ := fsi.Day(row["stt_begntime"]) // days that were checked
	to, _ := fsi.Day(row["stt_endtime"])
	if to < from {
		return refused("data.stt_endtime", to, "fsi.ends_before", "begin", from)
	}
	settled, err := c.settledFrom("data.stt_endtime", policy.Date(from), policy.Date(to))
	if err != nil {
		return err
	}
	listed, err := c.h.Listed(c.by.Code, settled.from, settled.to)
	if err != nil {
		return err
	}
	all, with := 0, 0
	for i := range settled.rows {
		counts, err := countsIn(&settled.rows[i], row)
		if err != nil {
			return err
		}
		if counts {
			all++
			if listed[settled.rows[i].ID] {
				with++
			}
		}
	}
	c.out[""] = []fsi.Row{{"fixmedins_code": c.by.Code, "fixmedins_name": c.by.Name, "setl_cnt": strconv.Itoa(all), "setl_list_cnt": strconv.Itoa(with)}}
	return nil
}

// countsIn tells whether a settlement is one that 4105 asks for.
func countsIn(s *store.Settled, asked fsi.Row) (bool, error) {
	if s.Mirrors != "" || (s.UndoneBy != "") != (asked["refd_setl_flag"] == "1") || !amongst(asked["clr_way_list"], itemWay) {
		return false, nil
	}
	if asked["medtype_list"] == "" {
		return true, nil
	}
	var content settledContent
	if err := json.Unmarshal(s.Content, &content); err != nil {
		return false, fault.Wrap(err, "fsi.failed")
	}
	return amongst(asked["medtype_list"], content.MedType), nil
}

// itemWay is clearing by item (clr_way), which is how settlements are cleared here.
const itemWay = "1"

// amongst tells whether a list with commas names something, or nothing at all.
func amongst(list, value string) bool {
	return list == "" || slices.Contains(strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == '，' || r == ' ' }), value)
}
