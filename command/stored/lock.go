package stored

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/command/run"
)

type lockFlags struct {
	run.Flags
	reason string
}

func LockCommand() *cli.Command {
	f := new(lockFlags)
	return &cli.Command{
		Name: "lock", Category: cmdline.GroupState, ArgsUsage: "[PATH]", Action: cmdline.Action(f.run),
		Usage: "Lock the state by hand, so that nothing is applied until unlock",
		Description: `Whoever would apply is told who has locked it, since when and why; plan and drift go on.

Example:
  countersign lock -reason "change freeze until Monday" policies`,
		Flags: cmdline.Join([]cli.Flag{cmdline.Text(&f.reason, "reason", "`WHY`, for those who are kept waiting")}, f.StoredFlags(),
			f.LockTimeoutFlag()),
	}
}

// mostReason is how many characters a reason may have: it is part of a message of one line.
const mostReason = 200

// run locks the state by hand.
func (f *lockFlags) run(ctx context.Context, args cmdline.Arguments) error {
	if _, err := f.Resolve(args, 0, 0); err != nil {
		return err
	}
	r := report.New(f.NoColor, false)
	reason := strings.Join(strings.Fields(f.reason), " ")
	switch {
	case reason == "":
		return r.Fail(fault.New("A lock by hand needs a reason",
			"Those who are kept waiting are told why: add -reason \"change freeze until Monday\"."))
	case utf8.RuneCountInString(reason) > mostReason:
		return r.Fail(fault.New("The reason is too long", "It may have up to %d characters.", mostReason))
	}
	store, found, err := run.FindState(f.Flags)
	if err != nil {
		return r.Fail(err)
	}
	r.Note(found)
	store.Waiting = run.WaitingFor(store, r.Waits())
	info := run.LockInfo("", store)
	info.Info = reason
	if err := store.LockByHand(ctx, info, f.LockTimeout); err != nil {
		return r.Fail(err)
	}
	_, err = fmt.Fprintf(r.Out, "The state %s is locked: %s. Nothing is applied until: countersign unlock\n", store.Path(), reason)
	return err
}

type unlockFlags struct{ run.Flags }

func UnlockCommand() *cli.Command {
	f := new(unlockFlags)
	return &cli.Command{
		Name: "unlock", Category: cmdline.GroupState, ArgsUsage: "[PATH]", Action: cmdline.Action(f.run),
		Usage: "End a lock that was taken by hand",
		Description: `Says whose it was, and why. The lock of a run stays: that is for force-unlock.

Example:
  countersign unlock policies`,
		Flags: f.StoredFlags(),
	}
}

// run ends a lock that was taken by hand.
func (f *unlockFlags) run(ctx context.Context, args cmdline.Arguments) error {
	if _, err := f.Resolve(args, 0, 0); err != nil {
		return err
	}
	r := report.New(f.NoColor, false)
	store, found, err := run.FindState(f.Flags)
	if err != nil {
		return r.Fail(err)
	}
	r.Note(found)
	was, err := store.UnlockByHand(ctx)
	if err != nil {
		return r.Fail(err)
	}
	_, err = fmt.Fprintf(r.Out, "The state %s is no longer locked. %s had locked it at %s: %s\n", store.Path(), was.Who,
		was.Created.UTC().Format(time.RFC3339), was.Info)
	return err
}
