package eval

import (
	"errors"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema/config/diagnostic"
	"countersign/schema/config/sensitive"
	"countersign/schema/config/syntax"
	"countersign/schema/config/words"
)

// Marked reports whether a reference leads to something sensitive. For a value that many expressions share, that is
// found out once.
func (ev *Evaluator) Marked(t hcl.Traversal, ctx *hcl.EvalContext) bool {
	if root := t.RootName(); root == "var" || root == "local" {
		name, named := syntax.StepName(t, 1)
		if !named {
			return sensitive.Marked(t, ctx)
		}
		if c := ev.cells[root][name]; c != nil && c.phase == settled && !c.secret(ev) {
			return false
		}
	}
	return sensitive.Marked(t, ctx)
}

// secret reports whether anything in the value of a settled node is sensitive.
func (c *cell) secret(ev *Evaluator) bool {
	if !c.searched {
		c.searched, c.marked = true, ev.valueOf(c).ContainsMarked()
	}
	return c.marked
}

// reads names what an evaluation of an expression reads that is sensitive; failed is where it failed, nil when it did
// not.
func (ev *Evaluator) reads(expr hcl.Expression, ctx *hcl.EvalContext, failed *hcl.Range) []string {
	return sensitive.Reads(expr, ctx, ev.Marked, failed)
}

// unevaluated reports why an expression could not be evaluated in a frame.
func (ev *Evaluator) unevaluated(f *Frame, expr hcl.Expression, diags hcl.Diagnostics) {
	for _, d := range diags {
		if d == ev.Budget.Spent() { // it shows no value
			ev.Report(diagnostic.Finding{Diagnostic: d, Address: f.Address, Secret: f.Quiet})
			continue
		}
		if call, called := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](d); called &&
			errors.Is(call.FunctionCallError(), sensitive.ErrNoEnviron) {
			ev.Report(diagnostic.Finding{Address: f.Address, Secret: f.Quiet, Diagnostic: diagnostic.Error(*d.Subject,
				"Environment that a stranger reads", "With -restrict, the files read nothing of the environment. "+
					"Make this a variable, which whoever runs the command gives a value.")})
			continue
		}
		// An unknown function is found before anything is evaluated.
		_, unknown := hcl.DiagnosticExtra[hclsyntax.FunctionCallUnknownDiagExtra](d)
		part := sensitive.Around(expr, d.Subject)
		read := ev.reads(part, f.ctx, d.Subject)
		if !unknown && (f.Quiet || len(read) > 0) {
			d = ev.withheld(d, part, read)
		} else {
			ev.enrich(d)
		}
		if f.Quiet || len(read) > 0 {
			d.EvalContext = nil // so that no values are shown
		}
		ev.Report(diagnostic.Finding{Diagnostic: d, Address: f.Address, Secret: f.Quiet})
	}
}

// withheld replaces a diagnostic of an evaluation that read something sensitive: HCL's words may repeat values, and
// even the kind of mistake may give them away. of is the expression, read names what is sensitive in it.
func (ev *Evaluator) withheld(d *hcl.Diagnostic, of hcl.Expression, read []string) *hcl.Diagnostic {
	why := " Why is not shown, because the words could repeat a secret."
	if len(read) > 0 {
		why = fmt.Sprintf(" Why is not shown, because the words could repeat a sensitive value: the expression reads "+
			"%s. To see them, run this where nobody else reads what it prints, with nonsensitive(…) around that value.",
			words.And(read))
	}
	return &hcl.Diagnostic{Severity: d.Severity, Summary: "Error with a sensitive value", Subject: d.Subject,
		Detail: ev.broken(d, of) + why}
}

// broken says which part of an expression cannot be evaluated. It goes by what is written, and by no value.
func (ev *Evaluator) broken(d *hcl.Diagnostic, of hcl.Expression) string {
	extra, called := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](d)
	if !called {
		return "This cannot be evaluated."
	}
	name := extra.CalledFunctionName()
	said := name + "(…) cannot be evaluated."
	if d.Subject == nil || d.Context == nil {
		return said
	}
	for _, e := range syntax.Expressions(of) {
		_ = hclsyntax.VisitAll(e, func(node hclsyntax.Node) hcl.Diagnostics {
			n, ok := node.(*hclsyntax.FunctionCallExpr)
			if !ok || n.Name != name || n.Range() != *d.Context {
				return nil
			}
			f := ev.Root.Functions[name]
			least, given := len(f.Params()), len(n.Args)
			if !n.ExpandFinal && (given < least || given > least && f.VarParam() == nil) {
				said = fmt.Sprintf("%s(…) takes %s, not %d.", name, words.Count(least, "argument"), given)
				return nil
			}
			for i, a := range n.Args {
				if a.StartRange() == *d.Subject {
					said = fmt.Sprintf("%s(…) does not take its argument %d.", name, i+1)
				}
			}
			return nil
		})
	}
	return said
}

// loses reports whether the value of an expression lacks the mark of something sensitive that it depends on.
func (ev *Evaluator) loses(parts []sensitive.Part, ctx *hcl.EvalContext) bool {
	return sensitive.LosesMark(parts, ctx, ev.Marked, func(e hclsyntax.Expression) cty.Value {
		v, _ := ev.Budget.Once(e, ctx)
		return v
	})
}
