package store

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/office"
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
	if err != nil {
		return err
	}
	return t.versionOf(s)
}

// StandardVersion (筹资标准版本) is a standard as it was put on file at some time. The last revision holds.
type StandardVersion struct {
	enrol.Standard
	Revision int
	At       time.Time
	Who      office.UserID
}

// versionOf keeps a standard as its next version, unless it says what the last one did.
func (t *Tx) versionOf(s enrol.Standard) error {
	var last int64
	var content []byte
	if err := t.reads(nil, func(scan func(...any) error) error { return scan(&last, &content) },
		"SELECT revision, content FROM standard_versions WHERE year = $1 AND division = $2 AND way = $3 ORDER BY revision DESC LIMIT 1", int64(s.Year), string(s.Division), string(s.Way)); err != nil {
		return err
	}
	form := s.Canonical()
	if bytes.Equal(form, content) {
		return nil
	}
	at := t.act.At
	if at.IsZero() {
		at = t.g.s.now()
	}
	t.wrote(guardedVersions, int64(s.Year), string(s.Division), string(s.Way), last+1)
	return t.one("INSERT INTO standard_versions (year, division, way, revision, at, who, content) VALUES ("+places(7)+") ON CONFLICT DO NOTHING",
		int64(s.Year), string(s.Division), string(s.Way), last+1, stamp(at), string(t.act.Who), form)
}

// StandardVersions (筹资标准历次版本) gives every version of a year's standards, the latest first. They are public like the standards.
//
// 依据: SC38-5.3
func (s *Store) StandardVersions(ctx context.Context, year policy.Year) (out []StandardVersion, err error) {
	err = s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			var v StandardVersion
			var revision int64
			var at string
			var content []byte
			if err := scan(&revision, &at, (*string)(&v.Who), &content); err != nil {
				return err
			}
			var sound bool
			if v.Standard, sound = enrol.ParseStandard(content); !sound {
				return fault.New(fault.Internal, "store.damaged", "what", "standard", "value", at)
			}
			v.Revision = int(revision)
			var err error
			v.At, err = unstamp(at)
			out = append(out, v)
			return err
		}, "SELECT revision, at, who, content FROM standard_versions WHERE year = $1 ORDER BY at DESC, division, way, revision DESC", int64(year))
	})
	return out, err
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

// ImportStandards (导入筹资标准) keeps the standards of a file in one act, which names the file and its digest: all of them, or none.
//
// 依据: SC38-5.3
func (s *Store) ImportStandards(ctx context.Context, act Act, file string, digest office.Digest, all enrol.Standards) error {
	act.Action, act.Object = "standard.import", office.Object{Kind: "standard", ID: file}
	act.After = []office.Field{{Name: "rows", Value: strconv.Itoa(len(all))}, {Name: "digest", Value: digest.String()}}
	_, err := s.Write(ctx, act, func(t *Tx) error {
		for _, x := range all {
			if err := t.SaveStandard(x); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}
