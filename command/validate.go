package command

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"countersign/schema"
	"countersign/schema/config"
	viewjson "countersign/view/json"
)

type validateFlags struct {
	options
	json bool
}

func validateCommand() *cli.Command {
	f := new(validateFlags)
	return &cli.Command{
		Name: "validate", Category: groupMain, ArgsUsage: "[PATH]", Action: runs(f.run),
		Usage: "Check the configuration without calling the drive",
		Description: `Reports every mistake that the files alone can show, each with its place and how to mend it.
What only the drive knows (approval types, names, folder ids) is checked by plan.

Example:
  countersign validate -var-file=ci.vars.hcl policies`,
		Flags: join(f.configurationFlags(), jsonDocument(&f.json)),
	}
}

// run reports what the files alone can show to be wrong. It calls no drive and reads no state.
func (f *validateFlags) run(ctx context.Context, args arguments) error {
	if _, err := f.resolve(args, 0, 0); err != nil {
		return err
	}
	r, err := newReport(f.noColor, f.json, "")
	if err != nil {
		return err
	}
	in := f.inputs(ctx)
	in.Unset = true // like Terraform's: the files are valid whatever value a variable will get
	diags := validate(f.path, in)
	if r.json {
		doc, err := viewjson.Diagnostics(diags)
		if err != nil {
			return err
		}
		if err := r.document(doc); err != nil {
			return err
		}
	}
	r.warn(diags)
	if diags.HasErrors() {
		return exit(exitError)
	}
	if r.people() {
		_, err = fmt.Fprintln(r.out, success(diags))
	}
	return err
}

func validate(path string, in config.Inputs) schema.Diagnostics {
	source, diags := config.Load(path)
	if diags.HasErrors() {
		return source.Place(diags)
	}
	_, more := source.Evaluate(in, nil)
	return source.Place(append(diags, more...))
}

func success(d schema.Diagnostics) string {
	if len(d) > 0 {
		return "Success! The configuration is valid, but there were some validation warnings as shown above."
	}
	return "Success! The configuration is valid."
}
