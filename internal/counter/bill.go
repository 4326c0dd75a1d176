package counter

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"tongchou/internal/benefit"
	"tongchou/internal/enrol"
	"tongchou/internal/exchange/fsi"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/register"
	"tongchou/internal/store"
)

// bill (结算单) is a visit's charges settled.
type bill struct {
	*visit
	batch    string
	in       insured
	facts    benefit.Visit
	schedule *benefit.Schedule
	used     store.Used
	after    benefit.Accumulators
	result   benefit.Settlement
	lacks    register.Why
}

// try (2206 门诊预结算, 2303 住院预结算) says what a settlement would come to, and changes nothing.
func (c *call) try() error {
	b, err := c.bill()
	if err != nil {
		return err
	}
	s, content := b.settled("", c.today()), b.content()
	c.paying.own.Balance -= s.Account // as it would be
	c.tell(b, &s, &content)
	return nil
}

// settle (2207 门诊结算, 2304 住院结算) settles, and keeps what the year has used with it.
func (c *call) settle() error {
	b, err := c.bill()
	if err != nil {
		return err
	}
	s, content := b.settled(c.newID(), c.today()), b.content()
	content.Message, content.Drawn = c.Message, c.drawn(b.result.Account, b.result.Family)
	if s.Content, err = json.Marshal(content); err != nil {
		return err
	}
	if err := c.h.AddSettlement(s, b.after); err != nil {
		return err
	}
	if err := c.payFromAccounts(s.ID, content.Drawn); err != nil {
		return err
	}
	c.h.Object = s.ID
	if b.Settled == nil {
		b.Settled = map[string]string{}
	}
	b.Settled[b.batch] = s.ID
	c.tell(b, &s, &content)
	return c.save(b.visit)
}

// settled is the bill as a row of the sub-ledger, without its content.
func (b *bill) settled(id string, today policy.Date) store.Settled {
	return store.Settled{Person: b.Person, ID: id, Visit: b.ID, Institution: b.Institution, County: b.in.county, Insurance: b.facts.Insurance, Clearing: b.clearing(), Year: b.used.Year, On: today,
		Counted: b.result.Why == benefit.Paid, Scope: b.facts.Scope, Paid: paidOf(&b.result), Before: b.used.Accumulators}
}

// content is what else is known of the bill.
func (b *bill) content() settledContent {
	return settledContent{Batch: b.batch, Covered: b.result.Covered, Deductible: b.result.Deductible, Layers: b.result.Other, MedType: b.MedType, Policy: string(b.in.rules.Pack.ID), Date: b.facts.Date,
		Documents: b.schedule.Documents(), Facts: b.facts.Bare(), DayUses: b.dayUses()}
}

// dayUses is what the bill takes up of limits of a day: nothing where the funds pay nothing.
func (b *bill) dayUses() []benefit.DayUse {
	uses := benefit.LimitDays(b.facts.Lines)
	for i := range uses {
		if b.result.Why != benefit.Paid {
			uses[i].Taken = 0
		}
	}
	return uses
}

// settledContent is what else is known of a settlement.
type settledContent struct {
	Batch               string
	Covered, Deductible money.Fen
	Layers              benefit.Layers `json:",omitzero"` // of what other layers pay; what was settled before they were kept has them in the row's sum alone
	MedType, Message    string
	Policy              string
	Date                policy.Date
	Documents           []string         `json:",omitempty"` // on file, over the policy
	Drawn               []drawing        `json:",omitempty"` // out of which accounts
	Facts               benefit.Visit    // without its lines, which stand with the visit
	DayUses             []benefit.DayUse `json:",omitempty"`
}

// mirror is the content as the row that undoes the settlement answers it.
func (x settledContent) mirror() settledContent {
	x.Covered, x.Deductible, x.Layers = -x.Covered, -x.Deductible, x.Layers.Mirror()
	return x
}

// The kinds of clearing (clr_type).
const (
	outpatientClearing = "11"
	inpatientClearing  = "21"
)

func (v *visit) clearing() string {
	if v.Stay {
		return inpatientClearing
	}
	return outpatientClearing
}

// bill settles the charges a message names. What the institution says they come to must be what they do.
func (c *call) bill() (*bill, error) {
	row := c.Input.One("data")
	if err := c.card("data", row); err != nil {
		return nil, err
	}
	v, err := c.visitOf("data", row)
	if err != nil {
		return nil, err
	}
	b := &bill{visit: v, batch: row["chrg_bchno"]}
	if err := c.same(b, row); err != nil {
		return nil, err
	}
	if err := c.factsOf(b, row); err != nil {
		return nil, err
	}
	if err := given(row, &b.facts.Scope); err != nil {
		return nil, err
	}
	if b.schedule = b.in.rules.On(b.facts.Date); b.schedule == nil {
		return nil, refused("data.mdtrt_id", b.ID, "settled.before_rules", "from", string(b.in.rules.From()[0]))
	}
	b.after = b.used.Accumulators
	b.schedule.Settle(&b.after, &b.facts, &b.result)
	return b, nil
}

// same refuses what the message says otherwise than the visit.
func (c *call) same(b *bill, row fsi.Row) error {
	if b.Stay != (c.Infno == "2303" || c.Infno == "2304") {
		return refused("data.mdtrt_id", b.ID, map[bool]string{true: "fsi.is_a_stay", false: "fsi.not_a_stay"}[b.Stay])
	}
	if _, settled := b.Settled[b.batch]; settled {
		return refused("data.mdtrt_id", b.ID, "fsi.settled_already")
	}
	if row["insutype"] != b.Insurance {
		return refused("data.insutype", row["insutype"], "fsi.as_registered", "registered", b.Insurance)
	}
	if kind := row["med_type"]; kind != "" && kind != b.MedType {
		return refused("data.med_type", kind, "fsi.as_registered", "registered", b.MedType)
	}
	if flag := row["mid_setl_flag"]; flag != "" && flag != "0" {
		return refused("data.mid_setl_flag", flag, "fsi.mid_way")
	}
	return nil
}

// factsOf gathers what the settlement goes by: the charges, the day, the place, and the person's cover on that day.
func (c *call) factsOf(b *bill, row fsi.Row) error {
	lines, err := c.charges(b.visit)
	if err != nil {
		return err
	}
	insurance, _ := benefit.ParseInsurance(b.Insurance) // of a visit that was registered
	v := benefit.Visit{ID: c.Message, Date: b.Begin, Insurance: insurance, Category: benefit.CategoryOf(b.MedType), Level: benefit.LevelOf(c.by.Level),
		UseAccount: row["acct_used_flag"] == "1"}
	if b.Stay {
		v.Begin = b.Begin
		if v.Date, err = c.leaves(b, row["dscg_time"]); err != nil {
			return err
		}
	}
	if err := b.within("data.dscg_time", cmp.Or(row["dscg_time"], string(v.Date)), v.Date, lines); err != nil {
		return err
	}
	year, err := strconv.Atoi(string(v.Date[:4]))
	if err != nil {
		return err
	}
	if b.used, err = c.h.Accumulators(c.about.No, policy.Year(year), v.Insurance); err != nil { // first: who settles meanwhile makes it be done again
		return err
	}
	if v.Lines, err = c.linesOf(b, lines); err != nil {
		return err
	}
	b.in = c.insuredOn(v.Insurance, v.Date)
	if v.Person, err = c.covered(b.in, v.Insurance, b.Begin, v.Date); err != nil {
		return err
	}
	if b.lacks, err = c.registered(&v, b.in, seen{b.Begin, b.MedType, b.Disease, b.Diagnoses}); err != nil {
		return err
	}
	if err := c.openAccounts(&v); err != nil {
		return err
	}
	b.facts = v
	return b.facts.Complete()
}

// linesOf are the bill's lines among those of the visit, with what limits of a day leave room for.
func (c *call) linesOf(b *bill, lines []charged) ([]benefit.Line, error) {
	lines = slices.DeleteFunc(lines, func(line charged) bool { return !b.Stay && line.Batch != b.batch })
	if len(lines) == 0 {
		return nil, refused("data.chrg_bchno", b.batch, "fsi.no_lines")
	}
	if err := c.limitDays(b.visit, lines); err != nil {
		return nil, err
	}
	out := make([]benefit.Line, len(lines))
	for i := range lines {
		out[i] = lines[i].Line
	}
	return out, nil
}

// leaves is the day of discharge: that of 2402, which the message may repeat, else the one it says; a trial without one goes by today.
func (c *call) leaves(b *bill, said string) (policy.Date, error) {
	day, ok := fsi.Day(said)
	switch {
	case b.Left != "" && said != "" && day != string(b.Left):
		return "", refused("data.dscg_time", said, "fsi.as_registered", "registered", string(b.Left))
	case b.Left != "":
		return b.Left, nil
	case said == "" && c.Infno == "2303":
		return c.today(), nil
	}
	if !ok || policy.Date(day) < b.Begin || policy.Date(day) > c.today() {
		return "", refused("data.dscg_time", said, "fsi.left_when", "begin", string(b.Begin))
	}
	return policy.Date(day), nil
}

// given refuses sums that are not those of the charges. Those that were not sent are not compared.
func given(row fsi.Row, scope *benefit.Scope) error {
	for _, x := range []struct {
		field string
		sum   money.Fen
	}{{"medfee_sumamt", scope.Total}, {"fulamt_ownpay_amt", scope.SelfPaidWhole}, {"overlmt_selfpay", scope.OverLimit}, {"preselfpay_amt", scope.SelfPaidFirst}, {"inscp_scp_amt", scope.InScope}} {
		if row[x.field] == "" {
			continue
		}
		if amount, err := money.ParseFen(row[x.field]); err != nil || amount != x.sum {
			return refused("data."+x.field, row[x.field], "fsi.not_of_lines", "sum", x.sum)
		}
	}
	return nil
}

// tell answers a settlement, or a trial of one without a number.
func (c *call) tell(b *bill, s *store.Settled, content *settledContent) {
	info := c.setlinfo(b.visit, s, content)
	info["medins_setl_id"] = c.Message
	if reason, ok := b.schedule.Reason(&b.facts, b.result.Why); ok {
		c.warn = c.by.Say(reason.Message)
	}
	if b.lacks != "" {
		c.warn += c.by.Say(fault.Msg("fsi.lacks." + string(b.lacks)))
	}
	if pack := b.in.rules.Pack; pack.Status().Trial() {
		c.warn += c.by.Say(fault.Msg("fsi.trial", "policy", string(pack.ID)))
	}
	c.answer(info)
}

// answer keeps of a settlement's fields those that the transaction has, and lists what each fund pays.
func (c *call) answer(info fsi.Row) {
	row := make(fsi.Row, len(info))
	for _, node := range c.Out {
		if node.Name != "setlinfo" {
			continue
		}
		for _, f := range node.Fields {
			row[f.Name] = info[f.Name]
		}
	}
	c.out["setlinfo"] = []fsi.Row{row}
	for _, fund := range []struct{ field, kind string }{{"hifp_pay", basicFund(info["insutype"])}, {"hifmi_pay", "390200"}, {"hifob_pay", "330100"}, {"maf_pay", "610100"}, {"cvlserv_pay", "320100"},
		{"hifes_pay", "370100"}, {"oth_pay", "999997"}} {
		if amount := info[fund.field]; amount != "0.00" {
			c.out["setldetail"] = append(c.out["setldetail"], fsi.Row{"fund_pay_type": fund.kind, "inscp_scp_amt": info["inscp_scp_amt"], "crt_payb_lmt_amt": amount, "fund_payamt": amount,
				"fund_pay_type_name": c.by.Say(fault.Msg("fsi.fund." + fund.field))})
		}
	}
}

func basicFund(insurance string) string {
	if insurance == benefit.Resident.Code() {
		return "390100"
	}
	return "310100"
}

// setlinfo is a settlement by the platform's fields; it may be the mirror of one. The subsidy of civil servants and the supplementary insurance have fields of their own, mutual aid and long-term care are
// oth_pay.
//
// 依据: YA-4.1.2, YA-4.8.2
func (c *call) setlinfo(v *visit, s *store.Settled, x *settledContent) fsi.Row {
	who, own := c.about.Identity(), s.Account+s.Family+s.Cash
	civil, supplementary := x.Layers.Of(benefit.CivilServant), x.Layers.Of(benefit.Supplementary)
	amount := func(f money.Fen) string { return f.String() }
	return fsi.Row{
		"mdtrt_id": v.ID, "setl_id": s.ID, "psn_no": c.number(), "psn_name": who.Name, "psn_cert_type": string(who.Kind), "certno": who.Number, "gend": string(who.Sex), "brdy": string(who.Birth),
		"age": strconv.Itoa(age(who.Birth, c.today())), "insutype": v.Insurance, "psn_type": c.personType(v.Insurance, v.Begin), "cvlserv_flag": civilServant(x.Facts.Groups),
		"setl_time": c.at.In(policy.China).Format(time.DateTime), "mdtrt_cert_type": cardType, "med_type": v.MedType,
		"medfee_sumamt": amount(s.Total), "fulamt_ownpay_amt": amount(s.SelfPaidWhole), "overlmt_selfpay": amount(s.OverLimit), "preselfpay_amt": amount(s.SelfPaidFirst),
		"inscp_scp_amt": amount(s.InScope), "act_pay_dedc": amount(x.Deductible), "hifp_pay": amount(s.Basic), "pool_prop_selfpay": share(s.Basic, x.Covered-x.Deductible),
		"cvlserv_pay": amount(civil), "hifes_pay": amount(supplementary), "hifmi_pay": amount(s.Catastrophic), "hifob_pay": amount(s.Large), "maf_pay": amount(s.Aid), "oth_pay": amount(s.Other - civil - supplementary),
		"fund_pay_sumamt": amount(s.Funds()), "psn_part_amt": amount(own), "acct_pay": amount(s.Account), "psn_cash_pay": amount(s.Cash), "pdn_cash_pay": amount(s.Cash),
		"hosp_part_amt": "0.00", "balc": amount(c.paying.own.Balance), "acct_mulaid_pay": amount(s.Family), "hifdm_pay": "0.00", "clr_optins": string(s.County), "clr_way": "1", "clr_type": v.clearing(),
	}
}

// share is what part of an amount was paid, to four places; of nothing, nothing.
func share(paid, of money.Fen) string {
	if of == 0 {
		return "0.0000"
	}
	return paid.Ratio().Quo(of.Ratio()).Text(4)
}

// personType is the kind of person (psn_type) on a day: in service, retired, or resident.
func (c *call) personType(insurance string, on policy.Date) string {
	if insurance == benefit.Resident.Code() {
		return "15"
	}
	for _, cover := range c.about.On(on).Covers {
		if cover.Way == enrol.Retired {
			return "12"
		}
	}
	return "11"
}

// age is in whole years.
func age(birth, on policy.Date) int {
	var by, bm, bd, y, m, d int
	_, _ = fmt.Sscanf(string(birth), "%d-%d-%d", &by, &bm, &bd) // a policy.Date exists
	_, _ = fmt.Sscanf(string(on), "%d-%d-%d", &y, &m, &d)
	if m < bm || m == bm && d < bd {
		y--
	}
	return max(y-by, 0)
}
