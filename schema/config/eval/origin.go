package eval

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"countersign/schema/config/syntax"
	"countersign/schema/config/words"
)

// Origin is the place where a value is written down.
type Origin struct {
	Expr hcl.Expression
	// Shared is what led to it, when other values may come from there too: local.board, the for_each of
	// template.upload.
	Shared string
	frame  *Frame // where Expr gets its value
}

// Origin follows an expression to the place where its value is written: through parentheses and local values, and
// through each.value and indexes into lists and objects that are written out. It ends at an expression that computes
// its value.
func (f *Frame) Origin(e hcl.Expression) Origin {
	switch x := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		return f.Origin(x.Expression)
	case *hclsyntax.ScopeTraversalExpr:
		return f.traversed(x)
	case *hclsyntax.RelativeTraversalExpr:
		if o, ok := f.Origin(x.Source).into(steps(x.Traversal)); ok {
			return o
		}
	case *hclsyntax.IndexExpr:
		key, diags := f.ev.Budget.Value(x.Key, f.ctx)
		if diags.HasErrors() {
			break
		}
		if o, ok := f.Origin(x.Collection).into([]cty.Value{key}); ok {
			return o
		}
	}
	return Origin{Expr: e, frame: f}
}

// Here is the place of an expression itself, wherever its value comes from.
func (f *Frame) Here(e hcl.Expression) Origin { return Origin{Expr: e, frame: f} }

// Key is the key of an instance, and where the for_each is written that has it.
func (f *Frame) Key() (string, Origin) {
	return f.ctx.Variables["each"].GetAttr("key").AsString(), f.outer.Origin(f.each.ForEach)
}

// traversed follows a reference.
func (f *Frame) traversed(x *hclsyntax.ScopeTraversalExpr) Origin {
	here := Origin{Expr: x, frame: f}
	name, named := syntax.StepName(x.Traversal, 1)
	if !named {
		return here
	}
	switch x.Traversal.RootName() {
	case "local":
		c := f.ev.cells["local"][name]
		if c == nil {
			return here
		}
		b := f.ev.Binder()
		b.Add(c.node.Expr)
		o, ok := b.Frame(c.node.Address).Origin(c.node.Expr).into(steps(x.Traversal[2:]))
		if !ok {
			return here
		}
		if o.Shared == "" {
			o.Shared = c.node.Address.String()
		}
		return o
	case "each":
		if name != "value" || f.each == nil {
			return here
		}
		o := f.outer.Origin(f.each.ForEach)
		if _, object := o.Expr.(*hclsyntax.ObjectConsExpr); !object { // the elements of a set are keys
			return here
		}
		if o, ok := o.into(append([]cty.Value{f.ctx.Variables["each"].GetAttr("key")}, steps(x.Traversal[2:])...)); ok {
			if o.Shared == "" {
				o.Shared = "the for_each of " + f.each.Address.String()
			}
			return o
		}
	}
	return here
}

// steps are the keys that a traversal goes on to.
func steps(t hcl.Traversal) []cty.Value {
	var keys []cty.Value
	for _, s := range t {
		switch s := s.(type) {
		case hcl.TraverseAttr:
			keys = append(keys, cty.StringVal(s.Name))
		case hcl.TraverseIndex:
			keys = append(keys, s.Key)
		default:
			keys = append(keys, cty.DynamicVal)
		}
	}
	return keys
}

// into goes on to an element of a list or object. It reports false where that is not written out.
func (o Origin) into(keys []cty.Value) (Origin, bool) {
	if len(keys) == 0 {
		return o, true
	}
	var inner hcl.Expression
	switch x := o.Expr.(type) {
	case *hclsyntax.ObjectConsExpr:
		if key, err := convert.Convert(keys[0], cty.String); err == nil && key.IsKnown() && !key.IsNull() &&
			!key.IsMarked() {
			inner = o.frame.items(x)[key.AsString()]
		}
	case *hclsyntax.TupleConsExpr:
		if n, err := convert.Convert(keys[0], cty.Number); err == nil && n.IsKnown() && !n.IsNull() {
			if i, _ := n.AsBigFloat().Int64(); i >= 0 && i < int64(len(x.Exprs)) {
				inner = x.Exprs[i]
			}
		}
	}
	if inner == nil {
		return o, false
	}
	next := o.frame.Origin(inner)
	if next.Shared == "" {
		next.Shared = o.Shared
	}
	return next.into(keys[1:])
}

// items are the elements of an object that is written out, by key. For an object outside of instances, they are found
// once.
func (f *Frame) items(x *hclsyntax.ObjectConsExpr) map[string]hcl.Expression {
	if known := f.ev.items[x]; known != nil {
		return known
	}
	items := make(map[string]hcl.Expression, len(x.Items))
	for _, item := range x.Items { // of two with one key, the last one counts
		if v, diags := f.ev.Budget.Value(item.KeyExpr, f.ctx); !diags.HasErrors() && !v.IsMarked() {
			if key, err := convert.Convert(v, cty.String); err == nil && key.IsKnown() && !key.IsNull() {
				items[key.AsString()] = item.ValueExpr
			}
		}
	}
	if f.each == nil {
		if f.ev.items == nil {
			f.ev.items = map[*hclsyntax.ObjectConsExpr]map[string]hcl.Expression{}
		}
		f.ev.items[x] = items
	}
	return items
}

// HasKey reports whether a part of the expression has the value of a key.
func (o Origin) HasKey(part hcl.Expression, key string) bool {
	v, ok := o.Value(part)
	if !ok {
		return false
	}
	text, err := convert.Convert(v, cty.String)
	return err == nil && text.AsString() == key
}

// How says what computes the value at an origin, in words that follow after "it".
func (o Origin) How() string {
	switch x := o.Expr.(type) {
	case *hclsyntax.FunctionCallExpr:
		return fmt.Sprintf("is what %s(…) makes", x.Name)
	case *hclsyntax.ConditionalExpr:
		return "is chosen by a condition"
	case *hclsyntax.TemplateExpr, *hclsyntax.TemplateWrapExpr:
		return "is put together from parts"
	case *hclsyntax.ForExpr:
		return "is made by a for expression"
	case *hclsyntax.SplatExpr:
		return "is gathered by a splat expression"
	case *hclsyntax.BinaryOpExpr, *hclsyntax.UnaryOpExpr:
		return "is computed"
	case *hclsyntax.ScopeTraversalExpr:
		name, _ := syntax.StepName(x.Traversal, 1)
		switch root := x.Traversal.RootName(); root {
		case "var":
			from := o.frame.ev.From[name]
			if from == ByDefault {
				from += " in " + words.Place(o.frame.ev.cells["var"][name].node.At)
			}
			return fmt.Sprintf("is the value of var.%s, which comes from %s", name, from)
		case "each":
			return "comes from each." + name + ", an element of for_each"
		default:
			return "comes from " + syntax.Reference(x.Traversal)
		}
	case *hclsyntax.IndexExpr, *hclsyntax.RelativeTraversalExpr:
		return "is looked up"
	}
	if syntax.IsJSON(o.Expr.Range().Filename) {
		return "is written in JSON, which is not rewritten"
	}
	return "is computed"
}

// Of is the place where the value of a part of the expression is written.
func (o Origin) Of(part hcl.Expression) Origin { return o.frame.Origin(part) }

// Literal reports whether a literal stands there.
func (o Origin) Literal() bool {
	switch x := o.Expr.(type) {
	case *hclsyntax.LiteralValueExpr:
		return true
	case *hclsyntax.TemplateExpr:
		for _, part := range x.Parts {
			if _, literal := part.(*hclsyntax.LiteralValueExpr); !literal {
				return false
			}
		}
		_, diags := x.Value(nil)
		return !diags.HasErrors()
	}
	return false
}

// Value is the value of a part of the expression; ok is false where it is unknown, null or sensitive.
func (o Origin) Value(part hcl.Expression) (v cty.Value, ok bool) {
	v, diags := o.frame.ev.Budget.Value(part, o.frame.ctx)
	return v, !diags.HasErrors() && !v.IsMarked() && v.IsKnown() && !v.IsNull()
}
