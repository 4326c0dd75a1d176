package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"tongchou/internal/benefit"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
)

func (s *site) routesOfBenefit() []route {
	return []route{{"GET /benefit", "benefit", false, s.benefit, onOwnRows(office.View)}}
}

// benefitModel is the page of benefits (待遇): the schedule of a policy on a day, and a bill calculated step by step.
type benefitModel struct {
	Pack        packView
	Packs       []choiceView
	On          string
	BadDay      bool
	Dates       []linkView
	Values      string // the page of the parameters behind the schedule
	Assumed, Of int    // of the parameters
	Fields      []benefitField
	Wrong       string
	Bill        *billView
	Tables      []scheduleView
	Layers      []layerView // what is not in the tables
	Trial       bool
}

type linkView struct {
	Text, Path string
	Current    bool
}

// benefitField is a field of the calculator; without choices it is an amount, a number, or a mark.
type benefitField struct {
	Name, Title, Value, Error string
	Choices                   []choiceView
	Mark                      bool
}

// billView is a bill with its steps.
type billView struct {
	Steps []stepOfBill
	Funds string
	Own   string
	Cash  string
}

type stepOfBill struct {
	Title, Amount, Text, Clause string
	Assumed                     bool
}

// scheduleView is the schedule of an insurance: a line for every figure, a column for every level.
type scheduleView struct {
	Name, Title string
	Levels      []string
	Lines       []scheduleLine
}

type scheduleLine struct {
	Kind  string // of care; empty where it is that of the line before
	Title string
	Span  int
	Cells []scheduleCell
	sources
}

// scheduleCell is a figure, with the page of the parameter that sets it; without one the level does not pay.
type scheduleCell struct{ Text, Path, Title string }

// sources are the clauses that figures rest on, and whether one of them is assumed.
type sources struct {
	Clauses []string
	Assumed string
}

// layerView are figures of the same part of a schedule, one to a line: catastrophic insurance, large amounts, aid, and what else is attached.
type layerView struct {
	Name, Title string
	Lines       []layerLine
}

type layerLine struct {
	Title, From string
	Value       scheduleCell
	sources
}

func (s *site) benefit(f *frame, w http.ResponseWriter, r *http.Request) error {
	m, err := s.benefits(f)
	if err != nil {
		return err
	}
	return f.render(w, r, http.StatusOK, benefitPage(f, m))
}

// benefits compiles the policy asked for; otherwise that of the settlement service, as the other pages of benefits do, or the first that has benefits.
func (s *site) benefits(f *frame) (benefitModel, error) {
	on, ok := f.day(f.thisYearEnd())
	m := benefitModel{On: string(on), BadDay: !ok}
	var schedules *benefit.Schedules
	base, _ := s.base()
	for _, p := range s.packs() {
		compiled, err := benefit.Compile(s.Engine.Library, p, policy.Overlay{})
		if err != nil {
			continue // a pack without benefits
		}
		if schedules == nil || f.seen.Get("policy") == p.ID || p.ID == base.ID && schedules.Pack.ID != f.seen.Get("policy") {
			schedules = compiled
		}
		m.Packs = append(m.Packs, choiceView{Value: p.ID, Text: p.Title.In(string(f.Lang))})
	}
	if schedules == nil {
		return m, errNotFound
	}
	for i := range m.Packs {
		m.Packs[i].Selected = m.Packs[i].Value == schedules.Pack.ID
	}
	m.Pack = f.packView(schedules.Pack)
	m.Values = f.link("/policies/"+schedules.Pack.ID, "on", m.On)
	for _, day := range schedules.From() {
		m.Dates = append(m.Dates, linkView{Text: string(day), Path: f.link("/benefit", "policy", schedules.Pack.ID, "on", string(day)), Current: schedules.On(day) == schedules.On(on)})
	}
	for _, e := range benefit.Values(schedules.Pack, on) {
		m.Of++
		if e.Assumed != nil {
			m.Assumed++
		}
	}
	schedule := schedules.On(on)
	if schedule == nil {
		return m, nil
	}
	m.Trial = schedule.Status.Trial()
	l := &schedulePage{frame: f, schedule: schedule, pack: schedules.Pack.ID, on: string(on), shown: map[policy.ParameterID]bool{}}
	for _, i := range benefit.Insurances() {
		m.Tables = append(m.Tables, l.table(i))
	}
	m.Layers = l.rest()
	f.calculate(&m, schedule, on)
	return m, nil
}

// calculator reads the fields of the calculator.
type calculator struct {
	*frame
	m     *benefitModel
	asked bool
	texts string // what keys of the fields' titles begin with
}

func (c *calculator) choose(name string, words []string, text func(string) string) string {
	value := c.seen.Get(name)
	chosen := words[0]
	field := benefitField{Name: name, Title: c.T(c.texts + name)}
	for _, w := range words {
		if w == value {
			chosen = w
		}
	}
	for _, w := range words {
		field.Choices = append(field.Choices, choiceView{Value: w, Text: text(w), Selected: w == chosen})
	}
	c.m.Fields = append(c.m.Fields, field)
	return chosen
}

func (c *calculator) amount(name, usual string) money.Fen {
	text := strings.TrimSpace(c.seen.Get(name))
	if !c.asked {
		text = usual
	}
	field := benefitField{Name: name, Title: c.T(c.texts + name), Value: text}
	x, err := money.ParseFen(strings.ReplaceAll(text, ",", ""))
	if text == "" {
		x, err = 0, nil
	}
	if err != nil || x < 0 || x > money.MaxFen/100 {
		field.Error, c.m.Wrong = c.T("web.benefit.amount"), "amount"
		x = 0
	}
	c.m.Fields = append(c.m.Fields, field)
	return x
}

func (c *calculator) count(name string) int {
	text := strings.TrimSpace(c.seen.Get(name))
	field := benefitField{Name: name, Title: c.T(c.texts + name), Value: text}
	n, err := strconv.Atoi(text)
	if text != "" && (err != nil || n < 0 || n > 99) {
		field.Error, c.m.Wrong = c.T("web.benefit.count"), "count"
		n = 0
	}
	c.m.Fields = append(c.m.Fields, field)
	return n
}

func (c *calculator) mark(name string) bool {
	on := c.seen.Get(name) == "1"
	field := benefitField{Name: name, Title: c.T(c.texts + name), Mark: true}
	if on {
		field.Value = "1"
	}
	c.m.Fields = append(c.m.Fields, field)
	return on
}

// calculate settles the bill that the address describes and lays out its steps.
func (f *frame) calculate(m *benefitModel, schedule *benefit.Schedule, on policy.Date) {
	c := &calculator{frame: f, m: m, asked: f.seen.Get("insutype") != "", texts: "web.benefit.field."}
	v := benefit.Visit{ID: "calculator", Date: on, Person: benefit.Person{CoveredFrom: on}}
	name := func(prefix string) func(string) string { return func(w string) string { return f.T(prefix + w) } }
	v.Insurance, _ = benefit.ParseInsurance(c.choose("insutype", []string{"390", "310"}, func(w string) string {
		i, _ := benefit.ParseInsurance(w) // one of the words above
		return f.T("value." + i.String())
	}))
	v.Category, _ = benefit.ParseCategory(c.choose("category", []string{"inpatient", "outpatient", "chronic", "two_disease", "maternity"}, name("settled.category.")))
	v.Level, _ = benefit.ParseLevel(c.choose("level", []string{"3", "2", "1", "primary"}, func(w string) string {
		l, _ := benefit.ParseLevel(w) // one of the words above
		return f.T("settled.level." + l.String())
	}))
	v.Place, _ = benefit.ParsePlace(c.choose("place", []string{"local", "province", "outside", "unregistered"}, name("settled.place.")))
	v.Groups = v.Groups.With(c.choose("group", []string{"none", "destitute", "orphan", "subsistence", "poverty_monitored"}, name("settled.group.")))
	v.Retired, v.Approved = c.mark("retired"), c.mark("approved")
	v.InScope, v.SelfPaidWhole, v.OverLimit, v.SelfPaidFirst = c.amount("scope", "20000"), c.amount("whole", "500"), c.amount("over", "100"), c.amount("first", "400")
	v.Total = v.InScope + v.SelfPaidWhole + v.OverLimit + v.SelfPaidFirst
	a := benefit.Accumulators{Admissions: c.count("admissions"), SelfPaid: c.amount("s", "")}
	if v.Account = c.amount("account", ""); v.Account > 0 {
		v.UseAccount = true
	}
	if m.Wrong != "" {
		return
	}
	if err := v.Complete(); err != nil {
		var refusal *fault.Refusal
		if errors.As(err, &refusal) {
			m.Wrong = f.Problem(refusal.Problems[0])
		}
		return
	}
	before := a
	var out benefit.Settlement
	schedule.Settle(&a, &v, &out)
	m.Bill = &billView{Funds: f.exact(out.Funds()), Own: f.exact(out.Own), Cash: f.exact(out.Cash)}
	for _, r := range schedule.Explain(&v, &before, &out) {
		m.Bill.Steps = append(m.Bill.Steps, stepOfBill{Title: f.T("web.benefit.part." + r.Part), Amount: r.Amount.In(money.Yuan), Text: f.sentence(r.Message), Clause: string(r.Clause), Assumed: r.Assumed})
	}
}
