package web

import (
	"errors"
	"net/http"

	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/store"
)

// isStale tells that somebody changed a record in between.
func isStale(err error) bool { return errors.Is(err, office.ErrStale) }

// saveAccount keeps an account; somebody who changed it in between is told apart from other faults.
func (s *site) saveAccount(r *http.Request, act store.Act, a office.Account) error {
	_, err := s.Store.Write(r.Context(), act, func(t *store.Tx) error { return t.Save(a) })
	if isStale(err) {
		return fault.New(fault.Refused, "web.user.stale")
	}
	return err
}
