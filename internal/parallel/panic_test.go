package parallel_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/internal/parallel"
)

func TestGroupRaisesPanics(t *testing.T) {
	done := false
	defer func() {
		p, is := recover().(*parallel.Panic)
		if !is || p.Value != "one" || !strings.Contains(string(p.Stack), "parallel_test.explode") || !done {
			t.Errorf("%v, all done: %v", p, done)
		}
	}()
	var g parallel.Group
	g.Go(func() { explode("one") })
	g.Go(func() { done = true })
	g.Wait()
	t.Error("Wait returned")
}

func TestCaughtIsAnError(t *testing.T) {
	err := func() (err error) {
		defer parallel.Caught(&err)
		explode("two")
		return nil
	}()
	if err == nil || err.Error() != "a bug in this program: two" {
		t.Errorf("%v", err)
	}
	defer func() {
		if p := recover(); p != err {
			t.Errorf("raised %v", p)
		}
	}()
	if other := errors.New("other"); parallel.Raise(other) != other || parallel.Raise(nil) != nil {
		t.Error("an error that is no panic is changed")
	}
	_ = parallel.Raise(err) // panics
	t.Error("Raise returned")
}

func explode(what string) { panic(what) }

// enders are the files whose goroutines end the program themselves, in order.
var enders = []string{"command/terminal/interrupt.go", "command/watch.go"}

// TestEveryGoroutineIsCaught reads the program: every goroutine says what becomes of a panic in it.
func TestEveryGoroutineIsCaught(t *testing.T) {
	found := 0
	err := filepath.WalkDir("../..", func(path string, e fs.DirEntry, err error) error {
		name := strings.TrimPrefix(filepath.ToSlash(path), "../../")
		if err != nil || e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") ||
			strings.HasPrefix(name, "internal/parallel/") || strings.HasPrefix(name, "internal/programtest/") ||
			strings.HasPrefix(name, "state/postgres/postgrestest/") {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		groups := map[string]bool{} // the variables that are a parallel.Group
		ast.Inspect(file, func(n ast.Node) bool {
			var f ast.Expr
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if is(n, "sync", "WaitGroup") {
					t.Errorf("%s: use parallel.Group", files.Position(n.Pos()))
				}
			case *ast.ValueSpec:
				for _, v := range n.Names {
					groups[v.Name] = is(n.Type, "parallel", "Group")
				}
			case *ast.GoStmt:
				f = n.Call.Fun
			case *ast.CallExpr:
				of, called := n.Fun.(*ast.SelectorExpr)
				if !called || of.Sel.Name != "Go" && of.Sel.Name != "TryGo" || len(n.Args) != 1 {
					return true
				}
				if g, named := of.X.(*ast.Ident); named && groups[g.Name] {
					found++
					return true
				}
				f = n.Args[0]
			}
			if f == nil || slices.Contains(enders, name) {
				return true
			}
			if found++; !catches(f) {
				t.Errorf("%s: a panic here ends the program with Go's exit code: begin with defer parallel.Caught(&…)",
					files.Position(n.Pos()))
			}
			return true
		})
		return nil
	})
	if err != nil || found < 6 {
		t.Errorf("%d goroutines, %v", found, err)
	}
}

// is reports whether an expression is a name of a package.
func is(e ast.Expr, of, name string) bool {
	s, selected := e.(*ast.SelectorExpr)
	if !selected || s.Sel.Name != name {
		return false
	}
	x, named := s.X.(*ast.Ident)
	return named && x.Name == of
}

// catches reports whether a function written out recovers from panics.
func catches(f ast.Expr) (yes bool) {
	written, is := f.(*ast.FuncLit)
	if !is {
		return false
	}
	for _, statement := range written.Body.List {
		if d, deferred := statement.(*ast.DeferStmt); deferred {
			ast.Inspect(d.Call, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.SelectorExpr:
					yes = yes || n.Sel.Name == "Caught"
				case *ast.Ident:
					yes = yes || n.Name == "recover"
				}
				return true
			})
		}
	}
	return yes
}
