// Package sensitive knows which values are secret, and which parts of an expression read them, so that no message shows
// one: not the words of HCL, not source text, not the values in a message.
package sensitive

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"countersign/schema/config/syntax"
)

// mark is the type of the one mark there is.
type mark string

// Mark marks values that must not be shown. It is set where a value is read, and cty carries it along.
//
// Marks say which values are secret, not which words: a function or a conversion that fails has taken the marks off the
// values that its error repeats, and a for expression those of its elements. So the error's own words are shown only
// when nothing that the whole expression reads is sensitive (Reads); otherwise other words stand for them.
const Mark = mark("sensitive")

// ErrNoEnviron is why env fails where the files are a stranger's. It holds no value, so it may be shown.
var ErrNoEnviron = errors.New("the environment is not read with -restrict")

// makers are the functions whose result is sensitive though no argument is.
var makers = []string{"env", "sensitive"}

// releaser is the function that declares a value to be no secret.
const releaser = "nonsensitive"

// Marked reports whether a reference leads to something sensitive, or to a value that holds some. For a reference that
// leads nowhere, the value counts at which it ends early, but not what that holds: the reference did not find it there.
func Marked(t hcl.Traversal, ctx *hcl.EvalContext) bool {
	for n := len(t); n > 0; n-- {
		if v, diags := t[:n].TraverseAbs(ctx); !diags.HasErrors() {
			return v.IsMarked() || n == len(t) && v.ContainsMarked()
		}
	}
	return false
}

// Reads names the sensitive things that an evaluation of an expression reads: references for which marked is true, and
// calls of the makers. failed is where the evaluation failed; nil when it did not.
func Reads(expr hcl.Expression, ctx *hcl.EvalContext, marked func(hcl.Traversal, *hcl.EvalContext) bool,
	failed *hcl.Range) (names []string) {
	for _, r := range readsOf(expr, failed) {
		if name := r.name(); !slices.Contains(names, name) && r.sensitive(ctx, marked) {
			names = append(names, name)
		}
	}
	return names
}

// read is something that an evaluation reads and that may be sensitive: a reference, or the call of a maker.
type read struct {
	reference hcl.Traversal
	call      *hclsyntax.FunctionCallExpr
}

func (r read) sensitive(ctx *hcl.EvalContext, marked func(hcl.Traversal, *hcl.EvalContext) bool) bool {
	return r.call != nil || marked(r.reference, ctx)
}

// name is what is written in the expression.
func (r read) name() string {
	if r.call != nil {
		return call(r.call)
	}
	return syntax.Reference(r.reference)
}

// readsOf are the references in an expression and the calls of makers. Those in a call of the releaser do not count,
// unless the evaluation failed there.
func readsOf(expr hcl.Expression, failed *hcl.Range) []read {
	f := readFinder{failed: failed}
	for _, e := range syntax.Expressions(expr) {
		_ = hclsyntax.Walk(e, &f) // it gives no diagnostics
	}
	return f.found
}

type readFinder struct {
	failed   *hcl.Range // where the evaluation failed; nil when it did not
	released int        // how many calls of the releaser are around the node
	found    []read
}

// Enter visits a node before the nodes in it.
func (f *readFinder) Enter(node hclsyntax.Node) hcl.Diagnostics {
	switch n := node.(type) {
	case *hclsyntax.FunctionCallExpr:
		if f.releases(n) {
			f.released++
		} else if slices.Contains(makers, n.Name) && f.released == 0 {
			f.found = append(f.found, read{call: n})
		}
	case *hclsyntax.ScopeTraversalExpr:
		if f.released == 0 {
			f.found = append(f.found, read{reference: n.Traversal})
		}
	}
	return nil
}

// Exit visits a node after the nodes in it.
func (f *readFinder) Exit(node hclsyntax.Node) hcl.Diagnostics {
	if n, ok := node.(*hclsyntax.FunctionCallExpr); ok && f.releases(n) {
		f.released--
	}
	return nil
}

// releases reports whether a call makes its argument public.
func (f *readFinder) releases(n *hclsyntax.FunctionCallExpr) bool {
	if n.Name != releaser || f.failed == nil {
		return n.Name == releaser
	}
	// Places in JSON's strings are not exact.
	return !syntax.IsJSON(n.NameRange.Filename) && (f.failed.Start.Byte < n.OpenParenRange.End.Byte ||
		n.CloseParenRange.End.Byte <= f.failed.Start.Byte)
}

// call is a call as it is written if its argument is plain text, and otherwise its name.
func call(n *hclsyntax.FunctionCallExpr) string {
	if n.Name == "env" && len(n.Args) > 0 {
		if t, ok := n.Args[0].(*hclsyntax.TemplateExpr); ok && t.IsStringLiteral() {
			return fmt.Sprintf("env(%q)", t.Parts[0].(*hclsyntax.LiteralValueExpr).Val.AsString())
		}
	}
	return n.Name + "(…)"
}

// Around is the element of a written list or object that a mistake is in, or the expression itself: what one element
// reads is not in the message about another.
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
