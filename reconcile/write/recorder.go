package write

import (
	"context"
	"sync"

	"countersign/state"
)

// Recorder is a journal that keeps its records, to fold them into the state. It keeps a record even when the journal
// could not: what was sent took place all the same.
type Recorder struct {
	Journal
	mu      sync.Mutex
	records []state.Record
}

// Record begins to keep records. The intents are those that an interrupted run left open in the journal.
func Record(j Journal, pending []state.Intent) *Recorder {
	r := &Recorder{Journal: j}
	r.intents(pending)
	return r
}

// Fold returns the state with what was done.
func (r *Recorder) Fold(st state.State) state.State {
	st, _ = state.Fold(st, r.records)
	return st
}

// Begin notes intents in the journal, and keeps them.
func (r *Recorder) Begin(ctx context.Context, intents []state.Intent) ([]state.Intent, error) {
	noted, err := r.Journal.Begin(ctx, intents)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.intents(noted)
	return noted, err
}

func (r *Recorder) intents(noted []state.Intent) {
	for _, in := range noted {
		r.records = append(r.records, state.Record{Intent: &in})
	}
}

// Settle keeps outcomes, and notes them in the journal.
func (r *Recorder) Settle(ctx context.Context, outcomes []state.Outcome) error {
	r.mu.Lock()
	for _, out := range outcomes {
		r.records = append(r.records, state.Record{Outcome: &out})
	}
	r.mu.Unlock()
	return r.Journal.Settle(ctx, outcomes)
}
