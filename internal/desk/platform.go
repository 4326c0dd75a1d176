package desk

import (
	"strings"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/office"
)

// PlatformRules (身份认证平台声明规则) say which platform is believed and which of its claims hold the resident identity number and the name of
// somebody whose identity it checked. Verified, where the platform has such a claim, names the one that must be true: that it did check.
type PlatformRules struct{ Issuer, Number, Name, Verified string }

// Proven (核验结果) tells whom claims speak of, once their signature was checked. Refused are claims of another issuer, of somebody whom the platform did
// not check, and those without a name or a number that can be one.
//
// 依据: SCE-6.2, YA-4.10.2
func (r PlatformRules) Proven(c office.Claims) (Proven, error) {
	text := func(claim string) string {
		value, _ := c[claim].(string)
		return strings.TrimSpace(value)
	}
	number, _, _, valid := enrol.ParseNumber(text(r.Number))
	name := text(r.Name)
	switch {
	case r.Issuer == "" || text("iss") != r.Issuer:
		return Proven{}, fault.New(fault.Refused, "desk.platform.issuer")
	case r.Verified != "" && c[r.Verified] != true && text(r.Verified) != "true":
		return Proven{}, fault.New(fault.Refused, "desk.platform.unverified")
	case !valid || name == "":
		return Proven{}, fault.New(fault.Refused, "desk.platform.incomplete")
	}
	return Proven{enrol.Document{Kind: enrol.ResidentCard, Number: number}, name}, nil
}
