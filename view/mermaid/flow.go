package mermaid

import (
	"fmt"
	"strings"

	"countersign/reconcile/plans"
	"countersign/view"
)

// drawn is how many steps a flow may have to be drawn.
const drawn = 24

// Across is how many steps stand side by side: four boxes are as wide as a comment.
const Across = 4

// named is how many columns of a step's name are drawn.
const named = 60

// Flow is the Mermaid flowchart of a change's steps, with a word and a colour for what changes: before above after, or
// to the left of it where the steps stand one below the other. It is "" where no step changes, where there are none,
// and where there are too many to draw.
func Flow(l *view.Names, c *plans.Change) string {
	aligned := view.StepsOf(c)
	before, after, differs := view.CountSteps(aligned)
	if !differs || max(before, after) > drawn {
		return ""
	}
	var out strings.Builder
	sides, steps := "TB", "LR"
	if max(before, after) > Across {
		sides, steps = "LR", "TB"
	}
	out.WriteString("flowchart " + sides + "\n")
	side(l, &out, "before", steps, before, aligned)
	side(l, &out, "after", steps, after, aligned)
	if before > 0 && after > 0 {
		out.WriteString("  before ~~~ after\n") // an invisible link: without it, Mermaid puts "before" last
	}
	flow := out.String()
	for _, class := range flowClasses {
		if strings.Contains(flow, ":::"+class.name+"\n") {
			flow += "  classDef " + class.name + " " + class.style + "\n"
		}
	}
	return flow
}

// flowClasses are the colours of what changes, for light and dark pages. No line ends with a semicolon: Mermaid would
// take it for that of an entity.
var flowClasses = []struct{ name, style string }{
	{"added", "fill:#dafbe1,stroke:#1a7f37,color:#1f2328"},
	{"removed", "fill:#ffebe9,stroke:#cf222e,color:#1f2328,stroke-dasharray:4"},
	{"changed", "fill:#fff8c5,stroke:#9a6700,color:#1f2328"},
}

// side draws one of the two flows, which has that many steps.
func side(l *view.Names, out *strings.Builder, side, direction string, of int, aligned []plans.StepChange) {
	if of == 0 {
		return
	}
	nodes := make([]string, of) // by place; the reading order has removed and moved steps in between
	for _, s := range aligned {
		step, at, class := s.Before, s.From, "removed"
		if side == "after" {
			step, at, class = s.After, s.To, "added"
		}
		if step == nil || at < 0 || at >= of {
			continue
		}
		note := ""
		switch {
		case s.Same():
			class = ""
		case s.Before != nil && s.After != nil:
			class = "changed"
			if side == "after" {
				_, note = view.StepNote(s)
			}
		}
		lines := []string{fmt.Sprintf("step %d of %d", at+1, of)}
		if class != "" {
			lines[0], class = class+": "+lines[0], ":::"+class
		}
		lines = append(lines, view.Wrap(view.Truncate(typographic(view.Bare(step.Name)), named), labelled)...)
		lines = append(lines, RuleLines(l, *step, view.Few)...)
		if note != "" {
			lines = append(lines, view.Wrap(view.Truncate(typographic(note), named), labelled)...)
		}
		nodes[at] = fmt.Sprintf("    %s%d[\"%s\"]%s\n", side, at+1, Label(lines), class)
	}
	fmt.Fprintf(out, "  subgraph %s\n    direction %s\n%s", side, direction, strings.Join(nodes, ""))
	if of > 1 {
		ids := make([]string, of)
		for i := range ids {
			ids[i] = fmt.Sprint(side, i+1)
		}
		out.WriteString("    " + strings.Join(ids, " --> ") + "\n")
	}
	out.WriteString("  end\n")
}
