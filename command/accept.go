package command

import (
	"context"
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
	"countersign/schema"
	"countersign/schema/config"
	"countersign/schema/rewrite"
	"countersign/view/text"
)

type acceptFlags struct {
	run.Flags
	all, keepGoing, dryRun bool
}

func acceptCommand() *cli.Command {
	f := new(acceptFlags)
	return &cli.Command{
		Name: "accept", Category: cmdline.GroupMain, ArgsUsage: "ADDRESS ... [PATH]",
		Action: report.Action(&f.Flags, nil, 0, -1, f.run),
		Usage:  "Take what was edited by hand on the drive into the files",
		Description: `Writes what is live into the blocks that declare the templates named, with their comments, layout
and references kept, and shows the difference. It changes neither the drive nor the state. What comes from an
expression that cannot be rewritten is refused, with the line to edit; then nothing is written, without
-keep-going.
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
func (f *acceptFlags) run(ctx context.Context, r *report.Report, args cmdline.Arguments) error {
	addresses := args.Words
	switch {
	case f.all && len(addresses) > 0:
		return args.Mistake("accept: -all takes in everything that has drifted; leave %s out, or -all",
			strings.Join(addresses, " "))
	case f.keepGoing && !f.all:
		return args.Mistake("accept: -keep-going goes with -all; what is named is taken in whole")
	case !f.all && len(addresses) == 0:
		return args.Mistake("accept needs: ADDRESS ..., or -all")
	}
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
	taken := text.Accepted{Acceptance: accepted, DryRun: f.dryRun, Refused: left != nil}
	for _, file := range files {
		taken.Files = append(taken.Files, file.Name)
	}
	if err := text.Accept(r.Out, taken, r.OutStyle); err != nil {
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
