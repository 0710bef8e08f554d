package config

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"countersign/schema/addr"
	"countersign/schema/config/approver"
	"countersign/schema/config/attachment"
	"countersign/schema/config/backend"
	"countersign/schema/config/budget"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/provider"
	"countersign/schema/config/rule"
	"countersign/schema/config/sensitive"
	"countersign/schema/config/structure"
	"countersign/schema/config/words"
)

// document is what files say, block by block, before any expression has a value.
type document struct {
	providers   []*provider.Block
	states      []*backend.Block
	variables   []*variable
	locals      []*local
	scopes      []*scopeBlock
	approvers   []*approver.Block
	templates   []*templateBlock
	attachments []*attachment.Block
	imports     []*importBlock
	outputs     []*outputBlock
	lints       []*lintSetting
	policies    []*rule.Block
}

// rootSchema lists the blocks of a file.
var rootSchema = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
	{Type: "provider", LabelNames: []string{"name"}},
	{Type: "state", LabelNames: []string{"type"}},
	{Type: "variable", LabelNames: []string{"name"}},
	{Type: "locals"},
	{Type: "folder", LabelNames: []string{"name"}},
	{Type: "file", LabelNames: []string{"name"}},
	{Type: "approver", LabelNames: []string{"name"}},
	{Type: "template", LabelNames: []string{"name"}},
	{Type: "attachment", LabelNames: []string{"name"}},
	{Type: "import"},
	{Type: "output", LabelNames: []string{"name"}},
	{Type: "lint"},
	{Type: "policy", LabelNames: []string{"name"}},
}}

// decode adds the blocks of one file, sorted by kind. It evaluates nothing that refers to anything.
func (d *document) decode(file *hcl.File, root *hcl.BodySchema, limit *budget.Budget) (diags hcl.Diagnostics) {
	content := structure.Content(file.Body, root, &diags)
	for _, wrong := range diags {
		if wrong.Summary == "Unsupported argument" || wrong.Summary == "Extraneous JSON object property" {
			wrong.Extra = diagnostic.Hidden{} // attributes outside of blocks are what a variables file is made of
		}
		if wrong.Summary == "Unsupported block type" && strings.Contains(wrong.Detail, "\"test\"") {
			wrong.Detail = "A test stands beside the configuration, in a file whose name ends in .test.hcl. " +
				"Move it there."
		}
	}
	for _, b := range content.Blocks {
		switch b.Type {
		case "provider":
			d.providers = append(d.providers, provider.Decode(b, &diags))
		case "state":
			d.states = append(d.states, backend.Decode(b, &diags))
		case "variable":
			d.variables = append(d.variables, decodeVariable(b, limit, &diags))
		case "locals":
			d.locals = append(d.locals, decodeLocals(b, &diags)...)
		case "folder", "file":
			d.scopes = append(d.scopes, decodeScope(b, &diags))
		case "approver":
			d.approvers = append(d.approvers, approver.Decode(b, &diags))
		case "template":
			d.templates = append(d.templates, decodeTemplate(b, &diags))
		case "attachment":
			d.attachments = append(d.attachments, attachment.Decode(b, &diags))
		case "import":
			d.imports = append(d.imports, decodeImport(b, &diags))
		case "output":
			d.outputs = append(d.outputs, decodeOutput(b, &diags))
		case "lint":
			d.lints = append(d.lints, decodeLint(b, limit, &diags)...)
		case "policy":
			d.policies = append(d.policies, rule.Decode(b, &diags))
		}
	}
	return diags
}

// headers gives every block that has an address.
func (d *document) headers(yield func(*structure.Header) bool) {
	_ = every(d.variables, yield) && every(d.locals, yield) && every(d.scopes, yield) && every(d.approvers, yield) &&
		every(d.templates, yield) && every(d.attachments, yield) && every(d.outputs, yield) &&
		every(d.providers, yield) && every(d.states, yield) && every(d.lints, yield) &&
		every(d.policies, yield)
}

func every[B interface{ Where() *structure.Header }](blocks []B, yield func(*structure.Header) bool) bool {
	for _, b := range blocks {
		if !yield(b.Where()) {
			return false
		}
	}
	return true
}

// duplicates reports addresses that two blocks have.
func (d *document) duplicates() hcl.Diagnostics {
	var diags hcl.Diagnostics
	first := make(map[addr.Address]*structure.Header)
	d.headers(func(h *structure.Header) bool {
		address := h.Address
		if h.Kind == "state" { // one is enough, whatever its kind
			address = addr.New("state", "")
		}
		before, twice := first[address]
		if !twice {
			first[address] = h
			return true
		}
		what := fmt.Sprintf("%s %q is declared already, at %s. Give one of the two another name.", h.Kind, h.Name,
			words.Place(before.At))
		switch h.Kind {
		case "provider":
			what = fmt.Sprintf("There is a provider %q already, at %s, and one configuration has one of each name. "+
				"Remove one of the two.", h.Name, words.Place(before.At))
		case "lint":
			what = fmt.Sprintf("The severity of %s is set already, at %s. Take one of the two lines out.", h.Name,
				words.Place(before.At))
		case "state":
			what = fmt.Sprintf("There is a state block already, at %s, and one configuration has one. Remove one "+
				"of the two.", words.Place(before.At))
		}
		diags = append(diags, diagnostic.Error(h.At, "Duplicate "+h.Kind, "%s", what))
		return true
	})
	return diags
}

// secretLiterals are the places of secrets that are written out, as attributes of providers and states, and as
// defaults of sensitive variables.
func (d *document) secretLiterals() []hcl.Range {
	var at []hcl.Range
	add := func(e hcl.Expression) {
		switch e.(type) {
		case nil, *hclsyntax.FunctionCallExpr, *hclsyntax.ScopeTraversalExpr: // it is written elsewhere
		default:
			at = append(at, e.Range())
		}
	}
	for _, p := range d.providers {
		for _, name := range sensitive.SecretAttributes {
			add(p.Expr(name))
		}
	}
	for _, b := range d.states {
		for _, e := range b.Secrets() {
			add(e)
		}
	}
	for _, v := range d.variables {
		if v.sensitive {
			add(v.written)
		}
	}
	return at
}
