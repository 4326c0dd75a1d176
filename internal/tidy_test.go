package internal_test

import (
	"encoding/csv"
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"tongchou/internal/policy"
)

// longestFile is how many lines a file may have before it holds more than one noun.
const longestFile = 700

// chineseLiterals are the files outside package locale that may hold Chinese in a literal, each with its reason.
var chineseLiterals = map[string]string{
	"internal/policy/coverage.go": "the word that marks a citation in a comment",
}

// unwelcome are words that stand nowhere in the repository, each a pattern and what is wrong with it. The patterns are
// put together from pieces so that they do not find themselves.
var unwelcome = []struct{ pattern, why string }{
	{`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b`, "left over: finish it or write an issue"},
	{`(?i)\b(cla` + `ude|chat` + `gpt|ll` + `m|ai ag` + `ent|suba` + `gent|developer sess` + `ion)\b`, "the repository speaks of the project alone"},
	{`/(ro` + `ot|ho` + `me/[a-z]+|Us` + `ers/[A-Za-z]+|wo` + `rk/(main|shared))/`, "a path of one machine"},
}

// builtKeys are locale keys whose last parts come from data, each family with its reason. A * stands for any text; what
// stands before it must be written in the code.
var builtKeys = []struct{ keys, why string }{
	{"value.* policy.unit.* web.choice.* web.status.* web.document.* web.insurance.*", "values of choices, units, statuses and insurance types, by name"},
	{"factor.* figure.* pool.figure.* web.column.* web.key.* web.compare.* web.factor.*", "factors and figures, by name"},
	{"web.settlements.care.* web.settlements.show.* web.clearing.state.* web.clearing.do.* web.clearing.done.* web.my.objection.about.*", "kinds of care, states and acts of settlements, by name"},
	{"account.kind.* account.done.* account.value.*", "movements of accounts, what was done and what the policy sets, by name"},
	{"register.deed.* register.kind.* register.state.* register.channel.* register.disease.* register.done.* register.plain.*", "kinds, states and channels of registrations, by name"},
	{"fsi.lacks.*", "what a visit lacks, by name"},
	{"cli.bench.settle.kind.*", "kinds of load, by name"},
	{"clearing.layer.* cli.clearing.state.*", "layers and states of a clearing, by name"},
	{"catalog.expected.*", "columns of a catalogue, by name"},
	{"fsi.fund.*", "funds of a settlement, by the platform's field"},
	{"trace.emergency.*", "emergency kinds, by name"},
	{"web.enrol.act.* web.enrol.done.* web.enrol.bears.* web.enrol.document.* web.enrol.end.* web.enrol.fact.* web.enrol.figure.* web.enrol.part.* web.enrol.unit.* web.enrol.wrong.* web.group.unit.* web.lists.channel.* web.lists.result.* web.lists.show.* web.lists.state.* web.targets.done.* web.targets.state.* web.audit.action.*", "acts, payers, documents, facts and parts of an entitlement, by name"},
	{"enrol.why.*", "how alike two persons are, by name"},
	{"enrol.matter.* enrol.step.* cli.works.*", "what other departments report, what can be done about it, and commands, by name"},
	{"web.reports.tab.* web.reports.state.* web.works.state.* web.rules.done.*", "pages, states and acts of other departments' data, by name"},
	{"exchange.report.*", "columns, words and faults of other departments' files, by name"},
	{"trace.part.*", "how a part of a factor was computed, by name"},
	{"pool.warning.* cli.incentives.warning.* web.warning.* web.incentive.*", "kinds of warnings, by name"},
	{"web.menu.* web.tab.* web.reference.*", "pages, by name"},
	{"web.papers.done.* web.papers.file.*", "acts on a paper and kinds of files, by name"},
	{"web.calculator.field.* web.calculator.status.* web.converge.measure.*", "fields of the public calculator, statuses of policies and indicators, by name"},
	{"web.benefit.field.* web.benefit.part.* web.benefit.layer.*", "fields of the calculator, parts of a bill and of a schedule, by name"},
	{"web.stage.* web.unified.* web.trend.* web.level.* web.whatif.group.* web.simulation.group.* web.simulation.head.* web.simulation.fact.*", "lines of a figure or list, by name"},
	{"web.unit.* web.font.*", "settings of a page, by name"},
	{"cli.*.short cli.flag.* cli.usage.*", "commands and their flags, by name"},
	{"cli.demo.insured.* cli.demo.about.*", "made-up persons of a demonstration, by name"},
	{"cli.claims.head.* cli.claims.pivot.head.* cli.claims.part.* cli.sex.*", "columns of tables of claims, parts of a difference and sexes, by name"},
	{"exchange.column.* exchange.also.* exchange.word.* exchange.help.*", "columns of files and their words, by name"},
	{"exchange.adjustment.* exchange.figure.* exchange.fund.* exchange.step.*", "columns of result sheets, by figure"},
	{"exchange.result.* exchange.sheet.* exchange.short.* exchange.source.* exchange.template.*", "sheets of a workbook and lines of its notes, by name"},
	{"web.claims.row.* web.claims.care.* web.claims.sex.* web.claims.part.* web.claims.dimension.* web.claims.measure.* web.claims.level.*", "columns of settlements, kinds of care and parts of a difference, by name"},
	{"lake.factor.*", "figures drawn from claims, by name"},
	{"lake.check.*", "findings in claims and how severe they are, by name"},
	{"ledger.account.* ledger.nature.* ledger.side.* ledger.origin.* ledger.book.* ledger.kind.* ledger.party.* ledger.level.*", "accounts, books and whose they are, by name"},
	{"ledger.word.* ledger.voucher.* ledger.summary.* ledger.item.* ledger.item_state.* ledger.notice.* ledger.match.* ledger.left.* ledger.disposal.*", "vouchers, payments, notices and what was matched, by kind"},
	{"office.department.* office.user_state.* office.role.* office.action.* office.kind.* office.state.* office.act.*", "who may do what to which documents, by name"},
	{"web.ledger.tab.* web.ledger.state.* web.ledger.source.* web.ledger.drafts.done.* web.ledger.drafts.list.* web.ledger.todo.* web.ledger.across.*", "pages of a book, lists, acts and states of drafts and sources of vouchers, by name"},
	{"budget.stage.* budget.better.* web.budget.tab.*", "stages of performance, ways of an indicator and pages of the budget, by name"},
	{"budget.item.* budget.method.* budget.approver.*", "items of a budget, how they are computed and who approves, by name"},
	{"remit.order.* remit.cause.* web.money.done.* web.payment.* web.order.fund.* web.receipts.held.* web.receipts.state.* web.offsite.* web.orders.filled.*", "kinds of payment orders, what was done to payments and columns of their lists, by name"},
	{"web.document.done.* web.user.done.* web.audit.action.*", "what was done, by name"},
	{"web.system.tab.*", "pages of administration, by name"},
	{"office.chain.*", "what is wrong with an audit chain, by name"},
	{"settled.why.* settled.category.* settled.layer.* settled.level.* settled.place.* settled.group.* settled.income.* settled.delivery.* cli.simulate.by.*", "why the funds pay nothing, kinds of care, levels, places, groups, income groups, layers, deliveries and dimensions, by name"},
	{"exchange.people.*", "columns, words and faults of files of persons, by name"},
	{"web.my.tab.* web.my.choice.* web.my.part.* web.my.grant.state.* web.my.use.* web.my.done.* web.my.column.* web.my.objection.about.* web.my.objection.state.* web.my.objection.deed.* web.my.objection.outcome.*", "pages, choices, parts of a grant and steps of an objection, by name"},
	{"desk.grant.over.*", "why a grant does not hold, by name"},
	{"exchange.expected.* exchange.amount.* exchange.rate.* exchange.whole.*", "what a cell should have held, by its kind"},
}

// builtParameters are prefixes of parameter ids whose last part comes from data.
var builtParameters = []struct{ prefix, why string }{
	{"register.days.", "kinds of registrations, by name"},
	{"pool.collection.rate.", "insurance types, by name"},
	{"pool.collection.provincial_rate.", "insurance types, by name"},
	{"pool.factor.", "factors, by name"},
	{"benefit.", "kinds of care, insurance types, levels, places, groups and layers, by name"},
	{"income.disposable.", "insurance types, by name"},
	{"income.group.", "fifths of persons, by name"},
}

// pairs are documents that exist in English and in Chinese.
var pairs = [][2]string{{"README.md", "README.zh-CN.md"}, {"docs/manual/en.md", "docs/manual/zh.md"}}

// tidiness lists what is wrong with a Go file by itself.
func tidiness(s source) []string {
	var out []string
	complain := func(line int, what string) { out = append(out, fmt.Sprintf("%s:%d: %s", s.path, line, what)) }
	if n := strings.Count(s.text, "\n"); n > longestFile && !s.generated() {
		complain(n, fmt.Sprintf("%d lines, more than %d: perhaps more than one noun", n, longestFile))
	}
	if formatted, err := format.Source([]byte(s.text)); err != nil || string(formatted) != s.text && !s.generated() {
		complain(1, "not as gofmt writes it")
	}
	for _, declaration := range s.ast.Decls {
		if f, ok := declaration.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
			complain(s.line(f.Pos()), "an init function: say when it happens")
		}
	}
	if !s.test() && !s.generated() && !under(s.pkg(), "internal/locale") && chineseLiterals[s.path] == "" {
		s.literals(func(value string, node *ast.BasicLit) {
			if han(value) {
				complain(s.line(node.Pos()), "Chinese in a literal: it belongs to package locale")
			}
		})
	}
	return out
}

func han(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

var templComment = regexp.MustCompile(`(?s)/\*.*?\*/|<!--.*?-->|(?m:(^|\s)//[^\n]*$)`)

// templTidiness finds Chinese outside the comments of a templ file.
func templTidiness(name, text string) []string {
	bare := templComment.ReplaceAllStringFunc(text, func(comment string) string {
		return strings.Repeat("\n", strings.Count(comment, "\n"))
	})
	var out []string
	for i, line := range strings.Split(bare, "\n") {
		if han(line) {
			out = append(out, fmt.Sprintf("%s:%d: Chinese in a page: it belongs to package locale", name, i+1))
		}
	}
	return out
}

func TestTidy(t *testing.T) {
	h := read(t)
	var all []string
	for _, s := range h.sources {
		all = append(all, tidiness(s)...)
	}
	for name, text := range h.templates() {
		all = append(all, templTidiness(name, text)...)
	}
	report(t, all)
	for name := range chineseLiterals {
		if _, ok := h.texts[name]; !ok {
			t.Errorf("%s, an exception, is gone", name)
		}
	}
}

func TestUntidinessIsFound(t *testing.T) {
	for _, c := range []struct{ path, text, want string }{
		{"internal/pool/a.go", "package pool\n", ""},
		{"internal/pool/a.go", "package pool\n\n\n", "gofmt"},
		{"internal/pool/a.go", "package pool\n\nfunc init() {}\n", "init"},
		{"internal/pool/a.go", "package pool\n\nconst x = \"职工\"\n", "Chinese"},
		{"internal/pool/a.go", "package pool\n\nconst x = '职'\n", "Chinese"},
		{"internal/pool/a.go", "package pool\n\n// x is 职工.\nconst x = \"employee\"\n", ""},
		{"internal/pool/a_test.go", "package pool\n\nconst x = \"职工\"\n", ""},
		{"internal/locale/a.go", "package locale\n\nconst x = \"职工\"\n", ""},
		{"internal/pool/a.go", "package pool\n" + strings.Repeat("\n// x\n", longestFile), "lines"},
	} {
		got := tidiness(must(t, map[string]string{c.path: c.text})[0])
		if c.want == "" && len(got) > 0 || c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)) {
			t.Errorf("%.60q: got %q, want %q", c.text, got, c.want)
		}
	}
	for text, want := range map[string]int{
		"<p>{ f.T(\"a.b\") }</p>": 0, "<p>总览</p>": 1, "// 总览\n<p></p>": 0, "<a href=\"https://x\">总览</a>": 1,
		"/* 总\n览 */\n<!-- 总览 -->\n": 0, "<p>\n总览</p>": 1, "x // 总览": 0,
	} {
		if got := templTidiness("a.templ", text); len(got) != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// words lists the unwelcome words of a text.
func words(name, text, root string) []string {
	var out []string
	for i, line := range strings.Split(text, "\n") {
		for _, u := range unwelcome {
			if found := regexp.MustCompile(u.pattern).FindString(line); found != "" {
				out = append(out, fmt.Sprintf("%s:%d: %q: %s", name, i+1, found, u.why))
			}
		}
		if root != "" && strings.Contains(line, root) {
			out = append(out, fmt.Sprintf("%s:%d: a path of this machine", name, i+1))
		}
	}
	return out
}

func TestWords(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for name, text := range read(t).texts {
		all = append(all, words(name, text, root+string(filepath.Separator))...)
	}
	report(t, all)
	for _, bad := range []string{"// TO" + "DO later", "as Cla" + "ude says", "an AI ag" + "ent", "see /ro" + "ot/x", "in /x/y/z"} {
		if got := words("a.go", bad, "/x/y/"); len(got) != 1 {
			t.Errorf("%q: %q", bad, got)
		}
	}
	for _, good := range []string{"skill", "method", "GET /pool/sheet"} {
		if got := words("a.go", good, "/x/y/"); len(got) != 0 {
			t.Errorf("%q: %q", good, got)
		}
	}
}

// undocumented lists exported identifiers without a doc comment: functions, methods, types, constants and variables.
func undocumented(s source) []string {
	var out []string
	complain := func(id *ast.Ident) {
		out = append(out, fmt.Sprintf("%s:%d: %s has no doc comment", s.path, s.line(id.Pos()), id.Name))
	}
	for _, declaration := range s.ast.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) {
				complain(d.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch n := spec.(type) {
				case *ast.TypeSpec:
					if n.Name.IsExported() && n.Doc == nil && (d.Doc == nil || d.Lparen.IsValid()) {
						complain(n.Name)
					}
				case *ast.ValueSpec:
					for _, id := range n.Names {
						if id.IsExported() && d.Doc == nil && n.Doc == nil && n.Comment == nil {
							complain(id)
						}
					}
				}
			}
		}
	}
	return out
}

func exportedReceiver(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return true
	}
	t := f.Recv.List[0].Type
	if pointer, ok := t.(*ast.StarExpr); ok {
		t = pointer.X
	}
	id, ok := t.(*ast.Ident)
	return !ok || id.IsExported()
}

func TestRoomsAreDocumented(t *testing.T) {
	var all []string
	for _, s := range read(t).sources {
		room, _, _ := strings.Cut(strings.TrimPrefix(s.path, "internal/"), "/")
		if !s.test() && slices.Contains(rooms, room) {
			all = append(all, undocumented(s)...)
		}
	}
	report(t, all)
	s := must(t, map[string]string{"internal/pool/a.go": `package pool

func F() {}

type T struct{}

func (T) M() {}

type t struct{}

func (t) M() {}

const (
	A = 1
	B = 2 // b
)

// Documented.
const (
	C = 3
)
`})
	if got := undocumented(s[0]); len(got) != 4 {
		t.Errorf("F, T, M and A are undocumented: %q", got)
	}
}

// uncited lists citations of clauses that there are not: in comments, in test attributes, and in code.
func uncited(s source, library *policy.Library) []string {
	var out []string
	check := func(at token.Pos, id policy.ClauseID) {
		if _, ok := library.Clause(id); !ok {
			out = append(out, fmt.Sprintf("%s:%d: there is no clause %s", s.path, s.line(at), id))
		}
	}
	for _, group := range s.ast.Comments {
		for _, id := range policy.Cited(group.Text()) {
			check(group.Pos(), id)
		}
		for _, line := range strings.Split(group.Text(), "\n") {
			if strings.HasPrefix(line, "依据") && len(policy.Cited(line)) == 0 {
				out = append(out, fmt.Sprintf("%s:%d: cites nothing: %s", s.path, s.line(group.Pos()), line))
			}
		}
	}
	if !s.test() {
		s.literals(func(value string, node *ast.BasicLit) {
			if document, _, ok := strings.Cut(value, "-"); ok && clausePattern.MatchString(value) {
				if _, ok := library.Document(document); ok {
					check(node.Pos(), policy.ClauseID(value))
				}
			}
		})
		return out
	}
	ast.Inspect(s.ast, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && len(call.Args) == 2 {
			selector, ok := call.Fun.(*ast.SelectorExpr)
			key, okKey := stringOf(call.Args[0])
			value, okValue := stringOf(call.Args[1])
			if ok && okKey && okValue && selector.Sel.Name == "Attr" && key == "clause" {
				check(call.Pos(), policy.ClauseID(value))
			}
		}
		return true
	})
	return out
}

var clausePattern = regexp.MustCompile(`^[A-Z][A-Z0-9]*-[0-9]+(\.[0-9]+)*$`)

func stringOf(e ast.Expr) (string, bool) {
	literal, ok := e.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	value, err := strconv.Unquote(literal.Value)
	return value, err == nil
}

// uncitedRows lists the rows of a table whose clause column names a clause that there is not.
func uncitedRows(name, text string, library *policy.Library) []string {
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil
	}
	column := slices.Index(rows[0], "clause")
	var out []string
	for i, row := range rows[1:] {
		if column < 0 {
			break
		}
		if _, ok := library.Clause(policy.ClauseID(row[column])); !ok {
			out = append(out, fmt.Sprintf("%s:%d: there is no clause %q", name, i+2, row[column]))
		}
	}
	return out
}

func TestCitations(t *testing.T) {
	library := laws(t)
	var all []string
	for name, text := range read(t).texts {
		if path.Ext(name) == ".csv" {
			all = append(all, uncitedRows(name, text, library)...)
		}
	}
	if got := uncitedRows("a.csv", "figure,clause\npaid,SC38-4.2\nnet,\nnet,SC38-99.9\n", library); len(got) != 2 {
		t.Errorf("rows 3 and 4 cite nothing: %q", got)
	}
	for _, s := range read(t).sources {
		if s.pkg() != "internal" {
			all = append(all, uncited(s, library)...)
		}
	}
	report(t, all)
	for text, want := range map[string]int{
		"// F does.\n//\n// 依据: SC38-4.4, YN-99.1\nfunc F() {}\n": 1, "// 依据: none\nfunc F() {}\n": 1,
		"const c = \"SC38-99.9\"\n": 1, "const c = \"SC38-4.4\"\n": 0, "const c = \"GB-18030\"\n": 0,
	} {
		if got := uncited(must(t, map[string]string{"internal/pool/a.go": "package pool\n\n" + text})[0], library); len(got) != want {
			t.Errorf("%q: %q", text, got)
		}
	}
	test := "package pool\n\nfunc f(t T) { t.Attr(\"clause\", \"SC38-99.9\"); t.Attr(\"clause\", \"SC38-4.4\") }\n"
	if got := uncited(must(t, map[string]string{"internal/pool/a_test.go": test})[0], library); len(got) != 1 {
		t.Errorf("an attribute that cites nothing: %q", got)
	}
}

// Every parameter that is defined or set is read by some code outside tests.
func TestParametersAreUsed(t *testing.T) {
	library := laws(t)
	written := map[string]bool{}
	for _, s := range read(t).sources {
		if !s.test() && under(s.pkg(), "internal") {
			s.literals(func(value string, _ *ast.BasicLit) { written[value] = true })
		}
	}
	for _, b := range builtParameters {
		if !written[b.prefix] || b.why == "" {
			t.Errorf("no code builds parameters %s… any more", b.prefix)
		}
	}
	for _, d := range library.Definitions {
		built := slices.ContainsFunc(builtParameters, func(b struct{ prefix, why string }) bool {
			return strings.HasPrefix(string(d.ID), b.prefix)
		})
		if !written[string(d.ID)] && !built {
			t.Errorf("no code reads parameter %s", d.ID)
		}
	}
}

// Documents that people start with exist in both languages, and no translation stands alone.
func TestDocumentsInBothLanguages(t *testing.T) {
	h := read(t)
	all := slices.Clone(pairs)
	for name := range h.texts {
		if english, ok := strings.CutSuffix(name, ".zh-CN.md"); ok {
			all = append(all, [2]string{english + ".md", name})
		}
		if chinese, ok := strings.CutPrefix(name, "docs/manual/zh/"); ok && path.Ext(name) == ".md" {
			all = append(all, [2]string{"docs/manual/en/" + chinese, name})
		}
		if english, ok := strings.CutPrefix(name, "docs/manual/en/"); ok && path.Ext(name) == ".md" {
			all = append(all, [2]string{name, "docs/manual/zh/" + english})
		}
	}
	for _, pair := range all {
		for _, name := range pair {
			if _, err := os.Stat(filepath.Join("..", filepath.FromSlash(name))); err != nil {
				t.Errorf("%s is missing: %v", name, err)
			}
		}
	}
}
