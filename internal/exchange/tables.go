package exchange

import (
	"io"
	"strconv"

	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/pool"
)

// keyColumns are the columns that say whose figures of which year a row holds.
//
// 依据: SC38-4.5
func keyColumns[R any](key func(*R) *pool.Key) []column[R] {
	return []column[R]{
		{name: "year", key: true, form: asYear, clause: "SC38-4.1",
			read:  func(r *reading, row *R) { key(row).Year = r.year() },
			write: func(row R) (string, error) { return strconv.Itoa(int(key(&row).Year)), nil }},
		{name: "division", key: true, clause: "SC38-1.1",
			read:  func(r *reading, row *R) { key(row).Division = r.division() },
			write: func(row R) (string, error) { return string(key(&row).Division), nil }},
		{name: "insurance", key: true, form: asInsurance, clause: "SC38-4.5",
			read:  func(r *reading, row *R) { key(row).Insurance = r.insurance() },
			write: func(row R) (string, error) { return string(key(&row).Insurance), nil }},
	}
}

// amountText writes an amount, or nothing where none is on file.
func amountText(amount money.Fen, has bool) (string, error) {
	if !has {
		return "", nil
	}
	return amount.String(), nil
}

// statementTable (年度基金收支表) is the file of statements.
//
// 依据: SC38-4.1
func statementTable() table[pool.Statement] {
	type S = pool.Statement
	return table[S]{
		kind:  Statements,
		place: func(s *S) *fault.Place { return &s.Place },
		label: func(s *S) *bool { return &s.Synthetic },
		into:  func(l *Loaded, rows []S) { l.Facts.Statements = append(l.Facts.Statements, rows...) },
		columns: append(keyColumns(func(s *S) *pool.Key { return &s.Key }),
			column[S]{name: "income", form: asAmount, clause: "SC38-4.2",
				read:  func(r *reading, s *S) { s.Income = r.amount() },
				write: func(s S) (string, error) { return amountText(s.Income, true) }},
			column[S]{name: "expenditure", form: asAmount, clause: "SC38-4.4",
				read:  func(r *reading, s *S) { s.Spent = r.amount() },
				write: func(s S) (string, error) { return amountText(s.Spent, true) }},
			column[S]{name: "surplus_begin", form: asAmount, clause: "SC38-4.6",
				read: func(r *reading, s *S) {
					amount, has := r.amountIf()
					s.SurplusBegin, s.SurplusOpen = amount, !has
				},
				write: func(s S) (string, error) { return amountText(s.SurplusBegin, !s.SurplusOpen) }},
			column[S]{name: "managerial", optional: true, form: asYesNo, clause: "YN-2.7",
				read:  func(r *reading, s *S) { s.Managerial = r.yes() },
				write: func(s S) (string, error) { return strconv.FormatBool(s.Managerial), nil }},
			column[S]{name: "violation", optional: true, form: asAmount, clause: "SC38-4.7",
				read:  func(r *reading, s *S) { s.Violation, _ = r.amountIf() },
				write: func(s S) (string, error) { return amountText(s.Violation, true) }},
			column[S]{name: "planned_expenditure", optional: true, form: asAmount, clause: "SC38-3.1",
				read:  func(r *reading, s *S) { s.Planned, s.HasPlanned = r.amountIf() },
				write: func(s S) (string, error) { return amountText(s.Planned, s.HasPlanned) }},
			column[S]{name: "levied", optional: true, form: asAmount, clause: "SC38-3.4",
				read:  func(r *reading, s *S) { s.Levied, s.HasLevied = r.amountIf() },
				write: func(s S) (string, error) { return amountText(s.Levied, s.HasLevied) }}),
	}
}

// factorTable (分配因素表) is the file of factors.
//
// 依据: YN-2.5
func factorTable() table[pool.FactorRow] {
	type F = pool.FactorRow
	return table[F]{
		kind:  Factors,
		place: func(f *F) *fault.Place { return &f.Place },
		label: func(f *F) *bool { return &f.Synthetic },
		into:  func(l *Loaded, rows []F) { l.Facts.Factors = append(l.Facts.Factors, rows...) },
		columns: append(keyColumns(func(f *F) *pool.Key { return &f.Key }),
			column[F]{name: "headcount", form: asPeople, clause: "YN-2.5",
				read:  func(r *reading, f *F) { f.Headcount = r.people() },
				write: func(f F) (string, error) { return strconv.FormatInt(f.Headcount, 10), nil }},
			factorColumn(pool.AgedShare, asRate),
			factorColumn(pool.CostPerHead, asAmount),
			factorColumn(pool.AdmissionRate, asRate),
			factorColumn(pool.CostPerAdmission, asAmount),
			factorColumn(pool.OffsiteShare, asRate),
			performanceColumn()),
	}
}

// factorColumn is the column of one factor: a rate with at most six decimals, or a cost in yuan kept as fen. A blank
// one is no value: whether the rules can do without is theirs to say.
func factorColumn(factor pool.Factor, form form) column[pool.FactorRow] {
	read, write := (*reading).rateIf, rateText
	if form == asAmount {
		read, write = (*reading).costIf, costText
	}
	return column[pool.FactorRow]{name: string(factor), form: form, clause: "YN-2.5",
		read: func(r *reading, f *pool.FactorRow) {
			if x, has := read(r); has {
				if f.Values == nil {
					f.Values = map[pool.Factor]money.Ratio{}
				}
				f.Values[factor] = x
			}
		},
		write: func(f pool.FactorRow) (string, error) {
			x, has := f.Values[factor]
			if !has {
				return "", nil
			}
			return write(x)
		}}
}

// performanceColumn is the column of last year's performance, which a file may leave out.
//
// 依据: SC38-3.6
func performanceColumn() column[pool.FactorRow] {
	c := factorColumn(pool.Performance, asRate)
	c.optional, c.sparse, c.clause = true, true, "SC38-3.6"
	return c
}

// rateText writes a rate; one that a file cannot hold exactly is an error.
func rateText(x money.Ratio) (string, error) {
	text := x.Exact(6)
	if rate, err := money.ParseRate(text); err != nil || rate.Ratio().Cmp(x) != 0 {
		return "", fault.New(fault.Refused, "exchange.not_exact", "value", x)
	}
	return text, nil
}

// costText writes a cost held in fen as yuan; one that a file cannot hold exactly is an error.
func costText(x money.Ratio) (string, error) {
	text := x.Quo(money.FenPerYuan.Ratio()).Exact(2)
	if fen, err := money.ParseFen(text); err != nil || fen.Ratio().Cmp(x) != 0 {
		return "", fault.New(fault.Refused, "exchange.not_exact", "value", x)
	}
	return text, nil
}

// openingTable (期初余额表) is the file of opening balances of the money set aside.
//
// 依据: SC38-4.3
func openingTable() table[pool.Opening] {
	return table[pool.Opening]{
		kind:  Openings,
		place: func(o *pool.Opening) *fault.Place { return &o.Place },
		label: func(o *pool.Opening) *bool { return &o.Synthetic },
		into:  func(l *Loaded, rows []pool.Opening) { l.Facts.Openings = append(l.Facts.Openings, rows...) },
		columns: []column[pool.Opening]{
			{name: "insurance", key: true, form: asInsurance, clause: "SC38-4.5",
				read:  func(r *reading, o *pool.Opening) { o.Insurance = r.insurance() },
				write: func(o pool.Opening) (string, error) { return string(o.Insurance), nil }},
			{name: "fund", key: true, form: asFund, clause: "SC38-4.3",
				read:  func(r *reading, o *pool.Opening) { o.Fund = r.fund() },
				write: func(o pool.Opening) (string, error) { return string(o.Fund), nil }},
			{name: "balance", form: asAmount, clause: "SC38-4.3",
				read:  func(r *reading, o *pool.Opening) { o.Balance = r.amount() },
				write: func(o pool.Opening) (string, error) { return amountText(o.Balance, true) }},
		},
	}
}

// ageGroupTable (年龄组费用表) is the file of age groups.
//
// 依据: YN-2.5
func ageGroupTable() table[pool.AgeGroup] {
	type G = pool.AgeGroup
	return table[G]{
		kind:  AgeGroups,
		place: func(g *G) *fault.Place { return &g.Place },
		label: func(g *G) *bool { return &g.Synthetic },
		into:  func(l *Loaded, rows []G) { l.Facts.AgeGroups = append(l.Facts.AgeGroups, rows...) },
		columns: append(keyColumns(func(g *G) *pool.Key { return &g.Key }),
			column[G]{name: "group", key: true, clause: "YN-2.5",
				read:  func(r *reading, g *G) { g.Group = r.group() },
				write: func(g G) (string, error) { return g.Group, nil }},
			column[G]{name: "headcount", form: asPeople, clause: "YN-2.5",
				read:  func(r *reading, g *G) { g.Headcount = r.people() },
				write: func(g G) (string, error) { return strconv.FormatInt(g.Headcount, 10), nil }},
			column[G]{name: "cost", form: asAmount, clause: "YN-2.5",
				read:  func(r *reading, g *G) { g.Cost = r.amount() },
				write: func(g G) (string, error) { return amountText(g.Cost, true) }}),
	}
}

// WriteStatementsCSV writes statements as canonical CSV, in order; reading it gives the same rows.
func WriteStatementsCSV(w io.Writer, rows []pool.Statement) error {
	return statementTable().write(w, rows)
}

// WriteFactorsCSV writes factors as canonical CSV, in order; reading it gives the same rows. A factor that has more
// decimals than a file may carry is an error.
func WriteFactorsCSV(w io.Writer, rows []pool.FactorRow) error { return factorTable().write(w, rows) }

// WriteAgeGroupsCSV writes age groups as canonical CSV, in order; reading it gives the same rows.
func WriteAgeGroupsCSV(w io.Writer, rows []pool.AgeGroup) error {
	return ageGroupTable().write(w, rows)
}

// WriteOpeningsCSV writes opening balances as canonical CSV, in order; reading it gives the same rows.
func WriteOpeningsCSV(w io.Writer, rows []pool.Opening) error {
	return openingTable().write(w, rows)
}
