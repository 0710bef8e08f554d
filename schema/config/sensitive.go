package config

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"countersign/schema/config/syntax"
	"countersign/schema/config/words"
)

// mark is the kind of cty marks; there is one.
type mark string

// sensitive marks values that may not be shown. It is set where a value is read and carried along by cty.
//
// Marks say which values are secret, not which words are: a function or a conversion that fails tells of values whose
// marks it has laid aside, and so does a for expression of its elements. What failed is therefore told in its own words
// only when nothing that the whole expression reads is sensitive (secrets.read), and in ours otherwise (withheld).
const sensitive = mark("sensitive")

// makers are the functions whose result is sensitive though no argument is.
var makers = []string{"env", "sensitive"}

// releaser is the function that says of a value that it is no secret.
const releaser = "nonsensitive"

// marked reports whether what a reference leads to is sensitive, or holds something that is. Of one that leads nowhere it is
// the value that it breaks off at which counts: what it holds has been looked for and not been found.
func marked(t hcl.Traversal, ctx *hcl.EvalContext) bool {
	for n := len(t); n > 0; n-- {
		if v, diags := t[:n].TraverseAbs(ctx); !diags.HasErrors() {
			return v.IsMarked() || n == len(t) && v.ContainsMarked()
		}
	}
	return false
}

// marked is the same for the expressions of a configuration. Of values that many expressions share it is found out once
// whether anything in them is sensitive.
func (ev *evaluator) marked(t hcl.Traversal, ctx *hcl.EvalContext) bool {
	if root := t.RootName(); root == "var" || root == "local" {
		name, named := syntax.StepName(t, 1)
		if !named {
			return marked(t, ctx)
		}
		if c := ev.cells[root][name]; c != nil && c.phase == settled && !c.secret(ev) {
			return false
		}
	}
	return marked(t, ctx)
}

// secret reports whether anything in the value of a settled node is sensitive.
func (c *cell) secret(ev *evaluator) bool {
	if !c.searched {
		c.searched, c.marked = true, ev.valueOf(c).ContainsMarked()
	}
	return c.marked
}

// reads names what an evaluation of an expression reads that is sensitive; failed is where it failed, nil when it did not.
func (ev *evaluator) reads(expr hcl.Expression, ctx *hcl.EvalContext, failed *hcl.Range) []string {
	s := secrets{marked: ev.marked, ctx: ctx, failed: failed}
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

// read names what the expression reads that is sensitive: references, and calls of the makers. What stands in a call of the
// releaser does not count, unless it failed in there.
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
	return !syntax.IsJSON(n.NameRange.Filename) && (s.failed.Start.Byte < n.OpenParenRange.End.Byte || n.CloseParenRange.End.Byte <= s.failed.Start.Byte)
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

// secretAttributes are those of providers that are secrets.
var secretAttributes = []string{"token", "app_key", "app_secret", "secret_id", "secret_key"}

// givesValue fits what stands between the name of a secret and its value, and elsewhere what the value may be without being the
// secret itself.
var (
	givesValue = regexp.MustCompile(`^["\s]*[=:]\s*`)
	elsewhere  = regexp.MustCompile(`^(?:"?\$\{)?(?:[a-z]+\(|var\.|local\.|null\b)`)
)

// secretOn reports whether a secret seems to be written out in source text, whether or not that parses.
func secretOn(src []byte) bool {
	for _, name := range secretAttributes {
		for rest := src; ; {
			before, after, found := bytes.Cut(rest, []byte(name))
			if !found {
				break
			}
			rest = after
			if n := len(before); n > 0 && isWord(before[n-1]) {
				continue
			}
			if sign := givesValue.Find(after); sign != nil && !elsewhere.Match(after[len(sign):]) {
				return true
			}
		}
	}
	return false
}

func isWord(c byte) bool { return c == '_' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' }

// secretLiterals are the places of secrets that are written out, as providers' attributes and as defaults of sensitive variables.
func (d *document) secretLiterals() []hcl.Range {
	var at []hcl.Range
	add := func(e hcl.Expression) {
		switch e.(type) {
		case nil, *hclsyntax.FunctionCallExpr, *hclsyntax.ScopeTraversalExpr: // it is written elsewhere
		default:
			at = append(at, e.Range())
		}
	}
	for _, p := range d.providers {
		for _, name := range secretAttributes {
			add(p.attributes[name])
		}
	}
	for _, v := range d.variables {
		if v.sensitive {
			add(v.written)
		}
	}
	return at
}

// covered stands for what must not be shown.
type covered struct{}

// Format writes what stands there instead, whatever the verb.
func (covered) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("(sensitive value)")) }

// cover is what a message is made of without anything that comes from values.
func cover(args []any) []any {
	told := make([]any, len(args))
	for i, a := range args {
		told[i] = covered{}
		if ours, is := a.(words.Word); is {
			told[i] = ours
		}
	}
	return told
}

// unevaluated reports why an expression could not be evaluated in a frame.
func (ev *evaluator) unevaluated(f *frame, expr hcl.Expression, diags hcl.Diagnostics) {
	for _, d := range diags {
		if d == ev.budget.Spent() { // which shows no value
			ev.report(Finding{Diagnostic: d, Address: f.address, secret: f.quiet})
			continue
		}
		// That there is no such function is known before anything is evaluated.
		_, unknown := hcl.DiagnosticExtra[hclsyntax.FunctionCallUnknownDiagExtra](d)
		part := around(expr, d.Subject)
		read := ev.reads(part, f.ctx, d.Subject)
		if !unknown && (f.quiet || len(read) > 0) {
			d = ev.withheld(d, part, read)
		} else {
			ev.enrich(d)
		}
		if f.quiet || len(read) > 0 {
			d.EvalContext = nil // so that no values are shown
		}
		ev.report(Finding{Diagnostic: d, Address: f.address, secret: f.quiet})
	}
}

// around is the element of a list or object written out that a mistake is in, or the expression itself. Elements know nothing of
// each other.
func around(expr hcl.Expression, failed *hcl.Range) hcl.Expression {
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
			return around(e, failed)
		}
	}
	return expr
}

// withheld is a diagnostic of an evaluation that read something sensitive, in our words: HCL's may repeat values, and which of
// its mistakes it is may tell of them. of is the expression, read what of it is sensitive.
func (ev *evaluator) withheld(d *hcl.Diagnostic, of hcl.Expression, read []string) *hcl.Diagnostic {
	told := &hcl.Diagnostic{Severity: d.Severity, Summary: "Error with a sensitive value", Subject: d.Subject, Context: d.Context}
	why := " Why is not shown, because the words could repeat a secret."
	if len(read) > 0 {
		why = fmt.Sprintf(" Why is not shown, because the words could repeat a sensitive value: the expression reads %s. "+
			"To see them, run this where nobody else reads what it prints, with nonsensitive(…) around that value.", words.And(read))
	}
	told.Detail = ev.broken(d, of) + why
	return told
}

// broken says what of an expression cannot be evaluated, from how it is written alone.
func (ev *evaluator) broken(d *hcl.Diagnostic, of hcl.Expression) string {
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
			f := ev.root.Functions[name]
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
