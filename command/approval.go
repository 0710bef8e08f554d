package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"countersign/providers/yomicloud"
	"countersign/reconcile/write"
	"countersign/schema"
	"countersign/view"
	viewjson "countersign/view/json"
)

// driveRun is a session of a command on approvals: the drive, and where the result is told.
type driveRun struct {
	*report
	*session
	args []string
}

// driveFlags are those of all commands on approvals.
type driveFlags struct {
	options
	json   bool
	writes bool // not a flag: the command may write to the drive
}

func (f *driveFlags) connectionFlags() []cli.Flag {
	return join(jsonDocument(&f.json), f.storedFlags())
}

// withDrive runs a command on approvals with its arguments, of which there must be from least to most. failed is what
// is said first when a call fails.
func (f *driveFlags) withDrive(ctx context.Context, args arguments, failed string, least, most int,
	work func(context.Context, *driveRun) error) (err error) {
	words, err := f.resolve(args, least, most)
	if err != nil {
		return err
	}
	r, err := newReport(f.noColor, f.json, "")
	if err != nil {
		return err
	}
	d := &driveRun{report: r, session: newSession(ctx, f.options), args: words}
	d.writes = f.writes
	defer finish(&err, d.session.close)
	err = d.provide()
	if err == nil {
		err = d.openDrive()
	}
	if err == nil {
		d.warn(d.warnings)
		err = work(ctx, d)
	}
	if err != nil {
		return d.fail(headed(failed, err))
	}
	return nil
}

// headed puts a heading over an error that has none of its own.
func headed(heading string, err error) error {
	var p diagnosticsError
	var code exit
	switch {
	case errors.Is(err, context.Canceled):
		return errInterrupted
	case err == errInterrupted, errors.As(err, &p), errors.As(err, &code):
		return err
	}
	return fault(heading, "%v", err)
}

type approvalListFlags struct {
	driveFlags
	mine, waiting, cc, managed bool
	on                         string
}

func approvalListCommand() *cli.Command {
	f := new(approvalListFlags)
	return &cli.Command{
		Name: "list", ArgsUsage: "[PATH]", Action: runs(f.run),
		Usage: "List approvals: those you have raised, or others",
		Description: `Example:
  countersign approval list -waiting`,
		Flags: join([]cli.Flag{
			yes(&f.mine, "mine", "those you have raised (the default)"),
			yes(&f.waiting, "waiting", "those that wait for your decision"),
			yes(&f.cc, "cc", "those you are told of"),
			yes(&f.managed, "managed", "all on folders and files that you manage"),
			text(&f.on, "on", "those on one folder or `FILE`: an id, a path or a scope's address"),
		}, f.driveFlags.connectionFlags()),
	}
}

// run lists approvals.
func (f *approvalListFlags) run(ctx context.Context, args arguments) error {
	lists := []struct {
		flag  string
		given bool
		read  func(context.Context, *driveRun) ([]schema.Approval, error)
	}{
		{"mine", f.mine, func(ctx context.Context, d *driveRun) ([]schema.Approval,
			error) {
			return d.client.Raised(ctx)
		}},
		{"waiting", f.waiting, handled(yomicloud.WaitingForMe)},
		{"cc", f.cc, handled(yomicloud.CCToMe)},
		{"managed", f.managed, handled(yomicloud.AllIManage)},
		{"on", f.on != "", func(ctx context.Context, d *driveRun) ([]schema.Approval, error) {
			place, err := d.place(ctx, f.on, false)
			if err != nil {
				return nil, err
			}
			return d.client.ApprovalsOn(ctx, place.id)
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
		func(ctx context.Context, d *driveRun) error {
			list, err := chosen.read(ctx, d)
			if err != nil {
				return err
			}
			slices.SortStableFunc(list, func(a, b schema.Approval) int { return int(b.ID - a.ID) }) // the latest first
			if !d.json {
				return view.Approvals(d.out, list, d.catalogue(ctx), d.outStyle)
			}
			doc, err := viewjson.Approvals(list)
			if err != nil {
				return err
			}
			return d.document(doc)
		})
}

func handled(list yomicloud.ApprovalList) func(context.Context, *driveRun) ([]schema.Approval, error) {
	return func(ctx context.Context, d *driveRun) ([]schema.Approval, error) {
		return d.client.Approvals(ctx, list)
	}
}

func approvalShowCommand() *cli.Command {
	f := new(driveFlags)
	return &cli.Command{
		Name: "show", ArgsUsage: "ID [PATH]", Action: runs(f.show),
		Usage: "Show an approval: its steps, who decided what and when",
		Description: `Example:
  countersign approval show 2`,
		Flags: f.connectionFlags(),
	}
}

// show shows one approval: its steps, and who decided what and when.
func (f *driveFlags) show(ctx context.Context, args arguments) error {
	return f.withDrive(ctx, args, "The approval could not be read", 1, 1, func(ctx context.Context, d *driveRun) error {
		id, err := d.approvalID()
		if err != nil {
			return err
		}
		a, err := d.client.Approval(ctx, id)
		if err != nil {
			return err
		}
		if d.json {
			return d.approvalJSON(a)
		}
		return view.Approval(d.out, a, d.catalogue(ctx), d.outStyle)
	})
}

// catalogue is what approval types are called. Without it their ids are shown, so that failing to read it is no error.
func (d *driveRun) catalogue(ctx context.Context) schema.Catalogue {
	types, _, _ := d.client.Catalogue(ctx)
	return types
}

// approvalJSON prints an approval as JSON.
func (d *driveRun) approvalJSON(a schema.Approval) error {
	doc, err := viewjson.Approval(a)
	if err != nil {
		return err
	}
	return d.document(doc)
}

// printDone says in a line what was done, or with -json the approval as it is now.
func (d *driveRun) printDone(a schema.Approval, format string, values ...any) error {
	if d.json {
		return d.approvalJSON(a)
	}
	_, err := fmt.Fprintf(d.out, format+"\n", values...)
	return err
}

// approvalID reads the approval's number off the command line.
func (d *driveRun) approvalID() (int64, error) {
	id, err := strconv.ParseInt(d.args[0], 10, 64)
	if err != nil || id < 1 {
		return 0, fault("That is not an approval's ID", "%q: write its number, as \"countersign approval list\" shows it, such as 2.",
			d.args[0])
	}
	return id, nil
}

func approvalRemoveCommand() *cli.Command {
	f := &driveFlags{writes: true}
	return &cli.Command{
		Name: "remove", ArgsUsage: "ID [PATH]", Action: runs(f.remove),
		Usage: "Remove an approval, as an administrator of its folder or file",
		Description: `There is no undo.

Example:
  countersign approval remove 2`,
		Flags: f.connectionFlags(),
	}
}

// remove removes an approval.
func (f *driveFlags) remove(ctx context.Context, args arguments) error {
	return f.withDrive(ctx, args, "The approval could not be removed", 1, 1,
		func(ctx context.Context, d *driveRun) error {
			id, err := d.approvalID()
			if err != nil {
				return err
			}
			ctx = context.WithoutCancel(ctx) // an answer that is not waited for leaves open what was done
			if err := d.client.RemoveApproval(ctx, id); err != nil {
				if !write.OutcomeUnknown(err) {
					return err
				}
				if there, looked := d.stillThere(ctx, id); looked != nil || there {
					return fault("Whether the approval was removed is not known",
						"%v\n\nCheck with \"countersign approval show %d\" whether it is still there, and remove it again if so.", err, id)
				}
			}
			if !d.json {
				_, err = fmt.Fprintf(d.out, "Approval %d is removed.\n", id)
				return err
			}
			return d.document(fmt.Appendf(nil, `{"format_version":"1.0","removed":%d}`, id))
		})
}

// stillThere looks for an approval after an answer was lost.
func (d *driveRun) stillThere(ctx context.Context, id int64) (bool, error) {
	_, err := d.client.Approval(ctx, id)
	var failed *yomicloud.Error
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, yomicloud.ErrNoApproval), errors.As(err, &failed) && failed.NotFound():
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
