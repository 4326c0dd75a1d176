package web

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"

	"tongchou/internal/exchange"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// resultJSON gives the year's result to a program, in the shape that the command line writes.
func (s *site) resultJSON(f *frame, w http.ResponseWriter, r *http.Request) error {
	if f.absent != "" {
		return errNotFound
	}
	var out bytes.Buffer
	if err := exchange.WriteJSON(&out, exchange.ResultJSON(*f.result, f.Printer)); err != nil {
		return err
	}
	return attach(w, fmt.Sprintf("tongchou-%s-%d.json", s.pack.ID, f.year), "application/json; charset=utf-8", out.Bytes())
}

// export gives the year's result as a workbook: all insurance types, every figure exact, with where it comes from.
func (s *site) export(f *frame, w http.ResponseWriter, r *http.Request) error {
	if f.absent != "" { // a file of another year than the one asked for would pass unnoticed
		return errNotFound
	}
	set, err := f.book.sets(f.year)
	if err != nil {
		return err
	}
	meta := exchange.Meta{Program: s.Version, PolicyVersion: s.PolicyVersion, At: s.Now(), Digests: f.book.loaded.Digests,
		Filters: f.T("web.export.filters", "province", f.provinceName(), "year", strconv.Itoa(int(f.year)))}
	if meta.PolicyVersion == "" {
		meta.PolicyVersion = f.policyVersion()
	}
	var out bytes.Buffer
	if err := exchange.WriteResult(&out, []pool.Result{*f.result}, func(policy.Year) *policy.Set { return set }, meta, f.Printer); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="tongchou-%s-%d.xlsx"`, s.pack.ID, f.year))
	w.Header().Set("Content-Length", strconv.Itoa(out.Len()))
	_, err = w.Write(out.Bytes())
	return err
}
