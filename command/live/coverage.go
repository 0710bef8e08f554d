package live

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/command/stored"
	"countersign/coverage"
	"countersign/schema"
	"countersign/view/html"
	viewjson "countersign/view/json"
	"countersign/view/text"
)

type coverageFlags struct {
	driveFlags
	types             []string
	weakerThan, under string
	max               int
}

func CoverageCommand() *cli.Command {
	f := &coverageFlags{driveFlags: driveFlags{failed: "The folders could not be looked at"}, max: 20000}
	return &cli.Command{
		Name: "coverage", Category: cmdline.GroupMain, ArgsUsage: "[PATH]",
		Action: f.action(f.choose, f.look),
		Usage:  "Say which folders have no template of an approval type in force, or only a weak one",
		Description: `Walks the folders of the drive, and counts what each inherits. It changes nothing.
Exit codes: 0 in force on each folder, 2 not on each, 1 error, or something could not be read: that is
named, and never taken for an empty folder.

Examples:
  countersign coverage -weaker-than template.modify policies
  countersign coverage -type 上传文件 -under 公司文件/合同 -report=html=coverage.html`,
		Flags: slices.Concat([]cli.Flag{
			cmdline.Texts(&f.types, "type",
				"this approval type, a `NAME` or id; may be repeated (default: those the configuration declares)"),
			cmdline.Text(&f.weakerThan, "weaker-than",
				"count as weak what lets pass what the declared template `ADDRESS` does not"),
			cmdline.Text(&f.under, "under", "only this `FOLDER` and those below: an id, a path or an address"),
			cmdline.AtLeastOne(&f.max, "max", "look into `N` folders at most"),
			cmdline.Texts(&f.reports, "report", "write a report too, `KIND=FILE`: html"),
		}, f.connectionFlags(), f.CallFlags()),
	}
}

// choose has all of the configuration read where what it declares is asked for.
func (f *coverageFlags) choose(cmdline.Arguments) error {
	if len(f.types) == 0 || f.weakerThan != "" {
		f.load = (*run.Session).Load
	}
	return nil
}

// look says on which folders approvals of the types can be raised.
func (f *coverageFlags) look(ctx context.Context, d *DriveRun) error {
	catalogue, people, err := d.Client.Catalogue(ctx)
	if err != nil {
		return err
	}
	asked, err := f.asked(d, catalogue)
	if err != nil {
		return err
	}
	var top coverage.Folder
	if f.under != "" {
		at, err := d.Place(ctx, f.under, true)
		if err != nil {
			return err
		}
		top = coverage.Folder{ID: at.ID, Name: at.path[strings.LastIndexByte(at.path, '/')+1:], Path: at.path}
	}
	end := d.reading("Walking the folders...")
	tree, err := coverage.Walk(ctx, d.Client, top, f.max, d.Settings())
	end()
	if err != nil {
		return err
	}
	for id, p := range people {
		p.ID = id
		tree.People[id] = p
	}
	r := coverage.Judge(tree, asked)
	r.Bound = d.bound(ctx)
	return show(d, r, catalogue)
}

// show writes the report. The exit code says what it found.
func show(d *DriveRun, r *coverage.Report, catalogue schema.Catalogue) error {
	err := d.WriteFiles(func(string) ([]byte, error) { return html.Coverage(r, catalogue) })
	if err == nil {
		err = report.Print(d.Report, r, func(w io.Writer, r *coverage.Report, s text.Settings) error {
			return text.Coverage(w, r, catalogue, s)
		}, viewjson.Coverage)
	}
	switch {
	case err != nil:
		return err
	case !r.Complete():
		return fault.Exit(fault.ExitError)
	case r.Gaps():
		return fault.Exit(fault.ExitChanges)
	}
	return nil
}

// asked is what the flags and the configuration ask for. The error lists all that is wrong with it.
func (f *coverageFlags) asked(d *DriveRun, catalogue schema.Catalogue) (coverage.Asked, error) {
	var asked coverage.Asked
	var wrong fault.Diagnostics
	names := f.types
	switch {
	case f.weakerThan != "":
		than, err := d.DeclaredTemplate(stored.Typed(f.weakerThan))
		wrong.Add(err)
		if asked.Than = than; err == nil && len(names) == 0 {
			names = []string{than.Template.ApprovalType}
		}
	case len(names) == 0:
		for _, t := range d.Config.Declaration.Templates {
			names = append(names, t.Template.ApprovalType)
		}
		if len(names) == 0 {
			return asked, fault.New("There is no approval type to look for",
				"The configuration in %s declares no template. Name a type with -type, such as -type=上传文件.",
				d.Opened.Path)
		}
	}
	for _, name := range names {
		found := catalogue.Find(name)
		switch len(found) {
		case 1:
			if !slices.Contains(asked.Types, found[0]) {
				asked.Types = append(asked.Types, found[0])
			}
		case 0:
			var known []string
			for _, t := range catalogue {
				known = append(known, t.Name)
			}
			wrong.Add(fault.New("There is no such approval type", "The drive's catalogue has no %q.%s", name,
				cmdline.Suggest(name, known)))
		default:
			wrong.Add(fault.New("The approval type is ambiguous",
				"%q is the name of %d types in the drive's catalogue. Write the id.", name, len(found)))
		}
	}
	return asked, wrong.Err()
}
