package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/run"
	"countersign/command/stored"
	"countersign/providers/yomicloud"
	"countersign/reconcile/write"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/spelling"
	"countersign/state"
)

type approvalRaiseFlags struct {
	driveFlags
	on, note          string
	attach, designate []string
	days              *int
}

func raiseCommand() *cli.Command {
	f := &approvalRaiseFlags{driveFlags: driveFlags{
		failed: "The approval could not be raised", words: [2]int{1, 1}, writes: true,
	}}
	return &cli.Command{
		Name: "raise", ArgsUsage: "TEMPLATE [PATH]",
		Action: f.action(f.check, f.raise),
		Usage:  "Raise an approval from a template",
		Description: `TEMPLATE is a tid, or a template's address in the configuration. What the template says is taken
from the drive. USER is an id, a username, or an approver's address.

Examples:
  countersign approval raise template.upload -on=folder.contracts -attach=attachment.handbook
  countersign approval raise 5 -on=公司文件/合同/章程.pdf -note='Section 3' -designate=终审=zhang`,
		Flags: slices.Concat([]cli.Flag{
			cmdline.Text(&f.on, "on", "the folder or `FILE` it is about: an id, a path or a scope's address"),
			cmdline.AnyText(&f.note, "note", "`TEXT` to the approvers"),
			cmdline.Texts(&f.attach, "attach", "an attachment's address, or a local `FILE`, staged now; may be "+
				"repeated"),
			cmdline.Texts(&f.designate, "designate", "who decides a step: `STEP=USER`; may be repeated"),
			&cli.IntFlag{Name: "days", Usage: "ask for access for `N` days", Action: cmdline.Given(&f.days)},
		}, f.connectionFlags()),
	}
}

func (f *approvalRaiseFlags) check(args cmdline.Arguments) error {
	if f.on == "" {
		return args.Mistake("approval raise: -on=FILE is needed: the folder or file it is about")
	}
	return nil
}

// raise raises an approval from a template. What the template says is taken from the drive.
func (f *approvalRaiseFlags) raise(ctx context.Context, d *DriveRun) error {
	r, err := f.request(ctx, d)
	if err != nil {
		return err
	}
	raised, err := d.raise(context.WithoutCancel(ctx), r) // an answer that is not waited for leaves open what was done
	switch {
	case err != nil:
		return err
	case raised.ID == 0:
		return d.printDone(raised, "The approval %q is raised on %s. The drive does not say its ID: see "+
			"\"countersign approval list\".", raised.Title, r.FullPath)
	}
	return d.printDone(raised, "Approval %d, %q, is raised on %s; %s.", raised.ID, raised.Title, r.FullPath,
		waitsFor(raised))
}

// request puts together what is to be raised. Local files are staged last, once all else is known to fit.
func (f *approvalRaiseFlags) request(ctx context.Context, d *DriveRun) (r yomicloud.RaiseRequest, err error) {
	r.Note = f.note
	if f.days != nil {
		if r.Days = *f.days; r.Days < 1 {
			return r, fault.New("That is not a number of days", "-days=%d: write 1 or more.", r.Days)
		}
	}
	if r.TemplateID, err = d.templateID(ctx, d.words[0]); err != nil {
		return r, err
	}
	on, err := d.Place(ctx, f.on, true)
	if err != nil {
		return r, err
	}
	r.FileID, r.FullPath = on.ID, on.path
	live, _, err := d.Client.Template(ctx, r.TemplateID, r.FileID)
	if err != nil {
		return r, err
	}
	if err := raisedOn(live.Template, on); err != nil {
		return r, err
	}
	if r.Designated, err = d.designated(live.Template, f.designate); err != nil {
		return r, err
	}
	if err := d.Client.CheckRaise(ctx, r, len(f.attach) > 0); err != nil {
		return r, aboutAttach(err, live.Template)
	}
	if len(f.attach) > 0 {
		if r.AttachmentID, err = d.attachment(ctx, f.attach); err != nil {
			return r, err
		}
		if addr.Meant(f.attach[0], "attachment") { // what was staged just now is nobody's yet
			if err := d.unused(ctx, r, f.attach[0]); err != nil {
				return r, err
			}
		}
	}
	return r, nil
}

// raisedOn refuses a folder where a template is for files alone, and the other way round, before a file is sent. Where
// it is not known which of the two a place is, the drive decides.
func raisedOn(t schema.Template, on place) error {
	switch {
	case t.AppliesTo == schema.AppliesToFiles && on.kind == schema.ScopeFolder:
		return fault.New("This approval is raised on files",
			"%q is for files only, and %s is a folder. Name a file in it, such as -on=%[2]s/NAME.", t.Title, on.path)
	case t.AppliesTo == schema.AppliesToFolders && on.kind == schema.ScopeFile:
		return fault.New("This approval is raised on folders",
			"%q is for folders only, and %s is a file. Name a folder.",
			t.Title, on.path)
	}
	return nil
}

// aboutAttach says what to do with -attach where a request is refused because of it.
func aboutAttach(err error, t schema.Template) error {
	var wrong *yomicloud.AttachmentError
	switch {
	case !errors.As(err, &wrong):
		return err
	case wrong.Needed:
		return fault.New("This approval needs a file", "The approval type of %q is %s, which needs an attachment. Add "+
			"-attach=FILE, which may be repeated, or -attach=attachment.NAME.", t.Title, wrong.TypeName)
	}
	return fault.New("This approval takes no files",
		"The approval type of %q is %s, which needs none. Leave -attach out.",
		t.Title, wrong.TypeName)
}

// unused refuses an attachment that an approval was raised with already: it belongs to that one. A list that cannot be
// read refuses nothing; the drive has the last word.
func (d *DriveRun) unused(ctx context.Context, r yomicloud.RaiseRequest, address string) error {
	raised, _ := d.Client.Raised(ctx)
	there, _ := d.Client.ApprovalsOn(ctx, r.FileID)
	for _, a := range slices.Concat(raised, there) {
		if a.Attachment != nil && a.Attachment.ID == r.AttachmentID {
			return fault.New("The attachment is used already",
				"Approval %d was raised with attachment %d (%s), and an attachment belongs to one approval. To raise "+
					"another, name the files themselves with -attach=FILE, or forget what is staged with "+
					"\"countersign state rm %s\" and apply: that stages it anew.",
				a.ID, r.AttachmentID, address, address)
		}
	}
	return nil
}

// raise raises an approval and finds out its ID, which the drive does not answer: it is the one that was not there
// before.
func (d *DriveRun) raise(ctx context.Context, r yomicloud.RaiseRequest) (schema.Approval, error) {
	before, err := d.Client.FindRaised(ctx, r, time.Time{})
	if err != nil {
		return schema.Approval{}, err
	}
	failed := d.Client.Raise(ctx, r)
	if failed != nil && !write.OutcomeUnknown(failed) {
		return schema.Approval{}, failed
	}
	var looked error
	for until := time.Now().Add(run.LandWait(d.Config.Provider, d.Client)); ; time.Sleep(250 * time.Millisecond) {
		var after []schema.Approval
		after, looked = d.Client.FindRaised(ctx, r, time.Time{})
		for _, a := range after { // the newest first
			if !slices.ContainsFunc(before, func(b schema.Approval) bool { return b.ID == a.ID }) {
				if whole, err := d.Client.Approval(ctx, a.ID); err == nil {
					a = whole
				}
				return a, nil
			}
		}
		if failed == nil || looked != nil || time.Now().After(until) {
			break
		}
	}
	if failed == nil { // done, whatever the lists show
		return schema.Approval{TemplateID: r.TemplateID, FileID: r.FileID, Path: r.FullPath, Note: r.Note,
			Status: schema.ApprovalPending}, nil
	}
	detail := "It is not among those you have raised."
	if looked != nil {
		detail = fmt.Sprintf("Looking among those you have raised failed too: %v", looked)
	}
	return schema.Approval{}, fault.New("Whether the approval was raised is not known",
		"%v\n\n%s Check with \"countersign approval list\" before you raise it again, or there may be two.", failed,
		detail)
}

// templateID is the tid of a template named by number or by its address.
func (d *DriveRun) templateID(ctx context.Context, name string) (int64, error) {
	id, err := strconv.ParseInt(name, 10, 64)
	if err == nil && id > 0 {
		return id, nil
	}
	if err == nil || !addr.Meant(name, "template") {
		return 0, fault.New("That is not a template",
			"%q: write its number (tid), such as 5, or its address, such as template.modify.", name)
	}
	st, err := d.readState(ctx)
	if err != nil {
		return 0, err
	}
	address := stored.Meant(st, name)
	b := st.Index().Bindings[address]
	if b == nil || b.ID == 0 {
		return 0, stored.NotBound(st, address)
	}
	return b.ID, nil
}

// readState reads the state that gives addresses a meaning.
func (d *DriveRun) readState(ctx context.Context) (state.State, error) {
	if d.Config.State.Path == "" && d.Source != nil {
		s, err := run.FindState(ctx, d.Flags)
		if err == nil { // a state that is only guessed raises nothing
			err = fault.New("An address stands for nothing now", "Mend the configuration, or write the number "+
				"instead. %s: %s", s.Found[0].Summary, s.Found[0].Detail)
		}
		return state.State{}, err
	}
	if d.Config.State.Path == "" {
		return state.State{}, fault.New("There is no configuration",
			"An address stands for something only within one: name it with -config=PATH, or write the number.")
	}
	return d.storedState(ctx)
}

// designated reads -designate STEP=USER, the step by its place or name, the user by id, username or address.
func (d *DriveRun) designated(t schema.Template, list []string) (map[int]int64, error) {
	who := map[int]int64{}
	var wrong fault.Diagnostics
	for _, text := range list {
		name, user, ok := strings.Cut(text, "=")
		if !ok || name == "" || user == "" {
			wrong.Add(fault.New("That designates nobody",
				"-designate=%q: write STEP=USER, such as 1=zhang or 终审=approver.zhang.", text))
			continue
		}
		names := make([]string, len(t.Steps))
		for i, s := range t.Steps {
			names[i] = s.Name
		}
		at := spelling.Index(name, names)
		if n, err := strconv.Atoi(name); at < 0 && err == nil {
			at = n - 1
		}
		if at < 0 || at >= len(t.Steps) {
			var known []string
			for i, s := range t.Steps {
				known = append(known, fmt.Sprintf("%d (%s)", i+1, s.Name))
			}
			wrong.Add(fault.New("There is no such step", "-designate=%q: %q has the steps %s.", text, t.Title,
				strings.Join(known, ", ")))
			continue
		}
		p, err := d.person(user, t.Steps[at].Approvers)
		wrong.Add(err)
		who[at] = p.ID
	}
	return who, wrong.Err()
}

// attachment is the id of what -attach names: the address of an attachment that is staged on the drive, or local
// files, which are staged now.
func (d *DriveRun) attachment(ctx context.Context, list []string) (int64, error) {
	if !slices.ContainsFunc(list, func(a string) bool { return addr.Meant(a, "attachment") }) {
		files, err := sources(ctx, list)
		if err != nil {
			return 0, err
		}
		return d.stageOnDrive(ctx, files)
	}
	if len(list) > 1 {
		return 0, fault.New("An approval has one attachment", "-attach names %s: write one address, or local files "+
			"alone.",
			strings.Join(list, " and "))
	}
	address, have, err := d.stagedAttachment(ctx, list[0])
	switch {
	case err != nil:
		return 0, err
	case have.Drive == nil:
		return 0, fault.New("The attachment is not staged on the drive",
			"%s is staged in DingTalk alone. Add drive {} to its block and apply.", address)
	case !have.Drive.Whole():
		return 0, fault.New("The attachment is not whole",
			"%d of the %d files of %s are staged. Apply the configuration to stage the others.", len(have.Drive.Files),
			have.Drive.Count, address)
	}
	return have.Drive.ID, nil
}

// stagedAttachment is what the state says of an attachment that somebody has typed.
func (d *DriveRun) stagedAttachment(ctx context.Context, typed string) (addr.Address, state.Attachment, error) {
	st, err := d.readState(ctx)
	if err != nil {
		return addr.Address{}, state.Attachment{}, err
	}
	address := stored.Meant(st, typed)
	have, ok := st.Index().Attachment(address)
	if !ok {
		err = fault.New("The attachment is not staged", "The state has no %s. Apply the configuration first.%s",
			address, cmdline.SuggestAddress(address, stored.AttachmentAddresses(st)))
	}
	return address, have, err
}
