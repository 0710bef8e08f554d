package structure

import (
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"countersign/schema/config/diagnostic"
	"countersign/schema/config/words"
)

// Inner is a block in another one that may stand there several times: by itself, or as the content of a dynamic block.
type Inner struct {
	Attributes
	Kind    string
	Name    string // its label; "" for one without, or of a dynamic block
	At      hcl.Range
	Dynamic *Dynamic // nil for one that stands by itself
}

// Dynamic is a dynamic block without its content: it says how often the content stands.
type Dynamic struct {
	ForEach  hcl.Expression
	Iterator string
	Label    hcl.Expression // the list of labels; nil for blocks without
}

// InnerSchemas are those of inner blocks, by their kind. Labelled blocks have one label.
type InnerSchemas struct {
	Of       map[string]*hcl.BodySchema
	Labelled bool
}

// Headers are the schemas of the blocks themselves, and of the dynamic ones that stand for them.
func (s InnerSchemas) Headers() []hcl.BlockHeaderSchema {
	headers := []hcl.BlockHeaderSchema{{Type: "dynamic", LabelNames: []string{"type"}}}
	for _, kind := range slices.Sorted(maps.Keys(s.Of)) {
		h := hcl.BlockHeaderSchema{Type: kind}
		if s.Labelled {
			h.LabelNames = []string{"name"}
		}
		headers = append(headers, h)
	}
	return headers
}

// Inner reads the inner blocks of a body, in the order in which they stand. whole is false where one is left out,
// because it is wrong.
func (b Body) Inner(s InnerSchemas, diags *hcl.Diagnostics) (list []Inner, whole bool) {
	whole = true
	for _, block := range b.Blocks {
		in, content := Inner{Kind: block.Type, At: At(block)}, block
		switch {
		case block.Type == "dynamic":
			in.Kind, in.At = block.Labels[0], block.DefRange
			if in.Dynamic, content = s.dynamic(block, diags); content == nil {
				whole = false
				continue
			}
		case s.Of[block.Type] == nil:
			continue
		case s.Labelled:
			in.Name = block.Labels[0]
		}
		in.Attributes = Content(content.Body, s.Of[in.Kind], diags).Attributes
		list = append(list, in)
	}
	return list, whole
}

// dynamic reads a dynamic block; content is nil when it has none.
func (s InnerSchemas) dynamic(b *hcl.Block, diags *hcl.Diagnostics) (d *Dynamic, content *hcl.Block) {
	kinds := slices.Sorted(maps.Keys(s.Of))
	if name := b.Labels[0]; s.Of[name] == nil {
		advice := words.DidYouMean(name, kinds)
		if habit := habits["dynamic "+name]; habit != "" {
			advice = " " + habit
		}
		*diags = append(*diags, diagnostic.Error(b.LabelRanges[0], "Unsupported dynamic block", "A dynamic block "+
			"cannot stand for %q blocks here, only for %s.%s", name, words.OneOf(kinds), advice))
		return nil, nil
	}
	shape := &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "for_each", Required: true}, {Name: "iterator"}},
		Blocks: []hcl.BlockHeaderSchema{{Type: "content"}}}
	if s.Labelled {
		shape.Attributes = append(shape.Attributes, hcl.AttributeSchema{Name: "labels", Required: true})
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
	content = c.Single("content", diags)
	if content == nil {
		*diags = append(*diags, diagnostic.Error(b.DefRange, "Missing content block", "A dynamic block needs a "+
			"content { … } block: what stands there once for each element."))
	}
	return d, content
}
