package command

import "github.com/urfave/cli/v2"

// Groups of commands, in the order in which help lists them.
const (
	groupMain  = "Main commands"
	groupState = "State"
	groupOther = "Other"
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
			initCommand(), validateCommand(), fmtCommand(), planCommand(), applyCommand(), destroyCommand(), driftCommand(),
			acceptCommand(), exportCommand(), explainCommand(), graphCommand(), importCommand(),
			{
				Name: "approval", Category: groupMain, Usage: "Look at approvals, raise them, decide them",
				Subcommands: []*cli.Command{
					approvalListCommand(), approvalShowCommand(), approvalRaiseCommand(), approvalHandleCommand(),
					approvalRemoveCommand(), approvalDownloadCommand(),
				},
			},
			stageCommand(), showCommand(), outputCommand(),
			{
				Name: "state", Category: groupState, Usage: "Look at the state and change what it says",
				Subcommands: []*cli.Command{
					stateListCommand(), stateShowCommand(), stateMoveCommand(), stateRemoveCommand(), statePullCommand(),
					statePushCommand(),
				},
			},
			forceUnlockCommand(), sandboxCommand(), versionCommand(), completionCommand(),
		},
		HideHelp:                  true,
		HideVersion:               true,
		DisableSliceFlagSeparator: true,
	}
}
