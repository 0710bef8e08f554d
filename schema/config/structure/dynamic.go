package structure

import (
	"slices"

	"github.com/hashicorp/hcl/v2"

	"countersign/schema/config/diagnostic"
	"countersign/schema/config/words"
)

// Dynamic is a dynamic block without its content: it says how often the content stands.
type Dynamic struct {
	ForEach  hcl.Expression
	Iterator string
	Label    hcl.Expression // the list of labels; nil for blocks without
}

// DynamicSchema is that of a dynamic block for blocks without a label, DynamicLabelSchema for those with one.
var (
	DynamicSchema = &hcl.BodySchema{
		Attributes: []hcl.AttributeSchema{{Name: "for_each", Required: true}, {Name: "iterator"}},
		Blocks:     []hcl.BlockHeaderSchema{{Type: "content"}},
	}
	DynamicLabelSchema = &hcl.BodySchema{Attributes: append(slices.Clone(DynamicSchema.Attributes),
		hcl.AttributeSchema{Name: "labels", Required: true}),
		Blocks: DynamicSchema.Blocks}
)

// DecodeDynamic reads a dynamic block of one of the schemas; content is nil when it has none.
func DecodeDynamic(b *hcl.Block, shape *hcl.BodySchema, may []string,
	diags *hcl.Diagnostics) (d *Dynamic, inside *hcl.Block) {
	if name := b.Labels[0]; !slices.Contains(may, name) {
		*diags = append(*diags, diagnostic.Error(b.LabelRanges[0], "Unsupported dynamic block", "A dynamic block "+
			"cannot stand for %q blocks here, only for %s.%s", name, words.OneOf(may), words.DidYouMean(name, may)))
		return nil, nil
	}
	c := Content(b.Body, shape, diags)
	d = &Dynamic{ForEach: c.Expr("for_each"), Iterator: b.Labels[0], Label: c.Expr("labels")}
	if e := c.Expr("iterator"); e != nil {
		d.Iterator = hcl.ExprAsKeyword(e)
		if d.Iterator == "" {
			*diags = append(*diags, diagnostic.Error(e.Range(), "Invalid iterator", "iterator is the name, without "+
				"quotes, under which the content speaks of the element."))
			d.Iterator = b.Labels[0]
		}
	}
	inside = c.Single("content", diags)
	if inside == nil {
		*diags = append(*diags, diagnostic.Error(b.DefRange, "Missing content block", "A dynamic block needs a "+
			"content { … } block: what stands there once for each element."))
	}
	return d, inside
}
