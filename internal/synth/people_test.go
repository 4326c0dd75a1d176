package synth

import (
	"bytes"
	"encoding/csv"
	"slices"
	"testing"

	"tongchou/internal/fault"
	"tongchou/internal/region"
)

func peopleRows(t *testing.T, persons int64, workers int) [][]string {
	t.Helper()
	tree, err := region.Load()
	if err != nil {
		t.Fatal(err)
	}
	people, err := NewPeople(PeopleOptions{Province: "510000", Persons: persons, From: 2021, To: 2026, Seed: 3}, tree)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := people.WriteCSV(t.Context(), &b, workers, nil); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// The seed alone decides; numbers are of nobody and no two are the same; every row says that it is synthetic.
func TestPeople(t *testing.T) {
	const persons = 20_000
	rows := peopleRows(t, persons, 1)
	if len(rows) != persons+1 {
		t.Fatal(len(rows))
	}
	if again := peopleRows(t, persons, 3); !slices.EqualFunc(rows, again, slices.Equal) {
		t.Error("the workers' number changes the people")
	}
	numbers, last := map[string]bool{}, ""
	insured, broken, counties := 0, 0, map[string]bool{}
	cover := slices.Index(rows[0], "2026.cover")
	label := slices.Index(rows[0], "data_kind")
	for _, row := range rows[1:] {
		if row[0][:6] != "999999" || numbers[row[0]] || row[label] != "synthetic" {
			t.Fatalf("%v", row)
		}
		numbers[row[0]] = true
		if row[2] < last {
			t.Fatal("not in the order of villages")
		}
		last = row[2]
		counties[last[:6]] = true
		if row[cover] != "" {
			insured++
		} else {
			broken++
		}
	}
	if share := insured * 100 / persons; share < 88 || share > 96 {
		t.Errorf("%d%% are insured", share)
	}
	if len(counties) < 150 {
		t.Errorf("%d counties", len(counties))
	}
}

func TestPeopleRefused(t *testing.T) {
	tree, err := region.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []PeopleOptions{{"510000", 0, 2021, 2026, 1}, {"510000", MostPeople + 1, 2021, 2026, 1}, {"510000", 1, 2026, 2021, 1}, {"510000", 1, 1990, 2021, 1}, {"990000", 1, 2021, 2026, 1}} {
		if _, err := NewPeople(o, tree); fault.KindOf(err) != fault.Usage {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
