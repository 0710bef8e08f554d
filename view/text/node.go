package text

import (
	"fmt"
	"strings"

	"countersign/view"
)

// blockText is a block under the lines that tools read, which are Terraform's.
func blockText(b view.Block, s Settings) string {
	paint := s.paint()
	margin := "  "
	if b.Mark == view.Forgets {
		margin = marginOf(view.Forgets)
	}
	outcome := plain
	if b.Mark == view.Removes || b.Mark == view.Renews {
		outcome = redBold
	}
	var out strings.Builder
	for _, h := range b.Heads {
		out.WriteString(margin + paint.in(bold, "# "+h.Subject) + " " + paint.in(outcome, h.Outcome) + "\n")
		for _, n := range h.Notes {
			out.WriteString(margin + "# (" + n + ")\n")
		}
	}
	title := strings.TrimRight(b.Title+" "+b.Heads[0].Where, " ")
	var places []view.Node
	if len(b.Heads) > 1 {
		title = fmt.Sprintf("%s, the same for each of these %d", b.Title, len(b.Heads))
		for _, h := range b.Heads {
			places = append(places, view.Node{Mark: view.Same, After: h.Where})
		}
	}
	out.WriteString(marginOf(b.Mark) + paint.in(styleOf(b.Mark), string(b.Mark)) + " " +
		strings.Join(view.Wrap(title, s.width()-4), "\n      ") + "\n")
	out.WriteString(Nodes(places, 1, s))
	out.WriteString(Nodes(b.Nodes(), 1, s))
	return out.String()
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

// LayOut calls each with every node and its lines, a node before its kids.
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

// nodeLine is one node without its kids. A value that does not fit beside its label goes below.
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
	shown := head
	if n.Alarm {
		shown = paint.in(redBold, n.Label) + strings.TrimPrefix(head, n.Label)
	}
	lead := strings.Repeat(" ", max(0, indent-len(n.Mark)+1))
	room := s.width() - indent - 2
	hang := strings.Repeat(" ", indent+2)
	b.WriteString(lead + paint.in(styleOf(n.Mark), string(n.Mark)) + " ")

	below := func(lead, text string, st style) {
		for _, l := range view.Wrap(text, room-4) {
			b.WriteString(hang + lead + paint.in(st, l) + "\n")
			lead = view.Pad("", view.Width(lead))
		}
	}
	const arrow = " → "
	valueStyle := plain
	if n.Label == "" {
		valueStyle = styleOf(n.Mark) // all of it is new, such as a person who is added
	}
	if n.Before != "" {
		if view.Width(head)+view.Width(n.Before)+view.Width(arrow)+view.Width(n.After) <= room {
			b.WriteString(head + paint.in(red, n.Before) + arrow + paint.in(green, n.After) + "\n")
			return
		}
		b.WriteString(strings.TrimRight(head, " ") + "\n")
		below("  ", n.Before, red)
		below("→ ", n.After, green)
		return
	}
	if view.Width(head)+view.Width(n.After) <= room || view.Width(head) < room/2 {
		lines := view.Wrap(n.After, max(room-view.Width(head), narrowest/2))
		for i := range lines {
			lines[i] = paint.in(valueStyle, lines[i])
		}
		b.WriteString(shown + strings.Join(lines, "\n"+hang+strings.Repeat(" ", view.Width(head))) + "\n")
		return
	}
	b.WriteString(strings.TrimRight(head, " ") + "\n")
	below("    ", n.After, valueStyle)
}
