package functions

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/customdecode"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"countersign/schema/config/sensitive"
)

// HCL and cty carry marks from operands to results, with three exceptions. This file mends the first one, package
// sensitive the others:
//
//   - the answer of can and try depends on whether an expression fails, and has no marks of what that read;
//   - the value of an object at a sensitive key lacks the key's marks;
//   - a sensitive list that is expanded into arguments (list...) gives no marks when it is empty.

// tryFunctions are can and try. Each evaluates an expression once.
func tryFunctions(marked func(hcl.Traversal, *hcl.EvalContext) bool) map[string]function.Function {
	reads := func(c *customdecode.ExpressionClosure) bool {
		return len(sensitive.Reads(c.Expression, c.EvalContext, marked, nil)) > 0
	}
	return map[string]function.Function{
		"can": static(cty.Bool, func(args []cty.Value) (cty.Value, error) {
			c := customdecode.ExpressionClosureFromVal(args[0])
			v, diags := c.Value()
			could := cty.BoolVal(!diags.HasErrors())
			if could.True() && !v.IsWhollyKnown() {
				could = cty.UnknownVal(cty.Bool) // it may fail yet
			}
			if reads(c) {
				could = could.Mark(sensitive.Mark)
			}
			return could, nil
		}, param("expression", customdecode.ExpressionClosureType)),
		"try": function.New(&function.Spec{
			VarParam: &function.Parameter{Name: "expressions", Type: customdecode.ExpressionClosureType},
			Type:     function.StaticReturnType(cty.DynamicPseudoType),
			Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
				var failed strings.Builder
				secret := false // an expression that failed may have failed because of a secret
				for _, a := range args {
					c := customdecode.ExpressionClosureFromVal(a)
					v, diags := c.Value()
					if diags.HasErrors() {
						secret = secret || reads(c)
						for _, d := range diags {
							fmt.Fprintf(&failed, "\n- %s", d.Error())
						}
						continue
					}
					if !v.IsWhollyKnown() {
						v = cty.DynamicVal.WithSameMarks(v) // it may fail yet, and the next one be of another type
					}
					if secret {
						v = v.Mark(sensitive.Mark)
					}
					return v, nil
				}
				if len(args) == 0 {
					return cty.NilVal, errors.New("it needs at least one expression")
				}
				return cty.NilVal, fmt.Errorf("each of its expressions fails:%s", failed.String())
			},
		}),
	}
}
