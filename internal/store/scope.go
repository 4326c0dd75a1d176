package store

import (
	"strings"

	"tongchou/internal/office"
	"tongchou/internal/region"
)

// ScopeOf is the scope of a division and everything below it.
func ScopeOf(division region.Code) office.Scope {
	return office.Scope{Division: division, Reach: office.Below}
}

// bounds are the first and the last code that a scope holds, for a query. What lies above a division is not the store's to
// give: a scope that reaches above holds what one that reaches below does, and an empty one nothing.
func bounds(s office.Scope) (first, last string) {
	top := string(s.Division)
	if s.Division.Level() == 0 || s.Reach == 0 {
		return "1", "0"
	}
	if s.Reach == office.Own {
		return top, top
	}
	last = top
	for strings.HasSuffix(strings.TrimRight(last, "9"), "00") {
		last = strings.TrimRight(last, "9")
		last = last[:len(last)-2] + strings.Repeat("9", len(top)-len(last)+2)
	}
	return top, last
}
