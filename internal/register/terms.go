package register

import "tongchou/internal/policy"

// Terms (备案与认定规则) are what a policy says of registrations. Days are how long a registration of a kind counts when nobody names its last day, the first day counted; 0 is
// without an end. BackDays is how many days before the application it may begin; Most how many institutions somebody may choose at a time; Expiring how many days before the last
// one it is listed as ending. Free: care away from home inside the province needs no registration. Recognised: an approval of one city counts in all of the province. Chosen:
// a disease is paid at chosen institutions alone, even where none was chosen. Emergency: emergency care away from home counts as registered without an application (视同备案).
//
// 依据: SCE-7.2
type Terms struct {
	Days                     map[Kind]int
	BackDays, Most, Expiring int
	Free, Recognised, Chosen bool
	Emergency                bool
	Assumed                  bool // the documents leave some of it open
}

// The parameters of registrations.
const (
	pFree       policy.ParameterID = "register.province.free"
	pEmergency  policy.ParameterID = "register.emergency.counts"
	pRecognised policy.ParameterID = "register.recognised"
	pChosen     policy.ParameterID = "register.fixed.needed"
	pMost       policy.ParameterID = "register.fixed.most"
	pBackDays   policy.ParameterID = "register.back_days"
	pExpiring   policy.ParameterID = "register.expiring_days"
)

func pDays(k Kind) policy.ParameterID { return policy.ParameterID("register.days." + string(k)) }

// TermsOf (读取规则) reads the terms of a policy. One without any has the strictest: registration everywhere, no recognition, no beginning before the application, and no end.
//
// 依据: SCE-7.2
func TermsOf(set *policy.Set) Terms {
	t := Terms{Days: map[Kind]int{}}
	value := func(id policy.ParameterID) (v policy.Value) {
		if e, ok := set.Get(id); ok {
			v, t.Assumed = e.Value, t.Assumed || e.Assumed != nil
		}
		return v
	}
	yes := func(id policy.ParameterID) bool { return value(id).String() == "true" }
	t.Free, t.Recognised, t.Chosen = yes(pFree), yes(pRecognised), yes(pChosen)
	t.Emergency = yes(pEmergency)
	t.BackDays, t.Most, t.Expiring = value(pBackDays).Count(), value(pMost).Count(), value(pExpiring).Count()
	for _, k := range Kinds() {
		t.Days[k] = value(pDays(k)).Count()
	}
	return t
}
