package command

import (
	"context"
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/schema"
	"countersign/schema/config"
	viewjson "countersign/view/json"
)

type validateFlags struct {
	run.Flags
	json bool
}

func validateCommand() *cli.Command {
	f := new(validateFlags)
	return &cli.Command{
		Name: "validate", Category: cmdline.GroupMain, ArgsUsage: "[PATH]", Action: cmdline.Action(f.run),
		Usage: "Check the configuration without calling the drive",
		Description: `Reports every mistake that the files alone can show, each with its place and how to mend it.
What only the drive knows (approval types, names, folder ids) is checked by plan.

Example:
  countersign validate -var-file=ci.vars.hcl policies`,
		Flags: cmdline.Join(f.ConfigurationFlags(), cmdline.JSONDocument(&f.json)),
	}
}

// run reports what the files alone can show to be wrong. It calls no drive and reads no state.
func (f *validateFlags) run(ctx context.Context, args cmdline.Arguments) error {
	if _, err := f.Resolve(args, 0, 0); err != nil {
		return err
	}
	r, err := report.New(f.NoColor, f.json, "")
	if err != nil {
		return err
	}
	in := f.Inputs(ctx)
	in.Unset = true // like Terraform's: the files are valid whatever value a variable will get
	diags := validate(f.Path, in)
	if r.JSON {
		doc, err := viewjson.Diagnostics(diags)
		if err != nil {
			return err
		}
		if err := r.Document(doc); err != nil {
			return err
		}
	}
	r.Warn(diags)
	if diags.HasErrors() {
		return fault.Exit(fault.ExitError)
	}
	if r.People() {
		_, err = fmt.Fprintln(r.Out, success(diags))
	}
	return err
}

func validate(path string, in config.Inputs) schema.Diagnostics {
	source, diags := config.Load(path)
	if diags.HasErrors() {
		return source.Place(diags)
	}
	_, more := source.Evaluate(in, nil)
	if !more.HasErrors() {
		more = append(source.NoTemplate(), more...)
	}
	return source.Place(slices.Concat(diags, more))
}

func success(d schema.Diagnostics) string {
	if len(d) > 0 {
		return "Success! The configuration is valid, but there were some validation warnings as shown above."
	}
	return "Success! The configuration is valid."
}
