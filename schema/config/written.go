package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config/words"
)

// Written is a configuration whose expressions have their values and can be asked where those values are written down. It is
// for whoever changes the text of a configuration (package rewrite).
type Written struct {
	ev     *evaluator
	blocks map[string]*templateBlock // by name
	frames map[string]*frame         // of the instances of the blocks that were asked for
}

// Written evaluates a configuration. What is wrong with it is not reported: Evaluate does that.
func (s *Source) Written(in Inputs, facts *schema.Facts) *Written {
	ev := s.evaluator(in, facts)
	ev.assignVariables(false)
	ev.EvaluateAll()
	w := &Written{ev: ev, blocks: map[string]*templateBlock{}, frames: map[string]*frame{}}
	for _, t := range s.document.templates {
		w.blocks[t.name] = t
	}
	return w
}

// WrittenTemplate is one template: its block as it is written, and the instance whose values are meant.
type WrittenTemplate struct {
	At      hcl.Range // the first line of the block
	Block   string    // the address of the block
	ForEach hcl.Expression
	Scope   hcl.Expression
	Plain   map[string]hcl.Expression // attributes that are plain strings, by name; nil where one is not written

	block *templateBlock
	frame *frame
}

// WrittenStep is one step block, or a dynamic one with the steps that it makes.
type WrittenStep struct {
	At      hcl.Range
	Dynamic bool
	Count   int // of the steps that it makes
}

// Template looks up the template of an address; it is nil when there is no block of that address.
func (w *Written) Template(address string) *WrittenTemplate {
	t := w.blocks[addr.Of(address).Name]
	if t == nil {
		return nil
	}
	return &WrittenTemplate{At: t.at, Block: t.address, ForEach: t.forEach, Scope: t.scope, Plain: t.plain, block: t, frame: w.instance(t, address)}
}

// instance is where the expressions of an instance get their values; nil when there is no such instance.
func (w *Written) instance(t *templateBlock, address string) *frame {
	if f := w.frames[address]; f != nil {
		return f
	}
	_, frames, _ := t.bind(w.ev).instances(&t.object)
	for f := range frames {
		w.frames[f.address] = f
	}
	return w.frames[address]
}

// Declared reports whether the block has an instance of the address that was asked for. Only then may origins be asked for.
func (t *WrittenTemplate) Declared() bool { return t.frame != nil }

// Steps are the step blocks, in the order in which they stand.
func (t *WrittenTemplate) Steps() []WrittenStep {
	steps := make([]WrittenStep, 0, len(t.block.steps))
	for _, s := range t.block.steps {
		step := WrittenStep{At: s.at, Dynamic: s.dynamic != nil, Count: 1}
		if step.Dynamic {
			elements, _ := t.frame.elements(s.dynamic.forEach)
			step.Count = len(elements)
		}
		steps = append(steps, step)
	}
	return steps
}

// Origin is where the value of one of the block's expressions is written.
func (t *WrittenTemplate) Origin(e hcl.Expression) Origin { return t.frame.origin(e) }

// Here is an expression of the block itself, whatever its value comes from.
func (t *WrittenTemplate) Here(e hcl.Expression) Origin { return Origin{Expr: e, frame: t.frame} }

// Key is the key of the instance, and where the for_each is written that has it.
func (t *WrittenTemplate) Key() (string, Origin) {
	return t.frame.ctx.Variables["each"].GetAttr("key").AsString(), t.frame.outer.origin(t.block.forEach)
}

// Origin is the place where a value is written down.
type Origin struct {
	Expr   hcl.Expression
	Shared string // what it was reached by, when other values may rest on it too: local.board, the for_each of template.upload
	frame  *frame // where Expr gets its value
}

// Of is where the value of a part of the expression is written.
func (o Origin) Of(part hcl.Expression) Origin { return o.frame.origin(part) }

// Literal reports whether a literal stands there.
func (o Origin) Literal() bool {
	switch x := o.Expr.(type) {
	case *hclsyntax.LiteralValueExpr:
		return true
	case *hclsyntax.TemplateExpr:
		for _, part := range x.Parts {
			if _, literal := part.(*hclsyntax.LiteralValueExpr); !literal {
				return false
			}
		}
		_, diags := x.Value(nil)
		return !diags.HasErrors()
	}
	return false
}

// Value is the value of a part of the expression; ok is false where it is not known, is null or is not to be seen.
func (o Origin) Value(part hcl.Expression) (v cty.Value, ok bool) {
	v, diags := o.frame.ev.Budget.Value(part, o.frame.ctx)
	return v, !diags.HasErrors() && !v.IsMarked() && v.IsKnown() && !v.IsNull()
}

// Approvers are the ids of the users that a part of an expression stands for: one approver, or a list of some.
func (w *Written) Approvers(o Origin, part hcl.Expression) []int64 {
	v, ok := o.Value(part)
	if !ok {
		return nil
	}
	one := func(v cty.Value) (int64, bool) {
		address, is := words.Address(v)
		a, declared := w.ev.approvers[address]
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
