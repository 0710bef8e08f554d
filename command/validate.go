package command

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/lint"
	"countersign/schema"
	"countersign/schema/config"
	"countersign/view/ci"
	viewjson "countersign/view/json"
)

type validateFlags struct {
	run.Flags
	json   bool
	format string
}

// formats are the values of -format.
var formats = []string{"text", "json", "sarif", "junit"}

func validateCommand() *cli.Command {
	f := new(validateFlags)
	return &cli.Command{
		Name: "validate", Category: cmdline.GroupMain, ArgsUsage: "[PATH]",
		Action: report.Action(&f.Flags, &f.json, 0, 0, f.run),
		Usage:  "Check the configuration without calling the drive",
		Description: `Reports every mistake that the files alone can show, each with its place and how to mend it,
and what lints find: what is no mistake and most likely not meant.
What only the drive knows (approval types, names, folder ids) is checked by plan.

Example:
  countersign validate -var-file=ci.vars.hcl policies`,
		Flags: slices.Concat(f.RestrictFlag(), f.ConfigurationFlags(), f.PolicyFlags(), cmdline.JSONDocument(&f.json),
			[]cli.Flag{cmdline.Text(&f.format, "format", "print what is found as `FORM`: text, json, sarif or junit")}),
	}
}

// run reports what the files alone can show to be wrong. It calls no drive and reads no state.
func (f *validateFlags) run(ctx context.Context, r *report.Report, args cmdline.Arguments) error {
	f.json = f.json || f.format == "json"
	r.JSON = f.json || f.format == "sarif" || f.format == "junit"
	r.FailsWith(viewjson.Diagnostics)
	switch {
	case f.format == "":
	case !slices.Contains(formats, f.format):
		return fault.New("There is no such format", "-format=%s: there is no format %q.%s Write one of %s.", f.format,
			f.format, cmdline.Suggest(f.format, formats), strings.Join(formats, ", "))
	case f.json && f.format != "json":
		return args.Mistake("-json and -format=%s exclude each other", f.format)
	}
	in := f.Inputs(ctx)
	in.Unset = true // like Terraform's: the files are valid whatever value a variable will get
	found := validate(f.Path, in, f.Policies)
	r.Warn(found)
	if err := f.document(r, found); err != nil {
		return err
	}
	if found.HasErrors() {
		return fault.Exit(fault.ExitError)
	}
	if !r.People() {
		return nil
	}
	words := "Success! The configuration is valid."
	if slices.ContainsFunc(found, func(d schema.Diagnostic) bool { return d.Severity == schema.Warning }) {
		words = "Success! The configuration is valid, but there were some validation warnings as shown above."
	}
	_, err := fmt.Fprintln(r.Out, words)
	return err
}

// document writes what was found for programs, if they are to have it.
func (f *validateFlags) document(r *report.Report, found schema.Diagnostics) error {
	var doc []byte
	var err error
	switch {
	case f.json:
		doc, err = viewjson.Diagnostics(found)
	case f.format == "sarif":
		doc, err = ci.SARIF(report.InRepository(found), run.VersionString())
	case f.format == "junit":
		if doc, err = ci.JUnitOfFindings(report.InRepository(found)); err == nil {
			_, err = r.Out.Write(doc)
		}
		return err
	default:
		return nil
	}
	if err != nil {
		return err
	}
	return r.Document(doc)
}

func validate(path string, in config.Inputs, policies run.Policies) schema.Diagnostics {
	source, diags := config.Load(path)
	if diags.HasErrors() {
		return source.Place(diags)
	}
	cfg, more := source.Evaluate(in, nil)
	if !more.HasErrors() {
		more = append(source.NoTemplate(), more...)
	}
	rules, found := policies.Load(source, in)
	diags = slices.Concat(source.Place(slices.Concat(diags, more)), found)
	if !diags.HasErrors() {
		_, found, wrong := rules.Check(in, nil, cfg.Declaration, nil)
		diags = slices.Concat(diags, run.Lint(source, &lint.Subject{Declaration: cfg.Declaration}, nil, true), wrong,
			found)
		diags.Sort()
	}
	return diags
}
