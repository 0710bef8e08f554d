package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema"
)

// listPart is a part of a list of approvers: a list that is written out, or one that is computed.
type listPart struct {
	origin
	list *hclsyntax.TupleConsExpr // nil for a computed one
	ids  [][]int64                // of the users in it, of each element of a written one
}

// people rewrites a list of approvers: who is no longer in it goes out, who is new comes in at its end.
func (e *editing) people(a *hclsyntax.Attribute, want []schema.Person) {
	parts := e.parts(e.frame.origin(a.Expr))
	wanted, have := map[int64]bool{}, map[int64]bool{}
	for _, p := range want {
		wanted[p.ID] = true
	}
	for _, p := range parts {
		for _, ids := range p.ids {
			for _, id := range ids {
				have[id] = true
				if !wanted[id] && p.list == nil {
					at := p.expr.Range()
					e.no(at, "On the drive the list has %s no more. Here it %s. Edit line %d of %s by hand, or write a list there and accept again.",
						e.known[id], p.how(), at.Start.Line, at.Filename)
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
	last := -1
	for i, p := range parts {
		if p.list != nil {
			last = i
		}
	}
	if last < 0 && len(added) > 0 {
		at := parts[len(parts)-1].expr.Range()
		e.no(at, "On the drive the list has %s now. Here it %s. Edit line %d of %s by hand, or write a list there and accept again.",
			enumerate(added), parts[len(parts)-1].how(), at.Start.Line, at.Filename)
		return
	}
	for i, p := range parts {
		if p.list == nil {
			continue
		}
		keep := func(i int) bool { return !slices.ContainsFunc(p.ids[i], func(id int64) bool { return !wanted[id] }) }
		var more []string
		if i == last {
			more = added
		}
		e.relist(p, keep, more)
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
		if o := p.frame.origin(x); !isReference(o.expr) {
			at := x.Range()
			e.no(at, "On the drive who stands here is in the list no more. Here it %s. Edit line %d of %s by hand.",
				o.how(), at.Start.Line, at.Filename)
			return
		}
	}
	if !e.first(p.list, wish) || wish == "" {
		return
	}
	t := e.text(p.list.SrcRange.Filename)
	for _, x := range t.relist(span{p.list.SrcRange.Start.Byte, p.list.SrcRange.End.Byte}, elements, keep, added) {
		x.shared = e.shared(p.shared)
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

// parts are what a list of approvers is joined from.
func (e *editing) parts(o origin) []listPart {
	switch x := o.expr.(type) {
	case *hclsyntax.TupleConsExpr:
		p := listPart{origin: o, list: x}
		for _, element := range x.Exprs {
			p.ids = append(p.ids, e.ids(element, o.frame))
		}
		return []listPart{p}
	case *hclsyntax.FunctionCallExpr:
		if x.Name == "concat" && !x.ExpandFinal && len(x.Args) > 0 {
			var parts []listPart
			for _, arg := range x.Args {
				inner := o.frame.origin(arg)
				if inner.shared == "" {
					inner.shared = o.shared
				}
				parts = append(parts, e.parts(inner)...)
			}
			return parts
		}
	}
	return []listPart{{origin: o, ids: [][]int64{e.ids(o.expr, o.frame)}}}
}

// ids are the users that an expression stands for: an approver, or a list of some.
func (e *editing) ids(expr hcl.Expression, f *frame) []int64 {
	v, diags := f.ev.budget.value(expr, f.ctx)
	if diags.HasErrors() || v.IsMarked() || !v.IsKnown() || v.IsNull() {
		return nil
	}
	one := func(v cty.Value) (int64, bool) {
		address, is := addressOf(v)
		a, declared := e.ev.approvers[address]
		return a.Person.ID, is && declared
	}
	if id, is := one(v); is {
		return []int64{id}
	}
	var ids []int64
	if v.CanIterateElements() {
		for it := v.ElementIterator(); it.Next(); {
			_, element := it.Element()
			if id, is := one(element); is {
				ids = append(ids, id)
			}
		}
	}
	return ids
}
