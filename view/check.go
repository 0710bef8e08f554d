package view

import (
	"fmt"
	"slices"
	"strings"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
)

// Diagnostics are a plan's warnings and the policies that refuse it. Those about a template that the plan shows as
// refused are left out: they would say it again.
func Diagnostics(p *plans.Plan) schema.Diagnostics {
	refused := map[addr.Address]bool{}
	for i := range p.Refused {
		if c := &p.Refused[i]; Unbound(c) {
			refused[c.Address] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(p.Warnings), func(d schema.Diagnostic) bool {
		return refused[d.Address] && d.Summary == plans.TitleTaken
	})
}

// ErrorsAndWarnings are Diagnostics, apart.
func ErrorsAndWarnings(p *plans.Plan) (errors, warnings schema.Diagnostics) {
	for _, d := range Diagnostics(p) {
		if d.Severity == schema.Error {
			errors = append(errors, d)
		} else {
			warnings = append(warnings, d)
		}
	}
	return errors, warnings
}

// ErrorsTitle is the heading of a plan's errors.
const ErrorsTitle = "Policies that fail"

// ChecksLine counts policies by their results: "Policies: 3 hold, 1 fails." It is "" only where there are none, so that
// a reader sees whether any were checked.
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
