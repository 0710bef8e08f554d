package text

import (
	"fmt"
	"io"
	"strings"

	"countersign/policy/simulate"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/view"
)

// Replay writes which past approvals would have ended otherwise by what is declared now, and which could not be
// replayed; then the numbers.
func Replay(w io.Writer, h *simulate.History, cat schema.Catalogue, s Settings) error {
	approvals := make([]schema.Approval, len(h.Replayed))
	for i := range h.Replayed {
		approvals[i] = h.Replayed[i].Approval
	}
	l := approvalNames(approvals, cat)
	var otherwise, not strings.Builder
	var reasons []string
	which := map[string][]string{} // approvals, by the reason why they were not replayed
	for i := range h.Replayed {
		r := &h.Replayed[i]
		if r.Template != nil {
			l.MeetAll(&r.Template.Template)
		}
		switch {
		case r.Otherwise():
			otherwise.WriteString(item(replayedHead(l, r), []view.Node{
				view.Fact("ended", string(r.Was)), view.Fact("here", endsHere(l, r))}, s))
		case r.Obstacle != "":
			reason := obstacle(l, r)
			if which[reason] == nil {
				reasons = append(reasons, reason)
			}
			which[reason] = append(which[reason], fmt.Sprint(r.Approval.ID))
		}
	}
	for _, reason := range reasons {
		ids := which[reason]
		list := strings.Join(ids[:min(len(ids), mostReplayed)], ", ")
		if more := len(ids) - mostReplayed; more > 0 {
			list += fmt.Sprintf(" and %d more", more)
		}
		not.WriteString(item(view.Verb(len(ids), "approval ", "approvals ")+list,
			[]view.Node{{Mark: view.Same, After: reason}}, s))
	}
	text := section("Would have ended otherwise by the templates that are declared here:", otherwise.String(), s) +
		section("Not replayed:", not.String(), s)
	for _, line := range historyNumbers(h) {
		text += Wrapped(line, s)
	}
	return write(w, text)
}

// mostReplayed is how many approvals are named that could not be replayed for one reason.
const mostReplayed = 20

// section is a list under its heading, nothing when it is empty.
func section(heading, list string, s Settings) string {
	if list == "" {
		return ""
	}
	return Wrapped(heading, s) + "\n" + list + "\n"
}

func replayedHead(l *view.Names, r *simulate.Replayed) string {
	a := &r.Approval
	head := fmt.Sprintf("approval %d, %s (%s)", a.ID, titled(l, a), view.OneLine(r.Template.Address.String()))
	if on := raisedOn(a); on != "" {
		head += ", on " + on
	}
	if who := raiser(l, a); who != "" {
		head += ", raised by " + who
	}
	if when := minute(a.Created); when != "" {
		head += ", " + when
	}
	return head
}

// endsHere is how an approval ends by the declared template.
func endsHere(l *view.Names, r *simulate.Replayed) string {
	steps := r.Template.Template.Steps
	step := ""
	if r.Now != schema.OutcomeApproved {
		step = view.StepLabel(r.Step, len(steps), steps[r.Step].Name)
	}
	text := "approved"
	switch {
	case r.Now == schema.OutcomeRefused:
		return fmt.Sprintf("refused in %s by %s", step, l.List(r.Refuse))
	case r.Now == schema.OutcomePending && r.Needs > len(r.Missing):
		text = fmt.Sprintf("%s can never pass", step)
	case r.Now == schema.OutcomePending && r.Needs == len(r.Missing):
		text = fmt.Sprintf("%s waits for %s", step, l.List(r.Missing))
	case r.Now == schema.OutcomePending:
		text = fmt.Sprintf("%s waits for %d more of %s", step, r.Needs, l.List(r.Missing))
	}
	if len(r.Refuse) > 0 {
		text += fmt.Sprintf("; %s refused, which does not end it here", l.List(r.Refuse))
	}
	return text
}

// obstacle is why an approval could not be replayed.
func obstacle(l *view.Names, r *simulate.Replayed) string {
	switch r.Obstacle {
	case simulate.NotDeclared:
		if r.Approval.TemplateID == 0 {
			return "the drive does not name the template"
		}
		if !r.Address.IsZero() {
			return fmt.Sprintf("raised from %s (tid %d), which is no longer declared", view.OneLine(r.Address.String()),
				r.Approval.TemplateID)
		}
		return fmt.Sprintf("raised from tid %d, to which no declared template is bound", r.Approval.TemplateID)
	case simulate.NotKnown:
		return "not all of " + view.OneLine(r.Template.Address.String()) + " is known before apply"
	case simulate.NotDated:
		return "the drive does not give the time when raised"
	case simulate.NotRead:
		return "could not be read: " + view.OneLine(plans.CauseOf(r.Err))
	case simulate.NoSteps:
		return "the drive does not give the steps"
	case simulate.BothWays:
		return l.Called(r.Person) + " agreed in one step and refused in another, and is asked in a third one here"
	case simulate.NoDesignation:
		steps := r.Template.Template.Steps
		return fmt.Sprintf("nobody was designated for %s of %s", view.StepLabel(r.Step, len(steps), steps[r.Step].Name),
			view.OneLine(r.Template.Address.String()))
	}
	return "the decisions do not lead to the outcome by the steps it was raised with"
}

// historyNumbers count what came of the replay.
func historyNumbers(h *simulate.History) []string {
	otherwise, not := 0, 0
	for i := range h.Replayed {
		switch r := &h.Replayed[i]; {
		case r.Obstacle != "":
			not++
		case r.Otherwise():
			otherwise++
		}
	}
	lines := []string{fmt.Sprintf("%s replayed: %d would have ended otherwise.",
		view.Count(len(h.Replayed)-not, "past approval"), otherwise)}
	say := func(n int, text string) {
		if n > 0 {
			lines = append(lines, fmt.Sprintf(text, n))
		}
	}
	say(not, "%d could not be replayed.")
	say(h.Open, "%d "+view.Verb(h.Open, "is", "are")+" still open.")
	if h.Interrupted {
		say(h.Left, "Interrupted: %d more "+view.Verb(h.Left, "was", "were")+" not looked at.")
	} else {
		say(h.Left, "%d older "+view.Verb(h.Left, "one was", "ones were")+" not looked at: -max was reached.")
	}
	return lines
}
