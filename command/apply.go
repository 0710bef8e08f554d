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
		Name: "apply", Category: cmdline.GroupMain, ArgsUsage: "[PATH | PLANFILE]", Action: cmdline.Action(f.run),
		Usage: "Make the drive equal the configuration",
		Description: `Plans, shows the plan, asks, and carries it out. Without a terminal it needs -auto-approve.
A PLANFILE of plan -out is carried out as it was reviewed, or refused; nobody is asked.
Interrupted once, it lets the calls under way finish, writes the state and names what was not tried.

Example:
  countersign apply -auto-approve policies`,
		Flags: cmdline.Join(f.approvalFlags(), f.PlanningFlags(), f.JSONIntoFlag(), cmdline.JSONLines(&f.JSON), f.ConfigurationFlags(),
			f.PolicyFlags(), f.CallFlags(), f.LockFlags()),
	}
}

func (f *applyFlags) approvalFlags() []cli.Flag {
	return []cli.Flag{cmdline.Bool(&f.autoApprove, "auto-approve", "do not ask")}
}

// run plans, asks, and makes the drive equal the configuration. Destroy is the same with another mode.
func (f *applyFlags) run(ctx context.Context, args cmdline.Arguments) (err error) {
	if _, err := f.Resolve(args, 0, 0); err != nil {
		return err
	}
	if err := f.Shape(); err != nil {
		return err
	}
	r := &report.Report{Terminal: terminal.New(f.NoColor), JSON: f.JSON, Failed: report.FailureLines}
	r.Compact(f.CompactWarnings)
	if err := r.Open(f.JSONInto); err != nil {
		return err
	}
	defer fault.Finish(&err, r.Close)
	if err := r.SideFiles.RefuseOverwriting(f.Named()...); err != nil {
		return r.Fail(err)
	}
	a := &application{Report: r, PlanFlags: f.PlanFlags, approved: f.autoApprove}
	a.startLines()
	defer fault.Finish(&err, a.endLines)
	if f.operation == "apply" {
		if a.given, err = run.ReadSaved(f.Path); err != nil {
			return a.fail(err)
		}
	}
	if a.given != nil { // it was reviewed as it is: nothing about it can be changed, and nobody is asked
		if settled := f.settled(); len(settled) > 0 {
			return a.fail(fault.New("A saved plan is applied as it is", "Leave out %s: that was settled when it was "+
				"made.",
				strings.Join(settled, ", ")))
		}
		plan := f.Path
		a.approved, f.Path = true, a.given.Config
		if why := noConfiguration(f.Path); why != "" {
			return a.fail(fault.New("The plan's configuration is not here",
				"%s is a plan of the configuration %q, as seen from where plan was run, and here %s. Apply it from "+
					"there, or with -chdir=DIR.", plan, f.Path, why))
		}
		for _, v := range a.given.Vars {
			f.Vars = append(f.Vars, config.Assignment{Name: v.Name, Value: v.Value, File: v.File})
		}
		f.Policies = f.Policies.Or(a.given)
		a.PlanFlags.Options = reconcile.Options{Mode: a.given.Plan.Mode, Targets: a.given.Plan.Targets,
			MaxRemovals: -1}
	}
	a.session = run.NewSession(ctx, f.Flags)
	a.session.SideFiles = &r.SideFiles
	defer fault.Finish(&err, a.session.Close)
	return a.run(ctx, f.operation)
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

// settled are the flags given that a saved plan leaves nothing to say to.
func (f *applyFlags) settled() []string {
	var given []string
	for _, v := range f.Vars {
		flag := "-var"
		if v.File != "" {
			flag = "-var-file"
		}
		if !slices.Contains(given, flag) {
			given = append(given, flag)
		}
	}
	for _, flag := range []struct {
		name  string
		given bool
	}{
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

// application is one run of apply or destroy.
type application struct {
	*report.Report
	session      *run.Session
	*run.Reached // once the plan is made
	run.PlanFlags
	approved bool
	given    *plans.Saved      // the plan to apply, when it was saved before
	systems  stage.Systems     // where attachments are staged
	lines    []*viewjson.Lines // on standard output with -json, in the file with -json-into
}

func (a *application) startLines() {
	if a.Report.JSON {
		a.lines = append(a.lines, viewjson.NewLines(a.Out, run.VersionString()))
	}
	if a.Into != nil {
		a.lines = append(a.lines, viewjson.NewLines(a.Into, run.VersionString()))
	}
}

// endLines tells that lines are missing, whatever became of the apply itself.
func (a *application) endLines() error {
	for _, l := range a.lines {
		if err := l.Err(); err != nil {
			return fmt.Errorf("write JSON: %w. Lines are missing; what was done on the drive is in the state", err)
		}
	}
	return nil
}

func (a *application) run(ctx context.Context, operation string) error {
	if a.Report.JSON && !a.approved {
		return a.fail(fault.New("With -json nobody can be asked", "Add -auto-approve to apply without a question."))
	}
	plan, err := a.preview(ctx, operation)
	if err != nil {
		return a.fail(err)
	}
	if err := run.Refused(plan); err != nil {
		return a.fail(err)
	}
	if a.systems, err = a.Stagers(plan); err != nil {
		return a.fail(err)
	}
	if writes(plan) && !a.approved {
		if err := a.approve(ctx, plan.Mode); err != nil {
			return a.fail(err)
		}
		fmt.Fprintln(a.Err)
	}
	result, err := a.carryOut(ctx, plan)
	if err != nil {
		return a.fail(err)
	}
	if n := len(plan.Refused); n > 0 {
		return a.fail(fault.New("Not everything could be applied",
			"%s refused, as the plan says: a second template of one title would have come of it.", changesWere(n)))
	}
	staged := func(s plans.StageResult) bool { return s.Err != nil }
	if len(result.Failed)+len(result.NotTried)+len(result.Spare()) > 0 || a.Settled.Spare ||
		slices.ContainsFunc(result.Staged, staged) {
		return fault.Exit(fault.ExitError)
	}
	return nil
}

func changesWere(n int) string {
	if n == 1 {
		return "1 change was"
	}
	return fmt.Sprintf("%d changes were", n)
}

// writes reports whether applying the plan would write anything worth asking about.
func writes(p *plans.Plan) bool {
	return p.Counts() != (plans.Counts{}) || len(p.Outputs) > 0 ||
		p.Mode == plans.RefreshOnly && len(p.Drift) > 0
}

// preview makes the plan and shows it.
func (a *application) preview(ctx context.Context, operation string) (*plans.Plan, error) {
	var err error
	a.Reached, err = a.Watch(a.session, func() (*run.Reached, error) {
		s, err := a.session.Load()
		if err == nil && a.given != nil {
			err = s.CheckSameDrive(a.given)
		}
		if err != nil {
			return nil, err
		}
		return s.Reach(ctx, operation)
	})
	if err != nil {
		return nil, err
	}
	plan, err := a.planToApply(ctx)
	if err != nil {
		return nil, err
	}
	switch {
	case a.given != nil: // what it says was reviewed; what this run has found is news
		a.Warn(a.session.Warnings)
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

// planToApply is the plan that was saved, if it still holds, or else a new one.
func (a *application) planToApply(ctx context.Context) (*plans.Plan, error) {
	if a.given != nil {
		plan, err := a.StillValid(ctx, a.given)
		if err != nil {
			return nil, err
		}
		return plan, a.HoldAgain(plan)
	}
	planned, err := a.Plan(ctx, a.Options)
	if err != nil {
		return nil, err
	}
	if a.InFlight {
		err = a.CountInFlight(ctx, planned.Plan)
	}
	return planned.Plan, err
}

// approve asks the person at the terminal; without a yes it returns an error.
func (a *application) approve(ctx context.Context, mode plans.Mode) error {
	question, detail := "Do you want to perform these actions?", "Countersign will do what is shown above on the drive."
	switch mode {
	case plans.Destroy:
		question, detail = "Do you really want to destroy all of this?", "Countersign will remove what is shown "+
			"above from the drive. There is no undo."
	case plans.RefreshOnly:
		question, detail = "Do you want to record what is shown above?", "Countersign will write the state and "+
			"change nothing on the drive."
	}
	if !a.Input {
		return fault.New("Nothing was applied: nobody can be asked",
			"With -input=false, add -auto-approve to apply without a question.")
	}
	yes, err := terminal.Confirm(ctx, question, detail)
	switch {
	case err == fault.ErrInterrupted:
		return err
	case err != nil:
		return fault.New("Nothing was applied: nobody can be asked", "%v. Add -auto-approve to apply without a "+
			"question.",
			fault.Sentence(err.Error()))
	case !yes:
		return fault.New("Nothing was applied", "The answer was not yes.")
	}
	return nil
}

// carryOut applies the plan, and writes the state when that changed. The state is written after an interrupt too.
func (a *application) carryOut(ctx context.Context, plan *plans.Plan) (*plans.Result, error) {
	safe := context.WithoutCancel(ctx)
	unfolded, err := a.State.Unfolded(safe)
	if err != nil {
		return nil, err
	}
	if len(a.Settled.Outcomes) > 0 { // what was found out about the last run must not be asked again after this one's writes
		if err := a.State.Settle(safe, a.Settled.Outcomes); err != nil {
			return nil, fault.New("Nothing was applied: the journal cannot be written", "%v", err)
		}
	}
	progress := a.Progress()
	settings := a.Settings()
	settings.Events = func(e plans.Event) {
		progress.Event(e)
		for _, l := range a.lines {
			l.Event(e)
		}
	}
	a.session.Events = settings.Events // of waits, too
	progress.Expect(plan)
	result, after := apply.Run(ctx, a.Client, a.State, plan, a.Settled.State, settings)
	result.Staged, after = stage.Run(ctx, a.State, plan, after, a.systems, settings)
	progress.Close()

	outputs, diags := a.Outputs(after, a.Options, nil)
	diags = a.Source.Place(diags)
	if !diags.HasErrors() {
		after = reconcile.RecordOutputs(after, outputs)
	}
	result.NoOutputs = diags.HasErrors()
	if unfolded || !run.SameState(a.Read, after) {
		written, err := a.State.Write(safe, after)
		if err != nil {
			result.Unwritten = true
			diags = append(diags, schema.Diagnostic{Severity: schema.Error, Summary: "The state could not be written",
				Detail: fmt.Sprintf("%v\n\nThe journal beside %s keeps what was done on the drive. Mend the cause, "+
					"and apply again: that takes it into the state.",
					err, a.State.Path())})
		} else {
			after = written
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

// fail shows an error to people, or as diagnostic lines.
func (a *application) fail(err error) error {
	if code, ok := err.(fault.Exit); ok {
		return code
	}
	d := fault.Of(err)
	a.Warn(d)
	for _, l := range a.lines {
		l.Diagnostics(d)
	}
	return fault.Exit(fault.ExitError)
}
