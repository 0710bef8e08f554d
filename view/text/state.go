package text

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/state"
	"countersign/view"
)

// State writes a state, for the command show: folder by folder the templates that are bound there and who must approve,
// then attachments and outputs. l may know names that the state does not have.
func State(w io.Writer, st state.State, l *view.Names, s Settings) error {
	if len(st.Bindings)+len(st.Attachments)+len(st.Outputs) == 0 {
		return write(w, "The state is empty: nothing has been applied yet.\n")
	}
	for i := range st.Bindings {
		l.MeetBinding(&st.Bindings[i])
	}
	blocks := bound(l, st.Bindings, s)
	for _, a := range st.Attachments {
		blocks = append(blocks, attachment(a, s))
	}
	out := strings.Join(blocks, "\n")
	if len(st.Outputs) > 0 {
		if len(blocks) > 0 {
			out += "\n"
		}
		out += "Outputs:\n\n" + outputLines(st.Outputs)
	}
	return write(w, out)
}

// bound is a block for each folder or file, in the order of their first bindings.
func bound(l *view.Names, list []state.Binding, s Settings) []string {
	var order []string
	templates := map[string][]string{}
	put := func(at plans.Place, head string, t *schema.Template, more ...view.Node) {
		heading := view.Place(at)
		if templates[heading] == nil {
			order = append(order, heading)
		}
		facts := append(l.Describe(t, view.AppliesTo(t.AppliesTo)), more...)
		templates[heading] = append(templates[heading], item(head, facts, s))
	}
	for i := range list {
		b := &list[i]
		if b.ID != 0 {
			var more []view.Node
			if b.PreventDestroy {
				more = append(more, view.Fact("protected", "by prevent_destroy"))
			}
			put(plans.PlaceOf(b), view.Called(b.Recorded.Title, b.Address, b.ID), &b.Recorded, more...)
		}
		for _, d := range b.Deposed {
			head := fmt.Sprintf("%s (deposed object %d of %s, replaced and still to be removed)",
				view.Quote(d.Recorded.Title), d.ID, view.OneLine(b.Address.String()))
			put(plans.Place{ID: d.ScopeID}, head, &d.Recorded)
		}
	}
	blocks := make([]string, len(order))
	for i, heading := range order {
		blocks[i] = s.paint().in(bold, heading) + "\n\n" + strings.Join(templates[heading], "\n")
	}
	return blocks
}

// Binding writes one binding as a block would declare it, for the command state show.
func Binding(w io.Writer, b state.Binding, l *view.Names, s Settings) error {
	l.MeetBinding(&b)
	var blocks []string
	head := func(text string) string {
		return s.paint().in(bold, "# "+view.OneLine(b.Address.String())+":"+text) + "\n"
	}
	if b.ID != 0 {
		blocks = append(blocks, head("")+
			bindingLiteral(l, b.Address.Name, b.ID, scopeLiteral(&b), &b.Recorded, b.PreventDestroy))
	}
	for _, d := range b.Deposed {
		blocks = append(blocks, head(fmt.Sprintf(" (deposed object %d, replaced and still to be removed)", d.ID))+
			bindingLiteral(l, b.Address.Name, d.ID, fmt.Sprintf("folder or file %d", d.ScopeID), &d.Recorded, false))
	}
	return write(w, strings.Join(blocks, "\n"))
}

// scopeLiteral is a binding's scope, with what is known of it as a comment.
func scopeLiteral(b *state.Binding) string {
	kind := cmp.Or(string(b.ScopeKind), "folder or file")
	if b.ScopePath != "" {
		return fmt.Sprintf("%s  # %s (%s %d)", view.OneLine(b.Scope.String()), view.Name(b.ScopePath), kind, b.ScopeID)
	}
	if b.Scope.IsZero() {
		return fmt.Sprintf("%s %d", kind, b.ScopeID)
	}
	return fmt.Sprintf("%s  # %s %d", view.OneLine(b.Scope.String()), kind, b.ScopeID)
}

// bindingLiteral writes a template as a block would declare it, but with people by name.
func bindingLiteral(l *view.Names, name string, id int64, scope string, t *schema.Template, protected bool) string {
	var out strings.Builder
	attribute := func(name, value string) { out.WriteString("    " + view.Pad(name, 15) + " = " + value + "\n") }
	out.WriteString("template " + view.Quote(name) + " {\n")
	attribute("id", fmt.Sprint(id))
	attribute("scope", scope)
	for _, a := range schema.Attributes[:view.StepsAt] {
		if view.IsDefault(a, t) {
			continue
		}
		text := view.Quote(a.Text(t))
		if n := l.Declared[t.ApprovalType]; a.Name == schema.AttrApprovalType && n != "" {
			text += "  # " + view.Name(n) + " in the configuration"
		}
		attribute(a.Name, text)
	}
	for _, st := range t.Steps {
		rule := [2]string{"require", view.Quote(string(st.Rule))}
		if st.Rule == schema.RuleAtLeast {
			rule = [2]string{"min_approvals", fmt.Sprint(st.MinApprovals)}
		}
		out.WriteString("\n    step " + view.Quote(st.Name) + " {\n" + attributes("        ",
			[2]string{"approvers", "[" + identified(l, st.Approvers) + "]"}, rule) + "    }\n")
	}
	out.WriteString("\n")
	for _, a := range schema.Attributes[view.StepsAt:] {
		if a.Text != nil {
			attribute(a.Name, view.Quote(a.Text(t)))
		}
	}
	if len(t.CC) > 0 {
		out.WriteString("\n    cc {\n" + attributes("        ", [2]string{"users", "[" + identified(l, t.CC) + "]"},
			[2]string{"access", view.Quote(string(t.CCAccess))}) + "    }\n")
	}
	if protected {
		out.WriteString("\n    lifecycle {\n        prevent_destroy = true\n    }\n")
	}
	return out.String() + "}\n"
}

// identified are people by name with their ids: 张三 (3), 李四 (4).
func identified(l *view.Names, people []schema.Person) string {
	names := make([]string, len(people))
	for i, p := range people {
		names[i] = fmt.Sprintf("%s (%d)", l.Called(p), p.ID)
	}
	return strings.Join(names, ", ")
}
