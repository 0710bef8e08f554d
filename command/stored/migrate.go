package stored

import (
	"context"
	"fmt"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/run"
	"countersign/view"
)

// Migrate moves the state to where the state block says now, from where it was before; see run.FormerState.
func Migrate(ctx context.Context, f *run.Flags, args cmdline.Arguments, from string) (err error) {
	s, err := open(ctx, args, f, 0, 0)
	if err != nil {
		return err
	}
	defer s.End(&err)
	if s.guessed {
		return fault.New("The state was left as it is", "Where it is to be cannot be read from the configuration.")
	}
	former, err := run.FormerState(ctx, s.flags, from)
	if err != nil {
		return err
	}
	if former.SamePlace(s.Store) {
		return fault.New("There is nothing to move", "The state was in %s, and is to be there. Say where it was before "+
			"with -from=FILE, a file with the former state block.", s.Path())
	}
	by := run.LockInfo("init -migrate-state", s.Store)
	old := &opened{Report: s.Report, Store: former, flags: s.flags}
	for _, place := range []*opened{old, s} {
		if err := place.lock(ctx, by.Operation, false); err != nil {
			return err
		}
	}
	st, pending, moved, err := s.Migrate(ctx, former, by)
	switch {
	case err != nil:
		return fault.New("The state was not moved", "%s.", fault.Sentence(err.Error()))
	case !moved:
		_, err = fmt.Fprintf(s.Out, "The state is in %s already, serial %d; the old place is marked.\n", s.Path(), st.Serial)
		return err
	}
	along := ""
	if pending > 0 {
		along = fmt.Sprintf(" %s of an interrupted run went along; the next apply finds out what became of that.",
			view.Count(pending, "write"))
	}
	_, err = fmt.Fprintf(s.Out, "Moved the state from %s to %s, and read it back: it binds %s, serial %d.%s\n"+
		"What is in the old place stays there, marked: a run that still uses it is refused, and told where the state is.\n",
		former.Path(), s.Path(), view.Count(len(st.Bindings), "template"), st.Serial, along)
	return err
}
