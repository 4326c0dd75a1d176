package exchange

import (
	"strings"
	"testing"

	"tongchou/internal/fault"
	"tongchou/internal/pool"
)

// A register is read under the wire's names and under the project's own.
func TestReadEnrolled(t *testing.T) {
	t.Attr("clause", "YN-2.5")
	want := Enrolled{Key: pool.Key{Year: 2025, Division: "510100", Insurance: pool.Employee}, Place: fault.Place{File: "e.csv", Row: 2}, Headcount: 30, Synthetic: true}
	aged, grouped := want, want
	aged.Age, aged.Sex, grouped.Group = 61, "1", "60-74"
	for text, want := range map[string]Enrolled{
		"year,insuplc_admdvs,insutype,psn_type,gend,age,persons,data_kind\n2025,510100,310,11,1,61,30,synthetic\n": aged,
		"year,division,insurance,group,headcount,data_kind\n2025,510100,employee,60-74,30,synthetic\n":             grouped,
	} {
		rows, err := ReadEnrolled(Input{"e.csv", []byte(text)})
		if err != nil || len(rows) != 1 || rows[0] != want {
			t.Errorf("%q: %+v, %v", text, rows, err)
		}
	}
}

func TestReadEnrolledRefuses(t *testing.T) {
	const header = "year,division,insurance,age,headcount\n"
	for text, key := range map[string]string{
		header:                             "exchange.enrolled.empty",
		header + "2025,510100,310,151,3\n": "exchange.enrolled.age",
		header + "2025,510100,310,-1,3\n":  "exchange.enrolled.age",
		"year,division,insurance,age,gend,persons\n2025,510100,310,4,M,3\n": "exchange.enrolled.sex",
		header + "2025,510100,392,40,3\n":                                   "pool.unknown_insurance",
		header + "2025,510100,310,40,3.5\n":                                 "exchange.whole.decimals",
		header + "2025,510100,310,40\n":                                     "exchange.ragged.short",
		"year,division,insurance,age,persons,x\n":                           "exchange.header.unknown",
		"year,division,insurance,age\n2,3,4,5\n":                            "exchange.enrolled.missing",
		"year,division,insurance,age,group,cost\n":                          "exchange.enrolled.twice",
	} {
		_, err := ReadEnrolled(Input{"e.csv", []byte(text)})
		if fault.KindOf(err) != fault.Refused || !strings.Contains(err.Error(), key) {
			t.Errorf("%q: %v, want %s", text, err, key)
		}
	}
}
