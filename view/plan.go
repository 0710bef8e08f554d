package view

import (
	"fmt"
	"io"
	"strings"

	"countersign/reconcile/plans"
)

// Plan writes a plan for a person: what was changed by others, what would be done, what is left alone and why, the
// warnings, the outputs, and the numbers in the last line. The lines that tools parse are Terraform's.
func Plan(w io.Writer, p *plans.Plan, s Settings) error {
	l := NamesOf(p)
	var out strings.Builder
	out.WriteString(l.drift(p, s))
	actions := l.actions(p, s)
	out.WriteString(actions)
	out.WriteString(l.Unmanaged(p.Unmanaged, s))
	out.WriteString(l.Refused(p.Refused, s))
	out.WriteString(l.HeldBack(p.HeldBack, s))
	out.WriteString(DiagnosticText(Unsaid(p), s))
	out.WriteString(OutputChanges(p.Outputs, actions != "", s))
	out.WriteString(ending(p, s))
	return write(w, out.String())
}

// actions are the changes under the sentence that says so, or nothing.
func (l *Names) actions(p *plans.Plan, s Settings) string {
	list := l.Blocks(p, s)
	if len(list) == 0 {
		return ""
	}
	paint := s.paint()
	var out strings.Builder
	used := map[Mark]bool{}
	for _, b := range list {
		used[b.Mark] = true
	}
	intro := "Countersign compared the configuration with the drive and made the following plan."
	if len(used) > 1 || !used[Same] {
		intro += " Actions are indicated with the following symbols:"
	}
	out.WriteString(Wrapped(intro, s))
	for _, legend := range []struct {
		mark Mark
		text string
	}{
		{Adds, "create"}, {Changes, "update in-place"}, {Removes, "destroy"}, {Renews,
			"create replacement and then destroy"}, {Forgets, "forget"},
	} {
		if used[legend.mark] {
			fmt.Fprintf(&out, "%s%s %s\n", legend.mark.margin(), paint.in(legend.mark.style(), string(legend.mark)),
				legend.text)
		}
	}
	out.WriteString("\nCountersign will perform the following actions:\n\n")
	for _, b := range list {
		out.WriteString(b.text(s) + "\n")
	}
	return out.String()
}

// ending is the last line, with what goes before it when there is nothing or little to do.
func ending(p *plans.Plan, s Settings) string {
	paint := s.paint()
	if p.Empty() {
		headline, why := NoChanges(p)
		return paint.in(greenBold, "No changes.") + paint.in(bold, " "+headline) + "\n\n" + Wrapped(why, s)
	}
	return Remarks(p, s) + paint.in(bold, "Plan:") + strings.TrimPrefix(PlanLine(p.Counts()), "Plan:") + "\n"
}

// Remarks are what must be known to read the numbers of a plan that is not empty.
func Remarks(p *plans.Plan, s Settings) string {
	out := ""
	if len(p.Targets) > 0 {
		out = Wrapped("Only "+OneLine(strings.Join(p.Targets, ", "))+
			" was looked at (-target). Whatever else differs is not part of this plan.", s) + "\n"
	}
	switch {
	case p.Mode == plans.RefreshOnly:
		out += Wrapped(
			"This is a refresh-only plan: it takes no action to undo what was edited by hand. Apply it to record the live templates in the state without changing anything on the drive.",
			s,
		) + "\n"
	case p.Counts() == (plans.Counts{}) && len(p.Outputs) > 0:
		out += Wrapped(
			"You can apply this plan to save these new output values, without changing anything on the drive.",
			s,
		) + "\n"
	}
	if line := VerdictLine(Verdicts(p)); line != "" {
		out += Wrapped(line, s) + "\n"
	}
	return out
}

// PlanLine is the line that every tool looks for.
func PlanLine(n plans.Counts) string {
	line := "Plan: "
	if n.Import > 0 {
		line += fmt.Sprintf("%d to import, ", n.Import)
	}
	line += fmt.Sprintf("%d to add, %d to change, %d to destroy", n.Add, n.Change, n.Destroy)
	if n.Forget > 0 {
		line += fmt.Sprintf(", %d to forget", n.Forget)
	}
	return line + "."
}

// NoChanges says that there is nothing to do, in Terraform's sentence, and why.
func NoChanges(p *plans.Plan) (headline, why string) {
	switch p.Mode {
	case plans.RefreshOnly:
		return "Your infrastructure still matches the configuration.",
			"Countersign read the drive and every template it knows is as it was last applied or refreshed."
	case plans.Destroy:
		if len(p.HeldBack) > 0 {
			break
		}
		return "No objects need to be destroyed.", "No template is bound, or those that were bound are gone from the drive already."
	}
	headline = "Your infrastructure matches the configuration."
	why = fmt.Sprintf("The drive is as the configuration declares it: %s compared, no difference found.", compared(p))
	if len(p.Targets) > 0 {
		why += " Only " + OneLine(strings.Join(p.Targets, ", ")) + " was looked at (-target)."
	}
	if len(p.HeldBack) > 0 {
		headline = "What would be removed is held back."
		why = fmt.Sprintf(
			"Nothing else differs from the configuration. %s %s held back: without -no-removals this plan would not be empty.",
			Count(len(p.HeldBack), "removal"),
			verb(len(p.HeldBack), "is", "are"),
		)
	}
	if len(p.Drift) > 0 {
		why += " What was edited by hand stays, for the reasons given with it."
	}
	if len(p.Unmanaged) > 0 {
		why += fmt.Sprintf(" %s in declared scopes %s not managed.", Count(len(p.Unmanaged), "template"),
			verb(len(p.Unmanaged), "is", "are"))
	}
	return headline, why
}

// compared says what a plan without changes looked at: "2 templates and 1 attachment".
func compared(p *plans.Plan) string {
	templates, attachments := Count(len(p.Changes), "template"), Count(len(p.Attachments), "attachment")
	switch {
	case len(p.Attachments) == 0:
		return templates
	case len(p.Changes) == 0:
		return attachments
	}
	return templates + " and " + attachments
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// headed is a paragraph whose first word stands out.
func headed(st style, word, rest string, s Settings) string {
	return s.paint().in(st, word) + strings.TrimPrefix(Wrapped(word+" "+rest, s), word)
}

// item is one entry of a list, with what is said of it below.
func item(head string, below []Node, s Settings) string {
	return "  " + strings.Join(Wrap(head, s.width()-2), "\n      ") + "\n" + Text(below, 1, s)
}

// Wrapped is a paragraph of our own words, ended.
func Wrapped(text string, s Settings) string {
	return strings.Join(Wrap(text, s.width()), "\n") + "\n"
}
