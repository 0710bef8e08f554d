package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/customdecode"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"countersign/schema/config/syntax"
)

// HCL and cty carry marks from operands to results, with these exceptions, which are mended here:
//
//   - can and try answer by whether an expression fails, and what it read is not in the answer;
//   - an object that is indexed by a sensitive key gives a value without the key's marks;
//   - a sensitive list that is expanded into arguments (list...) gives none when it is empty.

// tryFunctions are can and try. Each evaluates an expression once.
func tryFunctions(marked func(hcl.Traversal, *hcl.EvalContext) bool) map[string]function.Function {
	reads := func(c *customdecode.ExpressionClosure) bool {
		s := secrets{marked: marked, ctx: c.EvalContext}
		return len(s.read(c.Expression)) > 0
	}
	return map[string]function.Function{
		"can": function.New(&function.Spec{
			Params: []function.Parameter{{Name: "expression", Type: customdecode.ExpressionClosureType}},
			Type:   function.StaticReturnType(cty.Bool),
			Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
				c := customdecode.ExpressionClosureFromVal(args[0])
				v, diags := c.Value()
				could := cty.BoolVal(!diags.HasErrors())
				if could.True() && !v.IsWhollyKnown() {
					could = cty.UnknownVal(cty.Bool) // it may fail yet
				}
				if reads(c) {
					could = could.Mark(sensitive)
				}
				return could, nil
			},
		}),
		"try": function.New(&function.Spec{
			VarParam: &function.Parameter{Name: "expressions", Type: customdecode.ExpressionClosureType},
			Type:     function.StaticReturnType(cty.DynamicPseudoType),
			Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
				var failed strings.Builder
				secret := false // one that failed did so because of what is secret, perhaps
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
						v = v.Mark(sensitive)
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

// loose is a part of an expression whose marks HCL does not hand on to the whole.
type loose struct {
	part  hclsyntax.Expression   // a key, or what is expanded
	bound []hclsyntax.Expression // what the for expressions around it run over, where it speaks of their elements
}

// looseIn finds them in an expression.
func looseIn(expr hcl.Expression) []loose {
	var l looseFinder
	for _, e := range syntax.Expressions(expr) {
		_ = hclsyntax.Walk(e, &l)
	}
	return l.found
}

type looseFinder struct {
	loops    []*hclsyntax.ForExpr // around the node
	released int
	found    []loose
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
	found := loose{part: part}
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

// loses reports whether the value of an expression lacks the mark of something sensitive that it depends on.
func (ev *evaluator) loses(parts []loose, ctx *hcl.EvalContext) bool {
	reads := func(e hclsyntax.Expression) bool { return len(ev.reads(e, ctx, nil)) > 0 }
	for _, l := range parts {
		if slices.ContainsFunc(l.bound, reads) {
			return true // the elements themselves are not at hand
		}
		if reads(l.part) {
			if v, _ := ev.budget.Once(l.part, ctx); v.IsMarked() || len(l.bound) > 0 {
				return true
			}
		}
	}
	return false
}
