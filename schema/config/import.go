package config

import (
	"math/big"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/eval"
	"countersign/schema/config/structure"
	"countersign/schema/config/syntax"
	"countersign/schema/config/words"
)

// importBlock binds a live template to an address.
type importBlock struct {
	at     hcl.Range
	to, id hcl.Expression
	target addr.Address // zero when to is no address
}

var importSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "to", Required: true},
	{Name: "id", Required: true}}}

func decodeImport(b *hcl.Block, diags *hcl.Diagnostics) *importBlock {
	c := structure.Content(b.Body, importSchema, diags)
	i := &importBlock{at: b.DefRange, to: c.Expr("to"), id: c.Expr("id")}
	if i.to == nil {
		return i
	}
	t, found := hcl.AbsTraversalForExpr(i.to)
	name, named := syntax.StepName(t, 1)
	key, keyed := syntax.StepName(t, 2)
	if found.HasErrors() || t.RootName() != "template" || !named || len(t) > 3 || len(t) == 3 && !keyed {
		*diags = append(*diags, diagnostic.Error(i.to.Range(), "Invalid import",
			"to is the address of a template, without quotes: template.modify, or template.upload[\"legal\"] "+
				"for one instance."))
		return i
	}
	i.target = addr.New("template", name)
	if keyed {
		i.target = i.target.Instance(key)
	}
	return i
}

// imports evaluates the import blocks and checks them against the templates there are.
func (ev *evaluator) imports() []schema.Import {
	var imports []schema.Import
	targets, ids := map[addr.Address]*importBlock{}, map[int64]*importBlock{}
	declared := map[addr.Address]bool{}
	if len(ev.src.document.imports) > 0 {
		for _, t := range ev.templates {
			declared[t.Address] = true
		}
	}
	for _, block := range ev.src.document.imports {
		b := ev.Binder()
		b.Add(block.id)
		f := b.Frame(addr.Address{})
		f.Early = true
		id, hasID := templateID(f, block.id)
		hasID = f.Required(block.id, "id", hasID)
		if hasID == eval.Given {
			if before := ids[id]; before != nil {
				f.Fail(block.id, "Imported twice", "The template %d is imported at %s too, and one template has one "+
					"address. Remove one of the two.", id, words.Place(before.at))
			}
			ids[id] = block
		}
		if block.target.IsZero() || !ev.isTarget(f, block, declared) {
			continue
		}
		if before := targets[block.target]; before != nil {
			f.Fail(block.to, "Imported twice", "%s is imported at %s too, and one address stands for one template. "+
				"Remove one of the two.", block.target, words.Place(before.at))
			continue
		}
		targets[block.target] = block
		if hasID == eval.Given {
			imports = append(imports, schema.Import{To: block.target, ID: id})
		}
	}
	return imports
}

// templateID is a template's id, as a number or in quotes as Terraform writes it.
func templateID(f *eval.Frame, expr hcl.Expression) (int64, eval.Found) {
	v, is := f.Open(expr, "id")
	if is != eval.Given {
		return 0, is
	}
	if n, err := convert.Convert(v, cty.Number); err == nil && n.IsKnown() {
		if id, accuracy := n.AsBigFloat().Int64(); accuracy == big.Exact && id >= 1 {
			return id, eval.Given
		}
	} else if err == nil {
		return 0, f.Unknown(expr, "id")
	}
	return 0, f.Fail(expr, "Not an id", "id is the number of a template on the drive (its tid), a whole number of "+
		"at least 1.")
}

// isTarget reports whether a declared template has the address that an import goes to.
func (ev *evaluator) isTarget(f *eval.Frame, block *importBlock, declared map[addr.Address]bool) bool {
	address, key, keyed := block.target.Block(), block.target.Key.Text(), block.target.Key != ""
	if !ev.Known("template", address.Name) {
		f.Fail(block.to, "Import of something not declared", "%s", ev.Undeclared("template", address.Name))
		return false
	}
	f.Address = address
	each, keys := ev.Keys("template", address.Name)
	switch {
	case keyed && !each:
		f.Fail(block.to, "Invalid import", "%s has no for_each, so it has no instance %q. Write to = %s.",
			address, key, address)
		return false
	case !keyed && each:
		example := "key"
		if len(keys) > 0 {
			example = keys[0]
		}
		f.Fail(block.to, "Invalid import", "%s has for_each. Say which instance: to = %s.",
			address, address.Instance(example))
		return false
	}
	f.Address = block.target
	if !declared[block.target] && ev.Evaluated("template", address.Name) { // otherwise for_each is reported as wrong
		f.Fail(block.to, "Import of something not declared", "The for_each of %s has no key %q.%s It has %s.",
			address, key, words.DidYouMean(key, keys), words.Some(keys[:min(10, len(keys))], len(keys)))
	}
	return declared[block.target]
}
