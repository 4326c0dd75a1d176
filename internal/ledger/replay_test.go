package ledger_test

import (
	"slices"
	"testing"

	"tongchou/internal/ledger"
)

// Replaying finds a voucher that is missing, twice, in another book, or that takes back what is not there; and a balance
// that the vouchers do not give.
func TestReplayFindsDamage(t *testing.T) {
	d := newDesk(t, cityBook)
	var posted []ledger.Voucher
	for _, p := range d.post(
		d.voucher(cityBook, "2025-01-02", debit(ledger.FiscalAccount, 9*yuan), credit("400104", 9*yuan)),
		d.voucher(cityBook, "2025-01-03", debit(ledger.FiscalAccount, 5*yuan), credit("400104", 5*yuan)),
		d.voucher(cityBook, "2025-02-03", debit(ledger.FiscalAccount, 4*yuan), credit("400104", 4*yuan))) {
		posted = append(posted, p.Voucher)
	}
	red := posted[0].Reverse("2025-02-04", "red", posted[0].Source, posted[0].Summary, "a", "b")
	posted = append(posted, d.post(red)[0].Voucher)
	s := d.states[cityBook]
	again, err := ledger.Replay(s, posted)
	if err != nil {
		t.Fatal(say(t, err))
	}
	if differences := ledger.Compare(s, again); len(differences) > 0 {
		t.Errorf("%v", differences)
	}
	if ref := posted[0].Ref(); again.Entries[ref].ReversedBy != posted[3].Ref() {
		t.Errorf("reversed by %v", again.Entries[ref].ReversedBy)
	}
	other := slices.Clone(posted)
	other[1].Book = otherBook
	twice := slices.Clone(posted)
	twice[1].Key = twice[0].Key
	for _, c := range []struct {
		vouchers []ledger.Voucher
		key      string
		clause   string
	}{
		{posted[1:3], "ledger.number_gap", ""},
		{other, "ledger.other_book", ""},
		{twice, "ledger.key_reused", ""},
		{posted[2:], "ledger.corrects_unknown", ""},
	} {
		_, err := ledger.Replay(s, c.vouchers)
		refused(t, err, c.key, c.clause)
	}
	line := ledger.Line{Year: 2025, Account: "400104"}
	s.Lines[line].Credit[5] += 7
	differences := ledger.Compare(s, again)
	if len(differences) != 1 || differences[0].Line != line || differences[0].A != differences[0].B-7 {
		t.Errorf("%v", differences)
	}
}
