package web

import (
	"net/http"
	"strconv"

	"tongchou/internal/enrol"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// ownWhatIf is what a person may do, side by side with today.
type ownWhatIf struct {
	Name     string
	Year     int // the first that he is not insured for
	Late     string
	First    string // the days on which a late payment may be supposed
	Last     string
	Today    *ownEntitled
	Choices  []ownChoice
	Problems []string
}

// ownChoice is something he may do, with what follows.
type ownChoice struct {
	Title, About, Price string
	Years               []ownChoiceYear
	Best                bool
}

// ownChoiceYear is what a year entitles to after a choice, and how far that is from paying in time.
type ownChoiceYear struct {
	Year          string
	Cap, From     string
	Waiting       string
	Against       string // how the cap differs from that of paying in time
	Worse, Better bool
	None          string // why there is no figure
}

func (s *site) myWhatIf(me *insured, w http.ResponseWriter, r *http.Request) error {
	p, err := me.own(r)
	if err != nil {
		return err
	}
	standards, err := s.Store.Standards(r.Context())
	if err != nil {
		return err
	}
	m := ownWhatIf{Name: p.Identity().Name, Today: s.ownEntitled(me.frame, p.File, standards)}
	compiled := map[policy.Year]*enrol.Rules{}
	prospect := enrol.Prospect{File: p.File, Today: s.today(), Standards: standards, Rules: func(year policy.Year) (*enrol.Rules, error) {
		if compiled[year] == nil {
			rules, err := s.rulesOf(year)
			if err != nil {
				return nil, err
			}
			compiled[year] = rules
		}
		return compiled[year], nil
	}}
	open := prospect.Open()
	m.Year, m.First, m.Last = int(open), strconv.Itoa(int(open))+"-01-01", string(open.End())
	m.Late = me.seen.Get("late")
	if day, ok := policy.ParseDate(m.Late); !ok || string(day) < m.First || string(day) > m.Last {
		m.Late = strconv.Itoa(int(open)) + "-03-01"
	}
	prospect.Late = policy.Date(m.Late)
	all, err := prospect.Suppose()
	if err != nil {
		m.Problems = me.problemTexts(err)
	}
	m.Choices = me.ownChoices(all, m)
	return me.render(w, r, http.StatusOK, myWhatIfPage(me.frame, m))
}

// ownChoices says what follows from every choice, against paying in time.
func (f *frame) ownChoices(all []enrol.Supposed, m ownWhatIf) []ownChoice {
	inTime := map[policy.Year]enrol.Entitlement{}
	for _, one := range all {
		if one.Choice == enrol.PayInTime {
			for _, y := range one.Years {
				inTime[y.Year] = y.Entitlement
			}
		}
	}
	var out []ownChoice
	for _, one := range all {
		c := ownChoice{Title: f.T("web.my.choice."+string(one.Choice), "year", m.Year), About: f.T("web.my.choice.about."+string(one.Choice), "year", m.Year, "next", m.Year+1, "late", m.Late),
			Price: f.T("web.my.choice.price", "amount", yuanText(one.Price)), Best: one.Choice == enrol.PayInTime}
		if !one.Priced {
			c.Price = f.T("web.my.choice.unpriced")
		}
		for _, y := range one.Years {
			c.Years = append(c.Years, f.ownChoiceYear(y, inTime[y.Year], one.Choice == enrol.PayInTime))
		}
		out = append(out, c)
	}
	return out
}

func (f *frame) ownChoiceYear(y enrol.SupposedYear, inTime enrol.Entitlement, same bool) ownChoiceYear {
	v := ownChoiceYear{Year: f.T("web.my.year", "year", strconv.Itoa(int(y.Year)))}
	switch {
	case y.Refusal != nil:
		v.None = f.problemTexts(y.Refusal)[0]
		return v
	case y.Insurance == enrol.Employee:
		v.None = f.T("web.my.choice.as_employee")
		return v
	case y.Insurance == enrol.NoInsurance:
		v.None = f.T("web.my.choice.none")
		return v
	}
	e := y.Entitlement
	v.Cap, v.From = f.T("web.my.yuan", "amount", yuanText(e.Cap)), e.Waiting.CoveredFrom.String()
	v.Waiting = f.T("web.my.choice.no_waiting")
	if months := e.Waiting.Months(); months > 0 {
		v.Waiting = f.T("web.enrol.months", "count", months)
	}
	if !same && inTime.Cap > 0 {
		v.Against, v.Worse, v.Better = f.againstInTime(e.Cap-inTime.Cap), e.Cap < inTime.Cap, e.Cap > inTime.Cap
	}
	return v
}

// againstInTime says how a cap differs from that of paying in time.
func (f *frame) againstInTime(by money.Fen) string {
	switch {
	case by < 0:
		return f.T("web.my.choice.less", "amount", yuanText(-by))
	case by > 0:
		return f.T("web.my.choice.more", "amount", yuanText(by))
	}
	return f.T("web.my.choice.same")
}
