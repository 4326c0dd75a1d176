package exchange

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"tongchou/internal/fault"
	"tongchou/internal/locale"
	"tongchou/internal/money"
	"tongchou/internal/policy"
	"tongchou/internal/pool"
	"tongchou/internal/region"
	"tongchou/policies"
)

const (
	statementsHead = "year,division,insurance,income,expenditure,surplus_begin"
	statementsRow  = "2024,510100,employee,100.00,90.50,-3"
	statementsGood = statementsHead + "\n" + statementsRow + "\n"
	factorsHead    = "year,division,insurance,headcount,aged_share,cost_per_head,admission_rate,cost_per_admission,offsite_share"
	factorsGood    = factorsHead + "\n2024,510100,employee,1000,0.18,3210.55,1.2,8000,0.25\n"
	openingGood    = "insurance,fund,balance\nemployee,reserve,12.34\n"
	ageGroupsGood  = "year,division,insurance,group,headcount,cost\n2024,510100,resident,65+,10,99.9\n"
)

func printers(t testing.TB) []*locale.Printer {
	t.Helper()
	var out []*locale.Printer
	for _, lang := range []locale.Lang{locale.ZH, locale.EN} {
		p, err := locale.New(lang)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

// files puts one input in the place of its kind.
func files(kind Kind, in Input) Files {
	switch kind {
	case Statements:
		return Files{Statements: &in}
	case Factors:
		return Files{Factors: &in}
	case Openings:
		return Files{Openings: &in}
	}
	return Files{AgeGroups: &in}
}

func loadText(kind Kind, text string) (Loaded, error) {
	return Load(files(kind, Input{Name: "f.csv", Content: []byte(text)}))
}

func refusalOf(t testing.TB, err error) *fault.Refusal {
	t.Helper()
	var refusal *fault.Refusal
	if !errors.As(err, &refusal) {
		t.Fatalf("want a refusal, got %v", err)
	}
	return refusal
}

// wantProblem checks that a refusal is of one problem, and that people can read it in both languages.
func wantProblem(t testing.TB, err error, key string, row int, column string) {
	t.Helper()
	refusal := refusalOf(t, err)
	speaks(t, refusal)
	if len(refusal.Problems) != 1 {
		t.Fatalf("want one problem, got\n%v", refusal)
	}
	if p := refusal.Problems[0]; p.Key != key || p.Row != row || p.Column != column || p.File == "" {
		t.Errorf("want %s at %d:%s, got\n%v", key, row, column, refusal)
	}
}

func speaks(t testing.TB, refusal *fault.Refusal) {
	t.Helper()
	for _, p := range printers(t) {
		for _, problem := range refusal.Problems {
			if text := p.Problem(problem); strings.ContainsAny(text, "{}") || strings.Contains(text, problem.Key) {
				t.Errorf("%s: %q is no finished sentence", p.Lang, text)
			}
		}
	}
}

func TestLoadEveryKind(t *testing.T) {
	t.Attr("clause", "SC38-4.1")
	t.Attr("clause", "SC38-4.3")
	t.Attr("clause", "SC38-4.5")
	t.Attr("clause", "YN-2.5")
	statements := Input{Name: "s", Content: []byte(statementsHead + ",managerial,violation,planned_expenditure,levied,data_kind,name,note\n" +
		"2024,510100,employee,100.00,90.50,-3,true,1.5,80,70,synthetic,成都市,=1+1\n" +
		"\n , ,,,,,,,,,,,\n" +
		"2025,510000,居民医保, 0 ,0,,否,,,,,,\n")}
	factors := Input{Name: "f", Content: []byte(factorsGood)}
	openings := Input{Name: "o", Content: []byte(openingGood)}
	groups := Input{Name: "a", Content: []byte(ageGroupsGood)}
	loaded, err := Load(Files{Statements: &statements, Factors: &factors, Openings: &openings, AgeGroups: &groups})
	if err != nil {
		t.Fatal(err)
	}
	want := pool.Facts{
		Statements: []pool.Statement{
			{Key: pool.Key{Year: 2024, Division: "510100", Insurance: pool.Employee}, Place: fault.Place{File: "s", Row: 2}, Income: 10000, Spent: 9050,
				SurplusBegin: -300, Managerial: true, Violation: 150, Planned: 8000, HasPlanned: true, Levied: 7000, HasLevied: true, Synthetic: true},
			{Key: pool.Key{Year: 2025, Division: "510000", Insurance: pool.Resident}, Place: fault.Place{File: "s", Row: 5}, SurplusOpen: true},
		},
		Factors: []pool.FactorRow{{Key: pool.Key{Year: 2024, Division: "510100", Insurance: pool.Employee}, Place: fault.Place{File: "f", Row: 2}, Headcount: 1000,
			Values: map[pool.Factor]money.Ratio{pool.AgedShare: money.NewRatio(18, 100), pool.CostPerHead: money.NewRatio(321055, 1), pool.AdmissionRate: money.NewRatio(12, 10),
				pool.CostPerAdmission: money.NewRatio(800000, 1), pool.OffsiteShare: money.NewRatio(1, 4)}}},
		AgeGroups: []pool.AgeGroup{{Key: pool.Key{Year: 2024, Division: "510100", Insurance: pool.Resident}, Place: fault.Place{File: "a", Row: 2}, Group: "65+", Headcount: 10, Cost: 9990}},
		Openings:  []pool.Opening{{Place: fault.Place{File: "o", Row: 2}, Insurance: pool.Employee, Fund: pool.Reserve, Balance: 1234}},
	}
	if !reflect.DeepEqual(loaded.Facts, want) {
		t.Errorf("got  %+v\nwant %+v", loaded.Facts, want)
	}
	if !loaded.Synthetic || !loaded.Facts.Synthetic() {
		t.Error("made-up rows without their label")
	}
	if len(loaded.Digests) != 4 || loaded.Digests[0].Kind != Statements || loaded.Digests[0].Name != "s" || len(loaded.Digests[0].SM3) != 64 {
		t.Errorf("digests %+v", loaded.Digests)
	}
}

// GB/T 32905-2016, example 1.
func TestDigest(t *testing.T) {
	if got := digest([]byte("abc")); got != "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0" {
		t.Error(got)
	}
}

func TestEncodings(t *testing.T) {
	chinese := "年度,区划代码,名称,险种,当年收入,当年支出,年初累计结余,管理性缺口,数据性质\n2024,510100,成都市,职工,100,90.50,-3,是,合成数据\n"
	plain := strings.Replace(chinese, "成都市", "", 1)
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(chinese)
	if err != nil {
		t.Fatal(err)
	}
	want, err := loadText(Statements, chinese)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"UTF-8 with mark":        markUTF8 + chinese,
		"GB18030":                gb,
		"no name":                plain,
		"CRLF":                   strings.ReplaceAll(chinese, "\n", "\r\n"),
		"tabs":                   strings.ReplaceAll(chinese, ",", "\t"),
		"quoted":                 `"` + strings.ReplaceAll(strings.ReplaceAll(strings.TrimSuffix(chinese, "\n"), ",", `","`), "\n", "\"\n\"") + `"`,
		"no line end":            strings.TrimSuffix(chinese, "\n"),
		"spaces":                 strings.ReplaceAll(chinese, ",", " ,\u3000"),
		"columns without a name": strings.ReplaceAll(chinese, "\n", ",,\n"),
	} {
		got, err := loadText(Statements, text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !reflect.DeepEqual(got.Facts, want.Facts) {
			t.Errorf("%s: got %+v", name, got.Facts)
		}
	}
}

func TestRowsAreTheFilesOwn(t *testing.T) {
	loaded, err := loadText(Statements, statementsHead+",note\n\n"+statementsRow+",\"two\nlines\"\n"+strings.Replace(statementsRow, "510100", "510300", 1)+",\n")
	if err != nil {
		t.Fatal(err)
	}
	if rows := loaded.Facts.Statements; rows[0].Place.Row != 3 || rows[1].Place.Row != 5 {
		t.Errorf("rows %d and %d", rows[0].Place.Row, rows[1].Place.Row)
	}
}

// refusals are texts that are no files of their kind, and where they go wrong.
var refusals = []struct {
	name   string
	kind   Kind
	text   string
	key    string
	row    int
	column string
}{
	{"empty", Statements, "", "exchange.empty", 0, ""},
	{"blank lines", Statements, "\n\n , \n", "exchange.empty", 0, ""},
	{"header not in row 1", Statements, "\n" + statementsGood, "exchange.no_header", 1, ""},
	{"UTF-16", Statements, markUTF16LE + "y\x00", "exchange.text.utf16", 0, ""},
	{"no encoding", Statements, statementsGood + "2025,\xff\xff,", "exchange.text.encoding", 3, ""},
	{"marked as UTF-8 and is not", Statements, markUTF8 + statementsHead + "\n\xb3\xc9", "exchange.text.encoding", 2, ""},
	{"half a character", Statements, statementsGood + "2025,\xb3", "exchange.text.encoding", 3, ""},
	{"NUL", Statements, statementsHead + "\n2024,51\x000100,employee,1,1,1\n", "exchange.text.nul", 2, "B"},
	{"quote never closed", Statements, statementsGood + "2025,\"510100,employee,1,1,1\n2026,510100,employee,1,1,1\n", "exchange.csv.quote", 3, "B"},
	{"text after quote", Statements, statementsHead + "\n2024,\"510100\"x,employee,1,1,1\n", "exchange.csv.quote", 2, "B"},
	{"bare quote", Statements, statementsHead + "\n2024,510100,empl\"oyee,1,1,1\n", "exchange.csv.bare_quote", 2, "C"},
	{"row too short", Statements, statementsHead + "\n2024,510100,employee,1,1\n", "exchange.ragged.short", 2, "surplus_begin"},
	{"row too long", Statements, statementsHead + "\n" + statementsRow + ",7\n", "exchange.ragged.long", 2, "G"},
	{"column missing", Statements, "year,division,insurance,income,expenditure\n2024,510100,employee,1,1\n", "exchange.header.missing", 1, "surplus_begin"},
	{"factor missing", Factors, strings.NewReplacer(",offsite_share", "", ",0.25", "").Replace(factorsGood), "exchange.header.missing", 1, "offsite_share"},
	{"column unknown", Statements, statementsHead + ",violations\n" + statementsRow + ",5\n", "exchange.header.unknown", 1, "violations"},
	{"column of another kind", Statements, statementsHead + ",headcount\n" + statementsRow + ",5\n", "exchange.header.unknown", 1, "headcount"},
	{"column twice", Statements, statementsHead + ",当年收入\n" + statementsRow + ",5\n", "exchange.header.duplicate", 1, "当年收入"},
	{"name twice", Statements, statementsHead + ",名称,地区\n" + statementsRow + ",,\n", "exchange.header.duplicate", 1, "地区"},
	{"column without a name", Statements, statementsHead + ",\n" + statementsRow + ",5\n", "exchange.header.blank", 2, "G"},
	{"old workbook", Statements, oldMagic + "rest", "exchange.workbook.old", 0, ""},
	{"no workbook", Statements, zipMagic + "rest", "exchange.workbook.broken", 0, ""},

	{"year blank", Statements, cellOf(0, ""), "exchange.blank", 2, "year"},
	{"year short", Statements, cellOf(0, "24"), "exchange.year", 2, "year"},
	{"year long", Statements, cellOf(0, "20245"), "exchange.year", 2, "year"},
	{"year with a word", Statements, cellOf(0, "2024年"), "exchange.year", 2, "year"},
	{"year signed", Statements, cellOf(0, "+224"), "exchange.year", 2, "year"},
	{"year of zeros", Statements, cellOf(0, "0024"), "exchange.year", 2, "year"},
	{"division blank", Statements, cellOf(1, ""), "exchange.blank", 2, "division"},
	{"division by name", Statements, cellOf(1, "成都市"), "pool.unknown_division", 2, "division"},
	{"division of five digits", Statements, cellOf(1, "51010"), "pool.unknown_division", 2, "division"},
	{"division with decimals", Statements, cellOf(1, "510100.0"), "pool.unknown_division", 2, "division"},
	{"insurance blank", Statements, cellOf(2, " "), "exchange.blank", 2, "insurance"},
	{"insurance unknown", Statements, cellOf(2, "maternity"), "pool.unknown_insurance", 2, "insurance"},
	{"amount blank", Statements, cellOf(3, ""), "exchange.blank", 2, "income"},
	{"amount a word", Statements, cellOf(3, "none"), "exchange.amount.not_number", 2, "income"},
	{"amount with an exponent", Statements, cellOf(3, "1e5"), "exchange.amount.not_number", 2, "income"},
	{"amount with a unit", Statements, cellOf(3, "12万元"), "exchange.amount.not_number", 2, "income"},
	{"amount with a plus", Statements, cellOf(3, "+12"), "exchange.amount.not_number", 2, "income"},
	{"amount in full-width digits", Statements, cellOf(3, "１２"), "exchange.amount.not_number", 2, "income"},
	{"amount with three decimals", Statements, cellOf(3, "1.005"), "exchange.amount.decimals", 2, "income"},
	{"amount too large", Statements, cellOf(3, (money.MaxFen + 1).String()), "exchange.amount.too_large", 2, "income"},
	{"amount far too large", Statements, cellOf(3, strings.Repeat("9", 200)), "exchange.amount.too_large", 2, "income"},
	{"amount with separators", Statements, cellOf(3, `"1,234.50"`), "exchange.thousands", 2, "income"},
	{"amount with full-width separators", Statements, cellOf(3, "1，234.50"), "exchange.thousands", 2, "income"},
	{"amount with spaces", Statements, cellOf(3, "1 234.50"), "exchange.thousands", 2, "income"},
	{"surplus a word", Statements, cellOf(5, "?"), "exchange.amount.not_number", 2, "surplus_begin"},
	{"managerial unknown", Statements, statementsHead + ",managerial\n" + statementsRow + ",maybe\n", "exchange.yes_no", 2, "managerial"},
	{"violation a word", Statements, statementsHead + ",违规支出\n" + statementsRow + ",x\n", "exchange.amount.not_number", 2, "违规支出"},
	{"kind of data unknown", Statements, statementsHead + ",数据性质\n" + statementsRow + ",编造\n", "exchange.data_kind", 2, "数据性质"},

	{"headcount blank", Factors, factorOf(3, ""), "exchange.blank", 2, "headcount"},
	{"headcount with decimals", Factors, factorOf(3, "1.5"), "exchange.whole.decimals", 2, "headcount"},
	{"headcount a word", Factors, strings.Replace(factorOf(3, "many"), "headcount", "参保人数", 1), "exchange.whole.not_number", 2, "参保人数"},
	{"headcount too large", Factors, factorOf(3, "2000000001"), "exchange.whole.too_large", 2, "headcount"},
	{"headcount with separators", Factors, strings.NewReplacer(",", "\t", ";", ",").Replace(factorOf(3, "1;000")), "exchange.thousands", 2, "headcount"},
	{"rate a word", Factors, factorOf(4, "old"), "exchange.rate.not_number", 2, "aged_share"},
	{"rate a percentage", Factors, factorOf(4, "18%"), "exchange.rate.percent", 2, "aged_share"},
	{"rate with seven decimals", Factors, factorOf(4, "0.1234567"), "exchange.rate.decimals", 2, "aged_share"},
	{"rate too large", Factors, strings.Replace(factorOf(6, "1000001"), "admission_rate", "住院率", 1), "exchange.rate.too_large", 2, "住院率"},
	{"cost with three decimals", Factors, factorOf(5, "1.234"), "exchange.amount.decimals", 2, "cost_per_head"},

	{"fund unknown", Openings, "insurance,fund,balance\nemployee,savings,1\n", "exchange.fund", 2, "fund"},
	{"fund blank", Openings, "险种,资金,余额\n职工,,1\n", "exchange.blank", 2, "资金"},
	{"balance blank", Openings, "insurance,fund,balance\nemployee,reserve,\n", "exchange.blank", 2, "balance"},
	{"group blank", AgeGroups, strings.Replace(ageGroupsGood, "65+", "", 1), "exchange.blank", 2, "group"},
	{"group a formula", AgeGroups, strings.Replace(ageGroupsGood, "65+", "=1+1", 1), "exchange.group", 2, "group"},
	{"group on two lines", AgeGroups, strings.Replace(ageGroupsGood, "65+", "\"65\n+\"", 1), "exchange.group", 2, "group"},
	{"group too long", AgeGroups, strings.Replace(ageGroupsGood, "65+", strings.Repeat("老", 41), 1), "exchange.group", 2, "group"},
}

// cellOf is a file of statements with one cell replaced.
func cellOf(column int, text string) string {
	cells := strings.Split(statementsRow, ",")
	cells[column] = text
	return statementsHead + "\n" + strings.Join(cells, ",") + "\n"
}

func factorOf(column int, text string) string {
	lines := strings.Split(factorsGood, "\n")
	cells := strings.Split(lines[1], ",")
	cells[column] = text
	return lines[0] + "\n" + strings.Join(cells, ",") + "\n"
}

func TestRefusals(t *testing.T) {
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) {
			loaded, err := loadText(c.kind, c.text)
			wantProblem(t, err, c.key, c.row, c.column)
			if !reflect.DeepEqual(loaded.Facts, pool.Facts{}) {
				t.Error("facts beside a refusal")
			}
		})
	}
}

// What is in range is the room's business, and is read as it stands.
func TestRangesAreLeftToTheRoom(t *testing.T) {
	loaded, err := loadText(Statements, statementsHead+",violation\n2024,999999,employee,-1,-2,-3,-4\n")
	if err != nil || loaded.Facts.Statements[0].Income != -100 || loaded.Facts.Statements[0].Violation != -400 {
		t.Errorf("%+v %v", loaded.Facts, err)
	}
	loaded, err = loadText(Factors, factorsHead+"\n2024,510100,employee,-5,-1,,,,\n")
	if err != nil || loaded.Facts.Factors[0].Headcount != -5 || len(loaded.Facts.Factors[0].Values) != 1 || loaded.Facts.Factors[0].Values[pool.AgedShare].Sign() >= 0 {
		t.Errorf("%+v %v", loaded.Facts, err)
	}
}

func TestEveryProblemOfEveryFileTogether(t *testing.T) {
	statements := Input{Name: "s.csv", Content: []byte("年度,区划代码,险种,当年收入,当年支出,年初累计结余,错列\nx,510100,职工,1,1.234,1,\n2024,y,职工,,1,1,\n")}
	factors := Input{Name: "f.csv", Content: []byte(strings.NewReplacer("headcount,", "", "1000,", "", "employee", "z").Replace(factorsGood))} // its rows are not read
	_, err := Load(Files{Statements: &statements, Factors: &factors})
	var got []string
	refusal := refusalOf(t, err)
	speaks(t, refusal)
	for _, p := range refusal.Problems {
		got = append(got, p.File+":"+string(rune('0'+p.Row))+":"+p.Column+":"+p.Key)
	}
	want := []string{"f.csv:1:headcount:exchange.header.missing",
		"s.csv:1:错列:exchange.header.unknown", "s.csv:2:年度:exchange.year", "s.csv:2:当年支出:exchange.amount.decimals",
		"s.csv:3:区划代码:pool.unknown_division", "s.csv:3:当年收入:exchange.blank"}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestProblemsEnd(t *testing.T) {
	_, err := loadText(Statements, statementsHead+"\n"+strings.Repeat("x,x,x,x,x,x\n", maxProblems))
	refusal := refusalOf(t, err)
	if last := refusal.Problems[len(refusal.Problems)-1]; len(refusal.Problems) != maxProblems || last.Key != "exchange.too_many_problems" {
		t.Errorf("%d problems, the last %v", len(refusal.Problems), last)
	}
}

func TestLimits(t *testing.T) {
	_, err := loadText(Openings, "insurance,fund,balance\n"+strings.Repeat("x,x,x\n", maxRows+1))
	wantProblem(t, err, "exchange.rows", maxRows+2, "")
	_, err = loadText(Openings, strings.Repeat(",", maxColumns)+"\n")
	wantProblem(t, err, "exchange.columns", 1, "GS")
	_, err = loadText(Openings, "insurance,fund,balance\n"+strings.Repeat(" ", maxInput))
	wantProblem(t, err, "exchange.file.too_large", 0, "")
}

func TestExplainAndCite(t *testing.T) {
	library, err := policy.Load(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	sichuan, _ := library.Pack("sichuan")
	set := sichuan.At("2024-12-31")
	loaded, err := loadText(Statements, "年度,区划代码,险种,当年收入,当年支出,年初累计结余,违规支出\n2024,510100,职工,1,1,1,5\n")
	if err != nil {
		t.Fatal(err)
	}
	found := fault.Refuse(fault.Problem{File: "f.csv", Row: 2, Column: "violation", Message: fault.Msg("pool.negative", "value", "5")})
	explained := refusalOf(t, loaded.Explain(found))
	if p := explained.Problems[0]; p.Column != "违规支出" || found.Problems[0].Column != "violation" {
		t.Errorf("explained %+v, found %+v", p, found.Problems[0])
	}
	if p := refusalOf(t, loaded.Cite(set, explained)).Problems[0]; p.Column != "违规支出" || p.Clause != "SC38-4.7" {
		t.Errorf("cited %+v", p)
	}
	loaded, err = loadText(Statements, "年度,区划代码,险种,当年收入,当年支出,年初累计结余,违规支出\n2024,510100,职工,1,1,1,x\n")
	if p := refusalOf(t, loaded.Cite(set, err)).Problems[0]; p.Column != "违规支出" || p.Clause != "SC38-4.7" {
		t.Errorf("cited %+v", p)
	}
	other := errors.New("other")
	if loaded.Explain(other) != other || loaded.Explain(nil) != nil {
		t.Error("other errors are not Explain's business")
	}
}

// What follows only from cells that could not be read is not told beside them.
func TestRefusedTellsOnce(t *testing.T) {
	library, err := policy.Load(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := region.Load()
	if err != nil {
		t.Fatal(err)
	}
	sichuan, _ := library.Pack("sichuan")
	set := sichuan.At("2024-12-31")
	engine := pool.Engine{Library: library, Tree: tree}
	for _, c := range []struct {
		name string
		kind Kind
		text string
		want []string
	}{
		{"column missing", Factors, "year,division,insurance,aged_share,cost_per_head,admission_rate,cost_per_admission,offsite_share\n2024,510100,employee,1.5,1,1,1,1\n",
			[]string{"1:headcount:exchange.header.missing"}},
		{"years unread", Statements, statementsHead + "\nx,510100,employee,-1,1,1\ny,510100,employee,1,1,1\n",
			[]string{"2:year:exchange.year", "2:income:pool.negative", "3:year:exchange.year"}},
		{"really twice", Statements, statementsHead + "\n" + statementsRow + "\n" + strings.Replace(statementsRow, "100.00", "x", 1) + "\n",
			[]string{"3:income:exchange.amount.not_number", "3:division:pool.duplicate"}},
	} {
		refusal := refusalOf(t, Screen(c.kind, Input{Name: "f.csv", Content: []byte(c.text)}, set, engine.CheckRows))
		var got []string
		for _, p := range refusal.Problems {
			got = append(got, strconv.Itoa(p.Row)+":"+p.Column+":"+p.Key)
			if p.Clause == "" {
				t.Errorf("%s: %v cites nothing", c.name, p)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q", c.name, got)
		}
	}
}

func TestReadInput(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "收支表.csv")
	if err := os.WriteFile(path, []byte(statementsGood), 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := ReadInput(path)
	if err != nil || in.Name != path || string(in.Content) != statementsGood {
		t.Errorf("%+v %v", in, err)
	}
	_, err = ReadInput(dir)
	wantProblem(t, err, "exchange.file.directory", 0, "")
	_, err = ReadInput(path + "x")
	wantProblem(t, err, "exchange.file.missing", 0, "")
	if fault.KindOf(err) != fault.Refused || refusalOf(t, err).Problems[0].File != path+"x" {
		t.Error(err)
	}
	large, err := os.Create(filepath.Join(dir, "large"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(large.Truncate(maxInput+1), large.Close()); err != nil {
		t.Fatal(err)
	}
	_, err = ReadInput(large.Name())
	wantProblem(t, err, "exchange.file.too_large", 0, "")
}

func TestReadStandardInput(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	was := os.Stdin
	os.Stdin = read
	defer func() { os.Stdin = was }()
	go func() {
		write.WriteString(openingGood)
		write.Close()
	}()
	if in, err := ReadInput("-"); err != nil || in.Name != "-" || string(in.Content) != openingGood {
		t.Errorf("%+v %v", in, err)
	}
}

func TestPolicyVersion(t *testing.T) {
	version := PolicyVersion(policies.Files)
	if len(version) != 64 || version != PolicyVersion(policies.Files) {
		t.Error(version)
	}
	if PolicyVersion(os.DirFS(t.TempDir())) == version || PolicyVersion(os.DirFS("/nowhere")) == PolicyVersion(os.DirFS(t.TempDir())) {
		t.Error("different files, same version")
	}
}
