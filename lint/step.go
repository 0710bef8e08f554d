package lint

import (
	"cmp"
	"slices"

	"countersign/policy"
	"countersign/schema"
)

// These lints are about the steps and rights of one template.

func duplicateStep(s *search, d schema.Declared) {
	for i, step := range d.Template.Steps {
		if j := slices.IndexFunc(d.Template.Steps[:i], step.SameDecision); j >= 0 {
			s.report(d.Address, stepAttribute(i, "approvers"),
				"Step %d of %s, %q, asks the same people in the same way as step %d, %q: whoever agreed there can "+
					"agree here again. Take one out, or let it ask others.",
				i+1, d.Address, step.Name, j+1, d.Template.Steps[j].Name)
		}
	}
}

func minApprovalsWord(s *search, d schema.Declared) {
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
		s.report(d.Address, stepAttribute(i, "min_approvals"),
			"min_approvals = %d of %d approvers is what require = %q says. "+
				"Write that: it stays true when the approvers change.", step.MinApprovals, len(step.Approvers), word)
	}
}

func cannotSee(s *search, d schema.Declared) {
	t := d.Template
	if t.ApproverAccess.More(schema.AccessNone) {
		return
	}
	blind := policy.Of(t).People()
	if t.CCAccess.More(schema.AccessNone) {
		blind = slices.DeleteFunc(blind, func(id int64) bool {
			return slices.ContainsFunc(t.CC, func(p schema.Person) bool { return p.ID == id })
		})
	}
	if len(blind) > 0 {
		s.report(d.Address, schema.AttrApproverAccess, "%s gives %s no right to see what they decide on; "+
			"whether they have one anyway, the drive's permissions say. Write approver_access = \"preview\".",
			d.Address, s.people.And(blind))
	}
}

func ccSeesMore(s *search, d schema.Declared) {
	if t := d.Template; len(t.CC) > 0 && t.CCAccess.More(t.ApproverAccess) {
		s.report(d.Address, "cc.access", "By %s, those who are only told get %q, and those who decide get %q. "+
			"Raise approver_access, or lower the access of cc.", d.Address, t.CCAccess,
			cmp.Or(t.ApproverAccess, schema.AccessNone))
	}
}
