package lake

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"tongchou/internal/claim"
	"tongchou/internal/fault"
)

// Columns that are read and not kept.
const (
	disabledPayColumn = "hifdm_pay" // 伤残人员医疗保障基金支出, part of the fund's payments
	validColumn       = "vali_flag" // 有效标志
)

// extractNames are the names that columns have in the national platform's settlement extract (SETL_D) where they are others than
// in its messages.
func extractNames() map[int]string {
	return map[int]string{colInsuredAt: "insu_admdvs", colTreatedAt: "fix_blng_admdvs", colAmounts + 4: "inscp_amt", colOther: "othfund_pay",
		colAmounts + 13: "psn_pay", colAmounts + 14: "ownpay_hosp_part", colAmounts + 16: "cash_payamt"}
}

// header is how the columns of a source stand.
type header struct {
	delimiter   byte
	width       int
	at          []int    // for each column of a settlement its place, or -1
	titles      []string // and what the source calls it
	disabledPay int      // the place of disabledPayColumn, or -1
	valid       int      // that of validColumn, or -1
	identities  map[claim.Identity]bool
	unchecked   []string // identities that a column is missing for
	ignored     []string // columns that are not kept
}

// readHeader finds the columns by the names that a mapping gives them, else by their national ones.
func readHeader(line []byte, m Mapping) (header, error) {
	delimiter := byte(',')
	if bytes.Count(line, []byte{'\t'}) > bytes.Count(line, []byte{','}) {
		delimiter = '\t'
	}
	cells, _, _ := splitCells(line, delimiter, nil, nil)
	inUTF8 := utf8.Valid(line) // the whole line decides: some GB18030 looks like UTF-8 by itself
	names := make([]string, len(cells))
	for i, cell := range cells {
		if !inUTF8 {
			cell = fromGB18030(cell)
		}
		names[i] = string(cell)
	}
	h, err := findColumns(names, m)
	h.delimiter = delimiter
	return h, err
}

// findColumns finds the columns among the names of a source's columns, small letters or capitals. Blank names are nobody's.
func findColumns(names []string, m Mapping) (header, error) {
	h := header{width: len(names)}
	place := map[string]int{}
	var bad fault.List
	for i, name := range names {
		text := folded(name)
		if _, twice := place[text]; twice {
			bad.Add(fault.Problem{Row: 1, Column: brief(text), Message: fault.Msg("lake.import.twice")})
		}
		if text != "" {
			place[text] = i
		}
	}
	others := extractNames()
	for i, c := range columns() {
		title, mapped := m.Columns[c.name]
		if !mapped {
			title = c.name
		}
		at, ok := place[folded(title)]
		if !ok && !mapped && others[i] != "" {
			if at, ok = place[others[i]]; ok {
				title = others[i]
			}
		}
		switch {
		case !ok && mapped:
			bad.Add(fault.Problem{Row: 1, Column: title, Message: fault.Msg("lake.import.missing_mapped", "column", title, "for", c.name)})
		case !ok && c.need:
			bad.Add(fault.Problem{Row: 1, Column: c.name, Message: fault.Msg("lake.import.missing", "column", c.name)})
		}
		if !ok {
			at = -1
		}
		h.at, h.titles = append(h.at, at), append(h.titles, title)
	}
	if !slices.ContainsFunc(h.at, func(at int) bool { return at >= 0 }) {
		// whatever stands there is no header, perhaps the first row, and is not repeated
		return h, fault.Refuse(fault.Problem{Row: 1, Message: fault.Msg("lake.import.no_columns")})
	}
	h.disabledPay, h.valid = h.beside(place, disabledPayColumn), h.beside(place, validColumn)
	for i, name := range names {
		if text := folded(name); text != "" && place[text] == i && !slices.Contains(h.at, i) && i != h.disabledPay && i != h.valid {
			h.ignored = append(h.ignored, brief(text))
		}
	}
	h.findIdentities()
	return h, bad.Err()
}

// folded is a column's name as it is looked up.
func folded(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// beside gives the place of a column that is read and not kept; -1 when there is none, or a mapping took it.
func (h header) beside(place map[string]int, name string) int {
	at, ok := place[name]
	if !ok || slices.Contains(h.at, at) {
		return -1
	}
	return at
}

// recoded gives the places of the columns in a row that a recoder made.
func (h header) recoded() []int {
	out := slices.Clone(h.at)
	for i := range out {
		if out[i] >= 0 {
			out[i] = i
		}
	}
	return out
}

// findIdentities keeps the identities whose columns are all there. What the hospital bears may be left out.
func (h *header) findIdentities() {
	h.identities = map[claim.Identity]bool{claim.RefundIdentity: true}
	all := columns()
	for _, identity := range []claim.Identity{claim.ScopeIdentity, claim.FundIdentity, claim.BearerIdentity, claim.PersonIdentity} {
		complete := true
		for _, name := range strings.FieldsFunc(string(identity), func(r rune) bool { return r == '=' || r == '+' }) {
			for i, c := range all {
				if c.name == name && h.at[i] < 0 && name != "hosp_part_amt" {
					complete = false
				}
			}
		}
		if complete {
			h.identities[identity] = true
		} else {
			h.unchecked = append(h.unchecked, string(identity))
		}
	}
}
