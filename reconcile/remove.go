package reconcile

import (
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// unwanted plans the end of a binding that nothing declares any more.
func (d *differ) unwanted(b *state.Binding) {
	live := d.live[b.ID]
	c := plans.Change{Address: b.Address, ID: b.ID, Place: d.placeOf(b)}
	switch {
	case b.ID == 0:
	case live == nil:
		d.forget(c, b.Recorded)
	case !d.options.NoRemovals && d.unreadable(b.Address, live):
	case !d.options.NoRemovals && d.keeps(b):
		d.protected(b.Address, live, "removed")
	default:
		c.Reason = d.undeclared(b.Address)
		d.remove(c, live, b.Recorded)
	}
}

// undeclared is why an address is not declared; "" when everything is destroyed anyway.
func (d *differ) undeclared(address addr.Address) plans.Reason {
	switch {
	case d.plan.Mode == plans.Destroy:
		return ""
	case d.blocks[address.Block()]:
		return plans.KeyGone
	}
	return plans.Undeclared
}

// keeps reports whether prevent_destroy keeps a template. The block decides while there is one; without it the state
// remembers.
func (d *differ) keeps(b *state.Binding) bool {
	if block := d.declared[b.Address]; block != nil {
		return block.PreventDestroy
	}
	return b.PreventDestroy
}

// protected refuses what would take a template away: what says what that is.
func (d *differ) protected(address addr.Address, live *schema.Live, what string) {
	how := "Set prevent_destroy = false in its block"
	if d.declared[address] == nil {
		how = "No block declares it any more, and the state remembers its protection. Declare it again with " +
			"prevent_destroy = false and apply, then remove the block"
	}
	d.problem(schema.Error, address, "lifecycle", "The template is protected by prevent_destroy",
		"%s (%q, tid %d) would be %s. %s, if that is meant.", address, live.Template.Title, live.ID, what, how)
}

// deposed plans the removals that earlier replacements have left over.
func (d *differ) deposed(b *state.Binding) {
	for _, dep := range b.Deposed {
		c := plans.Change{Address: b.Address, Deposed: true, ID: dep.ID, Place: plans.Place{ID: dep.ScopeID}}
		switch live := d.live[dep.ID]; {
		case live == nil:
			d.forget(c, dep.Recorded)
		case !d.options.NoRemovals && d.unreadable(b.Address, live):
		default:
			c.Reason = plans.LeftOver
			d.remove(c, live, dep.Recorded)
		}
	}
}

// forget plans the end of a binding whose template is gone from the drive.
func (d *differ) forget(c plans.Change, recorded schema.Template) {
	c.Action, c.Reason, c.Before = plans.Forget, plans.Gone, d.shown(recorded)
	d.plan.Changes = append(d.plan.Changes, c)
}

// remove plans the removal of a live template. One that this program cannot read is shown as it was recorded.
func (d *differ) remove(c plans.Change, live *schema.Live, recorded schema.Template) {
	c.Action, c.ID, c.Place.ID = plans.Remove, live.ID, live.ScopeID
	c.Before, c.Saw, c.Edited = d.shown(live.Template), plans.Fingerprint(live), d.edit(live)
	if live.Unreadable != "" {
		c.Before = d.shown(recorded)
	}
	if d.options.NoRemovals {
		d.plan.HeldBack = append(d.plan.HeldBack, c)
	} else {
		d.plan.Changes = append(d.plan.Changes, c)
	}
}
