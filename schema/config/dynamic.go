package config

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"countersign/schema/config/words"
)

// dynamic is the part of a dynamic block that says how often its content stands.
type dynamic struct {
	forEach  hcl.Expression
	iterator string
	label    hcl.Expression // the list of labels; nil for blocks without
}

// dynamicSchema is a dynamic block for blocks without a label, dynamicLabelSchema for those with one.
var (
	dynamicSchema = &hcl.BodySchema{
		Attributes: []hcl.AttributeSchema{{Name: "for_each", Required: true}, {Name: "iterator"}},
		Blocks:     []hcl.BlockHeaderSchema{{Type: "content"}},
	}
	dynamicLabelSchema = &hcl.BodySchema{Attributes: append(slices.Clone(dynamicSchema.Attributes), hcl.AttributeSchema{Name: "labels", Required: true}),
		Blocks: dynamicSchema.Blocks}
)

// decodeDynamic reads a dynamic block of one of the schemas; content is nil when it has none.
func decodeDynamic(b *hcl.Block, shape *hcl.BodySchema, may []string, diags *hcl.Diagnostics) (d *dynamic, inside *hcl.Block) {
	if name := b.Labels[0]; !slices.Contains(may, name) {
		*diags = append(*diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Unsupported dynamic block",
			Detail:  fmt.Sprintf("A dynamic block cannot stand for %q blocks here, only for %s.%s", name, words.OneOf(may), words.DidYouMean(name, may)),
			Subject: &b.LabelRanges[0], Context: &b.DefRange})
		return nil, nil
	}
	c := content(b.Body, shape, diags)
	d = &dynamic{forEach: expression(c, "for_each"), iterator: b.Labels[0], label: expression(c, "labels")}
	if e := expression(c, "iterator"); e != nil {
		d.iterator = hcl.ExprAsKeyword(e)
		if d.iterator == "" {
			*diags = append(*diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Invalid iterator",
				Detail: "iterator is the name, without quotes, under which the content speaks of the element.", Subject: e.Range().Ptr()})
			d.iterator = b.Labels[0]
		}
	}
	inside = single(c, "content", diags)
	if inside == nil {
		*diags = append(*diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Missing content block",
			Detail: "A dynamic block needs a content { … } block: what stands there once for each element.", Subject: &b.DefRange})
	}
	return d, inside
}
