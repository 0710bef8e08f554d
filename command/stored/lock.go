package stored

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/run"
	"countersign/command/terminal"
	"countersign/view"
)

type lockFlags struct {
	flags
	reason string
}

func LockCommand() *cli.Command {
	f := new(lockFlags)
	return &cli.Command{
		Name: "lock", Category: cmdline.GroupState, ArgsUsage: "[PATH]",
		Action: f.action("The state could not be locked", 0, 0, f.lock),
		Usage:  "Lock the state by hand, so that nothing is applied until unlock",
		Description: `Whoever would apply is told who has locked it, since when and why; plan and drift go on.

Example:
  countersign lock -reason "change freeze until Monday" policies`,
		Flags: slices.Concat([]cli.Flag{cmdline.Text(&f.reason, "reason", "`WHY`, for those who are kept waiting")},
			f.StoredFlags(), f.LockTimeoutFlag()),
	}
}

// mostReason is how many characters a reason may have: it is part of a message of one line.
const mostReason = 200

// lock locks the state by hand.
func (f *lockFlags) lock(ctx context.Context, s *opened) error {
	reason := strings.Join(strings.Fields(f.reason), " ")
	switch {
	case reason == "":
		return fault.New("A lock by hand needs a reason",
			"Those who are kept waiting are told why: add -reason \"change freeze until Monday\".")
	case utf8.RuneCountInString(reason) > mostReason:
		return fault.New("The reason is too long", "It may have up to %d characters.", mostReason)
	}
	s.Waiting = run.WaitingFor(s.Store, s.Waits())
	info := run.LockInfo("", s.Store)
	info.Info = reason
	if err := s.LockByHand(ctx, info, f.LockTimeout); err != nil {
		return err
	}
	_, err := fmt.Fprintf(s.Out, "The state %s is locked: %s. Nothing is applied until: countersign unlock\n", s.Path(),
		reason)
	return err
}

func UnlockCommand() *cli.Command {
	f := new(flags)
	return &cli.Command{
		Name: "unlock", Category: cmdline.GroupState, ArgsUsage: "[PATH]",
		Action: f.action("The state could not be unlocked", 0, 0, unlock),
		Usage:  "End a lock that was taken by hand",
		Description: `Says whose it was, and why. The lock of a run stays: that is for force-unlock.

Example:
  countersign unlock policies`,
		Flags: f.StoredFlags(),
	}
}

// unlock ends a lock that was taken by hand.
func unlock(ctx context.Context, s *opened) error {
	was, err := s.UnlockByHand(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.Out, "The state %s is no longer locked. %s had locked it at %s: %s\n", s.Path(), was.Who,
		was.Created.UTC().Format(time.RFC3339), was.Info)
	return err
}

type forceUnlockFlags struct {
	flags
	force bool
}

func ForceUnlockCommand() *cli.Command {
	f := new(forceUnlockFlags)
	return &cli.Command{
		Name: "force-unlock", Category: cmdline.GroupState, ArgsUsage: "ID [PATH]",
		Action: f.action("The lock was left as it is", 1, 1, f.unlock),
		Usage:  "Take the state's lock away from a run that is dead",
		Description: `ID is the lock's ID as the refusal shows it. Be sure that nobody is at work: two applies at once
make templates twice.

Example:
  countersign force-unlock 6f1c8b5e-0000-4f3b-9b1d-2f1a6c3d9e70 policies`,
		Flags: slices.Concat([]cli.Flag{cmdline.Bool(&f.force, "force", "do not ask")}, f.StoredFlags()),
	}
}

// unlock takes the state's lock away from a run that is dead.
func (f *forceUnlockFlags) unlock(ctx context.Context, s *opened) error {
	id, was, whose := s.words[0], "", "whoever holds it"
	if holder := s.Holder(ctx); holder != nil {
		whose = view.OneLine(fmt.Sprintf("%s, running %q since %s", holder.Who, holder.Operation,
			holder.Created.UTC().Format(time.RFC3339)))
		if holder.ID == id {
			was = " It was held by " + whose + "."
		}
	}
	if !f.force {
		err := terminal.Question{
			Text: "Do you really want to force-unlock?",
			Detail: fmt.Sprintf("The lock of %s is taken away from %s.\nIf that run is alive, two of them may "+
				"write at once and make templates twice.", s.Path(), whose),
			Left: "The lock was left as it is", Unasked: "Add -force to unlock without a question",
		}.Confirm(ctx)
		if err != nil {
			return err
		}
	}
	if err := s.ForceUnlock(ctx, id); err != nil {
		return err
	}
	_, err := fmt.Fprintf(s.Out, "The lock of %s has been taken away.%s\n", s.Path(), was)
	return err
}
