package config

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema"
	"countersign/schema/config/approver"
	"countersign/schema/config/attachment"
	"countersign/schema/config/backend"
	"countersign/schema/config/budget"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/eval"
	"countersign/schema/config/functions"
	"countersign/schema/config/provider"
)

// Config is an evaluated configuration.
type Config struct {
	Provider    provider.Drive
	DingTalk    *provider.DingTalk // nil without its block
	ESign       *provider.ESign    // nil without its block
	State       backend.State
	Declaration schema.Declaration
	Tests       []schema.Test // once ReadTests has read them
	// NeedsFacts reports that something could not be evaluated, or names are missing, before Facts are known:
	// an approver without names, a scope without an id, an expression that refers to either.
	NeedsFacts bool
}

// Evaluate gives every expression its value. Without facts (nil), values that only the drive knows are unknown and stay
// empty in the declaration; with facts, an unknown value is an error. All mistakes are reported, not only the first.
func (s *Source) Evaluate(in Inputs, facts *schema.Facts) (*Config, schema.Diagnostics) {
	ev := s.evaluator(in, facts)
	config, diags := inTime(ev, ev.evaluate)
	if config == nil {
		config = &Config{}
	}
	return config, diags
}

// inTime does work that draws on an evaluation's budget. Where the work takes longer than the budget allows, that is
// the only diagnostic, and there is no result.
func inTime[T any](ev *evaluator, work func() (T, schema.Diagnostics)) (T, schema.Diagnostics) {
	type outcome struct {
		result T
		diags  schema.Diagnostics
	}
	o := budget.Bounded(ev.Budget, func() (o outcome) {
		o.result, o.diags = work()
		return o
	}, func() outcome {
		return outcome{diags: ev.src.Diagnostics(diagnostic.Findings(hcl.Diagnostics{ev.Budget.Overdue()}))}
	})
	return o.result, o.diags
}

func (ev *evaluator) evaluate() (*Config, schema.Diagnostics) {
	for _, f := range diagnostic.Findings(ev.src.structure) {
		ev.Report(f)
	}
	ev.assignVariables(true)
	ev.EvaluateAll()
	ps := provider.Blocks{Evaluator: ev.Evaluator, All: ev.src.document.providers, Environ: ev.environ,
		Values: ev.values, Folder: ev.src.Dir, Restrict: ev.in.Restrict}
	config := &Config{Provider: ps.Drive(), DingTalk: ps.DingTalk(), ESign: ps.ESign(), State: ev.state()}
	ev.declared.Imports = ev.imports()
	ev.checkOutputs()
	config.Tests = ev.tests()
	ev.sort()
	ev.checkScopes()
	ev.checkApprovers()
	ev.checkTitles()
	ev.checkAttachments(ps, config)

	ev.reportHidden(ev.src.unseen, false)
	ev.warnOfLeftovers()
	ev.warnOfSecrets(config)

	config.Declaration = ev.declared
	config.NeedsFacts = ev.NeedsFacts
	return config, ev.diagnostics()
}

// evaluator is one evaluation of a Source. Nothing of it outlives the call that made it.
type evaluator struct {
	*eval.Evaluator
	src     *Source
	in      Inputs
	environ map[string]string
	texts   map[string][]byte    // variables that are given as text, by what diagnostics call them
	values  map[string]cty.Value // of the variables

	scopes      map[string]schema.Scope // by address
	approvers   *approver.Approvers
	attachments *attachment.Attachments
	declared    schema.Declaration // so far
	teams       schema.Teams       // of its templates
}

// roots are the words that references begin with, and the attributes of what they name (nil: whatever the value has).
var roots = eval.Roots{
	"var":      {Block: "variable"},
	"local":    {Block: "locals"},
	"folder":   {Block: "folder", Attributes: scopeAttributes, Goes: toDrive},
	"file":     {Block: "file", Attributes: scopeAttributes, Goes: toDrive},
	"approver": {Block: "approver", Attributes: approver.Attributes, Goes: toDrive},
	"template": {Block: "template", Attributes: templateAttributes, Goes: toDrive, Late: true},
	"attachment": {Block: "attachment", Attributes: attachment.Attributes, Goes: "shown in plans and kept in the state",
		Late: true},
}

// toDrive is what becomes of the values of templates and of what they are made of.
const toDrive = "written to the drive and shown in plans"

func (s *Source) evaluator(in Inputs, facts *schema.Facts) *evaluator {
	known := functions.Environ(in.Environ)
	b, wrong := budget.New(known)
	ev := &evaluator{Evaluator: eval.New(s.roots(), s.files, facts, b), src: s, in: in, environ: known,
		texts: map[string][]byte{}, scopes: map[string]schema.Scope{}}
	ev.teams = schema.Teams{}
	ev.declared.Templates = make([]schema.Declared, 0, len(s.document.templates))
	ev.approvers = &approver.Approvers{Evaluator: ev.Evaluator, ByAddress: map[string]schema.Approver{}}
	ev.attachments = &attachment.Attachments{Evaluator: ev.Evaluator, Folder: s.Dir}
	if wrong != nil {
		ev.Report(diagnostic.Finding{Diagnostic: wrong})
	}
	readable := ev.environ
	if in.Restrict {
		readable = nil
	}
	ev.Root.Functions = functions.New(s.Dir, readable, s.reads, ev.Marked, b)
	for _, v := range s.document.variables {
		ev.Enter(eval.Node{Header: &v.Header, Evaluate: func() (eval.Result, bool) { return v.evaluate(ev) }})
	}
	for _, l := range s.document.locals {
		ev.Enter(eval.Node{Header: &l.Header, Expr: l.expr, Evaluate: func() (eval.Result, bool) {
			return l.evaluate(ev)
		}})
	}
	for _, s := range s.document.scopes {
		ev.Enter(eval.NodeOf(&s.Object, func() (eval.Result, bool) { return s.evaluate(ev) }))
	}
	for _, a := range s.document.approvers {
		ev.Enter(eval.NodeOf(&a.Object, func() (eval.Result, bool) { return a.Evaluate(ev.approvers) }))
	}
	for _, t := range s.document.templates {
		ev.Enter(eval.NodeOf(&t.Object, func() (eval.Result, bool) { return t.evaluate(ev) }))
	}
	for _, a := range s.document.attachments {
		n := eval.NodeOf(&a.Object, func() (eval.Result, bool) { return a.Evaluate(ev.attachments) })
		n.Lacks = a.Lacks
		ev.Enter(n)
	}
	return ev
}

// sort sorts what the blocks declared by address. No value is built after it.
func (ev *evaluator) sort() {
	d := &ev.declared
	d.Approvers = ev.approvers.All
	for _, a := range ev.attachments.All {
		d.Attachments = append(d.Attachments, a.Attachment)
	}
	slices.SortFunc(d.Scopes, func(a, b schema.Scope) int { return a.Address.Compare(b.Address) })
	slices.SortFunc(d.Approvers, func(a, b schema.Approver) int { return a.Address.Compare(b.Address) })
	slices.SortFunc(d.Templates, func(a, b schema.Declared) int { return a.Address.Compare(b.Address) })
	slices.SortFunc(d.Attachments, func(a, b schema.Attachment) int { return a.Address.Compare(b.Address) })
	slices.SortFunc(d.Imports, func(a, b schema.Import) int { return a.To.Compare(b.To) })
}
