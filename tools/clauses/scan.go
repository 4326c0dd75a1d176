package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"tongchou/internal/policy"
)

// function is a function whose doc comment cites clauses.
type function struct {
	id       string // "internal/pool.rules.collect"
	file     string // "internal/pool/fund.go"
	from, to int    // its lines
	clauses  []policy.ClauseID
}

// sources are what the module's Go files say about clauses.
type sources struct {
	module    string
	functions []function
	// citing lists, by package, the test functions that may cite a clause.
	citing map[string][]string
}

// scan reads every Go file under root but those in testdata and hidden directories.
func scan(root string) (*sources, error) {
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return nil, err
	}
	s := &sources{citing: map[string][]string{}}
	first, _, _ := strings.Cut(string(mod), "\n")
	s.module = strings.TrimSpace(strings.TrimPrefix(first, "module"))
	tests := map[string][]*ast.File{}
	err = fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if base := entry.Name(); base != "." && (strings.HasPrefix(base, ".") || base == "testdata" || base == "vendor") {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, filepath.Join(root, filepath.FromSlash(name)), nil, parser.ParseComments)
		if err != nil {
			return err
		}
		if strings.HasSuffix(name, "_test.go") {
			tests[path.Dir(name)] = append(tests[path.Dir(name)], file)
		} else {
			s.functions = append(s.functions, functions(set, file, name)...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for pkg, files := range tests {
		if names := citingTests(files); len(names) > 0 {
			s.citing[pkg] = names
		}
	}
	return s, nil
}

// functions finds the functions of a file whose doc comments cite clauses.
func functions(set *token.FileSet, file *ast.File, name string) []function {
	var out []function
	for _, declaration := range file.Decls {
		f, ok := declaration.(*ast.FuncDecl)
		if !ok || f.Doc == nil || f.Body == nil {
			continue
		}
		clauses := policy.Cited(f.Doc.Text())
		if len(clauses) == 0 {
			continue
		}
		out = append(out, function{id: path.Dir(name) + "." + receiver(f) + f.Name.Name, file: name, clauses: clauses,
			from: set.Position(f.Body.Pos()).Line, to: set.Position(f.Body.End()).Line})
	}
	return out
}

// receiver names a method's type with a dot behind it; empty for a function.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return ""
	}
	t := f.Recv.List[0].Type
	for {
		switch e := t.(type) {
		case *ast.StarExpr:
			t = e.X
		case *ast.IndexExpr:
			t = e.X
		case *ast.IndexListExpr:
			t = e.X
		case *ast.Ident:
			return e.Name + "."
		default:
			return ""
		}
	}
}

// citingTests names the test functions of a package that may cite a clause: those whose body calls Attr("clause", …),
// or names a function of the same test files that does.
func citingTests(files []*ast.File) []string {
	cites := map[string]bool{}
	mentions := map[string]map[string]bool{}
	for _, file := range files {
		for _, declaration := range file.Decls {
			if f, ok := declaration.(*ast.FuncDecl); ok && f.Body != nil {
				names := map[string]bool{}
				ast.Inspect(f.Body, func(n ast.Node) bool {
					if call, ok := n.(*ast.CallExpr); ok && citation(call) {
						cites[f.Name.Name] = true
					}
					if id, ok := n.(*ast.Ident); ok {
						names[id.Name] = true
					}
					return true
				})
				mentions[f.Name.Name] = names
			}
		}
	}
	for grown := true; grown; {
		grown = false
		for name, others := range mentions {
			for other := range others {
				if cites[other] && !cites[name] {
					cites[name], grown = true, true
				}
			}
		}
	}
	var out []string
	for name := range cites {
		if strings.HasPrefix(name, "Test") || strings.HasPrefix(name, "Fuzz") {
			out = append(out, name)
		}
	}
	sort.Strings(out)
	return out
}

// citation tells whether a call is Attr("clause", …).
func citation(call *ast.CallExpr) bool {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || selector.Sel.Name != "Attr" || len(call.Args) != 2 {
		return false
	}
	literal, ok := call.Args[0].(*ast.BasicLit)
	if !ok {
		return false
	}
	key, err := strconv.Unquote(literal.Value)
	return err == nil && key == attribute
}

// attribute is the key of the test attribute that cites a clause.
const attribute = "clause"
