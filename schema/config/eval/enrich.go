package eval

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema/config/structure"
	"countersign/schema/config/syntax"
	"countersign/schema/config/words"
)

// enrich adds the near name to what HCL says of an unknown function, attribute or key, or what to write instead.
func (ev *Evaluator) enrich(d *hcl.Diagnostic) {
	if structure.OtherFunction(d) || strings.Contains(d.Detail, "Did you mean") {
		return
	}
	switch d.Summary {
	case "Call to unknown function":
		if call, ok := d.Expression.(*hclsyntax.FunctionCallExpr); ok {
			d.Detail += words.DidYouMean(call.Name, slices.Sorted(maps.Keys(ev.Root.Functions)))
		}
	case "Unsupported attribute", "Invalid index":
		if within, name, ok := ev.missedStep(d); ok && !within.IsMarked() && !within.IsNull() {
			d.Detail += ev.nearKey(within, name)
		}
	}
}

// missedStep is the value at which a reference ends early, and the name or key that this value lacks.
func (ev *Evaluator) missedStep(d *hcl.Diagnostic) (within cty.Value, name string, ok bool) {
	switch e := d.Expression.(type) {
	case *hclsyntax.ScopeTraversalExpr:
		for i := 1; i < len(e.Traversal); i++ {
			if _, diags := e.Traversal[:i+1].TraverseAbs(d.EvalContext); !diags.HasErrors() {
				continue
			}
			within, diags := e.Traversal[:i].TraverseAbs(d.EvalContext)
			name, named := syntax.StepName(e.Traversal, i)
			return within, name, named && !diags.HasErrors()
		}
	case *hclsyntax.RelativeTraversalExpr:
		within, diags := ev.Budget.Value(e.Source, d.EvalContext)
		name, named := syntax.StepName(e.Traversal, 0)
		return within, name, named && !diags.HasErrors()
	case *hclsyntax.IndexExpr:
		within, diags := ev.Budget.Value(e.Collection, d.EvalContext)
		key, more := ev.Budget.Value(e.Key, d.EvalContext)
		if !diags.HasErrors() && !more.HasErrors() && key.Type() == cty.String && !key.IsMarked() && key.IsKnown() &&
			!key.IsNull() {
			return within, key.AsString(), true
		}
	}
	return cty.NilVal, "", false
}

// nearKey suggests one of the names or keys of a value.
func (ev *Evaluator) nearKey(within cty.Value, name string) string {
	var known []string
	switch ty := within.Type(); {
	case ty.IsObjectType() && ev.maySuggest(len(ty.AttributeTypes())):
		known = slices.Sorted(maps.Keys(ty.AttributeTypes()))
	case ty.IsMapType() && within.IsKnown() && ev.maySuggest(within.LengthInt()):
		known = slices.Sorted(maps.Keys(within.AsValueMap()))
	}
	if slices.Contains(known, name) {
		return ""
	}
	hint := words.DidYouMean(name, known)
	if hint == "" && len(known) > 0 {
		hint = " It has " + words.Some(known[:min(10, len(known))], len(known)) + "."
	}
	return hint
}
