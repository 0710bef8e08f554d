package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// local is one name of a locals block.
type local struct {
	header
	expr hcl.Expression
}

func decodeLocals(b *hcl.Block, diags *hcl.Diagnostics) []*local {
	attrs, found := b.Body.JustAttributes()
	*diags = append(*diags, found...)
	list, twice := inOrder(attrs)
	*diags = append(*diags, twice...)
	locals := make([]*local, 0, len(list))
	for _, a := range list {
		locals = append(locals, &local{header: header{address: "local." + a.Name, kind: "local", name: a.Name, at: a.NameRange, body: b.Body}, expr: a.Expr})
	}
	return locals
}

func (l *local) evaluate(ev *evaluator) (result, bool) {
	b := ev.binder()
	b.add(l.expr)
	f := b.frame(l.address)
	v, is := f.kept(l.expr)
	if is == wrong {
		return plain(cty.DynamicVal), false
	}
	return plain(v), !b.tainted
}
