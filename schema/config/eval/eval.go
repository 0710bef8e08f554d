// Package eval gives expressions their values. It follows references from one block to the next (graph.go,
// reference.go), finds the instances of for_each (foreach.go), checks the values of attributes (frame.go), and finds
// the places where values are written (origin.go). It knows no block by name: the packages of the blocks enter them as
// nodes, and have their attributes evaluated in frames.
package eval

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

// Evaluator is one evaluation of expressions that refer to each other.
type Evaluator struct {
	Facts  *schema.Facts // what only the drive knows; nil before it has been read
	Budget *budget.Budget
	Root   *hcl.EvalContext  // the functions, and the roots that are complete
	From   map[string]string // where the values of variables came from, by name, for messages

	// NeedsFacts reports that something could not be evaluated before Facts are known.
	NeedsFacts bool

	roots    Roots
	files    map[string]*hcl.File        // by the file names that ranges have
	complete bool                        // everything is settled but the late roots
	cells    map[string]map[string]*cell // by root and name
	order    []*cell                     // by address, without variables
	stack    []*cell                     // that are being evaluated now
	wholes   map[string]*whole
	rejected map[hcl.Expression]bool // reported already, and not evaluated
	loose    map[hcl.Expression][]sensitive.Part
	findings []diagnostic.Finding

	exhausted   bool // it was reported that the budget is spent
	longChain   bool // it was reported that references are in too long a row
	cycles      int  // how many were found
	suggestions int  // how many names were compared with unknown ones

	items map[*hclsyntax.ObjectConsExpr]map[string]hcl.Expression // see Frame.items
}

// New begins an evaluation. The caller sets Root.Functions, which may need the evaluator themselves.
func New(roots Roots, files map[string]*hcl.File, facts *schema.Facts, b *budget.Budget) *Evaluator {
	ev := &Evaluator{Facts: facts, Budget: b, From: map[string]string{}, roots: roots, files: files,
		wholes: map[string]*whole{}, cells: map[string]map[string]*cell{},
		Root: &hcl.EvalContext{Variables: map[string]cty.Value{}}}
	for root := range roots {
		ev.cells[root] = map[string]*cell{}
	}
	return ev
}

// Enter adds something that expressions can refer to. It reports false, and does nothing, for a second node of one
// name.
func (ev *Evaluator) Enter(n Node) bool {
	if ev.cells[n.root()][n.Name] != nil {
		return false
	}
	c := &cell{node: n}
	ev.cells[n.root()][n.Name] = c
	if n.root() != "var" {
		ev.order = append(ev.order, c)
	}
	return true
}

// EvaluateAll evaluates every node.
func (ev *Evaluator) EvaluateAll() {
	slices.SortFunc(ev.order, func(a, b *cell) int { return a.node.Address.Compare(b.node.Address) })
	for _, c := range ev.order {
		if !ev.late(c.node.Kind) {
			ev.evaluateCell(c)
		}
	}
	ev.complete = true
	for _, c := range ev.order {
		ev.evaluateCell(c)
	}
}

// Known reports whether there is a node of that name.
func (ev *Evaluator) Known(root, name string) bool { return ev.cells[root][name] != nil }

// Keys are the keys of an evaluated node; each reports whether it has instances by key at all.
func (ev *Evaluator) Keys(root, name string) (each bool, keys []string) {
	c := ev.cells[root][name]
	return c.node.Each, c.result.keys
}

// Evaluated reports whether a node has a value, though parts of it may be wrong or unknown.
func (ev *Evaluator) Evaluated(root, name string) bool {
	return ev.cells[root][name].result.value != nil
}

// Need evaluates a node now, unless that has been done.
func (ev *Evaluator) Need(root, name string) { ev.evaluateCell(ev.cells[root][name]) }

// Findings are what was reported.
func (ev *Evaluator) Findings() []diagnostic.Finding { return ev.findings }

// Report notes a finding. A spent budget is noted once, though everything that is evaluated afterwards fails of it.
func (ev *Evaluator) Report(f diagnostic.Finding) {
	if f.Diagnostic == ev.Budget.Spent() {
		if ev.exhausted {
			return
		}
		ev.exhausted = true
	}
	ev.findings = append(ev.findings, f)
}

// Apart does something and returns what it reports. That is then not among the findings.
func (ev *Evaluator) Apart(do func()) []diagnostic.Finding {
	before := len(ev.findings)
	do()
	found := slices.Clone(ev.findings[before:])
	ev.findings = ev.findings[:before]
	return found
}

// ReportAt reports an error about an object, or about none in particular. A zero range is no place.
func (ev *Evaluator) ReportAt(about addr.Address, at hcl.Range, summary, format string, args ...any) {
	ev.Report(diagnostic.Finding{Address: about, Diagnostic: diagnostic.Error(at, summary, format, args...)})
}

// WarnAt is ReportAt for what may be meant as it is.
func (ev *Evaluator) WarnAt(about addr.Address, at hcl.Range, summary, format string, args ...any) {
	ev.Report(diagnostic.Finding{Address: about, Diagnostic: diagnostic.Warning(at, summary, format, args...)})
}

// ByDefault is the origin, in messages, of a value that nobody gave.
const ByDefault = "its default"
