package reconcile

import (
	"slices"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
)

// stays notes for each edit by hand whether the plan undoes it, and why parts of it stay.
func (d *differ) stays() {
	edits := make(map[addr.Address]*plans.Drift, len(d.plan.Drift))
	for i := range d.plan.Drift {
		edits[d.plan.Drift[i].Address] = &d.plan.Drift[i]
	}
	for i := range d.plan.Changes {
		c := &d.plan.Changes[i]
		edit, block := edits[c.Address], d.declared[c.Address]
		switch {
		case edit == nil || c.Deposed:
		case edit.Live == nil || block == nil || c.Before == nil || c.After == nil:
			edit.Undone = c.Action != plans.NoOp && c.Action != plans.Forget
		default:
			edit.Undone = c.Action == plans.Replace && c.OldPlace.ID == edit.Place.ID
			for _, a := range schema.Attributes {
				switch {
				case a.Same(edit.Recorded, edit.Live):
				case !a.Same(c.Before, c.After):
					edit.Undone = true
				case slices.Contains(block.IgnoreChanges, a.Name):
					edit.Stays = append(edit.Stays, plans.Stay{Attribute: a.Name, Why: plans.Ignored})
				case !a.Managed(c.Sets):
					edit.Stays = append(edit.Stays, plans.Stay{Attribute: a.Name, Why: plans.Unset})
				default:
					edit.Stays = append(edit.Stays, plans.Stay{Attribute: a.Name, Why: plans.Agreed})
				}
			}
		}
	}
}
