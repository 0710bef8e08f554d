package export

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema"
)

// writer gathers blocks as text, nearly in the canonical layout already: fmt has little left to do, which is what takes
// the time.
type writer struct{ strings.Builder }

// attribute is a line of a block.
type attribute struct{ name, value string }

// attributes writes the lines of a block that stand together.
func (w *writer) attributes(indent string, list ...attribute) {
	width := 0
	for _, a := range list {
		width = max(width, len(a.name))
	}
	for _, a := range list {
		w.line("%s%-*s = %s", indent, width, a.name, a.value)
	}
}

func (w *writer) line(format string, values ...any) {
	fmt.Fprintf(w, format, values...)
	w.WriteByte('\n')
}

// quote is a text in quotes as HCL writes it: ${, %{, quotes and control characters are escaped.
func quote(s string) string { return string(hclwrite.TokensForValue(cty.StringVal(s)).Bytes()) }

// oneLine is a text that can stand in a comment, whatever is in it.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
}

// sayable reports whether HCL can hold a text as it is: it knows one Unicode form of each text.
func sayable(s string) bool { return cty.StringVal(s).AsString() == s }

func (w *writer) approver(p schema.Person, n names) {
	lines := []attribute{{"id", fmt.Sprint(p.ID)}}
	if p.Username != "" {
		lines = append(lines, attribute{"username", quote(p.Username)})
	}
	if p.Realname != "" {
		lines = append(lines, attribute{"realname", quote(p.Realname)})
	}
	w.line("\napprover %q {", n.approver[p.ID])
	w.attributes("  ", lines...)
	w.line("}")
}

// place writes a scope's block. Its path is written where a plan will find it right, and where no other scope has it.
func (w *writer) place(p Place, n names, paths map[string]bool) {
	written := p.Checked && sayable(p.Path) && !paths[p.Path]
	switch {
	case p.Path == "":
		w.line("# The drive does not tell where %d is, so whether it is a folder is a guess.", p.ID)
	case !p.Checked:
		w.line("# %s: the drive does not show it under that path, so whether it is a folder is a guess.", oneLine(p.Path))
	case !written:
		w.line("# %s", oneLine(p.Path))
	}
	lines := []attribute{{"id", fmt.Sprint(p.ID)}}
	if written {
		paths[p.Path] = true
		lines = append(lines, attribute{"path", quote(p.Path)})
	}
	w.line("%s %q {", p.Kind, n.place[p.ID])
	w.attributes("  ", lines...)
	w.line("}")
}

func (w *writer) template(l schema.Live, p Place, types schema.Catalogue, n names) {
	t := l.Template
	w.line("")
	if !sayable(t.Title) || !sayable(t.Description) || !stepsSayable(t.Steps) {
		w.line("# On the drive its texts are in another Unicode form; the first apply rewrites them, and they look the same.")
	}
	lines := []attribute{
		{"scope", string(p.Kind) + "." + n.place[p.ID]},
		{schema.AttrTitle, quote(t.Title)},
		{schema.AttrApprovalType, quote(typeName(types, t.ApprovalType))},
	}
	if t.ApproverAccess != schema.AccessNone {
		lines = append(lines, attribute{schema.AttrApproverAccess, quote(string(t.ApproverAccess))})
	}
	if t.Description != "" {
		lines = append(lines, attribute{schema.AttrDescription, text(t.Description)})
	}
	w.line("template %q {", n.template[l.ID])
	w.attributes("  ", lines...)
	for _, s := range t.Steps {
		rule := attribute{"require", quote(string(s.Rule))}
		if s.Rule == schema.RuleAtLeast {
			rule = attribute{"min_approvals", fmt.Sprint(s.MinApprovals)}
		}
		w.line("\n  step %s {", quote(s.Name))
		w.attributes("    ", attribute{"approvers", list(s.Approvers, n)}, rule)
		w.line("  }")
	}
	if len(t.CC) > 0 || t.CCAccess != schema.AccessNone {
		lines := []attribute{{"users", list(t.CC, n)}}
		if t.CCAccess != schema.AccessNone {
			lines = append(lines, attribute{"access", quote(string(t.CCAccess))})
		}
		w.line("\n  cc {")
		w.attributes("    ", lines...)
		w.line("  }")
	}
	w.line("}")
}

func stepsSayable(steps []schema.Step) bool {
	for _, s := range steps {
		if !sayable(s.Name) {
			return false
		}
	}
	return true
}

// typeName is what the configuration calls an approval type: its name, or its id where the name is another's.
func typeName(types schema.Catalogue, id string) string {
	name := types.Name(id)
	if t, ok := types.Find(name); !ok || t.ID != id || !sayable(name) {
		return id
	}
	return name
}

// list is a list of approvers, a line each where one line would be long.
func list(people []schema.Person, n names) string {
	const width = 100
	all := make([]string, len(people))
	for i, p := range people {
		all[i] = "approver." + n.approver[p.ID]
	}
	if one := strings.Join(all, ", "); len(one) <= width {
		return "[" + one + "]"
	}
	return "[\n" + strings.Join(all, ",\n") + ",\n]"
}

// text is a text of several lines as such, where nothing in it stands against that. Blanks at its ends do not count.
func text(s string) string {
	const end = "EOT"
	lines := strings.Split(s, "\n")
	if len(lines) == 1 {
		return quote(s)
	}
	for _, l := range lines {
		if strings.TrimSpace(l) != l || l == end || strings.ContainsFunc(l, func(r rune) bool { return !unicode.IsPrint(r) }) {
			return quote(s)
		}
	}
	var b strings.Builder
	for _, l := range lines {
		if l != "" {
			b.WriteString("    " + strings.NewReplacer("${", "$${", "%{", "%%{").Replace(l))
		}
		b.WriteByte('\n')
	}
	return "<<-" + end + "\n" + b.String() + "  " + end
}
