// Package rule is the language of policy blocks: what one may say, what it is about, and how it is applied to
// templates, changes and the whole. It does not know what these are made of: its caller brings them as values (package
// subject).
package rule

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/structure"
)

// The names that a policy gives to what it is about.
const (
	Self   = "self"   // a template
	Change = "change" // what a plan does to a template
	All    = "all"    // everything together
)

// names are these, in the order in which they decide what a policy is about: one that looks at change is about changes,
// whatever else it looks at.
var names = []string{Change, Self, All}

// Block is a policy block.
type Block struct {
	structure.Object
	about              string // one of names; "" for a policy that is about none of them
	condition, message hcl.Expression
	except             []structure.Attributes // blocks of templates that the policy does not apply to
}

// Schema is that of a policy block, and ExceptSchema that of the except blocks in it.
var (
	Schema = &hcl.BodySchema{
		Attributes: []hcl.AttributeSchema{{Name: "for_each"}, {Name: "condition", Required: true},
			{Name: "error_message", Required: true}, {Name: "severity"}},
		Blocks: []hcl.BlockHeaderSchema{{Type: "except"}},
	}
	ExceptSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "templates", Required: true},
		{Name: "reason", Required: true}}}
)

// severities are the values of severity.
var severities = []string{string(schema.Error), string(schema.Warning)}

// Decode reads a policy block.
func Decode(b *hcl.Block, diags *hcl.Diagnostics) *Block {
	c := structure.Content(b.Body, Schema, diags)
	p := &Block{Object: structure.ObjectOf(b, c, diags), condition: c.Expr("condition"),
		message: c.Expr("error_message")}
	for _, block := range c.Blocks {
		p.except = append(p.except, structure.Content(block.Body, ExceptSchema, diags).Attributes)
	}
	if p.condition == nil || p.message == nil {
		return p // reported by Content
	}
	wrong := func(at hcl.Range, summary, format string) {
		*diags = append(*diags, diagnostic.Error(at, summary, format, p.Address))
	}
	used := map[string]bool{}
	for _, e := range []hcl.Expression{p.condition, p.message} {
		for _, t := range e.Variables() {
			used[t.RootName()] = true
		}
	}
	if i := slices.IndexFunc(names, func(name string) bool { return used[name] }); i >= 0 {
		p.about = names[i]
	}
	switch {
	case p.about == "":
		wrong(p.condition.Range(), "Policy about nothing", "The condition of %s is the same whatever is declared. It "+
			"must look at self (a template), change (what a plan does to one) or all (everything together).")
	case p.about == All && len(p.except) > 0:
		wrong(p.At, "Exception from the whole", "%s is about everything together, so no template can be excepted. "+
			"Leave templates out in its condition: [for t in all.templates : … if t.address != \"template.x\"].")
	}
	return p
}

// Subject is a template, or a change of one, that policies apply to.
type Subject struct {
	Address      addr.Address
	Self, Change func() cty.Value // Change is nil for a template
}

// Subjects are everything that policies apply to.
type Subjects struct {
	Templates []Subject
	Changes   []Subject // once there is a plan
	All       func() cty.Value
	Planned   bool // there is a plan: what is unknown now stays unknown
	Partial   bool // not everything declared is here: a missing template is no mistake

	Types map[string]cty.Type // of self, change and all
	Words map[string][]string // the possible values of attributes that have only a few, by the attribute's name
}

// of are the subjects of a policy; known is false when they are not known yet.
func (s *Subjects) of(p *Block) (list []Subject, known bool) {
	switch p.about {
	case Self:
		return s.Templates, true
	case Change:
		return s.Changes, s.Planned
	}
	return []Subject{{}}, true
}

// has reports whether there is a template, or a change, of an address.
func (s *Subjects) has(a addr.Address) bool {
	is := func(x Subject) bool { return a.Contains(x.Address) }
	return slices.ContainsFunc(s.Templates, is) || slices.ContainsFunc(s.Changes, is)
}

// known are the addresses of the templates.
func (s *Subjects) known() []string {
	var out []string
	for _, x := range s.Templates {
		out = append(out, x.Address.Block().String(), x.Address.String())
	}
	return out
}

// judgedLater says that a policy could not be applied to n subjects before there is a plan.
func judgedLater(p *Block, n int) string {
	const then = "It is judged by plan."
	switch {
	case p.about == Change:
		return fmt.Sprintf("%s is about changes, which only a plan knows. %s", p.Address, then)
	case p.about == Self && n > 0:
		return fmt.Sprintf("%s depends on what only the drive knows, of %d of the templates. %s", p.Address, n, then)
	}
	return fmt.Sprintf("%s depends on what only the drive or a plan knows. %s", p.Address, then)
}
