//go:build !windows

package counter

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tongchou/internal/account"
	"tongchou/internal/money"
	"tongchou/internal/register"
	"tongchou/internal/store/storetest"
)

// The environment of the program that is killed, and how often it is: REGISTER_KILLS sets it, TONGCHOU_FULL makes it a hundred times.
const (
	registerKillDir   = "REGISTER_KILL_DIR"
	registerKillRound = "REGISTER_KILL_ROUND"
	registerKillWhom  = "REGISTER_KILL_WHOM"
	registerKills     = "REGISTER_KILLS"
	fullRegisterKills = 100
)

// family is an owner of an account, the relative who is treated, and somebody who chooses institutions, each by number with the serial of his certificate.
type family struct {
	Owner, Relative, Chooser string
	Serial                   int
}

// families is how many act at once.
const families = 3

// allotted is what each account begins with.
const allotted money.Fen = 3_000_000_00

// told is what the program that is killed says before and after everything it does: a message with its answer, or a deed of a desk.
type told struct {
	By      int    // which family
	Message string // as it was sent
	Answer  string // empty before it was answered
	Deed    string // "approve", "share", "revoke"
	Done    bool
}

// TestRegistrationsServer is the program that is killed.
func TestRegistrationsServer(t *testing.T) {
	dir := os.Getenv(registerKillDir)
	if dir == "" {
		t.Skip("the program of the test that kills")
	}
	round, err := strconv.Atoi(os.Getenv(registerKillRound))
	if err != nil {
		t.Fatal(err)
	}
	var whom []family
	if err := json.Unmarshal([]byte(os.Getenv(registerKillWhom)), &whom); err != nil {
		t.Fatal(err)
	}
	h := newHallAt(t, dir, filepath.Join(dir, "person.key"))
	h.serial = (round + 1) * 10_000_000
	var mu sync.Mutex
	say := func(x told) {
		mu.Lock()
		defer mu.Unlock()
		text, _ := json.Marshal(x) // strings and a flag
		fmt.Println("told " + string(text))
	}
	var wg sync.WaitGroup
	for i, f := range whom {
		x := h.hospital("H5101040000"+strconv.Itoa(i+1), "01")
		x.watch = func(message map[string]any, answer string) {
			if answer == "" {
				message["msgid"] = x.by.Code + "20261123" + h.next()
			}
			body, _ := json.Marshal(message) // strings alone
			say(told{By: i, Message: string(body), Answer: answer})
		}
		w := &deeds{hospital: x, family: f, say: func(deed string, done bool) { say(told{By: i, Deed: deed, Done: done}) }}
		wg.Go(func() {
			w.revoke()
			for n := 0; ; n++ {
				w.once(round, n)
			}
		})
	}
	wg.Wait()
}

// deeds is what is done for a family over and over.
type deeds struct {
	*hospital
	family
	say func(deed string, done bool)
}

// deed does something at a desk, told before and after.
func (w *deeds) deed(name string, do func()) {
	w.say(name, false)
	do()
	w.say(name, true)
}

// once applies for a chronic disease, lets it be approved, withdraws every other one; lets somebody choose an institution and take that back; shares an account, lets the relative be treated out of it, and revokes.
func (w *deeds) once(round, n int) {
	form := chronicForm(w.Relative)
	form["opsp_dise_code"] = fmt.Sprintf("R%dN%d", round, n)
	sn := w.must("2503", map[string]any{"data": form}).row("result")["trt_dcla_detl_sn"]
	w.deed("approve", func() { w.decided(w.Relative, true) })
	if n%2 == 1 {
		w.must("2504", map[string]any{"data": data("trt_dcla_detl_sn", sn, "psn_no", w.Relative, "memo", "误报")})
	}
	chosen := w.must("2505", map[string]any{"data": fixedForm(w.Chooser, w.by.Code)}).row("result")["trt_dcla_detl_sn"]
	w.must("2506", map[string]any{"data": data("trt_dcla_detl_sn", chosen, "psn_no", w.Chooser, "memo", "改选")})
	w.deed("share", func() {
		if err := w.Store.PersonalAccounts().Share(w.t.Context(), storetest.Act(county), w.file(personOf(w.t, w.Owner)), w.file(personOf(w.t, w.Relative)), "2026-11-01"); err != nil {
			w.t.Error(err)
		}
	})
	p := w.patient(w.Relative, w.Serial)
	p.stay("2026-11-15", "2026-11-22")
	p.must("2304", map[string]any{"data": p.own(append(slices.Clone(staySums), "acct_used_flag", "1")...)})
	w.revoke()
}

// revoke ends what the owner shares.
func (w *deeds) revoke() {
	_, _, shares, err := w.Store.PersonalAccounts().Of(w.t.Context(), personOf(w.t, w.Owner))
	if err != nil {
		w.t.Error(err)
	}
	for _, s := range shares {
		if s.Revoked == "" {
			w.deed("revoke", func() {
				if err := w.Store.PersonalAccounts().Unshare(w.t.Context(), storetest.Act(county), personOf(w.t, w.Owner), s.No, "2026-11-23"); err != nil {
					w.t.Error(err)
				}
			})
		}
	}
}

// witness keeps what was acknowledged, family by family.
type witness struct {
	whom                  [families]family
	open                  [families]told // what was told and not ended
	answered              []told         // since the kill before
	did                   [families]map[string]int
	applied, taken, chose [families]map[string]bool // numbers of registrations
	paid                  [families]money.Fen
}

// counted takes an answer down.
func (k *witness) counted(t *testing.T, x told) {
	t.Helper()
	var m struct {
		Infno string
		Input map[string]map[string]string
	}
	_ = json.Unmarshal([]byte(x.Message), &m) // inputs of other shapes are not looked at
	var r reply
	if err := json.Unmarshal([]byte(x.Answer), &r); err != nil || r.Code != 0 {
		t.Errorf("%s: %s %v", m.Infno, x.Answer, err)
		return
	}
	switch sn := r.row("result")["trt_dcla_detl_sn"]; m.Infno {
	case "2503":
		k.applied[x.By][sn] = true
	case "2504":
		k.taken[x.By][m.Input["data"]["trt_dcla_detl_sn"]] = true
	case "2505":
		k.chose[x.By][sn] = true
	case "2304":
		k.paid[x.By] += r.accounts(t)
	}
}

// TestRegistrationsKilled kills a program at random moments while registrations are applied for, approved and withdrawn, institutions chosen, accounts shared with relatives, paid out of and no longer shared. Whatever
// was acknowledged is there once, messages sent again get their first answers, what was lost on the way can be sent again, accounts hold what was not paid, and everything verifies.
func TestRegistrationsKilled(t *testing.T) {
	for _, clause := range []string{"SCE-7.2", "SCE-2.4", "YA-4.8.2"} {
		t.Attr("clause", clause)
	}
	rounds := 3
	if os.Getenv("TONGCHOU_FULL") != "" {
		rounds = fullRegisterKills
	}
	if text := os.Getenv(registerKills); text != "" {
		rounds, _ = strconv.Atoi(text)
	}
	dir := t.TempDir()
	k := &witness{}
	for i := range families {
		k.did[i], k.applied[i], k.taken[i], k.chose[i] = map[string]int{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	}
	for round := range rounds {
		t.Run(fmt.Sprintf("before %d", round), func(t *testing.T) { k.check(t, dir, round) })
		k.round(t, dir, round)
	}
	t.Run("at the end", func(t *testing.T) {
		k.check(t, dir, rounds)
		if err := verified(t, newHallAt(t, dir, filepath.Join(dir, "person.key"))); err != nil {
			t.Error(err)
		}
	})
	var paid money.Fen
	applied, shared := 0, 0
	for i := range families {
		paid, applied, shared = paid+k.paid[i], applied+len(k.applied[i]), shared+k.did[i]["share"]
	}
	if paid == 0 || applied == 0 || shared == 0 {
		t.Errorf("%v paid, %d applied, %d shared", paid, applied, shared)
	}
	t.Logf("%d kills: %d registrations, %d shares, %v paid", rounds, applied, shared, paid)
}

// round runs the program and kills it.
func (k *witness) round(t *testing.T, dir string, round int) {
	t.Helper()
	whom, _ := json.Marshal(k.whom) // strings and numbers
	cmd := exec.Command(os.Args[0], "-test.run=^TestRegistrationsServer$")
	cmd.Env = append(os.Environ(), registerKillDir+"="+dir, registerKillRound+"="+strconv.Itoa(round), registerKillWhom+"="+string(whom))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		text, ok := strings.CutPrefix(lines.Text(), "told ")
		var x told
		if !ok || json.Unmarshal([]byte(text), &x) != nil {
			if !ok {
				t.Error(lines.Text())
			}
			continue // the last line may be cut
		}
		once.Do(func() {
			time.AfterFunc(100*time.Millisecond+rand.N(600*time.Millisecond), func() { cmd.Process.Signal(syscall.SIGKILL) })
		})
		k.heard(t, x)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the program ended by itself")
	}
}

// heard takes down what the program said.
func (k *witness) heard(t *testing.T, x told) {
	t.Helper()
	switch {
	case x.Answer != "":
		k.answered = append(k.answered, x)
		k.counted(t, x)
		k.open[x.By] = told{}
	case x.Done:
		k.did[x.By][x.Deed]++
		k.open[x.By] = told{}
	default:
		k.open[x.By] = x
	}
}

// check asks what the kill before left, and makes the persons of the next round.
func (k *witness) check(t *testing.T, dir string, round int) {
	h := newHallAt(t, dir, filepath.Join(dir, "person.key"))
	h.serial = round*10_000_000 + 9_000_000
	for i := range families {
		f := &k.whom[i]
		x := h.hospital("H5101040000"+strconv.Itoa(i+1), "01")
		if round == 0 {
			f.Serial = 300 + i
			f.Owner, f.Relative = h.employee(200+i, allotted), h.person(f.Serial)
		} else {
			k.sentAgain(t, x, i)
			k.registrations(t, h, i)
			k.accounts(t, h, i)
		}
		f.Chooser = h.person(400 + round*families + i)
	}
	k.answered = nil
}

// sentAgain sends what was lost, and once more what was answered.
func (k *witness) sentAgain(t *testing.T, x *hospital, i int) {
	t.Helper()
	again := func(message string) string {
		answer, err := x.Handle(t.Context(), x.by, []byte(message))
		if err != nil {
			t.Error(err)
		}
		return string(answer)
	}
	for _, a := range k.answered {
		if a.By == i {
			if got := again(a.Message); got != a.Answer {
				t.Errorf("%s again: %s, first %s", a.Message, got, a.Answer)
			}
		}
	}
	if lost := k.open[i]; lost.Message != "" {
		lost.Answer = again(lost.Message)
		k.counted(t, lost)
		if got := again(lost.Message); got != lost.Answer {
			t.Errorf("%s: %s, then %s", lost.Message, lost.Answer, got)
		}
		k.open[i] = told{}
	}
}

// registrations asks that what was applied for, approved and withdrawn is there, each once, and nothing else.
func (k *witness) registrations(t *testing.T, h *hall, i int) {
	t.Helper()
	for _, of := range []struct {
		who   string
		want  map[string]bool
		taken bool
	}{{k.whom[i].Relative, k.applied[i], false}, {k.whom[i].Chooser, k.chose[i], true}} {
		all, err := h.Store.Registrations().Of(t.Context(), personOf(t, of.who))
		if err != nil {
			t.Fatal(err)
		}
		seen, approved := map[string]bool{}, 0
		for _, r := range all {
			if seen[r.Serial] || !of.want[r.Serial] {
				t.Errorf("%s is there twice, or was not applied for: %+v", r.Serial, r)
			}
			seen[r.Serial] = true
			if slices.ContainsFunc(r.Steps, func(s register.Step) bool { return s.Deed == register.Approved }) {
				approved++
			}
			if k.taken[i][r.Serial] != (r.State == register.Withdrawn) && !of.taken {
				t.Errorf("%s is %s, withdrawn: %v", r.Serial, r.State, k.taken[i][r.Serial])
			}
		}
		if of.taken {
			k.chose[i] = map[string]bool{} // of another person in the next round
		} else if len(all) != len(of.want) {
			t.Errorf("%d registrations, %d were applied for", len(all), len(of.want))
		}
		if done := k.did[i]["approve"]; !of.taken && approved != done && !(k.open[i].Deed == "approve" && approved == done+1) {
			t.Errorf("%d are approved, %d were", approved, done)
		} else if !of.taken {
			k.did[i]["approve"] = approved
		}
	}
}

// accounts asks that what an owner has is what was not paid, and that he shares as often as he did.
func (k *witness) accounts(t *testing.T, h *hall, i int) {
	t.Helper()
	purse, moved, shares, err := h.Store.PersonalAccounts().Of(t.Context(), personOf(t, k.whom[i].Owner))
	if err != nil {
		t.Fatal(err)
	}
	var gone money.Fen
	for _, m := range moved {
		if m.Kind == account.Shared {
			gone -= m.Amount
		}
	}
	if purse.Balance != allotted-k.paid[i] || gone != k.paid[i] {
		t.Errorf("%v is left of %v and %v moved; %v was paid", purse.Balance, allotted, gone, k.paid[i])
	}
	revoked := 0
	for _, s := range shares {
		if s.Revoked != "" {
			revoked++
		}
	}
	for deed, there := range map[string]int{"share": len(shares), "revoke": revoked} {
		if done := k.did[i][deed]; there != done && !(k.open[i].Deed == deed && there == done+1) {
			t.Errorf("%s: %d times, acknowledged %d", deed, there, done)
		}
		k.did[i][deed] = there
	}
	k.open[i] = told{}
}
