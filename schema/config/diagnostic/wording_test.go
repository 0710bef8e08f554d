package diagnostic

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
)

// TestEveryParserTextIsWorded reads the source of HCL's parsers: whatever they say has words of this program.
func TestEveryParserTextIsWorded(t *testing.T) {
	folder, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/hashicorp/hcl/v2").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, pattern := range []string{"hclsyntax/parser*.go", "hclsyntax/token.go", "hclsyntax/public.go",
		"hclsyntax/structure.go", "hclsyntax/expression*.go", "json/*.go", "ops.go", "traversal.go",
		"ext/typeexpr/*.go"} {
		files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(folder)), pattern))
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			named := named(file)
			ast.Inspect(file, func(n ast.Node) bool {
				literal, is := n.(*ast.CompositeLit)
				if !is {
					return true
				}
				texts := map[string]string{}
				for _, e := range literal.Elts {
					if pair, is := e.(*ast.KeyValueExpr); is {
						if key, is := pair.Key.(*ast.Ident); is {
							texts[key.Name] = text(pair.Value, named)
						}
					}
				}
				if texts["Summary"] == "" || texts["Detail"] == "" {
					return true
				}
				seen++
				d := &hcl.Diagnostic{Summary: texts["Summary"], Detail: texts["Detail"]}
				// These need a file, or come up in other programs only.
				never := strings.HasPrefix(d.Summary, "Failed to") || d.Summary == "Invalid path step" ||
					d.Summary == "Missing x for x"
				if _, detail := worded(d); detail == d.Detail && !never {
					t.Errorf("%s: %s: %s", filepath.Base(name), d.Summary, d.Detail)
				}
				return true
			})
		}
	}
	if seen < 100 {
		t.Errorf("only %d texts were found", seen)
	}
}

// named are the texts of the source that have a name, by it.
func named(file *ast.File) map[string]ast.Expr {
	texts := map[string]ast.Expr{}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			for i, v := range n.Values {
				texts[n.Names[i].Name] = v
			}
		case *ast.AssignStmt:
			if to, is := n.Lhs[0].(*ast.Ident); is && n.Tok == token.DEFINE && len(n.Rhs) == 1 {
				texts[to.Name] = n.Rhs[0]
			}
		}
		return true
	})
	return texts
}

// text is a text of the source, with a word in the place of each that is put in when it runs.
func text(e ast.Expr, named map[string]ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, _ := strconv.Unquote(e.Value)
		return strings.NewReplacer("%q", `"x"`, "%s", "x", "%d", "1", "%04x", "0001").Replace(s)
	case *ast.Ident:
		if literal, is := named[e.Name].(*ast.BasicLit); is {
			return text(literal, named)
		}
	case *ast.CallExpr:
		if len(e.Args) > 0 {
			return text(e.Args[0], named)
		}
	}
	return ""
}
