package world

import (
	"fmt"

	"countersign/reconcile/plans"
	"countersign/reconcile/write"
	"countersign/schema"
	"countersign/state"
)

// Settled is what became of the writes that an interrupted run had begun and not finished.
type Settled struct {
	State    state.State        // with those writes folded in
	Outcomes []state.Outcome    // for the journal
	Spare    bool               // a create fits several templates; the notes name them
	Notes    schema.Diagnostics // what was found
}

// Settle finds out by what is live which pending intents took place. It is a pure function.
func Settle(st state.State, pending []state.Intent, w *World) Settled {
	s := Settled{State: st}
	if len(pending) == 0 {
		return s
	}
	owners := st.Index().Owners
	records := make([]state.Record, 0, 2*len(pending))
	lists := map[int64]write.List{}
	for i := range pending {
		in := &pending[i]
		if in.Op == state.OpStage {
			continue // package stage settles these
		}
		list, indexed := lists[in.ScopeID]
		if !indexed {
			list = write.Index(w.Listings[in.ScopeID].Templates)
			lists[in.ScopeID] = list
		}
		out, spare := write.Settle(in, list, func(id int64) bool { return !owners[id].IsZero() })
		note := found(in, out)
		if out.Done && in.Op == state.OpCreate {
			owners[out.ID] = in.Address
		}
		if len(spare) > 0 {
			s.Spare = true
			note += " " + plans.SpareText(spare)
		}
		s.Outcomes = append(s.Outcomes, out)
		records = append(records, state.Record{Intent: in}, state.Record{Outcome: &out})
		if in.Wait != 0 || out.Done { // otherwise it was never sent
			s.Notes = append(s.Notes, schema.Problem(schema.Warning, in.Address, "",
				"An interrupted run was settled", "%s", note))
		}
	}
	s.State, _ = state.Fold(st, records)
	return s
}

// found describes what became of a write of an interrupted run.
func found(in *state.Intent, out state.Outcome) string {
	what := in.Address.String()
	if what == "" {
		what = fmt.Sprintf("the unmanaged template %d", in.ID)
	}
	tid := fmt.Sprintf("%s (tid %d)", what, in.ID)
	switch {
	case in.Op == state.OpCreate:
		on := (plans.Place{Address: in.Scope, ID: in.ScopeID, Path: in.ScopePath}).Text()
		if !out.Done {
			return fmt.Sprintf("An earlier run was about to make %s on %s when it ended; the drive does not have it.",
				what, on)
		}
		return fmt.Sprintf("An earlier run was making %s on %s when it ended; the drive has it as tid %d.", what, on,
			out.ID)
	case in.Op == state.OpUpdate && out.Done:
		return fmt.Sprintf("An earlier run was changing %s when it ended; the drive has the change.", tid)
	case in.Op == state.OpUpdate:
		return fmt.Sprintf("An earlier run was about to change %s when it ended; the drive does not have that change.",
			tid)
	case out.Done:
		return fmt.Sprintf("An earlier run was removing %s when it ended; it is gone.", tid)
	}
	return fmt.Sprintf("An earlier run was about to remove %s when it ended; it is still there.", tid)
}
