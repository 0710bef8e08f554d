package stored

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/reconcile/plans"
	"countersign/stage"
	"countersign/state"
	viewjson "countersign/view/json"
	"countersign/view/text"
)

func ShowCommand() *cli.Command {
	f := new(flags)
	return &cli.Command{
		Name: "show", Category: cmdline.GroupState, ArgsUsage: "[PATH | PLANFILE]",
		Action: report.Action(&f.Flags, &f.json, 0, 0, f.show),
		Usage:  "Show what the state says, or a saved plan",
		Description: `Reads the state and its journal, or a plan of plan -out; calls no drive.

Example:
  countersign show -json policies`,
		Flags: slices.Concat(cmdline.JSONDocument(&f.json), f.StoredFlags()),
	}
}

// show shows the whole state, or a plan that was saved.
func (f *flags) show(ctx context.Context, r *report.Report, _ cmdline.Arguments) error {
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
	s, err := f.open(ctx, r, nil)
	if err != nil {
		return err
	}
	st, err := s.read(ctx)
	if err != nil {
		return fault.Headed(run.StateUnread, err)
	}
	return report.Print(r, st, func(w io.Writer, known state.State, style text.Settings) error {
		return text.State(w, known, s.Names(known), style)
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
