package exchange

import (
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"

	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

// Vouchers is the kind of file of vouchers that are to be drafted in a book.
const Vouchers Kind = "vouchers"

// MostVouchers is how many vouchers a file may bring.
const MostVouchers = 500

// Headings (列名) are what a file calls its columns, by their canonical names.
type Headings map[string]string

// Of is what the file calls a column; the canonical name where it has none of the kind.
func (h Headings) Of(column string) string {
	if text := h[column]; text != "" {
		return text
	}
	return column
}

// VoucherRow (凭证行) is a line of a voucher in a file. What says what the voucher is about stands in its first line; further lines
// leave it blank or say the same.
type VoucherRow struct {
	fault.Place
	Voucher       string
	Date          policy.Date
	Summary       string
	Account, Of   string
	Debit, Credit money.Fen
	HasDebit      bool
	HasCredit     bool
	Receipt       bool // it books a receipt of a bank, else a document
	Source        string
	Decision      string
	Synthetic     bool
}

// FileVoucher (文件中的凭证) is one voucher of a file: its first line, which says what it is about, and all of its lines.
type FileVoucher struct {
	VoucherRow
	Lines []VoucherRow
}

func voucherTable() table[VoucherRow] {
	type R = VoucherRow
	return table[R]{
		kind:  Vouchers,
		place: func(r *R) *fault.Place { return &r.Place },
		label: func(r *R) *bool { return &r.Synthetic },
		columns: []column[R]{
			{name: "voucher_no", key: true, read: func(r *reading, to *R) { to.Voucher = r.plain() }},
			{name: "voucher_date", read: func(r *reading, to *R) {
				if !r.cell.blank() {
					to.Date = r.date()
				}
			}},
			{name: "summary", read: func(r *reading, to *R) { to.Summary = r.plainIf() }},
			{name: "account", read: func(r *reading, to *R) { to.Account, _ = r.needed() }},
			{name: "of", optional: true, read: func(r *reading, to *R) { to.Of = r.plainIf() }},
			{name: "debit", form: asAmount, read: func(r *reading, to *R) { to.Debit, to.HasDebit = r.amountIf() }},
			{name: "credit", form: asAmount, read: func(r *reading, to *R) { to.Credit, to.HasCredit = r.amountIf() }},
			{name: "source_kind", optional: true, read: func(r *reading, to *R) { to.Receipt = r.receipt() }},
			{name: "source", read: func(r *reading, to *R) { to.Source = r.plainIf() }},
			{name: "decision", optional: true, read: func(r *reading, to *R) { to.Decision = r.plainIf() }},
		},
	}
}

// receipt reads whether a voucher books a receipt; blank is a document.
func (r *reading) receipt() bool {
	text, ok := r.text()
	if !ok {
		return false
	}
	found, ok := r.words.meaning(text, wordDocument, wordReceipt)
	if !ok {
		r.refuse("exchange.voucher.source_kind", "expected", fault.Msg(wordKey+wordDocument), "other", fault.Msg(wordKey+wordReceipt))
	}
	return found == wordReceipt
}

// ReadVouchers (读取凭证文件) reads a file of vouchers, in its order, with what it calls its columns. Errors: a fault.Refusal with
// every problem; a file without rows is refused too. What the texts mean, and whether a voucher balances, is the book's to say.
func ReadVouchers(in Input) ([]FileVoucher, Headings, error) {
	words, err := vocabulary()
	if err != nil {
		return nil, nil, err
	}
	var problems fault.List
	s := &sink{file: in.Name, problems: &problems}
	rows, h := voucherTable().read(in, words, s)
	if len(rows) == 0 && problems.Empty() {
		s.add(fault.Problem{Message: fault.Msg("exchange.rows.none")})
	}
	headings := Headings(h)
	if err := problems.Err(); err != nil {
		return nil, headings, err
	}
	return grouped(rows, headings, s), headings, problems.Err()
}

// grouped puts lines together that follow one another under one number.
func grouped(rows []VoucherRow, h Headings, s *sink) []FileVoucher {
	var out []FileVoucher
	first := map[string]int{}
	for _, r := range rows {
		if last := len(out) - 1; last >= 0 && out[last].Voucher == r.Voucher {
			out[last].agrees(r, h, s)
			out[last].Lines = append(out[last].Lines, r)
			continue
		}
		if before, again := first[r.Voucher]; again {
			s.add(fault.Problem{Row: r.Row, Column: h.Of("voucher_no"), Value: r.Voucher, Message: fault.Msg("exchange.voucher.again", "value", quoted(r.Voucher), "first", before)})
			continue
		}
		first[r.Voucher] = r.Row
		for _, needed := range []struct{ column, text string }{{"voucher_date", string(r.Date)}, {"summary", r.Summary}, {"source", r.Source}} {
			if needed.text == "" {
				s.add(fault.Problem{Row: r.Row, Column: h.Of(needed.column), Message: fault.Msg("exchange.voucher.first_line")})
			}
		}
		if len(out) == MostVouchers {
			s.add(fault.Problem{Row: r.Row, Message: fault.Msg("exchange.voucher.most", "most", MostVouchers)})
			break
		}
		out = append(out, FileVoucher{r, []VoucherRow{r}})
	}
	return out
}

// agrees refuses a further line that says otherwise of its voucher than the first.
func (v FileVoucher) agrees(r VoucherRow, h Headings, s *sink) {
	for _, same := range []struct{ column, first, here string }{{"voucher_date", string(v.Date), string(r.Date)}, {"summary", v.Summary, r.Summary},
		{"source", v.Source, r.Source}, {"decision", v.Decision, r.Decision}} {
		if same.here != "" && same.here != same.first {
			s.add(fault.Problem{Row: r.Row, Column: h.Of(same.column), Value: same.here, Message: fault.Msg("exchange.voucher.differs", "first", v.Row, "expected", quoted(same.first))})
		}
	}
}

// VoucherOffer (凭证模板选项) is what a template offers to choose from: accounts with what each is kept by, and texts for that.
type VoucherOffer struct {
	Accounts [][2]string
	Of       []string
}

// WriteVoucherTemplate (凭证导入模板) writes a workbook to write vouchers in, with a list to choose accounts from.
func WriteVoucherTemplate(w io.Writer, offer VoucherOffer, p *locale.Printer) error {
	b := newBook(p)
	t := template{page: b.sheet(p.T("exchange.sheet.vouchers")), kind: Vouchers}
	for _, c := range append(voucherTable().plan(), planned{name: columnDataKind, optional: true}, planned{name: columnNote, optional: true}) {
		t.columns = append(t.columns, c)
	}
	t.header()
	t.widths(12, 14, 36, 30, 24, 16, 16, 12, 20, 20, 12, 16)
	accounts := b.sheet(p.T("exchange.sheet.accounts"))
	var rows [][]string
	for i := range max(len(offer.Accounts), len(offer.Of)) {
		row := make([]string, 3)
		if i < len(offer.Accounts) {
			row[0], row[1] = offer.Accounts[i][0], offer.Accounts[i][1]
		}
		if i < len(offer.Of) {
			row[2] = offer.Of[i]
		}
		rows = append(rows, row)
	}
	accounts.rows([]string{p.T("exchange.accounts.account"), p.T("exchange.accounts.carries"), p.T("exchange.accounts.of")}, rows, 36, 40, 36)
	accounts.freeze(0, 1)
	t.choose("account", accounts.name, "A", len(offer.Accounts))
	t.choose("of", accounts.name, "C", len(offer.Of))
	t.notes()
	return b.writeTo(w)
}

// choose offers what stands in a column of another sheet, and takes anything.
func (t template) choose(column, sheet, from string, count int) {
	for i, c := range t.columns {
		if c.name != column || count == 0 {
			continue
		}
		v := excelize.NewDataValidation(true)
		v.SetSqref(fmt.Sprintf("%s2:%s%d", letter(i+1), letter(i+1), templateRows))
		v.SetSqrefDropList(fmt.Sprintf("'%s'!$%s$2:$%s$%d", sheet, from, from, count+1))
		v.ShowErrorMessage = false
		t.do(t.file.AddDataValidation(t.name, v))
	}
}
