package reconcile

import (
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
)

// unmanaged reports, or removes where the scope is wholly owned, the live templates that no address stands for.
func (d *differ) unmanaged(scopes []schema.Scope) {
	refused := map[int64]bool{} // told already, and not to be removed: the declared one was not made
	for _, c := range d.plan.Refused {
		refused[c.ID] = true
	}
	for _, s := range scopes {
		place := d.places[s.Address]
		if s.Unmanaged == schema.UnmanagedIgnore || !d.targeted.has(addr.Address{}, s.Address) {
			continue
		}
		list := d.world.Listings[place.ID].Templates
		for i := range list {
			l := &list[i]
			if l.ScopeID != place.ID || !d.owner[l.ID].IsZero() || refused[l.ID] {
				continue
			}
			if l.Unreadable != "" {
				d.problem(schema.Warning, s.Address, "", "A template cannot be read",
					"%s has a template %q (tid %d%s) that is bound to no address and that this program "+
						"cannot read: %s. It is left alone.",
					place.Text(), l.Template.Title, l.ID, editText(d.edit(l)), l.Unreadable)
			}
			if s.Unmanaged == schema.UnmanagedRemove && l.Unreadable == "" && d.plan.Mode == plans.Normal {
				d.remove(plans.Change{Action: plans.Remove, Reason: plans.Unowned, ID: l.ID, Place: place, Before: d.shown(l.Template),
					Saw: plans.Fingerprint(l), Edited: d.edit(l)})
				continue
			}
			d.plan.Unmanaged = append(d.plan.Unmanaged, plans.Found{ID: l.ID, Place: place, Live: *d.shown(l.Template),
				Unreadable: l.Unreadable, Edited: d.edit(l)})
		}
	}
}
