package intake

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tongchou/internal/enrol"
	"tongchou/internal/fault"
	"tongchou/internal/money"
	"tongchou/internal/office"
	"tongchou/internal/pgtest"
	"tongchou/internal/policy"
	"tongchou/internal/region"
	"tongchou/internal/store"
)

const (
	here  = region.Code("510104")
	there = region.Code("510105")
	day   = policy.Date("2026-11-23")
)

// card is an impossible identity number: there is no division 999999.
func card(birth string, serial int) string {
	n := fmt.Sprintf("999999%s%03d", strings.ReplaceAll(birth, "-", ""), serial)
	return n + string(enrol.CheckDigit(n))
}

func desk() Desk {
	return Desk{Terms: enrol.Terms{WorkingAge: 16, Window: func(y policy.Year) enrol.Spell {
		return enrol.Spell{From: policy.Date(fmt.Sprintf("%d-09-01", y-1)), To: (y - 1).End()}
	}}, Standards: enrol.Standards{
		{Year: 2026, Division: "510000", Way: enrol.Ordinary, Individual: 40000, Subsidy: enrol.Shares{enrol.Central: 40000, enrol.County: 27000}},
		{Year: 2026, Division: "510000", Way: enrol.Newborn, Individual: 40000},
		{Year: 2026, Division: "510000", Way: enrol.Staff, AverageWage: 800000, EmployerRate: 65000, PersonRate: 20000, Floor: 600000, Ceiling: 3000000},
	}, Today: day}
}

func by(division region.Code) store.Act {
	return store.Act{Record: office.Record{Chain: division, Who: "u1"}, Scope: store.ScopeOf(division)}
}

// somebody makes a file of a man born on a day, who lives in a county.
func somebody(t testing.TB, s *store.Store, serial int, name string, at region.Code, facts ...enrol.Fact) enrol.PersonNo {
	t.Helper()
	const born = "1990-02-03"
	var no enrol.PersonNo
	act := by(at)
	act.Action = "test"
	_, err := s.Persons().Change(t.Context(), act, func(tx *store.Tx, people store.People) error {
		source, err := tx.Source("test")
		if err != nil {
			return err
		}
		no, err = people.Add(source, append([]enrol.Fact{
			enrol.Known{Identity: enrol.Identity{Document: enrol.Document{Kind: enrol.ResidentCard, Number: card(born, serial)}, Name: name, Sex: sexOf(serial), Birth: born}},
			enrol.Registered{On: born, Place: enrol.PlaceIn(at)}, enrol.Lives{On: born, Place: enrol.PlaceIn(at)}}, facts...)...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return no
}

func sexOf(serial int) enrol.Sex {
	if serial%2 == 1 {
		return enrol.Male
	}
	return enrol.Female
}

func enrolledFor(year policy.Year, at region.Code) enrol.Fact {
	return enrol.Enrolled{On: policy.Date(fmt.Sprintf("%d-10-01", year-1)), Area: at, Way: enrol.Ordinary, StandardOf: year, Spell: enrol.YearOf(year)}
}

func report(t testing.TB, s *store.Store, from region.Code, matter enrol.Matter, table string, preview bool) ReportResult {
	t.Helper()
	r, err := Reports(t.Context(), s, writtenTo(t, table), matter, ReportOptions{Desk: desk(), Act: by(from), Counties: func(c region.Code) bool { return c.Province() == "510000" }, Preview: preview, Chunk: 3})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Whole() {
		t.Fatalf("the parts do not add up: %+v", r.Outturn)
	}
	return r
}

func works(t testing.TB, s *store.Store, at region.Code, q store.WorkQuery) []store.Work {
	t.Helper()
	all, _, err := s.Reports().Works(t.Context(), by(at), q)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func fileOf(t testing.TB, s *store.Store, no enrol.PersonNo) store.Person {
	t.Helper()
	p, found, err := s.Persons().Read(t.Context(), by("510000"), no)
	if err != nil || !found {
		t.Fatal(no, found, err)
	}
	return p
}

// Deaths are compared with who is on file: exactly, by a slip of the pen, by name and birth; what is decided is done; nothing happens by itself, and nothing
// twice.
func TestReports(t *testing.T) {
	t.Attr("clause", "SCE-10.1")
	t.Attr("clause", "YA-4.2.1")
	pgtest.OnEngines(t, func(t *testing.T, address string) {
		s := open(t, address, filepath.Join(t.TempDir(), "k"))
		defer s.Close()
		cover := enrol.Covered{Area: here, Way: enrol.Ordinary, Spell: enrol.YearOf(2026)}
		one := somebody(t, s, 1, "甲一", here, cover)
		two := somebody(t, s, 3, "甲二", here, cover)
		three := somebody(t, s, 5, "甲三", there, enrol.Covered{Area: there, Way: enrol.Ordinary, Spell: enrol.YearOf(2026)})
		slip := []byte(card("1990-02-03", 3))
		slip[15]++
		short := card("1990-02-03", 1)
		short = short[:6] + short[8:17] // fifteen digits
		table := "证件号码,姓名,性别,出生日期,死亡日期\n" + short + ",甲一,,,2026-05-01\n" + string(slip) + ",甲二,男,1990-02-03,2026-05-02\n,甲三,男,1990-02-03,2026-05-03\n" +
			card("1950-01-01", 7) + ",无人,,,2026-05-04\n1,错,,,2026-05-05\n" + short + ",甲一,,,2026-05-01\n"
		want := store.Outturn{Rows: 6, Refused: 1, Repeated: 1, Agreed: 1, Filed: 2, Routed: 1}
		if r := report(t, s, here, enrol.Deaths, table, true); r.Outturn != want {
			t.Errorf("the preview: %+v", r.Outturn)
		}
		if got := works(t, s, here, store.WorkQuery{}); len(got) != 0 {
			t.Errorf("a preview is on the list: %+v", got)
		}
		if r := report(t, s, here, enrol.Deaths, table, false); r.Outturn != want || len(r.Refused[6]) != 1 {
			t.Errorf("%+v %v", r.Outturn, r.Refused)
		}
		if r := report(t, s, here, enrol.Deaths, table, false); !r.Again || r.Outturn != want {
			t.Errorf("again: %+v", r)
		}
		again := report(t, s, here, enrol.Deaths, table+"\n\n", false)
		if again.Again || again.Repeated != 4 || again.Filed != 0 {
			t.Errorf("the same rows in another file: %+v", again.Outturn)
		}
		mine, theirs := works(t, s, here, store.WorkQuery{State: store.WorkOpen}), works(t, s, there, store.WorkQuery{State: store.WorkOpen})
		if len(mine) != 2 || len(theirs) != 1 || mine[0].Person != one || mine[0].Likeness != enrol.SameNumber || mine[0].Step != enrol.CloseFile || mine[1].Person != two || mine[1].Likeness != enrol.OneDigit ||
			mine[1].Step != enrol.LookAt || theirs[0].Person != three || theirs[0].Likeness != enrol.SamePerson {
			t.Fatalf("%+v\n%+v", mine, theirs)
		}
		if fileOf(t, s, one).On("2026-06-01").Ended != nil {
			t.Error("a file ends by itself")
		}
		decide(t, s, one, two, three, mine, theirs)
		verified(t, s, 3)
	})
}

// decide decides about the deaths: by who may, once.
func decide(t *testing.T, s *store.Store, one, two, three enrol.PersonNo, mine, theirs []store.Work) {
	t.Helper()
	do := func(at region.Code, w store.Work, c Choice) error {
		return desk().Decide(t.Context(), s, by(at), w.ID, w.Version, c)
	}
	if err := do(here, theirs[0], Choice{Step: enrol.SameOne}); key(err) != "store.no_work" {
		t.Errorf("from another county: %v", err)
	}
	if err := do(here, mine[0], Choice{}); key(err) != "intake.reason" {
		t.Errorf("dismissed without a reason: %v", err)
	}
	if err := do(here, mine[0], Choice{Step: enrol.EnterHome}); key(err) != "intake.step" {
		t.Errorf("another step: %v", err)
	}
	for _, err := range []error{do(here, mine[0], Choice{Step: enrol.CloseFile, Reason: "r"}), do(here, mine[1], Choice{Reason: "another man"}), do(there, theirs[0], Choice{Step: enrol.SameOne})} {
		if err != nil {
			t.Error(err)
		}
	}
	if err := do(here, mine[0], Choice{Step: enrol.CloseFile}); key(err) != "store.work_decided" {
		t.Errorf("twice: %v", err)
	}
	for no, ended := range map[enrol.PersonNo]bool{one: true, two: false, three: true} {
		now := fileOf(t, s, no).On("2026-06-01")
		if (now.Ended != nil) != ended || (len(now.Covers) == 0) != ended {
			t.Errorf("%d: %+v", no, now)
		}
	}
	done := works(t, s, here, store.WorkQuery{State: store.WorkDone})
	if len(done) != 1 || done[0].Did != enrol.CloseFile || done[0].Who != "u1" || done[0].Reason != "r" {
		t.Errorf("%+v", done)
	}
}

func key(err error) string { return fmt.Sprint(keyOf(err)) }

// A newborn in a births file is enrolled by whoever says so, or by a rule on file while it holds.
func TestRule(t *testing.T) {
	t.Attr("clause", "SCE-1.2")
	t.Attr("clause", "SCE-6.1")
	s := open(t, t.TempDir(), "")
	defer s.Close()
	births := func(certificate string) string {
		return "出生证编号,姓名,性别,出生日期,地区\n" + certificate + ",乙" + certificate + ",女,2026-05-01,510104001002\n"
	}
	if r := report(t, s, here, enrol.Births, births("B1"), false); r.Filed != 1 {
		t.Fatalf("%+v", r.Outturn)
	}
	first := works(t, s, here, store.WorkQuery{})[0]
	if err := desk().Decide(t.Context(), s, by(here), first.ID, first.Version, Choice{Step: enrol.EnrolNewborn}); err != nil {
		t.Fatal(err)
	}
	rule := store.WorkRule{ID: "R1", Division: "510100", Matter: enrol.Births, Step: enrol.EnrolNewborn, Since: day, Reason: "decision 1"}
	write := func(at region.Code, do func(*store.Tx) error) error {
		act := by(at)
		act.Action = "rule.save"
		_, err := s.Write(t.Context(), act, do)
		return err
	}
	if err := write(here, func(tx *store.Tx) error { return tx.SaveRule(rule) }); key(err) != "store.scope" {
		t.Errorf("a county's rule for a city: %v", err)
	}
	judged := rule
	judged.Step = enrol.LookAt
	if err := write("510100", func(tx *store.Tx) error { return tx.SaveRule(judged) }); key(err) != "store.rule_wrong" {
		t.Errorf("a rule that judges: %v", err)
	}
	if err := write("510100", func(tx *store.Tx) error { return tx.SaveRule(rule) }); err != nil {
		t.Fatal(err)
	}
	if r := report(t, s, here, enrol.Births, births("B2"), false); r.Applied != 1 {
		t.Errorf("%+v", r.Outturn)
	}
	for _, w := range works(t, s, here, store.WorkQuery{}) {
		p := fileOf(t, s, w.Person)
		if e := enrol.Valid[enrol.Enrolled](p.File); w.State != store.WorkDone || len(e) != 1 || e[0].Fact.Way != enrol.Newborn {
			t.Errorf("%+v %+v", w, p.Entries)
		}
	}
	if err := write(here, func(tx *store.Tx) error { return tx.RevokeRule("R1", "x") }); key(err) != "store.no_rule" {
		t.Errorf("a county revokes a city's rule: %v", err)
	}
	if err := write("510100", func(tx *store.Tx) error { return tx.RevokeRule("R1", "x") }); err != nil {
		t.Fatal(err)
	}
	if r := report(t, s, here, enrol.Births, births("B3"), false); r.Applied != 0 || r.Filed != 1 {
		t.Errorf("after it was revoked: %+v", r.Outturn)
	}
	verified(t, s, 2)
}

// A file nothing of which was acted on can be taken back and taken in again.
func TestUndo(t *testing.T) {
	t.Attr("clause", "SCE-10.1")
	s := open(t, t.TempDir(), "")
	defer s.Close()
	somebody(t, s, 1, "甲一", here)
	table := "证件号码,姓名,困难类别,认定日期\n" + card("1990-02-03", 1) + ",甲一,低保,2026-05-01\n"
	r := report(t, s, here, enrol.Hardship, table, false)
	undo := func(at region.Code) error { return s.Reports().Undo(t.Context(), by(at), r.Source) }
	if err := undo(there); key(err) != "store.no_report" {
		t.Errorf("from elsewhere: %v", err)
	}
	if err := undo(here); err != nil || len(works(t, s, here, store.WorkQuery{})) != 0 {
		t.Fatal(err)
	}
	if r = report(t, s, here, enrol.Hardship, table, false); r.Filed != 1 {
		t.Fatalf("%+v", r.Outturn)
	}
	w := works(t, s, here, store.WorkQuery{})[0]
	if err := desk().Decide(t.Context(), s, by(here), w.ID, w.Version, Choice{Reason: "no"}); err != nil {
		t.Fatal(err)
	}
	if err := undo(here); key(err) != "store.report_acted" {
		t.Errorf("acted on, and taken back: %v", err)
	}
	verified(t, s, 1)
}

// Payments are posted as far as they are due; the sums are the file's to the fen, whatever becomes of each row.
func TestPayments(t *testing.T) {
	t.Attr("clause", "SCE-9.1")
	t.Attr("clause", "SC38-5.2")
	pgtest.OnEngines(t, func(t *testing.T, address string) {
		s := open(t, address, filepath.Join(t.TempDir(), "k"))
		defer s.Close()
		var nos []enrol.PersonNo
		for i, name := range []string{"全", "多", "欠", "未"} {
			facts := []enrol.Fact{enrolledFor(2026, here)}
			if name == "未" {
				facts = nil
			}
			nos = append(nos, somebody(t, s, 2*i+1, name, here, facts...))
		}
		staff := somebody(t, s, 21, "工", there, enrol.Enrolled{On: "2026-01-01", Area: there, Way: enrol.Staff, StandardOf: 2026, Spell: enrol.Spell{From: "2026-01-01"}})
		row := func(receipt string, serial int, name, amount string) string {
			return receipt + "," + card("1990-02-03", serial) + "," + name + ",居民,2026,2026-01-15,510104,," + amount + ",\n"
		}
		const head = "税票号码,证件号码,姓名,险种,费款所属期,缴费日期,参保地,缴费工资,个人缴费,单位缴费\n"
		table := head + row("T1", 1, "全", "400") + row("T2", 3, "多", "400.01") + row("T3", 5, "欠", "100") + row("T4", 7, "未", "400") + row("T5", 99, "无", "400") + row("T1", 1, "全", "400") + row("T6", 1, "全", "400") +
			row("T7", 1, "另", "400") + row("T8", 9, "坏", "1.001") + row("T1", 1, "全", "401") +
			"T9," + card("1990-02-03", 21) + ",工,职工,2026-01,2026-02-01,510105,5000,100,325\n"
		r := report(t, s, "510100", enrol.TaxReturns, table, false)
		want := store.Outturn{Rows: 11, Refused: 2, Repeated: 1, Filed: 6, Applied: 2, Posted: 40000 + 40000 + 42500, Excess: 1 + 40000, Held: 10000 + 40000*3, Known: 40000, Unread: 40100}
		want.Amount = want.Posted + want.Excess + want.Held + want.Known + want.Unread
		if r.Outturn != want {
			t.Errorf("\n%+v, want\n%+v", r.Outturn, want)
		}
		paid := enrol.Valid[enrol.Paid](fileOf(t, s, nos[1]).File)
		if len(paid) != 1 || paid[0].Fact.Shares != (enrol.Shares{enrol.Person: 40000, enrol.Central: 40000, enrol.County: 27000}) || len(fileOf(t, s, staff).On("2026-01-31").Covers) != 1 {
			t.Errorf("%+v", paid)
		}
		if again := report(t, s, "510100", enrol.TaxReturns, table+"\n\n", false); again.Posted+again.Held+again.Excess != 0 || again.Repeated != 9 {
			t.Errorf("in another file: %+v", again.Outturn)
		}
		rest := report(t, s, "510100", enrol.TaxReturns, head+row("T10", 5, "欠", "300"), false)
		if rest.Posted != 30000 || rest.Applied != 1 || len(fileOf(t, s, nos[2]).On("2026-06-01").Covers) != 1 {
			t.Errorf("the rest: %+v", rest.Outturn)
		}
		if err := s.Reports().Undo(t.Context(), by("510100"), r.Source); key(err) != "store.report_acted" {
			t.Errorf("posted, and taken back: %v", err)
		}
		later(t, s, nos[3])
		collected(t, s)
		verified(t, s, 5)
	})
}

// later enrols who had paid without, and posts what was held; money too much is given back with what that rests on.
func later(t *testing.T, s *store.Store, no enrol.PersonNo) {
	t.Helper()
	for _, w := range works(t, s, here, store.WorkQuery{State: store.WorkOpen, Matter: enrol.TaxReturns}) {
		decide := func(step enrol.Step, reason string) error {
			return desk().Decide(t.Context(), s, by(here), w.ID, w.Version, Choice{Step: step, Reason: reason})
		}
		switch {
		case w.Person == no:
			if err := decide(enrol.PostPayment, ""); key(err) != "enrol.nothing_due" {
				t.Errorf("posted without an enrolment: %v", err)
			}
			p := fileOf(t, s, no)
			act := by(here)
			act.Action = "test"
			if _, err := s.Persons().Change(t.Context(), act, func(tx *store.Tx, people store.People) error {
				_, err := people.Append(no, p.Version, 1, enrolledFor(2026, here))
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if err := decide(enrol.PostPayment, ""); err != nil || len(fileOf(t, s, no).On("2026-06-01").Covers) != 1 {
				t.Error(err)
			}
		case w.Step == enrol.GiveBack:
			if err := decide(enrol.GiveBack, ""); key(err) != "intake.refund_reason" {
				t.Errorf("given back for nothing: %v", err)
			}
			if err := decide(enrol.GiveBack, "refund 7"); err != nil {
				t.Error(err)
			}
		}
	}
}

func collected(t *testing.T, s *store.Store) {
	t.Helper()
	act := by("510000")
	all, err := desk().Collect(t.Context(), s, act, 2026, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := all[enrol.CollectionKey{Area: here, Insurance: enrol.Resident}]; c.Due != 160000 || c.Received != 160000 || c.Rate().Exact(6) != money.NewRatio(1, 1).Exact(6) {
		t.Errorf("%+v", c)
	}
	if c := all[enrol.CollectionKey{Area: there, Insurance: enrol.Employee}]; c.Received != 42500 || c.Due != 10*42500 {
		t.Errorf("%+v", c)
	}
}

// A duplicate stands on the lists of both areas, is resolved by the one responsible, and leaves both lists; what the funds paid meanwhile is told.
func TestCovers(t *testing.T) {
	t.Attr("clause", "SCE-4.3")
	s := open(t, t.TempDir(), "")
	defer s.Close()
	no := somebody(t, s, 1, "甲", here, enrol.Covered{Area: there, Way: enrol.Staff, Spell: enrol.Spell{From: "2025-01-01"}}, enrol.Covered{Area: here, Way: enrol.Ordinary, Spell: enrol.YearOf(2026)},
		enrol.Used{Year: 2026, Reimbursed: 12345})
	somebody(t, s, 3, "乙", here, enrol.Covered{Area: here, Way: enrol.Ordinary, Spell: enrol.YearOf(2026)})
	find := func() CoverCheck {
		check, err := desk().Covers(t.Context(), s, by("510000"), false, nil)
		if err != nil {
			t.Fatal(err)
		}
		return check
	}
	if c := find(); c.Persons != 2 || c.Doubts[enrol.TwoSchemes] != 1 || c.Filed != 2 || len(c.Misspent) != 1 || c.Misspent[0].Total() != 12345 {
		t.Fatalf("%+v", c)
	}
	if c := find(); c.Filed != 0 || c.Repeated != 2 {
		t.Errorf("again: %+v", c)
	}
	mine, theirs := works(t, s, here, store.WorkQuery{State: store.WorkOpen}), works(t, s, there, store.WorkQuery{State: store.WorkOpen})
	if len(mine) != 1 || len(theirs) != 1 {
		t.Fatal(mine, theirs)
	}
	decide := func(at region.Code, w store.Work, c Choice) error {
		return desk().Decide(t.Context(), s, by(at), w.ID, w.Version, c)
	}
	wrong := mine[0].Report.Wrong
	if err := decide(there, theirs[0], Choice{Step: enrol.ResolveCover, Keep: wrong.No, Reason: "x"}); key(err) != "intake.elsewhere" {
		t.Errorf("the other area changes the file: %v", err)
	}
	if err := decide(here, mine[0], Choice{Step: enrol.ResolveCover, Keep: wrong.No, Reason: "works there"}); err != nil {
		t.Fatal(err)
	}
	if wrongs := desk().Terms.Wrongs(fileOf(t, s, no).File); len(wrongs) != 0 {
		t.Errorf("%+v", wrongs)
	}
	for _, at := range []region.Code{here, there} {
		if done := works(t, s, at, store.WorkQuery{State: store.WorkDone}); len(done) != 1 || done[0].Reason != "works there" {
			t.Errorf("%s is not told: %+v", at, done)
		}
	}
	verified(t, s, 2)
}

// keyOf is the key of what was refused.
func keyOf(err error) any {
	var said *fault.Error
	var refusal *fault.Refusal
	switch {
	case errors.As(err, &said):
		return said.Key
	case errors.As(err, &refusal):
		return refusal.Problems[0].Key
	}
	return err
}

func writtenTo(t testing.TB, table string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := os.WriteFile(path, []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Who has a file gets the years his row adds, once, when the import is told to; what contradicts his file comes back.
func TestPeopleAdd(t *testing.T) {
	t.Attr("clause", "SCE-4.1")
	s := open(t, t.TempDir(), "")
	defer s.Close()
	no := somebody(t, s, 1, "甲一", here, enrol.Covered{Area: here, Way: enrol.Ordinary, Spell: enrol.YearOf(2025)})
	elsewhere := somebody(t, s, 3, "甲三", there)
	const head = "证件号码,姓名,常住地,2025年参保身份,2026年参保身份,2026年缴费日期,2026年个人缴费\n"
	path := writtenTo(t, head+card("1990-02-03", 1)+",甲一,510104,居民,居民,2025-10-01,400\n"+card("1990-02-03", 3)+",甲三,510105,,居民,2025-10-01,400\n"+card("1990-02-03", 5)+",新人,510104,,居民,2025-10-01,400\n")
	o := options(here)
	if r, err := People(t.Context(), s, path, o); err != nil || r.Persons != 1 || len(r.Refused) != 2 {
		t.Fatalf("without: %+v, %v", r, err)
	}
	o.Add, o.Preview = true, true
	for _, preview := range []bool{true, false} {
		o.Preview = preview
		r, err := People(t.Context(), s, path, o)
		if err != nil || r.Added != 1 || r.Agreed != 1 || len(r.Refused) != 1 || r.Refused[3][0].Key != knownKey {
			t.Fatalf("preview %v: %+v, %v", preview, r, err)
		}
		if added := len(fileOf(t, s, no).On("2026-06-01").Covers) == 1; added == preview {
			t.Errorf("preview %v, and 2026 is there: %v", preview, added)
		}
	}
	if r, err := People(t.Context(), s, path, o); err != nil || r.Added != 0 || r.Agreed != 2 {
		t.Errorf("again: %+v, %v", r, err)
	}
	if len(fileOf(t, s, elsewhere).On("2026-06-01").Covers) != 0 {
		t.Error("a county adds to another's file")
	}
	other := writtenTo(t, head+card("1990-02-03", 1)+",甲一,510104,,单位职工,2026-01-15,400\n")
	if r, err := People(t.Context(), s, other, o); err != nil || r.Added != 0 || len(r.Refused[2]) != 1 || r.Refused[2][0].Key != "enrol.covered_already" {
		t.Errorf("contradicted: %+v, %v", r, err)
	}
	verified(t, s, 3)
}
