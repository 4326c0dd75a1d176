package money

import (
	"encoding/csv"
	"errors"
	"math/big"
	"os"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func TestParseFen(t *testing.T) {
	for _, c := range []struct {
		text string
		want Fen
		err  error
	}{
		{"0", 0, nil}, {"1234.5", 123450, nil}, {"-0.01", -1, nil}, {"-0", 0, nil}, {"007.10", 710, nil},
		{"100000000000000.00", MaxFen, nil}, {"100000000000000.01", 0, ErrTooLarge}, {"99999999999999999999", 0, ErrTooLarge},
		{"1.234", 0, ErrDecimals}, {"1.230", 0, ErrDecimals},
		{"", 0, ErrNotNumber}, {"-", 0, ErrNotNumber}, {".5", 0, ErrNotNumber}, {"5.", 0, ErrNotNumber}, {"+5", 0, ErrNotNumber},
		{"1e3", 0, ErrNotNumber}, {"1,000", 0, ErrNotNumber}, {" 1", 0, ErrNotNumber}, {"１", 0, ErrNotNumber}, {"--1", 0, ErrNotNumber},
	} {
		got, err := ParseFen(c.text)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("ParseFen(%q) = %v, %v; want %v, %v", c.text, got, err, c.want, c.err)
		}
	}
}

func TestPartRoundsHalvesAwayFromZero(t *testing.T) {
	t.Attr("clause", "SC38-4.2")
	for _, c := range []struct {
		x    Fen
		r    string
		want Fen
	}{
		{5, "0.1", 1}, {-5, "0.1", -1}, {4, "0.1", 0}, {14, "0.05", 1}, {10, "0.05", 1}, {9, "0.05", 0},
		{MaxFen, "0.999999", 9_999_990_000_000_000}, {1, "0.5", 1}, {-1, "0.5", -1}, {3, "1", 3},
	} {
		r, err := ParseRate(c.r)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.x.Part(r); got != c.want {
			t.Errorf("%d.Part(%s) = %d, want %d", c.x, c.r, got, c.want)
		}
	}
}

func TestPartEqualsExactRatio(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := Fen(rapid.Int64Range(-int64(MaxFen), int64(MaxFen)).Draw(t, "x"))
		r := Rate(rapid.Int64Range(0, 2*rateScale).Draw(t, "r"))
		if got, want := x.Part(r), x.Ratio().Mul(r.Ratio()).Fen(); got != want {
			t.Fatalf("%d.Part(%s) = %d, exactly %d", x, r, got, want)
		}
	})
}

func TestText(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Fen(-123450).String(), "-1234.50"}, {Fen(7).String(), "0.07"}, {Fen(0).String(), "0.00"},
		{Fen(1_042_318_655_000).In(TenThousand), "1,042,318.66"}, {Fen(-4999).In(TenThousand), "0.00"}, {Fen(-5000).In(TenThousand), "-0.01"},
		{Fen(123456789).In(Yuan), "1,234,567.89"}, {Fen(2_019_000_000_00).In(HundredMillion), "20.19"},
		{Rate(50_000).String(), "0.05"}, {One.String(), "1"}, {Rate(1).String(), "0.000001"},
		{NewRatio(-1, 30).Text(1), "0.0"}, {NewRatio(-1, 20).Text(1), "-0.1"}, {NewRatio(9, 2).Text(0), "5"}, {NewRatio(-107, 20).Text(1), "-5.4"},
		{Grouped("22738644"), "22,738,644"}, {Grouped("-1234.5678"), "-1,234.5678"}, {Grouped("999"), "999"}, {Grouped("0.25"), "0.25"},
		{NewRatio(412, 10000).Exact(8), "0.0412"}, {NewRatio(3, 1).Exact(4), "3"}, {Ratio{}.Text(2), "0.00"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestSplitTable(t *testing.T) {
	t.Attr("clause", "SC38-4.4")
	for _, c := range []struct {
		total   Fen
		weights []Ratio
		want    []Fen
	}{
		{100, ratios(1, 1, 1), []Fen{34, 33, 33}},
		{2, ratios(1, 1, 1), []Fen{1, 1, 0}},
		{10, ratios(0, 1, 0), []Fen{0, 10, 0}},
		{7, []Ratio{NewRatio(1, 3), NewRatio(1, 6), NewRatio(1, 2)}, []Fen{2, 1, 4}},
		{0, ratios(1, 2), []Fen{0, 0}},
	} {
		got, err := Split(c.total, c.weights)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("Split(%d) = %v, want %v", c.total, got, c.want)
				break
			}
		}
	}
	if _, err := Split(5, ratios(0, 0)); !errors.Is(err, ErrNoWeight) {
		t.Errorf("no weights: %v", err)
	}
}

func ratios(n ...int64) []Ratio {
	out := make([]Ratio, len(n))
	for i, v := range n {
		out[i] = NewRatio(v, 1)
	}
	return out
}

func TestWeightsSum(t *testing.T) {
	for _, c := range []struct {
		weights []Ratio
		want    string
	}{{ratios(1, 2, 3), "6"}, {[]Ratio{NewRatio(1, 3), NewRatio(1, 6)}, "0.5"}, {[]Ratio{NewRatio(1, 3)}, "0.333333"}, {[]Ratio{NewRatio(2, 3)}, "0.666667"}, {ratios(0), "0"}} {
		if got := NewWeights(c.weights).Sum(6); got != c.want {
			t.Errorf("sum of %v: %s, want %s", c.weights, got, c.want)
		}
	}
}

// Every split adds up, no part is a fen or more from its exact share, and raising one weight never lowers its part.
func TestSplitProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := Fen(rapid.Int64Range(0, int64(MaxFen)).Draw(t, "total"))
		n := rapid.IntRange(1, 40).Draw(t, "n")
		weights, sum := make([]Ratio, n), Ratio{}
		for i := range weights {
			weights[i] = NewRatio(rapid.Int64Range(0, 1_000_000).Draw(t, "num"), rapid.Int64Range(1, 1_000_000).Draw(t, "den"))
			sum = sum.Add(weights[i])
		}
		parts, err := Split(total, weights)
		if sum.Sign() == 0 {
			if !errors.Is(err, ErrNoWeight) {
				t.Fatalf("no weight, but %v", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if Sum(parts...) != total {
			t.Fatalf("parts %v do not add up to %d", parts, total)
		}
		for i, p := range parts {
			exact := total.Ratio().Mul(weights[i]).Quo(sum)
			away := new(big.Rat).Abs(p.Ratio().Sub(exact).rat())
			if away.Cmp(big.NewRat(1, 1)) >= 0 {
				t.Fatalf("part %d is %d, exactly %s", i, p, exact.Text(6))
			}
		}
	})
}

// The published targets of fifteen areas (NHS England 2013/14, thousand pounds) are weighted population times one
// constant; splitting their sum by the weighted populations gives each within 2 thousand pounds. Where a public
// table rounds each line alone, its lines miss their total; ours cannot.
func TestSplitAgainstPublishedTargets(t *testing.T) {
	f, err := os.Open("testdata/nhs_2013_14_target_vector.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var weights []Ratio
	var targets []int64
	var total int64
	for _, row := range rows[1:] {
		w, errW := strconv.ParseInt(row[2], 10, 64)
		target, errT := strconv.ParseInt(row[4], 10, 64)
		if errW != nil || errT != nil {
			t.Fatalf("row %v", row)
		}
		weights, targets, total = append(weights, NewRatio(w, 1)), append(targets, target), total+target
	}
	if len(targets) != 15 {
		t.Fatalf("%d areas", len(targets))
	}
	parts, err := Split(Fen(total), weights)
	if err != nil {
		t.Fatal(err)
	}
	if Sum(parts...) != Fen(total) {
		t.Errorf("the parts miss the total by %d", Sum(parts...)-Fen(total))
	}
	for i, p := range parts {
		if d := int64(p) - targets[i]; d < -2 || d > 2 {
			t.Errorf("%s: %d, published %d", rows[i+1][0], p, targets[i])
		}
	}
}

func FuzzParseFen(f *testing.F) {
	for _, seed := range []string{"0", "-1.5", "1.234", "1e9", "٣", "00000000000000000000000000001"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := ParseFen(text)
		if err != nil {
			return
		}
		again, err := ParseFen(n.String())
		if err != nil || again != n {
			t.Fatalf("%q reads as %d, writes as %q, reads back as %d, %v", text, n, n, again, err)
		}
		if n > MaxFen || n < -MaxFen {
			t.Fatalf("%q accepted as %d", text, n)
		}
	})
}

func BenchmarkSplit400(b *testing.B) {
	weights := make([]Ratio, 400)
	for i := range weights {
		weights[i] = NewRatio(int64(1_000_000+i*7919), int64(80_000+i*31))
	}
	for b.Loop() {
		if _, err := Split(123_456_789_012, weights); err != nil {
			b.Fatal(err)
		}
	}
}

func TestPercent(t *testing.T) {
	for r, want := range map[Rate]string{One / 20: "5%", One * 3 / 10: "30%", One / 200: "0.5%", 1: "0.0001%", 0: "0%"} {
		if got := r.Percent(); got != want {
			t.Errorf("%v: %s, not %s", r, got, want)
		}
	}
}
