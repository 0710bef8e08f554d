package view

import (
	"fmt"
	"strings"
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
			arrow += `|"` + mermaidText(oneLine(e.label)) + `"|`
		}
		fmt.Fprintf(&b, "  %s %s %s\n", e.from, arrow, e.to)
	}
	return b.String()
}

func (v vertex) mermaid() string {
	around := mermaidShapes[v.shape]
	return v.id + around[0] + `"` + graphLabel(v.lines) + `"` + around[1]
}

// graphLabel is lines as the text between the quotes of a label.
func graphLabel(lines []string) string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = mermaidText(oneLine(l))
	}
	return strings.Join(out, "<br/>")
}
