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
	w := wrapped{b, f, foreseen, any, nil}
	params, more := f.Params(), f.VarParam()
	for i := range params {
		w.open(&params[i])
	}
	if more != nil {
		w.open(more)
	}
	return function.New(&function.Spec{Params: params, VarParam: more,
		Type: function.StaticReturnType(cty.DynamicPseudoType), Impl: w.call})
}

// wrapped is a function that takes from a budget.
type wrapped struct {
	*Budget
	function function.Function
	foreseen func([]cty.Value) Cost // nil for nothing
	any      cty.Type               // cty.NilType where arguments have types
	wanted   []cty.Type             // of the parameters
}

// open lets a parameter take every value. What it takes originally is noted.
func (w *wrapped) open(p *function.Parameter) {
	w.wanted = append(w.wanted, p.Type)
	p.AllowNull, p.AllowUnknown, p.AllowDynamicType, p.AllowMarked = true, true, true, true
	if p.Type.IsCollectionType() {
		p.Type = cty.DynamicPseudoType // the conversion is done by call
	}
}

func (w *wrapped) call(args []cty.Value, _ cty.Type) (v cty.Value, err error) {
	defer func() {
		if p := recover(); p != nil {
			v, err = cty.NilVal, unanswered(p)
		}
	}()
	if w.spent != nil {
		return cty.NilVal, outOfBudget{}
	}
	for i, a := range args {
		ty := w.wanted[min(i, len(w.wanted)-1)]
		if ty == cty.Number {
			w.numeral(a)
		}
		if ty.IsCollectionType() && a.Type() != cty.DynamicPseudoType {
			a, err = w.convert(a, ty)
		} else if w.any != cty.NilType {
			a, err = w.prepared(a, w.any, 0)
		}
		if err != nil {
			return cty.NilVal, function.NewArgError(i, err)
		}
		args[i] = a
	}
	if bare, known := plainArguments(args); known {
		c := read(bare)
		if w.foreseen != nil {
			c = c.Plus(w.foreseen(bare))
		}
		if err := w.afford(c); err != nil {
			return cty.NilVal, err
		}
		if err := w.Take(Cost{Steps: c.Steps}); err != nil {
			return cty.NilVal, err
		}
	}
	v, err = w.function.Call(args)
	if p, panicked := err.(function.PanicError); panicked {
		return cty.NilVal, unanswered(p.Value)
	}
	if err != nil {
		return cty.NilVal, err
	}
	return v, w.Take(w.weighed(v))
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
