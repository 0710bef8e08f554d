package command

import (
	"context"
	"io"
	"slices"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/view"
	viewjson "countersign/view/json"
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
		Name: "plan", Category: cmdline.GroupMain, ArgsUsage: "[PATH]",
		Action: report.Action(&f.Flags, &f.JSON, 0, 0, f.run),
		Usage:  "Show what apply would change on the drive, and what was edited by hand; change nothing",
		Description: `Example:
  countersign plan -detailed-exitcode -refuse=weaker,incomparable -target 'template.upload["legal"]' policies`,
		Flags: slices.Concat([]cli.Flag{
			cmdline.Bool(&f.detailedExitcode, "detailed-exitcode", "exit 2 when there are changes, "+
				"0 when there are none, 1 after an error"),
			cmdline.Text(&f.out, "out", "save the plan in `FILE`, to be shown and applied as it is"),
			cmdline.Reporting(&f.report), f.refuse.flag(),
		}, f.PlanningFlags(), f.RestrictFlag(), f.JSONIntoFlag(), cmdline.JSONDocument(&f.JSON), f.ConfigurationFlags(),
			f.PolicyFlags(), f.CallFlags(), f.LockFlags()),
	}
}

// run shows what apply would change.
func (f *planFlags) run(ctx context.Context, r *report.Report, args cmdline.Arguments) error {
	if err := f.Shape(args); err != nil {
		return err
	}
	r.Compact(f.CompactWarnings)
	if err := r.OpenForPlan(view.OfPlan, f.JSONInto, f.report); err != nil {
		return err
	}
	if err := f.refuse.parse(); err != nil {
		return err
	}
	if err := r.SideFiles.RefuseOverwriting(f.Named()...); err != nil {
		return err
	}
	out, err := run.NewPlanFile(f.out, &r.SideFiles)
	if err != nil {
		return err
	}
	r.AtEnd(out.Drop)
	s := r.Session(ctx, f.Flags)
	seen, err := r.Watch(ctx, s, s.Observe)
	if err != nil {
		return err
	}
	plan, err := seen.Plan(ctx, f.Options)
	if err != nil {
		return err
	}
	if err := out.Keep(seen, plan); err != nil {
		return err
	}
	if f.InFlight { // for the reader: a saved plan stays the same whatever is raised meanwhile
		if err := seen.CountInFlight(ctx, plan.Plan); err != nil {
			return err
		}
	}
	if err := report.Print(r, plan.Plan, text.Plan, viewjson.Plan); err != nil {
		return err
	}
	if r.People() {
		if _, err := io.WriteString(r.Out, out.Saved()); err != nil {
			return err
		}
	}
	if err := r.WritePlanFiles(seen.Loaded, plan.Plan); err != nil {
		return err
	}
	if err := r.RefusedByPolicy(plan.Plan); err != nil {
		return err
	}
	if err := f.refuse.check(r, plan.Plan, view.Verdicts); err != nil {
		return err
	}
	if f.detailedExitcode && !plan.Empty() {
		return fault.Exit(fault.ExitChanges)
	}
	return nil
}
