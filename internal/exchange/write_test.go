package exchange

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

func drawKey(t *rapid.T) pool.Key {
	return pool.Key{
		Year:      policy.Year(rapid.IntRange(1000, 9999).Draw(t, "year")),
		Division:  region.Code(rapid.StringMatching(`[1-9][0-9]{5}`).Draw(t, "division")),
		Insurance: rapid.SampledFrom(pool.Insurances()).Draw(t, "insurance"),
	}
}

func drawFen(t *rapid.T) money.Fen {
	return money.Fen(rapid.Int64Range(-int64(money.MaxFen), int64(money.MaxFen)).Draw(t, "fen"))
}

func drawStatement(t *rapid.T) pool.Statement {
	s := pool.Statement{Key: drawKey(t), Income: drawFen(t), Spent: drawFen(t), Violation: drawFen(t), Managerial: rapid.Bool().Draw(t, "managerial"),
		SurplusOpen: rapid.Bool().Draw(t, "open"), HasPlanned: rapid.Bool().Draw(t, "planned"), HasLevied: rapid.Bool().Draw(t, "levied"), Synthetic: rapid.Bool().Draw(t, "synthetic")}
	if !s.SurplusOpen {
		s.SurplusBegin = drawFen(t)
	}
	if s.HasPlanned {
		s.Planned = drawFen(t)
	}
	if s.HasLevied {
		s.Levied = drawFen(t)
	}
	return s
}

func drawFactors(t *rapid.T) pool.FactorRow {
	f := pool.FactorRow{Key: drawKey(t), Headcount: rapid.Int64Range(-maxHeadcount, maxHeadcount).Draw(t, "headcount"), Synthetic: rapid.Bool().Draw(t, "synthetic")}
	for _, factor := range []pool.Factor{pool.AgedShare, pool.CostPerHead, pool.AdmissionRate, pool.CostPerAdmission, pool.OffsiteShare} {
		if rapid.Bool().Draw(t, "blank") {
			continue
		}
		if f.Values == nil {
			f.Values = map[pool.Factor]money.Ratio{}
		}
		f.Values[factor] = money.Rate(rapid.Int64Range(-int64(money.MaxRate), int64(money.MaxRate)).Draw(t, "rate")).Ratio()
		if factor == pool.CostPerHead || factor == pool.CostPerAdmission {
			f.Values[factor] = drawFen(t).Ratio()
		}
	}
	return f
}

func drawAgeGroup(t *rapid.T) pool.AgeGroup {
	return pool.AgeGroup{Key: drawKey(t), Group: rapid.StringMatching(`[0-9老年,"]([0-9 ,"岁+-]{0,10}[0-9"+岁])?`).Draw(t, "group"),
		Headcount: rapid.Int64Range(-maxHeadcount, maxHeadcount).Draw(t, "headcount"), Cost: drawFen(t), Synthetic: rapid.Bool().Draw(t, "synthetic")}
}

func drawOpening(t *rapid.T) pool.Opening {
	return pool.Opening{Insurance: rapid.SampledFrom(pool.Insurances()).Draw(t, "insurance"),
		Fund: rapid.SampledFrom([]pool.SetAside{pool.Reserve, pool.Emergency}).Draw(t, "fund"), Balance: drawFen(t)}
}

// bare leaves out the places, which differ from file to file.
func bare(f pool.Facts) pool.Facts {
	var out pool.Facts
	for _, s := range f.Statements {
		s.Place = fault.Place{}
		out.Statements = append(out.Statements, s)
	}
	for _, r := range f.Factors {
		r.Place = fault.Place{}
		out.Factors = append(out.Factors, r)
	}
	for _, g := range f.AgeGroups {
		g.Place = fault.Place{}
		out.AgeGroups = append(out.AgeGroups, g)
	}
	for _, o := range f.Openings {
		o.Place = fault.Place{}
		out.Openings = append(out.Openings, o)
	}
	return out
}

// rewrite writes facts as canonical files and reads them back; the texts of the files come too.
func rewrite(t interface{ Fatal(...any) }, facts pool.Facts) (pool.Facts, []string) {
	var texts []string
	read := func(kind Kind, err error, b *bytes.Buffer) Input {
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, b.String())
		return Input{Name: fileName(kind), Content: b.Bytes()}
	}
	var b [4]bytes.Buffer
	statements := read(Statements, WriteStatementsCSV(&b[0], facts.Statements), &b[0])
	factors := read(Factors, WriteFactorsCSV(&b[1], facts.Factors), &b[1])
	openings := read(Openings, WriteOpeningsCSV(&b[2], facts.Openings), &b[2])
	groups := read(AgeGroups, WriteAgeGroupsCSV(&b[3], facts.AgeGroups), &b[3])
	loaded, err := Load(Files{Statements: &statements, Factors: &factors, Openings: &openings, AgeGroups: &groups})
	if err != nil {
		t.Fatal(err)
	}
	return bare(loaded.Facts), texts
}

func TestCanonicalFilesReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		drawn := pool.Facts{
			Statements: rapid.SliceOfN(rapid.Custom(drawStatement), 0, 5).Draw(t, "statements"),
			Factors:    rapid.SliceOfN(rapid.Custom(drawFactors), 0, 5).Draw(t, "factors"),
			AgeGroups:  rapid.SliceOfN(rapid.Custom(drawAgeGroup), 0, 5).Draw(t, "groups"),
			Openings:   rapid.SliceOfN(rapid.Custom(drawOpening), 0, 5).Draw(t, "openings"),
		}
		once, first := rewrite(t, drawn)
		if len(once.Statements) != len(drawn.Statements) || len(once.AgeGroups) != len(drawn.AgeGroups) || len(once.Openings) != len(drawn.Openings) {
			t.Fatal("rows were lost")
		}
		for _, s := range drawn.Statements {
			if !contains(once.Statements, s) {
				t.Fatalf("%+v is not in %+v", s, once.Statements)
			}
		}
		twice, second := rewrite(t, once)
		if !reflect.DeepEqual(once, twice) || !reflect.DeepEqual(first, second) {
			t.Fatalf("%v\nthen\n%v", first, second)
		}
		for _, f := range drawn.Factors {
			for name, x := range f.Values {
				if !hasFactor(once.Factors, f.Key, name, x) {
					t.Fatalf("%s of %+v is lost", name, f.Key)
				}
			}
		}
	})
}

func contains(rows []pool.Statement, s pool.Statement) bool {
	for _, r := range rows {
		if r == s {
			return true
		}
	}
	return false
}

func hasFactor(rows []pool.FactorRow, key pool.Key, name pool.Factor, x money.Ratio) bool {
	for _, r := range rows {
		if got, ok := r.Values[name]; r.Key == key && ok && got.Cmp(x) == 0 {
			return true
		}
	}
	return false
}

func TestCanonicalOrder(t *testing.T) {
	loaded, err := loadText(Statements, statementsHead+"\n2025,510100,resident,1,1,\n2024,510300,employee,1,1,1\n2024,510100,resident,1,1,1\n2024,510100,employee,1,1,1\n")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := WriteStatementsCSV(&b, loaded.Facts.Statements); err != nil {
		t.Fatal(err)
	}
	want := `year,division,insurance,income,expenditure,surplus_begin,managerial,violation,planned_expenditure,levied,data_kind
2024,510100,employee,1.00,1.00,1.00,false,0.00,,,
2024,510100,resident,1.00,1.00,1.00,false,0.00,,,
2024,510300,employee,1.00,1.00,1.00,false,0.00,,,
2025,510100,resident,1.00,1.00,,false,0.00,,,
`
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}

// A value that a file cannot hold exactly is not rounded behind anybody's back.
func TestWriteRefusesToRound(t *testing.T) {
	for _, c := range []struct {
		factor pool.Factor
		value  money.Ratio
	}{{pool.AgedShare, money.NewRatio(1, 3)}, {pool.CostPerHead, money.NewRatio(1, 3)}, {pool.OffsiteShare, money.NewRatio(10_000_000, 1)}} {
		err := WriteFactorsCSV(&bytes.Buffer{}, []pool.FactorRow{{Values: map[pool.Factor]money.Ratio{c.factor: c.value}}})
		if fault.KindOf(err) != fault.Refused || err == nil {
			t.Errorf("%s: %v", c.factor, err)
		}
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, bytes.ErrTooLarge }

func TestWriteFails(t *testing.T) {
	if err := WriteStatementsCSV(failing{}, nil); fault.KindOf(err) != fault.Internal || err == nil {
		t.Error(err)
	}
	if err := WriteTemplate(failing{}, Openings, "510000", nil, printers(t)[0]); fault.KindOf(err) != fault.Internal || err == nil {
		t.Error(err)
	}
}
