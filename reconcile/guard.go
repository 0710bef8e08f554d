package reconcile

import (
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
)

// guard refuses a plan that removes more templates than -max-removals allows; by default, more than 10 and more than
// 30 % of those that are bound.
func (d *differ) guard() {
	n, limit := 0, d.options.MaxRemovals
	for _, c := range d.plan.Changes {
		if c.Action == plans.Remove && !c.Deposed {
			n++
		}
	}
	switch {
	case limit < 0 && n > 10 && n*10 > d.plan.Bound*3:
		d.problem(schema.Error, addr.Address{}, "", "The plan would remove too much",
			"It would remove %d templates, and %d are bound: more than 10, and more than 30 %% of those bound. "+
				"If that is meant, say so with -max-removals=%d; to leave removals out of this run, use -no-removals.",
			n, d.plan.Bound, n)
	case limit >= 0 && n > limit:
		d.problem(schema.Error, addr.Address{}, "", "The plan would remove too much",
			"It would remove %d templates, and -max-removals allows %d. If that is meant, raise it; "+
				"to leave removals out of this run, use -no-removals.", n, limit)
	}
}
