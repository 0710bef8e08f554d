package eval

import (
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// repeated keeps the values of an expression in a block with for_each. Where the expression reads the same of two
// instances, it is evaluated for the first one only.
type repeated struct {
	reads  []hcl.Traversal      // what it reads of the instance
	values map[string]cty.Value // by the values that it reads
	met    bool                 // one of the values has been used again
}

// maxRepeated is how many values of an expression are kept.
const maxRepeated = 1000

// key is what the expression reads of the instance, as text. ok is false where that is not only known texts, numbers
// and booleans that are no secret.
func (r *repeated) key(ctx *hcl.EvalContext) (_ string, ok bool) {
	var key []byte
	for _, t := range r.reads {
		v, diags := t.TraverseAbs(ctx)
		if diags.HasErrors() || v.IsMarked() || !v.IsKnown() || v.IsNull() {
			return "", false
		}
		switch v.Type() {
		case cty.String:
			key = strconv.AppendQuote(key, v.AsString())
		case cty.Number:
			n := v.AsBigFloat()
			key = strconv.AppendUint(n.Append(key, 'p', 0), uint64(n.Prec()), 10)
		case cty.Bool:
			key = strconv.AppendBool(key, v.True())
		default:
			return "", false
		}
		key = append(key, ' ')
	}
	return string(key), true
}

// keep keeps a value. It reports false when that is not worth it: there are many, and none was used again.
func (r *repeated) keep(key string, v cty.Value) bool {
	if len(r.values) == maxRepeated {
		if !r.met {
			return false
		}
		clear(r.values)
	}
	r.values[key] = v
	return true
}
