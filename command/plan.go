package command

import (
	"context"
	"io"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/view"
	"countersign/view/text"
)

type planFlags struct {
	run.Flags
	run.PlanFlags
	detailedExitcode bool
	out              string
	report           []string
	refuse           refusal
}

func planCommand() *cli.Command {
	f := new(planFlags)
	return &cli.Command{
		Name: "plan", Category: cmdline.GroupMain, ArgsUsage: "[PATH]", Action: cmdline.Action(f.run),
		Usage: "Show what apply would change on the drive, and what was edited by hand; change nothing",
		Description: `Example:
  countersign plan -detailed-exitcode -refuse=weaker,incomparable -target 'template.upload["legal"]' policies`,
		Flags: cmdline.Join([]cli.Flag{
			cmdline.Bool(&f.detailedExitcode, "detailed-exitcode", "exit 2 when there are changes, "+
				"0 when there are none, 1 after an error"),
			cmdline.Text(&f.out, "out", "save the plan in `FILE`, to be shown and applied as it is"),
			cmdline.Reporting(&f.report), f.refuse.flag(),
		}, f.PlanningFlags(), f.RestrictFlag(), f.JSONIntoFlag(), cmdline.JSONDocument(&f.JSON), f.ConfigurationFlags(),
			f.PolicyFlags(), f.CallFlags(), f.LockFlags()),
	}
}

// run shows what apply would change.
func (f *planFlags) run(ctx context.Context, args cmdline.Arguments) (err error) {
	if _, err := f.Resolve(args, 0, 0); err != nil {
		return err
	}
	if err := f.Shape(); err != nil {
		return err
	}
	r, err := report.NewFiles(view.OfPlan, f.NoColor, f.JSON, f.JSONInto, f.report)
	if err != nil {
		return err
	}
	r.Compact(f.CompactWarnings)
	defer fault.Finish(&err, r.Close)
	if err := f.refuse.parse(); err != nil {
		return r.Fail(err)
	}
	if err := r.SideFiles.RefuseOverwriting(f.Named()...); err != nil {
		return r.Fail(err)
	}

	var out *run.PlanFile
	if f.out != "" {
		if out, err = run.NewPlanFile(f.out, &r.SideFiles); err != nil {
			return r.Fail(err)
		}
		defer out.Drop()
	}
	s := run.NewSession(ctx, f.Flags)
	s.SideFiles = &r.SideFiles
	defer fault.Finish(&err, s.Close)
	seen, err := r.Watch(s, func() (*run.Reached, error) { return s.Observe(ctx) })
	if err != nil {
		return r.Fail(err)
	}
	plan, err := seen.Plan(ctx, f.Options)
	if err != nil {
		return r.Fail(err)
	}
	if out != nil && run.Refused(plan.Plan) == nil {
		saved, err := seen.Saved(plan)
		if err == nil {
			err = out.Keep(saved, seen.State)
		}
		if err != nil {
			return r.Fail(err)
		}
	}
	if f.InFlight { // for the reader: a saved plan stays the same whatever is raised meanwhile
		if err := seen.CountInFlight(ctx, plan.Plan); err != nil {
			return r.Fail(err)
		}
	}
	if err := r.PrintPlan(plan.Plan, text.Plan); err != nil {
		return err
	}
	if out != nil && r.People() && run.Refused(plan.Plan) == nil {
		if _, err := io.WriteString(r.Out, run.WhereSaved(out.Path)); err != nil {
			return err
		}
	}
	if err := r.Planned(seen.Loaded, plan.Plan); err != nil {
		return err
	}
	if err := r.Held(plan.Plan); err != nil {
		return err
	}
	if err := f.refuse.check(r.Report, plan.Plan, view.Verdicts(plan.Plan)); err != nil {
		return err
	}
	if f.detailedExitcode && !plan.Empty() {
		return fault.Exit(fault.ExitChanges)
	}
	return nil
}
