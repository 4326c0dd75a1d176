package enrol_test

import (
	"encoding/csv"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
)

// goldenFile is a table an official can open and check: one case a row, with the clause it shows, the history and every
// figure of the answer, or the field it is refused for. The figures were worked out by a program of their own, written
// from the rules and not from this code.
const goldenFile = "testdata/golden/entitlement.csv"

func TestGoldenEntitlements(t *testing.T) {
	byClause := map[string][]map[string]string{}
	for _, row := range goldenRows(t) {
		byClause[row["clause"]] = append(byClause[row["clause"]], row)
	}
	for clause, rows := range byClause {
		t.Run(clause, func(t *testing.T) {
			t.Attr("clause", clause)
			for _, row := range rows {
				checkGolden(t, row)
			}
		})
	}
}

func checkGolden(t *testing.T, row map[string]string) {
	t.Helper()
	rules := rulesOf(t, policy.Year(number(t, row["year"])), overridesOf(t, row["set"]))
	history := historyOf(t, row)
	got, reasons, err := rules.Explain(&history)
	if fast, fastErr := rules.Entitle(&history); fast != got || (err == nil) != (fastErr == nil) {
		t.Errorf("%s: with reasons %+v %v, without %+v %v", row["case"], got, err, fast, fastErr)
	}
	if field := refusedField(err); field != row["error"] {
		t.Errorf("%s: refused for %q, want %q", row["case"], field, row["error"])
		return
	}
	if err != nil {
		return
	}
	for name, figure := range figures(got) {
		if figure != row[name] {
			t.Errorf("%s: %s is %s, want %s", row["case"], name, figure, row[name])
		}
	}
	if !slices.ContainsFunc(reasons, func(r enrol.Reason) bool { return r.Part == "cap" }) {
		t.Errorf("%s: no reason for the cap: %v", row["case"], reasons)
	}
}

// figures are an answer's figures under the names of the table.
func figures(e enrol.Entitlement) map[string]string {
	n := strconv.Itoa
	out := map[string]string{"streak": n(e.Streak), "broken": n(e.Broken), "cap": e.Cap.String(), "consecutive": e.Consecutive.String(),
		"zero_claim": e.ZeroClaim.String(), "counted": e.Counted.String(), "reduction": e.Reduction.String(), "fixed": n(e.Waiting.Fixed),
		"variable": n(e.Waiting.Variable), "repaired": n(e.Waiting.Repaired), "months": n(e.Waiting.Months()), "covered_from": e.Waiting.CoveredFrom.String(),
		"repair_years": "", "repair_price": "", "repair_months": ""}
	if o := e.Offer; o.Years > 0 {
		out["repair_years"], out["repair_months"] = n(o.Years), n(o.MonthsAfter)
		if o.PricePerYear > 0 {
			out["repair_price"] = o.PricePerYear.String()
		}
	}
	return out
}

func refusedField(err error) string {
	var refusal *fault.Refusal
	if errors.As(err, &refusal) {
		return refusal.Problems[0].Column
	}
	return ""
}

func goldenRows(t testing.TB) []map[string]string {
	t.Helper()
	file, err := os.Open(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, name := range records[0] {
			row[name] = record[i]
		}
		out = append(out, row)
	}
	return out
}

func number(t testing.TB, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func overridesOf(t testing.TB, text string) map[policy.ParameterID]string {
	t.Helper()
	out := map[policy.ParameterID]string{}
	for _, one := range strings.Split(text, "; ") {
		if id, value, ok := strings.Cut(one, "="); ok {
			out[policy.ParameterID(id)] = value
		}
	}
	return out
}

// historyOf reads a history as the table writes it: "2025 resident paid=2024-10-02 reimbursed=0.00; 2026 employee".
func historyOf(t testing.TB, row map[string]string) enrol.History {
	t.Helper()
	h := enrol.History{Born: dayOf(t, row["born"])}
	for _, g := range strings.Fields(row["groups"]) {
		h.Groups = h.Groups.With(enrol.Group(g))
	}
	for _, one := range strings.Split(row["history"], "; ") {
		words := strings.Fields(one)
		y := enrol.Year{Year: policy.Year(number(t, words[0]))}
		y.Cover, _ = enrol.ParseInsurance(words[1])
		for _, word := range words[2:] {
			name, value, _ := strings.Cut(word, "=")
			switch name {
			case "paid":
				y.PaidOn = dayOf(t, value)
			case "reimbursed":
				y.Reimbursed, y.HasReimbursed = fen(t, value), true
			case "catastrophic_paid":
				y.CatastrophicPaid, y.HasCatastrophic = fen(t, value), true
			case "repair_years":
				y.RepairYears = number(t, value)
			default:
				t.Fatalf("%s: %q", row["case"], word)
			}
		}
		h.Years = append(h.Years, y)
	}
	return h
}

func dayOf(t testing.TB, text string) enrol.Day {
	t.Helper()
	d, ok := enrol.ParseDay(text)
	if !ok {
		t.Fatalf("no day: %q", text)
	}
	return d
}

func fen(t testing.TB, text string) money.Fen {
	t.Helper()
	f, err := money.ParseFen(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return f
}

// Each part of an answer names its clause, and says so when it rests on a reading of ours or on a changed parameter.
func TestReasons(t *testing.T) {
	t.Attr("clause", "SCE-3.2")
	t.Attr("clause", "SCE-3.6")
	t.Attr("clause", "SCE-3.8")
	rows := map[string]map[string]string{}
	for _, row := range goldenRows(t) {
		rows[row["case"]] = row
	}
	for name, want := range map[string]string{
		"repair-4-one":    "base SCE-3.2, streak SCE-3.3 assumed, consecutive SCE-3.3 assumed, zero_claim SCE-3.4 assumed, counted SCE-3.4, broken SCE-3.5 assumed, reduction SCE-3.5 assumed, cap SCE-3.2, fixed SCE-3.7 assumed, variable SCE-3.8 assumed, repaired SCE-3.8, least SCE-3.8, covered_from SCE-3.8",
		"reset-at-cap":    "base SCE-3.2, streak SCE-3.3 assumed, consecutive SCE-3.3 assumed, zero_claim SCE-3.4 assumed, counted SCE-3.4, broken SCE-3.5 assumed, reduction SCE-3.5 assumed, cap SCE-3.2, waiting SCE-6.1 assumed, covered_from SCE-3.8",
		"reset-above-cap": "base SCE-3.2, streak SCE-3.3 assumed, consecutive SCE-3.3 assumed, reset SCE-3.6, zero_claim SCE-3.4 assumed, counted SCE-3.4, broken SCE-3.5 assumed, reduction SCE-3.5 assumed, cap SCE-3.2, waiting SCE-6.1 assumed, covered_from SCE-3.8",
		"newborn":         "base SCE-3.2, streak SCE-3.3 assumed, consecutive SCE-3.3 assumed, zero_claim SCE-3.4 assumed, counted SCE-3.4, broken SCE-3.5 assumed, reduction SCE-3.5 assumed, cap SCE-3.2, waiting SCE-3.7, covered_from SCE-3.8 assumed",
		"repair-price":    "base SCE-3.2, streak SCE-3.3 assumed, consecutive SCE-3.3 assumed, zero_claim SCE-3.4 assumed, counted SCE-3.4, broken SCE-3.5 assumed, reduction SCE-3.5 assumed, cap SCE-3.2, fixed SCE-3.7 assumed, variable SCE-3.8 assumed, covered_from SCE-3.8, repair_offer SCE-3.8 changed",
	} {
		row := rows[name]
		rules, history := rulesOf(t, policy.Year(number(t, row["year"])), overridesOf(t, row["set"])), historyOf(t, row)
		_, reasons, err := rules.Explain(&history)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range reasons {
			text := r.Part + " " + string(r.Clause)
			if r.Assumed {
				text += " assumed"
			}
			if r.Changed {
				text += " changed"
			}
			got = append(got, text)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s:\n got %s\nwant %s", name, strings.Join(got, ", "), want)
		}
	}
}

// A policy without the rules, before they are in force, or with one of them left open gives no answers.
func TestRulesThatCannotBeCompiled(t *testing.T) {
	library := policytest.Library(t)
	open := policytest.Pack(t, "sichuan").At("2026-12-31")
	delete(open.Pack.Parameters, "entitlement.cap.base")
	for _, c := range []struct {
		set  *policy.Set
		year policy.Year
		key  string
	}{
		{policytest.Pack(t, "yunnan").At("2026-12-31"), 2026, "entitled.no_rules"},
		{policytest.Pack(t, "sichuan").At("2024-12-31"), 2026, "entitled.not_in_force"},
		{open.Pack.At("2026-12-31"), 2026, "entitled.parameter_missing"},
	} {
		_, err := enrol.Compile(library, c.set, c.year)
		var refusal *fault.Refusal
		if !errors.As(err, &refusal) || refusal.Problems[0].Key != c.key {
			t.Errorf("%v, want %s", err, c.key)
		}
	}
	rules, err := enrol.Compile(library, policytest.Pack(t, "sichuan").At("2024-12-31"), 2024)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rules.Entitle(&enrol.History{}); refusedField(err) != "year" {
		t.Errorf("a question about 2024: %v", err)
	}
	if rules := rulesOf(t, 2026, nil); rules.Status != policy.Draft {
		t.Errorf("rules of a draft are %s", rules.Status)
	}
}

func TestDays(t *testing.T) {
	t.Attr("clause", "SCE-3.7")
	for _, c := range []struct {
		day    string
		months int
		want   string
	}{
		{"2025-11-30", 3, "2026-02-28"}, {"2027-11-30", 3, "2028-02-29"}, {"2028-02-29", 12, "2029-02-28"}, {"2028-02-29", 48, "2032-02-29"},
		{"2025-12-31", 2, "2026-02-28"}, {"2026-01-31", 1, "2026-02-28"}, {"2026-03-31", 3, "2026-06-30"}, {"2026-08-31", 6, "2027-02-28"}, {"2026-12-01", 1, "2027-01-01"}, {"2026-05-10", 0, "2026-05-10"},
	} {
		if got := dayOf(t, c.day).AddMonths(c.months).String(); got != c.want {
			t.Errorf("%s and %d months: %s, want %s", c.day, c.months, got, c.want)
		}
	}
	for _, bad := range []string{"", "2026-2-1", "2026-02-30", "2025-02-29", "1900-02-29", "2026-00-10", "2026-13-01", "2026-01-00", "2026-01-32", "2026/01/01", "2026-01-0a", "0000-01-01", "2026-01-011", "20260-01-0"} {
		if d, ok := enrol.ParseDay(bad); ok {
			t.Errorf("%q is read as %s", bad, d)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 20_000).Draw(t, "days"))
		d := enrol.DayOf(policy.Year(at.Year()), at.Month(), at.Day())
		if again, ok := enrol.ParseDay(at.Format(time.DateOnly)); !ok || again != d || d.String() != at.Format(time.DateOnly) {
			t.Fatalf("%s is read as %s and written as %s", at.Format(time.DateOnly), again, d)
		}
		months := rapid.IntRange(0, 60).Draw(t, "months")
		if sooner, later := d.AddMonths(months), d.AddMonths(months+1); later <= sooner {
			t.Fatalf("%s: %d months give %s, one more gives %s", d, months, sooner, later)
		}
		next := at.AddDate(0, 0, 1)
		if day := enrol.DayOf(policy.Year(next.Year()), next.Month(), next.Day()); day.AddMonths(months) < d.AddMonths(months) {
			t.Fatalf("%d months from %s end before those from %s", months, day, d)
		}
	})
}

// drawHistory makes up a history that can be asked about year.
func drawHistory(t *rapid.T, year policy.Year) enrol.History {
	h := enrol.History{Born: enrol.DayOf(rapid.SampledFrom([]policy.Year{1980, 2026, year}).Draw(t, "born"), 6, 15)}
	if rapid.IntRange(0, 9).Draw(t, "exempt") == 0 {
		h.Groups = h.Groups.With(enrol.Orphan)
	}
	for y := year - policy.Year(rapid.IntRange(0, 14).Draw(t, "years")); y <= year; y++ {
		row := enrol.Year{Year: y, Cover: enrol.Resident, HasReimbursed: true, HasCatastrophic: true}
		if y < year {
			row.Cover = rapid.SampledFrom([]enrol.Insurance{enrol.Resident, enrol.Resident, enrol.Employee, enrol.NoInsurance}).Draw(t, "cover")
		}
		if rapid.Bool().Draw(t, "claims") {
			row.Reimbursed = money.Fen(rapid.SampledFrom([]int64{1, 5_000_00, 400_000_00}).Draw(t, "reimbursed"))
			row.CatastrophicPaid = money.Fen(rapid.SampledFrom([]int64{0, 292_000_00, 292_000_01, 296_000_01, 300_000_00, 300_000_01}).Draw(t, "catastrophic"))
		}
		row.PaidOn = drawPayment(t, y)
		row.RepairYears = rapid.IntRange(0, 6).Draw(t, "repair")
		h.Years = append(h.Years, row)
	}
	return h
}

func drawPayment(t *rapid.T, year policy.Year) enrol.Day {
	month := rapid.IntRange(9, 24).Draw(t, "month")
	day := rapid.IntRange(1, 31).Draw(t, "day")
	at := time.Date(int(year)-1, time.Month(month), 1, 0, 0, 0, 0, time.UTC)
	last := at.AddDate(0, 1, -1).Day()
	return enrol.DayOf(policy.Year(at.Year()), at.Month(), min(day, last))
}

// with gives a copy of a history with one year changed.
func with(h enrol.History, i int, change func(*enrol.Year)) enrol.History {
	h.Years = slices.Clone(h.Years)
	change(&h.Years[i])
	return h
}

func entitle(t *rapid.T, r *enrol.Rules, h enrol.History) enrol.Entitlement {
	e, err := r.Entitle(&h)
	if err != nil {
		t.Fatalf("%+v: %v", h, err)
	}
	return e
}

// Being covered in a broken year, without catastrophic use, never lowers the cap of a later year.
func TestFillingABrokenYearNeverLowersTheCap(t *testing.T) {
	t.Attr("clause", "SCE-3.5")
	const year = 2033
	rules := rulesOf(t, year, nil)
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t, year)
		first := slices.IndexFunc(h.Years, func(y enrol.Year) bool { return y.Cover != enrol.NoInsurance })
		for i, y := range h.Years {
			if i < first || y.Cover != enrol.NoInsurance || y.Year < 2025 {
				continue
			}
			filled := with(h, i, func(y *enrol.Year) {
				y.Cover = rapid.SampledFrom([]enrol.Insurance{enrol.Resident, enrol.Employee}).Draw(t, "filled")
				y.CatastrophicPaid = 0
			})
			if before, after := entitle(t, rules, h).Cap, entitle(t, rules, filled).Cap; after < before {
				t.Fatalf("covered in %d too: cap %s, before %s", y.Year, after, before)
			}
		}
	})
}

// Whoever waits more, or pays later in the window or after it, is not covered earlier.
func TestMoreWaitingNeverStartsCoverEarlier(t *testing.T) {
	t.Attr("clause", "SCE-3.7")
	t.Attr("clause", "SCE-3.8")
	const year = 2033
	rules := rulesOf(t, year, nil)
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t, year)
		last := len(h.Years) - 1
		e := entitle(t, rules, h)
		less := with(h, last, func(y *enrol.Year) { y.RepairYears = rapid.IntRange(0, y.RepairYears).Draw(t, "less") })
		if o := entitle(t, rules, less); o.Waiting.Months() < e.Waiting.Months() || o.Waiting.CoveredFrom < e.Waiting.CoveredFrom {
			t.Fatalf("less repair: %+v, before %+v", o.Waiting, e.Waiting)
		}
		paid := drawPayment(t, year)
		other := entitle(t, rules, with(h, last, func(y *enrol.Year) { y.PaidOn = paid }))
		if (paid < h.Years[last].PaidOn) && other.Waiting.CoveredFrom > e.Waiting.CoveredFrom {
			t.Fatalf("paid on %s: %+v, on %s: %+v", paid, other.Waiting, h.Years[last].PaidOn, e.Waiting)
		}
		if o := e.Offer; o.Years > 0 {
			bought := entitle(t, rules, with(h, last, func(y *enrol.Year) { y.RepairYears += o.Years }))
			if bought.Waiting.Months() != o.MonthsAfter || bought.Offer.Years != 0 {
				t.Fatalf("offered %+v; bought, %+v is left and %+v offered", o, bought.Waiting, bought.Offer)
			}
			short := entitle(t, rules, with(h, last, func(y *enrol.Year) { y.RepairYears += o.Years - 1 }))
			if short.Waiting.Months() <= o.MonthsAfter {
				t.Fatalf("offered %+v, but one year less does as well: %+v", o, short.Waiting)
			}
		}
	})
}

// The order of the rows changes nothing, neither in an answer nor in a refusal, however many there are; the reasons come
// to the same answer; and the cap stays within its limits.
func TestOrderOfYearsChangesNothing(t *testing.T) {
	t.Attr("clause", "SCE-3.2")
	const year = 2033
	rules := rulesOf(t, year, nil)
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t, year)
		for y := policy.Year(1950); y < 1950+policy.Year(rapid.SampledFrom([]int{0, 0, 0, 60}).Draw(t, "old")); y++ {
			h.Years = append(h.Years, enrol.Year{Year: y})
		}
		if rapid.IntRange(0, 9).Draw(t, "spoilt") == 0 {
			i := rapid.IntRange(0, len(h.Years)-1).Draw(t, "at")
			h = with(h, i, func(y *enrol.Year) {
				*y = enrol.Year{Year: y.Year + policy.Year(rapid.IntRange(0, 1).Draw(t, "moved")), Cover: enrol.Resident}
			})
		}
		want, wantErr := rules.Entitle(&h)
		got := enrol.History{Born: h.Born, Groups: h.Groups, Years: rapid.Permutation(h.Years).Draw(t, "order")}
		e, reasons, err := rules.Explain(&got)
		if e != want || refusedField(err) != refusedField(wantErr) {
			t.Fatalf("in order %+v %v, else %+v %v", want, wantErr, e, err)
		}
		if err == nil && (len(reasons) == 0 || e.Cap < 240_000_00 || e.Cap > 360_000_00) {
			t.Fatalf("%d reasons, cap %s", len(reasons), e.Cap)
		}
	})
}

// A question is answered without allocating.
func TestEntitleDoesNotAllocate(t *testing.T) {
	rules, all := rulesOf(t, 2030, nil), lives()
	for i := range all {
		if n := testing.AllocsPerRun(1, func() {
			if _, err := rules.Entitle(&all[i]); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Fatalf("%g allocations for %+v", n, all[i])
		}
	}
}
