package live

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/stored"
	"countersign/coverage"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/view/html"
	viewjson "countersign/view/json"
	"countersign/view/text"
)

type coverageFlags struct {
	driveFlags
	types, reports    []string
	weakerThan, under string
	max               int
}

func CoverageCommand() *cli.Command {
	f := &coverageFlags{max: 20000}
	return &cli.Command{
		Name: "coverage", Category: cmdline.GroupMain, ArgsUsage: "[PATH]", Action: cmdline.Action(f.run),
		Usage: "Say which folders have no template of an approval type in force, or only a weak one",
		Description: `Walks the folders of the drive, and counts what each inherits. It changes nothing.
Exit codes: 0 in force on each folder, 2 not on each, 1 error, or something could not be read: that is
named, and never taken for an empty folder.

Examples:
  countersign coverage -weaker-than template.modify policies
  countersign coverage -type 上传文件 -under 公司文件/合同 -report=html=coverage.html`,
		Flags: cmdline.Join([]cli.Flag{
			cmdline.Texts(&f.types, "type",
				"this approval type, a `NAME` or id; may be repeated (default: those the configuration declares)"),
			cmdline.Text(&f.weakerThan, "weaker-than",
				"count as weak what lets pass what the declared template `ADDRESS` does not"),
			cmdline.Text(&f.under, "under", "only this `FOLDER` and those below: an id, a path or an address"),
			atMost(&f.max, "look into `N` folders at most"),
			cmdline.Texts(&f.reports, "report", "write a report too, `KIND=FILE`: html"),
		}, f.connectionFlags(), f.CallFlags()),
	}
}

// atMost is a flag that bounds a command's calls.
func atMost(to *int, usage string) cli.Flag {
	return &cli.IntFlag{Name: "max", Value: *to, Destination: to, Usage: usage,
		Action: func(_ *cli.Context, n int) error {
			if n < 1 {
				return fmt.Errorf("-max=%d: write 1 or more", n)
			}
			return nil
		}}
}

// run says how the folders stand with approval types.
func (f *coverageFlags) run(ctx context.Context, args cmdline.Arguments) error {
	f.declared = len(f.types) == 0 || f.weakerThan != ""
	f.beside = &beside{kind: "html", flags: f.reports}
	return f.withDrive(ctx, args, "The folders could not be looked at", 0, 0, f.look)
}

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
	return f.tell(d, coverage.Judge(tree, asked), catalogue)
}

// tell writes the report, and ends with what it found.
func (f *coverageFlags) tell(d *DriveRun, r *coverage.Report, catalogue schema.Catalogue) error {
	if len(f.reports) > 0 {
		page, err := html.Coverage(r, catalogue)
		if err == nil {
			err = f.beside.Write(page)
		}
		if err != nil {
			return err
		}
	}
	if d.JSON {
		doc, err := viewjson.Coverage(r)
		if err == nil {
			err = d.Document(doc)
		}
		if err != nil {
			return err
		}
	} else if err := text.Coverage(d.Out, r, catalogue, d.OutStyle); err != nil {
		return err
	}
	switch {
	case !r.Complete():
		return fault.Exit(fault.ExitError)
	case r.Gaps():
		return fault.Exit(fault.ExitChanges)
	}
	return nil
}

// asked is what the flags and the configuration ask for. All that is wrong is told at once.
func (f *coverageFlags) asked(d *DriveRun, catalogue schema.Catalogue) (coverage.Asked, error) {
	var asked coverage.Asked
	var wrong fault.Diagnostics
	names := f.types
	if f.weakerThan != "" {
		than, err := d.declaredTemplate(f.weakerThan)
		if err != nil {
			wrong = append(wrong, fault.Of(err)...)
		} else if asked.Than = than; len(names) == 0 {
			names = []string{than.Template.ApprovalType}
		}
	} else if len(names) == 0 {
		for _, t := range d.Config.Declaration.Templates {
			names = append(names, t.Template.ApprovalType)
		}
		if len(names) == 0 {
			return asked, fault.New("There is no approval type to look for",
				"The configuration in %s declares no template. Name a type with -type, such as -type=上传文件.",
				d.Session.Path)
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
			wrong = append(wrong, fault.Of(fault.New("There is no such approval type",
				"The drive's catalogue has no %q.%s", name, cmdline.Suggest(name, known)))...)
		default:
			wrong = append(wrong, fault.Of(fault.New("The approval type is ambiguous",
				"%q is the name of %d types in the drive's catalogue. Write the id.", name, len(found)))...)
		}
	}
	if len(wrong) > 0 {
		return asked, wrong
	}
	return asked, nil
}

// declaredTemplate is the template that the configuration declares under an address.
func (d *DriveRun) declaredTemplate(name string) (*schema.Declared, error) {
	address := stored.Typed(name)
	var known []addr.Address
	for i, t := range d.Config.Declaration.Templates {
		if t.Address == address {
			return &d.Config.Declaration.Templates[i], nil
		}
		known = append(known, t.Address)
	}
	hint := cmdline.SuggestAddress(address, known)
	if list := stored.InstancesOf(address, known); len(list) > 0 {
		hint = " It has instances: " + strings.Join(list[:min(len(list), 10)], ", ")
	}
	return nil, fault.New("No such template is declared", "The configuration in %s declares no %s.%s", d.Session.Path,
		name, hint)
}
