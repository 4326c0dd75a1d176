//go:build !windows

package counter

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"tongchou/internal/account"
	"tongchou/internal/benefit"
	"tongchou/internal/enrol"
	"tongchou/internal/money"
	"tongchou/internal/pgtest"
	"tongchou/internal/region"
	"tongchou/internal/store"
	"tongchou/internal/store/storetest"
)

// elsewhere is another county of the city.
const elsewhere = region.Code("510105")

// servers are two programs that serve the same store.
func servers(t *testing.T, address string) [2]*hall {
	key := filepath.Join(t.TempDir(), "person.key")
	out := [2]*hall{newHallAt(t, address, key), newHallAt(t, address, key)}
	out[1].serial = 5_000_000_000
	return out
}

// done is a message's answer that may be refused in a race for one of some reasons.
func (p *patient) done(infno string, input any, reasons ...string) (reply, bool) {
	r, text := p.send(p.message(infno, input))
	if r.Code == 0 {
		return r, true
	}
	for _, reason := range reasons {
		if strings.Contains(r.Error, reason) {
			return r, false
		}
	}
	p.t.Errorf("%s: %s", infno, text)
	return r, false
}

// Hospitals of two programs settle and undo the stays of two persons at the same moment, on every engine. What is there in the end is what settling the stays that count one after the other gives, to
// the fen: no deductible and no cap is used twice, and none is lost with what was undone.
func TestTwoServersAtOnce(t *testing.T) {
	t.Attr("clause", "YA-4.8.2")
	t.Attr("clause", "SC38-6.3")
	pgtest.OnEngines(t, func(t *testing.T, address string) {
		halls := servers(t, address)
		numbers := []string{halls[0].person(180), halls[0].person(181)}
		var wg sync.WaitGroup
		for i := range 8 {
			h := halls[i%2]
			x := h.hospital(fmt.Sprintf("H510104000%02d", i), []string{"01", "05", "08", "11"}[i/2])
			wg.Go(func() {
				dice := rand.New(rand.NewPCG(uint64(i), 1))
				for n := range 6 {
					who := (i + n) % 2
					p := x.patient(numbers[who], 180+who)
					p.stay("2026-11-15", "2026-11-22")
					r, ok := p.done("2304", map[string]any{"data": p.own(staySums...)})
					if ok && dice.IntN(3) == 0 {
						if _, ok := p.done("2305", map[string]any{"data": p.own("setl_id", r.row("setlinfo")["setl_id"])}, "须先由后到前撤销"); ok && dice.IntN(2) == 0 {
							p.done("2304", map[string]any{"data": p.own(staySums...)})
						}
					}
				}
			})
		}
		wg.Wait()
		for _, no := range numbers {
			halls[0].replayed(no, benefit.Resident)
		}
		if err := verified(t, halls[1]); err != nil {
			t.Error(err)
		}
	})
}

// replayed settles what counts of a person's year again, one by one in the order of the sub-ledger, and asks for the same.
func (h *hall) replayed(number string, insurance benefit.Insurance) {
	h.t.Helper()
	book, err := h.Rules(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	person, count := personOf(h.t, number), 0
	if _, _, err := h.Store.Exchange().Do(h.t.Context(), storetest.Act(county), store.Message{Key: "replay " + number}, func(in *store.Handled) ([]byte, error) {
		ids, err := in.Later(&store.Settled{Person: person, Year: 2026, Insurance: insurance})
		if err != nil {
			return nil, err
		}
		var used benefit.Accumulators
		for _, id := range ids {
			s, _, err := in.Settlement(person, id)
			if err != nil {
				return nil, err
			}
			var content settledContent
			if err := json.Unmarshal(s.Content, &content); err != nil {
				return nil, err
			}
			var out benefit.Settlement
			book.Of(county).On(content.Date).Settle(&used, &content.Facts, &out)
			if content.Deductible != out.Deductible || s.Paid != (store.Paid{Basic: out.Basic, Catastrophic: out.Catastrophic, Large: out.Large, Aid: out.Aid, Other: out.Other.Sum(), Account: out.Account, Family: out.Family, Cash: out.Cash}) {
				h.t.Errorf("%s: %+v, one by one %+v", id, s.Paid, out)
			}
			count++
		}
		now, err := in.Accumulators(person, 2026, insurance)
		if err == nil && now.Accumulators != used {
			h.t.Errorf("the year has used %+v, one by one %+v", now.Accumulators, used)
		}
		return []byte("{}"), err
	}); err != nil || count == 0 {
		h.t.Errorf("%d settlements, %v", count, err)
	}
}

// Two near relatives of different counties, who may both spend both accounts, are treated by hospitals of two programs at once, and some of it is undone: what was paid out of the accounts is what is
// gone, and neither is ever overdrawn.
func TestRelativesBothWays(t *testing.T) {
	t.Attr("clause", "SCE-2.4")
	pgtest.OnEngines(t, func(t *testing.T, address string) {
		halls := servers(t, address)
		counties := []region.Code{county, elsewhere}
		var persons [2]enrol.PersonNo
		for i, at := range counties {
			facts := append(storetest.Facts(190+i, "合成参保人", at), enrol.Covered{Area: at, Way: enrol.Staff, Spell: enrol.Spell{From: "2020-01-01"}})
			no, err := storetest.AddPerson(t, halls[0].Store, storetest.Act(at), facts...)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := halls[0].Store.PersonalAccounts().Allocate(t.Context(), storetest.Act(at), halls[0].file(no), []account.Allocation{{Source: "contribution 1", Amount: 20_000_00}}, "2026-11-01"); err != nil {
				t.Fatal(err)
			}
			persons[i] = no
		}
		for i := range persons {
			if err := halls[0].Store.PersonalAccounts().Share(t.Context(), storetest.Act(counties[i]), halls[0].file(persons[i]), halls[0].file(persons[1-i]), "2026-11-01"); err != nil {
				t.Fatal(err)
			}
		}
		var mu sync.Mutex
		var paid money.Fen
		var wg sync.WaitGroup
		for i := range 6 {
			x := *halls[i/3].hospital(fmt.Sprintf("H510104000%02d", i), "01")
			who := i % 2
			x.insured = counties[who]
			wg.Go(func() {
				for n := range 4 {
					p := x.patient(strconv.FormatInt(int64(persons[who]), 10), 190+who)
					p.stayAs("310")
					r, ok := p.done("2304", map[string]any{"data": p.own(append(staySums, "insutype", "310", "acct_used_flag", "1")...)})
					sum := r.accounts(t)
					if ok && n%2 == 0 {
						if _, ok := p.done("2305", map[string]any{"data": p.own("setl_id", r.row("setlinfo")["setl_id"])}, "须先由后到前撤销"); ok {
							sum = 0
						}
					}
					mu.Lock()
					paid += sum
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		var left money.Fen
		for _, no := range persons {
			p, all, _, err := halls[1].Store.PersonalAccounts().Of(t.Context(), no)
			if err != nil || p.Balance < 0 {
				t.Errorf("%+v %v", p, err)
			}
			for _, m := range all {
				if m.Balance < 0 {
					t.Errorf("overdrawn: %+v", m)
				}
			}
			left += p.Balance
		}
		if paid+left != 40_000_00 || paid == 0 {
			t.Errorf("%v was paid of 40000.00, and %v is left", paid, left)
		}
		if err := verified(t, halls[0]); err != nil {
			t.Error(err)
		}
	})
}

// accounts is what accounts paid of a settlement.
func (r reply) accounts(t *testing.T) (sum money.Fen) {
	for _, field := range []string{"acct_pay", "acct_mulaid_pay"} {
		amount, err := money.ParseFen(r.row("setlinfo")[field])
		if err != nil && r.Code == 0 {
			t.Error(err)
		}
		sum += amount
	}
	return sum
}
