package lint

import "countersign/schema"

// These are about the steps and rights of one template.

func duplicateStep(s *Subject) (out schema.Diagnostics) {
	for _, d := range s.Templates {
		steps := d.Template.Steps
	later:
		for i := range steps {
			for j := range steps[:i] {
				if steps[i].SameDecision(steps[j]) {
					out = append(out, about(d.Address, stepAttribute(i, "approvers"),
						"Step %d of %s, %q, asks the same people in the same way as step %d, %q: "+
							"whoever agreed there can agree here again. Take one out, or let it ask others.",
						i+1, d.Address, steps[i].Name, j+1, steps[j].Name))
					continue later
				}
			}
		}
	}
	return out
}

func minApprovalsWord(s *Subject) (out schema.Diagnostics) {
	for _, d := range s.Templates {
		for i, step := range d.Template.Steps {
			if step.Rule != schema.RuleAtLeast {
				continue
			}
			word := ""
			switch step.MinApprovals {
			case len(step.Approvers):
				word = "all"
			case 1:
				word = "any"
			default:
				continue
			}
			out = append(out, about(d.Address, stepAttribute(i, "min_approvals"),
				"min_approvals = %d of %d approvers is what require = %q says. Write that: "+
					"it stays true when the approvers change.", step.MinApprovals, len(step.Approvers), word))
		}
	}
	return out
}

func cannotSee(s *Subject) (out schema.Diagnostics) {
	for _, d := range s.Templates {
		t := d.Template
		if rank(t.ApproverAccess) > 0 {
			continue
		}
		told := map[int64]bool{}
		if rank(t.CCAccess) > 0 {
			for _, p := range t.CC {
				told[p.ID] = true
			}
		}
		var blind []int64
		for _, id := range approversOf(t) {
			if !told[id] {
				blind = append(blind, id)
			}
		}
		if len(blind) > 0 {
			out = append(out, about(d.Address, schema.AttrApproverAccess,
				"%s gives %s no right to see what they decide on; whether they have one anyway, "+
					"the drive's permissions say. Write approver_access = \"preview\".",
				d.Address, s.names(blind, "and")))
		}
	}
	return out
}

func ccSeesMore(s *Subject) (out schema.Diagnostics) {
	for _, d := range s.Templates {
		t := d.Template
		if len(t.CC) > 0 && rank(t.CCAccess) > rank(t.ApproverAccess) {
			out = append(out, about(d.Address, "cc.access",
				"By %s, those who are only told get %q, and those who decide get %q. "+
					"Raise approver_access, or lower the access of cc.",
				d.Address, t.CCAccess, schema.Accesses[max(0, rank(t.ApproverAccess))]))
		}
	}
	return out
}
