// Package statetest keeps a state in memory, for tests of what works with one. It follows the protocol of state.Local:
// intents are noted before they are sent, and writing the state leaves those whose outcome is not known in the journal.
// It checks nothing that the state's own tests check.
package statetest

import (
	"context"
	"errors"
	"slices"
	"sync"

	"countersign/state"
)

// Memory is a state and its journal. The zero Memory is empty.
type Memory struct {
	mu      sync.Mutex
	state   state.State
	records []state.Record
	seq     int
	dead    bool
}

var errDead = errors.New("killed")

// Kill makes it keep nothing more, as if the process were gone, and Revive ends that, as the next run does.
func (m *Memory) Kill()   { m.set(true) }
func (m *Memory) Revive() { m.set(false) }

func (m *Memory) set(dead bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dead = dead
}

// Copy is another one that keeps the same.
func (m *Memory) Copy() *Memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &Memory{state: m.state, records: slices.Clone(m.records), seq: m.seq}
}

// Read returns the state as it and the journal together tell it, and the intents whose outcome is unknown.
func (m *Memory) Read() (state.State, []state.Intent) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return state.Fold(m.state, m.records)
}

// Write keeps a state, and of the journal the intents whose outcome is unknown. A dead one keeps what it has.
func (m *Memory) Write(s state.State) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return
	}
	_, pending := state.Fold(state.State{}, m.records)
	m.state, m.records = s, nil
	for _, in := range pending {
		m.records = append(m.records, state.Record{Intent: &in})
	}
}

// Begin notes intents, and gives each its Seq.
func (m *Memory) Begin(_ context.Context, intents []state.Intent) ([]state.Intent, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return nil, errDead
	}
	noted := slices.Clone(intents)
	for i := range noted {
		m.seq++
		noted[i].Seq = m.seq
		in := noted[i]
		m.records = append(m.records, state.Record{Intent: &in})
	}
	return noted, nil
}

// Sent notes that an intent is being sent.
func (m *Memory) Sent(_ context.Context, mark state.Sent) error {
	return m.note(state.Record{Sent: &mark})
}

// Settle notes how intents ended.
func (m *Memory) Settle(_ context.Context, outcomes []state.Outcome) error {
	records := make([]state.Record, len(outcomes))
	for i := range outcomes {
		records[i].Outcome = &outcomes[i]
	}
	return m.note(records...)
}

func (m *Memory) note(records ...state.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return errDead
	}
	m.records = append(m.records, records...)
	return nil
}
