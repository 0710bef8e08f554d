package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
		Flags: slices.Concat([]cli.Flag{
			cmdline.Bool(&f.json, "json", "print JSON"),
			cmdline.Bool(&f.raw, "raw", "print the value of one string, number or bool as it is"),
		}, f.StoredFlags()),
	}
}

// run shows outputs as the state has them.
func (f *outputFlags) run(ctx context.Context, args cmdline.Arguments) (err error) {
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
	defer r.End(&err)
	st, err := run.ReadState(ctx, f.Flags)
	if err != nil {
		return err
	}
	r.Note(st.Found)
	if len(words) == 1 {
		return f.one(r, spelling.Form(words[0]), st.Outputs)
	}
	if !r.JSON && len(st.Outputs) == 0 {
		_, err := fmt.Fprintln(r.Err, "The state has no outputs: none is declared, or nothing has been applied yet.")
		return err
	}
	return report.Print(r, st.Outputs, text.Outputs, viewjson.Outputs)
}

// one shows one output's value.
func (f *outputFlags) one(r *report.Report, name string, outputs map[string]state.Output) error {
	o, ok := outputs[name]
	if !ok {
		return fault.New("The state has no such output", "There is no output %q.%s A new output is there after the next "+
			"apply.", name, cmdline.Suggest(name, slices.Sorted(maps.Keys(outputs))))
	}
	if f.raw {
		text, err := text.OutputRaw(o)
		if err != nil {
			return err
		}
		_, err = io.WriteString(r.Out, text)
		return err
	}
	return report.Print(r, o, text.OutputValue, func(o state.Output) ([]byte, error) { return json.Marshal(o.Value) })
}
