package httpstate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"

	"countersign/providers/route"
	"countersign/state/store"
)

// The protocol has no way to ask who holds the lock. A process that wants to know tries to take it under an ID of its
// own: the refusal names the holder, and where there is none, the lock is released at once. The operation of such a
// lock says what it is, so that nobody takes it for a run.
const looking = "look who holds the lock"

// How long Lock waits for a process that only looks, and how long between two attempts.
const (
	lookingTime  = 5 * time.Second
	lookingPause = 100 * time.Millisecond
)

// Lock implements store.Backend. Without a lock's address there is no lock.
func (b *Backend) Lock(ctx context.Context, info store.LockInfo) error {
	if b.LockAddress == "" {
		return nil
	}
	for deadline := time.Now().Add(lookingTime); ; {
		err := b.take(ctx, info)
		var locked *store.LockedError
		if errors.As(err, &locked) && locked.Holder.Operation == looking && time.Now().Before(deadline) {
			if err := pause(ctx, lookingPause); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		b.setLock(&info)
		return nil
	}
}

// lock is the one that Lock took, nil without one.
func (b *Backend) lock() *store.LockInfo {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.held
}

func (b *Backend) setLock(held *store.LockInfo) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held = held
}

// take asks for the lock. When somebody has it, the error is a *store.LockedError.
func (b *Backend) take(ctx context.Context, info store.LockInfo) error {
	text, err := json.Marshal(info)
	if err != nil {
		return err
	}
	r, n, err := b.call(ctx, b.LockMethod, b.LockAddress, text)
	switch {
	case err == nil && r.done():
		return nil
	case err == nil && r.busy():
		holder := b.holderIn(r)
		if holder.ID == info.ID { // an earlier try took it, and its answer was lost
			return nil
		}
		return &store.LockedError{Holder: holder}
	case err == nil:
		err = b.refused(b.LockMethod, b.LockAddress, r)
	}
	if n > 0 && (r.status == 0 || !route.NotCarriedOut(r.status)) {
		err = fmt.Errorf("%w; should the server have taken the lock nonetheless: countersign force-unlock %s",
			err, info.ID)
	}
	return err
}

// holderIn reads the lock's document in a refusal. Where there is none, Info is what the server said.
func (b *Backend) holderIn(r reply) store.LockInfo {
	var doc struct {
		store.LockInfo
		Created string // as other programs write it
	}
	if err := json.Unmarshal(r.body, &doc); err != nil || doc.ID == "" {
		return store.LockInfo{Info: b.shown(r)}
	}
	doc.LockInfo.Created, _ = time.Parse(time.RFC3339Nano, doc.Created)
	return doc.LockInfo
}

// holder is who holds the lock, nil when nobody does.
func (b *Backend) holder(ctx context.Context) (*store.LockInfo, error) {
	look := store.LockInfo{ID: uuid.NewString(), Operation: looking, Created: time.Now().UTC(), Path: b.Where().State}
	err := b.take(ctx, look)
	var locked *store.LockedError
	if errors.As(err, &locked) {
		return &locked.Holder, nil
	}
	if err != nil {
		return nil, err
	}
	return nil, b.release(context.WithoutCancel(ctx), look)
}

// release releases a lock.
func (b *Backend) release(ctx context.Context, info store.LockInfo) error {
	text, err := json.Marshal(info)
	if err != nil {
		return err
	}
	r, _, err := b.call(ctx, b.UnlockMethod, b.UnlockAddress, text)
	if err != nil || r.done() {
		return err
	}
	refused := b.refused(b.UnlockMethod, b.UnlockAddress, r)
	if !r.busy() && r.status != http.StatusNotFound {
		return refused
	}
	// An earlier try may have released it, or the same one that arrived twice.
	holder := b.holderIn(r)
	if holder.ID == "" && info.Operation != looking {
		now, err := b.holder(ctx)
		if err != nil {
			return errors.Join(refused, err)
		}
		if now == nil {
			return nil
		}
		holder = *now
		if holder.ID == "" {
			return refused
		}
	}
	if holder.ID == info.ID {
		return refused
	}
	return nil
}

// Locked implements store.Backend. Credentials that may read the state but not lock it do not learn who holds the lock.
func (b *Backend) Locked(ctx context.Context) error {
	if b.LockAddress == "" {
		return nil
	}
	holder, err := b.holder(ctx)
	var no *refusal
	switch {
	case errors.As(err, &no) && no.status == http.StatusForbidden:
		return nil
	case err != nil || holder == nil || holder.Operation == looking:
		return err
	}
	return &store.LockedError{Holder: *holder}
}

// stillHeld returns ErrLockLost when the lock that this process took has been taken away. A server that refuses without
// a document says that somebody holds it; it compares the ID that comes with a write itself.
func (b *Backend) stillHeld(ctx context.Context) error {
	held := b.lock()
	if held == nil {
		return nil
	}
	holder, err := b.holder(ctx)
	switch {
	case err != nil:
		return err
	case holder == nil || holder.ID != held.ID && holder.ID != "":
		return store.ErrLockLost
	}
	return nil
}

// Unlock implements store.Backend. It looks first who holds the lock, because some servers do not compare.
func (b *Backend) Unlock(ctx context.Context) error {
	held := b.lock()
	if held == nil {
		return nil
	}
	err := b.stillHeld(ctx)
	b.setLock(nil)
	switch {
	case errors.Is(err, store.ErrLockLost):
		return nil
	case err == nil:
		err = b.release(ctx, *held)
	}
	if err != nil {
		return fmt.Errorf("%w; if it stays locked: countersign force-unlock %s", err, held.ID)
	}
	return nil
}

// ForceUnlock implements store.Backend.
func (b *Backend) ForceUnlock(ctx context.Context, id string) error {
	if b.LockAddress == "" {
		return store.ErrNotLocked
	}
	holder, err := b.holder(ctx)
	switch {
	case err != nil:
		return err
	case holder == nil:
		return store.ErrNotLocked
	case holder.ID == "": // only the server knows who holds it, and compares
		return b.release(ctx, store.LockInfo{ID: id})
	}
	if err := holder.Confirm(id); err != nil {
		return err
	}
	return b.release(ctx, *holder)
}
