package rewrite

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config"
	"countersign/schema/config/eval"
	"countersign/schema/hcltext"
)

// attrScope is the attribute that says what a template is attached to.
const attrScope = "scope"

// editing is the rewrite of one template.
type editing struct {
	*rewriter
	want   schema.Rewrite
	block  *config.WrittenTemplate
	body   *hclsyntax.Body
	syntax *hclsyntax.Block
	text   text // of the block's file
	edits  patch
	wishes map[hcl.Expression]string // the new text of each expression that is rewritten
}

// template collects the edits of one rewrite, or refuses it.
func (r *rewriter) template(w schema.Rewrite) patch {
	block := r.written.Template(w.Address)
	if block == nil {
		r.refuse(w.Address, hcl.Range{}, "The configuration has no block of that address.")
		return nil
	}
	e := &editing{rewriter: r, want: w, block: block, wishes: map[hcl.Expression]string{}}
	at := block.At
	if r.native(at.Filename) == nil {
		r.refuse(w.Address, at, "Its block is written in JSON, which is not rewritten. Edit it by hand.")
		return nil
	}
	e.text, e.syntax = r.textOf(at.Filename), r.blockAt(at)
	if e.syntax == nil || block.Frame == nil {
		r.refuse(w.Address, at, "Its block declares no such instance.")
		return nil
	}
	e.body = e.syntax.Body
	if w.Gone {
		e.remove()
	} else {
		e.attributes()
	}
	return e.edits
}

// refuseAt refuses because of an expression.
func (e *editing) refuseAt(at hcl.Range, format string, args ...any) {
	e.refuse(e.want.Address, at, format, args...)
}

// shared says what else may depend on a text: what is given, or else the other instances of the block.
func (e *editing) shared(given string) string {
	if given == "" && e.block.ForEach != nil {
		return "the block that all instances of " + e.block.Block.String() + " share"
	}
	return given
}

// change replaces a range.
func (e *editing) change(at hcl.Range, shared, text string) {
	e.edits.add(edit{file: at.Filename, start: at.Start.Byte, end: at.End.Byte, text: text, shared: e.shared(shared)})
}

// put replaces a part of the block's file; insert only adds text, and cut only removes it.
func (e *editing) put(from, to int, text string) {
	e.edits.add(edit{file: e.text.name, start: from, end: to, text: text, shared: e.shared("")})
}

func (e *editing) insert(at int, text string) { e.put(at, at, text) }

func (e *editing) cut(from, to int) { e.put(from, to, "") }

// attributes rewrites the attributes that the rewrite names, in the order of a block.
func (e *editing) attributes() {
	if slices.Contains(e.want.Attributes, attrScope) {
		e.reference(e.block.Expr("scope"), e.want.Scope)
	}
	for _, a := range schema.Attributes {
		switch {
		case !slices.Contains(e.want.Attributes, a.Name):
		case a.Name == schema.AttrStep:
			e.steps()
		case a.Name == schema.AttrCC:
			e.cc()
		default:
			e.plain(a)
		}
	}
}

// inner is the indentation inside the block.
func (e *editing) inner() string {
	for _, b := range e.body.Blocks {
		return e.text.indent(b.TypeRange.Start.Byte)
	}
	return e.text.indent(e.syntax.TypeRange.Start.Byte) + "  "
}

// scalar writes the value of an attribute in the place of its literal, or on a new line where it is not written yet.
func (e *editing) scalar(name string, expr hcl.Expression, value string) {
	if expr == nil {
		at := e.above(name)
		indent := e.text.indent(at)
		if at == e.syntax.OpenBraceRange.End.Byte {
			indent = e.inner()
		}
		e.insert(e.text.lineEnd(at), "\n"+indent+name+" = "+value)
		return
	}
	e.value(e.body.Attributes[name], value)
}

// first reports whether an expression is to be rewritten for the first time. Two places of one template may get their
// values from it: the same new value is written once, and two different ones are refused.
func (e *editing) first(expr hcl.Expression, wish string) bool {
	have, twice := e.wishes[expr]
	if twice && have != wish {
		at := expr.Range()
		e.refuseAt(at, "Two places of it come from line %d of %s, and were edited to different things. Give them "+
			"values of their own, and accept again.", at.Start.Line, at.Filename)
	}
	e.wishes[expr] = wish
	return !twice
}

// plain writes an attribute that is a plain string, as a heredoc where it has several lines and that is possible.
func (e *editing) plain(a schema.Attribute) {
	expr, value := e.block.Expr(a.Name), a.Text(&e.want.Template)
	spelled := hcltext.Quote(value)
	switch {
	case !a.Lines:
	case expr == nil:
		spelled = hcltext.Text(e.inner(), value)
	default:
		if at := e.block.Origin(expr).Expr.Range(); e.native(at.Filename) != nil {
			t := e.textOf(at.Filename)
			if strings.TrimSpace(string(t.src[at.End.Byte:t.lineEnd(at.End.Byte)])) == "" {
				spelled = hcltext.Text(t.indent(at.Start.Byte), value)
			}
		}
	}
	e.scalar(a.Name, expr, spelled)
}

// above is the end of the attribute that another one is written below.
func (e *editing) above(name string) int {
	at := e.syntax.OpenBraceRange.End.Byte
	for _, other := range append([]string{attrScope}, schema.AttributeNames()...) {
		if other == name {
			break
		}
		if a := e.body.Attributes[other]; a != nil {
			at = a.SrcRange.End.Byte
		}
	}
	return at
}

// value writes the value of an attribute in the place of the literal that it comes from.
func (e *editing) value(a *hclsyntax.Attribute, value string) {
	o := e.block.Origin(a.Expr)
	if !o.Literal() {
		e.computed(a.Name, value, o)
		return
	}
	if !e.first(o.Expr, value) {
		return
	}
	e.change(o.Expr.Range(), o.Shared, value)
}

// computed refuses an attribute with a computed value; value is what it would have to be.
func (e *editing) computed(name, value string, o eval.Origin) {
	at := o.Expr.Range()
	e.refuseAt(at, "On the drive %s is %s now. Here it %s. Edit line %d of %s by hand, or write the value itself "+
		"there and accept again.", name, value, o.How(), at.Start.Line, at.Filename)
}

// reference writes another scope.
func (e *editing) reference(expr hcl.Expression, scope addr.Address) {
	o := e.block.Origin(expr)
	x, is := o.Expr.(*hclsyntax.ScopeTraversalExpr)
	if !is || x.Traversal.RootName() != "folder" && x.Traversal.RootName() != "file" {
		e.computed(attrScope, scope.String(), o)
		return
	}
	e.change(o.Expr.Range(), o.Shared, scope.String())
}

// cc rewrites the cc block.
func (e *editing) cc() {
	t := e.want.Template
	var block *hclsyntax.Block
	for _, b := range e.body.Blocks {
		if b.Type == schema.AttrCC {
			block = b
		}
	}
	if block == nil {
		var w hcltext.Writer
		w.CC(e.inner(), hcltext.List(e.inner()+"  ", e.addresses(t.CC)), t.CCAccess)
		e.insert(e.lastStep(), "\n"+w.String())
		return
	}
	if len(t.CC) == 0 && t.CCAccess == schema.AccessNone {
		e.cut(e.text.block(block.TypeRange.Start.Byte, block.CloseBraceRange.End.Byte))
		return
	}
	users := block.Body.Attributes["users"]
	e.people(users, t.CC)
	access := block.Body.Attributes["access"]
	was := e.declared[e.want.Address].CCAccess
	switch {
	case was == t.CCAccess || was == "" && t.CCAccess == schema.AccessNone:
	case access == nil && block.OpenBraceRange.Start.Line == block.CloseBraceRange.Start.Line:
		indent := e.inner()
		e.put(block.OpenBraceRange.End.Byte, users.SrcRange.Start.Byte, "\n"+indent+"  ")
		e.put(users.SrcRange.End.Byte, block.CloseBraceRange.Start.Byte, "\n"+indent+"  access = "+
			hcltext.Quote(string(t.CCAccess))+"\n"+indent)
	case access == nil:
		e.insert(users.SrcRange.End.Byte, "\n"+e.text.indent(users.SrcRange.Start.Byte)+"access = "+
			hcltext.Quote(string(t.CCAccess)))
	default:
		e.value(access, hcltext.Quote(string(t.CCAccess)))
	}
}

// lastStep is the beginning of the line after the last step.
func (e *editing) lastStep() int {
	at := e.syntax.OpenBraceRange.End.Byte
	for _, a := range e.body.Attributes {
		at = max(at, a.SrcRange.End.Byte)
	}
	for _, b := range e.body.Blocks {
		if b.Type == schema.AttrStep || b.Type == "dynamic" {
			at = max(at, b.CloseBraceRange.End.Byte)
		}
	}
	return e.text.after(at)
}

// addresses are how people are referred to.
func (e *editing) addresses(people []schema.Person) []string {
	list := make([]string, len(people))
	for i, p := range people {
		list[i] = e.approver(p)
	}
	return list
}

// remove takes out the block, or the element of for_each that makes the instance, and its import.
func (e *editing) remove() {
	if at, ok := e.source.ImportOf(e.want.Address); ok && e.native(at.Filename) != nil {
		b := e.blockAt(at)
		from, to := e.textOf(at.Filename).block(b.TypeRange.Start.Byte, b.CloseBraceRange.End.Byte)
		e.edits.add(edit{file: at.Filename, start: from, end: to, early: true})
	}
	if e.block.ForEach == nil {
		from, to := e.text.block(e.syntax.TypeRange.Start.Byte, e.syntax.CloseBraceRange.End.Byte)
		e.edits.add(edit{file: e.text.name, start: from, end: to})
		return
	}
	key, o := e.block.Key()
	var within hcl.Range
	var elements []span
	var keys []hclsyntax.Expression
	list := o.Expr
	if call, is := list.(*hclsyntax.FunctionCallExpr); is && call.Name == "toset" && len(call.Args) == 1 {
		list = call.Args[0]
	}
	switch x := list.(type) {
	case *hclsyntax.ObjectConsExpr:
		within = x.SrcRange
		for _, item := range x.Items {
			elements = append(elements, span{item.KeyExpr.Range().Start.Byte, item.ValueExpr.Range().End.Byte})
			keys = append(keys, item.KeyExpr)
		}
	case *hclsyntax.TupleConsExpr:
		within = x.SrcRange
		for _, x := range x.Exprs {
			elements = append(elements, span{x.Range().Start.Byte, x.Range().End.Byte})
			keys = append(keys, x)
		}
	default:
		at := o.Expr.Range()
		e.refuseAt(at, "It was deleted by hand, and its for_each %s in %s:%d. Take the key %q out there by hand.",
			o.How(), at.Filename, at.Start.Line, key)
		return
	}
	gone := e.gone[e.block.Block] // all of them, so that each instance leads to the same edits
	keep := func(i int) bool {
		return !slices.ContainsFunc(gone, func(key string) bool { return o.HasKey(keys[i], key) })
	}
	t := e.textOf(within.Filename)
	for _, x := range t.relist(span{within.Start.Byte, within.End.Byte}, elements, keep, nil) {
		x.shared = o.Shared
		e.edits.add(x)
	}
}
