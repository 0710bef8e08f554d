package reconcile

import (
	"fmt"
	"slices"

	"countersign/schema"
	"countersign/state"
)

// Settle finds out by what is live which pending intents took place, and returns the state with them folded in.
// Notes tell the reader what was found. It is a pure function.
func Settle(st state.State, pending []state.Intent, w *World) (settled state.State, outcomes []state.Outcome, notes schema.Diagnostics) {
	if len(pending) == 0 {
		return st, nil, nil
	}
	taken := map[int64]bool{}
	for _, b := range st.Bindings {
		taken[b.ID] = true
		for _, d := range b.Deposed {
			taken[d.ID] = true
		}
	}
	records := make([]state.Record, 0, 2*len(pending))
	lists := map[int64]listed{}
	for i := range pending {
		in := &pending[i]
		if in.Op == state.OpStage {
			continue // settled by those who know the system it was for
		}
		list, indexed := lists[in.ScopeID]
		if !indexed {
			list = index(w.Listings[in.ScopeID].Templates)
			lists[in.ScopeID] = list
		}
		out, found := settle(in, list, taken)
		outcomes = append(outcomes, out)
		records = append(records, state.Record{Intent: in}, state.Record{Outcome: &out})
		if in.Until != 0 || out.Done { // of what was never sent there is nothing to tell
			notes = append(notes, schema.Problem(schema.Warning, in.Address, "", "An interrupted run was settled", found))
		}
	}
	settled, _ = state.Fold(st, records)
	return settled, outcomes, notes
}

// settle tells from a scope's list whether an intent took place, and in words what was found.
func settle(in *state.Intent, list listed, taken map[int64]bool) (state.Outcome, string) {
	out := state.Outcome{Seq: in.Seq}
	what := in.Address
	if what == "" {
		what = fmt.Sprintf("the unmanaged template %d", in.ID)
	}
	switch in.Op {
	case state.OpCreate:
		if l := newborn(in, list, taken); l != nil {
			out.Done, out.ID = true, l.ID
			return out, fmt.Sprintf("An earlier run was making %s on %s when it ended; the drive has it as tid %d.", what, placeText(Place{Address: in.Scope, ID: in.ScopeID, Path: in.ScopePath}), l.ID)
		}
		return out, fmt.Sprintf("An earlier run was about to make %s on %s when it ended; the drive does not have it.", what, placeText(Place{Address: in.Scope, ID: in.ScopeID, Path: in.ScopePath}))
	case state.OpUpdate:
		l := list.byID[in.ID]
		out.Done = l != nil && l.Template.Equal(*in.Wants)
		if out.Done {
			return out, fmt.Sprintf("An earlier run was changing %s (tid %d) when it ended; the drive has the change.", what, in.ID)
		}
		return out, fmt.Sprintf("An earlier run was about to change %s (tid %d) when it ended; the drive does not have that change.", what, in.ID)
	default:
		out.Done = list.byID[in.ID] == nil
		if out.Done {
			return out, fmt.Sprintf("An earlier run was removing %s (tid %d) when it ended; it is gone.", what, in.ID)
		}
		return out, fmt.Sprintf("An earlier run was about to remove %s (tid %d) when it ended; it is still there.", what, in.ID)
	}
}

// newborn finds the template that a create made: of its title, on its scope, not there before and bound to nothing;
// one of the very content before one that was edited since, the lowest id first.
func newborn(in *state.Intent, list listed, taken map[int64]bool) *schema.Live {
	var found *schema.Live
	for _, l := range list.byTitle[titleInScope{in.ScopeID, in.Wants.Title}] {
		if taken[l.ID] || slices.Contains(in.Known, l.ID) {
			continue
		}
		switch same := l.Template.Equal(*in.Wants); {
		case found == nil,
			same && !found.Template.Equal(*in.Wants),
			same == found.Template.Equal(*in.Wants) && l.ID < found.ID:
			found = l
		}
	}
	return found
}
