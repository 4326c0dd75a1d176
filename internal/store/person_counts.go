package store

import (
	"context"
	"fmt"
	"strings"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
	"tongchou/internal/policy"
)

// PlaceLevel (统计层级) is how far down places are counted.
type PlaceLevel int64

// The levels: how many digits of a place they take.
const (
	Counties  PlaceLevel = countyDigits
	Townships PlaceLevel = townshipDigits
	Villages  PlaceLevel = villageDigits
)

// Counted (人数) are how many persons a place has at the end of a year, by head.
type Counted [enrol.Heads]int64

// PlaceCount (分地区人数) is a place with its counts. Zeros stand for what of a place is not known.
type PlaceCount struct {
	Place enrol.Place
	Counted
}

// Counts (参保人数统计) counts the persons in the places under a place, or under a county, city or province given as PlaceIn, that lie in a
// scope, at the end of a year. Places come in order; those with nobody are left out. Nobody's file is opened.
//
// 依据: SCE-4.1, SCE-4.2
func (p Persons) Counts(ctx context.Context, scope office.Scope, level PlaceLevel, under enrol.Place, year policy.Year) (out []PlaceCount, err error) {
	wide := 1
	for range villageDigits - level {
		wide *= 10
	}
	low, high := countBounds(scope, under)
	low, high = low/int64(wide), high/int64(wide)
	err = p.s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			var place, head, n int64
			if err := scan(&place, &head, &n); err != nil {
				return err
			}
			name := enrol.Place(fmt.Sprintf("%012d", place*int64(wide)))
			if len(out) == 0 || out[len(out)-1].Place != name {
				out = append(out, PlaceCount{Place: name})
			}
			if head < int64(enrol.Heads) {
				out[len(out)-1].Counted[head] = n
			}
			return nil
		}, `SELECT place, head, CAST(SUM(n) AS BIGINT) FROM person_counts WHERE places = $1 AND place >= $2 AND place <= $3 AND year <= $4
GROUP BY place, head HAVING SUM(n) <> 0 ORDER BY place, head`, int64(level), low, high, int64(year))
	})
	return out, err
}

// countBounds are the first and the last village that lie both in a scope and under a place.
func countBounds(scope office.Scope, under enrol.Place) (low, high int64) {
	first, last := codeBounds(scope)
	low, high = first*1e6, last*1e6+999999
	if under == "" {
		return low, high
	}
	from, to := placeBounds(under)
	if strings.HasSuffix(string(under), "000000") {
		first, last := codeBounds(ScopeOf(under.County()))
		from, to = first*1e6, last*1e6+999999
	}
	return max(low, from), min(high, to)
}
