package command

import (
	"context"
	"io"
	"slices"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/report"
	"countersign/command/run"
	"countersign/reconcile"
	"countersign/view/graph"
)

type graphFlags struct {
	run.Flags
	what, format string
	targets      []string
}

func graphCommand() *cli.Command {
	f := &graphFlags{what: "folders", format: "mermaid"}
	return &cli.Command{
		Name: "graph", Category: cmdline.GroupMain, ArgsUsage: "[PATH]",
		Action: report.Action(&f.Flags, nil, 0, 0, f.run),
		Usage:  "Draw the configuration: folders, approvers, or the flow of each approval",
		Description: `Reads the files alone; calls no drive. GitHub and GitLab draw Mermaid in any Markdown page.

Examples:
  countersign graph -type=flow -target=template.modify policies
  countersign graph -type=approvers -format=dot | dot -Tsvg >approvers.svg`,
		Flags: slices.Concat([]cli.Flag{
			cmdline.Text(&f.what, "type", "`WHAT` to draw: folders, approvers or flow"),
			cmdline.Text(&f.format, "format", "`LANGUAGE` to draw in: mermaid or dot (Graphviz)"),
			cmdline.Target(&f.targets),
		}, f.ConfigurationFlags()),
	}
}

// run draws the configuration. It calls no drive and reads no state.
func (f *graphFlags) run(ctx context.Context, r *report.Report, args cmdline.Arguments) error {
	what, format := graph.Type(f.what), graph.Format(f.format)
	switch what {
	case graph.Folders, graph.Approvers, graph.Flow:
	default:
		return args.Mistake("-type=%s: write %s, %s or %s", what, graph.Folders, graph.Approvers, graph.Flow)
	}
	switch format {
	case graph.Mermaid, graph.DOT:
	default:
		return args.Mistake("-format=%s: write %s or %s", format, graph.Mermaid, graph.DOT)
	}
	s := r.Session(ctx, f.Flags)
	loaded, err := s.Load()
	if err != nil {
		return err
	}
	declared, diags := reconcile.Narrow(loaded.Config.Declaration, f.targets)
	if err := loaded.Keep(diags); err != nil {
		return err
	}
	text, notes := graph.Draw(declared, what, format)
	r.Warn(append(s.Warnings, notes...))
	_, err = io.WriteString(r.Out, text)
	return err
}
