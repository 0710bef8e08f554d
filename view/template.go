package view

import (
	"countersign/reconcile"
	"countersign/schema"
)

// whole is all that a template says, its title apart: that is in the line above.
func (l *lexicon) whole(m mark, t *schema.Template) []node {
	if t == nil {
		return nil
	}
	out := []node{
		{mark: m, label: "approval type", column: true, after: l.approvalType(t.ApprovalType)},
		{mark: m, label: "applies to", column: true, after: appliesTo(t.AppliesTo)},
	}
	if t.Description != "" {
		out = append(out, node{mark: m, label: "description", column: true, after: quote(t.Description)})
	}
	out = append(out, l.steps(m, t.Steps)...)
	if access(t.ApproverAccess) != "none" {
		out = append(out, node{mark: m, label: "approver access", column: true, after: access(t.ApproverAccess)})
	}
	if len(t.CC) > 0 {
		out = append(out, node{mark: m, label: "cc", column: true, after: l.list(t.CC)})
		if access(t.CCAccess) != "none" {
			out = append(out, node{mark: m, label: "cc access", column: true, after: access(t.CCAccess)})
		}
	}
	return out
}

// difference is what is not the same in two templates, field by field.
func (l *lexicon) difference(before, after *schema.Template, steps []reconcile.StepChange) []node {
	if before == nil || after == nil {
		return nil
	}
	var out []node
	field := func(label, old, now string) {
		if old != now {
			out = append(out, node{mark: changes, label: label, column: true, before: old, after: now})
		}
	}
	if before.Title != after.Title {
		old, now := unlike(before.Title, after.Title)
		field("title", old, now)
	}
	field("approval type", l.approvalType(before.ApprovalType), l.approvalType(after.ApprovalType))
	field("applies to", appliesTo(before.AppliesTo), appliesTo(after.AppliesTo))
	if before.Description != after.Description {
		old, now := unlike(before.Description, after.Description)
		field("description", old, now)
	}
	if steps == nil {
		steps = reconcile.AlignSteps(before.Steps, after.Steps)
	}
	out = append(out, l.stepChanges(steps)...)
	field("approver access", access(before.ApproverAccess), access(after.ApproverAccess))
	if kids := l.peopleChanges(before.CC, after.CC); len(kids) > 0 {
		out = append(out, node{mark: changes, label: "cc", column: true, kids: kids})
	}
	field("cc access", access(before.CCAccess), access(after.CCAccess))
	return out
}
