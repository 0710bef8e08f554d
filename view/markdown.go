package view

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"unicode/utf16"

	"countersign/reconcile"
	"countersign/schema"
)

// commentLimit is how many characters a comment on GitHub may not reach; GitLab takes more.
const commentLimit = 65536

// Subject is what a comment is about: a command's name.
type Subject string

const (
	OfPlan  Subject = "plan"
	OfDrift Subject = "drift"
)

// mark begins each comment, for a pipeline to find the one that it has to replace. Nobody sees it.
func (s Subject) mark() string { return "<!-- countersign " + string(s) + " -->\n" }

// failed is the headline in place of the numbers.
func (s Subject) failed() string {
	if s == OfDrift {
		return "Looking for drift failed"
	}
	return "Planning failed"
}

// marked is how text in a comment's code is laid out.
var marked = Settings{Width: 100}

// Markdown is a plan as a comment of fewer than limit characters (0: 65,536, as GitHub has it) on a pull or merge
// request: the numbers, what is refused and what to be warned of, a folded block for each template and attachment with
// a Mermaid picture of its steps before and after, and apart from these what was edited by hand and what nobody
// declared. What does not fit is left out by whole templates and lists, and a line says what that is; those numbers and
// that line are there however small the limit is.
//
// Text from the drive and the files stands only where neither Markdown nor HTML is read from it: in code that its own
// backticks cannot end, in HTML's code element with everything escaped, and in labels spelled in Mermaid's entities.
func Markdown(p *reconcile.Plan, limit int) string {
	if limit <= 0 {
		limit = commentLimit
	}
	l := planNaming(p)
	c := comment{about: OfPlan, room: limit - 1}
	c.head(p)
	c.section("", "Refused", len(p.Refused), "template", l.refused(p.Refused, marked))
	warnings := unsaid(p)
	c.section("", "Warnings", len(warnings), "warning", diagnostics(warnings, marked))
	c.blocks("### Actions\n\n", "", l, append(l.blocks(p.Changes, marked), attachmentBlocks(p.Attachments)...))
	intro := driftIntro
	if p.Mode == reconcile.Normal {
		intro += " " + consequence(p)
	}
	c.drift("### Changed outside of Countersign\n\n"+intro+"\n\n", l, p)
	const alone = "### Left alone\n\n"
	c.section(alone, "Unmanaged", len(p.Unmanaged), "template", l.unmanaged(p.Unmanaged, marked))
	c.section(alone, "Held back", len(p.HeldBack), "template", l.heldBack(p.HeldBack, marked))
	c.section("### Besides\n\n", "Outputs", len(p.Outputs), "change", outputChanges(p.Outputs, false, marked))
	return c.text()
}

// MarkdownFailure is the comment in place of Markdown or MarkdownDrift when there is no plan: why.
func MarkdownFailure(about Subject, d schema.Diagnostics, limit int) string {
	if limit <= 0 {
		limit = commentLimit
	}
	c := comment{about: about, room: limit - 1, first: about.mark() + "## " + about.failed() + "\n\n"}
	for i := range d {
		c.pieces = append(c.pieces, piece{n: 1, kind: "errors and warnings",
			text: fenced("text", diagnostics(d[i:i+1], marked)) + "\n"})
	}
	return c.text()
}

// piece is what is in a comment as a whole or not at all.
type piece struct {
	heading string // stands before the first of the pieces under it that is in
	n       int    // how many it tells of,
	kind    string // and what follows that number when it is left out: "that will be created"
	text    string
	list    bool // a section, not a template
}

// comment is a comment in the making.
type comment struct {
	about  Subject
	room   int // characters
	first  string
	pieces []piece
}

// head is what a reader sees first: the numbers.
func (c *comment) head(p *reconcile.Plan) {
	line, why := planLine(p.Counts()), remarks(p, marked)
	if p.Empty() {
		line, why = noChanges(p)
		line, why = "No changes. "+line, wrapped(why, marked)
	}
	c.first = c.about.mark() + "## " + line + "\n\n"
	if why != "" {
		c.first += fenced("text", why) + "\n"
	}
}

// section is a list that is no template's, of n things.
func (c *comment) section(heading, title string, n int, noun, text string) {
	if text != "" {
		text = details("<b>"+title+"</b>: "+count(n, noun), fenced("text", text))
		c.pieces = append(c.pieces, piece{heading: heading, n: n, kind: fmt.Sprintf("under %q", title), text: text,
			list: true})
	}
}

// blocks are one folded block for each change, or for several that do the same to the same steps. What becomes of them
// is told by the blocks, unless it is said for all.
func (c *comment) blocks(under, all string, l *naming, list []block) {
	for _, b := range list {
		fate := all
		if fate == "" {
			fate = b.heads[0].outcome
		}
		heads := map[string][]heading{}
		var flows []string
		for _, h := range b.heads {
			flow := ""
			if h.change != nil {
				flow = l.flow(h.change)
			}
			if heads[flow] == nil {
				flows = append(flows, flow)
			}
			heads[flow] = append(heads[flow], h)
		}
		for _, flow := range flows {
			part := b
			part.heads = heads[flow]
			c.pieces = append(c.pieces, piece{heading: under, n: len(part.heads), kind: "that " + fate,
				text: part.markdown(flow)})
		}
	}
}

// markdown is a block under a line that can be clicked.
func (b block) markdown(flow string) string {
	h := b.heads[0]
	title := b.mark.sign() + " " + htmlCode(h.subject) + " " + html.EscapeString(h.outcome)
	if len(b.heads) > 1 {
		title += fmt.Sprintf(", and %d others alike", len(b.heads)-1)
	}
	body := fenced("diff", b.diff())
	if flow != "" {
		body += "\n" + fenced("mermaid", flow)
	}
	return details(title+"<br>"+htmlCode(strings.TrimSpace(b.title+" "+h.where)), body)
}

// sign is a mark that is seen before it is read.
func (m mark) sign() string {
	switch m {
	case adds:
		return "🟢"
	case removes, forgets:
		return "🔴"
	case changes, renews:
		return "🟡"
	}
	return "⚪"
}

// diff is a block's text as a highlighter of diffs colours it: the marks at the beginning of the lines.
func (b block) diff() string {
	var out strings.Builder
	for i, h := range b.heads {
		comments := h.comments // the first line is the line that is clicked
		if len(b.heads) > 1 {
			comments = append([]string{h.line() + ": " + h.where}, comments...)
		}
		for _, c := range comments {
			out.WriteString("# " + c + "\n")
		}
		if i == len(b.heads)-1 && len(comments) > 0 && len(b.body) > 0 {
			out.WriteString("\n")
		}
	}
	layOut(b.body, 0, marked, func(n node, lines string) {
		sign := string(n.mark)
		if n.mark == changes {
			sign = "!"
		}
		for i, line := range strings.Split(strings.TrimSuffix(lines, "\n"), "\n") {
			if i == 0 {
				line = strings.Replace(line, string(n.mark), strings.Repeat(" ", len(n.mark)), 1)
			}
			out.WriteString(strings.TrimRight(sign[:1]+strings.TrimPrefix(line, " "), " ") + "\n")
		}
	})
	return out.String()
}

// details is a body that is shown when its summary, which is HTML on one line, is clicked.
func details(summary, body string) string {
	return "<details><summary>" + summary + "</summary>\n\n" + body + "\n</details>\n\n"
}

// htmlCode is text that neither HTML nor the host of a comment (mentions, references) reads anything from.
func htmlCode(s string) string { return "<code>" + html.EscapeString(oneLine(s)) + "</code>" }

// fenced is text as a block of code, between fences longer than any run of backticks in it.
func fenced(language, text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + language + "\n" + strings.TrimRight(text, "\n") + "\n" + fence + "\n"
}

// characters counts as those who count most do: two for one beyond the first 65,536 of Unicode.
func characters(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// text puts together what fits. Short sections claim their place first, so that a thousand creates do not displace a
// refusal; then come the templates in their order, then longer sections.
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
		// What is left out is said in a line that is longest when everything is.
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
