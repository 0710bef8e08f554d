package command

import (
	"context"
	"io"

	"github.com/urfave/cli/v2"

	"countersign/view"
)

type planFlags struct {
	options
	planOptions
	detailedExitcode bool
	out              string
	report           []string
}

func planCommand() *cli.Command {
	f := new(planFlags)
	return &cli.Command{
		Name: "plan", Category: groupMain, ArgsUsage: "[PATH]", Action: runs(f.run),
		Usage: "Show what apply would change on the drive, and change nothing",
		Description: `Reads the drive and the state, and shows changes, drift and templates nobody declared.
Exit codes: 0 done, 1 error; with -detailed-exitcode 0 nothing to do, 2 changes.

Examples:
  countersign plan policies -target 'template.upload["legal"]'
  countersign plan -detailed-exitcode -json-into=plan.json`,
		Flags: join([]cli.Flag{
			yes(&f.detailedExitcode, "detailed-exitcode", "exit 2 when there are changes"),
			text(&f.out, "out", "save the plan in `FILE`, to be shown and applied as it is"),
			reporting(&f.report),
		}, f.planningFlags(), f.jsonIntoFlag(), jsonDocument(&f.json), f.configurationFlags(), f.callFlags(), f.lockFlags()),
	}
}

// run shows what apply would change.
func (f *planFlags) run(ctx context.Context, args arguments) (err error) {
	if _, err := f.resolve(args, 0, 0); err != nil {
		return err
	}
	if err := f.shape(); err != nil {
		return err
	}
	r, err := newReports(view.OfPlan, f.noColor, f.json, f.jsonInto, f.report)
	if err != nil {
		return err
	}
	defer finish(&err, r.close)
	if err := r.sideFiles.refuseOverwriting(f.named()...); err != nil {
		return r.fail(err)
	}

	var out *planFile
	if f.out != "" {
		if out, err = newPlanFile(f.out, &r.sideFiles); err != nil {
			return r.fail(err)
		}
		defer finish(&err, out.drop)
	}
	s := newSession(ctx, f.options)
	s.sideFiles = &r.sideFiles
	defer finish(&err, s.close)
	if err := r.watch(s, func() error { return s.observe(ctx) }); err != nil {
		return r.fail(err)
	}
	plan, err := s.plan(ctx, f.Options)
	if err != nil {
		return r.fail(err)
	}
	if out != nil {
		saved, err := s.saved(plan)
		if err == nil {
			err = out.keep(saved)
		}
		if err != nil {
			return r.fail(err)
		}
	}
	if err := r.printPlan(plan, view.Plan); err != nil {
		return err
	}
	if out != nil && r.people() {
		if _, err := io.WriteString(r.out, whereSaved(out.path)); err != nil {
			return err
		}
	}
	if err := r.planned(s, plan); err != nil {
		return err
	}
	if f.detailedExitcode && !plan.Empty() {
		return exit(exitChanges)
	}
	return nil
}
