package eval

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema/addr"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/sensitive"
	"countersign/schema/config/structure"
	"countersign/schema/config/syntax"
	"countersign/schema/config/words"
	"countersign/schema/near"
)

// Binder collects what the expressions of one block refer to. All instances of the block then share one evaluation
// context. While blocks are still being evaluated, that context has just these values; once all roots are complete, it
// is the one that all blocks share.
type Binder struct {
	ev      *Evaluator
	values  map[string]map[string]cty.Value // by root and name
	whole   map[string]cty.Value            // roots that are referred to as a whole
	again   map[hcl.Expression]*repeated    // expressions that have one value for several instances
	Tainted bool                            // something that is referred to has failed
	Quiet   bool                            // what is added may be a secret, written without quotes
}

// Binder begins to collect references.
func (ev *Evaluator) Binder() *Binder { return &Binder{ev: ev} }

// Bind is a binder with what the attributes of a block refer to.
func (ev *Evaluator) Bind(o *structure.Object) *Binder {
	b := ev.Binder()
	b.Add(o.ForEach)
	for name, e := range o.All {
		if name != "for_each" {
			b.Add(e, o.Own()...)
		}
	}
	return b
}

// AddAll is Add for the attributes of an inner block.
func (b *Binder) AddAll(attributes structure.Attributes, own ...string) {
	for _, e := range attributes.All {
		b.Add(e, own...)
	}
}

// Add notes the references of an expression and evaluates what they lead to. Words in own are no references: the block
// itself gives these names. A wrong reference is reported here, once, and its expression is never evaluated.
func (b *Binder) Add(expr hcl.Expression, own ...string) {
	switch e := expr.(type) {
	case nil, *hclsyntax.LiteralValueExpr:
		return
	case *hclsyntax.TemplateExpr:
		if e.IsStringLiteral() {
			return
		}
	}
	if parts := sensitive.Loose(expr); len(parts) > 0 {
		if b.ev.loose == nil {
			b.ev.loose = map[hcl.Expression][]sensitive.Part{}
		}
		b.ev.loose[expr] = parts
	}
	ok := true
	var reads []hcl.Traversal
	_, alone := expr.(*hclsyntax.ScopeTraversalExpr)
	varies := alone || len(own) == 0 // a block of one instance repeats nothing, and a reference costs nothing
	for t := range syntax.References(expr) {
		ok = b.reference(t, own) && ok
		if slices.Contains(own, t.RootName()) {
			reads = append(reads, t)
			varies = varies || len(t) < 3 // the key, or the whole value: each instance has its own
		}
	}
	switch {
	case !ok:
		b.reject(expr)
	case !varies:
		if b.again == nil {
			b.again = map[hcl.Expression]*repeated{}
		}
		b.again[expr] = &repeated{reads: reads, values: map[string]cty.Value{}}
	}
}

func (b *Binder) reject(expr hcl.Expression) {
	b.Tainted = true
	if b.ev.rejected == nil {
		b.ev.rejected = map[hcl.Expression]bool{}
	}
	b.ev.rejected[expr] = true
}

// reference resolves one traversal; false when it leads nowhere.
func (b *Binder) reference(t hcl.Traversal, own []string) bool {
	root := t.RootName()
	if slices.Contains(own, root) {
		return true
	}
	is, known := b.ev.roots[root]
	if !known && b.Quiet {
		b.ev.Report(diagnostic.Finding{Secret: true, Diagnostic: diagnostic.Error(t.SourceRange(), "Unknown reference",
			"This is not a name that is known here. If text is meant, put it in quotes; better, read it with "+
				"env(\"NAME\"). It is not shown, because it may be a secret.")})
		return false
	}
	if !known {
		return b.unknown(t, "%s", b.unknownRoot(t, own))
	}
	name, named := syntax.StepName(t, 1)
	if !named {
		b.all(root)
		return true
	}
	c := b.ev.cells[root][name]
	if c == nil {
		return b.unknown(t, "%s", b.ev.Undeclared(root, name))
	}
	if _, bound := b.values[root][name]; !bound {
		b.bind(root, name, c)
	}
	return is.Attributes == nil || b.instance(t, c) && b.attribute(t, c, is.Attributes)
}

// bind evaluates what a cell stands for and puts it into the context.
func (b *Binder) bind(root, name string, c *cell) {
	b.ev.evaluateCell(c)
	b.Tainted = b.Tainted || c.failed
	if b.ev.shared(root) {
		return
	}
	if b.values == nil {
		b.values = make(map[string]map[string]cty.Value, 4)
	}
	if b.values[root] == nil {
		b.values[root] = make(map[string]cty.Value, 4)
	}
	b.values[root][name] = b.ev.valueOf(c)
}

// all binds a whole root, for an expression such as folder[each.key]. Its value is built once a run.
func (b *Binder) all(root string) {
	if _, bound := b.whole[root]; bound {
		return
	}
	if b.whole == nil {
		b.whole = map[string]cty.Value{}
	}
	w := b.ev.wholes[root]
	if w == nil {
		w = b.ev.wholeRoot(root)
	}
	b.whole[root] = w.value
	b.Tainted = b.Tainted || w.failed
}

// shared reports whether the context of all blocks has a root. It has once everything but the late roots has been
// evaluated. The root's value is built when the first expression refers to it.
func (ev *Evaluator) shared(root string) bool {
	if !ev.complete || ev.late(root) {
		return false
	}
	if _, built := ev.Root.Variables[root]; !built {
		ev.Root.Variables[root] = ev.wholeRoot(root).value
	}
	return true
}

// late reports whether blocks of a kind are evaluated after all others.
func (ev *Evaluator) late(kind string) bool { return ev.roots[kind].Late }

type whole struct {
	value  cty.Value
	failed bool
}

func (ev *Evaluator) wholeRoot(root string) *whole {
	cells := ev.cells[root]
	values := make(map[string]cty.Value, len(cells))
	w := &whole{}
	complete := true
	for _, name := range slices.Sorted(maps.Keys(cells)) {
		c := cells[name]
		ev.evaluateCell(c)
		w.failed = w.failed || c.failed
		complete = complete && c.phase == settled
		values[name] = ev.valueOf(c)
	}
	w.value = cty.ObjectVal(values)
	if complete { // otherwise it is part of a cycle, and others will see another value
		ev.wholes[root] = w
	}
	return w
}

// context is where the block's expressions are evaluated.
func (b *Binder) context() *hcl.EvalContext {
	if len(b.values) == 0 && len(b.whole) == 0 {
		return b.ev.Root
	}
	ctx := b.ev.Root.NewChild()
	ctx.Variables = make(map[string]cty.Value, len(b.values)+len(b.whole))
	for root, values := range b.values {
		ctx.Variables[root] = cty.ObjectVal(values)
	}
	maps.Copy(ctx.Variables, b.whole)
	return ctx
}

// instance checks that the key a reference goes on to is one of the block's for_each.
func (b *Binder) instance(t hcl.Traversal, c *cell) bool {
	key, named := syntax.StepName(t, 2)
	if n, is := syntax.StepNumber(t, 2); is {
		if !c.node.Each {
			return b.unknown(t, "%s has no for_each, so there is one, and no index. Take it out.", c.node.Address)
		}
		key, named = n, true // HCL takes the number for a name
	}
	if !named || !c.node.Each || c.value == cty.NilVal || !c.value.Type().IsObjectType() ||
		c.value.Type().HasAttribute(key) {
		return true
	}
	hint := ""
	if b.ev.maySuggest(len(c.result.keys)) {
		hint = words.DidYouMean(key, c.result.keys)
	}
	keys := c.result.keys
	return b.unknown(t, "The for_each of %s has no key %q.%s It has %s.", c.node.Address, key, hint,
		words.Some(keys[:min(10, len(keys))], len(keys)))
}

// attribute checks that the attribute exists that a reference goes on to: HCL itself would suggest no near name.
func (b *Binder) attribute(t hcl.Traversal, c *cell, attributes []string) bool {
	at := 2
	if c.node.Each {
		at = 3 // the step between is the key
	}
	name, named := syntax.StepName(t, at)
	if !named {
		return true
	}
	if c.node.Lacks != nil {
		if lacks := c.node.Lacks(name); lacks != "" {
			return b.unknown(t, "%s", lacks)
		}
	}
	if slices.Contains(attributes, name) {
		return true
	}
	h := c.node.Header
	return b.unknown(t, "%s has no attribute %q.%s What each %s has: %s.", h.Address, name,
		words.DidYouMean(name, attributes), h.Kind, strings.Join(attributes, ", "))
}

// unknown reports a reference that leads nowhere.
func (b *Binder) unknown(t hcl.Traversal, format string, args ...any) bool {
	b.ev.ReportAt(addr.Address{}, t.SourceRange(), "Unknown reference", format, args...)
	return false
}

func (b *Binder) unknownRoot(t hcl.Traversal, own []string) string {
	root := t.RootName()
	if root == "each" {
		return "each stands for the key and the value of one instance, and this block has no for_each (and for_each " +
			"itself cannot use it). Add for_each, or name what is meant."
	}
	if advice := structure.OtherReference(root); advice != "" {
		return fmt.Sprintf("%q is not a name that is known here. %s", root, advice)
	}
	known := slices.Concat(slices.Sorted(maps.Keys(b.ev.roots)), own)
	hint := words.DidYouMean(root, known)
	if len(t) == 1 && hint == "" {
		return fmt.Sprintf("%q is not a name that is known here. If text is meant, put it in quotes: \"%s\".", root,
			root)
	}
	return fmt.Sprintf("%q is not a name that is known here.%s References begin with %s.", root, hint,
		words.OneOf(known))
}

// maxSuggested is how many names one run compares with those that are not known.
const maxSuggested = 1_000_000

// maySuggest limits how often a run searches many names for the nearest one, which takes a look at each of them.
func (ev *Evaluator) maySuggest(names int) bool {
	ev.suggestions += names
	return ev.suggestions <= maxSuggested || names <= 100
}

// Undeclared says that there is no such block, and which one may have been meant.
func (ev *Evaluator) Undeclared(root, name string) string {
	cells := ev.cells[root]
	what := fmt.Sprintf("%s.%s is not declared.", root, name)
	if ev.maySuggest(len(cells)) {
		if other := near.Name(name, slices.Sorted(maps.Keys(cells))); other != "" {
			return fmt.Sprintf("%s Did you mean %s.%s?", what, root, other)
		}
	}
	for _, other := range slices.Sorted(maps.Keys(ev.roots)) {
		if other != root && ev.cells[other][name] != nil {
			return fmt.Sprintf("%s Did you mean %s.%s?", what, other, name)
		}
	}
	if root == "local" {
		return fmt.Sprintf("%s Add %s = … to a locals block.", what, name)
	}
	return fmt.Sprintf("%s Add a block: %s %q { … }.", what, ev.roots[root].Block, name)
}
