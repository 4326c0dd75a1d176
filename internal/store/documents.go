package store

import (
	"context"
	"strconv"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// Desk (文书存取) keeps the documents in a scope. It is an office.Desk.
type Desk struct {
	s       *Store
	scope   office.Scope
	effects Effects
}

// Effects (生效后果) does what follows from a document that was approved, in the transaction that keeps the last signature: what
// it refuses refuses the signature.
type Effects func(*Tx, office.Document) error

// With gives the desk with what follows from approval.
func (d Desk) With(effects Effects) Desk {
	d.effects = effects
	return d
}

var _ office.Desk = Desk{}

// Desk gives the documents in a scope.
func (s *Store) Desk(scope office.Scope) Desk { return Desk{s: s, scope: scope} }

// Save writes documents and appends the records to the chains they name, all in one transaction; see office.Desk. There must be
// a record.
func (d Desk) Save(ctx context.Context, documents []office.Document, records []office.Record) error {
	if len(records) == 0 {
		return fault.New(fault.Internal, "store.act")
	}
	last := len(records) - 1
	_, err := d.s.Write(ctx, Act{Record: records[last], Scope: d.scope}, func(t *Tx) error {
		for _, document := range documents {
			if err := t.SaveDocument(document); err != nil {
				return err
			}
			if document.State == office.Approved && d.effects != nil {
				if err := d.effects(t, document); err != nil {
					return err
				}
			}
		}
		for _, r := range records[:last] {
			if err := t.Log(r); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

const documentColumns = "id, kind, division, title, amount, digest, policy, trial, maker, state, stage, version"

// SaveDocument writes a document and its last step. One of version 1 is new; any other replaces the one of the version before,
// and when that is not there office.ErrStale is returned and nothing changed.
func (t *Tx) SaveDocument(d office.Document) error {
	if err := t.within(d.Division); err != nil {
		return err
	}
	waits := ""
	if p, ok := d.Next(); ok {
		waits = string(p.Division)
	}
	values := []any{string(d.ID), string(d.Kind), string(d.Division), d.Title, int64(d.Amount), d.Digest[:], string(d.Policy), flag(d.Trial),
		string(d.Maker), string(d.State), int64(d.Stage), int64(d.Version), waits}
	text := "INSERT INTO documents (" + documentColumns + ", waits_at) VALUES (" + places(len(values)) + ") ON CONFLICT (id) DO NOTHING"
	if d.Version > 1 {
		text = `UPDATE documents SET title = $1, amount = $2, digest = $3, policy = $4, trial = $5, state = $6, stage = $7, version = $8, waits_at = $9
WHERE id = $10 AND division = $11 AND kind = $12 AND maker = $13 AND version = $14`
		values = []any{d.Title, int64(d.Amount), d.Digest[:], string(d.Policy), flag(d.Trial), string(d.State), int64(d.Stage), int64(d.Version), waits,
			string(d.ID), string(d.Division), string(d.Kind), string(d.Maker), int64(d.Version) - 1}
	}
	if err := t.one(text, values...); err != nil {
		return err
	}
	t.wrote(guardedDocuments, string(d.ID))
	return t.saveStep(d)
}

// SaveWay keeps what a document passes through on its way, from what it was, if it was anything, with a record of every step.
func (t *Tx) SaveWay(before *office.Document, way []office.Document, from office.Address) error {
	for i, d := range way {
		if err := t.SaveDocument(d); err != nil {
			return err
		}
		if err := t.Log(d.Record(before, from)); err != nil {
			return err
		}
		before = &way[i]
	}
	return nil
}

func (t *Tx) saveStep(d office.Document) error {
	if len(d.Steps) == 0 || d.Steps[len(d.Steps)-1].Version != d.Version {
		return fault.New(fault.Internal, "store.act")
	}
	s := d.Steps[len(d.Steps)-1]
	t.wrote(guardedSteps, string(d.ID), int64(s.Version))
	_, err := t.exec(`INSERT INTO document_steps (document, version, at, person, name, department, division, act, stage, action, reason, amount, digest)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		string(d.ID), int64(s.Version), stamp(s.At), string(s.By), s.Name, string(s.Department), string(s.Division), string(s.Act), int64(s.Stage),
		string(s.Action), s.Reason, int64(s.Amount), s.Digest[:])
	return err
}

// Document gives a document in the scope as it stands now, with all its steps. One that is not there and one elsewhere are
// refused alike.
func (d Desk) Document(ctx context.Context, id office.DocumentID) (office.Document, error) {
	first, last := bounds(d.scope)
	found, err := d.documents(ctx, "id = $1 AND division >= $2 AND division <= $3", string(id), first, last)
	if err != nil {
		return office.Document{}, err
	}
	if len(found) == 0 {
		return office.Document{}, fault.New(fault.Refused, "store.no_document", "id", string(id))
	}
	return found[0], nil
}

// Document finds a document in the act's scope as it stands within the write, without its steps; false when there is none.
func (t *Tx) Document(id office.DocumentID) (d office.Document, found bool, err error) {
	err = t.reads(nil, func(scan func(...any) error) error {
		d, err = scanDocument(scan)
		found = err == nil && t.within(d.Division) == nil
		return err
	}, "SELECT "+documentColumns+" FROM documents WHERE id = $1", string(id))
	return d, found, err
}

// OfKinds (文书清单) gives the documents of some kinds in the scope, by id.
func (d Desk) OfKinds(ctx context.Context, kinds ...office.Kind) ([]office.Document, error) {
	first, last := bounds(d.scope)
	args := []any{first, last}
	condition := "division >= $1 AND division <= $2 AND kind IN ("
	for i, k := range kinds {
		if i > 0 {
			condition += ", "
		}
		args = append(args, string(k))
		condition += "$" + strconv.Itoa(len(args))
	}
	return d.documents(ctx, condition+")", args...)
}

// Open gives the documents in the scope that wait in somebody's office, and his own drafts and returned ones, by id.
func (d Desk) Open(ctx context.Context, by office.Subject) ([]office.Document, error) {
	first, last := bounds(d.scope)
	return d.documents(ctx, "(state = $1 AND waits_at = $2 OR maker = $3 AND state IN ($4, $5)) AND division >= $6 AND division <= $7",
		string(office.Waiting), string(by.Division), string(by.ID), string(office.Drafted), string(office.Returned), first, last)
}

// documents reads the documents a condition holds for, with their steps.
func (d Desk) documents(ctx context.Context, condition string, args ...any) (out []office.Document, err error) {
	at := map[string]int{}
	err = d.s.read(ctx, func(l *link) error {
		rows, err := l.query(ctx, "SELECT "+documentColumns+" FROM documents WHERE "+condition+" ORDER BY id", args...)
		if err := each(rows, err, func(scan func(...any) error) error {
			document, err := scanDocument(scan)
			at[string(document.ID)] = len(out)
			out = append(out, document)
			return err
		}); err != nil || len(out) == 0 {
			return err
		}
		rows, err = l.query(ctx, `SELECT document, version, at, person, name, department, division, act, stage, action, reason, amount, digest
FROM document_steps WHERE document IN (SELECT id FROM documents WHERE `+condition+") ORDER BY document, version", args...)
		return each(rows, err, func(scan func(...any) error) error {
			id, step, err := scanStep(scan)
			if err == nil {
				out[at[id]].Steps = append(out[at[id]].Steps, step)
			}
			return err
		})
	})
	return out, err
}

func scanDocument(scan func(...any) error) (d office.Document, err error) {
	var id, kind, division, status, maker, state string
	var amount, trial, stage, version int64
	var digest []byte
	err = scan(&id, &kind, &division, &d.Title, &amount, &digest, &status, &trial, &maker, &state, &stage, &version)
	d.ID, d.Kind, d.Division, d.Maker, d.State = office.DocumentID(id), office.Kind(kind), region.Code(division), office.UserID(maker), office.State(state)
	d.Amount, d.Policy, d.Trial, d.Stage, d.Version = money.Fen(amount), policy.Status(status), trial == 1, int(stage), office.Version(version)
	copy(d.Digest[:], digest)
	return d, err
}

func scanStep(scan func(...any) error) (document string, s office.Step, err error) {
	var at, person, department, division, act, action string
	var version, stage, amount int64
	var digest []byte
	if err = scan(&document, &version, &at, &person, &s.Name, &department, &division, &act, &stage, &action, &s.Reason, &amount, &digest); err != nil {
		return "", s, err
	}
	s.By, s.Department, s.Division, s.Act = office.UserID(person), office.Department(department), region.Code(division), office.ActKind(act)
	s.Version, s.Stage, s.Action, s.Amount = office.Version(version), int(stage), office.Action(action), money.Fen(amount)
	copy(s.Digest[:], digest)
	s.At, err = time.Parse(stampForm, at)
	return document, s, err
}
