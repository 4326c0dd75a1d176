package exchange

import (
	"bytes"
	"encoding/json"

	"tongchou/internal/benefit"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// simulationForm is the form of the papers that this program writes.
const simulationForm = "tongchou-simulation-1"

// SimulationPaper (政策测算书) is a simulation as it is kept, shown and compared: what was compared over which visits, and what it came to. Amounts and numbers of persons
// and visits are brought up to everybody where a sample was simulated.
//
// 依据: SC38-11.1
type SimulationPaper struct {
	Form   string        `json:"form"`
	Policy string        `json:"policy"`
	Files  string        `json:"policy_version,omitempty"` // the digest of the policy files
	Status policy.Status `json:"status"`
	Name   string        `json:"name,omitempty"` // of the scenario
	SimulationSource
	Set         map[policy.ParameterID]string            `json:"set"`
	Before      map[policy.ParameterID]string            `json:"before,omitempty"` // what the policy says of those
	At          string                                   `json:"at,omitempty"`
	By          string                                   `json:"made_by,omitempty"`
	Program     string                                   `json:"program,omitempty"`
	Total       SimulationTally                          `json:"total"`
	Within      SimulationWithin                         `json:"within"`
	Rows        map[benefit.Dimension][]SimulationTally  `json:"by"`
	People      SimulationPeople                         `json:"people"`
	PeopleBy    map[benefit.Dimension][]SimulationPeople `json:"people_by,omitempty"`
	Own         []SimulationBand                         `json:"own"`
	Percentiles []SimulationPercentile                   `json:"own_percentiles"`
	Funds       []SimulationFund                         `json:"funds,omitempty"`
	Calibration []SimulationTally                        `json:"calibration,omitempty"`
	Incomes     map[region.Code]SimulationIncome         `json:"incomes,omitempty"`
	Means       map[string]SimulationIncome              `json:"income_means,omitempty"`  // by insurance, of those of other areas (假设)
	Fifths      []money.Rate                             `json:"income_groups,omitempty"` // the mean of each fifth of persons, of the mean of all (假设)
}

// SimulationSource (测算数据) is what was simulated: the visits of a year, of how many persons standing for how many. Share is the share of persons in the sample, 1 for all.
type SimulationSource struct {
	Synthetic bool        `json:"synthetic"`
	Year      policy.Year `json:"year"`
	Day       policy.Date `json:"rules_of,omitempty"` // the day whose rules hold for all visits; empty: each its own
	Kind      string      `json:"kind,omitempty"`     // of the snapshot
	Snapshot  string      `json:"snapshot,omitempty"`
	Aided     string      `json:"aided_as,omitempty"` // the group that persons with medical aid count as (假设)
	Share     money.Rate  `json:"share"`
	Persons   int64       `json:"persons"`
	Simulated int64       `json:"simulated"`
	Refunded  int64       `json:"refunded,omitempty"`         // settlements left out because they were refunded
	Other     int64       `json:"other_insurances,omitempty"` // left out: of other insurances
	Skipped   int64       `json:"skipped,omitempty"`          // left out: on days without rules
}

// Of says how many persons were simulated: a sample stands for so many as its share says.
func (s SimulationSource) Of(simulated int64) SimulationSource {
	s.Simulated, s.Persons = simulated, simulated
	if s.Share < money.One {
		s.Persons = int64(money.Fen(simulated).Ratio().Quo(s.Share.Ratio()).Fen())
	}
	return s
}

// The parts of the paper.
type (
	// SimulationTally is a word of a dimension, or everything.
	SimulationTally struct {
		Key      string            `json:"key,omitempty"`
		Beside   string            `json:"level,omitempty"` // of a calibration: the level beside the insurance
		Visits   int64             `json:"visits"`
		Total    money.Fen         `json:"medfee_sumamt"`
		InScope  money.Fen         `json:"inscp_scp_amt"`
		Baseline SimulationBurden  `json:"baseline"`
		Scenario SimulationBurden  `json:"scenario"`
		Paid     *SimulationBurden `json:"paid,omitempty"` // what was paid in fact
	}
	// SimulationBurden is who bears what.
	SimulationBurden struct {
		Basic        money.Fen `json:"hifp_pay"`
		Catastrophic money.Fen `json:"hifmi_pay"`
		Large        money.Fen `json:"hifob_pay"`
		Aid          money.Fen `json:"maf_pay"`
		Other        money.Fen `json:"oth_pay"`
		Funds        money.Fen `json:"fund_pay_sumamt"`
		Own          money.Fen `json:"psn_part_amt"`
	}
	// SimulationWithin is the sampling error of sums, with a confidence of 95 %.
	SimulationWithin struct {
		Before money.Fen `json:"baseline"`
		After  money.Fen `json:"scenario"`
		Change money.Fen `json:"change"`
	}
	// SimulationPeople is what the scenario does to persons.
	SimulationPeople struct {
		Key     string    `json:"key,omitempty"`
		Persons int64     `json:"persons"`
		Better  int64     `json:"better"`
		Worse   int64     `json:"worse"`
		Same    int64     `json:"same"`
		Gained  money.Fen `json:"gained"`
		Lost    money.Fen `json:"lost"`
		Borne   money.Fen `json:"own_baseline"`
		Bears   money.Fen `json:"own_scenario"`
		Judged  int64     `json:"judged,omitempty"` // with an assumed capacity to pay
		Before  int64     `json:"catastrophic_baseline"`
		After   int64     `json:"catastrophic_scenario"`
	}
	// SimulationBand is a band of own costs.
	SimulationBand struct {
		From     money.Fen `json:"from"`
		Baseline int64     `json:"baseline"`
		Scenario int64     `json:"scenario"`
	}
	// SimulationPercentile is what so many per cent of persons pay at most.
	SimulationPercentile struct {
		Percent  int       `json:"percent"`
		Baseline money.Fen `json:"baseline"`
		Scenario money.Fen `json:"scenario"`
	}
	// SimulationFund is what the scenario does to a fund.
	SimulationFund struct {
		Division    region.Code `json:"division"`
		Insurance   string      `json:"insurance"`
		Surplus     money.Fen   `json:"surplus"`
		Expenditure money.Fen   `json:"expenditure"`
		More        money.Fen   `json:"more"`
		Before      string      `json:"months_baseline"`
		After       string      `json:"months_scenario"`
	}
	// SimulationIncome is an assumed capacity to pay.
	SimulationIncome struct {
		Disposable  money.Fen `json:"disposable"`
		Subsistence money.Fen `json:"subsistence"`
	}
)

// NewSimulationPaper writes a simulation down by the dimensions asked for. facts are the funds' balances; none where they are not known.
func NewSimulationPaper(s *benefit.Simulation, rules *benefit.Schedules, source SimulationSource, dimensions []benefit.Dimension, facts []benefit.FundFact) SimulationPaper {
	source.Skipped = s.Skipped
	w := simulationWriter{source}
	p := SimulationPaper{Form: simulationForm, Policy: rules.Pack.ID, Status: rules.Last().Status, SimulationSource: source,
		Set: map[policy.ParameterID]string{}, Before: map[policy.ParameterID]string{}, Total: w.tally("", s.Total()), Rows: map[benefit.Dimension][]SimulationTally{},
		People: w.people("", s.People()), PeopleBy: map[benefit.Dimension][]SimulationPeople{}}
	for _, e := range rules.Changed {
		p.Set[e.ID] = e.Value.String()
		if e.Before != nil {
			p.Before[e.ID] = e.Before.Value.String()
		}
	}
	p.Within = SimulationWithin{s.Within(benefit.FundsBefore, source.Share), s.Within(benefit.FundsAfter, source.Share), s.Within(benefit.FundsChange, source.Share)}
	for _, d := range dimensions {
		for _, r := range s.By(d) {
			p.Rows[d] = append(p.Rows[d], w.tally(r.Word, r.Tally))
		}
	}
	for _, d := range benefit.PeopleDimensions() {
		for _, r := range s.PeopleBy(d) {
			p.PeopleBy[d] = append(p.PeopleBy[d], w.people(r.Word, r.People))
		}
	}
	for _, band := range s.People().Own {
		p.Own = append(p.Own, SimulationBand{band.From, w.count(band.Persons[benefit.Baseline]), w.count(band.Persons[benefit.Scenario])})
	}
	for _, percent := range benefit.Percentiles() {
		p.Percentiles = append(p.Percentiles, SimulationPercentile{percent, s.OwnAt(benefit.Baseline, percent), s.OwnAt(benefit.Scenario, percent)})
	}
	for _, e := range s.FundEffects(facts) {
		p.Funds = append(p.Funds, SimulationFund{e.Division, e.Insurance.String(), e.Surplus, e.Expenditure, e.More, e.Months[benefit.Baseline].Text(1), e.Months[benefit.Scenario].Text(1)})
	}
	for _, r := range s.Calibration() {
		t := w.tally(r.Insurance.String(), r.Tally)
		t.Beside = r.Level.String()
		p.Calibration = append(p.Calibration, t)
	}
	p.assume(&s.Incomes)
	return p
}

// assume writes the assumed incomes down.
func (p *SimulationPaper) assume(x *benefit.Incomes) {
	if len(x.Cities) > 0 {
		p.Incomes = map[region.Code]SimulationIncome{}
	}
	for code, i := range x.Cities {
		p.Incomes[code] = SimulationIncome(i)
	}
	if x.Means[benefit.Resident].Disposable > 0 {
		p.Means = map[string]SimulationIncome{}
		for _, i := range benefit.Insurances() {
			p.Means[i.String()] = SimulationIncome(x.Means[i])
		}
	}
	if x.Groups[0] > 0 {
		p.Fifths = x.Groups[:]
	}
}

// simulationWriter brings a sample up to everybody.
type simulationWriter struct{ SimulationSource }

func (w simulationWriter) amount(f money.Fen) money.Fen {
	if w.Persons == w.Simulated || w.Simulated == 0 {
		return f
	}
	return f.Ratio().Mul(money.NewRatio(w.Persons, w.Simulated)).Fen()
}

func (w simulationWriter) count(n int64) int64 { return int64(w.amount(money.Fen(n))) }

func (w simulationWriter) tally(key string, t benefit.Tally) SimulationTally {
	out := SimulationTally{Key: key, Visits: w.count(t.Visits), Total: w.amount(t.Total), InScope: w.amount(t.InScope),
		Baseline: w.burden(t.Burdens[benefit.Baseline]), Scenario: w.burden(t.Burdens[benefit.Scenario])}
	if t.Paid != (benefit.Burden{}) {
		paid := w.burden(t.Paid)
		out.Paid = &paid
	}
	return out
}

func (w simulationWriter) burden(b benefit.Burden) SimulationBurden {
	return SimulationBurden{w.amount(b.Basic), w.amount(b.Catastrophic), w.amount(b.Large), w.amount(b.Aid), w.amount(b.Other), w.amount(b.Funds()), w.amount(b.Own)}
}

func (w simulationWriter) people(key string, p benefit.People) SimulationPeople {
	return SimulationPeople{Key: key, Persons: w.count(p.Persons), Better: w.count(p.Better), Worse: w.count(p.Worse), Same: w.count(p.Same), Gained: w.amount(p.Gained), Lost: w.amount(p.Lost),
		Borne: w.amount(p.Borne[benefit.Baseline]), Bears: w.amount(p.Borne[benefit.Scenario]),
		Judged: w.count(p.Judged), Before: w.count(p.Catastrophic[benefit.Baseline]), After: w.count(p.Catastrophic[benefit.Scenario])}
}

// Layers are the amounts of a burden in the order they are shown: the funds one by one, all funds, the own share.
func (b SimulationBurden) Layers() []money.Fen {
	return []money.Fen{b.Basic, b.Catastrophic, b.Large, b.Aid, b.Other, b.Funds, b.Own}
}

// SimulationLayers names them, as texts do: figure.basic_pay and so on.
func SimulationLayers() []string {
	return []string{"basic_pay", "catastrophic_pay", "large_pay", "aid_pay", "other_pay", "funds_pay", "own_share"}
}

// Full tells whether everybody was simulated.
func (p SimulationPaper) Full() bool { return p.Share >= money.One && p.Persons == p.Simulated }

// Content is the paper as it is kept and digested.
func (p SimulationPaper) Content() ([]byte, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return nil, fault.Wrap(err, "exchange.simulation.unreadable")
	}
	return append(b, '\n'), nil
}

// ReadSimulationPaper reads a paper that was kept.
func ReadSimulationPaper(content []byte) (SimulationPaper, error) {
	var p SimulationPaper
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return p, fault.Wrap(err, "exchange.simulation.unreadable")
	}
	if p.Form != simulationForm {
		return p, fault.New(fault.Refused, "exchange.frozen.form", "form", p.Form, "known", simulationForm)
	}
	return p, nil
}

// FundFacts are the funds of a year as its statements have them, before anything is pooled: the surplus at the beginning, income and expenditure.
func FundFacts(statements []pool.Statement, year policy.Year) []benefit.FundFact {
	var out []benefit.FundFact
	for _, s := range statements {
		if s.Year != year || s.SurplusOpen {
			continue
		}
		f := benefit.FundFact{Division: s.Division, Surplus: s.SurplusBegin + s.Income - s.Spent, Expenditure: s.Expenditure()}
		if s.Insurance == pool.Resident {
			f.Insurance = benefit.Resident
		}
		out = append(out, f)
	}
	return out
}

// SimulationActual (测算与实际对照) sets what was predicted of an insurance and level beside what came to be: in-scope cost and what the funds paid of it in the year of the
// prediction, the share that was predicted, and cost, payment and share of the later year. Expected is what the predicted share of the later year's cost comes to.
type SimulationActual struct {
	Insurance, Level        string
	InScope, Paid           money.Fen
	Ratio, Predicted, Came  money.Ratio
	LaterInScope, LaterPaid money.Fen
	Expected                money.Fen
}

// Against (事后评估) compares a paper with what was paid in a later year, which a paper of that year has. The predicted share is the share paid then, changed as the simulation changes
// the baseline. What the paper does not know to have been paid is left out.
//
// 依据: SC38-11.1
func (p SimulationPaper) Against(later SimulationPaper) []SimulationActual {
	var out []SimulationActual
	for _, was := range p.Calibration {
		for _, is := range later.Calibration {
			if was.Key != is.Key || was.Beside != is.Beside || was.InScope <= 0 || is.InScope <= 0 || was.Baseline.Funds <= 0 {
				continue
			}
			a := SimulationActual{Insurance: was.Key, Level: was.Beside, InScope: was.InScope, Paid: was.Paid.Funds, LaterInScope: is.InScope, LaterPaid: is.Paid.Funds,
				Ratio: was.Paid.Funds.Ratio().Quo(was.InScope.Ratio()), Came: is.Paid.Funds.Ratio().Quo(is.InScope.Ratio())}
			a.Predicted = a.Ratio.Mul(was.Scenario.Funds.Ratio()).Quo(was.Baseline.Funds.Ratio())
			a.Expected = is.InScope.Ratio().Mul(a.Predicted).Fen()
			out = append(out, a)
		}
	}
	return out
}
