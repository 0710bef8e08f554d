package graph

import (
	"fmt"
	"slices"
	"strings"

	"countersign/view"
)

// dotShapes are attributes in Graphviz's language.
var dotShapes = map[shape]string{
	box: "shape=box", folderShape: "shape=folder", fileShape: "shape=note", templateShape: `shape=box, style=rounded`,
	personShape: "shape=ellipse", stepShape: "shape=box", endShape: "shape=oval",
}

func (g graph) dot() string {
	var b strings.Builder
	b.WriteString("digraph countersign {\n  rankdir=LR;\n")
	b.WriteString("  node [fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\"];\n")
	for _, c := range slices.Backward(g.clusters) { // from left to right, Graphviz puts the first frame at the bottom
		fmt.Fprintf(&b, "  subgraph cluster_%s {\n", c.id)
		for _, v := range c.vertices {
			b.WriteString("    " + v.dot() + "\n")
		}
		b.WriteString("  }\n")
	}
	for _, v := range g.vertices {
		b.WriteString("  " + v.dot() + "\n")
	}
	for _, e := range g.edges {
		var attributes []string
		if e.label != "" {
			attributes = append(attributes, "label="+dotLabel([]string{e.label}))
		}
		if e.dashed {
			attributes = append(attributes, "style=dashed")
		}
		if e.back {
			attributes = append(attributes, "dir=back")
		}
		line := "  " + e.from + " -> " + e.to
		if len(attributes) > 0 {
			line += " [" + strings.Join(attributes, ", ") + "]"
		}
		b.WriteString(line + ";\n")
	}
	return b.String() + "}\n"
}

func (v vertex) dot() string {
	return fmt.Sprintf("%s [label=%s, %s];", v.id, dotLabel(v.lines), dotShapes[v.shape])
}

// dotText escapes text: backslashes begin escapes such as \N, the node's name, and & begins HTML's entities.
var dotText = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "&", "&amp;")

// dotLabel is lines as one quoted string.
func dotLabel(lines []string) string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = dotText.Replace(view.OneLine(l))
	}
	return `"` + strings.Join(out, `\n`) + `"`
}
