package command

import (
	"context"
	"regexp"
	"slices"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/policy/simulate"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config"
	"countersign/view"
)

type testFlags struct {
	run.Flags
	json, verbose bool
	only          string
}

func testCommand() *cli.Command {
	f := new(testFlags)
	return &cli.Command{
		Name: "test", Category: cmdline.GroupMain, ArgsUsage: "[PATH]", Action: cmdline.Action(f.run),
		Usage: "Run the tests of the configuration's templates, without a drive",
		Description: `Runs the test blocks of the *.test.hcl files beside the configuration: who decides what, and what must come of
it. It calls no drive and reads no state. Exit code 1 when a test fails, or there is none to run.

Example:
  countersign test -run board policies`,
		Flags: cmdline.Join([]cli.Flag{
			cmdline.Text(&f.only, "run", "only tests whose name matches `REGEXP`"),
			cmdline.Bool(&f.verbose, "verbose", "say of each test what was decided step by step"),
		}, f.ConfigurationFlags(), cmdline.JSONDocument(&f.json)),
	}
}

// run plays each test on its template. A configuration or a test that is wrong ends it before any is run.
func (f *testFlags) run(ctx context.Context, args cmdline.Arguments) error {
	if _, err := f.Resolve(args, 0, 0); err != nil {
		return err
	}
	r, err := report.New(f.NoColor, f.json, "")
	if err != nil {
		return err
	}
	only, err := regexp.Compile(f.only)
	if err != nil {
		return r.Fail(fault.New("-run is no regular expression", "-run=%s: %v.", f.only, err))
	}
	tested, warnings, err := runTests(f.Path, f.Inputs(ctx), only)
	if err != nil {
		return r.Fail(err)
	}
	r.Warn(warnings)
	if err := view.Tests(r.Out, tested, f.verbose, r.OutStyle); err != nil {
		return err
	}
	if tested.Failed() > 0 {
		return fault.Exit(fault.ExitError)
	}
	return nil
}

func runTests(path string, in config.Inputs, only *regexp.Regexp) (*view.Tested, schema.Diagnostics, error) {
	source, diags := config.Load(path)
	if !diags.HasErrors() {
		diags = append(diags, source.ReadTests()...)
	}
	if diags.HasErrors() {
		return nil, nil, fault.Diagnostics(source.Place(diags))
	}
	declared, more := source.Evaluate(in, nil)
	if diags = source.Place(slices.Concat(diags, more)); diags.HasErrors() {
		return nil, nil, fault.Diagnostics(diags)
	}
	if len(declared.Tests) == 0 {
		return nil, nil, fault.New("There is no test", "No test block is in a *.test.hcl file beside %s, so nothing was tested.", path)
	}
	tested := &view.Tested{Templates: map[addr.Address]schema.Template{}}
	people := map[int64]schema.Person{}
	for _, a := range declared.Declaration.Approvers {
		people[a.Person.ID] = a.Person
	}
	tested.Names = view.NewNames(people, nil)
	for _, t := range declared.Declaration.Templates {
		tested.Templates[t.Address] = t.Template
	}
	for i := range declared.Tests {
		if test := &declared.Tests[i]; only.MatchString(test.Name) {
			t := tested.Templates[test.Template]
			result := view.TestedOne{Result: simulate.Check(test, t)}
			for _, failure := range result.Result.Failures {
				result.Failures = append(result.Failures, tested.Names.FailureOf(&failure, &result.Result, &t))
			}
			result.Failures = source.Show(result.Failures)
			tested.Results = append(tested.Results, result)
		}
	}
	if len(tested.Results) == 0 {
		names := make([]string, len(declared.Tests))
		for i, t := range declared.Tests {
			names[i] = t.Name
		}
		return nil, nil, fault.New("No test has this name", "-run=%s matches none of %s.%s", only, view.Count(len(names), "test"),
			cmdline.Suggest(only.String(), names))
	}
	return tested, diags, nil
}
