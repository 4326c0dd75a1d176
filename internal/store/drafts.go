package store

import (
	"context"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// DraftState says how far a draft has come.
type DraftState string

// The states of a draft. One that is booked or thrown away is there no longer; the audit chain has it.
const (
	DraftOpen     DraftState = "open"     // 草稿
	DraftWaiting  DraftState = "waiting"  // 待审核
	DraftReturned DraftState = "returned" // 已退回
)

// VoucherDraft (待审核凭证) is a voucher that is not booked yet: made by one person, to be reviewed by another. Its voucher has no
// reviewer; one of the kind closing stands for the closing of a year. Version counts changes from 1.
type VoucherDraft struct {
	ID      string
	Voucher ledger.Voucher
	State   DraftState
	Reason  string // why it was returned
	At      time.Time
	Version office.Version
}

const draftColumns = "id, state, reason, changed_at, version, content"

// SaveDraft keeps a draft. One of version 1 is new; any other replaces the one of the version before, and when that is not there
// office.ErrStale is returned and nothing changed.
func (t *Tx) SaveDraft(d VoucherDraft) error {
	v := d.Voucher
	if err := t.within(v.Book.Division); err != nil {
		return err
	}
	text, values := `INSERT INTO voucher_drafts (id, book, division, kind, maker, state, reason, changed_at, version, content)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO NOTHING`,
		[]any{d.ID, v.Book.String(), string(v.Book.Division), string(v.Kind), string(v.Maker), string(d.State), d.Reason, stamp(d.At), int64(d.Version), v.Canonical()}
	if d.Version > 1 {
		text = `UPDATE voucher_drafts SET kind = $1, maker = $2, state = $3, reason = $4, changed_at = $5, version = $6, content = $7
WHERE id = $8 AND book = $9 AND version = $10`
		values = []any{string(v.Kind), string(v.Maker), string(d.State), d.Reason, stamp(d.At), int64(d.Version), v.Canonical(), d.ID, v.Book.String(), int64(d.Version) - 1}
	}
	t.wrote(guardedDrafts, d.ID)
	return t.one(text, values...)
}

// RemoveDraft takes a draft away as it was in a version, because it is booked now or was thrown away.
func (t *Tx) RemoveDraft(d VoucherDraft) error {
	if err := t.within(d.Voucher.Book.Division); err != nil {
		return err
	}
	t.wrote(guardedDrafts, d.ID)
	return t.one("DELETE FROM voucher_drafts WHERE id = $1 AND book = $2 AND version = $3", d.ID, d.Voucher.Book.String(), int64(d.Version))
}

// Drafts gives the drafts of the books in a scope, the oldest first.
func (s *Store) Drafts(ctx context.Context, scope office.Scope) ([]VoucherDraft, error) {
	first, last := bounds(scope)
	return s.drafts(ctx, "division >= $1 AND division <= $2", first, last)
}

// Draft finds a draft of a book; false when there is none of that id.
func (s *Store) Draft(ctx context.Context, scope office.Scope, book ledger.Book, id string) (VoucherDraft, bool, error) {
	if !holds(scope, book.Division) {
		return VoucherDraft{}, false, outside(book.Division)
	}
	found, err := s.drafts(ctx, "id = $1 AND book = $2", id, book.String())
	if err != nil || len(found) == 0 {
		return VoucherDraft{}, false, err
	}
	return found[0], true, nil
}

// Drafts gives the drafts of a book as they stand within the write. Whoever must know that none comes while he writes has the book
// updated in the same write, as all have who submit one.
func (t *Tx) Drafts(book ledger.Book) (out []VoucherDraft, err error) {
	if err := t.within(book.Division); err != nil {
		return nil, err
	}
	err = t.reads(nil, func(scan func(...any) error) error {
		d, err := scanDraft(scan)
		out = append(out, d)
		return err
	}, "SELECT "+draftColumns+" FROM voucher_drafts WHERE book = $1 ORDER BY changed_at, id", book.String())
	return out, err
}

func (s *Store) drafts(ctx context.Context, condition string, args ...any) (out []VoucherDraft, err error) {
	err = s.read(ctx, func(l *link) error {
		rows, err := l.query(ctx, "SELECT "+draftColumns+" FROM voucher_drafts WHERE "+condition+" ORDER BY changed_at, id", args...)
		return each(rows, err, func(scan func(...any) error) error {
			d, err := scanDraft(scan)
			out = append(out, d)
			return err
		})
	})
	return out, err
}

func scanDraft(scan func(...any) error) (d VoucherDraft, err error) {
	var state, at string
	var version int64
	var content []byte
	if err := scan(&d.ID, &state, &d.Reason, &at, &version, &content); err != nil {
		return d, err
	}
	var ok bool
	if d.Voucher, ok = ledger.ParseCanonical(content); !ok {
		return d, fault.New(fault.Internal, "store.draft", "id", d.ID)
	}
	d.State, d.Version = DraftState(state), office.Version(version)
	d.At, err = time.Parse(stampForm, at)
	return d, err
}

// SheetKind says what a budget sheet is.
type SheetKind string

// The kinds of budget sheets.
const (
	BudgetSheet      SheetKind = "budget"      // 预算草案；revision 1, and what adjustments made of it
	ProvincialSheet  SheetKind = "provincial"  // 全省预算
	PerformanceSheet SheetKind = "performance" // 绩效目标和完成值
	DuesSheet        SheetKind = "dues"        // 保险费应征数；one of a year, revision 1
)

// SheetKey names a budget sheet.
type SheetKey struct {
	pool.Key
	Kind     SheetKind
	Revision int
}

// Sheet (预算表) is a budget, an adjustment of one, or performance targets, as bytes of whoever works on it. Document signs it; empty
// before. Version counts changes from 1.
type Sheet struct {
	SheetKey
	Document office.DocumentID
	Maker    office.UserID
	At       time.Time
	Version  office.Version
	Content  []byte
}

// SaveSheet keeps a sheet; see SaveDraft.
func (t *Tx) SaveSheet(x Sheet) error {
	if err := t.within(x.Division); err != nil {
		return err
	}
	text, values := `INSERT INTO budget_sheets (document, maker, changed_at, version, content, division, insurance, year, kind, revision)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (division, insurance, year, kind, revision) DO NOTHING`,
		[]any{string(x.Document), string(x.Maker), stamp(x.At), int64(x.Version), x.Content, string(x.Division), string(x.Insurance), int64(x.Year), string(x.Kind), int64(x.Revision)}
	if x.Version > 1 {
		text = `UPDATE budget_sheets SET document = $1, maker = $2, changed_at = $3, version = $4, content = $5
WHERE division = $6 AND insurance = $7 AND year = $8 AND kind = $9 AND revision = $10 AND version = $11`
		values = append(values, int64(x.Version)-1)
	}
	t.wrote(guardedSheets, x.rowKey()...)
	return t.one(text, values...)
}

// rowKey is what names a sheet's row.
func (x Sheet) rowKey() []any {
	return []any{string(x.Division), string(x.Insurance), int64(x.Year), string(x.Kind), int64(x.Revision)}
}

// RemoveSheet takes a sheet away as it was in a version.
func (t *Tx) RemoveSheet(x Sheet) error {
	if err := t.within(x.Division); err != nil {
		return err
	}
	t.wrote(guardedSheets, x.rowKey()...)
	return t.one("DELETE FROM budget_sheets WHERE division = $1 AND insurance = $2 AND year = $3 AND kind = $4 AND revision = $5 AND version = $6",
		string(x.Division), string(x.Insurance), int64(x.Year), string(x.Kind), int64(x.Revision), int64(x.Version))
}

// Sheets gives the budget sheets of a year in a scope, by division, kind and revision; of every year when year is 0.
func (s *Store) Sheets(ctx context.Context, scope office.Scope, insurance pool.Insurance, year policy.Year) (out []Sheet, err error) {
	first, last := bounds(scope)
	err = s.read(ctx, func(l *link) error {
		rows, err := l.query(ctx, `SELECT division, year, kind, revision, document, maker, changed_at, version, content FROM budget_sheets
WHERE division >= $1 AND division <= $2 AND insurance = $3 AND (year = $4 OR $4 = 0) ORDER BY year, division, kind, revision`,
			first, last, string(insurance), int64(year))
		return each(rows, err, func(scan func(...any) error) error {
			var x Sheet
			var division, kind, document, maker, at string
			var in, revision, version int64
			if err := scan(&division, &in, &kind, &revision, &document, &maker, &at, &version, &x.Content); err != nil {
				return err
			}
			x.Key = pool.Key{Year: policy.Year(in), Division: region.Code(division), Insurance: insurance}
			x.Kind, x.Revision, x.Document, x.Maker, x.Version = SheetKind(kind), int(revision), office.DocumentID(document), office.UserID(maker), office.Version(version)
			var err error
			x.At, err = time.Parse(stampForm, at)
			out = append(out, x)
			return err
		})
	})
	return out, err
}

// OfKind gives the documents of a kind in the scope, by id.
func (d Desk) OfKind(ctx context.Context, kind office.Kind) ([]office.Document, error) {
	first, last := bounds(d.scope)
	return d.documents(ctx, "kind = $1 AND division >= $2 AND division <= $3", string(kind), first, last)
}
