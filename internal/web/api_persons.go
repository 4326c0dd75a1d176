package web

import (
	"net/http"
	"strconv"

	"tongchou/internal/exchange"
	"tongchou/internal/office"
	"tongchou/internal/policy"
)

// routesOfPersonFiles are what programs read of persons.
func (s *site) routesOfPersonFiles() []route {
	return []route{{"GET /api/v1/persons/{no}/entitlement.json", "api.entitlement", false, s.entitlementJSON, onOwn(office.ReadPersons)}}
}

// entitlementJSON answers what a person is entitled to in a year, this one unless the address says otherwise, in the shape docs/entitlement.md gives. Who may see the page may read it, and
// the look is written down as that of the page.
//
// 依据: SCE-6.2, YA-4.10.2
func (s *site) entitlementJSON(f *frame, w http.ResponseWriter, r *http.Request) error {
	year := policy.Year(s.Now().Year())
	if asked := f.seen.Get("year"); asked != "" {
		n, err := strconv.Atoi(asked)
		if err != nil || n < 2000 || n > 2100 {
			return errNotFound
		}
		year = policy.Year(n)
	}
	rules, err := s.rulesOf(year)
	if err != nil {
		return err
	}
	p, err := s.readPerson(f, r)
	if err != nil {
		return err
	}
	standards, err := s.Store.Standards(r.Context())
	if err != nil {
		return err
	}
	line := exchange.PersonLine{ID: strconv.FormatInt(int64(p.No), 10), HasID: true, Division: p.County, Synthetic: f.synthetic(), History: rules.History(p.File, standards)}
	write := exchange.AnswerJSON{Printer: f.Printer, Status: rules.Status}
	status := http.StatusOK
	var out []byte
	if e, reasons, err := rules.Explain(&line.History); err != nil {
		status, out = http.StatusUnprocessableEntity, write.AppendRefusal(nil, &line, err)
	} else {
		out = write.Append(nil, &line, e, append(reasons, rules.Readings(p.File)...))
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if _, err := w.Write(out); err != nil {
		s.Log.Debug("reader gone", "path", r.URL.Path, "error", err)
	}
	return nil
}
