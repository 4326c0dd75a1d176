package web

import (
	"context"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/office"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// auditModel is a page of the audit log (审计日志).
type auditModel struct {
	Chains           []optionView
	Query            auditFilter
	Entries          []entryView
	Older            string
	MayExport        bool
	CSV, NDJSON      string
	Verified, Broken string
	Clause           string
	Heads            []chainEnd
	BadDay           string
	Work             *jobView
}

// auditFilter is what was asked for, as it was typed.
type auditFilter struct{ Chain, Login, Action, Object, From, To string }

type entryView struct {
	Seq, At, Who, Department, From, Action, Code, Object, Why, Hash, Full string
	Changes                                                               []fieldChange
}

// fieldChange is a field before and after.
type fieldChange struct {
	Name, Before, After string
	Changed             bool
}

// chainEnd is where a chain ends: for the auditor's paper.
type chainEnd struct{ Chain, Seq, Hash string }

// auditRows is how many entries a page shows.
const auditRows = 50

func (s *site) audit(f *frame, w http.ResponseWriter, r *http.Request) error {
	m, err := s.auditModel(f, r)
	if err != nil {
		return err
	}
	return f.render(w, r, http.StatusOK, auditPage(f, m))
}

func (s *site) auditModel(f *frame, r *http.Request) (auditModel, error) {
	scope := f.scope(office.ReadAudit)
	m := auditModel{MayExport: f.may(office.ExportAudit, f.subject.Division)}
	get := func(name string) string { return strings.TrimSpace(f.seen.Get(name)) }
	m.Query = auditFilter{get("chain"), get("login"), get("action"), get("object"), get("from"), get("to")}
	if m.Query.Chain == "" {
		m.Query.Chain = string(f.subject.Division)
	}
	heads, err := s.Store.Heads(r.Context(), scope)
	if err != nil {
		return m, err
	}
	for _, h := range heads {
		m.Chains = append(m.Chains, optionView{string(h.Chain), f.divisionName(h.Chain), string(h.Chain) == m.Query.Chain})
	}
	q, err := s.auditQuery(f, r, &m)
	if err != nil {
		return m, err
	}
	entries, err := s.Store.Audit(r.Context(), scope, q)
	if err != nil {
		return m, err
	}
	names, err := s.logins(f, r)
	if err != nil {
		return m, err
	}
	for _, e := range entries {
		m.Entries = append(m.Entries, f.entryView(e, names))
	}
	if len(entries) == auditRows && entries[len(entries)-1].Seq > 1 {
		m.Older = string(f.here("before", strconv.FormatInt(int64(entries[len(entries)-1].Seq), 10)))
	}
	m.CSV, m.NDJSON = f.link("/system/audit/audit.csv"), f.link("/system/audit/audit.ndjson")
	f.showVerified(&m)
	return m, nil
}

// auditQuery is the filter as the store takes it. A login that there is not finds nothing.
func (s *site) auditQuery(f *frame, r *http.Request, m *auditModel) (store.AuditQuery, error) {
	q := store.AuditQuery{Chain: region.Code(m.Query.Chain), Action: m.Query.Action, Object: m.Query.Object, Limit: auditRows}
	if m.Query.Login != "" {
		account, found, err := s.Store.Accounts().Account(r.Context(), office.Login(m.Query.Login))
		if err != nil {
			return q, err
		}
		if q.Who = office.UserID(m.Query.Login); found && f.scope(office.ReadAudit).Holds(account.Division) {
			q.Who = account.ID
		}
	}
	q.From, q.To = f.dayOf(m.Query.From, 0, &m.BadDay), f.dayOf(m.Query.To, 1, &m.BadDay)
	if before, err := strconv.ParseInt(f.seen.Get("before"), 10, 64); err == nil && before > 0 {
		q.Before = office.Seq(before)
	}
	return q, nil
}

// logins are the logins of the users that the reader may see, by id.
func (s *site) logins(f *frame, r *http.Request) (map[office.UserID]string, error) {
	users, err := s.Store.Accounts().Users(r.Context(), f.scope(office.ReadAudit))
	out := map[office.UserID]string{}
	for _, u := range users {
		out[u.ID] = string(u.Login) + " " + office.MaskName(u.Name)
	}
	return out, err
}

func (f *frame) entryView(e office.Entry, names map[office.UserID]string) entryView {
	v := entryView{Seq: strconv.FormatInt(int64(e.Seq), 10), At: e.At.In(f.site.Now().Location()).Format("2006-01-02 15:04:05"), Who: names[e.Who],
		From: string(e.From), Action: f.actionName(e.Action), Code: e.Action, Object: strings.TrimSpace(e.Object.Kind + " " + e.Object.ID), Why: e.Why,
		Hash: e.Hash.Short(), Full: e.Hash.String()}
	if v.Who == "" {
		v.Who = string(e.Who)
	}
	if e.Department != "" {
		v.Department = f.Text(e.Department.Label())
	}
	v.Changes = changes(e.Before, e.After)
	return v
}

// actionName is the name of what was done, where the program has one.
func (f *frame) actionName(action string) string {
	if key := "web.audit.action." + strings.ReplaceAll(action, ".", "_"); f.Has(key) {
		return f.T(key)
	}
	return action
}

// changes puts fields before and after side by side, in the order of those after.
func changes(before, after []office.Field) []fieldChange {
	var out []fieldChange
	value := func(fields []office.Field, name string) string {
		if at := slices.IndexFunc(fields, func(x office.Field) bool { return x.Name == name }); at >= 0 {
			return fields[at].Value
		}
		return ""
	}
	for _, x := range after {
		if x.Name == office.SealField {
			continue
		}
		was := value(before, x.Name)
		out = append(out, fieldChange{x.Name, was, x.Value, len(before) > 0 && was != x.Value})
	}
	for _, x := range before {
		if !slices.ContainsFunc(after, func(y office.Field) bool { return y.Name == x.Name }) {
			out = append(out, fieldChange{x.Name, x.Value, "", true})
		}
	}
	return out
}

// noteOf writes down what the reader did with the audit log or with backups, perhaps when he is gone.
func (f *frame) noteOf(name string) func(context.Context, []office.Field) error {
	kind, _, _ := strings.Cut(name, ".")
	object := office.Object{Kind: kind, ID: string(f.subject.Division)}
	act := f.act(f.subject.Division, name, object, "")
	return func(ctx context.Context, after []office.Field) error {
		_, err := f.site.Store.Write(ctx, act, func(t *store.Tx) error {
			t.Did(object, nil, after)
			return nil
		})
		return err
	}
}

// exportAudit gives the chains for the auditor, entry by entry with their hashes. A file that breaks off is told by the connection.
func (s *site) exportAudit(f *frame, w http.ResponseWriter, r *http.Request) error {
	file := r.PathValue("file")
	write, kind := writeAuditCSV, "text/csv; charset=utf-8"
	switch file {
	case "audit.csv":
	case "audit.ndjson":
		write, kind = writeAuditNDJSON, "application/x-ndjson; charset=utf-8"
	default:
		return errNotFound
	}
	if err := f.noteOf("audit.export")(r.Context(), []office.Field{{Name: "file", Value: file}}); err != nil {
		return err
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+file+`"`)
	if err := write(w, s.Store.Entries(r.Context(), f.scope(office.ExportAudit))); err != nil {
		s.Log.Error("export of the audit log broke off", "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// auditColumns are the columns of an exported log. canonical holds the bytes that hash is the SM3 digest of.
var auditColumns = []string{"chain", "seq", "at", "who", "department", "from", "action", "object_kind", "object_id", "before", "after", "why", "prev", "hash", "canonical"}

func writeAuditCSV(w http.ResponseWriter, entries entries) error {
	if _, err := w.Write([]byte("\ufeff")); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	if err := c.Write(auditColumns); err != nil {
		return err
	}
	for e, err := range entries {
		if err != nil {
			return err
		}
		row := []string{string(e.Chain), strconv.FormatInt(int64(e.Seq), 10), e.At.Format(time.RFC3339Nano), string(e.Who), string(e.Department), string(e.From), e.Action,
			e.Object.Kind, e.Object.ID, fieldsText(e.Before), fieldsText(e.After), e.Why, e.Prev.String(), e.Hash.String(), base64.StdEncoding.EncodeToString(e.Canonical())}
		for i := range row {
			row[i] = plainCell(row[i])
		}
		if err := c.Write(row); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// entries are what an export goes through.
type entries = func(func(office.Entry, error) bool)

// fieldsText writes fields in one cell.
func fieldsText(fields []office.Field) string {
	parts := make([]string, len(fields))
	for i, x := range fields {
		parts[i] = x.Name + "=" + x.Value
	}
	return strings.Join(parts, "; ")
}

func writeAuditNDJSON(w http.ResponseWriter, entries entries) error {
	out := json.NewEncoder(w)
	for e, err := range entries {
		if err != nil {
			return err
		}
		if err := out.Encode(map[string]any{"chain": e.Chain, "seq": e.Seq, "at": e.At, "who": e.Who, "department": e.Department, "from": e.From, "action": e.Action,
			"object_kind": e.Object.Kind, "object_id": e.Object.ID, "before": fieldMap(e.Before), "after": fieldMap(e.After), "why": e.Why,
			"prev": e.Prev.String(), "hash": e.Hash.String(), "canonical": e.Canonical()}); err != nil {
			return err
		}
	}
	return nil
}

func fieldMap(fields []office.Field) map[string]string {
	out := map[string]string{}
	for _, x := range fields {
		out[x.Name] = x.Value
	}
	return out
}
