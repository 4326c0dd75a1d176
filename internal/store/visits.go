package store

import (
	"strconv"

	"tongchou/internal/enrol"
	"tongchou/internal/office"
)

// VisitState (就诊状态) is how far a visit has come.
type VisitState string

// The states.
const (
	OpenVisit      VisitState = "open"      // 已登记
	LeftVisit      VisitState = "left"      // 已出院
	SettledVisit   VisitState = "settled"   // 已结算
	CancelledVisit VisitState = "cancelled" // 已撤销
)

// CareVisit (就诊登记) is a visit as an institution registered it. Content says what else is known of it, and is kept sealed. Version counts its changes;
// 0 is a new one.
//
// 依据: YA-4.8.2
type CareVisit struct {
	Person      enrol.PersonNo
	ID          string
	Institution string
	State       VisitState
	Version     int64
	Content     []byte
}

func sealedOf(kind string, person enrol.PersonNo, id string) string {
	return kind + " " + strconv.FormatInt(int64(person), 10) + " " + id
}

// Visit finds a visit; false when there is none.
func (h *Handled) Visit(person enrol.PersonNo, id string) (v CareVisit, found bool, err error) {
	v.Person, v.ID = person, id
	var sealed []byte
	if err := h.reads(nil, func(scan func(...any) error) error {
		found = true
		return scan(&v.Institution, (*string)(&v.State), &v.Version, &sealed)
	}, "SELECT institution, state, version, sealed FROM visits WHERE person = $1 AND visit = $2"+h.g.s.engine.lock, int64(person), id); err != nil || !found {
		return v, found, err
	}
	v.Content, err = h.keys.openText(sealedOf("visit", person, id), sealed)
	return v, true, err
}

// SaveVisit keeps a visit, new or as it was changed; office.ErrStale when somebody else was first.
func (h *Handled) SaveVisit(v CareVisit) error {
	h.wrote(guardedVisits, int64(v.Person), v.ID)
	sealed := h.keys.sealText(sealedOf("visit", v.Person, v.ID), v.Content)
	if v.Version == 0 {
		return h.one("INSERT INTO visits (person, visit, institution, state, version, sealed) VALUES ($1, $2, $3, $4, 1, $5)", int64(v.Person), v.ID, v.Institution, string(v.State), sealed)
	}
	return h.one("UPDATE visits SET state = $1, version = $2, sealed = $3 WHERE person = $4 AND visit = $5 AND version = $6",
		string(v.State), v.Version+1, sealed, int64(v.Person), v.ID, v.Version)
}

// Fees (费用明细) are the lines of one upload, kept sealed. Part numbers the uploads of a visit from 1.
//
// 依据: YA-4.8.2
type Fees struct {
	Part    int64
	Content []byte
}

// Fees gives what was charged for a visit, upload by upload.
func (h *Handled) Fees(v CareVisit) (out []Fees, err error) {
	err = h.reads(nil, func(scan func(...any) error) error {
		var f Fees
		var sealed []byte
		if err := scan(&f.Part, &sealed); err != nil {
			return err
		}
		f.Content, err = h.keys.openText(feesOf(v, f.Part), sealed)
		out = append(out, f)
		return err
	}, "SELECT part, sealed FROM visit_fees WHERE person = $1 AND visit = $2 ORDER BY part", int64(v.Person), v.ID)
	return out, err
}

func feesOf(v CareVisit, part int64) string {
	return sealedOf("fees", v.Person, v.ID) + " " + strconv.FormatInt(part, 10)
}

// SaveFees keeps an upload in the place of what stood under its number; nothing takes it away.
func (h *Handled) SaveFees(v CareVisit, f Fees) error {
	h.wrote(guardedFees, int64(v.Person), v.ID, f.Part)
	if f.Content == nil {
		n, err := h.exec("DELETE FROM visit_fees WHERE person = $1 AND visit = $2 AND part = $3", int64(v.Person), v.ID, f.Part)
		if err == nil && n != 1 {
			return office.ErrStale
		}
		return err
	}
	_, err := h.exec("INSERT INTO visit_fees (person, visit, part, sealed) VALUES ($1, $2, $3, $4) ON CONFLICT (person, visit, part) DO UPDATE SET sealed = excluded.sealed",
		int64(v.Person), v.ID, f.Part, h.keys.sealText(feesOf(v, f.Part), f.Content))
	return err
}
