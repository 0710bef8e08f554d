// Package live has the commands that work on the drive as it is, without a plan: approval, stage and explain.
package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/command/terminal"
	"countersign/providers/route"
	"countersign/providers/yomicloud"
	"countersign/reconcile/write"
	"countersign/schema"
	viewjson "countersign/view/json"
	"countersign/view/text"
)

// DriveRun is a session of a command on approvals: the drive, and where the result is told.
type DriveRun struct {
	*report.Report
	*run.Opened
	args []string
}

// driveFlags are those of all commands on approvals.
type driveFlags struct {
	run.Flags
	json     bool
	writes   bool    // not a flag, nor those below: the command may write to the drive
	declared bool    // all that the configuration declares matters, not the providers alone
	beside   *beside // files of -report
}

// beside is what was given by -report, and the files once they are open.
type beside struct {
	kind  string
	flags []string
	report.Beside
}

func (f *driveFlags) connectionFlags() []cli.Flag {
	return cmdline.Join(cmdline.JSONDocument(&f.json), f.StoredFlags())
}

// withDrive runs a command on approvals with its arguments, of which there must be from least to most. failed is what
// is said first when a call fails.
func (f *driveFlags) withDrive(ctx context.Context, args cmdline.Arguments, failed string, least, most int,
	work func(context.Context, *DriveRun) error) (err error) {
	words, err := f.Resolve(args, least, most)
	if err != nil {
		return err
	}
	r := report.New(f.NoColor, f.json)
	s := run.NewSession(ctx, f.Flags)
	s.Events, s.Writes = r.Waits(), f.writes
	defer fault.Finish(&err, s.Close)
	d := &DriveRun{Report: r, args: words}
	if b := f.beside; b != nil {
		if b.Beside, err = r.OpenBeside(b.kind, b.flags); err != nil {
			return r.Fail(err)
		}
		if err = r.SideFiles.RefuseOverwriting(f.Named()...); err != nil {
			return r.Fail(err)
		}
		s.SideFiles = &r.SideFiles
		defer fault.Finish(&err, b.Close)
	}
	load := s.Provide
	if f.declared {
		load = s.Load
	}
	loaded, err := load()
	if err == nil {
		d.Opened, err = loaded.OpenDrive()
	}
	if err == nil {
		d.Warn(s.Warnings)
		err = work(ctx, d)
	}
	if err != nil {
		return d.Fail(Headed(failed, err))
	}
	return nil
}

// reading shows the progress of many reads, until the function that it returns is called.
func (d *DriveRun) reading(what string) (end func()) {
	progress := d.Progress()
	progress.Reads = what
	waits := d.Session.Events
	d.Session.Events = progress.Event
	return func() {
		progress.Close()
		d.Session.Events = waits
	}
}

// Headed puts a heading over an error that has none of its own.
func Headed(heading string, err error) error {
	var p fault.Diagnostics
	var code fault.Exit
	switch {
	case errors.Is(err, context.Canceled):
		return fault.ErrInterrupted
	case err == fault.ErrInterrupted, errors.As(err, &p), errors.As(err, &code):
		return err
	}
	return fault.New(heading, "%v", err)
}

type approvalListFlags struct {
	driveFlags
	mine, waiting, cc, managed bool
	on                         string
}

func ListCommand() *cli.Command {
	f := new(approvalListFlags)
	return &cli.Command{
		Name: "list", ArgsUsage: "[PATH]", Action: cmdline.Action(f.run),
		Usage: "List approvals: those you have raised, or others",
		Description: `Example:
  countersign approval list -waiting`,
		Flags: cmdline.Join([]cli.Flag{
			cmdline.Bool(&f.mine, "mine", "those you have raised (the default)"),
			cmdline.Bool(&f.waiting, "waiting", "those that wait for your decision"),
			cmdline.Bool(&f.cc, "cc", "those you are told of"),
			cmdline.Bool(&f.managed, "managed", "all on folders and files that you manage"),
			cmdline.Text(&f.on, "on", "those on one folder or `FILE`: an id, a path or a scope's address"),
		}, f.driveFlags.connectionFlags()),
	}
}

// run lists approvals.
func (f *approvalListFlags) run(ctx context.Context, args cmdline.Arguments) error {
	lists := []struct {
		flag  string
		given bool
		read  func(context.Context, *DriveRun) ([]schema.Approval, error)
	}{
		{"mine", f.mine, func(ctx context.Context, d *DriveRun) ([]schema.Approval,
			error) {
			return d.Client.Raised(ctx)
		}},
		{"waiting", f.waiting, handled(yomicloud.WaitingForMe)},
		{"cc", f.cc, handled(yomicloud.CCToMe)},
		{"managed", f.managed, handled(yomicloud.AllIManage)},
		{"on", f.on != "", func(ctx context.Context, d *DriveRun) ([]schema.Approval, error) {
			place, err := d.Place(ctx, f.on, false)
			if err != nil {
				return nil, err
			}
			return d.Client.ApprovalsOn(ctx, place.ID)
		}},
	}
	chosen := lists[0]
	var asked []string
	for _, l := range lists {
		if l.given {
			chosen, asked = l, append(asked, "-"+l.flag)
		}
	}
	if len(asked) > 1 {
		return fmt.Errorf("%s exclude each other\nFor help: countersign approval list -help",
			strings.Join(asked, " and "))
	}
	return f.withDrive(ctx, args, "The approvals could not be listed", 0, 0,
		func(ctx context.Context, d *DriveRun) error {
			list, err := chosen.read(ctx, d)
			if err != nil {
				return err
			}
			slices.SortStableFunc(list, func(a, b schema.Approval) int { return int(b.ID - a.ID) }) // the latest first
			if !d.JSON {
				return text.Approvals(d.Out, list, d.catalogue(ctx), d.OutStyle)
			}
			doc, err := viewjson.Approvals(list)
			if err != nil {
				return err
			}
			return d.Document(doc)
		})
}

func handled(list yomicloud.ApprovalList) func(context.Context, *DriveRun) ([]schema.Approval, error) {
	return func(ctx context.Context, d *DriveRun) ([]schema.Approval, error) {
		return d.Client.Approvals(ctx, list)
	}
}

func ShowCommand() *cli.Command {
	f := new(driveFlags)
	return &cli.Command{
		Name: "show", ArgsUsage: "ID [PATH]", Action: cmdline.Action(f.show),
		Usage: "Show an approval: its steps, who decided what and when",
		Description: `Example:
  countersign approval show 2`,
		Flags: f.connectionFlags(),
	}
}

// show shows one approval: its steps, and who decided what and when.
func (f *driveFlags) show(ctx context.Context, args cmdline.Arguments) error {
	return f.withDrive(ctx, args, "The approval could not be read", 1, 1, func(ctx context.Context, d *DriveRun) error {
		_, a, err := d.approval(ctx)
		if err != nil {
			return err
		}
		if d.JSON {
			return d.approvalJSON(a)
		}
		return text.Approval(d.Out, a, d.catalogue(ctx), d.OutStyle)
	})
}

// catalogue is what approval types are called. Without it their ids are shown, so that failing to read it is no error.
func (d *DriveRun) catalogue(ctx context.Context) schema.Catalogue {
	types, _, _ := d.Client.Catalogue(ctx)
	return types
}

// approvalJSON prints an approval as JSON.
func (d *DriveRun) approvalJSON(a schema.Approval) error {
	doc, err := viewjson.Approval(a)
	if err != nil {
		return err
	}
	return d.Document(doc)
}

// printDone says in a line what was done, or with -json the approval as it is now.
func (d *DriveRun) printDone(a schema.Approval, format string, values ...any) error {
	if d.JSON {
		return d.approvalJSON(a)
	}
	_, err := fmt.Fprintf(d.Out, format+"\n", values...)
	return err
}

// approvalID reads the approval's number off the command line.
func (d *DriveRun) approvalID() (int64, error) {
	id, err := strconv.ParseInt(d.args[0], 10, 64)
	if err != nil || id < 1 {
		return 0, fault.New("That is not an approval's ID", "%q: write its number, as \"countersign approval list\" "+
			"shows it, such as 2.",
			d.args[0])
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

type approvalRemoveFlags struct {
	driveFlags
	autoApprove bool
}

func RemoveCommand() *cli.Command {
	f := &approvalRemoveFlags{driveFlags: driveFlags{writes: true}}
	return &cli.Command{
		Name: "remove", ArgsUsage: "ID [PATH]", Action: cmdline.Action(f.run),
		Usage: "Remove an approval, as an administrator of its folder or file",
		Description: `Shows the approval and asks; without a terminal it needs -auto-approve. There is no undo.

Example:
  countersign approval remove 2`,
		Flags: cmdline.Join([]cli.Flag{cmdline.Bool(&f.autoApprove, "auto-approve", "do not ask")}, f.connectionFlags()),
	}
}

// run removes an approval.
func (f *approvalRemoveFlags) run(ctx context.Context, args cmdline.Arguments) error {
	return f.withDrive(ctx, args, "The approval could not be removed", 1, 1,
		func(ctx context.Context, d *DriveRun) error {
			id, err := d.approvalID()
			if err != nil {
				return err
			}
			if !f.autoApprove {
				if err := d.confirmRemoval(ctx, id); err != nil {
					return err
				}
			}
			ctx = context.WithoutCancel(ctx) // an answer that is not waited for leaves open what was done
			if err := d.Client.RemoveApproval(ctx, id); err != nil {
				if !write.OutcomeUnknown(err) {
					return err
				}
				if there, looked := d.stillThere(ctx, id); looked != nil || there {
					return fault.New("Whether the approval was removed is not known",
						"%v\n\nCheck with \"countersign approval show %d\" whether it is still there, and remove it "+
							"again if so.", err, id)
				}
			}
			if !d.JSON {
				_, err = fmt.Fprintf(d.Out, "Approval %d is removed.\n", id)
				return err
			}
			return d.Document(fmt.Appendf(nil, `{"format_version":"1.0","removed":%d}`, id))
		})
}

// confirmRemoval shows an approval and asks whether to remove it; without a yes it returns an error.
func (d *DriveRun) confirmRemoval(ctx context.Context, id int64) error {
	if d.JSON {
		return fault.New("With -json nobody can be asked", "Add -auto-approve to remove the approval without a "+
			"question.")
	}
	unasked := func(why error) error {
		return fault.New("Nothing was removed: nobody can be asked",
			"%s. Add -auto-approve to remove the approval without a question.", fault.Sentence(why.Error()))
	}
	if err := terminal.Nobody(); err != nil {
		return unasked(err)
	}
	a, err := d.Client.Approval(ctx, id)
	if err != nil {
		return err
	}
	yes, err := terminal.Confirm(ctx, "Do you really want to remove this approval?",
		fmt.Sprintf("Approval %d, %q, on %s; %s.\nThere is no undo.", id, a.Title, a.Path, waitsFor(a)))
	switch {
	case err == fault.ErrInterrupted:
		return err
	case err != nil:
		return unasked(err)
	case !yes:
		return fault.New("Nothing was removed", "The answer was not yes.")
	}
	return nil
}

// stillThere looks for an approval after an answer was lost.
func (d *DriveRun) stillThere(ctx context.Context, id int64) (bool, error) {
	_, err := d.Client.Approval(ctx, id)
	var failed *route.Error
	switch {
	case err == nil:
		return true, nil
	case errors.As(err, &failed) && failed.NotFound():
		return false, nil
	}
	return false, err
}

// personText names a user for a message.
func personText(p schema.Person) string {
	switch {
	case p.Realname != "" && p.Username != "":
		return fmt.Sprintf("%s (%s)", p.Realname, p.Username)
	case p.Realname+p.Username != "":
		return p.Realname + p.Username
	}
	return fmt.Sprintf("user %d", p.ID)
}

// waitsFor says whose turn it is, or how the approval ended.
func waitsFor(a schema.Approval) string {
	at := a.Current()
	if at < 0 {
		return "it is " + string(a.Status)
	}
	var names []string
	for _, p := range a.Steps[at].Waiting() {
		names = append(names, personText(p.Person))
	}
	return fmt.Sprintf("it waits for %s in step %s", orNobody(names), stepText(a, at))
}

func orNobody(names []string) string {
	if len(names) == 0 {
		return "nobody"
	}
	return strings.Join(names, ", ")
}

// stepText names a step for a message.
func stepText(a schema.Approval, at int) string {
	return fmt.Sprintf("%d (%s)", at+1, a.Steps[at].Name)
}
