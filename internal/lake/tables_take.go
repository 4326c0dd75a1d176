package lake

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"math/big"
	"math/bits"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emmansun/gmsm/sm3"
	"github.com/jackc/pgx/v5/stdlib"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

const (
	connectTimeout = 10 * time.Second
	batchBytes     = 1 << 18 // lines that are sent together
	columnarMethod = "columnar"
)

// pouring is an import into tables: one transaction, from before the manifest is read to the new entry in it. The lines of a year
// are copied straight into its partition; a server cannot take lines of two years at once on one connection.
type pouring struct {
	tables *tables
	in     *intake
	tx     *sql.Conn
	number int

	cancel  context.CancelFunc
	full    chan *batch
	closed  bool          // full is
	done    bool          // the transaction came to an end, even if it is not known to which
	stopped chan struct{} // closed when no more is sent
	failed  error         // why, once stopped is closed
	sent    int64

	mu      sync.Mutex
	waiting map[int64][]*batch // by year, with room
	all     []*batch
}

// batch are lines of one year on their way.
type batch struct {
	year  int64
	lines []byte
	line  []byte
	sums  map[string]*rowSums // by pooling area, of all lines the batch ever held
}

// take begins the transaction, and waits until nobody else changes the store.
func (t *tables) take(ctx context.Context, in *intake) (taking, Manifest, error) {
	if err := t.make(ctx); err != nil {
		return nil, Manifest{}, err
	}
	conn, err := t.db.Conn(ctx)
	if err != nil {
		return nil, Manifest{}, t.failure(err)
	}
	p := &pouring{tables: t, in: in, tx: conn, waiting: map[int64][]*batch{}}
	m, err := p.begin(ctx)
	if err == nil {
		err = in.lake.clean(m)
	}
	if err != nil {
		p.end()
		return nil, Manifest{}, err
	}
	p.number = len(m.Imports) + 1
	return p, m, nil
}

func (p *pouring) begin(ctx context.Context) (Manifest, error) {
	t := p.tables
	for _, text := range append([]string{"BEGIN"}, t.settings()...) {
		if _, err := p.tx.ExecContext(ctx, text); err != nil {
			return Manifest{}, t.failure(err)
		}
	}
	if _, err := p.tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", int64(lakeLock)); err != nil {
		return Manifest{}, t.failure(err)
	}
	return t.readManifest(ctx, p.tx)
}

// start sees that the pseudonyms of this directory are those of the tables, and begins to send.
func (p *pouring) start(ctx context.Context) error {
	key, err := p.in.lake.personKey()
	if err != nil {
		return err
	}
	known, err := p.tables.readDocument(ctx, p.tx, personDocument)
	if err != nil {
		return err
	}
	id := `"` + keyID(key) + `"`
	if known != nil && string(known) != id {
		return fault.New(fault.Refused, "lake.tables.key", "file", p.in.lake.path(keyFile), "server", p.tables.server)
	}
	if _, err := p.tx.ExecContext(ctx, saveDocumentSQL, personDocument, id); err != nil {
		return p.tables.failure(err)
	}
	ctx, p.cancel = context.WithCancel(ctx)
	p.full, p.stopped = make(chan *batch, 4), make(chan struct{})
	go p.send(ctx)
	return nil
}

// put writes the row as a line of COPY: its cells with tabs between them, nothing for an absent one. No cell holds a tab, a line
// feed or nothing.
func (p *pouring) put(r *storedRow) error {
	b := p.batch(r.number[colYear])
	b.add(r, p.number)
	if len(b.lines) < batchBytes {
		p.mu.Lock()
		p.waiting[b.year] = append(p.waiting[b.year], b)
		p.mu.Unlock()
		return nil
	}
	return p.hand(b)
}

// hand gives a batch to whoever sends.
func (p *pouring) hand(b *batch) error {
	select {
	case p.full <- b:
		return nil
	case <-p.stopped:
		return p.failed
	}
}

// batch gives one with room.
func (p *pouring) batch(year int64) *batch {
	p.mu.Lock()
	defer p.mu.Unlock()
	if with := p.waiting[year]; len(with) > 0 {
		b := with[len(with)-1]
		p.waiting[year] = with[:len(with)-1]
		return b
	}
	b := &batch{year: year, lines: make([]byte, 0, batchBytes+1<<12), sums: map[string]*rowSums{}}
	p.all = append(p.all, b)
	return b
}

func (b *batch) add(r *storedRow, number int) {
	line, escape := b.line[:0], false
	for i := range storedCount {
		if i > 0 {
			line = append(line, '\t')
		}
		switch {
		case r.absent[i]:
		case numeric[i]:
			line = strconv.AppendInt(line, r.number[i], 10)
		default:
			line = append(line, r.text[i]...)
			escape = escape || slices.Contains(r.text[i], '\\')
		}
	}
	b.line = line
	sums := b.sums[string(r.text[colCity])]
	if sums == nil {
		sums = &rowSums{}
		b.sums[string(r.text[colCity])] = sums
	}
	sums.add(line)
	b.lines = append(strconv.AppendInt(b.lines, int64(number), 10), '\t')
	if escape {
		line = []byte(strings.ReplaceAll(string(line), `\`, `\\`))
	}
	b.lines = append(append(b.lines, line...), '\n')
}

// send copies batches, as many of one year as come after one another at a time.
func (p *pouring) send(ctx context.Context) {
	defer close(p.stopped)
	next := <-p.full
	for next != nil {
		if p.failed = p.tables.makeYear(ctx, policy.Year(next.year)); p.failed != nil {
			return
		}
		source := &stream{p: p, now: next}
		text := "COPY " + partition(policy.Year(next.year)) + " (import_no, " + storedNames() + ") FROM STDIN WITH (FORMAT text, NULL '')"
		err := p.tx.Raw(func(driver any) error {
			tag, err := driver.(*stdlib.Conn).Conn().PgConn().CopyFrom(ctx, source, text)
			p.sent += tag.RowsAffected()
			return err
		})
		if err != nil {
			p.failed = p.tables.failure(cmp.Or(ctx.Err(), err))
			return
		}
		next = source.next
	}
}

// stream reads the batches of one year. next is the first of another.
type stream struct {
	p         *pouring
	now, next *batch
	at        int
}

func (s *stream) Read(b []byte) (int, error) {
	for s.now != nil && s.at == len(s.now.lines) {
		year := s.now.year
		s.p.spent(s.now)
		s.now, s.at = <-s.p.full, 0
		if s.now != nil && s.now.year != year {
			s.now, s.next = nil, s.now
		}
	}
	if s.now == nil {
		return 0, io.EOF
	}
	n := copy(b, s.now.lines[s.at:])
	s.at += n
	return n, nil
}

// spent makes room in a batch again.
func (p *pouring) spent(b *batch) {
	b.lines = b.lines[:0]
	p.mu.Lock()
	p.waiting[b.year] = append(p.waiting[b.year], b)
	p.mu.Unlock()
}

// makeYear makes the partition of a year, outside the import's transaction: nobody who reads waits for it, and an empty one
// does no harm.
func (t *tables) makeYear(ctx context.Context, year policy.Year) error {
	name := partition(year)
	var there bool
	if err := t.db.QueryRowContext(ctx, "SELECT to_regclass($1) IS NOT NULL", name).Scan(&there); err != nil || there {
		return t.failure(err)
	}
	tx, err := t.db.BeginTx(ctx, nil)
	if err != nil {
		return t.failure(err)
	}
	defer tx.Rollback() // nothing is left of it when it was committed
	for _, text := range []string{"CREATE TABLE " + name + " (LIKE tongchou_lake.claims)",
		"ALTER TABLE tongchou_lake.claims ATTACH PARTITION " + name + " FOR VALUES IN (" + strconv.Itoa(int(year)) + ")"} {
		if _, err := tx.ExecContext(ctx, text); err != nil {
			return t.failure(err)
		}
	}
	return t.failure(tx.Commit())
}

// finish sends what waits, and notes what was sent.
func (p *pouring) finish(ctx context.Context) error {
	for _, b := range p.all {
		if len(b.lines) > 0 {
			if err := p.hand(b); err != nil {
				return err
			}
		}
	}
	close(p.full)
	p.closed = true
	<-p.stopped
	if p.failed != nil {
		return p.failed
	}
	r := &p.in.report
	if p.sent != r.Rows {
		return fault.New(fault.Internal, "lake.import.lost", "sent", r.Rows, "kept", p.sent)
	}
	r.Files = p.files()
	for _, year := range r.years() {
		if _, err := p.tx.ExecContext(ctx, "ANALYZE "+partition(year)); err != nil {
			return p.tables.failure(err)
		}
	}
	return nil
}

// files are what the manifest says of the rows: for each year and pooling area how many, and their digest.
func (p *pouring) files() []File {
	sums := map[part]*rowSums{}
	for _, b := range p.all {
		for city, s := range b.sums {
			key := part{policy.Year(b.year), region.Code(city)}
			if sums[key] == nil {
				sums[key] = &rowSums{}
			}
			sums[key].join(s)
		}
	}
	var out []File
	for key, s := range sums {
		out = append(out, File{Path: tablePath(key, p.in.report.ID), Year: key.year, City: key.city, Rows: s.rows,
			Digest: rowsDigest(s.rows, s.high.String(), s.low.String())})
	}
	slices.SortFunc(out, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return out
}

// orphans asks first what the refunds refund and is there, and then which of them do not.
func (p *pouring) orphans(ctx context.Context, m Manifest, each func(Orphan)) error {
	number, all := strconv.Itoa(p.number), strconv.Itoa(p.number)
	if others := m.numbers(p.in.options.Kind); others != "" {
		all += ", " + others
	}
	refunds := "FROM tongchou_lake.claims WHERE import_no = " + number + " AND refd_setl_flag = 1 AND init_setl_id IS NOT NULL"
	return query(ctx, p.tx, `SELECT setl_id, init_setl_id `+refunds+` AND init_setl_id NOT IN (
  SELECT setl_id FROM tongchou_lake.claims WHERE import_no IN (`+all+`) AND refd_setl_flag = 0 AND setl_id IN (SELECT init_setl_id `+refunds+`))
ORDER BY setl_id, init_setl_id`, func(rows *sql.Rows) error {
		var o Orphan
		if err := rows.Scan(&o.ID, &o.Original); err != nil {
			return err
		}
		each(o)
		return nil
	})
}

// publish puts the reject file in its place and commits.
func (p *pouring) publish(ctx context.Context, _ Manifest) error {
	r := &p.in.report
	if r.Rejected > 0 {
		from, to := p.in.staged(rejectsFile), p.in.lake.rejects(r.ID)
		if _, err := settle(from); err != nil {
			return err
		}
		if err := publish(from, to); err != nil {
			return err
		}
		if err := errors.Join(syncDir(filepath.Dir(to)), syncDir(p.in.lake.dir)); err != nil {
			return err
		}
		r.RejectFile = to
	}
	if err := saveImport(ctx, p.tx, p.number, r.Import); err != nil {
		return p.tables.failure(err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	p.in.nest.fresh = false // from here on the key may be needed
	p.done = true
	if _, err := p.tx.ExecContext(context.WithoutCancel(ctx), "COMMIT"); err != nil {
		return p.doubt(err)
	}
	return nil
}

// doubt asks what became of a commit that was not answered.
func (p *pouring) doubt(cause error) error {
	ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
	defer cancel()
	r := &p.in.report
	for ctx.Err() == nil {
		m, err := p.settled(ctx)
		if err == nil {
			if len(m.Imports) >= p.number && m.Imports[p.number-1].Digest == r.Digest && m.Imports[p.number-1].At == r.At {
				return nil
			}
			return p.tables.failure(cause)
		}
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
	f := fault.New(fault.Refused, "lake.tables.unsure", "import", r.ID, "server", p.tables.server)
	f.Cause = cause
	return f
}

// settled reads the manifest once the lock is free: whoever held it has come to an end.
func (p *pouring) settled(ctx context.Context) (Manifest, error) {
	tx, err := p.tables.lock(ctx, true)
	if err != nil {
		return Manifest{}, err
	}
	defer tx.Rollback() // only read from
	return p.tables.readManifest(ctx, tx)
}

// end rolls back what was not committed. A connection that is still copying is cut.
func (p *pouring) end() {
	if p.cancel != nil {
		p.cancel()
		if !p.closed {
			close(p.full)
		}
		<-p.stopped
	}
	if !p.done {
		p.tx.ExecContext(context.Background(), "ROLLBACK") // a connection that fails here is rolled back by the server
	}
	p.tx.Close() // as above
}

// rowSums are the rows of a year and pooling area: how many, and the sums of the halves of the first 16 bytes of their SHA-256
// digests, each a number with a sign.
type rowSums struct {
	rows      int64
	high, low wideSum
}

func (s *rowSums) add(line []byte) {
	digest := sha256.Sum256(line)
	s.rows++
	s.high.add(int64(binary.BigEndian.Uint64(digest[:8])))
	s.low.add(int64(binary.BigEndian.Uint64(digest[8:])))
}

func (s *rowSums) join(t *rowSums) {
	s.rows += t.rows
	s.high.join(t.high)
	s.low.join(t.low)
}

// wideSum is a sum of 128 bits.
type wideSum struct{ high, low uint64 }

func (s *wideSum) add(n int64) { s.join(wideSum{uint64(n >> 63), uint64(n)}) }

func (s *wideSum) join(t wideSum) {
	var carry uint64
	s.low, carry = bits.Add64(s.low, t.low, 0)
	s.high, _ = bits.Add64(s.high, t.high, carry)
}

func (s wideSum) String() string {
	n := new(big.Int).Lsh(big.NewInt(int64(s.high)), 64)
	return n.Add(n, new(big.Int).SetUint64(s.low)).String()
}

// rowsDigest is what the manifest says of rows.
func rowsDigest(rows int64, high, low string) string {
	sum := sm3.Sum([]byte(strconv.FormatInt(rows, 10) + " " + high + " " + low))
	return hex.EncodeToString(sum[:])
}

// Columnar (列式存放) lays the rows of a closed year by columns, which takes a fraction of the room and reads faster. It needs
// Citus. Withdrawing an import of that year lays them by rows again.
func (l *Lake) Columnar(ctx context.Context, year policy.Year) error {
	t, ok := l.keeping.(*tables)
	if !ok || !t.citus {
		return fault.New(fault.Refused, "lake.tables.columnar")
	}
	tx, err := t.lock(ctx, false)
	if err != nil {
		return err
	}
	defer tx.Rollback() // nothing is left of it when it was committed
	var method sql.NullString
	err = tx.QueryRowContext(ctx, "SELECT a.amname FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE c.oid = to_regclass($1)", partition(year)).Scan(&method)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fault.New(fault.Refused, "lake.tables.no_year", "year", int(year))
	case err != nil:
		return t.failure(err)
	case method.String == columnarMethod:
		return nil
	}
	if _, err := tx.ExecContext(ctx, "SELECT alter_table_set_access_method(to_regclass($1), $2)", partition(year), columnarMethod); err != nil {
		return t.failure(err)
	}
	return t.failure(tx.Commit())
}
