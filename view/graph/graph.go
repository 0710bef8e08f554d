// Package graph draws a configuration: its folders, who decides what, and the steps of each template. It reads only a
// declaration, and writes the languages of Mermaid and Graphviz, which other programs draw.
package graph

import (
	"fmt"

	"countersign/schema"
)

// Type is what a picture of a configuration is about.
type Type string

// The pictures there are.
const (
	Folders   Type = "folders"   // folders and files, one below the other, with the templates on them
	Approvers Type = "approvers" // who decides what
	Flow      Type = "flow"      // the steps of each template
)

// Format is the language that a picture is written in.
type Format string

// The languages there are.
const (
	Mermaid Format = "mermaid" // which GitHub, GitLab and many editors draw
	DOT     Format = "dot"     // of Graphviz
)

// Draw draws a declaration. The same declaration is the same text. The notes are warnings about the picture.
func Draw(d schema.Declaration, what Type, format Format) (text string, notes schema.Diagnostics) {
	var g graph
	switch what {
	case Approvers:
		g = approverGraph(d)
	case Flow:
		g = flowGraph(d)
	default:
		g = folderGraph(d)
	}
	if len(g.clusters)+len(g.vertices) == 0 {
		g.vertices = []vertex{{id: "nothing", shape: box, lines: []string{"nothing is declared"}}}
	}
	if format == DOT {
		return g.dot(), nil
	}
	text = g.mermaid()
	if g.arrows() > mermaidEdges || len(text) > mermaidSize {
		notes = schema.Diagnostics{{Severity: schema.Warning, Summary: "This may be more than Mermaid draws",
			Detail: fmt.Sprintf("It has %d arrows in %d bytes. GitHub, GitLab and others leave Mermaid at its limits, "+
				"%d arrows and %d characters. Narrow it with -target, or use -format=dot.",
				g.arrows(), len(text), mermaidEdges, mermaidSize)}}
	}
	return text, notes
}

// graph is a picture before it is written in a language: from left to right, in the order of its lists.
type graph struct {
	clusters []cluster
	vertices []vertex // those outside the clusters
	edges    []edge
}

// cluster is a frame around some vertices.
type cluster struct {
	id       string
	vertices []vertex
}

// vertex is one thing in the picture. Its lines are text of any kind: the languages escape it.
type vertex struct {
	id    string
	shape shape
	lines []string
}

// edge is an arrow.
type edge struct {
	from, to string
	label    string // may be empty
	dashed   bool   // it has no part in the decision
	back     bool   // it points at from, which stays on the left; dashed
}

// shape shows what kind of thing a vertex is.
type shape int

const (
	box shape = iota
	folderShape
	fileShape
	templateShape
	personShape
	stepShape
	endShape // where a flow ends
)
