package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tongchou/internal/benefit"
	"tongchou/internal/exchange"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
)

func (a *app) benchCommand() *cobra.Command { return a.group("bench", a.benchChain(), a.benchSettle()) }

// chainFlags say over whom the reference chain runs.
type chainFlags struct {
	in         string
	persons    int64
	seed       uint64
	json       bool
	policy, on string
	elapsed    time.Duration
	sums       benefit.ChainSums
	block      []benefit.ChainPerson
	peak       uint64
	chain      *benefit.Chain
}

// chainBlock is how many persons are settled in one go.
const chainBlock = 4096

func (a *app) benchChain() *cobra.Command {
	var f chainFlags
	text := func(name string) string { return a.p.T("cli.flag." + name) }
	c := &cobra.Command{Use: "chain", Short: a.p.T("cli.bench.chain.short"), Long: a.p.T("cli.bench.chain.long"), Args: a.noArgs,
		Example: "  tongchou bench chain --persons 1000000\n  tongchou bench chain --in persons.csv --json"}
	c.Flags().StringVar(&f.in, "in", "", text("chain_in"))
	c.Flags().StringVar(&f.policy, "policy", "chain", text("policy"))
	c.Flags().StringVar(&f.on, "on", "2026-01-01", text("on"))
	c.Flags().Int64Var(&f.persons, "persons", 1_000_000, text("persons"))
	c.Flags().Uint64Var(&f.seed, "seed", demoSeed, text("seed"))
	c.Flags().BoolVar(&f.json, "json", false, text("json"))
	c.RunE = func(*cobra.Command, []string) error { return f.run(a) }
	return c
}

func (f *chainFlags) run(a *app) error {
	schedules, err := a.schedules(f.policy, &poolFlags{})
	if err != nil {
		return err
	}
	day, ok := policy.ParseDate(f.on)
	if !ok {
		return fault.New(fault.Usage, "cli.bad_date", "value", f.on)
	}
	if f.chain, err = benefit.NewChain(schedules, day); err != nil {
		return err
	}
	f.block = make([]benefit.ChainPerson, 0, chainBlock)
	if f.in != "" {
		err = f.read(a)
	} else {
		err = f.draw()
	}
	if err != nil {
		return err
	}
	return f.say(a)
}

// settle settles the block and measures that alone.
func (f *chainFlags) settle() {
	begun := time.Now()
	f.chain.Run(f.block, &f.sums)
	f.elapsed += time.Since(begun)
	f.block = f.block[:0]
	if f.sums.Persons/chainBlock%256 == 0 {
		f.measure()
	}
}

func (f *chainFlags) measure() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	f.peak = max(f.peak, m.Sys-m.HeapReleased)
}

func (f *chainFlags) add(p benefit.ChainPerson) {
	if f.block = append(f.block, p); len(f.block) == chainBlock {
		f.settle()
	}
}

// draw makes up a population: income log-normal (9.8, 0.8), spend nothing for 82% and log-normal (8.9, 1.1) for the rest, levels 45, 35 and 20%, 0 to 15 years.
func (f *chainFlags) draw() error {
	if f.persons < 1 {
		return fault.New(fault.Usage, "cli.bench.chain.persons", "value", f.persons)
	}
	dice := rand.New(rand.NewPCG(f.seed, 0))
	yuan := func(mean, deviation float64) money.Fen {
		return money.Fen(math.Round(100 * math.Exp(mean+deviation*dice.NormFloat64())))
	}
	for range f.persons {
		p := benefit.ChainPerson{Income: yuan(9.8, 0.8), Level: benefit.Level1, Years: dice.IntN(16)}
		if dice.Float64() >= 0.82 {
			p.Spend = yuan(8.9, 1.1)
		}
		if u := dice.Float64(); u >= 0.80 {
			p.Level = benefit.Level3
		} else if u >= 0.45 {
			p.Level = benefit.Level2
		}
		f.add(p)
	}
	f.settle()
	return nil
}

var chainColumns = []string{"income", "spend", "level", "years"}

// read reads persons from a file, a row each.
func (f *chainFlags) read(a *app) error {
	in := a.in
	if f.in != "-" {
		file, err := os.Open(f.in)
		if err != nil {
			return fault.Refuse(fault.Problem{File: f.in, Message: fault.Msg("exchange.file.unreadable", "file", f.in)})
		}
		defer file.Close()
		in = file
	}
	r := csv.NewReader(bufio.NewReaderSize(in, 1<<16))
	r.ReuseRecord, r.FieldsPerRecord = true, len(chainColumns)
	if head, err := r.Read(); err != nil || !slices.Equal(head, chainColumns) {
		return f.refuse(1, "", strings.Join(head, ","), "cli.bench.chain.header")
	}
	for row := 2; ; row++ {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return f.refuse(row, "", "", "cli.bench.chain.row")
		}
		p, wrong := chainPerson(cells)
		if wrong >= 0 {
			return f.refuse(row, chainColumns[wrong], cells[wrong], "cli.bench.chain.cell")
		}
		f.add(p)
	}
	f.settle()
	return nil
}

func (f *chainFlags) refuse(row int, column, value, key string) error {
	return fault.Refuse(fault.Problem{File: f.in, Row: row, Column: column, Value: value, Message: fault.Msg(key, "value", value)})
}

// chainPerson reads a row; wrong is the cell that cannot be read, or -1.
func chainPerson(cells []string) (p benefit.ChainPerson, wrong int) {
	var err error
	if p.Income, err = money.ParseFen(cells[0]); err != nil || p.Income < 0 {
		return p, 0
	}
	if p.Spend, err = money.ParseFen(cells[1]); err != nil || p.Spend < 0 {
		return p, 1
	}
	level, ok := benefit.ParseLevel(strings.TrimPrefix(cells[2], "L"))
	if p.Level = level; !ok || level == benefit.Primary {
		return p, 2
	}
	if p.Years, err = strconv.Atoi(cells[3]); err != nil || p.Years < 0 {
		return p, 3
	}
	return p, -1
}

// rate is how many persons a second of the computation alone.
func (f *chainFlags) rate() int64 {
	return int64(float64(f.sums.Persons) / max(f.elapsed.Seconds(), 1e-9))
}

func (f *chainFlags) say(a *app) error {
	f.measure()
	s := f.sums
	if f.json {
		return exchange.WriteJSON(a.out, map[string]any{"persons": s.Persons, "spend": s.Spend, "basic": s.Basic, "catastrophic": s.Catastrophic, "aid": s.Aid,
			"out_of_pocket": s.OutOfPocket, "persons_per_second": f.rate(), "peak_memory_bytes": f.peak})
	}
	if err := a.labels(policy.Example, f.in == "", nil); err != nil {
		return err
	}
	rows := [][]string{{a.p.T("cli.bench.chain.of"), a.p.T("figure.amount_yuan")}}
	for _, line := range []struct {
		key string
		sum money.Fen
	}{{"spend", s.Spend}, {"basic_pay", s.Basic}, {"catastrophic_pay", s.Catastrophic}, {"aid_pay", s.Aid}, {"own_share", s.OutOfPocket}} {
		rows = append(rows, []string{a.p.T("figure." + line.key), line.sum.In(money.Yuan)})
	}
	if err := table(a.out, rows[0], rows[1:]); err != nil {
		return err
	}
	return a.say("cli.bench.chain.done", "persons", s.Persons, "rate", f.rate(), "memory", strconv.FormatUint(f.peak>>20, 10))
}
