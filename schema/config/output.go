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
	"countersign/schema/config/budget"
	"countersign/schema/config/diagnostic"
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
	type outcome struct {
		outputs []schema.Output
		diags   schema.Diagnostics
	}
	o := budget.Bounded(ev.Budget, func() outcome {
		outputs, diags := ev.outputs()
		return outcome{outputs, diags}
	}, func() outcome {
		return outcome{nil, s.Diagnostics(diagnostic.Findings(hcl.Diagnostics{ev.Budget.Overdue()}))}
	})
	return o.outputs, o.diags
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
	// Warnings have been reported by Evaluate.
	return outputs, slices.DeleteFunc(ev.diagnostics(), func(d schema.Diagnostic) bool {
		return d.Severity != schema.Error
	})
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
	v, found := f.Kept(block.Expr("value"))
	if found != eval.Given {
		f.Required(block.Expr("value"), "value", found)
		return f, cty.DynamicVal
	}
	if ev.Budget.ChargeWritten(v, block.Expr("value").Range()) != nil {
		f.Spent()
		return f, cty.DynamicVal
	}
	bare, marks := v.UnmarkDeep()
	if len(marks) > 0 && !f.Secrets {
		f.Fail(block.Expr("value"), "Sensitive value", "The value of this output is sensitive, and outputs are printed. Add "+
			"sensitive = true to the output, or nonsensitive(…) around the value if it is no secret.")
	}
	return f, bare
}

// plainValue is a value as encoding/json decodes it, numbers as json.Number.
func plainValue(v cty.Value) (any, error) {
	raw, err := ctyjson.Marshal(v, v.Type())
	if err != nil {
		return nil, err
	}
	return decodeJSON(raw)
}

// typeOf is a value's type in cty's JSON form.
func typeOf(v cty.Value) (any, error) {
	raw, err := ctyjson.MarshalType(v.Type())
	if err != nil {
		return nil, err
	}
	return decodeJSON(raw)
}

func decodeJSON(raw []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}
