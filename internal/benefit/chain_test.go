package benefit_test

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"tongchou/internal/benefit"
	"tongchou/internal/money"
)

func chain(t testing.TB) *benefit.Chain {
	t.Helper()
	c, err := benefit.NewChain(schedulesOf(t, "chain", nil), "2026-01-01")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// chained is the chain once more with exact fractions of yuan, written from the table of its rules.
func chained(p benefit.ChainPerson) (basic, catastrophic, aid money.Fen) {
	yuan := func(n int64) *big.Rat { return big.NewRat(n, 1) }
	decimal := func(n int64) *big.Rat { return big.NewRat(n, 100) }
	zero := yuan(0)
	larger := func(a, b *big.Rat) *big.Rat {
		if a.Cmp(b) > 0 {
			return a
		}
		return b
	}
	smaller := func(a, b *big.Rat) *big.Rat {
		if a.Cmp(b) < 0 {
			return a
		}
		return b
	}
	sub := func(a, b *big.Rat) *big.Rat { return new(big.Rat).Sub(a, b) }
	mul := func(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }
	round := func(a *big.Rat) *big.Rat {
		cents := new(big.Rat).Add(mul(a, yuan(100)), big.NewRat(1, 2))
		return new(big.Rat).SetFrac(new(big.Int).Quo(cents.Num(), cents.Denom()), big.NewInt(100))
	}
	fen := func(a *big.Rat) money.Fen { return money.Fen(mul(a, yuan(100)).Num().Int64()) }

	level := p.Level - benefit.Level1
	spend := big.NewRat(int64(p.Spend), 100)
	b := smaller(yuan(200_000), round(mul(larger(zero, sub(spend, yuan([]int64{200, 400, 900}[level]))), decimal([]int64{90, 80, 60}[level]))))
	self, poor := sub(spend, b), p.Income < 8000_00
	deductible := yuan(15_000)
	if poor {
		deductible = yuan(7_500)
	}
	base := larger(zero, sub(self, deductible))
	sum := mul(smaller(base, yuan(50_000)), decimal(60))
	sum.Add(sum, mul(larger(zero, sub(smaller(base, yuan(100_000)), yuan(50_000))), decimal(65)))
	sum.Add(sum, mul(larger(zero, sub(base, yuan(100_000))), decimal(70)))
	if poor {
		sum.Add(sum, mul(base, decimal(5)))
	}
	c := smaller(round(sum), yuan(300_000+min(60_000, max(0, int64(p.Years)-4)*4_000)))
	a := zero
	if poor {
		a = smaller(yuan(30_000), round(mul(larger(zero, sub(sub(self, c), yuan(3_000))), decimal(70))))
	}
	return fen(b), fen(c), fen(a)
}

func chainPersons(n int) []benefit.ChainPerson {
	dice := rand.New(rand.NewPCG(1, 1))
	out := make([]benefit.ChainPerson, n)
	for i := range out {
		out[i] = benefit.ChainPerson{Income: money.Fen(dice.IntN(2_000_000)), Level: benefit.Level1 + benefit.Level(dice.IntN(3)), Years: dice.IntN(25)}
		if dice.IntN(100) >= 82 {
			out[i].Spend = money.Fen(dice.IntN([]int{1_000_00, 30_000_00, 300_000_00, 2_000_000_00}[dice.IntN(4)]))
		}
	}
	return out
}

// The policy chain settles as its rules say, to the fen, whoever the person is.
func TestChainIsExact(t *testing.T) {
	for _, clause := range []string{"SC38-6.3", "SCE-3.2", "SCE-3.3", "SCE-3.4", "YA-1.1", "YA-3.1.1", "YA-3.1.2"} {
		t.Attr("clause", clause)
	}
	c := chain(t)
	for _, p := range chainPersons(100_000) {
		var got benefit.ChainSums
		c.Run([]benefit.ChainPerson{p}, &got)
		basic, catastrophic, aid := chained(p)
		if got.Basic != basic || got.Catastrophic != catastrophic || got.Aid != aid || got.OutOfPocket != p.Spend-basic-catastrophic-aid {
			t.Fatalf("%+v: %+v, want %v %v %v", p, got, basic, catastrophic, aid)
		}
	}
}

// BenchmarkReferenceChain runs the chain over a population of which 82% spend nothing.
func BenchmarkReferenceChain(b *testing.B) {
	c, persons := chain(b), chainPersons(4096)
	var sums benefit.ChainSums
	b.ReportAllocs()
	for b.Loop() {
		c.Run(persons, &sums)
	}
	b.ReportMetric(float64(sums.Persons)/b.Elapsed().Seconds(), "persons/s")
}
