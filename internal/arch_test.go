package internal_test

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "tongchou/"

// Names for several packages in the table below.
var (
	ground = list("fault money region policy locale canon")
	rooms  = list("claim budget pool enrol benefit payment desk ledger catalog provider supervise plan forecast office synth clearing register account")
)

// floor is a row of the import table: a package and everything under it, the height it stands at (a test may import
// whatever stands no higher), what of ours it may import, and why.
type floor struct {
	pkg     string
	height  int
	imports string
	why     string
}

// floors is the import table. Arrows point one way: ground ← rooms ← (store, lake, exchange) ← web ← cmd.
var floors = []floor{
	{"internal/fault", 0, "", "a fault is known to everything and knows nothing"},
	{"internal/money", 0, "", "amounts are arithmetic alone"},
	{"internal/canon", 0, "", "canonical forms are bytes alone"},
	{"internal/region", 0, "", "divisions are facts; whoever uses them turns its errors into faults"},
	{"internal/policy", 1, "fault money region", "law as data speaks of rates and provinces"},
	{"internal/policy/policytest", 1, "policy policies", "gives tests the policy files; no program imports it"},
	{"internal/pgtest", 0, "", "starts PostgreSQL for tests; no program imports it"},
	{"internal/locale", 2, "fault money region policy", "turns messages with domain values into the reader's language"},

	{"internal/claim", 3, "ground", "a settlement row and its identities: a pure room"},
	{"internal/budget", 3, "ground pool", "预算管理: a pure room that speaks of pooling areas, insurance types and steps as pool does"},
	{"internal/pool", 3, "ground", "基金调剂: a pure room"},
	{"internal/enrol", 3, "ground", "参保筹资: a pure room"},
	{"internal/benefit", 3, "ground", "待遇保障: a pure room"},
	{"internal/payment", 3, "ground", "支付机制: a pure room"},
	{"internal/desk", 3, "ground enrol office", "经办管理: a pure room; it speaks of persons as enrol does, and of who acts as office does"},
	{"internal/register", 3, "ground enrol benefit office", "备案与认定: a pure room; it speaks of persons as enrol does, of care as benefit does, and of who acts as office does"},
	{"internal/account", 3, "ground enrol", "个人账户: a pure room; it puts in what enrol knows was paid"},
	{"internal/ledger", 3, "ground pool", "账务: a pure room; it books what pooling computes"},
	{"internal/clearing", 3, "ground pool ledger office", "清算: a pure room; it adds settlements up to what is owed, and says what of it is booked"},
	{"internal/catalog", 3, "ground benefit", "catalogues and prices: a pure room"},
	{"internal/provider", 3, "ground", "institutions and credit: a pure room"},
	{"internal/supervise", 3, "ground", "audit of claims: a pure room"},
	{"internal/plan", 3, "ground", "indicators: a pure room"},
	{"internal/forecast", 3, "ground", "risk: a pure room"},
	{"internal/office", 3, "ground", "users, roles and approvals: a pure room"},
	{"internal/synth", 3, "ground pool claim benefit", "a synthetic province is made of the facts that pooling reads, of claims, and of visits to settle"},

	{"internal/store", 4, "ground rooms", "keeps what rooms compute"},
	{"internal/store/storetest", 4, "ground rooms store", "what every engine must do; no program imports it"},
	{"internal/lake", 4, "ground rooms", "draws the facts of rooms from claims"},
	{"internal/exchange", 4, "ground rooms", "reads and writes the facts and results of rooms"},
	{"internal/exchange/people", 4, "ground rooms exchange", "reads and writes files of persons, by the million rows"},
	{"internal/exchange/fsi", 4, "ground", "reads and writes the platform's messages; no I/O"},
	{"internal/counter", 5, "ground rooms store fsi", "does what institutions ask for over the platform's interface"},
	{"internal/intake", 5, "ground rooms store people", "takes files of persons into the store"},
	{"internal/remit", 5, "ground rooms store exchange", "joins what was computed, signed, booked and kept into money that moves"},
	{"internal/web", 5, "ground rooms store lake exchange remit people intake counter fsi", "shows everything below; policy files are handed to it"},
	{"cmd/tongchou", 6, "ground rooms store lake exchange remit people intake web policies counter fsi", "the only place that knows everything"},

	{"policies", 0, "", "files without code"},
	{"internal", 6, "ground policies", "these tests"},
	{"tools/clauses", 6, "ground policies policytest", "finds out from test results what carries each clause"},
}

// shelf is a row of the table of packages from elsewhere that are kept to some places: the package and everything under
// it, who may import it outside tests, and why.
type shelf struct {
	pkg string
	who string
	why string
}

// shelves lists them. A module that is not here may not be imported at all.
var shelves = []shelf{
	{"net/http", "internal/web cmd/tongchou", "all HTTP in one place, so that its defences are in one place"},
	{"database/sql", "internal/store internal/lake internal/pgtest", "all SQL of the relational store in one place, and that of the claims in another"},
	{"modernc.org/sqlite", "internal/store", "the embedded relational store"},
	{"github.com/jackc/pgx/v5", "internal/store internal/lake internal/pgtest", "the grown stores"},
	{"github.com/duckdb/duckdb-go/v2", "internal/lake", "the claims store"},
	{"github.com/parquet-go/parquet-go", "internal/lake", "the claims store's files"},
	{"github.com/a-h/templ", "internal/web", "pages"},
	{"github.com/coreos/go-oidc/v3", "internal/web", "single sign-on"},
	{"golang.org/x/oauth2", "internal/web", "the code exchange of single sign-on"},
	{"github.com/prometheus/client_golang", "internal/web cmd/tongchou", "metrics"},
	{"github.com/spf13/cobra", "cmd/tongchou", "the command line"},
	{"github.com/spf13/pflag", "cmd/tongchou", "its flags, for the manual"},
	{"github.com/schollz/progressbar/v3", "cmd/tongchou", "progress on a terminal"},
	{"github.com/xuri/excelize/v2", "internal/exchange", "spreadsheets"},
	{"github.com/emmansun/gmsm", "internal/exchange internal/office internal/ledger internal/store internal/lake", "国密 digests, seals, chains and pseudonyms"},
	{"golang.org/x/crypto", "internal/office", "argon2id, which gmsm does not have: what passwords are kept as"},
	{"golang.org/x/text/encoding", "internal/exchange internal/lake", "GB18030 files"},
	{"golang.org/x/text/width", "cmd/tongchou", "tables that line up when the text is Chinese"},
	{"go.yaml.in/yaml/v3", "internal/policy internal/exchange internal/lake tools/clauses", "policy files, the note that stands in a data directory, and column mappings"},
	{"pgregory.net/rapid", "", "property tests"},
	{"github.com/chromedp", "", "pages in a real browser"},
	{"github.com/rogpeppe/go-internal", "", "stories as scripts"},
}

// impure are the standard packages a pure place does without: facts go in, results come out.
var impure = list("database/sql net os syscall unsafe plugin log math/rand crypto/rand")

// The pure places are the ground and the rooms.
var (
	// impureCalls are what they do not call, by package: the day is given to them, and they print nothing.
	impureCalls = map[string][]string{
		"time": list("Now Since Until Sleep After AfterFunc Tick NewTimer NewTicker"),
		"fmt":  list("Print Printf Println Scan Scanf Scanln"),
	}
	// pureExceptions are what one of them may import all the same.
	pureExceptions = map[string]struct{ pkg, why string }{
		"internal/synth":             {"math/rand/v2", "dice, thrown from a seed it is given"},
		"internal/policy/policytest": {"os", "reads which policy files a test run is to use"},
	}
)

func list(text string) []string { return strings.Fields(text) }

func under(pkg, top string) bool { return pkg == top || strings.HasPrefix(pkg, top+"/") }

// floorOf finds the row of a package: the longest that holds it. The row "internal" stands for the directory alone.
func floorOf(pkg string) (floor, bool) {
	var found floor
	for _, f := range floors {
		if under(pkg, f.pkg) && len(f.pkg) > len(found.pkg) && (f.pkg != "internal" || pkg == "internal") {
			found = f
		}
	}
	return found, found.pkg != ""
}

// may tells whether a floor's own row names another floor.
func (f floor) may(other floor) bool {
	name := strings.TrimPrefix(other.pkg, "internal/")
	for _, word := range list(f.imports) {
		switch {
		case word == "ground" && slices.Contains(ground, name), word == "rooms" && slices.Contains(rooms, name),
			word == name, word == path.Base(other.pkg):
			return true
		}
	}
	return f.pkg == other.pkg
}

func (f floor) pure() bool {
	name, _, _ := strings.Cut(strings.TrimPrefix(f.pkg, "internal/"), "/")
	return strings.HasPrefix(f.pkg, "internal/") && (slices.Contains(ground, name) || slices.Contains(rooms, name))
}

// violations lists what a file imports or calls against the tables.
func violations(s source) []string {
	here, ok := floorOf(s.pkg())
	if !ok {
		return []string{fmt.Sprintf("%s: package %s has no row in the import table", s.path, s.pkg())}
	}
	var out []string
	complain := func(node ast.Node, format string, args ...any) {
		out = append(out, fmt.Sprintf("%s:%d: ", s.path, s.line(node.Pos()))+fmt.Sprintf(format, args...))
	}
	for _, spec := range s.ast.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			complain(spec, "import of %s", spec.Path.Value)
			continue
		}
		if spec.Name != nil && spec.Name.Name == "." {
			complain(spec, "a dot import hides where names come from")
		}
		if ours, ok := strings.CutPrefix(imported, module); ok {
			if reason := s.refusesOurs(here, ours); reason != "" {
				complain(spec, "%s", reason)
			}
			continue
		}
		if reason := s.refusesOther(here, imported); reason != "" {
			complain(spec, "%s", reason)
		}
	}
	if here.pure() && !s.test() {
		s.impureCalls(complain)
	}
	return out
}

// refusesOurs says why a file may not import a package of the module; empty when it may.
func (s source) refusesOurs(here floor, imported string) string {
	there, ok := floorOf(imported)
	switch {
	case !ok:
		return imported + " has no row in the import table"
	case here.may(there):
		return ""
	case !s.test():
		return fmt.Sprintf("%s may import %q of ours, not %s", here.pkg, here.imports, imported)
	case there.height > here.height:
		return fmt.Sprintf("a test of %s may import what stands no higher, not %s", here.pkg, imported)
	}
	return ""
}

// refusesOther says why a file may not import a package from elsewhere; empty when it may.
func (s source) refusesOther(here floor, imported string) string {
	exempt := under(imported, pureExceptions[here.pkg].pkg) && pureExceptions[here.pkg].pkg != ""
	if here.pure() && !s.test() && !exempt {
		for _, i := range impure {
			if under(imported, i) {
				return fmt.Sprintf("%s is pure and does without %s", here.pkg, imported)
			}
		}
	}
	first, _, _ := strings.Cut(imported, "/")
	for _, row := range shelves {
		if !under(imported, row.pkg) {
			continue
		}
		if s.test() || slices.ContainsFunc(list(row.who), func(w string) bool { return under(here.pkg, w) }) {
			return ""
		}
		return fmt.Sprintf("%s is kept to %q (%s), not %s", row.pkg, row.who, row.why, here.pkg)
	}
	if strings.Contains(first, ".") {
		return imported + " is not in the table of packages from elsewhere"
	}
	return ""
}

// impureCalls finds uses of the clock and of the standard streams, under whatever name their package is imported.
func (s source) impureCalls(complain func(ast.Node, string, ...any)) {
	packages := map[string]string{}
	for _, spec := range s.ast.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		name := path.Base(imported)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		packages[name] = imported
	}
	ast.Inspect(s.ast, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if id, ok := selector.X.(*ast.Ident); ok && slices.Contains(impureCalls[packages[id.Name]], selector.Sel.Name) {
			complain(selector, "%s.%s in a pure place", packages[id.Name], selector.Sel.Name)
		}
		return true
	})
}

func TestImports(t *testing.T) {
	h := read(t)
	if len(h.sources) < 10 {
		t.Fatalf("only %d files found", len(h.sources))
	}
	var all []string
	for _, s := range h.sources {
		all = append(all, violations(s)...)
	}
	report(t, all)
}

// The table itself: every row has a reason, names that stand for packages, and allows nothing that stands higher.
func TestImportTable(t *testing.T) {
	for i, f := range floors {
		if f.why == "" || slices.ContainsFunc(floors[:i], func(g floor) bool { return g.pkg == f.pkg }) {
			t.Errorf("row %s: no reason, or there twice", f.pkg)
		}
		for _, g := range floors {
			if f.pkg != g.pkg && f.may(g) && g.height > f.height {
				t.Errorf("%s may import %s, which stands higher", f.pkg, g.pkg)
			}
		}
	}
	for _, name := range append(slices.Clone(ground), rooms...) {
		if _, ok := floorOf("internal/" + name); !ok {
			t.Errorf("%s has no row", name)
		}
	}
	for _, row := range shelves {
		if row.why == "" {
			t.Errorf("row %s: no reason", row.pkg)
		}
		for _, who := range list(row.who) {
			if f, ok := floorOf(who); !ok || f.pkg != who {
				t.Errorf("row %s: no such place %s", row.pkg, who)
			}
		}
	}
}

// Each kind of violation is found, and what is allowed is not.
func TestViolationsAreFound(t *testing.T) {
	for _, c := range []struct{ path, text, want string }{
		{"internal/pool/a.go", `import "tongchou/internal/money"`, ""},
		{"internal/pool/a.go", `import "tongchou/internal/budget"`, "internal/pool may import"},
		{"internal/pool/a.go", `import "tongchou/internal/store"`, "internal/pool may import"},
		{"internal/pool/sub/a.go", `import "tongchou/internal/pool"`, ""},
		{"internal/pool/a.go", `import "os"`, "pure"},
		{"internal/pool/a.go", `import "os/exec"`, "pure"},
		{"internal/pool/a.go", `import "net/http"`, "pure"},
		{"internal/pool/a.go", `import "database/sql"`, "pure"},
		{"internal/pool/a.go", `import "math/rand"`, "pure"},
		{"internal/pool/a.go", `import "math/rand/v2"`, "pure"},
		{"internal/synth/a.go", `import "math/rand/v2"`, ""},
		{"internal/synth/a.go", `import "math/rand"`, "pure"},
		{"internal/synth/a.go", `import "tongchou/internal/pool"`, ""},
		{"internal/pool/a.go", `import "tongchou/internal/synth"`, "internal/pool may import"},
		{"internal/pool/a.go", "import \"time\"\nvar x = time.Now()", "time.Now"},
		{"internal/pool/a.go", "import clock \"time\"\nvar x = clock.Since", "time.Since"},
		{"internal/pool/a.go", "import \"time\"\nvar x = time.UTC", ""},
		{"internal/pool/a.go", "import \"fmt\"\nvar x = fmt.Println", "fmt.Println"},
		{"internal/pool/a.go", "import \"fmt\"\nvar x = fmt.Sprint", ""},
		{"internal/web/a.go", "import \"time\"\nvar x = time.Now()", ""},
		{"internal/pool/a.go", `import . "strings"`, "dot import"},
		{"internal/money/a.go", `import "tongchou/internal/fault"`, "internal/money may import"},
		{"internal/region/a.go", `import "tongchou/internal/fault"`, "internal/region may import"},
		{"internal/policy/a.go", `import "tongchou/internal/locale"`, "internal/policy may import"},
		{"internal/locale/a.go", `import "tongchou/internal/policy"`, ""},
		{"internal/policy/a.go", `import "tongchou/policies"`, "internal/policy may import"},
		{"internal/policy/a.go", `import "os"`, "pure"},
		{"internal/policy/policytest/a.go", `import "os"`, ""},
		{"internal/web/a.go", `import "tongchou/internal/policy/policytest"`, "internal/web may import"},
		{"internal/web/a_test.go", `import "tongchou/internal/policy/policytest"`, ""},
		{"internal/store/a.go", `import "database/sql"`, ""},
		{"internal/store/a.go", `import "tongchou/internal/exchange"`, "internal/store may import"},
		{"internal/lake/a.go", `import "database/sql"`, ""},
		{"internal/exchange/a.go", `import "database/sql"`, "kept to"},
		{"internal/exchange/a.go", `import "net/http"`, "kept to"},
		{"internal/web/a.go", `import "net/http"`, ""},
		{"internal/web/a.go", `import "tongchou/policies"`, "internal/web may import"},
		{"internal/exchange/a.go", `import "tongchou/internal/web"`, "internal/exchange may import"},
		{"cmd/tongchou/a.go", `import "tongchou/internal/web"`, ""},
		{"tools/clauses/a.go", `import "tongchou/internal/web"`, "tools/clauses may import"},
		{"cmd/other/a.go", `import "fmt"`, "no row"},
		{"internal/util/a.go", `import "fmt"`, "no row"},
		{"internal/web/a.go", `import "tongchou/internal/util"`, "no row"},
		{"internal/web/a.go", `import "example.org/x"`, "not in the table"},
		{"internal/pool/a.go", `import "pgregory.net/rapid"`, "kept to"},
		{"internal/pool/a_test.go", `import "pgregory.net/rapid"`, ""},
		{"internal/pool/a_test.go", `import "os"`, ""},
		{"internal/pool/a_test.go", `import "tongchou/policies"`, ""},
		{"internal/pool/a_test.go", `import "tongchou/internal/exchange"`, "stands no higher"},
		{"internal/synth/a_test.go", `import "tongchou/policies"`, ""},
		{"internal/exchange/a_test.go", `import "tongchou/internal/web"`, "stands no higher"},
	} {
		s := must(t, map[string]string{c.path: "package a\n" + c.text + "\n"})[0]
		got := violations(s)
		if c.want == "" && len(got) > 0 || c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)) {
			t.Errorf("%s: %s\n got %q, want %q", c.path, c.text, got, c.want)
		}
	}
}
