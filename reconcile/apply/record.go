package apply

import (
	"slices"

	"countersign/reconcile/plans"
	"countersign/schema/addr"
	"countersign/state"
)

// record brings those parts of the state up to date that follow from no write to the drive: what was imported or
// forgotten, what is live of templates that needed no change, and what the code says about each.
func record(st state.State, p *plans.Plan, r *plans.Result) state.State {
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
		case c.Reason == plans.Unowned:
		case c.Deposed:
			if bound && c.Action == plans.Forget {
				gone := func(d state.Deposed) bool { return d.ID == c.ID }
				bindings[n].Deposed = slices.DeleteFunc(slices.Clone(bindings[n].Deposed), gone)
			}
		case c.Action == plans.Forget:
			if bound {
				bindings[n].ID = 0
			}
		case c.Importing && !bound:
			bindings = append(bindings, c.Imported(undone[c.Address]))
		case bound && c.Action == plans.NoOp:
			b := &bindings[n]
			b.ScopeID = c.Place.ID
			if !b.Recorded.Equal(*c.Before) { // when only names differ it stays: a list may leave names out
				b.Recorded = *c.Before
			}
			c.Describe(b)
		case bound && c.Action == plans.Update && !undone[c.Address]:
			c.Describe(&bindings[n])
		}
	}
	bindings = slices.DeleteFunc(bindings, func(b state.Binding) bool { return b.ID == 0 && len(b.Deposed) == 0 })
	slices.SortStableFunc(bindings, func(a, b state.Binding) int { return a.Address.Compare(b.Address) })
	st.Bindings = bindings
	return st
}
