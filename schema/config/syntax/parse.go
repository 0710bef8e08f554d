// Package syntax turns text into syntax trees of HCL, native or JSON, and says of text that no parser should see why
// not: text that is not UTF-8, is nested too deeply, or takes a parser more than in proportion to its length.
// Everything that is parsed goes through it, files and what expressions read. It gives nothing a value.
package syntax

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	hcljson "github.com/hashicorp/hcl/v2/json"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema/spelling"
)

// Parse turns text into a file of either syntax. Text that no parser should see is refused first.
func Parse(src []byte, name string) (*hcl.File, hcl.Diagnostics) {
	src = WithoutMark(src)
	if d := invalidText(src, name); d != nil {
		return &hcl.File{Bytes: src, Body: hcl.EmptyBody()}, hcl.Diagnostics{d}
	}
	as := Native
	if IsJSON(name) {
		as = JSON
	}
	if d := Refuse(src, name, as); d != nil {
		diags := hcl.Diagnostics{d}
		if found := slips(src, name); as == Native && d.Summary == tooMuch && len(found) > 0 { // a flood of mistakes may be due to one
			diags = found
			for _, d := range diags {
				d.Extra = Unparsed{}
			}
		}
		return &hcl.File{Bytes: src, Body: hcl.EmptyBody()}, diags
	}
	file, diags := parseText(src, name, as)
	if as == Native && diags.HasErrors() {
		if found := slips(src, name); len(found) > 0 {
			_, others := parseText(without(src, found), name, as)
			diags = append(found, others...)
		}
	}
	diags = oncePerLine(diags)
	for _, d := range diags {
		d.Extra = Unparsed{}
	}
	if as == Native && spelling.Form(string(src)) != string(src) {
		formNames(file)
	}
	return file, diags
}

func parseText(src []byte, name string, as Dialect) (*hcl.File, hcl.Diagnostics) {
	if as == JSON {
		return hcljson.Parse(src, name)
	}
	texts := longTexts(src)
	if len(texts) == 0 {
		return parseNative(src, name, pieceSize)
	}
	file, diags := parseNative(standIn(src, texts), name, pieceSize)
	putBack(file, src, texts)
	return file, diags
}

// formNames gives the names that references begin with, and those that for expressions give, the form in which the
// values of expressions are: HCL compares them as they stand, and in one file a name may stand in two forms.
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

// Unparsed is the Extra of what a parser says of a text, which it may repeat in its words.
type Unparsed struct{}

// Refused reports whether a text never reached a parser.
func Refused(diags hcl.Diagnostics) bool {
	return slices.ContainsFunc(diags, func(d *hcl.Diagnostic) bool { return d.Extra == nil })
}

// Expressions is an expression as HCL's own syntax has it. One of JSON is made of several: each of its strings is one,
// those that are keys too.
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
	text, diags := expr.Value(nil) // without a context a string is what is written
	if diags.HasErrors() || text.Type() != cty.String || text.IsNull() || !strings.Contains(text.AsString(), "{") {
		return nil
	}
	at := expr.Range().Start
	at.Byte, at.Column = at.Byte+1, at.Column+1
	e, diags := hclsyntax.ParseTemplate([]byte(text.AsString()), expr.Range().Filename, at)
	if diags.HasErrors() {
		return nil // its evaluation says so
	}
	return []hclsyntax.Expression{e}
}

// ParseExpression turns text into an expression. Text that no parser should see is refused first.
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

// oncePerLine are diagnostics less those that follow another on the line where it begins: they are mostly due to it.
func oncePerLine(diags hcl.Diagnostics) hcl.Diagnostics {
	told := map[int]bool{}
	return slices.DeleteFunc(diags, func(d *hcl.Diagnostic) bool {
		if d.Subject == nil || d.Severity != hcl.DiagError {
			return false
		}
		before := told[d.Subject.Start.Line]
		told[d.Subject.Start.Line] = true
		return before
	})
}
