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
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/config"
	"countersign/schema/rewrite"
	"countersign/view"
)

type acceptFlags struct {
	run.Flags
	all, keepGoing, dryRun bool
}

func acceptCommand() *cli.Command {
	f := new(acceptFlags)
	return &cli.Command{
		Name: "accept", Category: cmdline.GroupMain, ArgsUsage: "ADDRESS ... [PATH]", Action: cmdline.Action(f.run),
		Usage: "Take what was edited by hand on the drive into the files",
		Description: `Writes what is live into the blocks that declare the templates named, with their comments, layout and references
kept, and shows the difference. It changes neither the drive nor the state. What comes from an expression that
cannot be rewritten is refused, with the line to edit; then nothing is written, without -keep-going.
ADDRESS is as in plan -target.

Examples:
  countersign accept template.modify policies
  countersign accept -all -dry-run`,
		Flags: slices.Concat([]cli.Flag{
			cmdline.Bool(&f.all, "all", "take in everything that has drifted"),
			cmdline.Bool(&f.keepGoing, "keep-going", "with -all: take in what can be, and list the rest"),
			cmdline.Bool(&f.dryRun, "dry-run", "show the difference, write nothing"),
		}, f.ConfigurationFlags(), f.CallFlags()),
	}
}

// run takes edits made by hand on the drive into the files that declare the templates. It writes those files alone: the
// next apply records the edits in the state.
func (f *acceptFlags) run(ctx context.Context, args cmdline.Arguments) (err error) {
	addresses, err := f.Resolve(args, 0, -1)
	if err != nil {
		return err
	}
	switch {
	case f.all && len(addresses) > 0:
		return fmt.Errorf("accept: -all takes in everything that has drifted; leave %s out, or -all",
			strings.Join(addresses, " "))
	case f.keepGoing && !f.all:
		return errors.New("accept: -keep-going goes with -all; what is named is taken in whole\nFor help: " +
			"countersign accept -help")
	case !f.all && len(addresses) == 0:
		return errors.New("accept needs: ADDRESS ..., or -all\nFor help: countersign accept -help")
	}
	r := report.New(f.NoColor, false)
	defer r.End(&err)
	f.Lock = false
	s := r.Session(ctx, f.Flags)
	seen, err := r.Watch(ctx, s, s.Observe)
	if err != nil {
		return err
	}
	accepted, diags := reconcile.Accept(seen.Config.Declaration, seen.Settled.State, seen.World, addresses)
	files, rewrites, refused := takeIn(seen, accepted.Rewrites)
	accepted.Rewrites = rewrites
	left := seen.Keep(append(diags, refused...)) // what cannot be taken in
	if left != nil && !f.keepGoing {
		return left
	}
	if left == nil {
		r.Warn(s.Warnings)
	}
	if !f.dryRun {
		if err := rewritten(seen.Source, files); err != nil {
			return err
		}
	}
	for _, file := range files {
		if _, err := r.Out.Write(diff.Diff(file.Name+" (as it was)", file.Before, file.Name+" (accepted)",
			file.After)); err != nil {
			return err
		}
	}
	if err := f.show(r, accepted, files, left != nil); err != nil {
		return err
	}
	return left // shown last, where it is seen
}

// takeIn rewrites the files by as many of the list as can be. The diagnostics are about all others.
func takeIn(s *run.Reached, list []schema.Rewrite) ([]rewrite.File, []schema.Rewrite, schema.Diagnostics) {
	var refused schema.Diagnostics
	for {
		files, diags := rewrite.Files(s.Source, s.Inputs, s.Facts(s.Settled.State), list)
		if !diags.HasErrors() {
			return files, list, append(refused, diags...)
		}
		refused = append(refused, diags...)
		left := slices.DeleteFunc(slices.Clone(list), func(w schema.Rewrite) bool {
			return slices.ContainsFunc(diags, func(d schema.Diagnostic) bool { return d.Address == w.Address })
		})
		if len(left) == len(list) { // it is about none of them
			return nil, nil, refused
		}
		list = left
	}
}

// show says what was taken in, and what follows from it. Something may have been refused.
func (f *acceptFlags) show(r *report.Report, a reconcile.Acceptance, files []rewrite.File, refused bool) error {
	var lines []string
	edits := &plans.Plan{Drift: a.Edits, People: a.People}
	known := view.NamesOf(edits)
	for i, w := range a.Rewrites {
		what := strings.Join(w.Attributes, ", ")
		if w.Gone {
			what = "deleted by hand, and no longer declared; the next apply forgets it"
		}
		lines = append(lines, w.Address.String()+": "+what, "  "+known.VerdictText(view.VerdictOfDrift(&a.Edits[i])))
	}
	for _, address := range a.Said {
		lines = append(lines, address.String()+
			": nothing to write, what was edited is what the configuration says, does not set, or ignores")
	}
	var names []string
	for _, file := range files {
		names = append(names, file.Name)
	}
	if line := view.VerdictLine(view.DriftVerdicts(edits)); line != "" {
		lines = append(lines, "", line)
	}
	switch {
	case len(lines) == 0 && refused:
		lines = append(lines, "Nothing could be taken in.")
	case len(lines) == 0:
		lines = append(lines, "No drift. There is nothing to take in.")
	case len(files) == 0:
	case f.dryRun:
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

// rewritten writes the new texts of files, none before all are ready.
func rewritten(source *config.Source, files []rewrite.File) error {
	folder := source.Dir
	if source.Single {
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
