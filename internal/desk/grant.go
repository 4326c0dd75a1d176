package desk

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Part (授权范围) is a part of a file that somebody else may be let see, or something he may do.
type Part string

// The parts.
const (
	CoverPart       Part = "cover"       // 参保和缴费
	EntitlementPart Part = "entitlement" // 封顶线和等待期
	ObjectionPart   Part = "objection"   // 代为提出异议和申诉
)

// Parts lists the parts.
func Parts() []Part { return []Part{CoverPart, EntitlementPart, ObjectionPart} }

// LongestGrant is for how many days somebody may be let see a file, the project's choice.
const LongestGrant = 366

// Grant (授权) lets somebody else see parts of a person's file until the end of a day, or until it is taken back. Owner and Whom say who the two are, masked; Key is the
// blind key of his document and name. Division is whose audit chain keeps every use.
//
// 依据: SCE-6.2
type Grant struct {
	Person   enrol.PersonNo
	No       int
	Division region.Code
	Owner    string
	Whom     string
	Key      []byte
	Parts    []Part
	Ground   Ground
	Made     time.Time
	Expires  policy.Date
	Revoked  time.Time
}

// GrantState (授权状态) is whether a grant holds.
type GrantState string

// The states.
const (
	GrantHolds   GrantState = "holds"
	GrantExpired GrantState = "expired"
	GrantRevoked GrantState = "revoked"
)

// ID names a grant.
func (g Grant) ID() string { return fmt.Sprintf("%d-%d", g.Person, g.No) }

// ParseID reads what Grant.ID and Objection.ID write: the number of a person and a number of his.
func ParseID(id string) (enrol.PersonNo, int, bool) {
	person, number, _ := strings.Cut(id, "-")
	p, err := strconv.ParseInt(person, 10, 64)
	n, wrong := strconv.Atoi(number)
	return enrol.PersonNo(p), n, err == nil && wrong == nil && p > 0 && n > 0 && fmt.Sprintf("%d-%d", p, n) == id
}

// State says whether a grant holds on a day.
func (g Grant) State(today policy.Date) GrantState {
	switch {
	case !g.Revoked.IsZero():
		return GrantRevoked
	case today > g.Expires:
		return GrantExpired
	}
	return GrantHolds
}

// Allows tells whether a part may be seen on a day.
func (g Grant) Allows(part Part, today policy.Date) bool {
	return g.State(today) == GrantHolds && slices.Contains(g.Parts, part)
}

// Check refuses a grant of nothing, of parts that there are not, to nobody, and one that ends before today or, when it is the person's own, too far off.
//
// 依据: SCE-6.2
func (g Grant) Check(today policy.Date) error {
	var l fault.List
	add := func(column, value, key string, args ...any) {
		l.Add(fault.Problem{Column: column, Value: value, Message: fault.Msg(key, args...), Clause: "SCE-6.2"})
	}
	if len(g.Parts) == 0 || slices.ContainsFunc(g.Parts, func(p Part) bool { return !slices.Contains(Parts(), p) }) {
		add("parts", "", "desk.grant.parts")
	}
	if len(g.Key) == 0 || g.Whom == "" {
		add("whom", "", "desk.grant.whom")
	}
	if last := today.Add(LongestGrant); g.Expires < today || g.Ground == OwnGround && g.Expires > last {
		add("expires", string(g.Expires), "desk.grant.expires", "first", today, "last", last)
	}
	return l.Err()
}
