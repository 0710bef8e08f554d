package view

import (
	"fmt"
	"strings"

	"countersign/reconcile"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/spelling"
)

// GitHubAnnotations are workflow commands, one a line, that GitHub shows beside the lines of the files: an error or a
// warning for each diagnostic, and for each template and attachment whose block is among places (by address) a notice
// of what would be done about it, and a warning of what was edited by hand. p is nil when there is no plan.
func GitHubAnnotations(d schema.Diagnostics, p *reconcile.Plan, places map[addr.Address]schema.Range) string {
	var out strings.Builder
	for i := range d {
		message := manyLines(d[i].Detail)
		if message == "" {
			message = oneLine(d[i].Summary)
		}
		if d[i].Range == nil && !d[i].Address.IsZero() {
			message += "\n\nwith " + oneLine(d[i].Address.String())
		}
		kind := "error"
		if d[i].Severity == schema.Warning {
			kind = "warning"
		}
		out.WriteString(annotation(kind, d[i].Range, oneLine(d[i].Summary), message))
	}
	if p == nil {
		return out.String()
	}
	l := planNaming(p)
	again := recreated(p)
	for i := range p.Drift {
		if at, ok := places[p.Drift[i].Address]; ok {
			b := l.drifted(&p.Drift[i], again[p.Drift[i].Address])
			out.WriteString(annotation("warning", &at, b.heads[0].line()+" outside of Countersign", b.notice()))
		}
	}
	for _, d := range unmanagedFindings(l, p) {
		if at, ok := places[d.Address]; ok {
			out.WriteString(annotation("warning", &at, oneLine(d.Summary), manyLines(d.Detail)))
		}
	}
	for _, b := range append(l.blocks(p.Changes, marked), attachmentBlocks(p.Attachments)...) {
		for _, h := range b.heads {
			at, ok := places[h.address]
			if !ok || h.change != nil && h.change.Deposed {
				continue
			}
			title := h.line()
			if len(b.heads) > 1 { // instances of one block, and so on the same lines
				title += fmt.Sprintf(", and %d others alike", len(b.heads)-1)
			}
			out.WriteString(annotation("notice", &at, title, b.notice()))
			break
		}
	}
	return out.String()
}

// notice is a block below a line that says what becomes of it.
func (b block) notice() string {
	head := strings.TrimSpace(b.title + " " + b.heads[0].where)
	if len(b.heads) > 1 {
		head = b.title
	}
	return head + "\n" + text(b.body, 0, marked)
}

// annotation is one workflow command. Columns are told only where the place is on one line, as GitHub wants it.
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
