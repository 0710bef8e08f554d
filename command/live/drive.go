// Package live has the commands that work on the drive as it is, without a plan: approval, stage, explain, who,
// coverage and replay.
package live

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/schema"
	viewjson "countersign/view/json"
)

// driveFlags are the flags that all commands on the drive share, and what each command needs.
type driveFlags struct {
	run.Flags
	json    bool
	failed  string   // the heading of an error that has none
	words   [2]int   // how many arguments it takes besides the path, from and to
	writes  bool     // it may write to the drive
	reports []string // of -report=html

	// load reads the configuration: Session.Provide, if it is nil, which looks for the providers alone.
	load func(*run.Session) (*run.Loaded, error)
}

func (f *driveFlags) connectionFlags() []cli.Flag {
	return slices.Concat(cmdline.JSONDocument(&f.json), f.StoredFlags())
}

// DriveRun is a run of a command on the drive.
type DriveRun struct {
	*report.Report
	*run.Opened
	words []string // the arguments without the configuration's path
}

// action is what runs a command on the drive. check, unless it is nil, looks at the command line before anything is
// read.
func (f *driveFlags) action(check func(cmdline.Arguments) error,
	work func(context.Context, *DriveRun) error) cli.ActionFunc {
	return report.Action(&f.Flags, &f.json, f.words[0], f.words[1], func(ctx context.Context, r *report.Report,
		args cmdline.Arguments) error {
		if check != nil {
			if err := check(args); err != nil {
				return err
			}
		}
		d := &DriveRun{Report: r, words: args.Words}
		return fault.Headed(f.failed, f.reach(ctx, d, work))
	})
}

// reach reaches for the drive, and runs a command on it.
func (f *driveFlags) reach(ctx context.Context, d *DriveRun, work func(context.Context, *DriveRun) error) error {
	if err := d.OpenFiles(f.reports, "html"); err != nil {
		return err
	}
	if err := d.SideFiles.RefuseOverwriting(f.Named()...); err != nil {
		return err
	}
	s := d.Session(ctx, f.Flags)
	s.Events, s.Writes = d.Waits(), f.writes
	load := f.load
	if load == nil {
		load = (*run.Session).Provide
	}
	loaded, err := load(s)
	if err == nil {
		d.Opened, err = loaded.OpenDrive()
	}
	if err != nil {
		return err
	}
	d.Warn(s.Warnings)
	return work(ctx, d)
}

// reading shows the progress of many reads, until the function that it returns is called.
func (d *DriveRun) reading(what string) (end func()) {
	progress := d.Progress()
	progress.Reads = what
	waits := d.Opened.Events
	d.Opened.Events = progress.Event
	return func() {
		progress.Close()
		d.Opened.Events = waits
	}
}

// catalogue is what approval types are called. Without it their ids are shown, so that failing to read it is no error.
func (d *DriveRun) catalogue(ctx context.Context) schema.Catalogue {
	types, _, _ := d.Client.Catalogue(ctx)
	return types
}

// printDone says in a line what was done, or with -json what the approval is now.
func (d *DriveRun) printDone(a schema.Approval, format string, values ...any) error {
	if !d.JSON {
		_, err := fmt.Fprintf(d.Out, format+"\n", values...)
		return err
	}
	doc, err := viewjson.Approval(a)
	if err != nil {
		return err
	}
	return d.Document(doc)
}

// approvalID reads the approval's number off the command line.
func (d *DriveRun) approvalID() (int64, error) {
	id, err := strconv.ParseInt(d.words[0], 10, 64)
	if err != nil || id < 1 {
		return 0, fault.New("That is not an approval's ID", "%q: write its number, as \"countersign approval list\" "+
			"shows it, such as 2.", d.words[0])
	}
	return id, nil
}

// approval reads the approval that the command line names by its number.
func (d *DriveRun) approval(ctx context.Context) (id int64, a schema.Approval, err error) {
	if id, err = d.approvalID(); err == nil {
		a, err = d.Client.Approval(ctx, id)
	}
	return id, a, err
}
