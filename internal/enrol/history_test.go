package enrol

import (
	"reflect"
	"testing"

	"tongchou/internal/policy"
)

// What entitlement asks for is what the file says, taken back facts left out.
func TestReadHistory(t *testing.T) {
	t.Attr("clause", "SCE-3.2")
	t.Attr("clause", "SCE-4.1")
	whole := func(year policy.Year) Spell { return Spell{firstOf(year), year.End()} }
	var f File
	f.Add(1, Known{Identity{Name: "A", Birth: "1990-02-03"}},
		Belongs{Subsistence, Spell{"2020-01-01", "2025-06-30"}}, Belongs{Orphan, Spell{"2026-12-31", ""}},
		Covered{"510104", Ordinary, whole(2024)}, Paid{Way: Ordinary, Year: 2024, On: "2023-10-01"},
		Covered{"510104", Ordinary, whole(2025)}, Covered{"510105", Staff, Spell{"2025-05-01", "2025-12-31"}}, Paid{Way: Staff, Year: 2025, On: "2025-05-15"}, Paid{Way: Ordinary, Year: 2025, On: "2024-10-01"},
		Used{2024, 100, 0}, Used{2024, 200, 50},
		Covered{"510104", Ordinary, Spell{"2026-01-01", ""}}, Paid{Way: Ordinary, Year: 2026, On: "2026-03-01", Repair: 1}, Paid{Way: Ordinary, Year: 2026, On: "2026-02-01", Repair: 2},
		Covered{"510104", Ordinary, whole(2023)})
	f.Add(2, Void{14, "not he"})
	var h History
	h.Standard = 7
	if !h.ReadHistory(&f, 2026) {
		t.Error("not insured as a resident")
	}
	want := History{Born: 19900203, Groups: GroupSet(0).With(Orphan), Years: []Year{
		{Year: 2024, Cover: Resident, PaidOn: 20231001, Reimbursed: 200, CatastrophicPaid: 50, HasReimbursed: true, HasCatastrophic: true},
		{Year: 2025, Cover: Employee, PaidOn: 20250515},
		{Year: 2026, Cover: Resident, PaidOn: 20260301, RepairYears: 1},
		{Year: 2023, Cover: Resident}}}
	if !reflect.DeepEqual(h, want) {
		t.Errorf("%+v, want\n%+v", h, want)
	}
	for year, resident := range map[policy.Year]bool{2022: false, 2023: true, 2025: false, 2027: true} {
		if h.ReadHistory(&f, year) != resident || year < 2026 && h.index(2026) >= 0 {
			t.Errorf("%d: %+v", year, h)
		}
	}
}
