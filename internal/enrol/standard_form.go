package enrol

import (
	"tongchou/internal/canon"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

const standardForm = 1

// Canonical (规范形式) is the bytes a version of a standard is kept and compared in.
func (s Standard) Canonical() []byte {
	var w canon.Writer
	w.Number(standardForm)
	w.Number(int64(s.Year))
	w.Text(string(s.Division))
	w.Text(string(s.Way))
	w.Text(s.Source)
	w.Number(int64(s.Individual))
	for _, payer := range []Payer{Central, Province, City, County} {
		w.Number(int64(s.Subsidy[payer]))
	}
	for _, group := range Groups() {
		w.Number(int64(s.Aid[group]))
	}
	w.Number(int64(s.AverageWage))
	for _, rate := range []money.Rate{s.EmployerRate, s.PersonRate, s.Floor, s.Ceiling} {
		w.Number(int64(rate))
	}
	return w
}

// ParseStandard reads what Canonical wrote; false for anything else.
func ParseStandard(form []byte) (Standard, bool) {
	r := canon.NewReader(form)
	if r.Number() != standardForm {
		return Standard{}, false
	}
	s := Standard{Year: policy.Year(r.Number()), Division: region.Code(r.Text()), Way: Way(r.Text()), Source: r.Text(), Individual: money.Fen(r.Number())}
	for _, payer := range []Payer{Central, Province, City, County} {
		s.Subsidy[payer] = money.Fen(r.Number())
	}
	for _, group := range Groups() {
		if amount := money.Fen(r.Number()); amount != 0 {
			if s.Aid == nil {
				s.Aid = map[Group]money.Fen{}
			}
			s.Aid[group] = amount
		}
	}
	s.AverageWage = money.Fen(r.Number())
	for _, rate := range []*money.Rate{&s.EmployerRate, &s.PersonRate, &s.Floor, &s.Ceiling} {
		*rate = money.Rate(r.Number())
	}
	return s, r.Whole()
}
