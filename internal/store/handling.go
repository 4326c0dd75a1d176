package store

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/region"
)

// Handling (批量办理) is rows of another department's file on their way through one write. Files it reads are read once, and written once at its
// end. It finds persons of the whole province, because a person is one wherever he lives; it changes only those of its act's scope.
type Handling struct {
	tx     *Tx
	people People
	source enrol.Source
	files  map[enrol.PersonNo]*handled
	order  []enrol.PersonNo
	paid   []TaxPayment
}

// handled is a file that was read.
type handled struct {
	Person
	before  prepared
	changed bool
}

// Matched (匹配结果) is who a report was found to be about. Mine tells that his file lies in the act's scope. When several are
// as like, nobody is found, and the likeness says so.
type Matched struct {
	Person
	Found, Mine bool
	Likeness    enrol.Likeness
}

func newHandling(t *Tx, keys *personKeys, source enrol.Source) *Handling {
	return &Handling{tx: t, people: People{t, keys, keys.preparer()}, source: source, files: map[enrol.PersonNo]*handled{}}
}

// Source is what facts of this file come from.
func (h *Handling) Source() enrol.Source { return h.source }

// WorkID is by what a report is known, whichever file it comes in.
func (h *Handling) WorkID(r enrol.Report) string { return workID(h.people.preparer.blinder, r) }

func workID(b *blinder, r enrol.Report) string {
	return hex.EncodeToString(b.key('w', string(r.Form()), "")[:documentKeySize])
}

// PaymentKey is by what a payment is known: its receipt, who it is for and for when.
func (h *Handling) PaymentKey(r enrol.Report) [documentKeySize]byte {
	return paymentKey(h.people.preparer.blinder, r)
}

func paymentKey(b *blinder, r enrol.Report) (key [documentKeySize]byte) {
	copy(key[:], b.key('p', r.Tax.Receipt+"\x00"+string(r.Tax.Period.From)+"\x00"+string(r.Tax.Period.To)+"\x00"+r.Tax.Insurance.String(), string(r.Kind)+r.Number+"\x00"+r.Name))
	return key
}

// Match (比对) finds whom reports are about: by their documents, by numbers that differ as by a slip of the pen from one that cannot be right, and by
// name and day of birth.
//
// 依据: SCE-10.1
func (h *Handling) Match(reports []enrol.Report) ([]Matched, error) {
	candidates := make([][]enrol.PersonNo, len(reports))
	if err := h.byDocument(reports, candidates); err != nil {
		return nil, err
	}
	if err := h.byName(reports, candidates); err != nil {
		return nil, err
	}
	if err := h.byAddress(reports, candidates); err != nil {
		return nil, err
	}
	if err := h.load(slices.Concat(candidates...)); err != nil {
		return nil, err
	}
	out := make([]Matched, len(reports))
	for i := range reports {
		out[i] = h.best(&reports[i], candidates[i])
	}
	return out, nil
}

// byDocument adds who has or had one of a report's documents.
func (h *Handling) byDocument(reports []enrol.Report, candidates [][]enrol.PersonNo) error {
	wanted := map[documentKey][]int{}
	var keys []documentKey
	add := func(i int, d enrol.Document) {
		if d.Number == "" {
			return
		}
		key := documentKey(h.people.preparer.blinder.document(d))
		if wanted[key] == nil {
			keys = append(keys, key)
		}
		wanted[key] = append(wanted[key], i)
	}
	for i := range reports {
		r := &reports[i]
		add(i, r.Document)
		if r.Also != r.Document {
			add(i, r.Also)
		}
		if r.Kind == enrol.ResidentCard {
			for _, slip := range enrol.Slips(r.Number) {
				add(i, enrol.Document{Kind: enrol.ResidentCard, Number: slip})
			}
		}
	}
	slices.SortFunc(keys, func(a, b documentKey) int { return bytes.Compare(a[:], b[:]) })
	for some := range slices.Chunk(keys, mostRows) {
		args := make([]any, 0, mostRows)
		for _, key := range padded(some) {
			args = append(args, key[:])
		}
		if err := h.tx.reads(nil, func(scan func(...any) error) error {
			var key []byte
			var person int64
			err := scan(&key, &person)
			for _, i := range wanted[documentKey(key)] {
				candidates[i] = addNew(candidates[i], enrol.PersonNo(person))
			}
			return err
		}, "SELECT key, person FROM person_documents WHERE key IN ("+places(len(args))+")", args...); err != nil {
			return err
		}
	}
	return nil
}

// byName adds, for reports whose documents nobody has, who has their name and day of birth in any county of the act's province.
func (h *Handling) byName(reports []enrol.Report, candidates [][]enrol.PersonNo) error {
	wanted := map[int64][]int{}
	var keys []int64
	for i := range reports {
		if r := &reports[i]; len(candidates[i]) == 0 && r.Name != "" && r.Birth != "" {
			key := h.people.preparer.blinder.withBirth(enrol.PlainName(r.Name), r.Birth)
			if wanted[key] == nil {
				keys = append(keys, key)
			}
			wanted[key] = append(wanted[key], i)
		}
	}
	first, last := codeBounds(ScopeOf(h.tx.act.Chain.Province()))
	for some := range slices.Chunk(keys, mostRows) {
		args := []any{first, last}
		for _, key := range padded(some) {
			args = append(args, key)
		}
		_, marks, _ := strings.Cut(places(len(args)), ",$2,")
		if err := h.tx.reads(nil, func(scan func(...any) error) error {
			var key, person int64
			err := scan(&key, &person)
			for _, i := range wanted[key] {
				candidates[i] = addNew(candidates[i], enrol.PersonNo(person))
			}
			return err
		}, "SELECT n.key, n.person FROM person_counties c CROSS JOIN person_names n WHERE n.county = c.county AND c.county >= $1 AND c.county <= $2 AND n.key IN ("+marks+")", args...); err != nil {
			return err
		}
	}
	return nil
}

const addressText = `SELECT person FROM persons WHERE home <> 0 AND home >= $1 AND home <= $2 AND born = $3
UNION SELECT person FROM persons WHERE lives <> 0 AND lives <> home AND lives >= $1 AND lives <= $2 AND born = $3`

// byAddress adds, for reports without a number that nobody was found for, who was born in the same year and is registered or lives where it says. Only a
// township's rows are gone through, and nothing is known of them but the year of birth until their files are opened.
func (h *Handling) byAddress(reports []enrol.Report, candidates [][]enrol.PersonNo) error {
	for i := range reports {
		r := &reports[i]
		if len(candidates[i]) > 0 || r.Number != "" || r.Birth == "" || !r.Place.Close() {
			continue
		}
		low, high := placeBounds(r.Place)
		born, err := strconv.ParseInt(string(r.Birth[:4]), 10, 64)
		if err != nil {
			continue
		}
		if err := h.tx.reads(nil, func(scan func(...any) error) error {
			var person int64
			err := scan(&person)
			candidates[i] = addNew(candidates[i], enrol.PersonNo(person))
			return err
		}, addressText, low, high, born); err != nil {
			return err
		}
	}
	return nil
}

// load reads files that were not read yet.
func (h *Handling) load(numbers []enrol.PersonNo) error {
	slices.Sort(numbers)
	numbers = slices.DeleteFunc(slices.Compact(numbers), func(no enrol.PersonNo) bool { return h.files[no] != nil })
	for some := range slices.Chunk(numbers, mostRows) {
		args := make([]any, 0, mostRows)
		for _, no := range padded(some) {
			args = append(args, int64(no))
		}
		if err := h.tx.reads(nil, func(scan func(...any) error) error {
			person, err := h.people.keys.person(scan)
			if err != nil {
				return err
			}
			h.files[person.No] = &handled{Person: person}
			return nil
		}, "SELECT "+personColumns+" FROM persons WHERE person IN ("+places(len(args))+")"+h.tx.g.s.engine.lock, args...); err != nil {
			return err
		}
	}
	return nil
}

// likest are the degrees of likeness from the surest.
var likest = []enrol.Likeness{enrol.SameNumber, enrol.OtherName, enrol.SamePerson, enrol.OneDigit, enrol.SimilarName, enrol.SameAddress, enrol.NoLikeness}

// best gives the candidate that is most like a report, under any name and document he has or had.
func (h *Handling) best(r *enrol.Report, candidates []enrol.PersonNo) Matched {
	best := Matched{Likeness: enrol.NoLikeness}
	several := false
	who := r.Identity
	also := who
	if r.Also.Number != "" {
		also.Document = r.Also
	}
	for _, no := range candidates {
		file := h.files[no]
		if file == nil {
			continue
		}
		like := enrol.NoLikeness
		for _, known := range enrol.Valid[enrol.Known](file.File) {
			for _, one := range []enrol.Identity{who, also} {
				if l := enrol.Compare(known.Fact.Identity, one); slices.Index(likest, l) < slices.Index(likest, like) {
					like = l
				}
			}
			if like == enrol.NoLikeness && r.AtAddress(file.File, known.Fact.Identity) {
				like = enrol.SameAddress
			}
		}
		switch c := cmp.Compare(slices.Index(likest, like), slices.Index(likest, best.Likeness)); {
		case like == enrol.NoLikeness:
		case c < 0:
			several = false
			best = Matched{Person: file.Person, Found: true, Mine: holds(h.tx.act.Scope, file.County), Likeness: like}
		case c == 0:
			several = true
		}
	}
	if several {
		return Matched{Likeness: enrol.SeveralLike}
	}
	return best
}

// File gives a file of the act's scope by its number as it stands with what this write added; false for one elsewhere.
func (h *Handling) File(no enrol.PersonNo) (Person, bool, error) {
	if err := h.load([]enrol.PersonNo{no}); err != nil {
		return Person{}, false, err
	}
	file := h.files[no]
	if file == nil || !holds(h.tx.act.Scope, file.County) {
		return Person{}, false, nil
	}
	return file.Person, true, nil
}

// Append (登记事项) adds facts to a file that Match or File gave; it is written at the end of the write.
func (h *Handling) Append(no enrol.PersonNo, facts ...enrol.Fact) error {
	file := h.files[no]
	if file == nil {
		return fault.New(fault.Refused, "store.no_person", "person", int64(no))
	}
	if err := h.tx.within(file.County); err != nil {
		return err
	}
	if !file.changed {
		var err error
		if file.before, err = h.people.preparer.outline(file.File); err != nil {
			return err
		}
		file.before.mark = file.mark
		file.changed = true
		h.order = append(h.order, no)
	}
	file.Add(h.source, facts...)
	return nil
}

// Open (建档) makes a file as People.Add does.
func (h *Handling) Open(facts ...enrol.Fact) (enrol.PersonNo, error) {
	return h.people.Add(h.source, facts...)
}

// finish writes the files that were changed, with what stands beside them, and the payments.
func (h *Handling) finish() error {
	sums, counties := countSums{}, []any(nil)
	for _, no := range h.order {
		file := h.files[no]
		after, err := h.people.preparer.prepare(file.File)
		if err != nil {
			return err
		}
		if err := h.people.replace(&file.before, &after, file.Version+1); err != nil {
			return err
		}
		if !slices.Equal(file.before.names, after.names) {
			if err := h.people.rename(file.before.names, &after); err != nil {
				return err
			}
			counties = append(counties, after.county)
		}
		sums.add(file.before.changes, -1)
		sums.add(after.changes, 1)
	}
	if err := h.tx.insert(countTable, sums.rows()); err != nil {
		return err
	}
	for _, county := range counties {
		if err := h.tx.insert(countyTable, []any{county}); err != nil {
			return err
		}
	}
	return h.savePayments()
}

// Within tells whether a division lies in the act's scope.
func (h *Handling) Within(division region.Code) bool { return holds(h.tx.act.Scope, division) }
