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
func (s *Session) Observe(ctx context.Context) error {
	if err := s.Load(); err != nil {
		return err
	}
	if s.Lock {
		if err := s.State.AwaitUnlocked(ctx, s.LockTimeout); ctx.Err() != nil {
			return fault.ErrInterrupted
		} else if err != nil {
			return err
		}
	}
	if err := s.open(); err != nil {
		return err
	}
	known := s.Warnings
	for range looks {
		s.Warnings = known[:len(known):len(known)]
		unchanged, err := s.State.Watch(ctx)
		if err != nil {
			return err
		}
		if err := s.refresh(ctx); err != nil {
			return err
		}
		if unchanged() {
			return nil
		}
		after, pending, err := s.State.Read(ctx)
		if err != nil {
			return err
		}
		if after.Serial == s.Read.Serial && len(pending) == len(s.pending) && SameState(s.Read, after) &&
			reflect.DeepEqual(pending, s.pending) {
			return nil
		}
	}
	return fault.New("Somebody is at work on this state", "%s changed each of the %d times that the drive was read, so an edit by hand cannot be told from what that run writes. Try again when it has ended.",
		s.State.Path(), looks)
}
