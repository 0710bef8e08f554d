package reconcile

import (
	"context"

	"countersign/schema"
	"countersign/state"
)

// Journal is where Apply notes a write before it is sent, and how it ended.
type Journal interface {
	Begin(ctx context.Context, intents []state.Intent) ([]state.Intent, error)
	Settle(ctx context.Context, outcomes []state.Outcome) error
}

// Apply carries a plan out on the drive. Cancelling ctx lets the calls under way finish and starts no others.
// The state returned is what is to be written, outputs apart: what st said, changed by what was done.
func Apply(ctx context.Context, d Drive, j Journal, p *Plan, st state.State, s Settings) (*Result, state.State) {
	panic("not built")
}

// RecordOutputs puts outputs into the state; unknown ones are left out.
func RecordOutputs(st state.State, outputs []schema.Output) state.State { panic("not built") }
