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

// Paper (文书正文) is what a document's digest stands for.
type Paper struct {
	Division region.Code
	Kind     string
	Content  []byte
}

// KeepPaper (存入正文) keeps the bytes of a document under their digest; the same bytes are kept once.
func (t *Tx) KeepPaper(p Paper) (office.Digest, error) {
	digest := office.DigestOf(p.Content)
	if err := t.within(p.Division); err != nil {
		return digest, err
	}
	t.wrote(guardedPapers, string(p.Division), digest[:])
	_, err := t.exec("INSERT INTO papers (division, digest, kind, content) VALUES ($1, $2, $3, $4) ON CONFLICT (division, digest) DO NOTHING",
		string(p.Division), digest[:], p.Kind, p.Content)
	return digest, err
}

// Paper (正文) finds the bytes of a digest in the scope, within the write. See Store.Paper.
func (t *Tx) Paper(digest office.Digest) (Paper, error) {
	if err := t.settle([]string{"papers"}); err != nil {
		return Paper{}, err
	}
	return t.querier().paper(t.act.Scope, digest)
}

// Paper (正文) finds the bytes of a digest in a scope. One that is not there is refused; one whose bytes do not have the
// digest any more is damaged.
func (s *Store) Paper(ctx context.Context, scope office.Scope, digest office.Digest) (p Paper, err error) {
	err = s.read(ctx, func(l *link) error {
		p, err = l.querier(ctx).paper(scope, digest)
		return err
	})
	return p, err
}

func (q querier) paper(scope office.Scope, digest office.Digest) (Paper, error) {
	var found *Paper
	first, last := bounds(scope)
	err := q(func(scan func(...any) error) error {
		found = &Paper{}
		return scan((*string)(&found.Division), &found.Kind, &found.Content)
	}, "SELECT division, kind, content FROM papers WHERE digest = $1 AND division >= $2 AND division <= $3 ORDER BY division", digest[:], first, last)
	switch {
	case err != nil:
		return Paper{}, err
	case found == nil:
		return Paper{}, fault.New(fault.Refused, "store.no_paper", "digest", digest.String())
	case office.DigestOf(found.Content) != digest:
		return Paper{}, damaged("paper", digest.String())
	}
	return *found, nil
}

// Batch (资金批次) is an approved document as money: what it was made from, and what there can be only one of.
type Batch struct {
	ID        ledger.DocumentID
	Division  region.Code
	Kind      string
	Insurance pool.Insurance
	Year      policy.Year
	// Subject is what a division can have one batch of, such as a year of a fund.
	Subject string
	// Corrects is the batch that this one corrects, empty for none.
	Corrects ledger.DocumentID
	Paper    office.Digest
	MadeAt   time.Time
	// Finished tells that everything was paid and the last vouchers were posted.
	Finished bool
}

// KeepBatch (登记批次) keeps a new batch with its payments. A subject that has a batch already is refused, and so is an id that was used.
func (t *Tx) KeepBatch(b Batch, items []ledger.Standing) error {
	if err := t.within(b.Division); err != nil {
		return err
	}
	t.wrote(guardedBatches, string(b.ID))
	n, err := t.exec(`INSERT INTO batches (id, division, kind, insurance, year, subject, corrects, digest, made_at, finished)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`,
		string(b.ID), string(b.Division), b.Kind, string(b.Insurance), int64(b.Year), b.Subject, string(b.Corrects), b.Paper[:], stamp(b.MadeAt), flag(b.Finished))
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.Refused, "store.batch_made", "subject", b.Subject)
	}
	for _, item := range items {
		if err := t.keepItem(item); err != nil {
			return err
		}
	}
	return nil
}

// FinishBatch (批次办结) writes down that everything of a batch was paid, whoever keeps its payments; while something is open it
// does nothing.
func (t *Tx) FinishBatch(id ledger.DocumentID) error {
	return t.markBatch(id, `UPDATE batches SET finished = 1 WHERE id = $1 AND finished = 0
AND NOT EXISTS (SELECT 1 FROM items WHERE batch = $1 AND lapsed = 0 AND paid < amount)`)
}

// UnfinishBatch (批次未办结) writes down that something of a batch is open again.
func (t *Tx) UnfinishBatch(id ledger.DocumentID) error {
	return t.markBatch(id, "UPDATE batches SET finished = 0 WHERE id = $1 AND finished = 1")
}

func (t *Tx) markBatch(id ledger.DocumentID, text string) error {
	n, err := t.exec(text, string(id))
	if n > 0 {
		t.wrote(guardedBatches, string(id))
	}
	return err
}

const batchColumns = "id, division, kind, insurance, year, subject, corrects, digest, made_at, finished"

// Batches (资金批次) gives the batches in a scope, the latest first.
func (s *Store) Batches(ctx context.Context, scope office.Scope) (out []Batch, err error) {
	err = s.read(ctx, func(l *link) error {
		out, err = l.querier(ctx).batches(scope)
		return err
	})
	return out, err
}

// Batches (资金批次) gives the batches in the act's scope as they are within the write, the latest first.
func (t *Tx) Batches() ([]Batch, error) {
	if err := t.settle([]string{"batches"}); err != nil {
		return nil, err
	}
	return t.querier().batches(t.act.Scope)
}

func (q querier) batches(scope office.Scope) (out []Batch, err error) {
	first, last := bounds(scope)
	err = q(func(scan func(...any) error) error {
		b, err := scanBatch(scan)
		out = append(out, b)
		return err
	}, "SELECT "+batchColumns+" FROM batches WHERE division >= $1 AND division <= $2 ORDER BY made_at DESC, id", first, last)
	return out, err
}

func scanBatch(scan func(...any) error) (b Batch, err error) {
	var year, finished int64
	var digest []byte
	var at string
	err = scan((*string)(&b.ID), (*string)(&b.Division), &b.Kind, (*string)(&b.Insurance), &year, &b.Subject, (*string)(&b.Corrects), &digest, &at, &finished)
	if err != nil {
		return b, err
	}
	b.Year, b.Finished = policy.Year(year), finished == 1
	copy(b.Paper[:], digest)
	b.MadeAt, err = time.Parse(stampForm, at)
	return b, err
}

// BookAccount (账簿账户) is the account that the money of a book is paid to, with who confirmed it, and one that was given and waits to be
// confirmed by somebody else than who gave it.
type BookAccount struct {
	ledger.BankAccount
	ConfirmedBy ledger.Person
	Next        ledger.BankAccount
	NextBy      ledger.Person
}

// Waits tells whether an account was given that nobody has confirmed yet.
func (a BookAccount) Waits() bool { return a.NextBy != "" }

const bankColumns = "book, name, number, bank, confirmed_by, next_name, next_number, next_bank, next_by"

// BankAccounts (收付款账户) gives the accounts of the books in a scope, by the name of the book.
func (s *Store) BankAccounts(ctx context.Context, scope office.Scope) (map[ledger.Book]BookAccount, error) {
	out := map[ledger.Book]BookAccount{}
	first, last := bounds(scope)
	err := s.read(ctx, func(l *link) error {
		return l.querier(ctx)(func(scan func(...any) error) error {
			name, a, err := scanBank(scan)
			if err != nil {
				return err
			}
			book, err := parseBook(name)
			out[book] = a
			return err
		}, "SELECT "+bankColumns+" FROM bank_accounts WHERE division >= $1 AND division <= $2", first, last)
	})
	return out, err
}

// BankAccount (收付款账户) gives the account of a book within the write; an empty one when none was given.
func (t *Tx) BankAccount(book ledger.Book) (a BookAccount, err error) {
	if err := t.within(book.Division); err != nil {
		return a, err
	}
	err = t.reads([]string{"bank_accounts"}, func(scan func(...any) error) error {
		_, a, err = scanBank(scan)
		return err
	}, "SELECT "+bankColumns+" FROM bank_accounts WHERE book = $1", book.String())
	return a, err
}

func scanBank(scan func(...any) error) (book string, a BookAccount, err error) {
	err = scan(&book, &a.Name, &a.Number, &a.Bank, (*string)(&a.ConfirmedBy), &a.Next.Name, &a.Next.Number, &a.Next.Bank, (*string)(&a.NextBy))
	return book, a, err
}

// SaveBankAccount (登记账户) keeps where the money of a book is paid to.
func (t *Tx) SaveBankAccount(book ledger.Book, a BookAccount) error {
	if err := t.within(book.Division); err != nil {
		return err
	}
	t.wrote(guardedAccounts, book.String())
	_, err := t.exec("INSERT INTO bank_accounts ("+bankColumns+", division) VALUES ("+places(10)+`)
ON CONFLICT (book) DO UPDATE SET name = excluded.name, number = excluded.number, bank = excluded.bank, confirmed_by = excluded.confirmed_by,
next_name = excluded.next_name, next_number = excluded.next_number, next_bank = excluded.next_bank, next_by = excluded.next_by`,
		book.String(), a.Name, a.Number, a.Bank, string(a.ConfirmedBy), a.Next.Name, a.Next.Number, a.Next.Bank, string(a.NextBy), string(book.Division))
	return err
}
