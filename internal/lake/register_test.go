package lake

import (
	"testing"

	"tongchou/internal/fault"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// Every age stands in one of the age groups.
func TestAgeGroups(t *testing.T) {
	for age, want := range map[int]string{0: "0-17", 17: "0-17", 18: "18-44", 59: "45-59", 60: "60-74", 75: "75+", 130: "75+"} {
		if got := ageGroup(age); got != want {
			t.Errorf("%d: %s, want %s", age, got, want)
		}
	}
}

// A county counts to its pooling area, an age to its group, and one row that is made up makes the whole so.
func TestRegister(t *testing.T) {
	t.Attr("clause", "YN-2.5")
	tree, err := region.Load()
	if err != nil {
		t.Fatal(err)
	}
	row := func(division region.Code, age int, group string) Registered {
		return Registered{Key: pool.Key{Year: 2025, Division: division, Insurance: pool.Employee}, Place: fault.Place{File: "e.csv", Row: 2}, Age: age, Group: group, Sex: "2", Headcount: 7}
	}
	last := row("510100", 0, "75+")
	last.Synthetic = true
	got, made, err := Register([]Registered{row("510104", 60, ""), last}, tree)
	if err != nil || !made || len(got) != 2 || got[0].Division != "510100" || got[0].Group != "60-74" || got[0].Sex != "2" || got[0].Headcount != 7 || got[1].Group != "75+" {
		t.Errorf("%+v %v %v", got, made, err)
	}
	_, _, err = Register([]Registered{row("990000", 1, "")}, tree)
	refused(t, err, "pool.unknown_division", 2)
}
