package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/remit"
	"tongchou/internal/store"
)

// receiptsModel is the page of what the bank says has arrived (到账与对账).
type receiptsModel struct {
	outcome
	Rows              []receiptRow
	Matches           []matchRow
	Left              []leftRow
	Waiting           []batchChoice // payments a person may match by hand
	MayBring, MayJoin bool
	Added, Known      string
	Held              []heldRow
	Kinds             []stateChoice // books of the office that money may be suspended in
	Suspendable       bool
	Disposals         []stateChoice
	Query             receiptFilter
	States, Funds     []optionView
	Found, All        int
	Pages             []pickView
	MoreMatches       int // proposals and rests that are not shown yet
	MoreLeft          int
	BadDay            string
}

// receiptFilter is what of the statements is asked for, as it was typed.
type receiptFilter struct{ State, Fund, From, To, Text string }

// Bounds on what a page shows: rows of statements, and proposals or rests, of which the next come when these are done.
const (
	receiptsInPage = 50
	mostProposals  = 200
)

// The states of a row that can be asked for.
const (
	receiptOpen      = "open"
	receiptSuspended = "suspended"
	receiptDone      = "done"
)

// takes tells whether a row is asked for.
func (q receiptFilter) takes(b store.BankRow) bool {
	state := map[string]bool{"": true, receiptOpen: b.Left() > 0, receiptSuspended: b.Suspended > 0, receiptDone: b.Left() == 0}
	text := strings.Join([]string{string(b.ID), b.PayerName, b.Payer, b.Note}, "\n")
	return state[q.State] && (q.Fund == "" || string(b.Insurance) == q.Fund) && (q.From == "" || string(b.Date) >= q.From) && (q.To == "" || string(b.Date) <= q.To) &&
		strings.Contains(text, q.Text)
}

// chooseReceipts takes the rows that the filter asks for and cuts out the page.
func (f *frame) chooseReceipts(v *receiptsModel, rows []store.BankRow) {
	get := func(name string) string { return strings.TrimSpace(f.seen.Get(name)) }
	q := receiptFilter{get("state"), get("of"), get("from"), get("to"), get("q")}
	v.Query, v.All = q, len(rows)
	for _, day := range []*string{&q.From, &q.To} {
		if _, real := policy.ParseDate(*day); *day != "" && !real {
			v.BadDay, *day = *day, ""
		}
	}
	for _, state := range []string{receiptOpen, receiptSuspended, receiptDone} {
		v.States = append(v.States, optionView{state, f.T("web.receipts.state." + state), state == q.State})
	}
	for _, i := range pool.Insurances() {
		v.Funds = append(v.Funds, optionView{string(i), f.T("web.insurance." + string(i)), string(i) == q.Fund})
	}
	rows = slices.DeleteFunc(slices.Clone(rows), func(b store.BankRow) bool { return !q.takes(b) })
	v.Found = len(rows)
	from, to, pages := cut(len(rows), receiptsInPage, f.seen.Get("page"), func(page string) string {
		return f.link("/pool/receipts", "state", q.State, "of", q.Fund, "from", q.From, "to", q.To, "q", q.Text, "page", page) + "#receipts-title"
	})
	v.Pages = pages
	for _, b := range rows[from:to] {
		v.Rows = append(v.Rows, f.receiptRow(b))
	}
}

// receiptRow is a row of a bank's statement.
type receiptRow struct {
	ID, Date, Insurance, Payer, Note, Amount, Exact, Left, Reason string
	Version, Suspended                                            string
	Open, Synthetic                                               bool
}

// heldRow is where the money of a fund's statements stands.
type heldRow struct {
	Name, All, Matched, Suspended, Disposed, Unbooked string
	Whole                                             bool
}

// matchRow is a proposal; Seen names its shares in the versions that are shown.
type matchRow struct {
	Seen                          []string
	Rule, Receipts, Items, Amount string
}

// leftRow is what could not be matched.
type leftRow struct {
	Reason, What, Who, Amount string
	Seen                      string // the receipt, if it may be suspended
}

func (m *moneyDesk) receipts(f *frame, w http.ResponseWriter, r *http.Request) error {
	return m.receiptsAs(f, w, r, f.justDone())
}

func (m *moneyDesk) receiptsAs(f *frame, w http.ResponseWriter, r *http.Request, o outcome) error {
	got, err := m.service.Reconcile(r.Context(), f.subject.Division, policy.DayOf(m.Now()))
	if err != nil {
		return err
	}
	v := receiptsModel{outcome: o, MayBring: f.may(office.Pay, f.subject.Division), MayJoin: f.may(office.Reconcile, f.subject.Division),
		Added: f.seen.Get("added"), Known: f.seen.Get("known")}
	rows, err := m.Store.Receipts(r.Context(), office.Scope{Division: f.subject.Division, Reach: office.Own})
	if err != nil {
		return err
	}
	f.chooseReceipts(&v, rows)
	if err := m.held(f, r, rows, &v); err != nil {
		return err
	}
	v.MoreMatches, v.MoreLeft = max(0, len(got.Matches)-mostProposals), max(0, len(got.Left)-mostProposals)
	for _, match := range got.Matches[:len(got.Matches)-v.MoreMatches] {
		v.Matches = append(v.Matches, f.matchRow(match, got))
	}
	for n, l := range got.Left {
		if n < mostProposals {
			row := f.leftRow(l, got)
			v.Left, v.Suspendable = append(v.Left, row), v.Suspendable || row.Seen != ""
		}
		if i, ok := got.Items[l.Item]; ok {
			v.Waiting = append(v.Waiting, batchChoice{seenItem(i), f.T("web.receipts.waiting", "kind", i.Kind.Name(), "payer", i.Payer.Name(), "insurance", i.Insurance, "open", i.Open())})
		}
	}
	return f.render(w, r, o.Status, receiptsPage(f, v))
}

// held says where the money of the statements stands, and which books there are to suspend it in.
func (m *moneyDesk) held(f *frame, r *http.Request, rows []store.BankRow, v *receiptsModel) error {
	for _, i := range pool.Insurances() {
		of := remit.HeldOf(slices.DeleteFunc(slices.Clone(rows), func(b store.BankRow) bool { return b.Insurance != i }))
		if of.All > 0 {
			v.Held = append(v.Held, heldRow{f.T("web.insurance." + string(i)), f.exact(of.All), f.exact(of.Matched), f.exact(of.Suspended), f.exact(of.Disposed), f.exact(of.Unbooked), of.Unbooked == 0})
		}
	}
	for _, d := range ledger.Disposals() {
		v.Disposals = append(v.Disposals, stateChoice{string(d), f.Text(d.Name())})
	}
	books, err := m.Store.ListBooks(r.Context(), office.Scope{Division: f.subject.Division, Reach: office.Own})
	seen := map[ledger.BookKind]bool{}
	for _, b := range books {
		if !seen[b.Kind] {
			v.Kinds = append(v.Kinds, stateChoice{string(b.Kind), f.T("ledger.kind." + string(b.Kind))})
		}
		seen[b.Kind] = true
	}
	return err
}

func (f *frame) receiptRow(b store.BankRow) receiptRow {
	row := receiptRow{ID: string(b.ID), Date: string(b.Date), Insurance: f.T("web.insurance." + string(b.Insurance)), Payer: b.PayerName, Note: b.Note,
		Amount: f.amount(b.Amount), Exact: f.exact(b.Amount), Left: f.amount(b.Left()), Reason: b.Reason, Version: strconv.FormatInt(b.Version, 10), Open: b.Left() > 0, Synthetic: b.Synthetic}
	if b.Suspended > 0 {
		row.Suspended = f.T("web.receipts.suspended", "book", b.Book.Name())
	}
	if _, code, ok := strings.Cut(b.Payer, "/"); ok && row.Payer == "" {
		row.Payer = f.divisionName(region.Code(code))
	}
	return row
}

func (f *frame) matchRow(match ledger.Match, got remit.Reconciled) matchRow {
	row := matchRow{Rule: f.Text(match.Rule.Name())}
	var sum money.Fen
	var receipts, items []string
	for _, x := range match.Shares {
		b, i := got.Receipts[x.Receipt], got.Items[x.Item]
		row.Seen = append(row.Seen, strconv.FormatInt(b.Version, 10)+"\t"+string(x.Receipt)+"\t"+strconv.FormatInt(i.Version, 10)+"\t"+string(x.Item)+"\t"+x.Amount.String())
		sum += x.Amount
		receipts = append(receipts, string(x.Receipt)+" ("+string(b.Date)+")")
		items = append(items, f.T("web.receipts.item", "kind", i.Kind.Name(), "payer", i.Payer.Name()))
	}
	row.Receipts, row.Items, row.Amount = strings.Join(distinctTexts(receipts), ", "), strings.Join(distinctTexts(items), ", "), f.exact(sum)
	return row
}

func distinctTexts(all []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, text := range all {
		if !seen[text] {
			out = append(out, text)
		}
		seen[text] = true
	}
	return out
}

func (f *frame) leftRow(l ledger.Left, got remit.Reconciled) leftRow {
	row := leftRow{Reason: f.Text(l.Reason.Name()), Amount: f.exact(l.Amount)}
	if i, ok := got.Items[l.Item]; ok && l.Item != "" {
		row.What, row.Who = f.Text(i.Kind.Name())+" "+string(i.Due), f.Text(i.Payer.Name())
		return row
	}
	b := got.Receipts[l.Receipt]
	row.What, row.Who = string(b.ID)+" "+string(b.Date), f.receiptRow(b).Payer
	if b.Unbooked() > 0 {
		row.Seen = strconv.FormatInt(b.Version, 10) + " " + string(b.ID)
	} else {
		row.Reason += f.T("web.receipts.suspended.mark")
	}
	return row
}

func (m *moneyDesk) importReceipts(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readMoneyForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	in, has, err := uploadedFile(r, "file")
	if err == nil && !has {
		err = fault.New(fault.Refused, "web.data.error.file")
	}
	var added, known int
	if err == nil {
		added, known, err = m.service.Import(r.Context(), f.who(r), in)
	}
	back := f.link("/pool/receipts", "added", strconv.Itoa(added), "known", strconv.Itoa(known))
	return f.after(w, r, err, back, "imported", func(o outcome) error { return m.receiptsAs(f, w, r, o) })
}

// accept books the proposals that were chosen, or what was matched by hand.
func (m *moneyDesk) accept(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	shares, err := sharesOf(r)
	if err == nil && r.PostFormValue("checked") == "" {
		err = fault.New(fault.Refused, "web.money.unchecked")
	}
	done := "accepted"
	if err == nil {
		var late int
		if late, err = m.service.Accept(r.Context(), f.who(r), shares); late > 0 {
			done = "accepted_late"
		}
	}
	return f.after(w, r, err, f.link("/pool/receipts"), done, func(o outcome) error { return m.receiptsAs(f, w, r, o) })
}

// sharesOf reads what a form matches: proposals, each with its shares line by line, or a receipt, a payment and an amount.
func sharesOf(r *http.Request) ([]remit.SeenShare, error) {
	lines := r.PostForm["share"]
	if receipt := r.PostFormValue("receipt"); receipt != "" {
		version, id, _ := strings.Cut(r.PostFormValue("item"), " ")
		lines = append(lines, r.PostFormValue("receipt_version")+"\t"+receipt+"\t"+version+"\t"+id+"\t"+strings.ReplaceAll(r.PostFormValue("amount"), ",", ""))
	}
	var out []remit.SeenShare
	for _, line := range strings.Split(strings.Join(lines, "\n"), "\n") {
		parts := strings.Split(strings.Trim(line, "\r"), "\t")
		if len(parts) == 1 && parts[0] == "" {
			continue
		}
		if len(parts) != 5 {
			return nil, fault.New(fault.Refused, "web.receipts.share")
		}
		receiptVersion, wrong := strconv.ParseInt(parts[0], 10, 64)
		itemVersion, broken := strconv.ParseInt(parts[2], 10, 64)
		amount, err := money.ParseFen(parts[4])
		if err != nil || wrong != nil || broken != nil {
			return nil, fault.New(fault.Refused, "web.receipts.share")
		}
		out = append(out, remit.SeenShare{Share: ledger.Share{Receipt: ledger.DocumentID(parts[1]), Item: ledger.ItemID(parts[3]), Amount: amount}, ReceiptVersion: receiptVersion, ItemVersion: itemVersion})
	}
	return out, nil
}

// suspend books receipts that were chosen as money that is not identified.
func (m *moneyDesk) suspend(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	var rows []remit.SeenReceipt
	for _, text := range r.PostForm["seen"] {
		version, id, _ := strings.Cut(text, " ")
		n, _ := strconv.ParseInt(version, 10, 64) // 0 is stale
		rows = append(rows, remit.SeenReceipt{ID: ledger.DocumentID(id), Version: n})
	}
	err := m.service.Suspend(r.Context(), f.who(r), rows, ledger.BookKind(r.PostFormValue("book")), r.PostFormValue("reason"))
	return f.after(w, r, err, f.link("/pool/receipts"), "suspended", func(o outcome) error { return m.receiptsAs(f, w, r, o) })
}

// dispose settles what is left of a receipt that pays nothing.
func (m *moneyDesk) dispose(f *frame, w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return f.badForm(w, r, err)
	}
	version, _ := strconv.ParseInt(r.PostFormValue("receipt_version"), 10, 64) // 0 is stale
	seen := remit.SeenReceipt{ID: ledger.DocumentID(r.PostFormValue("receipt")), Version: version}
	err := m.service.Dispose(r.Context(), f.who(r), seen, ledger.Disposal(r.PostFormValue("how")), ledger.BookKind(r.PostFormValue("book")), r.PostFormValue("reason"))
	return f.after(w, r, err, f.link("/pool/receipts"), "disposed", func(o outcome) error { return m.receiptsAs(f, w, r, o) })
}

// insuranceChoices are the insurance types for a form.
func (f *frame) insuranceChoices() []stateChoice {
	var out []stateChoice
	for _, i := range pool.Insurances() {
		out = append(out, stateChoice{string(i), f.T("web.insurance." + string(i))})
	}
	return out
}

// joined are the shares of a proposal as one value of a form.
func joined(shares []string) string { return strings.Join(shares, "\n") }
