package reconcile_test

import (
	"fmt"
	"strings"
	"testing"

	"countersign/reconcile"
	"countersign/schema"
)

func step(name string, rule schema.PassRule, ids ...int64) schema.Step {
	return schema.Step{Name: name, Rule: rule, Approvers: people(ids...)}
}

// alignment writes an aligned comparison in short: "+x" added, "-x" removed, "x" the same, "~x" changed,
// ">x" moved, "x=y" renamed.
func alignment(before, after []schema.Step) string {
	var words []string
	for _, c := range reconcile.AlignSteps(before, after) {
		switch {
		case c.Before == nil:
			words = append(words, "+"+c.After.Name)
		case c.After == nil:
			words = append(words, "-"+c.Before.Name)
		default:
			w := c.After.Name
			if c.Before.Name != c.After.Name {
				w = c.Before.Name + "=" + w
			}
			if !c.Before.SameDecision(*c.After) {
				w = "~" + w
			}
			if c.Moved {
				w = ">" + w
			}
			words = append(words, w)
		}
	}
	return strings.Join(words, " ")
}

func TestAlignSteps(t *testing.T) {
	all, anyOne := schema.RuleAll, schema.RuleAny
	a, b, c := step("a", anyOne, 1), step("b", anyOne, 2, 3), step("c", all, 3, 4)
	tests := []struct {
		name          string
		before, after []schema.Step
		want          string
	}{
		{"nothing", nil, nil, ""},
		{"equal", []schema.Step{a, b}, []schema.Step{a, b}, "a b"},
		{"one put in front of three is one step added", []schema.Step{a, b, c},
			[]schema.Step{step("x", anyOne, 9), a, b, c}, "+x a b c"},
		{"the same when all bear one name", []schema.Step{step("审批", anyOne, 1), step("审批", anyOne, 2),
			step("审批", anyOne, 3)},
			[]schema.Step{step("审批", anyOne, 9), step("审批", anyOne, 1), step("审批", anyOne, 2),
				step("审批", anyOne, 3)}, "+审批 审批 审批 审批"},
		{"one removed stays where it stood", []schema.Step{a, b, c}, []schema.Step{a, c}, "a -b c"},
		{"last to first is one step moved", []schema.Step{a, b, c}, []schema.Step{c, a, b}, ">c a b"},
		{"a change is no removal", []schema.Step{a, b}, []schema.Step{a, step("b", all, 2, 3)}, "a ~b"},
		{"a new name for the same people", []schema.Step{a, b}, []schema.Step{a, step("board", anyOne, 2, 3)},
			"a b=board"},
		{"a new name and one person more", []schema.Step{a, b}, []schema.Step{a, step("board", anyOne, 2, 3, 4)},
			"a ~b=board"},
		{"a new name and other people is another step", []schema.Step{a, b}, []schema.Step{a, step("z", anyOne, 8, 9)},
			"a +z -b"},
		{"two swapped, one new: what kept its place stays", []schema.Step{a, b},
			[]schema.Step{step("x", anyOne, 9), b, a}, "+x b >a"},
		{"moved and changed", []schema.Step{a, b, c}, []schema.Step{b, c, step("a", all, 1)}, "b c >~a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := alignment(tt.before, tt.after); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// However two lists differ, the alignment tells every step of both once, at its right place.
func TestAlignStepsTellsEachStepOnce(t *testing.T) {
	r := random(t)
	for range 2000 {
		var lists [2][]schema.Step
		for i := range lists {
			for range r.IntN(6) {
				lists[i] = append(lists[i], step(fmt.Sprint("s", r.IntN(4)), schema.RuleAny, int64(1+r.IntN(4)),
					int64(1+r.IntN(4))))
			}
		}
		var from, to [6]int
		for _, c := range reconcile.AlignSteps(lists[0], lists[1]) {
			if c.From >= 0 {
				from[c.From]++
			}
			if c.To >= 0 {
				to[c.To]++
			}
		}
		for i, n := range from {
			if want := map[bool]int{true: 1}[i < len(lists[0])]; n != want {
				t.Fatalf("step %d of %v told %d times", i, lists[0], n)
			}
		}
		for i, n := range to {
			if want := map[bool]int{true: 1}[i < len(lists[1])]; n != want {
				t.Fatalf("step %d of %v told %d times", i, lists[1], n)
			}
		}
	}
}
