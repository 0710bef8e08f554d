package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/live"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/reconcile/world"
	"countersign/schema"
	"countersign/schema/config"
	"countersign/schema/export"
)

type exportFlags struct {
	run.Flags
	scopes      []string
	out         string
	split, flat bool
}

func exportCommand() *cli.Command {
	f := new(exportFlags)
	return &cli.Command{
		Name: "export", Category: cmdline.GroupMain, ArgsUsage: "[PATH]", Action: cmdline.Action(f.run),
		Usage: "Write a drive down as a configuration",
		Description: `Reads all templates that the token may manage, or with -scope those on some folders and files, and
writes them as HCL with import blocks. Overwrites nothing, on the drive nor here. YOMICLOUD_ENDPOINT and
YOMICLOUD_TOKEN say how to reach the drive, or the provider block of the configuration at PATH.

Examples:
  countersign export -out=policies -split && countersign plan policies
  countersign export -scope=公司文件/合同 -scope=72 -out=contracts.hcl`,
		Flags: slices.Concat([]cli.Flag{
			cmdline.Texts(&f.scopes, "scope", "only the folder or file with this `ID`, or PATH on the drive; may be "+
				"repeated"),
			cmdline.Text(&f.out, "out", "write to `FILE` (default: standard output), or with -split to a folder"),
			cmdline.Bool(&f.split, "split", "write a file for each folder, with -out=DIR"),
			cmdline.Bool(&f.flat, "flat", "write a block for each template, also where folders have the same one"),
		}, f.StoredFlags(), f.CallFlags()),
	}
}

// run writes a drive that was never under code down as a configuration.
func (f *exportFlags) run(ctx context.Context, args cmdline.Arguments) (err error) {
	if _, err := f.Resolve(args, 0, 0); err != nil {
		return err
	}
	for _, name := range f.scopes {
		if id, err := strconv.ParseInt(name, 10, 64); strings.Trim(name, "/ ") == "" || err == nil && id < 1 {
			return fmt.Errorf("export: -scope=%s: write the id of a folder or file, or its path, such as "+
				"公司文件/合同\nFor help: countersign export -help", name)
		}
	}
	r := report.New(f.NoColor, false)
	defer r.End(&err)
	to, err := openExport(f.out, f.split)
	if err != nil { // before the drive is called
		return err
	}
	defer func() {
		if err != nil {
			to.abandon()
		}
	}()
	s := r.Session(ctx, f.Flags)
	provide := s.Provide
	if len(args.Words) == 0 && f.Path == "." && os.Getenv("YOMICLOUD_ENDPOINT") != "" {
		provide = s.ProvideFromEnviron // a configuration here may be the export before this one
	}
	loaded, err := provide()
	if err != nil {
		return err
	}
	drive, err := loaded.OpenDrive()
	if err != nil {
		return err
	}
	doc, err := f.read(ctx, r, drive)
	if err != nil {
		return err
	}
	return to.write(r, doc)
}

// read reads the drive and lays out what it has as a configuration.
func (f *exportFlags) read(ctx context.Context, r *report.Report, s *run.Opened) (export.Document, error) {
	none := export.Document{}
	ids, err := f.scopeIDs(ctx, r, s)
	if err != nil {
		return none, err
	}
	progress := r.Progress()
	progress.Reads = "Reading the drive..."
	s.Events = progress.Event
	world, diags := world.Survey(ctx, s.Client, ids, s.Settings())
	progress.Close()
	switch {
	case ctx.Err() != nil:
		return none, fault.ErrInterrupted
	case diags.HasErrors():
		return none, fault.Diagnostics(append(s.Warnings, diags...))
	}
	world.Endpoint = s.Config.Provider.Address()
	doc := export.Render(world, export.Options{Flat: f.flat})
	warnings := slices.Concat(s.Warnings, diags, leftOut(doc))
	if doc.Templates+len(doc.LeftOut) == 0 {
		return none, fault.Diagnostics(append(warnings, fault.Of(fault.New("There is nothing to export",
			"None of the folders and files named with -scope has a template of its own."))...))
	}
	if world.Endpoint == run.Embedded {
		warnings = append(warnings, schema.Diagnostic{Severity: schema.Warning,
			Summary: "Each configuration has an embedded drive of its own",
			Detail: "What was written says endpoint = \"sandbox:\", and that drive's data is kept beside the " +
				"configuration it was made for. A plan of what was written looks at another one."})
	}
	r.Warn(warnings)
	return doc, nil
}

// scopeIDs are the ids of what -scope names by id, path or address. The error lists all that cannot be found.
func (f *exportFlags) scopeIDs(ctx context.Context, r *report.Report, s *run.Opened) ([]int64, error) {
	d := &live.DriveRun{Report: r, Opened: s}
	var ids []int64
	var wrong fault.Diagnostics
	for _, name := range f.scopes {
		at, err := d.Place(ctx, name, false)
		if ctx.Err() != nil {
			return nil, fault.ErrInterrupted
		}
		wrong.Add(fault.Headed("The folder or file of -scope="+name+" could not be found", err))
		ids = append(ids, at.ID)
	}
	return ids, wrong.Err()
}

// leftOut warns of templates that could not be declared.
func leftOut(doc export.Document) schema.Diagnostics {
	if len(doc.LeftOut) == 0 {
		return nil
	}
	const most = 10
	var lines []string
	for i, l := range doc.LeftOut {
		if i == most {
			lines = append(lines, fmt.Sprintf("and %d more", len(doc.LeftOut)-most))
			break
		}
		lines = append(lines, l.String())
	}
	return schema.Diagnostics{{Severity: schema.Warning, Summary: "Some templates cannot be declared as they are",
		Detail: strings.Join(lines, "\n") + "\n\nA comment stands in the place of each. They stay on the drive as " +
			"they are; plan reports them as unmanaged."}}
}

// exportTarget is where an export goes. Nothing that is there is overwritten.
type exportTarget struct {
	path  string
	file  *os.File // of a single file
	split bool     // path is a folder
	made  []string // folders that were made for it, the deepest first
}

// openExport makes sure that the export can be written. An empty path is standard output.
func openExport(path string, split bool) (*exportTarget, error) {
	t := &exportTarget{path: path, split: split}
	refuse := func(format string, values ...any) (*exportTarget, error) {
		return nil, fault.New("The export cannot be written there", format+" Nothing was read and nothing written.",
			values...)
	}
	info, err := os.Stat(path)
	switch {
	case path == "" && split:
		return refuse("-split writes a file for each folder, so name a folder: -out=DIR.")
	case path == "":
		return t, nil
	case split:
		if err := t.makeFolder(path); err != nil {
			t.abandon()
			return refuse("%v.", err)
		}
		have, err := config.FilesOf(path)
		if err != nil {
			return refuse("%v.", err)
		}
		if len(have) > 0 {
			return refuse("%s holds a configuration (%s), and an export overwrites nothing. Name a new folder.", path,
				baseNames(have))
		}
		return t, nil
	case err == nil && info.IsDir() || strings.HasSuffix(path, "/"):
		return refuse("%s is a folder. Name a file in it, or add -split for a file each folder.", path)
	case !strings.HasSuffix(path, ".hcl"):
		return refuse("A configuration's name ends in .hcl: -out=%s.hcl.", path)
	case err == nil:
		return refuse("%s is there already, and an export overwrites nothing. Name another file.", path)
	}
	if t.file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644); err != nil {
		return refuse("%v.", err)
	}
	return t, nil
}

// makeFolder makes a folder and those above it that are missing.
func (t *exportTarget) makeFolder(path string) error {
	for at := filepath.Clean(path); ; at = filepath.Dir(at) {
		if _, err := os.Stat(at); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		t.made = append(t.made, at)
	}
	return os.MkdirAll(path, 0o755)
}

// abandon removes the file and the folders that were to hold what did not come. Folders with something in them stay.
func (t *exportTarget) abandon() {
	if t.file != nil {
		_ = t.file.Close()
		_ = os.Remove(t.path)
	}
	for _, folder := range t.made {
		_ = os.Remove(folder)
	}
}

// write writes the export and says what it is. Standard output holds a configuration alone.
func (t *exportTarget) write(r *report.Report, doc export.Document) error {
	switch {
	case t.split:
		for _, s := range doc.Sections {
			if err := writeNew(filepath.Join(t.path, s.Name+".hcl"), s.Text); err != nil {
				return fault.New("The export could not be written", "%v. What was written before is there.", err)
			}
		}
	case t.path == "":
		_, err := r.Out.Write(doc.Bytes())
		return err
	default:
		_, err := t.file.Write(doc.Bytes())
		if err = errors.Join(err, t.file.Close()); err != nil {
			return fault.New("The export could not be written", "%v.", err)
		}
	}
	_, err := fmt.Fprintf(r.Out,
		"Wrote %s: templates %d, folders and files %d. Read it, then: countersign plan %[1]s\n"+
			"The plan has nothing to do but imports.\n", t.path, doc.Templates, doc.Places)
	return err
}
