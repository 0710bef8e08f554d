package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config/eval"
	"countersign/schema/config/structure"
	"countersign/schema/config/words"
)

// Written is an evaluated configuration that knows where each value is written. Package rewrite uses it to change the
// text.
type Written struct {
	ev     *evaluator
	blocks map[string]*templateBlock    // by name
	frames map[addr.Address]*eval.Frame // of the instances of the blocks that were asked for
}

// Written evaluates a configuration. What is wrong with it is not reported: Evaluate does that.
func (s *Source) Written(in Inputs, facts *schema.Facts) *Written {
	ev := s.evaluator(in, facts)
	ev.assignVariables(false)
	ev.EvaluateAll()
	w := &Written{ev: ev, blocks: map[string]*templateBlock{}, frames: map[addr.Address]*eval.Frame{}}
	for _, t := range s.document.templates {
		w.blocks[t.Name] = t
	}
	return w
}

// WrittenTemplate is one template: its block as it is written, and the instance that has the values.
type WrittenTemplate struct {
	structure.Attributes
	*eval.Frame // of the instance; nil when the block has no instance of that address

	At      hcl.Range    // the first line of the block
	Block   addr.Address // of the block
	ForEach hcl.Expression

	block *templateBlock
}

// WrittenStep is one step block, or a dynamic one with the steps that it makes.
type WrittenStep struct {
	At      hcl.Range
	Dynamic bool
	Count   int // of the steps that it makes
}

// Template looks up the template of an address; it is nil when there is no block of that address.
func (w *Written) Template(address addr.Address) *WrittenTemplate {
	t := w.blocks[address.Name]
	if t == nil {
		return nil
	}
	return &WrittenTemplate{Attributes: t.Attributes, Frame: w.instance(t, address), At: t.At, Block: t.Address,
		ForEach: t.ForEach, block: t}
}

// instance is where the expressions of an instance get their values; nil when there is no such instance.
func (w *Written) instance(t *templateBlock, address addr.Address) *eval.Frame {
	if f := w.frames[address]; f != nil {
		return f
	}
	_, frames, _ := t.bind(w.ev).Instances(&t.Object)
	for f := range frames {
		w.frames[f.Address] = f
	}
	return w.frames[address]
}

// Steps are the step blocks, in the order in which they stand.
func (t *WrittenTemplate) Steps() []WrittenStep {
	steps := make([]WrittenStep, 0, len(t.block.steps))
	for _, s := range t.block.steps {
		step := WrittenStep{At: s.At, Dynamic: s.Dynamic != nil, Count: 1}
		if step.Dynamic {
			elements, _ := t.Elements(s.Dynamic.ForEach)
			step.Count = len(elements)
		}
		steps = append(steps, step)
	}
	return steps
}

// Approvers are the ids of the users in the value of a part of an expression: of one approver, or of a list.
func (w *Written) Approvers(o eval.Origin, part hcl.Expression) []int64 {
	v, ok := o.Value(part)
	if !ok {
		return nil
	}
	one := func(v cty.Value) (int64, bool) {
		address, is := words.Address(v)
		a, declared := w.ev.approvers.ByAddress[address]
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
