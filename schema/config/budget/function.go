package budget

import (
	"fmt"
	"math"

	"github.com/hashicorp/hcl/v2/ext/customdecode"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// Function wraps a function so that it takes from the budget: foreseen before the call, and for its result afterwards.
// any is the collection that it turns its arguments into, if they may have any type. Marks and unknown values reach the
// function as they are.
func (b *Budget) Function(f function.Function, foreseen func([]cty.Value) Cost, any cty.Type) function.Function {
	params, more := f.Params(), f.VarParam()
	wanted := make([]cty.Type, len(params), len(params)+1)
	open := func(p *function.Parameter) cty.Type {
		p.AllowNull, p.AllowUnknown, p.AllowDynamicType, p.AllowMarked = true, true, true, true
		ty := p.Type
		if ty.IsCollectionType() {
			p.Type = cty.DynamicPseudoType // the conversion is done here
		}
		return ty
	}
	for i := range params {
		wanted[i] = open(&params[i])
	}
	if more != nil {
		wanted = append(wanted, open(more))
	}
	return function.New(&function.Spec{Params: params, VarParam: more,
		Type: function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (v cty.Value, err error) {
			defer func() {
				if p := recover(); p != nil {
					v, err = cty.NilVal, unanswered(p)
				}
			}()
			if b.spent != nil {
				return cty.NilVal, outOfBudget{}
			}
			for i, a := range args {
				ty := wanted[min(i, len(wanted)-1)]
				if ty == cty.Number {
					b.numeral(a)
				}
				if ty.IsCollectionType() && a.Type() != cty.DynamicPseudoType {
					a, err = b.convert(a, ty)
				} else if any != cty.NilType {
					a, err = b.prepared(a, any, 0)
				}
				if err != nil {
					return cty.NilVal, function.NewArgError(i, err)
				}
				args[i] = a
			}
			if bare, known := plainArguments(args); known {
				c := read(bare)
				if foreseen != nil {
					c = c.Plus(foreseen(bare))
				}
				if err := b.afford(c); err != nil {
					return cty.NilVal, err
				}
				if err := b.Take(Cost{Steps: c.Steps}); err != nil {
					return cty.NilVal, err
				}
			}
			v, err = f.Call(args)
			if p, panicked := err.(function.PanicError); panicked {
				return cty.NilVal, unanswered(p.Value)
			}
			if err != nil {
				return cty.NilVal, err
			}
			return v, b.Take(b.weighed(v))
		}})
}

// unanswered is the error for a function that panicked. The one of cty would show the stack.
func unanswered(p any) error {
	if spent, ours := p.(outOfBudget); ours {
		return spent
	}
	return fmt.Errorf("it has no answer to these arguments (%v)", p)
}

// weighed is weigh without the panic: the budget is spent then.
func (b *Budget) weighed(v cty.Value) (c Cost) {
	defer stopped()
	return b.weigh(v)
}

// plainArguments are arguments without their marks; known is false when the function will not be called with them.
func plainArguments(args []cty.Value) (bare []cty.Value, known bool) {
	bare = make([]cty.Value, len(args))
	for i, a := range args {
		v, _ := a.Unmark()
		if !v.IsKnown() || v.IsNull() || customdecode.CustomExpressionDecoderForType(v.Type()) != nil {
			return nil, false
		}
		bare[i] = v
	}
	return bare, true
}

// read is the cost of reading the texts among arguments.
func read(a []cty.Value) (c Cost) {
	for _, v := range a {
		if v.Type() == cty.String {
			c.Steps = Plus(c.Steps, int64(len(v.AsString()))/bytesPerStep)
		}
	}
	return c
}

// bytesPerStep is how many bytes of a text are read in one step.
const bytesPerStep = 16

// Measure counts the elements and the text in a value.
func Measure(v cty.Value) Cost {
	unlimited := &Budget{left: Cost{Steps: math.MaxInt64}, factor: 1}
	return unlimited.weighed(v)
}
