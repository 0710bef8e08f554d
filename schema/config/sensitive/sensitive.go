// Package sensitive knows which values are secret and what of an expression reads them, so that nothing gives them
// away: what HCL says of an expression, source text, and the values that messages are made of.
package sensitive

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"countersign/schema/config/syntax"
)

// mark is the kind of cty marks; there is one.
type mark string

// Mark marks values that may not be shown. It is set where a value is read and carried along by cty.
//
// Marks say which values are secret, not which words are: a function or a conversion that fails speaks of values whose
// marks it has laid aside, and so does a for expression of its elements. What failed is therefore shown in its own
// words only when nothing that the whole expression reads is sensitive (secrets.read), and in ours otherwise
// (withheld).
const Mark = mark("sensitive")

// ErrNoEnviron is why env fails where the files are a stranger's. It holds no value, so that it may be shown.
var ErrNoEnviron = errors.New("the environment is not read with -restrict")

// makers are the functions whose result is sensitive though no argument is.
var makers = []string{"env", "sensitive"}

// releaser is the function that says of a value that it is no secret.
const releaser = "nonsensitive"

// Marked reports whether what a reference leads to is sensitive, or holds something that is. Of one that leads nowhere
// it is the value that it breaks off at which counts: what it holds has been looked for and not been found.
func Marked(t hcl.Traversal, ctx *hcl.EvalContext) bool {
	for n := len(t); n > 0; n-- {
		if v, diags := t[:n].TraverseAbs(ctx); !diags.HasErrors() {
			return v.IsMarked() || n == len(t) && v.ContainsMarked()
		}
	}
	return false
}

// Reads names what an evaluation of an expression reads that is sensitive: references, of which marked says whether
// they are, and calls of the makers; failed is where it failed, nil when it did not.
func Reads(expr hcl.Expression, ctx *hcl.EvalContext, marked func(hcl.Traversal, *hcl.EvalContext) bool,
	failed *hcl.Range) []string {
	s := secrets{marked: marked, ctx: ctx, failed: failed}
	return s.read(expr)
}

// secrets finds what an expression reads that is sensitive.
type secrets struct {
	marked func(hcl.Traversal, *hcl.EvalContext) bool
	ctx    *hcl.EvalContext
	failed *hcl.Range // where the evaluation failed; nil when it did not

	released int      // how many calls of the releaser are around the node
	found    []string // as they are written, each once
}

// read names what the expression reads that is sensitive: references, and calls of the makers. What stands in a call of
// the releaser does not count, unless it failed in there.
func (s *secrets) read(expr hcl.Expression) []string {
	for _, e := range syntax.Expressions(expr) {
		_ = hclsyntax.Walk(e, s) // it gives no diagnostics
	}
	return s.found
}

// Enter looks at a node before those in it.
func (s *secrets) Enter(node hclsyntax.Node) hcl.Diagnostics {
	switch n := node.(type) {
	case *hclsyntax.FunctionCallExpr:
		switch {
		case s.releases(n):
			s.released++
		case slices.Contains(makers, n.Name):
			s.add(call(n))
		}
	case *hclsyntax.ScopeTraversalExpr:
		if s.released == 0 && s.marked(n.Traversal, s.ctx) {
			s.add(syntax.Reference(n.Traversal))
		}
	}
	return nil
}

// Exit is Enter for the way back.
func (s *secrets) Exit(node hclsyntax.Node) hcl.Diagnostics {
	if n, ok := node.(*hclsyntax.FunctionCallExpr); ok && s.releases(n) {
		s.released--
	}
	return nil
}

// releases reports whether a call has made its argument known to all.
func (s *secrets) releases(n *hclsyntax.FunctionCallExpr) bool {
	if n.Name != releaser || s.failed == nil {
		return n.Name == releaser
	}
	// Places in JSON's strings are not exact.
	return !syntax.IsJSON(n.NameRange.Filename) && (s.failed.Start.Byte < n.OpenParenRange.End.Byte ||
		n.CloseParenRange.End.Byte <= s.failed.Start.Byte)
}

func (s *secrets) add(what string) {
	if s.released == 0 && !slices.Contains(s.found, what) {
		s.found = append(s.found, what)
	}
}

// call is a call as it is written, when its argument is plain text, or its name.
func call(n *hclsyntax.FunctionCallExpr) string {
	if n.Name == "env" && len(n.Args) > 0 {
		if t, ok := n.Args[0].(*hclsyntax.TemplateExpr); ok && t.IsStringLiteral() {
			return fmt.Sprintf("env(%q)", t.Parts[0].(*hclsyntax.LiteralValueExpr).Val.AsString())
		}
	}
	return n.Name + "(…)"
}

// Around is the element of a list or object written out that a mistake is in, or the expression itself. Elements know
// nothing of each other.
func Around(expr hcl.Expression, failed *hcl.Range) hcl.Expression {
	var elements []hclsyntax.Expression
	switch e := expr.(type) {
	case *hclsyntax.TupleConsExpr:
		elements = e.Exprs
	case *hclsyntax.ObjectConsExpr:
		for _, item := range e.Items {
			elements = append(elements, item.ValueExpr)
		}
	}
	for _, e := range elements {
		if r := e.Range(); failed != nil && r.Start.Byte <= failed.Start.Byte && failed.End.Byte <= r.End.Byte {
			return Around(e, failed)
		}
	}
	return expr
}
