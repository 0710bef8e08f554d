package eval

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema/config/words"
)

// IsList reports whether a type is that of a list or a set.
func IsList(ty cty.Type) bool { return ty.IsTupleType() || ty.IsListType() || ty.IsSetType() }

// List goes through the elements of a list or a set that an attribute holds. They must not be sensitive. each is called
// with each element until it finds a wrong one, and wrong for a value of another type.
func (f *Frame) List(v cty.Value, expr hcl.Expression, attribute words.Word, each func(i int, e cty.Value) Found,
	wrong func() Found) Found {
	if v.Type() == cty.DynamicPseudoType || !v.IsKnown() {
		return f.Unknown(expr, attribute)
	}
	if !IsList(v.Type()) {
		return wrong()
	}
	i := 0
	for it := v.ElementIterator(); it.Next(); i++ {
		_, e := it.Element()
		if e.IsMarked() {
			return f.Sensitive(expr, attribute)
		}
		if found := each(i, e); found != Given {
			return found
		}
	}
	return Given
}
