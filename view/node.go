package view

import "strings"

// mark is what happens to the thing a line is about.
type mark string

const (
	adds    mark = "+"
	removes mark = "-"
	changes mark = "~"
	renews  mark = "+/-" // created anew, then removed
	forgets mark = "."
	same    mark = " "
)

func (m mark) style() style {
	switch m {
	case adds:
		return green
	case removes, forgets:
		return red
	case changes, renews:
		return yellow
	}
	return plain
}

// margin is what stands before the mark of a whole template, as Terraform has it.
func (m mark) margin() string {
	switch m {
	case renews:
		return ""
	case forgets:
		return " "
	}
	return "  "
}

// node is one line of a comparison, with what belongs below it. It holds words and no layout: text is one way to
// show it.
type node struct {
	mark   mark
	label  string // "title", `step 2 of 3 "终审"`; "" for a line that is its value alone
	column bool   // label is one of several short ones that line up
	note   string // what else is to be said of the label: "moved from step 3"
	before string // of a change; shown as before → after
	after  string // the value
	kids   []node
}

// Text lays out nodes, depth levels deep.
func Text(nodes []node, depth int, s Settings) string {
	var b strings.Builder
	layOut(nodes, depth, s, func(_ node, lines string) { b.WriteString(lines) })
	return b.String()
}

// layOut hands each node on with the lines it takes, its kids after it.
func layOut(nodes []node, depth int, s Settings, each func(n node, lines string)) {
	labels := 0
	for _, n := range nodes {
		if n.column {
			labels = max(labels, width(n.label)+1)
		}
	}
	for _, n := range nodes {
		var b strings.Builder
		n.line(&b, depth, labels, s)
		each(n, b.String())
		layOut(n.kids, depth+1, s, each)
	}
}

// line lays out one node without its kids. What does not fit beside the label goes below it.
func (n node) line(b *strings.Builder, depth, labels int, s Settings) {
	paint := s.paint()
	indent := 2 + 4*depth
	head := n.label
	if n.note != "" {
		head += " (" + n.note + ")"
	}
	if head != "" && (n.before != "" || n.after != "") {
		head += ":"
		if n.column {
			head = pad(head, labels)
		}
		head += " "
	}
	lead := strings.Repeat(" ", max(0, indent-len(n.mark)+1))
	room := s.width() - indent - 2
	hang := strings.Repeat(" ", indent+2)
	b.WriteString(lead + paint.in(n.mark.style(), string(n.mark)) + " ")

	const arrow = " → "
	valueStyle := plain
	if n.label == "" {
		valueStyle = n.mark.style() // a line that is all news, such as a person added
	}
	if n.before != "" {
		if width(head)+width(n.before)+width(arrow)+width(n.after) <= room {
			b.WriteString(head + paint.in(red, n.before) + arrow + paint.in(green, n.after) + "\n")
			return
		}
		b.WriteString(strings.TrimRight(head, " ") + "\n")
		for i, l := range wrap(n.before, room-4) {
			b.WriteString(hang + [2]string{"  ", "    "}[min(i, 1)] + paint.in(red, l) + "\n")
		}
		for i, l := range wrap(n.after, room-4) {
			b.WriteString(hang + [2]string{"→ ", "    "}[min(i, 1)] + paint.in(green, l) + "\n")
		}
		return
	}
	if width(head)+width(n.after) <= room || width(head) < room/2 {
		lines := wrap(n.after, max(room-width(head), narrowest/2))
		for i, l := range lines {
			if i > 0 {
				b.WriteString(hang + strings.Repeat(" ", width(head)))
			} else {
				b.WriteString(head)
			}
			b.WriteString(paint.in(valueStyle, l) + "\n")
		}
		return
	}
	b.WriteString(strings.TrimRight(head, " ") + "\n")
	for _, l := range wrap(n.after, room-4) {
		b.WriteString(hang + "    " + paint.in(valueStyle, l) + "\n")
	}
}
