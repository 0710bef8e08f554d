package plans

import "countersign/state"

// Imported is the binding of an imported template: as it is after its update, or as it was before when that failed.
func (c *Change) Imported(failed bool) state.Binding {
	b := state.Binding{Address: c.Address, ID: c.ID, ScopeID: c.Place.ID}
	c.Describe(&b)
	b.Recorded = *c.Before
	if c.Action == Update && !failed {
		b.Recorded = *c.After
	}
	return b
}

// Describe notes in a binding what the code says of the template.
func (c *Change) Describe(b *state.Binding) {
	b.Scope, b.ScopeKind, b.ScopePath = c.Place.Address, c.Place.Kind, c.Place.Path
	b.Sets, b.PreventDestroy = c.Sets, c.PreventDestroy
}

// PlaceOf is the folder or file of a binding.
func PlaceOf(b *state.Binding) Place {
	return Place{Address: b.Scope, Kind: b.ScopeKind, ID: b.ScopeID, Path: b.ScopePath}
}
