package web

import (
	"encoding/json"
	"errors"
	"net/http"

	"tongchou/internal/fault"
)

// noFigures answers a page of figures when there are none: with the reasons, or with how to begin.
func (f *frame) noFigures(w http.ResponseWriter, r *http.Request) {
	if len(f.problems) > 0 {
		f.refused(w, r)
		return
	}
	status := http.StatusOK
	if f.byToken {
		status = http.StatusNotFound
	}
	f.must(w, r, f.render(w, r, status, emptyPage(f)))
}

// refused shows why nothing was computed and what to do about it.
func (f *frame) refused(w http.ResponseWriter, r *http.Request) {
	f.must(w, r, f.render(w, r, http.StatusUnprocessableEntity, refusedPage(f)))
}

// failed answers with a page that says a page is missing or that something failed inside.
func (f *frame) failed(w http.ResponseWriter, r *http.Request, status int) {
	f.must(w, r, f.render(w, r, status, failedPage(f, status)))
}

// storeTroubles are what a store says that people can do something about, with the status of the answer.
var storeTroubles = map[string]int{"store.disk_full": http.StatusInsufficientStorage, "store.backup_full": http.StatusInsufficientStorage, "lake.disk_full": http.StatusInsufficientStorage,
	"store.read_only": http.StatusServiceUnavailable, "store.busy": http.StatusServiceUnavailable, "store.lost": http.StatusServiceUnavailable}

// broken answers that something failed inside: what it was and what to do where the store can be helped, no more otherwise.
func (f *frame) broken(w http.ResponseWriter, r *http.Request, err error) {
	var said *fault.Error
	status, known := 0, false
	if errors.As(err, &said) {
		status, known = storeTroubles[said.Key]
	}
	if !known {
		f.failed(w, r, http.StatusInternalServerError)
		return
	}
	f.problems = []fault.Problem{{Message: said.Message}, {Message: fault.Msg("web.trouble.store_todo")}}
	f.must(w, r, f.render(w, r, status, notDonePage(f)))
}

// tellProgram answers a program that cannot have what it asked for: what is wrong, in words.
func (f *frame) tellProgram(w http.ResponseWriter, status int) {
	out := struct {
		Error    string   `json:"error"`
		Problems []string `json:"problems,omitempty"`
	}{Error: http.StatusText(status)}
	for _, p := range f.problems {
		out.Problems = append(out.Problems, f.Problem(p))
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(out) // the reader may be gone
}

// must is the last resort: a page that cannot be written becomes a line of text.
func (f *frame) must(w http.ResponseWriter, r *http.Request, err error) {
	if err == nil {
		return
	}
	f.site.Log.Error("page cannot be written", "path", r.URL.Path, "error", err)
	http.Error(w, f.T("web.error.inside"), http.StatusInternalServerError)
}
