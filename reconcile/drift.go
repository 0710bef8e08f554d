package reconcile

import (
	"countersign/reconcile/plans"
	"countersign/reconcile/world"
	"countersign/schema"
	"countersign/state"
)

// FindDrift compares what is recorded with what is live, and nothing else: the plan is a refresh-only one, and its
// Drift is what was edited by hand. A bound template that cannot be read is an error: nobody knows whether it was
// edited, and silence would mean that it was not.
func FindDrift(decl schema.Declaration, st state.State, w *world.World, targets []string) (*plans.Plan,
	schema.Diagnostics) {
	plan, diags := Diff(decl, st, w, Options{Mode: plans.RefreshOnly, Targets: targets})
	if diags.HasErrors() {
		return nil, diags
	}
	live, within := w.LiveByID(), newTargets(targets)
	var unread schema.Diagnostics
	for _, b := range st.Bindings {
		if l := live[b.ID]; b.ID != 0 && l != nil && l.Unreadable != "" && within.has(b.Address, b.Scope) {
			unread = append(unread, schema.Problem(schema.Error, b.Address, "", "A template cannot be read",
				"Whether %s (tid %d, %q) has drifted is not known, because this program cannot read it: %s. "+
					"Look at it in the drive's console, or use a newer countersign.",
				b.Address, l.ID, l.Template.Title, l.Unreadable))
		}
	}
	if unread.HasErrors() {
		return nil, append(diags, unread...)
	}
	return plan, diags
}

// drift notes that somebody changed or removed a bound template by hand.
func (d *differ) drift(b *state.Binding) {
	live := d.live[b.ID]
	drift := plans.Drift{Address: b.Address, ID: b.ID, Place: d.placeOf(b)}
	switch {
	case b.ID == 0:
		return
	case live == nil:
		drift.Recorded = d.shown(b.Recorded)
	case live.Unreadable != "", live.Template.Equal(b.Recorded) && live.ScopeID == b.ScopeID:
		return
	default:
		drift.Place.ID, drift.Live, drift.Edited = live.ScopeID, d.shown(live.Template), d.edit(live)
		recorded := b.Recorded
		spellAs(&recorded, &live.Template)
		drift.Recorded = d.shown(recorded)
		drift.Steps = AlignSteps(drift.Recorded.Steps, drift.Live.Steps)
	}
	d.plan.Drift = append(d.plan.Drift, drift)
}
