package statetest

import (
	"context"
	"sync/atomic"

	"countersign/state"
	"countersign/state/store"
)

// Run is a state and its journal in memory, as one run of the program after another works with them. What fails though
// it was not killed is a mistake of the test, and panics.
type Run struct {
	memory *Memory
	store  atomic.Pointer[store.Store] // of the present run
}

// NewRun begins without a state.
func NewRun() *Run { return runOn(NewMemory()) }

func runOn(m *Memory) *Run {
	r := &Run{memory: m}
	r.next()
	return r
}

func (r *Run) next() { r.store.Store(store.New(r.memory.Again(), nil)) }

// Kill ends the run: nothing more is kept. Revive begins the next one.
func (r *Run) Kill()   { r.memory.Kill() }
func (r *Run) Revive() { r.memory.Revive(); r.next() }

// Copy is a run of another state, which is the same now.
func (r *Run) Copy() *Run { return runOn(r.memory.Copy()) }

// Read returns the state with its journal folded in, and the intents whose outcome is unknown.
func (r *Run) Read() (state.State, []state.Intent) {
	s, pending, err := r.store.Load().Read(context.Background())
	if err != nil {
		panic(err)
	}
	return s, pending
}

// Write writes the state, if the run was not killed, and ends the run.
func (r *Run) Write(s state.State) {
	r.memory.place.mu.Lock()
	dead := r.memory.place.dead
	r.memory.place.mu.Unlock()
	if dead {
		return
	}
	if _, err := r.store.Load().Write(context.Background(), s); err != nil {
		panic(err)
	}
	r.next()
}

// Begin, Sent and Settle are those of the present run's Store.
func (r *Run) Begin(ctx context.Context, intents []state.Intent) ([]state.Intent, error) {
	return r.store.Load().Begin(ctx, intents)
}

func (r *Run) Sent(ctx context.Context, mark state.Sent) error {
	return r.store.Load().Sent(ctx, mark)
}

func (r *Run) Settle(ctx context.Context, outcomes []state.Outcome) error {
	return r.store.Load().Settle(ctx, outcomes)
}
