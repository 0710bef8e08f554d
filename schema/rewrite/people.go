package rewrite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"countersign/schema"
	"countersign/schema/config/eval"
)

// listPart is a part of a list of approvers: a list that is written out, or one that is computed.
type listPart struct {
	eval.Origin
	list *hclsyntax.TupleConsExpr // nil for a computed one
	ids  [][]int64                // of the users in it, of each element of a written one
}

// people rewrites a list of approvers: people who are no longer in it are removed, new ones are added at its end.
func (e *editing) people(a *hclsyntax.Attribute, want []schema.Person) {
	parts := e.parts(e.block.Origin(a.Expr))
	wanted, have := map[int64]bool{}, map[int64]bool{}
	for _, p := range want {
		wanted[p.ID] = true
	}
	for _, p := range parts {
		for _, ids := range p.ids {
			for _, id := range ids {
				have[id] = true
				if !wanted[id] && p.list == nil {
					at := p.Expr.Range()
					e.refuseAt(at, "On the drive the list has %s no more. Here it %s. Edit line %d of %s by hand, or "+
						"write a list there and accept again.", e.known[id], p.How(), at.Start.Line, at.Filename)
					return
				}
			}
		}
	}
	var added []string
	for _, p := range want {
		if !have[p.ID] {
			added = append(added, e.approver(p))
		}
	}
	last := len(parts) - 1
	for last >= 0 && parts[last].list == nil {
		last--
	}
	if last < 0 && len(added) > 0 {
		p := parts[len(parts)-1]
		at := p.Expr.Range()
		e.refuseAt(at, "On the drive the list has %s now. Here it %s. Edit line %d of %s by hand, or write a list "+
			"there and accept again.", enumerate(added), p.How(), at.Start.Line, at.Filename)
		return
	}
	for i, p := range parts {
		keep := func(i int) bool { return !slices.ContainsFunc(p.ids[i], func(id int64) bool { return !wanted[id] }) }
		switch {
		case p.list == nil:
		case i == last:
			e.relist(p, keep, added)
		default:
			e.relist(p, keep, nil)
		}
	}
}

// relist edits a list that is written out.
func (e *editing) relist(p listPart, keep func(int) bool, added []string) {
	elements := make([]span, len(p.list.Exprs))
	wish := strings.Join(added, ",")
	for i, x := range p.list.Exprs {
		elements[i] = span{x.Range().Start.Byte, x.Range().End.Byte}
		if keep(i) {
			continue
		}
		wish += fmt.Sprint("-", i)
		if o := p.Of(x); !isReference(o.Expr) {
			at := x.Range()
			e.refuseAt(at, "On the drive who stands here is in the list no more. Here it %s. "+
				"Edit line %d of %s by hand.", o.How(), at.Start.Line, at.Filename)
			return
		}
	}
	if !e.first(p.list, wish) || wish == "" {
		return
	}
	t := e.textOf(p.list.SrcRange.Filename)
	for _, x := range t.relist(span{p.list.SrcRange.Start.Byte, p.list.SrcRange.End.Byte}, elements, keep, added) {
		x.shared = e.shared(p.Shared)
		e.edits.add(x)
	}
}

// isReference reports whether an expression is the address of something, and nothing that is computed.
func isReference(e hcl.Expression) bool {
	switch x := e.(type) {
	case *hclsyntax.ScopeTraversalExpr:
		return true
	case *hclsyntax.IndexExpr: // approver.team[each.key]
		return isReference(x.Collection)
	}
	return false
}

// parts are the lists that a list of approvers is made of.
func (e *editing) parts(o eval.Origin) []listPart {
	switch x := o.Expr.(type) {
	case *hclsyntax.TupleConsExpr:
		p := listPart{Origin: o, list: x}
		for _, element := range x.Exprs {
			p.ids = append(p.ids, e.written.Approvers(o, element))
		}
		return []listPart{p}
	case *hclsyntax.FunctionCallExpr:
		if x.Name == "concat" && !x.ExpandFinal && len(x.Args) > 0 {
			var parts []listPart
			for _, arg := range x.Args {
				inner := o.Of(arg)
				if inner.Shared == "" {
					inner.Shared = o.Shared
				}
				parts = append(parts, e.parts(inner)...)
			}
			return parts
		}
	}
	return []listPart{{Origin: o, ids: [][]int64{e.written.Approvers(o, o.Expr)}}}
}
