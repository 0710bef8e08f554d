package text

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"countersign/policy/simulate"
	"countersign/schema"
	"countersign/view"
)

// Tests writes the results of tests, a line each, and what is wrong with those that failed; with verbose also what was
// decided in each.
func Tests(w io.Writer, tested *view.Tested, verbose bool, s Settings) error {
	var out strings.Builder
	paint := s.paint()
	for i := range tested.Results {
		r := &tested.Results[i]
		verdict := paint.in(green, "pass")
		if len(r.Failures) > 0 {
			verdict = paint.in(redBold, "FAIL")
		}
		fmt.Fprintf(&out, "%s  %s\n", verdict, view.OneLine(r.Test.Name))
		inFailure := slices.ContainsFunc(r.Result.Failures,
			func(f simulate.Failure) bool { return f.Kind == schema.AssertOutcome })
		if verbose && r.Approval != nil && !inFailure {
			t := tested.Templates[r.Test.Template]
			fmt.Fprintf(&out, "      %s: %s\n", r.Test.Template, r.Approval.Outcome)
			for _, line := range tested.Names.Trace(r.Approval, &t) {
				fmt.Fprintf(&out, "      %s\n", view.OneLine(line))
			}
		}
		if len(r.Failures) > 0 {
			out.WriteString("\n" + DiagnosticText(r.Failures, s))
		}
	}
	if tested.Coverage != nil {
		out.WriteString("\n" + testCoverage(tested, s))
	}
	failed := tested.Failed()
	word := paint.in(greenBold, "Success!")
	if failed > 0 {
		word = paint.in(redBold, "Failure!")
	}
	fmt.Fprintf(&out, "\n%s %d passed, %d failed.\n", word, len(tested.Results)-failed, failed)
	return write(w, out.String())
}

// testCoverage is what the tests would notice, and what not.
func testCoverage(t *view.Tested, s Settings) string {
	var out strings.Builder
	var counts []string
	c := t.Coverage
	for _, kind := range simulate.Kinds {
		counts = append(counts, fmt.Sprintf("%d of %d %s", c.Covered[kind], c.All[kind], kind))
	}
	fmt.Fprintf(&out, "Covered: %s.\n", strings.Join(counts, ", "))
	if c.Undecided > 0 {
		fmt.Fprintf(&out, "  of %d it takes too long to find out\n", c.Undecided)
	}
	return out.String() + Nodes(t.Gaps(), 0, s)
}
