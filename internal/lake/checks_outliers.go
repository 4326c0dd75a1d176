package lake

import (
	"context"
	"database/sql"
	"slices"

	"tongchou/internal/money"
	"tongchou/internal/region"
)

// The measure of an outlier is Iglewicz and Hoaglin's: 0.6745 times the distance from the median, in median distances, above
// 3.5. Neither median moves with the outliers themselves.
const (
	outlierScale = 6745
	outlierLimit = 35_000
	fewestPeers  = 5 // a level with fewer institutions has no usual cost
)

// institutionsSQL gives the admissions of each institution and what they cost, by its level.
const institutionsSQL = `SELECT fixmedins_code, MAX(hosp_lv) AS level, MAX(mdtrtarea_admvs) AS place, COUNT(*) AS admissions,
  CAST(COALESCE(SUM(medfee_sumamt), 0) AS BIGINT) AS cost
FROM (` + live + `) l
WHERE fixmedins_code IS NOT NULL AND (med_type LIKE '2%' OR med_type LIKE '52%')
GROUP BY fixmedins_code
ORDER BY fixmedins_code COLLATE "C"`

// institution is what one admitted.
type institution struct {
	code             string
	place            region.Code
	admissions, cost int64
	each             money.Ratio // cost per admission
}

// outliers looks for institutions whose cost per admission lies far from the median of their level.
func (c *checks) outliers(ctx context.Context) error {
	var levels [4][]institution
	c.begin(CheckOutlier)
	err := query(ctx, c.q, institutionsSQL, func(rows *sql.Rows) error {
		var i institution
		var level, place sql.NullString
		if err := rows.Scan(&i.code, &level, &place, &i.admissions, &i.cost); err != nil {
			return err
		}
		if i.admissions >= c.options.Fewest {
			i.each, i.place = money.NewRatio(i.cost, i.admissions), region.Code(place.String)
			l := levelOf(level.String)
			levels[l] = append(levels[l], i)
		}
		return nil
	})
	for level := 3; level >= 0 && err == nil; level-- {
		c.judge(level, levels[level])
	}
	return err
}

// judge compares institutions of one level.
func (c *checks) judge(level int, all []institution) {
	if len(all) < fewestPeers {
		return
	}
	var costs, distances []money.Ratio
	for _, i := range all {
		costs = append(costs, i.each)
	}
	middle := median(costs)
	for _, i := range all {
		distances = append(distances, distance(i.each, middle))
	}
	limit := median(distances).Mul(money.NewRatio(outlierLimit, outlierScale))
	if limit.Sign() == 0 {
		return // half of them cost the same: there is no measure of what is far
	}
	for n, i := range all {
		if distances[n].Cmp(limit) <= 0 {
			continue
		}
		f := Finding{Kind: CheckOutlier, Institution: i.code, Count: i.admissions, Cost: money.Fen(i.cost)}
		if area, ok := c.places.city([]byte(i.place)); ok {
			f.Division = area
		}
		f.Rows = foundSQL("SELECT * FROM ("+live+") l WHERE med_type LIKE '2%' OR med_type LIKE '52%'", "fixmedins_code = "+quoted(i.code))
		f.Message = CheckOutlier.message("institution", i.code, "level", level, "count", i.admissions, "each", i.each.Fen(), "median", middle.Fen())
		c.find(f)
	}
}

func distance(a, b money.Ratio) money.Ratio {
	if a.Cmp(b) < 0 {
		return b.Sub(a)
	}
	return a.Sub(b)
}

// median is the middle of some ratios, of an even number the mean of the two.
func median(of []money.Ratio) money.Ratio {
	sorted := slices.Clone(of)
	slices.SortFunc(sorted, money.Ratio.Cmp)
	n := len(sorted)
	return sorted[(n-1)/2].Add(sorted[n/2]).Mul(money.NewRatio(1, 2))
}
