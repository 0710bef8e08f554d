package ci

import (
	"fmt"
	"strings"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/spelling"
	"countersign/view"
)

// GitHubAnnotations are workflow commands, one a line, that GitHub shows beside the lines of the files: an error or a
// warning for each diagnostic, and for each template and attachment whose block places has, a notice of what would be
// done with it and a warning of what was edited by hand. p is nil if there is no plan.
func GitHubAnnotations(d schema.Diagnostics, p *plans.Plan, places map[addr.Address]schema.Range) string {
	var out strings.Builder
	for i := range d {
		message := view.ManyLines(d[i].Detail)
		if message == "" {
			message = view.OneLine(d[i].Summary)
		}
		if d[i].Range == nil && !d[i].Address.IsZero() {
			message += "\n\nwith " + view.OneLine(d[i].Address.String())
		}
		message += ruleAt(&d[i])
		kind := "error"
		if d[i].Severity == schema.Warning {
			kind = "warning"
		}
		out.WriteString(annotation(kind, d[i].Range, view.OneLine(d[i].Summary), message))
	}
	if p == nil {
		return out.String()
	}
	l := view.NamesOf(p)
	for i, b := range l.Edits(p) {
		if at, ok := places[p.Drift[i].Address]; ok {
			out.WriteString(annotation("warning", &at, b.Heads[0].Line()+" outside of Countersign", blockText(b)))
		}
	}
	for _, d := range unmanagedFindings(l, p) {
		if at, ok := places[d.Address]; ok {
			out.WriteString(annotation("warning", &at, view.OneLine(d.Summary), view.ManyLines(d.Detail)))
		}
	}
	for _, b := range l.Blocks(p) {
		for _, h := range b.Heads {
			at, ok := places[addr.Of(h.Subject)]
			if !ok {
				continue
			}
			title := h.Line()
			if len(b.Heads) > 1 { // instances of one block, which are on the same lines
				title += fmt.Sprintf(", and %d others alike", len(b.Heads)-1)
			}
			out.WriteString(annotation("notice", &at, title, blockText(b)))
			break
		}
	}
	return out.String()
}

// ruleAt is the place of the policy that a diagnostic comes from, to stand after its message.
func ruleAt(d *schema.Diagnostic) string {
	if d.Rule == nil || d.Rule.Range == nil {
		return ""
	}
	at := d.Rule.Range
	return fmt.Sprintf("\n\n%s: %s:%d", view.OneLine(d.Code), view.OneLine(at.Filename), at.Start.Line)
}

// annotation is one workflow command. It has columns only where the place is on one line, as GitHub wants.
func annotation(kind string, at *schema.Range, title, message string) string {
	var properties []string
	property := func(name, value string) { properties = append(properties, name+"="+gitHubProperty.Replace(value)) }
	if at != nil {
		property("file", spelling.Escape(at.Filename, "", ""))
		property("line", fmt.Sprint(at.Start.Line))
		property("endLine", fmt.Sprint(max(at.Start.Line, at.End.Line)))
		if at.Start.Line == at.End.Line {
			property("col", fmt.Sprint(at.Start.Column))
			property("endColumn", fmt.Sprint(at.End.Column))
		}
	}
	property("title", title)
	return "::" + kind + " " + strings.Join(properties, ",") + "::" +
		gitHubData.Replace(strings.TrimRight(message, "\n")) + "\n"
}

// How GitHub wants the parts of a workflow command spelled.
var (
	gitHubData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	gitHubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
