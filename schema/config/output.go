package config

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"countersign/schema"
	"countersign/schema/config/eval"
	"countersign/schema/config/structure"
)

// outputBlock is an output block.
type outputBlock struct{ structure.Object }

var outputSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "value", Required: true},
	{Name: "description"}, {Name: "sensitive"}}}

func decodeOutput(b *hcl.Block, diags *hcl.Diagnostics) *outputBlock {
	return &outputBlock{structure.ObjectOf(b, structure.Content(b.Body, outputSchema, diags), diags)}
}

// Outputs evaluates the output blocks, sorted by name, and of the rest only what they refer to. Template ids
// that facts do not hold are unknown.
func (s *Source) Outputs(in Inputs, facts *schema.Facts) ([]schema.Output, schema.Diagnostics) {
	ev := s.evaluator(in, facts)
	return inTime(ev, ev.outputs)
}

func (ev *evaluator) outputs() ([]schema.Output, schema.Diagnostics) {
	ev.assignVariables(false)
	var outputs []schema.Output
	for _, block := range ev.outputBlocks() {
		f, v := ev.output(block)
		o := schema.Output{Name: block.Name, Sensitive: f.Secrets}
		o.Description, _ = f.Text(block.Expr("description"), "description")
		var err error
		if o.Type, err = typeOf(v); err == nil && v.IsWhollyKnown() {
			o.Value, err = plainValue(v)
		}
		if err != nil {
			f.Fail(block.Expr("value"), "Invalid output value", "This value cannot be an output: %s.", err)
		}
		o.Unknown = !v.IsWhollyKnown()
		outputs = append(outputs, o)
	}
	return outputs, ev.errors()
}

// checkOutputs evaluates the output blocks for their mistakes alone.
func (ev *evaluator) checkOutputs() {
	for _, block := range ev.outputBlocks() {
		f, _ := ev.output(block)
		f.Text(block.Expr("description"), "description")
	}
}

func (ev *evaluator) outputBlocks() []*outputBlock {
	return slices.SortedFunc(slices.Values(ev.src.document.outputs), func(a, b *outputBlock) int {
		return strings.Compare(a.Name, b.Name)
	})
}

// output evaluates one block; the frame's secrets say whether it is sensitive. The value has no marks.
func (ev *evaluator) output(block *outputBlock) (*eval.Frame, cty.Value) {
	b := ev.Bind(&block.Object)
	f := b.Frame(block.Address)
	f.Secrets, _ = f.Flag(block.Expr("sensitive"), "sensitive")
	expr := block.Expr("value")
	v, found := f.Kept(expr)
	if found != eval.Given {
		f.Required(expr, "value", found)
		return f, cty.DynamicVal
	}
	if ev.Budget.ChargeWritten(v, expr.Range()) != nil {
		f.Spent()
		return f, cty.DynamicVal
	}
	bare, marks := v.UnmarkDeep()
	if len(marks) > 0 && !f.Secrets {
		f.Fail(expr, "Sensitive value", "The value of this output is sensitive, and outputs are printed. "+
			"Add sensitive = true to the output, or nonsensitive(…) around the value if it is no secret.")
	}
	return f, bare
}

// plainValue is a value as encoding/json decodes it, numbers as json.Number.
func plainValue(v cty.Value) (any, error) {
	return decodeJSON(ctyjson.Marshal(v, v.Type()))
}

// typeOf is a value's type in cty's JSON form.
func typeOf(v cty.Value) (any, error) {
	return decodeJSON(ctyjson.MarshalType(v.Type()))
}

func decodeJSON(raw []byte, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}
