package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema/addr"
	"countersign/schema/config/eval"
	"countersign/schema/config/structure"
)

// local is one name of a locals block.
type local struct {
	structure.Header
	expr hcl.Expression
}

func decodeLocals(b *hcl.Block, diags *hcl.Diagnostics) []*local {
	attrs, found := b.Body.JustAttributes()
	*diags = append(*diags, found...)
	list := structure.InOrder(attrs, diags)
	locals := make([]*local, 0, len(list))
	for _, a := range list {
		locals = append(locals, &local{Header: structure.Header{Address: addr.New("local", a.Name), Kind: "local",
			Name: a.Name, At: a.NameRange, Body: b.Body}, expr: a.Expr})
	}
	return locals
}

func (l *local) evaluate(ev *evaluator) (eval.Result, bool) {
	b := ev.Binder()
	b.Add(l.expr)
	f := b.Frame(l.Address)
	v, is := f.Kept(l.expr)
	if is == eval.Wrong {
		return eval.Plain(cty.DynamicVal), false
	}
	return eval.Plain(v), !b.Tainted
}
