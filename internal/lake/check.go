package lake

import (
	"bytes"
	"strconv"

	"tongchou/internal/claim"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

const (
	longestCell = 64
	firstYear   = 2000
	lastYear    = 2099
)

// reject (退回记录) is a row that is not taken in, with every reason.
type reject struct {
	row      int64
	id       string
	problems []fault.Problem
	cells    []byte // the row's cells as they stood, one line of CSV, the person under his pseudonym
}

// tally is what checked rows add up to.
type tally struct {
	rows, refunds int64
	from, to      policy.Date
	synthetic     bool
}

// checker reads rows and hands the sound ones on. Each goroutine has its own.
type checker struct {
	columns    []column
	at         []int // for each stored column its place in the row, or -1
	identities map[claim.Identity]bool
	recoder    *recoder // of sources whose cells do not stand as they are kept; else nil
	inFen      bool     // amounts are in fen
	beside     header   // where the columns stand that are read and not kept
	places     *places
	persons    *pseudonymizer

	keep    func(*storedRow) error // takes a sound row before the next is read
	rejects []reject
	tally   tally

	split    [][]byte // the row's cells as they stand
	cells    [][]byte // as they are read
	scratch  []byte
	problems []fault.Problem
	stored   storedRow
	person   []byte           // the pseudonym
	area     []byte           // the pooling area
	dates    [3][]byte        // as they are stored
	row      claim.Settlement // amounts and what the identities look at
	amounts  [amountCount]*money.Fen
	days     [3]int // settled, begun, ended; yyyymmdd or 0
	city     region.Code
	treated  region.Code
	made     bool
}

// check reads one row: it is kept when it is sound, else a reject.
func (c *checker) check(row int64, record []byte, delimiter byte, width int) error {
	c.problems = c.problems[:0]
	var whole, readable bool
	c.split, c.scratch, whole = splitCells(record, delimiter, c.split[:0], c.scratch[:0])
	switch {
	case bytes.IndexByte(record, 0) >= 0:
		c.complain("", nil, fault.Msg("lake.row.nul"))
	case !whole:
		c.complain("", nil, fault.Msg("lake.row.quote"))
	case len(c.split) != width:
		c.complain("", nil, fault.Msg("lake.row.cells", "got", len(c.split), "want", width))
	default:
		if c.cells, readable = c.split, true; c.recoder != nil {
			c.cells = c.recoder.recode(c.split)
		}
		for i := range c.columns {
			c.take(i, c.cell(i))
		}
		if c.beside.disabledPay >= 0 || c.beside.valid >= 0 {
			c.takeBeside()
		}
		c.together()
	}
	if len(c.problems) > 0 {
		c.refuse(row, readable)
		return nil
	}
	c.derive()
	c.count()
	return c.keep(&c.stored)
}

// cell gives the row's cell of a column, empty when the source lacks the column.
func (c *checker) cell(i int) []byte {
	at := c.at[i]
	if at < 0 {
		return nil
	}
	cell := c.cells[at]
	if n := len(cell); n > 0 && (cell[0] == ' ' || cell[n-1] == ' ') {
		return bytes.Trim(cell, " ")
	}
	return cell
}

func (c *checker) complain(column string, value []byte, m fault.Message) {
	c.problems = append(c.problems, fault.Problem{Column: column, Value: string(value), Message: m})
}

// take reads one cell.
func (c *checker) take(i int, cell []byte) {
	col := &c.columns[i]
	ok := true
	switch {
	case len(cell) == 0:
		ok = !col.need
		c.absent(i)
	case col.kind == cellFen:
		ok = c.takeFen(i, cell)
	case col.kind == cellDay:
		ok = c.takeDay(i, cell)
	case col.kind == cellWhole:
		ok = c.takeWhole(i, cell)
	case col.kind == cellFlag:
		c.row.RefundFlag = string(cell) == claim.IsRefund
		ok = c.row.RefundFlag || string(cell) == claim.NoRefund
		c.stored.setNumber(i, int64(cell[0]-'0'))
	case col.kind == cellDataKind:
		c.made = string(cell) == claim.IsSynthetic
		if !c.made {
			c.complain(col.name, cell, fault.Msg("lake.row.data_kind"))
		}
		return
	default:
		ok = c.takeText(i, cell)
	}
	if !ok && len(cell) == 0 {
		c.complain(col.name, nil, fault.Msg("lake.row.empty"))
	} else if !ok {
		c.complain(col.name, shown(col, cell), fault.Msg(c.expected(col.kind, cell), "value", string(shown(col, cell))))
	}
}

// shown is the cell as a reason may repeat it: never a person's number.
func shown(col *column, cell []byte) []byte {
	if col.kind == cellPerson {
		return nil
	}
	return []byte(brief(legible(cell[:min(len(cell), 4*longestCell)])))
}

// computed tells whether a cell is a spreadsheet's formula or error, or what stands for a value that it cannot hold.
func computed(cell []byte) bool {
	return cell[0] == '=' || cell[0] == '@' || cell[0] == '#' || cell[0] == '+'
}

// expected is the text that says what a kind of cell should have held.
func (c *checker) expected(kind cellKind, cell []byte) string {
	if computed(cell) {
		return "lake.row.computed"
	}
	switch kind {
	case cellFen:
		if c.inFen {
			return "lake.row.fen"
		}
		return "lake.row.amount"
	case cellDay:
		return "lake.row.day"
	case cellWhole:
		return "lake.row.whole"
	case cellFlag:
		return "lake.row.flag"
	case cellCode:
		return "lake.row.code"
	case cellInsuredAt:
		return "lake.row.insured_at"
	case cellTreatedAt:
		return "lake.row.division"
	}
	return "lake.row.text"
}

// absent notes an empty cell: no refund, no original, no day, nothing paid.
func (c *checker) absent(i int) {
	if i < colDataKind {
		c.stored.absent[i] = true
	}
	switch i {
	case colRefund:
		c.row.RefundFlag = false
		c.stored.setNumber(i, 0)
	case colOriginal:
		c.row.OriginalID = ""
	case colSettled, colBegin, colEnd:
		c.days[i-colSettled] = 0
	case colDataKind:
		c.made = false
	default:
		if i >= colAmounts && i < colRefund {
			*c.amounts[i-colAmounts] = 0
		}
	}
}

func (c *checker) takeWhole(i int, cell []byte) bool {
	col := &c.columns[i]
	if col.cut {
		whole, decimals, _ := bytes.Cut(cell, []byte{'.'})
		if len(bytes.Trim(decimals, "0123456789")) > 0 {
			return false
		}
		cell = whole
	}
	n, err := strconv.ParseInt(string(cell), 10, 64)
	c.stored.setNumber(i, n)
	return err == nil && n >= 0 && n <= col.most
}

// takeBeside reads what is not kept by itself: payments for disabled veterans, which the store keeps with the other payments, and
// whether the row is void.
func (c *checker) takeBeside() {
	if cell := c.besideCell(c.beside.disabledPay); len(cell) > 0 {
		parse := parseFen
		if c.inFen {
			parse = wholeFen
		}
		n, ok := parse(cell)
		if !ok {
			c.complain(disabledPayColumn, shown(&column{}, cell), fault.Msg(c.expected(cellFen, cell), "value", string(shown(&column{}, cell))))
		}
		other := c.amounts[colOther-colAmounts]
		*other += money.Fen(n)
		c.stored.setNumber(colOther, int64(*other))
		c.stored.absent[colOther] = false
	}
	if cell := c.besideCell(c.beside.valid); len(cell) > 0 && string(cell) != "1" {
		c.complain(validColumn, shown(&column{}, cell), fault.Msg("lake.row.void", "value", string(shown(&column{}, cell))))
	}
}

func (c *checker) besideCell(at int) []byte {
	if at < 0 {
		return nil
	}
	return bytes.Trim(c.split[at], " ")
}

func (c *checker) takeFen(i int, cell []byte) bool {
	parse := parseFen
	if c.inFen {
		parse = wholeFen
	}
	n, ok := parse(cell)
	*c.amounts[i-colAmounts] = money.Fen(n)
	c.stored.setNumber(i, n)
	return ok
}

func (c *checker) takeDay(i int, cell []byte) bool {
	day, ok := parseDay(cell)
	at := i - colSettled
	c.days[at] = day
	if ok {
		c.dates[at] = appendDay(c.dates[at][:0], day)
		c.stored.setText(i, c.dates[at])
	}
	return ok
}

func (c *checker) takeText(i int, cell []byte) bool {
	if !plain(cell) || computed(cell) {
		return false
	}
	col := &c.columns[i]
	switch col.kind {
	case cellPerson:
		c.person = c.persons.append(c.person[:0], cell)
		c.stored.setText(i, c.person)
		return true
	case cellInsuredAt:
		var known bool
		c.city, known = c.places.city(cell)
		if !known {
			return false
		}
	case cellTreatedAt:
		code, err := region.Parse(string(cell))
		if err != nil {
			return false
		}
		c.treated = code
	case cellCode:
		code := cell
		if i == colMedType {
			code = cell[:min(len(cell), 2)]
		}
		if !col.codes.has(code) {
			return false
		}
	}
	if i == colOriginal {
		c.row.OriginalID = "x" // the identities ask only whether there is one
	}
	c.stored.setText(i, cell)
	return true
}

// together checks what several cells say together: the identities and the order of days.
func (c *checker) together() {
	if len(c.problems) > 0 {
		return
	}
	for _, identity := range c.row.Check() {
		if c.identities[identity] {
			c.complain("", nil, fault.Msg("lake.row.identity", "identity", string(identity)))
		}
	}
	settled, begun, ended := c.days[0], c.days[1], c.days[2]
	if begun > 0 && ended > 0 && begun > ended || begun > settled {
		c.complain("", nil, fault.Msg("lake.row.order"))
	}
	if c.row.RefundFlag && bytes.Equal(c.cell(colOriginal), c.cell(colID)) {
		c.complain("init_setl_id", nil, fault.Msg("lake.row.own_refund"))
	}
}

// derive adds the columns that the store adds.
func (c *checker) derive() {
	offsite := int64(0)
	if c.treated[:4] != c.city[:4] && !(c.city.IsProvince() && c.treated[:2] == c.city[:2]) {
		offsite = 1
	}
	c.area = append(c.area[:0], c.city...)
	c.stored.setText(colCity, c.area)
	c.stored.setNumber(colYear, int64(c.days[0]/10000))
	c.stored.setNumber(colMonth, int64(c.days[0]/100%100))
	c.stored.setNumber(colOffsite, offsite)
}

func (c *checker) count() {
	c.tally.rows++
	if c.row.RefundFlag {
		c.tally.refunds++
	}
	c.tally.synthetic = c.tally.synthetic || c.made
	day := c.cell(colSettled)[:10]
	if c.tally.rows == 1 || string(day) < string(c.tally.from) {
		c.tally.from = policy.Date(day)
	}
	if string(day) > string(c.tally.to) {
		c.tally.to = policy.Date(day)
	}
}

// refuse keeps the row with its reasons.
func (c *checker) refuse(row int64, readable bool) {
	r := reject{row: row, problems: append([]fault.Problem(nil), c.problems...)}
	if readable {
		r.id = string(c.cell(colID))
		for i := range c.columns {
			cell := c.cell(i)
			if i == colPerson && len(cell) > 0 {
				cell = c.persons.append(nil, cell)
			}
			r.cells = appendCell(r.cells, cell)
		}
	}
	c.rejects = append(c.rejects, r)
}
