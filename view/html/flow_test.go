package html

import (
	"math/rand/v2"
	"slices"
	"testing"

	"countersign/reconcile"
	"countersign/schema"
	"countersign/view/viewtest"
)

// Whatever becomes of a flow, both rows of its picture stand in their own order, and what stays stands in one column.
func TestColumnsKeepTheirOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	flow := func() (steps []schema.Step) {
		for _, i := range random.Perm(7)[:random.IntN(8)] {
			steps = append(
				steps,
				viewtest.Step([]string{"初审", "复审", "终审", "法务", "财务", "会签", "备案"}[i], schema.RuleAll, 0, viewtest.Zhang),
			)
		}
		return steps
	}
	for range 2000 {
		before, after := flow(), flow()
		var was, now []int
		for _, c := range columnsOf(reconcile.AlignSteps(before, after)) {
			if c.Before != nil && !c.came {
				was = append(was, c.From)
			}
			if c.After != nil && !c.left {
				now = append(now, c.To)
			}
			if (c.left || c.came) != c.Moved {
				t.Fatalf("a step that moved has a place of its own in both rows, others have one: %+v", c)
			}
		}
		if len(was) != len(before) || len(now) != len(after) || !slices.IsSorted(was) || !slices.IsSorted(now) {
			t.Fatalf("%v and %v stand as %v and %v", before, after, was, now)
		}
	}
}
