package eval

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema/config/structure"
	"countersign/schema/config/words"
)

// Roots are the words that references begin with.
type Roots map[string]Root

// Root is what one of these words names.
type Root struct {
	Block      string     // the kind of block that declares it
	Attributes []string   // that references to it can go on to; nil: whatever the value has
	Late       bool       // it is evaluated after all others, which seldom refer to it
	Goes       words.Word // what becomes of the values in such a block; "": they are shown
}

// Objects are the roots that name blocks. A message does not show the value of such a root as a whole.
func (r Roots) Objects() map[string]bool {
	objects := map[string]bool{}
	for name, root := range r {
		objects[name] = root.Attributes != nil
	}
	return objects
}

// Node is something that expressions can refer to: a variable, a local value, or a block that declares objects.
type Node struct {
	*structure.Header
	Each  bool                          // it has an instance for each key
	Expr  hcl.Expression                // of a local value
	Lacks func(attribute string) string // why it lacks an attribute of its root, "" when it does not; nil: it has all
	// Evaluate gives its expressions their values, and is called once. ok is false when something is wrong with the
	// node or with anything that it refers to.
	Evaluate func() (r Result, ok bool)
}

// root is the word that references to the node begin with.
func (n Node) root() string {
	if n.Kind == "variable" {
		return "var"
	}
	return n.Kind
}

// Result is the outcome of evaluating a node: one value, or with for_each one for each key.
type Result struct {
	each  bool
	keys  []string              // with each
	value func(i int) cty.Value // built only when an expression refers to the node
}

// Plain is the result of a node that is simply a value.
func Plain(v cty.Value) Result { return Result{value: func(int) cty.Value { return v }} }

type phase uint8

const (
	idle phase = iota
	active
	settled
)

// cell holds the evaluation of one node.
type cell struct {
	node   Node
	phase  phase
	failed bool // it, or something that it refers to, is wrong: values that are unknown for that are not reported again
	depth  int  // its place on the stack while active
	result Result
	value  cty.Value // cty.NilVal until an expression refers to it

	searched, marked bool // marked: something in the value is sensitive; valid once searched; see secret
}

// maxCycles is how many cycles one run describes, and maxMembers how many members of each: a tangle of references has
// more than anyone would read.
const (
	maxCycles  = 10
	maxMembers = 100
)

// maxChain is how many nodes may wait for each other in a row.
const maxChain = 10_000

// tooLong reports a chain of references that is too long, once.
func (ev *Evaluator) tooLong(h *structure.Header) {
	if ev.longChain {
		return
	}
	ev.longChain = true
	ev.ReportAt(h.Address, h.At, "References in too long a row", "More than %s values rest on %s, each on the next. "+
		"Write shorter what depends on what.", words.Thousands(maxChain), h.Address)
}

// evaluateCell evaluates a node, unless that has been done. Its references call evaluateCell again, so nodes are
// evaluated in the order in which they need each other. To come back to a node that is still active is a cycle.
func (ev *Evaluator) evaluateCell(c *cell) {
	switch c.phase {
	case settled:
		return
	case active:
		ev.cycle(c)
		return
	}
	if len(ev.stack) >= maxChain {
		c.phase, c.failed = settled, true
		ev.tooLong(c.node.Header)
		return
	}
	c.phase, c.depth = active, len(ev.stack)
	ev.stack = append(ev.stack, c)
	r, ok := c.node.Evaluate()
	c.result = r
	c.failed = c.failed || !ok
	ev.stack = ev.stack[:c.depth]
	c.phase = settled
}

// valueOf is what a reference to a node stands for.
func (ev *Evaluator) valueOf(c *cell) cty.Value {
	if c.phase != settled || c.result.value == nil {
		return cty.DynamicVal // part of a cycle, or beyond evaluation
	}
	if c.value == cty.NilVal {
		c.value = c.result.build()
	}
	return c.value
}

func (r Result) build() cty.Value {
	if !r.each {
		return r.value(0)
	}
	attrs := make(map[string]cty.Value, len(r.keys))
	for i, key := range r.keys {
		attrs[key] = r.value(i)
	}
	return cty.ObjectVal(attrs)
}

// cycle reports the nodes on the stack from c on: they refer to each other in a ring.
func (ev *Evaluator) cycle(c *cell) {
	members := ev.stack[c.depth:]
	for _, m := range members {
		m.failed = true
	}
	if ev.cycles++; ev.cycles > maxCycles {
		return
	}
	// The ring is listed from its smallest address on, whatever was evaluated first.
	first := 0
	for i, m := range members {
		if m.node.Header.Address.Compare(members[first].node.Header.Address) < 0 {
			first = i
		}
	}
	ring := slices.Concat(members[first:], members[:first])
	start := ring[0].node.Header
	if len(ring) == 1 {
		ev.ReportAt(start.Address, start.At, "Cycle", "%s refers to itself. Put what both places need into a local "+
			"value.", start.Address)
		return
	}
	var list strings.Builder
	for i, m := range ring {
		if i == maxMembers {
			fmt.Fprintf(&list, "%d more → ", len(ring)-i)
			break
		}
		h := m.node.Header
		fmt.Fprintf(&list, "%s (%s) → ", h.Address, words.Place(h.At))
	}
	ev.ReportAt(start.Address, start.At, "Cycle", "These refer to each other, so none can be evaluated first: %s%s. "+
		"Take one of the references out.", list.String(), start.Address)
}
