package budget

import (
	"math/bits"

	"github.com/zclconf/go-cty/cty"

	"countersign/schema/config/syntax"
	"countersign/schema/config/words"
)

// weigh counts a value with everything in it. It ends the evaluation at a value that is too deep, at a number that is
// too large to be written, and when there is more in it than may be looked at.
func (b *Budget) weigh(v cty.Value) Cost {
	w := weighing{Budget: b}
	w.value(v, 0)
	return w.Cost
}

type weighing struct {
	*Budget
	Cost
}

func (w *weighing) element(depth int) {
	if depth > syntax.MaxLevels {
		w.refuse("This value is nested more than %d levels deep. Make it flatter.", syntax.MaxLevels)
	}
	w.Elements++
	w.look(1)
}

// look counts steps.
func (w *weighing) look(steps int64) {
	if w.Steps = Plus(w.Steps, steps); w.Steps > w.Budget.left.Steps {
		w.exhaust("One evaluation may take %s steps, and to look at this value would take more.",
			words.Thousands(w.limit(maxSteps)))
		panic(outOfBudget{})
	}
}

func (w *weighing) value(v cty.Value, depth int) {
	w.element(depth)
	v, _ = v.Unmark()
	ty := v.Type()
	if v.IsNull() || !v.IsKnown() {
		w.typ(ty, depth)
		return
	}
	switch {
	case ty == cty.String:
		w.Bytes += int64(len(v.AsString()))
		w.digits(v.AsString())
	case ty == cty.Number:
		w.number(v)
	case ty.IsObjectType():
		for name := range ty.AttributeTypes() {
			w.value(v.GetAttr(name), depth+1)
		}
	case ty.IsCollectionType() || ty.IsTupleType():
		if v.LengthInt() == 0 {
			w.typ(ty, depth)
			return
		}
		n := int64(v.LengthInt())
		if ty.IsSetType() { // to go through it sorts it
			w.look(Times(n, int64(bits.Len64(uint64(n)))) / 4)
		}
		if n > w.Budget.left.Steps-w.Steps {
			w.look(n)
		}
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			w.value(e, depth+1)
		}
	}
}

// typ counts the type of a value that has no elements: to compare types goes through it.
func (w *weighing) typ(ty cty.Type, depth int) {
	w.element(depth)
	switch {
	case ty.IsObjectType():
		for _, a := range ty.AttributeTypes() {
			w.typ(a, depth+1)
		}
	case ty.IsTupleType():
		for _, e := range ty.TupleElementTypes() {
			w.typ(e, depth+1)
		}
	case ty.IsCollectionType():
		w.typ(ty.ElementType(), depth+1)
	}
}

// number refuses a number that would take long to write, or cannot be written.
func (w *weighing) number(v cty.Value) {
	f := v.AsBigFloat()
	if f.IsInf() {
		w.refuse("This number is infinite, and is not worked with.")
	}
	if e := f.MantExp(nil); e > maxExponent || e < -maxExponent || f.Prec() > 2*maxExponent {
		w.refuse("This number has more than %s digits, or as many places behind the point, and is not worked with.",
			words.Thousands(maxExponent*3/10))
	}
}

// Large reports whether a value has too much in it to be looked at for every mistake.
func Large(v cty.Value) bool {
	b := &Budget{left: Cost{Steps: 10_000}, factor: 1}
	b.weighed(v)
	return b.spent != nil
}
