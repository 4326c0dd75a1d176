package exchange

import (
	"bytes"
	"encoding/json"
	"slices"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// shareForm is the version of the shapes below. Another shape gets another number, and this one stays readable.
const shareForm = 1

// Share (公布给一地的结果) is what of a frozen run concerns one division: its own figures with their derivation, and the sums of
// the province that the derivation rests on. It holds no other division's figure.
//
// 依据: SC38-1.1
type Share struct {
	Form      int            `json:"form"`
	Pack      string         `json:"pack"`
	Status    policy.Status  `json:"status"`
	Year      policy.Year    `json:"year"`
	Insurance pool.Insurance `json:"insurance"`
	Synthetic bool           `json:"synthetic"`
	Due       FrozenDue      `json:"due"`
	Computed  fundJSON       `json:"fund"`
}

// Comparison (公布的对照表) is what of a frozen run everybody may see of everybody: what each division pays in, what it receives, and
// the difference.
//
// 依据: SC38-1.1
type Comparison struct {
	Form int             `json:"form"`
	Rows []ComparisonRow `json:"rows"`
}

// ComparisonRow is a line of the comparison.
type ComparisonRow struct {
	Division region.Code `json:"division"`
	Paid     money.Fen   `json:"paid"`
	Received money.Fen   `json:"received"`
	Net      money.Fen   `json:"net"`
}

// Explained (计算说明) is a step of a derivation as a paper holds it.
type Explained struct {
	Figure, Text string
	Clause       policy.ClauseID
	Assumed      bool
}

// Divisions are the divisions that a run computes.
func (r FrozenRun) Divisions() []region.Code {
	var out []region.Code
	for _, d := range r.Computed.Funds[0].Divisions {
		out = append(out, d.Division)
	}
	return out
}

// Share cuts out what concerns one division, as it is published to it: the same bytes for the same run. Refused is a division that
// the run does not compute.
func (r FrozenRun) Share(division region.Code) ([]byte, error) {
	fund := r.Computed.Funds[0]
	at := slices.IndexFunc(fund.Divisions, func(d divisionJSON) bool { return d.Division == division })
	if at < 0 {
		return nil, fault.New(fault.Refused, "exchange.share.division", "division", division)
	}
	fund.Divisions = []divisionJSON{fund.Divisions[at]}
	return published(Share{Form: shareForm, Pack: r.Pack, Status: r.Computed.Status, Year: r.Year, Insurance: r.Insurance, Synthetic: r.Synthetic, Due: r.Due, Computed: fund})
}

// Comparison is the run's comparison, as it is published.
func (r FrozenRun) Comparison() ([]byte, error) {
	c := Comparison{Form: shareForm}
	for _, d := range r.Computed.Funds[0].Divisions {
		c.Rows = append(c.Rows, ComparisonRow{d.Division, d.Paid, d.Received, d.Net})
	}
	return published(c)
}

func published(value any) ([]byte, error) {
	var b bytes.Buffer
	err := WriteJSON(&b, value)
	return b.Bytes(), err
}

// ReadShare reads what Share wrote.
func ReadShare(content []byte) (Share, error) {
	var s Share
	if err := readPublished(content, &s); err != nil {
		return s, err
	}
	if s.Form != shareForm || len(s.Computed.Divisions) != 1 {
		return s, fault.New(fault.Refused, "exchange.share.form", "form", s.Form, "known", shareForm)
	}
	return s, nil
}

// ReadComparison reads what FrozenRun.Comparison wrote.
func ReadComparison(content []byte) (Comparison, error) {
	var c Comparison
	if err := readPublished(content, &c); err != nil {
		return c, err
	}
	if c.Form != shareForm {
		return c, fault.New(fault.Refused, "exchange.share.form", "form", c.Form, "known", shareForm)
	}
	return c, nil
}

func readPublished(content []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fault.Wrap(err, "exchange.share.unreadable")
	}
	return nil
}

// Division is whose share it is.
func (s Share) Division() region.Code { return s.Computed.Divisions[0].Division }

// Fund is the year of the fund as far as the share holds it: sums of the province, and the one division.
func (s Share) Fund() pool.Fund {
	fund := resultJSON{Funds: []fundJSON{s.Computed}}.result().Funds[0]
	own := s.Computed.Divisions[0]
	fund.Divisions[0].Statement.Income, fund.Divisions[0].Statement.SurplusBegin = own.Income, own.SurplusBegin
	return fund
}

// Steps (计算说明) are the steps from the province's sums to the division's figures, in the order they were taken.
func (s Share) Steps() []Explained {
	var out []Explained
	for _, step := range slices.Concat(s.Computed.Explain, s.Computed.Divisions[0].Explain) {
		out = append(out, Explained{step.Step, step.Text, step.Clause, step.Assumed})
	}
	return out
}
