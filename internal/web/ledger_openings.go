package web

import (
	"bytes"
	"net/http"
	"slices"
	"strings"

	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/store"
)

// openingsModel is the way to a book's opening balances.
type openingsModel struct {
	Month    string
	Possible bool
	Refused  *refusedFile
	Template string
}

func (d *booksDesk) openings(b *bookView, w http.ResponseWriter, r *http.Request) error {
	return b.render(w, r, http.StatusOK, ledgerOpeningsPage(b, b.openingsModel()))
}

// began is the first day of the book.
func (b *bookView) began() string {
	first := b.kept[0]
	return monthDate(first, b.state.Years[first].First) + "-01"
}

func (b *bookView) openingsModel() openingsModel {
	first := b.kept[0]
	y := b.state.Years[first]
	return openingsModel{Month: b.began()[:7], Possible: !y.Closed && y.Through < y.First, Template: b.at("openings/template.xlsx")}
}

// openingsTemplate is a workbook with every account that a book may open with.
func (d *booksDesk) openingsTemplate(b *bookView, w http.ResponseWriter, r *http.Request) error {
	var lines []exchange.BookLine
	for _, a := range d.chart.Accounts() {
		if d.chart.Leaf(a.Code) && b.has(a) && a.Nature != ledger.Income && a.Nature != ledger.Expenditure {
			lines = append(lines, exchange.BookLine{Account: b.accountText(a.Code), Of: b.ofExample(a)})
		}
	}
	notes := []exchange.Note{{Name: b.T("web.ledger.head.book"), Text: b.Text(b.book.Name())}, {Name: b.T("web.ledger.openings.how"), Text: b.T("web.ledger.openings.rules")}}
	var out bytes.Buffer
	if err := exchange.WriteBookLines(&out, lines, notes, b.Printer); err != nil {
		return err
	}
	return attach(w, "openings-"+strings.ReplaceAll(b.book.String(), "/", "-")+".xlsx", workbookType, out.Bytes())
}

// ofExample is what an account is kept by, where there is but one choice.
func (b *bookView) ofExample(a ledger.Account) string {
	if a.Carries.Counter == "" || a.Carries.Counter == ledger.Area {
		return ""
	}
	d, _ := b.dimensions(a, "")
	return b.dimensionText(d)
}

// openingsIn takes a file of opening balances and puts it before a second person as the book's first voucher.
func (d *booksDesk) openingsIn(b *bookView, w http.ResponseWriter, r *http.Request) error {
	up, err := readUpload(w, r)
	if err != nil {
		return err
	}
	if !up.has {
		return formFault{http.StatusBadRequest, fault.Msg("web.data.error.file")}
	}
	v, err := b.openingVoucher(up.in)
	if err == nil {
		err = b.tried(r, v)
	}
	if err == nil {
		err = b.opensOnce(r)
	}
	if err == nil {
		var id string
		if id, err = b.keepDraft(r, "", 0, v, true); err == nil {
			b.goTo(w, r, b.at("drafts/"+id))
			return nil
		}
	}
	if fault.KindOf(err) == fault.Internal {
		return err
	}
	m := b.openingsModel()
	m.Refused = b.refusedFile(exchange.BookLines, up.in, err)
	return b.render(w, r, http.StatusUnprocessableEntity, ledgerOpeningsPage(b, m))
}

// openingVoucher makes the voucher that a file of opening balances stands for. Refused with row and column is what no book can
// open with.
func (b *bookView) openingVoucher(in exchange.Input) (ledger.Voucher, error) {
	v := ledger.Voucher{Book: b.book, Date: policy.Date(b.began()), Kind: ledger.Opening, Maker: ledger.Person(b.subject.ID), Summary: ledger.Summary{Text: b.T("web.ledger.openings.summary")},
		Source: ledger.Source{Kind: ledger.FromDocument, ID: ledger.DocumentID("file/" + in.Name)}}
	lines, heads, err := exchange.ReadBookLines(in)
	if err != nil {
		return v, err
	}
	var problems fault.List
	made := false
	for _, l := range lines {
		if l.Debit == 0 && l.Credit == 0 {
			continue
		}
		p, wrong := b.posting(lineOf(l.Account, l.Of, l.Debit, l.Credit, l.HasDebit, l.HasCredit))
		for _, w := range wrong {
			w.File, w.Row, w.Column = in.Name, l.Row, heads.Of(w.Column)
			problems.Add(w)
		}
		made = made || l.Synthetic
		v.Postings = append(v.Postings, p)
		if a, ok := b.desk.chart.Get(p.Account); ok && len(wrong) == 0 && (!b.has(a) || !b.desk.chart.Leaf(p.Account) || slices.Contains([]ledger.Nature{ledger.Income, ledger.Expenditure}, a.Nature)) {
			problems.Add(fault.Problem{File: in.Name, Row: l.Row, Column: heads.Of("account"), Value: l.Account, Message: fault.Msg("web.ledger.openings.account", "account", a.Name(), "book", b.book.Name())})
		}
	}
	if made {
		v.Summary.Text += " (" + b.T("web.synthetic") + ")"
	}
	return v, problems.Err()
}

// lineOf is a line of a file as the form of a voucher has it. A zero beside an amount is none.
func lineOf(account, of string, debit, credit money.Fen, hasDebit, hasCredit bool) entryLine {
	l := entryLine{Account: account, Of: of}
	if hasDebit && (debit != 0 || !hasCredit) {
		l.Debit = debit.String()
	}
	if hasCredit && (credit != 0 || !hasDebit) {
		l.Credit = credit.String()
	}
	return l
}

// opensOnce refuses a second file of opening balances while one waits.
func (b *bookView) opensOnce(r *http.Request) error {
	drafts, err := b.waitingIn(r)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(drafts, func(x store.VoucherDraft) bool { return x.Voucher.Kind == ledger.Opening }) {
		return fault.New(fault.Refused, "web.ledger.openings.waiting")
	}
	return nil
}
