package store

import (
	"context"
	"slices"
	"strconv"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// Publication (公布) is what a division published of an approved document to those below it. Comparison is for all of them; empty
// for none. Withdrawn is zero while it is published.
type Publication struct {
	ID         string
	Document   office.DocumentID
	Division   region.Code
	Title      string
	Year       policy.Year
	Insurance  pool.Insurance
	Comparison []byte
	At         time.Time
	By         office.UserID
	Publisher  string
	Withdrawn  time.Time
	Withdrawer office.UserID
	Reason     string
}

// PublishedShare (公布份额) is what a publication tells one division alone.
type PublishedShare struct {
	Division region.Code
	Content  []byte
}

// Publish (公布) publishes a document that was approved, a share for each division. Refused are a document that is not approved, is
// not of the division that publishes, or is published already. It gives the publication with its id.
//
// 依据: SC38-1.1
func (t *Tx) Publish(p Publication, shares []PublishedShare) (Publication, error) {
	if err := t.within(p.Division); err != nil {
		return p, err
	}
	state, before, open := "", 0, false
	if err := t.reads(nil, func(scan func(...any) error) error { return scan(&state) },
		"SELECT state FROM documents WHERE id = $1 AND division = $2"+t.g.s.engine.lock, string(p.Document), string(p.Division)); err != nil {
		return p, err
	}
	if err := t.reads(nil, func(scan func(...any) error) error {
		var withdrawn string
		err := scan(&withdrawn)
		before, open = before+1, open || withdrawn == ""
		return err
	}, "SELECT withdrawn_at FROM publications WHERE document = $1", string(p.Document)); err != nil {
		return p, err
	}
	switch {
	case state == "":
		return p, fault.New(fault.Refused, "store.no_document", "id", string(p.Document))
	case state != string(office.Approved):
		return p, fault.New(fault.Refused, "store.publication.not_approved")
	case open:
		return p, fault.New(fault.Refused, "store.publication.already")
	}
	p.ID = string(p.Document) + "-p" + strconv.Itoa(before+1)
	t.wrote(guardedPublications, p.ID)
	if err := t.one(`INSERT INTO publications (id, document, division, title, year, insurance, comparison, published_at, published_by, publisher, withdrawn_at, withdrawn_by, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', '', '') ON CONFLICT (id) DO NOTHING`, p.ID, string(p.Document), string(p.Division), p.Title, int64(p.Year),
		string(p.Insurance), notNil(p.Comparison), stamp(p.At), string(p.By), p.Publisher); err != nil {
		return p, err
	}
	for _, share := range shares {
		if err := t.within(share.Division); err != nil {
			return p, err
		}
		t.wrote(guardedShares, p.ID, string(share.Division))
		if err := t.one("INSERT INTO published_shares (publication, division, content) VALUES ($1, $2, $3)", p.ID, string(share.Division), share.Content); err != nil {
			return p, err
		}
	}
	return p, nil
}

// Unpublish (撤回公布) takes a publication back, for a reason that everybody it was published to is told. One that is not there, is
// elsewhere, or was taken back before is office.ErrStale.
//
// 依据: SC38-1.1
func (t *Tx) Unpublish(division region.Code, id string, at time.Time, by office.UserID, reason string) error {
	if err := t.within(division); err != nil {
		return err
	}
	t.wrote(guardedPublications, id)
	return t.one("UPDATE publications SET withdrawn_at = $1, withdrawn_by = $2, reason = $3 WHERE id = $4 AND division = $5 AND withdrawn_at = ''",
		stamp(at), string(by), reason, id, string(division))
}

const publicationColumns = "id, document, division, title, year, insurance, comparison, published_at, published_by, publisher, withdrawn_at, withdrawn_by, reason"

// Publications (公布清单) gives what was published in a scope, and with one that reaches above also what the divisions above published
// to it, the latest first. Of what was taken back only the publisher is given the comparison.
//
// 依据: SC38-1.1
func (s *Store) Publications(ctx context.Context, scope office.Scope) ([]Publication, error) {
	return s.publications(ctx, scope, "($5 = '' OR document = $5)", "")
}

// PublicationsOf gives what was published of a document, as Publications does.
func (s *Store) PublicationsOf(ctx context.Context, scope office.Scope, document office.DocumentID) ([]Publication, error) {
	return s.publications(ctx, scope, "document = $5", string(document))
}

// Publication finds a publication as Publications gives it; false when the scope has none of that id.
func (s *Store) Publication(ctx context.Context, scope office.Scope, id string) (Publication, bool, error) {
	found, err := s.publications(ctx, scope, "id = $5", id)
	if err != nil || len(found) == 0 {
		return Publication{}, false, err
	}
	return found[0], true, nil
}

func (s *Store) publications(ctx context.Context, scope office.Scope, condition, value string) (out []Publication, err error) {
	first, last := bounds(scope)
	province, prefecture := above(scope)
	err = s.read(ctx, func(l *link) error {
		rows, err := l.query(ctx, "SELECT "+publicationColumns+" FROM publications WHERE (division >= $1 AND division <= $2 OR division IN ($3, $4)) AND "+condition+
			" ORDER BY published_at DESC, id", first, last, province, prefecture, value)
		return each(rows, err, func(scan func(...any) error) error {
			p, err := scanPublication(scan)
			if !p.Withdrawn.IsZero() && !holds(office.Scope{Division: scope.Division, Reach: office.Below}, p.Division) {
				p.Comparison = nil
			}
			out = append(out, p)
			return err
		})
	})
	return out, err
}

// above are the divisions that a scope reaches above its own; empty when it does not.
func above(s office.Scope) (province, prefecture string) {
	if s.Reach != office.Above || s.Division.Level() == 0 {
		return "", ""
	}
	if s.Division.Level() > region.Prefecture {
		prefecture = string(s.Division[:4]) + "00"
	}
	return string(s.Division.Province()), prefecture
}

func scanPublication(scan func(...any) error) (p Publication, err error) {
	var year int64
	var at, withdrawn string
	err = scan(&p.ID, (*string)(&p.Document), (*string)(&p.Division), &p.Title, &year, (*string)(&p.Insurance), &p.Comparison, &at, (*string)(&p.By), &p.Publisher,
		&withdrawn, (*string)(&p.Withdrawer), &p.Reason)
	p.Year, p.Comparison = policy.Year(year), slices.Clone(p.Comparison)
	if err == nil {
		err = unstampAll(map[*time.Time]string{&p.At: at, &p.Withdrawn: withdrawn})
	}
	return p, err
}

// Shares (公布份额) gives the shares of a publication in a scope, by division: a city's is its own and no other's, whatever is asked for.
// What was taken back only those see who see the publisher's own.
//
// 依据: SC38-1.1
func (s *Store) Shares(ctx context.Context, scope office.Scope, publication string) (out []PublishedShare, err error) {
	first, last := bounds(scope)
	err = s.read(ctx, func(l *link) error {
		rows, err := l.query(ctx, `SELECT s.division, s.content FROM published_shares s JOIN publications p ON p.id = s.publication
WHERE s.publication = $1 AND s.division >= $2 AND s.division <= $3 AND (p.withdrawn_at = '' OR p.division >= $2 AND p.division <= $3) ORDER BY s.division`,
			publication, first, last)
		return each(rows, err, func(scan func(...any) error) error {
			var x PublishedShare
			err := scan((*string)(&x.Division), &x.Content)
			out = append(out, x)
			return err
		})
	})
	return out, err
}
