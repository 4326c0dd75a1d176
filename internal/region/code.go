package region

import "strconv"

const (
	codeDigits     = 6
	provinceSuffix = "0000"
	areaSuffix     = "00"
)

// Code is a division code (区划代码) of GB/T 2260: six digits, two each for province, prefecture and county. The empty
// Code stands for no division; every other value should come from Parse or from a Tree.
type Code string

// CodeError is a text that is not a division code (区划代码).
type CodeError struct {
	// Text is what was given instead.
	Text string
}

func (e *CodeError) Error() string {
	return "region: " + strconv.Quote(e.Text) + " is not a six-digit division code"
}

// Parse reads a division code (区划代码): exactly six ASCII digits, not 000000, nothing trimmed. It does not ask
// whether the division exists; Tree.Get does. Any other text gives a *CodeError.
func Parse(s string) (Code, error) {
	if len(s) != codeDigits || s == "000000" {
		return "", &CodeError{Text: s}
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return "", &CodeError{Text: s}
		}
	}
	return Code(s), nil
}

// Province gives the code of the province (省) a code lies in: 510100 gives 510000, 510000 itself. A value that is not
// six characters long gives the empty Code.
func (c Code) Province() Code {
	if len(c) != codeDigits {
		return ""
	}
	return c[:2] + provinceSuffix
}

// IsProvince tells whether a code ends in 0000. As a pooling area such a code is the provincial unit (省本级), which
// keeps its own fund beside the prefectures.
//
// 依据: YN-2.2
func (c Code) IsProvince() bool {
	return len(c) == codeDigits && c[2:] == provinceSuffix
}

// prefecture gives the code of the prefecture a county code lies in by its digits: 510104 gives 510100.
func (c Code) prefecture() Code { return c[:4] + areaSuffix }

// Level tells the level (行政级别) the digits of a code say it has; none for a value that is not six characters long.
//
// 依据: SC38-1.1
func (c Code) Level() Level {
	switch {
	case len(c) != codeDigits:
		return 0
	case c.IsProvince():
		return Province
	case c[4:] == areaSuffix:
		return Prefecture
	default:
		return County
	}
}

// Covers (管辖) tells whether a division is d or lies above it, by the digits: 510000 covers 510100 and 510104. The empty
// Code covers nothing and nothing covers it.
//
// 依据: SC38-1.1
func (c Code) Covers(d Code) bool {
	if len(c) != codeDigits || len(d) != codeDigits {
		return false
	}
	switch c.Level() {
	case Province:
		return c == d.Province()
	case Prefecture:
		return c == d.prefecture()
	default:
		return c == d
	}
}
