package state

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// LockInfo is Terraform's lock document: who holds the lock, since when, for what. Every key is always present.
type LockInfo struct {
	ID        string    `json:"ID"`
	Operation string    `json:"Operation"` // the command
	Info      string    `json:"Info"`
	Who       string    `json:"Who"` // user@host (pid N)
	Version   string    `json:"Version"`
	Created   time.Time `json:"Created"`
	Path      string    `json:"Path"` // where the state is
}

// ByHand is the Operation of a lock that a person has taken, with a reason as its Info, to keep runs away. It does not go
// with the process that took it and does not expire: it is there until ForceUnlock.
const ByHand = "lock"

// ByHand reports whether it is a lock that a person has taken.
func (h LockInfo) ByHand() bool { return h.Operation == ByHand }

// String says who holds the lock since when, doing what.
func (h LockInfo) String() string {
	since := h.Created.UTC().Format(time.RFC3339)
	if h.ByHand() {
		return fmt.Sprintf("by hand by %s since %s: %s", h.Who, since, h.Info)
	}
	about := ""
	if h.Info != "" {
		about = " (" + h.Info + ")"
	}
	return fmt.Sprintf("by %s, running %q%s (version %s) since %s", h.Who, h.Operation, about, h.Version, since)
}

// Confirm says that the lock is another one than a person who wants to take it away has named.
func (h LockInfo) Confirm(id string) error {
	if h.ID == id {
		return nil
	}
	return fmt.Errorf("the lock ID is %s, not %q; it was taken by %s, running %q, at %s",
		h.ID, id, h.Who, h.Operation, h.Created.UTC().Format(time.RFC3339))
}

// LockedError says that somebody else holds the lock. When they have not said yet who they are, Holder has no ID.
type LockedError struct {
	Holder LockInfo
	Ends   time.Duration // after which the lock ends by itself, unless the holder is heard of; 0: it does not
}

func (e *LockedError) Error() string {
	h := e.Holder
	if h.ID == "" {
		said := ""
		if h.Info != "" {
			said = fmt.Sprintf(" (the answer was: %s)", h.Info)
		}
		return fmt.Sprintf("the state %s is locked by another process, which has not said who it is%s; wait for it "+
			"with "+
			"-lock-timeout=5m, or, when you are certain that nobody is at work, delete the lock beside it", h.Path, said)
	}
	if h.ByHand() {
		return fmt.Sprintf("the state %s is locked %s; whoever may end that does so with: countersign unlock", h.Path, h)
	}
	ends := ""
	if e.Ends > 0 {
		ends = fmt.Sprintf("; unless that run is heard of again, the lock ends by itself in %v",
			e.Ends.Truncate(time.Second)+time.Second)
	}
	return fmt.Sprintf("the state %s is locked %s, lock ID %s%s; wait for it with -lock-timeout=5m, or, if you are "+
		"certain "+
		"that it must not go on, take the lock away with: countersign force-unlock %s", h.Path, h, h.ID, ends, h.ID)
}

// The pauses between attempts to take a lock that another holds.
const firstPause, longestPause = 50 * time.Millisecond, time.Second

// Lock takes the lock, waiting up to timeout, and returns what releases it. When another holds it, the error is
// a *LockedError.
func (s *Store) Lock(ctx context.Context, info LockInfo, timeout time.Duration) (unlock func() error, err error) {
	// At least two attempts: where Locked has to take a lock to see that nobody has it, it holds that for a moment.
	timeout = max(timeout, firstPause)
	err = s.await(ctx, timeout, func(ctx context.Context) error { return s.backend.Lock(ctx, info) })
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lockID = info.ID
	return sync.OnceValue(s.unlock), nil
}

func (s *Store) unlock() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lockID = ""
	s.journal = nil // from now on another process may write to it
	if err := s.backend.Unlock(context.Background()); err != nil {
		return fmt.Errorf("unlock the state %s: %w", s.Path(), err)
	}
	return nil
}

// lockLost reports whether the lock that this process took has been taken away.
func (s *Store) lockLost(ctx context.Context) bool {
	if s.lockID == "" {
		return false
	}
	err := s.backend.Locked(ctx)
	var locked *LockedError
	return err == nil || errors.As(err, &locked) && locked.Holder.ID != s.lockID
}

// AwaitUnlocked returns once nobody holds the lock, or after timeout with a *LockedError. It takes no lock, and makes
// and changes nothing: whoever reads need not be kept from reading, but must know that what they read is about to
// change.
func (s *Store) AwaitUnlocked(ctx context.Context, timeout time.Duration) error {
	return s.await(ctx, timeout, s.backend.Locked)
}

// await tries again while somebody holds the lock, for as long as timeout.
func (s *Store) await(ctx context.Context, timeout time.Duration, try func(context.Context) error) error {
	fail := func(err error) error { return fmt.Errorf("lock the state %s: %w", s.Path(), err) }
	deadline := time.Now().Add(timeout)
	told := ""
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		if err := ctx.Err(); err != nil {
			return fail(err)
		}
		err := try(ctx)
		if err == nil {
			return nil
		}
		var locked *LockedError
		if !errors.As(err, &locked) {
			return fail(err)
		}
		left := time.Until(deadline)
		if left <= 0 {
			return locked
		}
		if h := locked.Holder; s.Waiting != nil && left > longestPause && h.ID != told {
			told = h.ID
			s.Waiting(h, left)
		}
		wait := time.NewTimer(min(pause, left))
		select {
		case <-ctx.Done():
			wait.Stop()
			return fail(errors.Join(ctx.Err(), locked))
		case <-wait.C:
		}
	}
}

// Holder is who holds the lock, nil when nobody does or nobody can tell.
func (s *Store) Holder(ctx context.Context) *LockInfo {
	var locked *LockedError
	if errors.As(s.backend.Locked(ctx), &locked) {
		return &locked.Holder
	}
	return nil
}

// UnlockByHand ends a lock that was taken by hand, whoever took it, and returns what it was.
func (s *Store) UnlockByHand(ctx context.Context) (LockInfo, error) {
	var locked *LockedError
	err := s.backend.Locked(ctx)
	switch {
	case err == nil:
		err = ErrNotLocked
	case !errors.As(err, &locked):
	case !locked.Holder.ByHand():
		err = fmt.Errorf("no person has locked it, but it is: %w", err)
	default:
		err = s.backend.ForceUnlock(ctx, locked.Holder.ID)
	}
	if err != nil {
		return LockInfo{}, fmt.Errorf("unlock the state %s: %w", s.Path(), err)
	}
	return locked.Holder, nil
}

// LockByHand takes the lock as a person does. It stays when the process ends.
func (s *Store) LockByHand(ctx context.Context, info LockInfo, timeout time.Duration) error {
	info.Operation = ByHand
	if _, err := s.Lock(ctx, info, timeout); err != nil {
		return err
	}
	var locked *LockedError
	switch err := s.backend.Locked(ctx); {
	case errors.As(err, &locked) && locked.Holder.ID == info.ID:
		return nil
	case err == nil:
		return fmt.Errorf("lock the state %s: nothing keeps a lock on it", s.Path())
	default:
		return fmt.Errorf("lock the state %s: %w", s.Path(), err)
	}
}

// ForceUnlock takes the lock away from whoever holds it, if its ID is id. A holder that is still running notices
// before it next writes to the journal or the state, and stops there.
func (s *Store) ForceUnlock(ctx context.Context, id string) error {
	if err := s.backend.ForceUnlock(ctx, id); err != nil {
		return fmt.Errorf("force-unlock the state %s: %w", s.Path(), err)
	}
	return nil
}
