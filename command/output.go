package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/urfave/cli/v2"

	"countersign/schema/spelling"
	"countersign/state"
	"countersign/view"
)

// Output shows outputs as the state has them.
func Output(c *cli.Context) error {
	o, args, err := readOptions(c, 0, 1)
	if err != nil {
		return err
	}
	asJSON, raw := c.Bool("json"), c.Bool("raw")
	switch {
	case asJSON && raw:
		return errors.New("output: -json and -raw exclude each other")
	case raw && len(args) == 0:
		return errors.New("output: -raw needs the NAME of one output\nFor help: countersign output -help")
	}
	r, err := newReport(o.noColor, asJSON, "")
	if err != nil {
		return err
	}
	st, err := readState(c.Context, o)
	if err != nil {
		return r.fail(err)
	}
	if len(args) == 1 {
		return r.output(spelling.Form(args[0]), st.Outputs, raw)
	}
	if !r.json {
		if len(st.Outputs) == 0 {
			_, err := fmt.Fprintln(r.err, "The state has no outputs: none is declared, or nothing has been applied yet.")
			return err
		}
		return view.Outputs(r.out, st.Outputs, r.outStyle)
	}
	doc, err := view.OutputsJSON(st.Outputs)
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
		return r.fail(fault("The state has no such output", "There is no output %q.%s A new output is there after the next apply.", name, suggest(name, known)))
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
