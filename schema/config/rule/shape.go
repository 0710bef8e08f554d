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
	var value cty.Value
	look := func(e hclsyntax.Expression) {
		for _, found := range j.Apart(func() { value, _ = f.Value(e) }) {
			if slices.Contains(structural, found.Summary) {
				found.EvalContext = nil // its values say nothing
				out = append(out, found)
			}
		}
	}
	within := func(parts ...hclsyntax.Expression) {
		for _, p := range parts {
			if p != nil {
				out = append(out, j.missing(f, p)...)
			}
		}
	}
	lookWithin := func(e hclsyntax.Expression, parts ...hclsyntax.Expression) {
		if within(parts...); out == nil {
			look(e)
		}
	}
	switch e := e.(type) {
	case *hclsyntax.ScopeTraversalExpr:
		look(e)
	case *hclsyntax.RelativeTraversalExpr:
		lookWithin(e, e.Source)
	case *hclsyntax.SplatExpr:
		lookWithin(e, e.Source)
	case *hclsyntax.IndexExpr:
		lookWithin(e, e.Collection, e.Key)
	case *hclsyntax.ForExpr:
		within(e.CollExpr)
		if out != nil {
			break
		}
		look(e.CollExpr)
		key, element := cty.DynamicVal, cty.DynamicVal
		if value.IsKnown() && !value.IsNull() && !value.IsMarked() && value.CanIterateElements() && value.LengthInt() > 0 {
			it := value.ElementIterator()
			it.Next()
			key, element = it.Element()
		}
		names := map[string]cty.Value{e.ValVar: element}
		if e.KeyVar != "" {
			names[e.KeyVar] = key
		}
		f = f.With(names)
		within(e.KeyExpr, e.ValExpr, e.CondExpr)
	case *hclsyntax.FunctionCallExpr:
		lookWithin(e, e.Args...)
	case *hclsyntax.BinaryOpExpr:
		within(e.LHS, e.RHS)
	case *hclsyntax.UnaryOpExpr:
		within(e.Val)
	case *hclsyntax.ConditionalExpr:
		within(e.Condition, e.TrueResult, e.FalseResult)
	case *hclsyntax.ParenthesesExpr:
		within(e.Expression)
	case *hclsyntax.TemplateExpr:
		within(e.Parts...)
	case *hclsyntax.TemplateWrapExpr:
		within(e.Wrapped)
	case *hclsyntax.TemplateJoinExpr:
		within(e.Tuple)
	case *hclsyntax.TupleConsExpr:
		within(e.Exprs...)
	case *hclsyntax.ObjectConsExpr:
		for _, item := range e.Items {
			within(item.KeyExpr, item.ValueExpr)
		}
	}
	return out
}
