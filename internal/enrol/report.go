package enrol

import (
	"tongchou/internal/canon"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// reportVersion is the form's first number.
const reportVersion = 1

// Form (共享数据记录的规范形式) writes a report in its one form, which is the same for the same report and no other.
//
// 依据: SCE-10.1
func (r Report) Form() []byte {
	var w canon.Writer
	w.Number(reportVersion)
	for _, text := range []string{string(r.Matter), string(r.Kind), r.Number, r.Name, string(r.Sex), string(r.Birth), string(r.On), string(r.To), string(r.Place),
		string(r.Group), r.Unit, r.Title, string(r.End), string(r.Also.Kind), r.Also.Number, string(r.Mother.Kind), r.Mother.Number,
		r.Tax.Receipt, string(r.Tax.Area), string(r.Tax.Period.From), string(r.Tax.Period.To)} {
		w.Text(text)
	}
	w.Number(int64(r.Tax.Insurance))
	w.Number(int64(r.Tax.Wage))
	for _, share := range r.Tax.Shares {
		w.Number(int64(share))
	}
	w.Number(int64(r.Tax.Repair))
	w.Text(string(r.Wrong.Doubt))
	w.Text(string(r.Wrong.From))
	w.Text(string(r.Wrong.To))
	w.Number(int64(r.Wrong.No))
	w.Number(int64(r.Wrong.Other))
	return w
}

// ReadReport reads what Form wrote; false for other bytes.
func ReadReport(form []byte) (r Report, ok bool) {
	c := canon.NewReader(form)
	if c.Number() != reportVersion {
		return r, false
	}
	r.Matter, r.Kind, r.Number, r.Name, r.Sex, r.Birth = Matter(c.Text()), DocumentKind(c.Text()), c.Text(), c.Text(), Sex(c.Text()), policy.Date(c.Text())
	r.On, r.To, r.Place = policy.Date(c.Text()), policy.Date(c.Text()), Place(c.Text())
	r.Group, r.Unit, r.Title, r.End = Group(c.Text()), c.Text(), c.Text(), End(c.Text())
	r.Also = Document{DocumentKind(c.Text()), c.Text()}
	r.Mother = Document{DocumentKind(c.Text()), c.Text()}
	r.Tax.Receipt, r.Tax.Area = c.Text(), region.Code(c.Text())
	r.Tax.Period = Spell{policy.Date(c.Text()), policy.Date(c.Text())}
	r.Tax.Insurance, r.Tax.Wage = Insurance(c.Number()), money.Fen(c.Number())
	for payer := range r.Tax.Shares {
		r.Tax.Shares[payer] = money.Fen(c.Number())
	}
	r.Tax.Repair = int(c.Number())
	r.Wrong.Doubt = Doubt(c.Text())
	r.Wrong.Spell = Spell{policy.Date(c.Text()), policy.Date(c.Text())}
	r.Wrong.No, r.Wrong.Other = int(c.Number()), int(c.Number())
	return r, c.Whole()
}

// Slips (相近号码) gives the resident numbers that differ from one that cannot be one as by a slip of the pen: those that somebody may have.
//
// 依据: SCE-10.1
func Slips(text string) []string {
	if _, _, _, ok := ParseNumber(text); ok || len(text) != numberDigits || !digits(text[:17]) {
		return nil
	}
	var out []string
	try := func(b []byte) {
		if whole, _, _, ok := ParseNumber(string(b)); ok {
			out = append(out, whole)
		}
	}
	for i := range numberDigits {
		for _, c := range []byte("0123456789X") {
			if b := []byte(text); c != b[i] {
				b[i] = c
				try(b)
			}
		}
		if i > 0 && text[i] != text[i-1] {
			b := []byte(text)
			b[i], b[i-1] = b[i-1], b[i]
			try(b)
		}
	}
	return out
}
