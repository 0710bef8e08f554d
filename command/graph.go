package command

import (
	"context"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"countersign/reconcile"
	"countersign/view/graph"
)

type graphFlags struct {
	options
	what, format string
	targets      []string
}

func graphCommand() *cli.Command {
	f := &graphFlags{what: "folders", format: "mermaid"}
	return &cli.Command{
		Name: "graph", Category: groupMain, ArgsUsage: "[PATH]", Action: runs(f.run),
		Usage: "Draw the configuration: folders, approvers, or the flow of each approval",
		Description: `Reads the files alone; calls no drive. GitHub and GitLab draw Mermaid in any Markdown page.

Examples:
  countersign graph -type=flow -target=template.modify policies
  countersign graph -type=approvers -format=dot | dot -Tsvg >approvers.svg`,
		Flags: join([]cli.Flag{
			text(&f.what, "type", "`WHAT` to draw: folders, approvers or flow"),
			text(&f.format, "format", "`LANGUAGE` to draw in: mermaid or dot (Graphviz)"),
			target(&f.targets),
		}, f.configurationFlags()),
	}
}

// run draws the configuration. It calls no drive and reads no state.
func (f *graphFlags) run(ctx context.Context, args arguments) error {
	if _, err := f.resolve(args, 0, 0); err != nil {
		return err
	}
	what, format := graph.Type(f.what), graph.Format(f.format)
	switch what {
	case graph.Folders, graph.Approvers, graph.Flow:
	default:
		return fmt.Errorf("-type=%s: write %s, %s or %s", what, graph.Folders, graph.Approvers, graph.Flow)
	}
	switch format {
	case graph.Mermaid, graph.DOT:
	default:
		return fmt.Errorf("-format=%s: write %s or %s", format, graph.Mermaid, graph.DOT)
	}
	r, err := newReport(f.noColor, false, "")
	if err != nil {
		return err
	}
	s := newSession(ctx, f.options)
	if err := s.load(); err != nil {
		return r.fail(err)
	}
	declared, diags := reconcile.Narrow(s.config.Declaration, f.targets)
	if err := s.keep(diags); err != nil {
		return r.fail(err)
	}
	text, notes := graph.Draw(declared, what, format)
	r.warn(append(s.warnings, notes...))
	_, err = io.WriteString(r.out, text)
	return err
}
