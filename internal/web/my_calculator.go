package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"tongchou/internal/benefit"
	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// routesOfCalculator is the calculator for everybody: no sign-in, and nothing about anybody.
func (s *site) routesOfCalculator() []route {
	return []route{{"GET /calculator", "calculator", false, s.public(s.publicCalculator), anybody}}
}

// calculationsInWindow is how many bills an address may have calculated in a window, the project's choice: whole offices sit behind one.
const calculationsInWindow = 600

// publicModel is the calculator as everybody reads it.
type publicModel struct {
	Fields  []benefitField
	Wrong   string
	Bill    *publicBill
	Sources []string // of the figures, in sentences
	Trial   bool
	None    bool // no schedule holds
	Asked   bool
}

// publicBill is a bill in words.
type publicBill struct {
	Sum, Why string
	Steps    []publicStep
}

// publicStep is a step of it: what it rests on is a document on file, a clause, or an assumption.
type publicStep struct {
	Title, Text, Clause, Law, Basis string
	Assumed                         bool
}

// publicCalculator works a bill out for everybody, by the schedule that holds today where they are insured.
//
// 依据: SC38-6.3, YA-4.4.3
func (s *site) publicCalculator(f *frame, w http.ResponseWriter, r *http.Request) error {
	m := publicModel{Asked: f.seen.Get("insutype") != ""}
	if m.Asked {
		if err := s.calculations.try(clientOf(r).address); err != nil {
			return f.render(w, r, http.StatusTooManyRequests, myProblemPage(f, problemModel{Title: f.T("web.not_done.title"), Texts: f.problemTexts(err)}))
		}
	}
	book, err := s.rulebooks.settling(r.Context())
	if err != nil && fault.KindOf(err) == fault.Internal {
		return err
	}
	if err != nil {
		m.None = true
		return f.render(w, r, http.StatusOK, calculatorPage(f, m))
	}
	f.workOut(&m, book, s.today())
	status := http.StatusOK
	if m.Wrong != "" {
		status = http.StatusUnprocessableEntity
	}
	return f.render(w, r, status, calculatorPage(f, m))
}

// workOut reads the form and works the bill out.
func (f *frame) workOut(m *publicModel, book *benefit.Rulebook, on policy.Date) {
	var fields benefitModel
	c := &calculator{frame: f, m: &fields, asked: m.Asked, texts: "web.calculator.field."}
	city := c.city()
	v := benefit.Visit{ID: "calculator", Date: on, Person: benefit.Person{CoveredFrom: on}}
	used := c.facts(&v)
	total := c.amount("total", "20000")
	if last := &fields.Fields[len(fields.Fields)-1]; total == 0 && last.Error == "" {
		last.Error, fields.Wrong = f.T("web.calculator.total"), "total"
	}
	v.SelfPaidWhole, v.OverLimit, v.SelfPaidFirst = c.amount("whole", "500"), c.amount("over", "0"), c.amount("first", "400")
	v.Total, v.InScope = total, total-v.SelfPaidWhole-v.OverLimit-v.SelfPaidFirst
	m.Fields = fields.Fields
	schedule := book.Of(city).On(on)
	if m.None = schedule == nil; m.None {
		return
	}
	m.Trial = schedule.Status.Trial()
	m.Sources = f.sourcesOf(book.Pack, schedule, city, on)
	switch {
	case fields.Wrong != "":
		m.Wrong = f.T("web.benefit.wrong")
		return
	case v.InScope < 0:
		m.Wrong = f.T("web.calculator.parts")
		return
	}
	if err := v.Complete(); err != nil {
		var refusal *fault.Refusal
		if errors.As(err, &refusal) {
			m.Wrong = f.Problem(refusal.Problems[0])
		}
		return
	}
	m.Bill = f.inWords(schedule, &v, used)
}

// facts reads who is treated where, and how often this year.
func (c *calculator) facts(v *benefit.Visit) (used benefit.Accumulators) {
	name := func(prefix string) func(string) string { return func(w string) string { return c.T(prefix + w) } }
	v.Insurance, _ = benefit.ParseInsurance(c.choose("insutype", []string{"390", "310"}, func(w string) string {
		i, _ := benefit.ParseInsurance(w) // one of the words above
		return c.T("value." + i.String())
	}))
	v.Retired = c.mark("retired")
	v.Category, _ = benefit.ParseCategory(c.choose("category", []string{"inpatient", "outpatient", "chronic", "two_disease", "maternity"}, name("settled.category.")))
	v.Approved = c.mark("approved")
	v.Level, _ = benefit.ParseLevel(c.choose("level", []string{"3", "2", "1", "primary"}, func(w string) string {
		l, _ := benefit.ParseLevel(w) // one of the words above
		return c.T("settled.level." + l.String())
	}))
	v.Place, _ = benefit.ParsePlace(c.choose("place", []string{"local", "province", "outside", "unregistered"}, name("settled.place.")))
	v.Groups = v.Groups.With(c.choose("group", []string{"none", "destitute", "orphan", "subsistence", "poverty_monitored"}, name("settled.group.")))
	used.Admissions = c.count("admissions")
	used.SelfPaid = c.amount("s", "")
	return used
}

// city reads where somebody is insured.
func (c *calculator) city() region.Code {
	words := []string{}
	for _, code := range c.site.cities() {
		words = append(words, string(code))
	}
	if len(words) == 0 {
		return ""
	}
	return region.Code(c.choose("city", words, func(w string) string { return c.divisionName(region.Code(w)) }))
}

// inWords settles the bill and says every step in words.
func (f *frame) inWords(schedule *benefit.Schedule, v *benefit.Visit, used benefit.Accumulators) *publicBill {
	before := used
	var out benefit.Settlement
	schedule.Settle(&used, v, &out)
	b := &publicBill{Sum: f.T("web.calculator.sum", "total", v.Total, "funds", out.Funds(), "own", out.Own)}
	if reason, none := schedule.Reason(v, out.Why); none {
		b.Why = f.sentence(reason.Message)
	}
	for _, r := range schedule.Explain(v, &before, &out) {
		if r.Part == "psn_cash_pay" {
			continue // without an account it is what the person bears
		}
		step := publicStep{Title: f.T("web.benefit.part." + r.Part), Text: f.sentence(r.Message), Clause: string(r.Clause), Law: f.clauseText(string(r.Clause)), Assumed: r.Assumed}
		switch {
		case r.Assumed:
			step.Basis = f.T("web.calculator.assumed")
		case len(r.Documents) > 0:
			step.Basis = f.T("web.calculator.document", "documents", f.papersNamed(r.Documents))
		default:
			step.Basis = f.T("web.calculator.cited")
		}
		b.Steps = append(b.Steps, step)
	}
	return b
}

// papersNamed lists documents by number; one that is made up is called that.
func (f *frame) papersNamed(numbers []string) string {
	var out []string
	for _, n := range numbers {
		if strings.HasPrefix(n, benefit.MadeUp) {
			n = f.T("web.calculator.made_up")
		}
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return strings.Join(out, f.T("web.converge.and"))
}

// sourcesOf says by which schedule of which day is calculated, and how much of it is official, cited or assumed.
func (f *frame) sourcesOf(pack *policy.Pack, schedule *benefit.Schedule, city region.Code, on policy.Date) []string {
	var documents, assumed, cited int
	for _, e := range schedule.Values() {
		switch {
		case e.Document != "":
			documents++
		case e.Assumed != nil:
			assumed++
		default:
			cited++
		}
	}
	place := f.divisionName(city)
	if city == "" {
		place = f.divisionName(f.site.home())
	}
	out := []string{f.T("web.calculator.by", "place", place, "on", string(on), "policy", pack.Title.In(string(f.Lang))),
		f.T("web.calculator.kinds", "documents", documents, "cited", cited, "assumed", assumed)}
	if numbers := schedule.Documents(); len(numbers) > 0 {
		out = append(out, f.T("web.calculator.papers", "documents", f.papersNamed(numbers)))
	}
	if status := schedule.Status; status.Trial() {
		out = append(out, f.T("web.calculator.status."+string(status)))
	}
	return out
}
