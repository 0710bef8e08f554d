package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/command/terminal"
	"countersign/providers/route"
	"countersign/providers/yomicloud"
	"countersign/reconcile/write"
	"countersign/schema"
	viewjson "countersign/view/json"
	"countersign/view/text"
)

// ApprovalCommand is the group approval.
func ApprovalCommand() *cli.Command {
	return &cli.Command{
		Name: "approval", Category: cmdline.GroupMain, Usage: "Look at approvals, raise them, decide them",
		Subcommands: []*cli.Command{listCommand(), showCommand(), raiseCommand(), handleCommand(), removeCommand(),
			downloadCommand()},
	}
}

type approvalListFlags struct {
	driveFlags
	mine, waiting, cc, managed bool
	on                         string
}

func listCommand() *cli.Command {
	f := &approvalListFlags{driveFlags: driveFlags{failed: "The approvals could not be listed"}}
	return &cli.Command{
		Name: "list", ArgsUsage: "[PATH]",
		Action: f.action(f.check, f.list),
		Usage:  "List approvals: those you have raised, or others",
		Description: `Example:
  countersign approval list -waiting`,
		Flags: slices.Concat([]cli.Flag{
			cmdline.Bool(&f.mine, "mine", "those you have raised (the default)"),
			cmdline.Bool(&f.waiting, "waiting", "those that wait for your decision"),
			cmdline.Bool(&f.cc, "cc", "those you are told of"),
			cmdline.Bool(&f.managed, "managed", "all on folders and files that you manage"),
			cmdline.Text(&f.on, "on", "those on one folder or `FILE`: an id, a path or a scope's address"),
		}, f.connectionFlags()),
	}
}

// check lets one flag say which approvals are listed.
func (f *approvalListFlags) check(args cmdline.Arguments) error {
	var asked []string
	for _, flag := range []struct {
		name  string
		given bool
	}{{"-mine", f.mine}, {"-waiting", f.waiting}, {"-cc", f.cc}, {"-managed", f.managed}, {"-on", f.on != ""}} {
		if flag.given {
			asked = append(asked, flag.name)
		}
	}
	if len(asked) > 1 {
		return args.Mistake("%s exclude each other", strings.Join(asked, " and "))
	}
	return nil
}

func (f *approvalListFlags) list(ctx context.Context, d *DriveRun) error {
	list, err := f.read(ctx, d)
	if err != nil {
		return err
	}
	slices.SortStableFunc(list, func(a, b schema.Approval) int { return int(b.ID - a.ID) }) // the latest first
	return report.Print(d.Report, list, func(w io.Writer, list []schema.Approval, s text.Settings) error {
		return text.Approvals(w, list, d.catalogue(ctx), s)
	}, viewjson.Approvals)
}

func (f *approvalListFlags) read(ctx context.Context, d *DriveRun) ([]schema.Approval, error) {
	switch {
	case f.waiting:
		return d.Client.Approvals(ctx, yomicloud.WaitingForMe)
	case f.cc:
		return d.Client.Approvals(ctx, yomicloud.CCToMe)
	case f.managed:
		return d.Client.Approvals(ctx, yomicloud.AllIManage)
	case f.on == "":
		return d.Client.Raised(ctx)
	}
	place, err := d.Place(ctx, f.on, false)
	if err != nil {
		return nil, err
	}
	return d.Client.ApprovalsOn(ctx, place.ID)
}

func showCommand() *cli.Command {
	f := &driveFlags{failed: "The approval could not be read", words: [2]int{1, 1}}
	return &cli.Command{
		Name: "show", ArgsUsage: "ID [PATH]",
		Action: f.action(nil, showApproval),
		Usage:  "Show an approval: its steps, who decided what and when",
		Description: `Example:
  countersign approval show 2`,
		Flags: f.connectionFlags(),
	}
}

// showApproval shows one approval: its steps, and who decided what and when.
func showApproval(ctx context.Context, d *DriveRun) error {
	_, a, err := d.approval(ctx)
	if err != nil {
		return err
	}
	return report.Print(d.Report, a, func(w io.Writer, a schema.Approval, s text.Settings) error {
		return text.Approval(w, a, d.bound(ctx), d.catalogue(ctx), s)
	}, viewjson.Approval)
}

type approvalRemoveFlags struct {
	driveFlags
	autoApprove bool
}

func removeCommand() *cli.Command {
	f := &approvalRemoveFlags{driveFlags: driveFlags{
		failed: "The approval could not be removed", words: [2]int{1, 1}, writes: true,
	}}
	return &cli.Command{
		Name: "remove", ArgsUsage: "ID [PATH]",
		Action: f.action(nil, f.remove),
		Usage:  "Remove an approval, as an administrator of its folder or file",
		Description: `Shows the approval and asks; without a terminal it needs -auto-approve. There is no undo.

Example:
  countersign approval remove 2`,
		Flags: slices.Concat([]cli.Flag{cmdline.Bool(&f.autoApprove, "auto-approve", "do not ask")},
			f.connectionFlags()),
	}
}

// remove removes an approval.
func (f *approvalRemoveFlags) remove(ctx context.Context, d *DriveRun) error {
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
		if there, failed := d.stillThere(ctx, id); failed != nil || there {
			return fault.New("Whether the approval was removed is not known",
				"%v\n\nCheck with \"countersign approval show %d\" whether it is still there. Remove it again if so.",
				err, id)
		}
	}
	if d.JSON {
		return d.Document(fmt.Appendf(nil, `{"format_version":"1.0","removed":%d}`, id))
	}
	_, err = fmt.Fprintf(d.Out, "Approval %d is removed.\n", id)
	return err
}

// confirmRemoval shows an approval and asks whether to remove it. Without a yes it returns an error.
func (d *DriveRun) confirmRemoval(ctx context.Context, id int64) error {
	if d.JSON {
		return fault.New("With -json nobody can be asked",
			"Add -auto-approve to remove the approval without a question.")
	}
	q := terminal.Question{Text: "Do you really want to remove this approval?", Left: "Nothing was removed",
		Unasked: "Add -auto-approve to remove the approval without a question"}
	if err := terminal.Askable(); err != nil {
		return q.NobodyToAsk(err)
	}
	a, err := d.Client.Approval(ctx, id)
	if err != nil {
		return err
	}
	q.Detail = fmt.Sprintf("Approval %d, %q, on %s; %s.\nThere is no undo.", id, a.Title, a.Path, waitsFor(a))
	return q.Confirm(ctx)
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

// waitsFor says who must decide next, or how the approval ended.
func waitsFor(a schema.Approval) string {
	at := a.Current()
	if at < 0 {
		return "it is " + cmp.Or(string(a.Status), "not known how far it got")
	}
	var names []string
	for _, p := range a.Steps[at].Waiting() {
		names = append(names, personText(p.Person))
	}
	if len(names) == 0 {
		names = []string{"nobody"}
	}
	return fmt.Sprintf("it waits for %s in step %s", strings.Join(names, ", "), stepText(a, at))
}

// stepText names a step for a message.
func stepText(a schema.Approval, at int) string {
	return fmt.Sprintf("%d (%s)", at+1, a.Steps[at].Name)
}
