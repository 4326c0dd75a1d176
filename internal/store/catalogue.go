package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"slices"

	"tongchou/internal/catalog"
	"tongchou/internal/policy"
)

// SaveCatalogue (登记目录版本) keeps an edition of the catalogue, in the place of the one that is in force from the same day, and gives its number. The act is the province's.
//
// 依据: SC38-7.1
func (t *Tx) SaveCatalogue(e *catalog.Edition) (number string, err error) {
	var last int64
	if err := t.reads(nil, func(scan func(...any) error) error { return scan(&last) }, "SELECT CAST(COALESCE(MAX(revision), 0) AS BIGINT) FROM catalogue_editions WHERE begins = $1", string(e.From)); err != nil {
		return "", err
	}
	var content bytes.Buffer
	w := gzip.NewWriter(&content)
	_, err = io.WriteString(w, e.Form())
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return "", err
	}
	at := t.act.At
	if at.IsZero() {
		at = t.g.s.now()
	}
	t.wrote(guardedEditions, string(e.From), last+1)
	return editionNumber(e.From, last+1), t.one("INSERT INTO catalogue_editions (begins, revision, title, synthetic, items, made_at, who, content) VALUES ("+places(8)+") ON CONFLICT DO NOTHING",
		string(e.From), last+1, e.Title, flag(e.Synthetic), int64(len(e.Items())), stamp(at), string(t.act.Who), content.Bytes())
}

func editionNumber(from policy.Date, revision int64) string {
	return fmt.Sprintf("%s-%03d", from, revision)
}

// Catalogue (医保目录) gives the editions on file that hold, the first first; none when nothing was put on file.
//
// 依据: SC38-7.1
func (s *Store) Catalogue(ctx context.Context) (out catalog.Catalogue, err error) {
	err = s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			var from policy.Date
			var revision, made int64
			var title string
			var content []byte
			if err := scan((*string)(&from), &revision, &title, &made, &content); err != nil {
				return err
			}
			items, err := openEdition(content)
			if err != nil {
				return damaged("catalogue", editionNumber(from, revision))
			}
			out = append(out, catalog.NewEdition(editionNumber(from, revision), from, title, made == 1, items))
			return nil
		}, `SELECT e.begins, e.revision, e.title, e.synthetic, e.content FROM catalogue_editions e
WHERE e.revision = (SELECT MAX(o.revision) FROM catalogue_editions o WHERE o.begins = e.begins) ORDER BY e.begins`)
	})
	return out, err
}

// CatalogueEditions (目录版本号) names the editions on file that hold; empty when nothing was put on file. Another text stands for other editions.
//
// 依据: SC38-7.1
func (s *Store) CatalogueEditions(ctx context.Context) (names string, err error) {
	err = s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			var from policy.Date
			var revision int64
			err := scan((*string)(&from), &revision)
			names += editionNumber(from, revision) + " "
			return err
		}, "SELECT begins, MAX(revision) FROM catalogue_editions GROUP BY begins ORDER BY begins")
	})
	return names, err
}

func openEdition(content []byte) ([]catalog.Item, error) {
	r, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return catalog.ReadItems("catalogue", string(text))
}

// Mapping (目录对照) says what national item an institution's own one is, from a day to another, "" where it does not end; Kind is the list it is of (list_type). One that
// was Withdrawn, at a time, holds no more. Content says what else is known of it.
//
// 依据: SC38-7.1
type Mapping struct {
	Institution, Item, Code string
	From, To                policy.Date
	Kind, Withdrawn         string
	Version                 int64
	Content                 []byte
}

// On tells whether a mapping holds on a day.
func (m *Mapping) On(day policy.Date) bool {
	return m.Withdrawn == "" && m.From <= day && (m.To == "" || day <= m.To)
}

const mappingSelecting = "SELECT institution, item, code, begins, ends, kind, withdrawn, version, content FROM item_mappings WHERE institution = $1"

func scanMapping(scan func(...any) error) (m Mapping, err error) {
	err = scan(&m.Institution, &m.Item, &m.Code, (*string)(&m.From), (*string)(&m.To), &m.Kind, &m.Withdrawn, &m.Version, &m.Content)
	return m, err
}

// Mappings gives an institution's mappings of one item of its own, by code and day.
func (h *Handled) Mappings(institution, item string) (out []Mapping, err error) {
	err = h.look(func(scan func(...any) error) error {
		m, err := scanMapping(scan)
		out = append(out, m)
		return err
	}, mappingSelecting+" AND item = $2 ORDER BY code, begins", institution, item)
	return out, err
}

// Maps tells whether an institution put any mapping on file, withdrawn or not.
func (h *Handled) Maps(institution string) (maps bool, err error) {
	err = h.look(func(scan func(...any) error) error {
		maps = true
		var item string
		return scan(&item)
	}, "SELECT item FROM item_mappings WHERE institution = $1 LIMIT 1", institution)
	return maps, err
}

// AllMappings gives an institution's mappings, by item, code and day.
func (h *Handled) AllMappings(institution string) (out []Mapping, err error) {
	err = h.reads(nil, func(scan func(...any) error) error {
		m, err := scanMapping(scan)
		out = append(out, m)
		return err
	}, mappingSelecting+" ORDER BY item, code, begins", institution)
	return out, err
}

// SaveMapping keeps a mapping, new or changed; office.ErrStale when somebody else was first.
func (h *Handled) SaveMapping(m Mapping) error {
	h.wrote(guardedMappings, m.Institution, m.Item, m.Code, string(m.From))
	if m.Version == 0 {
		return h.one("INSERT INTO item_mappings (institution, item, code, begins, ends, kind, withdrawn, version, content) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8) ON CONFLICT DO NOTHING",
			m.Institution, m.Item, m.Code, string(m.From), string(m.To), m.Kind, m.Withdrawn, slices.Clone(m.Content))
	}
	return h.one("UPDATE item_mappings SET ends = $1, kind = $2, withdrawn = $3, version = $4, content = $5 WHERE institution = $6 AND item = $7 AND code = $8 AND begins = $9 AND version = $10",
		string(m.To), m.Kind, m.Withdrawn, m.Version+1, slices.Clone(m.Content), m.Institution, m.Item, m.Code, string(m.From), m.Version)
}
