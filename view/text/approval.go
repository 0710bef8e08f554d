package text

import (
	"fmt"
	"io"
	"strings"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/view"
)

// sign stands before a step, or before one approver's part in it.
type sign string

const (
	passed  sign = "✓"
	refused sign = "✗"
	turn    sign = "▸" // waiting for it
	idle    sign = "◦" // not yet, or not needed
)

func (s sign) style() style {
	switch s {
	case passed:
		return green
	case refused:
		return red
	case turn:
		return yellow
	}
	return dim
}

// Approval writes one approval: its status, what was asked for, and its steps: which passed, who must decide now, and
// who decided what and when. bound are the addresses that the state binds templates to, by tid.
func Approval(w io.Writer, a schema.Approval, bound map[int64]addr.Address, cat schema.Catalogue, s Settings) error {
	l := approvalNames([]schema.Approval{a}, cat)
	out := picture{s: s}
	out.WriteString(approvalHead(l, &a, s))
	if facts := approvalFacts(l, &a, bound[a.TemplateID]); len(facts) > 0 {
		out.WriteString("\n" + Nodes(facts, 0, s))
	}
	if len(a.Steps) > 0 {
		out.WriteString("\n")
	}
	for i := range a.Steps {
		out.step(l, &a, i)
	}
	return write(w, out.String())
}

// approvalHead is the first line: which approval it is, and its status.
func approvalHead(l *view.Names, a *schema.Approval, s Settings) string {
	head := fmt.Sprintf("Approval %d, %s:", a.ID, view.Quote(a.Title))
	how := statusWord(a.Status)
	if a.Ended != 0 {
		how += " " + view.Moment(a.Ended)
	}
	if at := a.Current(); at >= 0 {
		how += fmt.Sprintf(", step %d of %d", at+1, len(a.Steps))
		if who := awaited(l, &a.Steps[at]); who != "" {
			how += " waits for " + who
		}
	}
	lines := view.Wrap(head+" "+how, s.width())
	paint := s.paint()
	if len(lines) == 1 {
		return paint.in(bold, head) + " " + paint.in(statusStyle(a.Status), how) + "\n"
	}
	return strings.Join(lines, "\n") + "\n"
}

// approvalFacts are what was asked for, by whom, and who gets which access.
func approvalFacts(l *view.Names, a *schema.Approval, template addr.Address) []view.Node {
	var out []view.Node
	fact := func(label, value string) {
		if value != "" {
			out = append(out, view.Fact(label, value))
		}
	}
	if a.Status == schema.ApprovalFailed {
		failure := "approved, but the drive could not do it"
		if a.Failure != "" {
			failure += ": " + view.Quote(a.Failure)
		}
		fact("outcome", failure)
	}
	on := raisedOn(a)
	if a.Path != "" && a.FileID != 0 {
		on += fmt.Sprintf(" (id %d)", a.FileID)
	}
	fact("on", on)
	by := raiser(l, a)
	if a.Created != 0 {
		by = strings.TrimPrefix(by+", "+view.Moment(a.Created), ", ")
	}
	fact("raised by", by)
	if a.Note != "" {
		fact("note", view.Quote(a.Note))
	}
	if a.ApprovalType != "" {
		fact("approval type", l.ApprovalType(a.ApprovalType))
	}
	if a.TemplateID != 0 {
		called := fmt.Sprintf("tid %d", a.TemplateID)
		if !template.IsZero() {
			called = fmt.Sprintf("%s (%s)", view.OneLine(template.String()), called)
		}
		fact("template", called)
	}
	if a.Description != "" {
		fact("description", view.Quote(a.Description))
	}
	if a.Days > 0 {
		fact("access for", view.Count(a.Days, "day"))
	}
	if a.Attachment != nil {
		fact("attachment", attached(a.Attachment))
	}
	if view.Access(a.ApproverAccess) != "none" {
		fact("approver access", view.Access(a.ApproverAccess))
	}
	if len(a.CC) > 0 {
		fact("cc", l.List(a.CC))
		if view.Access(a.CCAccess) != "none" {
			fact("cc access", view.Access(a.CCAccess))
		}
	}
	return out
}

// attached is the attachment of an approval: `"合同.docx", 1.2 MB (id 311)`; a list has only the id.
func attached(i *schema.AttachmentInfo) string {
	switch {
	case i.Multiple:
		return fmt.Sprintf("%s, %s (id %d)", view.Count(i.Files, "file"), view.Size(i.Size), i.ID)
	case i.Name != "":
		return fmt.Sprintf("%s, %s (id %d)", view.Quote(i.Name), view.Size(i.Size), i.ID)
	}
	return fmt.Sprintf("id %d", i.ID)
}

// picture is the steps of an approval, one below the other, with a line that leads from each to the next.
type picture struct {
	strings.Builder
	s Settings
}

// entry is a sign with words after it; lines after the first begin below the words.
func (p *picture) entry(lead, below string, mark sign, words string) {
	for i, line := range view.Wrap(words, p.s.width()-view.Width(lead)-2) {
		start := lead + p.s.paint().in(mark.style(), string(mark)) + " "
		if i > 0 {
			start = view.Pad(below, view.Width(lead)+2)
		}
		p.WriteString(strings.TrimRight(start+line, " ") + "\n")
	}
}

// step is one step with the decision of everybody in it.
func (p *picture) step(l *view.Names, a *schema.Approval, at int) {
	step := &a.Steps[at]
	mark, state := stepState(a, at)
	head := view.StepLabel(at, len(a.Steps), step.Name) + ": " + whoDecides(l, step)
	if state != "" {
		head += " (" + state + ")"
	}
	rail, last := "  │", at == len(a.Steps)-1
	if last {
		rail = ""
	}
	p.entry("  ", rail, mark, head)
	widest := 0
	for _, part := range step.Parts {
		widest = max(widest, min(view.Width(l.Called(part.Person)), narrowest))
	}
	for i := range step.Parts {
		part := &step.Parts[i]
		mark, words := partState(step, part, at == a.Current())
		p.entry(view.Pad(rail, 6), rail, mark, view.Pad(l.Called(part.Person), widest)+"  "+words)
	}
	if !last {
		p.WriteString(rail + "\n")
	}
}

// stepState is how far a step got.
func stepState(a *schema.Approval, at int) (sign, string) {
	switch a.Steps[at].Status {
	case schema.ApprovalApproved:
		return passed, "passed"
	case schema.ApprovalRefused, schema.ApprovalFailed:
		return refused, "refused"
	case schema.ApprovalPending:
		if at == a.Current() {
			return turn, "its turn"
		}
		if a.Status == schema.ApprovalPending {
			return idle, "not reached yet"
		}
		return idle, "not reached"
	}
	return idle, "" // not known from a list
}

// partState is what an approver decided and when, or why nothing.
func partState(s *schema.ApprovalStep, p *schema.ApprovalPart, current bool) (sign, string) {
	switch p.Decision {
	case schema.DecisionAgreed:
		return passed, decided("agreed ", p)
	case schema.DecisionRefused:
		return refused, decided("refused", p)
	case schema.DecisionPending:
		switch {
		case s.Rule == schema.RuleDesignated && s.Designated != 0 && s.Designated != p.Person.ID:
			return idle, "is not the one designated"
		case current:
			return turn, "has not decided yet"
		case s.Status != schema.ApprovalPending:
			return idle, "was not needed"
		}
	}
	return idle, ""
}

// decided is a decision with its time and note.
func decided(what string, p *schema.ApprovalPart) string {
	if p.Decided != 0 {
		what += "  " + view.Moment(p.Decided)
	}
	if p.Note != "" {
		what += "  " + view.Quote(p.Note)
	}
	return what
}

// whoDecides is the rule of a step. The people are listed below it.
func whoDecides(l *view.Names, s *schema.ApprovalStep) string {
	who := fmt.Sprintf("these %d", len(s.Parts))
	if len(s.Parts) == 1 {
		who = l.Called(s.Parts[0].Person)
	}
	switch {
	case s.Parts == nil:
		return "the drive does not say who decides it"
	case s.Rule == "":
		return who
	case s.Rule == schema.RuleDesignated && s.Designated != 0:
		return l.Called(schema.Person{ID: s.Designated}) + ", whom the person raising it designated"
	}
	return view.RuleOf(schema.Step{Rule: s.Rule, MinApprovals: s.MinApprovals}, who)
}
