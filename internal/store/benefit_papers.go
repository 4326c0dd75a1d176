package store

import (
	"context"
	"time"

	"tongchou/internal/office"
	"tongchou/internal/region"
)

// BenefitPaper (待遇文件) is the national list, a province's schedule or a city's rules as bytes of whoever works on it. The document of the same id signs
// it. Version counts changes from 1.
//
// 依据: SC38-6.1, SC38-6.2, YN-4.2
type BenefitPaper struct {
	ID       office.DocumentID
	Division region.Code
	Kind     office.Kind
	Maker    office.UserID
	At       time.Time
	Version  office.Version
	Content  []byte
}

var guardedBenefits = &guarded{"benefit_papers", list("id"), list("division kind maker changed_at content"), true}

const paperColumns = "id, division, kind, maker, changed_at, version, content"

// SaveBenefitPaper keeps a paper. One of version 1 is new; any other replaces the one of the version before. office.ErrStale is returned, and nothing
// changed, when that is not there or its document waits for signatures or is finished.
func (t *Tx) SaveBenefitPaper(p BenefitPaper) error {
	if err := t.within(p.Division); err != nil {
		return err
	}
	t.wrote(guardedBenefits, string(p.ID))
	if p.Version == 1 {
		return t.one("INSERT INTO benefit_papers ("+paperColumns+") VALUES ("+places(7)+") ON CONFLICT (id) DO NOTHING",
			string(p.ID), string(p.Division), string(p.Kind), string(p.Maker), stamp(p.At), int64(p.Version), p.Content)
	}
	return t.one(`UPDATE benefit_papers SET maker = $1, changed_at = $2, version = $3, content = $4
WHERE id = $5 AND division = $6 AND kind = $7 AND version = $8 AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.id = $5 AND d.state NOT IN ($9, $10))`,
		string(p.Maker), stamp(p.At), int64(p.Version), p.Content, string(p.ID), string(p.Division), string(p.Kind), int64(p.Version)-1, string(office.Drafted), string(office.Returned))
}

// RemoveBenefitPaper takes a paper away as it was in a version, which no document has signed.
func (t *Tx) RemoveBenefitPaper(p BenefitPaper) error {
	if err := t.within(p.Division); err != nil {
		return err
	}
	t.wrote(guardedBenefits, string(p.ID))
	return t.one("DELETE FROM benefit_papers WHERE id = $1 AND version = $2 AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.id = $1)", string(p.ID), int64(p.Version))
}

// BenefitPapers gives the papers in a scope, by id.
func (s *Store) BenefitPapers(ctx context.Context, scope office.Scope) ([]BenefitPaper, error) {
	first, last := bounds(scope)
	return s.benefitPapers(ctx, "division >= $1 AND division <= $2 ORDER BY id", first, last)
}

// ApprovedPaper is a paper with the time of its last signature.
type ApprovedPaper struct {
	BenefitPaper
	Approved time.Time
}

// ApprovedBenefits (已批准待遇文件) gives every approved paper, in the order of approval. They are public: no scope keeps them.
//
// 依据: SC38-6.2, YN-4.2
func (s *Store) ApprovedBenefits(ctx context.Context) (out []ApprovedPaper, err error) {
	err = s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			var at string
			p, err := scanPaper(func(to ...any) error { return scan(append(to, &at)...) })
			if err != nil {
				return err
			}
			x := ApprovedPaper{BenefitPaper: p}
			x.Approved, err = unstamp(at)
			out = append(out, x)
			return err
		}, `SELECT p.id, p.division, p.kind, p.maker, p.changed_at, p.version, p.content, MAX(s.at) FROM benefit_papers p JOIN documents d ON d.id = p.id JOIN document_steps s ON s.document = d.id
WHERE d.state = $1 GROUP BY p.id, p.division, p.kind, p.maker, p.changed_at, p.version, p.content ORDER BY MAX(s.at), p.id`, string(office.Approved))
	})
	return out, err
}

func (s *Store) benefitPapers(ctx context.Context, condition string, args ...any) (out []BenefitPaper, err error) {
	err = s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			p, err := scanPaper(scan)
			out = append(out, p)
			return err
		}, "SELECT "+paperColumns+" FROM benefit_papers WHERE "+condition, args...)
	})
	return out, err
}

func scanPaper(scan func(...any) error) (p BenefitPaper, err error) {
	var at string
	if err := scan((*string)(&p.ID), (*string)(&p.Division), (*string)(&p.Kind), (*string)(&p.Maker), &at, (*int64)(&p.Version), &p.Content); err != nil {
		return p, err
	}
	p.At, err = unstamp(at)
	return p, err
}
