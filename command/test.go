package command

import (
	"context"
	"io"
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
	"countersign/view/ci"
	viewjson "countersign/view/json"
	"countersign/view/text"
)

type testFlags struct {
	run.Flags
	json, verbose, coverage bool
	only                    string
	reports                 []string
}

func testCommand() *cli.Command {
	f := new(testFlags)
	return &cli.Command{
		Name: "test", Category: cmdline.GroupMain, ArgsUsage: "[PATH]",
		Action: report.Action(&f.Flags, &f.json, 0, 0, f.run),
		Usage:  "Run the tests of the configuration's templates, without a drive",
		Description: `Runs the test blocks of the *.test.hcl files beside the configuration: who decides what, and what
must come of it. It calls no drive and reads no state. Exit code 1 when a test fails, or there is none to run.

Example:
  countersign test -run board policies`,
		Flags: slices.Concat([]cli.Flag{
			cmdline.Text(&f.only, "run", "only tests whose name matches `REGEXP`"),
			cmdline.Bool(&f.verbose, "verbose", "say of each test what was decided step by step"),
			cmdline.Bool(&f.coverage, "coverage", "say which steps, rules and approvers no test has made matter"),
			cmdline.Texts(&f.reports, "report", "write a report too, `KIND=FILE`: junit"),
		}, f.RestrictFlag(), f.ConfigurationFlags(), cmdline.JSONDocument(&f.json)),
	}
}

// run plays each test on its template. A configuration or a test that is wrong ends it before any is run.
func (f *testFlags) run(ctx context.Context, r *report.Report, _ cmdline.Arguments) error {
	if err := r.OpenFiles(f.reports, "junit"); err != nil {
		return err
	}
	r.OnFailure(func(d schema.Diagnostics) error {
		return r.WriteFiles(func(string) ([]byte, error) { return ci.JUnitFailure(d) })
	})
	tested, warnings, err := f.test(ctx, r)
	if err != nil {
		return err
	}
	r.Warn(warnings)
	err = r.WriteFiles(func(string) ([]byte, error) { return ci.JUnit(tested) })
	if err == nil {
		err = report.Print(r, tested, func(w io.Writer, t *view.Tested, s text.Settings) error {
			return text.Tests(w, t, f.verbose, s)
		}, viewjson.Tests)
	}
	if err == nil && tested.Failed() > 0 {
		err = fault.Exit(fault.ExitError)
	}
	return err
}

// test runs the tests, unless the configuration or a test is wrong.
func (f *testFlags) test(ctx context.Context, r *report.Report) (*view.Tested, schema.Diagnostics, error) {
	only, err := regexp.Compile(f.only)
	if err != nil {
		return nil, nil, fault.New("-run is no regular expression", "-run=%s: %v.", f.only, err)
	}
	source, diags := config.Load(f.Path)
	if !diags.HasErrors() {
		diags = append(diags, source.ReadTests()...)
	}
	if diags.HasErrors() {
		return nil, nil, fault.Diagnostics(source.Place(diags))
	}
	declared, more := source.Evaluate(f.Inputs(ctx), nil)
	if err := r.SideFiles.RefuseOverwriting(slices.Concat(f.Named(), source.Files, source.Read())...); err != nil {
		return nil, nil, err
	}
	if diags = source.Place(slices.Concat(diags, more)); diags.HasErrors() {
		return nil, nil, fault.Diagnostics(diags)
	}
	tests := slices.DeleteFunc(slices.Clone(declared.Tests),
		func(t schema.Test) bool { return !only.MatchString(t.Name) })
	switch {
	case len(declared.Tests) == 0:
		return nil, nil, fault.New("There is no test",
			"The configuration in %s has no *.test.hcl file with a test block, so nothing was tested.", f.Path)
	case len(tests) == 0:
		names := make([]string, len(declared.Tests))
		for i, t := range declared.Tests {
			names[i] = t.Name
		}
		return nil, nil, fault.New("No test has such a name", "-run=%s matches none of %s.%s", f.only,
			view.Count(len(names), "test"), cmdline.Suggest(f.only, names))
	}
	return f.play(source, tests, declared.Declaration), diags, nil
}

// play plays each test on its template.
func (f *testFlags) play(source *config.Source, tests []schema.Test, d schema.Declaration) *view.Tested {
	templates := make(map[addr.Address]schema.Template, len(d.Templates))
	for _, t := range d.Templates {
		templates[t.Address] = t.Template
	}
	results := make([]simulate.Result, len(tests))
	var passing []*schema.Test
	for i := range tests {
		results[i] = simulate.Check(&tests[i], templates[tests[i].Template])
		if len(results[i].Failures) == 0 {
			passing = append(passing, &tests[i])
		}
	}
	tested := view.NewTested(results, d)
	for i := range tested.Results {
		tested.Results[i].Failures = source.Show(tested.Results[i].Failures)
	}
	if f.coverage {
		c := simulate.Cover(passing, d.Templates)
		tested.Coverage = &c
	}
	return tested
}
