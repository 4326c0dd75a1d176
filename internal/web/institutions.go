package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strconv"
	"sync"

	"tongchou/internal/catalog"
	counters "tongchou/internal/counter"
	"tongchou/internal/enrol"
	"tongchou/internal/exchange/fsi"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/store"
)

// Settling (结算服务) is by what designated institutions' visits are settled.
type Settling struct {
	Policy    *policy.Pack      // over which lies what was approved
	Catalogue catalog.Catalogue // where the province put none on file
	// Signer signs answers; nil for none. SignedOnly asks every institution for signatures.
	Signer     *fsi.Signer
	SignedOnly bool
}

// callPath is where institutions' programs call; the number of the transaction may follow.
const callPath = "/fsi/api/rsfComIfsService/callService"

// newCounter makes the counter for institutions; nil where there is none.
func (s *site) newCounter() *counters.Service {
	if s.Settling == nil || s.Store == nil {
		return nil
	}
	return &counters.Service{Store: s.Store, Province: s.home(), Rules: s.rulebooks.settling, Catalogue: s.catalogues.settling(s), Now: s.Now, Serial: newSerial, Signer: s.Settling.Signer, SignedOnly: s.Settling.SignedOnly,
		Entitled: s.entitling()}
}

// catalogues are the editions of the catalogue on file, which are read again when others are put there. Its zero value has read none.
type catalogues struct {
	names store.Lasting[string, string]
	mu    sync.Mutex
	known string
	items catalog.Catalogue
}

// settling gives the catalogue that visits are settled by now: the province's own, or where it has none the one that is served with the policy.
//
// 依据: SC38-7.1
func (k *catalogues) settling(s *site) func(context.Context) (catalog.Catalogue, error) {
	return func(ctx context.Context) (catalog.Catalogue, error) {
		names, err := k.names.Get(s.Store, "", func() (string, error) { return s.Store.CatalogueEditions(ctx) })
		if err != nil || names == "" {
			return s.Settling.Catalogue, err
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		if names == k.known {
			return k.items, nil
		}
		items, err := s.Store.Catalogue(ctx)
		if err == nil {
			k.known, k.items = names, items
		}
		return items, err
	}
}

// entitling gives the rules of residents' entitlement for a year, which are compiled once.
func (s *site) entitling() func(policy.Year) (*enrol.Rules, error) {
	var mu sync.Mutex
	known := map[policy.Year]*enrol.Rules{}
	return func(year policy.Year) (*enrol.Rules, error) {
		mu.Lock()
		defer mu.Unlock()
		if rules := known[year]; rules != nil {
			return rules, nil
		}
		rules, err := s.rulesOf(year)
		if err == nil {
			known[year] = rules
		}
		return rules, err
	}
}

// newSerial gives ten random digits.
func newSerial() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1e10))
	if err != nil {
		panic("web: " + err.Error()) // never fails
	}
	return fmt.Sprintf("%010d", n)
}

// institutionCall answers a message of an institution's program. Whoever it is shows a token with the right to settle; refusals have the platform's form too.
//
// 依据: YA-4.8.2
func (s *site) institutionCall(w http.ResponseWriter, r *http.Request) {
	f := s.bareFrame(w, r)
	by := counters.Caller{From: f.from, Say: f.Text, Infno: r.PathValue("infno")}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, fsi.MostBytes+1))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		s.answerCall(w, http.StatusRequestEntityTooLarge, s.counter.Refusal(by, s.Now(), fault.New(fault.Refused, "fsi.too_large", "most", fsi.MostBytes)))
		return
	}
	if err != nil { // it stopped on the way, or came too slowly
		s.answerCall(w, http.StatusBadRequest, s.counter.Refusal(by, s.Now(), fault.New(fault.Refused, "fsi.cut_off")))
		return
	}
	r = r.WithContext(context.WithoutCancel(r.Context())) // it is here as a whole: whoever hangs up now asks again for the answer
	if err := f.knownInstitution(r, &by); err != nil {
		if fault.KindOf(err) == fault.Internal && !errors.Is(err, errSignIn) {
			s.Log.Error("call failed", "error", err)
		} else {
			w.Header().Set("WWW-Authenticate", "Bearer")
		}
		s.answerCall(w, http.StatusUnauthorized, s.counter.Refusal(by, s.Now(), err))
		return
	}
	answer, err := s.counter.Handle(r.Context(), by, body)
	if err != nil {
		s.Log.Error("call failed", "institution", by.Code, "error", err)
	}
	s.answerCall(w, http.StatusOK, answer)
}

func (s *site) answerCall(w http.ResponseWriter, status int, answer []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if !bytes.HasPrefix(answer, []byte("{")) {
		w.Header().Set("Content-Type", "application/octet-stream")
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	w.WriteHeader(status)
	if _, err := w.Write(answer); err != nil {
		s.Log.Debug("caller gone", "error", err)
	}
}

// callerKey names who calls: by the digest of what he shows, and from where.
type callerKey struct {
	shown office.Digest
	from  office.Address
}

// knownInstitution finds out which institution calls. That holds for its next messages too, for a second or until a user, a token or an institution is changed.
func (f *frame) knownInstitution(r *http.Request, by *counters.Caller) error {
	key := callerKey{office.DigestOf([]byte(r.Header.Get("Authorization"))), f.from}
	known, err := f.site.callers.Get(f.site.Store, key, func() (counters.Caller, error) {
		found := *by
		return found, f.institution(r, &found)
	})
	if err == nil {
		by.Institution, by.User, by.Key = known.Institution, known.User, known.Key
	}
	return err
}

// institution finds out which institution calls.
func (f *frame) institution(r *http.Request, by *counters.Caller) error {
	err := f.identify(r)
	if !f.byToken {
		return fault.New(fault.Refused, "fsi.token")
	}
	if err != nil {
		return err
	}
	if _, err := office.ScopeOf(f.subject, office.SettleVisits); err != nil {
		return err
	}
	var found bool
	if by.Institution, found, err = f.site.Store.Exchange().Institution(r.Context(), f.subject.ID); err != nil {
		return err
	}
	if !found {
		return fault.New(fault.Refused, "fsi.no_institution")
	}
	by.User, by.Key = f.subject.ID, office.DigestOf([]byte(r.Header.Get("Authorization")))
	return nil
}
