package store

import (
	"slices"
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

var (
	visitTable = &table{name: "visits", columns: list("person visit institution state sealed version"), tail: " ON CONFLICT (person, visit) DO UPDATE SET" +
		" state = excluded.state, sealed = excluded.sealed, version = CASE WHEN visits.version = excluded.version - 1 THEN excluded.version END"}
	feesTable = &table{name: "visit_fees", columns: list("person visit part sealed"), tail: " ON CONFLICT (person, visit, part) DO UPDATE SET sealed = excluded.sealed"}
)

// Visit finds a visit; false when there is none.
func (h *Handled) Visit(person enrol.PersonNo, id string) (v CareVisit, found bool, err error) {
	if known, ok := h.visit(person, id); ok {
		return known.CareVisit, true, nil
	}
	v.Person, v.ID = person, id
	var sealed []byte
	if err := h.peek([]string{visitTable.name}, func(scan func(...any) error) error {
		found = true
		return scan(&v.Institution, (*string)(&v.State), &v.Version, &sealed)
	}, "SELECT institution, state, version, sealed FROM visits WHERE person = $1 AND visit = $2", int64(person), id); err != nil || !found {
		return v, found, err
	}
	if v.Content, err = h.keys.openText(sealedOf("visit", person, id), sealed); err == nil {
		h.learn(visitFact(person, id), knownVisit{CareVisit: v})
	}
	return v, true, err
}

func (h *Handled) visit(person enrol.PersonNo, id string) (knownVisit, bool) {
	known, _ := h.recall(visitFact(person, id))
	v, ok := known.(knownVisit)
	return v, ok
}

// SaveVisit keeps a visit, new or as it was changed. Where somebody else was first, the write is done again.
func (h *Handled) SaveVisit(v CareVisit) error {
	known, _ := h.visit(v.Person, v.ID)
	v.Version++
	known.CareVisit, known.charged = v, known.charged || v.Version == 1
	h.learn(visitFact(v.Person, v.ID), known)
	return h.put(guardedVisits, visitTable, int64(v.Person), v.ID, v.Institution, string(v.State), h.keys.sealText(sealedOf("visit", v.Person, v.ID), v.Content), v.Version)
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
	known, found := h.visit(v.Person, v.ID)
	if found && known.charged {
		return known.fees, nil
	}
	err = h.peek([]string{feesTable.name}, func(scan func(...any) error) error {
		var f Fees
		var sealed []byte
		if err := scan(&f.Part, &sealed); err != nil {
			return err
		}
		f.Content, err = h.keys.openText(feesOf(v, f.Part), sealed)
		out = append(out, f)
		return err
	}, "SELECT part, sealed FROM visit_fees WHERE person = $1 AND visit = $2 ORDER BY part", int64(v.Person), v.ID)
	if err == nil && found {
		known.fees, known.charged = out, true
		h.learn(visitFact(v.Person, v.ID), known)
	}
	return out, err
}

func feesOf(v CareVisit, part int64) string {
	return sealedOf("fees", v.Person, v.ID) + " " + strconv.FormatInt(part, 10)
}

// SaveFees keeps an upload in the place of what stood under its number; nothing takes it away. The visit is saved with it, so that its version stands for what was charged.
func (h *Handled) SaveFees(v CareVisit, f Fees) error {
	if known, found := h.visit(v.Person, v.ID); found {
		known.fees = slices.DeleteFunc(slices.Clone(known.fees), func(x Fees) bool { return x.Part == f.Part })
		if f.Content != nil {
			known.fees = append(known.fees, f)
			slices.SortFunc(known.fees, func(a, b Fees) int { return int(a.Part - b.Part) })
		}
		h.learn(visitFact(v.Person, v.ID), known)
	}
	if f.Content != nil {
		return h.put(guardedFees, feesTable, int64(v.Person), v.ID, f.Part, h.keys.sealText(feesOf(v, f.Part), f.Content))
	}
	h.wrote(guardedFees, int64(v.Person), v.ID, f.Part)
	n, err := h.exec("DELETE FROM visit_fees WHERE person = $1 AND visit = $2 AND part = $3", int64(v.Person), v.ID, f.Part)
	if err == nil && n != 1 {
		return office.ErrStale
	}
	return err
}
