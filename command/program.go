package command

import (
	"github.com/urfave/cli/v2"

	"countersign/command/live"
	"countersign/command/stored"
)

// program is the whole program, its commands in the order of help. Each stands in a file of its own.
func program() *cli.App {
	chdir := ""
	return &cli.App{
		Name:  "countersign",
		Usage: "Approval policy as code: HCL in, plan, apply.",
		Flags: []cli.Flag{&cli.StringFlag{Name: "chdir", Destination: &chdir,
			Usage: "work in `DIR`, as if started there"}},
		Before: func(*cli.Context) error { return enter(chdir) },
		Commands: []*cli.Command{
			initCommand(), validateCommand(), testCommand(), fmtCommand(), planCommand(), applyCommand(),
			destroyCommand(),
			driftCommand(),
			acceptCommand(), exportCommand(), live.ExplainCommand(), live.WhoCommand(), live.CoverageCommand(),
			live.ReplayCommand(), graphCommand(), importCommand(),
			live.ApprovalCommand(), live.StageCommand(), stored.ShowCommand(), stored.OutputCommand(),
			stored.StateCommand(), stored.LockCommand(), stored.UnlockCommand(), stored.ForceUnlockCommand(),
			sandboxCommand(),
			versionCommand(), completionCommand(),
		},
		HideHelp:                  true,
		HideVersion:               true,
		DisableSliceFlagSeparator: true,
	}
}
