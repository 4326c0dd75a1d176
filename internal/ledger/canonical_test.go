package ledger_test

import (
	"bytes"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// anyVoucher draws a voucher of any texts: whatever they hold, two vouchers that differ have different bytes.
func anyVoucher(t *rapid.T) ledger.Voucher {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", ",", "1:,", "0:,0:,", "合成数据", "\x00"}))
	draw := func() string { return text.Draw(t, "text") }
	number := func() int { return rapid.IntRange(-3, 3000).Draw(t, "number") }
	book := func() ledger.Book {
		return ledger.Book{Insurance: pool.Insurance(draw()), Division: region.Code(draw()), Kind: ledger.BookKind(draw())}
	}
	v := ledger.Voucher{Book: book(), Date: policy.Date(draw()), Kind: ledger.VoucherKind(draw()),
		Summary: ledger.Summary{Text: draw(), Key: draw(), Year: policy.Year(number()), Insurance: pool.Insurance(draw()), Division: region.Code(draw())},
		Source:  ledger.Source{Kind: ledger.SourceKind(draw()), ID: ledger.DocumentID(draw())}, Decision: ledger.DocumentID(draw()),
		Corrects: ledger.Ref{Book: book(), Number: number()}, Key: ledger.Key(draw()), Maker: ledger.Person(draw()), Reviewer: ledger.Person(draw())}
	for range rapid.IntRange(0, 4).Draw(t, "lines") {
		v.Postings = append(v.Postings, ledger.Posting{Account: ledger.Code(draw()), Dimensions: ledger.Dimensions{Counter: book(), Level: ledger.Level(draw()), Institution: ledger.Institution(draw())},
			Side: ledger.Side(draw()), Amount: money.Fen(rapid.Int64().Draw(t, "fen"))})
	}
	return v
}

// The bytes say the whole content: they read back as the voucher, so no two contents share a digest's input.
func TestCanonicalReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := anyVoucher(t)
		again, ok := ledger.ParseCanonical(v.Canonical())
		if !ok || !reflect.DeepEqual(again, v) {
			t.Fatalf("%+v\nreads back as\n%+v", v, again)
		}
		numbered := v
		numbered.Word, numbered.Number = ledger.ReceiptWord, 5
		if numbered.Digest() != v.Digest() {
			t.Fatal("the number is in the digest")
		}
	})
}

// The form is pinned: a digest kept in a store must stay true in every later version.
func TestCanonicalIsPinned(t *testing.T) {
	d := newDesk(t)
	v := d.voucher(cityBook, "2025-03-05", debit(ledger.CollectionPaid, 123, with(fundBook)), credit(ledger.FiscalAccount, 123))
	const form = "18:tongchou voucher 1,8:resident,6:510100,4:area,10:2025-03-05,8:ordinary,12:合成数据,0:,1:0,0:,0:,8:document,3:doc,0:," +
		"0:,0:,0:,1:0,1:0,0:,1:0,2:k1,5:maker,8:reviewer,1:2,6:530201,8:resident,6:510000,10:adjustment,0:,0:,5:debit,3:123,4:1003,0:,0:,0:,0:,0:,6:credit,3:123,"
	if got := string(v.Canonical()); got != form {
		t.Errorf("got %s", got)
	}
	const digest = "f02e1a83899f0f42932aa09cfea989a994814ffd0b8897a71dbae494518bd25b" // as openssl dgst -sm3 gives
	if got := v.Digest().String(); got != digest {
		t.Errorf("digest %s", got)
	}
}

// Bytes that are not exactly what Canonical writes are refused.
func FuzzParseCanonical(f *testing.F) {
	f.Add([]byte{})
	f.Add((ledger.Voucher{}).Canonical())
	f.Add([]byte("18:tongchou voucher 1,01:a,"))
	f.Add([]byte("18:tongchou voucher 1,999999999:a,"))
	v := ledger.Voucher{Book: cityBook, Date: "2025-01-01", Postings: []ledger.Posting{{Account: "1003", Side: ledger.Debit, Amount: -1}}}
	f.Add(v.Canonical())
	f.Fuzz(func(t *testing.T, content []byte) {
		v, ok := ledger.ParseCanonical(content)
		if ok && !bytes.Equal(v.Canonical(), content) {
			t.Fatalf("%q reads as %+v, which writes %q", content, v, v.Canonical())
		}
	})
}
