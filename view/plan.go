package view

import (
	"fmt"
	"strings"

	"countersign/reconcile/plans"
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

// NoChanges says that there is nothing to do, in Terraform's sentence, and why.
func NoChanges(p *plans.Plan) (headline, why string) {
	headline, why = noChanges(p)
	return headline, strings.TrimSpace(why + " " + ChecksLine(p))
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
		return "No objects need to be destroyed.", "No template is bound, or those that were bound are gone from the " +
			"drive already."
	}
	headline = "Your infrastructure matches the configuration."
	why = fmt.Sprintf("The drive is as the configuration declares it: %s compared, no difference found.", compared(p))
	if len(p.Targets) > 0 {
		why += " Only " + OneLine(strings.Join(p.Targets, ", ")) + " was looked at (-target)."
	}
	if len(p.HeldBack) > 0 {
		headline = "What would be removed is held back."
		why = fmt.Sprintf(
			"Nothing else differs from the configuration. %s %s held back: without -no-removals this plan would not "+
				"be empty.",
			Count(len(p.HeldBack), "removal"),
			Verb(len(p.HeldBack), "is", "are"),
		)
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

func Verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
