package postgres

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"countersign/state/store"
)

// held is a lock that this process took.
type held struct {
	fence int64
	stop  func() // ends the heart-beats
}

// holder is who holds the lock, or held it until it ran out.
type holder struct {
	store.LockInfo
	fence int64
	left  time.Duration // until it runs out
}

// holder reads who holds the lock; nil when nobody does.
func (b *Backend) holder(ctx context.Context) (*holder, error) {
	all, err := read(ctx, b, func(row pgx.CollectableRow) (*holder, error) {
		var text *string
		var h holder
		var milliseconds int64
		err := row.Scan(&text, &h.fence, &milliseconds)
		h.LockInfo, h.left = infoIn(text), time.Duration(milliseconds)*time.Millisecond
		return &h, err
	}, `SELECT holder, fence,
ceil(extract(epoch FROM least(expires, clock_timestamp() + interval '1 year') - clock_timestamp()) * 1000)::bigint
FROM `+b.states+` WHERE name = $1 AND expires IS NOT NULL`, b.Name)
	if len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}

func (h *holder) locked() error {
	if h.ByHand() {
		return &store.LockedError{Holder: h.LockInfo} // until somebody ends it
	}
	return &store.LockedError{Holder: h.LockInfo, Ends: h.left}
}

// infoIn reads a lock's document.
func infoIn(text *string) (info store.LockInfo) {
	if text != nil {
		_ = json.Unmarshal([]byte(*text), &info) // what is not one says nothing
	}
	return info
}

// Lock implements store.Backend. A lock that has run out is anybody's.
func (b *Backend) Lock(ctx context.Context, info store.LockInfo) error {
	text, err := json.Marshal(info)
	if err != nil {
		return err
	}
	until := b.until()
	if info.ByHand() {
		until = "'infinity'"
	}
	for {
		n, err := b.exec(ctx, `INSERT INTO `+b.states+` AS s (name, fence, holder, expires)
VALUES ($1, 1, $2, `+until+`) ON CONFLICT (name) DO UPDATE
SET fence = s.fence + 1, holder = excluded.holder, expires = excluded.expires
WHERE s.expires IS NULL OR s.expires <= clock_timestamp()`, b.Name, string(text))
		if err != nil {
			return err
		}
		h, err := b.holder(ctx)
		switch {
		case err != nil:
			return err
		case h != nil && h.ID == info.ID: // taken now, or by an earlier try whose answer was lost
			b.hold(h)
			return nil
		case n == 0 && h != nil && h.left > 0:
			return h.locked()
		}
		// It has changed hands in between.
	}
}

// hold renews the lock by heart-beats, unless a person has taken it: that one stays. A heart-beat that comes too late
// does not bring the lock back, because others may have seen that nobody holds it.
func (b *Backend) hold(h *holder) {
	own := &held{h.fence, func() {}}
	if !h.ByHand() {
		own.stop = store.HeartBeats(b.lease/6, func(ctx context.Context) (lost bool) {
			n, err := b.exec(ctx, `UPDATE `+b.states+` SET expires = `+b.until()+`
WHERE name = $1 AND fence = $2 AND expires > clock_timestamp()`, b.Name, own.fence)
			return err == nil && n == 0 // the next write finds out
		})
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held = own
}

// Locked implements store.Backend.
func (b *Backend) Locked(ctx context.Context) error {
	h, err := b.holder(ctx)
	if err != nil || h == nil || h.left <= 0 {
		return err
	}
	return h.locked()
}

// Unlock implements store.Backend.
func (b *Backend) Unlock(ctx context.Context) error {
	b.mu.Lock()
	held := b.held
	b.held = nil
	b.mu.Unlock()
	if held == nil {
		return nil
	}
	held.stop()
	_, err := b.exec(ctx, `UPDATE `+b.states+` SET holder = NULL, expires = NULL
WHERE name = $1 AND fence = $2`, b.Name, held.fence)
	return err
}

// ForceUnlock implements store.Backend. The fence rises, so that the old holder is refused from now on.
func (b *Backend) ForceUnlock(ctx context.Context, id string) error {
	h, err := b.holder(ctx)
	switch {
	case err != nil:
		return err
	case h == nil:
		return store.ErrNotLocked
	}
	if err := h.Confirm(id); err != nil {
		return err
	}
	_, err = b.exec(ctx, `UPDATE `+b.states+` SET fence = fence + 1, holder = NULL, expires = NULL
WHERE name = $1 AND fence = $2`, b.Name, h.fence)
	return err
}
