package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/schema/spelling"
	"countersign/state"
	viewjson "countersign/view/json"
	"countersign/view/text"
)

type outputFlags struct {
	run.Flags
	json, raw bool
}

func outputCommand() *cli.Command {
	f := new(outputFlags)
	return &cli.Command{
		Name: "output", Category: cmdline.GroupState, ArgsUsage: "[NAME] [PATH]", Action: cmdline.Action(f.run),
		Usage: "Show outputs as last applied",
		Description: `Shows all outputs, or the value of one. Sensitive values are hidden unless asked for by name.

Examples:
  countersign output
  countersign output -raw modify_id policies`,
		Flags: cmdline.Join([]cli.Flag{
			cmdline.Bool(&f.json, "json", "print JSON"),
			cmdline.Bool(&f.raw, "raw", "print the value of one string, number or bool as it is"),
		}, f.StoredFlags()),
	}
}

// run shows outputs as the state has them.
func (f *outputFlags) run(ctx context.Context, args cmdline.Arguments) error {
	words, err := f.Resolve(args, 0, 1)
	if err != nil {
		return err
	}
	switch {
	case f.json && f.raw:
		return errors.New("output: -json and -raw exclude each other")
	case f.raw && len(words) == 0:
		return errors.New("output: -raw needs the NAME of one output\nFor help: countersign output -help")
	}
	r := report.New(f.NoColor, f.json)
	st, err := run.ReadState(ctx, f.Flags)
	if err != nil {
		return r.Fail(err)
	}
	r.Note(st.Found)
	if len(words) == 1 {
		return printOutput(r, spelling.Form(words[0]), st.Outputs, f.raw)
	}
	if !r.JSON {
		if len(st.Outputs) == 0 {
			_, err := fmt.Fprintln(r.Err, "The state has no outputs: none is declared, or nothing has been applied "+
				"yet.")
			return err
		}
		return text.Outputs(r.Out, st.Outputs, r.OutStyle)
	}
	doc, err := viewjson.Outputs(st.Outputs)
	if err != nil {
		return r.Fail(err)
	}
	return r.Document(doc)
}

// printOutput shows one output's value.
func printOutput(r *report.Report, name string, outputs map[string]state.Output, raw bool) error {
	o, ok := outputs[name]
	if !ok {
		known := slices.Sorted(maps.Keys(outputs))
		return r.Fail(fault.New("The state has no such output", "There is no output %q.%s A new output is there "+
			"after the next apply.",
			name, cmdline.Suggest(name, known)))
	}
	switch {
	case r.JSON:
		doc, err := json.Marshal(o.Value)
		if err != nil {
			return r.Fail(err)
		}
		return r.Document(doc)
	case raw:
		text, err := text.OutputRaw(o)
		if err != nil {
			return r.Fail(err)
		}
		_, err = fmt.Fprint(r.Out, text)
		return err
	}
	return text.OutputValue(r.Out, o, r.OutStyle)
}
