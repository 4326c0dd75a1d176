package exchange

import (
	"tongchou/internal/benefit"
	"tongchou/internal/fault"
	"tongchou/internal/region"
)

// incomes is the kind of file of assumed incomes.
const incomes Kind = "incomes"

// Income (收入假设) is a row of a file of assumed incomes: what a person of a pooling area has in a year, and what of it goes into living.
type Income struct {
	fault.Place
	Division  region.Code
	Synthetic bool
	benefit.Income
}

func incomeTable() table[Income] {
	return table[Income]{
		kind:  incomes,
		place: func(r *Income) *fault.Place { return &r.Place },
		label: func(r *Income) *bool { return &r.Synthetic },
		columns: []column[Income]{
			{name: "division", key: true, clause: "SC38-11.1", read: func(r *reading, row *Income) { row.Division = r.division() },
				write: func(row Income) (string, error) { return string(row.Division), nil }},
			{name: "disposable_income", form: asAmount, clause: "SC38-11.1", read: func(r *reading, row *Income) { row.Disposable = r.amount() },
				write: func(row Income) (string, error) { return row.Disposable.String(), nil }},
			{name: "subsistence", form: asAmount, clause: "SC38-11.1", read: func(r *reading, row *Income) { row.Subsistence = r.amount() },
				write: func(row Income) (string, error) { return row.Subsistence.String(), nil }},
		},
	}
}

// ReadIncomes (读取收入假设) reads a file of assumed incomes, CSV or XLSX: division, disposable income and living costs per head and year, in yuan. Errors: a fault.Refusal
// with file, row and column.
//
// 依据: SC38-11.1
func ReadIncomes(in Input) ([]Income, error) { return readRows(incomeTable(), in) }
