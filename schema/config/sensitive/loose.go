package sensitive

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"countersign/schema/config/syntax"
)

// Part is a part of an expression whose marks HCL does not hand on to the whole.
type Part struct {
	part  hclsyntax.Expression   // a key, or what is expanded
	bound []hclsyntax.Expression // what the for expressions around it run over, where it speaks of their elements
}

// Loose finds them in an expression.
func Loose(expr hcl.Expression) []Part {
	var l looseFinder
	for _, e := range syntax.Expressions(expr) {
		if !isReferences(e) {
			_ = hclsyntax.Walk(e, &l)
		}
	}
	return l.found
}

// isReferences reports whether an expression is a list of references, as most lists of approvers are.
func isReferences(e hclsyntax.Expression) bool {
	list, is := e.(*hclsyntax.TupleConsExpr)
	return is && !slices.ContainsFunc(list.Exprs, func(e hclsyntax.Expression) bool {
		_, reference := e.(*hclsyntax.ScopeTraversalExpr)
		return !reference
	})
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
	found := Part{part: part}
	for _, t := range part.Variables() {
		for _, loop := range l.loops {
			if t.RootName() == loop.ValVar { // keys are never marked
				for _, around := range l.loops {
					found.bound = append(found.bound, around.CollExpr)
				}
				break
			}
		}
	}
	l.found = append(l.found, found)
}

// LosesMark reports whether the value of an expression lacks the mark of something sensitive that it depends on. reads
// reports whether an expression reads something sensitive, and marked whether its value is.
func LosesMark(parts []Part, reads, marked func(hclsyntax.Expression) bool) bool {
	for _, l := range parts {
		if slices.ContainsFunc(l.bound, reads) {
			return true // the elements themselves are not at hand
		}
		if reads(l.part) && (len(l.bound) > 0 || marked(l.part)) {
			return true
		}
	}
	return false
}
