package benefit

import "tongchou/internal/money"

// Disease (病种) is a disease that may have a cap of its own (病种年度限额); the zero value is none, or one without.
//
// 依据: SC38-6.3, YA-4.6.1
type Disease uint8

// namedDisease is a disease of a kind of care: its word in parameters, and its code in approvals and messages.
type namedDisease struct {
	Category   Category
	word, code string
}

// namedDiseases are the diseases that may have caps of their own: the five that are settled between provinces, by the platform's codes as we know them, and the two of 两病. The first
// is no disease. What a year used of them is kept by their place in this list, which only grows.
var namedDiseases = [diseases]namedDisease{{}, {Chronic, "cancer", "M00500"}, {Chronic, "hypertension", "M03900"}, {Chronic, "diabetes", "M01600"}, {Chronic, "dialysis", "M07800"},
	{Chronic, "transplant", "M08300"}, {TwoDisease, "hypertension", "hypertension"}, {TwoDisease, "diabetes", "diabetes"}}

// diseases is how many there are, none among them.
const diseases = 8

// DiseaseOf (病种识别) is the disease of a code in a kind of care.
//
// 依据: SC38-6.3
func DiseaseOf[T string | []byte](c Category, code T) Disease {
	for i, d := range namedDiseases {
		if i > 0 && d.Category == c && d.code == string(code) {
			return Disease(i)
		}
	}
	return 0
}

// Code is the disease's code; empty for none.
func (d Disease) Code() string { return namedDiseases[d].code }

// Category is the kind of care the disease is one of.
func (d Disease) Category() Category { return namedDiseases[d].Category }

// Diseases lists the diseases that may have caps of their own.
func Diseases() (out []Disease) {
	for d := Disease(1); d < diseases; d++ {
		out = append(out, d)
	}
	return out
}

// diseaseRoom is what is left of the cap of a visit's disease.
//
// 依据: SC38-6.3, YA-4.6.1
func (s *Schedule) diseaseRoom(a *Accumulators, v *Visit) money.Fen {
	return max(s.diseaseCap[v.Insurance][v.Disease]-a.OfDisease[v.Disease], 0)
}
