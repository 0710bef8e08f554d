package view

import "countersign/reconcile"

// MarkdownDrift is what was edited by hand as a comment of fewer than limit characters (0: 65,536), made as Markdown
// makes one of a plan: the numbers, and a folded block for each template, from what was recorded to what is live.
func MarkdownDrift(p *reconcile.Plan, limit int) string {
	if limit <= 0 {
		limit = commentLimit
	}
	l := NamesOf(p)
	line, about := driftNumbers(p)
	c := comment{about: OfDrift, room: limit - 1, first: OfDrift.mark() + "## " + line + "\n\n" +
		fenced("text", wrapped(about, ForReports)) + "\n"}
	warnings := unsaid(p)
	c.section("", "Warnings", len(warnings), "warning", diagnostics(warnings, ForReports))
	c.drift("### Changed outside of Countersign\n\n"+driftIntro+"\n\n", l, p)
	c.section(
		"### Declared by nobody\n\n",
		"Unmanaged",
		len(p.Unmanaged),
		"template",
		l.unmanaged(p.Unmanaged, ForReports),
	)
	return c.text()
}

// drift adds a block for each template that was edited by hand.
func (c *comment) drift(under string, l *Names, p *reconcile.Plan) {
	c.blocks(under, "were edited outside of Countersign", l, l.Edits(p))
}
