package synth

import (
	"context"
	_ "embed"
	"io"
	"runtime"
	"strconv"
	"strings"
	"time"

	"tongchou/internal/fault"
	"tongchou/internal/policy"
	"tongchou/internal/region"
)

// PeopleOptions (合成参保人员) say which persons are made up: how many in a province, with which years, from which seed.
type PeopleOptions struct {
	Province region.Code
	Persons  int64
	From, To policy.Year
	Seed     uint64
}

// MostPeople is how many persons can be made up: there are a thousand impossible identity numbers for each day of birth.
const MostPeople = 20_000_000

// People (合成参保人员) makes up persons with their years of cover and payments, in the form that files of persons are imported in. They
// come county by county and village by village.
type People struct {
	o        PeopleOptions
	counties []countyShare
	surnames []string
	given    []string
	days     int64 // of birth
	born     time.Time
	step     int64
	offset   int64
}

// countyShare is a county and the number of the person after its last.
type countyShare struct {
	code region.Code
	from int64
	to   int64
}

// personYears is how far back persons were born.
const personYears = 80

//go:embed names.csv
var nameTable string

// NewPeople gets ready to make up persons. Numbers, years or provinces there are not are refused.
func NewPeople(o PeopleOptions, tree *region.Tree) (*People, error) {
	if o.Persons < 1 || o.Persons > MostPeople {
		return nil, fault.New(fault.Usage, "synth.people.persons", "most", int64(MostPeople))
	}
	if o.From > o.To || o.From < firstPeopleYear || o.To > lastPeopleYear {
		return nil, fault.New(fault.Usage, "synth.people.years", "from", int(firstPeopleYear), "to", int(lastPeopleYear))
	}
	p := &People{o: o, born: time.Date(int(o.To)-personYears, time.January, 1, 0, 0, 0, 0, time.UTC)}
	p.days = int64(time.Date(int(o.To), time.January, 1, 0, 0, 0, 0, time.UTC).Sub(p.born).Hours()) / 24
	if err := eachRow(nameTable, func(row map[string]string) error {
		list := strings.Split(row["characters"], "")
		if row["kind"] == "surname" {
			p.surnames = list
		} else {
			p.given = list
		}
		return nil
	}); err != nil {
		return nil, err
	}
	known, err := places()
	if err != nil {
		return nil, err
	}
	if err := p.share(tree, known); err != nil {
		return nil, err
	}
	p.step = numberStep
	s := stream(o.Seed)
	p.offset = int64(s.below(uint32(p.days * serials)))
	return p, nil
}

// share divides the persons among the counties: by prefectures' population, and evenly among the counties of each.
func (p *People) share(tree *region.Tree, known map[region.Code]place) error {
	var weights []int64
	for _, prefecture := range tree.Prefectures(p.o.Province) {
		counties := tree.Children(prefecture.Code)
		for _, county := range counties {
			p.counties = append(p.counties, countyShare{code: county.Code})
			weights = append(weights, known[prefecture.Code].people/int64(len(counties)))
		}
	}
	if len(p.counties) == 0 {
		return fault.New(fault.Usage, "synth.people.province", "division", p.o.Province)
	}
	total, before, so := sum(weights), int64(0), int64(0)
	for i, w := range weights {
		so += w
		p.counties[i].from = before
		before = mulDiv(p.o.Persons, so, total)
		p.counties[i].to = before
	}
	return nil
}

// mulDiv is a×b÷c, rounded down; a and b are at most a thousand million.
func mulDiv(a, b, c int64) int64 { return a/c*b + a%c*b/c }

// peopleBlock is how many persons are made up at a time.
const peopleBlock = 2000

// WriteCSV writes all persons. Told is how many were written, now and then. It ends early with the context's error.
func (p *People) WriteCSV(ctx context.Context, w io.Writer, workers int, told func(int64)) error {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if _, err := io.WriteString(w, p.header()); err != nil {
		return err
	}
	type block struct {
		from int64
		done chan []byte
	}
	tasks, order := make(chan block, workers), make(chan block, 2*workers)
	go func() {
		defer close(tasks)
		defer close(order)
		for from := int64(0); from < p.o.Persons; from += peopleBlock {
			b := block{from, make(chan []byte, 1)}
			for _, queue := range []chan block{order, tasks} {
				select {
				case queue <- b:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	for range workers {
		go func() {
			for b := range tasks {
				b.done <- p.block(b.from, min(b.from+peopleBlock, p.o.Persons))
			}
		}()
	}
	for b := range order {
		select {
		case text := <-b.done:
			if _, err := w.Write(text); err != nil {
				return err
			}
		case <-ctx.Done():
		}
		if told != nil {
			told(min(b.from+peopleBlock, p.o.Persons))
		}
	}
	return ctx.Err()
}

// yearColumns are the columns of a year that are written.
var yearColumns = []string{"cover", "paid_on", "person", "employer", "medical_aid", "central", "province", "repair", "reimbursed", "catastrophic"}

func (p *People) header() string {
	var b strings.Builder
	b.WriteString("document_number,name,home,lives,groups,phone,died_on,data_kind")
	for year := p.o.From; year <= p.o.To; year++ {
		for _, c := range yearColumns {
			b.WriteString("," + strconv.Itoa(int(year)) + "." + c)
		}
	}
	b.WriteString("\n")
	return b.String()
}

func (p *People) block(from, to int64) []byte {
	b := make([]byte, 0, (to-from)*512)
	at := 0
	for i := from; i < to; i++ {
		for p.counties[at].to <= i {
			at++
		}
		b = p.one(b, i, &p.counties[at])
	}
	return b
}

// chance draws whether something of a rate per ten thousand happens.
func (s *stream) chance(perTenThousand uint32) bool { return s.below(10_000) < perTenThousand }
