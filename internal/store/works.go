package store

import (
	"context"
	"slices"
	"strconv"
	"time"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// WorkState (办理状态) is how far something on the work list has come.
type WorkState string

// The states.
const (
	WorkOpen      WorkState = "open"      // 待办
	WorkDone      WorkState = "done"      // 已办
	WorkDismissed WorkState = "dismissed" // 不办
	WorkWithdrawn WorkState = "withdrawn" // 来函已撤回
)

// WorkStates lists the states.
func WorkStates() []WorkState {
	return []WorkState{WorkOpen, WorkDone, WorkDismissed, WorkWithdrawn}
}

// Work (工作事项) is something that was reported and differs from what is on file: whose list it stands on, what is suggested, and what was done about
// it by whom or by which rule. Person is 0 when nobody was found. Amount is money that is held or to be given back, in fen. Report is sealed at rest.
//
// 依据: SCE-10.1
type Work struct {
	ID       string
	Division region.Code
	Matter   enrol.Matter
	Step     enrol.Step
	Likeness enrol.Likeness
	Person   enrol.PersonNo
	Source   enrol.Source
	Row      int64
	Made     time.Time
	Amount   money.Fen
	State    WorkState
	Did      enrol.Step
	Rule     string
	Who      office.UserID
	Decided  time.Time
	Reason   string
	Version  office.Version
	Report   enrol.Report
}

const workColumns = "id, division, matter, step, likeness, person, source, row, made, amount, state, did, rule, who, decided, reason, sealed, version"

var workTable = &table{name: "work_items", columns: list("id division matter step likeness person source row made amount state did rule who decided reason sealed version"),
	tail: " ON CONFLICT (id) DO NOTHING"}

// sealedReport seals a report under its item's id.
func (k *personKeys) sealedReport(id string, r enrol.Report) []byte {
	return k.sealText("work "+id, r.Form())
}

// work reads a row of workColumns and opens the report in it.
func (k *personKeys) work(scan func(...any) error) (w Work, err error) {
	var person, source, amount, version int64
	var made, decided string
	var sealed []byte
	if err := scan(&w.ID, (*string)(&w.Division), (*string)(&w.Matter), (*string)(&w.Step), (*string)(&w.Likeness), &person, &source, &w.Row, &made, &amount,
		(*string)(&w.State), (*string)(&w.Did), &w.Rule, (*string)(&w.Who), &decided, &w.Reason, &sealed, &version); err != nil {
		return w, err
	}
	w.Person, w.Source, w.Amount, w.Version = enrol.PersonNo(person), enrol.Source(source), money.Fen(amount), office.Version(version)
	if err := unstampAll(map[*time.Time]string{&w.Made: made, &w.Decided: decided}); err != nil {
		return w, err
	}
	form, err := k.openText("work "+w.ID, sealed)
	if err != nil {
		return w, err
	}
	var ok bool
	if w.Report, ok = enrol.ReadReport(form); !ok {
		return w, damaged("work", w.ID)
	}
	return w, nil
}

func (w *Work) values(keys *personKeys) []any {
	return []any{w.ID, string(w.Division), string(w.Matter), string(w.Step), string(w.Likeness), int64(w.Person), int64(w.Source), w.Row, stamp(w.Made), int64(w.Amount),
		string(w.State), string(w.Did), w.Rule, string(w.Who), stampOrNone(w.Decided), w.Reason, keys.sealedReport(w.ID, w.Report), int64(w.Version)}
}

// FileWork (列入工作清单) puts items on the lists of divisions of the act's province, wherever its own scope ends: what is reported of a
// person goes to those who are responsible for him. One that is known stays as it is.
func (h *Handling) FileWork(items ...Work) error {
	at := h.tx.act.At
	if at.IsZero() {
		at = h.tx.g.s.now()
	}
	values := make([]any, 0, len(items)*len(workTable.columns))
	for i := range items {
		w := &items[i]
		if w.Division.Province() != h.tx.act.Chain.Province() {
			return outside(w.Division)
		}
		w.Made, w.Version, w.Source = at, 1, h.source
		if w.State != WorkOpen {
			w.Decided, w.Who = at, h.tx.act.Who
		}
		values = append(values, w.values(h.people.keys)...)
		h.tx.wrote(guardedWorks, w.ID)
	}
	return h.tx.insert(workTable, values)
}

// KnownWork is where an item that is on a list came from.
type KnownWork struct {
	Source enrol.Source
	Row    int64
	State  WorkState
	Rule   string
}

// KnownWorks gives those of some items that are on a list.
func (h *Handling) KnownWorks(ids []string) (map[string]KnownWork, error) {
	known := map[string]KnownWork{}
	for some := range slices.Chunk(ids, mostRows) {
		args := make([]any, 0, mostRows)
		for _, id := range padded(some) {
			args = append(args, id)
		}
		if err := h.tx.reads(nil, func(scan func(...any) error) error {
			var id string
			var k KnownWork
			var source int64
			err := scan(&id, &source, &k.Row, (*string)(&k.State), &k.Rule)
			k.Source = enrol.Source(source)
			known[id] = k
			return err
		}, "SELECT id, source, row, state, rule FROM work_items WHERE id IN ("+places(len(args))+")", args...); err != nil {
			return nil, err
		}
	}
	return known, nil
}

// WorkQuery (工作清单查询) says which items are asked for; what is empty is not asked about. From counts items to leave out.
type WorkQuery struct {
	State  WorkState
	Matter enrol.Matter
	Step   enrol.Step
	Source enrol.Source
	From   int
	Limit  int
}

// mostWorks is how many items a look gives.
const mostWorks = 500

// Works (查看工作清单) gives items of the lists in the act's scope, by division, file and row, and whether there are more. The look is in the audit
// chain before it shows anybody.
//
// 依据: SCE-10.1, YA-4.10.2
func (r Reports) Works(ctx context.Context, act Act, q WorkQuery) (out []Work, more bool, err error) {
	keys, err := r.s.lookKeys(ctx)
	if err != nil {
		return nil, false, err
	}
	act.Action, act.Object = "work.list", office.Object{Kind: "works", ID: string(act.Scope.Division)}
	if _, err := r.s.Write(ctx, act, func(*Tx) error { return nil }); err != nil {
		return nil, false, err
	}
	if q.Limit <= 0 || q.Limit > mostWorks {
		q.Limit = mostWorks
	}
	first, last := bounds(act.Scope)
	text, args := "division >= $1 AND division <= $2", []any{first, last}
	also := func(column, value string) {
		if value != "" {
			args = append(args, value)
			text += " AND " + column + " = $" + strconv.Itoa(len(args))
		}
	}
	also("state", string(q.State))
	also("matter", string(q.Matter))
	also("step", string(q.Step))
	if q.Source != 0 {
		args = append(args, int64(q.Source))
		text += " AND source = $" + strconv.Itoa(len(args))
	}
	args = append(args, int64(q.Limit)+1, int64(q.From))
	text = "SELECT " + workColumns + " FROM work_items WHERE " + text + " ORDER BY division, source, row, id LIMIT $" + strconv.Itoa(len(args)-1) + " OFFSET $" + strconv.Itoa(len(args))
	err = r.s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			w, err := keys.work(scan)
			out = append(out, w)
			return err
		}, text, args...)
	})
	if len(out) > q.Limit {
		out, more = out[:q.Limit], true
	}
	return out, more, err
}

// Work gives an item of a list in a scope without showing it to anybody; false when there is none.
func (r Reports) Work(ctx context.Context, scope office.Scope, id string) (w Work, found bool, err error) {
	keys, err := r.s.lookKeys(ctx)
	if err != nil {
		return w, false, err
	}
	err = r.s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			one, err := keys.work(scan)
			if err == nil && holds(scope, one.Division) {
				w, found = one, true
			}
			return err
		}, "SELECT "+workColumns+" FROM work_items WHERE id = $1", id)
	})
	return w, found, err
}

// WorkCount (工作事项数) is how many items there are of a kind, step and state, and how much money hangs on them.
type WorkCount struct {
	Matter enrol.Matter
	Step   enrol.Step
	State  WorkState
	Count  int64
	Amount money.Fen
}

// OpenWork (待办工作事项) is how many items of a kind wait to be decided about, and since when the first of them.
type OpenWork struct {
	Matter enrol.Matter
	Count  int64
	Since  time.Time
}

// OpenWorks (待办工作事项) counts what waits on the lists in a scope, the longest waiting first.
//
// 依据: SCE-10.1
func (r Reports) OpenWorks(ctx context.Context, scope office.Scope) (out []OpenWork, err error) {
	first, last := bounds(scope)
	err = r.s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			var w OpenWork
			var since string
			err := scan((*string)(&w.Matter), &w.Count, &since)
			if err == nil {
				w.Since, err = unstamp(since)
			}
			out = append(out, w)
			return err
		}, `SELECT matter, COUNT(*), MIN(made) FROM work_items WHERE state = 'open' AND division >= $1 AND division <= $2 GROUP BY matter ORDER BY MIN(made), matter`, first, last)
	})
	return out, err
}

// WorkCounts counts the items of the lists in a scope.
func (r Reports) WorkCounts(ctx context.Context, scope office.Scope) (out []WorkCount, err error) {
	first, last := bounds(scope)
	err = r.s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			var c WorkCount
			err := scan((*string)(&c.Matter), (*string)(&c.Step), (*string)(&c.State), &c.Count, (*int64)(&c.Amount))
			out = append(out, c)
			return err
		}, `SELECT matter, step, state, COUNT(*), CAST(SUM(amount) AS BIGINT) FROM work_items WHERE division >= $1 AND division <= $2
GROUP BY matter, step, state ORDER BY matter, step, state`, first, last)
	})
	return out, err
}

// Decide (办理) decides about an open item of a list in the act's scope, at the version it was seen in: the function changes the item and files, and
// the store keeps both in one write.
//
// 依据: SCE-10.1
func (r Reports) Decide(ctx context.Context, act Act, id string, version office.Version, do func(*Tx, People, *Work) error) error {
	keys, err := r.s.makeKeys(ctx)
	if err != nil {
		return err
	}
	act.Object = office.Object{Kind: "work", ID: id}
	_, err = r.s.Write(ctx, act, func(t *Tx) error {
		w, found, err := t.work(keys, id)
		if err != nil {
			return err
		}
		switch {
		case !found || !holds(act.Scope, w.Division):
			return fault.New(fault.Refused, "store.no_work", "id", id)
		case w.State != WorkOpen:
			return fault.New(fault.Refused, "store.work_decided")
		case w.Version != version:
			return office.ErrStale
		}
		if err := do(t, People{t, keys, keys.preparer()}, &w); err != nil {
			return err
		}
		return t.keepWork(keys, w)
	})
	return err
}

func (t *Tx) work(keys *personKeys, id string) (w Work, found bool, err error) {
	err = t.reads(nil, func(scan func(...any) error) error {
		w, err = keys.work(scan)
		found = true
		return err
	}, "SELECT "+workColumns+" FROM work_items WHERE id = $1"+t.g.s.engine.lock, id)
	return w, found, err
}

// keepWork keeps what was decided about an item.
func (t *Tx) keepWork(keys *personKeys, w Work) error {
	at := t.act.At
	if at.IsZero() {
		at = t.g.s.now()
	}
	t.wrote(guardedWorks, w.ID)
	return t.one(`UPDATE work_items SET division = $1, step = $2, person = $3, amount = $4, state = $5, did = $6, rule = $7, who = $8, decided = $9, reason = $10, version = $11
WHERE id = $12 AND version = $13`, string(w.Division), string(w.Step), int64(w.Person), int64(w.Amount), string(w.State), string(w.Did), w.Rule, string(t.act.Who), stamp(at), w.Reason,
		int64(w.Version)+1, w.ID, int64(w.Version))
}

// closeWorks (一并办结) ends the open items with some ids, or of a row of a file, that something else settled; the reason says what.
func (t *Tx) closeWorks(keys *personKeys, did enrol.Step, reason, which string, args ...any) error {
	var open []Work
	if err := t.reads(nil, func(scan func(...any) error) error {
		w, err := keys.work(scan)
		open = append(open, w)
		return err
	}, "SELECT "+workColumns+" FROM work_items WHERE state = 'open' AND "+which, args...); err != nil {
		return err
	}
	for _, w := range open {
		w.State, w.Did, w.Reason = WorkDone, did, reason
		if err := t.keepWork(keys, w); err != nil {
			return err
		}
	}
	return nil
}

// CloseWork ends the open item of a row of a file.
func (h *Handling) CloseWork(source enrol.Source, row int64, did enrol.Step, reason string) error {
	return h.tx.closeWorks(h.people.keys, did, reason, "source = $1 AND row = $2", int64(source), row)
}

// CloseRow ends the open item of a row of a file.
func (p People) CloseRow(source enrol.Source, row int64, did enrol.Step, reason string) error {
	return p.t.closeWorks(p.keys, did, reason, "source = $1 AND row = $2", int64(source), row)
}

// CloseReport ends the open item of a report, on whichever list it stands.
func (p People) CloseReport(r enrol.Report, did enrol.Step, reason string) error {
	return p.t.closeWorks(p.keys, did, reason, "id = $1", workID(p.preparer.blinder, r))
}

// WorkRule (自动办理规则) is a decision on file that what a kind of report suggests is done without a person, in a division and below, when it is plain
// who is meant. A revoked one stays to be seen.
//
// 依据: SCE-10.1
type WorkRule struct {
	ID         string
	Division   region.Code
	Matter     enrol.Matter
	Step       enrol.Step
	Since      policy.Date
	Reason     string
	Who        office.UserID
	Made       time.Time
	Revoked    time.Time
	RevokedBy  office.UserID
	RevokedWhy string
}

// Holds tells whether a rule has a step done about somebody of a county on a day.
func (r WorkRule) Holds(matter enrol.Matter, step enrol.Step, county region.Code, on policy.Date) bool {
	return r.Revoked.IsZero() && r.Matter == matter && r.Step == step && r.Since <= on && (r.Division == county || r.Division.Covers(county))
}

const ruleColumns = "id, division, matter, step, since, reason, who, made, revoked, revoked_by, revoked_why"

// SaveRule (登记自动办理规则) keeps a new rule of the act's division. What needs a person's judgement gets none, nor what has one already.
//
// 依据: SCE-10.1
func (t *Tx) SaveRule(r WorkRule) error {
	if err := t.within(r.Division); err != nil {
		return err
	}
	if !slices.Contains(enrol.Matters(), r.Matter) || !r.Step.Automatic() || r.Reason == "" || r.Since == "" {
		return fault.New(fault.Refused, "store.rule_wrong", "step", fault.Msg("enrol.step."+string(r.Step)))
	}
	n := 0
	if err := t.reads(nil, func(scan func(...any) error) error { n++; var id string; return scan(&id) },
		"SELECT id FROM work_rules WHERE division = $1 AND matter = $2 AND step = $3 AND revoked = ''", string(r.Division), string(r.Matter), string(r.Step)); err != nil {
		return err
	}
	if n > 0 {
		return fault.New(fault.Refused, "store.rule_twice")
	}
	at := t.act.At
	if at.IsZero() {
		at = t.g.s.now()
	}
	t.wrote(guardedRules, r.ID)
	return t.one("INSERT INTO work_rules ("+ruleColumns+") VALUES ("+places(11)+") ON CONFLICT (id) DO NOTHING", r.ID, string(r.Division), string(r.Matter), string(r.Step), string(r.Since),
		r.Reason, string(t.act.Who), stamp(at), "", "", "")
}

// RevokeRule (撤销自动办理规则) ends a rule, with the reason. What it did stays done.
func (t *Tx) RevokeRule(id, why string) error {
	rules, err := t.rules()
	if err != nil {
		return err
	}
	at := slices.IndexFunc(rules, func(r WorkRule) bool { return r.ID == id && holds(t.act.Scope, r.Division) })
	if at < 0 || why == "" {
		return fault.New(fault.Refused, "store.no_rule")
	}
	t.wrote(guardedRules, id)
	now := t.act.At
	if now.IsZero() {
		now = t.g.s.now()
	}
	return t.one("UPDATE work_rules SET revoked = $1, revoked_by = $2, revoked_why = $3 WHERE id = $4 AND revoked = ''", stamp(now), string(t.act.Who), why, id)
}

func (t *Tx) rules() (out []WorkRule, err error) {
	err = t.reads(nil, func(scan func(...any) error) error {
		rule, err := scanRule(scan)
		out = append(out, rule)
		return err
	}, "SELECT "+ruleColumns+" FROM work_rules ORDER BY made, id")
	return out, err
}

func scanRule(scan func(...any) error) (r WorkRule, err error) {
	var made, revoked string
	if err := scan(&r.ID, (*string)(&r.Division), (*string)(&r.Matter), (*string)(&r.Step), (*string)(&r.Since), &r.Reason, (*string)(&r.Who), &made, &revoked, (*string)(&r.RevokedBy), &r.RevokedWhy); err != nil {
		return r, err
	}
	return r, unstampAll(map[*time.Time]string{&r.Made: made, &r.Revoked: revoked})
}

// Rules (自动办理规则) gives the rules that are or were made in a scope, and those from above that hold in it, the oldest first.
func (r Reports) Rules(ctx context.Context, scope office.Scope) (out []WorkRule, err error) {
	err = r.s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			rule, err := scanRule(scan)
			if holds(scope, rule.Division) || rule.Division.Covers(scope.Division) {
				out = append(out, rule)
			}
			return err
		}, "SELECT "+ruleColumns+" FROM work_rules ORDER BY made, id")
	})
	return out, err
}
