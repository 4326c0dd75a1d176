package web

import (
	"regexp"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/money"
)

// unit is what amounts are shown in: yuan, wan (ten thousand) or yi (hundred million).
type unit string

const (
	yuan unit = "yuan"
	wan  unit = "wan"
	yi   unit = "yi"
)

func units() []unit { return []unit{yuan, wan, yi} }

// unitOf reads a unit, ten thousand yuan for anything else.
func unitOf(text string) unit {
	for _, u := range units() {
		if string(u) == text {
			return u
		}
	}
	return wan
}

func (u unit) money() money.Unit {
	switch u {
	case yuan:
		return money.Yuan
	case yi:
		return money.HundredMillion
	}
	return money.TenThousand
}

// write gives the amount with two decimals and a real minus sign.
func (u unit) write(x money.Fen) string { return minus(x.In(u.money())) }

// minus puts the real minus sign in place of a leading hyphen; a rounded zero has no sign.
func minus(text string) string {
	digits, negative := strings.CutPrefix(text, "-")
	if !negative || strings.Trim(digits, "0.,") == "" {
		return digits
	}
	return "\u2212" + digits
}

// signed writes a plus before what is above zero.
func signed(text string) string {
	text = minus(text)
	if strings.HasPrefix(text, "\u2212") || strings.Trim(text, "0.,") == "" {
		return text
	}
	return "+" + text
}

// signClass is the class that colours a signed figure; the sign itself says the same.
func signClass(x money.Fen) string {
	switch {
	case x < 0:
		return "neg"
	case x > 0:
		return "pos"
	}
	return "zero"
}

var hyphenMinus = regexp.MustCompile(`(^|[\s(\[=+×÷,:\x{ff08}\x{ff0c}\x{ff1a}\x{ff1d}\x{2212}])-(\d)`)

// sentence writes a message with real minus signs. Advice meant for the command line is put for the console.
func (f *frame) sentence(m fault.Message) string {
	m = f.advice(m)
	return hyphenMinus.ReplaceAllString(f.Text(m), "${1}\u2212${2}")
}

// exact is an amount to the fen, for titles.
func (f *frame) exact(x money.Fen) string {
	return f.T("web.exact", "amount", minus(x.In(money.Yuan)))
}

// monthsText is the months payable with one decimal, a dash when there was no expenditure.
func monthsText(months money.Ratio, has bool) string {
	if !has {
		return "\u2014"
	}
	return minus(months.Text(1))
}

// monthsLevel sorts months payable into the five classes of the map, by the exact value; -1 is none.
func monthsLevel(months money.Ratio, has bool) int {
	if !has {
		return -1
	}
	level := 0
	for _, bound := range []int64{3, 6, 9, 12} {
		if months.Cmp(money.NewRatio(bound, 1)) >= 0 {
			level++
		}
	}
	return level
}

// levelClass is the class of a tile.
func levelClass(level int) string {
	if level < 0 {
		return "level-none"
	}
	return "level-" + string(rune('0'+level))
}

// pillClass is the class of a month figure in a table.
func pillClass(level int) string {
	switch {
	case level < 0:
		return "pill"
	case level == 0:
		return "pill bad"
	case level == 1:
		return "pill warn"
	}
	return "pill good"
}

// percent writes a ratio as a percentage.
func percent(x money.Ratio, places int) string {
	return minus(x.Mul(money.NewRatio(100, 1)).Text(places)) + "%"
}

// growth is how much a figure changed against the year before; false when there is nothing to compare with.
func growth(now, before money.Fen) (money.Ratio, bool) {
	if before <= 0 {
		return money.Ratio{}, false
	}
	return (now - before).Ratio().Quo(before.Ratio()), true
}
