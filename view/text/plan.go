package text

import (
	"fmt"
	"io"
	"strings"

	"countersign/reconcile/plans"
	"countersign/view"
)

// Plan writes a plan for a person: what others changed, what would be done, what is left alone and why, the warnings,
// the outputs, and the numbers in the last line. The lines that tools parse are Terraform's.
func Plan(w io.Writer, p *plans.Plan, s Settings) error {
	l := view.NamesOf(p)
	actions := actions(l.Blocks(p), s)
	return write(w, drift(l, p, s)+actions+
		Unmanaged(l, p.Unmanaged, s)+Refused(l, p.Refused, s)+HeldBack(l, p.HeldBack, s)+
		diagnosticSection(view.Diagnostics(p), s)+OutputChanges(p.Outputs, actions != "", s)+ending(p, s))
}

// drift is what others changed since Countersign last looked.
func drift(l *view.Names, p *plans.Plan, s Settings) string {
	if len(p.Drift) == 0 {
		return ""
	}
	var out strings.Builder
	out.WriteString(headed(amberBold, "Note:", "Changed outside of Countersign", s) + "\n")
	out.WriteString(Wrapped(view.DriftIntro, s) + "\n")
	for _, b := range l.Edits(p) {
		out.WriteString(blockText(b, s) + "\n")
	}
	if then := view.Consequence(p); then != "" {
		out.WriteString(Wrapped(then, s) + "\n" + strings.Repeat("─", s.width()) + "\n\n")
	}
	return out.String()
}

// legend explains the marks, in this order.
var legend = []struct {
	mark view.Mark
	text string
}{
	{view.Adds, "create"}, {view.Changes, "update in-place"}, {view.Removes, "destroy"},
	{view.Renews, "create replacement and then destroy"}, {view.Forgets, "forget"},
}

// actions are the changes under a legend of the marks they have; "" if there are none.
func actions(list []view.Block, s Settings) string {
	if len(list) == 0 {
		return ""
	}
	used := map[view.Mark]bool{}
	for _, b := range list {
		used[b.Mark] = true
	}
	intro := "Countersign compared the configuration with the drive and made the following plan."
	if len(used) > 1 || !used[view.Same] {
		intro += " Actions are indicated with the following symbols:"
	}
	var out strings.Builder
	out.WriteString(Wrapped(intro, s))
	for _, x := range legend {
		if used[x.mark] {
			fmt.Fprintf(&out, "%s%s %s\n", marginOf(x.mark), s.paint().in(styleOf(x.mark), string(x.mark)), x.text)
		}
	}
	out.WriteString("\nCountersign will perform the following actions:\n\n")
	for _, b := range list {
		out.WriteString(blockText(b, s) + "\n")
	}
	return out.String()
}

// ending is the last line, with what goes before it.
func ending(p *plans.Plan, s Settings) string {
	if p.Empty() {
		headline, why := view.NoChanges(p)
		rest := strings.TrimPrefix(headline, view.Nothing)
		return s.paint().in(greenBold, view.Nothing) + s.paint().in(bold, rest) + "\n\n" + Wrapped(why, s)
	}
	return Remarks(p, s) + s.paint().in(bold, "Plan:") + strings.TrimPrefix(view.PlanLine(p.Counts()), "Plan:") + "\n"
}

// headed is a paragraph whose first word stands out.
func headed(st style, word, rest string, s Settings) string {
	return s.paint().in(st, word) + strings.TrimPrefix(Wrapped(word+" "+rest, s), word)
}

// Remarks are what a reader must know about the numbers of a plan that is not empty.
func Remarks(p *plans.Plan, s Settings) string {
	out := ""
	for _, r := range view.Remarks(p) {
		out += remark(r, s) + "\n"
	}
	return out
}

func remark(r view.Remark, s Settings) string {
	if r.Alarm {
		return painted(redBold, r.Text, s)
	}
	return Wrapped(r.Text, s)
}

// item is one entry of a list, with lines about it below.
func item(head string, below []view.Node, s Settings) string {
	return "  " + strings.Join(view.Wrap(head, s.width()-2), "\n      ") + "\n" + Nodes(below, 1, s)
}

// Wrapped is a paragraph, broken into lines.
func Wrapped(text string, s Settings) string { return painted(plain, text, s) }

// painted is a paragraph in a colour, each of its lines by itself.
func painted(st style, text string, s Settings) string {
	return inLines(st, view.Wrap(text, s.width()), s)
}

// inLines is lines in a colour.
func inLines(st style, lines []string, s Settings) string {
	var out strings.Builder
	for _, line := range lines {
		out.WriteString(s.paint().in(st, line) + "\n")
	}
	return out.String()
}
