package store

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

const standardColumns = "year, division, way, individual, central, province, city, county, aid, average_wage, employer_rate, person_rate, floor, ceiling, source"

// SaveStandard (登记筹资标准) keeps what a way costs in a year and place, in the place of what was kept before. One that enrol.Standard.Check refuses
// is refused.
//
// 依据: SC38-5.2, SC38-5.3
func (t *Tx) SaveStandard(s enrol.Standard) error {
	if err := t.within(s.Division); err != nil {
		return err
	}
	if err := s.Check(); err != nil {
		return err
	}
	t.wrote(guardedStandards, int64(s.Year), string(s.Division), string(s.Way))
	_, err := t.exec("INSERT INTO contribution_standards ("+standardColumns+") VALUES ("+places(15)+`) ON CONFLICT (year, division, way) DO UPDATE SET
individual = excluded.individual, central = excluded.central, province = excluded.province, city = excluded.city, county = excluded.county, aid = excluded.aid,
average_wage = excluded.average_wage, employer_rate = excluded.employer_rate, person_rate = excluded.person_rate, floor = excluded.floor,
ceiling = excluded.ceiling, source = excluded.source`,
		int64(s.Year), string(s.Division), string(s.Way), int64(s.Individual), int64(s.Subsidy[enrol.Central]), int64(s.Subsidy[enrol.Province]),
		int64(s.Subsidy[enrol.City]), int64(s.Subsidy[enrol.County]), aidText(s.Aid), int64(s.AverageWage), int64(s.EmployerRate), int64(s.PersonRate),
		int64(s.Floor), int64(s.Ceiling), s.Source)
	return err
}

// aidText writes what aid pays for each group, one a line, in the groups' order.
func aidText(aid map[enrol.Group]money.Fen) string {
	var lines []string
	for _, group := range enrol.Groups() {
		if amount := aid[group]; amount != 0 {
			lines = append(lines, string(group)+" "+strconv.FormatInt(int64(amount), 10))
		}
	}
	return strings.Join(lines, "\n")
}

func parseAid(text string) (map[enrol.Group]money.Fen, error) {
	if text == "" {
		return nil, nil
	}
	aid := map[enrol.Group]money.Fen{}
	for line := range strings.Lines(text) {
		group, amount, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		n, err := strconv.ParseInt(amount, 10, 64)
		if err != nil || !slices.Contains(enrol.Groups(), enrol.Group(group)) {
			return nil, fault.New(fault.Internal, "store.damaged", "what", "standard", "value", line)
		}
		aid[enrol.Group(group)] = money.Fen(n)
	}
	return aid, nil
}

// Standards (筹资标准) gives all standards on file, by year, division and way. They are public: no scope keeps them.
//
// 依据: SC38-5.3
func (s *Store) Standards(ctx context.Context) (out enrol.Standards, err error) {
	err = s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			var x enrol.Standard
			var year int64
			var aid string
			err := scan(&year, (*string)(&x.Division), (*string)(&x.Way), (*int64)(&x.Individual), (*int64)(&x.Subsidy[enrol.Central]), (*int64)(&x.Subsidy[enrol.Province]),
				(*int64)(&x.Subsidy[enrol.City]), (*int64)(&x.Subsidy[enrol.County]), &aid, (*int64)(&x.AverageWage), (*int64)(&x.EmployerRate), (*int64)(&x.PersonRate),
				(*int64)(&x.Floor), (*int64)(&x.Ceiling), &x.Source)
			if err != nil {
				return err
			}
			x.Year = policy.Year(year)
			x.Aid, err = parseAid(aid)
			out = append(out, x)
			return err
		}, "SELECT "+standardColumns+" FROM contribution_standards ORDER BY year, division, way")
	})
	return out, err
}
