package store

import "testing"

// A row that was sealed before a migration gave its table more columns has the same digest after it, and another once one of them is used.
func TestSealsOutliveMigrations(t *testing.T) {
	t.Attr("clause", "YA-4.10.2")
	before := &guarded{"item_payments_before", list("item receipt"), list("division amount date maker reviewer"), false}
	old := []any{"i", "r", "510300", int64(5), "2026-04-01", "a", "b"}
	after := []any{"i", "r", int64(0), "510300", int64(5), "2026-04-01", "a", "b", "", "", "", ""}
	_, want := before.digest(old)
	if _, got := guardedPayments.digest(after); got != want || string(guardedPayments.form(after[:3])) != string(before.form(old[:2])) {
		t.Errorf("%s, want %s", got, want)
	}
	for at, used := range map[int]any{2: int64(1), 8: "a", 9: "a", 10: "a", 11: "a"} {
		row := append([]any{}, after...)
		row[at] = used
		if _, got := guardedPayments.digest(row); got == want {
			t.Errorf("column %d is not sealed", at)
		}
	}
}
