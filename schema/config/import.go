package config

import (
	"math/big"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
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

// importBlock binds live templates to addresses.
type importBlock struct {
	structure.Object                // with the address of the block that it goes to; the zero one after a mistake
	key              hcl.Expression // of the instance, nil for a template without for_each
}

var importSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "for_each"}, {Name: "to", Required: true},
	{Name: "id", Required: true}}}

func decodeImport(b *hcl.Block, diags *hcl.Diagnostics) *importBlock {
	c := structure.Content(b.Body, importSchema, diags)
	i := &importBlock{Object: structure.Object{Header: structure.Header{Kind: "import", At: b.DefRange, Body: b.Body},
		Attributes: c.Attributes, ForEach: c.Expr("for_each")}}
	to := c.Expr("to")
	if to == nil {
		return i
	}
	name, key, ok := importTarget(to)
	if !ok {
		how := "without quotes: template.modify, or template.upload[\"legal\"] for one instance."
		if syntax.IsJSON(to.Range().Filename) {
			how = "in quotes: \"template.modify\", or \"template.upload[\\\"legal\\\"]\" for one instance."
		}
		*diags = append(*diags, diagnostic.Error(to.Range(), "Invalid import",
			"to is the address of a template, %s", how))
		return i
	}
	i.Address, i.key = addr.New("template", name), key
	return i
}

// importTarget reads the address of a template: its name, and what stands in brackets behind it.
func importTarget(to hcl.Expression) (name string, key hcl.Expression, ok bool) {
	e, native := to.(hclsyntax.Expression)
	if !native {
		e = syntax.Written(to)
	}
	if index, is := e.(*hclsyntax.IndexExpr); is {
		e, key = index.Collection, index.Key
	}
	reference, is := e.(*hclsyntax.ScopeTraversalExpr)
	if !is {
		return "", nil, false
	}
	t := reference.Traversal
	if text, keyed := syntax.StepName(t, 2); keyed && key == nil && len(t) == 3 {
		t, key = t[:2], &hclsyntax.LiteralValueExpr{Val: cty.StringVal(text), SrcRange: to.Range()}
	}
	name, named := syntax.StepName(t, 1)
	return name, key, named && len(t) == 2 && t.RootName() == "template"
}

// imports evaluates the import blocks and checks them against the templates there are.
func (ev *evaluator) imports() []schema.Import {
	ims := imports{evaluator: ev, targets: map[addr.Address]*importBlock{}, ids: map[int64]*importBlock{},
		declared: map[addr.Address]bool{}}
	if len(ev.src.document.imports) > 0 {
		for _, t := range ev.declared.Templates {
			ims.declared[t.Address] = true
		}
	}
	for _, block := range ev.src.document.imports {
		b := ev.Binder()
		b.Add(block.ForEach)
		b.Add(block.Expr("id"), block.Own()...)
		b.Add(block.key, block.Own()...)
		_, frames, _ := b.Instances(&block.Object)
		for f := range frames {
			ims.instance(f, block)
		}
	}
	return ims.all
}

// imports are those of one evaluation.
type imports struct {
	*evaluator
	all      []schema.Import
	targets  map[addr.Address]*importBlock
	ids      map[int64]*importBlock
	declared map[addr.Address]bool
}

// instance adds what one instance of a block imports.
func (ims *imports) instance(f *eval.Frame, block *importBlock) {
	f.Early, f.Address = true, addr.Address{}
	at, to, target := block.Expr("id"), block.Expr("to"), block.Address
	if block.key != nil {
		key, is := f.Text(block.key, "the key in to")
		if f.Required(block.key, "the key in to", is) != eval.Given {
			return
		}
		target = target.Instance(key)
	}
	if block.ForEach != nil {
		f.Address = target // so that what is wrong with many is reported once
	}
	id, hasID := templateID(f, at)
	hasID = f.Required(at, "id", hasID)
	if hasID == eval.Given {
		if before := ims.ids[id]; before != nil {
			f.Fail(at, "Imported twice", "The template %d is imported at %s too, and one template has one "+
				"address. Remove one of the two.", id, words.Place(before.At))
		}
		ims.ids[id] = block
	}
	if target.IsZero() || !ims.isTarget(f, to, target) {
		return
	}
	if before := ims.targets[target]; before != nil {
		f.Fail(to, "Imported twice", "%s is imported at %s too, and one address stands for one template. "+
			"Remove one of the two.", target, words.Place(before.At))
		return
	}
	ims.targets[target] = block
	if hasID == eval.Given {
		ims.all = append(ims.all, schema.Import{To: target, ID: id})
	}
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
func (ims *imports) isTarget(f *eval.Frame, to hcl.Expression, target addr.Address) bool {
	address, key, keyed := target.Block(), target.Key.Text(), target.Key != ""
	if !ims.Known("template", address.Name) {
		f.Fail(to, "Import of something not declared", "%s", ims.Undeclared("template", address.Name))
		return false
	}
	f.Address = address
	each, keys := ims.Keys("template", address.Name)
	switch {
	case keyed && !each:
		f.Fail(to, "Invalid import", "%s has no for_each, so it has no instance %q. Write to = %s.",
			address, key, address)
		return false
	case !keyed && each:
		example := "key"
		if len(keys) > 0 {
			example = keys[0]
		}
		f.Fail(to, "Invalid import", "%s has for_each. Say which instance: to = %s.",
			address, address.Instance(example))
		return false
	}
	f.Address = target
	if !ims.declared[target] && ims.Evaluated("template", address.Name) { // otherwise for_each is reported as wrong
		f.Fail(to, "Import of something not declared", "The for_each of %s has no key %q.%s It has %s.",
			address, key, words.DidYouMean(key, keys), words.Some(keys[:min(10, len(keys))], len(keys)))
	}
	return ims.declared[target]
}
