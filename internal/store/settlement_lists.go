package store

import (
	"tongchou/internal/enrol"
	"tongchou/internal/policy"
)

// SettlementList (医保基金结算清单) is what an institution sends of the care behind a settlement. Kind is the transaction it came with. It is kept sealed. Version counts its changes;
// 0 is a new one.
//
// 依据: YA-4.8.2
type SettlementList struct {
	Person                        enrol.PersonNo
	Settlement, Kind, Institution string
	Version                       int64
	Content                       []byte
}

var guardedLists = &guarded{"settlement_lists", list("person settlement kind"), list("institution sealed"), true}

func (l *SettlementList) seal() string { return sealedOf("list "+l.Kind, l.Person, l.Settlement) }

// List finds the list of a settlement; false when there is none.
func (h *Handled) List(person enrol.PersonNo, settlement, kind string) (l SettlementList, found bool, err error) {
	l = SettlementList{Person: person, Settlement: settlement, Kind: kind}
	var sealed []byte
	if err := h.reads(nil, func(scan func(...any) error) error {
		found = true
		return scan(&l.Institution, &l.Version, &sealed)
	}, "SELECT institution, version, sealed FROM settlement_lists WHERE person = $1 AND settlement = $2 AND kind = $3"+h.g.s.engine.lock, int64(person), settlement, kind); err != nil || !found {
		return l, false, err
	}
	l.Content, err = h.keys.openText(l.seal(), sealed)
	return l, true, err
}

// SaveList keeps a list, new or as it was sent anew; office.ErrStale when somebody else was first.
func (h *Handled) SaveList(l SettlementList) error {
	h.wrote(guardedLists, int64(l.Person), l.Settlement, l.Kind)
	sealed := h.keys.sealText(l.seal(), l.Content)
	if l.Version == 0 {
		return h.one("INSERT INTO settlement_lists (person, settlement, kind, institution, version, sealed) VALUES ($1, $2, $3, $4, 1, $5) ON CONFLICT DO NOTHING",
			int64(l.Person), l.Settlement, l.Kind, l.Institution, sealed)
	}
	return h.one("UPDATE settlement_lists SET institution = $1, version = $2, sealed = $3 WHERE person = $4 AND settlement = $5 AND kind = $6 AND version = $7",
		l.Institution, l.Version+1, sealed, int64(l.Person), l.Settlement, l.Kind, l.Version)
}

// VisitsAt gives a person's visits at an institution, by number.
func (h *Handled) VisitsAt(person enrol.PersonNo, institution string) (out []CareVisit, err error) {
	err = h.reads(nil, func(scan func(...any) error) error {
		v := CareVisit{Person: person, Institution: institution}
		var sealed []byte
		if err := scan(&v.ID, (*string)(&v.State), &v.Version, &sealed); err != nil {
			return err
		}
		var err error
		v.Content, err = h.keys.openText(sealedOf("visit", person, v.ID), sealed)
		out = append(out, v)
		return err
	}, "SELECT visit, state, version, sealed FROM visits WHERE person = $1 AND institution = $2 ORDER BY visit", int64(person), institution)
	return out, err
}

// Listed tells which of an institution's settlements of some days a list was sent of.
func (h *Handled) Listed(institution string, from, to policy.Date) (map[string]bool, error) {
	out := map[string]bool{}
	err := h.reads([]string{settlementTable.name}, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		out[id] = true
		return err
	}, "SELECT DISTINCT l.settlement FROM settlements s JOIN settlement_lists l ON l.person = s.person AND l.settlement = s.settlement WHERE s.institution = $1 AND s.settled_on >= $2 AND s.settled_on <= $3",
		institution, string(from), string(to))
	return out, err
}

// InstitutionName gives what an institution is called; nothing where there is none of the code.
func (h *Handled) InstitutionName(code string) (name string, err error) {
	err = h.reads(nil, func(scan func(...any) error) error { return scan(&name) }, "SELECT name FROM institutions WHERE institution = $1", code)
	return name, err
}
