package command

import (
	"context"
	"reflect"

	"github.com/urfave/cli/v2"

	"countersign/reconcile"
	"countersign/view"
)

type driftFlags struct {
	options
	unmanaged, json bool
	targets, report []string
	jsonInto        string
}

func driftCommand() *cli.Command {
	f := new(driftFlags)
	return &cli.Command{
		Name: "drift", Category: groupMain, ArgsUsage: "[PATH]", Action: runs(f.run),
		Usage: "Show what was edited by hand: what was recorded, what is live, by whom and when",
		Description: `Reads the drive and the state, takes no lock, and writes nothing. Lists the templates that nobody declared, too.
Exit codes: 0 no drift, 1 error, 2 drift.

Example:
  countersign drift -unmanaged -report=markdown=drift.md policies`,
		Flags: join([]cli.Flag{
			yes(&f.unmanaged, "unmanaged", "exit 2 for templates that nobody declared, too: they may have been made by hand"),
			target(&f.targets), reporting(&f.report), jsonInto(&f.jsonInto),
		}, jsonDocument(&f.json), f.configurationFlags(), f.callFlags()),
	}
}

// run shows what was edited by hand since the last apply or refresh. It takes no lock and writes nothing.
func (f *driftFlags) run(ctx context.Context, args arguments) (err error) {
	if _, err := f.resolve(args, 0, 0); err != nil {
		return err
	}
	f.lock = false
	r, err := newReports(view.OfDrift, f.noColor, f.json, f.jsonInto, f.report)
	if err != nil {
		return err
	}
	defer finish(&err, r.close)
	if err := r.sideFiles.refuseOverwriting(f.named()...); err != nil {
		return r.fail(err)
	}
	s := newSession(ctx, f.options)
	s.sideFiles = &r.sideFiles
	defer finish(&err, s.close)
	if err := r.watch(s, func() error { return s.observe(ctx) }); err != nil {
		return r.fail(err)
	}
	plan, diags := reconcile.FindDrift(s.config.Declaration, s.settled.State, s.world, f.targets)
	if err := s.keep(diags); err != nil {
		return r.fail(err)
	}
	plan.Warnings = s.warnings
	if err := r.printPlan(plan, view.Drift); err != nil {
		return err
	}
	if err := r.planned(s, plan); err != nil {
		return err
	}
	if len(plan.Drift) > 0 || f.unmanaged && len(plan.Unmanaged) > 0 {
		return exit(exitChanges)
	}
	return nil
}

// looks is how often the drive is read anew because somebody is applying meanwhile.
const looks = 3

// observe reads state and drive without holding the lock, so that it makes and changes nothing. A run at work could
// write between the two readings, and what it wrote would look like an edit by hand; so the two count only if the state
// is the same before and after. Unless told not to mind the lock, it waits for the run that holds it.
func (s *session) observe(ctx context.Context) error {
	if err := s.load(); err != nil {
		return err
	}
	if s.lock {
		if err := s.state.AwaitUnlocked(ctx, s.lockTimeout); ctx.Err() != nil {
			return errInterrupted
		} else if err != nil {
			return err
		}
	}
	if err := s.open(); err != nil {
		return err
	}
	known := s.warnings
	for range looks {
		s.warnings = known[:len(known):len(known)]
		unchanged, err := s.state.Watch(ctx)
		if err != nil {
			return err
		}
		if err := s.refresh(ctx); err != nil {
			return err
		}
		if unchanged() {
			return nil
		}
		after, pending, err := s.state.Read(ctx)
		if err != nil {
			return err
		}
		if after.Serial == s.read.Serial && len(pending) == len(s.pending) && sameState(s.read, after) &&
			reflect.DeepEqual(pending, s.pending) {
			return nil
		}
	}
	return fault("Somebody is at work on this state", "%s changed each of the %d times that the drive was read, so an edit by hand cannot be told from what that run writes. Try again when it has ended.",
		s.state.Path(), looks)
}
