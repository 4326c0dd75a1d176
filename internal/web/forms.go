package web

import (
	"errors"
	"net/http"

	"tongchou/internal/fault"
)

// badForm is what was wrong with a form before its fields were looked at: a formFault.
func badForm(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return formFault{http.StatusRequestEntityTooLarge, fault.Msg("web.form.large", "kibibytes", maxForm>>10)}
	}
	return formFault{http.StatusBadRequest, fault.Msg("web.form.bad")}
}

// badForm answers a form that is none.
func (f *frame) badForm(w http.ResponseWriter, r *http.Request, err error) error {
	var wrong formFault
	if !errors.As(err, &wrong) {
		return err
	}
	f.problems = []fault.Problem{{Message: wrong.message}}
	return f.render(w, r, wrong.status, notDonePage(f))
}
