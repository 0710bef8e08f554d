package command

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"
)

type forceUnlockFlags struct {
	options
	force bool
}

func forceUnlockCommand() *cli.Command {
	f := new(forceUnlockFlags)
	return &cli.Command{
		Name: "force-unlock", Category: groupState, ArgsUsage: "ID [PATH]", Action: runs(f.run),
		Usage: "Take the state's lock away from a run that is dead",
		Description: `ID is the lock's ID as the refusal shows it. Be sure that nobody is at work: two applies at once
make templates twice.

Example:
  countersign force-unlock 6f1c8b5e-0000-4f3b-9b1d-2f1a6c3d9e70 policies`,
		Flags: join([]cli.Flag{yes(&f.force, "force", "do not ask")}, f.storedFlags()),
	}
}

// run takes the state's lock away from a run that is dead.
func (f *forceUnlockFlags) run(ctx context.Context, args arguments) error {
	words, err := f.resolve(args, 1, 1)
	if err != nil {
		return err
	}
	r, err := newReport(f.noColor, false, "")
	if err != nil {
		return err
	}
	store, err := findState(f.options)
	if err != nil {
		return r.fail(err)
	}
	if !f.force {
		yes, err := confirm(ctx, "Do you really want to force-unlock?",
			fmt.Sprintf("The lock of %s is taken away from whoever holds it.\nIf that run is alive, two of them may write at once and make templates twice.",
				store.Path()))
		switch {
		case err == errInterrupted:
			return r.fail(err)
		case err != nil:
			return r.fail(fault("The lock was left as it is: nobody can be asked",
				"%v. Add -force to unlock without a question.", sentence(err.Error())))
		case !yes:
			return r.fail(fault("The lock was left as it is", "The answer was not yes."))
		}
	}
	if err := store.ForceUnlock(ctx, words[0]); err != nil {
		return r.fail(err)
	}
	_, err = fmt.Fprintf(r.out, "The lock of %s has been taken away.\n", store.Path())
	return err
}
