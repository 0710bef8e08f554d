package text

import (
	"fmt"
	"strings"

	"countersign/view"
)

// blockText lays the block out under the lines that tools read, which are Terraform's.
func blockText(b view.Block, s Settings) string {
	paint := s.paint()
	margin := "  "
	if b.Mark == view.Forgets {
		margin = marginOf(view.Forgets)
	}
	var out strings.Builder
	for _, h := range b.Heads {
		out.WriteString(margin + paint.in(bold, "# "+h.Subject) + " " + paintOutcome(paint, b.Mark, h.Outcome) + "\n")
		for _, n := range h.Notes {
			out.WriteString(margin + "# " + n + "\n")
		}
	}
	if len(b.Heads) == 1 {
		blockHead(view.Node{Mark: b.Mark, After: strings.TrimRight(b.Title+" "+b.Heads[0].Where, " ")}, &out, s)
	} else {
		blockHead(view.Node{Mark: b.Mark, After: fmt.Sprintf("%s, the same for each of these %d", b.Title, len(b.Heads))}, &out, s)
		for _, h := range b.Heads {
			nodeLine(view.Node{Mark: view.Same, After: h.Where}, &out, 1, 0, s)
		}
	}
	out.WriteString(Nodes(b.Body, 1, s))
	return out.String()
}

func paintOutcome(p paint, m view.Mark, words string) string {
	switch m {
	case view.Removes, view.Renews:
		return p.in(redBold, words)
	}
	return words
}

// blockHead is line for a line that keeps its colour to the mark.
func blockHead(n view.Node, b *strings.Builder, s Settings) {
	paint := s.paint()
	lead := marginOf(n.Mark)
	for i, l := range view.Wrap(n.After, s.width()-4) {
		if i == 0 {
			b.WriteString(lead + paint.in(styleOf(n.Mark), string(n.Mark)) + " " + l + "\n")
		} else {
			b.WriteString("      " + l + "\n")
		}
	}
}

func styleOf(m view.Mark) style {
	switch m {
	case view.Adds:
		return green
	case view.Removes, view.Forgets:
		return red
	case view.Changes, view.Renews:
		return yellow
	}
	return plain
}

// marginOf is what stands before the mark of a whole template, as Terraform has it.
func marginOf(m view.Mark) string {
	switch m {
	case view.Renews:
		return ""
	case view.Forgets:
		return " "
	}
	return "  "
}

// Nodes lays out nodes, depth levels deep.
func Nodes(nodes []view.Node, depth int, s Settings) string {
	var b strings.Builder
	LayOut(nodes, depth, s, func(_ view.Node, lines string) { b.WriteString(lines) })
	return b.String()
}

// LayOut hands each node on with the lines it takes, its kids after it.
func LayOut(nodes []view.Node, depth int, s Settings, each func(n view.Node, lines string)) {
	labels := 0
	for _, n := range nodes {
		if n.Column {
			labels = max(labels, view.Width(n.Label)+1)
		}
	}
	for _, n := range nodes {
		var b strings.Builder
		nodeLine(n, &b, depth, labels, s)
		each(n, b.String())
		LayOut(n.Kids, depth+1, s, each)
	}
}

// nodeLine lays out one node without its kids. What does not fit beside the label goes below it.
func nodeLine(n view.Node, b *strings.Builder, depth, labels int, s Settings) {
	paint := s.paint()
	indent := 2 + 4*depth
	head := n.Label
	if n.Note != "" {
		head += " (" + n.Note + ")"
	}
	if head != "" && (n.Before != "" || n.After != "") {
		head += ":"
		if n.Column {
			head = view.Pad(head, labels)
		}
		head += " "
	}
	lead := strings.Repeat(" ", max(0, indent-len(n.Mark)+1))
	room := s.width() - indent - 2
	hang := strings.Repeat(" ", indent+2)
	b.WriteString(lead + paint.in(styleOf(n.Mark), string(n.Mark)) + " ")

	const arrow = " → "
	valueStyle := plain
	if n.Label == "" {
		valueStyle = styleOf(n.Mark) // a line that is all news, such as a person added
	}
	if n.Before != "" {
		if view.Width(head)+view.Width(n.Before)+view.Width(arrow)+view.Width(n.After) <= room {
			b.WriteString(head + paint.in(red, n.Before) + arrow + paint.in(green, n.After) + "\n")
			return
		}
		b.WriteString(strings.TrimRight(head, " ") + "\n")
		for i, l := range view.Wrap(n.Before, room-4) {
			b.WriteString(hang + [2]string{"  ", "    "}[min(i, 1)] + paint.in(red, l) + "\n")
		}
		for i, l := range view.Wrap(n.After, room-4) {
			b.WriteString(hang + [2]string{"→ ", "    "}[min(i, 1)] + paint.in(green, l) + "\n")
		}
		return
	}
	if view.Width(head)+view.Width(n.After) <= room || view.Width(head) < room/2 {
		lines := view.Wrap(n.After, max(room-view.Width(head), narrowest/2))
		for i, l := range lines {
			if i > 0 {
				b.WriteString(hang + strings.Repeat(" ", view.Width(head)))
			} else {
				b.WriteString(head)
			}
			b.WriteString(paint.in(valueStyle, l) + "\n")
		}
		return
	}
	b.WriteString(strings.TrimRight(head, " ") + "\n")
	for _, l := range view.Wrap(n.After, room-4) {
		b.WriteString(hang + "    " + paint.in(valueStyle, l) + "\n")
	}
}
