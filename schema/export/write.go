package export

import (
	"fmt"

	"countersign/schema"
	"countersign/schema/hcltext"
)

// writer gathers the blocks of a section.
type writer struct{ hcltext.Writer }

// place writes a scope's block. Its path is written where a plan will find it right, and where no other scope has it.
func (w *writer) place(p Place, n names, paths map[string]bool) {
	written := p.Checked && hcltext.Sayable(p.Path) && !paths[p.Path]
	switch {
	case p.Path == "":
		w.Line("# The drive does not tell where %d is, so whether it is a folder is a guess.", p.ID)
	case !p.Checked:
		w.Line("# %s: the drive does not show it under that path, so whether it is a folder is a guess.", hcltext.Comment(p.Path))
	case !written:
		w.Line("# %s", hcltext.Comment(p.Path))
	}
	lines := []hcltext.Attribute{{Name: "id", Value: fmt.Sprint(p.ID)}}
	if written {
		paths[p.Path] = true
		lines = append(lines, hcltext.Attribute{Name: "path", Value: hcltext.Quote(p.Path)})
	}
	w.Line("%s %q {", p.Kind, n.place[p.ID])
	w.Attributes("  ", lines...)
	w.Line("}")
}

func (w *writer) template(l schema.Live, p Place, types schema.Catalogue, n names) {
	t := l.Template
	w.Line("")
	if !hcltext.Sayable(t.Title) || !hcltext.Sayable(t.Description) || !stepsSayable(t.Steps) {
		w.Line("# On the drive its texts are in another Unicode form; the first apply rewrites them, and they look the same.")
	}
	lines := []hcltext.Attribute{
		{Name: "scope", Value: string(p.Kind) + "." + n.place[p.ID]},
		{Name: schema.AttrTitle, Value: hcltext.Quote(t.Title)},
		{Name: schema.AttrApprovalType, Value: hcltext.Quote(typeName(types, t.ApprovalType))},
	}
	if t.ApproverAccess != schema.AccessNone {
		lines = append(lines, hcltext.Attribute{Name: schema.AttrApproverAccess, Value: hcltext.Quote(string(t.ApproverAccess))})
	}
	if t.Description != "" {
		lines = append(lines, hcltext.Attribute{Name: schema.AttrDescription, Value: hcltext.Text("  ", t.Description)})
	}
	w.Line("template %q {", n.template[l.ID])
	w.Attributes("  ", lines...)
	for _, s := range t.Steps {
		w.Line("")
		w.Step("  ", s, list(s.Approvers, n))
	}
	if len(t.CC) > 0 || t.CCAccess != schema.AccessNone {
		w.Line("")
		w.CC("  ", list(t.CC, n), t.CCAccess)
	}
	w.Line("}")
}

func stepsSayable(steps []schema.Step) bool {
	for _, s := range steps {
		if !hcltext.Sayable(s.Name) {
			return false
		}
	}
	return true
}

// typeName is what the configuration calls an approval type.
func typeName(types schema.Catalogue, id string) string {
	if name := types.Word(id); hcltext.Sayable(name) {
		return name
	}
	return id
}

// list is the addresses of people.
func list(people []schema.Person, n names) []string {
	all := make([]string, len(people))
	for i, p := range people {
		all[i] = "approver." + n.approver[p.ID]
	}
	return all
}
