package eval

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema/config/words"
)

// IsList reports whether a type is that of a list or a set.
func IsList(ty cty.Type) bool { return ty.IsTupleType() || ty.IsListType() || ty.IsSetType() }

// List is the elements of a list or a set that an attribute holds, in order. They must not be sensitive. wrong reports a
// value of another type.
func (f *Frame) List(v cty.Value, expr hcl.Expression, attribute words.Word, wrong func() Found) ([]cty.Value, Found) {
	if v.Type() == cty.DynamicPseudoType || !v.IsKnown() {
		return nil, f.Unknown(expr, attribute)
	}
	if !IsList(v.Type()) {
		return nil, wrong()
	}
	list := make([]cty.Value, 0, v.LengthInt())
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		if e.IsMarked() {
			return nil, f.Sensitive(expr, attribute)
		}
		list = append(list, e)
	}
	return list, Given
}
