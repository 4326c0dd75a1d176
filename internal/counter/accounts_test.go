package counter

import (
	"strconv"
	"sync"
	"testing"

	"tongchou/internal/account"
	"tongchou/internal/enrol"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/store"
	"tongchou/internal/store/storetest"
)

// employee makes the file of somebody in service, with an amount in his account.
func (h *hall) employee(serial int, amount money.Fen) string {
	h.t.Helper()
	facts := append(storetest.Facts(serial, "合成参保人", county), enrol.Covered{Area: county, Way: enrol.Staff, Spell: enrol.Spell{From: "2020-01-01"}})
	no, err := storetest.AddPerson(h.t, h.Store, storetest.Act(county), facts...)
	if err != nil {
		h.t.Fatal(err)
	}
	if amount > 0 {
		h.allocate(no, amount)
	}
	return strconv.FormatInt(int64(no), 10)
}

func (h *hall) allocate(no enrol.PersonNo, amount money.Fen) {
	h.t.Helper()
	if sum, err := h.Store.PersonalAccounts().Allocate(h.t.Context(), storetest.Act(county), h.file(no), []account.Allocation{{Source: "contribution 1", Amount: amount}}, "2026-11-01"); err != nil || sum != amount {
		h.t.Fatal(sum, err)
	}
}

func (h *hall) file(no enrol.PersonNo) store.Person {
	h.t.Helper()
	p, found, err := h.Store.Insured().Read(h.t.Context(), storetest.Act(province), no)
	if err != nil || !found {
		h.t.Fatal(err)
	}
	return p
}

func personOf(t testing.TB, number string) enrol.PersonNo {
	t.Helper()
	no, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return enrol.PersonNo(no)
}

// An employee pays his own share out of his account when he is asked to, a relative's out of what is left of it; the answers tell the balance, a reversal gives back to both, and a second sharing is refused.
func TestAccounts(t *testing.T) {
	t.Attr("clause", "SCE-2.4")
	t.Attr("clause", "YA-4.4.3")
	h := newHall(t, t.TempDir())
	x := h.hospital("H51010400001", "01")
	owner := x.patient(h.employee(150, 12000_00), 150)
	child := x.patient(h.person(151), 151)
	accounts := h.Store.PersonalAccounts()
	if err := accounts.Share(t.Context(), storetest.Act(county), h.file(personOf(t, owner.no)), h.file(personOf(t, child.no)), "2026-11-01"); err != nil {
		t.Fatal(err)
	}
	if r := x.must("1101", map[string]any{"data": data("mdtrt_cert_type", "02", "mdtrt_cert_no", owner.card)}); r.row("insuinfo")["balc"] == "" && string(r.Output["insuinfo"]) == "" {
		t.Errorf("%s", r.Output["insuinfo"])
	}
	pays := func(infno string, p *patient, insurance, used string) map[string]string {
		t.Helper()
		info := adds(t, x.must(infno, map[string]any{"data": p.own(append(staySums, "insutype", insurance, "acct_used_flag", used)...)}))
		return map[string]string{"acct": info["acct_pay"], "family": info["acct_mulaid_pay"], "cash": info["psn_cash_pay"], "balc": info["balc"], "id": info["setl_id"]}
	}
	want := func(what string, got map[string]string, acct, family, cash, balc string) {
		t.Helper()
		if got["acct"] != acct || got["family"] != family || got["cash"] != cash || got["balc"] != balc {
			t.Errorf("%s: %v", what, got)
		}
	}
	owner.stayAs("310")
	want("not asked", pays("2303", owner, "310", "0"), "0.00", "0.00", "4209.37", "12000.00") // 20625 − (20112.50 − 800) × 0.85, half up
	own := pays("2304", owner, "310", "1")
	want("own", own, "4209.37", "0.00", "0.00", "7790.63")
	child.stay("2026-11-15", "2026-11-22")
	want("a trial", pays("2303", child, "390", "1"), "0.00", "7790.63", "1246.87", "0.00")
	family := pays("2304", child, "390", "1")
	want("a relative's", family, "0.00", "7790.63", "1246.87", "0.00")
	if p, all, shares, err := accounts.Of(t.Context(), personOf(t, owner.no)); err != nil || p.Balance != 0 || len(all) != 3 || all[0].Kind != account.Shared || len(shares) != 1 || shares[0].Whom == "" {
		t.Errorf("%+v %+v %+v %v", p, all, shares, err)
	}
	if err := accounts.Share(t.Context(), storetest.Act(county), h.file(personOf(t, owner.no)), h.file(personOf(t, child.no)), "2026-11-01"); err == nil {
		t.Error("shared twice")
	}
	x.must("2305", map[string]any{"data": child.own("setl_id", family["id"])})
	if p, _, _, err := accounts.Of(t.Context(), personOf(t, owner.no)); err != nil || p.Balance != 7790_63 {
		t.Errorf("given back: %+v %v", p, err)
	}
	if err := accounts.Unshare(t.Context(), storetest.Act(county), personOf(t, owner.no), 1, "2026-11-23"); err != nil {
		t.Fatal(err)
	}
	want("no longer shared", pays("2304", child, "390", "1"), "0.00", "0.00", "9037.50", "0.00")
	back := adds2208(x.must("2305", map[string]any{"data": owner.own("setl_id", own["id"])}))
	if back["acct_pay"] != "-4209.37" || back["balc"] != "12000.00" {
		t.Errorf("%v", back)
	}
	if err := verified(t, h); err != nil {
		t.Error(err)
	}
}

// Two hospitals, and a relative at both, spend one account at the same moment: together never more than there was, and what was paid is what is gone.
func TestAccountsAtOnce(t *testing.T) {
	t.Attr("clause", "SCE-2.4")
	t.Attr("clause", "SC38-6.3")
	h := newHall(t, t.TempDir())
	x, y := h.hospital("H51010400001", "01"), h.hospital("H51010400002", "01")
	owner, child := h.employee(160, 9000_00), h.person(161)
	if err := h.Store.PersonalAccounts().Share(t.Context(), storetest.Act(county), h.file(personOf(t, owner)), h.file(personOf(t, child)), "2026-11-01"); err != nil {
		t.Fatal(err)
	}
	var patients []*patient
	for i := range 8 {
		p := []*hospital{x, y}[i%2].patient([]string{owner, child}[i/4], 160+i/4)
		if i < 4 {
			p.stayAs("310")
		} else {
			p.stay("2026-11-15", "2026-11-22")
		}
		patients = append(patients, p)
	}
	paid := make([]money.Fen, len(patients))
	var wg sync.WaitGroup
	for i, p := range patients {
		wg.Go(func() {
			r, text := p.send(p.message("2304", map[string]any{"data": p.own(append(staySums, "insutype", []string{"310", "390"}[i/4], "acct_used_flag", "1")...)}))
			if r.Code != 0 {
				t.Error(text)
				return
			}
			for _, field := range []string{"acct_pay", "acct_mulaid_pay"} {
				amount, err := money.ParseFen(r.row("setlinfo")[field])
				if err != nil {
					t.Error(err)
				}
				paid[i] += amount
			}
		})
	}
	wg.Wait()
	p, all, _, err := h.Store.PersonalAccounts().Of(t.Context(), personOf(t, owner))
	if sum := money.Sum(paid...); err != nil || sum != 9000_00 || p.Balance != 0 {
		t.Errorf("%v was paid of 9000.00, %v is left; %+v %v", sum, p.Balance, all, err)
	}
	if err := verified(t, h); err != nil {
		t.Error(err)
	}
	// a balance that is not the sum of its movements is found
	act := storetest.Act(county)
	if _, err := h.Store.Write(t.Context(), act, func(tx *store.Tx) error {
		purses, err := tx.Purses(personOf(t, owner))
		if err != nil {
			return err
		}
		_, err = tx.Move(purses[personOf(t, owner)], account.Movement{On: "2026-11-23", Kind: account.Paid, Amount: -1, Source: "x"})
		return err
	}); office.ErrStale == err || err == nil {
		t.Errorf("overdrawn: %v", err)
	}
}
