package command

import (
	"context"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/reconcile/plans"
	"countersign/stage"
	viewjson "countersign/view/json"
	"countersign/view/text"
)

type showFlags struct {
	run.Flags
	json bool
}

func showCommand() *cli.Command {
	f := new(showFlags)
	return &cli.Command{
		Name: "show", Category: cmdline.GroupState, ArgsUsage: "[PATH | PLANFILE]", Action: cmdline.Action(f.run),
		Usage: "Show what the state says, or a saved plan",
		Description: `Reads the state and its journal, or a plan of plan -out; calls no drive.

Example:
  countersign show -json policies`,
		Flags: cmdline.Join(cmdline.JSONDocument(&f.json), f.StoredFlags()),
	}
}

// run shows the whole state, or a plan that was saved.
func (f *showFlags) run(ctx context.Context, args cmdline.Arguments) error {
	if _, err := f.Resolve(args, 0, 0); err != nil {
		return err
	}
	r := report.New(f.NoColor, f.json)
	if saved, err := run.ReadSaved(f.Path); err != nil {
		return r.Fail(err)
	} else if saved != nil {
		return showPlan(r, saved)
	}
	st, err := r.Stored(ctx, f.Flags)
	if err != nil {
		return err
	}
	if !r.JSON {
		return text.State(r.Out, st.State, st.Names(), r.OutStyle)
	}
	doc, err := viewjson.State(st.State, stage.Facts(st.State))
	if err != nil {
		return r.Fail(err)
	}
	return r.Document(doc)
}

// showPlan shows a saved plan as plan did, and to people first what it is a plan of.
func showPlan(r *report.Report, saved *plans.Saved) error {
	if r.People() {
		if _, err := io.WriteString(r.Err, planOf(saved)); err != nil {
			return err
		}
	}
	return r.PrintPlan(saved.Plan, text.Plan)
}

// planOf says what a saved plan is a plan of. Like a command line, its text is that of whoever wrote it.
func planOf(saved *plans.Saved) string {
	from := "made before there was a state"
	if saved.Lineage != "" {
		from = fmt.Sprintf("made from serial %d of the state %s", saved.Serial, saved.Lineage)
	}
	text := fmt.Sprintf("Saved plan of the configuration %q for the drive %s,\n%s by Countersign %s", saved.Config,
		saved.Drive, from, saved.Writer)
	for _, v := range saved.Vars {
		if v.File != "" {
			text += fmt.Sprintf("\n  -var-file=%q", v.File)
		} else {
			text += fmt.Sprintf("\n  -var %q", v.Name+"="+v.Value)
		}
	}
	return text + "\n\n"
}
