package reconcile

import (
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
)

// guard refuses a plan that would remove more than it may.
func (d *differ) guard() {
	n := 0
	for _, c := range d.plan.Changes {
		if c.Action == plans.Remove && !c.Deposed {
			n++
		}
	}
	limit := d.options.MaxRemovals
	if limit < 0 {
		if n <= 10 || n*10 <= d.plan.Bound*3 {
			return
		}
		d.problem(schema.Error, addr.Address{}, "", "The plan would remove too much",
			"It would remove %d templates, and %d are bound: more than 10, and more than 30 %% of those bound. "+
				"If that is meant, say so with -max-removals=%d; to leave removals out of this run, use -no-removals.",
			n, d.plan.Bound, n)
		return
	}
	if n > limit {
		d.problem(schema.Error, addr.Address{}, "", "The plan would remove too much",
			"It would remove %d templates, and -max-removals allows %d. If that is meant, raise it; "+
				"to leave removals out of this run, use -no-removals.", n, limit)
	}
}
