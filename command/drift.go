package command

import (
	"context"
	"slices"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/reconcile"
	"countersign/schema"
	"countersign/view"
	viewjson "countersign/view/json"
	"countersign/view/text"
)

type driftFlags struct {
	run.Flags
	unmanaged, json bool
	targets, report []string
	jsonInto        string
	refuse          refusal
}

func driftCommand() *cli.Command {
	f := new(driftFlags)
	return &cli.Command{
		Name: "drift", Category: cmdline.GroupMain, ArgsUsage: "[PATH]",
		Action: report.Action(&f.Flags, &f.json, 0, 0, f.run),
		Usage:  "Show what was edited by hand: what was recorded, what is live, by whom and when",
		Description: `Reads the drive and the state, takes no lock, and writes nothing. Lists the templates that nobody
declared, too.
Exit codes: 0 no drift, 1 error, 2 drift; with -refuse 4 a verdict is refused.

Example:
  countersign drift -unmanaged -report=markdown=drift.md policies`,
		Flags: slices.Concat([]cli.Flag{
			cmdline.Bool(&f.unmanaged, "unmanaged", "exit 2 for templates that nobody declared, too: they may have "+
				"been made by hand"),
			cmdline.Target(&f.targets), cmdline.Reporting(&f.report), cmdline.JSONInto(&f.jsonInto), f.refuse.flag(),
		}, f.RestrictFlag(), cmdline.JSONDocument(&f.json), f.ConfigurationFlags(), f.PolicyFlags(), f.CallFlags()),
	}
}

// run shows what was edited by hand since the last apply or refresh. It takes no lock and writes nothing.
func (f *driftFlags) run(ctx context.Context, r *report.Report, _ cmdline.Arguments) error {
	f.Lock = true // to say who holds it
	if err := r.OpenForPlan(view.OfDrift, f.jsonInto, f.report); err != nil {
		return err
	}
	if err := f.refuse.parse(); err != nil {
		return err
	}
	if err := r.SideFiles.RefuseOverwriting(f.Named()...); err != nil {
		return err
	}
	s := r.Session(ctx, f.Flags)
	seen, err := r.Watch(ctx, s, s.Observe)
	if err != nil {
		return err
	}
	plan, diags := reconcile.FindDrift(seen.Config.Declaration, seen.Settled.State, seen.World, f.targets)
	if err := seen.Keep(diags); err != nil {
		return err
	}
	named := slices.DeleteFunc(plan.Warnings, func(d schema.Diagnostic) bool { return d.Code == "" })
	if err := seen.Lint(plan, slices.Concat(s.Warnings, named)); err != nil {
		return err
	}
	if err := seen.CheckPolicies(plan); err != nil {
		return err
	}
	if err := report.Print(r, plan, text.Drift, viewjson.Plan); err != nil {
		return err
	}
	if err := r.WritePlanFiles(seen.Loaded, plan); err != nil {
		return err
	}
	if err := r.RefusedByPolicy(plan); err != nil {
		return err
	}
	if err := f.refuse.check(r, plan, view.DriftVerdicts); err != nil {
		return err
	}
	if len(plan.Drift) > 0 || f.unmanaged && len(plan.Unmanaged) > 0 {
		return fault.Exit(fault.ExitChanges)
	}
	return nil
}
