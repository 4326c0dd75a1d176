package enrol

import (
	"strings"

	"tongchou/internal/policy"
)

// DocumentKind (证件类型) is the kind of document somebody is known by, with the codes of the national platform.
type DocumentKind string

// The kinds of documents. A newborn without a number is known by the birth certificate until he has one.
const (
	ResidentCard     DocumentKind = "01" // 居民身份证, and the number in the household register
	Passport         DocumentKind = "04"
	HongKongMacau    DocumentKind = "06"
	TaiwanPermit     DocumentKind = "07"
	ForeignPermit    DocumentKind = "09"
	BirthCertificate DocumentKind = "98" // 出生医学证明; our code, the platform lists none
	OtherDocument    DocumentKind = "99"
)

// Known tells whether a kind is one of those above.
func (k DocumentKind) Known() bool {
	switch k {
	case ResidentCard, Passport, HongKongMacau, TaiwanPermit, ForeignPermit, BirthCertificate, OtherDocument:
		return true
	}
	return false
}

// Sex (性别) with the codes of GB/T 2261.1.
type Sex string

// The sexes.
const (
	Male      Sex = "1"
	Female    Sex = "2"
	SexNotSet Sex = "9"
)

// Document (证件) is what somebody is known by: no two persons have the same.
type Document struct {
	Kind   DocumentKind
	Number string
}

// Identity (身份) is who a person is.
//
// 依据: SCE-4.1
type Identity struct {
	Document
	Name  string
	Sex   Sex
	Birth policy.Date
}

const numberDigits = 18

// ParseNumber reads a resident identity number (公民身份号码) of GB 11643: eighteen characters with the right check digit, or
// the fifteen digits of before 1999, which it completes. It gives the number in its one form, and the birth date and sex in it.
func ParseNumber(text string) (number string, birth policy.Date, sex Sex, ok bool) {
	text = strings.ToUpper(text)
	if len(text) == 15 && digits(text) {
		text = text[:6] + "19" + text[6:]
		text += string(CheckDigit(text))
	}
	if len(text) != numberDigits || !digits(text[:17]) || text[17] != CheckDigit(text[:17]) {
		return "", "", "", false
	}
	birth, ok = policy.ParseDate(text[6:10] + "-" + text[10:12] + "-" + text[12:14])
	if !ok {
		return "", "", "", false
	}
	sex = Female
	if (text[16]-'0')%2 == 1 {
		sex = Male
	}
	return text, birth, sex, true
}

// CheckDigit (校验码) is the eighteenth character of a resident identity number, of its first seventeen digits.
func CheckDigit(seventeen string) byte {
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, weight := range weights {
		sum += int(seventeen[i]-'0') * weight
	}
	return "10X98765432"[sum%11]
}

func digits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}

// PlainName gives a name as it is compared: without blanks, the dots within a name of one form, letters small. Names that
// differ in nothing else are the same.
func PlainName(name string) string {
	var plain strings.Builder
	for _, r := range name {
		switch r {
		case ' ', '\t', '\u00a0', '\u3000':
		case '.', '\u2022', '\u30fb', '\uff0e', '\u2027', '\u22c5':
			plain.WriteRune('\u00b7')
		default:
			plain.WriteRune(r)
		}
	}
	return strings.ToLower(plain.String())
}
