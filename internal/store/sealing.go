package store

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"tongchou/internal/canon"
	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/office"
)

// guarded (入链数据表) is a table whose rows the audit chain vouches for: an act's entry holds the digest of every row the act wrote, so that a row
// that was changed, added or taken away past the program is found by Verify.
type guarded struct {
	name    string
	key     []string
	columns []string // all others that stand for something; not those that are written without an act
	version bool     // rows count their versions in a column of that name: the highest holds, whichever chains they stand in
}

// The guarded tables. Books' lines and postings are not among them, since posting the vouchers again gives them.
var (
	guardedDocuments    = &guarded{"documents", list("id"), list("kind division title amount digest policy trial maker state stage waits_at"), true}
	guardedSteps        = &guarded{"document_steps", list("document version"), list("at person name department division act stage action reason amount digest"), false}
	guardedUsers        = &guarded{"users", list("id"), list("login name department division roles state version password old_passwords password_set must_change"), false}
	guardedTokens       = &guarded{"tokens", list("id"), list("digest person title actions made expires revoked"), false}
	guardedSingles      = &guarded{"single_logins", list("person"), list("name subject"), false}
	guardedPapers       = &guarded{"papers", list("division digest"), list("kind content"), false}
	guardedBatches      = &guarded{"batches", list("id"), list("division kind insurance year subject corrects digest made_at finished"), false}
	guardedItems        = &guarded{"items", list("id"), list("batch division kind year insurance payer payer_level payer_division payee payee_level payee_division amount due source_kind source decision number paid lapsed sent_by sent_on sent_ref"), true}
	guardedPayments     = &guarded{"item_payments", list("item receipt seq"), list("division amount date maker reviewer asked_by reason undone_by undone_on"), false}
	guardedReceipts     = &guarded{"bank_receipts", list("division id"), list("date insurance amount payer payer_name note synthetic brought_by used suspended disposed book reason settled_by"), true}
	guardedAccounts     = &guarded{"bank_accounts", list("book"), list("division name number bank confirmed_by next_name next_number next_bank next_by"), false}
	guardedBooks        = &guarded{"books", list("book"), list("division insurance kind one_word deficit_approval"), false}
	guardedYears        = &guarded{"book_years", list("book year"), list("first_month through_month closed"), false}
	guardedDrafts       = &guarded{"voucher_drafts", list("id"), list("book division kind maker state reason changed_at content"), true}
	guardedSources      = &guarded{"sources", list("source"), list("division at who action document digest done persons finished"), false}
	guardedSheets       = &guarded{"budget_sheets", list("division insurance year kind revision"), list("document maker changed_at content"), true}
	guardedPublications = &guarded{"publications", list("id"), list("document division title year insurance comparison published_at published_by publisher withdrawn_at withdrawn_by reason"), false}
	guardedStandards    = &guarded{"contribution_standards", list("year division way"), list("individual central province city county aid average_wage employer_rate person_rate floor ceiling source"), false}
	guardedVersions     = &guarded{"standard_versions", list("year division way revision"), list("at who content"), false}
	guardedSlices       = &guarded{"person_slices", list("slice"), list("marks"), true}
	guardedTargets      = &guarded{"enrolment_targets", list("division year revision"), list("state maker made_at approver approved_at content"), true}
	guardedGrants       = &guarded{"person_grants", list("person no"), list("division owner whom key parts made expires revoked ground"), false}
	guardedObjections   = &guarded{"objections", list("person no"), list("county matter subject maker state round desk due bill"), true}
	guardedObjected     = &guarded{"objection_steps", list("person no step"), list("at who division deed outcome clause sealed"), false}
	guardedFiles        = &guarded{"report_files", list("source"), list("division matter digest name who at state counts synthetic"), true}
	guardedWorks        = &guarded{"work_items", list("id"), list("division matter step likeness person source row made amount state did rule who decided reason sealed"), true}
	guardedRules        = &guarded{"work_rules", list("id"), list("division matter step since reason who made revoked revoked_by revoked_why"), false}
	guardedLots         = &guarded{"tax_lots", list("source first_row"), list("last_row count amount digest"), false}
	guardedInstitutions = &guarded{"institutions", list("institution"), list("division name level account synthetic signing sign_key"), false}
	guardedVisits       = &guarded{"visits", list("person visit"), list("institution state sealed"), true}
	guardedFees         = &guarded{"visit_fees", list("person visit part"), list("sealed"), false}
	guardedSettlements  = &guarded{"settlements", list("person settlement"), list(`visit institution county insurance clearing year settled_on seq counted mirrors undone_by
total whole over_limit first_paid in_scope basic catastrophic large aid other account family cash before after sealed`), true}
	guardedMessages        = &guarded{"exchange_messages", list("message"), list("person content object undone answer chain at who whence"), false}
	guardedShares          = &guarded{"published_shares", list("publication division"), list("content"), false}
	guardedDays            = &guarded{"clearing_days", list("province day"), list("settled digest who at"), false}
	guardedMonths          = &guarded{"clearing_months", list("area year month"), list("state maker made_at reviewer booked_at settled digest synthetic"), true}
	guardedReconciliations = &guarded{"reconciliations", list("message"), list("institution first_day last_day insurance care refunds at their_rows their_total their_funds their_accounts our_rows our_total our_funds our_accounts"), false}
)

// laterColumns are the columns that a migration added to a guarded table. A row in which one is 0 or empty has the digest it had before.
var laterColumns = map[string][]string{
	"objections":    list("bill"),
	"item_payments": list("seq asked_by reason undone_by undone_on"), "bank_accounts": list("confirmed_by next_name next_number next_bank next_by"),
	"person_grants": list("ground"), "institutions": list("signing sign_key"), "exchange_messages": list("chain at who whence"),
}

func list(text string) []string { return strings.Fields(text) }

// guardedTables are all of them, by name.
func guardedTables() map[string]*guarded {
	all := map[string]*guarded{}
	for _, g := range []*guarded{guardedDocuments, guardedSteps, guardedUsers, guardedTokens, guardedSingles, guardedPapers, guardedBatches, guardedItems, guardedPayments, guardedReceipts,
		guardedAccounts, guardedBooks, guardedYears, guardedDrafts, guardedSheets, guardedPublications, guardedShares, guardedStandards, guardedSources, guardedTargets, guardedSlices, guardedVersions,
		guardedFiles, guardedWorks, guardedRules, guardedLots, guardedGrants, guardedObjections, guardedObjected, guardedInstitutions, guardedVisits, guardedFees, guardedSettlements, guardedMessages,
		guardedExchangeFiles, guardedEditions, guardedMappings, guardedLists, guardedDays, guardedMonths, guardedReconciliations, guardedBenefits,
		guardedSignOuts, guardedRegistrations, guardedRegistered, guardedPurses, guardedMovements, guardedKin, guardedRuns} {
		all[g.name] = g
	}
	return all
}

// guardedRow names a row: its table and its key, as texts.
type guardedRow struct {
	table *guarded
	key   string // the canonical form of the key's values
}

// wrote says that the act wrote, or took away, a row of a guarded table.
func (t *Tx) wrote(table *guarded, key ...any) {
	t.wroteRow(guardedRow{table, string(table.form(key))}, key)
}

func (t *Tx) wroteRow(row guardedRow, key []any) {
	delete(t.stood, row)
	if _, known := t.written[row]; known {
		return
	}
	if t.written == nil {
		t.written = map[guardedRow][]any{}
	}
	t.written[row] = key
}

// form is the canonical form of the first values of a row as a database gives them, in the order of selecting.
func (g *guarded) form(values []any) []byte { return g.appendForm(nil, values) }

func (g *guarded) appendForm(w canon.Writer, values []any) canon.Writer {
	later := laterColumns[g.name]
	for i, value := range values {
		if name, named := g.column(i); named && slices.Contains(later, name) {
			if value == int64(0) || value == "" {
				continue
			}
			w.Text(name)
		}
		switch v := value.(type) {
		case int64:
			w.Number(v)
		case string:
			w.Text(v)
		case []byte:
			w.Bytes(v)
		default:
			panic(fmt.Sprintf("store: a %T in a guarded row", value))
		}
	}
	return w
}

// column names a row's value; its version has no name.
func (g *guarded) column(i int) (name string, named bool) {
	switch {
	case i < len(g.key):
		return g.key[i], true
	case i < len(g.key)+len(g.columns):
		return g.columns[i-len(g.key)], true
	}
	return "", false
}

// The kinds of seals in the field of an entry that holds them.
const (
	rowSeal     = "row"
	voucherSeal = "vouchers"
)

// seal gives the digests of the vouchers that the act posted and of the rows it wrote, as they stand now; the act's record names the vouchers.
func (t *Tx) seal() ([]byte, error) {
	if err := t.writeMarks(); err != nil {
		return nil, err
	}
	if len(t.named) <= mostNamed {
		t.act.After = append(slices.Clip(t.act.After), t.named...)
	}
	var w canon.Writer
	rows := slices.SortedFunc(maps.Keys(t.written), func(a, b guardedRow) int { return strings.Compare(a.order(), b.order()) })
	for _, row := range rows {
		now, put := t.stood[row]
		if !put {
			var err error
			if now.version, now.digest, err = t.rowDigest(row.table, t.written[row]); err != nil {
				return nil, err
			}
		}
		w.Text(rowSeal)
		w.Text(row.table.name)
		w.Text(hex.EncodeToString([]byte(row.key)))
		w.Number(now.version)
		w.Text(now.digest)
	}
	for _, run := range t.runs {
		w.Text(voucherSeal)
		w.Text(run.book)
		w.Number(run.first)
		w.Number(run.last)
		w.Text(office.DigestOf(run.digests).String())
	}
	return w, nil
}

// voucherRun is what an act posted in a book: vouchers with serial numbers that follow one another, and their digests.
type voucherRun struct {
	book        string
	first, last int64
	digests     []byte
}

// posted remembers a voucher for the seal.
func (t *Tx) posted(book string, serial int64, digest []byte) {
	at := slices.IndexFunc(t.runs, func(r voucherRun) bool { return r.book == book && r.last+1 == serial })
	if at < 0 {
		at = len(t.runs)
		t.runs = append(t.runs, voucherRun{book: book, first: serial})
	}
	t.runs[at].last = serial
	t.runs[at].digests = append(t.runs[at].digests, digest...)
}

// rowDigest is the digest of a row as it stands in the transaction; empty when there is none any more.
func (t *Tx) rowDigest(table *guarded, key []any) (version int64, digest string, err error) {
	err = t.reads([]string{table.name}, func(scan func(...any) error) error {
		values, err := table.values(scan)
		if err == nil {
			version, digest = table.digest(values)
		}
		return err
	}, table.selecting()+" WHERE "+table.equals(), key...)
	return version, digest, err
}

// selecting reads key, columns and version of the rows of a table.
func (g *guarded) selecting() string {
	columns := slices.Concat(g.key, g.columns)
	if g.version {
		columns = append(columns, "version")
	}
	return "SELECT " + strings.Join(columns, ", ") + " FROM " + g.name
}

func (g *guarded) equals() string {
	parts := make([]string, len(g.key))
	for i, column := range g.key {
		parts[i] = column + " = $" + strconv.Itoa(i+1)
	}
	return strings.Join(parts, " AND ")
}

// values scans a row of selecting.
func (g *guarded) values(scan func(...any) error) ([]any, error) {
	n := len(g.key) + len(g.columns)
	if g.version {
		n++
	}
	values, to := make([]any, n), make([]any, n)
	for i := range values {
		to[i] = &values[i]
	}
	return values, scan(to...)
}

// digest is the version and the digest of a row's values.
func (g *guarded) digest(values []any) (version int64, digest string) {
	if g.version {
		version = values[len(values)-1].(int64)
	}
	form := forms.Get().(*canon.Writer)
	defer forms.Put(form)
	*form = g.appendForm((*form)[:0], values)
	return version, office.DigestOf(*form).String()
}

// forms are rooms to write forms in that are digested at once.
var forms = sync.Pool{New: func() any { return new(canon.Writer) }}

// seals (封存记录) gathers what the chains say of rows and vouchers.
type seals struct {
	rows     map[guardedRow][]rowState // the last of each chain
	vouchers map[string][]sealedRun
	tables   map[string]*guarded
}

// rowState is what an entry says of a row.
type rowState struct {
	chain   string
	seq     office.Seq
	version int64
	digest  string // empty when it was taken away
}

type sealedRun struct {
	first, last int64
	digest      string
	at          office.Head
}

func newSeals() *seals {
	return &seals{rows: map[guardedRow][]rowState{}, vouchers: map[string][]sealedRun{}, tables: guardedTables()}
}

// add takes up the seals of an entry. What cannot be read breaks the chain at that entry.
func (s *seals) add(e office.Entry) error {
	for _, field := range e.After {
		if field.Name == office.SealField && !s.read(e, field.Value) {
			return &office.Broken{Chain: e.Chain, Seq: e.Seq, Defect: office.WrongSeal}
		}
	}
	return nil
}

func (s *seals) read(e office.Entry, text string) bool {
	r := canon.NewReader([]byte(text))
	for r.Sound() && !r.Whole() {
		switch r.Text() {
		case rowSeal:
			table, known := s.tables[r.Text()]
			key, err := hex.DecodeString(r.Text())
			state := rowState{string(e.Chain), e.Seq, r.Number(), r.Text()}
			if !known || err != nil {
				return false
			}
			s.put(guardedRow{table, string(key)}, state)
		case voucherSeal:
			book := r.Text()
			s.vouchers[book] = append(s.vouchers[book], sealedRun{r.Number(), r.Number(), r.Text(), e.Head()})
		default:
			return false
		}
	}
	return r.Sound()
}

// put replaces what the same chain said before.
func (s *seals) put(row guardedRow, state rowState) {
	states := s.rows[row]
	if i := slices.IndexFunc(states, func(x rowState) bool { return x.chain == state.chain }); i >= 0 {
		states[i] = state
		return
	}
	s.rows[row] = append(states, state)
}

// verifyRows compares every row of the guarded tables with the chains, and refuses the first that differs, is in no entry, or is missing.
//
// 依据: YA-4.10.2
func (s *Store) verifyRows(ctx context.Context, sealed *seals) error {
	err := s.read(ctx, func(l *link) error {
		for _, name := range slices.Sorted(maps.Keys(sealed.tables)) {
			if err := sealed.compare(l.querier(ctx), sealed.tables[name]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return sealed.missing()
}

func (s *seals) compare(ask querier, table *guarded) error {
	return ask(func(scan func(...any) error) error {
		values, err := table.values(scan)
		if err != nil {
			return err
		}
		version, digest := table.digest(values)
		row := guardedRow{table, string(table.form(values[:len(table.key)]))}
		states, known := s.rows[row]
		delete(s.rows, row)
		if !known {
			return fault.New(fault.Refused, "store.verify_row_unknown", "table", table.name, "key", row.text())
		}
		for _, state := range current(table, states) {
			if state.digest == digest && state.version == version {
				return nil
			}
		}
		last := states[0]
		return fault.New(fault.Refused, "store.verify_row_changed", "table", table.name, "key", row.text(), "chain", last.chain, "seq", int64(last.seq))
	}, table.selecting())
}

// current are the states that may hold: the highest version's, or the last of each chain where rows have no versions. A row that is taken away
// has no version and may always be meant.
func current(table *guarded, states []rowState) []rowState {
	if !table.version {
		return states
	}
	var highest int64
	for _, state := range states {
		highest = max(highest, state.version)
	}
	return slices.DeleteFunc(slices.Clone(states), func(state rowState) bool { return state.digest != "" && state.version < highest })
}

// missing refuses the first row, by table and key, that is in the chains, was not taken away, and was not met.
func (s *seals) missing() error {
	var first *guardedRow
	for row, states := range s.rows {
		gone := slices.ContainsFunc(states, func(state rowState) bool { return state.digest == "" })
		if !gone && (first == nil || row.order() < first.order()) {
			first = &row
		}
	}
	if first == nil {
		return nil
	}
	last := s.rows[*first][0]
	return fault.New(fault.Refused, "store.verify_row_missing", "table", first.table.name, "key", first.text(), "chain", last.chain, "seq", int64(last.seq))
}

// order is by what rows are sorted: their table and key.
func (r guardedRow) order() string { return r.table.name + "\x00" + r.key }

// text writes a row's key for people.
func (r guardedRow) text() string {
	key := canon.NewReader([]byte(r.key))
	var parts []string
	for key.Sound() && !key.Whole() {
		part := key.Text()
		if !validText(part) {
			part = fmt.Sprintf("%x", part)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " ")
}

func validText(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == '\uFFFD' })
}

// vouchersOf compares the vouchers of a book, by serial number, with the chains.
//
// 依据: YA-4.10.2
func (s *seals) vouchersOf(book ledger.Book, serials []int64, digests [][]byte) error {
	runs := s.vouchers[book.String()]
	delete(s.vouchers, book.String())
	slices.SortFunc(runs, func(a, b sealedRun) int { return int(a.first - b.first) })
	at := 0
	for _, run := range runs {
		from := at
		for at < len(serials) && serials[at] <= run.last && serials[at] >= run.first {
			at++
		}
		if int64(at-from) != run.last-run.first+1 || office.DigestOf(bytes.Join(digests[from:at], nil)).String() != run.digest {
			return fault.New(fault.Refused, "store.verify_vouchers", "book", book.Name(), "chain", run.at.Chain, "seq", int64(run.at.Seq))
		}
	}
	if at < len(serials) {
		return fault.New(fault.Refused, "store.verify_voucher_unknown", "book", book.Name(), "serial", serials[at])
	}
	return nil
}

// noVouchersLeft refuses the first book that the chains speak of and that is gone.
func (s *seals) noVouchersLeft() error {
	if len(s.vouchers) == 0 {
		return nil
	}
	book := slices.Min(slices.Collect(maps.Keys(s.vouchers)))
	at := s.vouchers[book][0].at
	return fault.New(fault.Refused, "store.verify_book_missing", "book", book, "chain", at.Chain, "seq", int64(at.Seq))
}
