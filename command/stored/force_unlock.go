package stored

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/command/terminal"
	"countersign/view"
)

type forceUnlockFlags struct {
	run.Flags
	force bool
}

func ForceUnlockCommand() *cli.Command {
	f := new(forceUnlockFlags)
	return &cli.Command{
		Name: "force-unlock", Category: cmdline.GroupState, ArgsUsage: "ID [PATH]", Action: cmdline.Action(f.run),
		Usage: "Take the state's lock away from a run that is dead",
		Description: `ID is the lock's ID as the refusal shows it. Be sure that nobody is at work: two applies at once
make templates twice.

Example:
  countersign force-unlock 6f1c8b5e-0000-4f3b-9b1d-2f1a6c3d9e70 policies`,
		Flags: cmdline.Join([]cli.Flag{cmdline.Bool(&f.force, "force", "do not ask")}, f.StoredFlags()),
	}
}

// run takes the state's lock away from a run that is dead.
func (f *forceUnlockFlags) run(ctx context.Context, args cmdline.Arguments) error {
	words, err := f.Resolve(args, 1, 1)
	if err != nil {
		return err
	}
	r := report.New(f.NoColor, false)
	store, found, err := run.FindState(f.Flags)
	if err != nil {
		return r.Fail(err)
	}
	r.Note(found)
	holder, whose := store.Holder(ctx), "whoever holds it"
	if holder != nil {
		whose = view.OneLine(fmt.Sprintf("%s, running %q since %s", holder.Who, holder.Operation,
			holder.Created.UTC().Format(time.RFC3339)))
	}
	if !f.force {
		yes, err := terminal.Confirm(ctx, "Do you really want to force-unlock?",
			fmt.Sprintf("The lock of %s is taken away from %s.\nIf that run is alive, two of them may "+
				"write at once and make templates twice.", store.Path(), whose))
		switch {
		case err == fault.ErrInterrupted:
			return r.Fail(err)
		case err != nil:
			return r.Fail(fault.New("The lock was left as it is: nobody can be asked",
				"%v. Add -force to unlock without a question.", fault.Sentence(err.Error())))
		case !yes:
			return r.Fail(fault.New("The lock was left as it is", "The answer was not yes."))
		}
	}
	if err := store.ForceUnlock(ctx, words[0]); err != nil {
		return r.Fail(err)
	}
	said := ""
	if holder != nil && holder.ID == words[0] {
		said = " It was held by " + whose + "."
	}
	_, err = fmt.Fprintf(r.Out, "The lock of %s has been taken away.%s\n", store.Path(), said)
	return err
}
