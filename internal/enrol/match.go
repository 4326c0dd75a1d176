package enrol

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tongchou/internal/policy"
)

// Matter (共享数据类别) is what another department's data are about.
//
// 依据: SCE-10.1
type Matter string

// The matters.
const (
	Births        Matter = "births"       // 卫健: 出生医学证明
	Deaths        Matter = "deaths"       // 卫健、公安、民政: 死亡
	Households    Matter = "households"   // 公安: 户籍登记、迁移、注销
	Immunisations Matter = "immunisation" // 卫健: 预防接种
	Hardship      Matter = "hardship"     // 民政、农业农村: 困难群众
	SchoolRolls   Matter = "schools"      // 教育: 学籍
	Pensions      Matter = "pensions"     // 人社: 养老保险参保、领取
	Benefits      Matter = "benefits"     // 人社: 失业保险金
	TaxReturns    Matter = "payments"     // 税务: 缴费
	CoverChecks   Matter = "covers"       // 医保: 重复参保、错误参保; no file says so, the search for them does
)

// Matters lists the matters that files are about.
func Matters() []Matter {
	return []Matter{Births, Deaths, Households, Immunisations, Hardship, SchoolRolls, Pensions, Benefits, TaxReturns}
}

// Report (共享数据记录) is one row of another department's data: who, and what it says of him.
//
// 依据: SCE-10.1
type Report struct {
	Matter Matter
	Identity
	On    policy.Date // when it happened or began
	To    policy.Date // when it ended, where it has an end
	Place Place       // of birth, of registration, of residence; of the school or the agency
	Group Group       // of hardship
	Unit  string      // school or employer, by its code
	Title string      // and by its name
	End   End         // of a household registration that was cancelled: why
	// Also (另一证件) is another document the person is known by: a newborn's certificate beside his number.
	Also Document
	// Mother (母亲) is named in a newborn's certificate.
	Mother Document
	// Tax (缴费) is what was paid, of TaxReturns.
	Tax TaxReturn
	// Wrong (疑点) is what is wrong about a cover, of CoverChecks.
	Wrong Wrong
}

// Likeness (匹配程度) is how surely a report is about a person.
type Likeness string

// The degrees of likeness, the surest first.
const (
	SameNumber  Likeness = "same"         // number and name agree
	OtherName   Likeness = "other_name"   // the number agrees, the name does not
	SamePerson  Likeness = "same_person"  // no number to compare; name, birth and sex agree
	OneDigit    Likeness = "one_digit"    // name, birth or sex agree and the number differs in one place or two neighbours changed places
	SimilarName Likeness = "similar"      // birth and sex agree and the name differs in one character
	SameAddress Likeness = "same_address" // no number; birth, sex and address agree, the name is written otherwise
	SeveralLike Likeness = "several"      // several are as like, so that it is not plain who is meant
	NoLikeness  Likeness = "none"
)

// Sure tells whether a report can be taken to be about a person without anybody looking at it.
func (l Likeness) Sure() bool { return l == SameNumber }

// Compare (比对) says how alike two identities are.
//
// 依据: SCE-10.1, SCE-4.3
func Compare(a, b Identity) Likeness {
	an, bn := number(a), number(b)
	if a.Kind != b.Kind {
		an, bn = "", "" // numbers of different kinds of documents say nothing about one another
	}
	name := PlainName(a.Name) == PlainName(b.Name)
	born := a.Birth == b.Birth && a.Birth != ""
	sex := a.Sex == b.Sex
	switch {
	case an != "" && an == bn && name:
		return SameNumber
	case an != "" && an == bn:
		return OtherName
	case (an == "" || bn == "") && name && born && sex:
		return SamePerson
	case an != "" && bn != "" && name && (born || sex) && slip(an, bn):
		return OneDigit
	case (an == "" || bn == "" || slip(an, bn)) && born && sex && similar(PlainName(a.Name), PlainName(b.Name)):
		return SimilarName
	}
	return NoLikeness
}

// AtAddress (同址比对) tells whether somebody who was reported without a number may be a person on file whose name is written otherwise, as names are with
// traditional, variant or rare characters: born on the same day, of the same sex, and registered or living, now or before, in the village that
// was reported, or in the township where no village was. Names of Chinese characters have as many of them. Only a person can tell whether it is so.
//
// 依据: SCE-10.1
func (r Report) AtAddress(f *File, known Identity) bool {
	if r.Number != "" || r.Birth == "" || known.Birth != r.Birth || known.Sex != r.Sex || r.Sex == SexNotSet {
		return false
	}
	a, b := PlainName(known.Name), PlainName(r.Name)
	if ideographs(a) && ideographs(b) && utf8.RuneCountInString(a) != utf8.RuneCountInString(b) {
		return false
	}
	for _, x := range Valid[Registered](f) {
		if r.near(x.Fact.Place) {
			return true
		}
	}
	for _, x := range Valid[Lives](f) {
		if r.near(x.Fact.Place) {
			return true
		}
	}
	return false
}

// near tells whether a place is the one that was reported, as far down as that is known. A county alone is not near enough.
func (r Report) near(p Place) bool { return r.Place.Close() && p.Within(r.Place) }

// Close tells whether a place is known to the township or the village.
func (p Place) Close() bool { return p != "" && p != PlaceIn(p.County()) }

// ideographs tells whether a name is of Chinese characters alone.
func ideographs(name string) bool {
	for _, r := range name {
		if !unicode.Is(unicode.Han, r) {
			return false
		}
	}
	return name != ""
}

// number gives what of an identity's document can be compared: a resident number in its one form, or as it stands when it cannot be one, another number with its kind.
func number(i Identity) string {
	if i.Number == "" {
		return ""
	}
	if i.Kind == ResidentCard {
		if whole, _, _, ok := ParseNumber(i.Number); ok {
			return whole
		}
		return strings.ToUpper(i.Number)
	}
	return string(i.Kind) + " " + i.Number
}

// slip tells whether two numbers differ as by a slip of the pen: in one place, or in two neighbours that changed places.
func slip(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	var at []int
	for i := range len(a) {
		if a[i] != b[i] {
			at = append(at, i)
		}
	}
	switch len(at) {
	case 1:
		return true
	case 2:
		i, j := at[0], at[1]
		return j == i+1 && a[i] == b[j] && a[j] == b[i]
	}
	return false
}

// similar tells whether two names, compared character by character, differ in one alone: another, one more, or one less.
func similar(a, b string) bool {
	x, y := []rune(a), []rune(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(y)-len(x) > 1 || len(x) == 0 {
		return false
	}
	i := 0
	for i < len(x) && x[i] == y[i] {
		i++
	}
	if len(x) == len(y) {
		return i < len(x) && slices.Equal(x[i+1:], y[i+1:])
	}
	return slices.Equal(x[i:], y[i+1:])
}
