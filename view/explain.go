package view

import (
	"fmt"
	"slices"
	"strings"

	"countersign/reconcile"
	"countersign/schema"
	"countersign/schema/addr"
)

// NamesOfExplanation knows everybody whom an explanation names.
func NamesOfExplanation(e *reconcile.Explanation) *Names {
	l := NewNames(e.People, e.Catalogue)
	for i := range e.Templates {
		l.MeetAll(&e.Templates[i].Template)
		l.meetEditor(e.Templates[i].Edited)
	}
	return l
}

// InForce is the number of templates: "3 templates are in force here: 1 of its own, 2 inherited."
func InForce(e *reconcile.Explanation) string {
	inherited := 0
	for _, t := range e.Templates {
		if t.Inherited {
			inherited++
		}
	}
	switch {
	case !e.Asked.IsZero() && len(e.Templates) == 0:
		return "The drive has no " + OneLine(e.Asked.String()) + " here."
	case !e.Asked.IsZero() && e.Place.Kind == schema.ScopeFile:
		return OneLine(e.Asked.String()) + " is in force here."
	case !e.Asked.IsZero():
		return OneLine(e.Asked.String()) + " is in force here and on everything below."
	case len(e.Templates) == 0:
		return "No template is in force here: no approval can be raised."
	}
	return fmt.Sprintf("%s in force here: %d of its own, %d inherited.", CountIs(len(e.Templates), "template"),
		len(e.Templates)-inherited, inherited)
}

// Called is a template's title, address and tid: `"申请修改" (template.modify, tid 6)`.
func Called(title string, address addr.Address, tid int64) string {
	if address.IsZero() {
		return fmt.Sprintf("%s (tid %d)", Quote(title), tid)
	}
	return fmt.Sprintf("%s (%s, tid %d)", Quote(title), OneLine(address.String()), tid)
}

// ExplainedHead is which template it is: `"申请修改" (template.modify, tid 6), inherited from 公司文件 (folder 1)`.
func ExplainedHead(t *reconcile.InForce) string {
	head := Called(t.Template.Title, t.Address, t.ID)
	if t.Inherited {
		return head + ", inherited from " + Place(t.Place)
	}
	return head + ", its own"
}

// Explained is what a template says, for the place that was asked about, and who can pass it.
func (l *Names) Explained(e *reconcile.Explanation, t *reconcile.InForce) []Node {
	if t.Unreadable != "" {
		return []Node{{Mark: Same, After: Unread(t.Unreadable)}}
	}
	out := l.Describe(&t.Template, raisable(e.Place.Kind, t))
	out = append(out, l.WhoCan(&t.Template)...)
	if edited := l.editor(t.Edited); edited != "" {
		out = append(out, Fact("last edited", strings.TrimSpace(edited)))
	}
	return out
}

// Fact is one line about a template.
func Fact(label, value string) Node {
	return Node{Mark: Same, Label: label, Column: true, After: value}
}

// Describe is what a template says, in words; applies is what it can be raised on.
func (l *Names) Describe(t *schema.Template, applies string) []Node {
	out := []Node{Fact("for", l.ApprovalType(t.ApprovalType)), Fact("applies to", applies)}
	above := []string{schema.AttrTitle, schema.AttrApprovalType, schema.AttrAppliesTo}
	for _, a := range schema.Attributes {
		switch {
		case a.Name == schema.AttrStep && len(t.Steps) > 1:
			steps := Fact("approval", fmt.Sprintf("%d steps, one after the other", len(t.Steps)))
			steps.Kids = l.Steps(Same, t.Steps)
			out = append(out, steps)
		case a.Name == schema.AttrStep:
			out = append(out, Fact("approval", l.Approves(t.Steps)))
		case a.Text != nil && !slices.Contains(above, a.Name) && !IsDefault(a, t):
			out = append(out, Fact(label(a), l.value(a, t)))
		}
	}
	if len(t.CC) > 0 {
		cc := l.List(t.CC)
		if Access(t.CCAccess) != "none" {
			cc += ", with access: " + Access(t.CCAccess)
		}
		out = append(out, Fact("cc", cc))
	}
	return out
}

// raisable is what a template applies to, and whether that includes the place that was asked about.
func raisable(kind schema.ScopeKind, t *reconcile.InForce) string {
	text := AppliesTo(t.Template.AppliesTo)
	switch {
	case kind == "" || t.Raisable(kind):
		return text
	case kind == schema.ScopeFile:
		return text + ": not this file"
	}
	return text + ": not this folder itself, but the files in it"
}

// Approves says in one sentence who must approve.
func (l *Names) Approves(steps []schema.Step) string {
	switch len(steps) {
	case 0:
		return "there is no step, so nothing raised from it can pass"
	case 1:
		return sole(steps[0], l.Rule(steps[0]))
	}
	parts := make([]string, len(steps))
	for i, s := range steps {
		parts[i] = sole(s, l.briefRule(s))
	}
	return "first " + strings.Join(parts, "; then ")
}

// sole is a rule, or where there is one person to ask, that person: "all of 张三" is 张三.
func sole(s schema.Step, rule string) string {
	if len(s.Approvers) != 1 || s.Rule == schema.RuleAtLeast && s.MinApprovals != 1 {
		return rule
	}
	for _, lead := range []string{"all of ", "any one of ", "at least 1 of "} {
		if who, ok := strings.CutPrefix(rule, lead); ok {
			return who
		}
	}
	return rule
}
