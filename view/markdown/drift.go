package markdown

import (
	"countersign/reconcile/plans"
	"countersign/view"
	"countersign/view/text"
)

// Drift is what was edited by hand as a comment of fewer than limit characters (0: 65,536), made as Plan makes one
// of a plan: the numbers, and a folded block for each template, from what was recorded to what is live.
func Drift(p *plans.Plan, limit int) string {
	if limit <= 0 {
		limit = commentLimit
	}
	l := view.NamesOf(p)
	line, about := view.DriftNumbers(p)
	c := comment{about: view.OfDrift, room: limit - 1, first: marker(view.OfDrift) + "## " + line + "\n\n" +
		fenced("text", text.Wrapped(about, text.ForReports)) + "\n"}
	errors, warnings := view.Told(p)
	c.section("", view.ErrorsTitle, len(errors), "failure", text.DiagnosticText(errors, text.ForReports))
	c.section("", "Warnings", len(warnings), "warning", text.DiagnosticText(warnings, text.ForReports))
	c.drift("### Changed outside of Countersign\n\n"+view.DriftIntro+"\n\n", l, p)
	c.section(
		"### Declared by nobody\n\n",
		"Unmanaged",
		len(p.Unmanaged),
		"template",
		text.Unmanaged(l, p.Unmanaged, text.ForReports),
	)
	return c.text()
}

// drift adds a block for each template that was edited by hand.
func (c *comment) drift(under string, l *view.Names, p *plans.Plan) {
	c.blocks(under, "were edited outside of Countersign", l, l.Edits(p))
}
