package stored

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/view"
	"countersign/view/text"
)

func historyCommand() *cli.Command {
	f := new(flags)
	return &cli.Command{
		Name: "history", ArgsUsage: "[PATH]",
		Action: f.action("The history could not be read", 0, 0, history),
		Usage:  "List the versions of the state that are kept",
		Description: `The latest first, which is the present one. A state "postgres" keeps each serial, a file the one
before. "countersign state restore" goes back to one.

Example:
  countersign state history policies`,
		Flags: f.StoredFlags(),
	}
}

// history lists the versions of the state that are kept.
func history(ctx context.Context, s *opened) error {
	all, err := s.History(ctx)
	if err == nil && len(all) == 0 {
		err = none(s.Store)
	}
	if err != nil {
		return err
	}
	return text.History(s.Out, all, s.OutStyle)
}

type restoreFlags struct {
	flags
	force bool
}

func restoreCommand() *cli.Command {
	f := new(restoreFlags)
	return &cli.Command{
		Name: "restore", ArgsUsage: "SERIAL [PATH]",
		Action: f.action("The state could not be restored", 1, 1, f.restore),
		Usage:  "Make a former version of the state the present one",
		Description: `What that serial said is written again under the next one; nothing is taken out of the history,
and nothing changes on the drive. Plan afterwards: templates made since are refused as second ones.

Example:
  countersign state restore 7 policies`,
		Flags: slices.Concat([]cli.Flag{cmdline.Bool(&f.force, "force",
			"go back to one of another lineage too, and forget writes of an interrupted run")}, f.StoredFlags(),
			f.LockFlags()),
	}
}

// restore makes a former version of the state the present one.
func (f *restoreFlags) restore(ctx context.Context, s *opened) error {
	serial, err := strconv.ParseUint(s.words[0], 10, 64)
	if err != nil {
		return fault.New("That is not a serial",
			"%q is no whole number; \"countersign state history\" lists what there is.",
			s.words[0])
	}
	if err := s.lock(ctx, "state restore", false); err != nil {
		return err
	}
	written, err := s.Restore(ctx, serial, f.force)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.Out, "Restored: serial %d is what serial %d was; the state binds %s now.\n",
		written.Serial, serial, view.Count(len(written.Bindings), "template"))
	return err
}
