package budget

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"countersign/schema/config/syntax"
	"countersign/schema/config/words"
)

// metered is a part of an expression that takes from a budget whenever it is evaluated. It stands only in copies that
// are made for evaluation: code that reads, follows or rewrites expressions sees them as they are written. HCL's walks
// see through it as through parentheses.
type metered struct {
	hclsyntax.ParenthesesExpr
	budget *Budget
	as     meterKind
	cost   Cost // of each evaluation
}

// bitsPerStep is how many bits of a number are written down in one step.
const bitsPerStep = 10

// stepsToCompare is how many times as many steps it takes to compare an element than to look at it.
const stepsToCompare = 4

// meterKind is what is done with a part's value.
type meterKind uint8

const (
	counted  meterKind = iota // it is an element, or makes some
	piece                     // it is written into a text
	operand                   // an operator or a function looks at it
	compared                  // it is compared with another one, element by element
	numeric                   // it is converted to a number
)

var _ hclsyntax.Expression = (*metered)(nil)

func (b *Budget) part(e hclsyntax.Expression, as meterKind, c Cost) hclsyntax.Expression {
	if inner, is := e.(*metered); is && inner.as == operand && as != counted {
		inner.as = counted // the value is looked at once
	}
	return &metered{ParenthesesExpr: hclsyntax.ParenthesesExpr{Expression: e, SrcRange: e.Range()}, budget: b, as: as,
		cost: c}
}

// UnwrapExpression is for HCL's static analysis.
func (m *metered) UnwrapExpression() hcl.Expression { return m.Expression }

func (m *metered) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	b, outer := m.budget, m.budget.at
	b.at = m.SrcRange
	b.draw(m.cost)
	v, diags := m.Expression.Value(ctx)
	b.at = m.SrcRange
	switch m.as {
	case piece:
		b.guard(v)
		if n, _ := v.Unmark(); n.Type() == cty.Number && n.IsKnown() && !n.IsNull() {
			b.draw(Cost{Steps: int64(n.AsBigFloat().Prec()) / bitsPerStep})
		}
		if s, _ := v.Unmark(); s.Type() == cty.String && s.IsKnown() && !s.IsNull() {
			b.draw(Cost{Bytes: int64(len(s.AsString()))})
		}
	case compared:
		b.guard(v)
		if ty := v.Type(); !ty.IsPrimitiveType() {
			b.draw(Cost{Steps: Times(b.weigh(v).Steps, stepsToCompare)})
		}
	case numeric:
		b.guard(v)
		if v.Type() != cty.Number {
			b.numeral(v)
		}
	case operand:
		b.guard(v)
		if ty := v.Type(); b.inType && ty.IsTupleType() { // the default of an optional attribute
			b.draw(Cost{Steps: Times(int64(ty.Length()), int64(ty.Length())) / 16})
		}
	}
	b.at = outer
	return v, diags
}

// metered is a copy of an expression that takes from the budget, or the expression itself if it makes nothing new.
func (b *Budget) metered(expr hcl.Expression) hcl.Expression {
	if _, literal := expr.(*hclsyntax.LiteralValueExpr); literal {
		return expr // Value itself looks at a number
	}
	if e, native := expr.(hclsyntax.Expression); native && modest(e) {
		return expr
	}
	if c := b.copies[expr]; c != nil {
		return c
	}
	var c hcl.Expression
	if e, native := expr.(hclsyntax.Expression); native {
		c = b.copy(e)
	} else {
		c = b.fromJSON(expr)
	}
	b.copies[expr] = c
	return c
}

// modest reports whether an expression only names, picks and lists what exists already.
func modest(e hclsyntax.Expression) bool {
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		return e.Val.Type() != cty.Number
	case *hclsyntax.ScopeTraversalExpr:
		return true
	case *hclsyntax.ParenthesesExpr:
		return modest(e.Expression)
	case *hclsyntax.TemplateWrapExpr:
		return modest(e.Wrapped)
	case *hclsyntax.RelativeTraversalExpr:
		return modest(e.Source)
	case *hclsyntax.TemplateExpr:
		return e.IsStringLiteral()
	case *hclsyntax.TupleConsExpr:
		for _, e := range e.Exprs {
			if !modest(e) {
				return false
			}
		}
		return true
	case *hclsyntax.ObjectConsExpr:
		for _, item := range e.Items {
			if key, ok := item.KeyExpr.(*hclsyntax.ObjectConsKeyExpr); !ok || !modest(key.Wrapped) ||
				!modest(item.ValueExpr) {
				return false
			}
		}
		return true
	}
	return false
}

// copy makes a copy that takes from the budget. A kind of expression that HCL does not have yet stays as it is.
func (b *Budget) copy(e hclsyntax.Expression) hclsyntax.Expression {
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		if e.Val.Type() == cty.Number {
			return b.part(e, operand, step)
		}
	case *hclsyntax.ParenthesesExpr:
		return &hclsyntax.ParenthesesExpr{Expression: b.copy(e.Expression), SrcRange: e.SrcRange}
	case *hclsyntax.TemplateWrapExpr:
		return &hclsyntax.TemplateWrapExpr{Wrapped: b.copy(e.Wrapped), SrcRange: e.SrcRange}
	case *hclsyntax.TemplateJoinExpr:
		return &hclsyntax.TemplateJoinExpr{Tuple: b.copy(e.Tuple)}
	case *hclsyntax.RelativeTraversalExpr:
		return &hclsyntax.RelativeTraversalExpr{Source: b.copy(e.Source), Traversal: e.Traversal, SrcRange: e.SrcRange}
	case *hclsyntax.TemplateExpr:
		return b.copyTemplate(e)
	case *hclsyntax.TupleConsExpr:
		c := &hclsyntax.TupleConsExpr{SrcRange: e.SrcRange, OpenRange: e.OpenRange,
			Exprs: make([]hclsyntax.Expression, len(e.Exprs))}
		for i, e := range e.Exprs {
			c.Exprs[i] = b.copy(e)
		}
		return b.part(c, counted, Cost{Steps: 1, Elements: int64(len(e.Exprs))})
	case *hclsyntax.ObjectConsExpr:
		c := &hclsyntax.ObjectConsExpr{SrcRange: e.SrcRange, OpenRange: e.OpenRange,
			Items: make([]hclsyntax.ObjectConsItem, len(e.Items))}
		for i, item := range e.Items {
			c.Items[i] = hclsyntax.ObjectConsItem{KeyExpr: b.copyKey(item.KeyExpr), ValueExpr: b.copy(item.ValueExpr)}
		}
		return b.part(c, counted, Cost{Steps: 1, Elements: int64(len(e.Items))})
	case *hclsyntax.FunctionCallExpr:
		c := *e
		c.Args = make([]hclsyntax.Expression, len(e.Args))
		for i, a := range e.Args {
			c.Args[i] = b.part(b.copy(a), operand, step)
		}
		return b.part(&c, counted, Cost{Steps: 8})
	case *hclsyntax.ConditionalExpr:
		c := *e
		c.Condition, c.TrueResult, c.FalseResult = b.part(b.copy(e.Condition), operand, step),
			b.part(b.copy(e.TrueResult), operand, step), b.part(b.copy(e.FalseResult), operand, step)
		return choice{&c}
	case *hclsyntax.BinaryOpExpr:
		c, as := *e, operatorKind(e.Op)
		c.LHS, c.RHS = b.part(b.copy(e.LHS), as, step), b.part(b.copy(e.RHS), as, step)
		return b.part(&c, operand, step)
	case *hclsyntax.UnaryOpExpr:
		c := *e
		c.Val = b.part(b.copy(e.Val), operatorKind(e.Op), step)
		return &c
	case *hclsyntax.IndexExpr:
		c := *e
		c.Collection, c.Key = b.copy(e.Collection), b.part(b.copy(e.Key), operand, step)
		return &c
	case *hclsyntax.ForExpr:
		return b.copyFor(e)
	case *hclsyntax.SplatExpr:
		c := *e
		c.Source, c.Each = b.copy(e.Source), b.part(b.copy(e.Each), counted, each)
		return &c
	}
	return e
}

// The costs of a part that is evaluated, and of one that makes an element.
var (
	step = Cost{Steps: 2}
	each = Cost{Steps: 2, Elements: 1}
)

func (b *Budget) copyTemplate(e *hclsyntax.TemplateExpr) hclsyntax.Expression {
	if e.IsStringLiteral() {
		return e
	}
	c := &hclsyntax.TemplateExpr{SrcRange: e.SrcRange, Parts: make([]hclsyntax.Expression, len(e.Parts))}
	written := Cost{Steps: 1}
	for i, p := range e.Parts {
		if literal, ok := p.(*hclsyntax.LiteralValueExpr); ok && literal.Val.Type() == cty.String &&
			literal.Val.IsKnown() && !literal.Val.IsNull() {
			written.Bytes += int64(len(literal.Val.AsString()))
			c.Parts[i] = p
			continue
		}
		c.Parts[i] = b.part(b.copy(p), piece, step)
	}
	return b.part(c, counted, written)
}

func (b *Budget) copyFor(e *hclsyntax.ForExpr) hclsyntax.Expression {
	c := *e
	c.CollExpr, c.ValExpr = b.copy(e.CollExpr), b.part(b.copy(e.ValExpr), counted, each)
	if e.KeyExpr != nil { // an element of an object counts twice
		c.ValExpr = b.part(b.copy(e.ValExpr), counted, Cost{Steps: 4, Elements: 2})
		c.KeyExpr = b.part(b.copy(e.KeyExpr), piece, step)
	}
	if e.CondExpr != nil {
		c.CondExpr = b.part(b.copy(e.CondExpr), operand, step)
	}
	return &c
}

// operatorKind is what an operator does with its operands.
func operatorKind(o *hclsyntax.Operation) meterKind {
	switch {
	case o == hclsyntax.OpEqual || o == hclsyntax.OpNotEqual:
		return compared
	case o.Impl.Params()[0].Type == cty.Number:
		return numeric
	}
	return operand
}

// copyKey copies the key of an object, which most often is a bare word.
func (b *Budget) copyKey(e hclsyntax.Expression) hclsyntax.Expression {
	key, ok := e.(*hclsyntax.ObjectConsKeyExpr)
	if !ok {
		return b.copy(e)
	}
	if modest(key.Wrapped) {
		return key
	}
	return &hclsyntax.ObjectConsKeyExpr{Wrapped: b.copy(key.Wrapped), ForceNonLiteral: key.ForceNonLiteral}
}

// fromJSON is copy for an expression of JSON. Its strings are parsed here, once.
func (b *Budget) fromJSON(e hcl.Expression) hcl.Expression {
	j := &jsonValue{Expression: e, budget: b}
	if list, diags := hcl.ExprList(e); !diags.HasErrors() {
		j.list = make([]hcl.Expression, len(list))
		for i, e := range list {
			j.list[i] = b.fromJSON(e)
		}
		return j
	}
	if pairs, diags := hcl.ExprMap(e); !diags.HasErrors() {
		j.pairs = make([]hcl.KeyValuePair, len(pairs))
		for i, p := range pairs {
			j.pairs[i] = hcl.KeyValuePair{Key: b.fromJSON(p.Key), Value: b.fromJSON(p.Value)}
		}
		return j
	}
	text, at, is := syntax.StringOf(e)
	if !is || !strings.Contains(text, "${") && !strings.Contains(text, "%{") {
		return e
	}
	expr, diags := hclsyntax.ParseTemplate([]byte(text), e.Range().Filename, at)
	if j.diags = diags; !diags.HasErrors() {
		j.text = b.copy(expr)
	}
	return j
}

// jsonValue is an array or an object of JSON, or a string with sequences in it.
type jsonValue struct {
	hcl.Expression
	budget *Budget
	list   []hcl.Expression
	pairs  []hcl.KeyValuePair
	text   hclsyntax.Expression
	diags  hcl.Diagnostics // of a string that does not parse
}

// UnwrapExpression is for HCL's static analysis.
func (j *jsonValue) UnwrapExpression() hcl.Expression { return j.Expression }

func (j *jsonValue) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	switch {
	case ctx == nil: // strings stand for themselves
		return j.Expression.Value(nil)
	case j.diags.HasErrors():
		return cty.DynamicVal, j.diags
	case j.text != nil:
		return j.text.Value(ctx)
	case j.list != nil:
		j.budget.draw(Cost{Steps: 1, Elements: int64(len(j.list))})
		var diags hcl.Diagnostics
		values := make([]cty.Value, len(j.list))
		for i, e := range j.list {
			v, more := e.Value(ctx)
			values[i], diags = v, append(diags, more...)
		}
		return cty.TupleVal(values), diags
	}
	return j.object(ctx)
}

// object is the value of an object, whose keys may have sequences too.
func (j *jsonValue) object(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	j.budget.draw(Cost{Steps: 1, Elements: int64(len(j.pairs))})
	var diags hcl.Diagnostics
	wrong := func(p hcl.KeyValuePair, summary, detail string) {
		at := p.Key.Range()
		diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: &at,
			Expression: p.Key, EvalContext: ctx})
	}
	known := true
	var marks []cty.ValueMarks
	values, first := make(map[string]cty.Value, len(j.pairs)), make(map[string]hcl.Range, len(j.pairs))
	for _, p := range j.pairs {
		key, found := p.Key.Value(ctx)
		v, more := p.Value.Value(ctx)
		diags = append(append(diags, found...), more...)
		key, mark := key.Unmark()
		marks = append(marks, mark)
		key, err := convert.Convert(key, cty.String)
		switch {
		case err != nil:
			wrong(p, "Invalid object key expression", fmt.Sprintf("This cannot be a key: %s.", err))
		case key.IsNull():
			wrong(p, "Invalid object key expression", "This is null, which cannot be a key.")
		case !key.IsKnown():
			known = false
		default:
			name := key.AsString()
			if before, twice := first[name]; twice {
				wrong(p, "Duplicate object attribute", fmt.Sprintf("The key %q stands at %s already. Give one of the "+
					"two another name.", name, words.Place(before)))
				continue
			}
			values[name], first[name] = v, p.Key.Range()
		}
	}
	if !known {
		return cty.DynamicVal.WithMarks(marks...), diags
	}
	return cty.ObjectVal(values).WithMarks(marks...), diags
}
