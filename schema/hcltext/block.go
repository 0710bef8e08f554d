package hcltext

import (
	"fmt"
	"strings"

	"countersign/schema"
)

// Writer builds the text of blocks, nearly in the canonical layout: fmt is slow, and has little left to do.
type Writer struct{ strings.Builder }

// Attribute is a line of a block.
type Attribute struct{ Name, Value string }

// Line writes a formatted line.
func (w *Writer) Line(format string, values ...any) {
	fmt.Fprintf(w, format, values...)
	w.WriteByte('\n')
}

// Attributes writes attributes below each other, with their equals signs lined up.
func (w *Writer) Attributes(indent string, list ...Attribute) {
	width := 0
	for _, a := range list {
		width = max(width, len(a.Name))
	}
	for _, a := range list {
		w.Line("%s%-*s = %s", indent, width, a.Name, a.Value)
	}
}

// Approver writes the block of a user, with the names that are known.
func (w *Writer) Approver(name string, p schema.Person) {
	lines := []Attribute{{"id", fmt.Sprint(p.ID)}}
	if p.Username != "" {
		lines = append(lines, Attribute{"username", Quote(p.Username)})
	}
	if p.Realname != "" {
		lines = append(lines, Attribute{"realname", Quote(p.Realname)})
	}
	w.Line("approver %q {", name)
	w.Attributes("  ", lines...)
	w.Line("}")
}

// Step writes a step of a template, each line after indent; approvers is the value of that attribute.
func (w *Writer) Step(indent string, s schema.Step, approvers string) {
	w.Line("%sstep %s {", indent, Quote(s.Name))
	w.Attributes(indent+"  ", Attribute{"approvers", approvers}, Rule(s))
	w.Line("%s}", indent)
}

// Rule is the attribute that says when a step passes.
func Rule(s schema.Step) Attribute {
	if s.Rule == schema.RuleAtLeast {
		return Attribute{"min_approvals", fmt.Sprint(s.MinApprovals)}
	}
	return Attribute{"require", Quote(string(s.Rule))}
}

// CC writes the cc block of a template; users is the value of that attribute.
func (w *Writer) CC(indent, users string, access schema.Access) {
	lines := []Attribute{{"users", users}}
	if access != schema.AccessNone {
		lines = append(lines, Attribute{"access", Quote(string(access))})
	}
	w.Line("%scc {", indent)
	w.Attributes(indent+"  ", lines...)
	w.Line("%s}", indent)
}

// long is how many bytes of elements still fit on one line.
const long = 100

// Object is an object of elements such as a = x, a line each where one line would be long.
func Object(indent string, elements []string) string {
	if one := strings.Join(elements, ", "); len(one) <= long {
		return "{ " + one + " }"
	}
	inner := "\n" + indent + "  "
	return "{" + inner + strings.Join(elements, inner) + "\n" + indent + "}"
}

// List is a list of references, a line each where one line would be long.
func List(indent string, all []string) string {
	if one := strings.Join(all, ", "); len(one) <= long {
		return "[" + one + "]"
	}
	inner := "\n" + indent + "  "
	return "[" + inner + strings.Join(all, ","+inner) + ",\n" + indent + "]"
}
