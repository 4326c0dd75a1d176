package web

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/store"
)

// ownModel is a person's file as he, or somebody he lets see it, reads it.
type ownModel struct {
	outcome
	Base         string // the address of the pages about him
	Name, Number string
	Today        []helpLine
	Insured      bool
	Entitled     *ownEntitled
	Years        []ownYear
	Dues         []helpLine
	Paid         []ownPaid
	Covers       []string
	Groups       []string
	Reminders    []string
	Records      []ownRecord
}

// ownEntitled is what a year entitles to, in plain words.
type ownEntitled struct {
	Year                 int
	Years                []pickView
	Problems             []string // why there is no answer
	Trial                bool
	Cap, Sum             string
	Waiting              int
	CoveredFrom          string
	Covered, CapIs       string // sentences
	CapReasons, DayWhys  []ownReason
	Offer                string
	Streak, Plus, Lowers string
}

// ownReason is what decides a part: in words, with what the clause says.
type ownReason struct {
	Part, Text, Clause, Law string
	Assumed                 bool
}

// ownYear is a year of a person's insurance.
type ownYear struct {
	Year        string
	Cover       string
	Own         string
	Others      string
	PaidOn      string
	Used        string
	Broken      bool
	WhyPath     string
	HasResident bool
}

// ownPaid is a contribution with who bore it.
type ownPaid struct {
	What   string
	On     string
	Shares []helpLine
	Note   string
}

// ownRecord is an entry of the file.
type ownRecord struct {
	No                     int
	Kind, Text, From, Path string
	Void                   bool
}

// ownPage reads the reader's own file and makes the model of the pages about it.
func (s *site) ownPage(me *insured, r *http.Request) (store.Person, ownModel, error) {
	p, err := me.own(r)
	if err != nil {
		return p, ownModel{}, err
	}
	m, err := s.ownModel(me.frame, r, p, "/my")
	return p, m, err
}

func (s *site) myHome(me *insured, w http.ResponseWriter, r *http.Request) error {
	_, m, err := s.ownPage(me, r)
	if err != nil {
		return err
	}
	return me.render(w, r, http.StatusOK, myHomePage(me.frame, m))
}

func (s *site) myWhy(me *insured, w http.ResponseWriter, r *http.Request) error {
	_, m, err := s.ownPage(me, r)
	if err != nil {
		return err
	}
	return me.render(w, r, http.StatusOK, myWhyPage(me.frame, m))
}

func (s *site) myFile(me *insured, w http.ResponseWriter, r *http.Request) error {
	p, m, err := s.ownPage(me, r)
	if err != nil {
		return err
	}
	if m.Records, err = s.ownRecords(me.frame, r, p.File, true, ""); err != nil {
		return err
	}
	return me.render(w, r, http.StatusOK, myFilePage(me.frame, m))
}

// ownModel is a person's file without its single entries.
func (s *site) ownModel(f *frame, r *http.Request, p store.Person, base string) (ownModel, error) {
	today := s.today()
	now := p.On(today)
	m := ownModel{Base: base, Name: now.Name, Number: office.MaskNumber(now.Number), Insured: len(now.Covers) > 0}
	for _, g := range now.Groups {
		m.Groups = append(m.Groups, f.T("value."+string(g)))
	}
	m.Today = []helpLine{{Name: f.T("web.my.cover"), Text: f.coverText(now)}, {Name: f.T("web.my.number"), Text: m.Number},
		{Name: f.T("web.enrol.lives"), Text: f.placeName(now.Lives)}, {Name: f.T("web.my.groups"), Text: orDash(strings.Join(m.Groups, f.T("list.separator")))},
		{Name: f.T("web.my.phone"), Text: orDash(office.MaskNumber(now.Reach.Phone))}, {Name: f.T("web.my.county"), Text: f.divisionName(p.County)}}
	standards, err := s.Store.Standards(r.Context())
	if err != nil {
		return m, err
	}
	m.Entitled = s.ownEntitled(f, p.File, standards)
	m.Years = f.ownYears(p.File, policy.Year(s.Now().Year()), base)
	m.Dues = f.ownDues(p.File, standards)
	m.Paid = f.ownPayments(p.File)
	for _, c := range slices.Backward(p.Covers()) {
		m.Covers = append(m.Covers, f.spellText(c.Spell)+" \u00b7 "+f.wayName(c.Way)+" \u00b7 "+f.divisionName(c.Area))
	}
	for _, x := range slices.Backward(enrol.Valid[enrol.Reminded](p.File)) {
		m.Reminders = append(m.Reminders, strings.Trim(string(x.Fact.On)+" \u00b7 "+x.Fact.Channel+" \u00b7 "+x.Fact.Result, " \u00b7"))
	}
	return m, nil
}

// wholeYuan finds the fen of amounts that have none.
var wholeYuan = regexp.MustCompile(`(\d)\.00\b`)

// yuanText writes an amount in yuan as people say it: without fen where there are none.
func yuanText(x money.Fen) string { return strings.TrimSuffix(x.In(money.Yuan), ".00") }

// yearAsked is the year that the address names, or this one.
func (s *site) yearAsked(f *frame) int {
	if asked, err := strconv.Atoi(f.seen.Get("of")); err == nil && asked > 2000 && asked < 2100 {
		return asked
	}
	return s.Now().Year()
}

// ownEntitled says what a year entitles a person to, and why.
func (s *site) ownEntitled(f *frame, file *enrol.File, standards enrol.Standards) *ownEntitled {
	m := &ownEntitled{Year: s.yearAsked(f)}
	for y := max(2025, s.Now().Year()-2); y <= s.Now().Year()+1; y++ {
		m.Years = append(m.Years, pickView{Text: strconv.Itoa(y), Path: f.myHere("of", strconv.Itoa(y)), Current: y == m.Year})
	}
	rules, err := s.rulesOf(policy.Year(m.Year))
	if err != nil {
		m.Problems = f.problemTexts(err)
		return m
	}
	m.Trial = rules.Status.Trial()
	h := rules.History(file, standards)
	e, reasons, err := rules.Explain(&h)
	if err != nil {
		m.Problems = f.notEntitled(file, policy.Year(m.Year), err)
		return m
	}
	m.say(f, e, s.today())
	for _, x := range reasons {
		own := ownReason{Part: f.partName(x.Part), Text: wholeYuan.ReplaceAllString(f.sentence(x.Message), "$1"), Clause: string(x.Clause), Law: f.clauseText(string(x.Clause)), Assumed: x.Assumed}
		if slices.Contains([]string{"waiting", "fixed", "variable", "repaired", "least", "covered_from", "repair_offer"}, x.Part) {
			m.DayWhys = append(m.DayWhys, own)
		} else {
			m.CapReasons = append(m.CapReasons, own)
		}
	}
	return m
}

// say puts the answer in sentences.
func (m *ownEntitled) say(f *frame, e enrol.Entitlement, today policy.Date) {
	m.Cap = yuanText(e.Cap)
	m.CapIs = f.T("web.my.cap.is", "year", m.Year, "cap", m.Cap)
	m.Sum = f.T("web.my.cap.sum", "base", yuanText(e.Cap-e.Counted+e.Reduction), "plus", yuanText(e.Counted), "minus", yuanText(e.Reduction), "cap", m.Cap)
	m.Waiting, m.CoveredFrom = e.Waiting.Months(), e.Waiting.CoveredFrom.String()
	m.Streak, m.Plus, m.Lowers = f.T("web.enrol.years", "count", e.Streak), yuanText(e.Counted), yuanText(e.Reduction)
	key := "web.my.from.at_once"
	switch {
	case m.Waiting > 0 && m.CoveredFrom <= string(today):
		key = "web.my.from.waited"
	case m.Waiting > 0:
		key = "web.my.from.waits"
	}
	m.Covered = f.Text(fault.Msg(key, "year", m.Year, "months", m.Waiting, "day", m.CoveredFrom))
	if e.Offer.Years > 0 {
		m.Offer = f.offerText(e.Offer)
	}
}

// offerText says what repair can be bought, and for how much.
func (f *frame) offerText(o enrol.Offer) string {
	if o.PricePerYear == 0 {
		return f.T("web.my.offer.no_price", "years", o.Years, "months", o.MonthsAfter)
	}
	return f.T("web.my.offer", "years", o.Years, "price", yuanText(o.PricePerYear), "total", yuanText(o.PricePerYear*money.Fen(o.Years)), "months", o.MonthsAfter)
}

// notEntitled says in plain words why there is no answer for a year.
func (f *frame) notEntitled(file *enrol.File, year policy.Year, err error) []string {
	covers := file.On(year.End()).Covers
	for _, c := range covers {
		if c.Way.Insurance() == enrol.Employee {
			return []string{f.T("web.my.employee", "year", int(year))}
		}
	}
	if len(covers) == 0 {
		return []string{f.T("web.my.uninsured", "year", int(year))}
	}
	return f.problemTexts(err)
}

// ownYears are the years from the first of insurance to this one or the last paid for, the last first.
func (f *frame) ownYears(file *enrol.File, this policy.Year, base string) []ownYear {
	covers := map[policy.Year][]enrol.Covered{}
	var first policy.Year
	last := this
	for _, c := range file.Covers() {
		from, to := yearOfDay(c.From), this
		if c.To != "" {
			to = yearOfDay(c.To)
		}
		for y := from; y <= to; y++ {
			covers[y] = append(covers[y], c)
		}
		if first == 0 || from < first {
			first = from
		}
		last = max(last, to)
	}
	if first == 0 {
		return nil
	}
	paid, used := paidByYear(file), map[policy.Year]enrol.Used{}
	for _, u := range enrol.Valid[enrol.Used](file) {
		used[u.Fact.Year] = u.Fact
	}
	var out []ownYear
	for y := last; y >= first; y-- {
		line := ownYear{Year: strconv.Itoa(int(y)), Broken: len(covers[y]) == 0, Cover: f.T("web.my.year.none")}
		var ways []string
		for _, c := range covers[y] {
			ways = append(ways, f.T("web.insurance."+c.Way.Insurance().String())+" ("+f.wayName(c.Way)+", "+f.divisionName(c.Area)+")")
			line.HasResident = line.HasResident || c.Way.Insurance() == enrol.Resident
		}
		if len(ways) > 0 {
			line.Cover = strings.Join(slices.Compact(ways), f.T("list.separator"))
		}
		if p, has := paid[y]; has {
			line.PaidOn, line.Own, line.Others = string(p.on), yuanText(p.shares[enrol.Person]), yuanText(p.shares.Total()-p.shares[enrol.Person])
		}
		if u, has := used[y]; has {
			line.Used = yuanText(u.Reimbursed)
		}
		if line.HasResident && y >= 2025 {
			line.WhyPath = f.myLink(base+"/why", "of", line.Year)
		}
		out = append(out, line)
	}
	return out
}

func yearOfDay(d policy.Date) policy.Year {
	year, _ := strconv.Atoi(string(d[:min(len(d), 4)])) // a day is digits
	return policy.Year(year)
}

// paidInYear is what was paid for a year in all, and when last.
type paidInYear struct {
	on     policy.Date
	shares enrol.Shares
}

func paidByYear(file *enrol.File) map[policy.Year]paidInYear {
	out := map[policy.Year]paidInYear{}
	refunded := refundedNumbers(file)
	for _, p := range enrol.Valid[enrol.Paid](file) {
		if refunded[p.No] != "" {
			continue
		}
		sum := out[p.Fact.Year]
		sum.on = max(sum.on, p.Fact.On)
		for i, share := range p.Fact.Shares {
			sum.shares[i] += share
		}
		out[p.Fact.Year] = sum
	}
	return out
}

// refundedNumbers are the contributions that were given back, with the day.
func refundedNumbers(file *enrol.File) map[int]policy.Date {
	out := map[int]policy.Date{}
	for _, x := range enrol.Valid[enrol.Refunded](file) {
		out[x.Fact.No] = x.Fact.On
	}
	return out
}

// ownDues are what a person still has to pay himself.
func (f *frame) ownDues(file *enrol.File, standards enrol.Standards) []helpLine {
	dues, err := file.Dues(standards)
	if err != nil {
		return []helpLine{{Name: f.T("web.enrol.dues"), Text: strings.Join(f.problemTexts(err), " ")}}
	}
	var out []helpLine
	for _, d := range dues {
		out = append(out, helpLine{Name: f.T("web.my.due", "year", int(d.Year), "way", f.wayName(d.Way)), Text: f.T("web.my.yuan", "amount", yuanText(d.Shares[enrol.Person]))})
	}
	return out
}

// ownPayments are a person's contributions, the latest first.
func (f *frame) ownPayments(file *enrol.File) []ownPaid {
	refunded := refundedNumbers(file)
	var out []ownPaid
	for _, p := range slices.Backward(enrol.Valid[enrol.Paid](file)) {
		line := ownPaid{What: f.T("web.my.paid", "year", int(p.Fact.Year), "way", f.wayName(p.Fact.Way)), On: string(p.Fact.On), Note: f.repairText(p.Fact.Repair)}
		if p.Fact.Months.From != "" {
			line.What += " " + f.spellText(p.Fact.Months)
		}
		if day, given := refunded[p.No]; given {
			line.Note = f.T("web.my.refunded", "day", string(day))
		}
		for _, payer := range enrol.Payers() {
			if share := p.Fact.Shares[payer]; share != 0 {
				line.Shares = append(line.Shares, helpLine{Name: f.T("web.enrol.bears." + strconv.Itoa(int(payer))), Text: f.T("web.my.yuan", "amount", yuanText(share))})
			}
		}
		line.Shares = append(line.Shares, helpLine{Name: f.T("web.my.total"), Text: f.T("web.my.yuan", "amount", yuanText(p.Fact.Shares.Total()))})
		out = append(out, line)
	}
	return out
}

// ownRecords are the entries of a file, the latest first, with where each came from but not who wrote it down, and where one may object to it, by a grant
// where one is named.
func (s *site) ownRecords(f *frame, r *http.Request, file *enrol.File, objects bool, grant string) ([]ownRecord, error) {
	sources, err := s.Store.Persons().Sources(r.Context(), sourcesOf(file)...)
	if err != nil {
		return nil, err
	}
	var out []ownRecord
	voided := file.Voided()
	for i := len(file.Entries) - 1; i >= 0; i-- {
		e := file.Entries[i]
		line := ownRecord{No: i + 1, Void: voided[i]}
		if objects && !voided[i] {
			line.Path = f.myLink("/my/objections/new", "record", strconv.Itoa(i+1), "for", grant)
		}
		line.Kind, line.Text = f.factText(e.Fact, false)
		if x, known := sources[e.Source]; known {
			line.From = strings.TrimSpace(f.moment(x.At) + " " + f.divisionName(x.Division) + " " + x.Document)
		}
		out = append(out, line)
	}
	return out, nil
}

// yearText is the year that is asked about, for addresses.
func (m ownModel) yearText() string { return strconv.Itoa(m.Entitled.Year) }

// myTabs are the pages of an insured person.
func (f *frame) myTabs() []menuItem {
	var out []menuItem
	for _, t := range []menuItem{{Name: "my", Path: "/my"}, {Name: "why", Path: "/my/why"}, {Name: "file", Path: "/my/file"}, {Name: "bills", Path: "/my/bills"}, {Name: "whatif", Path: "/my/whatif"},
		{Name: "grants", Path: "/my/grants"}, {Name: "registrations", Path: "/my/registrations"}, {Name: "account", Path: "/my/account"}, {Name: "objections", Path: "/my/objections"}} {
		t.Current = t.Path == f.path
		out = append(out, t)
	}
	return out
}
