package desk

import (
	"time"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/policy"
)

// Ground (代办依据) is why somebody may act for another.
type Ground string

// The grounds.
const (
	OwnGround    Ground = ""       // 本人授权
	FamilyGround Ground = "family" // 同一户的成年人替未成年人
)

// adultYears is from which age on somebody is grown up and acts for himself (民法典第十七条).
const adultYears = 18

// MayActFor (同户代办资格) tells until which day an adult may act for a child: on the ground that on this day both files name the same household in
// the same county. He may until the day before the child is grown up. The documents name no ground for acting for another: this one is
// assumed. Refused is everything else, with the reason, which is not for those who ask: it would tell them who is on file.
//
// 依据: SCE-6.2
func MayActFor(adult, child *enrol.File, today policy.Date) (policy.Date, error) {
	a, c := adult.On(today), child.On(today)
	grown, known := grownUp(c.Birth)
	switch since, born := grownUp(a.Birth); {
	case adult.No == child.No || !born || since > today:
		return "", fault.New(fault.Refused, "desk.acting.adult")
	case !known || grown <= today:
		return "", fault.New(fault.Refused, "desk.acting.child")
	case a.Ended != nil || c.Ended != nil:
		return "", fault.New(fault.Refused, "desk.acting.ended")
	case !sameHousehold(a, c):
		return "", fault.New(fault.Refused, "desk.acting.household")
	}
	return grown.Add(-1), nil
}

// grownUp is the first day on which somebody is grown up; false when his day of birth is not known.
func grownUp(birth policy.Date) (policy.Date, bool) {
	at, err := time.Parse(time.DateOnly, string(birth))
	if err != nil {
		return "", false
	}
	return policy.Date(at.AddDate(adultYears, 0, 0).Format(time.DateOnly)), true
}

// sameHousehold tells whether two belong to the same household. Households are numbered within a county.
func sameHousehold(a, b enrol.Standing) bool {
	if a.Home.County() != b.Home.County() && a.Lives.County() != b.Lives.County() {
		return false
	}
	for _, x := range a.Attached {
		for _, y := range b.Attached {
			if x.Unit == enrol.AtHousehold && y.Unit == enrol.AtHousehold && x.Number == y.Number && x.Number != "" {
				return true
			}
		}
	}
	return false
}
