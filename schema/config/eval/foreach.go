package eval

import (
	"iter"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema/config/budget"
	"countersign/schema/config/structure"
	"countersign/schema/config/words"
	"countersign/schema/spelling"
)

// pair is one element of a for_each.
type pair struct {
	key   string
	value cty.Value
}

// Instances evaluates for_each once, and yields a frame for each instance of the block, in the order of the keys. A
// block without for_each has one instance and no keys. All that the block refers to must have been added to the binder.
// ok is false when for_each is wrong.
func (b *Binder) Instances(o *structure.Object) (keys []string, frames iter.Seq[*Frame], ok bool) {
	base := b.Frame(o.Address)
	if o.ForEach == nil {
		return nil, func(yield func(*Frame) bool) { yield(base) }, true
	}
	base.Early = true
	pairs, found := base.pairs(o.ForEach)
	if found != Given {
		return nil, func(func(*Frame) bool) {}, false
	}
	keys = make([]string, len(pairs))
	for i, p := range pairs {
		keys[i] = p.key
	}
	return keys, func(yield func(*Frame) bool) {
		for _, p := range pairs {
			ctx := base.ctx.NewChild()
			ctx.Variables = map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{"key": cty.StringVal(p.key),
				"value": p.value})}
			if !yield(&Frame{ev: b.ev, ctx: ctx, Address: o.Address.Instance(p.key), each: o,
				outer: base, again: b.again, tainted: b.Tainted}) {
				return
			}
		}
	}, true
}

// Collect evaluates the instances of a block, appends what each declares to list, and returns what expressions see of
// them. All that the block refers to must have been added to the binder.
func Collect[T any](b *Binder, o *structure.Object, list *[]T, instance func(f *Frame) T,
	value func(T) cty.Value) (Result, bool) {
	keys, frames, ok := b.Instances(o)
	*list = slices.Grow(*list, len(keys))
	first := len(*list)
	for f := range frames {
		*list = append(*list, instance(f))
		ok = ok && f.ok()
	}
	if o.ForEach != nil && keys == nil {
		return Result{}, false
	}
	made := (*list)[first:]
	return Result{each: o.ForEach != nil, keys: keys, value: func(i int) cty.Value {
		return value(made[i])
	}}, ok && !b.Tainted
}

// pairs evaluates a for_each expression of a block: a map, an object or a set of strings.
func (f *Frame) pairs(expr hcl.Expression) ([]pair, Found) {
	const advice = "It must be a map, or a set of strings such as toset([\"a\", \"b\"])"
	v, found := f.Kept(expr)
	if found != Given {
		return nil, found
	}
	ty := v.Type()
	switch {
	case v.IsMarked():
		return nil, f.Fail(expr, "Invalid for_each", "The value of for_each is sensitive, but its keys become part "+
			"of addresses, which every plan shows. Use nonsensitive(…) if the keys are no secret.")
	case v.IsNull():
		return nil, f.Fail(expr, "Invalid for_each", "The value of for_each is null. %s; "+
			"an empty one, {}, makes no instance.", advice)
	case ty == cty.DynamicPseudoType, !v.IsKnown(), ty.IsSetType() && !v.IsWhollyKnown():
		return nil, f.unknownKeys(expr)
	case ty.IsTupleType() || ty.IsListType():
		return nil, f.Fail(expr, "Invalid for_each", "The value of for_each is a list, whose elements have no keys "+
			"to tell the instances apart. %s.", advice)
	case ty.IsSetType() && ty.ElementType() != cty.String && v.LengthInt() > 0:
		return nil, f.Fail(expr, "Invalid for_each", "The value of for_each is a set whose elements are not strings "+
			"(each is %s). %s.", words.Type(ty.ElementType()), advice)
	case !ty.IsSetType() && !ty.IsMapType() && !ty.IsObjectType():
		return nil, f.Fail(expr, "Invalid for_each", "The value of for_each is %s. %s.", words.Type(ty), advice)
	}
	if key, at, twice := f.writtenTwice(expr); twice {
		return nil, f.FailAt(at, expr, "Duplicate key", "for_each has the key %q twice, so two instances would have "+
			"one address. Give each its own key.", key)
	}
	pairs := make([]pair, 0, v.LengthInt())
	for it := v.ElementIterator(); it.Next(); {
		k, e := it.Element()
		if ty.IsSetType() {
			k = e
		}
		switch {
		case k.IsMarked():
			return nil, f.Fail(expr, "Invalid for_each", "One of the elements of for_each is sensitive, but its keys "+
				"become part of addresses, which every plan shows.")
		case !k.IsKnown():
			return nil, f.unknownKeys(expr)
		case k.IsNull():
			return nil, f.Fail(expr, "Invalid for_each", "One of the elements of for_each is null. Take it out, for "+
				"example with compact(…).")
		}
		f.Reveal(expr.Range(), "a key", "A key of the for_each of "+f.Address.String(), k.AsString(), spelling.Read)
		pairs = append(pairs, pair{k.AsString(), e})
	}
	return pairs, Given
}

func (f *Frame) unknownKeys(expr hcl.Expression) Found {
	f.failed = true
	if f.tainted {
		return Wrong
	}
	return f.Fail(expr, "Unknown for_each key", "The keys of for_each become part of addresses and must be known "+
		"before the drive is read, but these depend on something that only the drive knows or that is known only "+
		"after apply. Use keys that the configuration holds; the values may be unknown.")
}

// writtenTwice finds a key that stands twice in a for_each that is written out, as { … } or toset([…]): the object or
// set would silently have one of the two.
func (f *Frame) writtenTwice(expr hcl.Expression) (key string, at hcl.Range, twice bool) {
	var written []hcl.Expression
	if object, ok := expr.(*hclsyntax.ObjectConsExpr); ok {
		for _, item := range object.Items {
			written = append(written, item.KeyExpr)
		}
	} else if call, diags := hcl.ExprCall(expr); !diags.HasErrors() && call.Name == "toset" &&
		len(call.Arguments) == 1 {
		written, _ = hcl.ExprList(call.Arguments[0])
	}
	seen := make(map[string]bool, len(written))
	for _, e := range written {
		v, diags := f.ev.Budget.Value(e, f.ctx)
		if diags.HasErrors() || v.IsMarked() || !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
			continue
		}
		key := v.AsString()
		if seen[key] {
			return key, e.Range(), true
		}
		seen[key] = true
	}
	return "", hcl.Range{}, false
}

// Elements evaluates the for_each of a dynamic block, which may be any collection.
func (f *Frame) Elements(expr hcl.Expression) (elements [][2]cty.Value, found Found) {
	v, found := f.Open(expr, "for_each")
	if found != Given {
		return nil, f.Required(expr, "for_each", found)
	}
	if v.Type() == cty.DynamicPseudoType || !v.IsKnown() {
		return nil, f.Unknown(expr, "for_each")
	}
	if !v.CanIterateElements() {
		return nil, f.Fail(expr, "Invalid for_each", "The for_each of a dynamic block must be a list, a set or a "+
			"map, not %s.", words.Type(v.Type()))
	}
	for it := v.ElementIterator(); it.Next(); {
		k, e := it.Element()
		if v.Type().IsSetType() {
			k = e
		}
		elements = append(elements, [2]cty.Value{k, e})
	}
	if f.ev.Budget.Charge(budget.Cost{Elements: 2 * int64(len(elements)), Steps: int64(len(elements))},
		expr.Range()) != nil {
		return nil, f.Spent()
	}
	return elements, Given
}

// Repeat yields the frames that an inner block's attributes are evaluated in: f itself, or for a dynamic block a frame
// for each element. found is what became of the dynamic block's for_each.
func (f *Frame) Repeat(d *structure.Dynamic) (frames iter.Seq[*Frame], found Found) {
	if d == nil {
		return func(yield func(*Frame) bool) { yield(f) }, Given
	}
	elements, found := f.Elements(d.ForEach)
	return func(yield func(*Frame) bool) {
		for _, e := range elements {
			element := cty.ObjectVal(map[string]cty.Value{"key": e[0], "value": e[1]})
			g := f.With(map[string]cty.Value{d.Iterator: element})
			more := yield(g)
			f.failed, f.Missing = f.failed || g.failed, f.Missing || g.Missing
			if !more {
				return
			}
		}
	}, found
}

// AddInner notes what an inner block refers to, and the dynamic block that it may be the content of.
func (b *Binder) AddInner(in structure.Inner, own []string) {
	if d := in.Dynamic; d != nil {
		b.Add(d.ForEach, own...)
		own = append(slices.Clone(own), d.Iterator)
		b.Add(d.Label, own...)
	}
	b.AddAll(in.Attributes, own...)
}

// NodeOf is what expressions can refer to of a block that may have several instances.
func NodeOf(o *structure.Object, evaluate func() (Result, bool)) Node {
	return Node{Header: &o.Header, Each: o.ForEach != nil, Evaluate: evaluate}
}
