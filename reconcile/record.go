package reconcile

import (
	"slices"

	"countersign/schema/addr"
	"countersign/state"
)

// record brings the parts of the state up to date that no write to the drive stands behind: what was imported or
// forgotten, what is live of the templates that needed no change, and what the code says about each.
func record(st state.State, p *Plan, r *Result) state.State {
	at := make(map[addr.Address]int, len(st.Bindings))
	bindings := slices.Clone(st.Bindings)
	for i, b := range bindings {
		at[b.Address] = i
	}
	undone := map[addr.Address]bool{}
	for _, f := range slices.Concat(r.Failed, r.NotTried) {
		undone[f.Change.Address] = true
	}
	for i := range p.Changes {
		c := &p.Changes[i]
		n, bound := at[c.Address]
		switch {
		case c.Reason == Unowned:
		case c.Deposed:
			if bound && c.Action == Forget {
				gone := func(d state.Deposed) bool { return d.ID == c.ID }
				bindings[n].Deposed = slices.DeleteFunc(slices.Clone(bindings[n].Deposed), gone)
			}
		case c.Action == Forget:
			if bound {
				bindings[n].ID = 0
			}
		case c.Importing && !bound:
			bindings = append(bindings, imported(c, undone[c.Address]))
		case bound && c.Action == NoOp:
			b := &bindings[n]
			b.ScopeID = c.Place.ID
			if !b.Recorded.Equal(*c.Before) { // what only the names differ in stays: a list need not tell them
				b.Recorded = *c.Before
			}
			describe(b, c)
		case bound && c.Action == Update && !undone[c.Address]:
			describe(&bindings[n], c)
		}
	}
	bindings = slices.DeleteFunc(bindings, func(b state.Binding) bool { return b.ID == 0 && len(b.Deposed) == 0 })
	slices.SortStableFunc(bindings, func(a, b state.Binding) int { return a.Address.Compare(b.Address) })
	st.Bindings = bindings
	return st
}

// imported is the binding of an imported template: as it is after its update, or as it was when that failed.
func imported(c *Change, failed bool) state.Binding {
	b := state.Binding{Address: c.Address, ID: c.ID, ScopeID: c.Place.ID}
	describe(&b, c)
	b.Recorded = *c.Before
	if c.Action == Update && !failed {
		b.Recorded = *c.After
	}
	return b
}

func describe(b *state.Binding, c *Change) {
	b.Scope, b.ScopeKind, b.ScopePath = c.Place.Address, c.Place.Kind, c.Place.Path
	b.Sets, b.PreventDestroy = c.Sets, c.PreventDestroy
}
