package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/urfave/cli/v2"

	"countersign/schema/spelling"
	"countersign/state"
	"countersign/view"
	viewjson "countersign/view/json"
)

type outputFlags struct {
	options
	json, raw bool
}

func outputCommand() *cli.Command {
	f := new(outputFlags)
	return &cli.Command{
		Name: "output", Category: groupState, ArgsUsage: "[NAME] [PATH]", Action: runs(f.run),
		Usage: "Show outputs as last applied",
		Description: `Shows all outputs, or the value of one. Sensitive values are hidden unless asked for by name.

Examples:
  countersign output
  countersign output -raw modify_id policies`,
		Flags: join([]cli.Flag{
			yes(&f.json, "json", "print JSON"),
			yes(&f.raw, "raw", "print the value of one string, number or bool as it is"),
		}, f.storedFlags()),
	}
}

// run shows outputs as the state has them.
func (f *outputFlags) run(ctx context.Context, args arguments) error {
	words, err := f.resolve(args, 0, 1)
	if err != nil {
		return err
	}
	switch {
	case f.json && f.raw:
		return errors.New("output: -json and -raw exclude each other")
	case f.raw && len(words) == 0:
		return errors.New("output: -raw needs the NAME of one output\nFor help: countersign output -help")
	}
	r, err := newReport(f.noColor, f.json, "")
	if err != nil {
		return err
	}
	st, err := readState(ctx, f.options)
	if err != nil {
		return r.fail(err)
	}
	if len(words) == 1 {
		return r.output(spelling.Form(words[0]), st.Outputs, f.raw)
	}
	if !r.json {
		if len(st.Outputs) == 0 {
			_, err := fmt.Fprintln(r.err, "The state has no outputs: none is declared, or nothing has been applied yet.")
			return err
		}
		return view.Outputs(r.out, st.Outputs, r.outStyle)
	}
	doc, err := viewjson.Outputs(st.Outputs)
	if err != nil {
		return r.fail(err)
	}
	return r.document(doc)
}

// output shows one output's value.
func (r *report) output(name string, outputs map[string]state.Output, raw bool) error {
	o, ok := outputs[name]
	if !ok {
		known := slices.Sorted(maps.Keys(outputs))
		return r.fail(fault("The state has no such output", "There is no output %q.%s A new output is there after the next apply.",
			name, suggest(name, known)))
	}
	switch {
	case r.json:
		doc, err := json.Marshal(o.Value)
		if err != nil {
			return r.fail(err)
		}
		return r.document(doc)
	case raw:
		text, err := view.OutputRaw(o)
		if err != nil {
			return r.fail(err)
		}
		_, err = fmt.Fprint(r.out, text)
		return err
	}
	return view.OutputValue(r.out, o, r.outStyle)
}
