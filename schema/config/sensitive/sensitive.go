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
// words only when nothing that the whole expression reads is sensitive (Reads), and in ours otherwise
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
	failed *hcl.Range) (names []string) {
	for _, r := range readsOf(expr, failed) {
		if name := r.name(); !slices.Contains(names, name) && r.sensitive(ctx, marked) {
			names = append(names, name)
		}
	}
	return names
}

// read is what an evaluation of an expression reads that may be sensitive: a reference, or the call of a maker.
type read struct {
	reference hcl.Traversal
	call      *hclsyntax.FunctionCallExpr
}

func (r read) sensitive(ctx *hcl.EvalContext, marked func(hcl.Traversal, *hcl.EvalContext) bool) bool {
	return r.call != nil || marked(r.reference, ctx)
}

// name is how it is written.
func (r read) name() string {
	if r.call != nil {
		return call(r.call)
	}
	return syntax.Reference(r.reference)
}

// readsOf are the references in an expression and the calls of makers. What stands in a call of the releaser does not
// count, unless the evaluation failed in there.
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

// Enter looks at a node before those in it.
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

// Exit is Enter for the way back.
func (f *readFinder) Exit(node hclsyntax.Node) hcl.Diagnostics {
	if n, ok := node.(*hclsyntax.FunctionCallExpr); ok && f.releases(n) {
		f.released--
	}
	return nil
}

// releases reports whether a call has made its argument known to all.
func (f *readFinder) releases(n *hclsyntax.FunctionCallExpr) bool {
	if n.Name != releaser || f.failed == nil {
		return n.Name == releaser
	}
	// Places in JSON's strings are not exact.
	return !syntax.IsJSON(n.NameRange.Filename) && (f.failed.Start.Byte < n.OpenParenRange.End.Byte ||
		n.CloseParenRange.End.Byte <= f.failed.Start.Byte)
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
