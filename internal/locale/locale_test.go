package locale

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/region"
)

func printer(t testing.TB, lang Lang) *Printer {
	t.Helper()
	p, err := New(lang)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCapital(t *testing.T) {
	p := printer(t, ZH)
	for _, c := range []struct {
		amount money.Fen
		want   string
	}{
		{0, "零元整"}, {1, "壹分"}, {10, "壹角整"}, {11, "壹角壹分"}, {100, "壹元整"}, {101, "壹元零壹分"}, {110, "壹元壹角整"},
		{1000, "壹拾元整"}, {10005, "壹佰元零伍分"}, {100500, "壹仟零伍元整"}, {168_032, "壹仟陆佰捌拾元叁角贰分"}, {1_000_000, "壹万元整"},
		{1_000_500, "壹万零伍元整"}, {10_203_400, "壹拾万贰仟零叁拾肆元整"}, {10_000_000_000, "壹亿元整"}, {10_000_000_100, "壹亿零壹元整"},
		{10_001_000_000, "壹亿零壹万元整"}, {1_042_318_660_00, "壹拾亿肆仟贰佰叁拾壹万捌仟陆佰陆拾元整"}, {-12_34, "负壹拾贰元叁角肆分"},
		{100_000_000_000_000, "壹万亿元整"}, {100_000_000_010_000, "壹万亿零壹佰元整"},
	} {
		if got := p.Capital(c.amount); got != c.want {
			t.Errorf("%s: %s, want %s", c.amount, got, c.want)
		}
	}
}

// No amount is written with two zeros in a row or a zero before a unit, and none panics.
func TestCapitalNeverStutters(t *testing.T) {
	p := printer(t, ZH)
	rapid.Check(t, func(t *rapid.T) {
		text := []rune(p.Capital(money.Fen(rapid.Int64Range(0, int64(money.MaxFen)).Draw(t, "fen"))))
		for i := 1; i < len(text); i++ {
			if text[i-1] == '零' && (text[i] == '零' || text[i] == '拾' || text[i] == '佰' || text[i] == '仟' || text[i] == '万' || text[i] == '亿') {
				t.Fatalf("%s", string(text))
			}
		}
	})
}

// read reads a capital amount the way a cashier does, knowing nothing of how it was written: digits and units add up
// within a group, 万 lifts what stands before it since the last 亿, 亿 lifts everything. It gives up on anything else.
func read(text string) (money.Fen, bool) {
	text, negative := strings.CutPrefix(text, "负")
	digits := map[rune]int64{'零': 0, '壹': 1, '贰': 2, '叁': 3, '肆': 4, '伍': 5, '陆': 6, '柒': 7, '捌': 8, '玖': 9}
	units := map[rune]int64{'拾': 10, '佰': 100, '仟': 1000}
	var total, upper, group, digit, fen int64
	for _, r := range text {
		d, isDigit := digits[r]
		u, isUnit := units[r]
		switch {
		case isDigit:
			digit = d
		case isUnit:
			group += digit * u
			digit = 0
		case r == '万':
			upper += (group + digit) * 10_000
			group, digit = 0, 0
		case r == '亿':
			total = (total + upper + group + digit) * 100_000_000
			upper, group, digit = 0, 0, 0
		case r == '元':
			total += upper + group + digit
			upper, group, digit = 0, 0, 0
		case r == '角':
			fen += digit * 10
			digit = 0
		case r == '分':
			fen += digit
			digit = 0
		case r == '整':
		default:
			return 0, false
		}
	}
	amount := money.Fen(total*100 + fen)
	if negative {
		amount = -amount
	}
	return amount, digit == 0
}

// Every amount a file may state is read back from its capitals as what it was, whatever zeros it has; and so no two
// amounts are written alike.
func TestCapitalReadsBack(t *testing.T) {
	p := printer(t, ZH)
	check := func(f money.Fen) {
		if got, ok := read(p.Capital(f)); !ok || got != f {
			t.Errorf("%s is written %s, which reads %s", f, p.Capital(f), got)
		}
	}
	for f := money.Fen(-2_000); f <= 20_000; f++ {
		check(f)
	}
	for power := money.Fen(1); power <= money.MaxFen; power *= 10 {
		for _, near := range []money.Fen{-101, -100, -11, -10, -1, 0, 1, 9, 10, 99, 100, 101, 1_000_000, 10_000_000_000} {
			if f := power + near; f <= money.MaxFen {
				check(f)
			}
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		// Amounts with many zeros are the hard ones.
		f := rapid.Int64Range(0, 99).Draw(rt, "low")
		for _, power := range []int64{100, 10_000, 1_000_000, 100_000_000, 10_000_000_000, 1_000_000_000_000, 100_000_000_000_000} {
			if rapid.Bool().Draw(rt, "digits") {
				f += power * rapid.Int64Range(0, 99).Draw(rt, "two digits")
			}
		}
		check(min(money.Fen(f), money.MaxFen))
	})
}

func FuzzCapital(f *testing.F) {
	for _, seed := range []int64{0, 1, 10, 101, 10_000_000, 100_000_000_000_000, -1} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, n int64) {
		amount := money.Fen(n % (int64(money.MaxFen) + 1))
		if got, ok := read(printer(t, ZH).Capital(amount)); !ok || got != amount {
			t.Fatalf("%s reads %s", printer(t, ZH).Capital(amount), got)
		}
	})
}

func TestText(t *testing.T) {
	zh, en := printer(t, ZH), printer(t, EN)
	message := fault.Msg("pool.chain_surplus", "division", region.Code("510300"), "value", money.Fen(123456), "expected", money.Fen(-100))
	if got, want := zh.Text(message), "统筹区 自贡市 年初累计结余为 1,234.56，按上年计算应为 -1.00；如按其他参数连续计算，可把后续年度的该列留空"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := en.Text(message), "the opening surplus of Zigong is 1,234.56; the year before ends with -1.00; to chain years under other parameters, leave this column blank in the later years"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := zh.T("no.such.key"); got != "no.such.key" {
		t.Errorf("an unknown key: %s", got)
	}
	if got := zh.Division("510000"); got != "四川省本级" {
		t.Errorf("the provincial unit: %s", got)
	}
	if got := zh.Value(int64(1234567)); got != "1,234,567" {
		t.Errorf("a count: %s", got)
	}
	if printer(t, "fr").Lang != ZH {
		t.Error("a language that is not known is not Chinese")
	}
}

func TestProblem(t *testing.T) {
	p := printer(t, EN)
	for _, c := range []struct {
		problem fault.Problem
		want    string
	}{
		{fault.Problem{File: "a.csv", Row: 3, Column: "income", Message: fault.Msg("pool.negative", "value", "-1.00"), Clause: "SC38-4.2"}, "a.csv:3:income: -1.00 is negative, expected 0 or more [SC38-4.2]"},
		{fault.Problem{File: "a.csv", Message: fault.Msg("policy.twice")}, "a.csv: the id stands twice"},
		{fault.Problem{Message: fault.Msg("policy.twice"), Clause: "X-1"}, "the id stands twice [X-1]"},
	} {
		if got := p.Problem(c.problem); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}
