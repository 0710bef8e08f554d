// Package syntax parses text into HCL's syntax trees, native or JSON. First it refuses text that no parser should get:
// text that is not UTF-8, is nested too deeply, or costs a parser more than in proportion to its length. All text that
// is parsed goes through it, files and what expressions read. It evaluates nothing.
package syntax

import (
	"bytes"
	"iter"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	hcljson "github.com/hashicorp/hcl/v2/json"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema/spelling"
)

// Parse parses a file of either syntax. Text that no parser should get is refused first.
func Parse(src []byte, name string) (*hcl.File, hcl.Diagnostics) {
	src = WithoutMark(src)
	if d := invalidText(src, name); d != nil {
		return unparsed(src), hcl.Diagnostics{d}
	}
	file, diags, refused := parseText(src, name)
	native := !IsJSON(name)
	// One slip may be the cause of all mistakes.
	if native && (diags.HasErrors() || refused != nil && refused.Summary == tooMuch) {
		if found := slips(src, name); len(found) > 0 {
			if refused == nil {
				_, diags, _ = parseText(without(src, found), name)
			}
			diags, refused = append(found, diags...), nil
		}
	}
	if refused != nil {
		return file, hcl.Diagnostics{refused}
	}
	diags = oncePerLine(diags)
	for _, d := range diags {
		d.Extra = Unparsed{}
		if d.Summary == "Missing newline after argument" && bytes.HasPrefix(src[d.Subject.Start.Byte:], []byte("}")) {
			d.Detail = LateBrace
		}
	}
	if native && spelling.Form(string(src)) != string(src) {
		formNames(file)
	}
	return file, diags
}

// unparsed is a file without content.
func unparsed(src []byte) *hcl.File { return &hcl.File{Bytes: src, Body: hcl.EmptyBody()} }

// parseText parses a file, or says why it is refused.
func parseText(src []byte, name string) (file *hcl.File, diags hcl.Diagnostics, refused *hcl.Diagnostic) {
	as := Native
	if IsJSON(name) {
		as = JSON
	}
	var n nesting
	if refused = n.refuse(src, name, as); refused != nil {
		return unparsed(src), nil, refused
	}
	if as == JSON {
		file, diags = hcljson.Parse(src, name)
		return file, diags, nil
	}
	file, diags = parseNative(standIn(src, n.texts), name, pieceSize, n.tokens <= maxTokens)
	putBack(file, src, n.texts)
	return file, diags, nil
}

// formNames brings the names at the beginning of references, and those that for expressions give, to the form of
// Unicode that the values of expressions have. HCL compares names byte by byte, and a file may write one name in two
// forms.
func formNames(file *hcl.File) {
	body, native := file.Body.(*hclsyntax.Body)
	if !native {
		return
	}
	_ = hclsyntax.VisitAll(body, func(n hclsyntax.Node) hcl.Diagnostics {
		switch n := n.(type) {
		case *hclsyntax.ForExpr:
			n.KeyVar, n.ValVar = spelling.Form(n.KeyVar), spelling.Form(n.ValVar)
		case *hclsyntax.ScopeTraversalExpr:
			if root, ok := n.Traversal[0].(hcl.TraverseRoot); ok {
				root.Name = spelling.Form(root.Name)
				n.Traversal[0] = root
			}
		}
		return nil
	})
}

// LateBrace is the detail where a value is followed by the } of a block, which HCL takes for the begin of anything.
const LateBrace = "A brace follows."

// Unparsed is the Extra of a parser's diagnostics, whose words may repeat the text.
type Unparsed struct{}

// Refused reports whether a text never reached a parser.
func Refused(diags hcl.Diagnostics) bool {
	return slices.ContainsFunc(diags, func(d *hcl.Diagnostic) bool { return d.Extra == nil })
}

// Expressions is an expression in HCL's native syntax. One of JSON becomes several: each of its strings is one, keys
// too.
func Expressions(expr hcl.Expression) []hclsyntax.Expression {
	if e, native := expr.(hclsyntax.Expression); native {
		return []hclsyntax.Expression{e}
	}
	var all []hclsyntax.Expression
	if list, diags := hcl.ExprList(expr); !diags.HasErrors() {
		for _, e := range list {
			all = append(all, Expressions(e)...)
		}
		return all
	}
	if pairs, diags := hcl.ExprMap(expr); !diags.HasErrors() {
		for _, p := range pairs {
			all = append(append(all, Expressions(p.Key)...), Expressions(p.Value)...)
		}
		return all
	}
	if e := InString(expr); e != nil {
		return []hclsyntax.Expression{e}
	}
	return nil
}

// StringOf is the text of a string of JSON as it is written, and where it begins; ok is false for anything else.
func StringOf(expr hcl.Expression) (text string, at hcl.Pos, ok bool) {
	v, diags := expr.Value(nil) // without a context a string is what is written
	if diags.HasErrors() || v.Type() != cty.String || v.IsNull() {
		return "", at, false
	}
	at = expr.Range().Start // of the quote
	at.Byte, at.Column = at.Byte+1, at.Column+1
	return v.AsString(), at, true
}

// InString is the text with sequences that a string of JSON holds; nil when it holds none. Its evaluation reports one
// that does not parse.
func InString(expr hcl.Expression) hclsyntax.Expression {
	text, at, ok := StringOf(expr)
	if !ok || !strings.Contains(text, "{") {
		return nil
	}
	e, diags := hclsyntax.ParseTemplate([]byte(text), expr.Range().Filename, at)
	if diags.HasErrors() {
		return nil
	}
	return e
}

// Written is the expression that a string of JSON holds without ${…} around it, such as the address of a template; nil
// when it holds none.
func Written(expr hcl.Expression) hclsyntax.Expression {
	if wrap, is := InString(expr).(*hclsyntax.TemplateWrapExpr); is {
		return wrap.Wrapped
	}
	text, at, ok := StringOf(expr)
	if !ok {
		return nil
	}
	e, diags := hclsyntax.ParseExpression([]byte(text), expr.Range().Filename, at)
	if diags.HasErrors() {
		return nil
	}
	return e
}

// References yields the references in an expression. Most expressions are one, or a list of some; of these HCL would
// make a list anew.
func References(expr hcl.Expression) iter.Seq[hcl.Traversal] {
	return func(yield func(hcl.Traversal) bool) {
		if !IsReferences(expr) {
			slices.Values(expr.Variables())(yield)
			return
		}
		switch e := expr.(type) {
		case *hclsyntax.ScopeTraversalExpr:
			yield(e.Traversal)
		case *hclsyntax.TupleConsExpr:
			for _, e := range e.Exprs {
				if !yield(e.(*hclsyntax.ScopeTraversalExpr).Traversal) {
					return
				}
			}
		}
	}
}

// IsReferences reports whether an expression is a reference, or a list of references.
func IsReferences(expr hcl.Expression) bool {
	switch e := expr.(type) {
	case *hclsyntax.ScopeTraversalExpr:
		return true
	case *hclsyntax.TupleConsExpr:
		return !slices.ContainsFunc(e.Exprs, func(e hclsyntax.Expression) bool {
			_, reference := e.(*hclsyntax.ScopeTraversalExpr)
			return !reference
		})
	}
	return false
}

// ParseExpression parses an expression. Text that no parser should get is refused first.
func ParseExpression(src []byte, name string) (hcl.Expression, hcl.Diagnostics) {
	if d := invalidText(src, name); d != nil {
		return nil, hcl.Diagnostics{d}
	}
	if d := Refuse(src, name, Native); d != nil {
		return nil, hcl.Diagnostics{d}
	}
	expr, diags := hclsyntax.ParseExpression(src, name, hcl.InitialPos)
	if found := slips(src, name); diags.HasErrors() && len(found) > 0 {
		diags = found
	}
	return expr, oncePerLine(diags)
}

// oncePerLine keeps the first error of each line: those after it are mostly due to it.
func oncePerLine(diags hcl.Diagnostics) hcl.Diagnostics {
	seen := map[int]bool{}
	return slices.DeleteFunc(diags, func(d *hcl.Diagnostic) bool {
		if d.Subject == nil || d.Severity != hcl.DiagError {
			return false
		}
		line := d.Subject.Start.Line
		before := seen[line]
		seen[line] = true
		return before
	})
}
