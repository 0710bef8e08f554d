package command

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/command/terminal"
	"countersign/reconcile"
	"countersign/reconcile/apply"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/config"
	"countersign/stage"
	viewjson "countersign/view/json"
	"countersign/view/text"
)

type applyFlags struct {
	run.Flags
	run.PlanFlags
	operation   string // apply or destroy
	autoApprove bool
}

func applyCommand() *cli.Command {
	f := &applyFlags{operation: "apply"}
	return &cli.Command{
		Name: "apply", Category: cmdline.GroupMain, ArgsUsage: "[PATH | PLANFILE]",
		Action: report.Action(&f.Flags, &f.JSON, 0, 0, f.run),
		Usage:  "Make the drive equal the configuration",
		Description: `Plans, shows the plan, asks, and carries it out. Without a terminal it needs -auto-approve.
A PLANFILE of plan -out is carried out as it was reviewed, or refused; nobody is asked.
Interrupted once, it lets the calls under way finish, writes the state and names what was not tried.

Example:
  countersign apply -auto-approve policies`,
		Flags: slices.Concat(f.approvalFlags(), f.PlanningFlags(), f.JSONIntoFlag(), cmdline.JSONLines(&f.JSON),
			f.ConfigurationFlags(), f.PolicyFlags(), f.CallFlags(), f.LockFlags()),
	}
}

// destroyCommand removes everything that the state binds: it is apply in another mode.
func destroyCommand() *cli.Command {
	f := &applyFlags{operation: "destroy", PlanFlags: run.PlanFlags{Destroy: true}}
	return &cli.Command{
		Name: "destroy", Category: cmdline.GroupMain, ArgsUsage: "[PATH]",
		Action: report.Action(&f.Flags, &f.JSON, 0, 0, f.run),
		Usage:  "Remove every template that the state binds",
		Description: `The same as apply -destroy: plans the removal of everything bound, shows it, asks, and does it.
Templates under prevent_destroy are refused. "countersign plan -destroy" only shows it.

Example:
  countersign destroy -target template.upload policies`,
		Flags: slices.Concat(f.approvalFlags(), f.NarrowingFlags(), f.JSONIntoFlag(), cmdline.JSONLines(&f.JSON),
			f.ConfigurationFlags(), f.PolicyFlags(), f.CallFlags(), f.LockFlags()),
	}
}

func (f *applyFlags) approvalFlags() []cli.Flag {
	return []cli.Flag{cmdline.Bool(&f.autoApprove, "auto-approve", "do not ask")}
}

// run plans, asks, and makes the drive equal the configuration.
func (f *applyFlags) run(ctx context.Context, r *report.Report, args cmdline.Arguments) error {
	if err := f.Shape(args); err != nil {
		return err
	}
	a := &application{Report: r, flags: f}
	if err := a.open(); err != nil {
		return err
	}
	if err := a.SideFiles.RefuseOverwriting(f.Named()...); err != nil {
		return err
	}
	if f.operation == "apply" {
		var err error
		if a.saved, err = run.ReadSaved(f.Path); err != nil {
			return err
		}
	}
	if a.saved != nil { // it was reviewed as it is: nothing about it can be changed, and nobody is asked
		if err := f.takeSaved(a.saved); err != nil {
			return err
		}
	}
	if f.JSON && !f.autoApprove {
		return fault.New("With -json nobody can be asked", "Add -auto-approve to apply without a question.")
	}
	plan, err := a.plan(ctx)
	if err != nil {
		return err
	}
	if err := run.Refused(plan); err != nil {
		return err
	}
	systems, err := a.Stagers(plan)
	if err != nil {
		return err
	}
	if writes(plan) && !f.autoApprove {
		if err := f.approve(ctx, plan.Mode); err != nil {
			return err
		}
		fmt.Fprintln(a.Err)
	}
	result, err := a.carryOut(ctx, plan, systems)
	if err != nil {
		return err
	}
	if n := len(plan.Refused); n > 0 {
		changes := "1 change was"
		if n > 1 {
			changes = fmt.Sprintf("%d changes were", n)
		}
		return fault.New("Not everything could be applied",
			"%s refused, as the plan says: a second template of one title would have come of it.", changes)
	}
	stagingFailed := func(s plans.StageResult) bool { return s.Err != nil }
	if len(result.Failed)+len(result.NotTried)+len(result.Spare()) > 0 || a.Settled.Spare ||
		slices.ContainsFunc(result.Staged, stagingFailed) {
		return fault.Exit(fault.ExitError)
	}
	return nil
}

// takeSaved makes the flags those of a saved plan.
func (f *applyFlags) takeSaved(saved *plans.Saved) error {
	if fixed := f.fixed(); len(fixed) > 0 {
		return fault.New("A saved plan is applied as it is", "Leave out %s: that was settled when it was made.",
			strings.Join(fixed, ", "))
	}
	if why := noConfiguration(saved.Config); why != "" {
		return fault.New("The plan's configuration is not here",
			"%s is a plan of the configuration %q, as seen from where plan was run, and here %s. Apply it from "+
				"there, or with -chdir=DIR.", f.Path, saved.Config, why)
	}
	f.Path, f.autoApprove = saved.Config, true
	for _, v := range saved.Vars {
		f.Vars = append(f.Vars, config.Assignment{Name: v.Name, Value: v.Value, File: v.File})
	}
	f.Policies = f.Policies.Or(saved)
	f.Options = reconcile.Options{Mode: saved.Plan.Mode, Targets: saved.Plan.Targets, MaxRemovals: -1}
	return nil
}

// noConfiguration says why there is no configuration at a path, "" where there is one.
func noConfiguration(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return "there is no such file or folder"
	}
	if !info.IsDir() {
		return ""
	}
	if files, err := config.FilesOf(path); err == nil && len(files) == 0 {
		return "that folder holds no *.hcl file"
	}
	return ""
}

// fixed are the flags given that a saved plan has fixed already.
func (f *applyFlags) fixed() []string {
	var given []string
	for _, flag := range []struct {
		name  string
		given bool
	}{
		{"-var", slices.ContainsFunc(f.Vars, func(v config.Assignment) bool { return v.File == "" })},
		{"-var-file", slices.ContainsFunc(f.Vars, func(v config.Assignment) bool { return v.File != "" })},
		{"-target", len(f.Targets) > 0}, {"-replace", len(f.Replace) > 0}, {"-destroy", f.Destroy},
		{"-refresh-only", f.RefreshOnly}, {"-no-removals", f.NoRemovals},
		{"-max-removals", f.RemovalLimit != nil},
	} {
		if flag.given {
			given = append(given, flag.name)
		}
	}
	return given
}

// approve asks the person at the terminal. Without a yes it returns an error.
func (f *applyFlags) approve(ctx context.Context, mode plans.Mode) error {
	q := terminal.Question{Text: "Do you want to perform these actions?",
		Detail: "Countersign will do what is shown above on the drive.",
		Left:   "Nothing was applied", Unasked: "Add -auto-approve to apply without a question"}
	switch mode {
	case plans.Destroy:
		q.Text = "Do you really want to destroy all of this?"
		q.Detail = "Countersign will remove what is shown above from the drive. There is no undo."
	case plans.RefreshOnly:
		q.Text = "Do you want to record what is shown above?"
		q.Detail = "Countersign will write the state and change nothing on the drive."
	}
	if !f.Input {
		return fault.New("Nothing was applied: nobody can be asked",
			"With -input=false, add -auto-approve to apply without a question.")
	}
	return q.Confirm(ctx)
}

// writes reports whether applying the plan would write anything worth asking about.
func writes(p *plans.Plan) bool {
	return p.Counts() != (plans.Counts{}) || len(p.Outputs) > 0 ||
		p.Mode == plans.RefreshOnly && len(p.Drift) > 0
}

// application is one run of apply or destroy.
type application struct {
	*report.Report
	*run.Reached // once the drive is read
	flags        *applyFlags
	saved        *plans.Saved      // the plan to apply, when it was saved before
	lines        []*viewjson.Lines // on standard output with -json, in the file with -json-into
	intoOpen     bool
}

// open starts the JSON lines, which also say why an apply fails.
func (a *application) open() error {
	a.FailsWith(func(d schema.Diagnostics) ([]byte, error) {
		a.openInto()
		for _, l := range a.lines {
			l.Diagnostics(d)
		}
		return nil, nil
	})
	a.AtEnd(func() error {
		for _, l := range a.lines {
			if err := l.Err(); err != nil {
				return fmt.Errorf("write JSON: %w. Lines are missing; what was done on the drive is in the state", err)
			}
		}
		return nil
	})
	a.Compact(a.flags.CompactWarnings)
	if a.JSON {
		a.lines = append(a.lines, viewjson.NewLines(a.Out, run.VersionString()))
	}
	return a.Open(a.flags.JSONInto)
}

// openInto starts the JSON lines in the file of -json-into, once it is known to be none that the run reads.
func (a *application) openInto() {
	if a.Into != nil && !a.intoOpen {
		a.lines, a.intoOpen = append(a.lines, viewjson.NewLines(a.Into, run.VersionString())), true
	}
}

// plan makes the plan to apply and shows it.
func (a *application) plan(ctx context.Context) (plan *plans.Plan, err error) {
	s := a.Session(ctx, a.flags.Flags)
	a.Reached, err = a.Watch(ctx, s, func(ctx context.Context) (*run.Reached, error) {
		loaded, err := s.Load()
		if err == nil && a.saved != nil {
			err = loaded.CheckSameDrive(a.saved)
		}
		if err != nil {
			return nil, err
		}
		a.openInto()
		return loaded.Reach(ctx, a.flags.operation)
	})
	if err != nil {
		return nil, err
	}
	if a.saved != nil {
		if plan, err = a.StillValid(ctx, a.saved); err == nil {
			err = a.RecheckPolicies(plan)
		}
	} else {
		plan, err = a.newPlan(ctx)
	}
	switch {
	case err != nil:
		return nil, err
	case a.saved != nil: // what it says was reviewed; what this run has found is new
		a.Warn(s.Warnings)
	case a.People():
		if err := text.Plan(a.Out, plan, a.OutStyle); err != nil {
			return nil, err
		}
	}
	for _, l := range a.lines {
		l.Plan(plan)
	}
	return plan, nil
}

func (a *application) newPlan(ctx context.Context) (*plans.Plan, error) {
	planned, err := a.Plan(ctx, a.flags.Options)
	if err != nil {
		return nil, err
	}
	if a.flags.InFlight {
		err = a.CountInFlight(ctx, planned.Plan)
	}
	return planned.Plan, err
}

// carryOut applies the plan, and writes the state when that changed. The state is written after an interrupt too.
func (a *application) carryOut(ctx context.Context, plan *plans.Plan, systems stage.Systems) (*plans.Result, error) {
	safe := context.WithoutCancel(ctx)
	unfolded, err := a.State.Unfolded(safe)
	if err != nil {
		return nil, err
	}
	if len(a.Settled.Outcomes) > 0 { // what was found out about the last run must not be asked again after these writes
		if err := a.State.Settle(safe, a.Settled.Outcomes); err != nil {
			return nil, fault.New("Nothing was applied: the journal cannot be written", "%v", err)
		}
	}
	progress := a.Progress()
	a.Events = func(e plans.Event) { // of waits, too
		progress.Event(e)
		for _, l := range a.lines {
			l.Event(e)
		}
	}
	settings := a.Settings()
	progress.Expect(plan)
	result, after := apply.Run(ctx, a.Client, a.State, plan, a.Settled.State, settings)
	result.Staged, after = stage.Run(ctx, a.State, plan, after, systems, settings)
	progress.Close()

	outputs, diags := a.Outputs(after, a.flags.Options, nil)
	diags = a.Source.Place(diags)
	if !diags.HasErrors() {
		after = reconcile.RecordOutputs(after, outputs)
	}
	result.NoOutputs = diags.HasErrors()
	if unfolded || !run.SameState(a.Read, after) {
		after, err = a.WriteState(ctx, after, fmt.Sprintf("The journal beside %s keeps what was done on the drive. "+
			"Mend the cause, and apply again: that takes it into the state.", a.State.Path()))
		if err != nil {
			result.Unwritten = true
			diags = append(diags, fault.Of(err)...)
		}
	}
	for _, l := range a.lines {
		l.Diagnostics(diags)
		l.Result(result, after.Outputs, plan.Mode)
	}
	a.Warn(diags)
	if a.People() {
		if err := text.Result(a.Out, result, after.Outputs, plan.Mode, a.OutStyle); err != nil {
			return result, err
		}
	}
	if diags.HasErrors() {
		return result, fault.Exit(fault.ExitError)
	}
	return result, nil
}
