package office

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/region"
)

// Desk (文书存取) keeps documents. Save writes all documents and appends all records to the chains of their divisions in one
// transaction, or nothing. A document of version 1 is new; any other replaces the one of the version before, and when
// that is not there Save refuses with ErrStale, whole or wrapped.
type Desk interface {
	// Document gives a document as it stands now, with all its steps.
	Document(ctx context.Context, id DocumentID) (Document, error)
	// Open gives the documents a person may have to act on: those waiting in his division's office, and his own drafts
	// and returned ones. It may give more.
	Open(ctx context.Context, by Subject) ([]Document, error)
	Save(ctx context.Context, documents []Document, records []Record) error
}

// ErrStale says that a record is no longer of the version that was to be replaced.
var ErrStale = errors.New("office: changed since it was read")

// Approvals (审批服务) is what people do with documents: load, compute, store.
type Approvals struct{ Desk Desk }

// Draft makes a document and keeps it; see the function Draft.
func (s Approvals) Draft(ctx context.Context, id DocumentID, kind Kind, division region.Code, c Content, by Subject, from Address, at time.Time) (Document, error) {
	d, err := Draft(id, kind, division, c, by, at)
	if err != nil {
		return Document{}, err
	}
	err = s.Desk.Save(ctx, []Document{d}, []Record{d.Record(nil, from)})
	if errors.Is(err, ErrStale) {
		return d, fault.New(fault.Refused, "office.document.exists", "id", string(id))
	}
	return d, err
}

// Do carries out an act on a document and keeps it; see Document.Do.
func (s Approvals) Do(ctx context.Context, id DocumentID, a Act, from Address) (Document, error) {
	before, err := s.Desk.Document(ctx, id)
	if err != nil {
		return Document{}, err
	}
	after, err := before.Do(a)
	if err != nil {
		return before, err
	}
	err = s.Desk.Save(ctx, []Document{after}, []Record{after.Record(&before, from)})
	if !errors.Is(err, ErrStale) {
		return after, err
	}
	now, err := s.Desk.Document(ctx, id)
	if err != nil {
		return before, err
	}
	return now, now.Stale(a)
}

// SignAll signs several documents at once and keeps them; see the function SignAll.
func (s Approvals) SignAll(ctx context.Context, seen []Seen, total money.Fen, by Subject, from Address, at time.Time) ([]Document, error) {
	documents, versions := make([]Document, len(seen)), make([]Version, len(seen))
	for i, x := range seen {
		d, err := s.Desk.Document(ctx, x.ID)
		if err != nil {
			return nil, err
		}
		documents[i], versions[i] = d, x.Version
	}
	after, err := SignAll(documents, versions, total, by, at)
	if err != nil {
		return nil, err
	}
	records := make([]Record, len(after))
	for i := range after {
		records[i] = after[i].Record(&documents[i], from)
	}
	err = s.Desk.Save(ctx, after, records)
	if errors.Is(err, ErrStale) {
		return nil, fault.New(fault.Refused, "office.batch.stale")
	}
	return after, err
}

// Todos gives what waits for somebody, the longest waiting first.
func (s Approvals) Todos(ctx context.Context, by Subject) ([]Todo, error) {
	documents, err := s.Desk.Open(ctx, by)
	if err != nil {
		return nil, err
	}
	return Todos(by, documents), nil
}

// Record (审计记录) is what is written down about a document's last act; before is the document before it, nil when there
// was none.
//
// 依据: YA-4.10.2
func (d Document) Record(before *Document, from Address) Record {
	last := d.Steps[len(d.Steps)-1]
	r := Record{Chain: d.Division, At: last.At, Who: last.By, Department: last.Department, From: from,
		Action: "document." + string(last.Act), Object: Object{string(d.Kind), string(d.ID)}, After: d.fields(), Why: last.Reason}
	if before != nil {
		r.Before = before.fields()
	}
	return r
}

func (d Document) fields() []Field {
	return []Field{
		{"version", fmt.Sprint(int64(d.Version))}, {"state", string(d.State)}, {"stage", strconv.Itoa(d.Stage)}, {"title", d.Title},
		{"amount", d.Amount.String()}, {"digest", d.Digest.String()}, {"policy", string(d.Policy)}, {"trial", strconv.FormatBool(d.Trial)},
	}
}
