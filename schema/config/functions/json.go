package functions

import (
	"encoding/json"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// jsondecodeFunc is cty's, and works too for keys that \u escapes write in another form of Unicode than all names have.
// Text without escapes is in that form already.
var jsondecodeFunc = function.New(&function.Spec{
	Params: stdlib.JSONDecodeFunc.Params(),
	Type: func(args []cty.Value) (cty.Type, error) {
		return stdlib.JSONDecodeFunc.ReturnTypeForValues([]cty.Value{escapedForms(args[0])})
	},
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		return stdlib.JSONDecodeFunc.Call([]cty.Value{escapedForms(args[0])})
	},
})

func escapedForms(text cty.Value) cty.Value {
	if !text.IsKnown() || text.IsNull() || !strings.Contains(text.AsString(), `\u`) {
		return text
	}
	d := json.NewDecoder(strings.NewReader(text.AsString()))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil || d.More() {
		return text // cty says what is wrong
	}
	written, err := json.Marshal(v)
	if err != nil {
		return text
	}
	return cty.StringVal(string(written)) // in the one form
}
