package command

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
	"countersign/command/stored"
	"countersign/reconcile"
)

type importFlags struct{ run.Flags }

func importCommand() *cli.Command {
	f := new(importFlags)
	return &cli.Command{
		Name: "import", Category: cmdline.GroupMain, ArgsUsage: "ADDRESS ID [PATH]",
		Action: report.Action(&f.Flags, nil, 2, 2, f.run),
		Usage:  "Bind a template that the drive has already to a declared address",
		Description: `Writes the state only, never the drive. ADDRESS must be declared, and the template with that ID
must be attached to the scope that ADDRESS declares; plan then shows what differs. An import block in the files
does the same within plan and apply.

Example:
  countersign import template.modify 5 policies`,
		Flags: slices.Concat(f.ConfigurationFlags(), f.CallFlags(), f.LockFlags()),
	}
}

// run binds a template that the drive has already to a declared address. It writes the state alone.
func (f *importFlags) run(ctx context.Context, r *report.Report, args cmdline.Arguments) error {
	address := stored.Typed(args.Words[0])
	id, err := strconv.ParseInt(args.Words[1], 10, 64)
	if err != nil || id < 1 {
		return args.Mistake("import: %q is not a template's ID: write its number (tid), such as 5", args.Words[1])
	}
	s := r.Session(ctx, f.Flags)
	loaded, err := s.Load()
	if err != nil {
		return err
	}
	if _, err := loaded.DeclaredTemplate(address); err != nil { // before the drive is called
		return err
	}
	at, err := r.Watch(ctx, s, func(ctx context.Context) (*run.Reached, error) { return loaded.Reach(ctx, "import") })
	if err != nil {
		return err
	}
	r.Warn(s.Warnings)
	after, bound, diags := reconcile.Import(at.Config.Declaration, at.Settled.State, at.World, address, id)
	switch {
	case diags.HasErrors():
		return fault.Diagnostics(at.Source.Place(diags))
	case bound == nil:
		return fault.New(fmt.Sprintf("Cannot import tid %d to %s", id, address),
			"That is what it stands for already; there is nothing to import.")
	}
	if _, err := at.WriteState(ctx, after, "Nothing was imported. Mend the cause, and import again."); err != nil {
		return err
	}
	_, err = fmt.Fprintf(r.Out, "Import successful! %s now stands for tid %d, %q.\nNothing was changed on the drive; "+
		"\"countersign plan\" shows what differs.\n", address, id, bound.Before.Title)
	return err
}
