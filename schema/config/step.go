package config

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"countersign/schema"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/words"
	"countersign/schema/spelling"
)

// stepBlock is a step block, or the content of a dynamic one.
type stepBlock struct {
	name                            string
	at                              hcl.Range
	dynamic                         *dynamic // nil for a step that stands by itself
	approvers, require, minApproval hcl.Expression
}

var stepSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "approvers", Required: true}, {Name: "require"}, {Name: "min_approvals"}}}

var requireWords = []string{string(schema.RuleAll), string(schema.RuleAny), string(schema.RuleDesignated)}

func decodeStep(b *hcl.Block, name string, diags *hcl.Diagnostics) *stepBlock {
	c := content(b.Body, stepSchema, diags)
	s := &stepBlock{name: name, at: b.DefRange, approvers: expression(c, "approvers"), require: expression(c, "require"), minApproval: expression(c, "min_approvals")}
	if len(b.LabelRanges) > 0 && s.at.Start.Byte > b.LabelRanges[0].Start.Byte {
		s.at = b.LabelRanges[0] // JSON: the block begins with its name
	}
	return s
}

// bind notes what the step refers to.
func (s *stepBlock) bind(b *binder, own []string) {
	if s.dynamic != nil {
		b.add(s.dynamic.forEach, own...)
		own = append(slices.Clone(own), s.dynamic.iterator)
		b.add(s.dynamic.label, own...)
	}
	b.add(s.approvers, own...)
	b.add(s.require, own...)
	b.add(s.minApproval, own...)
}

// instanceSteps evaluates the steps of one instance, dynamic ones written out.
func (t *templateBlock) instanceSteps(ev *evaluator, f *frame) []schema.Step {
	steps := make([]schema.Step, 0, len(t.steps))
	complete := true
	for _, s := range t.steps {
		if s.dynamic == nil {
			checkName(f, s.name, s.at)
			steps = append(steps, s.instance(ev, f, s.name))
			continue
		}
		elements, is := f.elements(s.dynamic.forEach)
		complete = complete && is == given
		for _, e := range elements {
			g := f.inner(s.dynamic.iterator, e)
			name, known := label(g, s.dynamic.label)
			if known == given {
				checkName(g, name, s.at)
			}
			steps = append(steps, s.instance(ev, g, name))
			f.failed, f.missing = f.failed || g.failed, f.missing || g.missing
		}
	}
	if len(steps) == 0 && len(t.steps) > 0 && complete {
		f.failAt(t.steps[0].at, t.steps[0].dynamic.forEach, "Template without a step", "The for_each of the dynamic step is empty, so nobody could approve %s. Give it at least one element.", f.address)
	}
	return steps
}

// checkName warns of a step without a name, which the drive takes but people could not speak of, and of one that they do not see
// as it is.
func checkName(f *frame, name string, at hcl.Range) {
	f.reveal(at, "the name of a step", "A step of "+f.address, name, spelling.Chosen)
	if spelling.Look(name) == "" {
		f.ev.Report(diagnostic.Finding{Address: f.address, Diagnostic: &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "Step without a name", Subject: &at,
			Detail: "People see steps by their names. Name this one, such as step \"初审\"."}})
	}
}

// label evaluates the labels of a dynamic step, which are its name alone.
func label(f *frame, expr hcl.Expression) (string, is) {
	v, is := f.open(expr, "labels")
	if is = f.required(expr, "labels", is); is != given {
		return "", is
	}
	if !v.IsKnown() || v.Type() == cty.DynamicPseudoType {
		return "", f.unknown(expr, "labels")
	}
	if v.CanIterateElements() && !v.Type().IsMapType() && !v.Type().IsObjectType() && v.LengthInt() == 1 {
		label := v.AsValueSlice()[0]
		if label.IsMarked() {
			return "", f.sensitive(expr, "labels")
		}
		if name, err := convert.Convert(label, cty.String); err == nil && !name.IsNull() {
			if !name.IsKnown() {
				return "", f.unknown(expr, "labels")
			}
			return name.AsString(), given
		}
	}
	return "", f.fail(expr, "Invalid labels", "labels must be a list of one string, the name of the step: labels = [\"初审\"].")
}

// instance evaluates one step.
func (s *stepBlock) instance(ev *evaluator, f *frame, name string) schema.Step {
	step := schema.Step{Name: name}
	approvers, known := ev.approversOf(f, s.approvers, "approvers")
	if known == given {
		step.Approvers = persons(approvers)
		if len(approvers) == 0 {
			f.fail(s.approvers, "Step without approvers", "Nobody could decide the step %q. List at least one approver.", name)
		}
		if later, first, twice := repeated(approvers); twice {
			a, b := approvers[later], approvers[first]
			if a.Address == b.Address {
				f.failAt(part(s.approvers, later), s.approvers, "Approver twice in a step", "%s is in the step %q twice. Remove one of the two.", a.Address, name)
			} else {
				f.failAt(part(s.approvers, later), s.approvers, "Approver twice in a step", "%s and %s are the same user, id %d, and the step %q has both. Remove one of the two.", a.Address, b.Address, a.Person.ID, name)
			}
		}
	}
	rule, hasRule := f.choice(s.require, "require", requireWords)
	least, hasLeast := f.whole(s.minApproval, "min_approvals", 1)
	const both = "A step passes by one rule: require = \"all\", \"any\" or \"designated\", or min_approvals = a number."
	switch {
	case hasRule != absent && hasLeast != absent:
		f.failAt(s.minApproval.Range(), s.minApproval, "Two rules for one step", "%s The step %q has both. Remove one of them.", both, name)
	case hasRule == absent && hasLeast == absent:
		f.failAt(s.at, nil, "Step without a rule", "%s The step %q has neither. Add one.", both, name)
	case hasRule != absent:
		step.Rule = schema.PassRule(rule)
	default:
		step.Rule, step.MinApprovals = schema.RuleAtLeast, int(least)
		if n := len(step.Approvers); known == given && hasLeast == given && n > 0 && least > int64(n) {
			f.fail(s.minApproval, "Step that can never pass", "min_approvals is %d, but the step %q has only %s. Ask for %d at most, or add approvers.", least, name, words.Count(n, "approver"), n)
		}
	}
	return step
}
