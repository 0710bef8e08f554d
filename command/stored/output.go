package stored

import (
	"context"
	"encoding/json"
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
	flags
	raw bool
}

func OutputCommand() *cli.Command {
	f := new(outputFlags)
	return &cli.Command{
		Name: "output", Category: cmdline.GroupState, ArgsUsage: "[NAME] [PATH]",
		Action: report.Action(&f.Flags, &f.json, 0, 1, f.show),
		Usage:  "Show outputs as last applied",
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

// show shows outputs as the state has them.
func (f *outputFlags) show(ctx context.Context, r *report.Report, args cmdline.Arguments) error {
	words := args.Words
	switch {
	case f.json && f.raw:
		return args.Mistake("output: -json and -raw exclude each other")
	case f.raw && len(words) == 0:
		return args.Mistake("output: -raw needs the NAME of one output")
	}
	s, err := f.open(ctx, r, nil)
	if err != nil {
		return err
	}
	st, _, err := s.Read(ctx)
	if err != nil {
		return fault.Headed(run.StateUnread, err)
	}
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
		return fault.New("The state has no such output",
			"There is no output %q.%s A new output is there after the next apply.", name,
			cmdline.Suggest(name, slices.Sorted(maps.Keys(outputs))))
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
