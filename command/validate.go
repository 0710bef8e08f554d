package command

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"countersign/schema"
	"countersign/schema/config"
	"countersign/view"
)

// Validate reports what the files alone can show to be wrong. It calls no drive and reads no state.
func Validate(c *cli.Context) error {
	o, _, err := readOptions(c, 0, 0)
	if err != nil {
		return err
	}
	r, err := newReport(o.noColor, c.Bool("json"), "")
	if err != nil {
		return err
	}
	in := o.inputs(c.Context)
	in.Unset = true // like Terraform's: the files are valid whatever value a variable will get
	diags := validate(o.path, in)
	if r.json {
		doc, err := view.DiagnosticsJSON(diags)
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
