package view

import (
	"fmt"
	"slices"
	"strings"

	"countersign/reconcile"
	"countersign/schema"
	"countersign/schema/spelling"
)

// stepLabel names a step by its place, counted from 0, and its name: `step 2 of 3 "终审"`.
func stepLabel(at, of int, s *schema.Step) string {
	return fmt.Sprintf("step %d of %d %s", at+1, of, quote(s.Name))
}

// steps are whole steps, all of them news of one kind.
func (l *Names) steps(m mark, list []schema.Step) []node {
	out := make([]node, len(list))
	for i := range list {
		out[i] = node{mark: m, label: stepLabel(i, len(list), &list[i]), after: l.rule(list[i])}
	}
	if len(list) == 0 {
		out = append(out, node{mark: m, label: "steps", after: "none, so nothing raised from it can pass"})
	}
	return out
}

// stepChanges are aligned steps in reading order; runs of steps that stay as they are are folded into one line.
func (l *Names) stepChanges(aligned []reconcile.StepChange) []node {
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
	var out []node
	unchanged := 0
	fold := func() {
		if unchanged > 0 {
			out = append(out, node{mark: same, after: "(" + count(unchanged, "step") + " unchanged)"})
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
			out = append(out, node{mark: adds, label: stepLabel(c.To, after, c.After), after: l.rule(*c.After)})
		case c.After == nil:
			out = append(out, node{mark: removes, label: "former " + stepLabel(c.From, before, c.Before),
				after: l.rule(*c.Before)})
		default:
			out = append(out, l.stepChange(c, after))
		}
	}
	fold()
	return out
}

// stepChange is one step that stays, and moved, was renamed, or decides otherwise.
func (l *Names) stepChange(c reconcile.StepChange, of int) node {
	now, note := stepNote(c)
	n := node{mark: changes, label: fmt.Sprintf("step %d of %d %s", c.To+1, of, now), note: note}
	if c.Before.SameDecision(*c.After) {
		n.after = l.briefRule(*c.After)
		return n
	}
	n.before, n.after = l.briefRule(*c.Before), l.briefRule(*c.After)
	n.kids = l.peopleChanges(c.Before.Approvers, c.After.Approvers)
	if len(n.kids) == 0 { // only the rule is another: say for whom
		n.after = l.rule(*c.After)
	}
	return n
}

// stepNote is the name of a step that stays, in quotes, and what else became of it than that it decides otherwise.
func stepNote(c reconcile.StepChange) (now, note string) {
	var notes []string
	if c.Moved {
		notes = append(notes, fmt.Sprintf("moved from step %d", c.From+1))
	}
	now = quote(c.After.Name)
	if c.Before.Name != c.After.Name {
		var old string
		old, now = spelling.Unlike(c.Before.Name, c.After.Name)
		notes = append(notes, "renamed from "+old)
	}
	return now, strings.Join(notes, ", ")
}

// peopleChanges are the people that one set has more than the other.
func (l *Names) peopleChanges(before, after []schema.Person) []node {
	var out []node
	if more := without(after, before); len(more) > 0 {
		out = append(out, node{mark: adds, after: l.list(more)})
	}
	if fewer := without(before, after); len(fewer) > 0 {
		out = append(out, node{mark: removes, after: l.list(fewer)})
	}
	return out
}

// without are the people of a that are not in b.
func without(a, b []schema.Person) []schema.Person {
	in := make(map[int64]bool, len(b))
	for _, p := range b {
		in[p.ID] = true
	}
	return slices.DeleteFunc(slices.Clone(a), func(p schema.Person) bool { return in[p.ID] })
}
