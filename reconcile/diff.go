package reconcile

import (
	"countersign/schema"
	"countersign/state"
)

// Options narrow or guard a plan.
type Options struct {
	Mode        Mode     // "" is Normal
	Targets     []string // addresses; empty: everything. template.x stands for all its instances, a scope's address for the templates on it
	MaxRemovals int      // refuse a plan that removes more; negative: the default guard (more than 10 and more than 30 % of those bound)
	NoRemovals  bool     // leave removals out
}

// Settle finds out by what is live which pending intents took place, and returns the state with them folded in.
// Notes tell the reader what was found. It is a pure function.
func Settle(st state.State, pending []state.Intent, w *World) (settled state.State, outcomes []state.Outcome, notes schema.Diagnostics) {
	panic("not built")
}

// Diff compares declared, recorded and live. It is a pure function; the plan is nil when the diagnostics have errors.
func Diff(decl schema.Declaration, st state.State, w *World, o Options) (*Plan, schema.Diagnostics) {
	panic("not built")
}

// DiffOutputs compares outputs with those the state holds, sorted by name.
func DiffOutputs(before map[string]state.Output, after []schema.Output) []OutputChange {
	panic("not built")
}
