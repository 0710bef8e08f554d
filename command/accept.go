package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/reconcile"
	"countersign/schema/rewrite"
	"countersign/view"
)

type acceptFlags struct {
	run.Flags
	all, dryRun bool
}

func acceptCommand() *cli.Command {
	f := new(acceptFlags)
	return &cli.Command{
		Name: "accept", Category: cmdline.GroupMain, ArgsUsage: "ADDRESS ... [PATH]", Action: cmdline.Action(f.run),
		Usage: "Take what was edited by hand on the drive into the files",
		Description: `Writes what is live into the blocks that declare the templates named, with their comments, layout and references
kept, and shows the difference. It changes neither the drive nor the state. What comes from an expression that
cannot be rewritten is refused, with the line to edit; then nothing is written. ADDRESS is as in plan -target.

Examples:
  countersign accept template.modify policies
  countersign accept -all -dry-run`,
		Flags: cmdline.Join([]cli.Flag{
			cmdline.Bool(&f.all, "all", "take in everything that has drifted"),
			cmdline.Bool(&f.dryRun, "dry-run", "show the difference, write nothing"),
		}, f.ConfigurationFlags(), f.CallFlags()),
	}
}

// run takes edits made by hand on the drive into the files that declare the templates. It writes those files alone: the
// state takes the edits in with the next apply.
func (f *acceptFlags) run(ctx context.Context, args cmdline.Arguments) (err error) {
	addresses, err := f.Resolve(args, 0, -1)
	if err != nil {
		return err
	}
	switch {
	case f.all && len(addresses) > 0:
		return fmt.Errorf("accept: -all takes in everything that has drifted; leave %s out, or -all",
			strings.Join(addresses, " "))
	case !f.all && len(addresses) == 0:
		return errors.New("accept needs: ADDRESS ..., or -all\nFor help: countersign accept -help")
	}
	r, err := report.New(f.NoColor, false, "")
	if err != nil {
		return err
	}
	f.Lock = false
	s := run.NewSession(ctx, f.Flags)
	defer fault.Finish(&err, s.Close)
	if err := r.Watch(s, func() error { return s.Observe(ctx) }); err != nil {
		return r.Fail(err)
	}
	accepted, diags := reconcile.Accept(s.Config.Declaration, s.Settled.State, s.World, addresses)
	if err := s.Keep(diags); err != nil {
		return r.Fail(err)
	}
	files, diags := rewrite.Files(s.Source, s.Inputs, s.Facts(s.Settled.State), accepted.Rewrites)
	if err := s.Keep(diags); err != nil {
		return r.Fail(err)
	}
	r.Warn(s.Warnings)
	if !f.dryRun {
		if err := rewritten(s, files); err != nil {
			return r.Fail(err)
		}
	}
	for _, file := range files {
		if _, err := r.Out.Write(diff.Diff(file.Name+" (as it was)", file.Before, file.Name+" (accepted)",
			file.After)); err != nil {
			return err
		}
	}
	return showAccepted(r, accepted, files, f.dryRun)
}

// showAccepted says what was taken in, and what is to come of it.
func showAccepted(r *report.Report, a reconcile.Acceptance, files []rewrite.File, dry bool) error {
	var lines []string
	edits := &reconcile.Plan{Drift: a.Edits, People: a.People}
	known := view.NamesOf(edits)
	for i, w := range a.Rewrites {
		what := strings.Join(w.Attributes, ", ")
		if w.Gone {
			what = "deleted by hand, and no longer declared; the next apply forgets it"
		}
		lines = append(lines, w.Address.String()+": "+what, "  "+known.VerdictText(view.VerdictOfDrift(&a.Edits[i])))
	}
	for _, address := range a.Said {
		lines = append(lines,
			address.String()+": nothing to write, what was edited is what the configuration says, does not set, or ignores")
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
	}
	if line := view.VerdictLine(view.DriftVerdicts(edits)); line != "" {
		lines = append(lines, "", line)
	}
	switch {
	case len(lines) == 0:
		lines = append(lines, "No drift. There is nothing to take in.")
	case len(files) == 0:
	case dry:
		lines = append(lines, "", "Nothing was written (-dry-run).")
	default:
		lines = append(lines, "", "Wrote "+strings.Join(names, ", ")+
			". The next plan leaves what was edited as it is; the state records it with the next apply.")
	}
	if len(files) > 0 {
		lines = slices.Insert(lines, 0, "")
	}
	_, err := fmt.Fprintln(r.Out, strings.Join(lines, "\n"))
	return err
}

// rewritten gives files their new texts, none before all are ready.
func rewritten(s *run.Session, files []rewrite.File) error {
	folder := s.Source.Dir
	if s.Source.Single {
		folder = "" // a person has named the file
	}
	var ready []*replacement
	defer func() {
		for _, r := range ready {
			r.drop()
		}
	}()
	for _, f := range files {
		r, err := replace(folder, f.Name, f.Before, f.After)
		if err != nil {
			return fault.New("The configuration was not written", "%v. Nothing was changed.", err)
		}
		ready = append(ready, r)
	}
	for i, r := range ready {
		if err := r.commit(); err != nil {
			done := ""
			if i > 0 {
				done = fmt.Sprintf(" Of the files, the first %d are written: accept again to go on.", i)
			}
			return fault.New("The configuration could not be written", "%v.%s", err, done)
		}
	}
	return nil
}
