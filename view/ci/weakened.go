package ci

import (
	"fmt"

	"countersign/policy"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/view"
)

// Weakened are the changes by which somebody can pass a template who could not before, as warnings, each about the step
// that allows it. The caller, who knows the files, finds its line.
func Weakened(p *plans.Plan) schema.Diagnostics {
	l := view.NamesOf(p)
	var out schema.Diagnostics
	find := func(v view.Verdict, attribute string) {
		if v.Alarms() {
			out = append(out, schema.Diagnostic{Severity: schema.Warning, Summary: summaries[v.Result],
				Address: v.Address, Attribute: attribute, Detail: fmt.Sprintf("%s (%s) is %s.", view.Quote(v.Title()),
					view.OneLine(v.Address.String()), l.VerdictText(v))})
		}
	}
	for i := range p.Changes {
		c := &p.Changes[i]
		find(view.VerdictOf(c), weakStep(view.StepsOf(c), func(s plans.StepChange) int { return s.To }))
	}
	if p.Mode == plans.RefreshOnly {
		for i := range p.Drift {
			d := &p.Drift[i]
			find(view.VerdictOfDrift(d), weakStep(d.Steps, func(s plans.StepChange) int { return s.From }))
		}
	}
	return out
}

var summaries = map[policy.Result]string{
	policy.Weaker:       "Weaker approval",
	policy.Incomparable: "Approval weaker for some, stronger for others",
	policy.Undecided:    "Not decided whether the approval is weaker",
}

// weakStep is the attribute of the first step that is weaker by itself, or else of the first that differs; "" where the
// files do not have that step. at is the place of a step in the files.
func weakStep(steps []plans.StepChange, at func(plans.StepChange) int) string {
	where := ""
	for _, s := range steps {
		if s.Same() || s.Before == nil || s.After == nil {
			continue
		}
		before, after := schema.Template{Steps: []schema.Step{*s.Before}},
			schema.Template{Steps: []schema.Step{*s.After}}
		weaker := policy.Compare(policy.Of(before), policy.Of(after)).Opens != nil
		if where != "" && !weaker {
			continue
		}
		attribute := "approvers"
		switch {
		case s.Before.Rule == s.After.Rule && s.Before.MinApprovals == s.After.MinApprovals:
		case s.After.Rule == schema.RuleAtLeast:
			attribute = "min_approvals"
		default:
			attribute = "require"
		}
		where = fmt.Sprintf("step[%d].%s", at(s), attribute)
		if weaker {
			return where
		}
	}
	return where
}
