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
	for i := range pending {
		in := &pending[i]
		out, found := settle(in, w.Listings[in.ScopeID].Templates, taken)
		outcomes = append(outcomes, out)
		records = append(records, state.Record{Intent: in}, state.Record{Outcome: &out})
		notes = append(notes, schema.Problem(schema.Warning, in.Address, "", "An interrupted run was settled", found))
	}
	settled, _ = state.Fold(st, records)
	return settled, outcomes, notes
}

// settle tells from a scope's list whether an intent took place, and in words what was found.
func settle(in *state.Intent, list []schema.Live, taken map[int64]bool) (state.Outcome, string) {
	out := state.Outcome{Seq: in.Seq}
	what := in.Address
	if what == "" {
		what = fmt.Sprintf("the unmanaged template %d", in.ID)
	}
	switch in.Op {
	case state.OpCreate:
		if l := newborn(in, list, taken); l != nil {
			out.Done, out.ID = true, l.ID
			return out, fmt.Sprintf("An earlier run was making %s on %d when it ended; the drive has it as tid %d.", what, in.ScopeID, l.ID)
		}
		return out, fmt.Sprintf("An earlier run was about to make %s on %d when it ended; the drive does not have it.", what, in.ScopeID)
	case state.OpUpdate:
		l := find(list, in.ID)
		out.Done = l != nil && l.Template.Equal(*in.Wants)
		if out.Done {
			return out, fmt.Sprintf("An earlier run was changing %s (tid %d) when it ended; the drive has the change.", what, in.ID)
		}
		return out, fmt.Sprintf("An earlier run was about to change %s (tid %d) when it ended; the drive does not have that change.", what, in.ID)
	default:
		out.Done = find(list, in.ID) == nil
		if out.Done {
			return out, fmt.Sprintf("An earlier run was removing %s (tid %d) when it ended; it is gone.", what, in.ID)
		}
		return out, fmt.Sprintf("An earlier run was about to remove %s (tid %d) when it ended; it is still there.", what, in.ID)
	}
}

// newborn finds the template that a create made: of its title, on its scope, not there before and bound to nothing;
// one of the very content before one that was edited since, the lowest id first.
func newborn(in *state.Intent, list []schema.Live, taken map[int64]bool) *schema.Live {
	var found *schema.Live
	for i := range list {
		l := &list[i]
		if l.ScopeID != in.ScopeID || l.Template.Title != in.Wants.Title || taken[l.ID] || slices.Contains(in.Known, l.ID) {
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

func find(list []schema.Live, id int64) *schema.Live {
	if i := slices.IndexFunc(list, func(l schema.Live) bool { return l.ID == id }); i >= 0 {
		return &list[i]
	}
	return nil
}
