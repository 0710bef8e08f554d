// Package markdown writes a plan, what was edited by hand, or why there is no plan as a comment on a pull or merge
// request. It knows how much a comment holds, and sends nothing.
package markdown

import (
	"cmp"
	"fmt"
	"html"
	"slices"
	"strings"
	"unicode/utf16"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/view"
	"countersign/view/mermaid"
	"countersign/view/text"
)

// commentLimit is how many characters a comment on GitHub may not reach; GitLab takes more.
const commentLimit = 65536

// marker begins each comment, unseen, so that a pipeline finds the one that it replaces.
func marker(s view.Subject) string { return "<!-- countersign " + string(s) + " -->\n" }

// Plan is a plan as a comment on a pull or merge request, of fewer than limit characters (0: 65,536, as on GitHub): the
// numbers, refusals and warnings, a folded block for each template and attachment with a Mermaid picture of its steps
// before and after, then what was edited by hand and what nobody declared. What does not fit is left out by whole
// templates and lists, and a line says so; the numbers and that line are there however small the limit is.
//
// Text from the drive and the files is only where neither Markdown nor HTML is read from it: in code that its own
// backticks cannot end, in HTML's code element with everything escaped, and in labels spelled in Mermaid's entities.
func Plan(p *plans.Plan, limit int) string {
	l := view.NamesOf(p)
	line, remarks := view.PlanLine(p.Counts()), text.Remarks(p, text.ForReports)
	if p.Empty() {
		line, remarks = view.NoChanges(p)
		remarks = text.Wrapped(remarks, text.ForReports)
	}
	c := newComment(view.OfPlan, limit, line, remarks)
	c.section("", "Refused", len(p.Refused), "template", text.Refused(l, p.Refused, text.ForReports))
	c.diagnostics(p)
	c.blocks("### Actions\n\n", "", l, l.Blocks(p))
	c.drift(strings.TrimSpace(view.DriftIntro+" "+view.Consequence(p)), l, p)
	const alone = "### Left alone\n\n"
	c.section(alone, "Unmanaged", len(p.Unmanaged), "template", text.Unmanaged(l, p.Unmanaged, text.ForReports))
	c.section(alone, "Held back", len(p.HeldBack), "template", text.HeldBack(l, p.HeldBack, text.ForReports))
	c.section("### Besides\n\n", "Outputs", len(p.Outputs), "change",
		text.OutputChanges(p.Outputs, false, text.ForReports))
	return c.text()
}

// Drift is what was edited by hand as a comment: the numbers, and a folded block for each template, from what was
// recorded to what is live.
func Drift(p *plans.Plan, limit int) string {
	l := view.NamesOf(p)
	line, about := view.DriftNumbers(p)
	c := newComment(view.OfDrift, limit, line, text.Wrapped(about, text.ForReports))
	c.diagnostics(p)
	c.drift(view.DriftIntro, l, p)
	c.section("### Declared by nobody\n\n", "Unmanaged", len(p.Unmanaged), "template",
		text.Unmanaged(l, p.Unmanaged, text.ForReports))
	return c.text()
}

// Failure is the comment in place of Plan or Drift when there is no plan: why.
func Failure(about view.Subject, d schema.Diagnostics, limit int) string {
	c := newComment(about, limit, about.Failed(), "")
	for i := range d {
		c.pieces = append(c.pieces, piece{n: 1, kind: "errors and warnings",
			text: fenced("text", text.DiagnosticText(d[i:i+1], text.ForReports)) + "\n"})
	}
	return c.text()
}

// piece is a part of a comment that is in it as a whole or not at all.
type piece struct {
	heading string // of a section; shown before the first piece of it that is in
	n       int    // how many things it is about,
	kind    string // and the words after that number when it is left out: "that will be created"
	text    string
	list    bool // about a list, not a template
}

// comment is a comment before it is known what fits.
type comment struct {
	about  view.Subject
	room   int // characters
	first  string
	pieces []piece
}

// newComment begins with the numbers and the remarks about them.
func newComment(about view.Subject, limit int, headline, remarks string) *comment {
	if limit <= 0 {
		limit = commentLimit
	}
	c := &comment{about: about, room: limit - 1, first: marker(about) + "## " + headline + "\n\n"}
	if remarks != "" {
		c.first += fenced("text", remarks) + "\n"
	}
	return c
}

// diagnostics adds a plan's errors and warnings.
func (c *comment) diagnostics(p *plans.Plan) {
	errors, warnings := view.ErrorsAndWarnings(p)
	c.section("", view.ErrorsTitle, len(errors), "failure", text.DiagnosticText(errors, text.ForReports))
	c.section("", "Warnings", len(warnings), "warning", text.DiagnosticText(warnings, text.ForReports))
}

// drift adds a block for each template that was edited by hand.
func (c *comment) drift(intro string, l *view.Names, p *plans.Plan) {
	c.blocks("### Changed outside of Countersign\n\n"+intro+"\n\n", "were edited outside of Countersign", l, l.Edits(p))
}

// section adds a list of n things.
func (c *comment) section(heading, title string, n int, noun, text string) {
	if text != "" {
		text = details(false, "<b>"+title+"</b>: "+view.Count(n, noun), fenced("text", text))
		c.pieces = append(c.pieces, piece{heading: heading, n: n, kind: fmt.Sprintf("under %q", title), text: text,
			list: true})
	}
}

// blocks adds a folded block for each change, or for several that do the same to the same steps. outcome is what
// happens to all of them; where it is "", each block says it.
func (c *comment) blocks(under, outcome string, l *view.Names, list []view.Block) {
	alarms := 0
	for _, b := range list {
		if b.Alarm() != "" {
			alarms++
		}
	}
	for _, b := range list {
		kind := "that " + cmp.Or(outcome, b.Heads[0].Outcome)
		heads := map[string][]view.Heading{}
		var flows []string
		for _, h := range b.Heads {
			flow := ""
			if h.Change != nil {
				flow = mermaid.Flow(l, h.Change)
			}
			if heads[flow] == nil {
				flows = append(flows, flow)
			}
			heads[flow] = append(heads[flow], h)
		}
		for _, flow := range flows {
			part := b
			part.Heads = heads[flow]
			c.pieces = append(c.pieces, piece{heading: under, n: len(part.Heads), kind: kind,
				text: folded(part, flow, alarms <= view.Few)})
		}
	}
}

// folded is a block below a line that opens it; one with an alarm can be open from the start.
func folded(b view.Block, flow string, open bool) string {
	h := b.Heads[0]
	title := sign(b.Mark) + " " + htmlCode(h.Subject) + " " + html.EscapeString(h.Outcome)
	if len(b.Heads) > 1 {
		title += fmt.Sprintf(", and %d others alike", len(b.Heads)-1)
	}
	if word := b.Alarm(); word != "" {
		title += ": <b>" + word + "</b>"
	}
	body := fenced("diff", diffed(b))
	if flow != "" {
		body += "\n" + fenced("mermaid", flow)
	}
	return details(open && b.Alarm() != "", title+"<br>"+htmlCode(strings.TrimSpace(b.Title+" "+h.Where)), body)
}

// sign is a mark as a coloured dot.
func sign(m view.Mark) string {
	switch m {
	case view.Adds:
		return "🟢"
	case view.Removes, view.Forgets:
		return "🔴"
	case view.Changes, view.Renews:
		return "🟡"
	}
	return "⚪"
}

// diffed is a block's text with the marks at the beginning of lines, so that highlighters colour it as a diff.
func diffed(b view.Block) string {
	var out strings.Builder
	nodes := b.Nodes()
	for i, h := range b.Heads {
		if len(b.Heads) > 1 {
			out.WriteString("# " + h.Line() + ": " + h.Where + "\n")
		}
		for _, n := range h.Notes {
			out.WriteString("# (" + n + ")\n")
		}
		if i == len(b.Heads)-1 && out.Len() > 0 && len(nodes) > 0 {
			out.WriteString("\n")
		}
	}
	text.LayOut(nodes, 0, text.ForReports, func(n view.Node, lines string) {
		sign := string(n.Mark)
		if n.Mark == view.Changes {
			sign = "!"
		}
		for i, line := range strings.Split(strings.TrimSuffix(lines, "\n"), "\n") {
			if i == 0 {
				line = strings.Replace(line, string(n.Mark), strings.Repeat(" ", len(n.Mark)), 1)
			}
			out.WriteString(strings.TrimRight(sign[:1]+strings.TrimPrefix(line, " "), " ") + "\n")
		}
	})
	return out.String()
}

// details is a body that is shown when its summary, HTML on one line, is clicked; where open, it is shown at once.
func details(open bool, summary, body string) string {
	tag := "<details>"
	if open {
		tag = "<details open>"
	}
	return tag + "<summary>" + summary + "</summary>\n\n" + body + "\n</details>\n\n"
}

// htmlCode is text in which neither HTML nor the code host (mentions, references) reads anything.
func htmlCode(s string) string { return "<code>" + html.EscapeString(view.OneLine(s)) + "</code>" }

// fenced is text as a block of code, between fences longer than any run of backticks in it.
func fenced(language, text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + language + "\n" + strings.TrimRight(text, "\n") + "\n" + fence + "\n"
}

// characters counts in UTF-16, which is the largest count that a host may use.
func characters(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// text is what fits. Short sections get their place first, so that a thousand creates do not displace a refusal; then
// the templates in their order, then longer sections.
func (c *comment) text() string {
	sizes := make([]int, len(c.pieces))
	order := make([]int, len(c.pieces))
	for i, p := range c.pieces {
		sizes[i], order[i] = characters(p.text), i
	}
	rank := func(i int) int {
		switch {
		case !c.pieces[i].list:
			return 1
		case sizes[i] <= c.room/8:
			return 0
		}
		return 2
	}
	slices.SortStableFunc(order, func(a, b int) int { return rank(a) - rank(b) })
	in := make([]bool, len(c.pieces))
	fits := func(room int) bool {
		under := map[string]bool{"": true}
		room -= characters(c.first)
		all := true
		for _, i := range order {
			need := sizes[i]
			if h := c.pieces[i].heading; !under[h] {
				need += characters(h)
			}
			if in[i] = need <= room; !in[i] {
				all = false
				continue
			}
			room -= need
			under[c.pieces[i].heading] = true
		}
		return all
	}
	if !fits(c.room) {
		// The line about what is left out is longest when everything is.
		fits(c.room - characters(c.missing(make([]bool, len(c.pieces)))))
	}
	var out strings.Builder
	out.WriteString(c.first)
	out.WriteString(c.missing(in))
	heading := ""
	for i, p := range c.pieces {
		if !in[i] {
			continue
		}
		if p.heading != heading {
			heading = p.heading
			out.WriteString(heading)
		}
		out.WriteString(p.text)
	}
	return strings.TrimRight(out.String(), "\n") + "\n"
}

const leftOut = "**Left out, because a comment holds no more:**"

// missing says what is left out, or nothing.
func (c *comment) missing(in []bool) string {
	var kinds []string
	number := map[string]int{}
	for i, p := range c.pieces {
		if in[i] {
			continue
		}
		if number[p.kind] == 0 {
			kinds = append(kinds, p.kind)
		}
		number[p.kind] += p.n
	}
	if len(kinds) == 0 {
		return ""
	}
	for i, k := range kinds {
		kinds[i] = fmt.Sprintf("%d %s", number[k], k)
	}
	return fmt.Sprintf("%s %s. `countersign %s` shows all.\n\n", leftOut, strings.Join(kinds, "; "), c.about)
}
