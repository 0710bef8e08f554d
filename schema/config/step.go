package config

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"countersign/schema"
	"countersign/schema/config/approver"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/eval"
	"countersign/schema/config/structure"
	"countersign/schema/config/words"
	"countersign/schema/spelling"
)

// stepSchemas is that of a step block.
var stepSchemas = structure.InnerSchemas{Labelled: true, Of: map[string]*hcl.BodySchema{
	schema.AttrStep: {Attributes: []hcl.AttributeSchema{{Name: "approvers", Required: true}, {Name: "require"},
		{Name: "min_approvals"}}}}}

var requireWords = []string{string(schema.RuleAll), string(schema.RuleAny), string(schema.RuleDesignated)}

// instanceSteps evaluates the steps of one instance, dynamic ones written out.
func (t *templateBlock) instanceSteps(ev *evaluator, f *eval.Frame) []schema.Step {
	steps := make([]schema.Step, 0, len(t.steps))
	complete := true
	for _, s := range t.steps {
		frames, is := f.Repeat(s.Dynamic)
		complete = complete && is == eval.Given
		for g := range frames {
			name, is := s.Name, eval.Given
			if s.Dynamic != nil {
				name, is = label(g, s.Dynamic.Label)
			}
			if is == eval.Given {
				checkName(ev, g, name, s.At)
			}
			steps = append(steps, ev.step(g, s, name))
		}
	}
	if len(steps) == 0 && len(t.steps) > 0 && complete {
		f.FailAt(t.steps[0].At, t.steps[0].Dynamic.ForEach, "Template without a step",
			"The for_each of the dynamic step is empty, so nobody could approve %s. Give it at least one element.",
			f.Address)
	}
	return steps
}

// checkName warns of a step without a name, which the drive accepts but people could not refer to, and of a name with
// characters that people do not see.
func checkName(ev *evaluator, f *eval.Frame, name string, at hcl.Range) {
	if spelling.Odd(name, spelling.Chosen) != nil {
		f.Reveal(at, "the name of a step", "A step of "+f.Address.String(), name, spelling.Chosen)
	}
	if spelling.Look(name) == "" {
		ev.reportOn(f.Address, diagnostic.Warning(at, "Step without a name",
			"People see steps by their names. Name this one, such as step \"初审\"."))
	}
}

// label evaluates the labels of a dynamic step, which are its name alone.
func label(f *eval.Frame, expr hcl.Expression) (string, eval.Found) {
	v, is := f.Open(expr, "labels")
	if is = f.Required(expr, "labels", is); is != eval.Given {
		return "", is
	}
	if !v.IsKnown() || v.Type() == cty.DynamicPseudoType {
		return "", f.Unknown(expr, "labels")
	}
	if v.CanIterateElements() && !v.Type().IsMapType() && !v.Type().IsObjectType() && v.LengthInt() == 1 {
		label := v.AsValueSlice()[0]
		if label.IsMarked() {
			return "", f.Sensitive(expr, "labels")
		}
		if name, err := convert.Convert(label, cty.String); err == nil && !name.IsNull() {
			if !name.IsKnown() {
				return "", f.Unknown(expr, "labels")
			}
			return name.AsString(), eval.Given
		}
	}
	return "", f.Fail(expr, "Invalid labels",
		"labels must be a list of one string, the name of the step: labels = [\"初审\"].")
}

// step evaluates one step.
func (ev *evaluator) step(f *eval.Frame, s structure.Inner, name string) schema.Step {
	step := schema.Step{Name: name}
	list, minimum := s.Expr("approvers"), s.Expr("min_approvals")
	approvers, known := ev.approvers.Of(f, list, "approvers")
	if known == eval.Given {
		step.Approvers = approver.Persons(approvers)
		if len(approvers) == 0 {
			f.Fail(list, "Step without approvers",
				"Nobody could decide the step %q. List at least one approver.", name)
		}
		if later, first, twice := approver.Repeated(approvers); twice {
			a, b := approvers[later], approvers[first]
			if a.Address == b.Address {
				f.FailAt(structure.Part(list, later), list, "Approver twice in a step",
					"%s is in the step %q twice. Remove one of the two.", a.Address, name)
			} else {
				f.FailAt(structure.Part(list, later), list, "Approver twice in a step",
					"%s and %s are the same user, id %d, and the step %q has both. Remove one of the two.", a.Address,
					b.Address, a.Person.ID, name)
			}
		}
	}
	rule, hasRule := f.Choice(s.Expr("require"), "require", requireWords)
	least, hasLeast := f.Whole(minimum, "min_approvals", 1)
	const both = "A step passes by one rule: require = \"all\", \"any\" or \"designated\", or min_approvals = a number."
	switch {
	case hasRule != eval.Absent && hasLeast != eval.Absent:
		f.FailAt(minimum.Range(), minimum, "Two rules for one step",
			"%s The step %q has both. Remove one of them.", both, name)
	case s.Misspelt("require", "min_approvals"):
	case hasRule == eval.Absent && hasLeast == eval.Absent:
		f.FailAt(s.At, nil, "Step without a rule", "%s The step %q has neither. Add one.", both, name)
	case hasRule != eval.Absent:
		step.Rule = schema.PassRule(rule)
	default:
		step.Rule, step.MinApprovals = schema.RuleAtLeast, int(least)
		if n := len(step.Approvers); known == eval.Given && hasLeast == eval.Given && n > 0 && least > int64(n) {
			f.Fail(minimum, "Step that can never pass", "min_approvals is %d, but the step %q has only %s. Ask "+
				"for %d at most, or add approvers.", least, name, words.Count(n, "approver"), n)
		}
	}
	return step
}
