package s3

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"countersign/state/store"
)

// longestExpiry bounds how long a lock without renewal can keep others waiting.
const longestExpiry = time.Hour

// runOut reports whether the lock was not renewed in time, by the store's clock when it was read and by our own since
// then. The lock of a person never runs out.
func (s *seen) runOut() bool {
	if s.Lock != nil && s.Lock.ByHand() {
		return false
	}
	allowed := min(time.Duration(s.Expires)*time.Second, longestExpiry)
	return s.age >= 0 && s.age+time.Since(s.at) > allowed
}

// Lock implements store.Backend. A lock that has run out is taken over.
func (b *Backend) Lock(ctx context.Context, info store.LockInfo) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	err := b.take(ctx, info, func(now *seen) error {
		if now.Lock == nil || now.Lock.ID == info.ID || now.runOut() {
			return nil
		}
		return &store.LockedError{Holder: *now.Lock}
	})
	if err != nil {
		return err
	}
	if info.ByHand() { // it stays as it is
		return nil
	}
	h := b.held
	h.stop = store.HeartBeats(b.expiry/4, func(ctx context.Context) (lost bool) { return b.renew(ctx, h) })
	return nil
}

// take takes the lock, from its holder if there is one, unless may says why not. b.mu is held.
func (b *Backend) take(ctx context.Context, info store.LockInfo, may func(*seen) error) error {
	b.release()
	var dead *store.LockInfo
	err := b.change(ctx, func(r *run) error {
		if err := may(b.seen); err != nil {
			return err
		}
		dead = r.Lock
		r.Lock, r.Expires = &info, int(b.expiry/time.Second)
		r.Fence++
		return nil
	})
	if errors.Is(err, store.ErrUnknown) {
		err = fmt.Errorf("%w; should the lock have been taken nonetheless, it runs out after %s, or: "+
			"countersign force-unlock %s", err, b.expiry, info.ID)
	}
	if err != nil {
		return err
	}
	b.held = &hold{info: info, fence: b.seen.Fence}
	if dead == nil {
		return nil
	}
	if err := b.fence(ctx); err != nil {
		b.held = nil // so nothing more is written; the next process that takes the lock fences again
		return fmt.Errorf("the lock was taken from %s, whose last write may still be under way, and the state "+
			"could not be kept from that: %w; try again after %s, when the lock has run out", dead.Who, err, b.expiry)
	}
	return nil
}

// release makes this process hold no lock. b.mu is held.
func (b *Backend) release() {
	if b.held != nil && b.held.stop != nil {
		b.held.stop()
	}
	b.held, b.unknown = nil, false
}

// renew writes the run again, before the lock runs out. lost reports that it is held no more.
func (b *Backend) renew(ctx context.Context, h *hold) (lost bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held != h {
		return true
	}
	if b.seen != nil && time.Since(b.seen.at) < b.expiry/8 {
		return false
	}
	err := b.change(ctx, func(*run) error { return nil })
	return errors.Is(err, store.ErrLockLost) // another failure is tried again
}

// Unlock implements store.Backend.
func (b *Backend) Unlock(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held == nil {
		return nil
	}
	defer b.release()
	id := b.held.info.ID
	var err error
	if b.unknown {
		err = b.fence(ctx)
	}
	if err == nil {
		err = b.change(ctx, unlock)
	}
	if err == nil || errors.Is(err, store.ErrLockLost) {
		return nil
	}
	return fmt.Errorf("%w; the lock runs out after %s, or: countersign force-unlock %s", err, b.expiry, id)
}

// Locked implements store.Backend.
func (b *Backend) Locked(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	now, err := b.look(ctx)
	if err != nil || now.Lock == nil || now.runOut() && !b.mine(now.run) {
		return err
	}
	return &store.LockedError{Holder: *now.Lock}
}

// ForceUnlock implements store.Backend. It takes the lock itself, so that writes of the holder that are still under way
// are refused, and releases it.
func (b *Backend) ForceUnlock(ctx context.Context, id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	own := store.LockInfo{ID: uuid.NewString(), Operation: "force-unlock", Info: "takes away the lock " + id,
		Who: "force-unlock of " + id, Created: time.Now().UTC(), Path: b.Where().State}
	err := b.take(ctx, own, func(now *seen) error {
		if now.Lock == nil {
			return store.ErrNotLocked
		}
		return now.Lock.Confirm(id)
	})
	if err != nil {
		return err
	}
	defer b.release()
	return b.change(ctx, unlock)
}

// unlock is an edit of the run.
func unlock(r *run) error {
	r.Lock, r.Expires = nil, 0
	return nil
}
