package text

import (
	"fmt"
	"io"
	"strings"

	"countersign/reconcile/plans"
	"countersign/view"
)

// drift tells apart what others changed since Countersign last looked: recorded → live.
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
	if p.Mode == plans.Normal {
		out.WriteString(Wrapped(view.Consequence(p), s) + "\n")
		out.WriteString(strings.Repeat("─", s.width()) + "\n\n")
	}
	return out.String()
}

// Plan writes a plan for a person: what was changed by others, what would be done, what is left alone and why, the
// warnings, the outputs, and the numbers in the last line. The lines that tools parse are Terraform's.
func Plan(w io.Writer, p *plans.Plan, s Settings) error {
	l := view.NamesOf(p)
	var out strings.Builder
	out.WriteString(drift(l, p, s))
	actions := actions(l, p, s)
	out.WriteString(actions)
	out.WriteString(Unmanaged(l, p.Unmanaged, s))
	out.WriteString(Refused(l, p.Refused, s))
	out.WriteString(HeldBack(l, p.HeldBack, s))
	out.WriteString(DiagnosticText(view.Unsaid(p), s))
	out.WriteString(OutputChanges(p.Outputs, actions != "", s))
	out.WriteString(ending(p, s))
	return write(w, out.String())
}

// actions are the changes under the sentence that says so, or nothing.
func actions(l *view.Names, p *plans.Plan, s Settings) string {
	list := l.Blocks(p)
	if len(list) == 0 {
		return ""
	}
	paint := s.paint()
	var out strings.Builder
	used := map[view.Mark]bool{}
	for _, b := range list {
		used[b.Mark] = true
	}
	intro := "Countersign compared the configuration with the drive and made the following plan."
	if len(used) > 1 || !used[view.Same] {
		intro += " Actions are indicated with the following symbols:"
	}
	out.WriteString(Wrapped(intro, s))
	for _, legend := range []struct {
		mark view.Mark
		text string
	}{
		{view.Adds, "create"}, {view.Changes, "update in-place"}, {view.Removes, "destroy"}, {view.Renews,
			"create replacement and then destroy"}, {view.Forgets, "forget"},
	} {
		if used[legend.mark] {
			fmt.Fprintf(&out, "%s%s %s\n", marginOf(legend.mark), paint.in(styleOf(legend.mark), string(legend.mark)),
				legend.text)
		}
	}
	out.WriteString("\nCountersign will perform the following actions:\n\n")
	for _, b := range list {
		out.WriteString(blockText(b, s) + "\n")
	}
	return out.String()
}

// ending is the last line, with what goes before it when there is nothing or little to do.
func ending(p *plans.Plan, s Settings) string {
	paint := s.paint()
	if p.Empty() {
		headline, why := view.NoChanges(p)
		return paint.in(greenBold, "No changes.") + paint.in(bold, " "+headline) + "\n\n" + Wrapped(why, s)
	}
	return Remarks(p, s) + paint.in(bold, "Plan:") + strings.TrimPrefix(view.PlanLine(p.Counts()), "Plan:") + "\n"
}

// Remarks are what must be known to read the numbers of a plan that is not empty.
func Remarks(p *plans.Plan, s Settings) string {
	out := ""
	if len(p.Targets) > 0 {
		out = Wrapped("Only "+view.OneLine(strings.Join(p.Targets, ", "))+
			" was looked at (-target). Whatever else differs is not part of this plan.", s) + "\n"
	}
	switch {
	case p.Mode == plans.RefreshOnly:
		out += Wrapped(
			"This is a refresh-only plan: it takes no action to undo what was edited by hand. Apply it to record the "+
				"live templates in the state without changing anything on the drive.",
			s,
		) + "\n"
	case p.Counts() == (plans.Counts{}) && len(p.Outputs) > 0:
		out += Wrapped(
			"You can apply this plan to save these new output values, without changing anything on the drive.",
			s,
		) + "\n"
	}
	for _, line := range []string{view.VerdictLine(view.Verdicts(p)), view.InFlightLine(p), view.ChecksLine(p)} {
		if line != "" {
			out += Wrapped(line, s) + "\n"
		}
	}
	return out
}

// headed is a paragraph whose first word stands out.
func headed(st style, word, rest string, s Settings) string {
	return s.paint().in(st, word) + strings.TrimPrefix(Wrapped(word+" "+rest, s), word)
}

// item is one entry of a list, with what is said of it below.
func item(head string, below []view.Node, s Settings) string {
	return "  " + strings.Join(view.Wrap(head, s.width()-2), "\n      ") + "\n" + Nodes(below, 1, s)
}

// Wrapped is a paragraph of our own words, ended.
func Wrapped(text string, s Settings) string {
	return strings.Join(view.Wrap(text, s.width()), "\n") + "\n"
}
