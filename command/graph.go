package command

import (
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"countersign/reconcile"
	"countersign/view"
)

// Graph draws the configuration. It calls no drive and reads no state.
func Graph(c *cli.Context) error {
	o, _, err := readOptions(c, 0, 0)
	if err != nil {
		return err
	}
	what, format := view.GraphType(c.String("type")), view.GraphFormat(c.String("format"))
	switch what {
	case view.GraphFolders, view.GraphApprovers, view.GraphFlow:
	default:
		return fmt.Errorf("-type=%s: write %s, %s or %s", what, view.GraphFolders, view.GraphApprovers, view.GraphFlow)
	}
	switch format {
	case view.Mermaid, view.DOT:
	default:
		return fmt.Errorf("-format=%s: write %s or %s", format, view.Mermaid, view.DOT)
	}
	r, err := newReport(o.noColor, false, "")
	if err != nil {
		return err
	}
	s := newSession(c.Context, o)
	if err := s.load(); err != nil {
		return r.fail(err)
	}
	declared, diags := reconcile.Narrow(s.config.Declaration, c.StringSlice("target"))
	if err := s.keep(diags); err != nil {
		return r.fail(err)
	}
	text, notes := view.Graph(declared, what, format)
	r.warn(append(s.warnings, notes...))
	_, err = io.WriteString(r.out, text)
	return err
}
