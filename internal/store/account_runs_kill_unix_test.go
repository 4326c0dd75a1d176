//go:build !windows

package store_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"tongchou/internal/account"
	"tongchou/internal/enrol"
	"tongchou/internal/money"
	"tongchou/internal/region"
	"tongchou/internal/store"
	"tongchou/internal/store/storetest"
)

const (
	allottedCounty  = "510104"
	allottedPersons = 1100 // three writes of a run
)

// allottedUntil is what is due to somebody in a round: a little more with each, and in every third nothing of the one before.
func allottedUntil(round int) func(store.Person) []account.Allocation {
	return func(p store.Person) (out []account.Allocation) {
		for n := range round {
			if round%3 != 2 || n != round-1 {
				out = append(out, account.Allocation{Source: fmt.Sprintf("contribution %d", n), Amount: money.Fen(1_00 + int64(p.No)%7)})
			}
		}
		return out
	}
}

// TestChildAllocates is the child: it brings everybody's account to what is due, a round after the other, and says which were kept.
func TestChildAllocates(t *testing.T) {
	address := os.Getenv(killAddress)
	if address == "" {
		t.Skip("the child of the test that kills")
	}
	s, err := store.Open(t.Context(), address, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for round := 1; ; round++ {
		run, err := s.PersonalAccounts().AllocateAll(t.Context(), storetest.Act(region.Code(os.Getenv(killDivision))), "2026-04-05", allottedUntil(round%12), func(store.AccountRun) {})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("kept 1 %d\n", run.No)
	}
}

// Allocations to everybody that are killed at any moment have put in and taken back what their records say, and the next one goes on.
func TestAllocationsKilled(t *testing.T) {
	t.Attr("clause", "YA-3.1.1")
	address, dice := t.TempDir(), rand.New(rand.NewPCG(7, 11))
	prepared, err := store.Open(t.Context(), address, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var persons []enrol.PersonNo
	for n := range allottedPersons {
		no, err := storetest.AddPerson(t, prepared, storetest.Act(allottedCounty), storetest.Facts(n+1, "Somebody", allottedCounty)...)
		if err != nil {
			t.Fatal(err)
		}
		persons = append(persons, no)
	}
	if err := prepared.Close(); err != nil {
		t.Fatal(err)
	}
	rounds, err := strconv.Atoi(os.Getenv(killCount))
	if err != nil {
		rounds = 8
	}
	interrupted := 0
	for range rounds {
		c := startChild(t, "TestChildAllocates", address, allottedCounty)
		time.Sleep(time.Duration(dice.Int64N(int64(200 * time.Millisecond))))
		c.kill()
		s, err := store.Open(t.Context(), address, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		balances := func() (sum money.Fen) {
			for _, no := range persons {
				purse, _, _, err := s.PersonalAccounts().Of(t.Context(), no)
				if err != nil {
					t.Fatal(err)
				}
				sum += purse.Balance
			}
			return sum
		}
		runs, err := s.PersonalAccounts().Runs(t.Context(), store.ScopeOf(allottedCounty))
		if err != nil {
			t.Fatal(err)
		}
		ended, recorded := map[string]bool{}, money.Fen(0)
		interrupted = 0
		for _, r := range runs {
			recorded += r.In - r.Back
			if ended[strconv.FormatInt(r.No, 10)] = !r.Ended.IsZero(); r.Ended.IsZero() {
				interrupted++
			}
		}
		if there := balances(); there != recorded {
			t.Errorf("%v in the accounts, %v by the records of %d runs", there, recorded, len(runs))
		}
		for no := range c.kept {
			if !ended[no] {
				t.Errorf("run %s was told to be kept and has not ended", no)
			}
		}
		storetest.Verified(t, s)
		const last = 13
		if _, err := s.PersonalAccounts().AllocateAll(t.Context(), storetest.Act(allottedCounty), "2026-04-05", allottedUntil(last), func(store.AccountRun) {}); err != nil {
			t.Fatal(err)
		}
		due := money.Fen(0)
		for _, no := range persons {
			due += last * money.Fen(1_00+int64(no)%7)
		}
		if there := balances(); there != due {
			t.Errorf("%v in the accounts, %v due", there, due)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d kills, %d runs interrupted", rounds, interrupted)
}
