package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"countersign/internal/parallel"
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

// ByHand is the Operation of a lock that a person has taken, with a reason as its Info, to keep runs away. It does not
// end with the process that took it and does not expire: it stays until ForceUnlock.
const ByHand = "lock"

// ByHand reports whether a person has taken the lock.
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

// Confirm refuses an ID that is not the lock's: somebody who wants to take a lock away must name it.
func (h LockInfo) Confirm(id string) error {
	if h.ID == id {
		return nil
	}
	return fmt.Errorf("the lock ID is %s, not %q; it was taken by %s, running %q, at %s",
		h.ID, id, h.Who, h.Operation, h.Created.UTC().Format(time.RFC3339))
}

// LockedError says that somebody else holds the lock. While the holder is not known, Holder has no ID.
type LockedError struct {
	Holder LockInfo
	Ends   time.Duration // until the lock ends by itself, unless the holder renews it; 0: it does not
}

func (e *LockedError) Error() string {
	h := e.Holder
	if h.ID == "" {
		answer := ""
		if h.Info != "" {
			answer = fmt.Sprintf(" (the answer was: %s)", h.Info)
		}
		return fmt.Sprintf("the state %s is locked by another process, which has not said who it is%s; "+
			"wait for it with -lock-timeout=5m, or, when you are certain that nobody is at work, "+
			"delete the lock beside it", h.Path, answer)
	}
	if h.ByHand() {
		return fmt.Sprintf("the state %s is locked %s; whoever may end that does so with: countersign unlock",
			h.Path, h)
	}
	ends := ""
	if e.Ends > 0 {
		ends = fmt.Sprintf("; unless that run is heard of again, the lock ends by itself in %v",
			e.Ends.Truncate(time.Second)+time.Second)
	}
	return fmt.Sprintf("the state %s is locked %s, lock ID %s%s; wait for it with -lock-timeout=5m, or, "+
		"if you are certain that it must not go on, take the lock away with: countersign force-unlock %s",
		h.Path, h, h.ID, ends, h.ID)
}

// The pauses between attempts to take a lock that somebody else holds.
const firstPause, longestPause = 50 * time.Millisecond, time.Second

// Lock takes the lock, waiting up to timeout, and returns what releases it. When somebody else holds it, the error is a
// *LockedError.
func (s *Store) Lock(ctx context.Context, info LockInfo, timeout time.Duration) (unlock func() error, err error) {
	// At least two attempts: some backends take the lock for a moment to see whether it is free.
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

// HeartBeats renew a lock, for backends whose locks run out: they call beat again and again, until it reports that the
// lock is lost, or stop is called.
func HeartBeats(every time.Duration, beat func(context.Context) (lost bool)) (stop func()) {
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		var bug error
		defer parallel.Caught(&bug) // the lock runs out then, and nothing more is written
		beats := time.NewTicker(every)
		defer beats.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-beats.C:
			}
			if beat(ctx) {
				return
			}
		}
	}()
	return stop
}

// lockLost reports whether the lock that this process took has been taken away.
func (s *Store) lockLost(ctx context.Context) bool {
	if s.lockID == "" {
		return false
	}
	err := s.locked(ctx)
	var locked *LockedError
	return err == nil || errors.As(err, &locked) && locked.Holder.ID != s.lockID
}

// locked is Backend.Locked.
func (s *Store) locked(ctx context.Context) error { return s.placed(s.backend.Locked(ctx)) }

// placed completes a *LockedError: lock documents of other programs need not say where the state is.
func (s *Store) placed(err error) error {
	var locked *LockedError
	if errors.As(err, &locked) && locked.Holder.Path == "" {
		locked.Holder.Path = s.Path()
	}
	return err
}

// AwaitUnlocked returns once nobody holds the lock, or after timeout with a *LockedError. It takes no lock and changes
// nothing: a reader may go on, but must know that what it reads is about to change.
func (s *Store) AwaitUnlocked(ctx context.Context, timeout time.Duration) error {
	return s.await(ctx, timeout, s.backend.Locked)
}

// await tries again while somebody holds the lock, until timeout.
func (s *Store) await(ctx context.Context, timeout time.Duration, try func(context.Context) error) error {
	fail := func(err error) error { return fmt.Errorf("lock the state %s: %w", s.Path(), err) }
	deadline := time.Now().Add(timeout)
	announced := ""
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		if err := ctx.Err(); err != nil {
			return fail(err)
		}
		err := s.placed(try(ctx))
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
		if h := locked.Holder; s.Waiting != nil && left > longestPause && h.ID != announced {
			announced = h.ID
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

// Holder is who holds the lock, nil when nobody does or that cannot be known.
func (s *Store) Holder(ctx context.Context) *LockInfo {
	var locked *LockedError
	if errors.As(s.locked(ctx), &locked) {
		return &locked.Holder
	}
	return nil
}

// UnlockByHand ends a lock that was taken by hand, whoever took it, and returns what it was.
func (s *Store) UnlockByHand(ctx context.Context) (LockInfo, error) {
	var locked *LockedError
	err := s.locked(ctx)
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

// LockByHand takes the lock for a person. It stays when the process ends.
func (s *Store) LockByHand(ctx context.Context, info LockInfo, timeout time.Duration) error {
	info.Operation = ByHand
	if _, err := s.Lock(ctx, info, timeout); err != nil {
		return err
	}
	var locked *LockedError
	switch err := s.locked(ctx); {
	case errors.As(err, &locked) && locked.Holder.ID == info.ID:
		return nil
	case err == nil:
		return fmt.Errorf("lock the state %s: nothing keeps a lock on it", s.Path())
	default:
		return fmt.Errorf("lock the state %s: %w", s.Path(), err)
	}
}

// ForceUnlock takes the lock away from its holder, if its ID is id. A holder that is still running notices
// before it next writes to the journal or the state, and stops there.
func (s *Store) ForceUnlock(ctx context.Context, id string) error {
	if err := s.backend.ForceUnlock(ctx, id); err != nil {
		return fmt.Errorf("force-unlock the state %s: %w", s.Path(), err)
	}
	return nil
}
