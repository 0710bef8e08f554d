package lint

import (
	"slices"

	"countersign/policy"
	"countersign/schema"
)

// These lints are about who can pass a template.

func passesAlone(s *search, d schema.Declared) {
	if alone := policy.Of(d.Template).Alone(); len(alone) > 0 && len(d.Template.Steps) == 1 {
		s.report(d.Address, stepAttribute(0, ruleOf(d.Template.Steps[0])),
			"%s alone can pass %s. For four eyes, ask for two people: "+
				"require = \"all\", min_approvals = 2, or one more step.", s.people.Or(alone), d.Address)
	}
}

func passesAllSteps(s *search, d schema.Declared) {
	if alone := policy.Of(d.Template).Alone(); len(alone) > 0 && len(d.Template.Steps) > 1 {
		s.report(d.Address, "",
			"%s can pass all %d steps of %s and needs nobody else. Give one of the steps other approvers.",
			s.people.Or(alone), len(d.Template.Steps), d.Address)
	}
}

func selfApproval(s *search, d schema.Declared) {
	if alone := policy.Of(d.Template).Alone(); len(alone) > 0 {
		s.report(d.Address, "", "When %s raises %s, nobody else needs to agree: the drive does not keep those who "+
			"raise an approval from deciding it. Let a step need two people.", s.people.Or(alone), d.Address)
	}
}

func decidesSeveral(s *search, d schema.Declared) {
	steps := map[int64]int{} // how many each person is an approver of
	var several []int64
	at := 0 // the first step that somebody decides who decides another one before it
	for i, step := range d.Template.Steps {
		for _, p := range schema.People(step.Approvers) {
			if steps[p.ID]++; steps[p.ID] == 2 {
				if len(several) == 0 {
					at = i
				}
				several = append(several, p.ID)
			}
		}
	}
	if len(several) > 0 {
		slices.Sort(several)
		s.report(d.Address, stepAttribute(at, "approvers"),
			"%s may decide more than one step of %s. For separation of duties, let each step have its own people.",
			s.people.And(several), d.Address)
	}
}

func singlePoint(s *search, d schema.Declared) {
	p := policy.Of(d.Template)
	if p.BusFactor() != 0 {
		return
	}
	needsAll := slices.IndexFunc(p, func(r policy.Requirement) bool { return len(r.People) == r.Needs })
	s.report(d.Address, stepAttribute(needsAll, "approvers"),
		"%s can never pass without %s: when one of them leaves or is ill, nothing can be approved. "+
			"Add somebody who can stand in.", d.Address, s.people.And(p.InEvery()))
}

func onlyApprover(s *search, d schema.Declared) {
	for i, step := range d.Template.Steps {
		if len(step.Approvers) == 1 {
			s.report(d.Address, stepAttribute(i, "approvers"), "%s is the only approver of the step %q of %s. "+
				"When they raise it themselves, they decide their own, or, where that is forbidden, nobody can. "+
				"Add another approver.", s.people.Called(step.Approvers[0]), step.Name, d.Address)
		}
	}
}
