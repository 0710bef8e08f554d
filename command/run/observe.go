package run

import (
	"context"
	"reflect"

	"countersign/command/fault"
)

// looks is how often the drive is read anew because somebody is applying meanwhile.
const looks = 3

// Observe reads state and drive without holding the lock, so that it makes and changes nothing. A run at work could
// write between the two readings, and what it wrote would look like an edit by hand; so the two count only if the state
// is the same before and after. Unless told not to mind the lock, it waits for the run that holds it.
func (run *Session) Observe(ctx context.Context) (*Reached, error) {
	s, err := run.Load()
	if err != nil {
		return nil, err
	}
	if s.Lock {
		if err := s.State.AwaitUnlocked(ctx, s.LockTimeout); ctx.Err() != nil {
			return nil, fault.ErrInterrupted
		} else if err != nil {
			return nil, err
		}
	}
	opened, err := s.open()
	if err != nil {
		return nil, err
	}
	known := s.Warnings
	for range looks {
		s.Warnings = known[:len(known):len(known)]
		unchanged, err := s.State.Watch(ctx)
		if err != nil {
			return nil, err
		}
		seen, err := opened.refresh(ctx)
		if err != nil || unchanged() {
			return seen, err
		}
		after, pending, err := s.State.Read(ctx)
		if err != nil {
			return nil, err
		}
		if after.Serial == seen.Read.Serial && len(pending) == len(seen.pending) && SameState(seen.Read, after) &&
			reflect.DeepEqual(pending, seen.pending) {
			return seen, nil
		}
	}
	return nil, fault.New("Somebody is at work on this state", "%s changed each of the %d times that the drive was "+
		"read, so an edit by hand cannot be told from what that run writes. Try again when it has ended.",
		s.State.Path(), looks)
}
