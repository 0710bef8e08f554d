package config

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config/budget"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/sensitive"
)

// core is one evaluation of expressions that refer to each other.
type core struct {
	Facts  *schema.Facts // what only the drive knows; nil before it has been read
	Budget *budget.Budget
	Root   *hcl.EvalContext  // the functions, and the roots that are complete
	From   map[string]string // where the values of variables came from, by name, for messages

	// NeedsFacts reports that something could not be evaluated before Facts are known.
	NeedsFacts bool

	roots    Roots
	files    map[string]*hcl.File        // source texts, by the names that ranges have for them
	told     bool                        // that the budget is spent
	complete bool                        // all but what is late is settled
	cells    map[string]map[string]*cell // by root and name
	order    []*cell                     // by address, variables apart
	stack    []*cell                     // what is being evaluated now
	wholes   map[string]*whole
	rejected map[hcl.Expression]bool // reported already, not to be evaluated
	loose    map[hcl.Expression][]sensitive.Part
	findings []diagnostic.Finding
	revealed []hcl.Range // whose values were warned of as holding what nobody sees

	cycles      int
	longChain   bool
	suggestions int

	items map[*hclsyntax.ObjectConsExpr]map[string]hcl.Expression // see frame.items
}

// newCore begins an evaluation. functions are what expressions may call, given the core itself.
func newCore(roots Roots, files map[string]*hcl.File, facts *schema.Facts, b *budget.Budget) *core {
	ev := &core{Facts: facts, Budget: b, From: map[string]string{}, roots: roots, files: files, wholes: map[string]*whole{}, cells: map[string]map[string]*cell{},
		Root: &hcl.EvalContext{Variables: map[string]cty.Value{}}}
	for root := range roots {
		ev.cells[root] = map[string]*cell{}
	}
	return ev
}

// Enter takes in what expressions can refer to. Of two nodes with one address the first stands; false for the other.
func (ev *core) Enter(n Node) bool {
	if ev.cells[n.root()][n.name] != nil {
		return false
	}
	c := &cell{node: n}
	ev.cells[n.root()][n.name] = c
	if n.root() != "var" {
		ev.order = append(ev.order, c)
	}
	return true
}

// EvaluateAll evaluates every node.
func (ev *core) EvaluateAll() {
	slices.SortFunc(ev.order, func(a, b *cell) int { return addr.CompareText(a.node.address, b.node.address) })
	for _, c := range ev.order {
		if !ev.late(c.node.kind) {
			ev.evaluateCell(c)
		}
	}
	ev.complete = true
	for _, c := range ev.order {
		ev.evaluateCell(c)
	}
}

// Known reports whether there is a node of that name.
func (ev *core) Known(root, name string) bool { return ev.cells[root][name] != nil }

// Keys are the keys of a node that was evaluated; each reports whether it has instances at all.
func (ev *core) Keys(root, name string) (each bool, keys []string) {
	c := ev.cells[root][name]
	return c.node.Each, c.result.keys
}

// Evaluated reports whether a node has a value, though parts of it may be wrong or unknown.
func (ev *core) Evaluated(root, name string) bool { return ev.cells[root][name].result.value != nil }

// Need evaluates a node now, unless that has happened.
func (ev *core) Need(root, name string) { ev.evaluateCell(ev.cells[root][name]) }

// Findings are what was reported.
func (ev *core) Findings() []diagnostic.Finding { return ev.findings }

// Revealed are the places of values that were warned of as holding what nobody sees.
func (ev *core) Revealed() []hcl.Range { return ev.revealed }

// Report notes a finding; that the budget is spent once, though everything that is evaluated afterwards fails of it.
func (ev *core) Report(f diagnostic.Finding) {
	if f.Diagnostic == ev.Budget.Spent() {
		if ev.told {
			return
		}
		ev.told = true
	}
	ev.findings = append(ev.findings, f)
}

// Problem reports an error that is about no object in particular. A zero range is no place.
func (ev *core) Problem(at hcl.Range, summary, detail string) {
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail}
	if at.Filename != "" {
		d.Subject = &at
	}
	ev.Report(diagnostic.Finding{Diagnostic: d})
}
