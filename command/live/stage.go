package live

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/internal/parallel"
	"countersign/providers/dingtalk"
	"countersign/reconcile/write"
	"countersign/schema"
	"countersign/stage"
	"countersign/state"
	"countersign/view"
	viewjson "countersign/view/json"
	"countersign/view/text"
)

// stagedAtOnce bounds the files that are sent side by side.
const stagedAtOnce = 4

type stageFlags struct {
	driveFlags
	to, user, union    string
	folder, onConflict *string
	preview, instance  string
}

func StageCommand() *cli.Command {
	f := &stageFlags{driveFlags: driveFlags{writes: true}}
	return &cli.Command{
		Name: "stage", Category: cmdline.GroupMain, ArgsUsage: "FILE ...", Action: cmdline.Action(f.run),
		Usage: "Send files to the drive or to DingTalk, to raise an approval with",
		Description: `Prints the attachment's id on the drive, or DingTalk's file ids and the form value. Without a
configuration the environment says how to reach them: YOMICLOUD_ENDPOINT and _TOKEN, DINGTALK_APP_KEY and
_APP_SECRET.

Examples:
  countersign stage handbook.pdf -to=drive
  countersign stage -preview=attachment.handbook -user=user123 -instance=a17444d1-075b-4a4d-9a0e-d2f0b5c0a111`,
		Flags: slices.Concat([]cli.Flag{
			cmdline.Text(&f.to, "to", "`WHERE` to: drive or dingtalk"),
			cmdline.Text(&f.user, "user", "DingTalk's user `ID` of who stages, or with -preview of who looks"),
			cmdline.Text(&f.union, "union", "the union `ID` of who stages"),
			&cli.StringFlag{Name: "folder", Action: cmdline.Given(&f.folder), Value: "0",
				Usage: "`ID` of the folder in DingTalk's approval space"},
			&cli.StringFlag{Name: "on-conflict", Action: cmdline.Given(&f.onConflict), Value: "rename",
				Usage: "`WHAT` if the name is taken: rename, overwrite, reuse, fail"},
			cmdline.Text(&f.preview, "preview", "let somebody look once more at `ADDRESS`, which is staged in "+
				"DingTalk"),
			cmdline.Text(&f.instance, "instance", "`ID` of the approval to look at it in, with -preview"),
		}, f.connectionFlags()),
	}
}

// run stages local files, or with -preview lets somebody look once more at what is staged. Every argument is a file
// here, so that only -config names a configuration.
func (f *stageFlags) run(ctx context.Context, args cmdline.Arguments) (err error) {
	if err := f.check(args.Words); err != nil {
		return args.Mistake("stage: %v", err)
	}
	if err := f.OnDisk(); err != nil {
		return err
	}
	d := &DriveRun{Report: report.New(f.NoColor, f.json), words: args.Words}
	defer d.End(&err)
	s := d.Session(ctx, f.Flags)
	s.Events, s.Writes = d.Waits(), true
	loaded, err := s.Provide()
	if err != nil {
		return fault.Headed("Nothing could be staged", err)
	}
	d.Opened = &run.Opened{Loaded: loaded}
	switch {
	case f.preview != "":
		return fault.Headed("The preview could not be granted", f.grant(ctx, d))
	case f.to == "drive":
		return fault.Headed("Nothing could be staged", d.toDrive(ctx))
	}
	return fault.Headed("Nothing could be staged", d.toDingTalk(ctx, f.target()))
}

// target is where in DingTalk files are staged.
func (f *stageFlags) target() schema.DingTalkTarget {
	t := schema.DingTalkTarget{UserID: f.user, UnionID: f.union, FolderID: "0", OnConflict: schema.ConflictRename}
	if f.folder != nil {
		t.FolderID = *f.folder
	}
	if f.onConflict != nil {
		t.OnConflict = schema.Conflict(*f.onConflict)
	}
	return t
}

// check checks that the flags fit each other and the files. The error lists all that is wrong with them.
func (f *stageFlags) check(files []string) error {
	var wrong []error
	need := func(flag, value, what string) {
		if value == "" {
			wrong = append(wrong, fmt.Errorf("-%s is needed: %s", flag, what))
		}
	}
	given := map[string]bool{"to": f.to != "", "user": f.user != "", "union": f.union != "", "folder": f.folder != nil,
		"on-conflict": f.onConflict != nil, "instance": f.instance != ""}
	none := func(mode string, flags ...string) {
		for _, flag := range flags {
			if given[flag] {
				wrong = append(wrong, fmt.Errorf("-%s means nothing %s", flag, mode))
			}
		}
	}
	switch {
	case f.preview != "":
		none("with -preview", "to", "union", "folder", "on-conflict")
		need("user", f.user, "the user id of whoever is to look")
		need("instance", f.instance, "the approval's process instance id")
		if len(files) > 0 {
			wrong = append(wrong, errors.New("-preview takes no files: it is about what is staged already"))
		}
	case f.to == "drive":
		none("with -to=drive", "user", "union", "folder", "on-conflict", "instance")
	case f.to == "dingtalk":
		none("without -preview", "instance")
		need("user", f.user, "the user id of whoever stages it")
		need("union", f.union, "the union id of the same person")
		if err := dingtalk.CheckConflict(f.target().OnConflict); err != nil {
			wrong = append(wrong, fmt.Errorf("-%s", strings.Replace(err.Error(), "on_conflict ", "on-conflict=", 1)))
		}
	default:
		wrong = append(wrong, errors.New("-to=drive or -to=dingtalk is needed"))
	}
	if len(files) == 0 && f.preview == "" {
		wrong = append(wrong, errors.New("name the files to stage"))
	}
	return errors.Join(wrong...)
}

// toDrive stages files as one approval attachment of the drive.
func (d *DriveRun) toDrive(ctx context.Context) error {
	files, err := sources(ctx, d.words)
	if err != nil {
		return err
	}
	if d.Opened, err = d.OpenDrive(); err != nil {
		return err
	}
	d.Warn(d.Warnings)
	id, err := d.stageOnDrive(ctx, files)
	if err != nil {
		return err
	}
	return report.Print(d.Report, view.Stage{Files: files, DriveID: id}, text.Staged, viewjson.Staged)
}

// stageOnDrive makes an attachment of the drive. One with files missing is of no use, so its id is not returned.
func (d *DriveRun) stageOnDrive(ctx context.Context, files []schema.SourceFile) (int64, error) {
	to := stage.Drive{Client: d.Client}
	nobody := func(int64) {}
	if len(files) == 1 && path.Dir(files[0].Name) == "." {
		id, err := to.StageFile(ctx, files[0], nobody)
		if err != nil && write.OutcomeUnknown(err) {
			err = fmt.Errorf("%w. It is safe to stage it again: an attachment that no approval names is seen by nobody",
				err)
		}
		return id, err
	}
	root, upload, err := to.StageFolder(ctx, stage.Folders(files))
	if err != nil {
		return 0, err
	}
	return root, each(files, func(_ int, f schema.SourceFile) error {
		return to.StageMember(ctx, root, upload, f, nobody)
	})
}

// each works on files side by side, bounded, and joins what went wrong.
func each(files []schema.SourceFile, work func(int, schema.SourceFile) error) error {
	return errors.Join(parallel.Each(len(files), stagedAtOnce, func(i int) error { return work(i, files[i]) })...)
}

// toDingTalk stages files in DingTalk's approval space. Where some fail, the error names those that are there.
func (d *DriveRun) toDingTalk(ctx context.Context, t schema.DingTalkTarget) error {
	files, err := sources(ctx, d.words)
	if err != nil {
		return err
	}
	client, err := d.chat()
	if err != nil {
		return err
	}
	to := stage.NewDingTalk(client, state.State{})
	done := make([]*schema.StagedFile, len(files))
	failed := each(files, func(i int, f schema.SourceFile) error {
		staged, err := to.Stage(ctx, t, f, func(int64) {})
		if err == nil {
			done[i] = &staged
		}
		return err
	})
	st := view.Stage{Files: files}
	var dentries []dingtalk.Dentry
	for _, f := range done {
		if f != nil {
			st.DingTalk = append(st.DingTalk, *f)
			dentries = append(dentries, dingtalk.Dentry{ID: f.ID, SpaceID: f.SpaceID, Name: f.Name, Size: f.Size,
				Extension: f.Extension})
		}
	}
	if failed != nil && len(st.DingTalk) > 0 {
		var there []string
		for _, f := range st.DingTalk {
			there = append(there, fmt.Sprintf("%s (id %s)", f.Source, f.ID))
		}
		failed = fault.New("Not everything was staged", "%v\n\nStaged are: %s", failed, strings.Join(there, ", "))
	}
	if failed != nil {
		return failed
	}
	st.FormValue = dingtalk.FormValue(dentries)
	return report.Print(d.Report, st, text.Staged, viewjson.Staged)
}

// chat makes DingTalk's client.
func (d *DriveRun) chat() (*dingtalk.Client, error) {
	if d.Config.DingTalk == nil {
		return nil, fault.New("The configuration does not say how to reach DingTalk",
			"Add a provider \"dingtalk\" block to it, or work in a folder without a configuration, where the "+
				"environment says it (DINGTALK_APP_KEY, DINGTALK_APP_SECRET).")
	}
	return d.NewDingTalk(*d.Config.DingTalk)
}

// grant lets a person look once more at the files of an attachment that is staged in DingTalk.
func (f *stageFlags) grant(ctx context.Context, d *DriveRun) error {
	address, have, err := d.stagedAttachment(ctx, f.preview)
	switch {
	case err != nil:
		return err
	case have.DingTalk == nil || len(have.DingTalk.Files) == 0:
		return fault.New("The attachment is not staged in DingTalk", "%s has nothing there that could be previewed.",
			address)
	}
	client, err := d.chat()
	if err != nil {
		return err
	}
	p := schema.Preview{UserID: f.user, ProcessInstanceID: f.instance}
	var files []schema.StagedFile
	var names []string
	for _, f := range have.DingTalk.Files {
		files, names = append(files, f.StagedFile), append(names, f.Name)
	}
	if err := (stage.NewDingTalk(client, state.State{})).Preview(ctx, p, files); err != nil {
		return err
	}
	if !d.JSON {
		_, err = fmt.Fprintf(d.Out, "%s may look at %s in approval %s, once.\n", p.UserID, strings.Join(names, ", "),
			p.ProcessInstanceID)
		return err
	}
	doc, err := view.CompactJSON(map[string]any{"format_version": "1.0", "address": address, "preview": p,
		"files": names})
	if err != nil {
		return err
	}
	return d.Document(doc)
}
