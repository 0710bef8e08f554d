// Package statetest has the tests that every store.Backend passes, and a Backend in memory for tests of what works with
// a state.
package statetest

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"

	"countersign/state"
	"countersign/state/store"
)

// Memory is a store.Backend: one process that works on a place in memory.
type Memory struct {
	place  *place
	lockID string // of the lock that Lock took; "" without one
}

// place is what all processes at it share.
type place struct {
	mu      sync.Mutex
	text    []byte
	version int // counts the times that the text was written
	journal *kept
	holder  *store.LockInfo
	dead    bool
}

// kept is a journal that is there.
type kept struct{ entries [][]byte }

// NewMemory is an empty place.
func NewMemory() *Memory { return &Memory{place: &place{}} }

// Again is another process at the same place.
func (m *Memory) Again() *Memory { return &Memory{place: m.place} }

// Copy is another place, where the same is kept.
func (m *Memory) Copy() *Memory {
	m.place.mu.Lock()
	defer m.place.mu.Unlock()
	p := &place{text: m.place.text, version: m.place.version}
	if m.place.journal != nil {
		p.journal = &kept{slices.Clone(m.place.journal.entries)}
	}
	return &Memory{place: p}
}

// Kill makes the place keep nothing more, as if all processes at it were gone. Revive ends that.
func (m *Memory) Kill()   { m.setDead(true) }
func (m *Memory) Revive() { m.setDead(false) }

func (m *Memory) setDead(dead bool) {
	m.place.mu.Lock()
	defer m.place.mu.Unlock()
	m.place.dead = dead
}

// ErrKilled is why nothing is kept after Kill.
var ErrKilled = errors.New("killed")

// write changes the place, unless this process may not.
func (m *Memory) write(do func(*place) error) error {
	m.place.mu.Lock()
	defer m.place.mu.Unlock()
	switch {
	case m.place.dead:
		return ErrKilled
	case m.lockID != "" && (m.place.holder == nil || m.place.holder.ID != m.lockID):
		return store.ErrLockLost
	}
	return do(m.place)
}

func (p *place) mark() store.Version {
	if p.text == nil {
		return ""
	}
	return store.Version(strconv.Itoa(p.version))
}

// Where implements store.Backend.
func (m *Memory) Where() store.Where {
	return store.Where{State: "in memory", Journal: "in memory beside it"}
}

// Backup implements store.Backend. There is none.
func (m *Memory) Backup() string { return "" }

// Load implements store.Backend.
func (m *Memory) Load(_ context.Context, known store.Version) ([]byte, store.Version, error) {
	m.place.mu.Lock()
	defer m.place.mu.Unlock()
	mark := m.place.mark()
	if mark == known {
		return nil, mark, nil
	}
	return slices.Clone(m.place.text), mark, nil
}

// Replace implements store.Backend.
func (m *Memory) Replace(_ context.Context, _ state.Identity, text []byte, was store.Version) (
	mark store.Version, err error) {
	err = m.write(func(p *place) error {
		if p.mark() != was {
			return store.ErrChanged
		}
		p.text, p.version = slices.Clone(text), p.version+1
		mark = p.mark()
		return nil
	})
	return mark, err
}

// Journal implements store.Backend.
func (m *Memory) Journal(context.Context) ([][]byte, store.Journal, error) {
	m.place.mu.Lock()
	defer m.place.mu.Unlock()
	k := m.place.journal
	if k == nil {
		return nil, nil, nil
	}
	return slices.Clone(k.entries), &journal{m, k, len(k.entries)}, nil
}

// ReplaceJournal implements store.Backend.
func (m *Memory) ReplaceJournal(_ context.Context, entries [][]byte) (j store.Journal, err error) {
	err = m.write(func(p *place) error {
		p.journal = nil
		if len(entries) > 0 {
			p.journal = &kept{slices.Clone(entries)}
		}
		j = &journal{m, p.journal, len(entries)}
		return nil
	})
	return j, err
}

type journal struct {
	*Memory
	kept   *kept
	length int // when it was read or appended to last
}

func (j *journal) Append(_ context.Context, entries [][]byte, _ bool) error {
	return j.write(func(p *place) error {
		if p.journal != j.kept || len(j.kept.entries) != j.length {
			return store.ErrOtherWriter
		}
		for _, e := range entries {
			j.kept.entries = append(j.kept.entries, slices.Clone(e))
		}
		j.length = len(j.kept.entries)
		return nil
	})
}

// Lock implements store.Backend.
func (m *Memory) Lock(_ context.Context, info store.LockInfo) error {
	m.place.mu.Lock()
	defer m.place.mu.Unlock()
	if m.place.holder != nil {
		return &store.LockedError{Holder: *m.place.holder}
	}
	m.place.holder, m.lockID = &info, info.ID
	return nil
}

// Unlock implements store.Backend.
func (m *Memory) Unlock(context.Context) error {
	m.place.mu.Lock()
	defer m.place.mu.Unlock()
	if m.place.holder != nil && m.place.holder.ID == m.lockID {
		m.place.holder = nil
	}
	m.lockID = ""
	return nil
}

// Locked implements store.Backend.
func (m *Memory) Locked(context.Context) error {
	m.place.mu.Lock()
	defer m.place.mu.Unlock()
	if m.place.holder == nil {
		return nil
	}
	return &store.LockedError{Holder: *m.place.holder}
}

// ForceUnlock implements store.Backend.
func (m *Memory) ForceUnlock(_ context.Context, id string) error {
	m.place.mu.Lock()
	defer m.place.mu.Unlock()
	if m.place.holder == nil {
		return store.ErrNotLocked
	}
	if err := m.place.holder.Confirm(id); err != nil {
		return err
	}
	m.place.holder = nil
	return nil
}
