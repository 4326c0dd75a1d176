package synth

import (
	"cmp"
	"context"
	"encoding/csv"
	"io"
	"slices"
	"strconv"

	"tongchou/internal/claim"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Insured (参保人数) counts the made-up persons of a year who are alike, whether or not they have claims: insurance, person
// type and sex by the national platform's codes.
type Insured struct {
	Year                       policy.Year
	Division                   region.Code
	Insurance, PersonType, Sex string
	Age                        int
	Persons                    int64
}

// Insured (参保人数) counts everyone in a year, in the order of division, insurance, person type, sex and age: the
// denominators of what the claims add up to. It ends early with the context's error.
func (c *Claims) Insured(ctx context.Context, year policy.Year) ([]Insured, error) {
	if year < c.options.From || year > c.options.To {
		return nil, nil
	}
	counted := map[Insured]int64{}
	t := newTeller(c, c.years[year-c.options.From])
	for i := range c.options.Persons {
		if i%personsPerBlock == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		t.person, _ = t.of(i)
		t.home, t.ids = c.places[t.city], nobody
		t.begin()
		counted[Insured{Year: year, Division: t.row.InsuredAt, Insurance: t.row.Insurance, PersonType: t.row.PersonType, Sex: t.row.Sex, Age: t.row.Age}]++
	}
	out := make([]Insured, 0, len(counted))
	for group, n := range counted {
		group.Persons = n
		out = append(out, group)
	}
	slices.SortFunc(out, func(a, b Insured) int {
		return cmp.Or(cmp.Compare(a.Division, b.Division), cmp.Compare(a.Insurance, b.Insurance), cmp.Compare(a.PersonType, b.PersonType),
			cmp.Compare(a.Sex, b.Sex), cmp.Compare(a.Age, b.Age))
	})
	return out, nil
}

// nobody is a number for where no one's is asked for.
const nobody = "00000000000000000000"

// insuredColumns are the columns of WriteInsuredCSV, by the wire's names where it has them.
var insuredColumns = []string{"year", "insuplc_admdvs", "insutype", "psn_type", "gend", "age", "persons", "data_kind"}

// WriteInsuredCSV (写出参保人数) writes counts of the insured as a table, each line labelled synthetic.
func WriteInsuredCSV(w io.Writer, groups []Insured) error {
	out := csv.NewWriter(w)
	if err := out.Write(insuredColumns); err != nil {
		return err
	}
	for _, g := range groups {
		if err := out.Write([]string{strconv.Itoa(int(g.Year)), string(g.Division), g.Insurance, g.PersonType, g.Sex,
			strconv.Itoa(g.Age), strconv.FormatInt(g.Persons, 10), claim.IsSynthetic}); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
