// Package structure is what blocks have in common before any expression has a value: a header, attributes and blocks by
// a schema, for_each, dynamic blocks.
package structure

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"countersign/schema/addr"
	"countersign/schema/config/words"
	"countersign/schema/spelling"
)

// Header is what every block has: its address, where its first line stands, and its body, in which the place of
// an attribute can be found again.
type Header struct {
	Address addr.Address
	Kind    string
	Name    string
	At      hcl.Range
	Body    hcl.Body
}

// Where is the header itself, for whoever goes through blocks of several kinds.
func (h *Header) Where() *Header { return h }

// Object is a block that may have one instance a for_each key.
type Object struct {
	Header
	ForEach hcl.Expression // nil without for_each
}

// HeaderOf begins the decoding of a labelled block.
func HeaderOf(b *hcl.Block, diags *hcl.Diagnostics) Header {
	h := Header{Kind: b.Type, Name: b.Labels[0], At: b.DefRange, Body: b.Body}
	if len(b.LabelRanges) > 0 && b.DefRange.Start.Byte > b.LabelRanges[0].Start.Byte {
		h.At = b.LabelRanges[0] // JSON: the block begins with its name
	}
	h.Address = addr.New(h.Kind, h.Name)
	if all := spelling.Odd(h.Name, spelling.Chosen); all != nil && len(b.LabelRanges) > 0 {
		*diags = append(*diags, HiddenWarning(b.LabelRanges[0], "a name", "The name of this "+h.Kind, h.Name, all))
	}
	if !hclsyntax.ValidIdentifier(h.Name) {
		*diags = append(*diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Invalid name",
			Detail: fmt.Sprintf("%q cannot be referred to: a name starts with a letter and goes on with letters, "+
				"digits, underscores and dashes.", h.Name),
			Subject: &b.LabelRanges[0], Context: &b.DefRange})
	}
	return h
}

// ObjectOf begins the decoding of a block that may have for_each.
func ObjectOf(b *hcl.Block, c *hcl.BodyContent, diags *hcl.Diagnostics) Object {
	return Object{HeaderOf(b, diags), Expression(c, "for_each")}
}

// Content reads a body by its schema. What has no place in it is reported with the names that have one.
func Content(body hcl.Body, s *hcl.BodySchema, diags *hcl.Diagnostics) *hcl.BodyContent {
	c, found := body.Content(s)
	for _, d := range found {
		switch d.Summary {
		case "Unsupported argument", "Unsupported block type", "Extraneous JSON object property":
			if is := named.FindStringSubmatchIndex(d.Detail); is != nil { // HCL's own suggestion knows half of the names
				d.Detail = d.Detail[:is[1]] + " " + misplaced(d.Detail[is[2]:is[3]], s)
			}
		case "Missing required argument":
			d.Detail += " Add it to this block."
		}
	}
	*diags = append(*diags, found...)
	for _, b := range c.Blocks {
		b.Labels = formed(b.Labels)
	}
	return c
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

// InOrder are the attributes of a body whose names are free, in the order written, their names in the form in which the
// values of expressions are. A name that is there in two forms is reported, and its first one stands; so is one with
// characters that nobody sees.
func InOrder(attrs hcl.Attributes) (list []*hcl.Attribute, diags hcl.Diagnostics) {
	for _, a := range attrs {
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b *hcl.Attribute) int { return a.NameRange.Start.Byte - b.NameRange.Start.Byte })
	first := make(map[string]*hcl.Attribute, len(list))
	list = slices.DeleteFunc(list, func(a *hcl.Attribute) bool {
		before := first[spelling.Form(a.Name)]
		if before == nil {
			first[spelling.Form(a.Name)] = a
			return false
		}
		diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Argument that is set twice",
			Subject: &a.NameRange,
			Detail: fmt.Sprintf("%q is set already, at %s. The two names differ in their form of Unicode alone, and "+
				"are one name here. Take one of them out.", a.Name, words.Place(before.NameRange))})
		return true
	})
	for i, a := range list {
		if all := spelling.Odd(a.Name, spelling.Chosen); all != nil {
			diags = append(diags, HiddenWarning(a.NameRange, "a name", "A name here", a.Name, all))
		}
		if spelling.Form(a.Name) != a.Name {
			formed := *a
			formed.Name = spelling.Form(a.Name)
			list[i] = &formed
		}
	}
	return list, diags
}

// Expression is the expression of an attribute, nil where it is not written.
func Expression(c *hcl.BodyContent, name string) hcl.Expression {
	if a := c.Attributes[name]; a != nil {
		return a.Expr
	}
	return nil
}

// Single returns the only block of a type, nil when there is none; more than one is an error.
func Single(c *hcl.BodyContent, kind string, diags *hcl.Diagnostics) *hcl.Block {
	var found *hcl.Block
	for _, b := range c.Blocks {
		if b.Type != kind {
			continue
		}
		if found == nil {
			found = b
			continue
		}
		*diags = append(*diags, &hcl.Diagnostic{Severity: hcl.DiagError,
			Summary: fmt.Sprintf("Duplicate %s block", kind),
			Detail:  fmt.Sprintf("There is one already, at %s. Put both into one.", words.Place(found.DefRange)),
			Subject: &b.DefRange})
	}
	return found
}

// Own is what the expressions of a block may begin with besides the roots.
func (o *Object) Own() []string {
	if o.ForEach == nil {
		return nil
	}
	return eachWords
}

// Part is where element i of a list that is written out stands, or else the whole expression.
func Part(expr hcl.Expression, i int) hcl.Range {
	if parts, diags := hcl.ExprList(expr); !diags.HasErrors() && i < len(parts) {
		return parts[i].Range()
	}
	return expr.Range()
}

// eachWords is what only expressions in a block with for_each may begin with.
var eachWords = []string{"each"}
