package rule

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"countersign/schema/config/diagnostic"
	"countersign/schema/config/syntax"
	"countersign/schema/config/words"
)

// strangeWords finds comparisons of an attribute that has only a few values with a text that is none of them, such as
// change.verdict != "weker". Such a policy would find nothing, and seem to pass.
func strangeWords(expr hcl.Expression, known map[string][]string) hcl.Diagnostics {
	var diags hcl.Diagnostics
	compare := func(attribute, with hclsyntax.Expression) {
		name := attributeName(attribute)
		text, is := literal(with)
		if !is || known[name] == nil || slices.Contains(known[name], text) {
			return
		}
		diags = append(diags, diagnostic.Error(with.Range(), "Unknown value", "%s is never %q.%s It is one of %s.",
			name, text, words.DidYouMean(text, known[name]), strings.Join(known[name], ", ")))
	}
	for _, e := range syntax.Expressions(expr) {
		_ = hclsyntax.VisitAll(e, func(node hclsyntax.Node) hcl.Diagnostics {
			switch n := node.(type) {
			case *hclsyntax.BinaryOpExpr:
				if n.Op == hclsyntax.OpEqual || n.Op == hclsyntax.OpNotEqual {
					compare(n.LHS, n.RHS)
					compare(n.RHS, n.LHS)
				}
			case *hclsyntax.FunctionCallExpr:
				if n.Name != "contains" || len(n.Args) != 2 {
					break
				}
				compare(splatted(n.Args[0]), n.Args[1])
				if list, is := n.Args[0].(*hclsyntax.TupleConsExpr); is {
					for _, element := range list.Exprs {
						compare(n.Args[1], element)
					}
				}
			}
			return nil
		})
	}
	return diags
}

// splatted is what a splat expression gathers, as in self.steps[*].require.
func splatted(e hclsyntax.Expression) hclsyntax.Expression {
	if s, is := e.(*hclsyntax.SplatExpr); is {
		return s.Each
	}
	return e
}

// attributeName is the last name of a reference to a part of a subject; "" for any other expression. Variables and
// local values may have any values.
func attributeName(e hclsyntax.Expression) string {
	var t hcl.Traversal
	switch e := e.(type) {
	case *hclsyntax.ScopeTraversalExpr:
		if len(e.Traversal) < 2 || slices.Contains([]string{"var", "local", "each"}, e.Traversal.RootName()) {
			return ""
		}
		t = e.Traversal
	case *hclsyntax.RelativeTraversalExpr:
		t = e.Traversal
	default:
		return ""
	}
	name, _ := syntax.StepName(t, len(t)-1)
	return name
}

// literal is the text of a string that is written out.
func literal(e hclsyntax.Expression) (string, bool) {
	t, is := e.(*hclsyntax.TemplateExpr)
	if !is || !t.IsStringLiteral() {
		return "", false
	}
	v, diags := t.Value(nil)
	return v.AsString(), !diags.HasErrors()
}
