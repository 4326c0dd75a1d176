package web

import (
	"strconv"

	"tongchou/internal/claim"
	"tongchou/internal/lake"
	"tongchou/internal/region"
)

// settlementsModel is a page of rows of settlements: of a finding, or of a cell of the pivot.
type settlementsModel struct {
	Title, About, Up, UpName string
	Allowed                  bool
	Heads                    []headCell
	Rows                     [][]rowCell
	Count, More              string
	Pages                    []pickView
}

// maskedShown is how many letters of a pseudonym are shown.
const maskedShown = 6

// masked is a person as pages show him: enough to tell two apart on a page.
func masked(person string) string { return person[:min(len(person), maskedShown)] + "\u2026" }

func (f *frame) heads(columns ...string) []headCell {
	out := make([]headCell, len(columns))
	for i, name := range columns {
		out[i] = headCell{f.T("web.claims.row." + name), name == "cost" || name == "scope" || name == "fund" || name == "person_paid" || name == "age" || name == "days"}
	}
	return out
}

// foundTable lays out the rows behind a finding.
func (f *frame) foundTable(rows []lake.FoundRow) ([]headCell, [][]rowCell) {
	heads := f.heads("id", "person", "city", "insurance", "care", "institution", "settled", "begin", "end", "age", "sex", "cost", "refund")
	var out [][]rowCell
	for _, r := range rows {
		refund := ""
		if r.Refund {
			refund = f.T("web.claims.row.refund.of", "id", r.OriginalID)
		}
		out = append(out, line(heads, r.ID, masked(r.Person), f.Short(region.Code(r.City)), f.insuranceCode(r.Insurance), f.careName(r.MedType), r.Institution, r.SettledOn, r.Begin, r.End,
			strconv.FormatInt(r.Age, 10), f.sexName(r.Sex), yuan.write(r.Cost), refund))
	}
	return heads, out
}

// settlementTable lays out settlements. Their persons are masked already.
func (f *frame) settlementTable(rows []claim.Settlement) ([]headCell, [][]rowCell) {
	heads := f.heads("id", "person", "city", "insurance", "care", "institution", "level", "settled", "begin", "end", "days", "age", "sex", "disease", "cost", "scope", "fund", "person_paid")
	var out [][]rowCell
	for _, r := range rows {
		area, ok := f.site.Engine.Tree.PoolingArea(r.InsuredAt)
		if !ok {
			area = r.InsuredAt
		}
		out = append(out, line(heads, r.ID, r.Person, f.Short(area), f.insuranceCode(r.Insurance), f.careName(r.MedType), r.Institution, r.Level, string(r.SettledOn), string(r.Begin), string(r.End),
			strconv.Itoa(r.Days), strconv.Itoa(r.Age), f.sexName(r.Sex), r.Disease, yuan.write(r.Total), yuan.write(r.InScope), yuan.write(r.FundPaid), yuan.write(r.PersonPaid)))
	}
	return heads, out
}

func line(heads []headCell, texts ...string) []rowCell {
	out := make([]rowCell, len(texts))
	for i, text := range texts {
		out[i] = rowCell{Text: text, Number: heads[i].Number}
	}
	return out
}

// insuranceCode names an insurance type by its code; others than the two stay codes.
func (f *frame) insuranceCode(code string) string {
	switch code {
	case claim.EmployeeInsurance:
		return f.T("web.insurance.employee")
	case claim.ResidentInsurance:
		return f.T("web.insurance.resident")
	}
	return code
}

// careName names a kind of treatment by the first two digits of its code.
func (f *frame) careName(code string) string {
	short := code[:min(len(code), 2)]
	if key := "web.claims.care." + short; f.Has(key) {
		return f.T(key)
	}
	return code
}

func (f *frame) sexName(code string) string {
	if code == "1" || code == "2" {
		return f.T("web.claims.sex." + code)
	}
	return f.T("web.claims.sex.0")
}
