package view

import (
	"slices"
	"strings"

	"countersign/reconcile"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/spelling"
)

// StepsAt is the place of the steps among a template's attributes.
var StepsAt = slices.IndexFunc(schema.Attributes, func(a schema.Attribute) bool { return a.Name == schema.AttrStep })

// label is what an attribute is called: "approval type".
func label(a schema.Attribute) string { return strings.ReplaceAll(a.Name, "_", " ") }

// value is a plain attribute in words.
func (l *Names) value(a schema.Attribute, t *schema.Template) string {
	switch a.Name {
	case schema.AttrApprovalType:
		return l.ApprovalType(t.ApprovalType)
	case schema.AttrAppliesTo:
		return AppliesTo(t.AppliesTo)
	case schema.AttrApproverAccess:
		return Access(t.ApproverAccess)
	}
	return Quote(a.Text(t))
}

// IsDefault reports whether an attribute has the value that it has when nobody sets it, so that it need not be shown.
func IsDefault(a schema.Attribute, t *schema.Template) bool { return a.Default != nil && a.Default(t) }

// whole is all that a template says but its title, which is in the line above.
func (l *Names) whole(m Mark, t *schema.Template) []Node {
	if t == nil {
		return nil
	}
	above, below := l.Attributes(m, t)
	return slices.Concat(above, l.Steps(m, t.Steps), below)
}

// Attributes are a template's attributes but title and steps, those above the steps and those below.
func (l *Names) Attributes(m Mark, t *schema.Template) (above, below []Node) {
	for i, a := range schema.Attributes {
		to := &above
		if i > StepsAt {
			to = &below
		}
		if a.Text != nil && a.Name != schema.AttrTitle && !IsDefault(a, t) {
			*to = append(*to, Node{Mark: m, Label: label(a), Column: true, After: l.value(a, t)})
		}
	}
	if len(t.CC) > 0 {
		below = append(below, Node{Mark: m, Label: "cc", Column: true, After: l.List(t.CC)})
		if Access(t.CCAccess) != "none" {
			below = append(below, Node{Mark: m, Label: "cc access", Column: true, After: Access(t.CCAccess)})
		}
	}
	return above, below
}

// Difference is what differs between two templates, attribute by attribute.
func (l *Names) Difference(before, after *schema.Template, steps []plans.StepChange) []Node {
	if before == nil || after == nil {
		return nil
	}
	if steps == nil {
		steps = reconcile.AlignSteps(before.Steps, after.Steps)
	}
	above, below := l.ChangedAttributes(before, after)
	return slices.Concat(above, l.stepChanges(steps), below)
}

// ChangedAttributes are the attributes that differ, except the steps: those above the steps and those below.
func (l *Names) ChangedAttributes(before, after *schema.Template) (above, below []Node) {
	field := func(to *[]Node, label, old, now string) {
		if old != now {
			*to = append(*to, Node{Mark: Changes, Label: label, Column: true, Before: old, After: now})
		}
	}
	for i, a := range schema.Attributes {
		to := &above
		if i > StepsAt {
			to = &below
		}
		switch {
		case a.Text == nil || a.Text(before) == a.Text(after):
		case a.Words == nil && a.Name != schema.AttrApprovalType:
			old, now := spelling.Unlike(a.Text(before), a.Text(after))
			field(to, label(a), old, now)
		default:
			field(to, label(a), l.value(a, before), l.value(a, after))
		}
	}
	if kids := l.peopleChanges(before.CC, after.CC); len(kids) > 0 {
		below = append(below, Node{Mark: Changes, Label: "cc", Column: true, Kids: kids})
	}
	field(&below, "cc access", Access(before.CCAccess), Access(after.CCAccess))
	return above, below
}
