package web

import (
	"bytes"
	"encoding/base32"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/store"
)

// refusedFile is a file of a book that was not taken over, with every reason and the way to the file with the reasons in it.
type refusedFile struct {
	File        string
	Count, More int
	Problems    []problemView
	Marked      string
	Minutes     int
}

// refusedFile remembers a refused file for a while, so that it can be given back marked.
func (b *bookView) refusedFile(kind exchange.Kind, in exchange.Input, err error) *refusedFile {
	refusal := &fault.Refusal{}
	if !errors.As(err, &refusal) {
		refusal = &fault.Refusal{Problems: problemsOf(err)}
	}
	token := b.desk.refused.keep(receipt{kind: kind, owner: b.subject.ID, in: in, refusal: refusal})
	m := &refusedFile{File: in.Name, Count: len(refusal.Problems), Marked: b.at("refused/" + token + "/marked.xlsx"), Minutes: int(receiptsKept.Minutes())}
	for _, p := range refusal.Problems[:min(len(refusal.Problems), maxListed)] {
		m.Problems = append(m.Problems, b.problem(p))
	}
	m.More = m.Count - len(m.Problems)
	return m
}

// markedFile gives a refused file back as a workbook that says why.
func (d *booksDesk) markedFile(b *bookView, w http.ResponseWriter, r *http.Request) error {
	kept, ok := d.refused.find(b.subject.ID, r.PathValue("token"))
	if !ok || r.PathValue("file") != "marked.xlsx" {
		return errNotFound
	}
	content, err := exchange.MarkErrors(kept.in, kept.refusal, b.Printer)
	if err != nil {
		return err
	}
	return attach(w, b.T("web.data.refused.workbook", "kind", b.T("exchange.sheet."+string(kept.kind))), workbookType, content)
}

// importModel is the way to bring vouchers from a file.
type importModel struct {
	Refused  *refusedFile
	Template string
	Back     string
}

func (b *bookView) importModel() importModel {
	return importModel{Template: b.at("import/template.xlsx"), Back: b.at("drafts")}
}

func (d *booksDesk) importPage(b *bookView, w http.ResponseWriter, r *http.Request) error {
	return b.render(w, r, http.StatusOK, ledgerImportPage(b, b.importModel()))
}

// importTemplate is a workbook to write vouchers in, with the accounts of the book.
func (d *booksDesk) importTemplate(b *bookView, w http.ResponseWriter, _ *http.Request) error {
	m := b.completed(entryModel{})
	var offer exchange.VoucherOffer
	for _, a := range m.Accounts {
		offer.Accounts = append(offer.Accounts, [2]string{a.Text, a.Path})
	}
	for _, of := range m.Dims {
		offer.Of = append(offer.Of, of.Text)
	}
	var out bytes.Buffer
	if err := exchange.WriteVoucherTemplate(&out, offer, b.Printer); err != nil {
		return err
	}
	return attach(w, "vouchers-"+strings.ReplaceAll(b.book.String(), "/", "-")+".xlsx", workbookType, out.Bytes())
}

// broughtVoucher is a voucher of a file as it is to be drafted, with the rows its lines stand in.
type broughtVoucher struct {
	id      string
	voucher ledger.Voucher
	rows    []int
}

// importIn takes a file of vouchers: every one of them becomes a draft, or the whole file is refused. What the book has already,
// as a draft or booked, is left as it is.
//
// 依据: SC38-4.5, YA-4.10.3
func (d *booksDesk) importIn(b *bookView, w http.ResponseWriter, r *http.Request) error {
	up, err := readUpload(w, r)
	if err != nil {
		return err
	}
	if !up.has {
		return formFault{http.StatusBadRequest, fault.Msg("web.data.error.file")}
	}
	all, heads, err := b.brought(up.in)
	brought := all
	if err == nil {
		brought, err = b.unknown(r, all, heads, up.in.Name)
	}
	if err == nil {
		err = b.draftAll(r, brought, up)
	}
	switch {
	case err == nil:
		b.goTo(w, r, b.at("drafts", "done", "brought", "count", strconv.Itoa(len(brought)), "known", strconv.Itoa(len(all)-len(brought))))
		return nil
	case fault.KindOf(err) == fault.Internal || errors.Is(err, office.ErrStale):
		return err
	}
	m := b.importModel()
	m.Refused = b.refusedFile(exchange.Vouchers, up.in, err)
	return b.render(w, r, http.StatusUnprocessableEntity, ledgerImportPage(b, m))
}

// brought reads the vouchers of a file as vouchers of the book.
func (b *bookView) brought(in exchange.Input) ([]broughtVoucher, exchange.Headings, error) {
	read, heads, err := exchange.ReadVouchers(in)
	if err != nil {
		return nil, heads, err
	}
	var problems fault.List
	var out []broughtVoucher
	first := map[string]int{}
	for _, v := range read {
		x := b.broughtVoucher(v, heads, in.Name, &problems)
		if before, twice := first[x.id]; twice {
			problems.Add(fault.Problem{File: in.Name, Row: v.Row, Column: heads.Of("voucher_no"), Value: v.Voucher, Message: fault.Msg("web.ledger.import.twice", "first", before)})
		}
		first[x.id] = v.Row
		out = append(out, x)
	}
	return out, heads, problems.Err()
}

func (b *bookView) broughtVoucher(v exchange.FileVoucher, heads exchange.Headings, file string, problems *fault.List) broughtVoucher {
	x := broughtVoucher{voucher: ledger.Voucher{Book: b.book, Date: v.Date, Kind: ledger.Ordinary, Summary: ledger.Summary{Text: v.Summary},
		Source: ledger.Source{Kind: ledger.FromDocument, ID: ledger.DocumentID(v.Source)}, Decision: ledger.DocumentID(v.Decision)}}
	if v.Receipt {
		x.voucher.Source.Kind = ledger.FromReceipt
	}
	made := false
	for _, l := range v.Lines {
		p, wrong := b.posting(lineOf(l.Account, l.Of, l.Debit, l.Credit, l.HasDebit, l.HasCredit))
		for _, w := range wrong {
			w.File, w.Row, w.Column = file, l.Row, heads.Of(w.Column)
			problems.Add(w)
		}
		made = made || l.Synthetic
		x.voucher.Postings = append(x.voucher.Postings, p)
		x.rows = append(x.rows, l.Row)
	}
	if label := b.T("web.synthetic"); made && !strings.Contains(x.voucher.Summary.Text, label) {
		x.voucher.Summary.Text = label + " " + x.voucher.Summary.Text
	}
	// The id follows from the content, so that the same voucher is the same draft whoever brings it and however often.
	digest := x.voucher.Digest()
	x.id = base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(digest[:16])
	x.voucher.Maker, x.voucher.Key = ledger.Person(b.subject.ID), ledger.Key("draft/"+x.id)
	return x
}

// unknown are the vouchers that the book does not have yet, after all of the file was tried in its order. Refused with row and
// column is every one that could not be booked; it counts for nothing in those after it.
func (b *bookView) unknown(r *http.Request, all []broughtVoucher, heads exchange.Headings, file string) ([]broughtVoucher, error) {
	drafts, err := b.waitingIn(r)
	if err != nil {
		return nil, err
	}
	drafted := map[string]bool{}
	for _, x := range drafts {
		drafted[x.ID] = true
	}
	var out []broughtVoucher
	var set []ledger.Voucher
	for _, x := range all {
		set = append(set, x.voucher)
	}
	err = b.dry(r, set, func(states map[ledger.Book]*ledger.State) error {
		var problems fault.List
		for _, x := range all {
			if _, booked := states[b.book].Keys[x.voucher.Key]; booked || drafted[x.id] {
				continue
			}
			v := x.voucher
			v.Reviewer = notYetKnown
			if _, err := ledger.PostByHand(states, []ledger.Voucher{v}); err != nil {
				for _, p := range problemsOf(err) {
					problems.Add(b.placed(x, p, heads, file))
				}
			}
			out = append(out, x)
		}
		return problems.Err()
	})
	return out, err
}

// placed says where in the file something stands that a book does not take: the line of the account that a refusal names, or the one
// with its value, or the first.
func (b *bookView) placed(x broughtVoucher, p fault.Problem, heads exchange.Headings, file string) fault.Problem {
	lines := x.voucher.Postings
	named, _ := p.Message.Args.Get("account")
	at := slices.IndexFunc(lines, func(l ledger.Posting) bool {
		a, _ := b.desk.chart.Get(l.Account)
		return named != nil && fmt.Sprint(named) == fmt.Sprint(a.Name())
	})
	if at < 0 {
		at = slices.IndexFunc(lines, func(l ledger.Posting) bool {
			return p.Value != "" && slices.Contains([]string{string(l.Account), l.Amount.String(), l.Counter.String(), string(l.Level), string(l.Institution)}, p.Value)
		})
	}
	column := map[string]string{"date": "voucher_date", "account": "account", "amount": "debit", "postings": "debit", "counter": "of", "level": "of", "institution": "of",
		"decision": "decision", "source": "source", "summary": "summary"}[p.Column]
	p.File, p.Row, p.Column = file, x.rows[max(at, 0)], ""
	if column == "debit" && at >= 0 && lines[at].Side == ledger.Credit {
		column = "credit"
	}
	if column != "" {
		p.Column = heads.Of(column)
	}
	return p
}

// draftAll keeps the vouchers of a file as drafts, all or none, in the order of the file.
func (b *bookView) draftAll(r *http.Request, all []broughtVoucher, up upload) error {
	if len(all) == 0 {
		return nil
	}
	state := store.DraftOpen
	if up.act == "submit" {
		state = store.DraftWaiting
	}
	var total money.Fen
	for _, x := range all {
		total += x.voucher.Total()
	}
	digest := office.DigestOf(up.in.Content)
	act := b.act(b.book.Division, "import_vouchers", office.Object{Kind: "voucher_file", ID: digest.String()}, "")
	act.After = []office.Field{{Name: "book", Value: b.book.String()}, {Name: "file", Value: up.in.Name}, {Name: "vouchers", Value: strconv.Itoa(len(all))}, {Name: "total", Value: total.String()}}
	at := b.site.Now()
	_, err := b.site.Store.Write(r.Context(), act, func(t *store.Tx) error {
		if state == store.DraftWaiting {
			var set []ledger.Voucher
			for _, x := range all {
				set = append(set, x.voucher)
			}
			if err := b.triedIn(t, set); err != nil {
				return err
			}
		}
		for i, x := range all {
			if err := t.SaveDraft(store.VoucherDraft{ID: x.id, Voucher: x.voucher, State: state, At: inOrder(at, i), Version: 1}); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// inOrder is the moment of the i-th of several drafts that change at once: drafts are listed by it.
func inOrder(at time.Time, i int) time.Time { return at.Add(time.Duration(i) * time.Millisecond) }
