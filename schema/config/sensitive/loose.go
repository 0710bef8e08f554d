package sensitive

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema/config/syntax"
)

// Part is a part of an expression whose marks the value of the whole expression lacks: HCL drops them.
type Part struct {
	part   hclsyntax.Expression // the key of an index, or a list that is expanded into arguments
	reads  []read
	within bool   // it refers to the elements of for expressions around it
	lists  []read // what these for expressions go through; empty unless within
}

// Loose finds such parts of an expression.
func Loose(expr hcl.Expression) []Part {
	if syntax.IsReferences(expr) {
		return nil // as for most lists of approvers
	}
	var l looseFinder
	for _, e := range syntax.Expressions(expr) {
		_ = hclsyntax.Walk(e, &l)
	}
	return l.found
}

type looseFinder struct {
	loops    []*hclsyntax.ForExpr // around the node
	released int
	found    []Part
}

func (l *looseFinder) Enter(node hclsyntax.Node) hcl.Diagnostics {
	switch n := node.(type) {
	case *hclsyntax.ForExpr:
		l.loops = append(l.loops, n)
	case *hclsyntax.FunctionCallExpr:
		if n.Name == releaser {
			l.released++
		} else if n.ExpandFinal {
			l.add(n.Args[len(n.Args)-1])
		}
	case *hclsyntax.IndexExpr:
		l.add(n.Key)
	}
	return nil
}

func (l *looseFinder) Exit(node hclsyntax.Node) hcl.Diagnostics {
	switch n := node.(type) {
	case *hclsyntax.ForExpr:
		l.loops = l.loops[:len(l.loops)-1]
	case *hclsyntax.FunctionCallExpr:
		if n.Name == releaser {
			l.released--
		}
	}
	return nil
}

func (l *looseFinder) add(part hclsyntax.Expression) {
	if l.released > 0 {
		return
	}
	found := Part{part: part, reads: readsOf(part, nil)}
	found.within = slices.ContainsFunc(part.Variables(), func(t hcl.Traversal) bool {
		return slices.ContainsFunc(l.loops, func(loop *hclsyntax.ForExpr) bool {
			return t.RootName() == loop.ValVar // keys are never marked
		})
	})
	if found.within {
		for _, loop := range l.loops {
			found.lists = append(found.lists, readsOf(loop.CollExpr, nil)...)
		}
	}
	l.found = append(l.found, found)
}

// LosesMark reports whether the value of an expression lacks the mark of something sensitive that it depends on. parts
// are those of the expression (Loose), marked reports whether a reference leads to something sensitive, and value
// evaluates a part.
func LosesMark(parts []Part, ctx *hcl.EvalContext, marked func(hcl.Traversal, *hcl.EvalContext) bool,
	value func(hclsyntax.Expression) cty.Value) bool {
	sensitive := func(r read) bool { return r.sensitive(ctx, marked) }
	for _, p := range parts {
		if slices.ContainsFunc(p.lists, sensitive) {
			return true // the elements themselves are not known here
		}
		if slices.ContainsFunc(p.reads, sensitive) && (p.within || value(p.part).IsMarked()) {
			return true
		}
	}
	return false
}
