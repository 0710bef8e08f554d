package config

import (
	"iter"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema/addr"
	"countersign/schema/config/budget"
	"countersign/schema/config/words"
	"countersign/schema/spelling"
)

// pair is one element of a for_each.
type pair struct {
	key   string
	value cty.Value
}

// instances evaluates for_each, once, and yields a frame for each instance of the block with the instance's key,
// in the order of the keys; a block without for_each has one, with key "". Everything that the block's
// expressions refer to must have been added to the binder. ok is false when for_each is wrong.
func (b *binder) instances(o *object) (keys []string, frames iter.Seq[*frame], ok bool) {
	base := b.frame(o.address)
	if o.forEach == nil {
		return nil, func(yield func(*frame) bool) { yield(base) }, true
	}
	base.early = true
	pairs, found := base.pairs(o.forEach)
	if found != given {
		return nil, func(func(*frame) bool) {}, false
	}
	keys = make([]string, len(pairs))
	for i, p := range pairs {
		keys[i] = p.key
	}
	return keys, func(yield func(*frame) bool) {
		for _, p := range pairs {
			ctx := base.ctx.NewChild()
			ctx.Variables = map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{"key": cty.StringVal(p.key), "value": p.value})}
			if !yield(&frame{ev: b.ev, ctx: ctx, address: addr.Of(o.address).Instance(p.key).String(), each: o, outer: base, fixed: b.fixed, tainted: b.tainted}) {
				return
			}
		}
	}, true
}

// collect evaluates the instances of a block, notes what each declares in list, and gives what expressions see of them. All that
// the block refers to must have been added to the binder.
func collect[T any](b *binder, o *object, list *[]T, instance func(f *frame) T, value func(T) cty.Value) (result, bool) {
	keys, frames, ok := b.instances(o)
	first := len(*list)
	for f := range frames {
		*list = append(*list, instance(f))
		ok = ok && f.ok()
	}
	if o.forEach != nil && keys == nil {
		return result{}, false
	}
	made := (*list)[first:]
	return result{each: o.forEach != nil, keys: keys, value: func(i int) cty.Value { return value(made[i]) }}, ok && !b.tainted
}

// pairs evaluates a for_each expression of a block: a map, an object or a set of strings.
func (f *frame) pairs(expr hcl.Expression) ([]pair, is) {
	const advice = "It must be a map, or a set of strings such as toset([\"a\", \"b\"])"
	v, found := f.kept(expr)
	if found != given {
		return nil, found
	}
	ty := v.Type()
	switch {
	case v.IsMarked():
		return nil, f.fail(expr, "Invalid for_each", "The value of for_each is sensitive, but its keys become part of addresses, which every plan shows. Use nonsensitive(…) if the keys are no secret.")
	case v.IsNull():
		return nil, f.fail(expr, "Invalid for_each", "The value of for_each is null. %s; an empty one, {}, makes no instance.", advice)
	case ty == cty.DynamicPseudoType, !v.IsKnown(), ty.IsSetType() && !v.IsWhollyKnown():
		return nil, f.unknownKeys(expr)
	case ty.IsTupleType() || ty.IsListType():
		return nil, f.fail(expr, "Invalid for_each", "The value of for_each is a list, whose elements have no keys to tell the instances apart. %s.", advice)
	case ty.IsSetType() && ty.ElementType() != cty.String && v.LengthInt() > 0:
		return nil, f.fail(expr, "Invalid for_each", "The value of for_each is a set whose elements are not strings (each is %s). %s.", words.Type(ty.ElementType()), advice)
	case !ty.IsSetType() && !ty.IsMapType() && !ty.IsObjectType():
		return nil, f.fail(expr, "Invalid for_each", "The value of for_each is %s. %s.", words.Type(ty), advice)
	}
	if key, at, twice := f.writtenTwice(expr); twice {
		return nil, f.failAt(at, expr, "Duplicate key", "for_each has the key %q twice, so two instances would have one address. Give each its own key.", key)
	}
	pairs := make([]pair, 0, v.LengthInt())
	for it := v.ElementIterator(); it.Next(); {
		k, e := it.Element()
		if ty.IsSetType() {
			k = e
		}
		switch {
		case k.IsMarked():
			return nil, f.fail(expr, "Invalid for_each", "One of the elements of for_each is sensitive, but its keys become part of addresses, which every plan shows.")
		case !k.IsKnown():
			return nil, f.unknownKeys(expr)
		case k.IsNull():
			return nil, f.fail(expr, "Invalid for_each", "One of the elements of for_each is null. Take it out, for example with compact(…).")
		}
		f.reveal(expr.Range(), "a key", "A key of the for_each of "+f.address, k.AsString(), spelling.Read)
		pairs = append(pairs, pair{k.AsString(), e})
	}
	return pairs, given
}

func (f *frame) unknownKeys(expr hcl.Expression) is {
	f.failed = true
	if f.tainted {
		return wrong
	}
	return f.fail(expr, "Unknown for_each key", "The keys of for_each become part of addresses and must be known before the drive is read, "+
		"but these depend on something that only the drive knows or that is known only after apply. Use keys that the configuration holds; the values may be unknown.")
}

// writtenTwice finds a key that stands twice in a for_each written out as { … } or toset([…]): the object or set
// it makes would silently hold one of the two.
func (f *frame) writtenTwice(expr hcl.Expression) (key string, at hcl.Range, twice bool) {
	var written []hcl.Expression
	if object, ok := expr.(*hclsyntax.ObjectConsExpr); ok {
		for _, item := range object.Items {
			written = append(written, item.KeyExpr)
		}
	} else if call, diags := hcl.ExprCall(expr); !diags.HasErrors() && call.Name == "toset" && len(call.Arguments) == 1 {
		written, _ = hcl.ExprList(call.Arguments[0])
	}
	seen := make(map[string]bool, len(written))
	for _, e := range written {
		v, diags := f.ev.Budget.Value(e, f.ctx)
		if diags.HasErrors() || v.IsMarked() || !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
			continue
		}
		if key := v.AsString(); seen[key] {
			return key, e.Range(), true
		} else {
			seen[key] = true
		}
	}
	return "", hcl.Range{}, false
}

// elements evaluates the for_each of a dynamic block, which may be any collection.
func (f *frame) elements(expr hcl.Expression) (elements [][2]cty.Value, found is) {
	v, found := f.open(expr, "for_each")
	if found != given {
		return nil, f.required(expr, "for_each", found)
	}
	if v.Type() == cty.DynamicPseudoType || !v.IsKnown() {
		return nil, f.unknown(expr, "for_each")
	}
	if !v.CanIterateElements() {
		return nil, f.fail(expr, "Invalid for_each", "The for_each of a dynamic block must be a list, a set or a map, not %s.", words.Type(v.Type()))
	}
	for it := v.ElementIterator(); it.Next(); {
		k, e := it.Element()
		if v.Type().IsSetType() {
			k = e
		}
		elements = append(elements, [2]cty.Value{k, e})
	}
	if f.ev.Budget.Charge(budget.Cost{Elements: 2 * int64(len(elements)), Steps: int64(len(elements))}, expr.Range()) != nil {
		return nil, f.spent()
	}
	return elements, given
}

// inner is the frame of one element of a dynamic block, under the iterator's name.
func (f *frame) inner(iterator string, element [2]cty.Value) *frame {
	g := *f
	g.ctx = f.ctx.NewChild()
	g.ctx.Variables = map[string]cty.Value{iterator: cty.ObjectVal(map[string]cty.Value{"key": element[0], "value": element[1]})}
	return &g
}

// repeat yields the frame that a block's attributes are evaluated in: f itself, or with a dynamic one a frame for
// each element.
func (f *frame) repeat(d *dynamic) iter.Seq[*frame] {
	return func(yield func(*frame) bool) {
		if d == nil {
			yield(f)
			return
		}
		elements, _ := f.elements(d.forEach)
		for _, e := range elements {
			g := f.inner(d.iterator, e)
			more := yield(g)
			f.failed, f.missing = f.failed || g.failed, f.missing || g.missing
			if !more {
				return
			}
		}
	}
}

// bind notes what a dynamic block refers to; it returns the words that its content may begin with. Of a block that
// stands by itself, the nil one, those are the words of the block around it.
func (d *dynamic) bind(b *binder, own []string) []string {
	if d == nil {
		return own
	}
	b.add(d.forEach, own...)
	return append(slices.Clone(own), d.iterator)
}

// node is what expressions can refer to of a block that may have several instances.
func (o *object) node(evaluate func() (result, bool)) Node {
	return Node{header: &o.header, Each: o.forEach != nil, Evaluate: evaluate}
}
