package lake

import (
	"strings"

	"tongchou/internal/claim"
)

// The places of the columns in a settlement, in the order of claim.Columns.
const (
	colID = iota
	colPerson
	colInsurance
	colPersonType
	colMedType
	colInsuredAt
	colTreatedAt
	colInstitution
	colLevel
	colSettled
	colBegin
	colEnd
	colDays
	colDisease
	colGroup
	colPayMethod
	colSettledBy
	colClearType
	colAge
	colSex
	colAmounts // the first of them

	colOther    = colAmounts + 11
	amountCount = 18
	colRefund   = colAmounts + amountCount
	colOriginal = colRefund + 1
	colDataKind = colRefund + 2
	columnCount = colRefund + 3
)

// The kinds of cells.
type cellKind uint8

const (
	cellText cellKind = iota // printable ASCII
	cellCode                 // one of a list
	cellPerson
	cellInsuredAt
	cellTreatedAt
	cellDay
	cellWhole
	cellFen
	cellFlag
	cellDataKind
)

// column is how a cell of a column is read.
type column struct {
	name  string
	kind  cellKind
	need  bool     // may not be empty, and must stand in the header
	codes *codeSet // of a cellCode
	most  int64    // of a cellWhole
	cut   bool     // a cellWhole may have decimals, which are cut off
}

// codeSet is a list of codes of so many digits.
type codeSet struct {
	digits int
	known  [1000]bool
}

func (s *codeSet) has(code []byte) bool {
	n, ok := whole(code)
	return ok && len(code) == s.digits && s.known[n]
}

// set makes a list of codes, all of the same length.
func set(words string) *codeSet {
	s := &codeSet{}
	for _, word := range strings.Fields(words) {
		if n, ok := whole([]byte(word)); ok {
			s.digits, s.known[n] = len(word), true
		}
	}
	return s
}

// The values that the columns of codes may have. A kind of treatment is known by its first two digits.
const (
	insuranceCodes = "310 320 330 340 390 392 510"
	medTypeCodes   = "11 12 13 14 15 16 19 21 22 23 24 25 26 27 28 41 51 52 53 91 92 93 99"
	levelCodes     = "01 02 03 04 05 06 07 08 09 10 11"
	payCodes       = "1 2 3 4 5 6 9"
	settledByCodes = claim.HandedIn + " " + claim.Online
	sexCodes       = "1 2"
)

const (
	oldest  = 130
	longest = 3660 // days of one stay
)

// columns gives how every column of a settlement is read.
func columns() []column {
	out := make([]column, columnCount)
	for i, name := range claim.Columns() {
		out[i].name = name
	}
	for i := range out {
		switch i {
		case colID, colPerson, colInsurance, colMedType, colInsuredAt, colTreatedAt, colInstitution, colSettled, colAge, colSex,
			colAmounts, colAmounts + 4, colAmounts + 12, colAmounts + 13:
			out[i].need = true
		}
		if i >= colAmounts && i < colRefund {
			out[i].kind = cellFen
		}
	}
	for i, codes := range map[int]string{colInsurance: insuranceCodes, colMedType: medTypeCodes, colLevel: levelCodes,
		colPayMethod: payCodes, colSettledBy: settledByCodes, colSex: sexCodes} {
		out[i].kind, out[i].codes = cellCode, set(codes)
	}
	for i, kind := range map[int]cellKind{colPerson: cellPerson, colInsuredAt: cellInsuredAt, colTreatedAt: cellTreatedAt,
		colSettled: cellDay, colBegin: cellDay, colEnd: cellDay, colRefund: cellFlag, colDataKind: cellDataKind} {
		out[i].kind = kind
	}
	out[colDays].kind, out[colDays].most = cellWhole, longest
	out[colAge].kind, out[colAge].most, out[colAge].cut = cellWhole, oldest, true
	return out
}

// derived are the columns that the store adds: the pooling area, the year and month of settlement, and whether the treatment
// was off-site (异地).
var derived = []string{"city", "year", "month", "offsite"}

// Stored is a column as engines keep it: its name and its type, VARCHAR, INTEGER or BIGINT (fen).
type Stored struct{ Name, Type string }

// StoredColumns gives the columns of the claims relation, the same in every engine.
func StoredColumns() []Stored {
	var out []Stored
	for _, c := range columns()[:colDataKind] {
		t := "VARCHAR"
		switch c.kind {
		case cellFen:
			t = "BIGINT"
		case cellWhole, cellFlag:
			t = "INTEGER"
		}
		out = append(out, Stored{c.name, t})
	}
	for _, name := range derived {
		t := "INTEGER"
		if name == "city" {
			t = "VARCHAR"
		}
		out = append(out, Stored{name, t})
	}
	return out
}
