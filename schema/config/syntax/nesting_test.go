package syntax

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// depthOf is how deep HCL's tree of a text is: blocks, and of expressions whatever has another one in it.
func depthOf(node hclsyntax.Node) int {
	w := &depthWalker{}
	_ = hclsyntax.Walk(node, w) // the walker finds nothing
	return w.most
}

type depthWalker struct{ now, most int }

func (w *depthWalker) Enter(n hclsyntax.Node) hcl.Diagnostics {
	if descends(n) {
		w.now++
		w.most = max(w.most, w.now)
	}
	return nil
}

func (w *depthWalker) Exit(n hclsyntax.Node) hcl.Diagnostics {
	if descends(n) {
		w.now--
	}
	return nil
}

func descends(n hclsyntax.Node) bool {
	switch n.(type) {
	case *hclsyntax.Block, *hclsyntax.ParenthesesExpr, *hclsyntax.TupleConsExpr, *hclsyntax.ObjectConsExpr,
		*hclsyntax.FunctionCallExpr, *hclsyntax.ForExpr, *hclsyntax.BinaryOpExpr, *hclsyntax.UnaryOpExpr,
		*hclsyntax.ConditionalExpr, *hclsyntax.IndexExpr, *hclsyntax.SplatExpr:
		return true
	}
	return false
}

// mostDeep is how deep a text is according to the scan.
func mostDeep(src string, as kind) int {
	low, high := 1, len(src)+2
	for low < high { // to the least limit that it does not reach
		var n nesting
		if middle := (low + high) / 2; n.scan([]byte(src), as, middle) < 0 {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low - 1
}

// shapes of nesting, n levels each: ways to get past the limit.
var shapes = map[string]func(n int) string{
	"brackets":    func(n int) string { return "x = " + strings.Repeat("[", n) },
	"parentheses": func(n int) string { return "x = " + strings.Repeat("(", n) + "1" },
	"objects": func(n int) string {
		return "x = " + strings.Repeat("{ a = ", n) + "1" + strings.Repeat("}", n)
	},
	"calls":                func(n int) string { return "x = " + strings.Repeat("f(", n) + strings.Repeat(")", n) },
	"signs":                func(n int) string { return "x = " + strings.Repeat("- ", n) + "1" },
	"signs in lists":       func(n int) string { return "x = " + strings.Repeat("!!!![1, ", n/4) },
	"a sum":                func(n int) string { return "x = 1" + strings.Repeat(" + 1", n) },
	"a sum over lines":     func(n int) string { return "x = (1" + strings.Repeat(" +\n1", n) + ")" },
	"a sum in a loop":      func(n int) string { return "x = {for a in b : a => 1" + strings.Repeat(" +\n1", n) + "}" },
	"or":                   func(n int) string { return "x = a" + strings.Repeat(" || a", n) },
	"choices":              func(n int) string { return "x = " + strings.Repeat("a ? b : ", n) + "c" },
	"indexes":              func(n int) string { return "x = a" + strings.Repeat("[b[0]]", n) },
	"indexes over lines":   func(n int) string { return "x = (a" + strings.Repeat("\n[b]", n) + ")" },
	"splats":               func(n int) string { return "x = a" + strings.Repeat("[*]", n) },
	"splats with comments": func(n int) string { return "x = a" + strings.Repeat("[/*]*/*]", n) },
	"if": func(n int) string {
		return "x = \"" + strings.Repeat("%{if a}", n) + strings.Repeat("%{endif}", n) + "\""
	},
	"for": func(n int) string {
		return "x = \"" + strings.Repeat("%{~ for a in b ~}", n) + strings.Repeat("%{ endfor }", n) + "\""
	},
	"strings": func(n int) string {
		return "x = " + strings.Repeat("\"${", n) + "1" + strings.Repeat("}\"", n)
	},
	"heredocs": func(n int) string {
		return "x = " + strings.Repeat("<<A\n${", n) + "1" + strings.Repeat("}\nA\n", n)
	},
	"blocks":                   func(n int) string { return strings.Repeat("a {\n", n) + strings.Repeat("}\n", n) },
	"blocks that hide":         func(n int) string { return strings.Repeat("a {\n x @ }\n", n) },
	"blocks behind a list":     func(n int) string { return strings.Repeat("a {\n x = [ } \n ]\n", n) },
	"blocks behind a bracket":  func(n int) string { return strings.Repeat("a {\n x @ (\n}\n)\n", n) },
	"brackets behind a string": func(n int) string { return "x = " + strings.Repeat("(\")\" == ", n) },
	"brackets behind a comment": func(n int) string {
		return "x = " + strings.Repeat("( # )\n /* ) */ [ // ]\n", n/2)
	},
	"brackets behind an escape": func(n int) string { return "x = " + strings.Repeat("[\"\\\"]$${]\", ", n) },
	"brackets behind a heredoc": func(n int) string { return "x = " + strings.Repeat("[<<-A\n ]\n A\n,", n) },
}

// TestNestingIsSeen: no shape of text goes deeper than the scan says.
func TestNestingIsSeen(t *testing.T) {
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			src := shape(400)
			file, _ := hclsyntax.ParseConfig([]byte(src), "a.hcl", hcl.InitialPos)
			if says, is := mostDeep(src, inFile), depthOf(file.Body.(*hclsyntax.Body)); says < is || says < 200 {
				t.Errorf("the scan says %d, and the tree is %d deep", says, is)
			}
			if d := Refuse([]byte(shape(100000)), "a.hcl", Native); d == nil {
				t.Error("it is let through")
			}
		})
	}
}

// TestNestingOfText: texts as people write them do not count as deep.
func TestNestingOfText(t *testing.T) {
	for name, src := range map[string]string{
		"negative numbers": "locals {\n" + strings.Repeat("  x = -1\n", 5000) + "}\n",
		"a list of them":   "x = [" + strings.Repeat("-1.5, a.b.c[0], !d,\n", 5000) + "]\n",
		"blocks":           strings.Repeat("a \"b\" {\n  c { d = [e.f] }\n  g {}\n}\n", 5000),
		"comments":         strings.Repeat("# ((((((((( ${\n// [[[[[[[[\n/* {{{{{{{{{ \" */\n", 5000),
		"an object":        "x = {\n" + strings.Repeat("  a = b.c + 1\n  \"d\" : e ? f : -g\n", 5000) + "}\n",
		"strings": strings.Repeat("x = \"[((({{{ \\\" $${ ${a.b} %{ if c }-----%{ else }!%{ endif }\"\n",
			5000),
		"a heredoc": "x = <<-EOT\n" + strings.Repeat("  ((( [[[ {{{ !!! ${a.b}\n", 2000) + "  EOT\ny = 1\n",
	} {
		if d := Refuse([]byte(src), "a.hcl", Native); d != nil {
			t.Errorf("%s: %v", name, d)
		}
		if n := mostDeep(src, inFile); n > 20 {
			t.Errorf("%s: it counts as %d deep", name, n)
		}
	}
}

// FuzzNesting: the tree of a text is never deeper than the scan says, mistakes or not.
func FuzzNesting(f *testing.F) {
	for _, shape := range shapes {
		f.Add(shape(5))
	}
	f.Add("a { b = 1 }\nc \"d\" {\n e = \"${f}\"\n}\n")
	f.Fuzz(func(t *testing.T, src string) {
		if invalidText([]byte(src), "a.hcl") != nil || Refuse([]byte(src), "a.hcl", Native) != nil || len(src) > 10000 {
			return
		}
		file, _ := hclsyntax.ParseConfig([]byte(src), "a.hcl", hcl.InitialPos)
		if says, is := mostDeep(src, inFile), depthOf(file.Body.(*hclsyntax.Body)); says+2 < is {
			// a block may lack its bracket
			t.Errorf("%q: the scan says %d, and the tree is %d deep", src, says, is)
		}
		expr, _ := hclsyntax.ParseTemplate([]byte(src), "a.hcl", hcl.InitialPos)
		if says, is := mostDeep(src, inTemplate), depthOf(expr); says+2 < is {
			// a block may lack its bracket
			t.Errorf("%q as a template: the scan says %d, and the tree is %d deep", src, says, is)
		}
	})
}
