// Package stored has the commands that work on the state alone, without the drive: state, lock, unlock, force-unlock.
package stored

import (
	"context"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/state"
)

// flags are the flags of the commands that have none of their own.
type flags struct{ run.Flags }

// opened is the state that a command works on.
type opened struct {
	*report.Report
	*state.Store
	flags   run.Flags
	words   []string // the arguments, without the configuration's path
	guessed bool     // the configuration does not say where its state is
}

// open finds the state of the configuration that the arguments name. Besides that one there must be from least to most
// arguments (most < 0: any number). The command defers End in any case.
func open(ctx context.Context, args cmdline.Arguments, f *run.Flags, least, most int) (*opened, error) {
	words, err := f.Resolve(args, least, most)
	if err != nil {
		return nil, err
	}
	s := &opened{Report: report.New(f.NoColor, false), flags: *f, words: words}
	store, found, err := run.FindState(ctx, *f)
	if err != nil {
		s.End(&err)
		return nil, err
	}
	s.Note(found)
	s.Store, s.guessed = store, len(found) > 0
	return s, nil
}

// lock takes the state's lock until the command ends, unless -lock=false. A run that only says what it would do takes
// none, but waits until nobody has it.
func (s *opened) lock(ctx context.Context, operation string, dry bool) error {
	s.Waiting = run.WaitingFor(s.Store, s.Waits())
	switch {
	case !s.flags.Lock:
		return nil
	case dry:
		return s.AwaitUnlocked(ctx, s.flags.LockTimeout)
	}
	unlock, err := s.Store.Lock(ctx, run.LockInfo(operation, s.Store), s.flags.LockTimeout)
	if err == nil {
		s.AtEnd(unlock)
	}
	return err
}

// none is the error of a state that is not there.
func none(store *state.Store) error {
	return fault.New("There is no state yet", "%s is made by the first apply or import.", store.Path())
}
