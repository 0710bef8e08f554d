package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/urfave/cli/v2"

	"countersign/reconcile"
	"countersign/schema/rewrite"
)

type acceptFlags struct {
	options
	all, dryRun bool
}

func acceptCommand() *cli.Command {
	f := new(acceptFlags)
	return &cli.Command{
		Name: "accept", Category: groupMain, ArgsUsage: "ADDRESS ... [PATH]", Action: runs(f.run),
		Usage: "Take what was edited by hand on the drive into the files",
		Description: `Writes what is live into the blocks that declare the templates named, with their comments, layout and references
kept, and shows the difference. It changes neither the drive nor the state. What comes from an expression that
cannot be rewritten is refused, with the line to edit; then nothing is written. ADDRESS is as in plan -target.

Examples:
  countersign accept template.modify policies
  countersign accept -all -dry-run`,
		Flags: join([]cli.Flag{
			yes(&f.all, "all", "take in everything that has drifted"),
			yes(&f.dryRun, "dry-run", "show the difference, write nothing"),
		}, f.configurationFlags(), f.callFlags()),
	}
}

// run takes edits made by hand on the drive into the files that declare the templates. It writes those files alone: the
// state takes the edits in with the next apply.
func (f *acceptFlags) run(ctx context.Context, args arguments) (err error) {
	addresses, err := f.resolve(args, 0, -1)
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
	r, err := newReport(f.noColor, false, "")
	if err != nil {
		return err
	}
	f.lock = false
	s := newSession(ctx, f.options)
	defer finish(&err, s.close)
	if err := r.watch(s, func() error { return s.observe(ctx) }); err != nil {
		return r.fail(err)
	}
	accepted, diags := reconcile.Accept(s.config.Declaration, s.settled.State, s.world, addresses)
	if err := s.keep(diags); err != nil {
		return r.fail(err)
	}
	files, diags := rewrite.Files(s.source, s.inputs, s.facts(s.settled.State), accepted.Rewrites)
	if err := s.keep(diags); err != nil {
		return r.fail(err)
	}
	r.warn(s.warnings)
	if !f.dryRun {
		if err := s.rewrite(files); err != nil {
			return r.fail(err)
		}
	}
	for _, file := range files {
		if _, err := r.out.Write(diff.Diff(file.Name+" (as it was)", file.Before, file.Name+" (accepted)",
			file.After)); err != nil {
			return err
		}
	}
	return r.accepted(accepted, files, f.dryRun)
}

// accepted says what was taken in, and what is to come of it.
func (r *report) accepted(a reconcile.Acceptance, files []rewrite.File, dry bool) error {
	var lines []string
	for _, w := range a.Rewrites {
		what := strings.Join(w.Attributes, ", ")
		if w.Gone {
			what = "deleted by hand, and no longer declared; the next apply forgets it"
		}
		lines = append(lines, w.Address.String()+": "+what)
	}
	for _, address := range a.Said {
		lines = append(lines,
			address.String()+": nothing to write, what was edited is what the configuration says, does not set, or ignores")
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
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
	_, err := fmt.Fprintln(r.out, strings.Join(lines, "\n"))
	return err
}

// rewrite gives files their new texts, none before all are ready.
func (s *session) rewrite(files []rewrite.File) error {
	folder := s.source.Dir
	if s.source.Single {
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
			return fault("The configuration was not written", "%v. Nothing was changed.", err)
		}
		ready = append(ready, r)
	}
	for i, r := range ready {
		if err := r.commit(); err != nil {
			done := ""
			if i > 0 {
				done = fmt.Sprintf(" Of the files, the first %d are written: accept again to go on.", i)
			}
			return fault("The configuration could not be written", "%v.%s", err, done)
		}
	}
	return nil
}
