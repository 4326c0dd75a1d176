package lake

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"tongchou/internal/benefit"
	"tongchou/internal/claim"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// VisitOptions (就诊读取选项) say which persons' visits are read and what is assumed of them.
type VisitOptions struct {
	Sample  money.Rate              // the chance of a person to be read, which the pseudonym alone decides; 0 or 1: everybody
	Aided   string                  // the group that persons with medical aid in the year count as, since claims do not have it (假设); none when empty
	Workers int                     // 0: one for each processor
	Tell    func(done, parts int64) // how far it is; may be nil
}

// VisitsRead (就诊读取结果) is what was read: the rows of the snapshot, the visits and persons handed on, and the rows left out: refunds and what was refunded,
// and those of other insurances than the two that are simulated.
type VisitsRead struct {
	Snapshot          Snapshot
	Rows              int64
	Visits, Persons   int64
	Refunds, Refunded int64
	Other             int64
}

// Visits (读取就诊) hands on the visits that the settlements of a year were made for, person by person, each person's in the order of discharge, to so many workers at
// once; begin makes what a worker calls for each person, whose visits are valid until it returns. Refunds and what was refunded are left out. Memory does not grow with
// the rows but for the numbers of what was refunded: rows are laid aside by a digest of the person in a file without a name, encrypted with a key that nobody keeps,
// and taken up again digest by digest. Who claims counts as covered and approved (假设). A year without data is refused.
//
// 依据: SC38-11.1, YA-4.8.1
func (l *Lake) Visits(ctx context.Context, year policy.Year, kind Kind, o VisitOptions, begin func() func([]benefit.Case)) (VisitsRead, error) {
	m, err := l.Manifest()
	if err != nil {
		return VisitsRead{}, err
	}
	s := m.Snapshot(year, kind)
	if s.Rows == 0 {
		return VisitsRead{}, emptyYear(year, kind)
	}
	if o.Workers < 1 {
		o.Workers = l.options.Threads
	}
	if o.Sample <= 0 {
		o.Sample = money.One
	}
	aside := newAside(l.asideDirs(), partsFor(s.Rows, o.Sample))
	defer aside.close()
	r := &visitReader{lake: l, snapshot: s, options: o, aside: aside, all: s.Rows + int64(money.Fen(s.Rows).Part(o.Sample))}
	if err := r.take(ctx, kind); err != nil {
		return VisitsRead{}, l.failure(err, "lake.visits.read")
	}
	if err := r.give(ctx, begin); err != nil {
		return VisitsRead{}, l.failure(err, "lake.visits.read")
	}
	return VisitsRead{Snapshot: s, Rows: s.Rows, Visits: r.visits.Load(), Persons: r.persons.Load(), Refunds: r.refunds.Load(), Refunded: r.refunded.Load(), Other: r.other.Load()}, nil
}

// asideDirs are where rows may be laid aside: beside the store's files, or where the system lays things aside when that may not be written.
func (l *Lake) asideDirs() []string {
	if l.options.DSN != "" {
		return []string{os.TempDir()}
	}
	return []string{l.dir, os.TempDir()}
}

// partVisits is about how many visits are taken up again at once by a worker.
const partVisits = 50_000

// partsFor is into how many parts visits are laid aside: a power of two.
func partsFor(rows int64, sample money.Rate) int {
	parts := 1
	for int64(parts)*partVisits < int64(money.Fen(rows).Part(sample)) && parts < 2048 {
		parts *= 2
	}
	return parts
}

// visitReader lays visits aside and takes them up again.
type visitReader struct {
	lake     *Lake
	snapshot Snapshot
	options  VisitOptions
	aside    *aside

	mu     sync.Mutex
	cities []region.Code
	number map[region.Code]uint16

	back                     map[string]struct{} // numbers of settlements that were refunded
	done                     atomic.Int64
	all                      int64
	visits, persons          atomic.Int64
	refunds, refunded, other atomic.Int64
}

// city gives the number of a pooling area.
func (r *visitReader) city(code region.Code) uint16 {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, ok := r.number[code]
	if !ok {
		if r.number == nil {
			r.number = map[region.Code]uint16{}
		}
		n = uint16(len(r.cities))
		code = region.Code(strings.Clone(string(code)))
		r.number[code] = n
		r.cities = append(r.cities, code)
	}
	return n
}

func (r *visitReader) tell(n int64) {
	done := r.done.Add(n)
	if r.options.Tell != nil {
		r.options.Tell(done, r.all)
	}
}

// rawVisit is a row of the claims as it is read; its bytes are valid until the next row.
type rawVisit struct {
	id, person                     []byte
	insurance, personType, medType string
	insuredAt, treatedAt           string
	level, settled, end, settledBy string
	age                            int64
	whole, over, first, scope      int64
	basic, civil, firm, large      int64
	catastrophic, aid, other       int64
	city                           uint16
}

// The marks of a visit that is laid aside.
const (
	markResident = 1 << iota
	markRetired
	markAided
	markCivil
	markFirm
)

// taker lays the visits of one worker aside.
type taker struct {
	*visitReader
	waiting [][]byte // by part
	days    map[string]uint16
}

func (r *visitReader) newTaker() *taker {
	return &taker{visitReader: r, waiting: make([][]byte, len(r.aside.parts)), days: map[string]uint16{}}
}

// take lays a row aside that is wanted.
func (t *taker) take(v *rawVisit) error {
	digest := digestPerson(v.person)
	if !inSample(digest, t.options.Sample) {
		return nil
	}
	insurance, ok := benefit.ParseInsurance(v.insurance)
	if !ok {
		t.other.Add(1)
		return nil
	}
	if _, back := t.back[string(v.id)]; back {
		t.refunded.Add(1)
		return nil
	}
	part := int(digest >> 32 % uint64(len(t.waiting)))
	b := t.waiting[part]
	if cap(b) == 0 {
		b = make([]byte, 0, asideChunk)
	}
	if b = t.append(b, v, insurance, digest); len(b) < asideChunk-longestAside {
		t.waiting[part] = b
		return nil
	}
	t.waiting[part] = b[:0]
	return t.aside.put(part, b)
}

// finish lays aside what waits.
func (t *taker) finish() error {
	for part, b := range t.waiting {
		if len(b) > 0 {
			if err := t.aside.put(part, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// longestAside is more than a visit takes when it is laid aside, whose person's number is no longer than a cell may be.
const longestAside = 512

// append writes a visit: the person's digest, the day, where it stands among those of a day, and what it is settled by.
func (t *taker) append(b []byte, v *rawVisit, insurance benefit.Insurance, digest uint64) []byte {
	marks := byte(0)
	for i, is := range [...]bool{insurance == benefit.Resident, v.personType == retiredType, v.aid > 0, v.civil > 0, v.firm > 0} {
		if is {
			marks |= 1 << i
		}
	}
	place := benefit.PlaceOf(region.Code(v.insuredAt), region.Code(v.treatedAt), v.settledBy == claim.Online)
	b = binary.BigEndian.AppendUint64(b, digest)
	b = binary.BigEndian.AppendUint16(b, t.day(cmp.Or(v.end, v.settled)))
	b = binary.BigEndian.AppendUint64(b, lastOf(v.id))
	b = append(b, marks, byte(benefit.CategoryOf(v.medType))<<4|byte(benefit.LevelOf(v.level))<<2|byte(place), byte(min(max(v.age, 0), math.MaxUint8)))
	b = binary.BigEndian.AppendUint16(b, v.city)
	b = append(b, byte(min(len(v.person), math.MaxUint8)))
	b = append(b, v.person[:min(len(v.person), math.MaxUint8)]...)
	for _, n := range [...]int64{v.whole, v.over, v.first, v.scope, v.basic, v.catastrophic, v.large, v.aid, v.civil + v.firm + v.other} {
		b = binary.AppendUvarint(b, uint64(max(n, 0)))
	}
	return b
}

// retiredType is what psn_type of the retired begins with.
const retiredType = "12"

// asideYear is the year that days are numbered from.
const asideYear = 1950

// day numbers a day, as if every month had 31.
func (t *taker) day(text string) uint16 {
	n, ok := t.days[text]
	if !ok {
		year, month, day := 0, 1, 1
		if len(text) == 10 {
			year, _ = strconv.Atoi(text[:4]) // an import takes days alone
			month, _ = strconv.Atoi(text[5:7])
			day, _ = strconv.Atoi(text[8:])
		}
		n = uint16(max(year-asideYear, 0)*372 + (month-1)*31 + day - 1)
		t.days[strings.Clone(text)] = n
	}
	return n
}

// dayOf undoes day.
func dayOf(n uint16) policy.Date {
	return policy.Date(fmt.Sprintf("%04d-%02d-%02d", asideYear+int(n)/372, int(n)%372/31+1, int(n)%31+1))
}

// lastOf is the last eight bytes of a settlement's number, by which the visits of a day are put in order.
func lastOf(id []byte) uint64 {
	var n uint64
	for _, c := range id[max(0, len(id)-8):] {
		n = n<<8 | uint64(c)
	}
	return n
}

// inSample tells whether a person of a digest is in a sample.
func inSample(digest uint64, share money.Rate) bool { return digest%uint64(money.One) < uint64(share) }

// digestPerson spreads persons evenly over 64 bits: FNV-1a, mixed once more. It decides who is in a sample, and must not change.
func digestPerson(person []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range person {
		h = (h ^ uint64(c)) * 1099511628211
	}
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// take lays aside what the snapshot has.
func (r *visitReader) take(ctx context.Context, kind Kind) error {
	if r.lake.options.DSN != "" || slices.ContainsFunc(r.snapshot.files, func(f File) bool { return f.sealed != "" }) {
		return r.takeRows(ctx, kind)
	}
	return r.takeFiles(ctx)
}

// asideHead is how long the part of a visit laid aside is whose length is known: digest, day, order.
const asideHead = 8 + 2 + 8

// entry is where a visit lies in its part.
type entry struct {
	digest, order uint64
	from, to      uint32
	day           uint16
}

// giver settles the parts of one worker.
type giver struct {
	*visitReader
	data    []byte
	entries []entry
	cases   []benefit.Case
	days    map[uint16]policy.Date
}

// give takes the parts up again, each by one worker, and hands on the persons in them.
func (r *visitReader) give(ctx context.Context, begin func() func([]benefit.Case)) error {
	var next atomic.Int64
	return r.work(ctx, func(ctx context.Context) error {
		g, person := &giver{visitReader: r, days: map[uint16]policy.Date{}}, begin()
		for ctx.Err() == nil {
			part := int(next.Add(1)) - 1
			if part >= len(r.aside.parts) {
				return nil
			}
			if err := g.part(part, person); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
}

// work lets workers do something side by side; the first error ends them all.
func (r *visitReader) work(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	for range r.options.Workers {
		all.Go(func() {
			if err := do(ctx); err != nil {
				cancel(err)
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// part hands on the persons of a part.
func (g *giver) part(part int, person func([]benefit.Case)) error {
	var err error
	if g.data, err = g.aside.get(part, g.data[:0]); err != nil {
		return err
	}
	g.index()
	slices.SortFunc(g.entries, g.compare)
	for first := 0; first < len(g.entries); {
		last := first + 1
		for last < len(g.entries) && g.samePerson(g.entries[first], g.entries[last]) {
			last++
		}
		g.cases = g.cases[:0]
		var marks byte
		for _, e := range g.entries[first:last] {
			marks |= g.data[e.from+asideHead]
			g.cases = append(g.cases, g.caseOf(e))
		}
		groups := g.groups(marks)
		id := string(g.person(g.entries[first]))
		for i := range g.cases {
			g.cases[i].Groups, g.cases[i].Person.ID = groups, id
		}
		person(g.cases)
		g.persons.Add(1)
		first = last
	}
	g.visits.Add(int64(len(g.entries)))
	g.tell(int64(len(g.entries)))
	return nil
}

// index finds the visits of a part.
func (g *giver) index() {
	g.entries = g.entries[:0]
	for at := 0; at < len(g.data); {
		d := g.data[at:]
		e := entry{digest: binary.BigEndian.Uint64(d), day: binary.BigEndian.Uint16(d[8:]), order: binary.BigEndian.Uint64(d[10:]), from: uint32(at)}
		n := asideHead + 5 + 1 + int(d[asideHead+5])
		for range asideAmounts {
			_, size := binary.Uvarint(d[n:])
			n += size
		}
		at += n
		e.to = uint32(at)
		g.entries = append(g.entries, e)
	}
}

// asideAmounts is how many amounts of a visit are laid aside.
const asideAmounts = 9

// compare puts visits in the order of persons, days, and numbers; of those that are still alike it makes no difference which is first.
func (g *giver) compare(a, b entry) int {
	if c := cmp.Compare(a.digest, b.digest); c != 0 {
		return c
	}
	return cmp.Or(bytes.Compare(g.person(a), g.person(b)), cmp.Compare(a.day, b.day), cmp.Compare(a.order, b.order), bytes.Compare(g.data[a.from:a.to], g.data[b.from:b.to]))
}

func (g *giver) person(e entry) []byte {
	from := e.from + asideHead + 5
	return g.data[from+1 : from+1+uint32(g.data[from])]
}

func (g *giver) samePerson(a, b entry) bool {
	return a.digest == b.digest && bytes.Equal(g.person(a), g.person(b))
}

// alwaysCovered is a first covered day before all claims: who claims is covered (假设).
const alwaysCovered policy.Date = "1949-10-01"

// caseOf reads a visit that was laid aside.
func (g *giver) caseOf(e entry) benefit.Case {
	d := g.data[e.from+asideHead : e.to]
	marks, codes, age, city := d[0], d[1], d[2], binary.BigEndian.Uint16(d[3:])
	d = d[6+int(d[5]):]
	var amounts [asideAmounts]money.Fen
	for i := range amounts {
		n, size := binary.Uvarint(d)
		amounts[i], d = money.Fen(n), d[size:]
	}
	day, ok := g.days[e.day]
	if !ok {
		day = dayOf(e.day)
		g.days[e.day] = day
	}
	c := benefit.Case{City: g.cities[city], Age: int(age), HasPaid: true, Visit: benefit.Visit{Date: day, Approved: true,
		Person:   benefit.Person{CoveredFrom: alwaysCovered, Retired: marks&markRetired != 0},
		Scope:    benefit.Scope{SelfPaidWhole: amounts[0], OverLimit: amounts[1], SelfPaidFirst: amounts[2], InScope: amounts[3]},
		Category: benefit.Category(codes >> 4), Level: benefit.Level(codes >> 2 & 3), Place: benefit.Place(codes & 3)},
		Paid: benefit.Burden{Basic: amounts[4], Catastrophic: amounts[5], Large: amounts[6], Aid: amounts[7], Other: amounts[8]}}
	if marks&markResident != 0 {
		c.Insurance = benefit.Resident
	}
	c.Total = amounts[0] + amounts[1] + amounts[2] + amounts[3]
	c.Paid.Own = c.Total - c.Paid.Funds()
	return c
}

// groups are those of a person whose claims of the year carry such marks.
func (g *giver) groups(marks byte) benefit.GroupSet {
	var set benefit.GroupSet
	if marks&markAided != 0 {
		set = set.With(g.options.Aided)
	}
	if marks&markCivil != 0 {
		set = set.With(benefit.CivilServant.String())
	}
	if marks&markFirm != 0 {
		set = set.With(benefit.Supplementary.String())
	}
	return set
}

// Simulate (按结算数据测算) settles the visits of a year under two rules: every worker adds up by itself what begin gives, and all is brought together. Refused as by
// Lake.Visits.
//
// 依据: SC38-11.1
func Simulate(ctx context.Context, l *Lake, year policy.Year, kind Kind, o VisitOptions, begin func() *benefit.Simulation) (*benefit.Simulation, VisitsRead, error) {
	var mu sync.Mutex
	var parts []*benefit.Simulation
	read, err := l.Visits(ctx, year, kind, o, func() func([]benefit.Case) {
		s := begin()
		mu.Lock()
		defer mu.Unlock()
		parts = append(parts, s)
		return s.Person
	})
	if err != nil {
		return nil, read, err
	}
	total := begin()
	for _, part := range parts {
		total.Add(part)
	}
	return total, read, nil
}
