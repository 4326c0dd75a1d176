package enrol

import (
	"slices"

	"tongchou/internal/policy"
)

// RosterState (参保状态) is how somebody stands towards a year.
type RosterState string

// The states.
const (
	InsuredState   RosterState = "insured"   // 已参保
	DueState       RosterState = "due"       // 已登记未缴费
	UninsuredState RosterState = "uninsured" // 未参保
	EndedState     RosterState = "ended"     // 已注销
)

// RosterEntry (花名册条目) is what whoever mobilises people needs to know of one: who he is, where he is registered and lives, how he stands towards a year,
// and who spoke to him about it. Nothing else of his file is in it.
//
// 依据: SCE-4.2
type RosterEntry struct {
	No PersonNo
	Identity
	Home, Lives Place
	Phone       string
	State       RosterState
	Reminders   []Reminded // the latest last
}

// Separated (人户分离) tells whether somebody lives in another county than he is registered in.
func (e RosterEntry) Separated() bool {
	return e.Home != "" && e.Lives != "" && e.Home.County() != e.Lives.County()
}

// Missing tells whether somebody is still to be insured.
func (e RosterEntry) Missing() bool { return e.State == UninsuredState || e.State == DueState }

// Roster (花名册) gives how a person stands towards a year, with the reminders from a day on.
//
// 依据: SCE-4.2
func (f *File) Roster(year policy.Year, since policy.Date) RosterEntry {
	now := f.On(year.End())
	e := RosterEntry{No: f.No, Identity: now.Identity, Home: now.Home, Lives: now.Lives, Phone: now.Reach.Phone, State: UninsuredState}
	whole := Spell{firstOf(year), year.End()}
	if slices.ContainsFunc(Valid[Enrolled](f), func(x Numbered[Enrolled]) bool { _, met := x.Fact.Meets(whole); return met }) {
		e.State = DueState
	}
	if slices.ContainsFunc(Valid[Covered](f), func(x Numbered[Covered]) bool { _, met := x.Fact.Meets(whole); return met }) {
		e.State = InsuredState
	}
	if now.Ended != nil {
		e.State = EndedState
	}
	for _, r := range Valid[Reminded](f) {
		if r.Fact.On >= since {
			e.Reminders = append(e.Reminders, r.Fact)
		}
	}
	slices.SortStableFunc(e.Reminders, func(a, b Reminded) int {
		switch {
		case a.On < b.On:
			return -1
		case a.On > b.On:
			return 1
		}
		return 0
	})
	return e
}

// Reminder results (动员结果), as lists offer them. A file may hold others, in words.
const (
	WillEnrol     = "will_enrol"     // 愿意参保
	HasPaid       = "has_paid"       // 称已缴费，待核实
	CoveredAway   = "covered_away"   // 称已在外地参保，待核实
	NotWilling    = "not_willing"    // 不愿参保
	CannotPay     = "cannot_pay"     // 缴费困难
	NotReached    = "not_reached"    // 未联系上
	GoneElsewhere = "gone_elsewhere" // 已迁出
	SaidDead      = "said_dead"      // 称已死亡，待核实
)

// ReminderResults lists them.
func ReminderResults() []string {
	return []string{WillEnrol, HasPaid, CoveredAway, NotWilling, CannotPay, NotReached, GoneElsewhere, SaidDead}
}

// Reminder channels (动员方式).
const (
	AtTheDoor = "visit"   // 上门
	ByPhone   = "phone"   // 电话
	ByMessage = "message" // 短信、微信
	AtMeeting = "meeting" // 院坝会等集中宣传
)

// ReminderChannels lists them.
func ReminderChannels() []string { return []string{AtTheDoor, ByPhone, ByMessage, AtMeeting} }

// Mobilised (动员进度) is how far a place has come towards a year: who is registered and who lives there, how they stand, and of those who were spoken to how
// many are insured by now. Ended files count nowhere. Results are the last of everybody who is still to be insured.
//
// 依据: SCE-4.1, SCE-4.2
type Mobilised struct {
	Registered, Living, Insured, Due, Uninsured int64
	Reminded, Won                               int64
	Separated                                   int64 // still to be insured, and registered elsewhere than he lives
	Results                                     map[string]int64
}

// Add counts somebody; home and lives tell whether he is registered and lives at the place.
func (m *Mobilised) Add(e RosterEntry, home, lives bool) {
	if e.State == EndedState {
		return
	}
	if home {
		m.Registered++
	}
	if lives {
		m.Living++
	}
	switch e.State {
	case InsuredState:
		m.Insured++
	case DueState:
		m.Due++
	case UninsuredState:
		m.Uninsured++
	}
	if e.Missing() && e.Separated() {
		m.Separated++
	}
	if len(e.Reminders) == 0 {
		return
	}
	m.Reminded++
	if e.State == InsuredState {
		m.Won++
		return
	}
	if m.Results == nil {
		m.Results = map[string]int64{}
	}
	m.Results[e.Reminders[len(e.Reminders)-1].Result]++
}

// Within (所辖) tells whether a place lies in another: a county, township or village.
func (p Place) Within(other Place) bool {
	switch {
	case p == "" || other == "":
		return false
	case other == other.Township() && other == PlaceIn(other.County()):
		return p.County() == other.County()
	case other == other.Township():
		return p.Township() == other
	}
	return p == other
}
