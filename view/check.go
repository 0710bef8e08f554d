package view

import (
	"fmt"
	"slices"
	"strings"

	"countersign/reconcile/plans"
	"countersign/schema"
)

// Told are what there is to tell besides the changes: policies that refuse the plan, and warnings, each where no part of
// the plan says it already.
func Told(p *plans.Plan) (errors, warnings schema.Diagnostics) {
	for _, d := range Unsaid(p) {
		if d.Severity == schema.Error {
			errors = append(errors, d)
		} else {
			warnings = append(warnings, d)
		}
	}
	return errors, warnings
}

// ErrorsTitle heads the first of these where each has a part of its own.
const ErrorsTitle = "Policies that fail"

// ChecksLine counts policies by what became of them: "Policies: 3 hold, 1 fails." It is "" where there are none, so that
// a plan shows whether any were held against it.
func ChecksLine(p *plans.Plan) string {
	count := map[string]int{}
	for _, c := range p.Checks {
		switch status := c.Status(); {
		case status == schema.CheckPass:
			count["hold"]++
		case !c.Refuses():
			count["warn"]++
		case status == schema.CheckError:
			count["cannot be evaluated"]++
		default:
			count["fail"]++
		}
	}
	var parts []string
	for _, word := range []string{"hold", "warn", "fail", "cannot be evaluated"} {
		if n := count[word]; n > 0 {
			if n == 1 && !strings.Contains(word, " ") {
				word += "s"
			}
			parts = append(parts, fmt.Sprintf("%d %s", n, word))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	line := "Policies: " + strings.Join(parts, ", ") + "."
	if p.Mode != plans.RefreshOnly && slices.ContainsFunc(p.Checks, schema.Check.Refuses) {
		line += " This plan is refused."
	}
	return line
}
