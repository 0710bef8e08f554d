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
	"countersign/schema/config/disk"
	"countersign/schema/config/functions"
	"countersign/schema/config/sensitive"
)

// Config is an evaluated configuration.
type Config struct {
	Provider    Provider
	DingTalk    *DingTalkProvider // nil without its block
	ESign       *ESignProvider    // nil without its block
	State       StateBackend
	Declaration schema.Declaration
	// NeedsFacts reports that something could not be evaluated, or names are missing, before Facts are known:
	// an approver without names, a scope without an id, an expression that refers to either.
	NeedsFacts bool
}

// evaluator is one evaluation of a Source. Nothing of it outlives the call that made it.
type evaluator struct {
	src      *Source
	in       Inputs
	facts    *schema.Facts
	environ  map[string]string
	budget   *budget.Budget
	told     bool                        // that the budget is spent
	root     *hcl.EvalContext            // the functions, and the roots that are complete
	complete bool                        // all but what is late is settled
	cells    map[string]map[string]*cell // by root and name
	order    []*cell                     // by address, variables apart
	stack    []*cell                     // what is being evaluated now
	wholes   map[string]*whole
	rejected map[hcl.Expression]bool // reported already, not to be evaluated
	loose    map[hcl.Expression][]sensitive.Part
	findings []diagnostic.Finding
	revealed []hcl.Range       // whose values were warned of as holding what nobody sees
	texts    map[string][]byte // values of variables that are given as text, by the names that diagnostics have for them

	values  map[string]cty.Value // of the variables
	origins map[string]string    // where each came from

	scopes      map[string]schema.Scope
	approvers   map[string]schema.Approver
	scopeList   []declaredScope
	people      []declaredApprover
	templates   []declaredTemplate
	attachments []declaredAttachment
	needsFacts  bool
	dir         *disk.Directory // nil until an attachment needs it

	cycles      int
	longChain   bool
	suggestions int

	items map[*hclsyntax.ObjectConsExpr]map[string]hcl.Expression // see frame.items
}

// Evaluate gives every expression its value. Without facts (nil) values that only the drive knows are unknown
// and are left empty in the declaration; with facts an unknown value is an error. All mistakes are reported, not
// the first alone.
func (s *Source) Evaluate(in Inputs, facts *schema.Facts) (*Config, schema.Diagnostics) {
	ev := s.evaluator(in, facts)
	type outcome struct {
		config *Config
		diags  schema.Diagnostics
	}
	o := budget.Bounded(ev.budget, func() outcome {
		config, diags := ev.evaluate()
		return outcome{config, diags}
	}, func() outcome {
		return outcome{&Config{}, s.Diagnostics(diagnostic.Findings(hcl.Diagnostics{ev.budget.Overdue()}))}
	})
	return o.config, o.diags
}

func (ev *evaluator) evaluate() (*Config, schema.Diagnostics) {
	ev.findings = append(ev.findings, diagnostic.Findings(ev.src.structure)...)
	ev.assignVariables(true)
	ev.evaluateAll()
	config := &Config{Provider: ev.provider(), DingTalk: ev.dingtalk(), ESign: ev.esign(), State: ev.state()}
	imports := ev.imports()
	ev.checkOutputs()
	ev.sort()
	ev.checkScopes()
	ev.checkApprovers()
	ev.checkTitles()
	ev.checkAttachments(config)

	ev.tellUnseen(ev.src.unseen, false)

	config.Declaration = ev.declaration(imports)
	config.NeedsFacts = ev.needsFacts
	return config, ev.diagnostics()
}

func (s *Source) evaluator(in Inputs, facts *schema.Facts) *evaluator {
	ev := &evaluator{src: s, in: in, facts: facts, environ: environ(in.Environ), texts: map[string][]byte{}, wholes: map[string]*whole{},
		cells: map[string]map[string]*cell{}, scopes: map[string]schema.Scope{}, approvers: map[string]schema.Approver{}}
	var wrong *hcl.Diagnostic
	if ev.budget, wrong = budget.New(ev.environ); wrong != nil {
		ev.report(diagnostic.Finding{Diagnostic: wrong})
	}
	ev.root = &hcl.EvalContext{Functions: functions.New(s.Dir, ev.environ, s.reads, ev.marked, ev.budget), Variables: map[string]cty.Value{}}
	for root := range roots {
		ev.cells[root] = map[string]*cell{}
	}
	for _, v := range s.document.variables {
		ev.cells["var"][v.name] = &cell{node: v}
	}
	ev.order = make([]*cell, 0, len(s.document.locals)+len(s.document.scopes)+len(s.document.approvers)+len(s.document.templates)+len(s.document.attachments))
	enter(ev, s.document.locals)
	enter(ev, s.document.scopes)
	enter(ev, s.document.approvers)
	enter(ev, s.document.templates)
	enter(ev, s.document.attachments)
	slices.SortFunc(ev.order, func(a, b *cell) int {
		return addr.CompareText(a.node.where().address, b.node.where().address)
	})
	return ev
}

// evaluateAll evaluates every node.
func (ev *evaluator) evaluateAll() {
	for _, c := range ev.order {
		if !late(c.node.where().kind) {
			ev.evaluateCell(c)
		}
	}
	ev.complete = true
	for _, c := range ev.order {
		ev.evaluateCell(c)
	}
}

// enter makes a cell for each node. Of two with one address the first stands; the other has been reported.
func enter[N node](ev *evaluator, nodes []N) {
	for _, n := range nodes {
		h := n.where()
		if ev.cells[h.kind][h.name] == nil {
			c := &cell{node: n}
			ev.cells[h.kind][h.name] = c
			ev.order = append(ev.order, c)
		}
	}
}

// sort puts what the blocks declared into the order of addresses. No value is built after it.
func (ev *evaluator) sort() {
	slices.SortFunc(ev.scopeList, func(a, b declaredScope) int { return addr.CompareText(a.Address, b.Address) })
	slices.SortFunc(ev.people, func(a, b declaredApprover) int { return addr.CompareText(a.Address, b.Address) })
	slices.SortFunc(ev.templates, func(a, b declaredTemplate) int { return addr.CompareText(a.Address, b.Address) })
	slices.SortFunc(ev.attachments, func(a, b declaredAttachment) int { return addr.CompareText(a.Address, b.Address) })
}

// declaration is everything declared, without the blocks it came from.
func (ev *evaluator) declaration(imports []schema.Import) schema.Declaration {
	d := schema.Declaration{
		Scopes:    make([]schema.Scope, len(ev.scopeList)),
		Approvers: make([]schema.Approver, len(ev.people)),
		Templates: make([]schema.Declared, len(ev.templates)),
		Imports:   imports,
	}
	for i, s := range ev.scopeList {
		d.Scopes[i] = s.Scope
	}
	for i, a := range ev.people {
		d.Approvers[i] = a.Approver
	}
	for i, t := range ev.templates {
		d.Templates[i] = t.Declared
	}
	for _, a := range ev.attachments {
		d.Attachments = append(d.Attachments, a.Attachment)
	}
	slices.SortFunc(d.Imports, func(a, b schema.Import) int { return addr.CompareText(a.To, b.To) })
	return d
}

// local is one name of a locals block.
type local struct {
	header
	expr hcl.Expression
}

func decodeLocals(b *hcl.Block, diags *hcl.Diagnostics) []*local {
	attrs, found := b.Body.JustAttributes()
	*diags = append(*diags, found...)
	list, twice := inOrder(attrs)
	*diags = append(*diags, twice...)
	locals := make([]*local, 0, len(list))
	for _, a := range list {
		locals = append(locals, &local{header: header{address: "local." + a.Name, kind: "local", name: a.Name, at: a.NameRange, body: b.Body}, expr: a.Expr})
	}
	return locals
}

func (l *local) evaluate(ev *evaluator) (result, bool) {
	b := ev.binder()
	b.add(l.expr)
	f := b.frame(l.address)
	v, is := f.kept(l.expr)
	if is == wrong {
		return plain(cty.DynamicVal), false
	}
	return plain(v), !b.tainted
}
