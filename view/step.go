package view

import (
	"fmt"
	"slices"
	"strings"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/spelling"
)

// StepLabel names a step by its place, counted from 0, and its name: `step 2 of 3 "终审"`.
func StepLabel(at, of int, s *schema.Step) string {
	return fmt.Sprintf("step %d of %d %s", at+1, of, Quote(s.Name))
}

// Steps are whole steps, all of them news of one kind.
func (l *Names) Steps(m Mark, list []schema.Step) []Node {
	out := make([]Node, len(list))
	for i := range list {
		out[i] = Node{Mark: m, Label: StepLabel(i, len(list), &list[i]), After: l.Rule(list[i])}
	}
	if len(list) == 0 {
		out = append(out, Node{Mark: m, Label: "steps", After: "none, so nothing raised from it can pass"})
	}
	return out
}

// stepChanges are aligned steps in reading order; runs of steps that stay as they are are folded into one line.
func (l *Names) stepChanges(aligned []plans.StepChange) []Node {
	before, after, differs := 0, 0, false
	for _, c := range aligned {
		if c.Before != nil {
			before++
		}
		if c.After != nil {
			after++
		}
		differs = differs || !c.Same()
	}
	if !differs {
		return nil
	}
	var out []Node
	unchanged := 0
	fold := func() {
		if unchanged > 0 {
			out = append(out, Node{Mark: Same, After: "(" + Count(unchanged, "step") + " unchanged)"})
			unchanged = 0
		}
	}
	for _, c := range aligned {
		if c.Same() {
			unchanged++
			continue
		}
		fold()
		switch {
		case c.Before == nil && c.After == nil:
		case c.Before == nil:
			out = append(out, Node{Mark: Adds, Label: StepLabel(c.To, after, c.After), After: l.Rule(*c.After)})
		case c.After == nil:
			out = append(out, Node{Mark: Removes, Label: "former " + StepLabel(c.From, before, c.Before),
				After: l.Rule(*c.Before)})
		default:
			out = append(out, l.stepChange(c, after))
		}
	}
	fold()
	return out
}

// stepChange is one step that stays, and moved, was renamed, or decides otherwise.
func (l *Names) stepChange(c plans.StepChange, of int) Node {
	now, note := StepNote(c)
	n := Node{Mark: Changes, Label: fmt.Sprintf("step %d of %d %s", c.To+1, of, now), Note: note}
	if c.Before.SameDecision(*c.After) {
		n.After = l.briefRule(*c.After)
		return n
	}
	n.Before, n.After = l.briefRule(*c.Before), l.briefRule(*c.After)
	n.Kids = l.peopleChanges(c.Before.Approvers, c.After.Approvers)
	if len(n.Kids) == 0 { // only the rule is another: say for whom
		n.After = l.Rule(*c.After)
	}
	return n
}

// StepNote is the name of a step that stays, in quotes, and what else became of it than that it decides otherwise.
func StepNote(c plans.StepChange) (now, note string) {
	var notes []string
	if c.Moved {
		notes = append(notes, fmt.Sprintf("moved from step %d", c.From+1))
	}
	now = Quote(c.After.Name)
	if c.Before.Name != c.After.Name {
		var old string
		old, now = spelling.Unlike(c.Before.Name, c.After.Name)
		notes = append(notes, "renamed from "+old)
	}
	return now, strings.Join(notes, ", ")
}

// peopleChanges are the people that one set has more than the other.
func (l *Names) peopleChanges(before, after []schema.Person) []Node {
	var out []Node
	if more := Without(after, before); len(more) > 0 {
		out = append(out, Node{Mark: Adds, After: l.List(more)})
	}
	if fewer := Without(before, after); len(fewer) > 0 {
		out = append(out, Node{Mark: Removes, After: l.List(fewer)})
	}
	return out
}

// Without are the people of a that are not in b.
func Without(a, b []schema.Person) []schema.Person {
	in := make(map[int64]bool, len(b))
	for _, p := range b {
		in[p.ID] = true
	}
	return slices.DeleteFunc(slices.Clone(a), func(p schema.Person) bool { return in[p.ID] })
}
