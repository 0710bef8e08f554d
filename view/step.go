package view

import (
	"fmt"
	"slices"
	"strings"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/spelling"
)

// StepLabel is a step's place, counted from 0, and its name: `step 2 of 3 "终审"`.
func StepLabel(at, of int, name string) string {
	return fmt.Sprintf("step %d of %d %s", at+1, of, Quote(name))
}

// CountSteps is how many steps there are before and after a change, and whether any of them differs.
func CountSteps(aligned []plans.StepChange) (before, after int, differs bool) {
	for _, c := range aligned {
		if c.Before != nil {
			before++
		}
		if c.After != nil {
			after++
		}
		differs = differs || !c.Same()
	}
	return before, after, differs
}

// Steps are whole steps, all under one mark.
func (l *Names) Steps(m Mark, list []schema.Step) []Node {
	out := make([]Node, len(list))
	for i := range list {
		out[i] = Node{Mark: m, Label: StepLabel(i, len(list), list[i].Name), After: l.Rule(list[i])}
	}
	if len(list) == 0 {
		out = append(out, Node{Mark: m, Label: "steps", After: "none, so nothing raised from it can pass"})
	}
	return out
}

// stepChanges are aligned steps in reading order; a run of unchanged steps is one line.
func (l *Names) stepChanges(aligned []plans.StepChange) []Node {
	before, after, differs := CountSteps(aligned)
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
		case c.Before == nil:
			out = append(out, Node{Mark: Adds, Label: StepLabel(c.To, after, c.After.Name), After: l.Rule(*c.After)})
		case c.After == nil:
			out = append(out, Node{Mark: Removes, Label: "former " + StepLabel(c.From, before, c.Before.Name),
				After: l.Rule(*c.Before)})
		default:
			out = append(out, l.stepChange(c, after))
		}
	}
	fold()
	return out
}

// stepChange is a step that stays but moved, was renamed, or has another rule or other people.
func (l *Names) stepChange(c plans.StepChange, of int) Node {
	now, note := StepNote(c)
	n := Node{Mark: Changes, Label: fmt.Sprintf("step %d of %d %s", c.To+1, of, now), Note: note}
	if c.Before.SameDecision(*c.After) {
		n.After = l.briefRule(*c.After)
		return n
	}
	n.Before, n.After = l.briefRule(*c.Before), l.briefRule(*c.After)
	n.Kids = l.peopleChanges(c.Before.Approvers, c.After.Approvers)
	if len(n.Kids) == 0 { // only the rule differs: name the people
		n.After = l.Rule(*c.After)
	}
	return n
}

// StepNote is the name of a step that stays, in quotes, and whether it moved or was renamed.
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

// peopleChanges are the people who are added to a set or removed from it.
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
