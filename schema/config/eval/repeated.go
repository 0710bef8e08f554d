package eval

import (
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// repeated keeps the values of an expression of a block with for_each: where two instances give it the same to read, it
// is evaluated for the first of them alone.
type repeated struct {
	reads  []hcl.Traversal // of the instance; none where all instances give it the same
	values map[string]cty.Value
	met    bool // one of the values has been used again
}

// maxRepeated is how many values of an expression are kept.
const maxRepeated = 1000

// key is what the instance gives the expression to read. ok is false where that is more than texts, numbers, true and
// false that are known and no secret.
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

// keep keeps a value. It reports false where no value was ever used again.
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
