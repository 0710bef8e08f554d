package reconcile

import (
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
)

// unmanaged reports the live templates in declared scopes that no address stands for; where the scope is wholly owned,
// it plans their removal.
func (d *differ) unmanaged() {
	refused := map[int64]bool{} // a declared template was refused because of these: that is reported, and they stay
	for _, c := range d.plan.Refused {
		refused[c.ID] = true
	}
	for _, s := range d.decl.Scopes {
		if s.Unmanaged == schema.UnmanagedIgnore || !d.targeted.has(addr.Address{}, s.Address) {
			continue
		}
		place := d.places[s.Address]
		for _, l := range d.world.Own(place.ID) {
			if !d.known.Owners[l.ID].IsZero() || refused[l.ID] {
				continue
			}
			if l.Unreadable != "" {
				d.problem(schema.Warning, s.Address, "", "A template cannot be read",
					"%s has a template %q (tid %d%s) that is bound to no address and that this program cannot read: "+
						"%s. It is left alone.", place.Text(), l.Template.Title, l.ID, editText(d.edit(l)),
					l.Unreadable)
			} else if s.Unmanaged == schema.UnmanagedRemove && d.plan.Mode == plans.Normal {
				d.remove(plans.Change{Reason: plans.Unowned, Place: place}, l, l.Template)
				continue
			}
			d.plan.Unmanaged = append(d.plan.Unmanaged, plans.Found{ID: l.ID, Place: place, Live: *d.shown(l.Template),
				Unreadable: l.Unreadable, Edited: d.edit(l)})
		}
	}
}
