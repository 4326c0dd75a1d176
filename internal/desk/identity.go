package desk

import (
	"context"
	"strings"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
)

// Shown (出示的身份信息) is what somebody shows to prove who he is, and where he does: Loopback tells that he sits at the very machine the
// program runs on, Synthetic that everything it keeps is labelled as made up.
type Shown struct {
	Number, Name        string
	Loopback, Synthetic bool
}

// Proven (核验结果) is whose document somebody proved to be his. An empty Name was not asked for; another one must be that of the file.
type Proven struct {
	enrol.Document
	Name string
}

// IdentityCheck (身份核验) finds out who an insured person is. A province plugs in its own, such as that of the national or its own identity
// platform; docs/my.md says how. What it refuses must not tell whether somebody is on file.
//
// 依据: SCE-6.2
type IdentityCheck interface {
	Check(ctx context.Context, shown Shown) (Proven, error)
}

// nobody begins the identity numbers that nobody can have: there is no division of that code.
const nobody = "999999"

// MadeUp (合成号码) tells whether an identity number can be nobody's, so that its holder is made up.
func MadeUp(number string) bool { return strings.HasPrefix(number, nobody) }

// TestIdentity (测试身份核验) believes whoever names a number and a name. It proves nothing, and so it refuses to be used from another machine, with
// data that are not labelled as made up, and for numbers that somebody could have.
//
// 依据: YA-4.10.2
type TestIdentity struct{}

// Check takes what is shown for true where nothing real is at stake.
func (TestIdentity) Check(_ context.Context, shown Shown) (Proven, error) {
	number, _, _, valid := enrol.ParseNumber(strings.TrimSpace(shown.Number))
	name := strings.TrimSpace(shown.Name)
	switch {
	case !shown.Loopback:
		return Proven{}, fault.New(fault.Refused, "desk.identity.elsewhere")
	case !shown.Synthetic:
		return Proven{}, fault.New(fault.Refused, "desk.identity.real_data")
	case !valid || name == "":
		return Proven{}, fault.New(fault.Refused, "desk.identity.incomplete")
	case !MadeUp(number):
		return Proven{}, fault.New(fault.Refused, "desk.identity.real_number")
	}
	return Proven{enrol.Document{Kind: enrol.ResidentCard, Number: number}, name}, nil
}
