package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tongchou/internal/benefit"
	"tongchou/internal/catalog"
	"tongchou/internal/counter"
	"tongchou/internal/enrol"
	"tongchou/internal/exchange/fsi"
	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/remit"
	"tongchou/internal/store"
	"tongchou/internal/web"
)

// demoSettlements lets made-up hospitals settle for made-up persons through the last month, and closes the month into the books of the two cities they are in. A province
// without books has none.
func (a *app) demoSettlements(ctx context.Context, p people, demo *web.Demo) error {
	known, err := p.ListBooks(ctx, store.ScopeOf(p.province))
	if err != nil || len(known) == 0 || p.firstCounty() == "" {
		return err
	}
	d, err := a.newDemoMonth(ctx, p, demo)
	if err != nil {
		return err
	}
	for _, step := range []func() error{d.institutions, d.choose, d.settle, d.compare, d.close, d.register} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// demoMonth is a month of settlements being made up.
type demoMonth struct {
	*app
	people
	ctx      context.Context
	demo     *web.Demo
	service  *counter.Service
	now      time.Time // of the counter
	serial   int
	month    time.Time // its first day
	counties []region.Code
	at       []store.Institution
	persons  []store.Person
	policy   *policy.Pack // of the counter
}

func (a *app) newDemoMonth(ctx context.Context, p people, demo *web.Demo) (*demoMonth, error) {
	settling, err := a.settling(demoSettling)
	if err != nil {
		return nil, err
	}
	engine, _, err := a.engineFor(demoSettling)
	if err != nil {
		return nil, err
	}
	book, err := benefit.NewRulebook(engine.Library, settling.Policy, nil)
	if err != nil {
		return nil, err
	}
	today := time.Now().In(policy.China)
	d := &demoMonth{app: a, people: p, policy: settling.Policy, ctx: ctx, demo: demo, month: time.Date(today.Year(), today.Month()-1, 1, 10, 0, 0, 0, policy.China), counties: []region.Code{p.firstCounty()}}
	if first := p.tree.Prefectures(p.province)[0]; first.Code != p.firstCity() && len(p.tree.Children(first.Code)) > 0 {
		d.counties = append(d.counties, p.tree.Children(first.Code)[0].Code)
	}
	d.service = &counter.Service{Store: p.Store, Province: p.province, Rules: func(context.Context) (*benefit.Rulebook, error) { return book, nil }, Catalogue: func(context.Context) (catalog.Catalogue, error) { return settling.Catalogue, nil }, Now: func() time.Time { return d.now }, Serial: d.next,
		Entitled: func(policy.Year) (*enrol.Rules, error) { return nil, fault.New(fault.Refused, "store.no_person") }}
	return d, nil
}

func (d *demoMonth) next() string {
	d.serial++
	return fmt.Sprintf("%010d", d.serial)
}

// institutions are the hospital of the first county, which is there, and one of another city.
func (d *demoMonth) institutions() error {
	for n, county := range d.counties {
		i := store.Institution{Code: "H" + string(county) + "99999", Division: county, Name: d.p.T("cli.demo.institution", "kind", fault.Msg("cli.demo.hospital")), Level: "01", Account: "u-demo-hospital", Synthetic: true}
		if n == 0 {
			i = d.demo.Institutions[0].Institution
		} else if _, err := d.Write(d.ctx, d.act(county, "institution.add", operator), func(t *store.Tx) error { return t.SaveInstitution(i) }); err != nil {
			return err
		}
		d.at = append(d.at, i)
	}
	return nil
}

// demoPatients is how many persons of each county are patients, beside those who sign in.
const demoPatients = 6

// choose chooses patients who are insured in the month.
func (d *demoMonth) choose() error {
	day := policy.DayOf(d.month)
	insured := func(all []store.Person, most int) {
		for _, x := range all {
			if len(x.On(day).Covers) > 0 && most > 0 {
				d.persons, most = append(d.persons, x), most-1
			}
		}
	}
	for _, x := range d.demo.Insured {
		found, err := d.Persons().ByDocument(d.ctx, d.act(d.people.province, "person.find", operator), enrol.Document{Kind: enrol.ResidentCard, Number: x.Number})
		if err != nil {
			return err
		}
		insured(found.Persons, 1)
	}
	for _, county := range d.counties {
		found, err := d.Persons().In(d.ctx, d.act(county, "person.list", operator), enrol.PlaceIn(county), 0, 100)
		if err != nil {
			return err
		}
		insured(found.Persons, demoPatients)
	}
	return nil
}

// settle lets every patient stay in a hospital of the month: every third one in the other city.
func (d *demoMonth) settle() error {
	for n, x := range d.persons {
		place := 0
		if len(d.at) > 1 && (x.County != d.counties[0]) != (n%3 == 0) {
			place = 1
		}
		stay := demoStay{demoMonth: d, at: d.at[place], who: x, begin: d.month.AddDate(0, 0, n%20), price: money.Fen(3_000_00 + 1_777_31*int64(n))}
		if err := stay.settle(); err != nil {
			return err
		}
		if n == 4 { // one is undone
			if err := stay.undo(); err != nil {
				return err
			}
		}
	}
	return nil
}

// demoStay is a stay from admission to settlement.
type demoStay struct {
	*demoMonth
	at             store.Institution
	who            store.Person
	begin          time.Time
	price          money.Fen
	sign, id, setl string
}

// send sends a message of the hospital's on a day of the month, and gives a node of the answer.
func (x *demoStay) send(day time.Time, infno string, input map[string]any, node string) (fsi.Row, error) {
	x.now = day
	m := map[string]any{"infno": infno, "msgid": x.at.Code + day.Format("20060102150405") + x.next()[6:], "mdtrtarea_admvs": string(x.at.Division), "insuplc_admdvs": string(x.who.County),
		"recer_sys_code": "demo", "infver": "V1.0", "opter_type": "1", "opter": "demo", "opter_name": "demo", "inf_time": day.Format(time.DateTime), "fixmedins_code": x.at.Code, "fixmedins_name": x.at.Name,
		"sign_no": x.sign, "input": input}
	body, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	answer, err := x.service.Handle(x.ctx, counter.Caller{Institution: x.at, User: x.at.Account, Key: office.DigestOf([]byte(x.at.Code)), Say: x.p.Text}, body)
	if err != nil {
		return nil, err
	}
	var r struct {
		Code   int                        `json:"infcode"`
		Error  string                     `json:"err_msg"`
		Output map[string]json.RawMessage `json:"output"`
	}
	if err := json.Unmarshal(answer, &r); err != nil {
		return nil, err
	}
	if r.Code != 0 {
		return nil, fault.New(fault.Internal, "cli.demo.settling", "transaction", infno, "error", r.Error)
	}
	row := fsi.Row{}
	_ = json.Unmarshal(r.Output[node], &row) // a node that is not there is empty
	return row, nil
}

// own are the fields by which a message names the patient and the stay, with others.
func (x *demoStay) own(pairs ...string) map[string]any {
	who := x.who.Identity()
	insurance := "390"
	if x.who.On(policy.DayOf(x.begin)).Covers[0].Way.Insurance() == enrol.Employee {
		insurance = "310"
	}
	row := map[string]any{"psn_no": fmt.Sprint(int64(x.who.No)), "mdtrt_id": x.id, "mdtrt_cert_type": "02", "mdtrt_cert_no": who.Number, "insutype": insurance}
	for i := 0; i+1 < len(pairs); i += 2 {
		row[pairs[i]] = pairs[i+1]
	}
	return row
}

// settle admits, charges, discharges and settles.
func (x *demoStay) settle() error {
	end := x.begin.AddDate(0, 0, 5)
	signed, err := x.send(x.begin, "9001", map[string]any{"signIn": map[string]any{"opter_no": "demo", "mac": "", "ip": "192.0.2.1"}}, "signinoutb")
	if err != nil {
		return err
	}
	x.sign = signed["sign_no"]
	begin, text := x.begin.Format(time.DateTime), x.p.T("cli.demo.department")
	diagnosis := []any{x.own("diag_type", "1", "maindiag_flag", "1", "diag_srt_no", "1", "diag_code", "J18.900", "diag_name", x.p.T("cli.demo.diagnosis"), "diag_dept", text, "dise_dor_no", "D1", "dise_dor_name", "demo",
		"diag_time", begin, "vali_flag", "1")}
	admitted, err := x.send(x.begin, "2401", map[string]any{"mdtrtinfo": x.own("begntime", begin, "med_type", "21", "ipt_no", "I"+x.next(), "atddr_no", "D1", "chfpdr_name", "demo", "adm_diag_dscr", x.p.T("cli.demo.diagnosis"),
		"adm_dept_codg", "K1", "adm_dept_name", text, "adm_bed", "1", "dscg_maindiag_code", "J18.900", "dscg_maindiag_name", x.p.T("cli.demo.diagnosis")), "diseinfo": diagnosis}, "result")
	if err != nil {
		return err
	}
	x.id = admitted["mdtrt_id"]
	line := func(sn, code string, price money.Fen) map[string]any {
		return x.own("feedetl_sn", sn, "chrg_bchno", "B1", "rx_circ_flag", "0", "med_type", "21", "fee_ocur_time", begin, "med_list_codg", code, "medins_list_codg", "H"+code, "det_item_fee_sumamt", price.String(),
			"cnt", "1", "pric", price.String(), "bilg_dept_codg", "K1", "bilg_dept_name", text, "bilg_dr_codg", "D1", "bilg_dr_name", "demo")
	}
	if _, err := x.send(x.begin, "2301", map[string]any{"feedetail": []any{line("1", "SYN-OPER-A1", x.price), line("2", "SYN-DRUG-B1", 125_00), line("3", "SYN-DRUG-C1", 300_00)}}, "result"); err != nil {
		return err
	}
	if signed, err = x.send(end, "9001", map[string]any{"signIn": map[string]any{"opter_no": "demo", "mac": "", "ip": "192.0.2.1"}}, "signinoutb"); err != nil {
		return err
	}
	x.sign = signed["sign_no"]
	if _, err := x.send(end, "2402", map[string]any{"dscginfo": x.own("endtime", end.Format(time.DateTime), "dscg_dept_codg", "K1", "dscg_dept_name", text, "dscg_way", "1"), "diseinfo": diagnosis}, ""); err != nil {
		return err
	}
	settled, err := x.send(end, "2304", map[string]any{"data": x.own("psn_setlway", "01", "acct_used_flag", "0", "mid_setl_flag", "0", "medfee_sumamt", (x.price + 425_00).String())}, "setlinfo")
	x.setl = settled["setl_id"]
	return err
}

func (x *demoStay) undo() error {
	_, err := x.send(x.begin.AddDate(0, 0, 5), "2305", map[string]any{"data": x.own("setl_id", x.setl)}, "setlinfo")
	return err
}

// compare has the first hospital compare its month of each insurance type, once with a difference of one yuan.
func (d *demoMonth) compare() error {
	from, to := d.month.Format(time.DateOnly), d.month.AddDate(0, 1, -1)
	x := demoStay{demoMonth: d, at: d.at[0], begin: to, who: d.persons[0]}
	signed, err := x.send(to, "9001", map[string]any{"signIn": map[string]any{"opter_no": "demo", "mac": "", "ip": "192.0.2.1"}}, "signinoutb")
	if err != nil {
		return err
	}
	x.sign = signed["sign_no"]
	sums, err := d.sums(policy.Date(from), policy.Date(to.Format(time.DateOnly)))
	if err != nil {
		return err
	}
	for insurance, s := range sums {
		total := s.Total
		if insurance == "310" {
			total++
		}
		if _, err := x.send(to, "3201", map[string]any{"data": map[string]any{"insutype": insurance, "clr_type": "21", "setl_optins": string(d.counties[0]), "stmt_begndate": from, "stmt_enddate": to.Format(time.DateOnly),
			"medfee_sumamt": total.String(), "fund_pay_sumamt": s.Funds.String(), "acct_pay": s.Accounts.String(), "fixmedins_setl_cnt": fmt.Sprint(s.Rows)}}, "stmtinfo"); err != nil {
			return err
		}
	}
	return nil
}

// sums are what the first hospital's settlements of the month come to, by insurance type.
func (d *demoMonth) sums(from, to policy.Date) (map[string]store.Sums, error) {
	found, _, err := d.Settlements().Find(d.ctx, d.act(d.people.province, "settlement.find", operator), store.SettlementQuery{From: from, To: to, Institution: d.at[0].Code, AnyInsured: true, Limit: 1000})
	out := map[string]store.Sums{"310": {}, "390": {}}
	for _, f := range found {
		s := out[f.Insurance.Code()]
		s.Rows++
		if f.Mirrors != "" {
			s.Rows -= 2
		}
		s.Total, s.Funds, s.Accounts = s.Total+f.Total, s.Funds+f.Funds(), s.Accounts+f.Account+f.Family
		out[f.Insurance.Code()] = s
	}
	return out, err
}

// close closes the month's days, and has the accountant propose and the reviewer confirm it for both cities.
func (d *demoMonth) close() error {
	chart, err := ledger.Standard()
	if err != nil {
		return err
	}
	service := remit.Service{Store: d.Store, Chart: chart}
	act := func(at region.Code, who office.UserID) store.Act {
		return store.Act{Record: office.Record{Chain: at, Who: who, At: time.Now()}, Scope: store.ScopeOf(at)}
	}
	if _, err := service.CloseDays(d.ctx, act(d.people.province, operator), policy.Date(d.month.AddDate(0, 1, -1).Format(time.DateOnly)), nil); err != nil {
		return err
	}
	who := map[office.Login]office.UserID{}
	for _, u := range d.demo.Users {
		who[u.Login] = u.ID
	}
	for _, county := range d.counties {
		area, _ := d.tree.PoolingArea(county) // of the tree
		if _, _, err := service.ProposeMonth(d.ctx, act(area, who["accountant"]), area, policy.Year(d.month.Year()), d.month.Month()); err != nil {
			return err
		}
		if _, err := service.ConfirmMonth(d.ctx, act(area, who["reviewer"]), area, policy.Year(d.month.Year()), d.month.Month()); err != nil {
			return err
		}
	}
	return nil
}
