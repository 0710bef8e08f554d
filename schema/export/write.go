package export

import (
	"fmt"
	"slices"

	"countersign/schema"
	"countersign/schema/hcltext"
	"countersign/schema/spelling"
)

// writer builds the text of a section.
type writer struct{ hcltext.Writer }

// place writes a scope's block, with its path where a plan could check it and no other scope has the same one.
func (w *writer) place(p Place, n *names, paths map[string]bool) {
	path := spelling.Form(p.Path)
	written := p.Checked && !paths[path]
	switch {
	case p.Path == "":
		w.Line("# The drive does not tell where %d is, so whether it is a folder is a guess.", p.ID)
	case !p.Checked:
		w.Line("%s", hcltext.Remark(p.Path+
			": the drive does not show it under that path, so whether it is a folder is a guess."))
	case !written:
		w.Line("# %s", hcltext.Comment(p.Path))
	}
	lines := []hcltext.Attribute{{Name: "id", Value: fmt.Sprint(p.ID)}}
	if written {
		paths[path] = true
		lines = append(lines, hcltext.Attribute{Name: "path", Value: hcltext.Quote(path)})
	}
	w.Line("%s %q {", p.Kind, n.place[p.ID])
	w.Attributes("  ", lines...)
	w.Line("}")
}

// gaps writes the comments for left out templates whose tid comes before another, or for all before 0, and returns the
// others.
func (w *writer) gaps(left []LeftOut, before int64) []LeftOut {
	for len(left) > 0 && (before == 0 || left[0].ID < before) {
		w.Line("\n%s", hcltext.Remark(left[0].String()))
		left = left[1:]
	}
	return left
}

// shared writes the block of a template that is alike on several places.
func (w *writer) shared(s shared, places []Place, types schema.Catalogue, n *names) {
	on := "local." + n.area[s.on()]
	if n.area[s.on()] == "" {
		on = hcltext.Object("  ", n.elements(places, s.places()))
	}
	w.block(n.block[s.first()], s.template, types, n,
		hcltext.Attribute{Name: "for_each", Value: on}, hcltext.Attribute{Name: "scope", Value: "each.value"})
}

func (w *writer) template(l schema.Live, p Place, types schema.Catalogue, n *names) {
	w.block(n.block[l.ID], l.Template, types, n, hcltext.Attribute{Name: "scope", Value: address(p, n)})
}

func address(p Place, n *names) string { return string(p.Kind) + "." + n.place[p.ID] }

// block writes a template's block; lines are its first lines, which say where it is attached.
func (w *writer) block(name string, t schema.Template, types schema.Catalogue, n *names, lines ...hcltext.Attribute) {
	w.Line("")
	steps := slices.IndexFunc(schema.Attributes, func(a schema.Attribute) bool { return a.Name == schema.AttrStep })
	w.Line("template %q {", name)
	w.Attributes("  ", append(lines, written(schema.Attributes[:steps], &t, types)...)...)
	for _, s := range t.Steps {
		w.Line("")
		w.Step("  ", s, n.people("    ", s.Approvers))
	}
	if below := written(schema.Attributes[steps:], &t, types); len(below) > 0 {
		w.Line("")
		w.Attributes("  ", below...)
	}
	if len(t.CC) > 0 || t.CCAccess != schema.AccessNone {
		w.Line("")
		w.CC("  ", n.people("    ", t.CC), t.CCAccess)
	}
	w.Line("}")
}

// written are the plain attributes that a template's block needs: those that differ from the default and do not follow
// from its type.
func written(attributes []schema.Attribute, t *schema.Template, types schema.Catalogue) []hcltext.Attribute {
	var out []hcltext.Attribute
	for _, a := range attributes {
		if a.Text == nil || a.Derived || a.Default != nil && a.Default(t) {
			continue
		}
		value := a.Text(t)
		if a.Name == schema.AttrApprovalType {
			value = types.Word(value)
		}
		literal := hcltext.Quote(value)
		if a.Lines {
			literal = hcltext.Text("  ", value)
		}
		out = append(out, hcltext.Attribute{Name: a.Name, Value: literal})
	}
	return out
}
