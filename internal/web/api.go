package web

import (
	"bytes"
	_ "embed" // the description of the interface
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"tongchou/internal/benefit"
	counters "tongchou/internal/counter"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// openAPI (接口说明) describes what programs may call under /api/v1, in the form of OpenAPI 3.1.
//
//go:embed openapi.json
var openAPI []byte

// programRoute is a route for programs alone, beside the pages.
type programRoute struct {
	pattern string
	handle  http.HandlerFunc
}

// routesOfPrograms are the routes of /api/v1 that are no pages.
func (s *site) routesOfPrograms() []programRoute {
	out := []programRoute{{"GET /api/v1/openapi.json", s.describeAPI}}
	if s.counter != nil {
		out = append(out, programRoute{"POST /api/v1/settlements:try", s.trySettlements}, programRoute{"GET /api/v1/settlements", s.ownSettlements})
	}
	return out
}

// describeAPI gives the description to anybody.
func (s *site) describeAPI(w http.ResponseWriter, _ *http.Request) {
	s.answerJSON(w, http.StatusOK, openAPI)
}

func (s *site) answerJSON(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		s.Log.Debug("caller gone", "error", err)
	}
}

// refuseProgram answers a program that something is refused, or went wrong.
func (f *frame) refuseProgram(w http.ResponseWriter, status int, err error) {
	var refusal *fault.Refusal
	var said *fault.Error
	problem := fault.Problem{Message: fault.Msg("fsi.failed")}
	switch {
	case errors.As(err, &refusal):
		problem = refusal.Problems[0]
	case errors.Is(err, errSignIn):
		problem.Message = fault.Msg("fsi.token")
	case errors.As(err, &said) && said.Kind != fault.Internal:
		problem.Message = said.Message
	default:
		status = http.StatusInternalServerError
		f.site.Log.Error("call failed", "error", err)
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	body, failed := json.Marshal(map[string]any{"error": map[string]string{"field": problem.Column, "message": f.Text(problem.Message)}})
	if failed != nil {
		panic("web: " + failed.Error()) // texts alone
	}
	f.site.answerJSON(w, status, append(body, '\n'))
}

// program lets a program or a signed-in reader in who may do one of the actions where he is.
func (f *frame) program(w http.ResponseWriter, r *http.Request, any ...office.Action) bool {
	err := f.identify(r)
	if err == nil && f.mustChange() {
		err = errSignIn
	}
	if err != nil {
		f.refuseProgram(w, http.StatusUnauthorized, err)
		return false
	}
	if err := f.meets(onOwn(any...), r); err != nil {
		f.refuseProgram(w, http.StatusForbidden, err)
		return false
	}
	return true
}

// Limits of what is tried in one call.
const (
	mostTriedBytes = 1 << 20
	mostTriedLines = 1000
)

// manyLines is the kind of content that holds a visit on each line.
const manyLines = "application/x-ndjson"

// trySettlements (试算结算) settles visits as `tongchou settle` does, by the rules of the place of insurance that the address names, or the province's, and keeps nothing. The visits of one call follow one
// another: what one uses of the year, the next finds used. It looks nobody up.
//
// 依据: SC38-6.3, SC38-11.1
func (s *site) trySettlements(w http.ResponseWriter, r *http.Request) {
	f := s.bareFrame(w, r)
	if !f.program(w, r, office.SettleVisits, office.View, office.ViewPublished) {
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostTriedBytes))
	if err != nil {
		f.refuseProgram(w, http.StatusRequestEntityTooLarge, fault.New(fault.Refused, "fsi.too_large", "most", mostTriedBytes))
		return
	}
	book, err := s.rulebooks.settling(r.Context())
	if err != nil {
		f.refuseProgram(w, http.StatusInternalServerError, err)
		return
	}
	query := r.URL.Query()
	schedules := book.Province()
	if code := query.Get("insured"); code != "" {
		if _, known := s.Engine.Tree.Get(region.Code(code)); !known {
			f.refuseProgram(w, http.StatusUnprocessableEntity, wrongField("insured", code, "api.division"))
			return
		}
		schedules = book.Of(region.Code(code))
	}
	t := trial{schedules: schedules, books: benefit.NewBooks(schedules), write: exchange.SettlementJSON{Printer: f.Printer, Schedules: schedules, Explain: query.Get("explain") == "1"}}
	if r.Header.Get("Content-Type") == manyLines {
		f.tryMany(w, &t, body)
		return
	}
	out, err := t.settle(nil, body)
	status := http.StatusOK
	if err != nil {
		status = http.StatusUnprocessableEntity
	}
	s.answerJSON(w, status, out)
}

// tryMany settles a visit from each line.
func (f *frame) tryMany(w http.ResponseWriter, t *trial, body []byte) {
	lines := bytes.Split(bytes.TrimSpace(body), []byte("\n"))
	if len(lines) > mostTriedLines {
		f.refuseProgram(w, http.StatusUnprocessableEntity, wrongField("", strconv.Itoa(len(lines)), "api.lines", "most", mostTriedLines))
		return
	}
	var out []byte
	for _, line := range lines {
		out, _ = t.settle(out, line) // what is wrong stands in the line's place
	}
	w.Header().Set("Content-Type", manyLines)
	w.Header().Set("Cache-Control", "no-store")
	if _, err := w.Write(out); err != nil {
		f.site.Log.Debug("caller gone", "error", err)
	}
}

func wrongField(field, value, key string, args ...any) error {
	return fault.Refuse(fault.Problem{Column: field, Value: value, Message: fault.Msg(key, append(args, "field", field, "value", value)...)})
}

// trial settles visits without keeping them.
type trial struct {
	schedules *benefit.Schedules
	books     *benefit.Books
	write     exchange.SettlementJSON
}

// settle writes what a line comes to, or why it is refused.
func (t *trial) settle(out, text []byte) ([]byte, error) {
	line := new(exchange.VisitLine)
	err := line.Read(bytes.TrimSpace(text))
	if err == nil && line.Reversal {
		var r *benefit.Reversed
		if r, err = t.books.Reverse(line.Reverse); err == nil {
			return t.write.AppendReversed(out, line, r), nil
		}
	}
	if err == nil {
		var e benefit.Entry
		if e, err = t.books.Settle(&line.Visit); err == nil {
			return t.write.Append(out, line, &e), nil
		}
	}
	return t.write.AppendRefusal(out, line, err), err
}

// settlementPage is a page of an institution's settlements.
type settlementPage struct {
	Institution string        `json:"fixmedins_code"`
	Synthetic   bool          `json:"synthetic"`
	Settlements []settledLine `json:"settlements"`
	Next        string        `json:"next,omitempty"` // what to ask for after this page
}

// settledLine is a settlement of the sub-ledger in the platform's names.
type settledLine struct {
	ID           string `json:"setl_id"`
	Visit        string `json:"mdtrt_id"`
	Person       string `json:"psn_no"`
	County       string `json:"insuplc_admdvs"`
	Insurance    string `json:"insutype"`
	Clearing     string `json:"clr_type"`
	Day          string `json:"setl_date"`
	Undoes       string `json:"undoes,omitempty"`
	UndoneBy     string `json:"undone_by,omitempty"`
	Total        string `json:"medfee_sumamt"`
	Whole        string `json:"fulamt_ownpay_amt"`
	Over         string `json:"overlmt_selfpay"`
	First        string `json:"preselfpay_amt"`
	Scope        string `json:"inscp_scp_amt"`
	Basic        string `json:"hifp_pay"`
	Catastrophic string `json:"hifmi_pay"`
	Large        string `json:"hifob_pay"`
	Aid          string `json:"maf_pay"`
	Other        string `json:"oth_pay"`
	Funds        string `json:"fund_pay_sumamt"`
	Account      string `json:"acct_pay"`
	Family       string `json:"acct_mulaid_pay"`
	Cash         string `json:"psn_cash_pay"`
}

func ledgeredLine(x *store.Settled) settledLine {
	return settledLine{ID: x.ID, Visit: x.Visit, Person: strconv.FormatInt(int64(x.Person), 10), County: string(x.County), Insurance: x.Insurance.Code(), Clearing: x.Clearing, Day: string(x.On),
		Undoes: x.Mirrors, UndoneBy: x.UndoneBy, Total: x.Total.String(), Whole: x.SelfPaidWhole.String(), Over: x.OverLimit.String(), First: x.SelfPaidFirst.String(), Scope: x.InScope.String(),
		Basic: x.Basic.String(), Catastrophic: x.Catastrophic.String(), Large: x.Large.String(), Aid: x.Aid.String(), Other: x.Other.String(), Funds: x.Funds().String(),
		Account: x.Account.String(), Family: x.Family.String(), Cash: x.Cash.String()}
}

// pageOfSettlements is how many settlements a page has unless less is asked for, and at most.
const pageOfSettlements = 500

// ownSettlements (本机构结算查询) gives an institution its own settlements of some days, in pages. The look is written down.
//
// 依据: YA-4.8.2, YA-4.10.2
func (s *site) ownSettlements(w http.ResponseWriter, r *http.Request) {
	f := s.bareFrame(w, r)
	by := counters.Caller{From: f.from, Say: f.Text}
	if err := f.institution(r, &by); err != nil {
		f.refuseProgram(w, http.StatusUnauthorized, err)
		return
	}
	q := store.SettledQuery{Institution: by.Code, Clearing: r.URL.Query().Get("clr_type"), After: r.URL.Query().Get("after"), Most: pageOfSettlements}
	for name, into := range map[string]*policy.Date{"from": &q.From, "to": &q.To} {
		var ok bool
		if *into, ok = policy.ParseDate(r.URL.Query().Get(name)); !ok {
			f.refuseProgram(w, http.StatusUnprocessableEntity, wrongField(name, r.URL.Query().Get(name), "fsi.date"))
			return
		}
	}
	if text := r.URL.Query().Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > pageOfSettlements {
			f.refuseProgram(w, http.StatusUnprocessableEntity, wrongField("limit", text, "fsi.page", "most", pageOfSettlements))
			return
		}
		q.Most = n
	}
	act := store.Act{Record: office.Record{Chain: by.Division, Who: by.User, From: by.From, Action: "exchange.list", Object: office.Object{Kind: "institution", ID: by.Code},
		After: []office.Field{{Name: "from", Value: string(q.From)}, {Name: "to", Value: string(q.To)}}}, Scope: store.ScopeOf(by.Division)}
	found, more, err := s.Store.Exchange().Settled(r.Context(), act, q)
	if err != nil {
		f.refuseProgram(w, http.StatusInternalServerError, err)
		return
	}
	page := settlementPage{Institution: by.Code, Synthetic: by.Synthetic, Settlements: make([]settledLine, len(found))}
	for i := range found {
		page.Settlements[i] = ledgeredLine(&found[i])
	}
	if more {
		page.Next = found[len(found)-1].ID
	}
	body, err := json.Marshal(page)
	if err != nil {
		panic("web: " + err.Error()) // texts alone
	}
	s.answerJSON(w, http.StatusOK, append(body, '\n'))
}
