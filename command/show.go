package command

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"countersign/reconcile"
	"countersign/schema"
	"countersign/schema/config"
	"countersign/stage"
	"countersign/state"
	"countersign/state/local"
	"countersign/view"
	viewjson "countersign/view/json"
)

type showFlags struct {
	options
	json bool
}

func showCommand() *cli.Command {
	f := new(showFlags)
	return &cli.Command{
		Name: "show", Category: groupState, ArgsUsage: "[PATH | PLANFILE]", Action: runs(f.run),
		Usage: "Show what the state says, or a saved plan",
		Description: `Reads the state and its journal, or a plan of plan -out; calls no drive.

Example:
  countersign show -json policies`,
		Flags: join(jsonDocument(&f.json), f.storedFlags()),
	}
}

// run shows the whole state, or a plan that was saved.
func (f *showFlags) run(ctx context.Context, args arguments) error {
	if _, err := f.resolve(args, 0, 0); err != nil {
		return err
	}
	r, err := newReport(f.noColor, f.json, "")
	if err != nil {
		return err
	}
	if saved, err := readSaved(f.path); err != nil {
		return r.fail(err)
	} else if saved != nil {
		return showPlan(r, saved)
	}
	st, err := readState(ctx, f.options)
	if err != nil {
		return r.fail(err)
	}
	r.warn(st.unsettled())
	if !r.json {
		return view.State(r.out, st.State, r.outStyle)
	}
	doc, err := viewjson.State(st.State, stage.Facts(st.State))
	if err != nil {
		return r.fail(err)
	}
	return r.document(doc)
}

// showPlan shows a saved plan as plan did, and to people first what it is a plan of.
func showPlan(r *report, saved *reconcile.Saved) error {
	if r.people() {
		if _, err := io.WriteString(r.err, planOf(saved)); err != nil {
			return err
		}
	}
	return r.printPlan(saved.Plan, view.Plan)
}

// planOf says what a saved plan is a plan of. Like a command line, its text is that of whoever wrote it.
func planOf(saved *reconcile.Saved) string {
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

// findState finds the state of a configuration. Variables without a value do not matter for that: nobody is asked,
// and only mistakes that hide the state block itself are errors.
func findState(o options) (*state.Store, error) {
	source, diags := config.Load(o.path)
	if diags.HasErrors() {
		return nil, diagnosticsError(source.Place(diags))
	}
	o.input = false
	cfg, diags := source.Evaluate(o.inputs(context.Background()), nil)
	ofState := func(d schema.Diagnostic) bool {
		return d.Severity == schema.Error && d.Snippet != nil && d.Snippet.Context != nil &&
			strings.HasPrefix(*d.Snippet.Context, "state ")
	}
	if cfg == nil || cfg.State.Path == "" || slices.ContainsFunc(diags, ofState) {
		return nil, diagnosticsError(source.Place(diags))
	}
	return stateOf(cfg), nil
}

// stateOf names the state of a configuration; nothing is read yet.
func stateOf(cfg *config.Config) *state.Store {
	return state.NewStore(local.NewIn(cfg.State.Folder, cfg.State.Path), nil)
}

// stored is a state as a command without a drive finds it.
type stored struct {
	*state.Store
	state.State
	pending []state.Intent // writes of an interrupted run whose outcome only the drive knows
}

// readState finds and reads the state of a configuration, the journal folded in.
func readState(ctx context.Context, o options) (*stored, error) {
	store, err := findState(o)
	if err != nil {
		return nil, err
	}
	st, pending, err := store.Read(ctx)
	return &stored{store, st, pending}, err
}

// unsettled warns of writes whose outcome only the drive knows.
func (s *stored) unsettled() schema.Diagnostics {
	if len(s.pending) == 0 {
		return nil
	}
	return schema.Diagnostics{{Severity: schema.Warning, Summary: "An interrupted run left writes unsettled",
		Detail: "Whether they took place is found out by the next plan, and recorded by the next apply."}}
}
