package graph

import (
	"fmt"
	"strings"

	"countersign/view"
	"countersign/view/mermaid"
)

// What Mermaid draws unless a page allows more: maxEdges and maxTextSize of its configuration.
const (
	mermaidEdges = 500
	mermaidSize  = 50_000
)

// mermaidShapes are the signs on both sides of a quoted label.
var mermaidShapes = map[shape][2]string{
	box: {"[", "]"}, folderShape: {"[", "]"}, fileShape: {"[/", "/]"}, templateShape: {"(", ")"},
	personShape: {"([", "])"}, stepShape: {"[", "]"}, endShape: {"([", "])"},
}

func (g graph) mermaid() string {
	var b strings.Builder
	if len(g.clusters) > 0 {
		b.WriteString("flowchart TB\n")
	} else {
		b.WriteString("flowchart LR\n")
	}
	for _, c := range g.clusters {
		direction := "LR"
		if len(c.vertices) > mermaid.Across+2 {
			direction = "TB"
		}
		fmt.Fprintf(&b, "  subgraph %s[\" \"]\n    direction %s\n", c.id, direction)
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
		switch {
		case e.back:
			arrow = "-.-"
		case e.dashed:
			arrow = "-.->"
		}
		if e.label != "" {
			arrow += `|"` + mermaid.Text(view.OneLine(e.label)) + `"|`
		}
		fmt.Fprintf(&b, "  %s %s %s\n", e.from, arrow, e.to)
	}
	for i := 1; i < len(g.clusters); i++ { // invisible links: without them, frames stand side by side
		fmt.Fprintf(&b, "  %s ~~~ %s\n", g.clusters[i-1].id, g.clusters[i].id)
	}
	return b.String()
}

// arrows are how many Mermaid counts.
func (g graph) arrows() int { return len(g.edges) + max(0, len(g.clusters)-1) }

func (v vertex) mermaid() string {
	around := mermaidShapes[v.shape]
	return v.id + around[0] + `"` + graphLabel(v.lines) + `"` + around[1]
}

// graphLabel is lines as the text between the quotes of a label.
func graphLabel(lines []string) string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = view.OneLine(l)
	}
	return mermaid.Label(out)
}
