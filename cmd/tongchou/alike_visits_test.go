package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/account"
	"tongchou/internal/benefit"
	"tongchou/internal/claim"
	"tongchou/internal/counter"
	"tongchou/internal/enrol"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/register"
	"tongchou/internal/store"
	"tongchou/internal/store/storetest"
)

// sick is a made-up person.
type sick struct {
	*alike
	*rand.Rand
	no, card string
	file     store.Person
	county   region.Code
	groups   []enrol.Group
	odd      bool // claims do not say enough
	employee bool
	retired  bool
	account  money.Fen
	made     int
	lines    []byte
	rows     []byte
	settled  []paidJSON
	kinds    []string
	// what the funds paid a resident in a year
	reimbursed, catastrophic map[policy.Year]money.Fen
}

// person makes a file: cover, groups, registrations and perhaps an account.
func (a *alike) person(serial int) *sick {
	p := &sick{alike: a, Rand: rand.New(rand.NewPCG(uint64(serial), 5)), made: serial * 1000, reimbursed: map[policy.Year]money.Fen{}, catastrophic: map[policy.Year]money.Fen{}}
	birth := time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, serial*7%20_000).Format(time.DateOnly)
	seventeen := "999999" + strings.ReplaceAll(birth, "-", "") + fmt.Sprintf("%03d", serial/20_000)
	p.card = seventeen + string(enrol.CheckDigit(seventeen))
	p.odd, p.employee = p.IntN(4) == 0, p.IntN(5) < 2
	p.retired = p.employee && p.IntN(2) == 0
	group := p.IntN(len(alikeGroups))
	p.county = alikeCounties[group]
	if p.IntN(2) == 0 {
		p.groups = append(p.groups, alikeGroups[group])
	}
	if p.odd {
		p.county = alikeCounties[len(alikeGroups)]
		if p.IntN(3) == 0 {
			p.groups = append(p.groups, alikeGroups[p.IntN(len(alikeGroups))])
		}
	}
	no, err := storetest.AddPerson(a, a.service.Store, storetest.Act(p.county), p.facts(policy.Date(birth))...)
	if err != nil {
		a.Fatal(err)
	}
	p.no = strconv.FormatInt(int64(no), 10)
	p.register(no)
	var found bool
	if p.file, found, err = a.service.Store.Insured().Read(a.Context(), storetest.Act("510000"), no); err != nil || !found {
		a.Fatal(err)
	}
	if p.employee && p.IntN(3) == 0 {
		p.account = money.Fen(p.IntN(800_000) + 1)
		if _, err := a.service.Store.PersonalAccounts().Allocate(a.Context(), storetest.Act(p.county), p.file, []account.Allocation{{Source: "contribution 1", Amount: p.account}}, "2025-01-01"); err != nil {
			a.Fatal(err)
		}
	}
	return p
}

func (p *sick) facts(birth policy.Date) []enrol.Fact {
	at := p.county
	out := []enrol.Fact{enrol.Known{Identity: enrol.Identity{Document: enrol.Document{Kind: enrol.ResidentCard, Number: p.card}, Name: "合成参保人", Sex: enrol.Male, Birth: birth}},
		enrol.Registered{On: birth, Place: enrol.Place(at) + "001002"}, enrol.Lives{On: birth, Place: enrol.Place(at) + "001002"}}
	for _, group := range p.groups {
		out = append(out, enrol.Belongs{Group: group, Spell: enrol.Spell{From: "2020-01-01"}})
	}
	if p.employee {
		way := enrol.Staff
		if p.retired {
			way = enrol.Retired
		}
		return append(out, enrol.Covered{Area: at, Way: way, Spell: enrol.Spell{From: "2015-01-01"}})
	}
	first := policy.Year(2020)
	if p.odd && len(p.groups) == 0 && p.IntN(2) == 0 {
		first = 2025 // paid late: a waiting period
		out = append(out, enrol.Covered{Area: at, Way: enrol.Ordinary, Spell: enrol.Spell{From: "2020-01-01", To: "2020-12-31"}},
			enrol.Paid{Area: at, Way: enrol.Ordinary, Year: 2020, On: "2019-10-01", Shares: enrol.Shares{40000, 0, 0, 0, 67000}})
	}
	for year := first; year <= 2026; year++ {
		spell, on := enrol.Spell{From: policy.Date(fmt.Sprintf("%d-01-01", year)), To: year.End()}, policy.Date(fmt.Sprintf("%d-10-01", year-1))
		if year == first && first == 2025 {
			spell.From, on = "2025-04-01", "2025-04-01"
		}
		out = append(out, enrol.Covered{Area: at, Way: enrol.Ordinary, Spell: spell}, enrol.Paid{Area: at, Way: enrol.Ordinary, Year: year, On: on, Shares: enrol.Shares{40000, 0, 0, 0, 67000}})
	}
	return out
}

// register approves care in both places away from home and two diseases, from the first year on; of the odd not always.
func (p *sick) register(no enrol.PersonNo) {
	at := time.Date(2025, 1, 1, 2, 0, 0, 0, time.UTC)
	for _, r := range []register.Registration{{Kind: register.Temporary, Area: "510700"}, {Kind: register.Chronic, Disease: "M07800", DiseaseName: "SYN"}, {Kind: register.TwoDisease, Disease: register.Diabetes, DiseaseName: "SYN"},
		{Kind: register.Elsewhere, Area: "530000"}} {
		if p.odd && p.IntN(2) == 0 || !p.odd && r.Area == "530000" && p.IntN(2) == 0 {
			continue
		}
		r.Person, r.County, r.Channel, r.Spell = no, p.county, register.AtCounter, enrol.Spell{From: "2025-01-01"}
		change := func(by office.UserID, do func([]register.Registration) (register.Registration, error)) {
			act := storetest.Act(p.county)
			act.Who = by
			if _, _, err := p.service.Store.Registrations().Change(p.Context(), act, no, do); err != nil {
				p.Fatal(err)
			}
		}
		change("u1", func(all []register.Registration) (register.Registration, error) {
			return register.Apply(r, all, register.By{Who: "u1", Division: p.county, At: at}, register.Terms{BackDays: 30})
		})
		change("u2", func(all []register.Registration) (register.Registration, error) {
			last := all[len(all)-1]
			return last.Decide(register.Decision{Version: last.Version, By: office.Subject{ID: "u2", Division: p.county}, At: at, Approve: true, Text: "SYN"})
		})
	}
}

// care is a visit as it was drawn, with one settlement for each of its batches of charges; a stay has one.
type care struct {
	by          *counter.Caller
	insurance   benefit.Insurance
	category    benefit.Category
	level       benefit.Level
	place       benefit.Place
	begin, end  time.Time
	medType     string
	disease     string
	diagnosed   string
	approved    bool
	id          string
	useAccount  bool
	chargedFor  [][]item
	undoneAfter bool
}

// item is a line of charges by the catalogue: what is paid by oneself first in per cent, and the limit of one in fen, 0 for none.
type item struct {
	code, class    string
	first          int64
	limit          int64
	quantity, fen  int64
	on             string
	whole, over, b int64 // what it comes to
}

var alikeItems = []item{{code: "SYN-REG-01", class: "01"}, {code: "SYN-OPER-A1", class: "01"}, {code: "SYN-DRUG-A2", class: "01", limit: 20_00}, {code: "SYN-DRUG-B1", class: "02", first: 10},
	{code: "SYN-DRUG-B2", class: "02", first: 20, limit: 300_00}, {code: "SYN-MAT-B1", class: "02", first: 30, limit: 1000_00}, {code: "SYN-DRUG-C1", class: "03"}, {code: "NOT-KNOWN"}}

// year treats the person some times in the order of days.
func (p *sick) year(year policy.Year) {
	day := time.Date(int(year), 1, 1+p.IntN(20), 0, 0, 0, 0, time.UTC)
	for day.Year() == int(year) {
		c := p.draw(day)
		if c.end.Year() != int(year) {
			break
		}
		if c.category == benefit.Inpatient {
			p.stay(&c)
		} else {
			p.visit(&c)
		}
		day = c.end.AddDate(0, 0, 1+p.IntN(55))
	}
}

// draw draws what care somebody needs from a day on.
func (p *sick) draw(day time.Time) care {
	c := care{begin: day, end: day, insurance: benefit.Resident, category: []benefit.Category{benefit.Inpatient, benefit.Inpatient, benefit.Outpatient, benefit.Outpatient, benefit.Chronic, benefit.Maternity, benefit.TwoDisease}[p.IntN(7)],
		level: benefit.Level(p.IntN(4)), useAccount: p.account > 0 && p.IntN(2) == 0, undoneAfter: p.IntN(12) == 0}
	if p.employee {
		c.insurance = benefit.Employee
	}
	at := p.county
	switch where := p.IntN(8); {
	case where == 0:
		at, c.place = nearby, p.placed(benefit.Province, "510700")
	case where == 1:
		at, c.place = faraway, p.placed(benefit.Outside, "530000")
	}
	c.by = p.hospitals[at][c.level]
	c.medType, c.diagnosed = map[benefit.Category]string{benefit.Inpatient: "21", benefit.Outpatient: "11", benefit.Chronic: "14", benefit.Maternity: "51", benefit.TwoDisease: "11"}[c.category], "J06.900"
	switch c.category {
	case benefit.Chronic:
		c.disease, c.approved = "M07800", p.holds(register.Chronic)
	case benefit.TwoDisease:
		// paid as such where it is approved and the schedule has it: residents up to level 2; claims know it as outpatient care
		if p.odd {
			c.diagnosed, c.approved = "E11.900", p.holds(register.TwoDisease)
		}
		if !c.approved || p.employee || c.level == benefit.Level3 {
			c.category = benefit.Outpatient
		}
	case benefit.Inpatient:
		c.end = day.AddDate(0, 0, p.IntN(30))
	}
	batches := 1
	if c.category != benefit.Inpatient {
		batches = 1 + p.IntN(5)
	}
	for range batches {
		c.chargedFor = append(c.chargedFor, p.charges(&c))
	}
	return c
}

// placed is where care counts as given: as registered, or not.
func (p *sick) placed(registered benefit.Place, area region.Code) benefit.Place {
	all, err := p.service.Store.Registrations().Of(p.Context(), p.file.No)
	if err != nil {
		p.Fatal(err)
	}
	if slices.ContainsFunc(all, func(r register.Registration) bool { return r.Area == area }) {
		return registered
	}
	return benefit.Unregistered
}

func (p *sick) holds(kind register.Kind) bool {
	all, err := p.service.Store.Registrations().Of(p.Context(), p.file.No)
	if err != nil {
		p.Fatal(err)
	}
	return slices.ContainsFunc(all, func(r register.Registration) bool { return r.Kind == kind })
}

// charges draws lines whose sums are worked out in whole fen here, apart from the program.
func (p *sick) charges(c *care) []item {
	most := 9.0 // e⁹ fen
	if c.category == benefit.Inpatient {
		if most = 14.5; p.odd {
			most = 17.5
		}
	}
	var out []item
	for range 1 + p.IntN(3) {
		i := alikeItems[min(p.IntN(2*len(alikeItems)), 2*len(alikeItems)-1)%len(alikeItems)]
		if p.IntN(2) == 0 {
			i = alikeItems[1]
		}
		i.quantity, i.fen = 1+int64(p.IntN(4)), 100+int64(math.Exp(6+p.Float64()*(most-6)))
		days := int(c.end.Sub(c.begin).Hours() / 24)
		i.on = c.begin.AddDate(0, 0, p.IntN(days+1)).Format(time.DateOnly)
		total := i.quantity * i.fen
		switch {
		case i.class == "" || i.class == "03":
			i.whole = total
		default:
			if i.limit > 0 && i.fen > i.limit {
				i.over = i.quantity * (i.fen - i.limit)
			}
			i.b = ((total-i.over)*i.first + 50) / 100
		}
		out = append(out, i)
	}
	return out
}

func (i *item) total() int64 { return i.quantity * i.fen }

// scope is what charges come to.
func scopeOf(items []item) (s benefit.Scope) {
	for _, i := range items {
		s.Total += money.Fen(i.total())
		s.SelfPaidWhole += money.Fen(i.whole)
		s.OverLimit += money.Fen(i.over)
		s.SelfPaidFirst += money.Fen(i.b)
	}
	s.InScope = s.Total - s.SelfPaidWhole - s.OverLimit - s.SelfPaidFirst
	return s
}

// object writes an object of texts.
func object(kv ...string) string {
	var b strings.Builder
	for i := 0; i < len(kv); i += 2 {
		fmt.Fprintf(&b, `,"%s":"%s"`, kv[i], kv[i+1])
	}
	return "{" + b.String()[1:] + "}"
}

func (p *sick) own(c *care, kv ...string) string {
	return object(append([]string{"psn_no", p.no, "mdtrt_id", c.id, "mdtrt_cert_type", "02", "mdtrt_cert_no", p.card, "insutype", c.insurance.Code()}, kv...)...)
}

func (c *care) diagnosis(kv ...string) string {
	return "[" + object(append([]string{"diag_type", "1", "maindiag_flag", "1", "diag_srt_no", "1", "diag_code", c.diagnosed, "diag_name", "SYN", "diag_dept", "K1", "dise_dor_no", "D1", "dise_dor_name", "SYN",
		"diag_time", c.begin.Format(time.DateTime), "vali_flag", "1"}, kv...)...) + "]"
}

func (p *sick) feedetail(c *care, batch int) string {
	var rows []string
	for n, i := range c.chargedFor[batch] {
		rows = append(rows, p.own(c, "feedetl_sn", fmt.Sprintf("%d-%d", batch, n), "chrg_bchno", fmt.Sprintf("B%d", batch), "rx_circ_flag", "0", "med_type", c.medType, "fee_ocur_time", i.on+" 09:10:00", "med_list_codg", i.code,
			"medins_list_codg", "H1", "det_item_fee_sumamt", money.Fen(i.total()).String(), "cnt", strconv.FormatInt(i.quantity, 10), "pric", money.Fen(i.fen).String(), "bilg_dept_codg", "K1", "bilg_dept_name", "SYN",
			"bilg_dr_codg", "D1", "bilg_dr_name", "SYN"))
	}
	return strings.Join(rows, ",")
}

func (p *sick) stay(c *care) {
	c.id = p.ask(c.by, p.county, "2401", `{"mdtrtinfo":`+p.own(c, "begntime", c.begin.Format(time.DateTime), "med_type", "21", "ipt_no", "I1", "atddr_no", "D1", "chfpdr_name", "SYN", "adm_diag_dscr", "SYN", "adm_dept_codg", "K1",
		"adm_dept_name", "SYN", "adm_bed", "1", "dscg_maindiag_code", "J18.900", "dscg_maindiag_name", "SYN")+`,"diseinfo":`+c.diagnosis("psn_no", p.no)+`}`).field("mdtrt_id")
	p.ask(c.by, p.county, "2301", `{"feedetail":[`+p.feedetail(c, 0)+`]}`)
	p.ask(c.by, p.county, "2402", `{"dscginfo":`+p.own(c, "endtime", c.end.Format(time.DateTime), "dscg_dept_codg", "K1", "dscg_dept_name", "SYN", "dscg_way", "1")+`,"diseinfo":`+c.diagnosis("psn_no", p.no)+`}`)
	p.settle(c, 0)
}

func (p *sick) visit(c *care) {
	c.id = p.ask(c.by, p.county, "2201", `{"data":`+p.own(c, "begntime", c.begin.Format(time.DateTime), "ipt_otp_no", "O1", "atddr_no", "D1", "dr_name", "SYN", "dept_code", "K1", "dept_name", "SYN", "caty", "A03")+`}`).field("mdtrt_id")
	p.ask(c.by, p.county, "2203", `{"mdtrtinfo":`+p.own(c, "med_type", c.medType, "begntime", c.begin.Format(time.DateTime), "dise_codg", c.disease)+`,"diseinfo":`+c.diagnosis()+`}`)
	var rows []string
	for batch := range c.chargedFor {
		rows = append(rows, p.feedetail(c, batch))
	}
	p.ask(c.by, p.county, "2204", `{"feedetail":[`+strings.Join(rows, ",")+`]}`)
	for batch := range c.chargedFor {
		p.settle(c, batch)
	}
}

// settle settles a batch of charges; sometimes that is undone, and perhaps made again.
func (p *sick) settle(c *care, batch int) {
	id, first := p.once(c, batch)
	if !c.undoneAfter || batch+1 < len(c.chargedFor) {
		return
	}
	infno := "2208"
	if c.category == benefit.Inpatient {
		infno = "2305"
	}
	r := p.ask(c.by, p.county, infno, `{"data":`+p.own(c, "setl_id", first.setlID)+`}`)
	if r.field("medfee_sumamt") != (-scopeOf(c.chargedFor[batch]).Total).String() || r.field(map[string]string{"2208": "pdn_cash_pay", "2305": "psn_cash_pay"}[infno]) != (-first.paid.Cash).String() {
		p.Errorf("undone otherwise than it was done: %s", r.body)
	}
	p.account += first.account
	p.uses(c, &first.paid, -1)
	p.kinds = append(p.kinds, "undone")
	p.made++
	p.lines = fmt.Appendf(p.lines, `{"msgid":"%d","reverse":"%s"}`+"\n", p.made, id)
	if !p.odd {
		back := first.row.Refund(fmt.Sprintf("S%015d", p.made), first.row.SettledOn)
		p.rows = back.AppendCSV(p.rows)
		p.kinds = append(p.kinds, "refunded")
	}
	p.settled = append(p.settled, paidJSON{ID: strconv.Itoa(p.made), Basic: -first.paid.Basic, More: -first.paid.More, Large: -first.paid.Large, Aid: -first.paid.Aid, Other: -first.paid.Other, Cash: -first.paid.Cash})
	if p.IntN(2) == 0 {
		p.once(c, batch)
	}
}

// uses adds what the funds paid to the year.
func (p *sick) uses(c *care, paid *paidJSON, sign money.Fen) {
	year := policy.Year(c.end.Year())
	p.reimbursed[year] += sign * (paid.Basic + paid.More + paid.Aid)
	p.catastrophic[year] += sign * paid.More
}

// answeredOnce is a settlement that was answered.
type answeredOnce struct {
	setlID  string
	paid    paidJSON
	account money.Fen
	row     claim.Settlement
}

// once settles at the service, and writes the same for the batch and for the claims store.
func (p *sick) once(c *care, batch int) (id string, _ answeredOnce) {
	scope := scopeOf(c.chargedFor[batch])
	infno, used := "2207", "0"
	if c.category == benefit.Inpatient {
		infno = "2304"
	}
	if c.useAccount {
		used = "1"
	}
	p.made++
	id = strconv.Itoa(p.made)
	p.lines = append(p.lines, p.line(c, batch, id)...)
	r := p.ask(c.by, p.county, infno, `{"data":`+p.own(c, "med_type", c.medType, "medfee_sumamt", scope.Total.String(), "psn_setlway", "01", "chrg_bchno", fmt.Sprintf("B%d", batch), "acct_used_flag", used, "mid_setl_flag", "0",
		"fulamt_ownpay_amt", scope.SelfPaidWhole.String(), "overlmt_selfpay", scope.OverLimit.String(), "preselfpay_amt", scope.SelfPaidFirst.String(), "inscp_scp_amt", scope.InScope.String())+`}`)
	amount := func(name string) money.Fen {
		f, err := money.ParseFen(r.field(name))
		if err != nil {
			p.Fatalf("%s: %s", name, r.body)
		}
		return f
	}
	out := answeredOnce{setlID: r.field("setl_id"), account: amount("acct_pay")}
	out.paid = paidJSON{id, amount("hifp_pay"), amount("hifmi_pay"), amount("hifob_pay"), amount("maf_pay"), amount("cvlserv_pay") + amount("hifes_pay") + amount("oth_pay"), amount("psn_cash_pay")}
	p.account -= out.account
	p.uses(c, &out.paid, 1)
	out.row = p.claim(c, scope, &out)
	if !p.odd {
		p.rows = out.row.AppendCSV(p.rows)
	}
	p.settled = append(p.settled, out.paid)
	p.count(c, scope, &out)
	return id, out
}

// line is the same visit for the batch.
func (p *sick) line(c *care, batch int, id string) []byte {
	on := policy.Date(c.end.Format(time.DateOnly))
	from, limit := p.cover(c, on)
	person := map[string]any{"id": p.no, "groups": p.groups, "retired": p.retired, "account": p.account}
	if from != "" {
		person["covered_from"] = from
	}
	if limit >= 0 {
		person["cap"] = limit
	}
	var lines []map[string]any
	for _, i := range c.chargedFor[batch] {
		line := map[string]any{"med_list_codg": i.code, "cnt": i.quantity, "pric": money.Fen(i.fen), "fee_ocur_time": i.on}
		if i.class != "" {
			line["chrgitm_lv"] = i.class
		}
		if i.class == "02" {
			line["selfpay_prop"] = fmt.Sprintf("0.%02d", i.first)
		}
		if i.limit > 0 {
			line["pric_uplmt_amt"] = money.Fen(i.limit)
		}
		lines = append(lines, line)
	}
	visit := map[string]any{"msgid": id, "person": person, "insutype": c.insurance.Code(), "category": c.category.String(), "level": c.level.Code(), "place": c.place.String(), "date": on, "approved": c.approved,
		"acct_used": c.useAccount, "lines": lines, "medfee_sumamt": scopeOf(c.chargedFor[batch]).Total, "inscp_scp_amt": scopeOf(c.chargedFor[batch]).InScope}
	scope := scopeOf(c.chargedFor[batch])
	visit["fulamt_ownpay_amt"], visit["overlmt_selfpay"], visit["preselfpay_amt"] = scope.SelfPaidWhole, scope.OverLimit, scope.SelfPaidFirst
	switch c.category {
	case benefit.Chronic:
		visit["disease"] = c.disease
	case benefit.TwoDisease:
		visit["disease"] = register.Diabetes
	case benefit.Inpatient:
		visit["begndate"] = c.begin.Format(time.DateOnly)
	}
	text, err := json.Marshal(visit)
	if err != nil {
		p.Fatal(err)
	}
	return append(text, '\n')
}

// cover is from when the person is covered on a day, and of a resident his own cap; -1 where the schedule's holds.
func (p *sick) cover(c *care, on policy.Date) (policy.Date, money.Fen) {
	if p.employee {
		return "2015-01-01", -1
	}
	year, _ := strconv.Atoi(string(on[:4]))
	rules := p.rules[policy.Year(year)]
	h := rules.History(p.file.File, nil)
	for i := range h.Years {
		if y := &h.Years[i]; y.Year < rules.Year {
			y.HasReimbursed, y.HasCatastrophic, y.Reimbursed, y.CatastrophicPaid = true, true, p.reimbursed[y.Year], p.catastrophic[y.Year]
		}
	}
	e, err := rules.Entitle(&h)
	if err != nil {
		p.Fatal(err)
	}
	for _, cover := range p.file.On(on).Covers {
		return max(cover.From, policy.Date(e.Waiting.CoveredFrom.String())), e.Cap
	}
	return "", -1
}

// claim is the settlement as a row of the claims.
func (p *sick) claim(c *care, scope benefit.Scope, s *answeredOnce) claim.Settlement {
	day := policy.Date(c.end.Format(time.DateOnly))
	personType := map[bool]string{false: "15", true: "11"}[p.employee]
	if p.retired {
		personType = "12"
	}
	out := claim.Settlement{ID: fmt.Sprintf("S%015d", p.made), Person: "P" + p.no, Insurance: c.insurance.Code(), PersonType: personType, MedType: c.medType, InsuredAt: p.county, TreatedAt: c.by.Division, Institution: c.by.Code,
		Level: c.by.Level, SettledOn: day, Begin: policy.Date(c.begin.Format(time.DateOnly)), End: day, Days: int(c.end.Sub(c.begin).Hours() / 24), Disease: c.diagnosed, PayMethod: "1", Direct: c.place != benefit.Unregistered,
		ClearType: "11", Age: 50, Sex: "1", Total: scope.Total, SelfPaidWhole: scope.SelfPaidWhole, OverLimit: scope.OverLimit, SelfPaidFirst: scope.SelfPaidFirst, InScope: scope.InScope, Synthetic: true,
		BasicPaid: s.paid.Basic, CatastrophicPaid: s.paid.More, LargeAmountPaid: s.paid.Large, AidPaid: s.paid.Aid, OtherPaid: s.paid.Other, AccountPaid: s.account, CashPaid: s.paid.Cash}
	if c.category == benefit.Inpatient {
		out.ClearType = "21"
	}
	out.FundPaid = s.paid.Basic + s.paid.More + s.paid.Large + s.paid.Aid + s.paid.Other
	out.PersonPaid = out.AccountPaid + out.CashPaid
	return out
}

// count says what kinds of settlements there were.
func (p *sick) count(c *care, scope benefit.Scope, s *answeredOnce) {
	p.kinds = append(p.kinds, c.insurance.Code(), c.category.String(), c.place.String())
	for _, g := range p.groups {
		p.kinds = append(p.kinds, string(g))
	}
	from, _ := p.cover(c, policy.Date(c.end.Format(time.DateOnly)))
	for kind, is := range map[string]bool{"retired": p.retired, "catastrophic": s.paid.More > 0, "large": s.paid.Large > 0, "aid": s.paid.Aid > 0, "account": s.account > 0,
		"capped":  c.category != benefit.Inpatient && s.paid.Basic > 0 && scope.InScope > 20*s.paid.Basic,
		"waiting": policy.Date(c.begin.Format(time.DateOnly)) < from} {
		if is {
			p.kinds = append(p.kinds, kind)
		}
	}
}
