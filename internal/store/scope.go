package store

import (
	"strings"

	"tongchou/internal/region"
)

// Scope (数据范围) is the divisions whose rows somebody may see and touch: one division and everything below it. The zero
// Scope holds nothing.
//
// 依据: SC38-1.1
type Scope struct{ top region.Code }

// ScopeOf makes the scope of a division: a province holds all of it, a prefecture itself and its counties, a county itself.
func ScopeOf(top region.Code) Scope { return Scope{top: top} }

// Top is the division the scope is of.
func (s Scope) Top() region.Code { return s.top }

// Holds tells whether a division lies in the scope.
func (s Scope) Holds(division region.Code) bool {
	return s.top.Covers(division)
}

// prefix is what all codes of the scope begin with: each level has two digits, 00 standing for all.
func (s Scope) prefix() string {
	top := string(s.top)
	for len(top) > 2 && strings.HasSuffix(top, "00") {
		top = top[:len(top)-2]
	}
	return top
}

// bounds are the first and the last code that the scope may hold, for a query; nothing lies between those of the zero Scope.
func (s Scope) bounds() (first, last string) {
	if s.top == "" {
		return "1", "0"
	}
	p := s.prefix()
	pad := max(0, len(s.top)-len(p))
	return p + strings.Repeat("0", pad), p + strings.Repeat("9", pad)
}
