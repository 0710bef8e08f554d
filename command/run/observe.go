package run

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"countersign/command/fault"
	"countersign/schema"
	"countersign/state/store"
)

// looks is how often the drive is read anew because somebody is applying meanwhile.
const looks = 3

// Observe reads state and drive without taking the lock, so that it makes and changes nothing. Another run could
// write between the two readings, and what it wrote would look like an edit by hand; so the two count only if the
// state is the same before and after. With Lock it waits for whoever holds the lock, up to LockTimeout, and then
// warns of them.
func (run *Session) Observe(ctx context.Context) (*Reached, error) {
	s, err := run.Load()
	if err != nil {
		return nil, err
	}
	var holder *store.LockedError
	if s.Lock {
		if err := s.State.AwaitUnlocked(ctx, s.LockTimeout); ctx.Err() != nil {
			return nil, fault.ErrInterrupted
		} else if err != nil && !errors.As(err, &holder) {
			return nil, unread(err)
		}
		if holder != nil {
			s.Warnings = append(s.Warnings, lockedWarning(holder.Holder))
		}
	}
	opened, err := s.open()
	if err != nil {
		return nil, err
	}
	known := s.Warnings
	for range looks {
		s.Warnings = known[:len(known):len(known)]
		seen, err := opened.refresh(ctx)
		if err != nil || s.State.Unchanged(ctx) {
			return seen, err
		}
		after, pending, err := s.State.Read(ctx)
		if err != nil {
			return nil, unread(err)
		}
		if after.Serial == seen.Read.Serial && len(pending) == len(seen.pending) && SameState(seen.Read, after) &&
			reflect.DeepEqual(pending, seen.pending) {
			return seen, nil
		}
	}
	by := ""
	if holder != nil {
		by = fmt.Sprintf(" It is locked %s.", holder.Holder)
	}
	return nil, fault.New("Somebody is at work on this state", "%s changed each of the %d times that the drive was "+
		"read, so an edit by hand cannot be told from what that run writes.%s Try again when it has ended, or wait "+
		"for that with -lock-timeout=5m.", s.State.Path(), looks, by)
}

// lockedWarning says that what was read may be about to change, or that nothing may be applied.
func lockedWarning(h store.LockInfo) schema.Diagnostic {
	d := schema.Diagnostic{Severity: schema.Warning, Summary: "Somebody is at work on this state",
		Detail: fmt.Sprintf("%s is locked %s. What that run writes may not be in here: look again when it has ended.",
			h.Path, h)}
	switch {
	case h.ByHand():
		d.Summary = "The state is locked by hand"
		d.Detail = fmt.Sprintf("%s is locked %s. Nothing is applied until `countersign unlock`.", h.Path, h)
	case h.ID == "":
		d.Detail = (&store.LockedError{Holder: h}).Error()
	}
	return d
}
