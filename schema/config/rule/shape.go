package rule

import (
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema/config/diagnostic"
	"countersign/schema/config/eval"
)

// sample is a value of a type with one element in each list, and nothing known. An expression that cannot be evaluated
// with it asks for something that does not exist.
func sample(ty cty.Type) cty.Value {
	switch {
	case ty.IsObjectType():
		attributes := map[string]cty.Value{}
		for name, of := range ty.AttributeTypes() {
			attributes[name] = sample(of)
		}
		return cty.ObjectVal(attributes)
	case ty.IsListType():
		return cty.ListVal([]cty.Value{sample(ty.ElementType())})
	}
	return cty.UnknownVal(ty)
}

// structural are HCL's summaries of mistakes that do not depend on values.
var structural = []string{"Unsupported attribute", "Call to unknown function", "Not enough function arguments",
	"Too many function arguments"}

// missing are the things that an expression asks for and that no subject has. Each part is evaluated by itself, because
// a condition does not evaluate all of its parts.
func (j *judge) missing(f *eval.Frame, e hclsyntax.Expression) (out []diagnostic.Finding) {
	var parts []hclsyntax.Expression
	asks := false // the expression itself asks for something
	switch e := e.(type) {
	case *hclsyntax.ScopeTraversalExpr:
		asks = true
	case *hclsyntax.RelativeTraversalExpr:
		parts, asks = []hclsyntax.Expression{e.Source}, true
	case *hclsyntax.SplatExpr:
		parts, asks = []hclsyntax.Expression{e.Source}, true
	case *hclsyntax.IndexExpr:
		parts, asks = []hclsyntax.Expression{e.Collection, e.Key}, true
	case *hclsyntax.FunctionCallExpr:
		parts, asks = e.Args, true
	case *hclsyntax.ForExpr:
		if out = j.missing(f, e.CollExpr); out == nil {
			f = j.inLoop(f, e)
			parts = []hclsyntax.Expression{e.KeyExpr, e.ValExpr, e.CondExpr}
		}
	case *hclsyntax.BinaryOpExpr:
		parts = []hclsyntax.Expression{e.LHS, e.RHS}
	case *hclsyntax.UnaryOpExpr:
		parts = []hclsyntax.Expression{e.Val}
	case *hclsyntax.ConditionalExpr:
		parts = []hclsyntax.Expression{e.Condition, e.TrueResult, e.FalseResult}
	case *hclsyntax.ParenthesesExpr:
		parts = []hclsyntax.Expression{e.Expression}
	case *hclsyntax.TemplateExpr:
		parts = e.Parts
	case *hclsyntax.TemplateWrapExpr:
		parts = []hclsyntax.Expression{e.Wrapped}
	case *hclsyntax.TemplateJoinExpr:
		parts = []hclsyntax.Expression{e.Tuple}
	case *hclsyntax.TupleConsExpr:
		parts = e.Exprs
	case *hclsyntax.ObjectConsExpr:
		for _, item := range e.Items {
			parts = append(parts, item.KeyExpr, item.ValueExpr)
		}
	}
	for _, p := range parts {
		if p != nil {
			out = append(out, j.missing(f, p)...)
		}
	}
	if !asks || out != nil {
		return out
	}
	for _, found := range j.Apart(func() { f.Value(e) }) {
		if slices.Contains(structural, found.Summary) {
			found.EvalContext = nil // its values say nothing
			out = append(out, found)
		}
	}
	return out
}

// inLoop is the frame for the body of a for expression, with the first element of what it goes through.
func (j *judge) inLoop(f *eval.Frame, e *hclsyntax.ForExpr) *eval.Frame {
	var list cty.Value
	j.Apart(func() { list, _ = f.Value(e.CollExpr) })
	key, element := cty.DynamicVal, cty.DynamicVal
	if list.IsKnown() && !list.IsNull() && !list.IsMarked() && list.CanIterateElements() && list.LengthInt() > 0 {
		it := list.ElementIterator()
		it.Next()
		key, element = it.Element()
	}
	names := map[string]cty.Value{e.ValVar: element}
	if e.KeyVar != "" {
		names[e.KeyVar] = key
	}
	return f.With(names)
}
