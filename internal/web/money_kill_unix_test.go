//go:build !windows

package web

import (
	"bufio"
	"bytes"
	"database/sql"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"tongchou/internal/ledger"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/pgtest"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// The environment of the server that the test kills, and how often it does: MONEY_KILLS sets it for each engine.
const (
	moneyKillAddress = "MONEY_KILL_ADDRESS"
	moneyKillSince   = "MONEY_KILL_SINCE" // when the story began, so that the clock of no server is behind the last one's
	moneyKillCount   = "MONEY_KILLS"
	moneyKillTime    = 10 * time.Second // when no number is set
)

// TestMoneyServer is the server that is killed.
func TestMoneyServer(t *testing.T) {
	address := os.Getenv(moneyKillAddress)
	if address == "" {
		t.Skip("the server of the test that kills")
	}
	since, err := strconv.ParseInt(os.Getenv(moneyKillSince), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	b := bureauAt(t, address, sichuan())
	b.pass(time.Since(time.Unix(0, since)))
	go func() {
		for last := time.Now(); ; last = time.Now() {
			time.Sleep(time.Millisecond)
			b.pass(time.Since(last))
		}
	}()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("serving", listener.Addr())
	t.Fatal(http.Serve(listener, b.http))
}

// moneyServer is a server that is killed and started again, at another address each time.
type moneyServer struct {
	t       *testing.T
	address string // of the store
	since   time.Time
	cmd     *exec.Cmd
	mu      sync.Mutex
	base    string
}

func (s *moneyServer) at() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.base
}

func (s *moneyServer) start() {
	s.t.Helper()
	s.cmd = exec.Command(os.Args[0], "-test.run=^TestMoneyServer$")
	s.cmd.Env = append(os.Environ(), moneyKillAddress+"="+s.address, moneyKillSince+"="+strconv.FormatInt(s.since.UnixNano(), 10))
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			s.t.Fatal("the server ended by itself")
		}
		if to, ok := strings.CutPrefix(line, "serving "); ok {
			s.mu.Lock()
			s.base = "http://" + strings.TrimSpace(to)
			s.mu.Unlock()
			break
		}
	}
	go io.Copy(io.Discard, lines) // until it is killed
}

// kill ends the server at once.
func (s *moneyServer) kill() {
	s.cmd.Process.Signal(syscall.SIGKILL)
	s.cmd.Wait() // killed
	if !strings.HasPrefix(s.address, "postgres") {
		return
	}
	db, err := sql.Open("pgx", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	for sessions := 1; sessions > 0; time.Sleep(5 * time.Millisecond) { // what was sent may still be committed, or not
		if err := db.QueryRow("SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'tongchou'").Scan(&sessions); err != nil {
			s.t.Fatal(err)
		}
	}
}

// official is somebody at a browser that asks again, with the same form, until the server answers.
type official struct {
	server *moneyServer
	cookie string
	login  string
}

type answer struct {
	code     int
	location string
	body     string
}

func (o *official) ask(method, path, kind string, form []byte) answer {
	for {
		if a, err := o.once(method, path, kind, form); err == nil {
			return a
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func (o *official) once(method, path, kind string, form []byte) (answer, error) {
	r, err := http.NewRequest(method, o.server.at()+path, bytes.NewReader(form))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Cookie", o.cookie)
	w, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return answer{}, err
	}
	defer w.Body.Close()
	body, err := io.ReadAll(w.Body)
	for _, c := range w.Cookies() {
		if c.MaxAge >= 0 {
			o.cookie = c.Name + "=" + c.Value
		}
	}
	return answer{w.StatusCode, w.Header.Get("Location"), string(body)}, err
}

const formKind = "application/x-www-form-urlencoded"

func (o *official) post(path string, pairs ...string) (string, error) {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return o.taken(path, formKind, []byte(form.Encode()))
}

// taken sends a form and tells where the answer leads; a form that is not taken is an error.
func (o *official) taken(path, kind string, form []byte) (string, error) {
	a := o.ask(http.MethodPost, path, kind, form)
	if a.code != http.StatusSeeOther || strings.HasPrefix(a.location, "/sign-in") {
		return "", fmt.Errorf("%s %s: %d %s", o.login, path, a.code, strings.Join(alert.FindAllString(a.body, -1), " "))
	}
	return a.location, nil
}

// told is what people were told was done.
type told struct {
	mu       sync.Mutex
	versions map[office.DocumentID]office.Version
	paid     map[ledger.ItemID]money.Fen
	receipts map[ledger.DocumentID]money.Fen
	sent     map[ledger.ItemID]bool
	forms    int
	undone   int // payments that were taken back
}

func (x *told) that(f func(*told)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.forms++
	f(x)
}

// counter is a place where stories of money are worked through, one after the other, until it is closed.
type counter struct {
	t      *testing.T
	name   string
	people map[string]*official
	told   *told
	shut   chan struct{}
	n      int
	orders int
	runs   int

	where   region.Code // of the budgets
	budgets int
}

// key is that of a new form.
func (c *counter) key() string {
	c.n++
	return c.name + "-" + strconv.Itoa(c.n)
}

// signed has a document submitted and signed by whoever must.
func (c *counter) signed(path string, signers ...string) error {
	id := office.DocumentID(path[strings.LastIndex(path, "/")+1:])
	c.told.that(func(x *told) { x.versions[id] = 1 })
	for n, who := range append([]string{"clerk"}, signers...) {
		act := "sign"
		if n == 0 {
			act = "submit"
		}
		if _, err := c.people[who].post("/documents/"+string(id), "act", act, "version", strconv.Itoa(n+1)); err != nil {
			return err
		}
		c.told.that(func(x *told) { x.versions[id] = office.Version(n + 2) })
	}
	return nil
}

// deposits are what a city pays to have ready elsewhere, and what is passed on to another: an order up, whose money arrives and
// is matched, and one down, which is sent and booked.
func (c *counter) deposits(from, to region.Code) error {
	amount := money.Fen(1_000_000 + c.n)
	up, err := c.order("deposit_up", from, amount)
	if err != nil {
		return err
	}
	item := ledger.ItemID(string(up) + "/resident/" + string(from) + "/deposit_up")
	receipt := "R-" + string(up)
	const edge = "edge"
	body := "--" + edge + "\r\nContent-Disposition: form-data; name=\"once\"\r\n\r\n" + c.key() + "\r\n--" + edge + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"bank.csv\"\r\n\r\n" +
		"回单号,到账日期,险种,金额,区划代码,附言\n" + receipt + ",2026-11-20,居民," + amount.String() + "," + string(from) + "," + string(item) + "\n\r\n--" + edge + "--\r\n"
	if _, err := c.people["clerk"].taken("/pool/receipts", "multipart/form-data; boundary="+edge, []byte(body)); err != nil {
		return err
	}
	c.told.that(func(x *told) { x.receipts[ledger.DocumentID(receipt)] = 0 })
	version := "1"
	if c.n%2 == 0 { // nobody knows at first what it is for
		if _, err := c.people["finance"].post("/pool/receipts/suspend", "once", c.key(), "seen", "1 "+receipt, "book", "clearing", "reason", "合成数据"); err != nil {
			return err
		}
		version = "2"
	}
	if _, err := c.people["finance"].post("/pool/receipts/accept", "once", c.key(), "checked", "1", "share", version+"\t"+receipt+"\t1\t"+string(item)+"\t"+amount.String()); err != nil {
		return err
	}
	c.told.that(func(x *told) { x.receipts[ledger.DocumentID(receipt)], x.paid[item] = amount, amount })
	down, err := c.order("deposit_down", to, amount)
	if err != nil {
		return err
	}
	item = ledger.ItemID(string(down) + "/resident/" + string(to) + "/deposit_down")
	if c.n%3 == 0 { // booked by mistake, taken back, and paid again
		if err := c.payOut(down, item, amount, 1, func(*told) {}); err != nil {
			return err
		}
		form := []string{"batch", string(down), "reason", "合成数据", "checked", "1", "seen", "0\tB-" + string(down) + "\t" + string(item)}
		if _, err := c.people["finance"].post("/pool/payments/booked", append(form, "once", c.key(), "act", "asked")...); err != nil {
			return err
		}
		if _, err := c.people["reviewer"].post("/pool/payments/booked", append(form, "once", c.key(), "act", "taken_back")...); err != nil {
			return err
		}
		c.told.that(func(x *told) { x.undone++ })
		return c.payOut(down, item, amount, 4, func(x *told) { x.sent[item] = true })
	}
	return c.payOut(down, item, amount, 1, func(x *told) { x.sent[item] = true })
}

// payOut sends and books a payment that stands in a version; sent is told once it was written down as sent, and then as paid.
func (c *counter) payOut(batch ledger.DocumentID, item ledger.ItemID, amount money.Fen, version int, sent func(*told)) error {
	seen := func(version int) string { return strconv.Itoa(version) + " " + string(item) }
	if _, err := c.people["clerk"].post("/pool/payments/send", "once", c.key(), "batch", string(batch), "seen", seen(version), "ref", "B-"+string(batch), "on", "2026-11-23", "total", amount.String()); err != nil {
		return err
	}
	c.told.that(sent)
	if _, err := c.people["finance"].post("/pool/payments/book", "once", c.key(), "batch", string(batch), "checked", "1", "seen", seen(version+1)); err != nil {
		return err
	}
	c.told.that(func(x *told) {
		if x.sent[item] {
			x.paid[item] = amount
		}
	})
	return nil
}

// budget keeps a budget of another year and puts it into the way of signatures.
func (c *counter) budget() error {
	if c.budgets > 2*60 {
		time.Sleep(50 * time.Millisecond)
		return nil
	}
	year := 2030 + c.budgets/2
	path := "/budget/" + string(pool.Insurances()[c.budgets%2]) + "/" + string(c.where) + "/" + strconv.Itoa(year)
	c.budgets++
	form := []string{"once", c.key(), "act", "save", "version", "0", "revision", "1", "surplus_begin", "500000000", "violation", "0", "books_note", "合成数据",
		"other_revenue.method", "stated", "other_revenue.stated", "1000", "other_revenue.grounds", "合成数据"}
	if _, err := c.people["city"].post(path+"/edit", form...); err != nil {
		return err
	}
	if _, err := c.people["city"].post(path, "once", c.key(), "act", "submit", "version", "1"); err != nil {
		return err
	}
	parts := strings.Split(path, "/")
	c.told.that(func(x *told) { x.versions[office.DocumentID("budget-"+strings.Join(parts[2:], "-"))] = 2 })
	return nil
}

// order plans a payment order of one line and has it signed.
func (c *counter) order(kind string, city region.Code, amount money.Fen) (ledger.DocumentID, error) {
	to, err := c.people["clerk"].post("/pool/orders", "once", c.key(), "kind", kind, "year", "2026", "insurance", "resident", "due", "2026-12-31", "basis", "合成数据 "+c.name,
		"lines", string(city)+","+amount.String())
	if err != nil {
		return "", err
	}
	c.orders++
	path := pathOf(to)
	return ledger.DocumentID(path[strings.LastIndex(path, "/")+1:]), c.signed(path, "reviewer", "finance")
}

// frozen freezes the year of a fund, the next time as a correction of the last, and has it signed.
func (c *counter) frozen(insurance, corrects string) (string, error) {
	to, err := c.people["clerk"].post("/pool/runs", "once", c.key(), "year", "2025", "insurance", insurance, "corrects", corrects, "collect", "2026-12-31", "allocate", "2026-12-31", "cover", "2026-12-31")
	if err != nil {
		return "", err
	}
	c.runs++
	path := pathOf(to)
	return path[strings.LastIndex(path, "/")+1:], c.signed(path, "reviewer", "finance", "approver")
}

// open works through stories until the counter is shut or one goes wrong.
func (c *counter) open(work func() error) {
	for {
		select {
		case <-c.shut:
			return
		default:
		}
		if err := work(); err != nil {
			c.t.Error(err)
			return
		}
	}
}

// survived looks into the store after a kill: what people were told is there, nothing is there by half.
func (x *told) survived(t *testing.T, address string) {
	t.Helper()
	b := bureauAt(t, address, sichuan())
	defer b.store.Close()
	x.mu.Lock()
	defer x.mu.Unlock()
	scope := store.ScopeOf(sichuanProvince)
	for id, version := range x.versions {
		if d, err := b.store.Desk(scope).Document(t.Context(), id); err != nil || d.Version < version {
			t.Errorf("%s is at version %d, %d was acknowledged: %v", id, d.Version, version, err)
		}
	}
	items, err := b.store.Items(t.Context(), scope, store.ItemQuery{})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range items {
		if i.Paid < x.paid[i.ID] || x.sent[i.ID] && i.State() == ledger.ItemDue {
			t.Errorf("%s is %s with %v paid, %v was acknowledged", i.ID, i.State(), i.Paid, x.paid[i.ID])
		}
	}
	rows, err := b.store.Receipts(t.Context(), scope)
	if err != nil {
		t.Fatal(err)
	}
	there := map[ledger.DocumentID]money.Fen{}
	for _, r := range rows {
		there[r.ID] = r.Used
	}
	for id, used := range x.receipts {
		if got, ok := there[id]; !ok || got < used {
			t.Errorf("receipt %s: %v used, %v was acknowledged", id, got, used)
		}
	}
	for _, insurance := range pool.Insurances() {
		b.soundBudgets(t, insurance, 0)
	}
	if _, err := b.store.Verify(t.Context(), b.site.money.service.Chart); err != nil {
		t.Error(err)
	}
}

// The server is killed at any moment while years are frozen, budgets submitted, orders signed, receipts imported and matched, and payments sent,
// booked and taken back by several people at once, who ask again with the same form when no answer comes: everything they were told was
// done is there, nothing is there by half, the store verifies, and every form had one effect.
func TestMoneyKilled(t *testing.T) {
	t.Attr("clause", "SC38-4.5")
	t.Attr("clause", "YA-4.10.3")
	for _, engine := range []struct {
		name    string
		address func(t *testing.T) string
	}{
		{"sqlite", func(t *testing.T) string { return t.TempDir() }},
		{"postgres", func(t *testing.T) string { return pgtest.Start(t).DSN }},
	} {
		t.Run(engine.name, func(t *testing.T) { killedMoney(t, engine.address(t)) })
	}
}

func killedMoney(t *testing.T, address string) {
	b := bureauAt(t, address, sichuan())
	b.staff()
	if err := b.store.Close(); err != nil {
		t.Fatal(err)
	}
	server := &moneyServer{t: t, address: address, since: time.Now()}
	server.start()
	t.Cleanup(func() { server.kill() })
	people := map[string]*official{}
	for _, login := range []string{"clerk", "reviewer", "finance", "approver", "city"} {
		people[login] = &official{server: server, login: login}
		if _, err := people[login].post("/sign-in", "login", login, "password", testPassword); err != nil {
			t.Fatal(err)
		}
	}
	x := &told{versions: map[office.DocumentID]office.Version{}, paid: map[ledger.ItemID]money.Fen{}, receipts: map[ledger.DocumentID]money.Fen{}, sent: map[ledger.ItemID]bool{}}
	shut := make(chan struct{})
	var counters []*counter
	var wg sync.WaitGroup
	open := func(name string, work func(c *counter) func() error) {
		mine := map[string]*official{} // a person at several counters has one session
		for login, o := range people {
			mine[login] = &official{server: server, login: login, cookie: o.cookie}
		}
		c := &counter{t: t, name: name, people: mine, told: x, shut: shut}
		counters = append(counters, c)
		wg.Add(1)
		go func() {
			defer wg.Done()
			c.open(work(c))
		}()
	}
	for n, pair := range [][2]region.Code{{"510100", "510300"}, {"510300", "510400"}, {"510500", "510600"}} {
		open("deposits-"+strconv.Itoa(n), func(c *counter) func() error { return func() error { return c.deposits(pair[0], pair[1]) } })
	}
	for _, insurance := range []string{"resident", "employee"} {
		open("runs-"+insurance, func(c *counter) func() error {
			last := ""
			return func() (err error) { last, err = c.frozen(insurance, last); return err }
		})
	}
	open("budgets", func(c *counter) func() error {
		c.where = engine().Tree.Prefectures(sichuanProvince)[1].Code
		return c.budget
	})
	n := killed(t, server, x)
	close(shut)
	wg.Wait()
	server.kill()
	x.survived(t, address)
	onceEach(t, address, counters)
	t.Logf("%d kills, %d forms, %d documents, %d payments taken back", n, x.forms, len(x.versions), x.undone)
	server.start()
}

// killed kills the server again and again.
func killed(t *testing.T, server *moneyServer, x *told) int {
	most, err := strconv.Atoi(os.Getenv(moneyKillCount))
	limited := err == nil
	if testing.Short() {
		most, limited = 3, true
	}
	dice := rand.New(rand.NewPCG(7, 11))
	started, n := time.Now(), 0
	for ; (limited && n < most || !limited && time.Since(started) < moneyKillTime) && !t.Failed(); n++ {
		time.Sleep(time.Duration(dice.Int64N(int64(400 * time.Millisecond))))
		server.kill()
		x.survived(t, server.address)
		server.start()
	}
	return n
}

// onceEach checks that every form had one effect: as many documents as were asked for, each paid once.
func onceEach(t *testing.T, address string, counters []*counter) {
	t.Helper()
	b := bureauAt(t, address, sichuan())
	defer b.store.Close()
	scope := store.ScopeOf(sichuanProvince)
	orders, runs := 0, 0
	for _, c := range counters {
		orders, runs = orders+c.orders, runs+c.runs
	}
	for kinds, want := range map[office.Kind]int{office.PaymentOrder: orders, office.PoolRun: 2, office.Clearing: runs - 2} {
		if all, err := b.store.Desk(scope).OfKind(t.Context(), kinds); err != nil || len(all) != want {
			t.Errorf("%d documents %s, %d were asked for: %v", len(all), kinds, want, err)
		}
	}
	var held money.Fen
	items, err := b.store.Items(t.Context(), scope, store.ItemQuery{})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range items {
		if i.Kind == ledger.DepositUp {
			held += i.Amount
		}
		if (i.Kind == ledger.DepositUp || i.Kind == ledger.DepositDown) && i.State() != ledger.ItemPaid {
			t.Errorf("%s is %s", i.ID, i.State())
		}
	}
	state, err := b.store.Books(store.Act{Scope: scope}, b.site.money.service.Chart).Whole(t.Context(), ledger.ClearingBook("resident", sichuanProvince), 2026)
	if err != nil || state == nil {
		t.Fatal(err)
	}
	trial := ledger.TrialBalance(ledger.Whole(2026), false, state)
	if trial.Balance(ledger.OffsiteHeld) != held || trial.Balance(ledger.OffsiteEntrusted) != held || trial.Balance(ledger.FiscalAccount) != 0 {
		t.Errorf("held %v, entrusted %v, on the account %v, of %v", trial.Balance(ledger.OffsiteHeld), trial.Balance(ledger.OffsiteEntrusted), trial.Balance(ledger.FiscalAccount), held)
	}
}
