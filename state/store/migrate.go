package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"countersign/state"
)

// A state moves from one place to another in four writes, so that at no moment two places have a state in use, and a
// move that was cut off can be made again:
//
//  1. The new place gets the state and the journal's pending intents, marked as not complete.
//  2. They are read back. Only if they are the same,
//  3. the old place gets the mark of where the state has gone. What it holds stays.
//  4. The new place gets the state without a mark, and that is read back too.

// MigratedError is why a state cannot be used where it is.
type MigratedError struct {
	State   state.State // what is there, its journal folded in
	Pending []state.Intent
	Path    string
}

func (e *MigratedError) Error() string {
	m := e.State.Migrated
	when := fmt.Sprintf("at %s by %s", m.At.UTC().Format(time.RFC3339), m.By)
	if m.From != "" {
		return fmt.Sprintf("the state %s cannot be used yet: moving it here from %s, begun %s, was cut off; "+
			"make it complete with: countersign init -migrate-state", e.Path, m.From, when)
	}
	return fmt.Sprintf("the state is no longer in %s: it was moved to %s %s; write that place into the state block. "+
		"What is left here is as it was then", e.Path, m.To, when)
}

// usable refuses a state that is not in use where it is kept.
func (s *Store) usable(st state.State, pending []state.Intent) error {
	if st.Migrated == nil {
		return nil
	}
	return &MigratedError{st, pending, s.Path()}
}

// inUseOrNot is read for a state that may be marked.
func (s *Store) inUseOrNot(ctx context.Context) (st state.State, pending []state.Intent, unfolded bool, err error) {
	st, pending, unfolded, err = s.read(ctx)
	var marked *MigratedError
	if errors.As(err, &marked) {
		return marked.State, marked.Pending, unfolded, nil
	}
	return st, pending, unfolded, err
}

// address is where the state is, for readers on other machines.
func (s *Store) address() string {
	at := s.backend.Where()
	if len(at.Files) == 0 {
		return at.State
	}
	if path, err := filepath.Abs(at.State); err == nil {
		return path
	}
	return at.State
}

// SamePlace reports whether two stores keep a state in the same place.
func (s *Store) SamePlace(other *Store) bool { return s.address() == other.address() }

// Migrate moves the state of a place that is no longer meant to s, with the intents that are pending in its journal.
// The caller holds both locks. It returns the state and how many intents went along; moved is false when it was there
// already. Nothing of somebody else's is written over: s must be empty, have an earlier part of the same move, or be
// where the state was moved away from before.
func (s *Store) Migrate(ctx context.Context, from *Store, by LockInfo) (
	st state.State, pending int, moved bool, err error) {
	old, left, _, err := from.inUseOrNot(ctx)
	if err != nil {
		return st, 0, false, err
	}
	here, arrived, _, err := s.inUseOrNot(ctx)
	if err != nil {
		return st, 0, false, err
	}
	ctx = context.WithoutCancel(ctx)
	there, err := s.mayTake(from, old, here)
	if err != nil || there {
		return here, 0, false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	from.mu.Lock()
	defer from.mu.Unlock()
	key, err := s.cipher.NewKey()
	if err != nil {
		return st, 0, false, fmt.Errorf("the state %s cannot be written: %w", s.Path(), err)
	}
	oldKey := from.presentKey()
	if _, err := from.cipher.Seal(oldKey, "", nil); err != nil {
		return st, 0, false, fmt.Errorf("the state %s cannot be marked: %w; nothing has been changed",
			from.Path(), err)
	}
	if key == "" && oldKey != "" && from.cipher.Enforced(oldKey) {
		return st, 0, false, fmt.Errorf("the state %s is encrypted, which is enforced, and %s would keep it "+
			"in clear; nothing has been changed: give the new state block an encryption block", from.Path(), s.Path())
	}
	st = old
	st.Migrated = nil
	if gone(old) {
		if err := same(marked(here, nil), arrived, st, left); err != nil {
			return state.State{}, 0, false, fmt.Errorf("what has arrived in %s is not what is left in %s: %w; "+
				"nothing has been changed", s.Path(), from.Path(), err)
		}
	} else {
		arrives := marked(st, &state.Migrated{From: from.address(), At: by.Created, By: by.Who})
		arrives.Serial = max(old.Serial, here.Serial)
		if arrives, err = s.replace(ctx, arrives, s.known.mark, key, left); err == nil {
			err = s.readBack(ctx, arrives, left)
		}
		if err == nil {
			_, err = from.replace(ctx, marked(old, &state.Migrated{To: s.address(), At: by.Created, By: by.Who}),
				from.known.mark, oldKey, left)
		}
	}
	if err == nil {
		st.Serial = s.known.id.Serial
		st, err = s.replace(ctx, st, s.known.mark, key, left)
	}
	if err == nil {
		err = s.readBack(ctx, st, left)
	}
	if err != nil {
		return state.State{}, 0, false, fmt.Errorf("moving the state from %s to %s is not complete: %w. "+
			"Once the cause is mended, run the same command again", from.Path(), s.Path(), err)
	}
	return st, len(left), true, nil
}

// gone reports whether a state has moved elsewhere.
func gone(st state.State) bool { return st.Migrated != nil && st.Migrated.To != "" }

// mayTake refuses a move from old to here that would write over something. there reports that the state has moved
// already.
func (s *Store) mayTake(from *Store, old, here state.State) (there bool, err error) {
	inUse := here.Lineage != "" && here.Migrated == nil
	switch {
	case old.Lineage == "" && inUse:
		return false, fmt.Errorf("there is no state in %s; the one in %s is left as it is", from.Path(), s.Path())
	case old.Lineage == "":
		return false, fmt.Errorf("there is no state in %s that could be moved", from.Path())
	case old.Migrated != nil && !gone(old):
		return false, from.usable(old, nil)
	case here.Lineage != "" && here.Lineage != old.Lineage:
		return false, fmt.Errorf("there is another state in %s already, of lineage %s; the one in %s is "+
			"of lineage %s. Nothing has been changed: move that one away, or name another place",
			s.Path(), here.Lineage, from.Path(), old.Lineage)
	case gone(old) && inUse:
		return true, nil
	case gone(old) && (here.Migrated == nil || gone(here) || old.Migrated.To != s.address()): // it is in a third place
		return false, from.usable(old, nil)
	case inUse:
		return false, fmt.Errorf("a state of the same lineage is in use in %s already, with serial %d; the one "+
			"in %s has serial %d. Nothing has been changed: look which one is right, and move the other away",
			s.Path(), here.Serial, from.Path(), old.Serial)
	}
	return false, nil
}

// presentKey is the key of what was read last. s.mu is held.
func (s *Store) presentKey() string {
	if s.known.id == nil {
		return s.beside.key
	}
	return s.known.key
}

func marked(st state.State, m *state.Migrated) state.State {
	st.Migrated = m
	return st
}

// readBack reads what was written just before. s.mu is held.
func (s *Store) readBack(ctx context.Context, want state.State, pending []state.Intent) error {
	again := New(s.backend, s.cipher)
	st, left, _, err := again.inUseOrNot(ctx)
	if err == nil {
		err = same(st, left, want, pending)
	}
	if err != nil {
		return fmt.Errorf("what was written to %s could not be read back: %w", s.Path(), err)
	}
	return nil
}

// same compares what two places say, but for serials.
func same(a state.State, pendingA []state.Intent, b state.State, pendingB []state.Intent) error {
	b.Serial = a.Serial
	textA, errA := state.Encode(a)
	textB, errB := state.Encode(b)
	journalA, err1 := json.Marshal(pendingA)
	journalB, err2 := json.Marshal(pendingB)
	if err := errors.Join(errA, errB, err1, err2); err != nil {
		return err
	}
	switch {
	case !bytes.Equal(textA, textB):
		return errors.New("the state is not the same")
	case !bytes.Equal(journalA, journalB):
		return errors.New("the writes of an interrupted run are not the same")
	}
	return nil
}
