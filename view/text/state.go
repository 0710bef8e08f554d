package text

import (
	"fmt"
	"io"
	"strings"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
	"countersign/view"
)

// State writes what a state says, for `show`: folder by folder which templates are bound there and who must approve, in
// the words of Explanation, then attachments and outputs. l may know names that the state has not.
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
		out += "\nOutputs:\n\n" + outputLines(st.Outputs)
	}
	return write(w, out)
}

// bound tells bindings by the folder or file that they are on, in the order in which those come first.
func bound(l *view.Names, list []state.Binding, s Settings) []string {
	var order []string
	templates := map[string][]string{}
	put := func(at plans.Place, head string, t *schema.Template, more ...view.Node) {
		heading := view.Place(at)
		if templates[heading] == nil {
			order = append(order, heading)
		}
		templates[heading] = append(templates[heading], item(head, append(l.Says(t, view.AppliesTo(t.AppliesTo)), more...),
			s))
	}
	for i := range list {
		b := &list[i]
		at := plans.Place{Address: b.Scope, Kind: b.ScopeKind, ID: b.ScopeID, Path: b.ScopePath}
		if b.ID != 0 {
			var more []view.Node
			if b.PreventDestroy {
				more = append(more, view.Fact("protected", "by prevent_destroy"))
			}
			put(at, fmt.Sprintf("%s (%s, tid %d)", view.Quote(b.Recorded.Title), view.OneLine(b.Address.String()), b.ID), &b.Recorded,
				more...)
		}
		for _, d := range b.Deposed {
			put(
				plans.Place{ID: d.ScopeID},
				fmt.Sprintf("%s (deposed object %d of %s, replaced and still to be removed)",
					view.Quote(d.Recorded.Title), d.ID, view.OneLine(b.Address.String())),
				&d.Recorded,
			)
		}
	}
	blocks := make([]string, len(order))
	for i, heading := range order {
		blocks[i] = s.paint().in(bold, heading) + "\n\n" + strings.Join(templates[heading], "\n")
	}
	return blocks
}

// Binding writes one binding as a block would declare it, for `state show`.
func Binding(w io.Writer, b state.Binding, l *view.Names, s Settings) error {
	l.MeetBinding(&b)
	return write(w, binding(l, &b, s))
}

func binding(l *view.Names, b *state.Binding, s Settings) string {
	var out strings.Builder
	if b.ID != 0 {
		where := boundPlace(b)
		out.WriteString(s.paint().in(bold, "# "+view.OneLine(b.Address.String())+":") + "\n")
		out.WriteString(bindingLiteral(l, b.Address.String(), b.ID, where, &b.Recorded, b.PreventDestroy))
	}
	for i, d := range b.Deposed {
		if i > 0 || b.ID != 0 {
			out.WriteString("\n")
		}
		out.WriteString(s.paint().in(bold, fmt.Sprintf("# %s: (deposed object %d, replaced and still to be removed)",
			view.OneLine(b.Address.String()), d.ID)) + "\n")
		out.WriteString(bindingLiteral(l, b.Address.String(), d.ID, fmt.Sprintf("folder or file %d", d.ScopeID), &d.Recorded, false))
	}
	return out.String()
}

func boundPlace(b *state.Binding) string {
	kind := string(b.ScopeKind)
	if kind == "" {
		kind = "folder or file"
	}
	if b.ScopePath != "" {
		return fmt.Sprintf("%s  # %s (%s %d)", view.OneLine(b.Scope.String()), view.Name(b.ScopePath), kind, b.ScopeID)
	}
	if b.Scope.IsZero() {
		return fmt.Sprintf("%s %d", kind, b.ScopeID)
	}
	return fmt.Sprintf("%s  # %s %d", view.OneLine(b.Scope.String()), kind, b.ScopeID)
}

// bindingLiteral writes a template as a block would declare it, but with people by name.
func bindingLiteral(l *view.Names, address string, id int64, scope string, t *schema.Template, protected bool) string {
	var out strings.Builder
	attribute := func(name, value string) { out.WriteString("    " + view.Pad(name, 15) + " = " + value + "\n") }
	out.WriteString("template " + view.Quote(addr.Of(address).Name) + " {\n")
	attribute("id", fmt.Sprint(id))
	attribute("scope", scope)
	for _, a := range schema.Attributes[:view.StepsAt] {
		if view.Silent(a, t) {
			continue
		}
		text := view.Quote(a.Text(t))
		if n := l.Declared[t.ApprovalType]; a.Name == schema.AttrApprovalType && n != "" {
			text += "  # " + view.Name(n) + " in the configuration"
		}
		attribute(a.Name, text)
	}
	for _, st := range t.Steps {
		out.WriteString("\n    step " + view.Quote(st.Name) + " {\n")
		out.WriteString("        approvers" + map[bool]string{true: "     ", false: ""}[st.Rule == schema.RuleAtLeast] +
			" = [" + identified(l, st.Approvers) + "]\n")
		if st.Rule == schema.RuleAtLeast {
			fmt.Fprintf(&out, "        min_approvals = %d\n", st.MinApprovals)
		} else {
			out.WriteString("        require   = " + view.Quote(string(st.Rule)) + "\n")
		}
		out.WriteString("    }\n")
	}
	out.WriteString("\n")
	for _, a := range schema.Attributes[view.StepsAt:] {
		if a.Text != nil {
			attribute(a.Name, view.Quote(a.Text(t)))
		}
	}
	if len(t.CC) > 0 {
		out.WriteString("\n    cc {\n        users  = [" + identified(l, t.CC) + "]\n        access = " +
			view.Quote(string(t.CCAccess)) + "\n    }\n")
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
