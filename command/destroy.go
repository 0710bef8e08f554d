package command

import (
	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/run"
)

// destroyCommand removes everything that the state binds: apply in another mode.
func destroyCommand() *cli.Command {
	f := &applyFlags{operation: "destroy", PlanFlags: run.PlanFlags{Destroy: true}}
	return &cli.Command{
		Name: "destroy", Category: cmdline.GroupMain, ArgsUsage: "[PATH]", Action: cmdline.Action(f.run),
		Usage: "Remove every template that the state binds",
		Description: `The same as apply -destroy: plans the removal of everything bound, shows it, asks, and does it.
Templates under prevent_destroy are refused. "countersign plan -destroy" only shows it.

Example:
  countersign destroy -target template.upload policies`,
		Flags: cmdline.Join(f.approvalFlags(), f.NarrowingFlags(), f.JSONIntoFlag(), cmdline.JSONLines(&f.JSON), f.ConfigurationFlags(),
			f.PolicyFlags(), f.CallFlags(), f.LockFlags()),
	}
}
