package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"countersign/schema"
	"countersign/state"
)

// Settled is what became of the writes that an interrupted run left open.
type Settled struct {
	State    state.State     // with those writes folded in
	Outcomes []state.Outcome // for the journal
	Spare    []Spare
	Notes    schema.Diagnostics // what was found, for the reader
}

// Spare are templates that fit a create besides the one that is bound: it was carried out twice, or somebody else made one
// like it at the same time.
type Spare struct {
	Address string
	ID      int64   // the bound one
	Others  []int64 // sorted
}

// Settle finds out by what is live which pending intents took place. It is a pure function.
func Settle(st state.State, pending []state.Intent, w *World) Settled {
	s := Settled{State: st}
	if len(pending) == 0 {
		return s
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
		out, spare, found := settle(in, list, func(id int64) bool { return taken[id] })
		if out.Done && in.Op == state.OpCreate {
			taken[out.ID] = true
		}
		if len(spare) > 0 {
			s.Spare = append(s.Spare, Spare{in.Address, out.ID, spare})
			found += " " + spareText(spare)
		}
		s.Outcomes = append(s.Outcomes, out)
		records = append(records, state.Record{Intent: in}, state.Record{Outcome: &out})
		if in.Wait != 0 || out.Done { // of what was never sent there is nothing to tell
			s.Notes = append(s.Notes, schema.Problem(schema.Warning, in.Address, "", "An interrupted run was settled", found))
		}
	}
	s.State, _ = state.Fold(st, records)
	return s
}

// settle tells from a scope's list whether an intent took place, which other templates fit a create, and in words what was
// found. taken are the ids that are somebody's already.
func settle(in *state.Intent, list listed, taken func(id int64) bool) (out state.Outcome, spare []int64, found string) {
	out = state.Outcome{Seq: in.Seq}
	what := in.Address
	if what == "" {
		what = fmt.Sprintf("the unmanaged template %d", in.ID)
	}
	switch in.Op {
	case state.OpCreate:
		on := placeText(Place{Address: in.Scope, ID: in.ScopeID, Path: in.ScopePath})
		born := newborn(in, list, taken)
		if len(born) == 0 {
			return out, nil, fmt.Sprintf("An earlier run was about to make %s on %s when it ended; the drive does not have it.", what, on)
		}
		out.Done, out.ID = true, born[0].ID
		for _, l := range born[1:] {
			spare = append(spare, l.ID)
		}
		slices.Sort(spare)
		return out, spare, fmt.Sprintf("An earlier run was making %s on %s when it ended; the drive has it as tid %d.", what, on, out.ID)
	case state.OpUpdate:
		l := list.byID[in.ID]
		out.Done = l != nil && l.Template.Equal(*in.Wants)
		if out.Done {
			return out, nil, fmt.Sprintf("An earlier run was changing %s (tid %d) when it ended; the drive has the change.", what, in.ID)
		}
		return out, nil, fmt.Sprintf("An earlier run was about to change %s (tid %d) when it ended; the drive does not have that change.", what, in.ID)
	default:
		out.Done = list.byID[in.ID] == nil
		if out.Done {
			return out, nil, fmt.Sprintf("An earlier run was removing %s (tid %d) when it ended; it is gone.", what, in.ID)
		}
		return out, nil, fmt.Sprintf("An earlier run was about to remove %s (tid %d) when it ended; it is still there.", what, in.ID)
	}
}

// newborn finds the templates that a create may have made: of its title, on its scope, not there before and nobody's. Those
// of the very content come before one that was edited since, then the oldest first, which has the lowest id.
func newborn(in *state.Intent, list listed, taken func(id int64) bool) []*schema.Live {
	var found []*schema.Live
	for _, l := range list.byTitle[titled(in.ScopeID, in.Wants.Title)] {
		if !taken(l.ID) && !slices.Contains(in.Known, l.ID) {
			found = append(found, l)
		}
	}
	rank := func(l *schema.Live) int {
		if l.Template.Equal(*in.Wants) {
			return 0
		}
		return 1
	}
	slices.SortFunc(found, func(a, b *schema.Live) int { return cmp.Or(rank(a)-rank(b), cmp.Compare(a.ID, b.ID)) })
	return slices.CompactFunc(found, func(a, b *schema.Live) bool { return a.ID == b.ID })
}

// spareText says what else fits a create, and what to do about it.
func spareText(spare []int64) string {
	ids := make([]string, len(spare))
	for i, id := range spare {
		ids[i] = fmt.Sprint(id)
	}
	return fmt.Sprintf("Also there, of the same title: tid %s. Either the drive was sent the write twice, or somebody else made it at the same time, "+
		"perhaps another configuration, which may have bound the same one. Remove what is spare in the drive's console; or, where it belongs to another "+
		"configuration, give it another title there, `countersign state rm` what that one has bound, and import the spare one.", strings.Join(ids, ", "))
}
