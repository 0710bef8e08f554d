package reconcile

import "countersign/state"

// drift tells a bound template that somebody changed or removed by hand.
func (d *differ) drift(b *state.Binding) {
	if b.ID == 0 {
		return
	}
	live := d.live[b.ID]
	place := d.placeOf(b)
	switch {
	case live == nil:
		d.plan.Drift = append(d.plan.Drift, Drift{Address: b.Address, ID: b.ID, Place: place, Recorded: d.shown(b.Recorded)})
	case live.Unreadable != "":
	case !live.Template.Equal(b.Recorded) || live.ScopeID != b.ScopeID:
		recorded, now := d.shown(b.Recorded), d.shown(live.Template)
		place.ID = live.ScopeID
		d.plan.Drift = append(d.plan.Drift, Drift{Address: b.Address, ID: b.ID, Place: place, Recorded: recorded, Live: now,
			Steps: AlignSteps(recorded.Steps, now.Steps), Edited: d.edit(live)})
	}
}
