package view

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"countersign/reconcile"
	"countersign/schema"
)

// Explanation writes which templates are in force on a folder or file, in words: from where each comes, what it can be
// raised on, who must approve, and what of the configuration is not there yet.
func Explanation(w io.Writer, e reconcile.Explanation, s Settings) error {
	l := NamesOfExplanation(&e)
	var out strings.Builder
	out.WriteString(s.paint().in(bold, Place(e.Place)) + "\n\n")
	out.WriteString(Wrapped(inForce(&e), s))
	for i := range e.Templates {
		t := &e.Templates[i]
		out.WriteString("\n" + item(explainedHead(t), l.explained(&e, t), s))
	}
	if len(e.Awaited) > 0 {
		out.WriteString("\n" + headed(amberBold, "Not applied yet:", countIs(len(e.Awaited), "template")+
			" declared for this place and not on the drive.", s) + "\n")
		for _, a := range e.Awaited {
			head := fmt.Sprintf("%s: %s", OneLine(a.Address.String()), quote(a.Title))
			if a.Inherited {
				head += ", to be inherited from " + Place(a.Place)
			}
			out.WriteString(item(head, nil, s))
		}
	}
	return write(w, out.String())
}

// NamesOfExplanation is NamesOf for an explanation.
func NamesOfExplanation(e *reconcile.Explanation) *Names {
	l := NewNames(e.People, e.Catalogue)
	for i := range e.Templates {
		l.meetAll(&e.Templates[i].Template)
		l.meetEditor(e.Templates[i].Edited)
	}
	return l
}

// inForce counts: "3 templates are in force here: 1 of its own, 2 inherited."
func inForce(e *reconcile.Explanation) string {
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
	own := len(e.Templates) - inherited
	return fmt.Sprintf("%s %s in force here: %d of its own, %d inherited.", Count(len(e.Templates), "template"),
		verb(len(e.Templates), "is", "are"), own, inherited)
}

// explainedHead is which template it is: `"申请修改" (template.modify, tid 6), inherited from 公司文件 (folder 1)`.
func explainedHead(t *reconcile.InForce) string {
	which := fmt.Sprintf("tid %d", t.ID)
	if !t.Address.IsZero() {
		which = OneLine(t.Address.String()) + ", " + which
	}
	head := fmt.Sprintf("%s (%s)", quote(t.Template.Title), which)
	if t.Inherited {
		return head + ", inherited from " + Place(t.Place)
	}
	return head + ", its own"
}

// explained is what a template means here.
func (l *Names) explained(e *reconcile.Explanation, t *reconcile.InForce) []Node {
	if t.Unreadable != "" {
		return []Node{{Mark: Same, After: Unread(t.Unreadable)}}
	}
	out := l.says(&t.Template, raisable(e.Place.Kind, t))
	out = append(out, l.WhoCan(&t.Template)...)
	if edited := l.editor(t.Edited); edited != "" {
		out = append(out, fact("last edited", strings.TrimSpace(edited)))
	}
	return out
}

// fact is one line of what is said of a template.
func fact(label, value string) Node {
	return Node{Mark: Same, Label: label, Column: true, After: value}
}

// says is what a template says, in words; applies is what it can be raised on.
func (l *Names) says(t *schema.Template, applies string) []Node {
	out := []Node{fact("for", l.approvalType(t.ApprovalType)), fact("applies to", applies)}
	said := []string{schema.AttrTitle, schema.AttrApprovalType, schema.AttrAppliesTo}
	for _, a := range schema.Attributes {
		switch {
		case a.Name == schema.AttrStep && len(t.Steps) > 1:
			each := fact("approval", fmt.Sprintf("each of these %d, one after the other", len(t.Steps)))
			each.Kids = l.Steps(Same, t.Steps)
			out = append(out, each)
		case a.Name == schema.AttrStep:
			out = append(out, fact("approval", l.Approves(t.Steps)))
		case a.Text != nil && !slices.Contains(said, a.Name) && !silent(a, t):
			out = append(out, fact(label(a), l.value(a, t)))
		}
	}
	if len(t.CC) > 0 {
		told := l.List(t.CC)
		if access(t.CCAccess) != "none" {
			told += ", with access: " + access(t.CCAccess)
		}
		out = append(out, fact("told of it", told))
	}
	return out
}

// raisable is what a template applies to, and what that means for the very place that was asked about.
func raisable(kind schema.ScopeKind, t *reconcile.InForce) string {
	text := appliesTo(t.Template.AppliesTo)
	switch {
	case kind == "" || t.Raisable(kind):
		return text
	case kind == schema.ScopeFile:
		return text + ": not this file"
	}
	return text + ": not this folder itself, but the files in it"
}

// Approves says in one sentence whose word it takes.
func (l *Names) Approves(steps []schema.Step) string {
	switch len(steps) {
	case 0:
		return "there is no step, so nothing raised from it can pass"
	case 1:
		return sole(steps[0], l.rule(steps[0]))
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
