package command

import "github.com/urfave/cli/v2"

// program is the whole of the commands and their flags.
func program() *cli.App {
	return &cli.App{
		Name:                      "countersign",
		Usage:                     "Approval policy as code: HCL in, plan, apply.",
		Flags:                     []cli.Flag{&cli.StringFlag{Name: "chdir", Usage: "work in `DIR`, as if started there"}},
		Commands:                  commands(),
		HideHelp:                  true,
		HideVersion:               true,
		DisableSliceFlagSeparator: true,
	}
}

// Groups of commands, in the order in which help lists them.
const (
	groupMain  = "Main commands"
	groupState = "State"
	groupOther = "Other"
)

func commands() []*cli.Command {
	return []*cli.Command{
		{
			Name: "init", Category: groupMain, ArgsUsage: "[DIR]", Action: Init,
			Usage: "Write a small configuration to start from",
			Description: `Writes main.hcl, which works at once on the embedded drive, unless DIR (default: here) has a
configuration already. It overwrites nothing.

Example:
  countersign init policies && countersign plan policies`,
		},
		{
			Name: "validate", Category: groupMain, ArgsUsage: "[PATH]", Action: Validate,
			Usage: "Check the configuration without calling the drive",
			Description: `Reports every mistake that the files alone can show, each with its place and how to mend it.
What only the drive knows (approval types, names, folder ids) is checked by plan.

Example:
  countersign validate -var-file=ci.vars.hcl policies`,
			Flags: flags(configuration(), jsonDocument()),
		},
		{
			Name: "fmt", Category: groupMain, ArgsUsage: "[PATH ... | -]", Action: Fmt,
			Usage: "Rewrite configuration files in the canonical layout",
			Description: `Rewrites the .hcl files named, or those of the folders named (default: here), and lists those that
changed. "-" reads standard input and writes standard output.
Exit codes: 0 done, 1 error, 3 -check found some.

Examples:
  countersign fmt -recursive
  countersign fmt -check -diff main.hcl`,
			Flags: []cli.Flag{
				&cli.BoolFlag{Name: "check", Usage: "write nothing; exit 3 when a file is not in the canonical layout"},
				&cli.BoolFlag{Name: "diff", Usage: "show what changes"},
				&cli.BoolFlag{Name: "recursive", Usage: "descend into folders too"},
				&cli.BoolFlag{Name: "write", Value: true, Usage: "write the files (-write=false only lists them)"},
				&cli.BoolFlag{Name: "list", Value: true, Usage: "list the files that change"},
				noColor(),
			},
		},
		{
			Name: "plan", Category: groupMain, ArgsUsage: "[PATH]", Action: Plan,
			Usage: "Show what apply would change on the drive, and change nothing",
			Description: `Reads the drive and the state, and shows changes, drift and templates nobody declared.
Exit codes: 0 done, 1 error; with -detailed-exitcode 0 nothing to do, 2 changes.

Examples:
  countersign plan policies -target 'template.upload["legal"]'
  countersign plan -detailed-exitcode -json-into=plan.json`,
			Flags: flags(
				[]cli.Flag{
					&cli.BoolFlag{Name: "detailed-exitcode", Usage: "exit 2 when there are changes"},
					&cli.StringFlag{Name: "out", Usage: "save the plan in `FILE`, to be shown and applied as it is"},
				},
				reporting(), planning(), jsonInto(), jsonDocument(), configuration(), calls(), locking()),
		},
		{
			Name: "apply", Category: groupMain, ArgsUsage: "[PATH | PLANFILE]", Action: Apply,
			Usage: "Make the drive equal the configuration",
			Description: `Plans, shows the plan, asks, and carries it out. Without a terminal it needs -auto-approve.
A PLANFILE of plan -out is carried out as it was reviewed, or refused; nobody is asked.
Interrupted once, it lets the calls under way finish, writes the state and names what was not tried.

Example:
  countersign apply -auto-approve policies`,
			Flags: flags(approving(), planning(), jsonInto(), jsonLines(), configuration(), calls(), locking()),
		},
		{
			Name: "destroy", Category: groupMain, ArgsUsage: "[PATH]", Action: Destroy,
			Usage: "Remove every template that the state binds",
			Description: `The same as apply -destroy: plans the removal of everything bound, shows it, asks, and does it.
Templates under prevent_destroy are refused. "countersign plan -destroy" only shows it.

Example:
  countersign destroy -target template.upload policies`,
			Flags: flags(approving(), narrowing(), jsonInto(), jsonLines(), configuration(), calls(), locking()),
		},
		{
			Name: "drift", Category: groupMain, ArgsUsage: "[PATH]", Action: Drift,
			Usage: "Show what was edited by hand: what was recorded, what is live, by whom and when",
			Description: `Reads the drive and the state, takes no lock, and writes nothing. Lists the templates that nobody declared, too.
Exit codes: 0 no drift, 1 error, 2 drift.

Example:
  countersign drift -unmanaged -report=markdown=drift.md policies`,
			Flags: flags([]cli.Flag{
				&cli.BoolFlag{Name: "unmanaged", Usage: "exit 2 for templates that nobody declared, too: they may have been made by hand"},
				targetFlag(),
			}, reporting(), jsonInto(), jsonDocument(), configuration(), calls()),
		},
		{
			Name: "accept", Category: groupMain, ArgsUsage: "ADDRESS ... [PATH]", Action: Accept,
			Usage: "Take what was edited by hand on the drive into the files",
			Description: `Writes what is live into the blocks that declare the templates named, with their comments, layout and references
kept, and shows the difference. It changes neither the drive nor the state. What comes from an expression that
cannot be rewritten is refused, with the line to edit; then nothing is written. ADDRESS is as in plan -target.

Examples:
  countersign accept template.modify policies
  countersign accept -all -dry-run`,
			Flags: flags([]cli.Flag{
				&cli.BoolFlag{Name: "all", Usage: "take in everything that has drifted"},
				&cli.BoolFlag{Name: "dry-run", Usage: "show the difference, write nothing"},
			}, configuration(), calls()),
		},
		{
			Name: "export", Category: groupMain, ArgsUsage: "[PATH]", Action: Export,
			Usage: "Write a drive down as a configuration",
			Description: `Reads all templates that the token may manage, or with -scope those on some folders and files, and writes
them as HCL with import blocks. Overwrites nothing, on the drive nor here. YOMICLOUD_ENDPOINT
and YOMICLOUD_TOKEN say how to reach the drive, or the provider block of the configuration at PATH.

Examples:
  countersign export -out=policies -split && countersign plan policies
  countersign export -scope=公司文件/合同 -scope=72 -out=contracts.hcl`,
			Flags: flags([]cli.Flag{
				&cli.StringSliceFlag{Name: "scope", Usage: "only the folder or file with this `ID`, or PATH on the drive; may be repeated"},
				&cli.StringFlag{Name: "out", Usage: "write to `FILE` (default: standard output), or with -split to a folder"},
				&cli.BoolFlag{Name: "split", Usage: "write a file for each folder, with -out=DIR"},
				&cli.BoolFlag{Name: "flat", Usage: "write a block for each template, also where folders have the same one"},
			}, storedFlags(), calls()),
		},
		{
			Name: "explain", Category: groupMain, ArgsUsage: "ID|PATH|ADDRESS [PATH]", Action: Explain,
			Usage: "Say which approvals are in force on a folder or file, from where, and who must approve",
			Description: `The place is an id, a path on the drive, or the address of a folder or file block; a template's address
explains that template alone. Without a configuration YOMICLOUD_ENDPOINT and _TOKEN say where the drive is.

Examples:
  countersign explain 公司文件/合同/章程.pdf
  countersign explain template.modify policies`,
			Flags: flags(jsonDocument(), storedFlags()),
		},
		{
			Name: "graph", Category: groupMain, ArgsUsage: "[PATH]", Action: Graph,
			Usage: "Draw the configuration: folders, approvers, or the flow of each approval",
			Description: `Reads the files alone; calls no drive. GitHub and GitLab draw Mermaid in any Markdown page.

Examples:
  countersign graph -type=flow -target=template.modify policies
  countersign graph -type=approvers -format=dot | dot -Tsvg >approvers.svg`,
			Flags: flags([]cli.Flag{
				&cli.StringFlag{Name: "type", Value: "folders", Usage: "`WHAT` to draw: folders, approvers or flow"},
				&cli.StringFlag{Name: "format", Value: "mermaid", Usage: "`LANGUAGE` to draw in: mermaid or dot (Graphviz)"},
				targetFlag(),
			}, configuration()),
		},
		{
			Name: "import", Category: groupMain, ArgsUsage: "ADDRESS ID [PATH]", Action: Import,
			Usage: "Bind a template that the drive has already to a declared address",
			Description: `Writes the state only, never the drive. ADDRESS must be declared, and the template with that ID
must be attached to the scope that ADDRESS declares; plan then shows what differs. An import block in the files
does the same within plan and apply.

Example:
  countersign import template.modify 5 policies`,
			Flags: flags(configuration(), calls(), locking()),
		},
		{
			Name: "approval", Category: groupMain, Usage: "Look at approvals, raise them, decide them",
			Subcommands: approvalCommands(),
		},
		{
			Name: "stage", Category: groupMain, ArgsUsage: "FILE ...", Action: Stage,
			Usage: "Send files to the drive or to DingTalk, to raise an approval with",
			Description: `Prints the attachment's id on the drive, or DingTalk's file ids and the form value. Without a configuration the
environment says how to reach them: YOMICLOUD_ENDPOINT and _TOKEN, DINGTALK_APP_KEY and _APP_SECRET.

Examples:
  countersign stage handbook.pdf -to=drive
  countersign stage -preview=attachment.handbook -user=user123 -instance=a17444d1-075b-4a4d-9a0e-d2f0b5c0a111`,
			Flags: flags([]cli.Flag{
				&cli.StringFlag{Name: "to", Usage: "`WHERE` to: drive or dingtalk"},
				&cli.StringFlag{Name: "user", Usage: "DingTalk's user `ID` of who stages, or with -preview of who looks"},
				&cli.StringFlag{Name: "union", Usage: "the union `ID` of who stages"},
				&cli.StringFlag{Name: "folder", Value: "0", Usage: "`ID` of the folder in DingTalk's approval space"},
				&cli.StringFlag{Name: "on-conflict", Value: "rename", Usage: "`WHAT` if the name is taken: rename, overwrite, reuse, fail"},
				&cli.StringFlag{Name: "preview", Usage: "let somebody look once more at `ADDRESS`, which is staged in DingTalk"},
				&cli.StringFlag{Name: "instance", Usage: "`ID` of the approval to look at it in, with -preview"},
			}, jsonDocument(), storedFlags()),
		},
		{
			Name: "show", Category: groupState, ArgsUsage: "[PATH | PLANFILE]", Action: Show,
			Usage: "Show what the state says, or a saved plan",
			Description: `Reads the state and its journal, or a plan of plan -out; calls no drive.

Example:
  countersign show -json policies`,
			Flags: flags(jsonDocument(), storedFlags()),
		},
		{
			Name: "output", Category: groupState, ArgsUsage: "[NAME] [PATH]", Action: Output,
			Usage: "Show outputs as last applied",
			Description: `Shows all outputs, or the value of one. Sensitive values are hidden unless asked for by name.

Examples:
  countersign output
  countersign output -raw modify_id policies`,
			Flags: flags([]cli.Flag{
				&cli.BoolFlag{Name: "json", Usage: "print JSON"},
				&cli.BoolFlag{Name: "raw", Usage: "print the value of one string, number or bool as it is"},
			}, storedFlags()),
		},
		{
			Name: "state", Category: groupState, Usage: "Look at the state and change what it says",
			Subcommands: stateCommands(),
		},
		{
			Name: "force-unlock", Category: groupState, ArgsUsage: "ID [PATH]", Action: ForceUnlock,
			Usage: "Take the state's lock away from a run that is dead",
			Description: `ID is the lock's ID as the refusal shows it. Be sure that nobody is at work: two applies at once
make templates twice.

Example:
  countersign force-unlock 6f1c8b5e-0000-4f3b-9b1d-2f1a6c3d9e70 policies`,
			Flags: flags([]cli.Flag{&cli.BoolFlag{Name: "force", Usage: "do not ask"}}, storedFlags()),
		},
		{
			Name: "sandbox", Category: groupOther, Action: Sandbox,
			Usage: "Serve the vendors in a box over HTTP, for trying things out",
			Description: `Serves the documented interfaces of the drive, DingTalk and Tencent e-sign on one loopback address, with
the example world of the drive's document, and prints tokens, keys and ids. Faults come on demand.

Example:
  countersign sandbox -listen 127.0.0.1:8088 -data drive.db -lost-rate 0.1 -seed 7`,
			Flags: []cli.Flag{
				&cli.StringFlag{Name: "listen", Value: "127.0.0.1:8088", Usage: "`ADDRESS` to listen on; loopback only, port 0 picks a free one"},
				&cli.StringFlag{Name: "data", Usage: "keep the data in `FILE`; without it, it ends with the sandbox"},
				&cli.DurationFlag{Name: "latency", Usage: "answer each call this much `LATER`, such as 100ms"},
				&cli.Float64Flag{Name: "error-rate", Usage: "`SHARE` of calls, 0 to 1, answered with HTTP 500 and not carried out"},
				&cli.Float64Flag{Name: "lost-rate", Usage: "`SHARE` of calls, 0 to 1, carried out whose answer is lost"},
				&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "the same `N` makes the same faults"},
			},
		},
		{
			Name: "version", Category: groupOther, Action: Version,
			Usage: "Show the version",
			Description: `Example:
  countersign version -json`,
			Flags: jsonDocument(),
		},
		{
			Name: "completion", Category: groupOther, ArgsUsage: "bash|zsh|fish", Action: Completion,
			Usage: "Print a shell completion script",
			Description: `Examples:
  bash: source <(countersign completion bash)        in ~/.bashrc
  zsh:  source <(countersign completion zsh)         in ~/.zshrc, after compinit
  fish: countersign completion fish > ~/.config/fish/completions/countersign.fish`,
		},
	}
}

func stateCommands() []*cli.Command {
	return []*cli.Command{
		{
			Name: "list", ArgsUsage: "[ADDRESS ...] [PATH]", Action: StateList,
			Usage: "List the addresses that the state binds",
			Description: `An ADDRESS stands for itself and its instances, the first part of one (template.up) for all that
begin with it.

Example:
  countersign state list template.upload policies`,
			Flags: flags([]cli.Flag{&cli.Int64Flag{Name: "id", Usage: "only the address that stands for the template with this `ID`"}}, storedFlags()),
		},
		{
			Name: "show", ArgsUsage: "ADDRESS [PATH]", Action: StateShow,
			Usage: "Show what the state says of one template or attachment",
			Description: `Example:
  countersign state show 'template.upload["legal"]' policies`,
			Flags: flags(jsonDocument(), storedFlags()),
		},
		{
			Name: "mv", ArgsUsage: "FROM TO [PATH]", Action: StateMove,
			Usage: "Give a template or attachment, or all instances of one, another address",
			Description: `Writes the state only. Refuses when TO is bound already.

Example:
  countersign state mv template.upload 'template.upload_all["legal"]'`,
			Flags: flags(dryRun(), storedFlags(), locking()),
		},
		{
			Name: "rm", ArgsUsage: "ADDRESS ... [PATH]", Action: StateRemove,
			Usage: "Forget templates and attachments, which stay where they are",
			Description: `Writes the state only. A template that is forgotten and still declared is refused as a second one of its
title by the next plan, until it is imported again; an attachment is staged anew.

Example:
  countersign state rm -dry-run template.upload`,
			Flags: flags(dryRun(), storedFlags(), locking()),
		},
		{
			Name: "pull", ArgsUsage: "[PATH]", Action: StatePull,
			Usage: "Print the state as JSON, the journal folded in",
			Description: `Example:
  countersign state pull policies > backup.json`,
			Flags: storedFlags(),
		},
		{
			Name: "push", ArgsUsage: "FILE|- [PATH]", Action: StatePush,
			Usage: "Replace the state by one that pull printed",
			Description: `Refuses a state of another lineage and one that is older than what is there; the state before is
kept as the backup.

Example:
  countersign state push backup.json`,
			Flags: flags([]cli.Flag{&cli.BoolFlag{Name: "force", Usage: "push one that is older, or of another lineage, too"}}, storedFlags(), locking()),
		},
	}
}

func approvalCommands() []*cli.Command {
	return []*cli.Command{
		{
			Name: "list", ArgsUsage: "[PATH]", Action: ApprovalList,
			Usage: "List approvals: those you have raised, or others",
			Description: `Example:
  countersign approval list -waiting`,
			Flags: flags([]cli.Flag{
				&cli.BoolFlag{Name: "mine", Usage: "those you have raised (the default)"},
				&cli.BoolFlag{Name: "waiting", Usage: "those that wait for your decision"},
				&cli.BoolFlag{Name: "cc", Usage: "those you are told of"},
				&cli.BoolFlag{Name: "managed", Usage: "all on folders and files that you manage"},
				&cli.StringFlag{Name: "on", Usage: "those on one folder or `FILE`: an id, a path or a scope's address"},
			}, jsonDocument(), storedFlags()),
		},
		{
			Name: "show", ArgsUsage: "ID [PATH]", Action: ApprovalShow,
			Usage: "Show an approval: its steps, who decided what and when",
			Description: `Example:
  countersign approval show 2`,
			Flags: flags(jsonDocument(), storedFlags()),
		},
		{
			Name: "raise", ArgsUsage: "TEMPLATE [PATH]", Action: ApprovalRaise,
			Usage: "Raise an approval from a template",
			Description: `TEMPLATE is a tid, or a template's address in the configuration. What the template says is taken from the
drive. USER is an id, a username, or an approver's address.

Examples:
  countersign approval raise template.upload -on=folder.contracts -attach=attachment.handbook
  countersign approval raise 5 -on=公司文件/合同/章程.pdf -note='Section 3' -designate=终审=zhang`,
			Flags: flags([]cli.Flag{
				&cli.StringFlag{Name: "on", Usage: "the folder or `FILE` it is about: an id, a path or a scope's address"},
				&cli.StringFlag{Name: "note", Usage: "`TEXT` to the approvers"},
				&cli.StringSliceFlag{Name: "attach", Usage: "an attachment's address, or a local `FILE`, staged now; may be repeated"},
				&cli.StringSliceFlag{Name: "designate", Usage: "whose word counts in a step: `STEP=USER`; may be repeated"},
				&cli.IntFlag{Name: "days", Usage: "ask for access for `N` days"},
			}, jsonDocument(), storedFlags()),
		},
		{
			Name: "handle", ArgsUsage: "ID [PATH]", Action: ApprovalHandle,
			Usage: "Agree to an approval, or refuse it",
			Description: `Decides your part in the step whose turn it is.

Example:
  countersign approval handle 2 -agree -note='Fine with section 3'`,
			Flags: flags([]cli.Flag{
				&cli.BoolFlag{Name: "agree", Usage: "agree"},
				&cli.BoolFlag{Name: "refuse", Usage: "refuse"},
				&cli.StringFlag{Name: "note", Usage: "`TEXT` that goes with it"},
				&cli.StringFlag{Name: "as", Usage: "which `USER` you are, where the drive does not let it be known"},
			}, jsonDocument(), storedFlags()),
		},
		{
			Name: "remove", ArgsUsage: "ID [PATH]", Action: ApprovalRemove,
			Usage: "Remove an approval, as an administrator of its folder or file",
			Description: `There is no undo.

Example:
  countersign approval remove 2`,
			Flags: flags(jsonDocument(), storedFlags()),
		},
		{
			Name: "download", ArgsUsage: "ID [PATH]", Action: ApprovalDownload,
			Usage: "Download the files of an approval: one as it is, several as a zip archive",
			Description: `Overwrites nothing.

Example:
  countersign approval download 2 -out=handbook.pdf`,
			Flags: flags([]cli.Flag{
				&cli.StringFlag{Name: "out", Value: ".", Usage: "write to this `PATH`: a file, or a folder"},
			}, jsonDocument(), storedFlags()),
		},
	}
}

// flags joins groups of flags.
func flags(groups ...[]cli.Flag) []cli.Flag {
	var all []cli.Flag
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

func configuration() []cli.Flag {
	return append(storedFlags(), &cli.BoolFlag{Name: "input", Value: true, Usage: "ask on a terminal for variables without a value and for approval", Category: CommonFlags})
}

// stored are the flags of commands that read the configuration only to find the state. Variables may say where it is.
func storedFlags() []cli.Flag {
	vars := new(Assignments)
	return []cli.Flag{
		&cli.GenericFlag{Name: "var", Value: vars.OneByOne(), Usage: "give a variable its value: `NAME=VALUE`; may be repeated", Category: CommonFlags},
		&cli.GenericFlag{Name: "var-file", Value: vars.ByFile(), Usage: "read variables from `FILE`; may be repeated", Category: CommonFlags},
		&cli.StringFlag{Name: "state", Usage: "keep the state in `FILE`, whatever the configuration says (or COUNTERSIGN_STATE)", Category: CommonFlags},
		configPath(), noColor(),
	}
}

func configPath() cli.Flag {
	return &cli.StringFlag{Name: "config", Usage: "the configuration's `PATH`, where the argument could be taken for something else", Category: CommonFlags}
}

func noColor() cli.Flag {
	return &cli.BoolFlag{Name: "no-color", Usage: "no colour (nor with NO_COLOR, TERM=dumb, CI, or off a terminal)", Category: CommonFlags}
}

func calls() []cli.Flag {
	return []cli.Flag{&cli.IntFlag{Name: "parallelism", Value: 10, Usage: "`N` calls to the drive at once", Category: CommonFlags}}
}

func locking() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "lock", Value: true, Usage: "hold the state's lock (-lock=false: only when nobody else can be at work)", Category: CommonFlags},
		&cli.DurationFlag{Name: "lock-timeout", Usage: "wait this `LONG` for the lock, such as 30s", Category: CommonFlags},
	}
}

func planning() []cli.Flag {
	return flags(narrowing(), []cli.Flag{
		&cli.BoolFlag{Name: "refresh-only", Usage: "record what is live, change nothing on the drive"},
		&cli.BoolFlag{Name: "destroy", Usage: "remove everything that the state binds"},
		&cli.BoolFlag{Name: "no-removals", Usage: "leave removals and replacements out"},
	})
}

func targetFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "target", Usage: "only `ADDRESS`: a template, its instances, or those of a scope; may be repeated"}
}

func narrowing() []cli.Flag {
	return []cli.Flag{
		targetFlag(),
		&cli.IntFlag{Name: "max-removals", Value: -1, Usage: "refuse to remove more than `N` (default: 10 and more than 30 % of those bound)"},
	}
}

func approving() []cli.Flag {
	return []cli.Flag{&cli.BoolFlag{Name: "auto-approve", Usage: "do not ask"}}
}

func jsonDocument() []cli.Flag {
	return []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "print one JSON document, also on failure"}}
}

func jsonLines() []cli.Flag {
	return []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "print a line of JSON an event, also on failure"}}
}

func reporting() []cli.Flag {
	return []cli.Flag{&cli.StringSliceFlag{Name: "report", Usage: "report `KIND=FILE`: markdown, html, gitlab, sarif, github (stdout if bare)"}}
}

func jsonInto() []cli.Flag {
	return []cli.Flag{&cli.StringFlag{Name: "json-into", Usage: "write the JSON to `FILE`, beside the text for people"}}
}

func dryRun() []cli.Flag {
	return []cli.Flag{&cli.BoolFlag{Name: "dry-run", Usage: "only tell what would be done"}}
}
