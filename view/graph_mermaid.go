package view

import (
	"fmt"
	"strings"
	"unicode"
)

// What Mermaid draws unless a page allows more: maxEdges and maxTextSize of its configuration.
const (
	mermaidEdges = 500
	mermaidSize  = 50_000
)

// mermaidShapes are what stands on both sides of a quoted label.
var mermaidShapes = map[shape][2]string{
	box: {"[", "]"}, folderShape: {"[", "]"}, fileShape: {"[/", "/]"}, templateShape: {"(", ")"},
	personShape: {"([", "])"}, stepShape: {"[", "]"}, endShape: {"([", "])"},
}

func (g graph) mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for _, c := range g.clusters {
		fmt.Fprintf(&b, "  subgraph %s[\"%s\"]\n", c.id, graphLabel(c.lines))
		for _, v := range c.vertices {
			b.WriteString("    " + v.mermaid() + "\n")
		}
		b.WriteString("  end\n")
	}
	for _, v := range g.vertices {
		b.WriteString("  " + v.mermaid() + "\n")
	}
	for _, e := range g.edges {
		arrow := "-->"
		if e.dashed {
			arrow = "-.->"
		}
		if e.label != "" {
			arrow += `|"` + graphText(e.label) + `"|`
		}
		fmt.Fprintf(&b, "  %s %s %s\n", e.from, arrow, e.to)
	}
	return b.String()
}

func (v vertex) mermaid() string {
	around := mermaidShapes[v.shape]
	return v.id + around[0] + `"` + graphLabel(v.lines) + `"` + around[1]
}

func graphLabel(lines []string) string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = graphText(l)
	}
	return strings.Join(out, "<br/>")
}

// graphText writes text so that Mermaid shows it as it is. Labels are read as Markdown and then as HTML, so that whatever
// could mean something in either becomes Mermaid's #NUMBER; for it: nearly all punctuation of ASCII, and what
// would begin a list or a link.
func graphText(s string) string {
	var b strings.Builder
	number, last := true, "" // number: nothing but digits so far
	for _, r := range escape(strings.TrimSpace(s), "", "") {
		digit := '0' <= r && r <= '9'
		switch {
		case r >= 0x80, digit, r == ' ', r == ',', r == '/', r == '(', unicode.IsLetter(r),
			r == '.' && !number && !strings.HasSuffix(strings.ToLower(last), "www"), r == ')' && !number, r == '-' && last != "":
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "#%d;", r)
		}
		number = number && digit
		last += string(r)
		last = last[max(0, len(last)-3):]
	}
	return b.String()
}
