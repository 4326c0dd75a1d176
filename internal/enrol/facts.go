package enrol

import (
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Fact (事项) is one thing in a file. The types of facts are those below.
type Fact interface{ kind() kind }

// Spell (期间) is a time from one day to another, both included. An empty To goes on.
type Spell struct {
	From policy.Date
	To   policy.Date
}

// On tells whether a day lies in a spell.
func (s Spell) On(day policy.Date) bool { return s.From <= day && (s.To == "" || day <= s.To) }

// Meets gives the days two spells have in common, and whether there are any.
func (s Spell) Meets(other Spell) (Spell, bool) {
	both := Spell{From: max(s.From, other.From), To: s.To}
	if other.To != "" && (both.To == "" || other.To < both.To) {
		both.To = other.To
	}
	return both, both.To == "" || both.From <= both.To
}

// Insurance (险种) is one of the two basic medical insurances.
type Insurance byte

// The insurances; the zero value is none.
const (
	NoInsurance Insurance = iota
	Resident              // 居民医保
	Employee              // 职工医保
)

// String gives the word of files and policies.
func (i Insurance) String() string {
	switch i {
	case Resident:
		return "resident"
	case Employee:
		return "employee"
	}
	return "none"
}

// Way (参保身份) is as what somebody is insured.
type Way string

// The ways of being insured.
const (
	Ordinary   Way = "ordinary"   // 普通城乡居民
	Newborn    Way = "newborn"    // 新生儿
	Pupil      Way = "pupil"      // 中小学生、学龄前儿童
	Student    Way = "student"    // 大学生
	Permit     Way = "permit"     // 持居住证人员
	Staff      Way = "staff"      // 单位职工
	Flexible   Way = "flexible"   // 灵活就业人员
	Unemployed Way = "unemployed" // 领取失业保险金人员
	Retired    Way = "retired"    // 退休人员
)

// Insurance gives the insurance a way belongs to; none for an unknown way.
//
// 依据: SC38-5.1
func (w Way) Insurance() Insurance {
	switch w {
	case Ordinary, Newborn, Pupil, Student, Permit:
		return Resident
	case Staff, Flexible, Unemployed, Retired:
		return Employee
	}
	return NoInsurance
}

// Group (人员类别) is a group of persons for whom a rule is different.
type Group string

// The groups.
const (
	Destitute        Group = "destitute"         // 特困人员
	Orphan           Group = "orphan"            // 孤儿
	Subsistence      Group = "subsistence"       // 最低生活保障对象
	PovertyMonitored Group = "poverty_monitored" // 防止返贫监测对象
	Disabled         Group = "disabled"          // 重度残疾人
	PermitHolder     Group = "permit_holder"     // 居住证持有人
	DrawsBenefit     Group = "draws_benefit"     // 领取失业保险金
	DrawsPension     Group = "draws_pension"     // 领取养老金
	CivilServant     Group = "civil_servant"     // 享受公务员医疗补助
	Supplementary    Group = "supplementary"     // 参加补充医疗保险
	MutualAid        Group = "mutual_aid"        // 参加医疗互助
	LongTermCare     Group = "long_term_care"    // 享受长期护理保险待遇
)

// Groups lists the groups.
func Groups() []Group {
	return []Group{Destitute, Orphan, Subsistence, PovertyMonitored, Disabled, PermitHolder, DrawsBenefit, DrawsPension, CivilServant, Supplementary, MutualAid, LongTermCare}
}

// Payer (缴费主体) is who bears a share of a contribution.
//
// 依据: SC38-5.2
type Payer byte

// The payers.
const (
	Person           Payer = iota // 个人
	Employer                      // 用人单位
	UnemploymentFund              // 失业保险基金
	MedicalAid                    // 医疗救助资助参保
	Central                       // 中央财政
	Province                      // 省级财政
	City                          // 市级财政
	County                        // 县级财政
	payers
)

// Payers lists the payers.
func Payers() []Payer {
	return []Payer{Person, Employer, UnemploymentFund, MedicalAid, Central, Province, City, County}
}

// Shares are what each payer bears, in fen.
type Shares [payers]money.Fen

// Total is the sum of the shares.
func (s Shares) Total() money.Fen { return money.Sum(s[:]...) }

type (
	// Known (身份登记) is who a person is from now on.
	Known struct{ Identity }

	// Registered (户籍) is where a person is registered from a day on.
	Registered struct {
		On    policy.Date
		Place Place
	}

	// Lives (常住) is where a person lives from a day on.
	Lives struct {
		On    policy.Date
		Place Place
	}

	// Belongs (人员类别认定) is a group a person belongs to for a time.
	Belongs struct {
		Group Group
		Spell
	}

	// Attached (所属单位、学校、家庭) is an employer, a school or a household a person belongs to for a time. Number is the
	// unit's credit code, the school's code, or the household's number; Role is his place in a household.
	Attached struct {
		Unit   Unit
		Number string
		Name   string
		Role   string
		Spell
	}

	// Enrolled (参保登记) is that a person is to be insured: something is due from that day. Years are those to be paid for, from
	// the spell's first on; StandardOf is the year whose standard is due for each of them.
	//
	// 依据: SC38-5.1, SCE-1.3
	Enrolled struct {
		On         policy.Date
		Area       region.Code
		Way        Way
		StandardOf policy.Year
		Spell
	}

	// Transferred (转移接续) is that the relation of insurance moved between regions, with the months paid for elsewhere.
	//
	// 依据: YA-4.2.1
	Transferred struct {
		On       policy.Date
		From, To region.Code
		Months   int
	}

	// Covered (参保) is a time in which a person is insured at a place: enrolled, and paid for or not needing to pay.
	Covered struct {
		Area region.Code // the county of enrolment
		Way  Way
		Spell
	}

	// Paid (缴费) is a contribution that was received: for a year, or for months of it by employers. Repair is for how many
	// broken years was paid besides.
	//
	// 依据: SC38-5.2, SCE-3.8
	Paid struct {
		Area   region.Code
		Way    Way
		Year   policy.Year
		Months Spell // empty for a whole year
		On     policy.Date
		Base   money.Fen // 缴费基数; 0 for residents
		Shares Shares
		Repair int
	}

	// Refunded (退费) is that the contribution with a number was given back.
	Refunded struct {
		No int
		On policy.Date
	}

	// Used (年度待遇) is what the funds paid for a person in a year: by basic, catastrophic insurance and aid together, and by
	// catastrophic insurance alone. The last one of a year holds.
	//
	// 依据: SCE-3.4, SCE-3.6
	Used struct {
		Year         policy.Year
		Reimbursed   money.Fen
		Catastrophic money.Fen
	}

	// Reminded (动员提醒) is that somebody spoke to a person about being insured, and what came of it.
	//
	// 依据: SCE-4.2
	Reminded struct {
		On      policy.Date
		By      string
		Channel string
		Result  string
	}

	// Reachable (联系方式) is how a person is reached.
	Reachable struct {
		Phone   string
		Address string
	}

	// Ended (死亡、出国定居) is that a person died, or left the country for good.
	Ended struct {
		On  policy.Date
		Why End
	}

	// Void (作废) takes back the fact with a number, as wrong; Why says it in words.
	Void struct {
		No  int
		Why string
	}
)

// Unit is what somebody is attached to.
type Unit string

// The units.
const (
	AtEmployer  Unit = "employer"
	AtSchool    Unit = "school"
	AtHousehold Unit = "household"
)

// End is how a file ends.
type End string

// The ends.
const (
	Died      End = "died"
	Emigrated End = "emigrated"
)

type kind byte

const (
	knownKind kind = iota + 1
	registeredKind
	livesKind
	belongsKind
	attachedKind
	coveredKind
	paidKind
	refundedKind
	usedKind
	remindedKind
	reachableKind
	endedKind
	voidKind
	enrolledKind
	transferredKind
	kinds
)

func (Known) kind() kind       { return knownKind }
func (Registered) kind() kind  { return registeredKind }
func (Lives) kind() kind       { return livesKind }
func (Belongs) kind() kind     { return belongsKind }
func (Attached) kind() kind    { return attachedKind }
func (Covered) kind() kind     { return coveredKind }
func (Paid) kind() kind        { return paidKind }
func (Refunded) kind() kind    { return refundedKind }
func (Used) kind() kind        { return usedKind }
func (Reminded) kind() kind    { return remindedKind }
func (Reachable) kind() kind   { return reachableKind }
func (Ended) kind() kind       { return endedKind }
func (Void) kind() kind        { return voidKind }
func (Enrolled) kind() kind    { return enrolledKind }
func (Transferred) kind() kind { return transferredKind }
