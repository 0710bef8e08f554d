package store

import (
	"context"
	"fmt"
	"time"

	"countersign/state"
)

// History is a Backend that keeps earlier versions of the state.
type History interface {
	Backend

	// History lists the versions that are kept, the present one among them, the latest first.
	History(ctx context.Context) ([]Former, error)

	// Former returns the text of the version with a serial, nil when it is not kept.
	Former(ctx context.Context, serial uint64) ([]byte, error)
}

// Former is a version of a state that is kept.
type Former struct {
	state.Identity
	Written time.Time
	By      LockInfo // who held the lock when it was written; without an ID where that is not known
}

func (s *Store) keepsHistory() (History, error) {
	if h, keeps := s.backend.(History); keeps {
		return h, nil
	}
	return nil, fmt.Errorf("the state %s has no history: where it is kept, no earlier versions are", s.Path())
}

// History lists the versions of the state that are kept, the latest first.
func (s *Store) History(ctx context.Context) ([]Former, error) {
	h, err := s.keepsHistory()
	if err != nil {
		return nil, err
	}
	all, err := h.History(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the history of the state: %w", err)
	}
	return all, nil
}

// Restore puts the version of a serial in the place of the present state, as Push does: unless forced, it must be of
// the present lineage, and no run may be waiting for its outcome to be found.
func (s *Store) Restore(ctx context.Context, serial uint64, force bool) (state.State, error) {
	former, err := s.former(ctx, serial)
	if err != nil {
		return state.State{}, err
	}
	present, _, _, err := s.inUseOrNot(ctx)
	if err != nil {
		return state.State{}, err
	}
	former.Serial = max(serial, present.Serial) // it is meant to be older
	return s.Push(ctx, former, force)
}

// former returns the version of a serial as it was written.
func (s *Store) former(ctx context.Context, serial uint64) (state.State, error) {
	h, err := s.keepsHistory()
	if err != nil {
		return state.State{}, err
	}
	text, err := h.Former(ctx, serial)
	if err != nil {
		return state.State{}, fmt.Errorf("read serial %d of the state: %w", serial, err)
	}
	if text == nil {
		return state.State{}, fmt.Errorf("serial %d of the state %s is not kept; "+
			"\"countersign state history\" lists those that are", serial, s.Path())
	}
	st, err := s.Decode(text)
	if err == nil && st.Serial != serial {
		err = fmt.Errorf("it says that it is serial %d", st.Serial)
	}
	if err != nil {
		return state.State{}, fmt.Errorf("serial %d of the state %s cannot be used: %w", serial, s.Path(), err)
	}
	return st, nil
}
