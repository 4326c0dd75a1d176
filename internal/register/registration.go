package register

import (
	"fmt"
	"slices"
	"time"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Kind (登记类别) is what a registration is about.
type Kind string

// The kinds: the first four are of care away from home (异地就医备案).
const (
	Elsewhere  Kind = "elsewhere"   // 异地长期居住
	Referral   Kind = "referral"    // 转诊转院
	Emergency  Kind = "emergency"   // 异地急诊抢救
	Temporary  Kind = "temporary"   // 其他临时外出就医
	Chronic    Kind = "chronic"     // 门诊慢特病认定
	TwoDisease Kind = "two_disease" // 两病认定
	Fixed      Kind = "fixed"       // 选定定点医疗机构
)

// Kinds lists the kinds.
func Kinds() []Kind {
	return []Kind{Elsewhere, Referral, Emergency, Temporary, Chronic, TwoDisease, Fixed}
}

// Away tells whether a kind is one of care away from home.
func (k Kind) Away() bool {
	return k == Elsewhere || k == Referral || k == Emergency || k == Temporary
}

// OfDisease tells whether a kind is the approval of a disease.
func (k Kind) OfDisease() bool { return k == Chronic || k == TwoDisease }

// The two diseases (两病), as approvals name them.
const (
	Hypertension = "hypertension" // 高血压
	Diabetes     = "diabetes"     // 糖尿病
)

// TwoDiseases lists the two diseases.
func TwoDiseases() []string { return []string{Hypertension, Diabetes} }

// State (办理状态) is how far a registration has come.
type State string

// The states. Expired is never kept: it follows from the last day.
const (
	Applied   State = "applied"   // 待审核
	Approved  State = "approved"  // 已通过
	Refused   State = "refused"   // 未通过
	Withdrawn State = "withdrawn" // 已撤销
	Expired   State = "expired"   // 已到期
)

// States lists the states.
func States() []State { return []State{Applied, Approved, Refused, Withdrawn, Expired} }

// Channel (申请渠道) is where somebody applied.
type Channel string

// The channels.
const (
	AtCounter     Channel = "counter"     // 经办窗口
	Online        Channel = "online"      // 本人网上
	AtInstitution Channel = "institution" // 定点医药机构
)

// Step (办理记录) is something that was done about a registration. Division is whose desk it was done at; none for what the person himself or an institution did.
type Step struct {
	Version  int64
	At       time.Time
	By       office.UserID
	Division region.Code
	Deed     State
	Text     string
}

// Registration (备案、认定) is what somebody applied for, and what came of it. County is where the person was insured when he applied: its desk decides. Serial is the number that
// the platform's interface knows it by (trt_dcla_detl_sn), empty where it has none. Area is where he will be treated, of care away from home; Institution the receiving, the
// assessing or the chosen institution; Disease the code of a chronic disease, or one of TwoDiseases. It counts from the first to the last day of its spell.
//
// 依据: SCE-7.2, SC38-8.2
type Registration struct {
	Person      enrol.PersonNo
	No          int
	Version     int64
	Serial      string
	County      region.Code
	Kind        Kind
	Channel     Channel
	Area        region.Code
	Institution string
	Disease     string
	DiseaseName string
	Reason      string
	enrol.Spell
	State State
	Steps []Step
}

// ID names a registration.
func (r Registration) ID() string { return fmt.Sprintf("%d-%d", r.Person, r.No) }

// Counts (生效) tells whether a registration counts on a day: it was approved, and the day lies from its first to its last, both included.
//
// 依据: SCE-7.2
func (r *Registration) Counts(on policy.Date) bool {
	return (r.State == Approved || r.State == Withdrawn && r.approvedOnce()) && r.On(on)
}

// approvedOnce tells whether a registration that was withdrawn had been approved: then it has a last day.
func (r *Registration) approvedOnce() bool { return r.To != "" && r.To >= r.From }

// StateOn is the state as a day sees it: what was approved and is over has expired.
func (r *Registration) StateOn(day policy.Date) State {
	if r.State == Approved && r.To != "" && day > r.To {
		return Expired
	}
	return r.State
}

// Expiring tells whether what was approved ends within a number of days after one.
func (r *Registration) Expiring(day policy.Date, within int) bool {
	return r.StateOn(day) == Approved && r.To != "" && r.To <= day.Add(within)
}

// then adds a step.
func (r Registration) then(s Step) Registration {
	r.Version++
	s.Version, r.State = r.Version, s.Deed
	r.Steps = append(slices.Clip(r.Steps), s)
	return r
}
