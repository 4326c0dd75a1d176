package web

import (
	"net/http"
	"slices"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// whatIfModel is the page where parameters are tried out (试算).
type whatIfModel struct {
	Name    string
	Groups  []fieldGroup
	Sum     sumView
	Changed int
	Result  *comparisonView // nil without a baseline or with fields in error
	Reasons []fault.Problem // why the trial was refused
	Export  string
	Reset   string
}

// fieldGroup is a heading of the form with its fields.
type fieldGroup struct {
	Name, Title string
	Fields      []fieldView
}

// fieldView is one parameter in the form.
type fieldView struct {
	ID, Name, Title, Value, Now, Unit, Clause, Assumed, Error string
	Choices                                                   []choiceView
	Changed                                                   bool
}

type choiceView struct {
	Value, Text string
	Selected    bool
}

// sumView is the sum of the weights as typed.
type sumView struct {
	Text string
	Good bool
}

// scenario is what a request wants tried out.
type scenario struct {
	name    string
	typed   map[policy.ParameterID]string // every field as it stands
	overlay policy.Overlay                // what differs from the policy
	wrong   map[policy.ParameterID]string // fields that cannot be read
}

// scenarioOf reads a scenario from the address; fields that say what the policy says are no change.
func (f *frame) scenarioOf() scenario {
	s := scenario{name: strings.TrimSpace(f.seen.Get("name")), typed: map[policy.ParameterID]string{}, wrong: map[policy.ParameterID]string{}}
	if runes := []rune(s.name); len(runes) > 60 {
		s.name = string(runes[:60])
	}
	s.overlay = policy.Overlay{Name: s.name, Set: map[policy.ParameterID]string{}}
	set := f.set()
	for _, d := range f.poolDefinitions() {
		text := strings.TrimSpace(f.seen.Get(string(d.ID)))
		now, has := set.Get(d.ID)
		if text == "" {
			continue
		}
		s.typed[d.ID] = text
		value, ok := d.Parse(text)
		switch {
		case !ok:
			s.wrong[d.ID] = f.T("policy.unit."+string(d.Unit)+".expected", "choices", f.choiceNames(d))
		case has && now.Value.Equal(value), !has && isWeight(d.ID) && value.Rate() == 0:
		default:
			s.overlay.Set[d.ID] = text
		}
	}
	return s
}

// poolDefinitions lists the parameters the form shows: those the policy sets, every weight, and the collection rates
// the policy leaves open.
func (f *frame) poolDefinitions() []policy.Definition {
	set := f.set()
	var out []policy.Definition
	for _, d := range f.site.Engine.Library.Definitions {
		if !strings.HasPrefix(string(d.ID), "pool.") {
			continue
		}
		_, has := set.Get(d.ID)
		open := strings.HasPrefix(string(d.ID), "pool.collection.rate.") || isWeight(d.ID) && (d.ID != "pool.factor.age_groups" || len(f.book.facts.AgeGroups) > 0)
		if has || open || f.book.lacks(d.ID) {
			out = append(out, d)
		}
	}
	return out
}

func isWeight(id policy.ParameterID) bool { return strings.HasPrefix(string(id), "pool.factor.") }

// whatIfGroups are the headings of the form, in the order of the year; the last one takes what is left.
var whatIfGroups = []struct{ name, prefix string }{
	{"weights", "pool.factor."}, {"clip", "pool.clip."}, {"collection", "pool.collection."}, {"reserve", "pool.reserve."},
	{"emergency", "pool.emergency."}, {"other", "pool."},
}

func (s *site) whatIf(f *frame, w http.ResponseWriter, r *http.Request) error {
	if len(f.book.results) == 0 && len(f.problems) == 0 {
		f.noFigures(w, r)
		return nil
	}
	wanted := f.scenarioOf()
	m := whatIfModel{Name: wanted.name, Changed: len(wanted.overlay.Set), Reset: f.link("/pool/whatif")}
	f.form(&m, wanted)
	f.try(&m, wanted)
	m.Export = f.scenarioLink("/pool/whatif.yaml", wanted)
	if part(r, "outcome") {
		w.Header().Set("HX-Replace-Url", f.scenarioLink("/pool/whatif", wanted))
		return f.render(w, r, http.StatusOK, whatIfSwap(f, m))
	}
	return f.render(w, r, http.StatusOK, whatIfPage(f, m))
}

// scenarioLink is an address that carries a scenario, what was typed wrongly too, and nothing that the policy says anyway.
func (f *frame) scenarioLink(path string, s scenario) string {
	more := []string{"name", s.name}
	for id, text := range s.overlay.Set {
		more = append(more, string(id), text)
	}
	for id := range s.wrong {
		more = append(more, string(id), s.typed[id])
	}
	return f.link(path, more...)
}

// form lays out the fields with their values, the sum of the weights and what is wrong with them.
func (f *frame) form(m *whatIfModel, s scenario) {
	set := f.set()
	groups := make([]fieldGroup, len(whatIfGroups))
	var sum money.Rate
	sane := true
	for _, d := range f.poolDefinitions() {
		v := f.field(set, d, s)
		if isWeight(d.ID) && v.Value != "" {
			value, ok := d.Parse(v.Value)
			sane = sane && ok
			sum += value.Rate()
		}
		for i, g := range whatIfGroups {
			if strings.HasPrefix(string(d.ID), g.prefix) {
				groups[i].Fields = append(groups[i].Fields, v)
				break
			}
		}
	}
	for i, g := range groups {
		g.Name, g.Title = whatIfGroups[i].name, f.T("web.whatif.group."+whatIfGroups[i].name)
		if len(g.Fields) > 0 {
			m.Groups = append(m.Groups, g)
		}
	}
	m.Sum = sumView{Text: f.T("web.whatif.sum", "sum", sum), Good: sane && (sum == money.One || sum == 0 && f.fillsGaps())}
	if !m.Sum.Good {
		m.Sum.Text = f.T("web.whatif.sum.wrong", "sum", sum)
	}
}

// fillsGaps tells whether the policy may do without weights.
func (f *frame) fillsGaps() bool {
	kind, ok := f.set().Get("pool.emergency.kind")
	return ok && kind.Value.String() == "overspend"
}

func (f *frame) field(set *policy.Set, d policy.Definition, s scenario) fieldView {
	v := fieldView{ID: fieldID(d.ID), Name: string(d.ID), Title: f.fieldTitle(d), Unit: f.T("policy.unit." + string(d.Unit)), Now: f.T("web.whatif.none"), Error: s.wrong[d.ID]}
	now, has := set.Get(d.ID)
	if has {
		v.Value, v.Now, v.Clause = now.Value.String(), now.Value.String(), string(now.Clause)
		if now.Assumed != nil {
			v.Assumed = now.Assumed.In(string(f.Lang))
		}
	} else if isWeight(d.ID) {
		v.Value, v.Now = "0", "0"
	}
	if typed, ok := s.typed[d.ID]; ok {
		v.Value = typed
	}
	_, v.Changed = s.overlay.Set[d.ID]
	for _, c := range d.Choices {
		v.Choices = append(v.Choices, choiceView{Value: c, Text: f.T("web.choice." + c), Selected: c == v.Value})
	}
	if has && d.Unit == policy.Choice {
		v.Now = f.T("web.choice." + now.Value.String())
	}
	return v
}

// fieldTitle names a field; a weight goes by its factor, since its group says the rest.
func (f *frame) fieldTitle(d policy.Definition) string {
	if isWeight(d.ID) {
		return f.T("factor." + strings.TrimPrefix(string(d.ID), "pool.factor."))
	}
	return d.Title.In(string(f.Lang))
}

func (f *frame) choiceNames(d policy.Definition) []string {
	out := make([]string, len(d.Choices))
	for i, c := range d.Choices {
		out[i] = f.T("web.choice." + c)
	}
	return out
}

// try computes the year under the scenario and sets it beside the baseline. The years before stay as the policy left
// them, so the surpluses and balances the year opens with are the same on both sides.
func (f *frame) try(m *whatIfModel, s scenario) {
	if len(s.wrong) > 0 || f.result == nil && len(s.overlay.Set) == 0 {
		return
	}
	if f.result == nil {
		f.tryAlone(m, s)
		return
	}
	b, err := f.site.shelf.trial(f, s.overlay)
	if err != nil {
		m.Reasons = problemsOf(err)
		return
	}
	m.Result = f.comparison(pool.Compare(*f.result, b))
}

// tryAlone computes a scenario for a year that cannot be computed as the policy stands.
func (f *frame) tryAlone(m *whatIfModel, s scenario) {
	b := f.site.shelf.open(s.overlay)
	last, ok := b.result(f.year)
	if m.Reasons = b.problems; !ok || len(last.Funds) == 0 {
		return
	}
	m.Reasons = nil
	f.result, f.year, f.insurance = &last, last.Year, last.Funds[0].Insurance
	f.fund = &last.Funds[0]
	m.Result = f.comparison(pool.Compare(pool.Result{Year: last.Year}, last))
}

// advice gives a message that tells what to type at the command line in the words of the console.
func (f *frame) advice(m fault.Message) fault.Message {
	switch m.Key {
	case "pool.parameter_missing":
		id, _ := m.Args.Get("id")
		is := func(d policy.Definition) bool { return string(d.ID) == id }
		i := slices.IndexFunc(f.site.Engine.Library.Definitions, is)
		if i < 0 {
			return m
		}
		out := fault.Message{Key: "web.advice.parameter", Args: append(slices.Clone(m.Args), "title", f.site.Engine.Library.Definitions[i].Title.In(string(f.Lang)))}
		if !slices.ContainsFunc(f.poolDefinitions(), is) { // the form has no field for it: a choice asks for too much
			out.Key = "web.advice.choice"
		}
		return out
	case "pool.opening_missing":
		m.Key = "web.advice.opening"
	}
	return m
}

// lacks tells whether a year could not be computed because the policy does not set a parameter.
func (b *book) lacks(id policy.ParameterID) bool {
	return slices.ContainsFunc(b.problems, func(p fault.Problem) bool {
		missing, _ := p.Args.Get("id")
		return p.Key == "pool.parameter_missing" && missing == string(id)
	})
}
