package synth

import (
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
)

// Chained (逐年滚存) fills in the opening surpluses that facts leave open, up to the year after to: through the years before
// from — the scheme's first — a surplus carries income less expenditure; from then on each year opens with what the
// chain of years says. The result passes Engine.Chain from from to to. Errors are those of Engine.Chain.
//
// 依据: SC38-4.6
func Chained(e pool.Engine, sets pool.Sets, facts pool.Facts, from, to policy.Year) (pool.Facts, error) {
	out := facts
	out.Statements = append([]pool.Statement(nil), facts.Statements...)
	for _, year := range facts.Years() {
		if year >= from {
			break
		}
		begins := map[pool.Key]money.Fen{}
		for _, s := range out.Statements {
			if s.Year == year && !s.SurplusOpen {
				begins[next(s.Key)] = s.SurplusBegin + s.Income - s.Expenditure()
			}
		}
		open(out.Statements, begins)
	}
	results, err := e.Chain(sets, out, from, to)
	if err != nil {
		return pool.Facts{}, err
	}
	begins := map[pool.Key]money.Fen{}
	for _, r := range results {
		for _, f := range r.Funds {
			for _, d := range f.Divisions {
				begins[next(d.Statement.Key)] = d.NextSurplus()
			}
		}
	}
	open(out.Statements, begins)
	return out, nil
}

// next is the same place a year on.
func next(k pool.Key) pool.Key {
	k.Year++
	return k
}

// open writes the opening surpluses into the statements that wait for them.
func open(statements []pool.Statement, begins map[pool.Key]money.Fen) {
	for i, s := range statements {
		if begin, ok := begins[s.Key]; ok && s.SurplusOpen {
			statements[i].SurplusBegin, statements[i].SurplusOpen = begin, false
		}
	}
}
