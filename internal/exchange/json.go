package exchange

import (
	"encoding/json"
	"io"

	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// The shapes below are what the command line and the API promise to machines: amounts as strings in yuan with two
// decimals, ratios as decimal strings.
type (
	resultJSON struct {
		Policy    string        `json:"policy"`
		Status    policy.Status `json:"status"`
		Year      policy.Year   `json:"year"`
		Trial     bool          `json:"trial"`
		Synthetic bool          `json:"synthetic"`
		Scenario  *scenarioJSON `json:"scenario,omitempty"`
		Funds     []fundJSON    `json:"funds"`
	}
	// scenarioJSON says what was changed for this run; it is not there when nothing was.
	scenarioJSON struct {
		Name string                        `json:"name"`
		Set  map[policy.ParameterID]string `json:"set"`
	}
	fundJSON struct {
		Insurance   pool.Insurance `json:"insurance"`
		Collected   money.Fen      `json:"collected"`
		SetAside    setAsideJSON   `json:"set_aside"`
		Distributed money.Fen      `json:"distributed"`
		Divisions   []divisionJSON `json:"divisions"`
		Explain     []stepJSON     `json:"explain"`
	}
	setAsideJSON struct {
		Fund    pool.SetAside `json:"fund"`
		Opening money.Fen     `json:"opening"`
		Added   money.Fen     `json:"added"`
		Closing money.Fen     `json:"closing"`
		Target  money.Fen     `json:"target"`
	}
	divisionJSON struct {
		Division     region.Code `json:"division"`
		Name         string      `json:"name"`
		Income       money.Fen   `json:"income"`
		Expenditure  money.Fen   `json:"expenditure"`
		SurplusBegin money.Fen   `json:"surplus_begin"`
		Paid         money.Fen   `json:"paid"`
		Received     money.Fen   `json:"received"`
		Net          money.Fen   `json:"net"`
		GapBefore    money.Fen   `json:"gap_before"`
		GapAfter     money.Fen   `json:"gap_after"`
		SurplusEnd   money.Fen   `json:"surplus_end"`
		Months       string      `json:"months"`
		Owed         money.Fen   `json:"owed"`
		Emergency    money.Fen   `json:"emergency"`
		Local        money.Fen   `json:"local"`
		Unmet        money.Fen   `json:"unmet"`
		Parts        []partJSON  `json:"parts"`
		Explain      []stepJSON  `json:"explain"`
	}
	partJSON struct {
		Factor pool.Factor `json:"factor"`
		Amount money.Fen   `json:"amount"`
	}
	stepJSON struct {
		Step       string               `json:"step"`
		Clause     policy.ClauseID      `json:"clause"`
		Text       string               `json:"text"`
		Parameters []policy.ParameterID `json:"parameters,omitempty"`
		Assumed    bool                 `json:"assumed,omitempty"`
		Changed    bool                 `json:"changed,omitempty"`
	}
)

// NoMonths stands for the months payable of a division without expenditure.
const NoMonths = "—"

// MonthsText writes months payable with one decimal, or NoMonths.
func MonthsText(d pool.Division) string {
	if !d.HasMonths {
		return NoMonths
	}
	return d.Months.Text(1)
}

// ResultJSON is a result in the shape machines read, its texts in the printer's language.
func ResultJSON(r pool.Result, p *locale.Printer) any {
	out := resultJSON{Policy: r.Policy, Status: r.Status, Year: r.Year, Trial: r.Trial(), Synthetic: r.Synthetic, Funds: []fundJSON{}}
	if len(r.Changed) > 0 {
		out.Scenario = &scenarioJSON{Name: r.Scenario, Set: map[policy.ParameterID]string{}}
		for _, e := range r.Changed {
			out.Scenario.Set[e.ID] = e.Value.String()
		}
	}
	for _, f := range r.Funds {
		b := f.SetAside
		fund := fundJSON{Insurance: f.Insurance, Collected: f.Collected, Distributed: f.Distributed, Explain: stepsJSON(f.Steps, p),
			SetAside: setAsideJSON{Fund: b.Fund, Opening: b.Opening, Added: b.Added, Closing: b.Closing, Target: b.Target}}
		for _, d := range f.Divisions {
			fund.Divisions = append(fund.Divisions, divisionToJSON(d, p))
		}
		out.Funds = append(out.Funds, fund)
	}
	return out
}

func divisionToJSON(d pool.Division, p *locale.Printer) divisionJSON {
	s := d.Statement
	out := divisionJSON{Division: d.Code, Name: p.Division(d.Code), Income: s.Income, Expenditure: s.Expenditure(), SurplusBegin: s.SurplusBegin,
		Paid: d.Paid, Received: d.Received, Net: d.Net, GapBefore: d.GapBefore, GapAfter: d.GapAfter, SurplusEnd: d.SurplusEnd,
		Months: MonthsText(d), Owed: d.Owed, Emergency: d.Emergency, Local: d.Local, Unmet: d.Unmet, Parts: []partJSON{}, Explain: stepsJSON(d.Steps, p)}
	for _, part := range d.Parts {
		out.Parts = append(out.Parts, partJSON(part))
	}
	return out
}

func stepsJSON(steps []pool.Step, p *locale.Printer) []stepJSON {
	out := make([]stepJSON, len(steps))
	for i, s := range steps {
		out[i] = stepJSON{Step: s.Figure, Clause: s.Clause, Text: p.Text(s.Message), Parameters: s.Parameters, Assumed: s.Assumed, Changed: s.Changed}
	}
	return out
}

// ReadResultsJSON reads what ResultJSON wrote, without its explanations, so that two runs can be compared: one year, or a
// chain under "years".
func ReadResultsJSON(in Input) ([]pool.Result, error) {
	var file struct {
		resultJSON
		Years []resultJSON `json:"years"`
	}
	notOne := fault.Refuse(fault.Problem{File: in.Name, Message: fault.Msg("exchange.not_a_result")})
	if err := json.Unmarshal(in.Content, &file); err != nil {
		return nil, notOne
	}
	if file.Years == nil {
		file.Years = []resultJSON{file.resultJSON}
	}
	var out []pool.Result
	for _, r := range file.Years {
		switch r.Status {
		case policy.InForce, policy.Draft, policy.Published, policy.Example:
		default:
			return nil, notOne
		}
		if r.Policy == "" || len(r.Funds) == 0 {
			return nil, notOne
		}
		out = append(out, r.result())
	}
	return out, nil
}

// result is the result that the shape was made from, as far as it carries it.
func (r resultJSON) result() pool.Result {
	out := pool.Result{Policy: r.Policy, Status: r.Status, Year: r.Year, Synthetic: r.Synthetic}
	for _, f := range r.Funds {
		b := f.SetAside
		fund := pool.Fund{Insurance: f.Insurance, Collected: f.Collected, Distributed: f.Distributed,
			SetAside: pool.SetAsideBalance{Fund: b.Fund, Opening: b.Opening, Added: b.Added, Closing: b.Closing, Target: b.Target}}
		for _, d := range f.Divisions {
			division := pool.Division{Code: d.Division, Paid: d.Paid, Received: d.Received, Net: d.Net, GapBefore: d.GapBefore, GapAfter: d.GapAfter,
				SurplusEnd: d.SurplusEnd, Owed: d.Owed, Emergency: d.Emergency, Local: d.Local, Unmet: d.Unmet}
			division.Statement.Income, division.Statement.Spent, division.Statement.SurplusBegin = d.Income, d.Expenditure, d.SurplusBegin
			division.Months, division.HasMonths = pool.Months(d.SurplusEnd, d.Expenditure)
			fund.Divisions = append(fund.Divisions, division)
		}
		out.Funds = append(out.Funds, fund)
	}
	return out
}

type (
	changeJSON struct {
		A  money.Fen `json:"a"`
		B  money.Fen `json:"b"`
		By money.Fen `json:"by"`
	}
	comparisonJSON struct {
		A     sideJSON             `json:"a"`
		B     sideJSON             `json:"b"`
		Funds []fundComparisonJSON `json:"funds"`
	}
	sideJSON struct {
		Policy string        `json:"policy"`
		Status policy.Status `json:"status"`
		Year   policy.Year   `json:"year"`
	}
	fundComparisonJSON struct {
		Insurance   pool.Insurance           `json:"insurance"`
		Collected   changeJSON               `json:"collected"`
		Added       changeJSON               `json:"added"`
		Distributed changeJSON               `json:"distributed"`
		Closing     changeJSON               `json:"closing"`
		Divisions   []divisionComparisonJSON `json:"divisions"`
	}
	divisionComparisonJSON struct {
		Division   region.Code `json:"division"`
		Name       string      `json:"name"`
		Paid       changeJSON  `json:"paid"`
		Received   changeJSON  `json:"received"`
		Net        changeJSON  `json:"net"`
		GapAfter   changeJSON  `json:"gap_after"`
		SurplusEnd changeJSON  `json:"surplus_end"`
		Emergency  changeJSON  `json:"emergency"`
	}
)

func toChange(c pool.Change) changeJSON { return changeJSON{A: c.A, B: c.B, By: c.By()} }

// ComparisonJSON is a comparison in the shape machines read.
func ComparisonJSON(c pool.Comparison, p *locale.Printer) any {
	out := comparisonJSON{A: sideJSON{c.A.Policy, c.A.Status, c.A.Year}, B: sideJSON{c.B.Policy, c.B.Status, c.B.Year}}
	for _, f := range c.Funds {
		fund := fundComparisonJSON{Insurance: f.Insurance, Collected: toChange(f.Collected), Added: toChange(f.Added),
			Distributed: toChange(f.Distributed), Closing: toChange(f.Closing)}
		for _, d := range f.Divisions {
			fund.Divisions = append(fund.Divisions, divisionComparisonJSON{Division: d.Code, Name: p.Division(d.Code), Paid: toChange(d.Paid),
				Received: toChange(d.Received), Net: toChange(d.Net), GapAfter: toChange(d.GapAfter), SurplusEnd: toChange(d.SurplusEnd), Emergency: toChange(d.Emergency)})
		}
		out.Funds = append(out.Funds, fund)
	}
	return out
}

type (
	incentivesJSON struct {
		Policy    string               `json:"policy"`
		Status    policy.Status        `json:"status"`
		Year      policy.Year          `json:"year"`
		Synthetic bool                 `json:"synthetic"`
		Funds     []fundIncentivesJSON `json:"funds"`
	}
	fundIncentivesJSON struct {
		Insurance pool.Insurance           `json:"insurance"`
		Divisions []divisionIncentivesJSON `json:"divisions"`
	}
	divisionIncentivesJSON struct {
		Division         region.Code   `json:"division"`
		Name             string        `json:"name"`
		PerYuanSpent     incentiveJSON `json:"per_yuan_spent"`
		PerYuanCollected incentiveJSON `json:"per_yuan_collected"`
		PerPerson        incentiveJSON `json:"per_person"`
		Warnings         []warningJSON `json:"warnings"`
	}
	incentiveJSON struct {
		Direct         string `json:"direct"`
		ThroughFactors string `json:"through_factors"`
		Emergency      string `json:"emergency"`
		NextYear       string `json:"next_year"`
		Total          string `json:"total"`
	}
	warningJSON struct {
		Warning string `json:"warning"`
		Amount  string `json:"amount"`
		Text    string `json:"text"`
	}
)

// incentivePlaces are enough decimals to write a change of whole fen over a million yuan exactly.
const incentivePlaces = 8

func toIncentive(i pool.Incentive) incentiveJSON {
	return incentiveJSON{i.Direct.Exact(incentivePlaces), i.ThroughFactors.Exact(incentivePlaces), i.Emergency.Exact(incentivePlaces),
		i.NextYear.Exact(incentivePlaces), i.Total().Exact(incentivePlaces)}
}

// IncentivesJSON is the incentives in the shape machines read: yuan per yuan, and yuan per person.
func IncentivesJSON(in pool.Incentives, p *locale.Printer) any {
	out := incentivesJSON{Policy: in.Policy, Status: in.Status, Year: in.Year, Synthetic: in.Synthetic}
	for _, f := range in.Funds {
		fund := fundIncentivesJSON{Insurance: f.Insurance}
		for _, d := range f.Divisions {
			row := divisionIncentivesJSON{Division: d.Code, Name: p.Division(d.Code), PerYuanSpent: toIncentive(d.PerYuanSpent),
				PerYuanCollected: toIncentive(d.PerYuanCollected), PerPerson: toIncentive(d.PerPerson), Warnings: []warningJSON{}}
			for _, w := range d.Warnings {
				row.Warnings = append(row.Warnings, warningJSON{w.Kind, w.Size.Exact(incentivePlaces), p.Text(w.Message())})
			}
			fund.Divisions = append(fund.Divisions, row)
		}
		out.Funds = append(out.Funds, fund)
	}
	return out
}

// WriteJSON writes a value as indented JSON, leaving Chinese and signs as they are.
func WriteJSON(w io.Writer, value any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(value)
}
