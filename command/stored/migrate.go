package stored

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"countersign/command/fault"
	"countersign/command/run"
	"countersign/view"
)

// Migrate moves the state to where the state block says now, from where it was before; see run.FormerState.
func Migrate(f *run.Flags, from string) cli.ActionFunc {
	own := &flags{Flags: *f}
	return own.action("The state was not moved", 0, 0, func(ctx context.Context, s *opened) error {
		return migrate(ctx, s, from)
	})
}

func migrate(ctx context.Context, s *opened, from string) error {
	if len(s.Found) > 0 {
		return fault.New("The state was left as it is", "Where it is to be cannot be read from the configuration.")
	}
	former, err := run.FormerState(ctx, s.flags, from)
	if err != nil {
		return err
	}
	if former.SamePlace(s.Store) {
		return fault.New("There is nothing to move", "The state was in %s, and is to be there. Say where it was "+
			"before with -from=FILE, a file with the former state block.", s.Path())
	}
	by := run.LockInfo("init -migrate-state", s.Store)
	old := &opened{s.Report, run.Stored{Store: former}, s.flags, nil}
	for _, place := range []*opened{old, s} {
		if err := place.lock(ctx, by.Operation, false); err != nil {
			return err
		}
	}
	st, pending, moved, err := s.Migrate(ctx, former, by)
	switch {
	case err != nil:
		return err
	case !moved:
		_, err = fmt.Fprintf(s.Out, "The state is in %s already, serial %d; the old place is marked.\n", s.Path(),
			st.Serial)
		return err
	}
	along := ""
	if pending > 0 {
		along = fmt.Sprintf(" %s of an interrupted run went along; the next apply finds out what became of that.",
			view.Count(pending, "write"))
	}
	_, err = fmt.Fprintf(s.Out, "Moved the state from %s to %s, and read it back: it binds %s, serial %d.%s\n"+
		"What is in the old place stays there, marked: a run that still uses it is refused, and told where the state "+
		"is.\n", former.Path(), s.Path(), view.Count(len(st.Bindings), "template"), st.Serial, along)
	return err
}
