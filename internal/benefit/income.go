package benefit

import (
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Income (可支付能力) is what a person of a pooling area has in a year, and what of it goes into living, in fen. Both are assumed: the claims have no incomes.
type Income struct {
	Disposable, Subsistence money.Fen
}

// catastrophicShare (灾难性支出标准) is the share of what can be paid beyond living that makes own costs catastrophic: 40 %, as the World Health Organization counts.
const catastrophicShare money.Rate = 400_000

// threshold is what own costs of a year must exceed to be catastrophic.
func (i Income) threshold() money.Fen {
	return max(i.Disposable-i.Subsistence, 0).Part(catastrophicShare)
}

// fifths is how many income groups there are.
const fifths = 5

// fifthWords name the income groups, the lowest first.
var fifthWords = [fifths]string{"lowest", "lower", "middle", "higher", "highest"}

// Incomes (收入假设) are what persons have in a year. Cities are pooling areas' means where somebody states them, Means those of both insurances elsewhere; Groups is what the mean of each fifth of persons, the
// lowest first, is of the mean of all. Without groups everybody has the mean.
//
// 依据: SC38-11.1
type Incomes struct {
	Cities map[region.Code]Income
	Means  [insurances]Income
	Groups [fifths]money.Rate
}

// The parameters of incomes.
const pSubsistence policy.ParameterID = "income.subsistence"

func pDisposable(i Insurance) policy.ParameterID {
	return policy.ParameterID("income.disposable." + i.String())
}
func pFifth(word string) policy.ParameterID { return policy.ParameterID("income.group." + word) }

// IncomesOf (读取收入假设) reads the incomes that a policy assumes; none where it has none.
//
// 依据: SC38-11.1
func IncomesOf(set *policy.Set) Incomes {
	var out Incomes
	value := func(id policy.ParameterID) (v policy.Value) {
		if e, ok := set.Get(id); ok {
			v = e.Value
		}
		return v
	}
	for _, i := range Insurances() {
		out.Means[i] = Income{Disposable: value(pDisposable(i)).Fen(), Subsistence: value(pSubsistence).Fen()}
	}
	for n, word := range fifthWords {
		out.Groups[n] = value(pFifth(word)).Rate()
	}
	return out
}

// grouped tells whether there are income groups.
func (x *Incomes) grouped() bool { return x.Groups != [fifths]money.Rate{} }

// of is what a person is assumed to have, and his income group, none without groups; known is false where nothing is assumed. Claims do not say who is poor: persons are put into fifths by their pseudonyms, and the
// aided into the lowest (假设).
func (x *Incomes) of(c *Case) (income Income, group uint8, known bool) {
	income, known = x.Cities[c.City]
	if !known {
		income = x.Means[c.Insurance]
		known = income.Disposable > 0
	}
	if group = fifths; !known || !x.grouped() {
		return income, group, known
	}
	if group = fifthOf(c.Person.ID); c.Groups.aided() != 0 {
		group = 0
	}
	income.Disposable = income.Disposable.Part(x.Groups[group])
	return income, group, true
}

// fifthOf spreads persons evenly over the fifths, independently of who is in a sample.
func fifthOf(person string) uint8 {
	h := uint64(14695981039346656037)
	for i := range len(person) {
		h = (h ^ uint64(person[i])) * 1099511628211
	}
	for _, odd := range [...]uint64{0xff51afd7ed558ccd, 0xc4ceb9fe1a85ec53} {
		h = (h ^ h>>33) * odd
	}
	return uint8((h >> 32) % fifths)
}
