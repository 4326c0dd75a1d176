package benefit

import (
	"slices"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// prefix is what ids of the parameters of benefits begin with. What follows is named by the words of terms.go:
//
//	benefit.<kind>.ratio.<insurance>.<level>, .points_off.<insurance>.<place>, .retired_points
//	benefit.inpatient.deductible.<insurance>.<level>, .deductible_factor.<insurance>.<place>, .admission.<insurance>.second and .later
//	benefit.<other kind>.deductible.<insurance>, .deductible.retired, .cap.<insurance>, .cap.retired, .approval
//	benefit.<chronic or two_disease>.disease.<disease>.cap.<insurance>
const prefix = "benefit."

// The parameters that have one name.
const (
	pCatastrophicDeductible policy.ParameterID = "benefit.catastrophic.deductible"
	pBand1                  policy.ParameterID = "benefit.catastrophic.band1.ratio"
	pBand2Above             policy.ParameterID = "benefit.catastrophic.band2.above"
	pBand2                  policy.ParameterID = "benefit.catastrophic.band2.ratio"
	pBand3Above             policy.ParameterID = "benefit.catastrophic.band3.above"
	pBand3                  policy.ParameterID = "benefit.catastrophic.band3.ratio"
	pCatastrophicCap        policy.ParameterID = "benefit.catastrophic.cap"
	pReliefDeductible       policy.ParameterID = "benefit.catastrophic.relief.deductible"
	pReliefPoints           policy.ParameterID = "benefit.catastrophic.relief.points"
	pLarge                  policy.ParameterID = "benefit.large.ratio"
	pLargeCap               policy.ParameterID = "benefit.large.cap"
	pAidThreshold           policy.ParameterID = "benefit.aid.threshold"
	pAidCap                 policy.ParameterID = "benefit.aid.cap"
	pEpidemic               policy.ParameterID = "benefit.epidemic.active"
	pEpidemicNoDeductible   policy.ParameterID = "benefit.epidemic.no_deductible"
)

// The ids that are put together.
func pRatio(i Insurance, c Category, l Level) policy.ParameterID {
	return id(c.String(), "ratio", i.String(), l.String())
}
func pPointsOff(i Insurance, c Category, p Place) policy.ParameterID {
	return id(c.String(), "points_off", i.String(), p.String())
}
func pRetiredPoints(c Category) policy.ParameterID { return id(c.String(), "retired_points") }
func pApproval(c Category) policy.ParameterID      { return id(c.String(), "approval") }
func pBasicCap(i Insurance) policy.ParameterID     { return id("basic.cap", i.String()) }
func pStay(i Insurance, l Level) policy.ParameterID {
	return id("inpatient.deductible", i.String(), l.String())
}
func pStayFactor(i Insurance, p Place) policy.ParameterID {
	return id("inpatient.deductible_factor", i.String(), p.String())
}
func pAdmission(i Insurance, which string) policy.ParameterID {
	return id("inpatient.admission", i.String(), which)
}
func pAid(g Group) policy.ParameterID    { return id("aid.ratio", g.String()) }
func pExempt(g Group) policy.ParameterID { return id("deductible_exempt", g.String()) }
func pRelief(g Group) policy.ParameterID { return id("catastrophic.relief", g.String()) }
func pLayer(g Group, what string) policy.ParameterID {
	return id("layer", g.String(), what)
}

func pDiseaseCap(d Disease, i Insurance) policy.ParameterID {
	return id(d.Category().String(), "disease", namedDiseases[d].word, "cap", i.String())
}

func id(parts ...string) policy.ParameterID {
	return policy.ParameterID(prefix + strings.Join(parts, "."))
}

// ofKind is the parameter of an outpatient kind: the retired have one of their own where the policy sets it.
func ofKind(set *policy.Set, c Category, what string, i Insurance, retired bool) policy.ParameterID {
	own := id(c.String(), what, "retired")
	if _, ok := set.Get(own); ok && retired && i == Employee {
		return own
	}
	return id(c.String(), what, i.String())
}

// Compile (编制待遇标准) compiles a pack with an overlay laid over it, a schedule for every day on which something changes. Errors: a
// fault.Refusal when the pack has no benefits or leaves open what they need; usage when the overlay is wrong.
//
// 依据: SC38-6.2, SC38-6.3
func Compile(library *policy.Library, pack *policy.Pack, overlay policy.Overlay) (*Schedules, error) {
	return compileDays(library, pack, changes(pack), func(set *policy.Set) (*policy.Set, error) { return library.With(set, overlay) })
}

// compileDays compiles what a pack comes to on some days, in order, once something is laid over it.
func compileDays(library *policy.Library, pack *policy.Pack, days []policy.Date, lay func(*policy.Set) (*policy.Set, error)) (*Schedules, error) {
	s := &Schedules{Pack: pack, from: days}
	if len(s.from) == 0 {
		return nil, fault.Refuse(fault.Problem{Message: fault.Msg("settled.no_rules", "policy", pack.ID)})
	}
	var problems fault.List
	for _, day := range s.from {
		set, err := lay(pack.At(day))
		if err != nil {
			return nil, err
		}
		s.Changed = set.Changed()
		c := compiler{set: set, library: library, problems: &problems, Schedule: &Schedule{set: set, Status: pack.Status()}}
		c.compile()
		c.documents = documentsOf(set)
		s.all = append(s.all, c.Schedule)
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return s, nil
}

// documentsOf are the numbers of the documents on file that a set rests on.
func documentsOf(set *policy.Set) (out []string) {
	for _, e := range ofBenefits(set) {
		if e.Document != "" {
			out = append(out, e.Document)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// changes are the days on which a parameter of benefits changes.
func changes(pack *policy.Pack) []policy.Date {
	var out []policy.Date
	for id, parameter := range pack.Parameters {
		if strings.HasPrefix(string(id), prefix) {
			for _, v := range parameter.Values {
				out = append(out, v.From)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// compiler reads the parameters in force on a day.
type compiler struct {
	*Schedule
	set      *policy.Set
	library  *policy.Library
	problems *fault.List
}

func (c *compiler) compile() {
	for _, i := range Insurances() {
		c.basicCap[i] = c.fen(pBasicCap(i), unlimited)
		for _, l := range Levels() {
			for _, p := range Places() {
				for _, retired := range []bool{false, true} {
					for _, k := range Categories() {
						c.cells[cellOf(i, k, l, p, retired)] = c.cell(i, k, l, p, retired)
					}
				}
			}
		}
	}
	c.catastrophic()
	c.aids()
	c.attached()
	c.emergency()
	c.diseases()
	for n, list := range listWords {
		c.firstShare[n] = c.rate(id("class_b", list), -1)
	}
}

// diseases compiles the caps of single diseases, which lie inside those of their kind.
//
// 依据: SC38-6.3, YA-4.6.1
func (c *compiler) diseases() {
	for _, i := range Insurances() {
		for _, d := range Diseases() {
			c.diseaseCap[i][d] = c.fen(pDiseaseCap(d, i), unlimited)
		}
	}
}

// get is a value, and whether the policy has it; the status of its clause weakens the schedule's.
func (c *compiler) get(id policy.ParameterID) (policy.Value, bool) {
	e, ok := c.set.Get(id)
	if !ok {
		return policy.Value{}, false
	}
	if status := c.library.StatusOf(c.set.Pack, e.Clause); status.Trial() && c.Status == policy.InForce {
		c.Status = status
	}
	return e.Value, true
}

func (c *compiler) fen(id policy.ParameterID, otherwise money.Fen) money.Fen {
	if v, ok := c.get(id); ok {
		return v.Fen()
	}
	return otherwise
}

func (c *compiler) rate(id policy.ParameterID, otherwise money.Rate) money.Rate {
	if v, ok := c.get(id); ok {
		return v.Rate()
	}
	return otherwise
}

func (c *compiler) is(id policy.ParameterID) bool {
	v, _ := c.get(id)
	return v.String() == "true"
}

// cell is what holds; a kind of care without a ratio is not paid.
func (c *compiler) cell(i Insurance, k Category, l Level, p Place, retired bool) cell {
	ratio := c.rate(pRatio(i, k, l), 0)
	if ratio == 0 {
		return cell{}
	}
	if retired && i == Employee {
		ratio += c.rate(pRetiredPoints(k), 0)
	}
	if p != Local {
		ratio -= c.rate(pPointsOff(i, k, p), 0)
	}
	out := cell{paid: true, ratio: min(max(ratio, 0), money.One), cap: unlimited}
	if k == Inpatient {
		full := c.fen(pStay(i, l), 0)
		if p != Local {
			full = full.Part(c.rate(pStayFactor(i, p), money.One))
		}
		out.deductible = [3]money.Fen{full, full.Part(c.rate(pAdmission(i, "second"), money.One)), full.Part(c.rate(pAdmission(i, "later"), money.One))}
		return out
	}
	out.approval = c.is(pApproval(k))
	out.deductible[0] = c.fen(ofKind(c.set, k, "deductible", i, retired), 0)
	out.cap = c.fen(ofKind(c.set, k, "cap", i, retired), unlimited)
	return out
}

// catastrophic compiles the two curves of step 5: the common one, and that of groups with relief.
func (c *compiler) catastrophic() {
	c.catastrophicCap = c.fen(pCatastrophicCap, 0)
	c.largeRatio, c.largeCap = c.rate(pLarge, 0), c.fen(pLargeCap, unlimited)
	c.curves[0] = c.bands(money.One, 0)
	c.curves[1] = c.bands(c.rate(pReliefDeductible, money.One), c.rate(pReliefPoints, 0))
	for set := range aidSets {
		c.curve[set] = &c.curves[0]
		for g := range aidGroups {
			if GroupSet(set).Has(g) && c.is(pRelief(g)) {
				c.curve[set] = &c.curves[1]
			}
		}
	}
}

func (c *compiler) bands(part, points money.Rate) money.Bands {
	deductible, ok := c.get(pCatastrophicDeductible)
	if !ok {
		return money.Bands{}
	}
	from := deductible.Fen().Part(part)
	var bands []money.Band
	for _, b := range []struct{ above, ratio policy.ParameterID }{{"", pBand1}, {pBand2Above, pBand2}, {pBand3Above, pBand3}} {
		if v, ok := c.get(b.ratio); ok {
			bands = append(bands, money.Band{Above: from + c.fen(b.above, 0), Rate: min(v.Rate()+points, money.One)})
		}
	}
	out, err := money.NewBands(bands...)
	if err != nil {
		c.problems.Add(fault.Problem{Message: fault.Msg("settled.bands", "policy", c.set.Pack.ID, "on", string(c.set.On))})
	}
	return out
}

// aids compiles what goes by group: who pays no deductible, and the highest ratio of aid.
//
// 依据: YA-3.1.2
func (c *compiler) aids() {
	c.aidThreshold, c.aidCap = c.fen(pAidThreshold, 0), c.fen(pAidCap, unlimited)
	for set := range aidSets {
		for g := range aidGroups {
			if GroupSet(set).Has(g) {
				c.exempt[set] = c.exempt[set] || c.is(pExempt(g))
				c.aid[set] = max(c.aid[set], c.rate(pAid(g), 0))
			}
		}
	}
}

// attached compiles the layers after the statutory ones, in the order the policy states.
//
// 依据: YA-4.1.2
func (c *compiler) attached() {
	place := [layerCount]int{}
	for n := range layerCount {
		g := aidGroups + Group(n)
		c.layers[n], c.layerCaps[n] = c.rate(pLayer(g, "ratio"), 0), c.fen(pLayer(g, "cap"), unlimited)
		c.layerDays[n] = c.fen(pLayer(g, "per_day"), 0)
		c.order[n] = n
		if v, ok := c.get(pLayer(g, "order")); ok {
			place[n] = v.Count()
		}
	}
	slices.SortStableFunc(c.order[:], func(a, b int) int { return place[a] - place[b] })
}

// emergency compiles the rules of an epidemic.
//
// 依据: YA-3.1.4
func (c *compiler) emergency() {
	c.epidemic, c.epidemicNoDeduct = c.is(pEpidemic), c.is(pEpidemicNoDeductible)
	for _, l := range Levels() {
		c.epi[l] = c.rate(id("epidemic.points", l.String()), 0)
	}
}
