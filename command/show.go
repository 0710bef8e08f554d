package command

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/reconcile/plans"
	"countersign/stage"
	"countersign/state"
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
		Flags: slices.Concat(cmdline.JSONDocument(&f.json), f.StoredFlags()),
	}
}

// run shows the whole state, or a plan that was saved.
func (f *showFlags) run(ctx context.Context, args cmdline.Arguments) (err error) {
	if _, err := f.Resolve(args, 0, 0); err != nil {
		return err
	}
	r := report.New(f.NoColor, f.json)
	defer r.End(&err)
	saved, err := run.ReadSaved(f.Path)
	if err != nil {
		return err
	}
	if saved != nil {
		if r.People() {
			fmt.Fprint(r.Err, planOf(saved))
		}
		return report.Print(r, saved.Plan, text.Plan, viewjson.Plan)
	}
	st, err := r.Stored(ctx, f.Flags)
	if err != nil {
		return err
	}
	return report.Print(r, st.State, func(w io.Writer, known state.State, s text.Settings) error {
		return text.State(w, known, st.Names(), s)
	}, func(known state.State) ([]byte, error) { return viewjson.State(known, stage.Facts(known)) })
}

// planOf says what a saved plan is a plan of. Like a command line, it may hold any text.
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
