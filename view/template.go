package view

import (
	"slices"

	"countersign/reconcile"
	"countersign/schema"
	"countersign/schema/spelling"
)

// whole is all that a template says, its title apart: that is in the line above.
func (l *lexicon) whole(m mark, t *schema.Template) []node {
	if t == nil {
		return nil
	}
	above, below := l.besides(m, t)
	return slices.Concat(above, l.steps(m, t.Steps), below)
}

// besides is what a template says besides title and steps, as it stands above and below the steps.
func (l *lexicon) besides(m mark, t *schema.Template) (above, below []node) {
	above = []node{
		{mark: m, label: "approval type", column: true, after: l.approvalType(t.ApprovalType)},
		{mark: m, label: "applies to", column: true, after: appliesTo(t.AppliesTo)},
	}
	if t.Description != "" {
		above = append(above, node{mark: m, label: "description", column: true, after: quote(t.Description)})
	}
	if access(t.ApproverAccess) != "none" {
		below = append(below, node{mark: m, label: "approver access", column: true, after: access(t.ApproverAccess)})
	}
	if len(t.CC) > 0 {
		below = append(below, node{mark: m, label: "cc", column: true, after: l.list(t.CC)})
		if access(t.CCAccess) != "none" {
			below = append(below, node{mark: m, label: "cc access", column: true, after: access(t.CCAccess)})
		}
	}
	return above, below
}

// difference is what is not the same in two templates, field by field.
func (l *lexicon) difference(before, after *schema.Template, steps []reconcile.StepChange) []node {
	if before == nil || after == nil {
		return nil
	}
	if steps == nil {
		steps = reconcile.AlignSteps(before.Steps, after.Steps)
	}
	above, below := l.differs(before, after)
	return slices.Concat(above, l.stepChanges(steps), below)
}

// differs is what is not the same besides the steps, as it stands above and below them.
func (l *lexicon) differs(before, after *schema.Template) (above, below []node) {
	field := func(to *[]node, label, old, now string) {
		if old != now {
			*to = append(*to, node{mark: changes, label: label, column: true, before: old, after: now})
		}
	}
	if before.Title != after.Title {
		old, now := spelling.Unlike(before.Title, after.Title)
		field(&above, "title", old, now)
	}
	field(&above, "approval type", l.approvalType(before.ApprovalType), l.approvalType(after.ApprovalType))
	field(&above, "applies to", appliesTo(before.AppliesTo), appliesTo(after.AppliesTo))
	if before.Description != after.Description {
		old, now := spelling.Unlike(before.Description, after.Description)
		field(&above, "description", old, now)
	}
	field(&below, "approver access", access(before.ApproverAccess), access(after.ApproverAccess))
	if kids := l.peopleChanges(before.CC, after.CC); len(kids) > 0 {
		below = append(below, node{mark: changes, label: "cc", column: true, kids: kids})
	}
	field(&below, "cc access", access(before.CCAccess), access(after.CCAccess))
	return above, below
}
