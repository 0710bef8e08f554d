package lint

import (
	"slices"

	"countersign/policy"
	"countersign/schema"
)

// These are about who can pass a template.

func passesAlone(s *Subject) (out schema.Diagnostics) {
	for _, d := range s.Templates {
		if alone := policy.Of(d.Template).Alone(); len(alone) > 0 && len(d.Template.Steps) == 1 {
			out = append(out, about(d.Address, stepAttribute(0, ruleOf(d.Template.Steps[0])),
				"%s alone can pass %s. For four eyes, ask for two people: require = \"all\", "+
					"min_approvals = 2, or one more step.", s.names(alone, "or"), d.Address))
		}
	}
	return out
}

func passesAllSteps(s *Subject) (out schema.Diagnostics) {
	for _, d := range s.Templates {
		if alone := policy.Of(d.Template).Alone(); len(alone) > 0 && len(d.Template.Steps) > 1 {
			out = append(out, about(d.Address, "",
				"%s can pass all %d steps of %s and needs nobody else. Give one of the steps other approvers.",
				s.names(alone, "or"), len(d.Template.Steps), d.Address))
		}
	}
	return out
}

func selfApproval(s *Subject) (out schema.Diagnostics) {
	for _, d := range s.Templates {
		if alone := policy.Of(d.Template).Alone(); len(alone) > 0 {
			out = append(out, about(d.Address, "",
				"When %s raises %s, nobody else needs to agree: the drive does not keep those who raise an approval "+
					"from deciding it. Let a step need two people.", s.names(alone, "or"), d.Address))
		}
	}
	return out
}

func decidesSeveral(s *Subject) (out schema.Diagnostics) {
	for _, d := range s.Templates {
		seen, several := map[int64]bool{}, map[int64]bool{}
		at := 0
		for i, step := range d.Template.Steps {
			for _, p := range step.Approvers {
				if seen[p.ID] {
					if len(several) == 0 {
						at = i
					}
					several[p.ID] = true
				}
				seen[p.ID] = true
			}
		}
		if len(several) == 0 {
			continue
		}
		var ids []int64
		for id := range several {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		out = append(out, about(d.Address, stepAttribute(at, "approvers"),
			"%s may decide more than one step of %s. For separation of duties, let each step have its own people.",
			s.names(ids, "and"), d.Address))
	}
	return out
}

func singlePoint(s *Subject) (out schema.Diagnostics) {
	for _, d := range s.Templates {
		if p := policy.Of(d.Template); p.BusFactor() == 0 {
			i := slices.IndexFunc(d.Template.Steps, func(step schema.Step) bool {
				return policy.Of(schema.Template{Steps: []schema.Step{step}}).BusFactor() == 0
			})
			out = append(out, about(d.Address, stepAttribute(i, "approvers"),
				"%s can never pass without %s: when one of them leaves or is ill, nothing can be approved. "+
					"Add somebody who can stand in.", d.Address, s.names(p.InEvery(), "and")))
		}
	}
	return out
}

func onlyApprover(s *Subject) (out schema.Diagnostics) {
	for _, d := range s.Templates {
		for i, step := range d.Template.Steps {
			if len(step.Approvers) == 1 {
				out = append(out, about(d.Address, stepAttribute(i, "approvers"),
					"%s is the only approver of the step %q of %s. When they raise it themselves, "+
						"they decide their own, or, where that is forbidden, nobody can. Add another approver.",
					s.name(step.Approvers[0].ID), step.Name, d.Address))
			}
		}
	}
	return out
}
