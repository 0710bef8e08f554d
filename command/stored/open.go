// Package stored has the commands that work on the state alone, without the drive: show, output, state, lock, unlock,
// force-unlock.
package stored

import (
	"context"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/schema"
	"countersign/state"
	"countersign/state/store"
)

// StateCommand is the group state.
func StateCommand() *cli.Command {
	return &cli.Command{
		Name: "state", Category: cmdline.GroupState, Usage: "Look at the state and change what it says",
		Subcommands: []*cli.Command{listCommand(), showOneCommand(), moveCommand(), removeCommand(), pullCommand(),
			pushCommand(), historyCommand(), restoreCommand(), rekeyCommand()},
	}
}

// flags are the flags that all commands on the state share.
type flags struct {
	run.Flags
	json bool
}

// opened is the state that a command works on.
type opened struct {
	*report.Report
	run.Stored
	flags run.Flags
	words []string // the arguments, without the configuration's path
}

// action is what runs a command on the state of a configuration. failed is the heading of an error that has none.
// Besides the configuration's path there must be from least to most arguments (most < 0: any number).
func (f *flags) action(failed string, least, most int, work func(context.Context, *opened) error) cli.ActionFunc {
	return report.Action(&f.Flags, &f.json, least, most, func(ctx context.Context, r *report.Report,
		args cmdline.Arguments) error {
		s, err := f.open(ctx, r, args.Words)
		if err == nil {
			err = work(ctx, s)
		}
		return fault.Headed(failed, err)
	})
}

// open finds the state, and says what is to be known about how it was found.
func (f *flags) open(ctx context.Context, r *report.Report, words []string) (*opened, error) {
	found, err := run.FindState(ctx, f.Flags)
	if err != nil {
		return nil, err
	}
	r.Note(found.Found)
	return &opened{r, found, f.Flags, words}, nil
}

// read reads the state, the journal folded in, and warns of writes whose outcome only the drive knows.
func (s *opened) read(ctx context.Context) (state.State, error) {
	st, pending, err := s.Read(ctx)
	if len(pending) > 0 {
		s.Warn(schema.Diagnostics{{Severity: schema.Warning, Summary: "An interrupted run left writes unsettled",
			Detail: "Whether they took place is found out by the next plan, and recorded by the next apply."}})
	}
	return st, err
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
func none(s *store.Store) error {
	return fault.New("There is no state yet", "%s is made by the first apply or import.", s.Path())
}
