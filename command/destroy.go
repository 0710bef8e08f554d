package command

import "github.com/urfave/cli/v2"

// destroyCommand removes everything that the state binds: apply in another mode.
func destroyCommand() *cli.Command {
	f := &applyFlags{operation: "destroy", planOptions: planOptions{destroy: true}}
	return &cli.Command{
		Name: "destroy", Category: groupMain, ArgsUsage: "[PATH]", Action: runs(f.run),
		Usage: "Remove every template that the state binds",
		Description: `The same as apply -destroy: plans the removal of everything bound, shows it, asks, and does it.
Templates under prevent_destroy are refused. "countersign plan -destroy" only shows it.

Example:
  countersign destroy -target template.upload policies`,
		Flags: join(f.approvalFlags(), f.narrowingFlags(), f.jsonIntoFlag(), jsonLines(&f.json), f.configurationFlags(),
			f.callFlags(), f.lockFlags()),
	}
}
