package enrol

import (
	"bytes"
	"reflect"
	"testing"

	"tongchou/internal/money"
)

func aStandard() Standard {
	return Standard{Year: 2028, Division: "510100", Way: Ordinary, Source: "合成数据", Individual: 40000, Subsidy: Shares{Central: 40000, County: 27000}, Aid: map[Group]money.Fen{Destitute: 40000, Subsistence: 30000}}
}

// A version of a standard is read as it was written, and nothing else is read as one.
func TestStandardForm(t *testing.T) {
	t.Attr("clause", "SC38-5.3")
	for _, s := range []Standard{aStandard(), {Year: 2028, Division: "510000", Way: Staff, AverageWage: 800000, EmployerRate: 65000, PersonRate: 20000, Floor: 600000, Ceiling: 3000000, Source: "x"}} {
		if got, ok := ParseStandard(s.Canonical()); !ok || !reflect.DeepEqual(got, s) {
			t.Errorf("%+v", got)
		}
		for i := range s.Canonical() {
			if _, ok := ParseStandard(s.Canonical()[:i]); ok {
				t.Errorf("cut off after %d bytes", i)
			}
		}
	}
}

func FuzzStandardForm(f *testing.F) {
	f.Add(aStandard().Canonical())
	f.Fuzz(func(t *testing.T, form []byte) {
		if s, ok := ParseStandard(form); ok && !bytes.Equal(s.Canonical(), form) {
			t.Errorf("%x is written as %x", form, s.Canonical())
		}
	})
}
