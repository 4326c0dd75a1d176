package remit

import (
	"fmt"

	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/store"
)

// trail (办理痕迹) is what an act on money changed, for its audit entry: payments and receipts before and after it. The vouchers are
// named by the store.
type trail struct{ before, after []office.Field }

func (t *trail) changed(name, before, after string) {
	t.before = append(t.before, office.Field{Name: name, Value: before})
	t.after = append(t.after, office.Field{Name: name, Value: after})
}

// item notes how far a payment came.
func (t *trail) item(before, after ledger.Standing) {
	t.changed("payment "+string(after.ID), itemText(before), itemText(after))
}

func itemText(s ledger.Standing) string {
	text := fmt.Sprintf("%s paid=%s open=%s", s.State(), s.Paid, s.Open())
	if s.Sent.Ref != "" {
		text += fmt.Sprintf(" ref=%s on=%s", s.Sent.Ref, s.Sent.On)
	}
	return text
}

// row notes what became of a receipt.
func (t *trail) row(before, after store.BankRow) {
	t.changed("receipt "+string(after.ID), rowText(before), rowText(after))
}

func rowText(r store.BankRow) string {
	return fmt.Sprintf("amount=%s used=%s suspended=%s disposed=%s", r.Amount, r.Used, r.Suspended, r.Disposed)
}

// share notes how much a receipt paid of a payment.
func (t *trail) share(x ledger.Share, what string) {
	t.after = append(t.after, office.Field{Name: "share " + string(x.Receipt) + " " + string(x.Item), Value: what + " " + x.Amount.String()})
}

// told puts the trail into the act's record, after what is said of the whole.
func (t *trail) told(tx *store.Tx, object office.Object, whole ...office.Field) {
	tx.Did(object, t.before, append(whole, t.after...))
}

// total is the field that says what an act amounted to.
func total(sum money.Fen) office.Field { return office.Field{Name: "total", Value: sum.String()} }
