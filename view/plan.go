package view

import (
	"fmt"
	"slices"
	"strings"

	"countersign/reconcile/plans"
	"countersign/schema"
)

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

// Remark is a paragraph beside the numbers of a plan. An alarm says that somebody must look at something.
type Remark struct {
	Text  string
	Alarm bool
}

// Remarks are what a reader must know about the numbers of a plan that is not empty.
func Remarks(p *plans.Plan) []Remark {
	only, mode := onlyTargets(p), ""
	if only != "" {
		only += " Whatever else differs is not part of this plan."
	}
	switch {
	case p.Mode == plans.RefreshOnly:
		mode = "This is a refresh-only plan: it takes no action to undo what was edited by hand. " +
			"Apply it to record the live templates in the state without changing anything on the drive."
	case p.Counts() == (plans.Counts{}) && len(p.Outputs) > 0 && len(p.Refused) == 0:
		mode = "You can apply this plan to save these new output values, without changing anything on the drive."
	}
	list := []Remark{{Text: only}, {Text: mode}, VerdictLine(Verdicts(p)), {Text: inFlightLine(p)},
		{Text: ChecksLine(p), Alarm: slices.ContainsFunc(p.Checks, schema.Check.Refuses)}}
	return slices.DeleteFunc(list, func(r Remark) bool { return r.Text == "" })
}

// onlyTargets says what -target narrowed a plan to; "" without it.
func onlyTargets(p *plans.Plan) string {
	if len(p.Targets) == 0 {
		return ""
	}
	return "Only " + OneLine(strings.Join(p.Targets, ", ")) + " was looked at (-target)."
}

// sentences joins those that are not empty.
func sentences(list ...string) string {
	return strings.Join(slices.DeleteFunc(list, func(s string) bool { return s == "" }), " ")
}

// Nothing begins the line about a plan without changes, for people and for tools.
const Nothing = "No changes."

// NoChanges says that there is nothing to do, in Terraform's sentence after Nothing, and why.
func NoChanges(p *plans.Plan) (headline, why string) {
	headline, why = noChanges(p)
	return Nothing + " " + headline, sentences(why, ChecksLine(p))
}

func noChanges(p *plans.Plan) (headline, why string) {
	switch p.Mode {
	case plans.RefreshOnly:
		return "Your infrastructure still matches the configuration.",
			"Countersign read the drive and every template it knows is as it was last applied or refreshed."
	case plans.Destroy:
		if len(p.HeldBack) > 0 {
			break
		}
		return "No objects need to be destroyed.",
			"No template is bound, or those that were bound are gone from the drive already."
	}
	headline = "Your infrastructure matches the configuration."
	why = "The drive is as the configuration declares it: " + compared(p) + " compared, no difference found."
	why = sentences(why, onlyTargets(p))
	if len(p.HeldBack) > 0 {
		headline = "What would be removed is held back."
		why = fmt.Sprintf("Nothing else differs from the configuration. %s held back: without -no-removals this plan "+
			"would not be empty.", CountIs(len(p.HeldBack), "removal"))
	}
	if len(p.Drift) > 0 {
		why += " What was edited by hand stays, for the reasons given with it."
	}
	if len(p.Unmanaged) > 0 {
		why += fmt.Sprintf(" %s in declared scopes %s not managed.", Count(len(p.Unmanaged), "template"),
			Verb(len(p.Unmanaged), "is", "are"))
	}
	return headline, why
}

// compared is what a plan without changes looked at: "2 templates and 1 attachment".
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

// Verb is the form of a word that goes with n.
func Verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
