package budget

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"countersign/schema/config/syntax"
)

// To find one type for all elements of a list, cty compares all of them with all, even if they are alike: a list of
// 100,000 elements takes half a minute. Here, a list of elements that are alike is made without that, and for others
// the square of their number is taken first.

// convert is cty's conversion, with costs in proportion to the value.
func (b *Budget) convert(v cty.Value, to cty.Type) (cty.Value, error) {
	v, err := b.prepared(v, to, 0)
	if err != nil {
		return cty.NilVal, err
	}
	return convert.Convert(v, to)
}

// prepared makes the lists and maps that a conversion will need, if that can be done element by element.
func (b *Budget) prepared(v cty.Value, to cty.Type, depth int) (cty.Value, error) {
	bare, marks := v.Unmark()
	ty := v.Type()
	if bare.IsNull() || !bare.IsKnown() || depth > syntax.MaxDepth {
		return v, nil
	}
	switch {
	case ty == cty.String && to == cty.Number:
		b.digits(bare.AsString())
	case ty.IsTupleType() && ty.Length() > 0 && (to.IsListType() || to.IsSetType()):
		elements := make([]cty.Value, 0, ty.Length())
		for it := bare.ElementIterator(); it.Next(); {
			_, e := it.Element()
			e, err := b.element(e, to, depth)
			if err != nil {
				return v, nil //nolint:nilerr // cty reports it, with the path to it
			}
			elements = append(elements, e)
		}
		if !cty.CanListVal(elements) || elements[0].Type().HasDynamicTypes() {
			return v, b.square(len(elements))
		}
		return cty.ListVal(elements).WithMarks(marks), nil
	case ty.IsObjectType() && len(ty.AttributeTypes()) > 0 && to.IsMapType():
		elements := make(map[string]cty.Value, len(ty.AttributeTypes()))
		for name := range ty.AttributeTypes() {
			e, err := b.element(bare.GetAttr(name), to, depth)
			if err != nil {
				return v, nil //nolint:nilerr // cty reports it, with the path to it
			}
			elements[name] = e
		}
		if !cty.CanMapVal(elements) {
			return v, b.square(len(elements))
		}
		for _, e := range elements {
			if e.Type().HasDynamicTypes() {
				return v, b.square(len(elements))
			}
			break
		}
		return cty.MapVal(elements).WithMarks(marks), nil
	case ty.IsObjectType() && to.IsObjectType():
		attributes := make(map[string]cty.Value, len(ty.AttributeTypes()))
		for name := range ty.AttributeTypes() {
			a := bare.GetAttr(name)
			if to.HasAttribute(name) {
				var err error
				if a, err = b.prepared(a, to.AttributeType(name), depth+1); err != nil {
					return v, err
				}
			}
			attributes[name] = a
		}
		return cty.ObjectVal(attributes).WithMarks(marks), nil
	}
	return v, nil
}

// element is an element with the type that the collection demands.
func (b *Budget) element(e cty.Value, to cty.Type, depth int) (cty.Value, error) {
	if to.ElementType() == cty.DynamicPseudoType {
		return e, nil
	}
	e, err := b.prepared(e, to.ElementType(), depth+1)
	if err != nil {
		return cty.NilVal, err
	}
	return convert.Convert(e, to.ElementType())
}

// square takes for comparing all of n types with all.
func (b *Budget) square(n int) error { return b.Take(Cost{Steps: Times(int64(n), int64(n)) / 16}) }

// choice is a conditional expression in a copy. Both results get one type; for two lists of different lengths, it is
// that of all elements.
type choice struct{ *hclsyntax.ConditionalExpr }

func (c choice) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	b := c.TrueResult.(*metered).budget
	yes, wrongYes := c.TrueResult.Value(ctx)
	no, wrongNo := c.FalseResult.Value(ctx)
	if t, f := yes.Type(), no.Type(); t.IsTupleType() && f.IsTupleType() && t.Length() != f.Length() {
		of := cty.DynamicPseudoType
		for _, v := range []cty.Value{yes, no} {
			if types := v.Type().TupleElementTypes(); len(types) > 0 && of == cty.DynamicPseudoType {
				of = types[0]
			}
		}
		listed := func(v cty.Value) (cty.Value, bool) {
			if v.IsNull() {
				return v, false
			}
			if v.Type().Length() == 0 && !of.HasDynamicTypes() {
				_, marks := v.Unmark()
				return cty.ListValEmpty(of).WithMarks(marks), v.IsKnown()
			}
			for _, ty := range v.Type().TupleElementTypes() {
				if !ty.Equals(of) {
					return v, false
				}
			}
			list, err := b.prepared(v, cty.List(of), 0)
			return list, err == nil && list.Type().IsListType()
		}
		y, ok1 := listed(yes)
		n, ok2 := listed(no)
		if ok1 && ok2 {
			yes, no = y, n
		} else if b.square(t.Length()+f.Length()) != nil {
			panic(outOfBudget{})
		}
	}
	same := *c.ConditionalExpr
	same.TrueResult, same.FalseResult = evaluatedExpr{c.TrueResult, yes, wrongYes}, evaluatedExpr{c.FalseResult, no,
		wrongNo}
	return same.Value(ctx)
}

// evaluatedExpr is an expression that has been evaluated already.
type evaluatedExpr struct {
	hclsyntax.Expression
	value cty.Value
	diags hcl.Diagnostics
}

func (r evaluatedExpr) Value(*hcl.EvalContext) (cty.Value, hcl.Diagnostics) { return r.value, r.diags }

// ToType converts a value to a type, with the defaults of optional attributes.
func (b *Budget) ToType(v cty.Value, ty cty.Type, defaults *typeexpr.Defaults, at hcl.Range) (cty.Value, error) {
	if defaults != nil && !v.IsNull() {
		elements := Times(Measure(v).Elements, b.defaults(defaults))
		if err := b.Take(Cost{Elements: elements, Steps: elements}); err != nil {
			return cty.NilVal, err
		}
		v = defaults.Apply(v)
	}
	var err error
	if spent := b.within(at, func() { v, err = b.convert(v, ty) }); spent != nil {
		return cty.NilVal, outOfBudget{}
	}
	return v, err
}

// Constraint reads a type constraint, in which optional attributes may have defaults.
func (b *Budget) Constraint(e hcl.Expression) (ty cty.Type, defaults *typeexpr.Defaults, diags hcl.Diagnostics) {
	b.inType = true
	defer func() { b.inType = false }()
	if spent := b.within(e.Range(), func() {
		ty, defaults, diags = typeexpr.TypeConstraintWithDefaults(b.metered(e))
	}); spent != nil {
		return cty.DynamicPseudoType, nil, hcl.Diagnostics{spent}
	}
	return ty, defaults, diags
}

// defaults is how many elements the defaults of a type have together, at least one.
func (b *Budget) defaults(d *typeexpr.Defaults) int64 {
	n := int64(1)
	for _, v := range d.DefaultValues {
		n = Plus(n, Measure(v).Elements)
	}
	for _, inner := range d.Children {
		n = Plus(n, b.defaults(inner))
	}
	return n
}
