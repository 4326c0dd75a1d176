// Package ledger keeps the books of the medical-insurance funds (社会保险基金账务): double entry in fen, on a cash basis, one
// book for each insurance type and pooling area and three for the province, never mixed. It says what may be posted and
// what not, and why; what stands on every account; and which vouchers, notices and payments a signed year of pooling
// becomes. It does no I/O: a Service loads a State, works on it, and keeps what came of it.
//
// The chart follows 《社会保险基金会计制度》(财会〔2017〕28号); docs/ledger.md says account by account what is taken from it and
// what is this project's own.
//
// 依据: SC38-4.5
package ledger

import (
	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
)

// BookKind (账簿类别) says whose money a book holds.
type BookKind string

// The kinds of books. A pooling area has one; the province has one for the adjustment fund and one for clearing off-site
// care, beside the pooling-area book of its provincial unit (省本级).
const (
	Area       BookKind = "area"       // 统筹区基金账
	Adjustment BookKind = "adjustment" // 省级调剂基金账
	Clearing   BookKind = "clearing"   // 异地就医清算账
)

// Book (账簿) names the books of one insurance type and division. The type is the book's: no posting can name another.
//
// 依据: SC38-4.5, YN-2.1
type Book struct {
	Insurance pool.Insurance
	Division  region.Code
	Kind      BookKind
}

// None tells whether no book is meant.
func (b Book) None() bool { return b == Book{} }

// String is the book's id in files and logs: "resident/510100/area".
func (b Book) String() string {
	if b.None() {
		return ""
	}
	return string(b.Insurance) + "/" + string(b.Division) + "/" + string(b.Kind)
}

// Name (账簿名称) is how people call the book.
func (b Book) Name() fault.Message {
	switch {
	case b.None():
		return fault.Msg("ledger.kind.none")
	case !b.valid():
		return fault.Msg("ledger.book_other", "value", b.String())
	}
	return fault.Msg("ledger.book."+string(b.Kind), "division", b.Division, "province", b.Division.Province(), "insurance", b.Insurance)
}

// AreaBook is the book of a pooling area.
func AreaBook(i pool.Insurance, division region.Code) Book { return Book{i, division, Area} }

// AdjustmentBook is the book of a province's adjustment fund.
func AdjustmentBook(i pool.Insurance, province region.Code) Book {
	return Book{i, province, Adjustment}
}

// ClearingBook is the book through which a province clears off-site care.
func ClearingBook(i pool.Insurance, province region.Code) Book { return Book{i, province, Clearing} }

// valid tells whether the parts of the name fit together; whether the division exists is for who knows the tree.
func (b Book) valid() bool {
	if b.Insurance == "" || b.Division.Province() == "" {
		return false
	}
	return b.Kind == Area || (b.Kind == Adjustment || b.Kind == Clearing) && b.Division.IsProvince()
}

// Level (政府级次) is the government that pays a subsidy or covers a loss.
//
// 依据: SC38-10.2
type Level string

// The levels of government.
const (
	Central    Level = "central"    // 中央
	Provincial Level = "provincial" // 省级
	Municipal  Level = "municipal"  // 市（州）级
	CountyTier Level = "county"     // 县（市、区）级
)

// Levels lists the levels from the top down.
func Levels() []Level { return []Level{Central, Provincial, Municipal, CountyTier} }

// Identities of things that are kept elsewhere.
type (
	// Person (经办人员) is the id of somebody who made, reviewed or approved something.
	Person string
	// DocumentID (文件编号) is the id of a decision, approval or receipt on file.
	DocumentID string
	// RunID (计算编号) is the id of a frozen pooling run.
	RunID string
	// Institution (机构编码) is the code of a designated institution.
	Institution string
)

// Name (政府级次) is the level in words.
func (l Level) Name() fault.Message { return fault.Msg("ledger.level." + string(l)) }

func refuse(column, value string, clause policy.ClauseID, key string, args ...any) error {
	return fault.Refuse(fault.Problem{Column: column, Value: value, Clause: string(clause), Message: fault.Msg(key, append([]any{"value", value}, args...)...)})
}
