package lake

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strconv"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// monthsSQL gives what the settlements of an area add up to, by month. What the statements speak of is the pooled fund's
// payments (统筹基金支出).
const monthsSQL = `SELECT city, insutype, month, COUNT(*) AS settlements,
  COUNT(*) FILTER (WHERE med_type LIKE '2%' OR med_type LIKE '52%') AS admissions,
  CAST(COALESCE(SUM(medfee_sumamt), 0) AS BIGINT) AS cost, CAST(COALESCE(SUM(hifp_pay), 0) AS BIGINT) AS pooled
FROM (` + live + `) l
WHERE insutype IN ('310', '390')
GROUP BY city, insutype, month
ORDER BY city, insutype, month`

// seenSQL gives how many persons had settlements.
const seenSQL = `SELECT city, insutype, COUNT(*) AS persons
FROM (SELECT DISTINCT city, insutype, psn_no FROM (` + live + `) l WHERE insutype IN ('310', '390')) p
GROUP BY city, insutype
ORDER BY city, insutype`

// month is what the settlements of a month add up to.
type month struct{ settlements, admissions, cost, pooled int64 }

func (m month) add(n month) month {
	return month{m.settlements + n.settlements, m.admissions + n.admissions, m.cost + n.cost, m.pooled + n.pooled}
}

// year are the months of an area; the first is 1.
type year [13]month

// sum adds up the months for which another year has settlements.
func (y *year) sum(like *year) month {
	var all month
	for i, m := range y {
		if like[i].settlements > 0 {
			all = all.add(m)
		}
	}
	return all
}

// areaKey is whose figures are compared; the year goes without saying.
type areaKey struct {
	division  region.Code
	insurance pool.Insurance
}

func areaOf(k pool.Key) areaKey { return areaKey{k.Division, k.Insurance} }

func compareAreas(a, b areaKey) int {
	return cmp.Or(cmp.Compare(a.division, b.division), cmp.Compare(a.insurance, b.insurance))
}

func readMonths(ctx context.Context, q Querier) (map[areaKey]*year, error) {
	out := map[areaKey]*year{}
	err := query(ctx, q, monthsSQL, func(rows *sql.Rows) error {
		var city, insurance string
		var at int
		var m month
		if err := rows.Scan(&city, &insurance, &at, &m.settlements, &m.admissions, &m.cost, &m.pooled); err != nil {
			return err
		}
		key := areaKey{region.Code(city), insuranceOf(insurance)}
		if out[key] == nil {
			out[key] = &year{}
		}
		if at < 1 || at > 12 {
			at = 0
		}
		out[key][at] = out[key][at].add(m)
		return nil
	})
	return out, err
}

// areas compares areas with their months, statements, enrolment and last year.
func (c *checks) areas(ctx context.Context) error {
	c.begin(CheckMonthMissing)
	now, err := readMonths(ctx, c.q)
	if err != nil {
		return err
	}
	last := map[areaKey]*year{}
	if c.options.Last != nil {
		if last, err = readMonths(ctx, c.options.Last); err != nil {
			return err
		}
	}
	stated, heads := c.stated(), c.heads()
	c.missing(now, last, stated, heads)
	c.months(now)
	c.statements(now, stated)
	if err := c.persons(ctx, heads); err != nil {
		return err
	}
	c.changes(now, last)
	return nil
}

// stated gives what the statements of the year say was spent: violations included, for the claims include them, too.
func (c *checks) stated() map[areaKey]money.Fen {
	out := map[areaKey]money.Fen{}
	for _, s := range c.options.Statements {
		if s.Year == c.report.Snapshot.Year {
			out[areaOf(s.Key)] += s.Spent
		}
	}
	return out
}

// heads gives the headcounts of the year.
func (c *checks) heads() map[areaKey]int64 {
	out := map[areaKey]int64{}
	for _, e := range c.options.Enrolled {
		if e.Year == c.report.Snapshot.Year {
			out[areaOf(e.Key)] += e.Headcount
		}
	}
	return out
}

// sortedAreas gives the areas of a map in order.
func sortedAreas[V any](of map[areaKey]V) []areaKey {
	var out []areaKey
	for key := range of {
		out = append(out, key)
	}
	slices.SortFunc(out, compareAreas)
	return out
}

// missing looks for areas that others know of and that have no settlement at all.
func (c *checks) missing(now, last map[areaKey]*year, stated map[areaKey]money.Fen, heads map[areaKey]int64) {
	known := map[areaKey]bool{}
	for key := range last {
		known[key] = true
	}
	for key, spent := range stated {
		known[key] = known[key] || spent != 0
	}
	for key, n := range heads {
		known[key] = known[key] || n != 0
	}
	if len(known) == 0 {
		c.skip(CheckAreaMissing)
	}
	for _, key := range sortedAreas(known) {
		if known[key] && now[key] == nil {
			c.find(key.finding(CheckAreaMissing, 0, 0))
		}
	}
}

// finding is one about an area.
func (k areaKey) finding(kind CheckKind, count int64, cost money.Fen, args ...any) Finding {
	return Finding{Kind: kind, Division: k.division, Insurance: k.insurance, Count: count, Cost: cost,
		Message: kind.message(append([]any{"division", k.division, "insurance", k.insurance}, args...)...)}
}

// months looks for months without a settlement in areas that have others.
func (c *checks) months(now map[areaKey]*year) {
	through := c.options.Through
	if through == 0 {
		through = 12
		if c.report.Snapshot.Kind == Preliminary {
			through = latestMonth(now)
		}
	}
	for _, key := range sortedAreas(now) {
		var missing []string
		for m := 1; m <= min(through, 12); m++ {
			if now[key][m].settlements == 0 {
				missing = append(missing, strconv.Itoa(m))
			}
		}
		if len(missing) > 0 {
			c.find(key.finding(CheckMonthMissing, 0, 0, "months", missing))
		}
	}
}

func latestMonth(now map[areaKey]*year) int {
	latest := 0
	for _, y := range now {
		for m := range y {
			if y[m].settlements > 0 {
				latest = max(latest, m)
			}
		}
	}
	return latest
}

// statements compares what the pooled fund paid by the claims with what the statements say it spent.
func (c *checks) statements(now map[areaKey]*year, stated map[areaKey]money.Fen) {
	if len(stated) == 0 {
		c.skip(CheckStatement, CheckUnstated)
		return
	}
	for _, key := range sortedAreas(now) {
		all := now[key].sum(now[key])
		spent, ok := stated[key]
		switch {
		case !ok:
			c.find(key.finding(CheckUnstated, all.settlements, money.Fen(all.pooled), "claimed", money.Fen(all.pooled)))
		case apart(all.pooled, int64(spent), c.options.StatementTolerance):
			c.find(key.finding(CheckStatement, all.settlements, money.Fen(all.pooled), "claimed", money.Fen(all.pooled), "stated", spent,
				"tolerance", c.options.StatementTolerance.Percent()))
		}
	}
}

// apart tells whether a figure is further from another than a part of it.
func apart(figure, from int64, tolerance money.Rate) bool {
	far := distance(money.NewRatio(figure, 1), money.NewRatio(from, 1))
	return far.Cmp(distance(money.NewRatio(from, 1), money.Ratio{}).Mul(tolerance.Ratio())) > 0
}

// persons compares how many persons had settlements with how many are enrolled.
func (c *checks) persons(ctx context.Context, heads map[areaKey]int64) error {
	if len(heads) == 0 {
		c.skip(CheckPersons, CheckUnenrolled)
		return nil
	}
	c.begin(CheckPersons)
	return query(ctx, c.q, seenSQL, func(rows *sql.Rows) error {
		var city, insurance string
		var seen int64
		if err := rows.Scan(&city, &insurance, &seen); err != nil {
			return err
		}
		key := areaKey{region.Code(city), insuranceOf(insurance)}
		enrolled, ok := heads[key]
		if !ok {
			c.find(key.finding(CheckUnenrolled, seen, 0, "seen", seen))
		} else if seen > enrolled {
			c.find(key.finding(CheckPersons, seen, 0, "seen", seen, "enrolled", enrolled))
		}
		return nil
	})
}

// changes compares the months there are with the same months of last year: settlements, admissions and cost.
func (c *checks) changes(now, last map[areaKey]*year) {
	if c.options.Last == nil {
		c.skip(CheckChange)
		return
	}
	for _, key := range sortedAreas(now) {
		before := last[key]
		if before == nil {
			continue // a new area has nothing to be compared with
		}
		a, b := before.sum(now[key]), now[key].sum(now[key])
		for _, f := range []struct {
			figure        string
			before, after int64
			judged        bool
			money         bool
		}{
			{"lake.check.settlements", a.settlements, b.settlements, a.settlements >= c.options.Fewest, false},
			{"lake.check.admissions", a.admissions, b.admissions, a.admissions >= c.options.Fewest, false},
			{"lake.check.cost", a.cost, b.cost, a.settlements >= c.options.Fewest, true},
		} {
			if f.judged && apart(f.after, f.before, c.options.ChangeTolerance) {
				c.find(key.finding(CheckChange, b.settlements, money.Fen(b.cost), changed(f.figure, f.before, f.after, f.money, c.options.ChangeTolerance)...))
			}
		}
	}
}

// changed are the arguments of a change.
func changed(figure string, before, after int64, amount bool, tolerance money.Rate) []any {
	args := []any{"figure", fault.Msg(figure), "before", before, "after", after, "tolerance", tolerance.Percent()}
	if amount {
		args[3], args[5] = money.Fen(before), money.Fen(after)
	}
	return args
}
