package view

import (
	"fmt"
	"strings"
	"unicode"

	"countersign/reconcile"
	"countersign/schema"
)

// drawn is up to how many steps a flow is drawn; a picture of more is no picture.
const drawn = 24

// labelled is how many columns of one line of a label are drawn.
const labelled = 60

// flow is the Mermaid flowchart of a change's steps, before above after, with what changes marked by colour and by a sign.
// It is "" where no step changes, where there are none, and where there are too many to draw.
func (l *lexicon) flow(c *reconcile.Change) string {
	aligned := stepsOf(c)
	before, after, differs := 0, 0, false
	for _, s := range aligned {
		if s.Before != nil {
			before++
		}
		if s.After != nil {
			after++
		}
		differs = differs || !s.Same()
	}
	if !differs || max(before, after) > drawn {
		return ""
	}
	var out strings.Builder
	out.WriteString("flowchart LR\n")
	l.side(&out, "before", before, aligned)
	l.side(&out, "after", after, aligned)
	flow := out.String()
	for _, class := range flowClasses {
		if strings.Contains(flow, ":::"+class.name+"\n") {
			flow += "  classDef " + class.name + " " + class.style + "\n"
		}
	}
	return flow
}

// flowClasses say how what changes looks, on a light page as on a dark one. No line of it ends with a semicolon: Mermaid would
// take that for one of an entity.
var flowClasses = []struct{ name, style string }{
	{"added", "fill:#dafbe1,stroke:#1a7f37,color:#1f2328"},
	{"removed", "fill:#ffebe9,stroke:#cf222e,color:#1f2328,stroke-dasharray:4"},
	{"changed", "fill:#fff8c5,stroke:#9a6700,color:#1f2328"},
}

// stepsOf are a change's steps before and after, aligned.
func stepsOf(c *reconcile.Change) []reconcile.StepChange {
	if c.Steps != nil {
		return c.Steps
	}
	var before, after []schema.Step
	if c.Before != nil && c.Action != reconcile.Create {
		before = c.Before.Steps
	}
	if c.After != nil {
		after = c.After.Steps
	}
	return reconcile.AlignSteps(before, after)
}

// side draws one of the two flows, of so many steps.
func (l *lexicon) side(out *strings.Builder, side string, of int, aligned []reconcile.StepChange) {
	if of == 0 {
		return
	}
	nodes := make([]string, of) // by place: in reading order, what is removed and what moved stand between
	for _, s := range aligned {
		step, at, class, sign := s.Before, s.From, "removed", removes
		if side == "after" {
			step, at, class, sign = s.After, s.To, "added", adds
		}
		if step == nil || at < 0 || at >= of {
			continue
		}
		lines := []string{stepLabel(at, of, step), l.briefRule(*step)}
		switch {
		case s.Same():
			class = ""
		case s.Before != nil && s.After != nil:
			class, sign = "changed", changes
			if note := l.stepChange(s, of).note; side == "after" && note != "" {
				lines = append(lines, note)
			}
		}
		node := fmt.Sprintf("%s%d", side, at+1)
		if class != "" {
			lines[0] = string(sign) + " " + lines[0]
			class = ":::" + class
		}
		nodes[at] = fmt.Sprintf("    %s[\"%s\"]%s\n", node, mermaidLabel(lines), class)
	}
	fmt.Fprintf(out, "  subgraph %s\n    direction LR\n%s", side, strings.Join(nodes, ""))
	if of > 1 {
		out.WriteString("    ")
		for i := range of {
			if i > 0 {
				out.WriteString(" --> ")
			}
			fmt.Fprintf(out, "%s%d", side, i+1)
		}
		out.WriteString("\n")
	}
	out.WriteString("  end\n")
}

// mermaidLabel is lines as the text between the quotes of a Mermaid label.
func mermaidLabel(lines []string) string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = mermaidText(columns.Truncate(line, labelled, "…"))
	}
	return strings.Join(out, "<br/>")
}

// mermaidText writes all but letters, digits and single blanks as Mermaid's entities (#35; is "#"): what is left can end no
// label, be no Markdown, no HTML, no icon and no directive, and breaks no line.
func mermaidText(s string) string {
	var b strings.Builder
	last := ' '
	for _, r := range s {
		if unicode.In(r, unicode.L, unicode.M, unicode.N) || r == ' ' && last != ' ' {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "#%d;", r)
		}
		last = r
	}
	return b.String()
}
