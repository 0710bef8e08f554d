package stored

import (
	"context"
	"fmt"
	"strconv"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/view/text"
)

type historyFlags struct{ run.Flags }

func HistoryCommand() *cli.Command {
	f := new(historyFlags)
	return &cli.Command{
		Name: "history", ArgsUsage: "[PATH]", Action: cmdline.Action(f.run),
		Usage: "List the versions of the state that are kept",
		Description: `The latest first, which is the present one. A state "postgres" keeps each serial, a file the one
before. "countersign state restore" goes back to one.

Example:
  countersign state history policies`,
		Flags: f.StoredFlags(),
	}
}

// run lists the versions of the state that are kept.
func (f *historyFlags) run(ctx context.Context, args cmdline.Arguments) error {
	if _, err := f.Resolve(args, 0, 0); err != nil {
		return err
	}
	r := report.New(f.NoColor, false)
	store, found, err := run.FindState(f.Flags)
	if err != nil {
		return r.Fail(err)
	}
	r.Note(found)
	all, err := store.History(ctx)
	if err != nil {
		return r.Fail(err)
	}
	if len(all) == 0 {
		return r.Fail(fault.New("There is no state yet", "%s is made by the first apply or import.", store.Path()))
	}
	return text.History(r.Out, all, r.OutStyle)
}

type restoreFlags struct {
	run.Flags
	force bool
}

func RestoreCommand() *cli.Command {
	f := new(restoreFlags)
	return &cli.Command{
		Name: "restore", ArgsUsage: "SERIAL [PATH]", Action: cmdline.Action(f.run),
		Usage: "Make a former version of the state the present one",
		Description: `What that serial said is written again under the next one; nothing is taken out of the history, and
nothing changes on the drive. Plan afterwards: templates made since are refused as second ones.

Example:
  countersign state restore 7 policies`,
		Flags: cmdline.Join([]cli.Flag{cmdline.Bool(&f.force, "force",
			"go back to one of another lineage too, and forget writes of an interrupted run")}, f.StoredFlags(), f.LockFlags()),
	}
}

// run makes a former version of the state the present one.
func (f *restoreFlags) run(ctx context.Context, args cmdline.Arguments) (err error) {
	words, err := f.Resolve(args, 1, 1)
	if err != nil {
		return err
	}
	r := report.New(f.NoColor, false)
	serial, err := strconv.ParseUint(words[0], 10, 64)
	if err != nil {
		return r.Fail(fault.New("That is not a serial", "%q is no whole number; \"countersign state history\" lists "+
			"what "+
			"there is.", words[0]))
	}
	store, found, err := run.FindState(f.Flags)
	if err != nil {
		return r.Fail(err)
	}
	r.Note(found)
	unlock, err := lockState(ctx, r, store, f.Flags, "state restore", false)
	if err != nil {
		return r.Fail(err)
	}
	defer fault.Finish(&err, unlock)
	written, err := store.Restore(ctx, serial, f.force)
	if err != nil {
		return r.Fail(err)
	}
	_, err = fmt.Fprintf(r.Out, "Restored: serial %d is what serial %d was; the state binds %d templates now.\n",
		written.Serial, serial, len(written.Bindings))
	return err
}
