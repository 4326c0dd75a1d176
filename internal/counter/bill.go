package counter

import (
	"encoding/json"
	"fmt"
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
	c.tell(b, "")
	return nil
}

// settle (2207 门诊结算, 2304 住院结算) settles, and keeps what the year has used with it.
func (c *call) settle() error {
	b, err := c.bill()
	if err != nil {
		return err
	}
	id := c.newID()
	s := store.Settled{Person: c.about.No, ID: id, Visit: b.ID, Institution: c.by.Code, County: c.insured, Insurance: b.facts.Insurance, Clearing: b.clearing(), Year: b.used.Year,
		On: c.today(), Counted: b.result.Why == benefit.Paid, Scope: b.facts.Scope, Before: b.used.Accumulators}
	s.Paid = b.paid()
	drawn := c.drawn(b.result.Account, b.result.Family)
	if s.Content, err = json.Marshal(settledContent{b.batch, b.result.Covered, b.result.Deductible, b.MedType, c.Message, string(c.rules.Pack.ID), b.facts.Date, b.schedule.Documents(), drawn, b.facts.Bare()}); err != nil {
		return err
	}
	if err := c.h.AddSettlement(s, b.after); err != nil {
		return err
	}
	if err := c.payFromAccounts(id, drawn); err != nil {
		return err
	}
	c.h.Object = id
	if b.Settled == nil {
		b.Settled = map[string]string{}
	}
	b.Settled[b.batch] = id
	c.tell(b, id)
	return c.save(b.visit)
}

// paid is who pays what of the bill.
func (b *bill) paid() store.Paid {
	r := &b.result
	return store.Paid{Basic: r.Basic, Catastrophic: r.Catastrophic, Large: r.Large, Aid: r.Aid, Other: r.Other.Sum(), Account: r.Account, Family: r.Family, Cash: r.Cash}
}

// settledContent is what else is known of a settlement.
type settledContent struct {
	Batch               string
	Covered, Deductible money.Fen
	MedType, Message    string
	Policy              string
	Date                policy.Date
	Documents           []string      `json:",omitempty"` // on file, over the policy
	Drawn               []drawing     `json:",omitempty"` // out of which accounts
	Facts               benefit.Visit // without its lines, which stand with the visit
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
	if b.schedule = c.rules.On(b.facts.Date); b.schedule == nil {
		return nil, refused("data.mdtrt_id", b.ID, "settled.before_rules", "from", string(c.rules.From()[0]))
	}
	year, err := strconv.Atoi(string(b.facts.Date[:4]))
	if err != nil {
		return nil, err
	}
	if b.used, err = c.h.Accumulators(c.about.No, policy.Year(year), b.facts.Insurance); err != nil {
		return nil, err
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
		if v.Begin, v.Date, err = b.Begin, b.Left, nil; v.Date == "" {
			if v.Date, err = c.leaves(b, row["dscg_time"]); err != nil {
				return err
			}
		}
	}
	for _, line := range lines {
		if b.Stay || line.Batch == b.batch {
			v.Lines = append(v.Lines, line.Line)
		}
	}
	if len(v.Lines) == 0 {
		return refused("data.chrg_bchno", b.batch, "fsi.no_lines")
	}
	if v.Person, err = c.covered(v.Insurance, b.Begin, v.Date); err != nil {
		return err
	}
	if b.lacks, err = c.registered(&v, seen{b.Begin, b.MedType, b.Disease, b.Diagnoses}); err != nil {
		return err
	}
	if err := c.openAccounts(&v); err != nil {
		return err
	}
	b.facts = v
	return b.facts.Complete()
}

// leaves is the day of discharge that the message says; a trial without one goes by today.
func (c *call) leaves(b *bill, said string) (policy.Date, error) {
	if said == "" && c.Infno == "2303" {
		return c.today(), nil
	}
	day, ok := fsi.Day(said)
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

// covered is what of a person decides on a day: from when he is covered without a break, his groups, and as a resident his own cap. He is insured where he was on that day. begin is
// the day the visit began: covers that follow one another day by day, of whatever insurance and place, are one (假设: 在院期间转移接续不作中断).
//
// 依据: SCE-3.2, SCE-3.8, YA-4.2.1
func (c *call) covered(insurance benefit.Insurance, begin, on policy.Date) (benefit.Person, error) {
	standing := c.about.On(on)
	p := benefit.Person{ID: c.number()}
	for _, group := range standing.Groups {
		p.Groups = p.Groups.With(string(group))
	}
	c.insured = c.about.County
	for _, cover := range standing.Covers {
		if cover.Way.Insurance().String() == insurance.String() {
			p.CoveredFrom, p.Retired, c.insured = c.about.CoveredSince(cover.From), cover.Way == enrol.Retired, cover.Area
		}
	}
	c.rules = c.book.Of(c.insured)
	if p.CoveredFrom == "" || insurance != benefit.Resident {
		return p, nil
	}
	e, found, err := c.entitled(on)
	if err != nil || !found {
		return p, err
	}
	p.HasCap, p.Cap = true, e.Cap
	waited := policy.Date(e.Waiting.CoveredFrom.String())
	if begin[:4] < on[:4] && waited == policy.Date(on[:4]+"-01-01") { // no waiting this year; the stay began in another
		if e, found, err = c.entitled(begin); err != nil {
			return p, err
		}
		if waited = ""; found {
			waited = policy.Date(e.Waiting.CoveredFrom.String())
		}
	}
	p.CoveredFrom = max(p.CoveredFrom, waited)
	return p, nil
}

// entitled is what a resident is entitled to in the year of a day; false where the province has no rules for it: then the schedule's own cap holds.
func (c *call) entitled(on policy.Date) (e enrol.Entitlement, found bool, err error) {
	year, err := strconv.Atoi(string(on[:4]))
	if err != nil {
		return e, false, err
	}
	rules, err := c.Entitled(policy.Year(year))
	if err != nil {
		return e, false, unlessRefused(err)
	}
	standards, err := c.standards.Get(c.Store, c.Province, func() (enrol.Standards, error) { return c.Store.Standards(c.ctx) })
	if err != nil {
		return e, false, err
	}
	h := rules.History(c.about.File, standards)
	if err := c.reimbursed(rules, &h); err != nil {
		return e, false, err
	}
	if e, err = rules.Entitle(&h); err != nil {
		return e, false, unlessRefused(err)
	}
	return e, true, nil
}

// reimbursed (往年报销) fills in what the funds paid in earlier years, where the file does not say it: what the sub-ledger has of them (假设: 档案没有年度待遇的，以明细账为准).
//
// 依据: SCE-3.4, SCE-3.6
func (c *call) reimbursed(rules *enrol.Rules, h *enrol.History) error {
	for i := range h.Years {
		y := &h.Years[i]
		if y.Cover != enrol.Resident || y.HasReimbursed || y.Year < rules.First || y.Year >= rules.Year {
			continue
		}
		used, err := c.h.Accumulators(c.about.No, y.Year, benefit.Resident)
		if err != nil {
			return err
		}
		y.HasReimbursed, y.HasCatastrophic = true, true
		y.Reimbursed, y.CatastrophicPaid = used.Basic+used.Catastrophic+used.Aid, used.Catastrophic
	}
	return nil
}

func unlessRefused(err error) error {
	if fault.KindOf(err) == fault.Internal {
		return err
	}
	return nil
}

// tell answers a settlement, or a trial of one without a number.
func (c *call) tell(b *bill, id string) {
	r := &b.result
	if id == "" {
		c.paying.own.Balance -= r.Account // as it would be
	}
	info := c.setlinfo(b.visit, &b.facts.Scope, b.paid(), r.Covered, r.Deductible)
	info["setl_id"], info["medins_setl_id"] = id, c.Message
	if reason, ok := b.schedule.Reason(&b.facts, r.Why); ok {
		c.warn = c.by.Say(reason.Message)
	}
	if b.lacks != "" {
		c.warn += c.by.Say(fault.Msg("fsi.lacks." + string(b.lacks)))
	}
	if pack := c.rules.Pack; pack.Status().Trial() {
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
	for _, fund := range []struct{ field, kind string }{{"hifp_pay", basicFund(info["insutype"])}, {"hifmi_pay", "390200"}, {"hifob_pay", "330100"}, {"maf_pay", "610100"}, {"oth_pay", "999997"}} {
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

// setlinfo is a settlement by the platform's fields; amounts may be those of a mirror.
func (c *call) setlinfo(v *visit, scope *benefit.Scope, paid store.Paid, covered, deductible money.Fen) fsi.Row {
	who, own := c.about.Identity(), paid.Account+paid.Family+paid.Cash
	amount := func(f money.Fen) string { return f.String() }
	return fsi.Row{
		"mdtrt_id": v.ID, "psn_no": c.number(), "psn_name": who.Name, "psn_cert_type": string(who.Kind), "certno": who.Number, "gend": string(who.Sex), "brdy": string(who.Birth),
		"age": strconv.Itoa(age(who.Birth, c.today())), "insutype": v.Insurance, "psn_type": c.personType(v.Insurance, v.Begin), "cvlserv_flag": "0",
		"setl_time": c.at.In(policy.China).Format(time.DateTime), "mdtrt_cert_type": cardType, "med_type": v.MedType,
		"medfee_sumamt": amount(scope.Total), "fulamt_ownpay_amt": amount(scope.SelfPaidWhole), "overlmt_selfpay": amount(scope.OverLimit), "preselfpay_amt": amount(scope.SelfPaidFirst),
		"inscp_scp_amt": amount(scope.InScope), "act_pay_dedc": amount(deductible), "hifp_pay": amount(paid.Basic), "pool_prop_selfpay": share(paid.Basic, covered-deductible),
		"cvlserv_pay": "0.00", "hifes_pay": "0.00", "hifmi_pay": amount(paid.Catastrophic), "hifob_pay": amount(paid.Large), "maf_pay": amount(paid.Aid), "oth_pay": amount(paid.Other),
		"fund_pay_sumamt": amount(paid.Funds()), "psn_part_amt": amount(own), "acct_pay": amount(paid.Account), "psn_cash_pay": amount(paid.Cash), "pdn_cash_pay": amount(paid.Cash),
		"hosp_part_amt": "0.00", "balc": amount(c.paying.own.Balance), "acct_mulaid_pay": amount(paid.Family), "hifdm_pay": "0.00", "clr_optins": string(c.about.County), "clr_way": "1", "clr_type": v.clearing(),
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
