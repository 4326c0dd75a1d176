package pool_test

import (
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/policy/policytest"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

func engine(t testing.TB) pool.Engine {
	t.Helper()
	tree, err := region.Load()
	if err != nil {
		t.Fatal(err)
	}
	return pool.Engine{Library: policytest.Library(t), Tree: tree}
}

// sets gives a pack's parameters by year, with overrides.
func sets(t testing.TB, e pool.Engine, id string, overrides map[policy.ParameterID]string) pool.Sets {
	t.Helper()
	pack, ok := e.Library.Pack(id)
	if !ok {
		t.Fatalf("no pack %s", id)
	}
	return func(y policy.Year) (*policy.Set, error) {
		return e.Library.With(pack.At(y.End()), policy.Overlay{Set: overrides})
	}
}

// A golden case is a directory of testdata/golden: case.csv says policy, year and overrides, the facts stand in
// statements.csv, factors.csv and openings.csv, and want.csv holds one expected figure a row, worked out by hand or by an
// independent program, each with the clause it shows. The tables are made to be read and signed by an official.
func TestGolden(t *testing.T) {
	dirs, err := filepath.Glob("testdata/golden/*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no golden cases: %v", err)
	}
	for _, dir := range dirs {
		rows := table(t, filepath.Join(dir, "want.csv"))
		byClause := map[string][]map[string]string{}
		for _, row := range rows {
			byClause[row["clause"]] = append(byClause[row["clause"]], row)
		}
		for clause, rows := range byClause {
			t.Run(filepath.Base(dir)+"/"+clause, func(t *testing.T) {
				t.Attr("clause", clause)
				results := golden(t, dir)
				for _, row := range rows {
					if got := figure(t, results, row); got != row["want"] {
						t.Errorf("%s %s %s %s: got %s, want %s [%s]", row["year"], row["insurance"], row["division"], row["figure"], got, row["want"], clause)
					}
				}
			})
		}
	}
}

// golden runs a case.
func golden(t *testing.T, dir string) map[string]pool.Result {
	t.Helper()
	e := engine(t)
	var id string
	var from, to int
	overrides := map[policy.ParameterID]string{}
	for _, row := range table(t, filepath.Join(dir, "case.csv")) {
		switch key, value := row["key"], row["value"]; key {
		case "policy":
			id = value
		case "from":
			from = number(t, value)
		case "to":
			to = number(t, value)
		default:
			overrides[policy.ParameterID(key)] = value
		}
	}
	results, err := e.Chain(sets(t, e, id, overrides), facts(t, dir), policy.Year(from), policy.Year(to))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]pool.Result{}
	for _, r := range results {
		out[strconv.Itoa(int(r.Year))] = r
	}
	return out
}

// figure picks one figure out of the results as text.
func figure(t *testing.T, results map[string]pool.Result, row map[string]string) string {
	t.Helper()
	fund, ok := results[row["year"]].Fund(pool.Insurance(row["insurance"]))
	if !ok {
		return "no fund"
	}
	if row["division"] == "" {
		b := fund.SetAside
		return map[string]money.Fen{"collected": fund.Collected, "opening": b.Opening, "added": b.Added, "target": b.Target, "closing": b.Closing,
			"distributed": fund.Distributed}[row["figure"]].String()
	}
	d, ok := fund.Division(region.Code(row["division"]))
	if !ok {
		return "no division"
	}
	if name, isPart := strings.CutPrefix(row["figure"], "part."); isPart {
		for _, p := range d.Parts {
			if string(p.Factor) == name {
				return p.Amount.String()
			}
		}
		return "no part"
	}
	if row["figure"] == "months" {
		if !d.HasMonths {
			return "—"
		}
		return d.Months.Text(1)
	}
	amount, ok := map[string]money.Fen{"paid": d.Paid, "received": d.Received, "net": d.Net, "gap_before": d.GapBefore, "gap_after": d.GapAfter,
		"surplus_end": d.SurplusEnd, "owed": d.Owed, "emergency": d.Emergency, "local": d.Local, "unmet": d.Unmet}[row["figure"]]
	if !ok {
		t.Fatalf("unknown figure %q", row["figure"])
	}
	return amount.String()
}

func facts(t *testing.T, dir string) pool.Facts {
	t.Helper()
	var f pool.Facts
	key := func(row map[string]string) pool.Key {
		return pool.Key{Year: policy.Year(number(t, row["year"])), Division: region.Code(row["division"]), Insurance: pool.Insurance(row["insurance"])}
	}
	for i, row := range table(t, filepath.Join(dir, "statements.csv")) {
		f.Statements = append(f.Statements, pool.Statement{Key: key(row), Place: fault.Place{File: "statements.csv", Row: i + 2},
			Income: fen(t, row["income"]), Spent: fen(t, row["expenditure"]), SurplusBegin: fen(t, row["surplus_begin"]), SurplusOpen: row["surplus_begin"] == "",
			Managerial: row["managerial"] == "true", Violation: fen(t, row["violation"]), Planned: fen(t, row["planned_expenditure"]), HasPlanned: row["planned_expenditure"] != ""})
	}
	for i, row := range table(t, filepath.Join(dir, "factors.csv")) {
		values := map[pool.Factor]money.Ratio{}
		for _, name := range []pool.Factor{pool.AgedShare, pool.AdmissionRate, pool.OffsiteShare} {
			rate, err := money.ParseRate(row[string(name)])
			if err != nil {
				t.Fatal(err)
			}
			values[name] = rate.Ratio()
		}
		for _, name := range []pool.Factor{pool.CostPerHead, pool.CostPerAdmission} {
			values[name] = fen(t, row[string(name)]).Ratio()
		}
		f.Factors = append(f.Factors, pool.FactorRow{Key: key(row), Place: fault.Place{File: "factors.csv", Row: i + 2}, Headcount: int64(number(t, row["headcount"])), Values: values})
	}
	if _, err := os.Stat(filepath.Join(dir, "openings.csv")); errors.Is(err, os.ErrNotExist) {
		return f
	}
	for _, row := range table(t, filepath.Join(dir, "openings.csv")) {
		f.Openings = append(f.Openings, pool.Opening{Insurance: pool.Insurance(row["insurance"]), Fund: pool.SetAside(row["fund"]), Balance: fen(t, row["balance"])})
	}
	return f
}

func table(t *testing.T, path string) []map[string]string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
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

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func fen(t *testing.T, text string) money.Fen {
	t.Helper()
	if text == "" {
		return 0
	}
	amount, err := money.ParseFen(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return amount
}

// A scheme begins with its first year, with nothing set aside before; a later year must say what it opens with.
func TestFirstYear(t *testing.T) {
	for _, c := range []struct {
		policy, dir, clause string
		first               policy.Year
	}{{"sichuan", "sichuan-2024-2026", "SC38-4.1", 2024}, {"yunnan", "yunnan-2026-2028", "YN-1.1", 2026}} {
		t.Run(c.policy, func(t *testing.T) {
			t.Attr("clause", c.clause)
			e := engine(t)
			f := facts(t, "testdata/golden/"+c.dir)
			for year, key := range map[policy.Year]string{c.first - 1: "pool.year_not_in_force", c.first: "", c.first + 1: "pool.opening_missing"} {
				set, err := sets(t, e, c.policy, nil)(year)
				if err != nil {
					t.Fatal(err)
				}
				_, err = e.Run(set, f, year)
				var refusal *fault.Refusal
				switch {
				case key == "" && err != nil:
					t.Errorf("%d: %v", year, err)
				case key != "" && (!errors.As(err, &refusal) || !refusedFor(refusal, key)):
					t.Errorf("%d: %v, want %s", year, err, key)
				}
			}
		})
	}
}

func refusedFor(refusal *fault.Refusal, key string) bool {
	for _, p := range refusal.Problems {
		if p.Key == key && p.Clause != "" {
			return true
		}
	}
	return false
}
