package reconcile

import (
	"slices"

	"countersign/schema"
	"countersign/schema/addr"
)

// StayReason is why an edit by hand stays.
type StayReason string

const (
	Unset   StayReason = "unset"   // the configuration does not set the attribute
	Ignored StayReason = "ignored" // its ignore_changes names it
	Agreed  StayReason = "agreed"  // the configuration says the same by now
)

// Stay is an attribute that was edited by hand and that the plan leaves as it is.
type Stay struct {
	Attribute string     `json:"attribute"`
	Why       StayReason `json:"why"`
}

// stays says of each edit by hand whether the plan undoes it, and of what stays of it why.
func (d *differ) stays() {
	changes := make(map[addr.Address]*Change, len(d.plan.Changes))
	for i := range d.plan.Changes {
		if c := &d.plan.Changes[i]; !c.Deposed && !c.Address.IsZero() {
			changes[c.Address] = c
		}
	}
	for i := range d.plan.Drift {
		edit := &d.plan.Drift[i]
		c, block := changes[edit.Address], d.declared[edit.Address]
		switch {
		case c == nil:
		case edit.Live == nil || block == nil || c.Before == nil || c.After == nil:
			edit.Undone = c.Action != NoOp && c.Action != Forget
		default:
			edit.Undone = c.Action == Replace && c.OldPlace.ID == edit.Place.ID
			for _, a := range schema.Attributes {
				switch {
				case a.Same(edit.Recorded, edit.Live):
				case !a.Same(c.Before, c.After):
					edit.Undone = true
				case slices.Contains(block.IgnoreChanges, a.Name):
					edit.Stays = append(edit.Stays, Stay{a.Name, Ignored})
				case !a.Managed(c.Sets):
					edit.Stays = append(edit.Stays, Stay{a.Name, Unset})
				default:
					edit.Stays = append(edit.Stays, Stay{a.Name, Agreed})
				}
			}
		}
	}
}
