package store

import (
	"bytes"
	"context"
	"iter"
	"maps"
	"slices"
	"strconv"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/office"
	"tongchou/internal/region"
)

// Act (操作) is what a write does, for whom, and what it may touch.
type Act struct {
	// Record is what the audit chain of its Chain keeps of the act: who, from where, what to what, and why. Its time is the
	// store's when none is given; the rest may be completed with Tx.Did.
	office.Record
	// Scope is what the act may read and change, which reaches no higher than its division; it holds the chain's division.
	Scope office.Scope
	// Key makes the act one that can be sent again: an act with the same key in the same chain is not done twice. Content is
	// the digest of what was sent, which must be the same then.
	Key     string
	Content office.Digest

	message string // the key of the message it handles
	quiet   bool   // nothing for the audit chain, such as when a session was last seen
	alone   bool   // a transaction of its own, which is undone as a whole: so large that a point to go back to within it would cost much
}

// Receipt is what a write is answered with.
type Receipt struct {
	// Head is the audit entry's place and hash.
	Head office.Head
	// Answer is what Tx.Answer kept.
	Answer []byte
	// Repeated tells that the act had been done before; this is the first receipt.
	Repeated bool
}

func (a Act) check() error {
	if a.quiet {
		return nil
	}
	if !holds(a.Scope, a.Chain) {
		return outside(a.Chain)
	}
	if a.Action == "" {
		return fault.New(fault.Internal, "store.act")
	}
	return nil
}

// Did completes the act's record with what only the transaction knows.
func (t *Tx) Did(object office.Object, before, after []office.Field) {
	t.act.Object, t.act.Before, t.act.After = object, before, after
}

// Log appends another record to the chain it names, which must lie in the act's scope. The act's own record comes after it.
func (t *Tx) Log(r office.Record) error {
	if err := t.within(r.Chain); err != nil {
		return err
	}
	_, err := t.link(r)
	return err
}

var auditTable = &table{name: "audit", columns: []string{"chain", "seq", "at", "who", "action", "kind", "object", "canonical", "hash"}}

// link puts a record at the end of its chain. The chain's end moves when the write is kept.
func (t *Tx) link(r office.Record) (office.Head, error) {
	head, ok := t.heads[r.Chain]
	if !ok {
		h, err := t.g.head(r.Chain)
		if err != nil {
			return office.Head{}, t.breaks(err)
		}
		head = h.Head
	}
	if r.At.IsZero() {
		r.At = t.g.s.now()
	}
	e, form := office.LinkForm(head, r)
	t.add(auditTable, entryRow(&e, form)...)
	if t.heads == nil {
		t.heads = map[region.Code]office.Head{}
	}
	t.heads[r.Chain] = e.Head()
	return e.Head(), nil
}

// entryRow is an entry with its canonical form as a row of auditTable.
func entryRow(e *office.Entry, form []byte) []any {
	return []any{string(e.Chain), int64(e.Seq), stamp(e.At), string(e.Who), e.Action, e.Object.Kind, e.Object.ID, form, e.Hash[:]}
}

// sign appends the act's own entry and, when it can be sent again, keeps the receipt. A message's seals wait for the entry that it shares.
func (t *Tx) sign() (Receipt, error) {
	if t.act.quiet {
		return Receipt{}, nil
	}
	if t.adopted {
		return Receipt{}, nil
	}
	sealed, err := t.seal()
	if err != nil {
		return Receipt{}, err
	}
	if t.act.message != "" {
		t.shared = sealed
		return Receipt{}, nil
	}
	if len(sealed) > 0 {
		t.act.After = append(slices.Clip(t.act.After), office.Field{Name: office.SealField, Value: string(sealed)})
	}
	head, err := t.link(t.act.Record)
	if err != nil {
		return Receipt{}, err
	}
	if t.act.Key != "" {
		t.add(requestTable, t.act.Key, string(t.act.Chain), t.act.Content[:], int64(head.Seq), head.Hash[:], notNil(t.answer))
	}
	return Receipt{Head: head, Answer: t.answer}, nil
}

func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// keep moves the chains' ends and remembers the answer, for the writes that follow in the transaction.
func (t *Tx) keep(r Receipt) {
	for chain, head := range t.heads {
		t.g.ends[chain].Head = head
	}
	if t.act.Key != "" {
		t.g.given[keyOf(t.act)] = given{t.act.Content, r}
	}
}

// chainOf is the chain in which an act's entry stands. Messages' entries stand in the province's where one writes for all its divisions, since each division's own would
// be a page to write, and in the division's where divisions write side by side.
func (g *group) chainOf(a *Act) region.Code {
	if a.message == "" || g.s.engine.parallel {
		return a.Chain
	}
	return a.Chain.Province()
}

// round (同批报文) are the messages of a transaction that share an entry of a chain: how many, and the seals of what they wrote.
type round struct {
	messages int
	seals    []byte
}

// MessagesAction is what the entry of a round of messages says was done. Who sent them, and when, stands in their own rows, which it seals.
const MessagesAction = "messages.sealed"

// share lays a message's seals aside for the entry of its round.
func (g *group) share(t *Tx) {
	if t.act.message == "" {
		return
	}
	chain := g.chainOf(&t.act)
	r := g.rounds[chain]
	if r == nil {
		r = &round{seals: make([]byte, 0, len(g.jobs)*(len(t.shared)+len(t.shared)/4))}
		g.rounds[chain] = r
	}
	r.messages++
	r.seals = append(r.seals, t.shared...)
}

// vouch appends the entries of rounds of messages to their chains.
func (g *group) vouch() error {
	for _, chain := range slices.Sorted(maps.Keys(g.rounds)) {
		r := g.rounds[chain]
		end, err := g.head(chain)
		if err != nil {
			return err
		}
		e, form := office.LinkForm(end.Head, office.Record{Chain: chain, At: g.s.now(), Action: MessagesAction, Object: office.Object{Kind: "messages", ID: strconv.Itoa(r.messages)},
			After: []office.Field{{Name: office.SealField, Value: string(r.seals)}}})
		g.pending.rows[auditTable] = append(g.pending.rows[auditTable], entryRow(&e, form)...)
		end.Head = e.Head()
	}
	clear(g.rounds)
	return nil
}

// end is where a chain ends with what was done in the transaction, and where it ended before.
type end struct {
	office.Head
	was office.Head
}

// hold reads the ends of the chains that the jobs append to. They stay with the transaction.
func (g *group) hold() error {
	for _, j := range g.jobs {
		if j.act.quiet {
			continue
		}
		if _, err := g.head(g.chainOf(&j.act)); err != nil {
			return err
		}
	}
	return nil
}

// head is where a chain ends: as the store remembers it, or as the database has it, where it stays with the transaction.
func (g *group) head(chain region.Code) (*end, error) {
	if e, ok := g.ends[chain]; ok {
		return e, nil
	}
	if g.trusts && !g.begun {
		if h, ok := g.s.recallEnd(chain); ok {
			g.ends[chain] = &end{h, h}
			return g.ends[chain], nil
		}
	}
	if err := g.begin(); err != nil {
		return nil, err
	}
	if e, ok := g.ends[chain]; ok { // the beginning has read it
		return e, nil
	}
	h, err := g.readHead(chain)
	if err == nil && h == nil {
		if _, err = g.exec("INSERT INTO chains (chain, seq, hash) VALUES ($1, 0, $2) ON CONFLICT (chain) DO NOTHING", string(chain), make([]byte, len(office.Digest{}))); err == nil {
			h, err = g.readHead(chain)
		}
	}
	if err != nil {
		return nil, err
	}
	g.ends[chain] = &end{*h, *h}
	return g.ends[chain], nil
}

func (g *group) readHead(chain region.Code) (h *office.Head, err error) {
	rows, err := g.query("SELECT seq, hash FROM chains WHERE chain = $1"+g.s.engine.lock, string(chain))
	err = each(rows, err, func(scan func(...any) error) error {
		h = &office.Head{Chain: chain}
		return scanHead(h, scan)
	})
	return h, err
}

func scanHead(h *office.Head, scan func(...any) error) error {
	var hash []byte
	err := scan((*int64)(&h.Seq), &hash)
	copy(h.Hash[:], hash)
	return err
}

// advance writes where the chains end now. The database refuses a chain that somebody else has moved since its end was remembered. A
// chain's first row may have gone with a write that was undone.
func (g *group) advance() error {
	if !g.s.engine.parallel {
		return g.insert(chainTable, g.moved())
	}
	for _, chain := range slices.Sorted(maps.Keys(g.ends)) {
		e := g.ends[chain]
		if e.Head == e.was {
			continue
		}
		text := "UPDATE chains SET seq = CASE WHEN seq = $4 AND hash = $5 THEN CAST($2 AS BIGINT) END, hash = $3 WHERE chain = $1"
		if e.was.Seq == 0 {
			text = `INSERT INTO chains (chain, seq, hash) VALUES ($1, $2, $3) ON CONFLICT (chain) DO UPDATE SET
seq = CASE WHEN chains.seq = $4 AND chains.hash = $5 THEN excluded.seq END, hash = excluded.hash`
		}
		if _, err := g.link.exec(g.ctx, text, string(chain), int64(e.Seq), e.Hash[:], int64(e.was.Seq), e.was.Hash[:]); err != nil {
			return err
		}
	}
	return nil
}

// chainTable takes the ends of many chains in one statement. An entry that somebody else wrote meanwhile has the place of one of ours.
var chainTable = &table{name: "chains", columns: list("chain seq hash"), tail: " ON CONFLICT (chain) DO UPDATE SET seq = CASE WHEN chains.seq < excluded.seq THEN excluded.seq END, hash = excluded.hash"}

// moved are the rows of the chains that end elsewhere now.
func (g *group) moved() (rows []any) {
	for _, chain := range slices.Sorted(maps.Keys(g.ends)) {
		if e := g.ends[chain]; e.Head != e.was {
			rows = append(rows, string(chain), int64(e.Seq), e.Hash[:])
		}
	}
	return rows
}

// stamp is a time as it is kept: UTC, to the millisecond as chains have it, in a text that sorts as time does.
func stamp(t time.Time) string { return t.UTC().Format(stampForm) }

const stampForm = "2006-01-02T15:04:05.000Z"

// AnchorAll (锚定) writes the heads of all chains of a province that moved since they were last anchored into the province's chain,
// each as an entry of its own, and tells how many. by is who is written down as having done it.
//
// 依据: YA-4.10.2
func (s *Store) AnchorAll(ctx context.Context, province region.Code, by office.UserID) (int, error) {
	heads, err := s.unanchored(ctx, province)
	if err != nil || len(heads) == 0 {
		return 0, err
	}
	at := s.now()
	last := len(heads) - 1
	record := func(h office.Head) office.Record {
		r := office.Anchor(h, at)
		r.Chain, r.Who = province, by
		return r
	}
	_, err = s.Write(ctx, Act{Record: record(heads[last]), Scope: ScopeOf(province)}, func(t *Tx) error {
		for _, h := range heads[:last] {
			if err := t.Log(record(h)); err != nil {
				return err
			}
		}
		return nil
	})
	return len(heads), err
}

// unanchored gives the heads of a province's other chains that are not in its own.
func (s *Store) unanchored(ctx context.Context, province region.Code) (heads []office.Head, err error) {
	first, last := bounds(ScopeOf(province))
	err = s.read(ctx, func(l *link) error {
		rows, err := l.query(ctx, `SELECT c.chain, c.seq, c.hash, COALESCE((SELECT canonical FROM audit a WHERE a.kind = $1 AND a.object = c.chain AND a.chain = $2
ORDER BY a.seq DESC LIMIT 1), $3) FROM chains c WHERE c.chain >= $4 AND c.chain <= $5 AND c.chain <> $6 AND c.seq > 0 ORDER BY c.chain`,
			anchorKind, string(province), []byte{}, first, last, string(province))
		return each(rows, err, func(scan func(...any) error) error {
			var h office.Head
			var before []byte
			if err := scanHead(&h, func(to ...any) error { return scan(append([]any{(*string)(&h.Chain)}, append(to, &before)...)...) }); err != nil {
				return err
			}
			if e, err := office.Decode(before); err != nil || !bytes.Contains(e.Canonical(), []byte(h.Hash.String())) {
				heads = append(heads, h)
			}
			return nil
		})
	})
	return heads, err
}

// Entries (审计日志) gives the entries of the chains in a scope, the province's own chain first, each chain in its order: as
// office.Verify wants them.
//
// 依据: YA-4.10.2
func (s *Store) Entries(ctx context.Context, scope office.Scope) iter.Seq2[office.Entry, error] {
	first, last := bounds(scope)
	return s.entries(ctx, first, last, entryColumns, scanEntry)
}

// entryColumns are what an entry is read from; wholeColumns are also those it is found by.
const (
	entryColumns = "chain, seq, canonical, hash"
	wholeColumns = entryColumns + ", at, who, action, kind, object"
)

// entries reads chains; scan takes the columns.
func (s *Store) entries(ctx context.Context, first, last, columns string, scan func(func(...any) error) (office.Entry, error)) iter.Seq2[office.Entry, error] {
	return func(yield func(office.Entry, error) bool) {
		stopped := false
		err := s.read(ctx, func(l *link) error {
			rows, err := l.query(ctx, "SELECT "+columns+" FROM audit WHERE chain >= $1 AND chain <= $2 ORDER BY chain, seq", first, last)
			if err != nil {
				return err
			}
			defer rows.Close() // its error comes from Err
			for rows.Next() {
				e, err := scan(rows.Scan)
				if err != nil {
					return err
				}
				if stopped = !yield(e, nil); stopped {
					return nil
				}
			}
			return rows.Err()
		})
		if err != nil && !stopped {
			yield(office.Entry{}, err)
		}
	}
}

// scanWhole reads an entry from wholeColumns: those it is found by must say what its bytes say.
func scanWhole(scan func(...any) error) (office.Entry, error) {
	var at, who, action, kind, object string
	e, err := scanEntry(func(to ...any) error { return scan(append(to, &at, &who, &action, &kind, &object)...) })
	if err == nil && e.Action != "" && (at != stamp(e.At) || who != string(e.Who) || action != e.Action || kind != e.Object.Kind || object != e.Object.ID) {
		err = &office.Broken{Chain: e.Chain, Seq: e.Seq, Defect: office.WrongIndex}
	}
	return e, err
}

// scanEntry reads an entry with the hash that was kept for it. One whose bytes cannot be read is what the reader of a chain finds.
func scanEntry(scan func(...any) error) (office.Entry, error) {
	var chain string
	var seq int64
	var canonical, hash []byte
	if err := scan(&chain, &seq, &canonical, &hash); err != nil {
		return office.Entry{}, err
	}
	e, err := office.Decode(canonical)
	if err != nil {
		e = office.Entry{}
	}
	e.Chain, e.Seq = region.Code(chain), office.Seq(seq)
	e.Hash = office.Digest{}
	copy(e.Hash[:], hash)
	return e, nil
}

// Heads (链头) gives where the chains in a scope end, for somebody to keep elsewhere.
func (s *Store) Heads(ctx context.Context, scope office.Scope) ([]office.Head, error) {
	first, last := bounds(scope)
	return s.heads(ctx, first, last)
}

func (s *Store) heads(ctx context.Context, first, last string) (heads []office.Head, err error) {
	err = s.read(ctx, func(l *link) error {
		rows, err := l.query(ctx, "SELECT seq, hash, chain FROM chains WHERE chain >= $1 AND chain <= $2 AND seq > 0 ORDER BY chain", first, last)
		return each(rows, err, func(scan func(...any) error) error {
			var h office.Head
			err := scanHead(&h, func(to ...any) error { return scan(append(to, (*string)(&h.Chain))...) })
			heads = append(heads, h)
			return err
		})
	})
	return heads, err
}

// anchorKind is the kind of object that an anchor names.
const anchorKind = "chain"
