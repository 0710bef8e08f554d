package view

import "strings"

// Mark is what happens to the thing a line is about.
type Mark string

// What happens to things.
const (
	Adds    Mark = "+"
	Removes Mark = "-"
	Changes Mark = "~"
	Renews  Mark = "+/-" // created anew, then removed
	Forgets Mark = "."
	Same    Mark = " "
)

func (m Mark) style() style {
	switch m {
	case Adds:
		return green
	case Removes, Forgets:
		return red
	case Changes, Renews:
		return yellow
	}
	return plain
}

// margin is what stands before the mark of a whole template, as Terraform has it.
func (m Mark) margin() string {
	switch m {
	case Renews:
		return ""
	case Forgets:
		return " "
	}
	return "  "
}

// Node is one line of a comparison, with what belongs below it. It holds words and no layout: text is one way to
// show it.
type Node struct {
	Mark   Mark
	Label  string // "title", `step 2 of 3 "终审"`; "" for a line that is its value alone
	Column bool   // label is one of several short ones that line up
	Note   string // what else is to be said of the label: "moved from step 3"
	Before string // of a change; shown as before → after
	After  string // the value
	Kids   []Node
}

// Text lays out nodes, depth levels deep.
func Text(nodes []Node, depth int, s Settings) string {
	var b strings.Builder
	LayOut(nodes, depth, s, func(_ Node, lines string) { b.WriteString(lines) })
	return b.String()
}

// LayOut hands each node on with the lines it takes, its kids after it.
func LayOut(nodes []Node, depth int, s Settings, each func(n Node, lines string)) {
	labels := 0
	for _, n := range nodes {
		if n.Column {
			labels = max(labels, Width(n.Label)+1)
		}
	}
	for _, n := range nodes {
		var b strings.Builder
		n.line(&b, depth, labels, s)
		each(n, b.String())
		LayOut(n.Kids, depth+1, s, each)
	}
}

// line lays out one node without its kids. What does not fit beside the label goes below it.
func (n Node) line(b *strings.Builder, depth, labels int, s Settings) {
	paint := s.paint()
	indent := 2 + 4*depth
	head := n.Label
	if n.Note != "" {
		head += " (" + n.Note + ")"
	}
	if head != "" && (n.Before != "" || n.After != "") {
		head += ":"
		if n.Column {
			head = pad(head, labels)
		}
		head += " "
	}
	lead := strings.Repeat(" ", max(0, indent-len(n.Mark)+1))
	room := s.width() - indent - 2
	hang := strings.Repeat(" ", indent+2)
	b.WriteString(lead + paint.in(n.Mark.style(), string(n.Mark)) + " ")

	const arrow = " → "
	valueStyle := plain
	if n.Label == "" {
		valueStyle = n.Mark.style() // a line that is all news, such as a person added
	}
	if n.Before != "" {
		if Width(head)+Width(n.Before)+Width(arrow)+Width(n.After) <= room {
			b.WriteString(head + paint.in(red, n.Before) + arrow + paint.in(green, n.After) + "\n")
			return
		}
		b.WriteString(strings.TrimRight(head, " ") + "\n")
		for i, l := range Wrap(n.Before, room-4) {
			b.WriteString(hang + [2]string{"  ", "    "}[min(i, 1)] + paint.in(red, l) + "\n")
		}
		for i, l := range Wrap(n.After, room-4) {
			b.WriteString(hang + [2]string{"→ ", "    "}[min(i, 1)] + paint.in(green, l) + "\n")
		}
		return
	}
	if Width(head)+Width(n.After) <= room || Width(head) < room/2 {
		lines := Wrap(n.After, max(room-Width(head), narrowest/2))
		for i, l := range lines {
			if i > 0 {
				b.WriteString(hang + strings.Repeat(" ", Width(head)))
			} else {
				b.WriteString(head)
			}
			b.WriteString(paint.in(valueStyle, l) + "\n")
		}
		return
	}
	b.WriteString(strings.TrimRight(head, " ") + "\n")
	for _, l := range Wrap(n.After, room-4) {
		b.WriteString(hang + "    " + paint.in(valueStyle, l) + "\n")
	}
}
