package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tongchou/internal/enrol"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/ledger"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

// settleLoad (结算压测) says how the settlement service is put under load.
type settleLoad struct {
	data                  string
	persons               int64
	clients, institutions int
	count                 int
	duration              time.Duration
	what                  string
	seed                  uint64
	json, check           bool
}

// The kinds of load, and the messages of each that are measured.
var settleKinds = map[string][]string{
	"visit":  {"2201", "2203", "2204", "2207"}, // an outpatient's whole visit
	"course": {"2204", "2207"},                 // another batch of charges of a visit that was registered before
	"settle": {"2207"},                         // of visits that were registered and charged before
	"trial":  {"2206"},                         // the same, as a question
}

func (a *app) benchSettle() *cobra.Command {
	var f settleLoad
	text := func(name string) string { return a.p.T("cli.flag." + name) }
	c := &cobra.Command{Use: "settle", Short: a.p.T("cli.bench.settle.short"), Long: a.p.T("cli.bench.settle.long"), Args: a.noArgs,
		Example: "  tongchou bench settle\n  tongchou bench settle --kind settle --data DIR --persons 1000000 --count 100000"}
	c.Flags().StringVar(&f.data, "data", "", text("bench_data"))
	c.Flags().Int64Var(&f.persons, "persons", 100_000, text("persons"))
	c.Flags().IntVar(&f.clients, "clients", 64, text("bench_clients"))
	c.Flags().IntVar(&f.institutions, "institutions", 16, text("bench_institutions"))
	c.Flags().IntVar(&f.count, "count", 20_000, text("bench_count"))
	c.Flags().DurationVar(&f.duration, "duration", 0, text("bench_duration"))
	c.Flags().StringVar(&f.what, "kind", "visit", text("bench_kind"))
	c.Flags().Uint64Var(&f.seed, "seed", demoSeed, text("seed"))
	c.Flags().BoolVar(&f.json, "json", false, text("json"))
	c.Flags().BoolVar(&f.check, "verify", true, text("bench_verify"))
	c.RunE = func(c *cobra.Command, _ []string) error { return f.run(c.Context(), a) }
	return c
}

func (f *settleLoad) checked() error {
	if settleKinds[f.what] == nil {
		return fault.New(fault.Usage, "cli.bench.settle.kind", "value", f.what)
	}
	for flag, value := range map[string]int64{"--persons": f.persons, "--clients": int64(f.clients), "--institutions": int64(f.institutions), "--count": int64(f.count)} {
		if value < 1 || flag == "--institutions" && value > 999 {
			return fault.New(fault.Usage, "cli.bench.settle.number", "flag", flag, "value", value)
		}
	}
	return nil
}

// run makes a place, serves it by a program of its own, loads that, and goes through what it wrote.
func (f *settleLoad) run(ctx context.Context, a *app) (err error) {
	if err := f.checked(); err != nil {
		return err
	}
	if f.data == "" {
		if f.data, err = os.MkdirTemp("", "tongchou-bench-"); err != nil {
			return fault.Wrap(err, "cli.cannot_write", "file", os.TempDir())
		}
		defer func() { err = errors.Join(err, os.RemoveAll(f.data)) }()
	}
	l, err := f.prepare(ctx, a)
	if err != nil {
		return err
	}
	server, err := startServer(ctx, f.data)
	if err != nil {
		return err
	}
	defer server.end()
	if err := l.load(server); err != nil {
		return err
	}
	if err := l.reconcile(server.address); err != nil {
		return err
	}
	server.end()
	if f.check {
		if err := f.verify(ctx, l); err != nil {
			return err
		}
	}
	return l.say(a)
}

// prepare makes the data directory what the load needs: made-up persons, as many institutions as asked for, and a sample of whom they treat.
func (f *settleLoad) prepare(ctx context.Context, a *app) (*hospitalLoad, error) {
	if entries, err := os.ReadDir(f.data); err != nil || len(entries) == 0 {
		if _, err := exchange.CreateFolder(f.data, exchange.Settings{Policy: "sichuan", Synthetic: true}); err != nil {
			return nil, err
		}
	}
	folder, err := exchange.OpenFolder(f.data)
	if err != nil {
		return nil, err
	}
	if !folder.Settings().Synthetic {
		return nil, fault.New(fault.Refused, "cli.bench.settle.real", "folder", f.data)
	}
	l := &hospitalLoad{settleLoad: f, begun: time.Now().In(policy.China), sums: map[batchKind]*batchSum{}}
	return l, a.with(ctx, &userFlags{data: f.data}, func(p people) error {
		if _, err := p.Write(ctx, p.act(p.province, "bench.standards", ""), demoPlace{app: a, province: p.province, now: time.Now()}.standards); err != nil {
			return err
		}
		if _, found, err := p.Exchange().Person(ctx, store.ScopeOf(p.province), 1); err != nil {
			return err
		} else if !found {
			if err := p.populate(ctx, f.data, f.persons); err != nil {
				return err
			}
		}
		if err := l.hospitals(ctx, p); err != nil {
			return err
		}
		return l.sample(ctx, p)
	})
}

// verify goes through the whole store as tongchou verify does.
func (f *settleLoad) verify(ctx context.Context, l *hospitalLoad) error {
	s, err := store.Open(ctx, storeAddress(f.data, ""), storeOptions())
	if err != nil {
		return err
	}
	defer s.Close() // only read
	chart, err := ledger.Standard()
	if err != nil {
		return err
	}
	report, err := s.Verify(ctx, chart)
	l.entries = report.Entries
	return err
}

// hospitalLoad is a load under way.
type hospitalLoad struct {
	*settleLoad
	by       []institution
	whom     []treated
	at       policy.Date
	serial   atomic.Int64
	begun    time.Time // in China
	mu       sync.Mutex
	sums     map[batchKind]*batchSum
	took     []time.Duration // of measured messages, in no order
	rounds   int             // what was measured, whole
	elapsed  time.Duration
	server   time.Duration // processor time of the server meanwhile
	own      time.Duration // and of this program
	entries  int64
	balanced int
}

// institution is one that settles.
type institution struct {
	code, division, token, sign string
}

// treated is a made-up person who falls ill.
type treated struct {
	no, card, county, insurance string
}

// hospitals adds institutions in counties of the province, spread over its cities.
func (l *hospitalLoad) hospitals(ctx context.Context, p people) error {
	var divisions []region.Code
	for _, city := range p.tree.Children(p.province) {
		for i, county := range p.tree.Children(city.Code) {
			if i < 1+l.institutions/20 {
				divisions = append(divisions, county.Code)
			}
		}
	}
	run := time.Now().Unix() % 1e8
	for i := range l.institutions {
		division := divisions[i%len(divisions)]
		code := fmt.Sprintf("H%08d%03d", run, i)
		token, err := p.addInstitution(ctx, store.Institution{Code: code, Division: division, Name: "SYN " + code, Level: []string{"01", "05", "08", "11"}[i%4], Synthetic: true})
		if err != nil {
			return err
		}
		l.by = append(l.by, institution{code: code, division: string(division), token: string(token)})
	}
	return nil
}

// mostTreated is how many persons a load treats at most, drawn from all.
const mostTreated = 20_000

// sample draws persons who are insured today from the whole store.
func (l *hospitalLoad) sample(ctx context.Context, p people) error {
	l.at = policy.DayOf(time.Now())
	last := int64(1)
	exists := func(no int64) bool {
		_, found, err := p.Exchange().Person(ctx, store.ScopeOf(p.province), enrol.PersonNo(no))
		return err == nil && found
	}
	for exists(last * 2) {
		last *= 2
	}
	for step := last; step > 0; step /= 2 {
		if exists(last + step) {
			last += step
		}
	}
	l.persons = last
	dice := rand.New(rand.NewPCG(l.seed, 1))
	for drawn := 0; len(l.whom) < min(mostTreated, int(last)) && drawn < 4*mostTreated; drawn++ {
		person, found, err := p.Exchange().Person(ctx, store.ScopeOf(p.province), enrol.PersonNo(1+dice.Int64N(last)))
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		standing := person.On(l.at)
		if len(standing.Covers) == 0 || standing.Document.Kind != enrol.ResidentCard {
			continue
		}
		insurance := "310"
		if standing.Covers[0].Way.Insurance() == enrol.Resident {
			insurance = "390"
		}
		l.whom = append(l.whom, treated{strconv.FormatInt(int64(person.No), 10), standing.Number, string(person.County), insurance})
	}
	if len(l.whom) == 0 {
		return fault.New(fault.Refused, "cli.bench.settle.nobody")
	}
	return nil
}

// loaded is a program that serves.
type loaded struct {
	cmd     *exec.Cmd
	address string
	once    sync.Once
}

// startServer starts this program as a server of a directory, on a port of this machine that is free.
func startServer(ctx context.Context, data string) (*loaded, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fault.Wrap(err, "cli.bench.settle.server")
	}
	s := &loaded{cmd: exec.CommandContext(ctx, self, "serve", "--data", data, "--settle-policy", demoSettling, "--addr", "127.0.0.1:0")}
	s.cmd.Args[0], s.cmd.Stderr = "tongchou", os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		return nil, fault.Wrap(err, "cli.bench.settle.server")
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, rest, found := strings.Cut(lines.Text(), "http://"); found {
			s.address, _, _ = strings.Cut(rest, "/")
			go func() {
				for lines.Scan() { // what it says afterwards is of no interest
				}
			}()
			return s, nil
		}
	}
	s.end()
	return nil, fault.New(fault.Internal, "cli.bench.settle.server")
}

// end stops the server as an operator would.
func (s *loaded) end() {
	s.once.Do(func() {
		_ = s.cmd.Process.Signal(syscall.SIGTERM) // one that is gone already
		_ = s.cmd.Wait()                          // its end is of no interest
	})
}

// clockTicks is how many ticks a second /proc counts in.
const clockTicks = 100

// used is the processor time of a process so far, 0 where the system does not tell.
func used(pid int) time.Duration {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64) // what the system writes
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * time.Second / clockTicks
}

func percentile(sorted []time.Duration, part float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(part*float64(len(sorted))), len(sorted)-1)]
}

// say tells what was measured.
func (l *hospitalLoad) say(a *app) error {
	slices.Sort(l.took)
	seconds := max(l.elapsed.Seconds(), 1e-9)
	millis := func(d time.Duration) string { return strconv.FormatFloat(float64(d)/1e6, 'f', 1, 64) }
	micros := func(d time.Duration) int64 { return int64(d) / 1e3 / int64(max(l.rounds, 1)) }
	per := func(n int) int64 { return int64(float64(n) / seconds) }
	p50, p95, p99 := percentile(l.took, 0.50), percentile(l.took, 0.95), percentile(l.took, 0.99)
	if l.json {
		return exchange.WriteJSON(a.out, map[string]any{"kind": l.what, "persons": l.persons, "clients": l.clients, "institutions": l.institutions, "messages_each": len(settleKinds[l.what]),
			"done": l.rounds, "seconds": seconds, "done_per_second": per(l.rounds), "messages_per_second": per(len(l.took)), "p50_ms": millis(p50), "p95_ms": millis(p95), "p99_ms": millis(p99),
			"server_cpu_us_each": micros(l.server), "generator_cpu_us_each": micros(l.own), "balanced": l.balanced, "entries_verified": l.entries})
	}
	if err := a.labels(policy.Example, true, nil); err != nil {
		return err
	}
	if err := a.say("cli.bench.settle.done", "kind", fault.Msg("cli.bench.settle.kind."+l.what), "messages", int64(len(settleKinds[l.what])), "done", int64(l.rounds), "persons", l.persons,
		"clients", int64(l.clients), "rate", per(l.rounds), "all", per(len(l.took))); err != nil {
		return err
	}
	if err := a.say("cli.bench.settle.times", "p50", millis(p50), "p95", millis(p95), "p99", millis(p99)); err != nil {
		return err
	}
	if err := a.say("cli.bench.settle.cost", "server", micros(l.server), "own", micros(l.own)); err != nil {
		return err
	}
	if err := a.say("cli.bench.settle.balanced", "count", int64(l.balanced)); err != nil || !l.check {
		return err
	}
	return a.say("cli.bench.settle.verified", "entries", l.entries)
}
