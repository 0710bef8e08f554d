// Package structure reads what all blocks have in common, before any expression has a value: a header, attributes and
// inner blocks by a schema, for_each, dynamic blocks. It knows no block by name.
package structure

import (
	"maps"
	"regexp"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"countersign/schema/addr"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/words"
	"countersign/schema/spelling"
)

// Header is what every block has.
type Header struct {
	Address addr.Address
	Kind    string
	Name    string
	At      hcl.Range // the block's first line
	Body    hcl.Body  // in which the place of an attribute can be found again
}

// Where is the header itself, for code that goes through blocks of several kinds.
func (h *Header) Where() *Header { return h }

// Object is a block that may have for_each, and then has one instance for each key.
type Object struct {
	Header
	Attributes
	ForEach hcl.Expression // nil without for_each
}

// HeaderOf reads the header of a labelled block, and reports a name that no reference could be written with.
func HeaderOf(b *hcl.Block, diags *hcl.Diagnostics) Header {
	h := Header{Kind: b.Type, Name: b.Labels[0], At: At(b), Body: b.Body}
	h.Address = addr.New(h.Kind, h.Name)
	if all := spelling.Odd(h.Name, spelling.Chosen); all != nil && len(b.LabelRanges) > 0 {
		*diags = append(*diags, HiddenWarning(b.LabelRanges[0], "a name", "The name of this "+h.Kind, h.Name, all))
	}
	if !hclsyntax.ValidIdentifier(h.Name) {
		*diags = append(*diags, diagnostic.Error(b.LabelRanges[0], "Invalid name", "%q cannot be referred to: a name "+
			"starts with a letter and goes on with letters, digits, underscores and dashes.", h.Name))
	}
	return h
}

// At is where a block begins.
func At(b *hcl.Block) hcl.Range {
	if len(b.LabelRanges) > 0 && b.DefRange.Start.Byte > b.LabelRanges[0].Start.Byte {
		return b.LabelRanges[0] // in JSON a block begins with its name
	}
	return b.DefRange
}

// ObjectOf reads the header of a block, whose body has been read, and its for_each.
func ObjectOf(b *hcl.Block, body Body, diags *hcl.Diagnostics) Object {
	return Object{HeaderOf(b, diags), body.Attributes, body.Expr("for_each")}
}

// Attributes are those that a block writes. Only their expressions are kept: a configuration has many blocks.
type Attributes struct {
	known   []hcl.AttributeSchema
	written []hcl.Expression // one for each of known; nil where it is not written
	meant   []string         // what names that are unknown here most likely stand for
}

func attributesOf(known []hcl.AttributeSchema, written hcl.Attributes, meant []string) Attributes {
	a := Attributes{known, make([]hcl.Expression, len(known)), meant}
	for i, k := range known {
		if attribute := written[k.Name]; attribute != nil {
			a.written[i] = attribute.Expr
		}
	}
	return a
}

// Expr is the expression of an attribute; nil where it is not written.
func (a Attributes) Expr(name string) hcl.Expression {
	for i, k := range a.known {
		if k.Name == name {
			return a.written[i]
		}
	}
	return nil
}

// Misspelt reports whether one of some attributes and blocks most likely stands there under a wrong name, which has
// been reported. That it is missing then needs no report of its own.
func (a Attributes) Misspelt(names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(a.meant, n) })
}

// Required reports whether the schema demands an attribute.
func (a Attributes) Required(name string) bool {
	return slices.ContainsFunc(a.known, func(k hcl.AttributeSchema) bool { return k.Name == name && k.Required })
}

// All yields the attributes that are written, in the order of the schema.
func (a Attributes) All(yield func(name string, e hcl.Expression) bool) {
	for i, k := range a.known {
		if e := a.written[i]; e != nil && !yield(k.Name, e) {
			return
		}
	}
}

// Without are the attributes less those that drop says.
func (a Attributes) Without(drop func(name string, e hcl.Expression) bool) Attributes {
	written := slices.Clone(a.written)
	for i, k := range a.known {
		if e := written[i]; e != nil && drop(k.Name, e) {
			written[i] = nil
		}
	}
	a.written = written
	return a
}

// Body is what the body of a block writes.
type Body struct {
	Attributes
	Blocks hcl.Blocks
}

// Content reads a body by its schema. What has no place in it is reported with the names that have one, and what is
// missing unless it stands there under a wrong name.
func Content(body hcl.Body, s *hcl.BodySchema, diags *hcl.Diagnostics) Body {
	c, found := body.Content(s)
	var meant []string
	for _, d := range found {
		switch d.Summary {
		case "Unsupported argument", "Unsupported block type", "Extraneous JSON object property":
			// HCL's own suggestion knows half of the names.
			if is := named.FindStringSubmatchIndex(d.Detail); is != nil {
				advice, near := misplaced(d.Detail[is[2]:is[3]], s)
				d.Detail, meant = d.Detail[:is[1]]+" "+advice, append(meant, near)
			}
		}
	}
	read := Body{attributesOf(s.Attributes, c.Attributes, meant), c.Blocks}
	for _, d := range found {
		if d.Summary == "Missing required argument" {
			if is := named.FindStringSubmatch(d.Detail); is != nil && read.Misspelt(is[1]) {
				continue
			}
			d.Detail += " Add it to this block."
		}
		*diags = append(*diags, d)
	}
	for _, b := range c.Blocks {
		b.Labels = formed(b.Labels)
	}
	return read
}

// Single returns the only block of a type, nil when there is none; more than one is an error.
func (b Body) Single(kind string, diags *hcl.Diagnostics) *hcl.Block {
	var found *hcl.Block
	for _, block := range b.Blocks {
		if block.Type != kind {
			continue
		}
		if found == nil {
			found = block
			continue
		}
		*diags = append(*diags, diagnostic.Error(block.DefRange, "Duplicate "+kind+" block",
			"There is one already, at %s. Put both into one.", words.Place(found.DefRange)))
	}
	return found
}

// named is the name that HCL says to have no place, up to the end of the sentence.
var named = regexp.MustCompile(`^[^"]*"((?:[^"\\\\]|\\\\.)*)"[^.]*\.`)

// formed are labels in the form in which the values of expressions are, which HCL's parsers leave as they stand.
func formed(labels []string) []string {
	for _, l := range labels {
		if spelling.Form(l) != l {
			labels = slices.Clone(labels) // the syntax tree has them too
			for i := range labels {
				labels[i] = spelling.Form(labels[i])
			}
			return labels
		}
	}
	return labels
}

// InOrder sorts the attributes of a body whose names are free as they are written. The names are in the form of Unicode
// that the values of expressions have. A name that is there in two forms is reported, and the first one stands; so is
// one with characters that nobody sees.
func InOrder(attributes hcl.Attributes, diags *hcl.Diagnostics) []*hcl.Attribute {
	list := slices.SortedFunc(maps.Values(attributes), func(a, b *hcl.Attribute) int {
		return a.NameRange.Start.Byte - b.NameRange.Start.Byte
	})
	first := make(map[string]*hcl.Attribute, len(list))
	list = slices.DeleteFunc(list, func(a *hcl.Attribute) bool {
		before := first[spelling.Form(a.Name)]
		if before == nil {
			first[spelling.Form(a.Name)] = a
			return false
		}
		*diags = append(*diags, diagnostic.Error(a.NameRange, "Argument that is set twice", "%q is set already, at "+
			"%s. The two names differ in their form of Unicode alone, and are one name here. Take one of them out.",
			a.Name, words.Place(before.NameRange)))
		return true
	})
	for i, a := range list {
		if all := spelling.Odd(a.Name, spelling.Chosen); all != nil {
			*diags = append(*diags, HiddenWarning(a.NameRange, "a name", "A name here", a.Name, all))
		}
		if spelling.Form(a.Name) != a.Name {
			formed := *a
			formed.Name = spelling.Form(a.Name)
			list[i] = &formed
		}
	}
	return list
}

// Own is what the expressions of a block may begin with besides the roots.
func (o *Object) Own() []string {
	if o.ForEach == nil {
		return nil
	}
	return eachWords
}

// eachWords is what only expressions in a block with for_each may begin with.
var eachWords = []string{"each"}

// Places gives the place of each element of a list that is written out, and otherwise that of the whole expression.
func Places(expr hcl.Expression) func(i int) hcl.Range {
	parts, _ := hcl.ExprList(expr)
	return func(i int) hcl.Range {
		if i < len(parts) {
			return parts[i].Range()
		}
		return expr.Range()
	}
}

// Part is the place of one element.
func Part(expr hcl.Expression, i int) hcl.Range { return Places(expr)(i) }
